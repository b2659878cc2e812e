"""Exposure: how long, how much, how much of what was planned; interruptions, reductions, why a line was stopped.

Clinical specification section 3.6 and trap 6. In these cases anlotinib is taken on days 1-14 of 21 and planned at the
patient's own starting dose; sorafenib is taken every day, 800 mg planned; penpulimab is given on day 1 of 21.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Doses:
    """A sentence, the doses of one patient as typed in, and what they give for each line (only what is named is
    compared; RDI to two decimals). ended: (DSCAT, DSDECOD, DSTERM, date). asks: every question to the site."""

    title: str
    doses: tuple[dict[str, Any], ...]
    gives: tuple[dict[str, Any], ...]
    ended: tuple[tuple[str, str, str | None, str], ...] = ()
    died: str | None = None
    asks: tuple[str, ...] = ()
    as_of: str = "2026-12-31"


def anl(start: str, end: str | None, mg: str = "12", **more: Any) -> dict[str, Any]:
    """Anlotinib once a day."""
    return {
        "EXTRT": "ANL",
        "EXDOSE": mg,
        "EXDOSU": "mg",
        "EXDOSFRQ": "QD",
        "EXSTDTC": start,
        "EXENDTC": end,
        **more,
    }


def sor(
    start: str, end: str | None, mg: str = "400", often: str | None = "BID", **more: Any
) -> dict[str, Any]:
    """Sorafenib, twice a day where nothing else is said."""
    return anl(start, end, mg, **{"EXTRT": "SOR", "EXDOSFRQ": often, **more})


def pen(day: str, **more: Any) -> dict[str, Any]:
    """One infusion of penpulimab."""
    return anl(day, day, "200", **{"EXTRT": "PEN", "EXDOSFRQ": "Q3W", **more})


CYCLE_1, CYCLE_2 = ("2026-03-02", "2026-03-15"), ("2026-03-23", "2026-04-05")
MONTH = ("2026-03-02", "2026-03-31")  # 30 days
NO_AMOUNT = {"CUMDOSE": None, "PLANDOSE": None, "RDI": None, "DOSEDAYS": None, "NREDUCE": None}
FULL_MONTH = {
    "TRTEDT": "2026-03-31",
    "TRTDURD": 30,
    "DOSEDAYS": 30,
    "CUMDOSE": "24000",
    "PLANDOSE": "24000",
    "RDI": "100.00",
}

REGIMENS = (
    Doses(
        "Two cycles on plan: the week off is no interruption, and nothing was planned on it",
        (anl(*CYCLE_1), anl(*CYCLE_2)),
        (
            {
                "TREATMENT": "ANL", "TRTSDT": "2026-03-02", "TRTEDT": "2026-04-05", "TRTDURD": 35, "NCYCLES": 2,
                "DOSEDAYS": 28, "STARTDOSE": "12", "CUMDOSE": "336", "PLANDOSE": "336", "RDI": "100.00", "NREDUCE": 0,
                "NINTERRUPT": 0, "LASTDOSELEVEL": "12 mg QD", "DATAERR": None, "REASON": None,
            },
        ),
    ),
    Doses(
        "A patient who began at 10 mg is measured against 10 mg",
        (anl(*CYCLE_1, "10"), anl(*CYCLE_2, "10")),
        ({"STARTDOSE": "10", "CUMDOSE": "280", "PLANDOSE": "280", "RDI": "100.00", "NREDUCE": 0},),
    ),
    Doses(
        "A second cycle at 10 mg instead of 12 is one reduction: 308 of 336 mg",
        (anl(*CYCLE_1), anl(*CYCLE_2, "10")),
        ({"CUMDOSE": "308", "PLANDOSE": "336", "RDI": "91.67", "NREDUCE": 1, "LASTDOSELEVEL": "10 mg QD"},),
    ),
    Doses(
        "A first cycle broken off after ten days is an interruption: 24 of 28 planned days",
        (anl("2026-03-02", "2026-03-11"), anl(*CYCLE_2)),
        ({"DOSEDAYS": 24, "CUMDOSE": "288", "PLANDOSE": "336", "RDI": "85.71", "NINTERRUPT": 1, "NCYCLES": 2},),
    ),
    Doses(
        "A pause of exactly the days off is none, one day more is one",
        (anl(*CYCLE_1), anl("2026-03-24", "2026-04-06")),
        ({"NINTERRUPT": 1, "NCYCLES": 2, "DOSEDAYS": 28},),
    ),
    Doses(
        "A cycle begun a week late is an interruption; in its 42 days two cycles were planned and taken",
        (anl(*CYCLE_1), anl("2026-03-30", "2026-04-12")),
        ({"TRTDURD": 42, "NCYCLES": 2, "NINTERRUPT": 1, "CUMDOSE": "336", "PLANDOSE": "336", "RDI": "100.00"},),
    ),
    Doses(
        "One row over three cycles holds their days off: 42 days of intake in 63",
        (anl("2026-03-02", "2026-05-03"),),
        ({"TRTDURD": 63, "NCYCLES": 3, "DOSEDAYS": 42, "CUMDOSE": "504", "PLANDOSE": "504", "RDI": "100.00",
          "NINTERRUPT": 0},),
    ),
    Doses(
        "A dose level that changes within a cycle goes on in that cycle: 9 days of 12 mg, 5 + 14 of 10 mg",
        (anl("2026-03-02", "2026-03-10"), anl("2026-03-11", "2026-04-12", "10")),
        ({"DOSEDAYS": 28, "CUMDOSE": "298", "PLANDOSE": "336", "RDI": "88.69", "NREDUCE": 1, "NINTERRUPT": 0,
          "NCYCLES": 2},),
    ),
    Doses(
        "A row a day gives the same as a row a cycle",
        tuple(anl(f"2026-03-{day:02}", f"2026-03-{day:02}") for day in range(2, 16)),
        ({"TRTDURD": 14, "NCYCLES": 1, "DOSEDAYS": 14, "CUMDOSE": "168", "RDI": "100.00", "NINTERRUPT": 0},),
    ),
    Doses(
        "Sorafenib 400 mg twice a day for 30 days is 24 000 mg; a drug of every day has no cycles",
        (sor(*MONTH),),
        ({"NCYCLES": None, "STARTDOSE": "800", "NINTERRUPT": 0, **FULL_MONTH},),
    ),
    Doses(
        "A week without sorafenib is an interruption: 23 of 30 days",
        (sor("2026-03-02", "2026-03-15"), sor("2026-03-23", "2026-03-31")),
        ({"TRTDURD": 30, "DOSEDAYS": 23, "CUMDOSE": "18400", "PLANDOSE": "24000", "RDI": "76.67", "NINTERRUPT": 1},),
    ),
    Doses(
        "A row of 0 mg says the same",
        (sor("2026-03-02", "2026-03-15"), sor("2026-03-16", "2026-03-22", "0"), sor("2026-03-23", "2026-03-31")),
        ({"DOSEDAYS": 23, "CUMDOSE": "18400", "RDI": "76.67", "NINTERRUPT": 1, "NREDUCE": 0},),
    ),
    Doses(
        "From twice to once a day is a reduction: 15 days of 800 and 15 of 400 mg",
        (sor("2026-03-02", "2026-03-16"), sor("2026-03-17", "2026-03-31", often="QD")),
        ({"CUMDOSE": "18000", "PLANDOSE": "24000", "RDI": "75.00", "NREDUCE": 1, "LASTDOSELEVEL": "400 mg QD"},),
    ),
    Doses(
        "Every other day: eight doses in fifteen days, and no interruption",
        (sor("2026-03-02", "2026-03-16"), sor("2026-03-17", "2026-03-31", often="QOD")),
        ({"DOSEDAYS": 23, "CUMDOSE": "15200", "RDI": "63.33", "NREDUCE": 1, "NINTERRUPT": 0},),
    ),
    Doses(
        "Up again is no reduction",
        (
            sor("2026-03-02", "2026-03-11"),
            sor("2026-03-12", "2026-03-21", often="QD"),
            sor("2026-03-22", "2026-03-31"),
        ),
        ({"CUMDOSE": "20000", "RDI": "83.33", "NREDUCE": 1},),
    ),
    Doses(
        "Where the protocol fixes the planned dose, a lower start is half of it",
        (sor(*MONTH, often="QD"),),
        ({"STARTDOSE": "400", "CUMDOSE": "12000", "PLANDOSE": "24000", "RDI": "50.00", "NREDUCE": 0},),
    ),
    Doses(
        "Infusions of day 1 of 21: three in 43 days, as planned; the days between are no interruption",
        (pen("2026-03-02"), pen("2026-03-23"), pen("2026-04-13")),
        ({"TREATMENT": "PEN", "TRTDURD": 43, "NCYCLES": 3, "DOSEDAYS": 3, "CUMDOSE": "600", "PLANDOSE": "600",
          "RDI": "100.00", "NINTERRUPT": 0},),
    ),
    Doses(
        "Grams are milligrams times a thousand, and a word for a frequency may be Chinese",
        (sor(*MONTH, mg="0.4", often="每日两次", EXDOSU="g"),),
        ({"CUMDOSE": "24000", "RDI": "100.00"},),
    ),
    Doses(
        "Two single doses of one day do not overlap",
        tuple(sor(day, day, often="ONCE") for day in ("2026-03-02", "2026-03-02", "2026-03-03", "2026-03-03")),
        ({"DOSEDAYS": 2, "CUMDOSE": "1600", "PLANDOSE": "1600", "RDI": "100.00", "DATAERR": None},),
    ),
    Doses(
        "Where the site does not say how often, the protocol's frequency holds",
        (sor(*MONTH, often=None),),
        ({"CUMDOSE": "24000", "RDI": "100.00", "LASTDOSELEVEL": "400 mg BID"},),
    ),
)  # fmt: skip

CUT_OFF = (
    Doses(
        "A dose that goes on is counted up to the cut-off",
        (sor("2026-03-02", None),),
        ({"ONGOING": True, "STOPREASON": None, **FULL_MONTH},),
        as_of="2026-03-31",
    ),
    Doses(
        "So is one whose end lies after it",
        (sor("2026-03-02", "2026-04-30"),),
        ({"ONGOING": True, **FULL_MONTH},),
        as_of="2026-03-31",
    ),
    Doses(
        "A dose that begins after the cut-off is not seen",
        (anl(*CYCLE_1), anl(*CYCLE_2, "10")),
        (
            {
                "TRTEDT": "2026-03-15",
                "TRTDURD": 14,
                "NCYCLES": 1,
                "CUMDOSE": "168",
                "RDI": "100.00",
                "NREDUCE": 0,
            },
        ),
        as_of="2026-03-20",
    ),
    Doses(
        "In the week off nothing is taken and nothing has stopped: dosing goes on",
        (anl(*CYCLE_1),),
        ({"TRTEDT": "2026-03-15", "ONGOING": True, "STOPREASON": None},),
        as_of="2026-03-22",
    ),
    Doses(
        "A day later the next cycle should have begun",
        (anl(*CYCLE_1),),
        ({"TRTEDT": "2026-03-15", "ONGOING": False},),
        as_of="2026-03-23",
    ),
    Doses(
        "In the week off of a patient who has stopped, dosing does not go on",
        (anl(*CYCLE_1),),
        ({"ONGOING": False, "STOPREASON": "ADVERSE EVENT"},),
        ended=(("TREATMENT", "ADVERSE EVENT", None, "2026-03-16"),),
        as_of="2026-03-20",
    ),
    Doses(
        "A dose without an end lasts until the next one begins",
        (sor("2026-03-02", None), sor("2026-03-17", "2026-03-31", often="QD")),
        (
            {
                "CUMDOSE": "18000",
                "RDI": "75.00",
                "NREDUCE": 1,
                "NINTERRUPT": 0,
                "ONGOING": False,
                "DATAERR": None,
            },
        ),
    ),
    Doses(
        "Or until the drug was stopped",
        (sor("2026-03-02", None),),
        ({"ONGOING": False, "STOPREASON": "ADVERSE EVENT", **FULL_MONTH},),
        ended=(("TREATMENT", "ADVERSE EVENT", None, "2026-03-31"),),
    ),
    Doses(
        "A word that only says that the drug was stopped gives way to the reason",
        (sor("2026-03-02", None),),
        ({"STOPREASON": "PROGRESSIVE DISEASE", "SRC": ("EX|EX|1", "DS|DS|1")},),
        ended=(("TREATMENT", "DRUG DISCONTINUED", "PROGRESSIVE DISEASE", "2026-03-31"),),
    ),
    Doses(
        "A stop after the cut-off is not known yet",
        (sor("2026-03-02", None),),
        ({"ONGOING": True, "STOPREASON": None, **FULL_MONTH},),
        ended=(("TREATMENT", "ADVERSE EVENT", None, "2026-04-10"),),
        as_of="2026-03-31",
    ),
    Doses(
        "A dose without an end ends with the patient's life",
        (sor("2026-03-02", None),),
        ({"ONGOING": False, "STOPREASON": "DEATH", "DATAERR": None, **FULL_MONTH},),
        died="2026-03-31",
    ),
    Doses(
        "Or when the patient withdraws",
        (sor("2026-03-02", None),),
        ({"ONGOING": False, "STOPREASON": "WITHDRAWAL BY SUBJECT", **FULL_MONTH},),
        ended=(("DISPOSITION EVENT", "WITHDRAWAL BY SUBJECT", None, "2026-03-31"),),
    ),
    Doses(
        "Or with the next line of therapy; each line is measured by itself",
        (sor("2026-03-02", None, EXLINE="1"), anl("2026-04-01", "2026-04-14", "10", EXLINE="2")),
        (
            {"LINE": 1, "ONGOING": False, "STOPREASON": "NEXT LINE OF THERAPY", **FULL_MONTH},
            {"LINE": 2, "TREATMENT": "ANL", "STARTDOSE": "10", "CUMDOSE": "140", "RDI": "100.00"},
        ),
    ),
    Doses(
        "Without a dose there is nothing to measure",
        (sor("2026-03-02", None),),
        ({"TRTSDT": None, "ONGOING": False, "REASON": "NOT_TREATED", **NO_AMOUNT},),
        as_of="2026-03-01",
    ),
)

DOUBTS = (
    Doses(
        "Two doses of one drug that overlap give no amount, and the site is asked",
        (anl("2026-03-02", "2026-03-15"), anl("2026-03-15", "2026-03-28", "10")),
        ({"TRTSDT": "2026-03-02", "TRTEDT": "2026-03-28", "DATAERR": "EX-OVERLAP", **NO_AMOUNT},),
        asks=("EX-OVERLAP",),
    ),
    Doses(
        "The same dose told twice under two record numbers overlaps itself",
        (anl(*CYCLE_1), anl(*CYCLE_1)),
        ({"DATAERR": "EX-OVERLAP", **NO_AMOUNT},),
        asks=("EX-OVERLAP",),
    ),
    Doses(
        "A dose that ends before it starts has no last day and no amount",
        (anl("2026-03-10", "2026-03-02"),),
        (
            {
                "TRTSDT": "2026-03-10",
                "TRTEDT": None,
                "TRTDURD": None,
                "DATAERR": "EX-END-NOT-BEFORE-START",
                **NO_AMOUNT,
            },
        ),
        asks=("EX-END-NOT-BEFORE-START",),
    ),
    Doses(
        "A dose after death gives no last day and no amount",
        (anl(*CYCLE_1), anl(*CYCLE_2)),
        ({"TRTEDT": None, "DATAERR": "EX-NOT-AFTER-DEATH", **NO_AMOUNT},),
        died="2026-03-20",
        asks=("EX-NOT-AFTER-DEATH",),
    ),
    Doses(
        "So does a dose that began before death and ends after it",
        (anl(*CYCLE_1),),
        ({"TRTEDT": None, "DATAERR": "EX-NOT-AFTER-DEATH", **NO_AMOUNT},),
        died="2026-03-10",
        asks=("EX-NOT-AFTER-DEATH",),
    ),
    Doses(
        "A dose before the consent gives no amount",
        (anl(*CYCLE_1),),
        ({"DATAERR": "EX-NOT-BEFORE-CONSENT", **NO_AMOUNT},),
        ended=(("PROTOCOL MILESTONE", "INFORMED CONSENT OBTAINED", None, "2026-03-05"),),
        asks=("EX-NOT-BEFORE-CONSENT",),
    ),
    Doses(
        "A dose of the day of consent is none before it",
        (anl(*CYCLE_1),),
        ({"DATAERR": None, "RDI": "100.00"},),
        ended=(("PROTOCOL MILESTONE", "INFORMED CONSENT OBTAINED", None, "2026-03-02"),),
    ),
    Doses(
        "An end of which only the month is known gives no amount",
        (anl("2026-03-02", "2026-03"),),
        ({"TRTEDT": "2026-03-31", "DATAERR": None, "REASON": "PARTIAL_DATE", "NCYCLES": None, **NO_AMOUNT},),
        asks=("EX-DATE-VALID",),
    ),
    Doses(
        "A unit that is no weight gives days but no amount",
        (anl(*CYCLE_1, EXDOSU="capsule"),),
        ({"TRTDURD": 14, "NCYCLES": 1, "REASON": "UNIT", **NO_AMOUNT},),
        asks=("EX-UNIT-KNOWN",),
    ),
    Doses(
        "A unit in braces counts something else on purpose: nothing is asked",
        (anl(*CYCLE_1, EXDOSU="{capsule}"),),
        ({"REASON": "UNIT", **NO_AMOUNT},),
    ),
    Doses(
        "A frequency that is not understood gives no amount: it is not guessed",
        (anl(*CYCLE_1, EXDOSFRQ="now and then"),),
        ({"REASON": "FREQUENCY", **NO_AMOUNT},),
        asks=("EX-FREQUENCY-KNOWN",),
    ),
    Doses(
        "Where nobody says how often there is no amount, and nobody is asked dose by dose",
        (anl(*CYCLE_1, EXTRT="PEN", EXDOSFRQ=None),),
        ({"REASON": "FREQUENCY", **NO_AMOUNT},),
    ),
)
GROUPS = {
    "How much of what was planned": REGIMENS,
    "What ends a dose": CUT_OFF,
    "Where there is no amount": DOUBTS,
}
