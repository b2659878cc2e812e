"""Exposure as the tables say: amounts, days, interruptions, ends, and what gives no amount."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from milepost.core.cut_off import select_lines_by
from milepost.core.exposure import Exposure, derive_exposure
from milepost.core.populations import derive_lines
from milepost.protocol import Arm, Treatment
from tests.spec.cases_exposure import CYCLE_1, GROUPS, Doses, anl, pen, sor
from tests.spec.records import records
from tests.spec.test_lines import PROTOCOL as STUDY

PROTOCOL = STUDY.model_copy(
    update={
        "treatments": (
            Treatment(code="ANL", label="Anlotinib", days_on=14, cycle_days=21, frequency="QD"),
            Treatment(code="SOR", label="Sorafenib", frequency="BID", daily_dose=Decimal(800)),
            Treatment(code="PEN", label="Penpulimab", days_on=1, cycle_days=21),
        )
    }
)
CASES = [case for cases in GROUPS.values() for case in cases]


def derived(case: Doses, dm: pd.DataFrame | None = None, *, cut: bool = False) -> Exposure:
    """What a case's doses give; cut: the lines as they were at the cut-off, as the workflows hand them over."""
    ex = records("EX", *case.doses)
    ds = records(
        "DS",
        *(
            {"DSCAT": cat, "DSDECOD": word, "DSTERM": term, "DSSTDTC": day}
            for cat, word, term, day in case.ended
        ),
    )
    as_of = dt.date.fromisoformat(case.as_of)
    lines = derive_lines(records("DM", {"DTHDTC": case.died}), ex, ds, records("SS"), PROTOCOL)
    lines = select_lines_by(lines, as_of) if cut else lines
    return derive_exposure(ex, lines, ds, protocol=PROTOCOL, as_of=as_of, dm=dm)


def plain(name: str, value: Any) -> Any:
    """Days as ISO text, nothing as None, amounts as text, the intensity to two decimals."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}" if name == "RDI" else f"{value.normalize():f}"
    return value


@pytest.mark.parametrize("cut", [False, True], ids=["all that is known", "as of the cut-off"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_each_line_is_what_the_table_says(case: Doses, cut: bool) -> None:
    found = derived(case, cut=cut).exposure.to_dict("records")
    assert len(found) == len(case.gives)
    wanted = [
        {name: plain(name, row[name]) for name in gives} for gives, row in zip(case.gives, found, strict=True)
    ]
    assert wanted == list(case.gives)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_site_is_asked_what_the_table_says_and_nothing_else(case: Doses) -> None:
    assert sorted(derived(case).problems["RULE"]) == sorted(case.asks)


def two_drugs(*treatments: str, arm: str | None = "ANL") -> pd.DataFrame:
    """The questions of a line begun with anlotinib in which penpulimab follows, in an arm of these drugs."""
    protocol = PROTOCOL.model_copy(update={"arms": (Arm(code="ANL", label="An arm", treatments=treatments),)})
    ex = records("EX", anl(*CYCLE_1), pen("2026-03-09"), pen("2026-03-30"))
    none = records("DS")
    lines = derive_lines(records("DM", {"ARMCD": arm}), ex, none, records("SS"), protocol)
    return derive_exposure(ex, lines, none, protocol=protocol, as_of=dt.date(2026, 12, 31)).problems


def test_a_second_study_drug_in_a_line_is_asked_about_once_unless_the_arm_gives_both() -> None:
    found = two_drugs("ANL")
    assert found[["RULE", "RECKEY", "LINE"]].to_numpy().tolist() == [["EX-OTHER-DRUG-IN-LINE", "EX|2", 1]]
    assert two_drugs("ANL", "PEN").empty
    assert two_drugs("ANL", "PEN", arm=None)["RULE"].tolist() == ["EX-OTHER-DRUG-IN-LINE"]


def test_a_line_with_two_drugs_is_measured_by_the_first_and_each_drug_by_itself() -> None:
    together = Doses("", (anl(*CYCLE_1), pen("2026-03-02"), pen("2026-03-23")), ())
    found = derived(together)
    assert found.exposure[["TREATMENT", "CUMDOSE"]].to_numpy().tolist() == [["ANL", Decimal(168)]]
    assert found.drugs[["TREATMENT", "CUMDOSE"]].to_numpy().tolist() == [
        ["ANL", Decimal(168)],
        ["PEN", Decimal(400)],
    ]


def test_consent_is_told_by_demographics_too() -> None:
    dm = records("DM", {"RFICDTC": "2026-03-05"})
    assert derived(Doses("", (anl(*CYCLE_1),), ()), dm).problems["RULE"].tolist() == ["EX-NOT-BEFORE-CONSENT"]


def test_the_line_at_enrolment_is_told_by_demographics() -> None:
    doses = (anl("2026-03-02", "2026-03-15"), sor("2026-05-01", "2026-05-10", EXLINE="1"))
    ex, dm = records("EX", *doses), records("DM", {"DMLINE": "2"})
    lines = derive_lines(dm, ex, records("DS"), records("SS"), PROTOCOL)
    found = derive_exposure(ex, lines, records("DS"), protocol=PROTOCOL, as_of=dt.date(2026, 6, 1), dm=dm)
    assert found.exposure[["LINE", "TREATMENT"]].to_numpy().tolist() == [[1, "SOR"], [2, "ANL"]]


def test_the_intensity_is_exact() -> None:
    case = Doses(
        "",
        tuple(sor(day, day, mg="0.1", often="QD") for day in ("2026-03-02", "2026-03-03", "2026-03-04")),
        (),
    )
    row = derived(case).exposure.iloc[0]
    assert row["CUMDOSE"] == Decimal("0.3")
    assert row["RDI"] * 24 == Decimal("0.3")  # of 2400 mg planned, in per cent
