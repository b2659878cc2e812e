"""The kinds of estimate, by name, and the answer to a spec: one tree of plain numbers, texts and null.

A spec names its kind; keys under `[cases.NAME]` are added to those at the top for one case of many, and the answer then
has one branch a case. So one frame and one spec give a whole file of reference numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from milepost.core.estimates.answers import Answer, settle
from milepost.core.estimates.binary import Proportion, TwoByTwo, estimate_proportion, estimate_two_by_two
from milepost.core.estimates.competing_events import CumulativeIncidence, estimate_cumulative_incidence
from milepost.core.estimates.cox_multivariable import CoxMultivariable, estimate_cox_multivariable
from milepost.core.estimates.foretelling import PredictiveValues, estimate_predictive_values
from milepost.core.estimates.group_sequential import GroupSequential, estimate_group_sequential
from milepost.core.estimates.landmark import Landmark, estimate_landmark
from milepost.core.estimates.logistic import Logistic, estimate_logistic
from milepost.core.estimates.monitoring import (
    Bayes,
    ConditionalPower,
    estimate_bayes,
    estimate_conditional_power,
)
from milepost.core.estimates.propensity import PropensityWeights, estimate_propensity
from milepost.core.estimates.rates import Rates, estimate_rates
from milepost.core.estimates.spec import Spec, plain_key, read_spec
from milepost.core.estimates.subgroups import SubgroupsSpec, estimate_subgroups
from milepost.core.estimates.table import Table
from milepost.core.estimates.time_to_event import TimeToEvent, estimate_time_to_event
from milepost.errors import ConfigurationError, DataProblem


@dataclass(frozen=True)
class Kind:
    """One kind: the model of its spec, who answers, other names it goes by, and whether it needs a frame."""

    model: type[Spec]
    answer: Callable[[Any, Table], Answer]
    other_names: tuple[str, ...] = ()
    needs_frame: bool = True


KINDS: Mapping[str, Kind] = {
    "time_to_event": Kind(
        TimeToEvent,
        estimate_time_to_event,
        ("tte", "survival", "km", "kaplan_meier", "logrank", "log_rank", "rmst"),
    ),
    "cumulative_incidence": Kind(
        CumulativeIncidence, estimate_cumulative_incidence, ("cuminc", "competing_risks", "aalen_johansen")
    ),
    "cox_multivariable": Kind(CoxMultivariable, estimate_cox_multivariable, ("cox", "coxph")),
    "two_by_two": Kind(TwoByTwo, estimate_two_by_two, ("binary", "binary_tables", "two_arms"), False),
    "proportion": Kind(
        Proportion, estimate_proportion, ("binary_single", "single", "proportions", "share"), False
    ),
    "logistic": Kind(Logistic, estimate_logistic, ("logit", "glm", "logistic_regression")),
    "landmark": Kind(Landmark, estimate_landmark),
    "group_sequential": Kind(
        GroupSequential, estimate_group_sequential, ("gsd", "boundaries", "interim"), False
    ),
    "conditional_power": Kind(
        ConditionalPower, estimate_conditional_power, ("predictive_power", "outlook"), False
    ),
    "bayes": Kind(Bayes, estimate_bayes, ("bayesian", "posterior", "toxicity"), False),
    "rates": Kind(Rates, estimate_rates, ("rate", "rates_single", "poisson", "incidence"), False),
    "predictive_values": Kind(
        PredictiveValues,
        estimate_predictive_values,
        ("foretelling", "sens_spec", "diagnostic", "ppv_npv"),
        False,
    ),
    "propensity": Kind(
        PropensityWeights, estimate_propensity, ("propensity_score", "iptw", "smd", "balance")
    ),
    "subgroups": Kind(SubgroupsSpec, estimate_subgroups, ("subgroup", "forest", "interaction")),
}
_NAMES = {name: kind for kind, found in KINDS.items() for name in (kind, *found.other_names)}


def answer_spec(spec: Mapping[str, Any], table: Table | None) -> Answer:
    """The estimates a spec asks for. Raises ConfigurationError for the spec, DataProblem for the frame."""
    top = {plain_key(key): value for key, value in spec.items()}
    cases = top.pop("cases", None)
    if cases is None:
        return settle(_answer(top, table, "spec"))
    if not isinstance(cases, Mapping) or not all(isinstance(case, Mapping) for case in cases.values()):
        raise ConfigurationError("spec: cases holds no tables. Write one [cases.NAME] table for each case.")
    found = {}
    for name, case in cases.items():
        own = {plain_key(key): value for key, value in case.items()}
        try:
            found[name] = _answer({**top, **own}, table, f"spec, case {name}")
        except DataProblem as error:
            raise DataProblem(f"case {name}: {error}") from error
    return settle(found)


def _answer(given: dict[str, Any], table: Table | None, where: str) -> Answer:
    kind = _kind(given.pop("kind", None), where)
    spec = read_spec(kind.model, given, where)
    if kind.needs_frame and table is None:
        raise ConfigurationError(
            f"{where}: this kind needs a frame. Name it with --input FRAME.csv (- for standard input)."
        )
    return kind.answer(spec, (Table() if table is None else table).with_missing(spec.missing))


def _kind(named: object, where: str) -> Kind:
    allowed = ", ".join(KINDS)
    if named is None:
        raise ConfigurationError(
            f'{where}: key kind is missing. Allowed: {allowed}; e.g. kind = "time_to_event".'
        )
    if not isinstance(named, str) or plain_key(named) not in _NAMES:
        like = get_close_matches(plain_key(str(named)), _NAMES, 1)
        hint = f" Did you mean {like[0]}?" if like else ""
        raise ConfigurationError(f"{where}: key kind is wrong. Found '{named}'.{hint} Allowed: {allowed}.")
    return KINDS[_NAMES[plain_key(named)]]
