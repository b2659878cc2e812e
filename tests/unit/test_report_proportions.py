"""A share of nobody is no share: where there is no patient the page says so, and never 0/0 or 0 of 0."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import pytest

from milepost.reports.closed_report import ClosedInputs, build_closed_report
from milepost.reports.open_report import build_open_report
from milepost.reports.proportions import exact_rate, part_text
from tests.clinical_builder import clinical_inputs, nobody, only
from tests.report_builder import RENDERER, hand_made, page, report_inputs
from tests.report_reading import Page

pytestmark = pytest.mark.xdist_group("made_up")

OF_NOBODY = re.compile(r"(?<![\d.,/])0\s*(/|of)\s*0(?![\d.,/])")


def words_of(html: str) -> str:
    """Everything a page says, the sentences of its figures included."""
    return "\n".join([Page(html).text, *re.findall(r'aria-label="([^"]*)"', html)])


def open_page(**changed: pd.DataFrame) -> str:
    """The words of the open report of the made-up study with other frames."""
    inputs = clinical_inputs()
    frames = replace(inputs.frames, **changed)
    seen = replace(report_inputs(0), study=inputs.study, clinical=frames, as_of=inputs.as_of)
    html = RENDERER.open_report(build_open_report(seen))
    return words_of(html)


def closed_page(groups: Mapping[str, str], *, masked: bool = False) -> str:
    """The words of the closed report with these groups, those of its figures too."""
    inputs = clinical_inputs(by_arm=True)
    seen = replace(report_inputs(0), study=inputs.study, clinical=inputs.frames, as_of=inputs.as_of)
    html = RENDERER.closed_report(build_closed_report(ClosedInputs(seen, groups, masked=masked)))
    return words_of(html)


def test_a_share_of_nobody_says_why_there_is_none() -> None:
    assert (part_text(3, 17), part_text(0, 17), part_text(0, 0)) == ("3/17", "0/17", "–")
    rate = exact_rate(0, 0)
    assert (rate.fraction, rate.text, rate.said) == (
        "–",
        "not estimable: no patient",
        "not estimable: no patient",
    )
    assert exact_rate(0, 2).said == "0/2 · interval 0.0–84.2\u202f%"


def test_where_nobody_is_evaluable_the_open_report_has_no_share_of_nobody() -> None:
    text = Page(
        page(hand_made({"S01-001": (60, [(-3, "12"), (29, "3")]), "S01-002": (20, [(-3, "300")])}))
    ).text
    assert not OF_NOBODY.search(text)
    assert "nobody is evaluable yet" in text
    assert "Evaluable finally judged 0 0 not estimable: no patient" in text


def test_a_band_without_an_evaluable_patient_is_named_with_the_reason() -> None:
    html = page(hand_made({f"S01-00{n}": (60, [(-3, "500"), (29, "300")]) for n in range(1, 7)}))
    assert "Baseline 20 to &lt;400 not estimable: no patient;" in html
    assert not OF_NOBODY.search(Page(html).text)


@pytest.mark.parametrize("empty", ["A", "B"])
@pytest.mark.parametrize("masked", [False, True])
def test_where_an_arm_is_empty_the_closed_report_has_no_share_of_nobody(empty: str, masked: bool) -> None:
    other = {"A": "B", "B": "A"}[empty]
    text = closed_page(
        {subject: other for subject in sorted(clinical_inputs().frames.adsl["USUBJID"])}, masked=masked
    )
    assert not OF_NOBODY.search(text)
    assert "not estimable: no patient" in text
    if not masked:
        assert f"Arm {empty}: nobody is treated" in text
        assert (
            f"Response, of those not known to be without measurable disease: Arm {'A' if empty == 'B' else 'A not'}"
            in text
        )


def test_where_nobody_can_be_judged_or_measured_the_clinical_pages_have_no_share_of_nobody() -> None:
    frames = clinical_inputs().frames
    one = only(clinical_inputs(), lambda adsl: adsl["USUBJID"].eq("S01-001")).frames
    for seen in (
        nobody(clinical_inputs()).frames,
        replace(one, verdicts=one.verdicts.assign(STATE="MISSED"),
                adrs=one.adrs.assign(AVALC=one.adrs["AVALC"].where(~one.adrs["PARAMCD"].eq("MDIS"), "N"))),
        replace(frames, adtte=frames.adtte.iloc[:0], adrs=frames.adrs.iloc[:0], adae=frames.adae.iloc[:0]),
    ):  # fmt: skip
        text = open_page(**{name: getattr(seen, name) for name in vars(seen)})
        assert not OF_NOBODY.search(text)
