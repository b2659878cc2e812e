"""What happens to the scans of some patients on purpose: who has which story, and on which scan it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

from milepost.simulator.course import Course
from milepost.simulator.people import Patient
from milepost.simulator.stories import Choice, Story
from milepost.simulator.tumours import Disease, Scan, without

MEASURING = ("S01", "S02", "S03", "S04")  # sites that send their measurements lesion by lesion
NORMAL_AFP, RAISED_AFP = 6.0, 60.0  # ng/mL; every laboratory's upper limit is 7 or less
DiseaseFits = Callable[[Disease], bool]


def tell(choice: Choice, ill: dict[str, Disease]) -> Iterator[Story]:
    """Give the patients that fit their stories, in `ill`, and say which."""

    def long_enough(one: Disease, scans: int = 2) -> bool:
        return len(one.before_progression) >= scans and len(one.course.treatments) == 1 and bool(one.targets)

    def responding(one: Disease, scans: int) -> bool:
        return long_enough(one, scans) and one.patient.ratio <= 0.75

    def markerless(one: Disease, scans: int) -> bool:  # a raised AFP would have to become normal before a CR
        return long_enough(one, scans) and one.patient.afp < NORMAL_AFP

    plans: list[tuple[str, int, DiseaseFits, str]] = [
        ("COMPLETE_RESPONSE", 2, lambda one: markerless(one, 3) and one.progression is None,
         "CR from the third scan on: lesions gone, nodes below 10 mm"),
        ("CR_BY_SCAN", 1, lambda one: responding(one, 4) and one.progression is None and one.patient.afp > RAISED_AFP,
         "CR from the third scan on; PR where the protocol names AFP as marker, for it stays raised"),
        ("REAPPEARS", 1, lambda one: markerless(one, 3) and one.progression is not None
         and not one.targets[0].node, "CR, then PD: a lesion is back, though small"),
        ("TOO_SMALL", 3, lambda one: responding(one, 3) and len(one.targets) > 1 and not one.targets[-1].node,
         "the smallest lesion counts 5 mm"),
        ("NOT_EVALUABLE", 2, long_enough, "target response NE on the second scan"),
        ("MISSED_LESION", 1, lambda one: long_enough(one) and len(one.targets) > 1,
         "target response NE on the second scan: one lesion is not mentioned"),
        ("PD_DESPITE_MISSING", 1, lambda one: one.progression is not None and one.route == "TARGET"
         and len(one.targets) > 1 and len(one.before_progression) > 0 and len(one.course.treatments) == 1,
         "PD by the measured lesions alone"),
        ("SPLIT_LESION", 1, lambda one: long_enough(one) and one.targets[0].size > 30,
         "the parts are summed: no new lesion"),
        ("EQUIVOCAL", 2, lambda one: one.progression is not None and len(one.before_progression) > 1
         and len(one.course.treatments) == 1, "the doubtful lesion leaves its scan alone; PD is dated back to it"),
    ]  # fmt: skip
    for kind, times, fits, expected in plans:
        for _ in range(times):
            person = choice.take(_of(ill, fits), MEASURING)
            if person is not None:
                one = ill[person[0].usubjid]
                ill[person[0].usubjid] = told = _with_story(one, kind)
                yield Story(kind, one.patient.site, one.patient.usubjid, _day_of(told), expected)
    yield from _gaps(choice, ill)


def _of(ill: dict[str, Disease], fits: DiseaseFits) -> Callable[[Patient, Course], bool]:
    return lambda patient, course: patient.usubjid in ill and fits(ill[patient.usubjid])


def _with_story(one: Disease, kind: str) -> Disease:
    if kind == "EQUIVOCAL":
        return replace(one, story=kind, route="NEW")
    if kind in ("COMPLETE_RESPONSE", "CR_BY_SCAN"):
        return replace(one, story=kind, depth=(0.55, 1.0))
    if kind == "TOO_SMALL":
        return replace(
            one,
            story=kind,
            depth=(0.65, 1.0),
            targets=(*one.targets[:-1], replace(one.targets[-1], size=13.0)),
        )
    if kind == "REAPPEARS":
        return replace(one, story=kind, route="TARGET", depth=(0.5, 1.0))
    return replace(one, story=kind)


def _day_of(one: Disease) -> dt.date:
    """The day of the scan on which the story shows."""
    place = {
        "COMPLETE_RESPONSE": 3,
        "CR_BY_SCAN": 3,
        "TOO_SMALL": 2,
        "NOT_EVALUABLE": 2,
        "MISSED_LESION": 2,
        "SPLIT_LESION": 2,
    }
    if one.story == "EQUIVOCAL":
        return one.before_progression[-1].day
    scan = one.scans[place[one.story]] if one.story in place else one.progression
    assert scan is not None
    return scan.day


def _gaps(choice: Choice, ill: dict[str, Disease]) -> Iterator[Story]:
    """Two scans in a row that nobody made, before progression or death; and a screening scan that is not there."""

    def wide(one: Disease) -> bool:
        left = len(one.before_progression) - len(_last_scans(one))
        return left > 0 and len(_last_scans(one)) > 1 and len(one.course.treatments) == 1

    for kind, times, fits, expected in (
        ("TWO_SCANS_MISSED", 2, lambda one: wide(one) and one.progression is not None,
         "PD after two missed scans: censored before the gap in FDA style, an event in EMA style"),
        ("TWO_SCANS_MISSED", 1, lambda one: wide(one) and one.progression is None and one.course.death is not None,
         "death after two missed scans: censored before the gap in FDA style, an event in EMA style"),
        ("NO_SCREENING_SCAN", 1, lambda one: len(one.before_progression) >= 2 and len(one.course.treatments) == 1
         and bool(one.targets), "no baseline: nothing after it can be compared"),
    ):  # fmt: skip
        for _ in range(times):
            person = choice.take(_of(ill, fits), MEASURING if kind == "NO_SCREENING_SCAN" else ())
            if person is None:
                continue
            one = ill[person[0].usubjid]
            gone = {one.scans[0]} if kind == "NO_SCREENING_SCAN" else _last_scans(one)
            ill[one.patient.usubjid] = without(one, gone, kind)
            yield Story(kind, one.patient.site, one.patient.usubjid, min(s.day for s in gone), expected)


def _last_scans(one: Disease) -> set[Scan]:
    """The scans of the hundred days before progression, else before death."""
    ended = one.progression.day if one.progression else one.course.death or one.course.last_day
    return {scan for scan in one.before_progression if 0 < (ended - scan.day).days <= 100}
