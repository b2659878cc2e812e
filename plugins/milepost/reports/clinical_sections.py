"""The clinical sections in the order of the page: the same for everybody together and for the groups A and B."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from milepost.core.number_agreement import Agreement
from milepost.reports.checkpoint_by_group import build_checkpoint_by_group
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.comparison_section import build_comparison
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.efficacy_sections import efficacy_definitions
from milepost.reports.exposure_section import build_exposure, exposure_definitions
from milepost.reports.indicators_section import build_indicators, indicators_definitions
from milepost.reports.inputs import ReportInputs
from milepost.reports.labs_definitions import labs_definitions, liver_definitions, vitals_definitions
from milepost.reports.labs_liver_section import build_liver
from milepost.reports.labs_section import build_labs
from milepost.reports.labs_vitals_section import build_vitals
from milepost.reports.landmark_section import build_landmarks
from milepost.reports.ledger import Ledger
from milepost.reports.monitoring_section import Looks, build_monitoring
from milepost.reports.population_baseline import baseline_definitions, build_baseline
from milepost.reports.population_flow import build_flow, flow_definitions
from milepost.reports.response_section import build_response
from milepost.reports.safety_section import build_safety, safety_definitions
from milepost.reports.second_check import (
    agreement_facts,
    banner,
    build_second_check,
    check_headlines,
    second_check_definitions,
)
from milepost.reports.section import Section
from milepost.reports.survival_section import build_survival

Entries = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Clinical:
    """Sections, the definitions their exhibits lead to (key, title, text), and what a second program agreed to.

    banner: a sentence above everything else where the two programs do not agree.
    """

    sections: tuple[Section, ...] = ()
    definitions: Entries = ()
    agreements: tuple[Agreement, ...] = ()
    banner: str = ""
    agreement: Mapping[str, Any] = field(default_factory=dict)


def clinical_sections(inputs: ClinicalInputs, seen: ReportInputs, ledger: Ledger) -> Clinical:
    """Every clinical section of the open report. seen: after `open_view`. Numbers go into `ledger`."""
    efficacy = Efficacy(inputs)
    agreements = check_headlines(inputs, efficacy)
    sections = [
        build_flow(inputs, ledger), build_baseline(inputs, ledger), build_exposure(inputs, ledger),
        build_response(inputs, ledger, efficacy), build_survival(inputs, ledger, efficacy),
        *build_landmarks(inputs, ledger, efficacy),
        *_safety(inputs, ledger), build_indicators(inputs, ledger, seen.labs, seen.queries),
        build_second_check(inputs, agreements, ledger),
    ]  # fmt: skip
    return _clinical(sections, inputs, agreements)


def closed_sections(
    inputs: ClinicalInputs, seen: ReportInputs, ledger: Ledger, efficacy: Efficacy, looks: Looks
) -> Clinical:
    """Every section of the closed report, by group; what is compared comes first after who is compared."""
    agreements = check_headlines(inputs, efficacy)
    sections = [
        build_monitoring(inputs, ledger, efficacy, looks),
        build_flow(inputs, ledger), build_baseline(inputs, ledger), build_exposure(inputs, ledger),
        *(build_checkpoint_by_group(inputs, rule, ledger) for rule in inputs.protocol.checkpoints),
        build_response(inputs, ledger, efficacy), build_survival(inputs, ledger, efficacy),
        build_comparison(inputs, ledger, efficacy), *build_landmarks(inputs, ledger, efficacy),
        *_safety(inputs, ledger), build_indicators(inputs, ledger, seen.labs, seen.queries),
        build_second_check(inputs, agreements, ledger),
    ]  # fmt: skip
    return _clinical(sections, inputs, agreements)


def pooled_inputs(inputs: ReportInputs) -> ClinicalInputs:
    """One group of everybody, for the open report. The frames came without arms and drugs."""
    assert inputs.clinical is not None
    everybody = frozenset(inputs.clinical.adsl["USUBJID"].astype(str))
    group = Group("all", "All patients", everybody)
    return ClinicalInputs(inputs.study, inputs.as_of, inputs.clinical, (group,))


def _safety(inputs: ClinicalInputs, ledger: Ledger) -> list[Section]:
    return [
        *build_safety(inputs, ledger), build_labs(inputs, ledger), build_liver(inputs, ledger),
        build_vitals(inputs, ledger),
    ]  # fmt: skip


def _clinical(sections: list[Section], inputs: ClinicalInputs, agreements: Sequence[Agreement]) -> Clinical:
    entries = (
        *flow_definitions(inputs), *baseline_definitions(inputs), *exposure_definitions(inputs),
        *efficacy_definitions(inputs), *safety_definitions(inputs), *labs_definitions(inputs),
        *liver_definitions(inputs), *vitals_definitions(inputs), *indicators_definitions(inputs),
        *second_check_definitions(inputs),
    )  # fmt: skip
    return Clinical(
        _shown(sections, inputs), entries, tuple(agreements), banner(agreements), agreement_facts(agreements)
    )


def _shown(sections: list[Section], inputs: ClinicalInputs) -> tuple[Section, ...]:
    """In a dry run without the exhibits that would unmask; a section that has none left is left out."""
    if not inputs.masked:
        return tuple(sections)
    kept = [
        replace(section, exhibits=tuple(e for e in section.exhibits if not e.unmasks),
                pairs=tuple(p for p in section.pairs if not any(e.unmasks and e.id in p for e in section.exhibits)))
        for section in sections
    ]  # fmt: skip
    return tuple(section for section in kept if section.exhibits)
