"""Exposure where somebody had a later line of therapy: its days are told together, its doses with no other drug's."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import Any

import pandas as pd

from milepost.reports.clinical import ClinicalFrames, ClinicalInputs, Group
from milepost.reports.exposure_section import build_exposure
from milepost.reports.ledger import Ledger
from tests.made_up_study import default_study

FIRST, SECOND = pd.Timestamp(2026, 3, 2), pd.Timestamp(2026, 8, 3)


def exposure_inputs(
    days: dict[str, tuple[int | None, ...]], groups: dict[str, str] | None = None
) -> ClinicalInputs:
    """Subject -> days of dosing on each of its lines (None: the last day cannot be told)."""
    rows = [
        {"USUBJID": who, "LINE": line, "SITEID": "S01", "FIRSTDOSE": FIRST if line == 1 else SECOND, "TRTDURD": of_line}
        for who, own in days.items() for line, of_line in enumerate(own, start=1)
    ]  # fmt: skip
    adex = pd.DataFrame(rows).astype({"TRTDURD": "Int64"}).assign(
        STOPREASON=None, RDI=100, NREDUCE=0, NINTERRUPT=0, NCYCLES=None
    )  # fmt: skip
    adsl = pd.DataFrame(
        [(who, "ONGOING", "Y", "N", "Y", "Y") for who in days],
        columns=["USUBJID", "EOSSTT", "SAFFL", "SCRFFL", "FASFL", "ONTRTFL"],
    )
    ds = pd.DataFrame(columns=["USUBJID", "RECKEY", "DSCAT", "DSDECOD", "DSTERM"], dtype=object)
    given: dict[str, Any] = {"lines": adex, "adex": adex, "adsl": adsl, "ds": ds}
    nothing = pd.DataFrame({"USUBJID": pd.Series(dtype=object)})
    frames = ClinicalFrames(**{one.name: given.get(one.name, nothing) for one in fields(ClinicalFrames)})
    told = tuple(
        Group(id_, f"Arm {id_}", frozenset(who)) for id_, who in (groups or {"all": "".join(days)}).items()
    )
    return ClinicalInputs(default_study(), dt.date(2026, 12, 31), frames, told, compared=groups is not None)


DAYS: dict[str, tuple[int | None, ...]] = {"P": (30, 50), "Q": (100,), "R": (60, None)}


def test_together_the_days_of_all_lines_stand_beside_those_of_the_line_of_entry() -> None:
    ledger = Ledger()
    time = build_exposure(exposure_inputs(DAYS), ledger).exhibits[0]
    assert float(ledger.numbers["exposure.days.median"].value) == 60
    # of R the days of the second line are not known
    number = ledger.numbers["exposure.days.all_lines.median"]
    assert (float(number.value), number.receipt.rows) == (90, ("P", "Q"))
    assert time.table is not None
    assert time.table.rows[-2].name == "Days on treatment, all lines, median (quartiles)"
    assert time.notes == (
        "2 patients went on to a later line of therapy in this study. Its days are in the rows of all lines alone, its "
        "doses and reasons in none.",
    )


def test_by_group_a_later_line_is_said_and_not_told() -> None:
    ledger = Ledger()
    time = build_exposure(exposure_inputs(DAYS, {"A": "PQ", "B": "R"}), ledger).exhibits[0]
    assert not [id_ for id_ in ledger.numbers if "all_lines" in id_]
    assert time.notes == (
        "2 patients went on to a later line of therapy in this study, which is not told here.",
    )


def test_where_everybody_has_one_line_nothing_is_said_of_others() -> None:
    ledger = Ledger()
    time = build_exposure(exposure_inputs({"P": (30,), "Q": (100,)}), ledger).exhibits[0]
    assert time.notes == () and not [id_ for id_ in ledger.numbers if "all_lines" in id_]
