"""From scans, deaths and therapies to survival and progression-free survival. Clinical specification 6.5 and 6.6.

Day 1 is the day of first dose; a time from day 1 to study day n is n days long. Scans are due every 42 ± 7 days, so
that two in a row are missed after 2 x 42 + 14 = 98 days. The cut-off is study day 400 unless a case names another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class End:
    """One time: its study day of event or censoring (None: no value) and its CNSR, 0 an event. days: how long it is,
    where hours count."""

    code: str
    day: int | None
    cnsr: int | None
    adtf: str | None = None
    days: float | None = None


@dataclass(frozen=True)
class Case:
    """A sentence, what happened on which study day, and the times.

    scans: (day, overall response). death: a study day, or the text of the date. seen: last dated contact, likewise.
    ended: (DSCAT, DSDECOD, day). more: further columns of a scan by its day. baseline None: none recorded. wrong:
    DATAERR. therapy_end: the end of the other therapy. contacts: (answer, day) of survival status. next_line: the first
    dose of the next line of therapy; the times are those of the first line. dosed: the time of day of first dose.
    """

    title: str
    then: tuple[End, ...]
    scans: tuple[tuple[int, str], ...] = ()
    death: int | str | None = None
    seen: int | str | None = None
    therapy: int | str | None = None
    ended: tuple[tuple[str | None, str, int], ...] = ()
    more: dict[int, dict[str, Any]] = field(default_factory=dict)
    baseline: dict[str, Any] | None = field(default_factory=dict)
    cut_off: int = 400
    rules: dict[str, Any] = field(default_factory=dict)
    later: tuple[dict[str, int], ...] = ()
    wrong: str | None = None
    asked: tuple[str, ...] = ()
    therapy_end: int | str | None = None
    contacts: tuple[tuple[str, int | str | None], ...] = ()
    next_line: int | None = None
    dosed: str | None = None


def pfs(fda: tuple[int, int], ema: tuple[int, int]) -> tuple[End, End]:
    """Progression-free survival in FDA and in EMA style: day and CNSR of each."""
    return End("PFSFDA", *fda), End("PFSEMA", *ema)


STOP = "TREATMENT"
TWICE = "TR-TWO-MEASUREMENTS"
BLANK: dict[str, Any] = {"DATAERR": TWICE}
BY_TIME: dict[str, Any] = {"time_of_day": True}
AFTER_NEXT: dict[str, Any] = {"AFTERNEXT": True}


def unknown(*codes: str) -> tuple[End, ...]:
    """Times without a value."""
    return tuple(End(code, None, None) for code in codes)


PROGRESSION_FREE = (
    Case(
        "Progression at a scan is the event on its date",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
    ),
    Case(
        "A progression dated back to an equivocal visit is the event of that visit",
        (*pfs((85, 0), (85, 0)), End("TTP", 85, 0)),
        scans=((43, "SD"), (85, "SD"), (127, "PD")),
        more={127: {"PDDT": 85}},
    ),
    Case(
        "Alive without progression: censored at the last adequate scan, not at the last contact",
        (*pfs((85, 1), (85, 1)), End("OS", 120, 1)),
        scans=((43, "SD"), (85, "SD")),
        seen=120,
    ),
    Case(
        "A scan that could not be evaluated is not adequate",
        pfs((43, 1), (43, 1)),
        scans=((43, "SD"), (85, "NE")),
        seen=120,
    ),
    Case(
        "No adequate scan after baseline, alive: censored at the start",
        pfs((1, 3), (1, 3)),
        scans=((43, "NE"),),
        seen=120,
    ),
    Case(
        "Death between scans is the event",
        (*pfs((100, 0), (100, 0)), End("OS", 100, 0), End("TTP", 85, 10)),
        scans=((43, "SD"), (85, "SD")),
        death=100,
    ),
    Case(
        "Death before the first scan is the event up to 98 days after the start",
        pfs((99, 0), (99, 0)),
        death=99,
    ),
    Case(
        "A day later two scans were missed: FDA style censors at the start, EMA style counts the death",
        pfs((1, 4), (100, 0)),
        death=100,
    ),
    Case(
        "98 days after the last adequate scan no two scans were missed yet",
        pfs((141, 0), (141, 0)),
        scans=((43, "SD"), (141, "PD")),
    ),
    Case(
        "After 99 days two scans were missed: FDA style censors at the scan before the gap",
        (*pfs((43, 4), (142, 0)), End("TTP", 43, 4)),
        scans=((43, "SD"), (142, "PD")),
    ),
    Case(
        "A scan that could not be evaluated does not end the gap",
        pfs((43, 4), (142, 0)),
        scans=((43, "SD"), (85, "NE"), (142, "PD")),
    ),
    Case(
        "An adequate scan ends the gap, however long it was",
        pfs((200, 0), (200, 0)),
        scans=((43, "SD"), (190, "SD"), (200, "PD")),
    ),
    Case(
        "Death after two missed scans",
        pfs((43, 4), (142, 0)),
        scans=((43, "SD"),),
        death=142,
    ),
    Case(
        "By house rule the limit is 91 days",
        pfs((43, 4), (135, 0)),
        scans=((43, "SD"),),
        death=135,
        rules={"missed_limit_days": 91},
    ),
    Case(
        "Where scans go from every 6 to every 9 weeks at day 127, two missed after day 85 are 42 + 63 + 14 days",
        pfs((204, 0), (204, 0)),
        scans=((43, "SD"), (85, "SD"), (204, "PD")),
        later=({"from_day": 127, "interval_days": 63},),
    ),
    Case(
        "A day later it is a gap",
        pfs((85, 4), (205, 0)),
        scans=((43, "SD"), (85, "SD"), (205, "PD")),
        later=({"from_day": 127, "interval_days": 63},),
    ),
    Case(
        "A scan a few days off its date does not move the schedule",
        pfs((82, 4), (202, 0)),
        scans=((43, "SD"), (82, "SD"), (202, "PD")),
        later=({"from_day": 127, "interval_days": 63},),
    ),
    Case(
        "A scan as near to two dates stands for the earlier: day 106 for day 85, so two are missed after day 225",
        pfs((106, 4), (226, 0)),
        scans=((43, "SD"), (106, "SD"), (226, "PD")),
        later=({"from_day": 127, "interval_days": 63},),
    ),
    Case(
        "From day 127 on the limit is 2 x 63 + 14 = 140 days",
        pfs((267, 0), (267, 0)),
        scans=((43, "SD"), (85, "SD"), (127, "SD"), (267, "PD")),
        later=({"from_day": 127, "interval_days": 63},),
    ),
    Case(
        "Another therapy before progression: FDA style censors at the last adequate scan on or before it",
        pfs((85, 5), (127, 0)),
        scans=((43, "SD"), (85, "SD"), (127, "PD")),
        therapy=100,
    ),
    Case(
        "Not at a later scan, though it was adequate",
        pfs((43, 5), (127, 1)),
        scans=((43, "SD"), (85, "SD"), (127, "SD")),
        therapy=50,
        seen=127,
    ),
    Case(
        "A scan on the day the therapy starts is before it",
        pfs((85, 5), (85, 1)),
        scans=((43, "SD"), (85, "SD")),
        therapy=85,
    ),
    Case(
        "Progression and therapy on the same day: the progression is the event",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy=85,
    ),
    Case(
        "Therapy before any adequate scan: censored at the start",
        pfs((1, 5), (43, 0)),
        scans=((43, "PD"),),
        therapy=20,
    ),
    Case(
        "Death after another therapy is an event in EMA style alone",
        pfs((43, 5), (100, 0)),
        scans=((43, "SD"),),
        therapy=60,
        death=100,
    ),
    Case(
        "Another therapy and then missed scans: the therapy came first",
        pfs((43, 5), (200, 0)),
        scans=((43, "SD"), (85, "SD"), (200, "PD")),
        therapy=50,
    ),
    Case(
        "A therapy given on the day of first dose came with it and is no new one",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy=1,
    ),
    Case(
        "A day later it is one",
        pfs((1, 5), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy=2,
    ),
    Case(
        "A therapy dated by its month counts from the first day it may mean: 2026-04-01, day 31",
        pfs((1, 5), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy="2026-04",
        asked=("CM-THERAPY-DATE-COMPLETE",),
    ),
    Case(
        "A therapy begun in the month of first dose that had ended before it was a prior one",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy="2026-03",
        therapy_end=-1,
    ),
    Case(
        "One whose end nobody knows may be new: it counts from the day after first dose, and the site is asked",
        pfs((1, 5), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy="2026-03",
        asked=("CM-THERAPY-DATE-COMPLETE",),
    ),
    Case(
        "So may one that ended some day of that month",
        pfs((1, 5), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy="2026-03",
        therapy_end="2026-03",
        asked=("CM-THERAPY-DATE-COMPLETE",),
    ),
    Case(
        "A therapy without a start that had ended before first dose was a prior one, and nobody is asked",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy="",
        therapy_end="2026-02",
    ),
    Case(
        "An end before the start is a slip: the start counts",
        pfs((43, 5), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy=60,
        therapy_end=-1,
    ),
    Case(
        "A therapy of the month before is none, and nobody is asked",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy="2026-02",
    ),
    Case(
        "A therapy without any date cannot be used; the site is asked",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        therapy="",
        asked=("CM-THERAPY-NO-DATE",),
    ),
    Case(
        "Without a baseline FDA style censors at the start",
        pfs((1, 2), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        baseline=None,
    ),
    Case(
        "An incomplete baseline is none",
        pfs((1, 2), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        baseline={"COMPLETE": False},
    ),
    Case(
        "A death within two intervals, 84 days, counts without a baseline too",
        pfs((85, 0), (85, 0)),
        death=85,
        baseline=None,
    ),
    Case(
        "A day later it does not",
        pfs((1, 2), (86, 0)),
        death=86,
        baseline=None,
    ),
    Case(
        "Stopped for a progression no scan documents: censored at the last adequate scan",
        pfs((43, 6), (43, 6)),
        scans=((43, "SD"),),
        ended=((STOP, "PROGRESSIVE DISEASE", 60),),
        seen=90,
    ),
    Case(
        "Where the protocol counts it, it is the event",
        pfs((60, 0), (60, 0)),
        scans=((43, "SD"),),
        ended=((STOP, "PROGRESSIVE DISEASE", 60),),
        seen=90,
        rules={"clinical_progression_is_event": True},
    ),
    Case(
        "So it is where the site calls it a disposition event",
        pfs((60, 0), (60, 0)),
        scans=((43, "SD"),),
        ended=(("DISPOSITION EVENT", "Progressive Disease", 60),),
        seen=90,
        rules={"clinical_progression_is_event": True},
    ),
    Case(
        "And where it names no category, or another for the drug",
        pfs((60, 0), (60, 0)),
        scans=((43, "SD"),),
        ended=((None, "DISEASE PROGRESSION", 60), ("END OF TREATMENT", "CLINICAL PROGRESSION", 62)),
        seen=90,
        rules={"clinical_progression_is_event": True},
    ),
    Case(
        "A progression named as a milestone of the protocol stops nothing",
        pfs((43, 1), (43, 1)),
        scans=((43, "SD"),),
        ended=(("PROTOCOL MILESTONE", "PROGRESSIVE DISEASE", 60),),
        seen=90,
        rules={"clinical_progression_is_event": True},
    ),
    Case(
        "Stopped for toxicity: scans after it count",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        ended=((STOP, "ADVERSE EVENT", 60),),
    ),
    Case(
        "Withdrawn: censored at the last adequate scan, with that reason",
        (*pfs((43, 7), (43, 7)), End("OS", 60, 7)),
        scans=((43, "SD"),),
        ended=(("DISPOSITION EVENT", "WITHDRAWAL BY SUBJECT", 60),),
        seen=60,
    ),
    Case(
        "Lost to follow-up likewise",
        (*pfs((43, 8), (43, 8)), End("OS", 50, 8)),
        scans=((43, "SD"),),
        ended=(("DISPOSITION EVENT", "LOST TO FOLLOW-UP", 200),),
        seen=50,
    ),
    Case(
        "A progression after the cut-off has not happened yet",
        pfs((43, 1), (43, 1)),
        scans=((43, "SD"), (85, "PD")),
        cut_off=84,
    ),
    Case(
        "On the day of the cut-off it has",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        cut_off=85,
    ),
    Case(
        "A death after the cut-off is no event: progression-free survival ends at the scan, survival at the cut-off",
        (*pfs((85, 1), (85, 1)), End("OS", 110, 9)),
        scans=((43, "SD"), (85, "SD")),
        death=120,
        cut_off=110,
    ),
    Case(
        "A progression after the next line began is the event in EMA style; FDA style and TTP end before that line",
        (*pfs((85, 5), (127, 0)), End("TTP", 85, 5)),
        scans=((43, "SD"), (85, "SD"), (127, "PD")),
        more={127: AFTER_NEXT},
        next_line=100,
    ),
    Case(
        "Without progression EMA style is censored at the last scan, also of the next line",
        (*pfs((43, 5), (127, 1)), End("TTP", 43, 5)),
        scans=((43, "SD"), (127, "SD")),
        more={127: AFTER_NEXT},
        next_line=100,
    ),
    Case(
        "An equivocal lesion confirmed only then counts from its own visit in EMA style",
        pfs((85, 5), (85, 0)),
        scans=((43, "SD"), (85, "SD"), (127, "PD")),
        more={127: AFTER_NEXT | {"PDDT": 85}},
        next_line=100,
    ),
    Case(
        "A scan that contradicts itself before the progression may have been it: no progression-free survival",
        (*unknown("PFSFDA", "PFSEMA", "TTP"), End("OS", 130, 1)),
        scans=((43, "SD"), (85, "NE"), (127, "PD")),
        more={85: BLANK},
        seen=130,
        wrong=TWICE,
    ),
    Case(
        "After the progression it changes nothing",
        (*pfs((43, 0), (43, 0)), End("TTP", 43, 0)),
        scans=((43, "PD"), (85, "NE")),
        more={85: BLANK},
    ),
    Case(
        "On the day of the progression neither",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD"), (85, "NE")),
        more={85: BLANK},
    ),
    Case(
        "What is progression whatever the contradiction is the event",
        pfs((85, 0), (85, 0)),
        scans=((43, "SD"), (85, "PD")),
        more={85: BLANK},
    ),
    Case(
        "A scan that contradicts itself before death leaves survival alone",
        (*unknown("PFSFDA", "PFSEMA", "TTP"), End("OS", 100, 0)),
        scans=((43, "SD"), (85, "NE")),
        more={85: BLANK},
        death=100,
        wrong=TWICE,
    ),
    Case(
        "As the last scan of a patient without event it may have been a progression",
        unknown("PFSFDA", "PFSEMA"),
        scans=((43, "SD"), (85, "NE")),
        more={85: BLANK},
        seen=100,
        wrong=TWICE,
    ),
    Case(
        "As the only scan it is not called no assessment",
        unknown("PFSFDA", "PFSEMA"),
        scans=((43, "NE"),),
        more={43: BLANK},
        seen=100,
        wrong=TWICE,
    ),
    Case(
        "After another therapy it cannot change FDA style",
        (End("PFSFDA", 43, 5), *unknown("PFSEMA")),
        scans=((43, "SD"), (85, "NE"), (127, "PD")),
        more={85: BLANK},
        therapy=60,
        wrong=TWICE,
    ),
    Case(
        "Nor where there is no baseline",
        (End("PFSFDA", 1, 2), *unknown("PFSEMA")),
        scans=((43, "NE"), (85, "PD")),
        more={43: BLANK},
        baseline=None,
        wrong=TWICE,
    ),
    Case(
        "It may have been the adequate scan that keeps a late progression from following a gap",
        (*unknown("PFSFDA", "PFSEMA"),),
        scans=((43, "SD"), (150, "NE"), (160, "PD")),
        more={150: BLANK},
        wrong=TWICE,
    ),
    Case(
        "The style the protocol declares is PFS",
        (End("PFS", 142, 0), End("PFSFDA", 43, 4)),
        scans=((43, "SD"), (142, "PD")),
        rules={"pfs": "EMA"},
    ),
)

SURVIVAL = (
    Case(
        "Alive: censored at the last day known alive, not at the cut-off",
        (End("OS", 120, 1),),
        seen=120,
    ),
    Case(
        "A scan is evidence of life too",
        (End("OS", 127, 1),),
        seen=120,
        scans=((127, "SD"),),
    ),
    Case(
        "Nothing known after first dose: censored on day 1",
        (End("OS", 1, 1),),
    ),
    Case(
        "Death on the day of the cut-off is an event",
        (End("OS", 110, 0),),
        death=110,
        cut_off=110,
    ),
    Case(
        "Death on the day of first dose is one day of survival",
        (End("OS", 1, 0),),
        death=1,
    ),
    Case(
        "Of a death known by its month the first day is taken: 2026-06-01, day 92",
        (End("OS", 92, 0, "D"), End("PFSEMA", 92, 0, "D")),
        death="2026-06",
        seen=80,
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "But not before the day after the patient was last known alive: day 95, so day 96",
        (End("OS", 96, 0, "D"),),
        death="2026-06",
        seen=95,
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "Nor outside its month: alive on 2026-06-30, the last day of it is taken, day 121",
        (End("OS", 121, 0, "D"),),
        death="2026-06",
        seen=121,
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "Of a death known by its year month and day are imputed: the day after day 95",
        (End("OS", 96, 0, "M"),),
        death="2026",
        seen=95,
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "An incomplete death before the last scan is imputed after it",
        (End("OS", 98, 0, "D"),),
        death="2026-06",
        seen=80,
        scans=((97, "SD"),),
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "A day written UN is a day not known, as one written with hyphens is",
        (End("OS", 92, 0, "D"), End("PFSEMA", 92, 0, "D")),
        death="2026-06-UN",
        seen=80,
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "Month and day not known, each written UN",
        (End("OS", 96, 0, "M"),),
        death="2026-UN-UN",
        seen=95,
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "A month not known leaves the day without meaning",
        (End("OS", 96, 0, "M"),),
        death="2026---15",
        seen=95,
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "A date of death that cannot be read is a death without a date, never a patient alive",
        (End("OS", None, None), End("PFSEMA", None, None)),
        scans=((43, "SD"),),
        death="June 2026?",
        wrong="DM-DEATH-NO-DATE",
        asked=("DM-DEATH-NO-DATE",),
    ),
    Case(
        "Found dead at a contact and no date of death anywhere: the day of the contact, flagged, and the site is asked",
        (End("OS", 100, 0, "Y"), End("PFSEMA", 100, 0, "Y")),
        contacts=(("DEAD", 100),),
        seen=80,
        asked=("DM-DEATH-BY-CONTACT",),
    ),
    Case(
        "Found dead at a contact without a date: nobody can say since when",
        (End("OS", None, None),),
        contacts=(("DEAD", None),),
        seen=80,
        wrong="DM-DEATH-NO-DATE",
        asked=("DM-DEATH-NO-DATE",),
    ),
    Case(
        "A contact that finds the patient dead ends what the month of death may mean: alive on day 99, so day 100",
        (End("OS", 100, 0, "D"),),
        death="2026-06",
        contacts=(("DEAD", 100),),
        seen=99,
        asked=("DM-DEATH-PARTIAL",),
    ),
    Case(
        "With a whole date of death the contact after it says nothing new",
        (End("OS", 95, 0),),
        death=95,
        contacts=(("DEAD", 100),),
        seen=80,
    ),
    Case(
        "Death before first dose: no times at all, and the site is asked",
        (End("OS", None, None), End("PFSFDA", None, None), End("TTP", None, None)),
        death=-3,
        wrong="DM-DEATH-BEFORE-START",
        asked=("DM-DEATH-BEFORE-START",),
    ),
    Case(
        "A death without any date: whoever is dead is not counted as alive, and the site is asked",
        (End("OS", None, None), End("PFSEMA", None, None)),
        scans=((43, "SD"),),
        death="",
        wrong="DM-DEATH-NO-DATE",
        asked=("DM-DEATH-NO-DATE",),
    ),
    Case(
        "A scan after death: no progression-free survival",
        (End("PFSFDA", None, None), End("PFSEMA", None, None)),
        scans=((43, "SD"), (85, "PD")),
        death=84,
        wrong="RS-AFTER-DEATH",
        asked=("RS-AFTER-DEATH",),
    ),
    Case(
        "From randomisation, where the protocol says so: day -7 to day 120 are 127 days",
        (End("OS", 120, 1),),
        seen=120,
        ended=(("PROTOCOL MILESTONE", "RANDOMIZED", -7),),
        rules={"start": "RANDOMISATION"},
    ),
    Case(
        "Without a date of randomisation there is no time",
        (End("OS", None, None),),
        seen=120,
        rules={"start": "RANDOMISATION"},
        wrong="DS-NO-RANDOMISATION",
        asked=("DS-NO-RANDOMISATION",),
    ),
    Case(
        "Randomised after first dose: one of the dates is wrong",
        (End("OS", None, None),),
        seen=120,
        ended=(("PROTOCOL MILESTONE", "RANDOMIZED", 5),),
        rules={"start": "RANDOMISATION"},
        wrong="DS-RANDOMISED-AFTER-DOSE",
        asked=("DS-RANDOMISED-AFTER-DOSE",),
    ),
    Case(
        "Days are whole, whatever the hours",
        (End("OS", 100, 0, days=100), End("PFSEMA", 100, 0, days=100)),
        dosed="09:00",
        death="2026-06-09T18:00",
    ),
    Case(
        "Where the protocol counts the time of day, from the hour of first dose to that of death: 99 days and 9 hours",
        (End("OS", 100, 0, days=100.375), End("PFSEMA", 100, 0, days=100.375)),
        dosed="09:00",
        death="2026-06-09T18:00",
        rules=BY_TIME,
    ),
    Case(
        "A death without an hour counts at the beginning of its day: 98 days and 15 hours",
        (End("OS", 100, 0, days=99.625), End("PFSEMA", 100, 0, days=99.625)),
        dosed="09:00",
        death=100,
        rules=BY_TIME,
    ),
    Case(
        "So does a first dose",
        (End("OS", 100, 0, days=100.75),),
        death="2026-06-09T18:00",
        rules=BY_TIME,
    ),
    Case(
        "Alive: to the hour of the last sign of life",
        (End("OS", 120, 1, days=120.25),),
        seen="2026-06-29T06:00",
        rules=BY_TIME,
    ),
    Case(
        "A scan has no hour, nor has a progression",
        (End("OS", 127, 1, days=126.625), End("PFSEMA", 127, 0, days=126.625)),
        dosed="09:00",
        seen="2026-06-29T06:00",
        scans=((127, "PD"),),
        rules=BY_TIME,
    ),
    Case(
        "Nothing is shorter than the day it began on",
        (End("OS", 1, 1, days=1), End("PFSEMA", 1, 3, days=1)),
        dosed="09:00",
        rules=BY_TIME,
    ),
    Case(
        "The hour of a contact that finds the patient dead is not that of the death",
        (End("OS", 100, 0, "Y", days=100),),
        contacts=(("DEAD", "2026-06-09T18:00"),),
        seen=80,
        rules=BY_TIME,
        asked=("DM-DEATH-BY-CONTACT",),
    ),
    Case(
        "Seen alive at an hour after the hour of death: the death counts, and nobody is asked, for the day is the same",
        (End("OS", 100, 0, days=100.25),),
        death="2026-06-09T06:00",
        contacts=(("ALIVE", "2026-06-09T18:00"),),
        rules=BY_TIME,
    ),
    Case(
        "A death at an hour of the day of the cut-off is an event",
        (End("OS", 110, 0, days=110.5),),
        death="2026-06-19T12:00",
        cut_off=110,
        rules=BY_TIME,
    ),
    Case(
        "A death after the cut-off ends survival with the beginning of the day of the cut-off",
        (End("OS", 110, 9, days=110),),
        death="2026-06-29T12:00",
        seen="2026-06-19T12:00",
        cut_off=110,
        rules=BY_TIME,
    ),
    Case(
        "A randomisation counts from the beginning of its day: day -7 to day 120 are 127 days",
        (End("OS", 120, 1, days=127.25),),
        dosed="09:00",
        seen="2026-06-29T06:00",
        ended=(("PROTOCOL MILESTONE", "RANDOMIZED", -7),),
        rules={"start": "RANDOMISATION", "time_of_day": True},
    ),
)

RESPONSE = (
    Case(
        "The response lasts from the first response to progression, and took 43 days to come",
        (End("RSD", 169, 0), End("TTR", 43, 0), End("CRSD", 169, 0), End("CTTR", 43, 0)),
        scans=((43, "PR"), (85, "PR"), (127, "SD"), (169, "PD")),
    ),
    Case(
        "A response that was not confirmed has an unconfirmed duration alone",
        (End("RSD", 85, 0), End("TTR", 43, 0)),
        scans=((43, "PR"), (85, "PD")),
    ),
    Case(
        "A response that goes on is censored at the last adequate scan",
        (End("CRSD", 85, 1), End("CTTR", 43, 0)),
        scans=((43, "PR"), (85, "CR"), (127, "NE")),
        seen=130,
    ),
    Case(
        "A scan that contradicts itself after the response leaves its beginning and not its end",
        (End("TTR", 43, 0), End("CTTR", 43, 0), *unknown("RSD", "CRSD")),
        scans=((43, "PR"), (85, "PR"), (127, "NE"), (169, "PD")),
        more={127: BLANK},
        wrong=TWICE,
    ),
    Case(
        "Death ends it",
        (End("RSD", 100, 0),),
        scans=((43, "PR"), (85, "PR")),
        death=100,
    ),
    Case(
        "A response has no hour: it comes 42 days less 9 hours after first dose, and lasts 57 days and 18 hours",
        (End("RSD", 100, 0, days=58.75), End("TTR", 43, 0, days=42.625)),
        dosed="09:00",
        scans=((43, "PR"), (85, "PR")),
        death="2026-06-09T18:00",
        rules=BY_TIME,
    ),
)
