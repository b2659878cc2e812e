"""One case of the checkpoint: a patient's facts, and the verdict on this or that day.

The case tables (`cases_*.py`) are made of these; the tests judge them and `scripts/docs.py` prints them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.core.checkpoint import assess
from milepost.protocol import Checkpoint, LabTest, Sensitivity
from milepost.schema import DOMAINS, RECORD

AFP = LabTest(
    code="AFP",
    label="Alpha-fetoprotein",
    unit="ng/mL",
    factors={"ug/L": Decimal(1), "IU/mL": Decimal("1.21"), "mg/L": Decimal(1000)},
    unconvertible=("nmol/L",),
    refused_units={"MoM": "a multiple of the median cannot be converted"},
    hard=(Decimal(0), Decimal(5000000)),
)
RULE = Checkpoint(
    id="AFP-W4",
    label="AFP at four weeks",
    test="AFP",
    direction="fall",
    threshold_pct=Decimal(25),
    target_day=29,
    window=(22, 36),
    report_grace_days=7,
    baseline_lookback_days=28,
    baseline_warn_days=14,
    min_baseline=Decimal(20),
    bands=(Decimal(20), Decimal(400)),
    high_baseline=Decimal(400),
    borderline_band_pct=(Decimal(20), Decimal(30)),
    off_drug_gap_days=14,
    late_until_day=50,
    sensitivities=(Sensitivity(id="ANY_BASELINE", label="any baseline", min_baseline=Decimal(0)),),
)


@dataclass(frozen=True)
class Lab:
    """One laboratory row. `unusable`: why the gate refused it; `more`: further LB or record columns."""

    collected: str | None
    result: str | None
    unit: str | None = "ng/mL"
    unusable: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Then:
    """The verdict on a day. What is None is not compared, except `reason`, which always is."""

    as_of: str
    state: str
    reason: str | None = None
    pchg: str | None = None
    final: bool | None = None
    aval: str | None = None
    base: str | None = None
    ady: int | None = None
    flags: tuple[str, ...] | None = None
    detail: str | None = None
    queries: tuple[str, ...] | None = None
    comparison: str | None = None
    band: str | None = None
    high: bool | None = None
    sensitivity: str | None = None
    next_on: str | None = None
    rmin: str | None = None
    rmax: str | None = None


@dataclass(frozen=True)
class Case:
    """A sentence, the facts, and the verdicts they lead to. `rule`: what this study has set differently."""

    title: str
    labs: tuple[Lab, ...]
    then: tuple[Then, ...]
    first_dose: str | None = "2026-03-02"
    facts: dict[str, Any] = field(default_factory=dict)
    therapies: tuple[tuple[str, str], ...] = ()
    rule: dict[str, Any] = field(default_factory=dict)
    site_factors: dict[str, dict[str, Decimal]] = field(default_factory=dict)


LB_COLUMNS = tuple(dict.fromkeys((*(column.name for column in RECORD), *DOMAINS["LB"].names)))
_DATES = ("FIRSTDOSE", "LASTDOSE", "DEATH", "WITHDREW", "LOST", "DISCONTINUED")


def lines_frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """Lines of therapy as `derive_lines` gives them; each row needs USUBJID and whatever differs from nothing."""
    blank = {
        "USUBJID": "P1", "LINE": 1, "SITEID": "S01", "ARMCD": None, "FIRSTDOSETM": None, "TREATMENT": None,
        "ONGOING": False, "SCREENFAIL": False, "PROBLEM": None, **dict.fromkeys(_DATES),
    }  # fmt: skip
    frame = pd.DataFrame([blank | row for row in rows], columns=list(blank))
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in _DATES})


def labs_frame(labs: tuple[Lab, ...], subject: str = "P1", site: str = "S01") -> pd.DataFrame:
    """Laboratory rows as the store and the quarantine give them, one record each unless `more` says otherwise."""
    rows = [_lab_row(number, lab, subject, site) for number, lab in enumerate(labs, start=1)]
    frame = pd.DataFrame(rows, columns=[*LB_COLUMNS, "USABLE", "UNUSABLE"])
    frame["KNOWN_FROM"] = pd.to_datetime(frame["KNOWN_FROM"], utc=True)
    frame["ADT"] = pd.to_datetime(frame["ADT"], errors="coerce")
    return frame.astype({"USABLE": bool, "RETRACTED": bool})


def _lab_row(number: int, lab: Lab, subject: str, site: str) -> dict[str, Any]:
    day = lab.collected[:10] if lab.collected and len(lab.collected) >= 10 else None
    row = dict.fromkeys((*LB_COLUMNS, "UNUSABLE")) | {
        "KNOWN_FROM": pd.Timestamp("2026-03-01T18:00Z"), "DELIVERY": 1, "SRCLINE": number + 1, "VERSION": 1,
        "RECKEY": f"R:AFP|{number}", "OCCURRENCE": 1, "SITEID": site, "USUBJID": subject, "STATUS": "FINAL",
        "RETRACTED": False, "ADT": day, "LBTESTCD": "AFP", "LBSPEC": "SERUM", "LBDTC": lab.collected,
        "LBORRES": lab.result, "LBORRESU": lab.unit, "USABLE": lab.unusable is None, "UNUSABLE": lab.unusable,
    }  # fmt: skip
    return row | lab.more


def therapies_frame(therapies: tuple[tuple[str, str], ...], subject: str = "P1") -> pd.DataFrame:
    """Other anticancer therapies as `select_therapies` gives them: (date, kind)."""
    days = [dtc if len(dtc) >= 10 else None for dtc, _ in therapies]
    return pd.DataFrame(
        {
            "USUBJID": pd.Series([subject for _ in therapies], dtype=object),
            "ADT": pd.to_datetime(pd.Series(days, dtype=object)),
            "DTC": pd.Series([dtc for dtc, _ in therapies], dtype=object),
            "KIND": pd.Series([kind for _, kind in therapies], dtype=object),
        }
    )


def judge_lines(
    lines: pd.DataFrame,
    labs: tuple[Lab, ...] | pd.DataFrame = (),
    *,
    as_of: dt.date | dict[str, dt.date],
    therapies: tuple[tuple[str, str], ...] = (),
    rule: Checkpoint = RULE,
    site_factors: dict[str, dict[str, Decimal]] | None = None,
) -> pd.DataFrame:
    """The verdicts of lines of therapy; the laboratory rows are those of patient P1 unless they say otherwise."""
    results = labs if isinstance(labs, pd.DataFrame) else labs_frame(labs)
    return assess(
        lines, results, therapies_frame(therapies), rule=rule, test=AFP, site_factors=site_factors or {},
        as_of=as_of,
    )  # fmt: skip


def judge_case(case: Case, as_of: str) -> dict[str, Any]:
    """The verdict of a case on a day, as a mapping of verdict columns."""
    verdicts = judge_lines(
        lines_frame({"FIRSTDOSE": case.first_dose, **case.facts}),
        case.labs,
        as_of=dt.date.fromisoformat(as_of),
        therapies=case.therapies,
        rule=RULE.model_copy(update=case.rule),
        site_factors=case.site_factors,
    )
    assert len(verdicts) == 1
    return dict(verdicts.iloc[0])


def differences(then: Then, verdict: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What was expected and not found: column -> (expected, found)."""
    found = {
        "state": verdict["STATE"], "reason": verdict["REASON"], "pchg": verdict["PCHG"], "final": verdict["FINAL"],
        "aval": verdict["AVAL"], "base": verdict["BASE"], "ady": verdict["ADY"], "flags": verdict["FLAGS"],
        "detail": verdict["DETAIL"], "queries": verdict["QUERIES"], "comparison": verdict["COMPARISON"],
        "rmin": verdict["RMIN"], "rmax": verdict["RMAX"], "band": verdict["BAND"], "high": verdict["HIGH"],
        "sensitivity": next(iter(verdict["SENSITIVITIES"].values()), None),
        "next_on": None if pd.isna(verdict["NEXT_ON"]) else f"{verdict['NEXT_ON']:%Y-%m-%d}",
    }  # fmt: skip
    wanted = {name: getattr(then, name) for name in found}
    wanted |= {name: Decimal(wanted[name]) for name in ("pchg", "rmin", "rmax") if wanted[name] is not None}
    return {
        name: (value, found[name])
        for name, value in wanted.items()
        if (value is not None or name == "reason") and value != found[name]
    }
