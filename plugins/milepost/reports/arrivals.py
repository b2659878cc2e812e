"""Why a number of the clinical sections moved: by what came, since the last report, about the patients it counts.

A number rests on patients; what moved it is new patients, new data or corrected values of theirs, a change of rule or
of code, or, where nothing of that came, the passing of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.reports import words

NEW_PATIENTS, NEW, CORRECTION = "New patients", "New data", "Correction"
TIME, RULE, CODE = "Passing of time", "Rule change", "Code change"
_MOST_NAMED = 6


@dataclass(frozen=True)
class Arrivals:
    """What came since the last report: who was not known then, who has new records, whose records were corrected."""

    first: frozenset[str]
    new: frozenset[str]
    corrected: frozenset[str]
    same_rules: bool
    same_code: bool

    def causes(self, now: Iterable[str], then: Iterable[str]) -> list[tuple[str, str]]:
        """(kind, text) of each cause. now, then: the row ids the number counts, and counted in the last report."""
        subjects = {str(row).split("|")[0] for row in (*now, *then)}
        found = [
            (kind, _named(subjects & those))
            for kind, those in (
                (NEW_PATIENTS, self.first),
                (NEW, self.new - self.first),
                (CORRECTION, self.corrected - self.first),
            )
            if subjects & those
        ]
        if not self.same_rules:
            found.append((RULE, "the configuration is another one"))
        if not self.same_code:
            found.append((CODE, "milepost is another version"))
        return found or [(TIME, "no record of these patients came or changed")]


def read_arrivals(
    arrivals: pd.DataFrame | None, predecessor: Mapping[str, Any], config_hash: str, code_version: str
) -> Arrivals:
    """From USUBJID FIRST NEW CORRECTED, the records that came since the predecessor."""
    frame = pd.DataFrame(columns=["USUBJID", "FIRST", "NEW", "CORRECTED"]) if arrivals is None else arrivals
    subjects = frame["USUBJID"].astype(str)
    return Arrivals(
        first=frozenset(subjects[frame["FIRST"].astype(bool)]),
        new=frozenset(subjects[frame["NEW"].gt(0)]),
        corrected=frozenset(subjects[frame["CORRECTED"].gt(0)]),
        same_rules=predecessor.get("config_hash") == config_hash,
        same_code=predecessor.get("code_version") == code_version,
    )


def _named(subjects: set[str]) -> str:
    shown = sorted(subjects)
    more = f"; and {words.count(len(shown) - _MOST_NAMED)} more" if len(shown) > _MOST_NAMED else ""
    return f"{words.many(len(shown), 'patient')}: {', '.join(shown[:_MOST_NAMED])}{more}"
