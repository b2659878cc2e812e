"""Doses day by day: how much on which days, the days off blank, and where the dose fell or paused, with the reason.

The same days and amounts that relative dose intensity counts (`core.exposure`). Source: clinical specification,
section 3.6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from milepost.core.dose_amounts import days_taken
from milepost.core.dose_records import Dose, closed, number, to_courses, to_doses
from milepost.core.regimens import regimen_of
from milepost.protocol import Treatment
from milepost.reports import words
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.inputs import ProfileInputs


@dataclass(frozen=True)
class DoseBar:
    """Days in a row on which the same was taken; first and last are places on the axis, both included.

    mg: of one day; None where the record gives no weight, `shown` is then all that is known.
    """

    line: int
    drug: str
    first: int
    last: int
    mg: Decimal | None
    shown: str


@dataclass(frozen=True)
class DoseChange:
    """Where the dose fell, rose or paused: first and last day of it on the axis, and in words, with the reason."""

    kind: str
    first: int
    last: int
    said: str


@dataclass(frozen=True)
class Dosing:
    """All lines. drugs: label of each line, in order. last: the last day of dosing and the dose, in words."""

    drugs: tuple[tuple[int, str], ...]
    bars: tuple[DoseBar, ...]
    changes: tuple[DoseChange, ...]
    last: tuple[str, str]

    @property
    def weighed(self) -> bool:
        """Whether any dose is known as a weight."""
        return any(bar.mg is not None for bar in self.bars)

    def highest_of(self, drug: str) -> Decimal:
        """The largest amount of a day of this drug, mg."""
        return max(
            (bar.mg for bar in self.bars if bar.drug == drug and bar.mg is not None), default=Decimal(0)
        )


def build_dosing(own: ProfileInputs, days: StudyDays) -> Dosing:
    """The doses of the study drugs by the cut-off. `own`: inputs of this patient only."""
    if days.origin is None:
        return Dosing((), (), (), ("", ""))
    protocol, until = own.protocol, own.as_of
    of_line = to_doses(own.doses, own.lines, protocol=protocol, as_of=until, dm=own.subjects)
    courses = to_courses(own.lines, until)
    treatments = {drug.code: drug for drug in protocol.treatments}
    reasons = _reasons(own, days)
    bars: list[DoseBar] = []
    changes: list[DoseChange] = []
    drugs: list[tuple[int, str]] = []
    for (subject, line), doses in of_line.items():
        for drug in dict.fromkeys(dose.drug for dose in doses):
            taken, _, _ = closed(
                [d for d in doses if d.drug == drug], courses[subject, line], until.toordinal()
            )
            treatment = treatments.get(drug)
            drugs.append((line, label_of(treatment, drug)))
            made = list(_bars(line, label_of(treatment, drug), taken, treatment, days.origin))
            bars += made
            changes += _changes(made, taken, regimen_of(treatment).off, reasons, days.origin)
    bars.sort(key=lambda bar: (bar.first, bar.line, bar.drug))
    changes.sort(key=lambda change: (change.first, change.kind))
    return Dosing(tuple(drugs), tuple(bars), tuple(changes), _last(bars, days))


def label_of(treatment: Treatment | None, code: str) -> str:
    """A drug's name as people say it: the first word of its label, which may go on with dose and regimen."""
    return code.capitalize() if treatment is None else treatment.label.split()[0].strip(",;")


def _bars(
    line: int, drug: str, taken: list[Dose], treatment: Treatment | None, origin: dt.date
) -> Iterator[DoseBar]:
    regimen = regimen_of(treatment)
    first_day = origin.toordinal()
    current: DoseBar | None = None
    for day in days_taken(taken, regimen).tolist():
        covering = [dose for dose in taken if dose.first <= day <= (dose.last or dose.first)]
        mg, shown = _of_day(covering, regimen.cycle_days), covering[-1].shown
        at = day - first_day
        if current is not None and current.last == at - 1 and (current.mg, current.shown) == (mg, shown):
            current = DoseBar(line, drug, current.first, at, mg, shown)
            continue
        if current is not None:
            yield current
        current = DoseBar(line, drug, at, at, mg, shown)
    if current is not None:
        yield current


def _of_day(covering: list[Dose], cycle_days: int) -> Decimal | None:
    """mg of one day; what is given once a cycle counts whole on its day."""
    if any(dose.amount is None for dose in covering):
        return None
    amounts = [
        dose.amount
        if dose.amount is not None and dose.frequency is not None and dose.frequency.days > 1 < cycle_days
        else dose.of_a_day
        for dose in covering
    ]
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def _changes(
    bars: list[DoseBar], taken: list[Dose], off: int, reasons: Mapping[str, tuple[int, str]], origin: dt.date
) -> Iterator[DoseChange]:
    """Pauses longer than the regimen's days off, and amounts that differ from the one before."""
    key_at = {dose.first - origin.toordinal(): dose.key for dose in taken}
    told: set[str] = set()
    for before, after in pairwise(bars):
        since, until = before.last + 1, after.first - 1
        why = reasons.get(key_at.get(after.first, ""), (0, ""))[1]
        paused = until - since + 1 > off
        if paused:
            stopped = [text for at, text in reasons.values() if since <= at <= until and text]
            text = stopped[0] if stopped else why
            told.add(text)
            said = f"paused {words.many(until - since + 1, 'day')}" + (f": {text}" if text else "")
            yield DoseChange("paused", since, until, said)
        if None not in (before.mg, after.mg) and before.mg != after.mg:
            fell = (after.mg or 0) < (before.mg or 0)
            said = f"{amount_of(before)} → {amount_of(after)} mg" + (
                f": {why}" if why and why not in told else ""
            )
            yield DoseChange("reduced" if fell else "raised", after.first, after.first, said)


def amount_of(bar: DoseBar) -> str:
    """mg of a day as people write it; the record's own words where it is no weight."""
    return bar.shown if bar.mg is None else words.amount(bar.mg)


def _reasons(own: ProfileInputs, days: StudyDays) -> dict[str, tuple[int, str]]:
    """Record key -> its start on the axis and the reason it gives for another dose; doses of 0 are among them."""
    found = {}
    columns = ("RECKEY", "ADT", "EXADJ", "EXDOSE")
    for key, day, reason, dose in zip(*(own.doses[name] for name in columns), strict=True):
        at, text = days.at(day), days.without_dates(reason).strip()
        if at is not None and (text or number(dose) == 0):
            found[str(key)] = (at, text[:1].lower() + text[1:].lower() if text.isupper() else text)
    return found


def _last(bars: list[DoseBar], days: StudyDays) -> tuple[str, str]:
    if not bars or days.origin is None:
        return ("", "")
    newest = max(bars, key=lambda bar: (bar.last, bar.line))
    unit = "" if newest.mg is None else " mg a day"
    when = days.said(days.origin + dt.timedelta(days=newest.last))
    return (f"{amount_of(newest)}{unit}", f"last dose {when}")
