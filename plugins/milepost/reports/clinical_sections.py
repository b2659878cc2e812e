"""The clinical sections in the order of the page: the same for everybody together and for the groups A and B."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.inputs import ReportInputs
from milepost.reports.ledger import Ledger
from milepost.reports.section import Section


@dataclass(frozen=True)
class Clinical:
    """Sections and the definitions their exhibits lead to (key, title, text)."""

    sections: tuple[Section, ...] = ()
    definitions: tuple[tuple[str, str, str], ...] = ()


def clinical_sections(inputs: ClinicalInputs, ledger: Ledger) -> Clinical:
    """Every clinical section of one report. Numbers go into `ledger`."""
    return Clinical()


def pooled_inputs(inputs: ReportInputs) -> ClinicalInputs:
    """One group of everybody, for the open report. The frames came without arms and drugs."""
    assert inputs.clinical is not None
    everybody = frozenset(inputs.clinical.adsl["USUBJID"].astype(str))
    return ClinicalInputs(
        inputs.study, inputs.as_of, inputs.clinical, (Group("all", "All patients", everybody),)
    )
