"""No number of a site that rests on few patients stands in the open report: not on its page, not in report.json."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from milepost.core.site_indicators import INDICATORS
from milepost.reports.indicators_sites import Value, select_hidden
from milepost.reports.ledger import rows_behind
from milepost.reports.open_report import OpenReport, build_open_report, to_json
from tests.clinical_builder import clinical_inputs, derivations, verdicts
from tests.report_builder import report_inputs

pytestmark = pytest.mark.xdist_group("made_up")

EARLY = dt.date(
    2025, 7, 15
)  # a sample for the checkpoint is there of 3 patients of S03, of 4 of S06, of 5 or more elsewhere
FEW = 5
PATIENT = re.compile(r"S\d\d-\d{3}")


@cache
def report(as_of: dt.date) -> OpenReport:
    """The open report of the made-up study on this day."""
    inputs, derived = clinical_inputs(as_of), derivations(as_of)
    labs = derived.known("LB")
    return build_open_report(replace(
        report_inputs(0), study=inputs.study, clinical=inputs.frames, as_of=as_of, verdicts=verdicts(as_of),
        lines=derived.lines, subjects=derived.known("DM"), labs=labs[labs["LBTESTCD"].eq("AFP")],
    ))  # fmt: skip


def told(as_of: dt.date) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(to_json(report(as_of)))
    return read


def by_site(as_of: dt.date) -> Iterator[tuple[dict[str, Any], set[str]]]:
    """Each number of report.json that names a site, and the patients its receipt names."""
    numbers = {number["id"]: number for number in told(as_of)["numbers"]}
    for number in numbers.values():
        if re.search(r"\bs\d\d\b", f"{number['id']} {number['label']}", re.I):
            rows = rows_behind(number, numbers) or []
            yield number, {row.split("|")[0] for row in rows if PATIENT.match(row)}


def patients_with_a_sample() -> Counter[str]:
    """Site -> patients with a sample for the checkpoint of their line of entry, counted by hand."""
    rows = clinical_inputs(EARLY).of_entry(verdicts(EARLY))
    return Counter(rows.loc[rows["ADY"].notna(), "SITEID"])


@pytest.mark.parametrize("as_of", [EARLY, dt.date(2026, 4, 14)])
def test_a_number_of_a_site_in_report_json_names_at_least_five_patients_or_none(as_of: dt.date) -> None:
    found = list(by_site(as_of))
    assert [number["id"] for number, patients in found if patients and len(patients) < FEW] == []
    assert sum(bool(patients) for _, patients in found) > 20


def test_a_large_site_has_no_number_that_rests_on_few_of_its_patients() -> None:
    sampled = patients_with_a_sample()
    assert (sampled["S03"], sampled["S06"], sampled["S05"]) == (3, 4, 5)
    ids = {number["id"] for number, _ in by_site(EARLY)}
    of = "indicator.marker_off_target.site"
    assert {id_ for id_ in ids if id_.startswith(of)} == {f"{of}.s0{n}" for n in (1, 2, 4, 5)}
    assert "indicator.screen_failures.site.s03" in ids
    table = next(e.table for s in report(EARLY).clinical for e in s.exhibits if e.id == "indicators")
    assert table is not None
    row = next(one for one in table.rows if one.name.startswith("AFP sample over"))
    cells = dict(zip(table.head[1:], [cell.text for cell in row.cells], strict=True))
    assert (cells["S03"], cells["S06"]) == ("under 5", "under 5") and cells["S05"].startswith("0/5")


def test_a_number_of_a_site_has_the_denominator_it_is_told_of() -> None:
    """Where one is told it is at least five, counted from the verdicts by hand."""
    sampled = patients_with_a_sample()
    shown = {
        number["id"].rsplit(".", 1)[-1].upper(): number["denominator"]
        for number, _ in by_site(EARLY) if number["id"].startswith("indicator.marker_off_target.site.s")
    }  # fmt: skip
    assert shown and all(shown[site] == sampled[site] >= FEW for site in shown)


def test_report_json_lists_no_patient_under_a_site() -> None:
    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from value
            for one in value.values():
                yield from walk(one)
        elif isinstance(value, list):
            for one in value:
                yield from walk(one)

    keys = {key.lower() for key in walk(told(EARLY))}
    assert "day" in keys
    assert not keys & {"site", "siteid", "sites"}


def values(id_: str, **sizes: int) -> dict[tuple[str, str], Value]:
    return {
        (site, id_): Value(0.5, 1, float(n), None, "", 1.0, (), tuple(f"{site}-{i}" for i in range(n)))
        for site, n in {"": sum(sizes.values()), **sizes}.items()
    }


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        ({"S01": 9, "S02": 6, "S03": 4, "S04": 3}, {"S03", "S04"}),
        ({"S01": 9, "S02": 6, "S03": 3}, {"S02", "S03"}),  # the third could be had by taking the others away
        (
            {"S01": 9, "S02": 6, "S03": 2, "S04": 1},
            {"S02", "S03", "S04"},
        ),  # 3 are left of the whole: still few
        ({"S01": 9, "S02": 5, "S03": 0}, set()),
    ],
)
def test_what_is_not_told_cannot_be_worked_out_from_the_whole(
    sizes: dict[str, int], hidden: set[str]
) -> None:
    assert select_hidden(values("early_ends", **sizes), FEW) == {(site, "early_ends") for site in hidden}


def test_a_median_of_few_hides_no_other_and_questions_are_not_counted_by_patients() -> None:
    sizes = {"S01": 9, "S02": 6, "S03": 3}
    assert select_hidden(values("sae_hours", **sizes), FEW) == {("S03", "sae_hours")}
    assert select_hidden(values("queries_old", **sizes), FEW) == set()
    assert {one.id for one in INDICATORS} >= {"sae_hours", "queries_old", "early_ends"}
