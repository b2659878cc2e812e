"""Other studies: every number and policy of the checkpoint is a key of the study folder.

Clinical specification section 3.1.
"""

from __future__ import annotations

from decimal import Decimal

from tests.spec.checkpoint_case import Case, Lab, Then

BASE = Lab("2026-02-27", "500")
END = "2026-04-14"
RISE = {"direction": "rise", "min_baseline": None, "high_baseline": None, "bands": ()}
CONFIRM = {"confirm_policy": "SECOND_SAMPLE"}


def rise(title: str, before: str, after: str, state: str, reason: str | None = None, **then: object) -> Case:
    """A study in which a rise of 25 % is the response."""
    verdict = Then(END, state, reason, **then)  # type: ignore[arg-type]
    return Case(title, (Lab("2026-02-27", before), Lab("2026-03-30", after)), (verdict,), rule=RISE)


SETTINGS = (
    rise("Where a rise is the response, exactly 25 % counts", "400", "500", "RESPONDER", pchg="25.0000",
         comparison="500 >= 500"),
    rise("24.99 % does not", "400", "499.96", "NON_RESPONDER", pchg="24.9900"),
    rise("A fall does not", "400", "100", "NON_RESPONDER", pchg="-75.0000"),
    rise("To above the very threshold is a rise", "400", ">500", "RESPONDER"),
    rise("To at least the threshold is a rise", "400", ">=500", "RESPONDER"),
    rise("To above less than the threshold is open", "400", ">499", "NOT_EVALUABLE", "CENSORED"),
    rise("To below the very threshold is none", "400", "<500", "NON_RESPONDER"),
    rise("To at most the threshold is open", "400", "<=500", "NOT_EVALUABLE", "CENSORED"),
    rise("From above 400 to 500 is none: it rose by less", ">400", "500", "NON_RESPONDER"),
    rise("From at least 400 to 500 is open", ">=400", "500", "NOT_EVALUABLE", "CENSORED"),
    Case(
        "Where a rise is the response, the highest baseline and the lowest sample of one time are least favourable",
        (
            Lab("2026-02-27T08:00", "400"), Lab("2026-02-27T08:00", "480"),
            Lab("2026-03-30T08:00", "700"), Lab("2026-03-30T08:00", "590"),
        ),
        (Then(END, "NON_RESPONDER", base="480", aval="590", flags=("BORDERLINE", "TIE")),),
        rule=RISE,
    ),
    Case(
        "A study may do without provisional verdicts: the word is missing, the verdict still not final",
        (BASE, Lab("2026-03-23", "450")),
        (Then("2026-03-25", "NON_RESPONDER", final=False), Then(END, "NON_RESPONDER", final=True)),
        rule={"provisional": False},
    ),
    Case(
        "Without grace nobody is overdue: missed from the day after the window",
        (BASE,),
        (Then("2026-04-06", "WINDOW_OPEN", next_on="2026-04-07"), Then("2026-04-07", "MISSED", final=True)),
        rule={"report_grace_days": 0},
    ),
    Case(
        "Without grace a sample off the target day is final from the day after the window",
        (BASE, Lab("2026-03-23", "450")),
        (
            Then("2026-04-06", "PROVISIONAL_NON_RESPONDER", final=False, next_on="2026-04-07"),
            Then("2026-04-07", "NON_RESPONDER", final=True),
        ),
        rule={"report_grace_days": 0},
    ),
    Case(
        "Another window and target: day 57, days 50 to 64",
        (BASE, Lab("2026-04-27", "300")),
        (Then("2026-04-26", "WINDOW_OPEN", flags=()), Then("2026-04-27", "RESPONDER", final=True, ady=57)),
        rule={"target_day": 57, "window": (50, 64), "late_until_day": 80},
    ),
    Case(
        "A shorter look-back makes an older baseline stale",
        (Lab("2026-02-15", "500"), Lab("2026-03-30", "300")),
        (Then(END, "NOT_EVALUABLE", "NO_BASELINE", detail="STALE"),),
        rule={"baseline_lookback_days": 14},
    ),
    Case(
        "Where a second sample must confirm, a response waits for one at least 10 days later",
        (BASE, Lab("2026-03-30", "300"), Lab("2026-04-08", "500"), Lab("2026-04-09", "310")),
        (
            Then("2026-03-30", "PROVISIONAL_RESPONDER", final=False, flags=("UNCONFIRMED",)),
            Then("2026-04-08", "PROVISIONAL_RESPONDER", final=False, flags=("UNCONFIRMED",)),
            Then("2026-04-09", "RESPONDER", final=True, flags=()),
        ),
        rule=CONFIRM,
    ),
    Case(
        "A second sample that is no response ends it as non-response",
        (BASE, Lab("2026-03-30", "300"), Lab("2026-04-09", "450")),
        (Then("2026-04-09", "NON_RESPONDER", final=True, aval="300"),),
        rule=CONFIRM,
    ),
    Case(
        "Without a second sample the response is not confirmed once none can be reported any more",
        (BASE, Lab("2026-03-30", "300")),
        (
            Then("2026-04-27", "PROVISIONAL_RESPONDER", final=False, flags=("UNCONFIRMED",), next_on="2026-04-28"),
            Then("2026-04-28", "NOT_EVALUABLE", "NOT_CONFIRMED", final=True),
        ),
        rule=CONFIRM,
    ),
    Case(
        "A non-response needs no confirmation",
        (BASE, Lab("2026-03-30", "450")),
        (Then("2026-03-30", "NON_RESPONDER", final=True),),
        rule=CONFIRM,
    ),
    Case(
        "Without a borderline band there is no badge",
        (BASE, Lab("2026-03-30", "375")),
        (Then(END, "RESPONDER", flags=()),),
        rule={"borderline_band_pct": None},
    ),
    Case(
        "Other specimens may count",
        (BASE, Lab("2026-03-30", "300", more={"LBSPEC": "WHOLE_BLOOD"})),
        (Then(END, "NOT_EVALUABLE", "NO_BASELINE"),),
        rule={"specimens": ("WHOLE_BLOOD",)},
    ),
    Case(
        "A threshold of 50 % and a minimum of 200 ng/mL",
        (Lab("2026-02-27", "200"), Lab("2026-03-30", "100")),
        (Then(END, "RESPONDER", pchg="-50.0000"),),
        rule={"threshold_pct": Decimal(50), "min_baseline": Decimal(200)},
    ),
)  # fmt: skip
