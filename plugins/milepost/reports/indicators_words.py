"""What an indicator is called, its limit and its values, in the study's own numbers."""

from __future__ import annotations

from decimal import Decimal

from milepost.core.site_indicators import Indicator, limit_of
from milepost.protocol import IndicatorRules, StudyProtocol
from milepost.reports import words
from milepost.reports.population_words import measured, percent_text
from milepost.reports.proportions import FEWEST_FOR_PERCENT

_HOURS_SHOWN = 72  # longer times are told in days


def label_of(indicator: Indicator, protocol: StudyProtocol) -> str:
    """The name of an indicator, with the days the protocol names."""
    rules, rule = protocol.indicators, protocol.checkpoints[0]
    test = rule.test
    return {
        "marker_owed": f"{test} sample overdue or missed",
        "marker_off_target": f"{test} sample over {rules.target_days} days from day {rule.target_day}",
        "marker_no_baseline": f"No valid baseline {test}",
        "queries_old": f"Question open for more than {rules.query_age_days} days",
    }.get(indicator.id, indicator.label)


def limit_text(indicator: Indicator, rules: IndicatorRules) -> str:
    """From when on it is marked: over 10 %, over 24 h, any, beyond 2 SD."""
    limit = limit_of(indicator.id, rules)
    far = words.amount(rules.outlier_z)
    if limit is None:
        return f"beyond {far} SD" if indicator.test == "few or many" else f"over {far} SD"
    if indicator.test == "any":
        return "any"
    if indicator.kind == "median":
        return f"over {limit:g} {'h' if indicator.id == 'sae_hours' else 'days'}"
    return f"over {words.amount(Decimal(str(limit)) * 100)}{words.THIN}%"


def value_text(indicator: Indicator, value: float | None, count: int, of: float) -> str:
    """3/22 · 18.2 %; 67/96.8 · 0.69; 34.8 d, n = 4. A dash where there is nothing to count."""
    if value is None:
        return words.DASH
    if indicator.kind == "median":
        return f"{_time(indicator, value)},\u00a0n\u00a0=\u00a0{words.count(int(of))}"
    if indicator.kind == "rate":
        return f"{words.count(count)}/{measured(of)}\u00a0·\u00a0{value:.2f}"
    fraction = f"{words.count(count)}/{words.count(int(of))}"
    if of < FEWEST_FOR_PERCENT:
        return fraction
    return f"{fraction}\u00a0·\u00a0{percent_text(count, int(of))}"


def _time(indicator: Indicator, number: float) -> str:
    if indicator.id != "sae_hours":
        return f"{measured(number)}\u00a0d"
    return f"{measured(number)}\u00a0h" if number < _HOURS_SHOWN else f"{measured(number / 24)}\u00a0d"
