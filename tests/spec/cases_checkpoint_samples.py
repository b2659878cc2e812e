"""Which row is a sample, and which of several counts.

Clinical specification sections 3.1 (`pick_rule`), 3.4 ("Valid AFP record", step 7) and 3.5, traps 10, 17 and 36.
"""

from __future__ import annotations

from typing import Any

from tests.spec.checkpoint_case import Case, Lab, Then

BASE = Lab("2026-02-27", "500")
END = "2026-04-14"


def lab(collected: str | None, result: str | None, **more: Any) -> Lab:
    """A result in ng/mL with further columns."""
    return Lab(collected, result, more=more)


def unusable(title: str, sample: Lab, why: str) -> Case:
    """A sample that was drawn on a day of the window but cannot be judged."""
    then = (
        Then("2026-04-01", "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail=why, final=False, next_on="2026-04-14"),
        Then("2026-04-13", "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail=why, final=False),
        Then("2026-04-14", "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail=why, final=True),
    )
    return Case(title, (BASE, sample), then)


def no_sample(title: str, sample: Lab) -> Case:
    """A row that tells of no sample: the checkpoint is open, overdue, missed."""
    return Case(
        title,
        (BASE, sample),
        (Then("2026-04-01", "WINDOW_OPEN"), Then("2026-04-10", "OVERDUE"), Then(END, "MISSED")),
    )


SAMPLES = (
    unusable("A refused row of the window", Lab("2026-03-30", "300", unusable="QUARANTINED"), "QUARANTINED"),
    unusable("A specimen the laboratory rejected", lab("2026-03-30", None, STATUS="REJECTED"), "REJECTED"),
    unusable("A result that is a word", lab("2026-03-30", "haemolysed"), "RESULT"),
    unusable("A negative result", lab("2026-03-30", "-3"), "RESULT"),
    unusable("A result in full-width negative", lab("2026-03-30", "－３"), "RESULT"),
    unusable("A number with a thousands comma is not guessed", lab("2026-03-30", "1,210"), "RESULT"),
    unusable("Below zero is no amount", lab("2026-03-30", "<0"), "RESULT"),
    unusable("An empty result of a drawn sample", lab("2026-03-30", None), "RESULT"),
    unusable("Another specimen than serum or plasma", lab("2026-03-30", "300", LBSPEC="URINE"), "SPECIMEN"),
    unusable("A month that lies partly in the window", lab("2026-03", "300"), "PARTIAL_DATE"),
    unusable("A year alone may mean any day of the window", lab("2026", "300"), "PARTIAL_DATE"),
    unusable("A month with an unknown day, as CDISC writes it", lab("2026-03--", "300"), "PARTIAL_DATE"),
    no_sample("A preliminary result", lab("2026-03-30", "300", STATUS="PRELIMINARY")),
    no_sample("A cancelled result", lab("2026-03-30", "300", STATUS="CANCELLED")),
    no_sample("A result entered in error", lab("2026-03-30", "300", STATUS="ENTERED_IN_ERROR")),
    no_sample("A result withdrawn by a later record", lab("2026-03-30", "300", STATUS="CORRECTED", RETRACTED=True)),
    no_sample("A test not done", lab("2026-03-30", None, LBSTAT="NOT DONE")),
    no_sample("A sample without any date", lab(None, "300")),
    no_sample("A date that does not exist", lab("2026-03-32", "300")),
    no_sample("A month before the window", lab("2026-02", "300")),
    no_sample("A month after the window", lab("2026-05", "300")),
    Case(
        "A partial date of the second month counts from the first day it may mean",
        (BASE, lab("2026-04", "300")),
        (
            Then("2026-03-31", "WINDOW_OPEN", next_on="2026-04-01"),
            Then("2026-04-01", "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail="PARTIAL_DATE"),
        ),
    ),
    Case(
        "A partial date of the first month counts from the first day of the window",
        (BASE, lab("2026-03", "300")),
        (
            Then("2026-03-22", "NOT_DUE", next_on="2026-03-23"),
            Then("2026-03-23", "NOT_EVALUABLE", "SAMPLE_UNUSABLE", detail="PARTIAL_DATE", final=False),
        ),
    ),
    Case(
        "A refused row of day 21 or 37 is no sample of the window",
        (BASE, Lab("2026-03-22", "300", unusable="QUARANTINED"), Lab("2026-04-07", "300", unusable="QUARANTINED")),
        (Then("2026-04-10", "OVERDUE"), Then(END, "MISSED")),
    ),
    Case(
        "A refused row of day 22 or 36 is",
        (BASE, Lab("2026-03-23", "300", unusable="QUARANTINED")),
        (Then("2026-03-23", "NOT_EVALUABLE", "SAMPLE_UNUSABLE", final=False),),
    ),
    Case(
        "A usable sample of the window counts, whatever else cannot be used",
        (BASE, Lab("2026-03-30", "300", unusable="QUARANTINED"), Lab("2026-04-05", "450")),
        (Then("2026-04-05", "PROVISIONAL_NON_RESPONDER", ady=35), Then(END, "NON_RESPONDER", ady=35)),
    ),
    Case(
        "A corrected or amended result counts like a final one",
        (BASE, lab("2026-03-30", "300", STATUS="CORRECTED")),
        (Then(END, "RESPONDER"),),
    ),
    Case("An amended one too", (BASE, lab("2026-03-30", "300", STATUS="AMENDED")), (Then(END, "RESPONDER"),)),
    Case("Plasma counts", (BASE, lab("2026-03-30", "300", LBSPEC="PLASMA")), (Then(END, "RESPONDER"),)),
    Case(
        "A specimen is a word, in upper or lower case",
        (BASE, lab("2026-03-30", "300", LBSPEC="Serum")),
        (Then(END, "RESPONDER"),),
    ),
    Case(
        "Where no specimen is named, it is taken as serum",
        (BASE, lab("2026-03-30", "300", LBSPEC=None)),
        (Then(END, "RESPONDER"),),
    ),
    Case(
        "Of one day's samples the latest time counts",
        (BASE, lab("2026-03-30T15:00", "300"), lab("2026-03-30T08:00", "450")),
        (Then(END, "RESPONDER", aval="300", queries=(), flags=()),),
    ),
    Case(
        "A sample without a time ranks before every timed one of its day",
        (BASE, lab("2026-03-30", "450"), lab("2026-03-30T00:00", "300")),
        (Then(END, "RESPONDER", aval="300", flags=()),),
    ),
    Case(
        "Two samples of one day without times: the higher counts, and the site is asked",
        (BASE, lab("2026-03-30", "300"), lab("2026-03-30", "450")),
        (Then(END, "NON_RESPONDER", aval="450", flags=("TIE",), queries=("TIE_SAME_TIME",)),),
    ),
    Case(
        "Two equal results of one time are no question",
        (BASE, lab("2026-03-30T08:00", "300"), lab("2026-03-30T08:00", "300.0")),
        (Then(END, "RESPONDER", flags=(), queries=()),),
    ),
    Case(
        "08:00 and 08:00:00 are one time",
        (BASE, lab("2026-03-30T08:00", "300"), lab("2026-03-30T08:00:00", "450")),
        (Then(END, "NON_RESPONDER", flags=("TIE",)),),
    ),
    Case(
        "The higher is found in ng/mL: 380 IU/mL is more than 450 ng/mL",
        (BASE, lab("2026-03-30T08:00", "450"), Lab("2026-03-30T08:00", "380", "IU/mL")),
        (Then(END, "NON_RESPONDER", aval="380", pchg="-8.0400"),),
    ),
    Case(
        "More than a limit is higher than any number",
        (BASE, lab("2026-03-30T08:00", "9000"), lab("2026-03-30T08:00", ">1210")),
        (Then(END, "NON_RESPONDER", aval=">1210"),),
    ),
    Case(
        "Of one record's versions at one time the highest version counts, not the higher result",
        (
            BASE,
            lab("2026-03-30T08:00", "450", RECKEY="R:AFP|7", RESVER="9"),
            lab("2026-03-30T08:00", "300", RECKEY="R:AFP|7", RESVER="10", OCCURRENCE=2),
        ),
        (Then(END, "RESPONDER", aval="300", flags=(), queries=()),),
    ),
    Case(
        "Versions of two different records are not compared",
        (
            BASE,
            lab("2026-03-30T08:00", "450", RECKEY="R:AFP|7", RESVER="1"),
            lab("2026-03-30T08:00", "300", RECKEY="R:AFP|8", RESVER="5"),
        ),
        (Then(END, "NON_RESPONDER", aval="450", flags=("TIE",)),),
    ),
    Case(
        "Where a source's order means something, the last row counts and nobody is asked",
        (BASE, lab("2026-03-30T08:00", "450"), lab("2026-03-30T08:00", "300")),
        (Then(END, "RESPONDER", aval="300", flags=("TIE",), queries=()),),
        rule={"tie_rule": "LAST_ROW"},
    ),
    Case(
        "The last row is that of the later delivery, then of the later line",
        (BASE, lab("2026-03-30", "300", DELIVERY=4, SRCLINE=2), lab("2026-03-30", "450", DELIVERY=3, SRCLINE=900)),
        (Then(END, "RESPONDER", aval="300"),),
        rule={"tie_rule": "LAST_ROW"},
    ),
    Case(
        "The rule for the last row does not reach over times: the later time counts first",
        (BASE, lab("2026-03-30T15:00", "450"), lab("2026-03-30T08:00", "300")),
        (Then(END, "NON_RESPONDER", aval="450"),),
        rule={"tie_rule": "LAST_ROW"},
    ),
)  # fmt: skip
