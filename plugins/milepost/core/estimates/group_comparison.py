"""Groups of patients compared, as branches of an answer: log-rank tests, hazard ratios, proportionality, RMST."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from milepost.core.cox import compare_groups
from milepost.core.cox_likelihood import Ties
from milepost.core.cox_model import CoxFit, CoxTerm
from milepost.core.cox_zph import Transform, check_proportionality
from milepost.core.estimates.answers import Answer, significance, with_reason
from milepost.core.estimates.exact_ties import fit_exact
from milepost.core.estimates.groups import Labels
from milepost.core.estimates.proportionality import approximate
from milepost.core.limits import Significance, normal_quantile, not_tested
from milepost.core.logrank import logrank
from milepost.core.restricted_mean import compare_restricted_means, restricted_mean
from milepost.core.survival import kaplan_meier
from milepost.core.survival_data import Bools, Floats
from milepost.core.survival_estimate import GROUP_EMPTY, ONE_GROUP, chi_square, two_sided_p

TRANSFORMS: Final[tuple[Transform, ...]] = ("km", "rank", "identity", "log")
TIES: Final[tuple[Ties, ...]] = ("efron", "breslow")


@dataclass(frozen=True, eq=False)
class Patients:
    """Rows with time, event and group; `groups` in order, the reference first. Optional: strata, weights, entry
    and clusters."""

    time: Floats
    event: Bools
    group: Labels
    groups: tuple[str, ...]
    strata: Labels | None = None
    weights: Floats | None = None
    entry: Floats | None = None
    cluster: Labels | None = None

    @property
    def reference(self) -> str:
        """The group that the others are compared with."""
        return self.groups[0]

    @property
    def others(self) -> tuple[str, ...]:
        """The groups compared with the reference."""
        return self.groups[1:]

    def where(self, kept: Bools) -> Patients:
        """Only these rows."""
        optional = {name: getattr(self, name) for name in ("strata", "weights", "entry", "cluster")}
        chosen: dict[str, Any] = {
            name: None if values is None else values[kept] for name, values in optional.items()
        }
        return replace(self, time=self.time[kept], event=self.event[kept], group=self.group[kept], **chosen)

    def only(self, *groups: str) -> Patients:
        """The patients of these groups."""
        return replace(self.where(np.isin(self.group, groups)), groups=groups)

    def of(self, group: str) -> tuple[Floats, Bools]:
        """Times and events of one group."""
        own = np.asarray(self.group == group, dtype=bool)
        return self.time[own], self.event[own]


def compare_by_logrank(patients: Patients, *, stratified: bool = False, rho: float = 0.0) -> Answer:
    """The log-rank test of all groups; observed and expected in the order of the groups."""
    strata = patients.strata if stratified else None
    found = logrank(patients.time, patients.event, patients.group, strata=strata, rho=rho)
    by_label = {count.label: count for count in found.groups}
    place = [count.label for count in found.groups]
    counts = [by_label.get(name) for name in patients.groups]
    first = place.index(patients.reference) if patients.reference in place else None
    return {
        **significance(found.test),
        "n_used": found.n,
        "observed": [None if count is None else count.observed for count in counts],
        "expected": [None if count is None else count.expected for count in counts],
        "var_O_minus_E": None if first is None else float(found.variance[first, first]),
    }


def fit_groups(
    patients: Patients, ties: Ties, *, stratified: bool = False, weighted: bool = False, **more: Any
) -> CoxFit:
    """The Cox model of the groups."""
    return compare_groups(
        patients.time, patients.event, patients.group, reference=patients.reference, groups=patients.groups,
        strata=patients.strata if stratified else None, weights=patients.weights if weighted else None,
        entry=patients.entry, cluster=patients.cluster if weighted else None, ties=ties, **more,
    )  # fmt: skip


def describe_cox(fit: CoxFit, patients: Patients) -> Answer:
    """A fitted model: the ratio of the comparison group (of more than two groups under `terms`), and its tests."""
    if len(patients.others) > 1:
        return describe_terms(fit)
    if not patients.others:
        ratio: Answer = {**dict.fromkeys(_TERM), "reason": fit.reason or ONE_GROUP}
    else:
        ratio = describe_term(fit.term(patients.others[0]))
    return {"ties": fit.ties, "n": fit.n, "events": fit.events, **ratio, **_tests(fit)}


def describe_terms(fit: CoxFit) -> Answer:
    """A fitted model of several terms, each under its name, and the tests of all together."""
    terms = {term.name: describe_term(term) for term in fit.terms}
    return with_reason(
        {"ties": fit.ties, "n": fit.n, "events": fit.events, "terms": terms, **_tests(fit)}, fit.reason
    )


def _tests(fit: CoxFit) -> Answer:
    return {
        "lrt_chisq": fit.likelihood_ratio.statistic, "lrt_p": fit.likelihood_ratio.p,
        "score_chisq": fit.score.statistic, "score_p": fit.score.p,
        "loglik_null": fit.loglik_null, "loglik": fit.loglik,
        "iter": None if fit.likelihood is None else fit.likelihood.steps,
    }  # fmt: skip


_TERM = ("coef", "se", "hr", "lo95", "hi95", "z", "p_wald")


def describe_term(term: CoxTerm) -> Answer:
    """Coefficient, hazard ratio and Wald test of one group."""
    ratio = term.hazard_ratio
    numbers = (term.coef, term.se, ratio.value, ratio.lo, ratio.hi, term.z, ratio.p)
    return with_reason(dict(zip(_TERM, numbers, strict=True)), ratio.reason)


def describe_exact(patients: Patients) -> Answer:
    """The hazard ratio of two groups with exact ties."""
    found = fit_exact(patients.time, patients.event, patients.group == patients.others[0])
    answer: Answer = {"ties": "exact", "n": len(patients.time), "events": int(patients.event.sum())}
    numbers: tuple[float | None, ...] = (None,) * 7
    ratio: Significance = not_tested(found.reason or "", n=len(patients.time), method="likelihood ratio")
    if found.coef is not None and found.se is not None:
        reach, z = normal_quantile(0.95) * found.se, found.coef / found.se
        hazard = (float(np.exp(log)) for log in (found.coef, found.coef - reach, found.coef + reach))
        numbers = (found.coef, found.se, *hazard, z, two_sided_p(z))
    if found.loglik is not None and found.loglik_null is not None:
        ratio = chi_square(2 * (found.loglik - found.loglik_null), 1, n=ratio.n, method=ratio.method)
    score = chi_square(float("nan") if found.score is None else found.score, 1, n=ratio.n, method="score")
    answer |= with_reason(dict(zip(_TERM, numbers, strict=True)), found.reason)
    return answer | {
        "lrt_chisq": ratio.statistic, "lrt_p": ratio.p, "score_chisq": score.statistic, "score_p": score.p,
        "loglik_null": found.loglik_null, "loglik": found.loglik, "iter": found.steps,
    }  # fmt: skip


def describe_proportionality(fit: CoxFit, patients: Patients) -> Answer:
    """The exact score test by each transform of time; of more than two groups for all together. Of two groups also the
    older approximation."""
    answer: Answer = {}
    for transform in TRANSFORMS:
        found = check_proportionality(fit, transform)
        single = found.terms.get(patients.others[0]) if len(patients.others) == 1 else None
        answer[transform] = significance(single or found.overall)
    if len(patients.others) == 1:
        answer["approx_gt1994"] = {transform: approximate(fit, transform) for transform in TRANSFORMS}
    return answer


def describe_means(patients: Patients, tau: float | None) -> Answer:
    """Restricted mean time without event of each group up to tau, and comparison minus reference.

    tau left open: the longest time up to which every group with patients was followed.
    """
    curves = {name: kaplan_meier(*patients.of(name)) for name in patients.groups}
    lasts = [curve.last for curve in curves.values() if curve.last is not None]
    shortest = min(lasts, default=0.0)
    tau = shortest if tau is None else tau
    if not tau > 0:
        return {
            "tau": None,
            **dict.fromkeys(_MEANS),
            "reason": GROUP_EMPTY if not lasts else "nobody was followed beyond time 0",
        }
    means = {name: restricted_mean(curve, tau) for name, curve in curves.items()}
    answer: Answer = {
        "tau": tau,
        "group_rmst": {name: mean.value for name, mean in means.items()},
        "group_se": {name: mean.se for name, mean in means.items()},
    }
    if len(patients.others) == 1:
        found = compare_restricted_means(curves[patients.others[0]], curves[patients.reference], tau)
        apart = found.difference
        numbers = (apart.value, apart.se, apart.lo, apart.hi, apart.p, found.ratio.value)
        answer |= with_reason(dict(zip(_MEANS[2:8], numbers, strict=True)), apart.reason or apart.caution)
    elif not patients.others:
        answer |= {**dict.fromkeys(_MEANS[2:8]), "reason": ONE_GROUP}
    answer["survfit_rmean_check"] = {
        "rmean": [mean.value for mean in means.values()], "se": [mean.se for mean in means.values()],
    }  # fmt: skip
    answer["tau_le_min_of_last_times"] = bool(lasts) and tau <= shortest
    return answer


_MEANS = ("group_rmst", "group_se", "diff_comparison_minus_reference", "se_diff", "lo95", "hi95", "p", "ratio",
          "survfit_rmean_check", "tau_le_min_of_last_times")  # fmt: skip


def strata_of(patients: Patients) -> list[str]:
    """The strata that occur."""
    return (
        [] if patients.strata is None else sorted({label for label in patients.strata if label is not None})
    )
