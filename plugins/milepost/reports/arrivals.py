"""Why a number moved: by what came, since the last report, about the patients it counts.

A number rests on patients and on some kinds of their records; what moved it is new patients, new data or corrected
values of theirs of these kinds, a change of rule or of code, or, where nothing of that came, the passing of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.reports import words
from milepost.schema import DOMAINS

NEW_PATIENTS, NEW, CORRECTION = "New patients", "New data", "Correction"
TIME, RULE, CODE = "Passing of time", "Rule change", "Code change"
_MOST_NAMED = 6
_EVERY = frozenset(DOMAINS)
_OF_ALL = frozenset({"DM", "EX", "DS", "SS"})  # who is a patient, treated from when, until when
# how the ids of numbers begin -> the further kinds of record they rest on; what is not named here rests on every kind,
# as the last day known alive does
_RESTS_ON: Mapping[str, frozenset[str]] = {
    "ae": frozenset({"AE"}),
    "baseline": frozenset({"CM", "FA", "LB", "MH", "PR", "RS"}),
    "checkpoint": frozenset({"CM", "LB", "PR"}),
    "died": frozenset({"AE"}),
    "exposure": frozenset(),
    "flow": frozenset(),
    "labs": frozenset({"CM", "LB"}),
    "liver": frozenset({"FA", "LB", "RS"}),
    "response": frozenset({"CM", "LB", "PR", "RS", "TR", "TU"}),
    "response.duration": _EVERY,
    "response.time_to": _EVERY,
    "serious": frozenset({"AE"}),
    "vitals": frozenset({"VS"}),
}
# numbers whose rows are sites or other numbers: they rest on everybody
_OF_EVERYBODY = ("indicator.marked", "second.")


def kinds_of_record(id_: str) -> frozenset[str]:
    """The kinds of record on which the number with this id rests."""
    parts = id_.split(".")
    for end in range(len(parts), 0, -1):
        if (found := _RESTS_ON.get(".".join(parts[:end]))) is not None:
            return _OF_ALL | found
    return _EVERY


@dataclass(frozen=True)
class Arrivals:
    """What came since the last report: who was not known then, who has new records, whose records were corrected.

    new, corrected: kind of record -> patients.
    """

    first: frozenset[str]
    new: Mapping[str, frozenset[str]]
    corrected: Mapping[str, frozenset[str]]
    same_rules: bool
    same_code: bool

    def causes(self, id_: str, now: Iterable[str], then: Iterable[str] | None) -> list[tuple[str, str]]:
        """(kind, text) of each cause that the number with this id moved.

        now, then: the row ids it counts, and counted in the last report; then None: only their hash was kept, so that
        records of every kind of the patients it counts now are looked at.
        """
        kinds = _EVERY if then is None else kinds_of_record(id_)
        new, corrected = (_those(by_kind, kinds) for by_kind in (self.new, self.corrected))
        subjects = {str(row).split("|")[0] for row in (*now, *(then or ()))}
        if id_.startswith(_OF_EVERYBODY):
            subjects |= self.first | new | corrected
        found = [
            (kind, _named(subjects & those))
            for kind, those in (
                (NEW_PATIENTS, self.first),
                (NEW, new - self.first),
                (CORRECTION, corrected - self.first),
            )
            if subjects & those
        ]
        return [*found, *self.changed()] or [(TIME, "no record it rests on came or changed")]

    def changed(self) -> list[tuple[str, str]]:
        """(kind, text) of a change of rule and of code, where there was one."""
        rule = [] if self.same_rules else [(RULE, "the configuration is another one")]
        return rule + ([] if self.same_code else [(CODE, "milepost is another version")])


def read_arrivals(
    arrivals: pd.DataFrame | None, predecessor: Mapping[str, Any], config_hash: str, code_version: str
) -> Arrivals:
    """From USUBJID DOMAIN FIRST NEW CORRECTED, the records that came since the predecessor."""
    columns = ["USUBJID", "DOMAIN", "FIRST", "NEW", "CORRECTED"]
    frame = pd.DataFrame(columns=columns) if arrivals is None else arrivals
    return Arrivals(
        first=frozenset(frame.loc[frame["FIRST"].astype(bool), "USUBJID"].astype(str)),
        new=_by_kind(frame[frame["NEW"].gt(0)]),
        corrected=_by_kind(frame[frame["CORRECTED"].gt(0)]),
        same_rules=predecessor.get("config_hash") == config_hash,
        same_code=predecessor.get("code_version") == code_version,
    )


def _by_kind(frame: pd.DataFrame) -> dict[str, frozenset[str]]:
    return {
        str(kind): frozenset(own.astype(str)) for kind, own in frame.groupby("DOMAIN", sort=True)["USUBJID"]
    }


def _those(by_kind: Mapping[str, frozenset[str]], kinds: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*(those for kind, those in by_kind.items() if kind in kinds))


def _named(subjects: frozenset[str] | set[str]) -> str:
    shown = sorted(subjects)
    more = f"; and {words.count(len(shown) - _MOST_NAMED)} more" if len(shown) > _MOST_NAMED else ""
    return f"{words.many(len(shown), 'patient')}: {', '.join(shown[:_MOST_NAMED])}{more}"
