"""Values over study weeks as boxes: the main tests, the liver scores, blood pressure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.period_values import WEEKS, select_last_of_weeks, summarise_spread
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.labs_boxes import PERIODS, Box, Panel
from milepost.reports.labs_groups import entry_rows, named
from milepost.reports.ledger import Ledger
from milepost.reports.proportions import FEWEST_FOR_PERCENT

IDS = ("baseline", *(f"w{weeks.first}-{weeks.last}" for weeks in WEEKS))


class Course(NamedTuple):
    """One value to be told over time; rules, doubling, whole: see `Panel`."""

    code: str
    title: str
    unit: str
    rules: tuple[float, ...] = ()
    doubling: bool = False
    whole: bool = False


_OF_LIMIT = "× upper limit of normal"
_MAIN = (
    Course("ALT", "ALT", _OF_LIMIT, (1.0,), True), Course("AST", "AST", _OF_LIMIT, (1.0,), True),
    Course("BILI", "Total bilirubin", _OF_LIMIT, (1.0,), True), Course("ALB", "Albumin", "g/L"),
    Course("PLAT", "Platelets", "10⁹/L"),
)  # fmt: skip


def main_courses(inputs: ClinicalInputs) -> list[Course]:
    """The main tests, as far as the study has them."""
    known = {test.code for test in inputs.protocol.tests}
    return [course for course in _MAIN if course.code in known]


def lab_values(inputs: ClinicalInputs, courses: list[Course]) -> pd.DataFrame:
    """USUBJID CODE ADY BEFORE VALUE: baseline and results on treatment, in order; a range such as <3 is left out."""
    adlb = inputs.frames.adlb[["USUBJID", "LINE", "PARAMCD", "ADY", "AVAL", "XULN", "ABLFL", "ONTRTFL"]]
    wanted = adlb["PARAMCD"].isin([course.code for course in courses])
    counted = wanted & (adlb["ABLFL"].eq("Y") | adlb["ONTRTFL"].eq("Y"))
    rows = entry_rows(inputs, adlb[counted.to_numpy(bool)])
    multiples = rows["PARAMCD"].isin([course.code for course in courses if course.doubling]).to_numpy(bool)
    amounts = pd.to_numeric(rows["AVAL"], errors="coerce").to_numpy(float)
    return pd.DataFrame({
        "USUBJID": rows["USUBJID"].to_numpy(object), "CODE": rows["PARAMCD"].astype(str).to_numpy(object),
        "ADY": rows["ADY"].astype(float).to_numpy(), "BEFORE": rows["ABLFL"].eq("Y").to_numpy(bool),
        "VALUE": np.where(multiples, rows["XULN"].to_numpy(float), amounts),
    })  # fmt: skip


def to_panels(courses: list[Course], values: pd.DataFrame, groups: tuple[Group, ...]) -> list[Panel]:
    """A panel for each value: of each group a box for baseline and each stretch of weeks.

    values: USUBJID CODE ADY BEFORE (the baseline) VALUE, in the order in which they were measured.
    """
    panels = []
    for course in courses:
        rows = values[values["CODE"] == course.code]
        before = rows[rows["BEFORE"].to_numpy(bool) & rows["VALUE"].notna().to_numpy(bool)]
        before = before.drop_duplicates("USUBJID", keep="last").assign(WEEKS=-1)
        after = select_last_of_weeks(rows[~rows["BEFORE"].to_numpy(bool)])
        chosen = pd.concat([before, after], ignore_index=True) if len(after) else before
        boxes = tuple(_boxes(chosen[chosen["USUBJID"].isin(group.subjects)]) for group in groups)
        panels.append(
            Panel(course.code, course.title, course.unit, boxes, course.rules, course.doubling, course.whole)
        )
    return panels


def _boxes(rows: pd.DataFrame) -> tuple[Box, ...]:
    boxes = []
    for at in range(-1, len(WEEKS)):
        part = rows[rows["WEEKS"] == at].sort_values("USUBJID")
        values = part["VALUE"].to_numpy(float)
        kept = tuple(float(one) for one in values) if len(values) < FEWEST_FOR_PERCENT else ()
        boxes.append(Box(tuple(part["USUBJID"]), summarise_spread(values), kept))
    return tuple(boxes)


def enter_courses(
    inputs: ClinicalInputs, panels: list[Panel], groups: tuple[Group, ...], ledger: Ledger, *, of: str
) -> None:
    """How many patients stand behind each box, and its median; nothing in the masked dry run. of: head of the ids."""
    if inputs.masked:
        return
    for panel in panels:
        for group, boxes in zip(groups, panel.boxes, strict=True):
            for id_, period, box in zip(IDS, PERIODS, boxes, strict=True):
                when = "baseline" if id_ == "baseline" else f"weeks {period}"
                head, what = f"{of}.{panel.code}.{id_}", named(inputs, group, f"{panel.title}, {when}")
                ledger.count(inputs.number(head, group), f"{what}: patients", box.subjects)
                if box.subjects:
                    ledger.said(
                        inputs.number(f"{head}.median", group), f"{what}: median", box.spread.median, box.subjects,
                        unit=panel.unit, method="median of the last value of each patient",
                    )  # fmt: skip


def counted_patients(panels: list[Panel]) -> list[str]:
    """Everybody with a value in one of the boxes."""
    return sorted({one for panel in panels for boxes in panel.boxes for box in boxes for one in box.subjects})
