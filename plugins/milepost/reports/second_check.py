"""The headline estimates of a report held against programs that are not ours, and the section that says so.

Headlines: of each group survival and progression-free survival at the protocol's months, their medians and restricted
means, and the shares with response and disease control by the primary reading; in the closed report the hazard ratios
too, plain and stratified, and at a look the log-rank tests. A number here has the id it has in report.json.

Source: clinical specification, section 7.2 (the closed report states how its numbers were checked).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from milepost.core.group_response import Share
from milepost.core.group_survival import GroupEstimate
from milepost.core.number_agreement import TOLERANCE, Agreement, summarise_agreement
from milepost.core.second_programming import (
    LIFELINES,
    SCIPY,
    check_hazard_ratio,
    check_logrank,
    check_median,
    check_rates,
    check_restricted_mean,
    check_share,
)
from milepost.core.survival import median
from milepost.core.survival_data import DAYS_IN_MONTH
from milepost.core.survival_estimate import SurvivalEstimate
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.drawing import Exhibit
from milepost.reports.efficacy_estimates import ENDPOINTS, Efficacy
from milepost.reports.exhibits import make_exhibit
from milepost.reports.ledger import Ledger
from milepost.reports.proportions import FEWEST_FOR_PERCENT
from milepost.reports.second_check_table import agreement_table
from milepost.reports.section import Section

TOO_FEW: Final = f"fewer than {FEWEST_FOR_PERCENT} patients: the report shows no percentage"
MUST_NOT: Final = "This report must not be used for decisions until the difference is explained."
MOST_NAMED: Final = 8
_HALF = 1.5e-8  # a curve this near to one half runs along it


def check_headlines(inputs: ClinicalInputs, efficacy: Efficacy) -> tuple[Agreement, ...]:
    """Every headline estimate of this report computed a second time; what compares groups first.

    What compares groups is checked in the closed report alone, a test only where its p-value may be shown.
    """
    found: list[Agreement] = []
    if inputs.compared:
        for code in ENDPOINTS:
            found += _compared(inputs, code, efficacy)
    for code in ENDPOINTS:
        for group in inputs.groups:
            found += _of_group(inputs, code, group, efficacy.endpoints[code].of(group.id))
    for group in inputs.groups:
        found += _shares(inputs, group, efficacy)
    return tuple(found)


def banner(agreements: Sequence[Agreement]) -> str:
    """What stands above everything else in the report where numbers differ; nothing where all agree."""
    told = summarise_agreement(agreements)
    if not told.alarming:
        return ""
    named = "; ".join(told.apart[:MOST_NAMED])
    left = len(told.apart) - MOST_NAMED
    more = f"; and {words.count(left)} more" if left > 0 else ""
    verb = "differs" if len(told.apart) == 1 else "differ"
    return (
        f"{words.count(len(told.apart))} of {words.many(told.compared, 'number')} {verb} when another program computes "
        f"them: {named}{more}. {MUST_NOT}"
    )


def agreement_facts(agreements: Sequence[Agreement]) -> dict[str, Any]:
    """What report.json says of it: how many numbers were compared, how many could not be, the ids of those apart."""
    told = summarise_agreement(agreements)
    return {
        "compared": told.compared, "not_compared": told.not_compared, "apart": list(told.apart),
        "tolerance": f"{TOLERANCE:.5f}",
    }  # fmt: skip


def build_second_check(inputs: ClinicalInputs, agreements: Sequence[Agreement], ledger: Ledger) -> Section:
    """The section: how many numbers were computed twice, and each of them beside the second program's."""
    told = summarise_agreement(agreements)
    compared = [found.id for found in agreements if found.agrees is not None]
    treated = _treated(inputs)
    ledger.count("second.compared", "Numbers computed by a second program", compared)
    ledger.count("second.apart", "Numbers a second program gives differently", told.apart, of=told.compared)
    for found in agreements:
        if found.agrees is False and not inputs.masked:
            id_ = f"second.{found.id}".replace(", ", ".").replace(" ", "_")
            ledger.said(id_, f"{found.id}, by {found.program}", found.theirs, treated, method=found.program)
    return Section("second", "Programmed twice", _lead(agreements), (_exhibit(inputs, agreements, treated),))


def second_check_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """What is computed twice, by what, and when two numbers agree."""
    compared = (
        " Hazard ratios, and at a look the log-rank tests, plain and stratified by the protocol’s factors, too; "
        f"{LIFELINES} has no stratified test, so its event tables are used."
        if inputs.compared
        else ""
    )
    return (
        ("second", "Programmed twice",
         f"The headline estimates once more by programs that are not ours: times to event by {LIFELINES}, shares by "
         f"{SCIPY}.{compared} Two numbers agree when they differ by no more than {TOLERANCE:.5f} of the larger one. "
         "What the programs define otherwise is compared by the definition both know: where a curve runs along one "
         "half, its median is the first day there, not the middle of the stretch; a limit that only one defines is "
         "not compared. A difference raises a banner above the report and an alert."),
    )  # fmt: skip


