"""Landmark analyses against R, and on the real patients of `examples/sysucc`.

`landmark.json` and `pbcseq.csv` (a data set of R's package survival: 312 patients with primary biliary cirrhosis and
their visits) are reference cases of the project, made with R 4.2.2 and survival 3.5-3. A fall of bilirubin by 25 %
about day 183 stands for the AFP response. Rule A is valid: landmark on day 240, when the window ends. Rule D has its
landmark on day 183, inside the window, and must be refused. Tolerance: counts exact, ratios relative 1e-4 (here 1e-7).
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.core import landmark_selection as words
from milepost.core.cox import compare_groups
from milepost.core.landmark import LandmarkAnalysis, LandmarkComparison, analyse_landmark
from milepost.core.survival import survival_at

DATA = Path(__file__).parent / "data"
CASES: dict[str, dict[str, Any]] = json.loads((DATA / "landmark.json").read_text(encoding="utf-8"))
SYSUCC = Path(__file__).parents[3] / "shared" / "data" / "sysucc_hcc"
CLASSES = {"km_nonresponder": "NON_RESPONDER", "km_responder": "RESPONDER"}
ENDINGS = {0: "censored", 1: "transplant", 2: "dead"}


def classified() -> pd.DataFrame:
    """One row a patient: ID, STATE, DAY of the sample that decided, TIME, EVENT, ENDING, LOGBASE, TRT, EXACT (the fall
    is exactly 25 %), FLOAT (the class that floating-point numbers give)."""
    visits = pd.read_csv(DATA / "pbcseq.csv", dtype={"bili": "string"})
    rows = []
    for subject, own in visits.groupby("id"):
        first = own[own["day"] == 0].iloc[0]
        inside = own[own["day"].between(120, 240)]
        base, state, day, exact, naive = Decimal(first["bili"]), "NO_SAMPLE", None, False, "NO_SAMPLE"
        if len(inside):
            near = inside.assign(OFF=(inside["day"] - 183).abs()).sort_values(
                ["OFF", "day"], ascending=[True, False]
            )
            then, day = Decimal(near["bili"].iloc[0]), int(near["day"].iloc[0])
            state = "RESPONDER" if 100 * (base - then) >= 25 * base else "NON_RESPONDER"
            exact = 100 * (base - then) == 25 * base
            fall = 100 * (float(base) - float(then)) / float(base)
            naive = "RESPONDER" if fall >= 25 else "NON_RESPONDER"
        rows.append(
            {
                "ID": int(subject), "STATE": state, "DAY": day, "TIME": int(first["futime"]),
                "EVENT": int(first["status"] == 2), "ENDING": ENDINGS[int(first["status"])],
                "LOGBASE": float(np.log(float(base))), "TRT": float(first["trt"]), "EXACT": exact, "FLOAT": naive,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


PATIENTS = classified()


def analysed(rule: str, **options: Any) -> LandmarkAnalysis:
    case = CASES[rule]["rule"]
    return analyse_landmark(
        PATIENTS["ID"], PATIENTS["STATE"], PATIENTS["TIME"], PATIENTS["EVENT"], landmark=case["LM"],
        known_by=case["hi"], known_on=PATIENTS["DAY"], ending=PATIENTS["ENDING"],
        covariates={"logbase": PATIENTS["LOGBASE"], "trt": PATIENTS["TRT"]}, **options,
    )  # fmt: skip


def compared(found: LandmarkAnalysis) -> LandmarkComparison:
    assert found.reason is None and found.overall is not None
    return found.overall


def ratio_of(estimate: Any) -> dict[str, Any]:
    return {"hr": estimate.value, "lo": estimate.lo, "hi": estimate.hi, "p": estimate.p}


def test_every_patient_is_classified_as_in_the_reference() -> None:
    expected = CASES["A"]
    assert len(PATIENTS) == expected["n_total"]
    assert Counter(PATIENTS["STATE"]) == expected["class_counts"]
    assert PATIENTS.loc[PATIENTS["EXACT"], "ID"].tolist() == expected["boundary_ids"]
    wrong = PATIENTS.loc[PATIENTS["FLOAT"] != PATIENTS["STATE"], "ID"].tolist()
    assert wrong == expected["naive_float_misclassified_ids"]


def test_who_is_left_out_at_the_landmark_is_told_by_reason_and_state() -> None:
    expected, found = CASES["A"], analysed("A").selection
    assert (found.n_given, len(found.rows)) == (expected["n_total"], expected["n_analysed"])
    before = found.excluded(words.EVENT_BEFORE) + found.excluded(words.CENSORED_BEFORE)
    assert before == expected["excluded_before_landmark"]
    ended = Counter({ending: 0 for ending in ENDINGS.values()})
    for group in found.exclusions:
        if group.ending:
            ended[group.ending] += group.n
    assert ended == expected["excluded_detail"]
    assert found.excluded(words.NO_CLASS) == expected["no_sample_at_landmark"]
    sampled = [found.excluded(words.EVENT_BEFORE, state=state) for state in CLASSES.values()]
    assert sum(sampled) == expected["sampled_but_excluded"]
    told = [subject for group in found.exclusions for subject in group.subjects]
    assert sorted(told + PATIENTS["ID"].iloc[found.rows].tolist()) == PATIENTS["ID"].tolist()


def test_the_curves_and_medians_from_the_landmark_on_are_those_of_r() -> None:
    found = compared(analysed("A"))
    for name, state in CLASSES.items():
        expected, curve, middle = CASES["A"][name], found.curves[state], found.medians[state]
        assert (curve.n, curve.n_events) == (expected["n"], expected["events"])
        assert {"est": middle.value, "lo": middle.lo, "hi": middle.hi} == expected["median"]
        rates = survival_at(curve, [row["time"] for row in expected["surv"]])
        for rate, row in zip(rates, expected["surv"], strict=True):
            estimate = rate.estimate
            assert rate.at_risk == row["n_risk"]
            assert (estimate.value, estimate.lo, estimate.hi) == pytest.approx(
                (row["surv"], row["lo"], row["hi"]), rel=1e-10
            )


def test_the_test_and_the_ratios_from_the_landmark_on_are_those_of_r() -> None:
    expected, analysis = CASES["A"], analysed("A")
    found = compared(analysis)
    assert found.logrank.test.statistic == pytest.approx(expected["logrank"]["chisq"], rel=1e-10)
    assert found.logrank.test.p == pytest.approx(expected["logrank"]["p"], rel=1e-10)
    assert ratio_of(found.hazard_ratio) == pytest.approx(expected["cox_efron"], rel=1e-7)
    assert analysis.hazard_ratio == found.hazard_ratio
    assert found.adjusted is not None
    adjusted = found.adjusted.term("RESPONDER").hazard_ratio
    assert ratio_of(adjusted) == pytest.approx(expected["cox_adj_logbase_trt"], rel=1e-7)
    chosen = analysis.selection
    breslow = compare_groups(
        chosen.time, chosen.event, chosen.group, reference="NON_RESPONDER", ties="breslow"
    )
    assert ratio_of(breslow.term("RESPONDER").hazard_ratio) == pytest.approx(
        expected["cox_breslow"], rel=1e-7
    )


def test_counting_from_the_start_makes_the_response_look_better() -> None:
    """Why there is a landmark. These two are not offered anywhere; R's numbers for them."""
    sampled = PATIENTS[PATIENTS["STATE"] != "NO_SAMPLE"]
    for name, patients, state in (
        ("naive_from_day0_sampled_only", sampled, sampled["STATE"]),
        ("naive_from_day0_nosample_as_nonresponder", PATIENTS,
         PATIENTS["STATE"].replace("NO_SAMPLE", "NON_RESPONDER")),
    ):  # fmt: skip
        fit = compare_groups(patients["TIME"], patients["EVENT"], state, reference="NON_RESPONDER")
        naive = fit.term("RESPONDER").hazard_ratio
        assert ratio_of(naive) == pytest.approx(CASES["A"][name], rel=1e-7)
        ratio = compared(analysed("A")).hazard_ratio.value
        assert naive.value is not None and ratio is not None and naive.value < ratio


