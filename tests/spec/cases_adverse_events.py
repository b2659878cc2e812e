"""Adverse events: what a row's dates and words mean, and how patients are counted.

Clinical specification sections 3.3 (study day), 4.3 (groups of interest) and 7.2 (AE counting); trap 26. In all cases
but those that say otherwise: anlotinib from 2026-03-02 (day 1), last dose 2026-04-05 (day 35); an event counts up to 30
days after the last dose, 2026-05-05 (day 65); the data cut-off is 2026-06-30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Dose = tuple[str, str | None, dict[str, Any]]
CYCLES: tuple[Dose, ...] = (("2026-03-02", "2026-03-15", {}), ("2026-03-23", "2026-04-05", {}))
ON_DRUG: tuple[Dose, ...] = (("2026-03-02", None, {}),)
TWO_LINES: tuple[Dose, ...] = (
    *((start, end, {"EXLINE": "1"}) for start, end, _ in CYCLES),
    ("2026-04-20", None, {"EXLINE": "2", "EXTRT": "SOR"}),
)


@dataclass(frozen=True)
class Events:
    """A sentence, the adverse events of one patient as typed in, and what each row gives (only what is named is
    compared, in the order of onset). Dates among the answers are ISO texts. asks: every question to the site."""

    title: str
    events: tuple[dict[str, Any], ...]
    gives: tuple[dict[str, Any], ...]
    asks: tuple[str, ...] = ()
    doses: tuple[Dose, ...] = CYCLES
    died: str | None = None
    as_of: str = "2026-06-30"


def event(start: str | None, end: str | None = None, **more: Any) -> dict[str, Any]:
    """One row of AE: a headache of grade 1 where nothing else is said."""
    return {"AETERM": "Headache", "AETOXGR": "1", "AESTDTC": start, "AEENDTC": end, **more}


DURING = {"TRTEMFL": "Y", "PREFL": "N"}
BEFORE = {"TRTEMFL": "N", "PREFL": "Y"}
AFTER = {"TRTEMFL": "N", "PREFL": "N"}
ERROR = "DATAERR"

ONSETS = (
    Events(
        "An event on the day of first dose is treatment-emergent",
        (event("2026-03-02"),),
        ({"ASTDT": "2026-03-02", "ASTDY": 1, "LINE": 1, "ARMCD": "ANL", ERROR: None, **DURING},),
    ),
    Events(
        "An event of the day before first dose is not: there is no day 0",
        (event("2026-03-01"),),
        ({"ASTDY": -1, **BEFORE},),
    ),
    Events("Thirty days after the last dose still count", (event("2026-05-05"),), ({"ASTDY": 65, **DURING},)),
    Events("Thirty-one days after do not", (event("2026-05-06"),), ({"ASTDY": 66, **AFTER},)),
    Events(
        "While dosing goes on there is no end",
        (event("2026-06-20"),),
        ({"ASTDY": 111, **DURING},),
        doses=ON_DRUG,
    ),
    Events(
        "A later dose that is not known at the cut-off does not reach back",
        (event("2026-05-20"),),
        (AFTER,),
        doses=(("2026-03-02", "2026-03-15", {}), ("2026-06-01", "2026-06-14", {})),
        as_of="2026-05-30",
    ),
    Events(
        "Once it is known, the pause between is part of the treatment",
        (event("2026-05-20"),),
        (DURING,),
        doses=(("2026-03-02", "2026-03-15", {}), ("2026-06-01", "2026-06-14", {})),
    ),
    Events(
        "On the day of first dose a time before the dose is before treatment",
        (event("2026-03-02T08:00"),),
        ({"ASTDY": 1, **BEFORE},),
        doses=(("2026-03-02T08:30", "2026-03-15", {}),),
    ),
    Events(
        "Where one of the two times is not known, the event counts",
        (event("2026-03-02"),),
        (DURING,),
        doses=(("2026-03-02T08:30", "2026-03-15", {}),),
    ),
    Events(
        "An event that was there before and got worse is a row of its own and counts by its own onset",
        (event("2026-02-20", AETOXGR="1"), event("2026-03-10", AETOXGR="3")),
        ({"ATOXGRN": 1, "AOCCPFL": None, **BEFORE}, {"ATOXGRN": 3, "AOCCPFL": "Y", **DURING}),
    ),
    Events(
        "A month that holds the first dose counts from the first dose on, and the day is marked as filled in",
        (event("2026-03"),),
        ({"ASTDT": "2026-03-02", "ASTDTF": "D", "ASTDY": 1, **DURING},),
    ),
    Events(
        "A month before the first dose cannot be during treatment",
        (event("2026-02"),),
        ({"ASTDT": "2026-02-01", "ASTDTF": "D", **BEFORE},),
    ),
    Events(
        "A year alone counts from the first dose on, month and day filled in",
        (event("2026"),),
        ({"ASTDT": "2026-03-02", "ASTDTF": "M", **DURING},),
    ),
    Events(
        "A later month counts if any of its days does",
        (event("2026-05"),),
        ({"ASTDT": "2026-05-01", "ASTDTF": "D", "ASTDY": 61, **DURING},),
    ),
    Events(
        "A month of which no day counts does not",
        (event("2026-06"),),
        ({"ASTDT": "2026-06-01", "ASTDTF": "D", **AFTER},),
    ),
    Events(
        "An event that ended before the first dose did not begin after it, whatever month it is dated",
        (event("2026-03", "2026-03-01"),),
        ({"ASTDT": "2026-03-01", "AENDT": "2026-03-01", "ADURN": 1, **BEFORE},),
    ),
    Events(
        "An event without a date of onset is treatment-emergent, and the site is asked",
        (event(None),),
        ({"ASTDT": "2026-03-02", "ASTDTF": "Y", "ADURN": None, ERROR: None, **DURING},),
        asks=("AE-DATE-VALID",),
    ),
    Events(
        "Unless it ended before the first dose",
        (event(None, "2026-02-27"),),
        ({"ASTDT": None, "AENDT": "2026-02-27", **BEFORE},),
        asks=("AE-DATE-VALID",),
    ),
    Events(
        "An event that can only have begun after the cut-off is not seen yet",
        (event("2026-04-01"), event("2026-05")),
        (),
        as_of="2026-03-31",
    ),
    Events(
        "An event told before it began has a wrong date: it is kept without it, counts, and the site is asked",
        (event("2026-12-03", AESER="Y", KNOWN_FROM="2026-03-14T10:00Z"),),
        ({"ASTDT": None, "ASTDTF": None, "ADURN": None, ERROR: "AE-DATE-VALID", "AESERFL": "Y", **DURING},),
        asks=("AE-DATE-VALID",),
        as_of="2026-03-14",
    ),
    Events(
        "The wrong date is no better when its day has come",
        (
            event("2026-06-03", KNOWN_FROM="2026-03-14T10:00Z"),
            event("2026-06", KNOWN_FROM="2026-03-14T10:00Z"),
        ),
        (
            {"ASTDT": None, ERROR: "AE-DATE-VALID", **DURING},
            {"ASTDT": None, ERROR: "AE-DATE-VALID", **DURING},
        ),
        asks=("AE-DATE-VALID", "AE-DATE-VALID"),
    ),
    Events(
        "The site's day may be one ahead of the day of receipt in UTC, no more",
        (
            event("2026-03-15", KNOWN_FROM="2026-03-14T23:00Z"),
            event("2026-03-16", KNOWN_FROM="2026-03-14T23:00Z"),
        ),
        ({"ASTDT": "2026-03-15", ERROR: None}, {"ASTDT": None, ERROR: "AE-DATE-VALID"}),
        asks=("AE-DATE-VALID",),
    ),
    Events(
        "An event of after the cut-off that was told after it began is no wrong date: it is not seen yet",
        (event("2026-05-10", AESER="Y", KNOWN_FROM="2026-05-12T10:00Z"),),
        (),
        as_of="2026-03-31",
    ),
    Events(
        "Of a month that holds the cut-off only the days up to it are meant",
        (event("2026-03"),),
        ({"ASTDT": "2026-03-02", **DURING},),
        as_of="2026-03-02",
    ),
    Events(
        "Without a dose nothing is treatment-emergent and nothing is before treatment",
        (event("2026-03-02"),),
        ({"TRTEMFL": None, "PREFL": None, "ASTDT": "2026-03-02", "ASTDY": None, "AOCCFL": None},),
        doses=(),
    ),
    Events(
        "Where the first dose has no full date it cannot be said, and the site is asked",
        (event("2026-03-10"),),
        ({"TRTEMFL": None, "PREFL": None},),
        asks=("AE-FIRST-DOSE-UNKNOWN",),
        doses=(("2026-03", None, {}),),
    ),
    Events(
        "Where an incomplete dose may be the first, it cannot be said of an event before the first complete one",
        (event("2026-03-10"), event("2026-03-25")),
        ({"TRTEMFL": None, "PREFL": None}, DURING),
        asks=("AE-FIRST-DOSE-UNKNOWN",),
        doses=(("2026-03", "2026-03-15", {}), ("2026-03-23", None, {})),
    ),
)

LINES = (
    Events(
        "An event belongs to the line of therapy that had begun last, with that line's study day",
        (event("2026-04-10"), event("2026-04-25")),
        ({"LINE": 1, "ASTDY": 40, **DURING}, {"LINE": 2, "ASTDY": 6, **DURING}),
        doses=TWO_LINES,
    ),
    Events(
        "Each line is its own episode: the worst grade is marked once in each",
        (event("2026-04-10", AETOXGR="2"), event("2026-04-25", AETOXGR="1")),
        ({"LINE": 1, "AOCCPFL": "Y"}, {"LINE": 2, "AOCCPFL": "Y"}),
        doses=TWO_LINES,
    ),
    Events(
        "A month in which a second line begins is dated as early as may be",
        (event("2026-04"),),
        ({"LINE": 1, "ASTDT": "2026-04-01", **DURING},),
        doses=TWO_LINES,
    ),
    Events(
        "A month that is too late for the first line is dated into the second",
        (event("2026-06"),),
        ({"LINE": 2, "ASTDT": "2026-06-10", "ASTDTF": "D", "ASTDY": 1, **DURING},),
        doses=(
            *((a, b, {"EXLINE": "1"}) for a, b, _ in CYCLES),
            ("2026-06-10", None, {"EXLINE": "2", "EXTRT": "SOR"}),
        ),
    ),
)

ENDS = (
    Events(
        "The duration counts both ends",
        (event("2026-03-10", "2026-03-12"),),
        ({"ASTDY": 9, "AENDT": "2026-03-12", "AENDY": 11, "ADURN": 3},),
    ),
    Events(
        "An event that goes on has no end and no duration",
        (event("2026-03-10"),),
        ({"AENDT": None, "AENDY": None, "ADURN": None},),
    ),
    Events(
        "A month of the end counts as its last day, marked as filled in",
        (event("2026-03-10", "2026-04"),),
        ({"AENDT": "2026-04-30", "AENDTF": "D", "ADURN": 52},),
    ),
    Events(
        "An end after the cut-off is not seen",
        (event("2026-03-10", "2026-04-01", AEOUT="RECOVERED/RESOLVED"),),
        ({"AENDT": None, "AEENDTC": None, "ADURN": None},),
        as_of="2026-03-20",
    ),
    Events(
        "An end before the start contradicts the data: no end, no duration, and the site is asked; the onset counts",
        (event("2026-03-10", "2026-03-05"),),
        ({"ASTDT": "2026-03-10", "AENDT": None, "ADURN": None, ERROR: "AE-END-NOT-BEFORE-START", **DURING},),
        asks=("AE-END-NOT-BEFORE-START",),
    ),
    Events(
        "An onset after death contradicts the data: no date, but the event is not lost from the count",
        (event("2026-04-20"),),
        ({"ASTDT": None, "ASTDY": None, ERROR: "AE-NOT-AFTER-DEATH", **DURING},),
        asks=("AE-NOT-AFTER-DEATH",),
        died="2026-04-15",
    ),
    Events(
        "On the day of death an event may begin",
        (event("2026-04-15"),),
        ({"ASTDT": "2026-04-15", ERROR: None, **DURING},),
        died="2026-04-15",
    ),
    Events(
        "An end after death contradicts the data: no end",
        (event("2026-04-10", "2026-04-20"),),
        ({"ASTDT": "2026-04-10", "AENDT": None, ERROR: "AE-END-NOT-AFTER-DEATH"},),
        asks=("AE-END-NOT-AFTER-DEATH",),
        died="2026-04-15",
    ),
)

FATAL = (
    Events(
        "A fatal outcome is fatal and serious",
        (event("2026-04-10", "2026-04-15", AETOXGR="5", AESER="Y", AEOUT="FATAL"),),
        ({"AFATAL": "Y", "AESERFL": "Y", "ATOXGRN": 5},),
        died="2026-04-15",
    ),
    Events(
        "An event that ended in death is fatal whatever grade was written, and the site is asked",
        (event("2026-04-10", AETOXGR="4", AESER="Y", AESDTH="Y"),),
        ({"AFATAL": "Y", "ATOXGRN": 4},),
        asks=("AE-FATAL-GRADE",),
        died="2026-04-15",
    ),
    Events(
        "Grade 5 means death: it is counted as fatal, and a recovery or a missing death is asked",
        (event("2026-04-10", AETOXGR="5", AESER="Y", AEOUT="RECOVERED/RESOLVED"),),
        ({"AFATAL": "Y", "ATOXGRN": 5},),
        asks=("AE-FATAL-NO-DEATH", "AE-GRADE-5-NOT-FATAL"),
    ),
    Events(
        "A fatal event that is called not serious is serious, and the site is asked",
        (event("2026-04-10", AETOXGR="5", AESER="N", AEOUT="FATAL"),),
        ({"AESER": "N", "AESERFL": "Y"},),
        asks=("AE-FATAL-NOT-SERIOUS",),
        died="2026-04-15",
    ),
    Events(
        "A death after the cut-off is not seen: neither is the grade that means it",
        (event("2026-04-10", "2026-04-15", AETOXGR="5", AESER="Y", AEOUT="FATAL"),),
        ({"AFATAL": "N", "ATOXGRN": None, "AEOUT": None, "AENDT": None},),
        died="2026-04-15",
        as_of="2026-04-12",
    ),
    Events(
        "A fatal outcome told by the cut-off is believed, though start and end are dated after it",
        (
            event(
                "2026-12-03",
                "2026-12-05",
                AETOXGR="5",
                AESER="Y",
                AEOUT="FATAL",
                KNOWN_FROM="2026-04-12T10:00Z",
            ),
        ),
        ({"AFATAL": "Y", "ATOXGRN": 5, "ASTDT": None, "AENDT": None, ERROR: "AE-DATE-VALID", **DURING},),
        asks=("AE-DATE-VALID", "AE-FATAL-NO-DEATH"),
        as_of="2026-04-12",
    ),
    Events(
        "A serious event without a grade is asked about; its grade stays missing",
        (event("2026-04-10", AETOXGR=None, AESER="Y"),),
        ({"ATOXGRN": None, "AESERFL": "Y", "AFATAL": "N"},),
        asks=("AE-SERIOUS-NO-GRADE",),
    ),
)

MARKS = (
    Events(
        "The worst grade of a term is marked once; of two as bad, the earlier",
        (
            event("2026-03-05", AETOXGR="1"),
            event("2026-03-10", AETOXGR="3"),
            event("2026-03-20", AETOXGR="3"),
            event("2026-03-25", AETERM="Fatigue", AETOXGR="2"),
        ),
        (
            {"AOCCPFL": None, "AOCCFL": None},
            {"AOCCPFL": "Y", "AOCCFL": "Y"},
            {"AOCCPFL": None, "AOCCFL": None},
            {"AOCCPFL": "Y", "AOCCFL": None},
        ),
    ),
    Events(
        "A missing grade gives way to any grade",
        (event("2026-03-05", AETOXGR=None), event("2026-03-10", AETOXGR="1")),
        ({"ATOXGRN": None, "AOCCPFL": None}, {"ATOXGRN": 1, "AOCCPFL": "Y"}),
    ),
    Events(
        "Where every grade is missing the first row stands for the patient, without a grade",
        (event("2026-03-05", AETOXGR=None), event("2026-03-10", AETOXGR="0")),
        ({"ATOXGRN": None, "AOCCPFL": "Y"}, {"ATOXGRN": None, "AOCCPFL": None}),
    ),
    Events(
        "One mark for each system organ class",
        (
            event("2026-03-05", AEBODSYS="Nervous system disorders", AETOXGR="2"),
            event("2026-03-10", AETERM="Dizziness", AEBODSYS="NERVOUS SYSTEM DISORDERS", AETOXGR="1"),
            event("2026-03-12", AETERM="Rash", AEBODSYS="Skin disorders", AETOXGR="1"),
        ),
        ({"AOCCSFL": "Y"}, {"AOCCSFL": None, "AOCCPFL": "Y"}, {"AOCCSFL": "Y"}),
    ),
    Events(
        "An event before treatment is never marked",
        (event("2026-02-20", AETOXGR="4"), event("2026-03-10", AETOXGR="1")),
        ({"AOCCPFL": None}, {"AOCCPFL": "Y"}),
    ),
    Events(
        "A group of interest is known by the whole term, in any case, in English and Chinese",
        (
            event("2026-03-05", AETERM="HYPERTENSION"),
            event("2026-03-06", AETERM="高血压"),
            event("2026-03-07", AETERM="Portal hypertension"),
        ),
        ({"AESI": ("HTN",)}, {"AESI": ("HTN",)}, {"AESI": ()}),
    ),
    Events(
        "The preferred term decides before the reported one",
        (
            event("2026-03-05", AETERM="high blood pressure", AEDECOD="Hypertension"),
            event("2026-03-06", AETERM="Hypertension", AEDECOD="Portal hypertension"),
        ),
        ({"ATERM": "Hypertension", "AESI": ("HTN",)}, {"ATERM": "Portal hypertension", "AESI": ()}),
    ),
    Events(
        "A term that two groups list belongs to both",
        (event("2026-03-05", AETERM="Hypertensive crisis"),),
        ({"AESI": ("HTN", "EMERGENCY")},),
    ),
    Events(
        "British, American and mixed spellings of a term are one term, and never a part of it",
        (
            event("2026-03-05", AETERM="Oesophageal varices haemorrhage"),
            event("2026-03-06", AETERM="Esophageal varices hemorrhage"),
            event("2026-03-07", AETERM="ESOPHAGEAL VARICES HAEMORRHAGE"),
            event("2026-03-08", AETERM="Esophageal varices"),
        ),
        ({"AESI": ("BLEED",)}, {"AESI": ("BLEED",)}, {"AESI": ("BLEED",)}, {"AESI": ()}),
    ),
)


def serious(start: str | None, **more: Any) -> dict[str, Any]:
    """One serious event of grade 3."""
    return event(start, AESER="Y", AETOXGR="3", **more)


TWICE = (
    Events(
        "A serious event recorded twice is kept twice and asked about once, whatever case or spelling it is in",
        (
            serious("2026-04-10", AETERM="Upper gastrointestinal haemorrhage"),
            serious("2026-04-10", AETERM="UPPER GASTROINTESTINAL HEMORRHAGE"),
        ),
        ({"AESERFL": "Y"}, {"AESERFL": "Y"}),
        asks=("AE-POSSIBLE-DUPLICATE",),
    ),
    Events(
        "The same preferred term on one day is asked about too, whatever was reported",
        (
            serious("2026-04-10T08:00", AETERM="lung infection", AEDECOD="Pneumonia"),
            serious("2026-04-10", AETERM="Pneumonia"),
        ),
        ({}, {}),
        asks=("AE-POSSIBLE-DUPLICATE",),
    ),
    Events(
        "Three records of one event are two pairs in a row",
        (serious("2026-04-10"), serious("2026-04-10"), serious("2026-04-10")),
        ({}, {}, {}),
        asks=("AE-POSSIBLE-DUPLICATE", "AE-POSSIBLE-DUPLICATE"),
    ),
    Events(
        "Another day, another term, another patient or an event that is not serious is another event",
        (
            serious("2026-04-10"),
            serious("2026-04-11"),
            serious("2026-04-10", AETERM="Migraine"),
            serious("2026-04-10", USUBJID="P2"),
            event("2026-04-10"),
        ),
        ({}, {}, {}, {}, {}),
    ),
    Events(
        "Without a full date nothing can be called the same day",
        (serious("2026-04"), serious("2026-04")),
        ({}, {}),
    ),
)
GROUPS: dict[str, tuple[Events, ...]] = {
    "When an event counts": ONSETS, "Several lines of therapy": LINES, "How long it lasted": ENDS,
    "Fatal and serious events": FATAL, "One event recorded twice": TWICE,
    "Which row stands for the patient, and groups of interest": MARKS,
}  # fmt: skip

# what a site writes -> grade; related; what was done with the drug; how it ended
GRADES = (
    ("3", 3), ("3.0", 3), ("Grade 3", 3), ("G3", 3), ("３", 3), ("3级", 3), ("III", 3), ("0", None), ("6", None),
    ("3-4", None), ("severe", None), (None, None),
)  # fmt: skip
RELATIONS = (
    ("RELATED", "Y"), ("Possible", "Y"), ("probably related", "Y"), ("肯定有关", "Y"), ("NOT RELATED", "N"),
    ("Unlikely", "N"), ("REMOTE", "N"), ("可能无关", "N"), ("Suspected", "Y"), ("Not suspected", "N"),
    ("Definitely not related", "N"), ("Reasonable possibility", "Y"), ("No reasonable possibility", "N"),
    ("无关", "N"), ("可能有关", "Y"), ("肯定无关", "N"), ("很可能相关", "Y"), ("UNKNOWN", None), (None, None),
)  # fmt: skip
ACTIONS = (
    ("DRUG WITHDRAWN", ("STOP",)), ("DOSE REDUCED", ("REDUCE",)), ("drug interrupted", ("INTERRUPT",)),
    ("DRUG INTERRUPTED; DOSE REDUCED", ("REDUCE", "INTERRUPT")), ("DOSE NOT CHANGED", ()), ("永久停药", ("STOP",)),
    ("暂停用药，减量", ("REDUCE", "INTERRUPT")), ("NOT APPLICABLE", ()), (None, ()),
)  # fmt: skip
OUTCOMES = (
    ("FATAL", "FATAL"), ("死亡", "FATAL"), ("RECOVERED/RESOLVED", "RECOVERED"),
    ("not recovered/not resolved", "ONGOING"),
    ("RECOVERING/RESOLVING", "RECOVERING"), ("RECOVERED/RESOLVED WITH SEQUELAE", "SEQUELAE"), (None, None),
)  # fmt: skip


@dataclass(frozen=True)
class Count:
    """A sentence, the events of several patients (USUBJID in each row; P1, P2, P3 were treated), and rows of the table:
    (level, term or class, counts)."""

    title: str
    events: tuple[dict[str, Any], ...]
    table: tuple[tuple[str, str | None, dict[str, int]], ...]


def of(subject: str, term: str, grade: str | None, **more: Any) -> dict[str, Any]:
    """An event of one patient on day 9."""
    return event("2026-03-10", USUBJID=subject, AETERM=term, AETOXGR=grade, **more)


COUNTS = (
    Count(
        "A patient counts once for each term, at the worst grade; events are counted beside",
        (of("P1", "Rash", "1"), of("P1", "Rash", "3"), of("P1", "rash", "2"), of("P2", "Rash", "1")),
        (
            ("TERM", "Rash", {"N": 3, "SUBJECTS": 2, "EVENTS": 4, "G1": 1, "G2": 0, "G3": 1, "G3PLUS": 1}),
            ("ANY", None, {"N": 3, "SUBJECTS": 2, "EVENTS": 4, "G1": 1, "G3": 1, "G3PLUS": 1}),
        ),
    ),
    Count(
        "A missing grade is counted apart: not as grade 0, not as mild",
        (of("P1", "Rash", None), of("P2", "Rash", None), of("P2", "Rash", "2")),
        (("TERM", "Rash", {"SUBJECTS": 2, "G1": 0, "G2": 1, "GMISSING": 1, "G3PLUS": 0}),),
    ),
    Count(
        "What began before treatment or more than 30 days after it is not counted",
        (event("2026-02-20", AETERM="Rash"), event("2026-05-06", AETERM="Rash"), event("2026-05-05", AETERM="Itching")),
        (("ANY", None, {"SUBJECTS": 1, "EVENTS": 1}), ("TERM", "Itching", {"SUBJECTS": 1})),
    ),
    Count(
        "A patient counts once in a class with two terms",
        (
            of("P1", "Rash", "1", AEBODSYS="Skin disorders"),
            of("P1", "Itching", "2", AEBODSYS="Skin disorders"),
            of("P2", "Itching", "1", AEBODSYS="Skin disorders"),
        ),
        (
            ("SOC", "Skin disorders", {"SUBJECTS": 2, "EVENTS": 3, "G1": 1, "G2": 1}),
            ("TERM", "Itching", {"SUBJECTS": 2}),
            ("TERM", "Rash", {"SUBJECTS": 1}),
        ),
    ),
    Count(
        "Related, serious, fatal, and what was done with the drug",
        (
            of("P1", "Rash", "3", AEREL="RELATED", AEACN="DOSE REDUCED"),
            of("P1", "Itching", "1", AEREL="NOT RELATED", AESER="Y", AEACN="DRUG INTERRUPTED"),
            of("P2", "Bleeding", "5", AEREL=None, AEOUT="FATAL", AEACN="DRUG WITHDRAWN"),
            of("P3", "Rash", "1", AEREL="NOT RELATED", AEACN="DOSE NOT CHANGED"),
        ),
        (
            ("ANY", None, {
                "SUBJECTS": 3, "RELATED": 1, "RELATEDG3": 1, "RELATIONMISSING": 1, "SERIOUS": 2, "RELATEDSERIOUS": 0,
                "FATAL": 1, "STOP": 1, "REDUCE": 1, "INTERRUPT": 1, "G3PLUS": 2, "G5": 1,
            }),
        ),
    ),
    Count(
        "Without events everybody treated is still the denominator",
        (),
        (("ANY", None, {"N": 3, "SUBJECTS": 0, "EVENTS": 0, "G1": 0, "GMISSING": 0, "FATAL": 0}),),
    ),
)  # fmt: skip

# Incidence by hand. P1 and P2 were watched for 65 days (35 of dosing, 30 after), P3 began on 2026-06-01 and is still
# treated at the cut-off: 30 days. P1 has a rash on day 11, P3 on days 1 and 6, P2 none. To the first event: 11 + 65
# + 1 = 77 days; in all: 65 + 65 + 30 = 160 days. A year has 365.25 days. Exact limits of 2 and of 3 events (tables of
# the Poisson distribution): 0.242209 to 7.224688, and 0.618672 to 8.767273.
INCIDENCE_DOSES = {"P1": CYCLES, "P2": CYCLES, "P3": (("2026-06-01", None, {}),)}
INCIDENCE_EVENTS = (
    event("2026-03-12", USUBJID="P1", AETERM="Rash"), event("2026-06-01", USUBJID="P3", AETERM="Rash"),
    event("2026-06-06", USUBJID="P3", AETERM="RASH"),
)  # fmt: skip
INCIDENCE = {
    "N": 3, "SUBJECTS": 2, "EVENTS": 3, "YEARSFIRST": 77 / 365.25, "YEARS": 160 / 365.25, "RATE": 948.70,
    "RATELO": 114.89, "RATEHI": 3427.0, "EVENTRATE": 684.84, "EVENTRATELO": 141.23, "EVENTRATEHI": 2001.4,
}  # fmt: skip
