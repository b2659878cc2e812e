"""The CTCAE grade of a laboratory result, lowest and highest, and why there may be none.

The highest grade whose limb the result is beyond counts. A limb whose limit is not known is left out of account, and
where nothing else gives a grade there is none: an unknown limit is never grade 0. Source: clinical specification,
sections 4.1 (last paragraph) and 4.2 with its rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np

from milepost.core import ctcae_v5, ctcae_v6
from milepost.core.ctcae import Direction, Limb, Term
from milepost.core.exact_numbers import Numbers, sign_against, to_numbers
from milepost.protocol.words import standard_spelling

Version = Literal["5.0", "6.0"]
UnitSystem = Literal["AS_REPORTED", "SI"]
TABLES: dict[str, tuple[Term, ...]] = {"5.0": ctcae_v5.TERMS, "6.0": ctcae_v6.TERMS}


def tests_without_unit(version: str) -> frozenset[str]:
    """The tests that are graded by multiples of their own range or baseline alone: a result needs no unit for that."""
    terms = TABLES[version]
    graded = {test for term in terms if term.limbs for test in term.tests}
    return frozenset(graded - {test for term in terms if term.unit is not None for test in term.tests})


REASONS: dict[str, str] = {
    "": "there is a grade",
    "NO_RESULT": "there is no amount to grade",
    "UNIT": "the unit is missing or has no factor, and the term's limits are numbers",
    "NO_ULN": "the upper limit of normal is not known, and no other limb gives a grade",
    "NO_LLN": "the lower limit of normal is not known, and no other limb gives a grade",
    "NO_BASELINE": "the baseline is not known as a number, and no other limb gives a grade",
    "NOT_NUMERIC": "this version of CTCAE has no numeric grades for the term",
    "NO_TERM": "no such term",
    "PRE_DOSE": "drawn before first dose: a baseline grade only",
    "NOT_TREATED": "no first dose is known",
    "REJECTED": "the laboratory rejected the specimen",
    "SPECIMEN": "another specimen than blood, for which the grades are not made",
}
WHY = tuple(REASONS)
_CODE = {reason: code for code, reason in enumerate(WHY)}
_UNKNOWN = {"ULN": "NO_ULN", "ABOVE_ULN": "NO_ULN", "LLN": "NO_LLN", "BASE": "NO_BASELINE"}


class Measured(NamedTuple):
    """Results of one term's test, in one unit, with what they are judged against.

    nudge, base_nudge: +1 or -1 where the value, the baseline is an open end of a range (just above, just below that
    number), else 0. raised, lowered: baseline was above the upper, below the lower limit of normal.
    """

    value: Numbers
    nudge: np.ndarray
    lln: Numbers
    uln: Numbers
    base: Numbers
    base_nudge: np.ndarray
    raised: np.ndarray
    lowered: np.ndarray
    anticoagulated: np.ndarray


class Grades(NamedTuple):
    """Of each result the lowest and highest grade it may have (-1: none) and the reason, as a place in `WHY`."""

    lowest: np.ndarray
    highest: np.ndarray
    why: np.ndarray

    @property
    def reasons(self) -> list[str | None]:
        """The reasons in words; None where there is a grade."""
        return [WHY[code] or None for code in self.why.tolist()]


def find_terms(version: Version) -> dict[tuple[str, Direction], list[Term]]:
    """The terms of each test (LBTESTCD) and direction. Only glucose under version 6.0 has two."""
    found: dict[tuple[str, Direction], list[Term]] = {}
    for term in TABLES[version]:
        for test in term.tests:
            found.setdefault((test, term.direction), []).append(term)
    return found


def grade_measured(
    term: Term, measured: Measured, *, us: bool = False, scale: Decimal = Decimal(1)
) -> Grades:
    """Grades by one term. us: by its limits in US units. scale: the term's numbers times this are in the unit of the
    values. Needs values in one unit with their limits and baseline; errors in units are the caller's to find."""
    count = len(measured.nudge)
    lowest, highest = np.zeros(count, dtype=np.int8), np.zeros(count, dtype=np.int8)
    why = np.zeros(count, dtype=np.int8)
    if not term.limbs:
        return _none(np.full(count, _CODE["NOT_NUMERIC"], dtype=np.int8))
    raised = measured.raised & bool(term.raised)
    lowered = measured.lowered & bool(term.lowered)
    if any(limb.reference == "ULN" for limb in term.limbs):
        # multiples of baseline may still give a grade, but without its own limit a result is never called normal
        why[~measured.uln.known] = _CODE["NO_ULN"]
    for limbs, here in (
        (term.limbs, ~(raised | lowered)),
        (term.raised, raised),
        (term.lowered, lowered),
    ):
        if limbs and here.any():
            for limb in limbs:
                _apply(limb, term, measured, here, (lowest, highest, why), us, scale)
    # a grade stands, whatever other limb is unknown; grade 0 needs every limb
    why[highest > 0] = 0
    why[~measured.value.known] = _CODE["NO_RESULT"]
    lowest[why > 0] = highest[why > 0] = -1
    return Grades(lowest, highest, why)


