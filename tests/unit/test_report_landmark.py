"""The biomarker's response and outcome in a report: who is compared from the landmark on, and what is not said."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from milepost.core.disease_control_model import INTERACTION, RESPONSE, model_disease_control
from milepost.core.group_landmark import derive_landmark_patients, estimate_landmark
from milepost.core.landmark_selection import CENSORED_BEFORE, EVENT_BEFORE, NO_CLASS
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.landmark_section import build_landmarks, landmark_definitions
from milepost.reports.ledger import Ledger
from milepost.reports.section import Section
from tests.efficacy_builder import Patient, inputs_of, many
from tests.made_up_study import default_study

# a to c are followed beyond day 36 as responders, d to f as non-responders; g died on day 36; h was lost on day 30;
# i has no class; j progressed on day 35 and is followed for survival.
TEN = [
    Patient("a", days=100, died=True, free=80, progressed=True, controlled="Y", high=True),
    Patient("b", days=200, free=200, controlled="Y", high=False),
    Patient("c", days=150, free=150, controlled="N", high=True),
    Patient(
        "d", days=60, died=True, free=50, progressed=True, state="NON_RESPONDER", controlled="N", high=True
    ),
    Patient(
        "e", days=90, died=True, free=90, progressed=True, state="NON_RESPONDER", controlled="Y", high=False
    ),
    Patient("f", days=120, free=120, state="NON_RESPONDER", controlled=None, high=False),
    Patient("g", days=36, died=True, free=36, progressed=True, controlled="N"),
    Patient("h", days=30, free=30, state="NON_RESPONDER", controlled=None),
    Patient("i", days=100, free=100, state="MISSED", sampled=None, controlled="Y"),
    Patient("j", days=110, free=35, progressed=True, state="NON_RESPONDER", controlled="N", high=True),
]


def built(inputs: ClinicalInputs) -> tuple[Section, Ledger]:
    ledger = Ledger()
    (section,) = build_landmarks(inputs, ledger)
    return section, ledger


def exhibit(section: Section, name: str) -> Exhibit:
    return next(one for one in section.exhibits if one.id == f"landmark.AFP-W4.{name}")


def counted(ledger: Ledger, id_: str) -> tuple[object, tuple[str, ...]]:
    number = ledger.numbers[f"landmark.AFP-W4.{id_}"]
    return number.value, number.receipt.rows


def test_who_is_followed_beyond_the_window_without_the_event_is_compared() -> None:
    section, ledger = built(inputs_of(TEN))
    assert counted(ledger, "OS.responders") == (3, ("a", "b", "c"))
    assert counted(ledger, "OS.non_responders") == (4, ("d", "e", "f", "j"))
    assert counted(ledger, "PFS.non_responders") == (3, ("d", "e", "f"))
    assert (
        section.lead[0]
        == "From study day 36 on, 3 responders and 4 non-responders of 10 treated are compared."
    )
    assert section.title == "AFP response and outcome"


def test_who_is_left_out_is_told_by_state_and_reason() -> None:
    section, ledger = built(inputs_of(TEN))
    assert counted(ledger, "OS.left_out.RESPONDER.had") == (1, ("g",))
    assert counted(ledger, "OS.left_out.NON_RESPONDER.not") == (1, ("h",))
    assert counted(ledger, "OS.left_out.MISSED.in") == (1, ("i",))
    assert counted(ledger, "PFS.left_out.NON_RESPONDER.had") == (1, ("j",))
    table = exhibit(section, "selection").table
    assert table is not None
    assert table.head == (
        "State at the cut-off",
        *("compared", "event by then", "not followed beyond", "in neither class") * 2,
    )
    assert {row.name: [cell.text for cell in row.cells] for row in table.rows} == {
        "Responder": ["3", "1", "0", "0", "3", "1", "0", "0"],
        "Non-responder": ["4", "0", "1", "0", "3", "1", "1", "0"],
        "Missed": ["0", "0", "0", "1", "0", "0", "0", "1"],
        "All treated": ["7", "1", "1", "1", "6", "2", "1", "1"],
    }


def test_time_counts_from_the_landmark_on() -> None:
    """Responders: a dies 64 days after day 36; the curve stays above one half. Non-responders: 24 and 54 days after."""
    (found,) = Efficacy(inputs_of(TEN)).landmark(default_study().protocol.checkpoints[0])
    overall = found.endpoints["OS"].main.overall
    assert overall is not None
    assert overall.curves["RESPONDER"].time.tolist() == [64, 114, 164]
    assert overall.curves["NON_RESPONDER"].time.tolist() == [24, 54, 74, 84]
    assert (overall.medians["RESPONDER"].value, overall.medians["NON_RESPONDER"].value) == (None, 69)


def test_the_landmark_lies_on_a_study_day_though_survival_counts_from_randomisation() -> None:
    """Randomised ten days before first dose: AVAL is ten days longer, the study day of the end is the same."""
    frames = inputs_of(TEN).frames
    rule = default_study().protocol.checkpoints[0]
    earlier = frames.adtte.assign(
        STARTDT=frames.adtte["STARTDT"] - pd.Timedelta(days=10), AVAL=frames.adtte["AVAL"] + 10
    )
    plain, shifted = (
        derive_landmark_patients(frames.verdicts, adtte, frames.adrs, rule, ("OS",))
        for adtte in (frames.adtte, earlier)
    )
    assert shifted["OS:time"].tolist() == plain["OS:time"].tolist() == [one.days for one in TEN]


def test_by_the_hour_the_landmark_lies_35_days_after_first_dose() -> None:
    """Died 34 days 23 hours, 35 days, 35 days 12 hours after it; the last one comes in, with half a day."""
    frames = inputs_of([replace(TEN[0], id=id_) for id_ in "abc"]).frames
    study = default_study().protocol
    lengths = pd.Series([35 + 23 / 24, 36, 36.5], index=list("abc"))
    adtte = frames.adtte.assign(AVAL=frames.adtte["USUBJID"].map(lengths))
    patients = derive_landmark_patients(frames.verdicts, adtte, frames.adrs, study.checkpoints[0], ("OS",))
    found = estimate_landmark("all", patients, study.checkpoints[0], study.analysis, ("OS",)).endpoints["OS"]
    assert patients["OS:time"].tolist() == lengths.tolist()
    assert found.main.selection.rows.tolist() == [2]
    assert found.main.selection.time.tolist() == [0.5]


def test_high_and_low_baseline_are_compared_apart() -> None:
    (found,) = Efficacy(inputs_of(TEN)).landmark(default_study().protocol.checkpoints[0])
    bands = found.endpoints["OS"].main.bands
    assert {name: (part.n, part.events) for name, part in bands.items()} == {"high": (4, 2), "low": (3, 1)}
    _, ledger = built(inputs_of(TEN))
    assert counted(ledger, "OS.hazard_ratio.low")[1] == ("b", "e", "f")


def test_the_later_landmark_and_the_class_over_time_stand_beside_the_result() -> None:
    """One week later nobody else is lost; over time every treated patient is in."""
    section, ledger = built(
        inputs_of([replace(one, days=40, free=40) if one.id == "d" else one for one in TEN])
    )
    assert len(counted(ledger, "OS.hazard_ratio")[1]) == 7
    assert len(counted(ledger, "OS.hazard_ratio.later")[1]) == 6
    assert len(counted(ledger, "OS.hazard_ratio.over_time")[1]) == 10
    names = [mark.text for mark in exhibit(section, "ratios").figures[0].marks if mark.element == "text"]
    assert names.count("Landmark on study day 43") == 2


def test_the_class_is_held_against_disease_control_two_by_two() -> None:
    """Of those compared by progression-free survival: a and b controlled, c not; e controlled, d not; f not known."""
    section, ledger = built(inputs_of(TEN))
    table = exhibit(section, "control").table
    assert table is not None and table.head == ("Class", "controlled, week 6", "not controlled", "all")
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["2", "1", "3"],
        ["1", "1", "2"],
        ["3", "2", "5"],
    ]
    assert exhibit(section, "control").notes == (
        "2 patients of either class had progressed or died by study day 36: not here.",
        "1 patient compared has no answer at that scan.",
    )
    # binom.test(2, 3) of R
    sensitivity = ledger.numbers["landmark.AFP-W4.sensitivity"].plain()
    assert (sensitivity["value"][:8], sensitivity["denominator"]) == ("0.666666", 3)
    assert [end[:8] for end in sensitivity["interval_95"]] == ["0.094299", "0.991596"]
    assert ledger.numbers["landmark.AFP-W4.negative_value"].plain()["value"] == "0.5"


def test_a_class_that_rests_on_data_from_after_the_landmark_is_refused_with_the_reason() -> None:
    section, ledger = built(inputs_of([replace(TEN[0], sampled=40), *TEN[1:]]))
    refused = "Refused: the class of a patient rests on data from after the landmark."
    assert section.lead == (refused, "")
    assert exhibit(section, "OS").empty == exhibit(section, "ratios").empty == refused
    assert ledger.numbers["landmark.AFP-W4.OS.hazard_ratio"].plain()["value"] is None


def test_the_ratio_has_an_interval_in_the_open_report_and_no_p_value() -> None:
    inputs = inputs_of(many(60))
    section, ledger = built(inputs)
    ratio = ledger.numbers["landmark.AFP-W4.OS.hazard_ratio"].plain()
    assert ratio["value"] is not None and None not in ratio["interval_95"]
    said = repr(section)
    assert not re.search(r"log-rank|\bp ?[<=]|'p'|\"p\"", said)
    assert not [id_ for id_ in ledger.numbers if id_.endswith(".p")]
    assert "AFP non-response is not RECIST progression" in said
    drug_names = [name for drug in inputs.protocol.treatments for name in drug.names]
    assert drug_names and not [name for name in drug_names if name in said]


def test_at_a_look_of_the_protocol_each_group_has_its_test() -> None:
    section, ledger = built(inputs_of(many(60), compared=True, tested=True))
    assert {"landmark.AFP-W4.OS.logrank.p.A", "landmark.AFP-W4.OS.logrank.p.B"} <= set(ledger.numbers)
    assert "p: log-rank test" in exhibit(section, "ratios").sub


@pytest.mark.parametrize(
    ("patients", "sentence"),
    [([], "Nobody has been treated yet."),
     ([Patient("a", days=20, free=20, state="NOT_DUE", sampled=None, controlled=None)],
      "Nobody is compared yet: no patient of either class was followed beyond study day 36.")],
)  # fmt: skip
def test_with_nobody_to_compare_the_section_says_so(patients: list[Patient], sentence: str) -> None:
    section, _ = built(inputs_of(patients))
    assert section.lead == (sentence, "")
    assert all(one.figures == () for one in section.exhibits)
    nobody = "Nobody is compared yet: no patient of either class was followed beyond study day 36."
    assert {one.empty for one in section.exhibits if one.table is None} <= {
        nobody,
        "No patient has been treated yet.",
    }


def test_every_treated_patient_is_compared_or_left_out_for_one_reason() -> None:
    (found,) = Efficacy(inputs_of(many(60))).landmark(default_study().protocol.checkpoints[0])
    for endpoint in found.endpoints.values():
        selection = endpoint.main.selection
        left_out = [subject for exclusion in selection.exclusions for subject in exclusion.subjects]
        assert sorted([*found.subjects(endpoint.main), *left_out]) == sorted(one.id for one in many(60))
        assert {exclusion.reason for exclusion in selection.exclusions} <= {
            EVENT_BEFORE,
            CENSORED_BEFORE,
            NO_CLASS,
        }


# 12 of 16 responders controlled, 8 of 24 others: glm and confint of R (which interpolates the profile).
ODDS = (6, 1.5544269804, 27.4768303475)


def crossed() -> pd.DataFrame:
    cells = [(1, 1, 12), (1, 0, 4), (0, 1, 8), (0, 0, 16)]
    told = [(responded, controlled) for responded, controlled, n in cells for _ in range(n)]
    return pd.DataFrame({
        "USUBJID": [f"p{i:02d}" for i in range(len(told))],
        "RESPONDED": [float(responded) for responded, _ in told], "CONTROLLED": [float(c) for _, c in told],
    })  # fmt: skip


def factors(patients: pd.DataFrame, **labels: object) -> pd.DataFrame:
    return patients[["USUBJID"]].assign(**labels)


def test_the_odds_ratio_of_disease_control_is_that_of_r() -> None:
    model = model_disease_control(crossed(), factors(crossed()), {}, ())
    (term,) = model.terms
    found = term.ordinary.odds_ratio_profile
    assert (found.value, found.lo, found.hi) == pytest.approx(ODDS, rel=5e-4)
    assert (len(model.subjects), len(model.controlled), term.factor) == (40, 20, RESPONSE)
    assert model.penalised is None  # twenty patients of either outcome for one term


def test_a_factor_in_which_all_are_alike_is_left_out_by_name_and_a_patient_without_one_is_counted() -> None:
    patients = crossed()
    sexes = pd.Series(["male"] * 40)
    bands = pd.Series(np.where(np.arange(40) % 2, "high", "low"), dtype=object)
    bands[0] = None
    model = model_disease_control(
        patients, factors(patients, SEX=sexes, BAND=bands), {"SEX": ("male", "female"), "BAND": ("low", "high")},
        ("SEX", "BAND"),
    )  # fmt: skip
    assert model.omitted == ("SEX",) and model.incomplete == ("p00",) and len(model.subjects) == 39
    assert [(term.factor, term.level, term.against) for term in model.terms] == [
        (RESPONSE, "", ""),
        ("BAND", "high", "low"),
    ]


def test_where_the_class_tells_all_outcomes_the_ratio_is_not_estimable_and_the_penalised_one_stands() -> None:
    patients = crossed().assign(CONTROLLED=lambda frame: frame["RESPONDED"])
    model = model_disease_control(patients, factors(patients), {}, ())
    (term,) = model.terms
    assert term.ordinary.odds_ratio_profile.value is None
    assert "separation" in (model.ordinary.reason or "")
    assert term.penalised is not None
    assert term.penalised.odds_ratio_profile.value is not None and term.penalised.odds_ratio_profile.value > 1


def test_the_interaction_of_response_and_arm_stands_beside_the_model_without_it() -> None:
    patients = crossed().assign(GROUP=["A", "B"] * 20)
    with_arms = model_disease_control(patients, factors(patients), {}, (), groups=("A", "B"))
    assert [term.factor for term in with_arms.terms] == [RESPONSE, "group", INTERACTION]
    section, ledger = built(inputs_of(many(60), compared=True))
    assert "landmark.AFP-W4.model.response-x-group.odds_ratio" in ledger.numbers
    names = [row.name for row in exhibit(section, "model").table.rows]  # type: ignore[union-attr]
    assert "Arm B against Arm A" in names
    _, pooled = built(inputs_of(many(60)))
    assert not [id_ for id_ in pooled.numbers if "group" in id_]


def test_each_exhibit_leads_to_a_definition_that_exists() -> None:
    inputs = inputs_of(many(40))
    keys = {key for key, _, _ in landmark_definitions(inputs)}
    section, _ = built(inputs)
    assert {one.definition for one in section.exhibits} <= keys
    assert (
        "study day 36"
        in dict((key, title) for key, title, _ in landmark_definitions(inputs))["landmark.AFP-W4"]
    )
