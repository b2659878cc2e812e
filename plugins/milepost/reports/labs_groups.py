"""How the laboratory sections tell of groups: who is counted apart, and how counts are written."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pandas as pd

from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group, of_group
from milepost.reports.proportions import FEWEST_FOR_PERCENT
from milepost.reports.section import Cell

TOGETHER = "Dry run: both groups are counted together, as numbers by group would tell which is which."


def counted_groups(inputs: ClinicalInputs) -> tuple[Group, ...]:
    """The groups whose patients are counted apart: none in the masked dry run, where their size would unmask them."""
    if not inputs.masked:
        return inputs.groups
    everybody = frozenset().union(*(group.subjects for group in inputs.groups))
    return (Group("all", "All patients", everybody),)


def masked_notes(inputs: ClinicalInputs) -> tuple[str, ...]:
    """What the dry run has to say beside a table of counts."""
    return (TOGETHER,) if inputs.masked else ()


def entry_rows(inputs: ClinicalInputs, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of each patient's line of entry, of patients who belong to a group; LINE may be empty."""
    return _of_everybody(inputs, inputs.of_entry(_lined(frame)))


def counted_rows(inputs: ClinicalInputs, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the lines that count (`ClinicalInputs.counted_lines`), of patients who belong to a group."""
    return _of_everybody(inputs, inputs.of_counted(_lined(frame)))


def on_entry(inputs: ClinicalInputs, frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows under the patient's line of entry, so that the lines of a patient are summed up as one."""
    entry = inputs.entry_lines.set_index("USUBJID")["LINE"]
    return frame.assign(LINE=frame["USUBJID"].map(entry).astype("int64"))


def _lined(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(LINE=pd.to_numeric(frame["LINE"]).astype(float))


def _of_everybody(inputs: ClinicalInputs, frame: pd.DataFrame) -> pd.DataFrame:
    everybody = frozenset().union(*(group.subjects for group in inputs.groups))
    return of_group(frame, Group("", "", everybody))


def treated(inputs: ClinicalInputs, group: Group) -> list[str]:
    """The patients of a group who began treatment."""
    return sorted(of_group(inputs.entry_lines, group)["USUBJID"])


def named(inputs: ClinicalInputs, group: Group, text: str) -> str:
    """What a number is, with its group in the closed report."""
    return f"{text}, {group.name}" if inputs.compared else text


def spans(groups: tuple[Group, ...], columns: int) -> tuple[tuple[str, int], ...]:
    """The headings over the columns of each group; none for a single one."""
    return tuple((group.name, columns) for group in groups) if len(groups) > 1 else ()


def share_cell(k: int, n: int) -> Cell:
    """40 · 26.1 %; the count alone under five patients, a grey 0 for nobody, a dash where nobody could be counted."""
    if n == 0:
        return Cell(words.DASH, "n zero")
    if k == 0:
        return Cell("0", "n zero")
    if n < FEWEST_FOR_PERCENT:
        return Cell(words.count(k))
    return Cell(f"{words.count(k)} · {words.percent(Decimal(100 * k) / Decimal(n))}")


def of_each(groups: tuple[Group, ...], counts: Iterable[tuple[int, int]]) -> str:
    """7 of 142, or "5 of 94 in Arm A and none of 48 in Arm B"."""
    told = [
        "nobody" if n == 0 else f"{words.count(k) if k else 'none'} of {words.count(n)}" for k, n in counts
    ]
    if len(groups) == 1:
        return told[0]
    return words.listed([f"{text} in {group.name}" for group, text in zip(groups, told, strict=True)])


def have(counts: list[tuple[int, int]]) -> str:
    """The verb after `of_each`."""
    return "has" if len(counts) == 1 and counts[0][0] < 2 else "have"
