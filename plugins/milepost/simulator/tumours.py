"""The disease as scans show it: each patient's lesions, when scans are made, and how large each lesion is on each.

Progression shows on the day on which it happens: on a planned scan that lies near, else on an unscheduled one.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace

from milepost.simulator.course import Course, Treatment
from milepost.simulator.people import Patient, stream

NODE = "LYMPH NODE"
LIVER = ("LIVER SEGMENT VIII", "LIVER SEGMENT VI", "LIVER SEGMENT IV", "LIVER SEGMENT II")
WORDS_ONLY = ("PORTAL VEIN", "PERITONEUM", "ASCITES")
NEW_PLACES = ("BONE", "ADRENAL GLAND", "LIVER SEGMENT III", "PLEURA")
EVERY, LAST_SCAN = 42, 11
NEAR = 5  # days between progression and the planned scan that shows it
ONLY_WORDS_SHARE, NODE_SHARE, LUNG_SHARE, MISSED_SHARE = 0.04, 0.25, 0.15, 0.03


@dataclass(frozen=True)
class Lesion:
    """One lesion found before treatment; size in mm (of a node its short axis), 0 where it is told in words only."""

    name: str
    role: str
    place: str
    size: float = 0.0

    @property
    def node(self) -> bool:
        return self.place == NODE

    @property
    def liver(self) -> bool:
        return self.place.startswith("LIVER")


@dataclass(frozen=True)
class Scan:
    """One scan: line of therapy, planned number within it (0 before treatment), visit, day, whether it shows
    progression."""

    line: int
    number: int
    visit: str
    day: dt.date
    progressed: bool = False


@dataclass(frozen=True)
class Disease:
    """One patient's lesions and scans. depth: what is left of a size in the long run, by line; route: how progression
    shows (TARGET, NON-TARGET, NEW); viable: share of a liver lesion that takes up contrast before and under treatment.
    """

    seed: int
    patient: Patient
    course: Course
    targets: tuple[Lesion, ...]
    others: tuple[Lesion, ...]
    scans: tuple[Scan, ...]
    depth: tuple[float, float]
    route: str
    growth: float
    viable: tuple[float, float]
    new_place: str
    story: str = ""

    @property
    def progression(self) -> Scan | None:
        """The scan of the first line that shows progression."""
        first = self.scans[0].line if self.scans else 0
        return next((scan for scan in self.scans if scan.progressed and scan.line == first), None)

    @property
    def before_progression(self) -> list[Scan]:
        """Scans under the first treatment that show no progression."""
        first = self.scans[0].line if self.scans else 0
        return [s for s in self.scans if s.number and s.line == first and not s.progressed]


def disease(seed: int, patient: Patient, course: Course) -> Disease | None:
    """The lesions and scans of one patient; None for those never treated."""
    if patient.first_dose is None or not course.treatments:
        return None
    rng = stream(seed, "imaging", patient.number)
    targets, others = _lesions(rng, patient)
    responds = patient.ratio <= 0.75
    depth = rng.uniform(0.5, 0.92) if responds else rng.uniform(0.85, 1.05)
    routes = ["NEW"] * 3 + ["TARGET"] * 5 * bool(targets) + ["NON-TARGET"] * 2 * bool(others)
    return Disease(
        seed=seed,
        patient=patient,
        course=course,
        targets=targets,
        others=others,
        scans=tuple(_scans(rng, patient, course)),
        depth=(depth, rng.uniform(0.8, 1.05)),
        route=rng.choice(routes),
        growth=rng.uniform(1.35, 1.7),
        viable=(rng.uniform(0.85, 1.0), rng.uniform(0.45, 0.8) if responds else rng.uniform(0.8, 0.95)),
        new_place=rng.choice(NEW_PLACES),
    )


def _lesions(rng: random.Random, patient: Patient) -> tuple[tuple[Lesion, ...], tuple[Lesion, ...]]:
    """At most two targets of the liver; some have a node or a lung lesion beside them, a few no target at all."""
    places: list[tuple[str, float]] = [(place, rng.uniform(20, 85)) for place in LIVER[: rng.randint(1, 2)]]
    if rng.random() < NODE_SHARE:
        places.append((NODE, rng.uniform(21, 32)))
    if rng.random() < LUNG_SHARE:
        places.append(("LUNG", rng.uniform(14, 30)))
    words = list(WORDS_ONLY[: rng.choice((0, 1, 1, 2))])
    # a sum cannot be sent where nothing is measured
    if rng.random() < ONLY_WORDS_SHARE and patient.site != "S05":
        places, words = [], [*WORDS_ONLY[:2]]
    targets = tuple(Lesion(f"T{n:02d}", "TARGET", *found) for n, found in enumerate(places, start=1))
    return targets, tuple(Lesion(f"NT{n:02d}", "NON-TARGET", place) for n, place in enumerate(words, start=1))


def _scans(rng: random.Random, patient: Patient, course: Course) -> list[Scan]:
    """Screening, then every six weeks until progression or until the patient leaves; anew in second line."""
    one = course.treatments[0]
    scans = [Scan(one.line, 0, "SCREENING", one.start - dt.timedelta(days=rng.randint(5, 18)))]
    two = course.treatments[1] if len(course.treatments) > 1 else None
    until = course.last_day if two is None else two.start - dt.timedelta(days=1)
    scans += _of_line(rng, one, "", course.progression, until)
    if two is not None:
        progressed = two.end if two.reason == "PROGRESSIVE DISEASE" else None
        scans += _of_line(rng, two, "L2 ", progressed, course.last_day)
    return scans


def _of_line(
    rng: random.Random, treatment: Treatment, prefix: str, progression: dt.date | None, until: dt.date
) -> list[Scan]:
    planned = [
        (n, treatment.start + dt.timedelta(days=EVERY * n + rng.randint(-4, 4))) for n in range(1, LAST_SCAN)
    ]
    missed = [rng.random() < MISSED_SHARE for _ in planned]
    scans = []
    for (number, day), was_missed in zip(planned, missed, strict=True):
        shows = progression is not None and day >= progression - dt.timedelta(days=NEAR)
        if shows:
            assert progression is not None
            visit = f"{prefix}WEEK{6 * number}"
            if abs((day - progression).days) > NEAR:
                visit = f"{prefix}UNSCHEDULED"
            if progression <= until:
                scans.append(Scan(treatment.line, number, visit, progression, True))
            return scans
        if day > until:
            return scans
        if not was_missed:
            scans.append(Scan(treatment.line, number, f"{prefix}WEEK{6 * number}", day))
    return scans


def without(ill: Disease, gone: set[Scan], story: str) -> Disease:
    """The same disease, but these scans were not made."""
    return replace(ill, scans=tuple(scan for scan in ill.scans if scan not in gone), story=story)


def sizes(ill: Disease) -> list[dict[str, float]]:
    """The true size of each target on each scan, in mm."""
    level, started, line = 1.0, 1.0, ill.scans[0].line if ill.scans else 1
    rng = stream(ill.seed, "lesions", ill.patient.number)
    own = {lesion.name: rng.uniform(0.95, 1.05) for lesion in ill.targets}
    found = []
    for scan in ill.scans:
        if scan.line != line:
            started, line = level, scan.line
        depth = ill.depth[0 if scan.line == ill.scans[0].line else 1]
        # in second line every progression is growth
        grows = scan.progressed and (ill.route == "TARGET" or scan.line != ill.scans[0].line)
        if scan.progressed:
            level *= ill.growth if grows else 1.02
        elif scan.number:
            late = 1 + 0.01 * max(0, scan.number - 3) if depth < 1 else 1.0
            level = started * depth ** min(1.0, scan.number / 2) * late
        extra = 6.0 if grows else 0.0
        found.append(
            {
                lesion.name: lesion.size * level * (own[lesion.name] if scan.number else 1.0) + extra
                for lesion in ill.targets
            }
        )
    return found
