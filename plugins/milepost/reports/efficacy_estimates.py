"""Everything the sections on efficacy are made of, each estimated once: curves, tables and figures read these objects.

Patients count by their line of entry. Comparisons of groups are there in the closed report alone.
"""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from milepost.core.baseline_factors import NUMBER
from milepost.core.disease_control_model import DiseaseControlModel, model_disease_control
from milepost.core.group_landmark import (
    SCAN,
    GroupLandmark,
    derive_landmark_patients,
    estimate_landmark,
)
from milepost.core.group_response import Reading, estimate_response
from milepost.core.group_survival import (
    EndpointComparison,
    EndpointEstimate,
    Weighting,
    compare_endpoint,
    estimate_survival,
    weigh_groups,
)
from milepost.core.landmark import NON_RESPONDER, RESPONDER
from milepost.core.tumour_change import derive_best_changes, derive_sum_courses
from milepost.protocol import Checkpoint
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.population_factors import factors_of_inputs, levels_of

ENDPOINTS = ("OS", "PFS")
OTHER_STYLE = {"FDA": "PFSEMA", "EMA": "PFSFDA"}


class Efficacy:
    """The estimates of one report. What is not asked for is not computed."""

    def __init__(self, inputs: ClinicalInputs) -> None:
        self.inputs = inputs
        treated = set(inputs.entry_lines["USUBJID"])
        self.groups = {group.id: frozenset(group.subjects & treated) for group in inputs.groups}
        self.treated = frozenset().union(*self.groups.values())

    @cached_property
    def adrs(self) -> pd.DataFrame:
        """Responses of the treated patients' lines of entry."""
        return self._own(self.inputs.frames.adrs)

    @cached_property
    def adtte(self) -> pd.DataFrame:
        """Times to event of the treated patients' lines of entry."""
        return self._own(self.inputs.frames.adtte)

    @cached_property
    def endpoints(self) -> dict[str, EndpointEstimate]:
        """Survival and progression-free survival, by code."""
        return {code: self.endpoint(code) for code in ENDPOINTS}

    def endpoint(self, code: str, reader: str | None = None, criteria: str | None = None) -> EndpointEstimate:
        """A time to event by the primary reader and criteria, or by those named."""
        rows = self.adtte[self.adtte["PARAMCD"].eq(code)]
        if reader is None:
            rows = rows[rows["ANL01FL"].eq("Y")]
        else:
            rows = rows[rows["PARCAT2"].eq(reader) & rows["PARCAT3"].eq(criteria)]
        return estimate_survival(rows, self.groups, self.inputs.protocol.analysis)

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """Best responses by every reader and criteria."""
        return estimate_response(self.adrs, self.groups, self.inputs.protocol.response)

    @cached_property
    def sums(self) -> pd.DataFrame:
        """Course of the sum of target lesions (`core.tumour_change`)."""
        frames, (criteria, reader) = self.inputs.frames, self.primary
        return derive_sum_courses(
            self._own(frames.adtr), self.adrs, frames.lines, frames.therapies, criteria=criteria, reader=reader,
            as_of=self.inputs.as_of,
        )  # fmt: skip

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Best change of each patient (`core.tumour_change`)."""
        criteria, reader = self.primary
        return derive_best_changes(self.sums, self.adrs, criteria=criteria, reader=reader)

    @property
    def primary(self) -> tuple[str, str]:
        """The primary criteria and reader."""
        rules = self.inputs.protocol.response
        return rules.criteria[0], rules.readers[0]

    @cached_property
    def factors(self) -> pd.DataFrame:
        """USUBJID and the label of each baseline factor."""
        factors = factors_of_inputs(self.inputs)
        return factors[[name for name in factors.columns if not name.endswith(NUMBER)]]

    @cached_property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """The labels of each factor in order, the reference first."""
        factors = self.inputs.protocol.analysis.factors
        return {factor.id: levels_of(self.inputs, self.factors, factor.id) for factor in factors}

    @property
    def compared(self) -> tuple[str, str]:
        """The reference group and the one compared with it. Closed report only."""
        reference, comparison = self.inputs.groups[:2]
        return reference.id, comparison.id

    @cached_property
    def weighting(self) -> Weighting | None:
        """The weights of patients who were not randomised; None where they were."""
        rules = self.inputs.protocol.analysis
        if rules.randomised or not rules.adjust_for:
            return None
        reference, comparison = self.compared
        return weigh_groups(self.groups, self.factors, rules, reference=reference, comparison=comparison)

    @cached_property
    def comparisons(self) -> dict[str, EndpointComparison]:
        """Both groups compared by each endpoint. Closed report only."""
        reference, comparison = self.compared
        return {
            code: compare_endpoint(
                self.endpoints[code], self.factors, self.levels, self.inputs.protocol.analysis,
                reference=reference, comparison=comparison, weighting=self.weighting,
            )
            for code in ENDPOINTS
        }  # fmt: skip

    def landmark(self, rule: Checkpoint) -> list[GroupLandmark]:
        """Responders against non-responders of this checkpoint, in each group."""
        rows = self.adtte[self.adtte["ANL01FL"].eq("Y")]
        patients = derive_landmark_patients(
            self._own(self.inputs.frames.verdicts),
            rows,
            self.adrs[self.adrs["ANL01FL"].eq("Y")],
            rule,
            ENDPOINTS,
        )
        return [
            estimate_landmark(
                id_, patients[patients["USUBJID"].isin(subjects)], rule, self.inputs.protocol.analysis, ENDPOINTS
            )
            for id_, subjects in self.groups.items()
        ]  # fmt: skip

    def disease_control_model(self, found: list[GroupLandmark]) -> DiseaseControlModel:
        """The logistic model over all groups, of the patients compared by progression-free survival."""
        parts = []
        for one in found:
            rows = one.patients.iloc[one.endpoints["PFS"].main.selection.rows]
            parts.append(rows[["USUBJID", "STATE", "CONTROLLED"]].assign(GROUP=one.group))
        patients = pd.concat(parts, ignore_index=True)
        responded = patients["STATE"].map({RESPONDER: 1.0, NON_RESPONDER: 0.0})
        rules = self.inputs.protocol.analysis
        return model_disease_control(
            patients.assign(RESPONDED=responded), self.factors, self.levels, rules.model_terms,
            groups=self.compared if self.inputs.compared else None,
        )  # fmt: skip

    @property
    def scan_week(self) -> str:
        """The week of the scan at which disease control is judged, as ADRS names it; empty where no row does."""
        codes = self.adrs.loc[self.adrs["PARAMCD"].str.startswith(SCAN), "PARAMCD"]
        return str(codes.iloc[0]).removeprefix(SCAN) if len(codes) else ""

    def _own(self, frame: pd.DataFrame) -> pd.DataFrame:
        own = self.inputs.of_entry(frame)
        return own[own["USUBJID"].isin(list(self.treated))].reset_index(drop=True)
