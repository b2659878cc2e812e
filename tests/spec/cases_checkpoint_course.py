"""How a patient's course ends the checkpoint or does not, and what disturbs it.

Clinical specification sections 3.4 (steps 1, 2, 5e and 6) and 3.6, traps 6, 13 and 14.
Day 21 = 03-22, day 22 = 03-23, day 36 = 04-06, day 37 = 04-07.
"""

from __future__ import annotations

from tests.spec.checkpoint_case import Case, Lab, Then

BASE = Lab("2026-02-27", "500")
POST = Lab("2026-03-30", "300")
END = "2026-04-14"


def ended(title: str, event: str, day: str, state: str, reason: str | None = None) -> Case:
    """Never sampled in the window; one terminal event."""
    return Case(title, (BASE,), (Then(END, state, reason, final=True),), facts={event: day})


def therapy(title: str, given: str, *flags: str) -> Case:
    """A response, with one locoregional therapy; baseline 2026-02-27, sample 2026-03-30."""
    return Case(
        title, (BASE, POST), (Then(END, "RESPONDER", flags=flags),), therapies=((given, "LOCOREGIONAL"),)
    )


COURSE = (
    Case("Nobody without a dose is due", (BASE,), (Then(END, "NOT_STARTED"),), first_dose=None),
    Case(
        "A screen failure is never treated",
        (BASE,),
        (Then(END, "NOT_STARTED", "NEVER_TREATED"),),
        first_dose=None,
        facts={"SCREENFAIL": True},
    ),
    Case(
        "Died without a dose: never treated",
        (BASE,),
        (Then("2026-03-09", "NOT_STARTED"), Then("2026-03-10", "NOT_STARTED", "NEVER_TREATED")),
        first_dose=None,
        facts={"DEATH": "2026-03-10"},
    ),
    Case(
        "Withdrew without a dose: never treated",
        (BASE,),
        (Then(END, "NOT_STARTED", "NEVER_TREATED"),),
        first_dose=None,
        facts={"WITHDREW": "2026-03-10"},
    ),
    Case(
        "Lost without a dose: never treated",
        (BASE,),
        (Then(END, "NOT_STARTED", "NEVER_TREATED"),),
        first_dose=None,
        facts={"LOST": "2026-03-10"},
    ),
    Case(
        "A first dose after the cut-off has not happened yet",
        (BASE,),
        (Then("2026-03-01", "NOT_STARTED", next_on="2026-03-02"),),
    ),
    Case(
        "Death before first dose: the dates contradict each other, no clinical state, a query",
        (BASE, POST),
        (Then(END, "DATA_ERROR", queries=("DEATH_BEFORE_FIRST_DOSE",), flags=(), final=False),),
        facts={"DEATH": "2026-03-01"},
    ),
    Case(
        "Death on the day of first dose is possible",
        (BASE,),
        (Then(END, "NOT_REACHED", "DIED"),),
        facts={"DEATH": "2026-03-02"},
    ),
    ended("Died on day 36: not reached", "DEATH", "2026-04-06", "NOT_REACHED", "DIED"),
    ended("Died on day 37: the sample was missed", "DEATH", "2026-04-07", "MISSED"),
    ended("Withdrew on day 21: not reached", "WITHDREW", "2026-03-22", "NOT_REACHED", "WITHDREW"),
    ended("Withdrew on day 22: not reached", "WITHDREW", "2026-03-23", "NOT_REACHED", "WITHDREW"),
    ended("Withdrew on day 36: not reached", "WITHDREW", "2026-04-06", "NOT_REACHED", "WITHDREW"),
    ended("Withdrew on day 37: missed", "WITHDREW", "2026-04-07", "MISSED"),
    ended("Lost on day 36: not reached", "LOST", "2026-04-06", "NOT_REACHED", "LOST"),
    ended("Lost on day 37: missed", "LOST", "2026-04-07", "MISSED"),
    ended("Stopped the drug on day 21: not reached", "DISCONTINUED", "2026-03-22", "NOT_REACHED", "DISCONTINUED"),
    ended("Stopped the drug on day 22: missed", "DISCONTINUED", "2026-03-23", "MISSED"),
    ended("Stopped the drug on day 1: not reached", "DISCONTINUED", "2026-03-02", "NOT_REACHED", "DISCONTINUED"),
    Case(
        "Not reached is said on the day it happens, and is final",
        (BASE,),
        (
            Then("2026-03-19", "NOT_DUE", next_on="2026-03-20"),
            Then("2026-03-20", "NOT_REACHED", "DIED", final=True),
        ),
        facts={"DEATH": "2026-03-20"},
    ),
    Case(
        "Of several endings death is named first",
        (BASE,),
        (Then("2026-03-15", "NOT_REACHED", "DISCONTINUED"), Then(END, "NOT_REACHED", "DIED")),
        facts={"DISCONTINUED": "2026-03-15", "WITHDREW": "2026-03-18", "DEATH": "2026-04-01"},
    ),
    Case(
        "A patient who died later is judged on the sample drawn before",
        (BASE, POST),
        (Then(END, "RESPONDER", final=True),),
        facts={"DEATH": "2026-04-02"},
    ),
    Case(
        "A sample of the day of death counts",
        (BASE, POST),
        (Then(END, "RESPONDER"),),
        facts={"DEATH": "2026-03-30"},
    ),
    Case(
        "A sample dated after death is no sample",
        (BASE, POST),
        (Then(END, "NOT_REACHED", "DIED"),),
        facts={"DEATH": "2026-03-29"},
    ),
    Case(
        "A patient who withdrew but was sampled in the window is judged",
        (BASE, Lab("2026-03-25", "300")),
        (Then(END, "RESPONDER"),),
        facts={"WITHDREW": "2026-03-26"},
    ),
    Case(
        "An unusable sample of the window is named before the end of the course",
        (BASE, Lab("2026-03-25", "300", unusable="QUARANTINED")),
        (Then(END, "NOT_EVALUABLE", "SAMPLE_UNUSABLE"),),
        facts={"DEATH": "2026-04-01"},
    ),
    Case(
        "A partial date that could only be in the window after death tells of no sample in it",
        (BASE, Lab("2026-04", "300")),
        (Then(END, "NOT_REACHED", "DIED"),),
        facts={"DEATH": "2026-03-31"},
    ),
    Case(
        "A stopped drug does not cancel a sample of the window",
        (BASE, POST),
        (Then(END, "RESPONDER"),),
        facts={"DISCONTINUED": "2026-03-10", "LASTDOSE": "2026-03-10"},
    ),
    Case(
        "Off-drug is flagged from the 15th day after the last dose",
        (BASE, POST),
        (Then(END, "RESPONDER", flags=("OFF_DRUG",)),),
        facts={"LASTDOSE": "2026-03-15"},
    ),
    Case(
        "The off-week of a 14 of 21 days regimen is no interruption: last dose day 14, sample day 22",
        (BASE, Lab("2026-03-23", "300")),
        (Then(END, "RESPONDER", flags=()),),
        facts={"LASTDOSE": "2026-03-15"},
    ),
    Case(
        "Dosing that is not known to have ended raises no flag",
        (BASE, POST),
        (Then(END, "RESPONDER", flags=()),),
        facts={"LASTDOSE": "2026-03-02", "ONGOING": True},
    ),
    therapy("TACE between baseline and sample is flagged", "2026-03-10", "INTERCURRENT_LRT"),
    therapy("TACE on the day of the sample is flagged", "2026-03-30", "INTERCURRENT_LRT"),
    therapy("TACE after the sample is not", "2026-03-31"),
    therapy("TACE 28 days before the baseline is flagged", "2026-01-30", "INTERCURRENT_LRT"),
    therapy("TACE 29 days before the baseline is not", "2026-01-29"),
    therapy("A partial date counts if any day it may mean does", "2026-01", "INTERCURRENT_LRT"),
    therapy("A month that lies wholly before does not count", "2025-12"),
    Case(
        "New systemic therapy is flagged in the same way",
        (BASE, POST),
        (Then(END, "RESPONDER", flags=("INTERCURRENT_LRT",)),),
        therapies=(("2026-03-20", "SYSTEMIC"),),
    ),
    Case(
        "A study may refuse to judge across such a therapy",
        (BASE, POST),
        (Then(END, "NOT_EVALUABLE", "INTERCURRENT_LRT", flags=("INTERCURRENT_LRT",), final=True),),
        therapies=(("2026-03-10", "LOCOREGIONAL"),),
        rule={"intercurrent_policy": "NOT_EVALUABLE"},
    ),
    Case(
        "Under that policy a therapy after the sample does not matter",
        (BASE, POST),
        (Then(END, "RESPONDER"),),
        therapies=(("2026-04-02", "LOCOREGIONAL"),),
        rule={"intercurrent_policy": "NOT_EVALUABLE"},
    ),
)  # fmt: skip
