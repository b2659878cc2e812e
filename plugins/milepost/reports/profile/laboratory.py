"""Liver tests in multiples of their limit on one scale, and the grade of every test that was ever abnormal.

Grades are those of ADLB; a test without a grade is shown without one, never as grade 0. Source: clinical
specification, sections 4.2 and 5.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.core.censored_values import Interval, parse_result
from milepost.core.liver_pairs import ENZYMES
from milepost.core.liver_safety import TESTS
from milepost.core.units import known_factors, standard_unit
from milepost.protocol import LabTest
from milepost.reports import words
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.inputs import ProfileInputs
from milepost.reports.profile.sources import of_record

MOST_ROWS = 10  # tests in the grade strip; the rest is counted, and listed below the figure


@dataclass(frozen=True)
class Multiple:
    """A liver test in multiples of its own report's upper limit: from lo to hi (None: without limit)."""

    at: int
    day: str
    lo: float
    hi: float | None
    text: str
    source: str

    @property
    def is_exact(self) -> bool:
        """One value, not a range."""
        return self.lo == self.hi


@dataclass(frozen=True)
class LiverTest:
    """One liver test and its course. last: the newest multiple, such as 3.6, or a bound."""

    code: str
    label: str
    points: tuple[Multiple, ...]
    last: str


@dataclass(frozen=True)
class LiverPanel:
    """The tests of liver safety and the protocol's limits for them: (multiple, which tests)."""

    tests: tuple[LiverTest, ...]
    limits: tuple[tuple[Decimal, str], ...]


@dataclass(frozen=True)
class GradeCell:
    """One result: its grade (None: not graded) and what was reported."""

    at: int
    day: str
    grade: int | None
    direction: str
    text: str
    source: str


@dataclass(frozen=True)
class GradeRow:
    """One test. worst: its highest grade on treatment. last: the newest result as reported, with its unit."""

    code: str
    label: str
    worst: int
    cells: tuple[GradeCell, ...]
    last: str


@dataclass(frozen=True)
class GradePanel:
    """Tests with a grade of 1 or more, the gravest first; silent: how many were never abnormal after first dose."""

    version: str
    rows: tuple[GradeRow, ...]
    silent: int

    @property
    def drawn(self) -> tuple[GradeRow, ...]:
        """The gravest, as many as the strip holds."""
        return self.rows[:MOST_ROWS]

    @property
    def more(self) -> int:
        """How many are listed only."""
        return max(len(self.rows) - MOST_ROWS, 0)


def build_liver(own: ProfileInputs, days: StudyDays) -> LiverPanel:
    """The liver tests of safety surveillance."""
    labels = {test.code: test for test in own.protocol.tests}
    rows = _results(own, days)
    made = []
    for code in TESTS:
        test = labels.get(code)
        if test is not None:
            points = tuple(_multiples(own, days, rows[rows["PARAMCD"] == code], test))
            made.append(LiverTest(code, short_of(test), points, _newest(points)))
    rules = own.protocol.safety.liver
    enzymes = ", ".join(short_of(labels[code]) for code in ENZYMES if code in labels)
    other = [code for code in TESTS if code not in ENZYMES][:1]
    limits = [(rules.alt, enzymes), *((rules.bili, short_of(labels[c])) for c in other if c in labels)]
    return LiverPanel(tuple(made), tuple(limits))


def build_grades(own: ProfileInputs, days: StudyDays) -> GradePanel:
    """Every test with an abnormal grade after first dose, with all its results."""
    rows = _results(own, days)
    graded = pd.to_numeric(rows["ATOXGR"], errors="coerce")
    order = {test.code: place for place, test in enumerate(own.protocol.tests)}
    labels = {test.code: short_of(test) for test in own.protocol.tests}
    found = []
    for code, mine in rows.assign(GRADE=graded).groupby("PARAMCD", sort=True, observed=True):
        worst = mine["GRADE"].max()
        cells = tuple(_cells(days, mine))
        if cells:
            name = labels.get(str(code), str(mine["PARAM"].iloc[0]))
            found.append(
                GradeRow(str(code), name, 0 if pd.isna(worst) else int(worst), cells, _reported(mine))
            )
    found.sort(key=lambda row: (-row.worst, order.get(row.code, len(order)), row.code))
    abnormal = tuple(row for row in found if row.worst > 0)
    return GradePanel(own.protocol.ctcae_version, abnormal, len(found) - len(abnormal))