def test_a_landmark_inside_the_window_is_refused_and_gives_no_number() -> None:
    assert not CASES["D"]["valid_design"] and CASES["A"]["valid_design"]
    found = analysed("D", band=PATIENTS["TRT"])
    assert found.reason == found.hazard_ratio.reason == found.selection.reason == words.LOOKS_AHEAD
    assert found.overall is None and found.bands == {}
    ratio = found.hazard_ratio
    assert (ratio.value, ratio.lo, ratio.hi, ratio.p) == (None, None, None, None)
    assert len(found.selection.rows) == 0


# R 4.2.2, survival 3.5-3, survdiff and coxph on each part: patients, events, chi-square, hazard ratio with limits.
BANDS = {
    "low": (154, 47, 0.6605696933761, (0.749222616517325, 0.372110779114274, 1.50851456234941)),
    "high": (87, 59, 2.14785882735831, (0.660580159907457, 0.377827031010196, 1.15493628525373)),
}


def test_each_band_of_the_baseline_holds_its_own_patients() -> None:
    """High: a baseline bilirubin above 2 mg/dL."""
    high = np.where(PATIENTS["LOGBASE"] > np.log(2), "high", "low")
    found = analysed("A", band=high, bands=("low", "high", "none such"))
    assert list(found.bands) == ["low", "high", "none such"]
    assert sum(part.n for part in found.bands.values()) == compared(found).n
    assert found.bands["none such"].hazard_ratio.reason == "no patient"
    for name, (n, events, chisq, ratio) in BANDS.items():
        part = found.bands[name]
        assert (part.n, part.events) == (n, events)
        assert part.logrank.test.statistic == pytest.approx(chisq, rel=1e-9)
        estimate = part.hazard_ratio
        assert (estimate.value, estimate.lo, estimate.hi) == pytest.approx(ratio, rel=1e-8)


