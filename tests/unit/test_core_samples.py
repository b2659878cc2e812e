"""Refused rows beside accepted ones: which of them are samples, and which version of a record counts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from milepost.core.samples import with_refused_samples
from milepost.schema import DOMAINS
from tests.spec.checkpoint_case import Lab, judge_lines, labs_frame, lines_frame

BASE = Lab("2026-02-27", "500")


def accepted(*labs: Lab) -> pd.DataFrame:
    """Rows the gate let through."""
    return labs_frame((BASE, *labs)).drop(columns=["USABLE", "UNUSABLE"])


def lab(
    result: str | None = "300", collected: str = "2026-03-30T08:00", key: str = "R:AFP|7", **more: Any
) -> Lab:
    return Lab(collected, result, more={"RECKEY": key, **more})


def refused(*rows: dict[str, Any]) -> pd.DataFrame:
    """Open quarantine rows; each names what differs from a result of day 29 under record id 7, known on day 30."""
    table = []
    for number, row in enumerate(rows, 1):
        content = dict.fromkeys(DOMAINS["LB"].names) | {
            "USUBJID": "P1", "LBTESTCD": "AFP", "LBSPEC": "SERUM", "LBDTC": "2026-03-30T08:00", "LBORRES": "300",
            "STATUS": "FINAL", "RESVER": None,
        }  # fmt: skip
        outer = {
            "ID": number, "KNOWN_FROM": pd.Timestamp("2026-03-31T18:00Z"), "DELIVERY": 9, "SRCLINE": number + 1,
            "SITEID": "S01", "USUBJID": "P1", "RECKEY": "R:AFP|7", "TEST": "AFP", "IS_SAMPLE": True,
        }  # fmt: skip
        outer |= {name: row[name] for name in outer if name in row}
        content |= {name: value for name, value in row.items() if name in content or name == "RECREPLACES"}
        table.append(outer | {"ROW": content})
    columns = [
        "ID",
        "KNOWN_FROM",
        "DELIVERY",
        "SRCLINE",
        "SITEID",
        "USUBJID",
        "RECKEY",
        "TEST",
        "IS_SAMPLE",
        "ROW",
    ]
    return pd.DataFrame(table, columns=columns)


def state(good: pd.DataFrame, bad: pd.DataFrame, as_of: str = "2026-04-14") -> str:
    """The verdict as STATE:REASON."""
    verdict = judge_lines(
        lines_frame({"FIRSTDOSE": "2026-03-02"}),
        with_refused_samples(good, bad),
        as_of=pd.Timestamp(as_of).date(),
    ).iloc[0]
    return ":".join(part for part in (verdict["STATE"], verdict["REASON"]) if part)


UNUSABLE = "NOT_EVALUABLE:SAMPLE_UNUSABLE"


@pytest.mark.parametrize(
    ("title", "good", "bad", "expected"),
    [
        ("a refused sample of the window", (), ({},), UNUSABLE),
        ("a row that is no specimen", (), ({"IS_SAMPLE": False},), "MISSED"),
        ("a status nobody can read may be final", (), ({"STATUS": "PRELIMINARY"},), UNUSABLE),
        ("a refused correction replaces the accepted value", (lab(),), ({},), UNUSABLE),
        (
            "a correction that is no specimen replaces nothing",
            (lab(),),
            ({"IS_SAMPLE": False, "LBDTC": "2026-05-30"},),
            "RESPONDER",
        ),
        (
            "a refused older version that comes late replaces nothing and is no sample",
            (lab(RESVER="3"),),
            ({"RESVER": "2"},),
            "RESPONDER",
        ),
        ("a refused newer version does", (lab(RESVER="9"),), ({"RESVER": "10"},), UNUSABLE),
        (
            "an older version of a result that has moved out of the window does not leave a sample behind",
            (lab(collected="2026-04-10T08:00", RESVER="3"),),
            ({"RESVER": "2"},),
            "MISSED:LATE_ONLY",
        ),
        (
            "of two refused versions the last says where the sample lies",
            (),
            ({"SRCLINE": 2}, {"SRCLINE": 3, "LBDTC": "2026-04-20T08:00"}),
            "MISSED",
        ),
        (
            "another record's refused row leaves the accepted value alone",
            (lab(),),
            ({"RECKEY": "R:AFP|8"},),
            "RESPONDER",
        ),
        (
            "a refused row that names the accepted one as replaced",
            (lab(),),
            ({"RECKEY": "R:AFP|8", "RECREPLACES": "7"},),
            UNUSABLE,
        ),
        (
            "the same time without a record id is the same sample",
            (lab(key="D:AFP|SERUM|2026-03-30T08:00"),),
            ({"RECKEY": "D:AFP|SERUM|2026-03-30T08:00"},),
            UNUSABLE,
        ),
        (
            "the same day without time and record id may be another sample",
            (lab(key="D:AFP|SERUM|2026-03-30", collected="2026-03-30"),),
            ({"RECKEY": "D:AFP|SERUM|2026-03-30", "LBDTC": "2026-03-30"},),
            "RESPONDER",
        ),
        (
            "a value accepted after the refusal stands",
            (lab(KNOWN_FROM=pd.Timestamp("2026-04-02T18:00Z")),),
            ({},),
            "RESPONDER",
        ),
        ("a test not done is no sample", (lab(None, LBSTAT="NOT DONE"),), (), "MISSED"),
        ("a specimen the laboratory rejected is one", (lab(None, STATUS="REJECTED"),), (), UNUSABLE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_which_rows_are_samples(title, good, bad, expected) -> None:
    assert state(accepted(*good), refused(*bad)) == expected


def test_a_refused_row_of_nobody_touches_nobody() -> None:
    assert state(accepted(lab()), refused({"USUBJID": None, "RECKEY": None})) == "RESPONDER"


def test_no_row_is_lost_or_made() -> None:
    rows = with_refused_samples(
        accepted(lab(key="R:AFP|1"), lab(key="R:AFP|2")), refused({"RECKEY": "R:AFP|3"})
    )
    assert list(rows["USABLE"]) == [True, True, True, False]
    assert list(rows["UNUSABLE"]) == [None, None, None, "QUARANTINED"]
