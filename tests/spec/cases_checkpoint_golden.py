"""The golden vectors of clinical.md section 3.8.

First dose 2026-03-02 is day 1; day 22 = 03-23, day 29 = 03-30, day 36 = 04-06, day 43 = 04-13.
A number in brackets is the vector's.
"""

from __future__ import annotations

from decimal import Decimal

from tests.spec.checkpoint_case import Case, Lab, Then

BASE = Lab("2026-02-27", "500")

GOLDEN = (
    Case(
        "[1] A fall of 26 % four weeks after first dose is a response",
        (BASE, Lab("2026-03-30", "370")),
        (Then("2026-04-14", "RESPONDER", pchg="-26.0000", final=True, ady=29, base="500", aval="370"),),
    ),
    Case(
        "[2] A fall of exactly 25 % is a response",
        (BASE, Lab("2026-03-30", "375")),
        (Then("2026-04-14", "RESPONDER", pchg="-25.0000", comparison="375 <= 375"),),
    ),
    Case(
        "[3] A fall of 24.98 % is no response, though it shows as 25.0",
        (BASE, Lab("2026-03-30", "375.1")),
        (Then("2026-04-14", "NON_RESPONDER", pchg="-24.9800", comparison="375.1 > 375.0"),),
    ),
    Case(
        "[4] The first sample of the window gives a provisional verdict, a nearer one replaces it",
        (BASE, Lab("2026-03-23", "450"), Lab("2026-04-01", "300")),
        (
            Then("2026-03-25", "PROVISIONAL_NON_RESPONDER", pchg="-10.0000", final=False, ady=22),
            Then("2026-04-01", "PROVISIONAL_RESPONDER", pchg="-40.0000", final=False, ady=31),
            Then("2026-04-14", "RESPONDER", pchg="-40.0000", final=True, ady=31),
        ),
    ),
    Case(
        "[5] Of two samples equally far from day 29 the later counts",
        (BASE, Lab("2026-03-28", "350"), Lab("2026-04-01", "450")),
        (Then("2026-04-14", "NON_RESPONDER", pchg="-10.0000", ady=31, aval="450"),),
    ),
    Case(
        "[6] A baseline below 20 ng/mL is not evaluable; the sensitivity still shows the fall",
        (Lab("2026-02-27", "12"), Lab("2026-03-30", "5")),
        (
            Then("2026-04-14", "NOT_EVALUABLE", "BASELINE_BELOW_MIN", pchg="-58.3333", final=True,
                 sensitivity="RESPONDER", band="<20"),
        ),
    ),
    Case(
        "[7] A baseline older than 28 days is none",
        (Lab("2026-01-15", "500"), Lab("2026-03-30", "300")),
        (Then("2026-04-14", "NOT_EVALUABLE", "NO_BASELINE", detail="STALE", flags=("NO_BASELINE",)),),
    ),
    Case(
        "[8] A sample drawn after the first dose of that day is no baseline",
        (Lab("2026-03-02T14:00", "500"), Lab("2026-03-30", "300")),
        (
            Then("2026-03-02", "NOT_DUE", detail="POST_DOSE", flags=("NO_BASELINE",), queries=("NO_BASELINE",)),
            Then("2026-04-14", "NOT_EVALUABLE", "NO_BASELINE", detail="POST_DOSE"),
        ),
        facts={"FIRSTDOSETM": "09:00"},
    ),
    Case(
        "[9] A sample on day 21 alone is missed: drawn too early",
        (BASE, Lab("2026-03-22", "300")),
        (Then("2026-04-14", "MISSED", "EARLY_ONLY", final=True),),
    ),
    Case(
        "[10] A sample on day 37 alone is missed: drawn too late; only a sensitivity looks at it",
        (BASE, Lab("2026-04-07", "300")),
        (Then("2026-04-14", "MISSED", "LATE_ONLY", final=True, sensitivity="RESPONDER"),),
    ),
    Case(
        "[11] As long as the result of day 36 is not received, the sample is missed",
        (BASE,),
        (Then("2026-04-14", "MISSED", final=True),),
    ),
    Case(
        "[11] Once it is received, the missed sample is judged",
        (BASE, Lab("2026-04-06", "370")),
        (Then("2026-04-21", "RESPONDER", pchg="-26.0000", final=True, ady=36),),
    ),
    Case(
        "[12] A patient who died before the window closed did not reach the checkpoint",
        (BASE,),
        (Then("2026-04-14", "NOT_REACHED", "DIED", final=True),),
        facts={"DEATH": "2026-03-20"},
    ),
    Case(
        "[13] A patient who stopped the drug in the window is judged",
        (BASE, Lab("2026-03-30", "300")),
        (Then("2026-04-14", "RESPONDER", flags=()),),
        facts={"DISCONTINUED": "2026-03-25", "LASTDOSE": "2026-03-25"},
    ),
    Case(
        "[13] The last dose 15 days before the sample raises a flag, no more",
        (BASE, Lab("2026-03-30", "300")),
        (Then("2026-04-14", "RESPONDER", flags=("OFF_DRUG",)),),
        facts={"LASTDOSE": "2026-03-15"},
    ),
    Case(
        "[13] The last dose 14 days before the sample raises none",
        (BASE, Lab("2026-03-30", "300")),
        (Then("2026-04-14", "RESPONDER", flags=()),),
        facts={"LASTDOSE": "2026-03-16"},
    ),
    Case(
        "[14] 400 IU/mL is 484 ng/mL: a fall to 363 ng/mL is exactly 25 %",
        (Lab("2026-02-27", "400", "IU/mL"), Lab("2026-03-30", "363")),
        (
            Then("2026-04-14", "RESPONDER", pchg="-25.0000", flags=("BORDERLINE", "CONVERTED"),
                 comparison="363 <= 363", base="400"),
        ),
    ),
    Case(
        "[15] 350 IU/mL is 423.5 ng/mL and belongs to the high stratum",
        (Lab("2026-02-27", "350", "IU/mL"),),
        (Then("2026-03-10", "NOT_DUE", high=True, band=">=400", base="350"),),
    ),
    Case(
        "[16] A baseline above the assay's limit can leave the verdict open",
        (Lab("2026-02-27", ">1210"), Lab("2026-03-30", "1100")),
        (
            Then("2026-04-14", "NOT_EVALUABLE", "CENSORED", flags=("CENSORED_VALUE",),
                 queries=("DILUTE_BASELINE",), comparison="1100 ? >907.5"),
        ),
    ),
    Case(
        "[17] A multiple of the median is another quantity: refused at the gate, the sample cannot be used",
        (BASE, Lab("2026-03-30", "2.1", "MoM", unusable="lb_loinc_refused")),
        (
            Then("2026-04-14", "NOT_EVALUABLE", "SAMPLE_UNUSABLE", final=True, detail="lb_loinc_refused"),
        ),
    ),
    Case(
        "[18] First dose as first reported: the sample of 03-02 is no baseline",
        (Lab("2026-03-02T14:00", "500"), Lab("2026-03-30", "300")),
        (Then("2026-04-14", "NOT_EVALUABLE", "NO_BASELINE", detail="POST_DOSE", ady=29),),
        facts={"FIRSTDOSETM": "09:00"},
    ),
    Case(
        "[18] First dose corrected to 03-09: every day moves by 7 and the sample of 03-02 is the baseline",
        (Lab("2026-03-02T14:00", "500"), Lab("2026-03-30", "300")),
        (
            Then("2026-04-14", "PROVISIONAL_RESPONDER", pchg="-40.0000", ady=22, base="500", final=False),
            Then("2026-04-21", "RESPONDER", pchg="-40.0000", ady=22, final=True),
        ),
        first_dose="2026-03-09",
        facts={"FIRSTDOSETM": "09:00"},
    ),
    Case(
        "[19] A preliminary result is no sample",
        (BASE, Lab("2026-03-30", "450", more={"STATUS": "PRELIMINARY"})),
        (Then("2026-04-14", "MISSED"),),
    ),
    Case(
        "[19] The final result that follows it counts",
        (BASE, Lab("2026-03-30", "370", more={"STATUS": "FINAL", "VERSION": 2})),
        (Then("2026-04-14", "RESPONDER", aval="370"),),
    ),
    Case(
        "[20] A result that was withdrawn is no sample: overdue, later missed",
        (BASE, Lab("2026-03-30", "300", more={"STATUS": "ENTERED_IN_ERROR", "RETRACTED": True})),
        (Then("2026-04-10", "OVERDUE", final=False), Then("2026-04-14", "MISSED", final=True)),
    ),
    Case(
        "[21] A sample off the target day stays provisional until day 43 and is final from day 44",
        (BASE, Lab("2026-03-23", "450")),
        (
            Then("2026-04-13", "PROVISIONAL_NON_RESPONDER", final=False, next_on="2026-04-14"),
            Then("2026-04-14", "NON_RESPONDER", final=True),
        ),
    ),
    Case(
        "[22] Stopped on day 21 and never sampled: not reached",
        (BASE,),
        (Then("2026-04-14", "NOT_REACHED", "DISCONTINUED", final=True),),
        facts={"DISCONTINUED": "2026-03-22"},
    ),
    Case(
        "[22] Stopped on day 22 and never sampled: missed",
        (BASE,),
        (Then("2026-04-14", "MISSED", final=True),),
        facts={"DISCONTINUED": "2026-03-23"},
    ),
    Case(
        "[22] Stopped on day 30 and never sampled: missed",
        (BASE,),
        (Then("2026-04-14", "MISSED", final=True),),
        facts={"DISCONTINUED": "2026-03-31"},
    ),
    Case(
        "[23] A row dated after death is no sample, not even an unusable one",
        (BASE, Lab("2026-03-30", "300"), Lab("2026-03-31", "300", unusable="lb_after_death")),
        (Then("2026-04-14", "NOT_REACHED", "DIED"),),
        facts={"DEATH": "2026-03-29"},
    ),
    Case(
        "[24] Two different results of one time: the less favourable counts, and the site is asked",
        (BASE, Lab("2026-03-30T08:00", "370"), Lab("2026-03-30T08:00", "380")),
        (
            Then("2026-04-14", "NON_RESPONDER", pchg="-24.0000", aval="380", flags=("BORDERLINE", "TIE"),
                 queries=("TIE_SAME_TIME",)),
        ),
    ),
    Case(
        "[25] Both in IU/mL from one laboratory: the ratio is taken in IU/mL, nothing is converted",
        (Lab("2026-02-27", "413", "IU/mL"), Lab("2026-03-30", "300", "IU/mL")),
        (
            Then("2026-04-14", "RESPONDER", pchg="-27.3608", flags=("BORDERLINE",),
                 comparison="300 <= 309.75", high=True),
        ),
        site_factors={"S02": {"IU/mL": Decimal("1.2")}},
    ),
)  # fmt: skip