def test_the_class_foretells_the_outcome_in_the_patients_compared_only() -> None:
    """Counted by hand: of a to h only b, c, d, e and f are followed beyond day 36 in a class; f has no scan."""
    found = analyse_landmark(
        list("abcdefgh"),
        ["RESPONDER", "RESPONDER", "RESPONDER", "NON_RESPONDER", "NON_RESPONDER", "RESPONDER", "MISSED", "MISSED"],
        [30, 40, 90, 50, 60, 70, 20, 80], [1, 1, 0, 1, 1, 0, 0, 1], landmark=36, known_by=36,
        outcome=[0, 1, 0, 0, 1, np.nan, 1, 1],
    )  # fmt: skip
    told = compared(found).foretelling
    assert told is not None
    counts = (told.true_positive, told.false_positive, told.false_negative, told.true_negative)
    assert counts == (1, 1, 1, 1) and told.dropped == 1
    assert [(group.reason, group.state, group.subjects) for group in found.selection.exclusions] == [
        (words.EVENT_BEFORE, "RESPONDER", ("a",)),
        (words.CENSORED_BEFORE, "MISSED", ("g",)),
        (words.NO_CLASS, "MISSED", ("h",)),
    ]


needs_patients = pytest.mark.skipif(
    not (SYSUCC / "expected_states.csv").exists(),
    reason="the data are not part of the project: examples/sysucc/README.md says where to get them",
)


@needs_patients
def test_real_patients_with_liver_cancer_give_the_numbers_of_those_who_worked_without_this_code() -> None:
    """Study day 36 is 35 days after the first: survival is given in days since then, so the landmark is 35."""
    expected = json.loads((SYSUCC / "expected_landmark.json").read_text(encoding="utf-8"))
    patients = pd.read_csv(SYSUCC / "expected_states.csv")
    found = compared(
        analyse_landmark(
            patients["patient"], patients["state"], patients["os_days"], patients["death"], landmark=35, known_by=35,
            known_on=patients["day"] - 1,
        )
    )  # fmt: skip
    assert (found.n, found.curves["RESPONDER"].n) == (expected["n"], expected["responders"])
    assert found.logrank.test.statistic == pytest.approx(expected["chisq"], rel=1e-9)
    assert found.logrank.test.p == pytest.approx(expected["p"], rel=1e-9)
    ratio = found.hazard_ratio
    assert (ratio.value, ratio.lo, ratio.hi) == pytest.approx(
        (expected["hr"], expected["hr_lo"], expected["hr_hi"]), rel=1e-9
    )
    middles = found.medians
    assert list(middles) == ["NON_RESPONDER", "RESPONDER"]
    for name in ("median", "lo", "hi"):
        ours = [getattr(middle, {"median": "value"}.get(name, name)) for middle in middles.values()]
        assert ours == pytest.approx(expected[name], rel=1e-9)
