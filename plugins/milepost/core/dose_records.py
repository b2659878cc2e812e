"""Dose records: which line and drug each belongs to, from when to when as known at the cut-off, and how much.

A site may record one row a day, one a cycle or one a dose level; days off inside a long row are days off. A dose
without an end lasts until the next one of that drug begins, until the line was stopped, the patient left, or the
cut-off. Source: clinical specification, sections 3.3 and 3.6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd

from milepost.core.dose_words import Frequency, frequency_of, mg_of
from milepost.core.partial_dates import span
from milepost.core.populations import study_drugs
from milepost.protocol import StudyProtocol

Key = tuple[str, int]
ENDS = {
    "DISCONTINUED": None, "DEATH": "DEATH", "WITHDREW": "WITHDRAWAL BY SUBJECT", "LOST": "LOST TO FOLLOW-UP",
    "NEXT": "NEXT LINE OF THERAPY",
}  # fmt: skip


class Course(NamedTuple):
    """What ends the dosing of a line, as known by the cut-off (ordinals), with what it is called."""

    death: int | None
    ends: tuple[tuple[int, str], ...]

    def end_of(self, start: int) -> tuple[int, str] | None:
        """The first of the ends on or after the day; of two on one day the first of ENDS."""
        return min((end for end in self.ends if end[0] >= start), key=lambda end: end[0], default=None)


class Dose(NamedTuple):
    """One record. Days are ordinals, both included; last None: only after all records of the drug are known.

    amount: mg of one administration, or of a day of intake where `of_day`; None where the unit is no weight.
    told_last: the last day the record's own end may mean, whatever the cut-off. partial: one of its dates is.
    """

    key: str
    drug: str
    first: int
    told_first: int
    last: int | None
    told_last: int | None
    partial: bool
    amount: Decimal | None
    unit_known: bool
    of_day: bool
    frequency: Frequency | None
    often_told: bool
    shown: str

    @property
    def of_a_day(self) -> Decimal:
        """mg of a day on average, to compare dose levels; 0 where it is not known."""
        if self.amount is None or (self.frequency is None and not self.of_day):
            return Decimal(0)
        if self.of_day or self.frequency is None or self.frequency.days == 0:
            return self.amount
        return self.amount * self.frequency.times / self.frequency.days


def to_doses(
    ex: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    dm: pd.DataFrame | None = None,
) -> dict[Key, list[Dose]]:
    """The doses above 0 of study drugs that began by the cut-off, by subject and line, in order.

    The line is EXLINE, else the line at enrolment (DMLINE, where dm is given), else the subject's first. A dose of a
    line that `lines` does not hold is left out, as `derive_lines` leaves it out.
    """
    day = as_of.toordinal()
    known: dict[str, list[int]] = {}
    for subject, line in zip(lines["USUBJID"], lines["LINE"].astype(int), strict=True):
        known.setdefault(subject, []).append(line)
    at_enrolment = {} if dm is None else dict(zip(dm["USUBJID"], dm["DMLINE"], strict=True))
    frequencies = {drug.code: drug.frequency for drug in protocol.treatments}
    drugs = study_drugs(ex["EXTRT"], protocol)
    found: dict[Key, list[Dose]] = {}
    columns = ("USUBJID", "RECKEY", "EXLINE", "EXDOSE", "EXDOSU", "EXDOSFRQ", "EXSTDTC", "EXENDTC")
    for drug, subject, key, line, dose, *rest in zip(drugs, *(ex[name] for name in columns), strict=True):
        amount = number(dose)
        if not isinstance(drug, str) or amount is None or amount <= 0 or subject not in known:
            continue
        of_line = line_number(line) or line_number(at_enrolment.get(subject)) or min(known[subject])
        made = _dose(key, drug, dose, *rest, planned_frequency=frequencies.get(drug), day=day)
        if of_line in known[subject] and made is not None:
            found.setdefault((subject, of_line), []).append(made)
    return {key: sorted(doses, key=_order) for key, doses in sorted(found.items())}


def _order(dose: Dose) -> tuple[int, int, str]:
    return dose.first, dose.told_last or dose.first, dose.key


def _dose(
    key: str,
    drug: str,
    shown: Any,
    unit: Any,
    frequency: Any,
    start: Any,
    end: Any,
    *,
    planned_frequency: str | None,
    day: int,
) -> Dose | None:
    began, ended = _span(start), _span(end)
    if began is None or began[0] > day:
        return None
    size = _size(shown, _text(unit), _text(frequency) or planned_frequency)
    return Dose(
        key=str(key), drug=drug, first=began[0], told_first=began[1],
        last=None if ended is None else min(ended[1], day), told_last=None if ended is None else ended[1],
        partial=began[0] != began[1] or (ended is not None and ended[0] != ended[1]),
        amount=size.amount, unit_known=size.unit_known, of_day=size.of_day, frequency=size.frequency,
        often_told=_text(frequency) is not None, shown=size.shown,
    )  # fmt: skip


class _Size(NamedTuple):
    """What the texts of a dose say of its size, as in Dose."""

    amount: Decimal | None
    unit_known: bool
    of_day: bool
    frequency: Frequency | None
    shown: str


@lru_cache(maxsize=4096)
def _size(dose: str, unit: str | None, often: str | None) -> _Size:
    mg, amount = mg_of(unit), number(dose)
    # an amount counted in something other than a weight, on purpose ("{capsule}"), is no mistake
    counted = unit is not None and unit.startswith("{")
    return _Size(
        amount=None if mg is None or amount is None else amount * mg[0], unit_known=mg is not None or counted,
        of_day=mg is not None and mg[1], frequency=frequency_of(often),
        shown=" ".join(part for part in (dose.strip(), unit, often) if part),
    )  # fmt: skip


def to_courses(lines: pd.DataFrame, as_of: dt.date) -> dict[Key, Course]:
    """Of each line what ended its dosing by the cut-off."""
    day = pd.Timestamp(as_of)
    ordered = lines.sort_values(["USUBJID", "FIRSTDOSE", "LINE"], na_position="last", kind="stable")
    following = ordered.groupby("USUBJID", sort=False)["FIRSTDOSE"].shift(-1) - pd.Timedelta(days=1)
    ordered = ordered.assign(NEXT=following.where(following < day))
    found: dict[Key, Course] = {}
    for row in ordered[["USUBJID", "LINE", *ENDS]].to_dict("records"):
        dated = {name: row[name] for name in ENDS if not pd.isna(row[name]) and row[name] <= day}
        ends = tuple((when.toordinal(), name) for name, when in dated.items())
        death = dated.get("DEATH")
        found[row["USUBJID"], int(row["LINE"])] = Course(None if death is None else death.toordinal(), ends)
    return found


def closed(doses: Sequence[Dose], course: Course, as_of: int) -> tuple[list[Dose], bool, str | None]:
    """The doses of one drug with their ends; whether dosing goes on at the cut-off; what ended it where a record
    did not say (a key of ENDS)."""
    goes_on, ended_by = False, None
    made: list[Dose] = []
    following: int | None = None
    later: int | None = None  # start of the dose looked at before, which comes after this one
    for dose in reversed(doses):
        if later is not None and later > dose.first:
            following = later
        later = dose.first
        last = dose.last
        if last is None:
            until = course.end_of(dose.first)
            known = until[0] if until else as_of
            last = known if following is None else min(known, following - 1)
            if following is None:
                goes_on, ended_by = until is None, until[1] if until else None
        elif following is None:
            goes_on = goes_on or (dose.told_last or last) > as_of
        made.append(dose._replace(last=last))
    return made[::-1], goes_on, ended_by


@lru_cache(maxsize=4096)
def number(text: Any) -> Decimal | None:
    """The number in a text; None where there is none."""
    try:
        found = Decimal(text.strip()) if isinstance(text, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


@lru_cache(maxsize=1024)
def line_number(text: Any) -> int | None:
    """The line of therapy in a text: a whole number above 0; None where there is none."""
    found = number(text)
    return int(found) if found is not None and found == found.to_integral_value() and found > 0 else None


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


@lru_cache(maxsize=65536)
def _span(text: Any) -> tuple[int, int] | None:
    meant = span(text) if isinstance(text, str) else None
    return None if meant is None else (meant[0].toordinal(), meant[1].toordinal())
