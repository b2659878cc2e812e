"""The calendar: study days, the window, grace, and what absence means on each day.

Clinical specification sections 3.3 and 3.4 (steps 4, 5g and 8), traps 1, 3, 4 and 36.
First dose 2026-03-02 is day 1; day 22 = 03-23, day 29 = 03-30, day 36 = 04-06, day 43 = 04-13.
"""

from __future__ import annotations

from tests.spec.checkpoint_case import Case, Lab, Then

BASE = Lab("2026-02-27", "500")
FALL, STAY = "300", "450"

WINDOW = (
    Case(
        "Day by day without a sample: not due, open, due, overdue, missed",
        (BASE,),
        (
            Then("2026-03-01", "NOT_STARTED", final=False, flags=(), next_on="2026-03-02"),
            Then("2026-03-02", "NOT_DUE", final=False, flags=(), next_on="2026-03-23"),
            Then("2026-03-22", "NOT_DUE", final=False, flags=(), next_on="2026-03-23"),
            Then("2026-03-23", "WINDOW_OPEN", final=False, flags=(), next_on="2026-03-30"),
            Then("2026-03-29", "WINDOW_OPEN", final=False, flags=(), next_on="2026-03-30"),
            Then("2026-03-30", "WINDOW_OPEN", final=False, flags=("DUE",), next_on="2026-04-07"),
            Then("2026-04-06", "WINDOW_OPEN", final=False, flags=("DUE",), next_on="2026-04-07"),
            Then("2026-04-07", "OVERDUE", final=False, flags=(), next_on="2026-04-14"),
            Then("2026-04-13", "OVERDUE", final=False, flags=(), next_on="2026-04-14"),
            Then("2026-04-14", "MISSED", final=True, flags=()),
        ),
    ),
    Case(
        "There is no day 0: the sample of 28 days after first dose is day 29, the day before first dose is day -1",
        (Lab("2026-03-01", "500"), Lab("2026-03-30", FALL)),
        (Then("2026-03-30", "RESPONDER", final=True, ady=29, base="500", pchg="-40.0000"),),
    ),
    Case(
        "A sample of the target day is final at once, whatever may still come",
        (BASE, Lab("2026-03-30", STAY)),
        (Then("2026-03-30", "NON_RESPONDER", final=True, ady=29),),
    ),
    Case(
        "A sample of the day before the target is provisional until day 43",
        (BASE, Lab("2026-03-29", FALL)),
        (
            Then("2026-03-29", "PROVISIONAL_RESPONDER", final=False, ady=28, next_on="2026-04-14"),
            Then("2026-04-13", "PROVISIONAL_RESPONDER", final=False, ady=28),
            Then("2026-04-14", "RESPONDER", final=True, ady=28),
        ),
    ),
    Case(
        "Day 21 is outside the window",
        (BASE, Lab("2026-03-22", FALL)),
        (
            Then("2026-03-23", "WINDOW_OPEN", flags=()),
            Then("2026-04-07", "OVERDUE", detail="EARLY_ONLY"),
            Then("2026-04-14", "MISSED", "EARLY_ONLY"),
        ),
    ),
    Case(
        "Day 22 is inside the window",
        (BASE, Lab("2026-03-23", FALL)),
        (
            Then("2026-03-23", "PROVISIONAL_RESPONDER", ady=22, final=False),
            Then("2026-04-14", "RESPONDER", ady=22, final=True),
        ),
    ),
    Case(
        "Day 36 is inside the window",
        (BASE, Lab("2026-04-06", STAY)),
        (
            Then("2026-04-05", "WINDOW_OPEN", flags=("DUE",)),
            Then("2026-04-06", "PROVISIONAL_NON_RESPONDER", ady=36, final=False),
            Then("2026-04-14", "NON_RESPONDER", ady=36, final=True),
        ),
    ),
    Case(
        "Day 37 is outside the window: too late, only a sensitivity looks at it",
        (BASE, Lab("2026-04-07", FALL)),
        (
            Then("2026-04-07", "OVERDUE", detail="LATE_ONLY", sensitivity="RESPONDER"),
            Then("2026-04-14", "MISSED", "LATE_ONLY", sensitivity="RESPONDER"),
        ),
    ),
    Case(
        "A late sample counts as too late up to day 50",
        (BASE, Lab("2026-04-20", STAY)),
        (
            Then("2026-04-14", "MISSED", next_on="2026-04-20"),
            Then("2026-04-20", "MISSED", "LATE_ONLY", sensitivity="NON_RESPONDER"),
        ),
    ),
    Case(
        "A sample of day 51 has nothing to do with the checkpoint",
        (BASE, Lab("2026-04-21", STAY)),
        (Then("2026-04-21", "MISSED"),),
    ),
    Case(
        "Of several late samples the sensitivity takes the earliest",
        (BASE, Lab("2026-04-15", STAY), Lab("2026-04-08", FALL)),
        (Then("2026-04-20", "MISSED", "LATE_ONLY", sensitivity="RESPONDER"),),
    ),
    Case(
        "Samples before and after the window, none in it",
        (BASE, Lab("2026-03-20", FALL), Lab("2026-04-08", FALL)),
        (Then("2026-04-14", "MISSED", "EARLY_AND_LATE"),),
    ),
    Case(
        "A sample of day 2 is too early, one of day 1 is not a follow-up at all",
        (BASE, Lab("2026-03-03", FALL)),
        (Then("2026-04-14", "MISSED", "EARLY_ONLY"),),
    ),
    Case(
        "A second sample of the day of first dose is no early sample",
        (BASE, Lab("2026-03-02T15:00", FALL)),
        (Then("2026-04-14", "MISSED"),),
        facts={"FIRSTDOSETM": "09:00"},
    ),
    Case(
        "Half past midnight belongs to the day the site calls it, not to the day before",
        (BASE, Lab("2026-03-23T00:30", FALL)),
        (Then("2026-04-14", "RESPONDER", ady=22),),
    ),
    Case(
        "Half past midnight of day 37 is too late, though elsewhere it is still day 36",
        (BASE, Lab("2026-04-07T00:30", FALL)),
        (Then("2026-04-14", "MISSED", "LATE_ONLY"),),
    ),
    Case(
        "The last minute of day 36 is in time",
        (BASE, Lab("2026-04-06T23:59", FALL)),
        (Then("2026-04-14", "RESPONDER", ady=36),),
    ),
    Case(
        "A sample dated after the cut-off is not seen yet, and the day it is seen is known",
        (BASE, Lab("2026-03-31", FALL)),
        (
            Then("2026-03-30", "WINDOW_OPEN", flags=("DUE",), next_on="2026-03-31"),
            Then("2026-03-31", "PROVISIONAL_RESPONDER", ady=30),
        ),
    ),
    Case(
        "The target day is as near as can be: a sample of that day wins over every other",
        (BASE, Lab("2026-03-29", FALL), Lab("2026-03-30", STAY), Lab("2026-03-31", FALL)),
        (Then("2026-04-14", "NON_RESPONDER", ady=29),),
    ),
    Case(
        "Days 28 and 30 are as near: the later counts",
        (BASE, Lab("2026-03-31", FALL), Lab("2026-03-29", STAY)),
        (
            Then("2026-03-30", "PROVISIONAL_NON_RESPONDER", ady=28),
            Then("2026-03-31", "PROVISIONAL_RESPONDER", ady=30),
        ),
    ),
    Case(
        "Days 22 and 36 are as near: the later counts",
        (BASE, Lab("2026-03-23", STAY), Lab("2026-04-06", FALL)),
        (Then("2026-04-14", "RESPONDER", ady=36),),
    ),
    Case(
        "February 29 is a day like another",
        (Lab("2028-02-01", "500"), Lab("2028-02-29", FALL)),
        (Then("2028-02-29", "RESPONDER", ady=29, final=True),),
        first_dose="2028-02-01",
    ),
)  # fmt: skip
