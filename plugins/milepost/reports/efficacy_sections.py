"""The sections on efficacy in the order of the page, from one set of estimates."""

from __future__ import annotations

from milepost.reports.clinical import ClinicalInputs
from milepost.reports.comparison_section import build_comparison, comparison_definitions
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.landmark_section import build_landmarks, landmark_definitions
from milepost.reports.ledger import Ledger
from milepost.reports.response_section import build_response, response_definitions
from milepost.reports.section import Section
from milepost.reports.survival_section import build_survival
from milepost.reports.survival_words import survival_definitions


def build_efficacy(
    inputs: ClinicalInputs, ledger: Ledger, efficacy: Efficacy | None = None
) -> tuple[Section, ...]:
    """Tumour response, survival, each checkpoint's response and outcome; in the closed report the groups compared."""
    found = efficacy or Efficacy(inputs)
    compared = (build_comparison(inputs, ledger, found),) if inputs.compared else ()
    return (
        build_response(inputs, ledger, found), build_survival(inputs, ledger, found),
        *build_landmarks(inputs, ledger, found), *compared,
    )  # fmt: skip


def efficacy_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """What the small figures in these sections lead to: key, title, text."""
    return (
        *response_definitions(inputs), *survival_definitions(inputs), *landmark_definitions(inputs),
        *comparison_definitions(inputs),
    )  # fmt: skip
