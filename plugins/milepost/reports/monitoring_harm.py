"""Survival as a safety endpoint at the looks, by the deaths there are, whatever the endpoint of the looks is.

Groups are coded: what holds for the experimental one is said for either. Source: clinical specification section 7.3.
"""

from __future__ import annotations

from collections.abc import Sequence

from milepost.core.interim_harm import Harm, death_fractions, judge_harm
from milepost.core.interim_monitoring import HeldLook, Monitoring, z_of
from milepost.core.survival_estimate import SurvivalEstimate
from milepost.protocol import InterimRules
from milepost.reports import words
from milepost.reports.drawing import Exhibit
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.exhibits import make_exhibit
from milepost.reports.ledger import Ledger
from milepost.reports.monitoring_words import chance_text, number_text, share_text, signed_text
from milepost.reports.section import Cell, Row, Table


def deaths_of(efficacy: Efficacy) -> list[str]:
    """The patients of both groups who died: the information on harm, whatever the endpoint is."""
    return [subject for group in efficacy.endpoints["OS"].groups for subject in group.had_event]


def build_harm(
    rules: InterimRules, efficacy: Efficacy, found: Monitoring, held: Sequence[HeldLook], ledger: Ledger
) -> Exhibit:
    """Survival as a safety endpoint, for either group being the experimental one."""
    comparison = efficacy.comparisons["OS"]
    z, ratio = z_of(comparison.stratified_logrank), comparison.stratified
    deaths = deaths_of(efficacy)
    fractions, last = _fractions(rules, found, held, len(deaths)), found.looks[-1].state != "AHEAD"
    rows = []
    for group, own_z, own in (("B", z, ratio), ("A", _minus(z), _turned(ratio))):
        harm = judge_harm(own_z, fractions, own, harm_alpha=rules.harm_alpha, last=last)
        told = (
            "not known"
            if harm.crossed is None
            else "crossed: look at survival and safety"
            if harm.crossed
            else "no"
        )
        bound = harm.look.bound if harm.look else None
        rows.append(Row(f"If {group} is the experimental group", (
            Cell(number_text(_minus(bound), 3)), Cell(signed_text(own_z)), Cell(number_text(harm.ratio_bound, 2)),
            Cell(chance_text(harm.worse)), Cell(told if harm.reason is None else f"{told}: {harm.reason}", ""),
        )))  # fmt: skip
        ledger.said(f"monitoring.harm.{group}", f"{harm.worse.method}, if {group} is the experimental group",
                    harm.worse.value, deaths, method=_harm_method(harm))  # fmt: skip
    head = ("", "bound, Z", "Z", "ratio at the bound", "chance that the ratio is above 1", "bound for harm")
    return make_exhibit(
        "monitoring.harm", "Survival as a safety endpoint",
        f"{_deaths_said(rules, found, len(deaths))} One-sided error {rules.harm_alpha:g} spent in the wrong direction. "
        "Not binding: who crosses it looks at survival and safety together.",
        deaths, "ADTTE OS", "analysis.interim.harm_alpha", "deaths so far",
        table=Table(head, tuple(rows), wide=True, textual=(4,)),
    )  # fmt: skip


def _fractions(
    rules: InterimRules, found: Monitoring, held: Sequence[HeldLook], deaths: int
) -> Sequence[float]:
    """The information on survival at the looks so far: that of the looks where survival is their endpoint."""
    if rules.endpoint == "OS":
        return [look.fraction for look in found.looks if look.state != "AHEAD"]
    before = [look.deaths for look in held]
    return death_fractions([*before, deaths], rules.planned_deaths)


def _deaths_said(rules: InterimRules, found: Monitoring, deaths: int) -> str:
    planned = found.planned if rules.endpoint == "OS" else rules.planned_deaths
    if planned is None:
        return f"{words.many(deaths, 'death')}; protocol.toml [analysis.interim] planned_deaths is missing."
    return f"{words.count(deaths)} of {words.many(planned, 'planned death')}, {share_text(deaths / planned)}."


def _turned(ratio: SurvivalEstimate) -> SurvivalEstimate:
    """The ratio of the other group against this one."""

    def of(value: float | None) -> float | None:
        return 1 / value if value else None

    return SurvivalEstimate(of(ratio.value), of(ratio.hi), of(ratio.lo), ratio.level, ratio.n, ratio.method,
                            ratio.reason, ratio.events, ratio.se, ratio.p, ratio.caution)  # fmt: skip


def _harm_method(harm: Harm) -> str:
    return f"{harm.worse.method}; bound: {harm.bounds.method}"


def _minus(value: float | None) -> float | None:
    return None if value is None else -value
