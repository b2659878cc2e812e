"""From what sites record to lines of therapy: first dose, how it ended, which line.

Clinical specification sections 3.3, 3.4 (steps 1, 2 and 6), 3.5 and 3.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Course:
    """A sentence, the records of one patient, and the lines of therapy they make (only what is named is compared).

    dosed: (start, end, further columns of EX); without further columns 12 mg of the study drug. ended: (DSCAT,
    DSDECOD, date, DSLINE). Dates among the answers are ISO texts.
    """

    title: str
    lines: tuple[dict[str, Any], ...]
    dosed: tuple[tuple[str | None, str | None, dict[str, Any]], ...] = ()
    ended: tuple[tuple[str | None, str, str | None, str | None], ...] = ()
    person: dict[str, Any] | None = None
    seen: tuple[tuple[str, str], ...] = ()


def dose(
    start: str | None, end: str | None = None, **more: Any
) -> tuple[str | None, str | None, dict[str, Any]]:
    """One row of EX."""
    return start, end, more


STUDY, DRUG = "DISPOSITION EVENT", "TREATMENT"

COURSES = (
    Course(
        "First dose is the earliest dose, whatever order the rows come in",
        ({"LINE": 1, "FIRSTDOSE": "2026-03-02"},),
        (dose("2026-03-23"), dose("2026-03-02"), dose("2026-04-13")),
    ),
    Course(
        "A dose of 0 is none",
        ({"FIRSTDOSE": "2026-03-09"},),
        (dose("2026-03-02", EXDOSE="0"), dose("2026-03-09")),
    ),
    Course(
        "A dose that is not stated is none",
        ({"FIRSTDOSE": "2026-03-09"},),
        (dose("2026-03-02", EXDOSE=None), dose("2026-03-09")),
    ),
    Course(
        "Another drug is no study drug",
        ({"FIRSTDOSE": "2026-03-09", "TREATMENT": "ANL"},),
        (dose("2026-03-02", EXTRT="entecavir"), dose("2026-03-09")),
    ),
    Course(
        "A drug is known by any of its names, in upper or lower case",
        ({"FIRSTDOSE": "2026-03-02", "TREATMENT": "ANL"},),
        (dose("2026-03-02", EXTRT=" anlotinib "),),
    ),
    Course(
        "The time of first dose is the earliest known one of that day",
        ({"FIRSTDOSE": "2026-03-02", "FIRSTDOSETM": "08:30"},),
        (dose("2026-03-02"), dose("2026-03-02T20:00"), dose("2026-03-02T08:30")),
    ),
    Course(
        "Without a dose there is one line and no first dose",
        ({"LINE": 1, "FIRSTDOSE": None, "SCREENFAIL": False},),
    ),
    Course(
        "A screen failure, said in demographics",
        ({"FIRSTDOSE": None, "SCREENFAIL": True},),
        person={"DMSCRF": "Y"},
    ),
    Course(
        "A screen failure, said in disposition",
        ({"FIRSTDOSE": None, "SCREENFAIL": True},),
        ended=((STUDY, "Screen Failure", "2026-02-20", None),),
    ),
    Course(
        "A month of first dose alone is none: the site is asked",
        ({"FIRSTDOSE": None, "PROBLEM": "PARTIAL_FIRST_DOSE"},),
        (dose("2026-03"),),
    ),
    Course(
        "An incomplete start that may lie before the complete one is a problem",
        ({"FIRSTDOSE": "2026-03-23", "PROBLEM": "PARTIAL_FIRST_DOSE"},),
        (dose("2026-03"), dose("2026-03-23")),
    ),
    Course(
        "An incomplete start that must lie after it is none",
        ({"FIRSTDOSE": "2026-03-23", "PROBLEM": None},),
        (dose("2026-04"), dose("2026-03-23")),
    ),
    Course(
        "Each line of therapy has its own first dose",
        ({"LINE": 1, "FIRSTDOSE": "2026-03-02"}, {"LINE": 2, "FIRSTDOSE": "2026-06-01"}),
        (dose("2026-03-02", EXLINE="1"), dose("2026-06-01", EXLINE="2", EXTRT="SOR")),
    ),
    Course(
        "Where EX does not say the line, the line at enrolment holds",
        ({"LINE": 2, "FIRSTDOSE": "2026-03-02"},),
        (dose("2026-03-02"),),
        person={"DMLINE": "2"},
    ),
    Course(
        "A line the protocol does not follow is left out where another is followed",
        ({"LINE": 1, "FIRSTDOSE": "2026-03-02"},),
        (dose("2026-03-02", EXLINE="1"), dose("2026-06-01", EXLINE="3")),
    ),
    Course(
        "Where there is no other, it is kept and named",
        ({"LINE": 3, "FIRSTDOSE": "2026-06-01", "PROBLEM": "LINE_UNKNOWN"},),
        (dose("2026-06-01", EXLINE="3"),),
    ),
    Course(
        "Death is the earliest date that any source tells",
        ({"DEATH": "2026-03-20"},),
        (dose("2026-03-02"),),
        ended=((STUDY, "DEATH", "2026-03-21", None),),
        person={"DTHDTC": "2026-03-22"},
        seen=(("DEAD", "2026-03-20"),),
    ),
    Course(
        "An incomplete date of death counts as the last day it may mean, and is a problem",
        ({"DEATH": "2026-03-31", "PROBLEM": "PARTIAL_DEATH"},),
        (dose("2026-03-02"),),
        person={"DTHDTC": "2026-03"},
    ),
    Course(
        "Death before first dose is named",
        ({"DEATH": "2026-03-01", "PROBLEM": "DEATH_BEFORE_FIRST_DOSE"},),
        (dose("2026-03-02"),),
        person={"DTHDTC": "2026-03-01"},
    ),
    Course(
        "A patient seen alive has no death",
        ({"DEATH": None},),
        (dose("2026-03-02"),),
        seen=(("ALIVE", "2026-03-20"),),
    ),
    Course(
        "Withdrawal of consent leaves the study",
        ({"WITHDREW": "2026-03-20", "LOST": None, "DISCONTINUED": None},),
        (dose("2026-03-02"),),
        ended=((STUDY, "WITHDRAWAL BY SUBJECT", "2026-03-20", None),),
    ),
    Course(
        "The patient's wish to stop the drug alone leaves the drug, not the study",
        ({"WITHDREW": None, "DISCONTINUED": "2026-03-20"},),
        (dose("2026-03-02"),),
        ended=((DRUG, "WITHDRAWAL BY SUBJECT", "2026-03-20", None),),
    ),
    Course(
        "Progression and toxicity end the drug",
        ({"DISCONTINUED": "2026-03-20"},),
        (dose("2026-03-02"),),
        ended=(
            (DRUG, "Progressive disease", "2026-03-20", None),
            (DRUG, "ADVERSE EVENT", "2026-03-25", None),
        ),
    ),
    Course(
        "A treatment that was completed or goes on is no stop",
        ({"DISCONTINUED": None},),
        (dose("2026-03-02"),),
        ended=((DRUG, "COMPLETED", "2026-03-20", None), (DRUG, "Ongoing", "2026-03-25", None)),
    ),
    Course(
        "A reason that only the drug's end can have is one also where the site calls it a disposition event",
        ({"DISCONTINUED": "2026-03-20", "WITHDREW": None},),
        (dose("2026-03-02"),),
        ended=((STUDY, "Progressive Disease", "2026-03-20", None),),
    ),
    Course(
        "Or names no category",
        ({"DISCONTINUED": "2026-03-20"},),
        (dose("2026-03-02"),),
        ended=((None, "PHYSICIAN DECISION", "2026-03-20", None),),
    ),
    Course(
        "Under any category of the drug every reason ends it",
        ({"DISCONTINUED": "2026-03-20"},),
        (dose("2026-03-02"),),
        ended=(("Study Treatment", "OTHER", "2026-03-20", None),),
    ),
    Course(
        "What a disposition event leaves open ends nothing",
        ({"DISCONTINUED": None, "WITHDREW": None, "LOST": None},),
        (dose("2026-03-02"),),
        ended=(
            (STUDY, "OTHER", "2026-03-20", None),
            ("PROTOCOL MILESTONE", "RANDOMIZED", "2026-03-01", None),
        ),
    ),
    Course(
        "Lost to follow-up",
        ({"LOST": "2026-04-01"},),
        (dose("2026-03-02"),),
        ended=((STUDY, "Lost to follow-up", "2026-04-01", None),),
    ),
    Course(
        "A stop ends the line it names",
        (
            {"LINE": 1, "DISCONTINUED": "2026-05-20"},
            {"LINE": 2, "DISCONTINUED": None},
        ),
        (dose("2026-03-02", EXLINE="1"), dose("2026-06-01", EXLINE="2")),
        ended=((DRUG, "PROGRESSIVE DISEASE", "2026-05-20", "1"),),
    ),
    Course(
        "A stop that names no line ends the one begun last by then",
        (
            {"LINE": 1, "DISCONTINUED": "2026-05-20"},
            {"LINE": 2, "DISCONTINUED": "2026-07-01"},
        ),
        (dose("2026-03-02", EXLINE="1"), dose("2026-06-01", EXLINE="2")),
        ended=(
            (DRUG, "PROGRESSIVE DISEASE", "2026-05-20", None),
            (DRUG, "ADVERSE EVENT", "2026-07-01", None),
        ),
    ),
    Course(
        "An incomplete date of a stop counts as the last day it may mean",
        ({"DISCONTINUED": "2026-03-31"},),
        (dose("2026-03-02"),),
        ended=((DRUG, "ADVERSE EVENT", "2026-03", None),),
    ),
    Course(
        "The last dose is the latest end",
        ({"LASTDOSE": "2026-04-05", "ONGOING": False},),
        (dose("2026-03-02", "2026-03-15"), dose("2026-03-23", "2026-04-05")),
    ),
    Course(
        "A newest dose without an end goes on",
        ({"LASTDOSE": "2026-03-23", "ONGOING": True},),
        (dose("2026-03-02", "2026-03-15"), dose("2026-03-23")),
    ),
    Course(
        "Until the line is stopped",
        ({"LASTDOSE": "2026-04-01", "ONGOING": False},),
        (dose("2026-03-02", "2026-03-15"), dose("2026-03-23")),
        ended=((DRUG, "ADVERSE EVENT", "2026-04-01", None),),
    ),
    Course(
        "The actual arm counts before the planned one",
        ({"ARMCD": "SOR"},),
        (dose("2026-03-02"),),
        person={"ARMCD": "ANL", "ACTARMCD": "SOR"},
    ),
)
