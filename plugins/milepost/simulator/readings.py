"""What each reader notes of each scan: lengths with the reader's own small error, or words; and what follows from it.

Written stories (a lesion too small to measure, split, not evaluable, all gone …) change what is noted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from milepost.simulator.people import stream
from milepost.simulator.responses import Look
from milepost.simulator.tumours import Disease, Lesion, Scan, sizes

SITE, CENTRAL = "INVESTIGATOR", "INDEPENDENT ASSESSOR"
TOO_SMALL_MM = 5
ALL_GONE = ("COMPLETE_RESPONSE", "CR_BY_SCAN", "REAPPEARS")  # from the third scan on
UNSEEN_BY_CENTRAL = 0.1  # share of progressions by growth that the central reader does not see


@dataclass(frozen=True)
class Note:
    """What the form says of one lesion: its name there, role, place, test (LDIAM, SAXIS, VDIAM, TUMSTATE) and text."""

    lesion: str
    role: str
    place: str
    test: str
    text: str


@dataclass(frozen=True)
class Reading:
    """One scan by one reader: the notes of the form, what they mean, the same by viable diameters, lesions first
    named."""

    scan: Scan
    notes: tuple[Note, ...]
    named: tuple[tuple[str, str, str], ...]  # lesion, role, place
    look: Look
    viable: Look | None


def read(ill: Disease, reader: str, *, viable: bool) -> list[Reading]:
    """Every scan of one patient as this reader notes it. viable: viable diameters of liver lesions too."""
    rng = stream(ill.seed, "reading", ill.patient.number, reader)
    blind = reader == CENTRAL and ill.route == "TARGET" and rng.random() < UNSEEN_BY_CENTRAL
    viable = viable and any(lesion.liver for lesion in ill.targets)
    readings: list[Reading] = []
    new_since: Scan | None = None
    true = sizes(ill)
    for place, scan in enumerate(ill.scans):
        truth = true[place - 1] if blind and scan.progressed else true[place]
        sized = {lesion: _seen(rng, ill, lesion, scan, place, truth[lesion.name]) for lesion in ill.targets}
        enhancing = {
            lesion: _enhancing(rng, ill, scan, sized[lesion])
            for lesion in ill.targets
            if lesion.liver and viable
        }
        missing = _missing(ill, place) if reader == SITE else None
        notes: list[Note] = []
        for lesion in ill.targets:
            notes += _notes(ill, lesion, place, sized[lesion], enhancing.get(lesion), missing, reader)
        words = {lesion.name: _word(rng, ill, lesion, scan, place) for lesion in ill.others}
        spelled = {"WORSE": "UNEQUIVOCAL PROGRESSION"}
        notes += [
            Note(
                lesion.name,
                "NON-TARGET",
                lesion.place,
                "TUMSTATE",
                spelled.get(words[lesion.name], words[lesion.name]),
            )
            for lesion in ill.others
        ]
        named = [(one.name, one.role, one.place) for one in (*ill.targets, *ill.others)] if place == 0 else []
        new = _new(ill, scan, place)
        if new != "N":
            word = "EQUIVOCAL" if new == "E" else "UNEQUIVOCAL"
            notes.append(Note("NEW01", "NEW", ill.new_place, "TUMSTATE", word))
            named += [("NEW01", "NEW", ill.new_place)] if new_since is None else []
            new_since = new_since or scan
        elif (
            new_since is not None and scan.line != new_since.line
        ):  # in second line it is one more non-target lesion
            notes.append(Note("NEW01", "NON-TARGET", ill.new_place, "TUMSTATE", "PRESENT"))
        if new_since is not None and scan.line != new_since.line:
            words["NEW01"] = "PRESENT"
        known = {lesion.name: None if lesion.name == missing else sized[lesion] for lesion in ill.targets}
        alive = {
            one.name: enhancing.get(one, sized[one]) if known[one.name] is not None else None
            for one in ill.targets
        }
        nodes = frozenset(lesion.name for lesion in ill.targets if lesion.node)
        readings.append(
            Reading(
                scan, tuple(notes), tuple(named), Look(known, nodes, words, new),
                Look(alive, nodes, words, new) if viable else None,
            )
        )  # fmt: skip
    return readings


def _seen(rng: random.Random, ill: Disease, lesion: Lesion, scan: Scan, place: int, size: float) -> int:
    """The size in mm as this reader measures it: 5 where it is too small, 0 where it is gone."""
    measured = max(6, round(size * rng.uniform(0.975, 1.025)))
    if ill.story in ALL_GONE and place >= 3:
        if scan.progressed:
            return 9 if lesion is ill.targets[0] and not lesion.node else 7 if lesion.node else 0
        return 7 if lesion.node else 0
    if ill.story == "TOO_SMALL" and place >= 2 and lesion is ill.targets[-1] and not scan.progressed:
        return TOO_SMALL_MM
    if ill.story == "PD_DESPITE_MISSING" and scan.progressed:
        return round(measured * 1.6)
    return measured


def _enhancing(rng: random.Random, ill: Disease, scan: Scan, size: int) -> int:
    if size <= TOO_SMALL_MM:
        return size
    share = ill.viable[0] + (ill.viable[1] - ill.viable[0]) * min(
        1.0, scan.number / 2 if scan.line == 1 else 1.0
    )
    return max(1, min(size, round(size * share * rng.uniform(0.985, 1.015))))


def _missing(ill: Disease, place: int) -> str | None:
    """The target that the site could not judge on this scan."""
    if ill.story in ("NOT_EVALUABLE", "MISSED_LESION") and place == 2:
        return ill.targets[-1].name
    if ill.story == "PD_DESPITE_MISSING" and ill.scans[place].progressed:
        return min(ill.targets, key=lambda lesion: lesion.size).name
    return None


def _notes(
    ill: Disease,
    lesion: Lesion,
    place: int,
    size: int,
    enhancing: int | None,
    missing: str | None,
    reader: str,
) -> list[Note]:
    def note(name: str, test: str, text: str) -> Note:
        return Note(name, "TARGET", lesion.place, test, text)

    test = "SAXIS" if lesion.node else "LDIAM"
    if lesion.name == missing:
        return [note(lesion.name, test, "NOT EVALUABLE")] if ill.story == "NOT_EVALUABLE" else []
    if ill.story == "SPLIT_LESION" and reader == SITE and lesion is ill.targets[0] and place >= 2:
        larger = round(size * 0.6)
        return [
            note(f"{lesion.name}.1", test, str(larger)),
            note(f"{lesion.name}.2", test, str(size - larger)),
        ]
    words = {0: "ABSENT", TOO_SMALL_MM: "TOO SMALL TO MEASURE"} if not lesion.node else {}
    found = [note(lesion.name, test, words.get(size, str(size)))]
    if enhancing is not None:
        found.append(note(lesion.name, "VDIAM", words.get(enhancing, str(enhancing)) if enhancing else "0"))
    return found


def _word(rng: random.Random, ill: Disease, lesion: Lesion, scan: Scan, place: int) -> str:
    if ill.story in ALL_GONE and place >= 3:
        return "ABSENT"
    worse = scan.progressed and ill.route == "NON-TARGET" and lesion is ill.others[0]
    return "WORSE" if worse else "PRESENT"


def _new(ill: Disease, scan: Scan, place: int) -> str:
    progression = ill.progression
    if scan is progression and ill.route == "NEW":
        return "Y"
    if (
        ill.story == "EQUIVOCAL"
        and progression is not None
        and ill.scans[place + 1 : place + 2] == (progression,)
    ):
        return "E"
    return "N"
