"""What the protocol fixes about the analysis: groups compared, baseline factors, looks, bounds and priors.

Every number of it lives here and is read from `protocol.toml`. Source: clinical specification, sections 6.7, 6.8, 7.1
and 7.3; what is marked [P] there is a default here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from milepost.protocol.base import Code, Count, Frozen, Problem, Text, refuse

Share = Annotated[float, Field(gt=0, lt=1)]
Months = Annotated[int, Field(ge=1, le=240)]
Spending = Literal["obrien_fleming_spending", "pocock_spending", "hwang_shih_decani", "haybittle_peto"]


class Factor(Frozen):
    """A baseline factor by which patients are parted or adjusted.

    source DM, ADSL: the column of that frame; MH: Y where MH says that the finding `column` occurred, N where a
    history was sent without it; LINE: line of therapy; MARKER: baseline of the first checkpoint's test.
    cuts: limits that make groups of a number, the lower group first; a value equal to a limit is in the upper one.
    levels: the order of the values in words; the first is the reference. Without either: as sorted.
    """

    id: Code
    label: Text
    source: Literal["DM", "MH", "ADSL", "LINE", "MARKER"]
    column: Code | None = None
    cuts: tuple[Decimal, ...] = ()
    levels: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _says_where(self) -> Factor:
        refuse(self._disorder())
        return self

    def _disorder(self) -> Iterator[Problem]:
        if self.source in ("DM", "MH", "ADSL") and self.column is None:
            yield Problem(("column",), None, f"the column of {self.source} it is read from")
        if list(self.cuts) != sorted(set(self.cuts)):
            yield Problem(("cuts",), self.cuts, "limits that rise, each once")


class InterimRules(Frozen):
    """The looks at which hypotheses are tested, by information fraction; between them nothing is tested.

    planned_events: events of the endpoint at the last look. planned_deaths: deaths then, where the endpoint is PFS;
    without them no bound for harm in survival is told (where it is OS, its planned events are the deaths). alpha:
    one-sided. parameter: gamma of hwang_shih_decani, bound of haybittle_peto. futility_power: conditional power under
    the design below which stopping is suggested (never binding). harm_alpha: one-sided error spent on harm in
    survival. certainty: of a posterior chance of too much toxicity before it is told.
    """

    endpoint: Literal["OS", "PFS"] = "OS"
    planned_events: Annotated[int, Field(ge=1)] | None = None
    planned_deaths: Annotated[int, Field(ge=1)] | None = None
    looks: tuple[Annotated[float, Field(gt=0, le=1)], ...] = ()
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.025
    spending: Spending = "obrien_fleming_spending"
    parameter: float | None = None
    design_hazard_ratio: Annotated[float, Field(gt=0, lt=1)] = 0.75
    futility_power: Share = 0.2
    harm_alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    response_prior: tuple[float, float] = (0.1, 0.9)
    response_share: Share = 0.10
    toxicity_prior: tuple[float, float] = (0.3, 0.7)
    toxicity_share: Share = 0.30
    toxicity_certainty: Share = 0.90

    @model_validator(mode="after")
    def _looks_rise(self) -> InterimRules:
        refuse(self._disorder())
        return self

    def _disorder(self) -> Iterator[Problem]:
        if list(self.looks) != sorted(set(self.looks)):
            yield Problem(("looks",), self.looks, "fractions that rise, each once, such as [0.5, 1]")
        if self.looks and self.planned_events is None:
            yield Problem(("planned_events",), None, "the events planned, where looks are named")
        if self.endpoint == "OS" and self.planned_deaths is not None:
            allowed = "left out where the endpoint is OS, whose planned_events are the deaths"
            yield Problem(("planned_deaths",), self.planned_deaths, allowed)
        for name, prior in (("response_prior", self.response_prior), ("toxicity_prior", self.toxicity_prior)):
            if min(prior) <= 0:
                yield Problem((name,), prior, "two numbers above 0")


class AnalysisRules(Frozen):
    """How the interim report estimates and compares.

    reference_arm, comparison_arm: arms compared in the closed report, by code; none: nothing is compared. randomised
    False: adjusted (inverse probability of treatment) and unadjusted results stand side by side. stratify_by,
    subgroups, adjust_for, model_terms: ids of [[analysis.factors]]. subgroup_events: fewer events than this in either
    arm, and no ratio is estimated. closed_roles: who may ask for the closed report. landmark_later_days: sensitivity of
    the landmark.
    """

    reference_arm: Code | None = None
    comparison_arm: Code | None = None
    randomised: bool = True
    factors: tuple[Factor, ...] = ()
    stratify_by: tuple[Code, ...] = ()
    subgroups: tuple[Code, ...] = ()
    adjust_for: tuple[Code, ...] = ()
    model_terms: tuple[Code, ...] = ()
    subgroup_events: Count = 10
    rate_months: tuple[Months, ...] = (3, 6, 12)
    mean_months: Months = 12
    landmark_later_days: Count = 7
    closed_roles: tuple[Code, ...] = ()
    interim: InterimRules = InterimRules()

    @model_validator(mode="after")
    def _names_are_known(self) -> AnalysisRules:
        refuse(self._disorder())
        return self

    def _disorder(self) -> Iterator[Problem]:
        ids = [factor.id for factor in self.factors]
        if len(set(ids)) != len(ids):
            yield Problem(("factors",), ids, "each id once")
        for name in ("stratify_by", "subgroups", "adjust_for", "model_terms"):
            for factor in getattr(self, name):
                if factor not in ids:
                    yield Problem(
                        (name,), factor, f"one of [[analysis.factors]]: {', '.join(ids) or 'there is none'}"
                    )
        if (self.reference_arm is None) != (self.comparison_arm is None):
            yield Problem(("reference_arm",), self.reference_arm, "both arms that are compared, or neither")

    def factor(self, id_: str) -> Factor:
        """The factor with this id; KeyError if there is none."""
        return {factor.id: factor for factor in self.factors}[id_]
