"""The section on blood pressure: who had high readings, the highest ones, and the course over study weeks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from milepost.core.blood_pressure import TESTS, select_readings, summarise_pressure
from milepost.core.period_values import Spread, summarise_spread
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.labs_boxes import box_figures, number
from milepost.reports.labs_course import Course, counted_patients, enter_courses, to_panels
from milepost.reports.labs_groups import (
    counted_groups,
    counted_rows,
    entry_rows,
    have,
    masked_notes,
    named,
    of_each,
    on_entry,
    share_cell,
    treated,
)
from milepost.reports.labs_pressure import Highest, pressure_figures
from milepost.reports.ledger import Ledger
from milepost.reports.proportions import Rate, exact_rate
from milepost.reports.section import Cell, Row, Section, Table, count_cell

_NAMES = {"SYSBP": "systolic", "DIABP": "diastolic"}
_MAXIMUM = {"SYSBP": "SYSMAX", "DIABP": "DIAMAX"}


@dataclass(frozen=True)
class Pressures:
    """One group: whose pressure is known and who was high, on treatment and at baseline; the highest readings."""

    group: Group
    known: tuple[str, ...]
    high: tuple[str, ...]
    repeated: tuple[str, ...]
    known_before: tuple[str, ...]
    high_before: tuple[str, ...]
    highest: dict[str, pd.DataFrame]

    @property
    def rate(self) -> Rate:
        """Share with a high reading on treatment."""
        return exact_rate(len(self.high), len(self.known))

    def spread(self, test: str) -> Spread:
        """How the highest readings spread."""
        return summarise_spread(self.highest[test][_MAXIMUM[test]].astype(float).to_numpy())


def build_vitals(inputs: ClinicalInputs, ledger: Ledger) -> Section:
    """Blood pressure: every number of it in the ledger."""
    rules = inputs.protocol.safety
    every = counted_rows(inputs, select_readings(
        inputs.frames.vs, inputs.frames.lines, as_of=inputs.as_of, after_days=rules.emergent_days
    ))  # fmt: skip
    readings = entry_rows(inputs, every)
    # before first dose there are readings of the line of entry alone
    summary = summarise_pressure(on_entry(inputs, every), limits=rules.blood_pressure_high)
    found = [_pressures(summary, group) for group in counted_groups(inputs)]
    _enter(inputs, found, ledger)
    pairs = (("vitals.high", "vitals.highest"),) if len(found) == 1 else ()
    return Section("vitals", "Blood pressure", _lead(inputs, found), (
        _high(inputs, found), _highest(inputs, found), _course(inputs, readings, ledger),
    ), pairs=pairs, flow=True)  # fmt: skip


def _pressures(summary: pd.DataFrame, group: Group) -> Pressures:
    mine = summary[summary["USUBJID"].isin(group.subjects)].sort_values("USUBJID")

    def of(column: str, *values: str) -> tuple[str, ...]:
        return tuple(mine.loc[mine[column].isin(values).to_numpy(bool), "USUBJID"])

    repeated = mine[mine["HIGHFL"].eq("Y") & mine["HIGHDAYS"].ge(2)]
    highest = {test: mine.loc[mine[name].notna(), ["USUBJID", name]] for test, name in _MAXIMUM.items()}
    return Pressures(
        group, of("HIGHFL", "Y", "N"), of("HIGHFL", "Y"), tuple(repeated["USUBJID"]),
        of("HIGHBLFL", "Y", "N"), of("HIGHBLFL", "Y"), highest,
    )  # fmt: skip


def _limits(inputs: ClinicalInputs) -> str:
    return "/".join(str(limit) for limit in inputs.protocol.safety.blood_pressure_high)


def _enter(inputs: ClinicalInputs, found: list[Pressures], ledger: Ledger) -> None:
    limits = _limits(inputs)
    for one in found:
        group = one.group
        ledger.count(
            inputs.number("vitals.bp.high", group),
            named(inputs, group, f"Blood pressure of {limits} mmHg or more on treatment"), one.high,
            of=len(one.known), followed=True,
        )  # fmt: skip
        ledger.rate(inputs.number("vitals.bp.high.rate", group),
                    named(inputs, group, f"Share with {limits} mmHg or more on treatment"), one.rate,
                    one.known)  # fmt: skip
        for id_, what, who, of in (
            ("known", "both pressures known on treatment", one.known, None),
            ("repeated", f"{limits} mmHg or more on two days", one.repeated, len(one.known)),
            ("baseline.known", "both pressures known at baseline", one.known_before, None),
            ("baseline.high", f"{limits} mmHg or more at baseline", one.high_before, len(one.known_before)),
        ):  # fmt: skip
            ledger.count(
                inputs.number(f"vitals.bp.{id_}", group),
                named(inputs, group, f"Blood pressure: {what}"),
                who,
                of=of,
            )
        for test in TESTS:
            who = one.highest[test]["USUBJID"]
            for id_, value in (("median", one.spread(test).median), ("p25", one.spread(test).p25),
                               ("p75", one.spread(test).p75)):  # fmt: skip
                ledger.said(
                    inputs.number(f"vitals.bp.{test}.highest.{id_}", group),
                    named(inputs, group, f"Highest {_NAMES[test]} pressure on treatment, {id_}"), value, who,
                    unit="mmHg",
                )  # fmt: skip
            limit = inputs.protocol.safety.blood_pressure_high[TESTS.index(test)]
            reached = one.highest[test].loc[one.highest[test][_MAXIMUM[test]] >= limit, "USUBJID"]
            ledger.count(
                inputs.number(f"vitals.bp.{test}.high", group),
                named(inputs, group, f"{words.upper_first(_NAMES[test])} pressure: {limit} mmHg or more on treatment"),
                reached, of=len(who),
            )  # fmt: skip


def _lead(inputs: ClinicalInputs, found: list[Pressures]) -> tuple[str, str]:
    groups = counted_groups(inputs)
    everybody = sum(len(treated(inputs, group)) for group in groups)
    known = sum(len(one.known) for one in found)
    if not known:
        text = "No treated patient has a reading of both pressures on treatment yet."
        return text, f" {words.many(everybody, 'patient')} treated." if everybody else ""
    counts = [(len(one.high), len(one.known)) for one in found]
    told = words.upper_first(of_each(groups, counts))
    bold = f"{told} {have(counts)} had a reading of {_limits(inputs)} mmHg or more."
    repeated = sum(len(one.repeated) for one in found)
    high = sum(k for k, _ in counts)
    rest = f" {words.count(repeated)} of {words.count(high)} on two days or more." if high else ""
    lack = everybody - known
    if lack:
        rest += f" Of {words.count(lack)} treated it is not known."
    return bold, rest


def _high(inputs: ClinicalInputs, found: list[Pressures]) -> Exhibit:
    counted = {subject for one in found for subject in one.known}
    before = {subject for one in found for subject in one.known_before}
    table = None
    if counted or before:
        groups = counted_groups(inputs)
        limits = _limits(inputs)
        rows = (
            Row("Both pressures known on treatment", tuple(count_cell(len(one.known)) for one in found)),
            Row(f"{limits} mmHg or more", tuple(_rate_cell(one.rate) for one in found)),
            Row("on two days or more", tuple(share_cell(len(one.repeated), len(one.known)) for one in found), 1),
            Row("Both pressures known at baseline", tuple(count_cell(len(one.known_before)) for one in found)),
            Row(f"{limits} mmHg or more",
                tuple(share_cell(len(one.high_before), len(one.known_before)) for one in found), 1),
            *(Row(f"Highest {_NAMES[test]}, median (quartiles)",
                  tuple(Cell(_spread(one.spread(test))) for one in found)) for test in TESTS),
        )  # fmt: skip
        table = Table(("Blood pressure, mmHg", *(group.name for group in groups)), rows, wide=len(groups) > 1)
    return make_exhibit(
        "vitals.high", "High blood pressure on treatment",
        f"{_limits(inputs)}: either pressure at its limit or above. Exact interval.", counted | before, "VS",
        "safety.blood_pressure_high", "treated, both pressures known", (),
        "No treated patient has a reading of both pressures yet.", table=table, definition="vitals.high",
        notes=masked_notes(inputs) if table else (),
    )  # fmt: skip


def _rate_cell(rate: Rate) -> Cell:
    """7 · 5.1 % (2.1–10.2 %)."""
    return Cell(f"{words.count(rate.k)} · {rate.text}") if rate.n else Cell(words.DASH, "n zero")


def _spread(spread: Spread) -> str:
    if spread.median is None:
        return words.DASH
    return f"{number(spread.median)} ({number(spread.p25)}{words.DASH}{number(spread.p75)})"


def _highest(inputs: ClinicalInputs, found: list[Pressures]) -> Exhibit:
    limits = dict(zip(TESTS, inputs.protocol.safety.blood_pressure_high, strict=True))
    rows = [
        tuple(
            Highest(one.group.name if len(found) > 1 else "", _NAMES[test],
                    tuple(one.highest[test][_MAXIMUM[test]]), limits[test])
            for test in TESTS
        )
        for one in found
    ]  # fmt: skip
    return make_exhibit(
        "vitals.highest", "Highest blood pressure on treatment",
        f"Patients{', as a share of their group,' if len(found) > 1 else ''} by the highest reading, in bars of 10 "
        "mmHg; the two need not be of one day.",
        {subject for one in found for frame in one.highest.values() for subject in frame["USUBJID"]}, "VS",
        "safety.blood_pressure_high", "treated, with a reading on treatment", pressure_figures(rows),
        "No treated patient has a reading on treatment yet.", definition="vitals.high",
        notes=masked_notes(inputs) if any(one.known for one in found) else (),
    )  # fmt: skip


def _course(inputs: ClinicalInputs, readings: pd.DataFrame, ledger: Ledger) -> Exhibit:
    systolic, diastolic = inputs.protocol.safety.blood_pressure_high
    courses = [
        Course("SYSBP", "Systolic", "mmHg", (float(systolic),)),
        Course("DIABP", "Diastolic", "mmHg", (float(diastolic),)),
    ]  # fmt: skip
    values = pd.DataFrame({
        "USUBJID": readings["USUBJID"].to_numpy(object), "CODE": readings["VSTESTCD"].to_numpy(object),
        "ADY": readings["ADY"].astype(float).to_numpy(), "BEFORE": readings["BEFORE"].to_numpy(bool),
        "VALUE": readings["MMHG"].astype(float).to_numpy(),
    })  # fmt: skip
    panels = to_panels(courses, values, inputs.groups)
    enter_courses(inputs, panels, inputs.groups, ledger, of="vitals.course")
    return make_exhibit(
        "vitals.course", "Blood pressure over study weeks",
        "Each patient’s last reading of the weeks. Dashed: the limit.",
        counted_patients(panels), "VS", "safety.emergent_days", "treated",
        box_figures(panels, tuple(group.name for group in inputs.groups), counted=not inputs.masked),
        "No treated patient has a reading yet.", definition="labs.weeks",
    )  # fmt: skip
