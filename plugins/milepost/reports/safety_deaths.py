"""Deaths: how many and when, and one line for each, in study days."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from milepost.core.death_causes import DISPOSITION, EVENT, derive_death_causes
from milepost.reports import words
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.population_words import reason_in_words
from milepost.reports.safety_numbers import SafetyNumbers
from milepost.reports.safety_set import SafetyGroup, SafetySet
from milepost.reports.section import Cell, Row, Table, count_cell

MOST_LISTED = 60
_SOURCES = "ADSL, EX, ADAE, DS"
_LEFT = {"WITHDREW": "after withdrawal", "LOST": "after loss to follow-up"}
_RELATED = {"Y": "related", "N": "not related"}


def read_deaths(safety: SafetySet) -> pd.DataFrame:
    """The dead of all groups, as `core.death_causes` tells them, with TREATED."""
    inputs, frames = safety.inputs, safety.inputs.frames
    told = derive_death_causes(
        frames.adsl, frames.lines, frames.adae, frames.adex, frames.ds, as_of=inputs.as_of
    )
    everybody = frozenset().union(*(group.group.subjects for group in safety.groups))
    told = told[told["USUBJID"].isin(everybody)].reset_index(drop=True)
    return told.assign(TREATED=told["USUBJID"].isin(safety.treated))


# ---- how many


def deaths_exhibit(numbers: SafetyNumbers, deaths: pd.DataFrame) -> Exhibit:
    """Deaths of treated patients, of all treated; those of others beneath."""
    safety = numbers.safety
    days = safety.inputs.protocol.safety.emergent_days
    rows = []
    for id_, name, chosen, level, always in _kinds(deaths, days):
        who = [_of(deaths[chosen], group) for group in safety.groups]
        if not always and not any(who):
            continue
        for group, ids in zip(safety.groups, who, strict=True):
            label = name if not level else f"Died: {name}"
            numbers.count(
                f"died.{id_}", group, label, ids, of=None if id_ == "untreated" else group.n, followed=id_ == "all"
            )  # fmt: skip
        cells = [
            count_cell(len(ids)) if id_ == "untreated" else numbers.share(len(ids), group)
            for group, ids in zip(safety.groups, who, strict=True)
        ]
        rows.append(Row(name, tuple(cells), level))
    head = ("Patients", *(numbers.names() if numbers.compared else ("Of all treated",)))
    return make_exhibit(
        "deaths", "Deaths", "Of any cause, by the cut-off.", sorted(deaths["USUBJID"]), _SOURCES,
        "deaths and their cause", "all who died", empty="Nobody has been treated yet, and no death is known.",
        table=Table(head, tuple(rows)) if safety.n or len(deaths) else None,
        notes=(*_undated_notes(deaths), *_later_notes(safety, deaths)), definition="deaths",
    )  # fmt: skip


def _kinds(deaths: pd.DataFrame, days: int) -> list[tuple[str, str, pd.Series, int, bool]]:
    """Id, name, which rows, how far indented, and whether the row stands even where there is nobody."""
    treated = deaths["TREATED"].astype(bool)
    soon = (treated & deaths["AFTERDAYS"].le(days)).fillna(False).astype(bool)
    later = (treated & deaths["AFTERDAYS"].gt(days)).fillna(False).astype(bool)
    of_event = treated & deaths["CAUSESRC"].eq(EVENT)
    return [
        ("all", "Died", treated, 0, True),
        ("soon", f"up to {days} days after the last dose", soon, 1, True),
        ("later", "later", later, 1, True),
        ("undated", "date of death or last dose not known", treated & ~soon & ~later, 1, False),
        ("left", "after leaving the study", treated & deaths["LEFT"].notna(), 1, False),
        ("event", "a fatal adverse event is recorded", of_event, 1, True),
        (
            "event.related",
            "of these related to the study drug",
            of_event & deaths["RELATED"].eq("Y"),
            2,
            True,
        ),
        ("event.open", "of these without a relation", of_event & deaths["RELATED"].isna(), 2, False),
        ("told", "another cause is recorded", treated & deaths["CAUSESRC"].eq(DISPOSITION), 1, True),
        ("unknown", "no cause is recorded", treated & deaths["CAUSE"].isna(), 1, True),
        ("untreated", "Died without a dose", ~treated, 0, False),
    ]


def _undated_notes(deaths: pd.DataFrame) -> tuple[str, ...]:
    """Why more have died here than where deaths are counted by their date."""
    n = int((deaths["TREATED"].astype(bool) & deaths["DTHDT"].isna()).sum())
    who = "1 of them has" if n == 1 else f"{words.count(n)} of them have"
    text = (
        f"{who} a fatal event and no date of death: not among the deaths of this morning, of the patients’ flow and of "
        "survival, which count by date."
    )
    return (text,) if n else ()


def _later_notes(safety: SafetySet, deaths: pd.DataFrame) -> tuple[str, ...]:
    """By group: how many died after they had begun a later line of therapy."""
    if safety.inputs.together:
        return ()
    entry = deaths["USUBJID"].map(safety.inputs.entry_lines.set_index("USUBJID")["LINE"])
    after = deaths[deaths["LINE"].ne(entry).fillna(False).to_numpy(bool)]
    told = [(group.group.name, len(_of(after, group))) for group in safety.groups]
    return tuple(
        f"{name}: {words.count(n)} of the dead had begun a later line of therapy, which may be the other group’s drug."
        for name, n in told if n
    )  # fmt: skip


def _of(rows: pd.DataFrame, group: SafetyGroup) -> list[str]:
    return sorted(rows.loc[rows["USUBJID"].isin(group.group.subjects), "USUBJID"])


# ---- one by one


def death_list_exhibit(numbers: SafetyNumbers, deaths: pd.DataFrame) -> Exhibit:
    """Every death, the latest first; the oldest are left out where there are very many."""
    shown = deaths.head(MOST_LISTED)
    with_group = numbers.compared
    rows = tuple(_row(row, numbers, with_group) for row in shown.to_dict("records"))
    left = len(deaths) - len(shown)
    noted = any(row.cells[-1].text for row in rows)
    head = ("Patient", *(("Group",) if with_group else ()), "Died on day", "Days after last dose", "Cause, as recorded",
            "Drug stopped for", *(("Note",) if noted else ()))  # fmt: skip
    rows = rows if noted else tuple(replace(row, cells=row.cells[:-1]) for row in rows)
    first = int(with_group)
    return make_exhibit(
        "deaths.list", "Deaths, one by one", "Latest first. Days are study days: first dose is day 1." if rows else "",
        sorted(deaths["USUBJID"]), _SOURCES, "deaths and their cause", "all who died", empty="No death is known.",
        table=Table(
            head, rows, wide=True, textual=(*((0,) if with_group else ()), first + 2, first + 3, first + 4),
            more=f"{words.many(left, 'earlier death')} not listed: milepost derive adsl." if left else "",
        ) if rows else None,
        definition="deaths",
    )  # fmt: skip


def _row(row: dict[str, Any], numbers: SafetyNumbers, with_group: bool) -> Row:
    group = next(g.group.name for g in numbers.safety.groups if row["USUBJID"] in g.group.subjects)
    cells = (
        *((Cell(group.replace(" ", "\u00a0"), ""),) if with_group else ()), Cell(_day(row)), _after(row),
        Cell(_cause(row), "" if row["CAUSE"] else "zero"),
        Cell(reason_in_words(row["STOPREASON"]) or words.DASH, "" if row["STOPREASON"] else "zero"),
        Cell(_note(row), ""),
    )  # fmt: skip
    return Row(row["USUBJID"], cells, subject=row["USUBJID"])


def _day(row: dict[str, Any]) -> str:
    if pd.isna(row["DTHDT"]):
        return "no date"
    if pd.isna(row["DTHDY"]):
        return words.DASH
    return words.days(int(row["DTHDY"]), int(row["LATESTDY"])).replace("-", words.MINUS)


def _after(row: dict[str, Any]) -> Cell:
    if pd.isna(row["AFTERDAYS"]):
        return Cell(words.DASH, "n zero")
    return Cell(words.count(int(row["AFTERDAYS"])))


def _cause(row: dict[str, Any]) -> str:
    if not row["CAUSE"]:
        return "not recorded"
    if row["CAUSESRC"] == EVENT:
        return f"{row['CAUSE']} (fatal event, {_RELATED.get(row['RELATED'], 'relation not given')})"
    return words.upper_first(row["CAUSE"].lower() if row["CAUSE"].isupper() else row["CAUSE"])


def _note(row: dict[str, Any]) -> str:
    notes = [
        "" if row["TREATED"] else "never treated",
        _LEFT.get(row["LEFT"] or "", ""),
        "day of death not fully known" if row["DTHDTF"] else "",
    ]
    return "; ".join(note for note in notes if note)
