"""The baseline factors of the patients of a report, and the order of their groups."""

from __future__ import annotations

import pandas as pd

from milepost.core.baseline_factors import factor_levels, factors_of
from milepost.reports.clinical import ClinicalInputs


def factors_of_inputs(inputs: ClinicalInputs) -> pd.DataFrame:
    """USUBJID and a column of labels for each factor of the protocol, as `core.baseline_factors.derive_factors`."""
    frames, study = inputs.frames, inputs.study
    return factors_of(
        frames.adsl, frames.dm, frames.mh, frames.verdicts, inputs.entry_lines, study.protocol,
        {site.id: site.factors for site in study.sites},
    )  # fmt: skip


def levels_of(inputs: ClinicalInputs, factors: pd.DataFrame, id_: str) -> tuple[str, ...]:
    """The labels of one factor in order, the reference first."""
    return factor_levels(inputs.protocol.analysis.factor(id_), inputs.protocol, factors[id_])
