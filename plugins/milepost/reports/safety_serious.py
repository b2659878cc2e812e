"""Serious adverse events: how many, and one line for each with its course in a few words, in study days."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from milepost.core.study_day import derive_study_day
from milepost.reports import words
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.safety_narratives import (
    ACTIONS,
    ENDED,
    OUTCOMES,
    RELATIONS,
    Told,
    day_text,
    days_of,
    narrative,
)
from milepost.reports.safety_numbers import SafetyNumbers
from milepost.reports.safety_set import SafetyGroup, SafetySet, event_ids
from milepost.reports.section import Cell, Row, Table, count_cell

MOST_LISTED = 60
_NONE = "No serious event is recorded."
DURING, BEFORE, AFTER, LATER = "DURING", "BEFORE", "AFTER", "LATER"


def read_serious(safety: SafetySet) -> pd.DataFrame:
    """Every serious event of the groups' patients, newest told first.

    Adds WHEN (DURING: counted in the tables; LATER: on a later line and not counted; BEFORE first dose; AFTER the
    emergent period, or of a patient never treated), LATERLINE (the event's line where it is not that of entry), TOLDDY
    (study day on which the version we hold was received), LASTDOSE and DEATHDY (of the event's line), SINCEDAYS (days
    from the last dose to the onset, empty before it).
    """
    inputs = safety.inputs
    adae, lines = inputs.frames.adae, inputs.frames.lines
    everybody = frozenset().union(*(group.group.subjects for group in safety.groups))
    rows = adae[adae["AESERFL"].eq("Y").to_numpy(bool) & adae["USUBJID"].isin(everybody).to_numpy(bool)]
    rows = rows.merge(
        lines[["USUBJID", "LINE", "FIRSTDOSE", "LASTDOSE", "ONGOING", "DEATH"]].astype({"LINE": "Int64"}),
        on=["USUBJID", "LINE"], how="left", validate="m:1",
    )  # fmt: skip
    local = rows["KNOWN_FROM"].dt.tz_convert(ZoneInfo(inputs.protocol.time_zone)).dt.tz_localize(None)
    rows = rows.assign(TOLDDT=local.dt.normalize().astype("datetime64[ns]"))
    rows = derive_study_day(rows, date="TOLDDT", into="TOLDDY")
    rows = derive_study_day(
        rows.assign(DEATH=rows["DEATH"].where(rows["DEATH"] <= pd.Timestamp(inputs.as_of))),
        date="DEATH",
        into="DEATHDY",
    )
    since = (rows["ASTDT"] - rows["LASTDOSE"]).dt.days
    entry = rows["USUBJID"].map(inputs.entry_lines.set_index("USUBJID")["LINE"])
    rows = rows.assign(
        WHEN=_when(rows, safety), LATERLINE=rows["LINE"].where(rows["LINE"].ne(entry) & entry.notna()),
        SINCEDAYS=since.where(since > 0).astype("Int64"),
    )  # fmt: skip
    order = ["KNOWN_FROM", "ASTDT", "USUBJID", "RECKEY"]
    return rows.sort_values(
        order, ascending=[False, False, True, True], na_position="last", kind="stable"
    ).reset_index(drop=True)


def _when(rows: pd.DataFrame, safety: SafetySet) -> list[str]:
    counted = set(zip(safety.events["USUBJID"], safety.events["LINE"], strict=True))
    found = []
    for who, line, emergent, before in zip(
        *(rows[name] for name in ("USUBJID", "LINE", "TRTEMFL", "PREFL")), strict=True
    ):
        if emergent == "Y":
            found.append(DURING if (who, line) in counted else LATER)
        else:
            found.append(BEFORE if before == "Y" else AFTER)
    return found


def has_not_ended(serious: pd.DataFrame) -> pd.Series:
    """Which events are not known to have ended: neither a day of end nor an outcome that is one."""
    return serious["AENDT"].isna() & ~serious["AOUT"].isin(ENDED) & ~serious["AFATAL"].eq("Y")


# ---- how many


def serious_exhibit(numbers: SafetyNumbers, serious: pd.DataFrame) -> Exhibit:
    """Serious events and the patients who had them: where they stand, and what is not said of them."""
    safety = numbers.safety
    days = safety.inputs.protocol.safety.emergent_days
    rows: list[Row] = []
    for id_, name, chosen, level, always in _kinds(serious, days):
        parts = [_of(serious[chosen], group) for group in safety.groups]
        if not always and not any(len(part) for part in parts):
            continue
        cells: list[Cell] = []
        for group, part in zip(safety.groups, parts, strict=True):
            label = "Serious events" + (f": {name}" if level else "")
            numbers.count(
                f"serious.{id_}", group, label, event_ids(part), value=len(part), followed=id_ == "all"
            )
            numbers.count(f"serious.{id_}.patients", group, f"{label}, patients", part["USUBJID"])
            cells += [count_cell(len(part)), count_cell(part["USUBJID"].nunique())]
        rows.append(Row(name, tuple(cells), level))
    head = ("Serious events", *(("Events", "Patients") * len(safety.groups)))
    return make_exhibit(
        "serious", "Serious events", "All that are recorded, also those that are not counted as treatment-emergent.",
        event_ids(serious), "ADAE", "serious events", "all patients", empty=_NONE,
        table=Table(head, tuple(rows), spans=numbers.spans(2)) if len(serious) else None, definition="serious",
    )  # fmt: skip


def _kinds(serious: pd.DataFrame, days: int) -> list[tuple[str, str, pd.Series, int, bool]]:
    """Id, name, which rows, how far indented, and whether the row stands even where there is none."""
    when = serious["WHEN"]
    return [
        ("all", "All", pd.Series(True, index=serious.index), 0, True),
        ("during", "during treatment, counted in the tables", when.eq(DURING), 1, True),
        (
            "during.later_line",
            "of these on a later line of therapy",
            when.eq(DURING) & serious["LATERLINE"].notna(),
            2,
            False,
        ),
        ("later_line", "on a later line of therapy, not counted in the tables", when.eq(LATER), 1, False),
        ("before", "before first dose", when.eq(BEFORE), 1, False),
        ("after", f"more than {days} days after the last dose, or without a dose", when.eq(AFTER), 1, False),
        ("related", "related to the study drug", serious["AREL"].eq("Y"), 1, True),
        ("fatal", "fatal", serious["AFATAL"].eq("Y"), 1, True),
        ("open", "not known to have ended", has_not_ended(serious), 1, True),
        ("without_grade", "without a grade", serious["ATOXGRN"].isna().astype(bool), 1, False),
        ("without_relation", "without a relation", serious["AREL"].isna(), 1, False),
    ]


def _of(rows: pd.DataFrame, group: SafetyGroup) -> pd.DataFrame:
    return rows[rows["USUBJID"].isin(group.group.subjects)]


# ---- one by one


def serious_list_exhibit(numbers: SafetyNumbers, serious: pd.DataFrame) -> Exhibit:
    """Every serious event, newest told first, with its course in words."""
    shown = serious.head(MOST_LISTED)
    with_group = numbers.compared
    rows = tuple(_row(row, numbers, with_group) for row in shown.to_dict("records"))
    left = len(serious) - len(shown)
    head = ("Patient", *(("Group",) if with_group else ()), "Event", "Grade", "Days", "Related", "Drug",
            "Outcome", "Told on day", "Course")  # fmt: skip
    first = int(with_group)
    return make_exhibit(
        "serious.list", "Serious events, one by one",
        "Newest told first: by the day on which the version we hold was received." if rows else "",
        event_ids(serious), "ADAE", "serious events", "all patients", empty=_NONE,
        table=Table(
            head, rows, wide=True, textual=(*range(first + 1), first + 3, first + 4, first + 5, first + 7),
            more=f"{words.many(left, 'serious event')} told earlier not listed: milepost derive adae." if left else "",
        ) if rows else None,
        definition="serious",
    )  # fmt: skip


def _row(row: dict[str, Any], numbers: SafetyNumbers, with_group: bool) -> Row:
    group = next(g.group.name for g in numbers.safety.groups if row["USUBJID"] in g.group.subjects)
    told = Told.of(row, days_after=numbers.safety.inputs.protocol.safety.emergent_days)
    done = words.upper_first(words.listed([ACTIONS[action] for action in told.actions]))
    cells = (
        *((Cell(group.replace(" ", "\u00a0"), ""),) if with_group else ()),
        Cell(row["ATERM"] or "Term not given", ""),
        Cell("not given", "n zero") if told.grade is None else Cell(str(told.grade)),
        Cell(days_of(told)),
        Cell(RELATIONS[told.related], "" if told.related else "zero"),
        Cell(done or told.no_action, "" if done else "zero"),
        Cell(OUTCOMES[told.outcome], "" if told.outcome else "zero"),
        Cell(words.DASH, "n zero") if told.told_day is None else Cell(day_text(told.told_day)),
        Cell(narrative(told), ""),
    )  # fmt: skip
    return Row(row["USUBJID"], cells, subject=row["USUBJID"])
