"""Tables of the comparison of groups: tests and means, differences of rates, balance before and after weighting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from milepost.core.group_response import Share, SharesCompared
from milepost.core.group_survival import EndpointComparison, Weighting
from milepost.core.limits import Significance
from milepost.core.propensity import BALANCED, Balance
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import HALF, PHONE, Figure, Mark, dot, label, line, scale
from milepost.reports.efficacy_words import (
    difference_in_months,
    difference_in_points,
    p_text,
    percent_of,
    share_rate,
    widest,
)
from milepost.reports.ledger import ten_digits
from milepost.reports.section import Cell, Row, Table

_ROW = 26.0


def tests_table(inputs: ClinicalInputs, told: Sequence[tuple[str, EndpointComparison]], strata: str) -> Table:
    """Difference of restricted means; at a look of the protocol the tests too."""
    months = inputs.protocol.analysis.mean_months
    rows = [
        Row(f"Difference of mean months without the event, to {months} months",
            tuple(Cell(difference_in_months(one.means.difference)) for _, one in told)),
    ]  # fmt: skip
    if inputs.tested:
        rows += [
            Row("Log-rank test, p", tuple(Cell(p_text(one.logrank.test)) for _, one in told)),
            Row(
                f"Log-rank test{strata}, p",
                tuple(Cell(p_text(one.stratified_logrank.test)) for _, one in told),
            ),
            Row("No difference of means, p", tuple(Cell(_mean_p(one)) for _, one in told)),
            Row("Proportional hazards, p", tuple(Cell(p_text(one.proportionality)) for _, one in told)),
        ]
    return Table(("Estimate or test", *(name for name, _ in told)), tuple(rows), wide=True)


def rates_table(inputs: ClinicalInputs, told: Sequence[tuple[str, Share, Share, SharesCompared]]) -> Table:
    """Rates of both groups and their difference by two methods; at a look of the protocol two tests."""
    reference, comparison = inputs.groups[:2]
    head = ["Rate", comparison.name, reference.name, "difference, points (Newcombe)", "(Miettinen–Nurminen)"]
    if inputs.tested:
        head += ["p, Fisher’s exact test", "p, chi-square test"]
    rows = []
    for name, ours, theirs, compared in told:
        cells = [_share(inputs, ours), _share(inputs, theirs)]
        cells += [difference_in_points(compared.newcombe), difference_in_points(compared.miettinen_nurminen)]
        if inputs.tested:
            cells += [p_text(compared.fisher), p_text(compared.chi_square)]
        rows.append(Row(name, tuple(Cell(text) for text in cells)))
    return Table(tuple(head), tuple(rows), wide=True)


def balance_table(inputs: ClinicalInputs, weighting: Weighting, labels: Mapping[str, str]) -> Table:
    """Share of each level in either group, and the standardised difference before and after weighting."""
    reference, comparison = inputs.groups[:2]
    rows = tuple(
        Row(balance_name(one, labels), (
            Cell(percent_of(one.comparison)), Cell(percent_of(one.reference)),
            Cell(difference_words(one.before)), Cell(difference_words(one.after)),
        ))
        for one in weighting.propensity.balance
    )  # fmt: skip
    return Table(("Factor", comparison.name, reference.name, "before", "after"), rows, wide=True)


def balance_figures(weighting: Weighting, labels: Mapping[str, str]) -> tuple[Figure, ...]:
    """Standardised differences without their sign: hollow before weighting, filled after; dashed at 0.1."""
    rows = weighting.propensity.balance
    if not rows:
        return ()
    spoken = "; ".join(
        f"{balance_name(one, labels)} {difference_words(one.before)} before, {difference_words(one.after)} after"
        for one in rows
    )
    sentence = f"Standardised differences before and after weighting. {spoken}."
    height = round(30 + _ROW * len(rows) + 44)
    return tuple(
        Figure(width, height, sentence, tuple(_love(rows, labels, width)), size)
        for width, size in ((HALF, "wide"), (PHONE, "phone"))
    )


def balance_name(one: Balance, labels: Mapping[str, str]) -> str:
    """Line of therapy: second line."""
    name = labels[one.covariate]
    return name if one.level is None else f"{name}: {one.level}"


def difference_words(number: float | None) -> str:
    """0.28, without sign; a dash where neither group varies."""
    digits = None if number is None else ten_digits(abs(number))
    return words.DASH if digits is None else f"{digits.quantize(Decimal('0.01')):f}"


def _love(rows: Sequence[Balance], labels: Mapping[str, str], width: int) -> list[Mark]:
    values = [abs(v) for one in rows for v in (one.before, one.after) if v is not None]
    most = max([0.3, *values])
    last = 0.1 * (int(most / 0.1) + 1)
    names = [balance_name(one, labels) for one in rows]
    start = min(widest(names) + 12, 0.56 * width)
    x, base = scale(0, last, start, width - 14), 30 + _ROW * len(rows)
    marks = [label(start, 14, "○ before   ● after weighting", "w-muted small")]
    step = 0.1 if last <= 0.65 else 0.2 if last <= 1.3 else 0.5
    ticks = [step * i for i in range(int(last / step + 1e-9) + 1)]
    for tick in ticks:
        marks.append(line(x(tick), 24, x(tick), base, "axis" if tick == 0 else "grid"))
        marks.append(label(x(tick), base + 17, f"{tick:g}" if tick else "0", "tick", anchor="middle"))
    marks.append(line(x(BALANCED), 24, x(BALANCED), base, "rule"))
    for i, one in enumerate(rows):
        y = 30 + _ROW * (i + 0.5)
        marks.append(label(0, y + 4.5, names[i], "small"))
        before, after = one.before, one.after
        if before is not None and after is not None:
            marks.append(line(x(abs(before)), y, x(abs(after)), y, "lead-line"))
        if before is not None:
            marks.append(dot(x(abs(before)), y, 4.2, "eff-dot eff-b"))
        if after is not None:
            marks.append(dot(x(abs(after)), y, 4.2, "eff-dot"))
    marks.append(label(start, base + 36, "standardised difference", "w-muted small"))
    return marks


def _share(inputs: ClinicalInputs, share: Share) -> str:
    rate = share_rate(share)
    if not rate.n:
        return rate.text
    percent = rate.text.split(" (")[0]
    return percent if inputs.masked else f"{rate.fraction} · {percent}"


def _mean_p(one: EndpointComparison) -> str:
    found = one.means.difference
    return p_text(Significance(found.p, None, None, found.n, found.method, found.reason))
