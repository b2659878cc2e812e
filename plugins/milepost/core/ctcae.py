"""What a laboratory grade of CTCAE is made of: terms, and the limbs whose breaking gives a grade.

The tables of the two versions are data of this shape (`ctcae_v5`, `ctcae_v6`); `lab_grading` reads them. Source:
clinical specification, sections 4.1 and 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

Direction = Literal["L", "H"]
Reference = Literal["NUMBER", "ULN", "LLN", "BASE", "ABOVE_ULN"]
Times = str | int


@dataclass(frozen=True)
class Limb:
    """One limit of one term: a result beyond it has at least this grade.

    lowest, highest: the grade without and with the symptoms that a laboratory report cannot tell. reference and at:
    the limit is the number `at` (in the term's unit; `us` in its US unit), `at` times the upper or lower limit of
    normal or the baseline, or `at` above the upper limit. inclusive: the limit itself counts as beyond. below_lln:
    counts only below the lower limit of normal. above_base: counts only above the baseline, where one is known.
    optional: passed over where there is no baseline (elsewhere a missing baseline leaves the limb unknown).
    anticoagulated: counts only under an anticoagulant.
    """

    reference: Reference
    at: Decimal
    lowest: int
    highest: int
    us: Decimal | None = None
    inclusive: bool = False
    below_lln: bool = False
    above_base: bool = False
    optional: bool = False
    anticoagulated: bool = False


@dataclass(frozen=True)
class Term:
    """One term in one direction, and the tests (LBTESTCD) it grades.

    unit: the SI unit its numbers are stated in, None where no limb is a number (then no unit is needed). us_unit: the
    unit of `Limb.us`, where the US limits are not the SI limits converted. raised, lowered: the limbs in place of
    `limbs` where baseline was above the upper, below the lower limit of normal. No limbs at all: the term has no
    numeric grades in this version. fasting: grades samples taken fasting (True) or not (False) only.
    """

    name: str
    direction: Direction
    tests: tuple[str, ...]
    limbs: tuple[Limb, ...]
    raised: tuple[Limb, ...] = ()
    lowered: tuple[Limb, ...] = ()
    unit: str | None = None
    us_unit: str | None = None
    fasting: bool | None = None

    @property
    def base_limbs(self) -> tuple[Limb, ...]:
        """The limbs that look at the baseline's amount, be it under an anticoagulant only."""
        every = (*self.limbs, *self.raised, *self.lowered)
        return tuple(limb for limb in every if limb.above_base or limb.reference == "BASE")

    @property
    def can_do_without_baseline(self) -> bool:
        """Whether all such limbs are passed over where there is no baseline."""
        return all(limb.optional for limb in self.base_limbs)

    @property
    def uses_baseline(self) -> bool:
        """Whether a baseline can change the grade (anticoagulants apart)."""
        return any(not limb.anticoagulated for limb in self.base_limbs)


def number(at: Times, lowest: int, highest: int | None = None, us: Times | None = None) -> Limb:
    """Beyond a number."""
    return Limb("NUMBER", Decimal(at), lowest, highest or lowest, us=None if us is None else Decimal(us))


def uln(at: Times, lowest: int, highest: int | None = None) -> Limb:
    """Above so many times the upper limit of normal."""
    return Limb("ULN", Decimal(at), lowest, highest or lowest)


def lln(at: Times, lowest: int, highest: int | None = None) -> Limb:
    """Below so many times the lower limit of normal."""
    return Limb("LLN", Decimal(at), lowest, highest or lowest)


def base(at: Times, grade: int) -> Limb:
    """Above so many times the baseline."""
    return Limb("BASE", Decimal(at), grade, grade)


def from_base(at: Times, grade: int) -> Limb:
    """At or above so many times the baseline."""
    return replace(base(at, grade), inclusive=True)
