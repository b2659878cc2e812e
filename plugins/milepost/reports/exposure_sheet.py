"""The treated patients of each group with their exposure, and the rows of a table over the groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from milepost.core.baseline_factors import to_interval
from milepost.core.baseline_summary import Range, quantile
from milepost.core.censored_values import Interval
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group, of_group
from milepost.reports.ledger import Ledger
from milepost.reports.population_stages import Flow, derive_flow
from milepost.reports.population_words import pair_text, range_text, share_cell
from milepost.reports.section import Cell, Row, Table, count_cell


@dataclass(frozen=True)
class Told:
    """One group: its flow, the rows of ADEX of its treated patients by subject (line of entry), and who went on to a
    later line, with the days of dosing on all lines of those of whom they are known."""

    group: Group
    flow: Flow
    adex: pd.DataFrame
    went_on: tuple[str, ...]
    days_of_all_lines: dict[str, Interval]

    def numbers(self, column: str) -> dict[str, Interval]:
        """What is known of a column, by subject."""
        read = {str(s): to_interval(value) for s, value in self.adex[column].items()}
        return {s: value for s, value in read.items() if value is not None}


def told_of(inputs: ClinicalInputs, group: Group) -> Told:
    frames = inputs.frames
    adex = of_group(inputs.of_entry(frames.adex), group)
    flow = derive_flow(of_group(frames.adsl, group), adex, of_group(frames.ds, group))
    treated = adex[adex["USUBJID"].isin(flow.treated)]
    later = of_group(inputs.of_later(frames.adex), group)
    lines = pd.concat([treated, later[later["USUBJID"].isin(flow.treated)]], ignore_index=True)
    # a patient with one line of which it is not known is not known
    days = lines.groupby("USUBJID")["TRTDURD"].agg(lambda own: own.sum(skipna=False)).to_dict()
    read = {str(subject): to_interval(value) for subject, value in days.items()}
    return Told(
        group, flow, treated.set_index("USUBJID").sort_index(), tuple(sorted(set(later["USUBJID"]))),
        {subject: value for subject, value in read.items() if value is not None},
    )  # fmt: skip


class Sheet:
    """Rows over the groups; every number goes into the ledger on its way to the page."""

    def __init__(self, inputs: ClinicalInputs, ledger: Ledger, told: list[Told]) -> None:
        self.inputs, self.told, self._ledger = inputs, told, ledger

    def spread(self, id_: str, text: str, values: Sequence[dict[str, Interval]], unit: str) -> list[Row]:
        """Median with quartiles, and range, of each group."""
        ends: list[dict[str, Range | None]] = []
        for one, own in zip(self.told, values, strict=True):
            at = {name: quantile(list(own.values()), share) for share, name in
                  ((0.5, "median"), (0.25, "q1"), (0.75, "q3"), (0.0, "least"), (1.0, "greatest"))}  # fmt: skip
            for name, value in at.items():
                self._ledger.said(
                    self.inputs.number(f"exposure.{id_}.{name}", one.group), f"{text}: {name}",
                    None if value is None else value[0], own, unit=unit, method="quantile, type 7",
                )  # fmt: skip
            ends.append(at)
        medians = [Cell(words.DASH if at["median"] is None else
                        f"{range_text(at['median'])} ({pair_text(at['q1'], at['q3'])})") for at in ends]  # fmt: skip
        return [
            Row(f"{text}, median (quartiles)", tuple(medians)),
            Row("range", tuple(Cell(pair_text(at["least"], at["greatest"])) for at in ends), 1),
        ]

    def shares(
        self, id_: str, text: str, found: Sequence[Iterable[str]], of: Sequence[int], *, level: int = 0
    ) -> Row:
        """Some patients of each group out of those of whom it is known."""
        ids = [sorted(set(own)) for own in found]
        for one, own, n in zip(self.told, ids, of, strict=True):
            self.count(id_, text, one.group, own, n)
        masked = self.inputs.masked
        cells = [share_cell(len(own), n, masked=masked) for own, n in zip(ids, of, strict=True)]
        return Row(text, tuple(cells), level)

    def unknown(self, id_: str, text: str, known: Sequence[Iterable[str]]) -> list[Row]:
        """Patients of whom it is not known; no row where there is none, and none in the dry run."""
        gone = [sorted(set(one.flow.treated) - set(own)) for one, own in zip(self.told, known, strict=True)]
        for one, own in zip(self.told, gone, strict=True):
            self.count(id_, text, one.group, own, len(one.flow.treated))
        if self.inputs.masked or not any(gone):
            return []
        return [Row(text, tuple(count_cell(len(own)) for own in gone), 1)]

    def count(self, id_: str, text: str, group: Group, ids: Sequence[str], of: int) -> None:
        """Into the ledger alone."""
        self._ledger.count(self.inputs.number(f"exposure.{id_}", group), text, ids, of=of)

    def said(
        self, id_: str, text: str, group: Group, value: float | None, rows: Iterable[str], unit: str
    ) -> None:
        """A number of its own into the ledger."""
        self._ledger.said(
            self.inputs.number(f"exposure.{id_}", group), text, value, rows, unit=unit, method="median"
        )

    def table(self, rows: Sequence[Row]) -> Table:
        """These rows under the heads of the groups."""
        return Table(("of treated patients", *self.heads), tuple(rows), wide=self.inputs.compared)

    @property
    def heads(self) -> tuple[str, ...]:
        """Heads of the columns: the groups and their sizes."""
        if self.inputs.masked:
            return tuple(one.group.name for one in self.told)
        sizes = [f"n = {words.count(len(one.flow.treated))}" for one in self.told]
        if len(self.told) == 1:
            return tuple(sizes)
        return tuple(f"{one.group.name}, {size}" for one, size in zip(self.told, sizes, strict=True))

    @property
    def names(self) -> list[str]:
        """Names of panels; none where there is one."""
        return [one.group.name if len(self.told) > 1 else "" for one in self.told]
