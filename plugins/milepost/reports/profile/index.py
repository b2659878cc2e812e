"""The list of all profiles, by who needs attention first: open safety alerts, non-response, what is owed, the others.

It names no arm and no drug: who reads a row opens the profile to see them, so that no list compares the arms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from milepost.protocol import StudyProtocol
from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS
from milepost.reports.judged import NON_RESPONSE
from milepost.reports.profile.build import Profile
from milepost.reports.profile.inputs import readers
from milepost.reports.profile.told import ACUTE, SAFETY, Told

GROUPS = ("A safety alert is open", "Non-response at the checkpoint", "Something is owed", "Nothing waits")
_NON_RESPONSE = {STATE_WORDS[state][0] for state in NON_RESPONSE}
_URGENCY = {"late": 0, "today": 1, "": 2, "old": 9}


@dataclass(frozen=True)
class IndexRow:
    """One patient. group: place in GROUPS. waits: (what, how often, by when, urgency) of each kind of open alert."""

    subject: str
    href: str
    site: str
    standing: str
    states: tuple[tuple[str, str], ...]
    best: str
    waits: tuple[tuple[str, str, str], ...]
    group: int
    rank: int


@dataclass(frozen=True)
class ProfileIndex:
    """The page of all patients, in groups of (name, rows)."""

    template: ClassVar[str] = "index"

    id: str
    study: str
    cut_off: str
    known_at: str
    restricted: str
    lead: tuple[str, str]
    groups: tuple[tuple[str, tuple[IndexRow, ...]], ...]
    running: str
    made_up: bool
    rules: str


def file_name(subject: str) -> str:
    """The file of a patient's profile; letters a file name may not have are written as %XX."""
    return f"{quote(subject, safe='')}.html"


def index_row(profile: Profile) -> IndexRow:
    """A patient's row, from the profile itself."""
    waiting = [one for one in profile.told if one.is_open]
    grave = [one for one in waiting if one.kind in SAFETY]
    newest = {verdict.state for verdict in profile.verdicts[-1:]}
    owed = [one for one in waiting if one.mark == "owed"]
    group = 0 if grave else 1 if newest & _NON_RESPONSE else 2 if owed else 3
    return IndexRow(
        subject=profile.header.subject, href=quote(file_name(profile.header.subject)), site=profile.header.site,
        standing=profile.header.standing, states=profile.header.states, best=profile.header.best,
        waits=tuple(_waits(waiting)), group=group, rank=_rank(waiting),
    )  # fmt: skip


def build_index(
    protocol: StudyProtocol, id_: str, rows: Iterable[IndexRow], *, as_of: dt.date, known_at: dt.datetime,
    config_hash: str, code_version: str,
) -> ProfileIndex:  # fmt: skip
    """The list, sorted by group, then by what is most urgent, then by pseudonym."""
    ordered = sorted(rows, key=lambda row: (row.group, row.rank, row.subject))
    groups = [(name, tuple(r for r in ordered if r.group == place)) for place, name in enumerate(GROUPS)]
    labels = [f"the {role.label.lower()}" for role in readers(protocol)]
    zone = protocol.time_zone
    return ProfileIndex(
        id=id_, study=protocol.id, cut_off=words.day(as_of),
        known_at=f"{words.instant(known_at, zone)} ({words.offset(known_at, zone)})",
        restricted=f"Leads to pages that show the drug: for {words.listed(labels)} only.",
        lead=_lead(groups, len(ordered)), groups=tuple((name, found) for name, found in groups if found),
        running=f"{protocol.id} · patient profiles · cut-off {words.day(as_of)} · restricted",
        made_up=protocol.made_up, rules=f"configuration {config_hash[:12]}, milepost {code_version}",
    )  # fmt: skip


def _lead(groups: list[tuple[str, tuple[IndexRow, ...]]], total: int) -> tuple[str, str]:
    named = ("with an open safety alert", "without response", "with something owed")
    waiting = [(len(rows), what) for (_, rows), what in zip(groups, named, strict=False) if rows]
    parts = [f"{words.count(n)} {'more ' if place else ''}{what}" for place, (n, what) in enumerate(waiting)]
    said = f" {words.upper_first(words.listed(parts))}." if parts else " Nobody waits."
    return f"{words.many(total, 'patient')}.", said


def _waits(waiting: list[Told]) -> Iterable[tuple[str, str, str]]:
    """Each kind of open alert once, the most urgent first: name with count, deadline, urgency."""
    kinds: dict[str, list[Told]] = {}
    for one in sorted(waiting, key=_urgency):
        kinds.setdefault(one.name, []).append(one)
    for name, found in kinds.items():
        times = f"{words.count(len(found))} × " if len(found) > 1 else ""
        yield f"{times}{name}", found[0].by, found[0].urgency


def _urgency(one: Told) -> tuple[int, int, str]:
    return (_URGENCY[one.urgency], 0 if one.kind in ACUTE else 1, one.name)


def _rank(waiting: list[Told]) -> int:
    """Acute ones before others, late ones before those in time; what is late for long comes last."""
    acute = [one for one in waiting if one.kind in ACUTE]
    return min((_URGENCY[one.urgency] + (0 if one in acute else 3) for one in waiting), default=20)
