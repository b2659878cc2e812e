"""An endpoint of a report, and the landmark analysis of one, against numbers that this project did not make.

Survival of 228 patients with lung cancer (`lung` of R's package survival, as ADTTE) by R 4.2.2 with survival 3.5-3, the
project's reference case `tte.json`: medians and shares 1e-9, log-rank relative 1e-8, ratios relative 1e-4. Real
patients with liver cancer of `examples/sysucc`: the numbers of those who worked without this code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.core.group_landmark import derive_landmark_patients, estimate_landmark
from milepost.core.group_survival import (
    EndpointComparison,
    EndpointEstimate,
    compare_endpoint,
    estimate_survival,
)
from milepost.protocol import AnalysisRules
from tests.made_up_study import default_study

DATA = Path(__file__).parent / "data"
LUNG: dict[str, Any] = json.loads((DATA / "tte.json").read_text(encoding="utf-8"))["lung_sex"]
SYSUCC = Path(__file__).parents[3] / "shared" / "data" / "sysucc_hcc"
RULES = AnalysisRules.model_validate({
    "rate_months": (6, 12), "mean_months": 12, "stratify_by": ("ECOG",),
    "factors": [{"id": "ECOG", "label": "ECOG", "source": "ADSL", "column": "ECOGBL"}],
})  # fmt: skip


def lung() -> tuple[EndpointEstimate, EndpointComparison]:
    rows = pd.read_csv(DATA / LUNG["input"], dtype={"strata": "string"})
    ids = [f"p{i:03d}" for i in range(len(rows))]
    adtte = pd.DataFrame({"USUBJID": ids, "PARAMCD": "OS", "AVAL": rows["time"], "CNSR": 1 - rows["event"]})
    groups = {
        name: {i for i, own in zip(ids, rows["group"], strict=True) if own == name} for name in LUNG["km"]
    }
    estimate = estimate_survival(adtte, groups, RULES)
    labels = [None if pd.isna(one) else str(one) for one in rows["strata"]]
    factors = pd.DataFrame({"USUBJID": ids, "ECOG": pd.Series(labels, dtype=object)})
    compared = compare_endpoint(
        estimate, factors, {"ECOG": ("0", "1", "2", "3")}, RULES, reference="A_male", comparison="B_female"
    )
    return estimate, compared


def test_each_group_has_the_medians_shares_and_counts_of_r() -> None:
    estimate, _ = lung()
    for name, expected in LUNG["km"].items():
        found = estimate.of(name)
        assert (found.curve.n, found.curve.n_events) == (expected["n"], expected["events"])
        for told, key in zip(
            (found.quartiles[0], found.median, found.quartiles[1]), ("q25", "median", "q75"), strict=True
        ):
            assert {"est": told.value, "lo": told.lo, "hi": told.hi} == expected["quantiles_loglog"][key]
        assert [rate.time for rate in found.rates] == [182.625, 365.25]
        for rate, row in zip(found.rates, expected["surv_at_loglog"], strict=True):
            assert rate.at_risk == row["n_risk"]
            numbers = (rate.estimate.value, rate.estimate.lo, rate.estimate.hi)
            assert numbers == pytest.approx((row["surv"], row["lo"], row["hi"]), abs=1e-9)


def test_the_tests_and_ratios_of_two_groups_are_those_of_r() -> None:
    _, found = lung()
    for told, key in ((found.logrank, "logrank"), (found.stratified_logrank, "logrank_stratified")):
        assert told.test.statistic == pytest.approx(LUNG[key]["chisq"], rel=1e-8)
        assert told.test.p == pytest.approx(LUNG[key]["p"], rel=1e-8)
    for ratio, key in ((found.unadjusted, "cox_efron"), (found.stratified, "cox_stratified_efron")):
        row = LUNG[key]
        assert (ratio.value, ratio.lo, ratio.hi) == pytest.approx(
            (row["hr"], row["lo95"], row["hi95"]), rel=1e-4
        )
        assert ratio.n == row["n"]
    assert found.proportionality.p == pytest.approx(LUNG["cox_zph_efron"]["km"]["p"], abs=1e-3)
    assert found.weighted is None


@pytest.mark.skipif(
    not (SYSUCC / "expected_states.csv").exists(),
    reason="the data are not part of the project: examples/sysucc/README.md says where to get them",
)
def test_the_landmark_of_a_report_is_that_of_real_patients_with_liver_cancer() -> None:
    """Survival counts days from the first study day there and from that day as day 1 here: the landmark is day 36."""
    expected = json.loads((SYSUCC / "expected_landmark.json").read_text(encoding="utf-8"))
    states = pd.read_csv(SYSUCC / "expected_states.csv").sort_values("patient", ignore_index=True)
    first = pd.Timestamp("2020-01-01")
    ids = {"USUBJID": states["patient"], "LINE": 1}
    verdicts = pd.DataFrame({
        **ids, "CHECKPOINT": "AFP-W4", "FIRSTDOSE": first, "STATE": states["state"],
        "ADY": states["day"].astype("Int64"), "HIGH": None,
    })  # fmt: skip
    adtte = pd.DataFrame({
        **ids, "PARAMCD": "OS", "STARTDT": first, "AVAL": states["os_days"] + 1,
        "CNSR": 1 - states["death"],
    })  # fmt: skip
    adrs = pd.DataFrame({name: pd.Series(dtype=object) for name in ("USUBJID", "PARAMCD", "AVALC")})
    rule = default_study().protocol.checkpoints[0]
    patients = derive_landmark_patients(verdicts, adtte, adrs, rule, ("OS",))
    found = (
        estimate_landmark("all", patients, rule, default_study().protocol.analysis, ("OS",))
        .endpoints["OS"]
        .main
    )
    assert found.overall is not None
    assert (found.overall.n, found.overall.curves["RESPONDER"].n) == (expected["n"], expected["responders"])
    assert found.overall.logrank.test.p == pytest.approx(expected["p"], rel=1e-9)
    ratio = found.hazard_ratio
    assert (ratio.value, ratio.lo, ratio.hi) == pytest.approx(
        (expected["hr"], expected["hr_lo"], expected["hr_hi"]), rel=1e-9
    )
    middles = [middle.value for middle in found.overall.medians.values()]
    assert middles == pytest.approx(expected["median"], rel=1e-9)
    assert np.isnan(patients["CONTROLLED"]).all()
