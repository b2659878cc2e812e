"""Whether a number programmed a second time, by others, is the same.

Two numbers agree when they differ by no more than 1e-5 of the larger one. A number that could not be compared is told
with its reason and is neither agreement nor difference. Source: clinical specification section 7.2 (the closed report
states how its numbers were checked).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

TOLERANCE: Final = 1e-5
_ROUNDING = 1e-12  # closer than this no two programs can be expected to be: a chi-square of 0, say
NO_NUMBER: Final = "the second program gives no number"
ONLY_OURS_REFUSED: Final = "the second program gives a number where ours is not reached"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One number, ours and theirs. difference: relative. agrees None: not compared, and `reason` says why."""

    id: str
    ours: float | None
    theirs: float | None
    difference: float | None
    agrees: bool | None
    program: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AgreementSummary:
    """All numbers of a report together. `apart`: ids of those that differ; `worst`: largest relative difference."""

    sentence: str
    compared: int
    not_compared: int
    apart: tuple[str, ...]
    worst: float | None
    worst_id: str | None

    @property
    def alarming(self) -> bool:
        """Whether the report needs a banner and somebody an alert."""
        return bool(self.apart)


def compare_numbers(
    id_: str,
    ours: float | None,
    again: Callable[[], float | None],
    *,
    program: str,
    reason: str | None = None,
    absence_agrees: bool = False,
) -> Agreement:
    """Hold our number against the one `again` makes. reason: why ours is None; then there is nothing to compare.

    absence_agrees: where ours is None because it is not reached, none of theirs (or an infinite one) is agreement and a
    finite one is not. Whatever goes wrong in the second program is a reason, never an error.
    """
    if ours is None and not absence_agrees:
        return Agreement(id_, None, None, None, None, program, reason or NO_NUMBER)
    try:
        found = again()
    except Exception as error:  # the report goes on: that one number was not checked
        return Agreement(id_, ours, None, None, None, program, f"{NO_NUMBER} ({type(error).__name__})")
    theirs = float(found) if found is not None and math.isfinite(found) else None
    if ours is None:
        if theirs is None:
            return Agreement(id_, None, None, None, True, program, reason)
        return Agreement(id_, None, theirs, None, False, program, ONLY_OURS_REFUSED)
    if theirs is None:
        return Agreement(id_, ours, None, None, None, program, NO_NUMBER)
    gap = abs(ours - theirs)
    relative = 0.0 if gap <= _ROUNDING else gap / max(abs(ours), abs(theirs))
    return Agreement(id_, ours, theirs, relative, relative <= TOLERANCE, program)


def summarise_agreement(agreements: Sequence[Agreement]) -> AgreementSummary:
    """One sentence for the report's head, and what it rests on."""
    compared = [found for found in agreements if found.agrees is not None]
    apart = tuple(found.id for found in compared if not found.agrees)
    measured = [(found.difference, found.id) for found in compared if found.difference is not None]
    worst, worst_id = max(measured, key=lambda pair: pair[0], default=(None, None))
    left = len(agreements) - len(compared)
    if not compared:
        sentence = "No number of this report could be computed a second time."
    elif apart:
        sentence = (
            f"{len(apart)} of {len(compared)} numbers differ by more than {TOLERANCE:g} when they are computed a "
            f"second time ({', '.join(apart)}): do not use them before the difference is explained."
        )
    else:
        by = " and ".join(sorted({found.program for found in compared}))
        largest = "" if worst is None else f" (the largest is {worst:.1g})"
        sentence = (
            f"{_numbers(len(compared))} computed a second time by {by}: no relative difference is above {TOLERANCE:g}"
            f"{largest}."
        )
    if compared and left:
        sentence += f" {left} could not be compared."
    return AgreementSummary(sentence, len(compared), left, apart, worst, worst_id)


def _numbers(n: int) -> str:
    return "1 number was" if n == 1 else f"{n} numbers were"
