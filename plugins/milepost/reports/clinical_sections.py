"""The clinical sections in the order of the page: the same for everybody together and for the groups A and B."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from milepost.reports.checkpoint_by_group import build_checkpoint_by_group
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.inputs import ReportInputs
from milepost.reports.labs_liver_section import build_liver
from milepost.reports.labs_section import build_labs
from milepost.reports.labs_vitals_section import build_vitals
from milepost.reports.ledger import Ledger
from milepost.reports.monitoring_section import Looks, build_monitoring
from milepost.reports.population_baseline import build_baseline
from milepost.reports.population_flow import build_flow
from milepost.reports.section import Section
from milepost.reports.survival_section import build_survival

Entries = tuple[tuple[str, str, str], ...]
Builder = Callable[[ClinicalInputs, Ledger, Efficacy], Section]


@dataclass(frozen=True)
class Clinical:
    """Sections, the definitions their exhibits lead to (key, title, text), and what two programs agree on.

    banner: a sentence above everything where they do not.
    """

    sections: tuple[Section, ...] = ()
    definitions: Entries = ()
    banner: str = ""
    agreement: Mapping[str, Any] = field(default_factory=dict)


def clinical_sections(inputs: ClinicalInputs, seen: ReportInputs, ledger: Ledger) -> Clinical:
    """Every clinical section of the open report. Numbers go into `ledger`."""
    efficacy = Efficacy(inputs)
    sections = [
        build_flow(inputs, ledger), build_baseline(inputs, ledger), build_survival(inputs, ledger, efficacy),
        build_labs(inputs, ledger), build_liver(inputs, ledger), build_vitals(inputs, ledger),
    ]  # fmt: skip
    return Clinical(_shown(sections, inputs))


def closed_sections(
    inputs: ClinicalInputs, seen: ReportInputs, ledger: Ledger, efficacy: Efficacy, looks: Looks
) -> Clinical:
    """Every section of the closed report, by group."""
    sections = [build_flow(inputs, ledger), build_baseline(inputs, ledger)]
    sections += [build_checkpoint_by_group(inputs, rule, ledger) for rule in inputs.protocol.checkpoints]
    sections += [
        build_survival(inputs, ledger, efficacy), build_monitoring(inputs, ledger, efficacy, looks),
        build_labs(inputs, ledger), build_liver(inputs, ledger), build_vitals(inputs, ledger),
    ]  # fmt: skip
    return Clinical(_shown(sections, inputs))


def pooled_inputs(inputs: ReportInputs) -> ClinicalInputs:
    """One group of everybody, for the open report. The frames came without arms and drugs."""
    assert inputs.clinical is not None
    everybody = frozenset(inputs.clinical.adsl["USUBJID"].astype(str))
    return ClinicalInputs(
        inputs.study, inputs.as_of, inputs.clinical, (Group("all", "All patients", everybody),)
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
