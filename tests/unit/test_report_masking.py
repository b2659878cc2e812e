"""The open report names no arm, no drug, no test of significance and no day of a patient."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pandas as pd
import pytest

from milepost.errors import NotPermitted
from milepost.reports.inputs import ReportInputs
from milepost.reports.open_report import build_open_report, to_json
from tests.report_builder import AS_OF, RENDERER, protocol, report_inputs
from tests.report_reading import Page

NAMES = ("anlotinib", "sorafenib", "安罗替尼", "索拉非尼", "12 mg", "400 mg")
CODES = ("ANL", "SOR")


def both(inputs: ReportInputs) -> str:
    model = build_open_report(inputs)
    return RENDERER.open_report(model) + to_json(model)


def said(text: str) -> list[str]:
    """The names that stand in a text; the embedded fonts are no text."""
    plain = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
    found = [name for name in NAMES if name.lower() in plain.lower()]
    return found + [code for code in CODES if re.search(rf"\b{code}\b", plain)]


def loud(patients: int = 60) -> ReportInputs:
    """A study folder and a store that name the drugs wherever somebody may write a text."""
    alerts = protocol()["alerts"] | {"caution": "Under Sorafenib 400 mg this is common; 索拉非尼 likewise."}
    inputs = report_inputs(
        patients,
        title="Anlotinib against sorafenib",
        alerts=alerts,
        checkpoint={
            "label": "AFP on day 22 (sorafenib) or 29 (anlotinib)",
            "sensitivities": [{"id": "MIN0", "label": "Any baseline, ANL only", "min_baseline": 0}],
        },
    )
    queries = inputs.queries.assign(question="Was 安罗替尼 12 mg or SORAFENIB given?")
    deliveries = inputs.deliveries.assign(reason="arm SOR is not known", outcome="HELD")
    quarantine = inputs.quarantine.assign(reasons=[["Anlotinib is no unit."]] * len(inputs.quarantine))
    return dataclasses.replace(inputs, queries=queries, deliveries=deliveries, quarantine=quarantine)


def test_the_inputs_of_these_tests_name_both_drugs_and_both_arms() -> None:
    inputs = loud()
    texts = f"{inputs.study} {set(inputs.lines['ARMCD'])} {set(inputs.queries['question'])}"
    assert said(texts) == ["anlotinib", "sorafenib", "安罗替尼", "索拉非尼", "12 mg", "400 mg", "ANL", "SOR"]


def test_no_arm_and_no_drug_is_named() -> None:
    assert said(both(report_inputs(158))) == []


def test_no_arm_and_no_drug_is_named_when_every_label_of_the_study_folder_does() -> None:
    text = both(loud())
    assert said(text) == []
    assert "study treatment" in text


def test_a_name_that_would_slip_through_stops_the_report() -> None:
    roles = [{"id": "medical_monitor", "label": "Sorafenib monitor"}, *protocol()["roles"][1:]]
    with pytest.raises(NotPermitted) as refused:
        build_open_report(report_inputs(158, roles=roles))
    assert said(str(refused.value)) == []


def test_exchanging_the_arms_changes_no_byte_of_the_page() -> None:
    inputs = report_inputs(158)
    swap = {"ANL": "SOR", "SOR": "ANL"}
    other = dataclasses.replace(
        inputs,
        lines=inputs.lines.assign(ARMCD=inputs.lines["ARMCD"].map(swap)),
        subjects=inputs.subjects.assign(ARMCD=inputs.subjects["ARMCD"].map(swap)),
    )
    assert not inputs.lines["ARMCD"].equals(other.lines["ARMCD"])
    assert both(inputs) == both(other)


def test_nothing_is_tested() -> None:
    text = Page(RENDERER.open_report(build_open_report(report_inputs(158)))).text
    assert not re.search(
        r"\bp\s*[=<>≤]\s*0?[.,]\d|p[- ]value|significan|hazard ratio|odds ratio", text, re.IGNORECASE
    )
    assert "exact 95 % interval" in text


def test_no_day_of_a_patient_is_in_the_page_or_in_report_json() -> None:
    inputs = report_inputs(158)
    columns = [inputs.labs["LBDTC"], inputs.subjects["RFICDTC"]]
    columns += [
        inputs.lines[name].dropna().dt.strftime("%Y-%m-%d") for name in ("FIRSTDOSE", "DEATH", "LASTDOSE")
    ]
    days = {dt.date.fromisoformat(text) for text in pd.concat(columns).dropna()} - {AS_OF}
    assert len(days) > 300
    text = both(inputs)
    written = set(re.findall(r"(?<!\d)(?:\d{4}-\d\d-\d\d|\d{1,2} [A-Z][a-z]{2} \d{4})(?!\d)", text))
    assert {"2026-11-21", "21 Nov 2026", "22 Nov 2026"} <= written
    assert written & {way for day in days for way in (day.isoformat(), f"{day.day} {day:%b %Y}")} == set()
