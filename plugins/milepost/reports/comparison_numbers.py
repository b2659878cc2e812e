"""The numbers of the comparison of groups on their way into the ledger of the closed report."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.core.group_response import Share, SharesCompared
from milepost.core.limits import Significance
from milepost.core.subgroups import Subgroups
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.efficacy_estimates import ENDPOINTS, Efficacy
from milepost.reports.efficacy_numbers import GroupNumbers


def enter_comparison(
    inputs: ClinicalInputs,
    numbers: GroupNumbers,
    found: Efficacy,
    rates: Sequence[tuple[str, str, Share, Share, SharesCompared]],
) -> None:
    """Every ratio, difference and, at a look of the protocol, p-value, once."""
    everybody = sorted(found.treated)
    for code in ENDPOINTS:
        one, id_ = found.comparisons[code], f"comparison.{code}"
        estimates = {"unadjusted": one.unadjusted, "stratified": one.stratified, "adjusted": one.adjusted}
        if one.weighted is not None:
            estimates["weighted"] = one.weighted
        for name, estimate in estimates.items():
            numbers.compared(
                f"{id_}.hazard_ratio.{name}", f"{code}: hazard ratio, {name}", estimate, everybody
            )
            if inputs.tested and name != "unadjusted":
                p = Significance(
                    estimate.p, None, None, estimate.n, f"Wald test, {estimate.method}", estimate.reason
                )
                numbers.p(
                    f"{id_}.hazard_ratio.{name}.p", f"{code}: p of the hazard ratio, {name}", p, everybody
                )
        difference = one.means.difference
        numbers.compared(
            f"{id_}.mean_difference", f"{code}: difference of restricted means", difference, everybody, "days"
        )
        if inputs.tested:
            tests = {
                "logrank": one.logrank.test, "logrank.stratified": one.stratified_logrank.test,
                "proportional_hazards": one.proportionality,
                "hazard_ratio.unadjusted": Significance(
                    one.unadjusted.p, None, None, one.unadjusted.n, f"Wald test, {one.unadjusted.method}"
                ),
                "mean_difference": Significance(difference.p, None, None, difference.n, difference.method),
            }  # fmt: skip
            for name, test in tests.items():
                numbers.p(f"{id_}.{name}.p", f"{code}: p, {test.method}", test, everybody)
        _enter_subgroups(inputs, numbers, one.subgroups, f"{id_}.subgroup", code, found)
    for id_, name, ours, theirs, compared in rates:
        rows = (*ours.of, *theirs.of)
        numbers.compared(f"comparison.{id_}.newcombe", f"{name}: difference", compared.newcombe, rows)
        numbers.compared(
            f"comparison.{id_}.miettinen_nurminen", f"{name}: difference", compared.miettinen_nurminen, rows
        )
        if inputs.tested:
            numbers.p(f"comparison.{id_}.fisher.p", f"{name}: p", compared.fisher, rows)
            numbers.p(f"comparison.{id_}.chi_square.p", f"{name}: p", compared.chi_square, rows)
    if found.weighting is not None:
        for balance in found.weighting.propensity.balance:
            place = f"{balance.covariate}.{balance.level}" if balance.level is not None else balance.covariate
            for name, number in (("before", balance.before), ("after", balance.after)):
                text = f"Standardised difference {name} weighting: {place}"
                numbers.number(f"comparison.balance.{place}.{name}", text, number, found.weighting.subjects)


def _enter_subgroups(
    inputs: ClinicalInputs, numbers: GroupNumbers, found: Subgroups, id_: str, code: str, efficacy: Efficacy
) -> None:
    labels = efficacy.factors.set_index("USUBJID")
    treated = labels.loc[[one for one in labels.index if one in efficacy.treated]]
    for factor in found.factors:
        for level in factor.levels:
            rows = treated.index[treated[factor.factor].eq(level.level)]
            text = f"{code}: hazard ratio, {factor.factor} {level.level}"
            numbers.compared(f"{id_}.{factor.factor}.{level.level}", text, level.estimate, rows)
        if inputs.tested:
            known = treated.index[treated[factor.factor].notna()]
            text = f"{code}: p of interaction, {factor.factor}"
            numbers.p(f"{id_}.{factor.factor}.interaction.p", text, factor.interaction, known)
