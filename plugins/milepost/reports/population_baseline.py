"""Who the treated patients are: baseline characteristics, missing ones told, by group with standardised differences.

Shares are of those in whom the characteristic is known. Groups are described, never tested (CONSORT 2025). Source:
clinical specification, section 7.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from milepost.core.baseline_summary import Range, difference_of_means, difference_of_shares, quantile
from milepost.core.propensity import BALANCED
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.ledger import Ledger
from milepost.reports.population_variables import YES, Variable, to_variables
from milepost.reports.population_words import pair_text, percent_text, range_text, share_cell, slug
from milepost.reports.section import Cell, Row, Section, Table, count_cell

_OF_THE_DISEASE = (
    "child-pugh", "child-pugh-score", "albi", "albi-grade", "marker", "mvi", "ehs", "bclc", "cnlc",
)  # fmt: skip
_SHARES = ((0.5, "median"), (0.25, "q1"), (0.75, "q3"), (0.0, "least"), (1.0, "greatest"))


def build_baseline(inputs: ClinicalInputs, ledger: Ledger) -> Section:
    """Section `baseline`: two tables side by side, the patients and their disease."""
    treated = set(inputs.entry_lines["USUBJID"].astype(str))
    members = [sorted(group.subjects & treated) for group in inputs.groups]
    everybody = sorted({subject for ids in members for subject in ids})
    if not everybody:
        empty = make_exhibit("baseline", "Who they are", "", (), "ADSL", "core.baseline_factors", "treated patients",
                             empty="Nobody was treated yet.")  # fmt: skip
        return Section("baseline", "Baseline", ("Nobody was treated yet.", ""), (empty,))
    variables = to_variables(inputs)
    shown = [_of(variable, everybody) for variable in variables]
    shown = [variable for variable in shown if variable.is_recorded]
    # the rows behind a number would tell the size of a masked group
    sheet = _Sheet(inputs, Ledger() if inputs.masked else ledger, members)
    first = [variable for variable in shown if variable.id not in _OF_THE_DISEASE]
    second = [variable for variable in shown if variable.id in _OF_THE_DISEASE]
    rows = {variable.id: sheet.rows(variable) for variable in shown}
    lead = _lead(inputs, sheet, shown, everybody)
    recorded = {variable.id for variable in shown}
    absent = [_in_sentence(variable.label) for variable in variables if variable.id not in recorded]
    notes = (f"Not recorded by the study and not listed: {words.listed(absent)}.",) if absent else ()
    exhibits = (
        _exhibit("baseline", "Who they are", first, rows, inputs, members, ()),
        _exhibit("baseline.disease", "Liver and tumour", second, rows, inputs, members, notes),
    )
    return Section(
        "baseline", "Baseline", lead, exhibits, pairs=(("baseline", "baseline.disease"),), flow=True
    )


def baseline_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """How characteristics are described."""
    found = [
        ("baseline", "Baseline characteristics",
         "Of treated patients, as known at first dose. Shares are of those in whom the characteristic is known; who is "
         "not known is counted in a row of its own. Quartiles as R’s type 7; a value beyond an assay’s limit stays a "
         "range, and a quartile that hangs on it is one too."),
    ]  # fmt: skip
    if inputs.compared:
        found.append(
            ("baseline.difference", "Standardised difference",
             "Difference of the means or shares, over the root of the mean of both variances; of a laboratory marker "
             f"on a log scale. It tests nothing. Below {BALANCED:g} groups are taken as alike; the rest is in bold."),
        )  # fmt: skip
    return tuple(found)


def _in_sentence(label: str) -> str:
    """A label inside a sentence: without its unit, and small unless it is an abbreviation."""
    name = label.split(",")[0]
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _of(variable: Variable, subjects: Sequence[str]) -> Variable:
    kept = set(subjects)
    return Variable(
        variable.id, variable.label, {s: v for s, v in variable.numbers.items() if s in kept},
        {s: v for s, v in variable.labels.items() if s in kept}, variable.levels, variable.skewed,
    )  # fmt: skip


class _Sheet:
    """Rows of variables over the groups; every number goes into the ledger on its way to the page."""

    def __init__(self, inputs: ClinicalInputs, ledger: Ledger, members: list[list[str]]) -> None:
        self._inputs, self._ledger, self._members = inputs, ledger, members
        self.differences: dict[str, float] = {}
        self.medians: dict[str, Range | None] = {}

    def rows(self, variable: Variable) -> list[Row]:
        made: list[Row] = []
        if variable.numbers:
            made += self._of_numbers(variable)
        if variable.labels:
            made += self._of_labels(variable)
        known = {*variable.numbers, *variable.labels}
        unknown = [[s for s in ids if s not in known] for ids in self._members]
        for group, ids in self._by_group(unknown):
            self._count(variable, "unknown", f"{variable.label}: not known", group, ids)
        if any(unknown) and not self._inputs.masked:
            made.append(Row("Not known", (*(count_cell(len(ids)) for ids in unknown), *self._blank()), 1))
        alone = variable.is_answer and not variable.numbers
        return made if alone else [Row(variable.label, kind="group"), *made]

    def _of_numbers(self, variable: Variable) -> Iterable[Row]:
        found = []
        for group, ids in self._by_group(self._members):
            own = {s: variable.numbers[s] for s in ids if s in variable.numbers}
            at = {name: quantile(list(own.values()), share) for share, name in _SHARES}
            for name, value in at.items():
                exact = value[0] if value is not None and value[0] == value[1] else None
                self._ledger.said(
                    self._inputs.number(f"baseline.{variable.id}.{name}", group), f"{variable.label}: {name}",
                    exact, own, method="quantile, type 7",
                )  # fmt: skip
            found.append(at)
        self.medians[variable.id] = found[0]["median"]
        difference = self._difference_of_means(variable)
        medians = [Cell(f"{range_text(at['median'])} ({pair_text(at['q1'], at['q3'])})" if at["median"] else words.DASH)
                   for at in found]  # fmt: skip
        ranges = [Cell(pair_text(at["least"], at["greatest"])) for at in found]
        yield Row("Median (quartiles)", (*medians, *difference), 1)
        yield Row("Range", (*ranges, *self._blank()), 1)

    def _of_labels(self, variable: Variable) -> Iterable[Row]:
        levels = [YES] if variable.is_answer else list(variable.levels)
        with_label = [[s for s in ids if s in variable.labels] for ids in self._members]
        for place, level in enumerate(levels):
            has = [[s for s in ids if variable.labels[s] == level] for ids in with_label]
            for group, ids in self._by_group(has):
                of = len(with_label[self._inputs.groups.index(group)])
                self._count(variable, slug(level), f"{variable.label}: {level}", group, ids, of)
            cells = [share_cell(len(ids), len(known), masked=self._inputs.masked)
                     for ids, known in zip(has, with_label, strict=True)]  # fmt: skip
            told = len(levels) != 2 or place == 1
            difference = (
                self._difference_of_shares(variable, level, has, with_label) if told else self._blank()
            )
            name = variable.label if variable.is_answer and not variable.numbers else words.upper_first(level)
            yield Row(name, (*cells, *difference), 0 if name == variable.label else 1)

    def _by_group(self, lists: Sequence[Sequence[str]]) -> Iterable[tuple[Group, Sequence[str]]]:
        return zip(self._inputs.groups, lists, strict=True)

    def _count(
        self,
        variable: Variable,
        what: str,
        text: str,
        group: Group,
        ids: Sequence[str],
        of: int | None = None,
    ) -> None:
        if not self._inputs.masked:
            self._ledger.count(self._inputs.number(f"baseline.{variable.id}.{what}", group), text, ids, of=of)

    @property
    def _compares(self) -> bool:
        return self._inputs.compared and len(self._members) == 2

    def _blank(self) -> tuple[Cell, ...]:
        return (Cell(""),) if self._compares else ()

    def _difference_of_means(self, variable: Variable) -> tuple[Cell, ...]:
        if not self._compares:
            return ()
        sides = [[float(variable.numbers[s].lo) for s in ids if s in variable.numbers and variable.numbers[s].is_exact]
                 for ids in self._members]  # fmt: skip
        if variable.skewed:
            sides = [[math.log10(value) for value in side if value > 0] for side in sides]
        return self._told(variable.id, variable.label, difference_of_means(sides[1], sides[0]))

    def _difference_of_shares(
        self, variable: Variable, level: str, has: list[list[str]], known: list[list[str]]
    ) -> tuple[Cell, ...]:
        if not self._compares:
            return ()
        found = difference_of_shares(len(has[1]), len(known[1]), len(has[0]), len(known[0]))
        return self._told(f"{variable.id}.{slug(level)}", f"{variable.label}: {level}", found)

    def _told(self, id_: str, text: str, difference: float | None) -> tuple[Cell, ...]:
        rows = [s for ids in self._members for s in ids]
        self._ledger.said(
            f"baseline.{id_}.difference", f"{text}, standardised difference", difference, rows,
            method="standardised difference",
        )  # fmt: skip
        if difference is None:
            return (Cell(words.DASH, "n zero"),)
        self.differences[id_] = difference
        text = f"{abs(difference):.2f}"
        return (Cell(text if difference >= 0 else f"{words.MINUS}{text}",
                     "n b" if abs(difference) >= BALANCED else "n"),)  # fmt: skip


def _exhibit(
    id_: str,
    title: str,
    variables: list[Variable],
    rows: dict[str, list[Row]],
    inputs: ClinicalInputs,
    members: list[list[str]],
    notes: tuple[str, ...],
) -> Exhibit:
    heads = [group.name if inputs.masked else f"{group.name}, n = {words.count(len(ids))}"
             for group, ids in zip(inputs.groups, members, strict=True)]  # fmt: skip
    if inputs.compared and len(members) == 2:
        heads.append("std. diff.")
    elif not inputs.compared:
        heads = [f"n = {words.count(len(members[0]))}"]
    table = Table(("characteristic", *heads), tuple(row for variable in variables for row in rows[variable.id]),
                  wide=inputs.compared)  # fmt: skip
    return make_exhibit(
        id_, title, "Treated patients at first dose.", {s for ids in members for s in ids}, "ADSL, DM, MH, CM, PR",
        "core.baseline_factors", "treated patients", empty="Nothing of this is recorded.",
        table=table if table.rows else None, notes=notes,
        definition="baseline.difference" if inputs.compared else "baseline",
    )  # fmt: skip


def _lead(
    inputs: ClinicalInputs, sheet: _Sheet, shown: list[Variable], everybody: list[str]
) -> tuple[str, str]:
    if inputs.masked:
        return "Treated patients at first dose.", " Groups are drawn by chance; sizes are left out."
    bold = f"{words.many(len(everybody), 'treated patient')}."
    if inputs.compared and not sheet.differences:
        return bold, " The groups cannot be held against each other: one of them is empty."
    if inputs.compared:
        far = sum(1 for value in sheet.differences.values() if abs(value) >= BALANCED)
        return bold, (
            f" {words.count(far)} of {words.count(len(sheet.differences))} standardised differences "
            f"{'is' if far == 1 else 'are'} {BALANCED:g} or more."
        )
    of = {variable.id: variable for variable in shown}
    said = []
    if sheet.medians.get("age"):
        said.append(f"median age {range_text(sheet.medians['age'])}")
    for id_, level, name in (("sex", "male", "men"), ("hbv", YES, "with hepatitis B")):
        labels = of[id_].labels if id_ in of else {}
        if len(labels) >= 5:
            k = sum(1 for label in labels.values() if label == level)
            said.append(
                f"{words.count(k)}/{words.count(len(labels))} · {percent_text(k, len(labels))} {name}"
            )
    if sheet.medians.get("marker"):
        unit = of["marker"].label.rpartition(", ")[2]
        short = inputs.protocol.checkpoints[0].test
        said.append(f"median {short} {range_text(sheet.medians['marker'])} {unit}")
    return bold, f" {words.upper_first('; '.join(said))}." if said else ""
