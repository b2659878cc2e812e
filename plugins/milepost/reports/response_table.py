"""The table of best responses: by reader and criteria, as assessed and confirmed, with both rates."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.core.group_response import BestResponses, Reading, Share
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.efficacy_words import percent_of, share_rate
from milepost.reports.proportions import FEWEST_FOR_PERCENT
from milepost.reports.section import Cell, Row, Table

RESPONSES = {
    "CR": "Complete response (CR)",
    "PR": "Partial response (PR)",
    "SD": "Stable disease (SD)",
    "NON-CR/NON-PD": "Neither complete response nor progression, no target lesion",
    "PD": "Progression (PD)",
    "NED": "No disease",
    "NE": "Not assessed yet or not evaluable (NE)",
}
_READERS = {"INVESTIGATOR": "Investigator", "INDEPENDENT ASSESSOR": "Independent assessor"}
_ALWAYS = ("CR", "PR", "SD", "PD", "NE")


def reading_name(reading: Reading) -> str:
    """Investigator, RECIST 1.1."""
    return f"{_READERS.get(reading.reader, words.upper_first(reading.reader.lower()))}, {reading.criteria}"


def best_response_table(inputs: ClinicalInputs, readings: Sequence[Reading]) -> Table:
    """One block a reading in the closed report, one pair of columns a reading in the open one."""
    if inputs.compared:
        spans = tuple((group.name, 2) for group in inputs.groups)
        rows = []
        for reading in readings:
            pairs = [(reading.best[group.id], reading.confirmed[group.id]) for group in inputs.groups]
            rows += [
                Row(reading_name(reading), kind="group"),
                *_rows(inputs, [one for pair in pairs for one in pair]),
            ]
        return Table(
            ("Response", *("best", "confirmed") * len(inputs.groups)), tuple(rows), spans=spans, wide=True
        )
    (group,) = inputs.groups
    columns = [one for reading in readings for one in (reading.best[group.id], reading.confirmed[group.id])]
    return Table(
        ("Response", *("best", "confirmed") * len(readings)), tuple(_rows(inputs, columns)),
        spans=tuple((reading_name(reading), 2) for reading in readings), wide=True,
    )  # fmt: skip


def _rows(inputs: ClinicalInputs, columns: Sequence[BestResponses]) -> list[Row]:
    shown = [name for name in RESPONSES if name in _ALWAYS or any(one.best[name] for one in columns)]
    counted = [Row("Treated", tuple(Cell(words.count(len(one.treated))) for one in columns))]
    with_disease = [
        Row("Measurable disease, or not known", tuple(Cell(words.count(one.response.n)) for one in columns))
    ]
    if inputs.masked:
        counted, with_disease = [], []
    return [
        *counted,
        *(
            Row(RESPONSES[name], tuple(_part(inputs, one, name) for one in columns), level=1)
            for name in shown
        ),
        *with_disease,
        *_rate_rows(inputs, "Response (CR or PR)", [one.response for one in columns]),
        *_rate_rows(inputs, "Disease control", [one.control for one in columns]),
    ]


def _part(inputs: ClinicalInputs, one: BestResponses, name: str) -> Cell:
    k, n = len(one.best[name]), len(one.treated)
    share = percent_of(k / n) if n >= FEWEST_FOR_PERCENT else ""
    if inputs.masked:
        return Cell(share or words.DASH)
    return Cell(f"{words.count(k)} ({share})" if share and k else words.count(k), "n" if k else "n zero")


def _rate_rows(inputs: ClinicalInputs, name: str, shares: Sequence[Share]) -> list[Row]:
    rates = [share_rate(share) for share in shares]
    fractions = [] if inputs.masked else [Row(name, tuple(Cell(rate.fraction) for rate in rates), kind="sum")]
    percents = tuple(Cell(rate.text) for rate in rates)
    return [
        *fractions,
        Row(name if inputs.masked else "share, 95 % interval", percents, level=0 if inputs.masked else 1),
    ]
