"""Interim monitoring: looks, bounds, outlook, harm and Bayesian rules. Closed report only; tested at looks alone.

Between looks the section says how much information there is and when the next look is due, and nothing else. Groups
are coded: what holds for the experimental one is said for either. Source: clinical specification section 7.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.core.bayesian_monitoring import ToxicityRule, chance_above, judge_toxicity, posterior
from milepost.core.group_survival import EndpointComparison
from milepost.core.interim_monitoring import HeldLook, LookState, Monitoring, monitor, z_of
from milepost.core.limits import Chance, Estimate
from milepost.protocol import InterimRules
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group, of_group
from milepost.reports.drawing import Exhibit
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.exhibits import make_exhibit
from milepost.reports.ledger import Ledger
from milepost.reports.monitoring_figure import bound_figures
from milepost.reports.monitoring_harm import build_harm, deaths_of
from milepost.reports.monitoring_words import (
    beta_text,
    chance_text,
    number_text,
    p_text,
    share_text,
    signed_text,
)
from milepost.reports.section import Cell, Row, Section, Table, count_cell

STATES = {"HELD": "held", "NOW": "held with this report", "AHEAD": "ahead"}
SEVERE = 3


@dataclass(frozen=True)
class Looks:
    """The looks held before, as their reports say, and the number of the one being held; None between looks."""

    held: tuple[HeldLook, ...] = ()
    now: int | None = None


def looked_at(inputs: ClinicalInputs, efficacy: Efficacy, looks: Looks) -> Monitoring:
    """The state of the looks; Z only where one is held now."""
    rules = inputs.protocol.analysis.interim
    comparison = efficacy.comparisons[rules.endpoint]
    sizes = [len(efficacy.groups[group.id]) for group in inputs.groups[:2]]
    return monitor(
        rules, events=events_of(efficacy, rules), held=looks.held, look=looks.now,
        z=z_of(comparison.stratified_logrank) if looks.now else None, share=sizes[1] / max(1, sum(sizes)),
    )  # fmt: skip


def events_of(efficacy: Efficacy, rules: InterimRules) -> int:
    """The information so far: events of the endpoint in both groups."""
    return sum(len(group.had_event) for group in efficacy.endpoints[rules.endpoint].groups)


def build_monitoring(inputs: ClinicalInputs, ledger: Ledger, efficacy: Efficacy, looks: Looks) -> Section:
    """The section. Raises nothing where the protocol names no looks: it says so."""
    rules = inputs.protocol.analysis.interim
    if rules.planned_events is None or not rules.looks:
        return Section(
            "monitoring", "Interim monitoring", ("The protocol names no look.", " Nothing is tested."), ()
        )
    found = looked_at(inputs, efficacy, looks)
    endpoint = efficacy.endpoints[rules.endpoint]
    had = [subject for group in endpoint.groups for subject in group.had_event]
    ledger.count("monitoring.events", f"Events of {rules.endpoint}", had, of=found.planned, followed=True)
    exhibits = [_looks(found, rules, had, ledger)]
    if looks.now is not None:
        comparison = efficacy.comparisons[rules.endpoint]
        exhibits += [_outlook(inputs, found, had, ledger)] if found.outlooks else []
        held = [look for look in looks.held if look.number < looks.now]
        exhibits += [build_harm(rules, efficacy, found, held, ledger)]
        exhibits += [_response(inputs, efficacy, ledger), _toxicity(inputs, ledger)]
        _enter_tests(found, comparison, had, ledger)
    return Section("monitoring", "Interim monitoring", _lead(found, looks), tuple(exhibits))


def _lead(found: Monitoring, looks: Looks) -> tuple[str, str]:
    bold = f"{words.count(found.events)} of {words.count(found.planned)} planned events, {share_text(found.fraction)}."
    if looks.now is None:
        ahead = next((look for look in found.looks if look.state == "AHEAD"), None)
        if ahead is None:
            return bold, " Every look was held; nothing more is tested."
        needed = math.ceil(ahead.planned * found.planned - 1e-9)
        return (
            bold,
            f" Nothing is tested in this report. Look {ahead.number} is due at {words.many(needed, 'event')}.",
        )
    now = found.looks[looks.now - 1]
    return bold, f" Look {looks.now} of {len(found.looks)}: {_result(now)}"


def _result(look: LookState) -> str:
    if look.z is None:
        return "there is no test statistic."
    if look.bound is None:
        return f"no bound: {look.reason}."
    if look.crossed:
        return f"the bound is crossed in favour of {'AB'[look.crossed - 1]}."
    return "no bound is crossed."


def _looks(found: Monitoring, rules: InterimRules, had: Sequence[str], ledger: Ledger) -> Exhibit:
    rows = []
    for look in found.looks:
        rows.append(Row(f"Look {look.number}", (
            Cell(share_text(look.planned)), Cell(share_text(look.fraction) if look.state != "AHEAD" else words.DASH),
            Cell(number_text(look.bound, 3, "± ")), Cell(p_text(look.nominal_p)), Cell(signed_text(look.z)),
            Cell(STATES[look.state] + (f"; {_result(look)}" if look.state != "AHEAD" else ""), ""),
        )))  # fmt: skip
        ledger.said(f"monitoring.look{look.number}.bound", f"Bound of look {look.number}, Z", look.bound, had,
                    method=found.method)  # fmt: skip
    head = ("", "planned at", "held at", "bound, Z", "nominal p, one-sided", "Z", "state")
    return make_exhibit(
        "monitoring.looks", "Looks and their bounds",
        f"{found.method}. Z is positive where events come later in B; above the bound is in favour of B, below its "
        "negative of A. Bounds of looks that were held follow the information really there.",
        had, f"ADTTE {rules.endpoint}, protocol.toml [analysis.interim]", "analysis.interim", "events so far",
        bound_figures(found), table=Table(head, tuple(rows), wide=True, textual=(5,)),
    )  # fmt: skip


def _outlook(inputs: ClinicalInputs, found: Monitoring, had: Sequence[str], ledger: Ledger) -> Exhibit:
    assert found.outlooks is not None
    rules = inputs.protocol.analysis.interim
    rows = []
    for group, outlook in zip(("B", "A"), found.outlooks, strict=True):
        said = {
            "design": outlook.design,
            "trend": outlook.trend,
            "null": outlook.null,
            "predictive": outlook.predictive,
        }
        for name, chance in said.items():
            ledger.said(f"monitoring.power.{name}.{group}", f"{chance.method}, if {group} is the experimental group",
                        chance.value, had, method=chance.method)  # fmt: skip
        futile = "not known" if outlook.futile is None else "suggested" if outlook.futile else "not suggested"
        cells = [*(Cell(chance_text(chance)) for chance in said.values()), Cell(number_text(outlook.futility_bound, 2)),
                 Cell(f"{futile} (below {share_text(outlook.futile_below)}; not binding)", "")]  # fmt: skip
        rows.append(Row(f"If {group} is the experimental group", tuple(cells)))
    head = ("", f"as planned, ratio {rules.design_hazard_ratio:g}", "as the trend so far", "no effect from now on",
            "predictive power", "futility bound, Z", "stopping for futility")  # fmt: skip
    return make_exhibit(
        "monitoring.outlook", "Chance to cross the last bound",
        "Conditional power under three assumptions, and predictive power with a flat prior. For either group being the "
        "experimental one, so that the code stays closed.",
        had, "ADTTE, protocol.toml [analysis.interim]", "analysis.interim", "events so far",
        table=Table(head, tuple(rows), wide=True, textual=(5,)),
    )  # fmt: skip


def _response(inputs: ClinicalInputs, efficacy: Efficacy, ledger: Ledger) -> Exhibit:
    rules = inputs.protocol.analysis.interim
    primary = next((reading for reading in efficacy.readings if reading.primary), None)
    rows, counted = [], []
    for group in inputs.groups:
        share = primary.best[group.id].response if primary else None
        k, n = (len(share.having), len(share.of)) if share else (0, 0)
        mean = posterior(k, n, prior=rules.response_prior)
        chance = chance_above(k, n, rules.response_share, prior=rules.response_prior)
        counted += list(share.of) if share else []
        rows.append(_beta_row(inputs, group, k, n, mean, chance, ""))
        ledger.said(f"monitoring.response.{group.id}", f"{chance.method}, response, {group.name}", chance.value,
                    share.of if share else (), method=chance.method)  # fmt: skip
    head = (
        "",
        "responders / N",
        "posterior mean (95 % credible)",
        f"chance above {share_text(rules.response_share)}",
        "",
    )
    return make_exhibit(
        "monitoring.response", "Response, Bayesian", f"Best response, prior {beta_text(rules.response_prior)}.",
        counted, "ADRS", "analysis.interim.response_prior", "measurable disease",
        table=Table(head, tuple(rows), textual=(3,)),
    )  # fmt: skip


def _toxicity(inputs: ClinicalInputs, ledger: Ledger) -> Exhibit:
    """Patients with a severe related event among the treated, and whether it is too often."""
    rules = inputs.protocol.analysis.interim
    rule = ToxicityRule(rules.toxicity_share, rules.toxicity_certainty, rules.toxicity_prior)
    events = inputs.of_entry(inputs.frames.adae)
    grave = events[
        events["TRTEMFL"].eq("Y") & events["AREL"].eq("Y") & (pd.to_numeric(events["ATOXGRN"]) >= SEVERE)
    ]
    treated = inputs.entry_lines
    rows, counted = [], []
    for group in inputs.groups:
        of, having = of_group(treated, group)["USUBJID"], of_group(grave, group)["USUBJID"].drop_duplicates()
        verdict = judge_toxicity(len(having), len(of), rule)
        mean = posterior(len(having), len(of), prior=rules.toxicity_prior)
        counted += list(of)
        limit = (
            ""
            if verdict.limit is None
            else f"told from {words.count(verdict.limit)} of {words.count(len(of))}"
        )
        told = {None: "not known", True: "too often", False: "not told"}[verdict.stop]
        rows.append(
            _beta_row(
                inputs, group, len(having), len(of), mean, verdict.chance, f"{told}; {limit}".rstrip("; ")
            )
        )
        ledger.said(f"monitoring.toxicity.{group.id}", f"{verdict.chance.method}, severe related event, {group.name}",
                    verdict.chance.value, having, method=verdict.chance.method)  # fmt: skip
    head = ("", "patients / treated", "posterior mean (95 % credible)",
            f"chance above {share_text(rules.toxicity_share)}", "rule")  # fmt: skip
    return make_exhibit(
        "monitoring.toxicity", "Severe related events, Bayesian",
        f"Treatment-emergent on the line of entry, related, grade {SEVERE} or more. Prior "
        f"{beta_text(rules.toxicity_prior)}; told where the chance is above {share_text(rules.toxicity_certainty)}.",
        counted, "ADAE", "analysis.interim.toxicity_prior", "treated", table=Table(head, tuple(rows), textual=(3,)),
    )  # fmt: skip


def _beta_row(
    inputs: ClinicalInputs, group: Group, k: int, n: int, mean: Estimate, chance: Chance, told: str
) -> Row:
    if not n:
        return Row(group.name, (Cell("no patient"), Cell(words.DASH), Cell(words.DASH), Cell("", "")))
    if mean.value is None or mean.lo is None or mean.hi is None:
        return Row(
            group.name, (count_cell(None), Cell(mean.reason or words.DASH), Cell(words.DASH), Cell(told, ""))
        )
    interval = f"{100 * mean.value:.1f} ({100 * mean.lo:.1f}–{100 * mean.hi:.1f}){words.THIN}%"
    counted = words.DASH if inputs.masked else f"{words.count(k)}/{words.count(n)}"
    return Row(group.name, (Cell(counted), Cell(interval), Cell(chance_text(chance)), Cell(told, "")))


def _enter_tests(
    found: Monitoring, comparison: EndpointComparison, had: Sequence[str], ledger: Ledger
) -> None:
    now = next(look for look in found.looks if look.state == "NOW")
    ledger.said("monitoring.z", "Z, stratified log-rank, positive in favour of B", now.z, had,
                method=comparison.stratified_logrank.method)  # fmt: skip
    ledger.said("monitoring.fraction", "Information fraction", now.fraction, had)


def held_look(found: Monitoring, looks: Looks, efficacy: Efficacy) -> dict[str, Any] | None:
    """What the closed report keeps of the look it held, so that later looks stand on it."""
    if looks.now is None:
        return None
    now = found.looks[looks.now - 1]
    said = {"number": now.number, "fraction": now.fraction, "events": found.events, "z": now.z}
    return said | {"deaths": len(deaths_of(efficacy))}
