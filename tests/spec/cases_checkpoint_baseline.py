"""The baseline: before first dose, young enough, high enough.

Clinical specification sections 3.1 (look-back, same day, minimum) and 3.4 (steps 3, 5a, 5b and 9), traps 2, 12 and 13.
First dose 2026-03-02 is day 1; day -1 = 03-01, day -14 = 02-16, day -28 = 02-02.
"""

from __future__ import annotations

from decimal import Decimal

from tests.spec.checkpoint_case import Case, Lab, Then

POST = Lab("2026-03-30", "300")
AT_NINE = {"FIRSTDOSETM": "09:00"}
END = "2026-04-14"


def without(reason: str) -> Then:
    """There is a sample but no baseline, and why."""
    return Then(
        END, "NOT_EVALUABLE", "NO_BASELINE", detail=reason, flags=("NO_BASELINE",), queries=("NO_BASELINE",)
    )


BASELINE = (
    Case(
        "The latest result before first dose is the baseline, not the first, not the highest",
        (Lab("2026-02-10", "900"), Lab("2026-02-27", "400"), Lab("2026-02-20", "800"), POST),
        (Then(END, "RESPONDER", base="400", pchg="-25.0000"),),
    ),
    Case(
        "What is latest is told by collection, not by when the result became known",
        (Lab("2026-02-27", "400"), Lab("2026-02-20", "800", more={"DELIVERY": 9, "SRCLINE": 99}), POST),
        (Then(END, "RESPONDER", base="400"),),
    ),
    Case(
        "Day -28 is within the look-back",
        (Lab("2026-02-02", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=("BASELINE_OLD",)),),
    ),
    Case("Day -29 is not: stale", (Lab("2026-02-01", "500"), POST), (without("STALE"),)),
    Case(
        "Day -14 is recent enough for no warning",
        (Lab("2026-02-16", "500"), POST),
        (Then(END, "RESPONDER", flags=()),),
    ),
    Case(
        "Day -15 is flagged as old, and counts",
        (Lab("2026-02-15", "500"), POST),
        (Then(END, "RESPONDER", flags=("BASELINE_OLD",)),),
    ),
    Case("No result before first dose at all", (POST,), (without("NONE"),)),
    Case(
        "A missing baseline is said on day 1, while stored serum can still repair it",
        (),
        (
            Then("2026-03-02", "NOT_DUE", flags=("NO_BASELINE",), queries=("NO_BASELINE",), detail="NONE"),
            Then("2026-03-23", "WINDOW_OPEN", flags=("NO_BASELINE",)),
            Then("2026-03-30", "WINDOW_OPEN", flags=("DUE", "NO_BASELINE")),
            Then("2026-04-07", "OVERDUE", flags=("NO_BASELINE",)),
            Then(END, "MISSED", flags=("NO_BASELINE",)),
        ),
    ),
    Case(
        "A baseline reported late repairs it",
        (Lab("2026-02-27", "500", more={"DELIVERY": 40}),),
        (Then("2026-03-10", "NOT_DUE", flags=(), queries=()),),
    ),
    Case(
        "On the day of first dose a sample before the dose is the baseline",
        (Lab("2026-03-02T08:59", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=()),),
        facts=AT_NINE,
    ),
    Case(
        "A sample at the very time of the dose is refused",
        (Lab("2026-03-02T09:00", "500"), POST),
        (without("POST_DOSE"),),
        facts=AT_NINE,
    ),
    Case(
        "Seconds decide as well",
        (Lab("2026-03-02T09:00:29", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=()),),
        facts={"FIRSTDOSETM": "09:00:30"},
    ),
    Case(
        "A sample after the dose is refused, and the older baseline counts",
        (Lab("2026-02-27", "400"), Lab("2026-03-02T09:01", "900"), POST),
        (Then(END, "RESPONDER", base="400"),),
        facts=AT_NINE,
    ),
    Case(
        "A sample of that day without a time is taken as drawn before the dose, and flagged",
        (Lab("2026-03-02", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=("ASSUMED_PREDOSE",)),),
        facts=AT_NINE,
    ),
    Case(
        "So is a timed sample where the time of the dose is unknown",
        (Lab("2026-03-02T14:00", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=("ASSUMED_PREDOSE",)),),
    ),
    Case(
        "So is a sample where neither time is known",
        (Lab("2026-03-02", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=("ASSUMED_PREDOSE",)),),
    ),
    Case(
        "An hour without minutes is no time",
        (Lab("2026-03-02T14", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=("ASSUMED_PREDOSE",)),),
        facts=AT_NINE,
    ),
    Case(
        "Of that day's samples a timed one before the dose wins over one without a time",
        (Lab("2026-03-02", "900"), Lab("2026-03-02T07:30", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=()),),
        facts=AT_NINE,
    ),
    Case(
        "An untimed sample of the day of first dose wins over a timed one of the day before",
        (Lab("2026-03-01T07:30", "900"), Lab("2026-03-02", "500"), POST),
        (Then(END, "RESPONDER", base="500", flags=("ASSUMED_PREDOSE",)),),
        facts=AT_NINE,
    ),
    Case(
        "Of several timed samples before the dose the latest counts",
        (Lab("2026-03-02T08:00", "400"), Lab("2026-03-02T07:00", "900"), POST),
        (Then(END, "RESPONDER", base="400"),),
        facts=AT_NINE,
    ),
    Case(
        "Stale is named before post-dose, where both hold",
        (Lab("2026-01-15", "500"), Lab("2026-03-02T14:00", "500"), POST),
        (without("STALE"),),
        facts=AT_NINE,
    ),
    Case(
        "A partial date is no baseline, though every day it may mean lies before first dose",
        (Lab("2026-02", "500"), POST),
        (without("NONE"),),
    ),
    Case(
        "A baseline that cannot be used is none; the older usable one counts",
        (Lab("2026-02-20", "400"), Lab("2026-02-27", "haemolysed"), POST),
        (Then(END, "RESPONDER", base="400"),),
    ),
    Case(
        "Of two different baselines of one time the lower counts, and the site is asked",
        (Lab("2026-02-27T08:00", "500"), Lab("2026-02-27T08:00", "390"), POST),
        (Then(END, "NON_RESPONDER", base="390", pchg="-23.0769", flags=("BORDERLINE", "TIE"),
              queries=("TIE_SAME_TIME",)),),
    ),
    Case(
        "A baseline of exactly 20 ng/mL can be judged",
        (Lab("2026-02-27", "20"), Lab("2026-03-30", "15")),
        (Then(END, "RESPONDER", pchg="-25.0000", band="20-<400"),),
    ),
    Case(
        "A baseline of 19.999 ng/mL cannot",
        (Lab("2026-02-27", "19.999"), Lab("2026-03-30", "10")),
        (Then(END, "NOT_EVALUABLE", "BASELINE_BELOW_MIN", final=True, sensitivity="RESPONDER", band="<20"),),
    ),
    Case(
        "The minimum is in ng/mL: 16.5 IU/mL is 19.965 ng/mL and too low",
        (Lab("2026-02-27", "16.5", "IU/mL"), Lab("2026-03-30", "10", "IU/mL")),
        (Then(END, "NOT_EVALUABLE", "BASELINE_BELOW_MIN"),),
    ),
    Case(
        "16.53 IU/mL is 20.0013 ng/mL and enough",
        (Lab("2026-02-27", "16.53", "IU/mL"), Lab("2026-03-30", "10", "IU/mL")),
        (Then(END, "RESPONDER"),),
    ),
    Case(
        "A fall from 4 to 3 ng/mL is no response: the baseline is below the minimum",
        (Lab("2026-02-27", "4"), Lab("2026-03-30", "3")),
        (Then(END, "NOT_EVALUABLE", "BASELINE_BELOW_MIN", pchg="-25.0000", sensitivity="RESPONDER"),),
    ),
    Case(
        "A baseline of 0 has no ratio",
        (Lab("2026-02-27", "0"), POST),
        (Then(END, "NOT_EVALUABLE", "BASELINE_NOT_POSITIVE", sensitivity="NOT_EVALUABLE:BASELINE_NOT_POSITIVE"),),
    ),
    Case(
        "A baseline reported as below a limit cannot be judged, however high the limit",
        (Lab("2026-02-27", "<1000"), POST),
        (Then(END, "NOT_EVALUABLE", "BASELINE_BELOW_LLOQ", flags=("CENSORED_VALUE",)),),
    ),
    Case(
        "Nor does an older exact baseline stand in for it",
        (Lab("2026-02-20", "500"), Lab("2026-02-27", "<1.3"), POST),
        (Then(END, "NOT_EVALUABLE", "BASELINE_BELOW_LLOQ", base="<1.3"),),
    ),
    Case(
        "A baseline of at most so much is below a limit too",
        (Lab("2026-02-27", "<=30"), POST),
        (Then(END, "NOT_EVALUABLE", "BASELINE_BELOW_LLOQ"),),
    ),
    Case(
        "A baseline above 15 may or may not reach the minimum of 20",
        (Lab("2026-02-27", ">15"), Lab("2026-03-30", "5")),
        (Then(END, "NOT_EVALUABLE", "BASELINE_CENSORED", flags=("CENSORED_VALUE",)),),
    ),
    Case(
        "A baseline above 20 reaches it",
        (Lab("2026-02-27", ">20"), Lab("2026-03-30", "15")),
        (Then(END, "RESPONDER"),),
    ),
    Case(
        "The high stratum begins at exactly 400 ng/mL",
        (Lab("2026-02-27", "400"),),
        (Then("2026-03-10", "NOT_DUE", high=True, band=">=400"),),
    ),
    Case(
        "399.99 ng/mL lies below it",
        (Lab("2026-02-27", "399.99"),),
        (Then("2026-03-10", "NOT_DUE", high=False, band="20-<400"),),
    ),
    Case(
        "A baseline above 1210 is high, whatever it is",
        (Lab("2026-02-27", ">1210"),),
        (Then("2026-03-10", "NOT_DUE", high=True, band=">=400"),),
    ),
    Case(
        "First dose corrected to a week earlier: the sample of 02-27 is after it and no baseline any more",
        (Lab("2026-02-27", "500"), POST),
        (Then(END, "NOT_EVALUABLE", "NO_BASELINE", detail="NONE", flags=("NO_BASELINE",), ady=36),),
        first_dose="2026-02-23",
    ),
    Case(
        "A study without a minimum judges every positive baseline",
        (Lab("2026-02-27", "4"), Lab("2026-03-30", "3")),
        (Then(END, "RESPONDER", pchg="-25.0000"),),
        rule={"min_baseline": None},
    ),
    Case(
        "A study may refuse samples of the day of first dose without known times",
        (Lab("2026-03-02", "500"), POST),
        (without("POST_DOSE"),),
        facts=AT_NINE,
        rule={"same_day_baseline": "BEFORE_DOSE"},
    ),
    Case(
        "Under that rule a timed sample before the dose still counts",
        (Lab("2026-03-02T08:00", "500"), POST),
        (Then(END, "RESPONDER", flags=()),),
        facts=AT_NINE,
        rule={"same_day_baseline": "BEFORE_DOSE"},
    ),
    Case(
        "A study may refuse the whole day of first dose",
        (Lab("2026-03-02T08:00", "500"), POST),
        (without("POST_DOSE"),),
        facts=AT_NINE,
        rule={"same_day_baseline": "NEVER"},
    ),
    Case(
        "A study with a minimum of 10 judges a baseline of 12",
        (Lab("2026-02-27", "12"), Lab("2026-03-30", "5")),
        (Then(END, "RESPONDER", pchg="-58.3333"),),
        rule={"min_baseline": Decimal(10)},
    ),
)  # fmt: skip
