"""Disturbed laboratory values of a few patients: drug-induced liver injury, marrow, salts, and anticoagulation.

A bout says what its tests show on which day since its onset: liver tests as multiples of the patient's upper limit of
normal, counts and salts as amounts. Draws of its own lie between the planned ones, which show it too.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from milepost.simulator.analytes import ANALYTES, LABORATORIES
from milepost.simulator.course import Course
from milepost.simulator.dirt import Planted
from milepost.simulator.laboratory import draw, limits, printed
from milepost.simulator.people import Patient, stream
from milepost.simulator.stories import Choice, Story, on_drug_until

Row = dict[str, Any]
Levels = Mapping[str, float]
MULTIPLES = ("ALT", "AST", "ALP", "GGT", "BILI")
SHORTEST = 40  # a bout begins this many days after first dose, or later: after the checkpoint


@dataclass(frozen=True)
class Bout:
    """One disturbance: what is shown before treatment, and day by day since its onset.

    event: the adverse event the site enters for it (none: it enters none). days_to_end: the onset lies so many days
    before the study's last night, so that these nights have news.
    """

    kind: str
    sites: tuple[str, ...]
    expected: str
    course: tuple[tuple[int, Levels], ...]
    before: Levels = field(default_factory=dict)
    event: tuple[str, int] | None = None
    days_to_end: int | None = None
    pauses: bool = False


@dataclass(frozen=True)
class Disturbed:
    """A bout, the patient it was given to, and the day on which it began."""

    bout: Bout
    patient: Patient
    onset: dt.date


HEALTHY = {"ALT": 0.7, "AST": 0.8, "BILI": 0.6, "ALP": 0.8, "GGT": 0.9}
BOUTS = (
    Bout(
        "HYS_LAW", ("S01",), "potential Hy's law: ALT 8 x ULN and bilirubin 2.4 x ULN on one day, ALP below 2 x ULN",
        ((0, {"ALT": 3.6, "AST": 3.1, "BILI": 1.2, "ALP": 1.0}), (7, {"ALT": 8.2, "AST": 6.9, "BILI": 2.4, "ALP": 1.3}),
         (9, {"ALT": 7.7, "AST": 6.1, "BILI": 3.1, "ALP": 1.4})),
        before=HEALTHY, event=("Drug-induced liver injury", 3), days_to_end=12, pauses=True,
    ),
    Bout(
        "HYS_LAW_RAISED_BASELINE", ("S02",),
        "potential Hy's law by the rule for a raised baseline: ALT 2.1, then 6.8 x ULN, bilirubin 2.3 x ULN",
        ((0, {"ALT": 4.7, "AST": 4.3, "BILI": 1.3, "ALP": 1.2}), (5, {"ALT": 6.8, "AST": 5.4, "BILI": 2.3, "ALP": 1.4}),
         (12, {"ALT": 4.1, "AST": 3.6, "BILI": 2.1, "ALP": 1.4}),
         (26, {"ALT": 2.4, "AST": 2.2, "BILI": 1.2, "ALP": 1.2})),
        before={"ALT": 2.1, "AST": 1.9, "BILI": 0.8, "ALP": 1.1}, event=("Hepatic function abnormal", 3), pauses=True,
    ),
    Bout(
        "TEMPLE", ("S04",), "no Hy's law case: ALT 6.4 x ULN, bilirubin never 2 x ULN",
        ((0, {"ALT": 3.3, "AST": 2.8, "BILI": 0.9, "ALP": 0.9}), (7, {"ALT": 6.4, "AST": 5.1, "BILI": 1.3, "ALP": 1.1}),
         (21, {"ALT": 2.2, "AST": 1.9, "BILI": 0.9, "ALP": 1.0})),
        before=HEALTHY, event=("Alanine aminotransferase increased", 3), pauses=True,
    ),
    Bout(
        "CHOLESTASIS", ("S01",), "no Hy's law case: bilirubin 3.4 x ULN with ALP 3.1 x ULN and ALT 2.2 x ULN",
        ((0, {"ALT": 1.4, "AST": 1.3, "BILI": 1.8, "ALP": 2.1, "GGT": 4.0}),
         (8, {"ALT": 2.2, "AST": 1.9, "BILI": 3.4, "ALP": 3.1, "GGT": 6.0}),
         (30, {"ALT": 1.2, "AST": 1.1, "BILI": 1.6, "ALP": 1.9, "GGT": 3.5})),
        before=HEALTHY, event=("Blood bilirubin increased", 3),
    ),
    Bout(
        "HYS_LAW_UNPAIRED", ("S03",),
        "no Hy's law pair: bilirubin 2.3 x ULN comes 24 days after the last ALT of 3 x ULN or more",
        ((0, {"ALT": 5.2, "AST": 4.0, "BILI": 1.1}), (10, {"ALT": 2.1, "AST": 1.8, "BILI": 1.3}),
         (24, {"ALT": 1.4, "AST": 1.3, "BILI": 2.3}), (38, {"ALT": 1.0, "AST": 1.0, "BILI": 1.4})),
        before={"ALT": 0.8, "AST": 0.9, "BILI": 0.7},
    ),
    Bout("PLATELETS_GRADE_4", ("S02",), "platelets 21: grade 4",
         ((0, {"PLAT": 64}), (7, {"PLAT": 21}), (14, {"PLAT": 46}), (28, {"PLAT": 88})),
         event=("Platelet count decreased", 4), pauses=True),
    Bout("PLATELETS_GRADE_3", ("S05",), "platelets 38: grade 3", ((0, {"PLAT": 38}), (14, {"PLAT": 71})),
         event=("Platelet count decreased", 3)),
    Bout("PLATELETS_WITHOUT_EVENT", ("S06",), "platelets 44: grade 3, and no adverse event is entered",
         ((0, {"PLAT": 44}), (12, {"PLAT": 80}))),
    Bout("NEUTROPHILS_GRADE_4", ("S01",), "neutrophils 0.41: grade 4",
         ((0, {"NEUT": 1.3, "WBC": 2.9}), (6, {"NEUT": 0.41, "WBC": 1.6}), (15, {"NEUT": 1.7, "WBC": 3.4})),
         event=("Neutrophil count decreased", 4), pauses=True),
    Bout("NEUTROPHILS_GRADE_3", ("S04",), "neutrophils 0.78: grade 3",
         ((0, {"NEUT": 0.78, "WBC": 2.1}), (10, {"NEUT": 1.9, "WBC": 3.6})), event=("Neutrophil count decreased", 3)),
    Bout("POTASSIUM_HIGH", ("S02",), "potassium 6.3: grade 3", ((0, {"K": 6.3}), (3, {"K": 5.2})),
         event=("Hyperkalaemia", 3)),
    Bout("POTASSIUM_LOW", ("S04",), "potassium 2.8: grade 3", ((0, {"K": 2.8}), (5, {"K": 3.6})),
         event=("Hypokalaemia", 3)),
    Bout("SODIUM_LOW", ("S01",), "sodium 123: grade 3", ((0, {"SODIUM": 128.0}), (6, {"SODIUM": 123.0}),
         (16, {"SODIUM": 134.0})), event=("Hyponatraemia", 3)),
)  # fmt: skip
CORRECTED = Bout("TOXICITY_CORRECTED", ("S01",), "potassium 6.9, grade 3, corrected to 4.4: the alert is taken back",
                 ((0, {"K": 6.9}),), days_to_end=24)  # fmt: skip
ANTICOAGULATED = tuple(
    Bout("ANTICOAGULATED", (site,), "warfarin: the limits of INR in multiples of baseline apply",
         ((0, {"INR": 2.3}), (400, {"INR": 2.6})), before={"INR": 2.2})
    for site in ("S01", "S02")
)  # fmt: skip


def disturb(seed: int, people: Sequence[tuple[Patient, Course]], *, end: dt.date) -> list[Disturbed]:
    """Who has which bout, and since when. Nobody has two."""
    rng = stream(seed, "bouts")
    choice = Choice(rng, people)
    found = []
    for bout in (*BOUTS, CORRECTED, *ANTICOAGULATED):
        person = choice.take(lambda patient, course, bout=bout: _fits(bout, patient, course, end), bout.sites)  # type: ignore[misc]
        if person is None:
            continue
        patient, course = person
        start = course.treatments[0].start
        lasts = bout.course[-1][0]
        room = (on_drug_until(course, end) - start).days - SHORTEST - min(lasts, 40)
        onset = start + dt.timedelta(days=SHORTEST + rng.randint(0, min(60, max(0, room))))
        if bout.days_to_end is not None:
            onset = end - dt.timedelta(days=bout.days_to_end)
        if bout in ANTICOAGULATED:
            onset = start
        found.append(Disturbed(bout, patient, onset))
    return found


def _fits(bout: Bout, patient: Patient, course: Course, end: dt.date) -> bool:
    one = course.treatments[0]
    until = on_drug_until(course, end)
    if bout in ANTICOAGULATED:
        return until >= one.start + dt.timedelta(days=60)
    if bout.days_to_end is not None:
        onset = end - dt.timedelta(days=bout.days_to_end)
        return one.end is None and one.start + dt.timedelta(days=SHORTEST) <= onset and course.last_day >= end
    return until >= one.start + dt.timedelta(days=SHORTEST + bout.course[-1][0])


def pauses(disturbed: Iterable[Disturbed]) -> dict[str, tuple[dt.date, dt.date]]:
    """From when to when the drug is not taken because of a bout, by patient."""
    found = {}
    for one in disturbed:
        if one.bout.pauses:
            worst = one.onset + dt.timedelta(days=one.bout.course[1][0] + 1)
            again = max(
                one.onset + dt.timedelta(days=one.bout.course[-1][0] + 2), worst + dt.timedelta(days=16)
            )
            found[one.patient.usubjid] = (worst, again)
    return found


def poison(
    seed: int, rows: list[Row], disturbed: Sequence[Disturbed], *, end: dt.date
) -> tuple[list[Story], list[Planted]]:
    """Change the results of the disturbed patients and add the draws between; what was told, and what is wrong."""
    stories, planted = [], []
    for one in disturbed:
        own = [row for row in rows if row["USUBJID"] == one.patient.usubjid and not row["DIRT"]]
        for row in own:
            level = _level(one, row["LBTESTCD"], row["LBDTC"].date())
            if level is not None:
                row.update(_result(one, row["LBTESTCD"], level))
        extra = list(_draws(seed, one, end))
        rows.extend(extra)
        if one.bout is CORRECTED:
            planted += _corrected(rows, one, extra, end)
        else:
            stories.append(
                Story(one.bout.kind, one.patient.site, one.patient.usubjid, one.onset, one.bout.expected)
            )
    return stories, planted


def _corrected(rows: list[Row], one: Disturbed, extra: list[Row], end: dt.date) -> list[Planted]:
    """The laboratory takes its wrong potassium back three weeks later."""
    wrong = next((row for row in extra if row["LBTESTCD"] == "K"), None)
    if wrong is None:
        return []
    wrong["DIRT"] = one.bout.kind
    right = _result(one, "K", 4.4)
    rows.append(wrong | right | {"REVISION": 2, "STATUS": "C", "ENTERED": end - dt.timedelta(days=3)})
    return [
        Planted(one.bout.kind, one.patient.site, one.patient.usubjid, wrong["ENTERED"], one.bout.expected)
    ]


def _level(one: Disturbed, code: str, day: dt.date) -> float | None:
    """What a planned draw of that day shows of this test; None where the bout does not concern it."""
    since = (day - one.onset).days
    if code in one.bout.before and since < 0:
        return one.bout.before[code]
    points = [(at, levels[code]) for at, levels in one.bout.course if code in levels]
    for (at, level), (later, next_level) in itertools.pairwise(points):
        if at <= since <= later:
            return level + (next_level - level) * (since - at) / (later - at)
    return points[0][1] if len(points) == 1 and since == points[0][0] else None


def _result(one: Disturbed, code: str, level: float) -> Row:
    analyte = ANALYTES[code]
    amount = level * limits(one.patient, analyte)[1] if code in MULTIPLES else level
    return printed(LABORATORIES[one.patient.site], one.patient, analyte, amount)


def _draws(seed: int, one: Disturbed, end: dt.date) -> Iterable[Row]:
    """The draws of the bout itself, of the tests it concerns."""
    laboratory = LABORATORIES[one.patient.site]
    rng = stream(seed, "bout", one.patient.number)
    for since, levels in one.bout.course:
        day = one.onset + dt.timedelta(days=since)
        if day > end or one.bout in ANTICOAGULATED:
            return
        at = dt.datetime.combine(day, dt.time(10, rng.choice((10, 35, 50))))
        head = draw(rng, one.patient, laboratory, at, "UNSCHEDULED")
        head["ENTERED"] = day + dt.timedelta(days=1)
        for code, level in levels.items():
            if code in laboratory.panel:
                yield head | _result(one, code, level)
