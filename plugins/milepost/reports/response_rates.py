"""Response and disease control with their exact intervals, by each reader and criteria."""

from __future__ import annotations

from milepost.core.group_response import Reading, Share
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import WIDE, Figure
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.efficacy_words import share_rate
from milepost.reports.interval_rows import IntervalRow, interval_figures, percent_axis
from milepost.reports.proportions import FEWEST_FOR_PERCENT, Rate
from milepost.reports.response_table import reading_name

_LOOKS = ("eff-dot", "eff-dot eff-b", "eff-dot")


def rate_figures(inputs: ClinicalInputs, found: Efficacy) -> tuple[Figure, ...]:
    """A dot and interval for each reading and group; no figure where nobody is treated."""
    if not found.treated:
        return ()
    rows: list[IntervalRow] = []
    spoken = []
    for heading, confirmed_too in (("Response (CR or PR)", True), ("Disease control", False)):
        rows.append(IntervalRow(heading, kind="group"))
        for reading in found.readings:
            for suffix, shares in _shares(reading, confirmed_too):
                for group, look in zip(inputs.groups, _LOOKS, strict=False):
                    name = f"{reading_name(reading)}{suffix}"
                    name += f", {group.name}" if inputs.compared else ""
                    rate = share_rate(shares[group.id])
                    rows.append(_row(name, rate, look, masked=inputs.masked))
                    spoken.append(f"{heading}, {name}: {rows[-1].shown}")
    return interval_figures(
        rows, percent_axis("exact 95 % interval"), f"Rates of patients. {'; '.join(spoken)}.",
        width=WIDE, name=350 if inputs.compared else 290, shown=220,
    )  # fmt: skip


def rate_words(rate: Rate, *, masked: bool) -> str:
    """10/151 · 6.6 % (3.2–11.8 %); without counts in the dry run."""
    return rate.text if masked else rate.said


def _shares(reading: Reading, confirmed_too: bool) -> list[tuple[str, dict[str, Share]]]:
    if not confirmed_too:
        return [("", {id_: one.control for id_, one in reading.best.items()})]
    return [
        ("", {id_: one.response for id_, one in reading.best.items()}),
        (", confirmed", {id_: one.response for id_, one in reading.confirmed.items()}),
    ]


def _row(name: str, rate: Rate, look: str, *, masked: bool) -> IntervalRow:
    few = rate.n < FEWEST_FOR_PERCENT
    value, low, high = (
        None if few or number is None else float(number) for number in (rate.percent, rate.low, rate.high)
    )
    return IntervalRow(name, rate_words(rate, masked=masked), value, low, high, look=look)