def short_of(test: LabTest) -> str:
    """A test's label, or its code where the label is long and its code is how people call it."""
    return test.label if len(test.label) <= 16 else test.code


def _results(own: ProfileInputs, days: StudyDays) -> pd.DataFrame:
    """Dated results of ADLB, each record once: of a baseline that two lines share the graded row."""
    rows = own.adlb[own.adlb["ADT"].notna() & (days.origin is not None)]
    graded = rows.assign(UNGRADED=rows["ATOXGR"].isna())
    ordered = graded.sort_values(
        ["PARAMCD", "ADT", "ADTM", "RECKEY", "DTYPE", "UNGRADED", "LINE"], kind="stable", na_position="first"
    )
    return ordered.drop_duplicates(["PARAMCD", "RECKEY", "DTYPE"]).reset_index(drop=True)


def _multiples(own: ProfileInputs, days: StudyDays, rows: pd.DataFrame, test: LabTest) -> Iterator[Multiple]:
    factors = {site.id: known_factors(test, site.factors.get(test.code, {})) for site in own.study.sites}
    for row in rows.to_dict("records"):
        at, limit = days.at(row["ADT"]), row["ANRHI"]
        if at is None or limit is None or pd.isna(limit) or limit <= 0:
            continue
        value = _amount(row, factors.get(str(row["SITEID"]), known_factors(test)))
        if value is None:
            continue
        lo, hi = float(value.lo / limit), None if value.hi is None else float(value.hi / limit)
        yield Multiple(
            at,
            days.said(row["ADT"]),
            lo,
            hi,
            f"{row['LBORRES']} {row['LBORRESU']}",
            of_record(row["DELIVERY"], row["SRCLINE"], row["RECKEY"], "LB"),
        )


def _amount(row: dict[Any, Any], factors: dict[str, Decimal]) -> Interval | None:
    """The result in the canonical unit: exact, or the range it stands for."""
    if row["AVAL"] is not None and not pd.isna(row["AVAL"]):
        return Interval(row["AVAL"], row["AVAL"])
    value = parse_result(row["LBORRES"]) if isinstance(row["LBORRES"], str) else None
    unit = standard_unit(row["LBORRESU"]) if isinstance(row["LBORRESU"], str) else ""
    return None if value is None or unit not in factors else value.times(factors[unit])


def _newest(points: tuple[Multiple, ...]) -> str:
    if not points:
        return ""
    newest = points[-1]
    if newest.is_exact:
        return multiple(newest.lo)
    return f">{multiple(newest.lo)}" if newest.hi is None else f"<{multiple(newest.hi)}"


def multiple(number: float) -> str:
    """A multiple with one decimal, with two below 0.1 and none above 100."""
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 0.1 else f"{number:.2f}"


def _cells(days: StudyDays, rows: pd.DataFrame) -> Iterator[GradeCell]:
    for row in rows.to_dict("records"):
        at, grade = days.at(row["ADT"]), row["GRADE"]
        if at is None:
            continue
        low, high = (_number(row[name]) for name in ("ATOXGRL", "ATOXGRH"))
        direction = "low" if (low or 0) > (high or 0) else "high" if (high or 0) > 0 else ""
        yield GradeCell(
            at,
            days.said(row["ADT"]),
            None if pd.isna(grade) else int(grade),
            direction,
            _text(row),
            of_record(row["DELIVERY"], row["SRCLINE"], row["RECKEY"], "LB"),
        )


def _reported(rows: pd.DataFrame) -> str:
    return _text(rows.iloc[-1].to_dict())


def _text(row: dict[Any, Any]) -> str:
    """As reported; of a computed value the number itself."""
    if isinstance(row["LBORRES"], str):
        unit = row["LBORRESU"] if row["LBORRESU"] not in (None, "1") else ""
        return f"{row['LBORRES']} {unit}".rstrip()
    value = row["AVAL"]
    return "" if value is None or pd.isna(value) else f"{words.amount(value)} {row['AVALU'] or ''}, computed"


def _number(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