def _of_group(inputs: ClinicalInputs, code: str, group: Group, one: GroupEstimate) -> Iterator[Agreement]:
    """Rates, median and restricted mean of one endpoint in one group."""
    rules = inputs.protocol.analysis

    def name(what: str) -> str:
        return inputs.number(f"survival.{code}.{what}", group)

    if 0 < one.curve.n < FEWEST_FOR_PERCENT:
        for month, rate in zip(rules.rate_months, one.rates, strict=True):
            yield _not_shown(name(f"rate.{month}"), rate.estimate.value, LIFELINES)
    else:
        names = {f"at {month * DAYS_IN_MONTH:g}": name(f"rate.{month}") for month in rules.rate_months}
        for found in check_rates("", one.rates, one.time, one.event):
            when, comma, limit = found.id.strip().partition(",")
            yield replace(found, id=f"{names[when]}{comma}{limit}")
    yield check_median(name("median"), _median(one), one.time, one.event)
    horizon = rules.mean_months * DAYS_IN_MONTH
    yield check_restricted_mean(name(f"mean.{rules.mean_months}"), one.mean, one.time, one.event, horizon)


def _median(one: GroupEstimate) -> SurvivalEstimate:
    """The median as shown; where the curve runs along one half, by the rule both programs know."""
    along = (np.abs(one.curve.survival - 0.5) <= _HALF).any()
    return median(one.curve, rule="first") if along else one.median


def _shares(inputs: ClinicalInputs, group: Group, efficacy: Efficacy) -> Iterator[Agreement]:
    """Response and disease control by the primary reading, as assessed and confirmed."""
    reading = next(reading for reading in efficacy.readings if reading.primary)
    best, confirmed = reading.best[group.id], reading.confirmed[group.id]
    shares: tuple[tuple[str, Share], ...] = (
        ("response.best.orr", best.response), ("response.best.dcr", best.control),
        ("response.confirmed.orr", confirmed.response), ("response.confirmed.dcr", confirmed.control),
    )  # fmt: skip
    for id_, share in shares:
        name = inputs.number(id_, group)
        if 0 < share.n < FEWEST_FOR_PERCENT:
            yield _not_shown(name, share.estimate.value, SCIPY)
        else:
            yield from check_share(name, share.estimate, share.k, share.n)


def _compared(inputs: ClinicalInputs, code: str, efficacy: Efficacy) -> Iterator[Agreement]:
    """What compares the two groups by one endpoint."""
    ours, endpoint = efficacy.comparisons[code], efficacy.endpoints[code]
    reference, comparison = (endpoint.of(id_) for id_ in efficacy.compared)
    time = np.concatenate([reference.time, comparison.time])
    event = np.concatenate([reference.event, comparison.event])
    group = [reference.group] * len(reference.subjects) + [comparison.group] * len(comparison.subjects)
    strata = _strata(inputs, efficacy, [*reference.subjects, *comparison.subjects])
    id_ = f"comparison.{code}"
    if inputs.tested:
        for name, test, layers in (
            ("logrank", ours.logrank, None), ("logrank.stratified", ours.stratified_logrank, strata),
        ):  # fmt: skip
            for found in check_logrank(f"{id_}.{name}", test, time, event, group, layers):
                yield replace(found, id=found.id.replace(", ", "."))
    pair = {"reference": reference.group, "comparison": comparison.group}
    yield from check_hazard_ratio(
        f"{id_}.hazard_ratio.unadjusted", ours.unadjusted, time, event, group, **pair
    )
    yield from check_hazard_ratio(
        f"{id_}.hazard_ratio.stratified", ours.stratified, time, event, group, strata=strata, **pair
    )


def _strata(inputs: ClinicalInputs, efficacy: Efficacy, subjects: list[str]) -> list[str | None]:
    """Each patient's stratum by the protocol's factors together, None where a factor is not known."""
    factors = list(inputs.protocol.analysis.stratify_by)
    labels = efficacy.factors.set_index("USUBJID")[factors].reindex(subjects)
    return [None if pd.isna(row).any() else "|".join(row) for row in labels.to_numpy(object)]


def _not_shown(id_: str, ours: float | None, program: str) -> Agreement:
    return Agreement(id_, ours, None, None, None, program, TOO_FEW)


def _lead(agreements: Sequence[Agreement]) -> tuple[str, str]:
    told = summarise_agreement(agreements)
    left = f" {words.many(told.not_compared, 'number')} could not be compared." if told.not_compared else ""
    if not told.compared:
        return "No number could be computed a second time.", ""
    if told.alarming:
        bold = (
            f"{words.count(len(told.apart))} of {words.many(told.compared, 'number')} computed twice differ"
        )
        return f"{bold if len(told.apart) > 1 else bold + 's'}.", f" {MUST_NOT}{left}"
    programs = sorted({found.program for found in agreements if found.agrees is not None})
    return (
        f"{words.many(told.compared, 'number')} computed twice, none differs.",
        f" The second time by {words.listed(programs)}, to within {TOLERANCE:.5f} of each.{left}",
    )


def _treated(inputs: ClinicalInputs) -> list[str]:
    everybody = frozenset().union(*(group.subjects for group in inputs.groups))
    return [str(one) for one in inputs.entry_lines["USUBJID"] if one in everybody]


def _exhibit(inputs: ClinicalInputs, agreements: Sequence[Agreement], treated: Sequence[str]) -> Exhibit:
    made = any(found.agrees is not None for found in agreements)
    reasons = sorted({found.reason for found in agreements if found.agrees is None and found.reason})
    why = f"Nothing to compare: {'; '.join(reasons)}." if reasons else "Nothing to compare."
    return make_exhibit(
        "second.numbers", "Two programs, one number",
        "Each headline estimate under its name in report.json, as this report and as the second program give it: "
        "times in days, shares as parts of one.",
        treated, "ADTTE, ADRS", "core.second_programming", "treated",
        table=agreement_table(agreements) if made and not inputs.masked else None, definition="second",
        empty="Numbers by group are left out of the dry run." if made else why,
    )  # fmt: skip