def _apply(
    limb: Limb,
    term: Term,
    measured: Measured,
    here: np.ndarray,
    into: tuple[np.ndarray, np.ndarray, np.ndarray],
    us: bool,
    scale: Decimal,
) -> None:
    lowest, highest, why = into
    applies = here & measured.anticoagulated if limb.anticoagulated else here
    sign = _sign(limb, measured, us, scale)
    known = ~np.isnan(sign)
    against_base = np.sign(measured.nudge - measured.base_nudge)
    nudge = against_base if limb.reference == "BASE" else measured.nudge
    beyond = _is_beyond(sign, nudge, term.direction, limb.inclusive)
    if limb.below_lln:
        against_lln = sign_against(measured.value, measured.lln)
        beyond &= _is_beyond(against_lln, measured.nudge, "L", inclusive=False)
    if limb.above_base:
        rise = sign_against(measured.value, measured.base)
        beyond &= np.isnan(rise) | _is_beyond(rise, against_base, "H", inclusive=False)
    holds = applies & known & beyond
    np.maximum(lowest, limb.lowest, out=lowest, where=holds)
    np.maximum(highest, limb.highest, out=highest, where=holds)
    if not limb.optional and limb.reference != "NUMBER":
        why[applies & ~known] = _CODE[_UNKNOWN[limb.reference]]


def _sign(limb: Limb, measured: Measured, us: bool, scale: Decimal) -> np.ndarray:
    match limb.reference:
        case "NUMBER":
            at = limb.us if us and limb.us is not None else limb.at
            return sign_against(measured.value, None, plus=at * scale)
        case "ABOVE_ULN":
            return sign_against(measured.value, measured.uln, plus=limb.at * scale)
        case "ULN":
            return sign_against(measured.value, measured.uln, times=limb.at)
        case "LLN":
            return sign_against(measured.value, measured.lln, times=limb.at)
        case "BASE":
            return sign_against(measured.value, measured.base, times=limb.at)


def _is_beyond(sign: np.ndarray, nudge: np.ndarray, direction: Direction, inclusive: bool) -> np.ndarray:
    signed = np.where(sign == 0, nudge, sign)
    if direction == "L":
        signed = -signed
    return np.asarray(signed >= 0 if inclusive else signed > 0)


def _none(why: np.ndarray) -> Grades:
    nothing = np.full(len(why), -1, dtype=np.int8)
    return Grades(nothing, nothing.copy(), why)


def grade(
    term: str | None,
    direction: Direction,
    values: Sequence[Decimal | None],
    *,
    units: Sequence[str | None] | None = None,
    lln: Sequence[Decimal | None] | None = None,
    uln: Sequence[Decimal | None] | None = None,
    base: Sequence[Decimal | None] | None = None,
    base_indicator: Sequence[str | None] | None = None,
    on_anticoagulant: Sequence[bool] | None = None,
    version: Version = "5.0",
    grade_units: UnitSystem = "AS_REPORTED",
) -> Grades:
    """Grades of results of one term, each by its own unit, limits of normal and baseline.

    term: name in CTCAE, upper and lower case alike. base_indicator: baseline against its own range; a text that begins
    with HIGH (LOW) means above (below) it. units: as reported; where the term's limits are numbers a unit that is
    neither its SI unit nor (under AS_REPORTED) its US unit gives no grade.
    """
    count = len(values)
    found = [
        one for one in TABLES[version] if one.direction == direction and one.name.casefold() == _fold(term)
    ]
    if not found:
        return _none(np.full(count, _CODE["NO_TERM"], dtype=np.int8))
    meant = found[0]
    indicator = [(text or "").upper() for text in base_indicator or [None] * count]
    measured = Measured(
        value=to_numbers(list(values)),
        nudge=np.zeros(count, dtype=np.int8),
        lln=_column(lln, count),
        uln=_column(uln, count),
        base=_column(base, count),
        base_nudge=np.zeros(count, dtype=np.int8),
        raised=np.array([text.startswith("HIGH") for text in indicator], dtype=bool),
        lowered=np.array([text.startswith("LOW") for text in indicator], dtype=bool),
        anticoagulated=np.array(on_anticoagulant or [False] * count, dtype=bool),
    )
    si, us = _systems(meant, list(units or [None] * count), grade_units)
    by_si, by_us = grade_measured(meant, measured), grade_measured(meant, measured, us=True)
    lowest, highest = np.where(us, by_us.lowest, by_si.lowest), np.where(us, by_us.highest, by_si.highest)
    why = np.where(us, by_us.why, by_si.why)
    wrong = ~(si | us) & (why != _CODE["NOT_NUMERIC"])
    lowest[wrong] = highest[wrong] = -1
    why[wrong] = np.where(measured.value.known, _CODE["UNIT"], _CODE["NO_RESULT"])[wrong]
    return Grades(lowest, highest, why)


def _systems(term: Term, units: list[str | None], grade_units: UnitSystem) -> tuple[np.ndarray, np.ndarray]:
    """Which results are in the term's SI unit (or need no unit), and which in its US unit."""
    no_unit_needed = term.unit is None or term.unit == "1"
    si = [no_unit_needed or _is_unit(unit, term.unit) for unit in units]
    us = [grade_units == "AS_REPORTED" and _is_unit(unit, term.us_unit) for unit in units]
    return np.array(si, dtype=bool), np.array(us, dtype=bool)


def _is_unit(unit: str | None, wanted: str | None) -> bool:
    if unit is None or wanted is None:
        return False
    # case first: "G/L" is how some write grams a litre, and also a count
    return _fold(unit) == wanted.casefold() or standard_spelling(unit) == wanted


def _fold(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()


def _column(values: Sequence[Decimal | None] | None, count: int) -> Numbers:
    return to_numbers(list(values) if values is not None else [None] * count)
