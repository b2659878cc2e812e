"""What the made-up study holds: the same seed the same bytes, every story told, every fault named."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pandas as pd
import pytest

from milepost.simulator import deliveries, expected_verdicts, simulate
from milepost.simulator.history import History
from tests.made_up_study import SEED, default_study

STORIES = {
    "HYS_LAW": 1, "HYS_LAW_RAISED_BASELINE": 1, "TEMPLE": 1, "CHOLESTASIS": 1, "HYS_LAW_UNPAIRED": 1,
    "PLATELETS_GRADE_4": 1, "PLATELETS_GRADE_3": 1, "PLATELETS_WITHOUT_EVENT": 1, "NEUTROPHILS_GRADE_4": 1,
    "NEUTROPHILS_GRADE_3": 1, "POTASSIUM_HIGH": 1, "POTASSIUM_LOW": 1, "SODIUM_LOW": 1, "ANTICOAGULATED": 2,
    "THROMBOEMBOLISM": 2, "FATAL_EVENT": 4, "MONTH_OF_FIRST_DOSE": 1, "BEFORE_TREATMENT": 7, "SERIOUS_TAKEN_BACK": 1,
    "CR_BY_SCAN": 1, "REAPPEARS": 1, "TOO_SMALL": 1, "NOT_EVALUABLE": 2, "MISSED_LESION": 1, "PD_DESPITE_MISSING": 1,
    "SPLIT_LESION": 1, "EQUIVOCAL": 2, "TWO_SCANS_MISSED": 3, "NO_SCREENING_SCAN": 1, "SITE_SILENT": 1,
}  # fmt: skip
FAULTS = {
    "CORRECTED": 4, "PRELIMINARY": 5, "CANCELLED": 2, "WRONG_UNIT": 1, "WRONG_UNIT_CORRECTED": 1, "UNKNOWN_UNIT": 1,
    "MOM": 1, "AFP_L3": 1, "AFTER_RECEIPT": 1, "HAEMOLYSED": 1, "ROW_TWICE": 1, "VANISHED": 1, "UNKNOWN_SUBJECT": 1,
    "IMPOSSIBLE_VALUE": 1, "AFTER_DEATH": 1, "MOVED_FIRST_DOSE": 1, "TOXICITY_CORRECTED": 1, "RESPONSE_DISAGREES": 5,
    "SCAN_CORRECTED": 1, "GRADE_MISSING": 4, "MONTH_ONLY": 5, "ENDS_BEFORE_START": 1, "DOSES_OVERLAP": 1,
    "DOSE_AFTER_DEATH": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def history() -> History:
    study = default_study()
    return simulate(SEED, protocol=study.protocol, sites=study.sites)


def newest(history: History, domain: str) -> pd.DataFrame:
    """The last state of each form."""
    rows = history.forms[domain].sort_values("REVISION", kind="stable")
    return rows.drop_duplicates(["USUBJID", "REF"], keep="last")


def people_of(history: History, kind: str) -> list[str]:
    return history.stories.loc[history.stories["kind"] == kind, "usubjid"].tolist()


def results_of(history: History, subject: str, test: str) -> pd.DataFrame:
    """Results of one test in order of collection, as numbers, with multiples of the upper limit."""
    labs = history.labs
    own = labs[(labs["USUBJID"] == subject) & (labs["LBTESTCD"] == test)].sort_values("LBDTC")
    value = own["LBORRES"].astype(float)
    return own.assign(VALUE=value, TIMES=value / own["LBORNRHI"].astype(float))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    study = default_study()

    def bytes_of(seed: int) -> list[tuple[str, str, bytes, dt.datetime]]:
        made = simulate(seed, protocol=study.protocol, sites=study.sites, patients=24)
        return [(file.site, file.name, file.raw, file.received_at) for file in deliveries(made, study.sites)]

    assert bytes_of(7) == bytes_of(7)
    assert bytes_of(7) != bytes_of(8)


@pytest.mark.parametrize("patients", [1, 2, 40])
def test_a_study_of_any_size_can_be_made_up(patients: int) -> None:
    study = default_study()
    made = simulate(3, protocol=study.protocol, sites=study.sites, patients=patients)
    assert len(made.patients) == patients
    assert list(deliveries(made, study.sites))


def test_every_story_is_told_and_every_fault_is_planted(history: History) -> None:
    assert Counter(history.stories["kind"]) == STORIES
    assert Counter(history.planted["kind"]) == FAULTS


def test_what_is_planted_is_named_in_the_rows_it_touches(history: History) -> None:
    frames = (history.labs, *history.scans.values(), *history.forms.values())
    named = {
        (kind, subject)
        for frame in frames if len(frame)
        for kind, subject in frame.loc[frame["DIRT"].astype(str) != "", ["DIRT", "USUBJID"]].itertuples(index=False)
    }  # fmt: skip
    assert named == set(history.planted[["kind", "usubjid"]].itertuples(index=False, name=None))


def test_faults_beside_the_checkpoint_take_no_patient_out_of_its_expected_verdicts(history: History) -> None:
    # 158 patients; 24 of them bear one of the faults that change samples, doses or deaths
    expected = expected_verdicts(history)
    disagreeing = set(history.planted.loc[history.planted["kind"] == "RESPONSE_DISAGREES", "usubjid"])
    assert len(expected) > 90
    assert disagreeing & set(expected["USUBJID"])


def test_the_clear_liver_case_has_normal_values_before_and_both_rises_on_one_day(history: History) -> None:
    (subject,) = people_of(history, "HYS_LAW")
    first_dose = history.people.set_index("USUBJID").loc[subject, "FIRSTDOSE"]
    alt, bili, alp = (results_of(history, subject, test) for test in ("ALT", "BILI", "ALP"))
    before = alt[[at.date() < first_dose for at in alt["LBDTC"]]]
    assert len(before) == 2 and before["TIMES"].max() < 1
    both = alt.merge(bili, on="LBDTC", suffixes=("", "_B")).merge(alp, on="LBDTC", suffixes=("", "_P"))
    hit = both[(both["TIMES"] >= 3) & (both["TIMES_B"] >= 2)]
    assert len(hit) == 2
    assert both["TIMES_P"].max() < 2


def test_most_patients_have_two_liver_panels_before_treatment(history: History) -> None:
    starts = history.people.dropna(subset=["FIRSTDOSE"]).set_index("USUBJID")["FIRSTDOSE"]
    alt = history.labs[(history.labs["LBTESTCD"] == "ALT") & history.labs["USUBJID"].isin(starts.index)]
    days = pd.Series([at.date() for at in alt["LBDTC"]], index=alt.index)
    before = alt[days < alt["USUBJID"].map(starts)]
    counts = before.groupby("USUBJID").size()
    assert (counts >= 2).mean() > 0.8


def test_every_result_but_the_test_strip_bears_its_limits(history: History) -> None:
    numbers = history.labs[history.labs["LBTESTCD"] != "UPROT"]
    assert numbers["LBORNRLO"].ne("").all() and numbers["LBORNRHI"].ne("").all()


def test_what_an_event_says_of_the_drug_is_borne_out_by_the_doses(history: History) -> None:
    events = newest(history, "AE")
    doses = history.doses
    for subject, action, start in events[["USUBJID", "AEACN", "AESTDTC"]].itertuples(index=False):
        own = doses[doses["USUBJID"] == subject]
        if action == "DRUG INTERRUPTED":
            assert own["PAUSED"].iloc[0] is not None, subject
            first, again = own["PAUSED"].iloc[0]
            assert 0 <= (first - start).days <= 10
            # the last dose before the pause ends, and nothing is taken in it
            taken = own[(own["START"] >= first) & (own["START"] < again)]
            assert taken.empty and all(end < first for end in own.loc[own["START"] < first, "END"])
        if action == "DOSE REDUCED":
            lowered = own.loc[own["ADJUSTED"].notna(), "START"]
            assert any(0 < (day - start).days < 10 for day in lowered), subject
        if action == "DRUG WITHDRAWN":
            stops = newest(history, "DS").query("USUBJID == @subject and DSDECOD == 'DRUG DISCONTINUED'")
            assert "ADVERSE EVENT" in set(stops["DSTERM"])


def test_anlotinib_is_taken_on_14_of_21_days_and_some_start_with_10_mg(history: History) -> None:
    taken = history.doses[(history.doses["EXTRT"] == "ANLOTINIB") & history.doses["END"].notna()]
    days = [(end - start).days + 1 for start, end in taken[["START", "END"]].itertuples(index=False)]
    assert max(days) == 14
    first = taken.drop_duplicates(["USUBJID", "LINE"])["EXDOSE"]
    assert set(first) == {"12", "10"}
    between = [
        (later - earlier).days
        for _, own in taken[taken["PAUSED"].isna()].groupby(["USUBJID", "LINE"])
        for earlier, later in zip(own["START"], own["START"].iloc[1:], strict=False)
    ]
    assert set(between) == {21}


def test_fatal_events_end_on_the_day_of_death(history: History) -> None:
    fatal = newest(history, "AE").query("AEOUT == 'FATAL'")
    deaths = history.people.set_index("USUBJID")["DEATH"]
    assert len(fatal) == 4
    assert fatal["AETOXGR"].eq("5").all() and fatal["AESER"].eq("Y").all()
    assert (fatal["AEENDTC"] == fatal["USUBJID"].map(deaths)).all()


def test_not_every_event_is_related_and_some_lie_before_treatment(history: History) -> None:
    events = newest(history, "AE")
    assert set(events["AEREL"]) == {"RELATED", "POSSIBLY RELATED", "NOT RELATED"}
    early = events[events["USUBJID"].isin(people_of(history, "BEFORE_TREATMENT"))]
    starts = early["USUBJID"].map(history.people.set_index("USUBJID")["FIRSTDOSE"])
    before = [
        isinstance(day, dt.date) and day < start for day, start in zip(early["AESTDTC"], starts, strict=True)
    ]
    assert sum(before) == 7


def test_who_takes_warfarin_has_a_raised_inr(history: History) -> None:
    subjects = people_of(history, "ANTICOAGULATED")
    medicines = history.forms["CM"]
    assert set(medicines.loc[medicines["CMTRT"] == "Warfarin", "USUBJID"]) == set(subjects)
    for subject in subjects:
        assert results_of(history, subject, "INR")["VALUE"].min() > 2


def test_each_kind_of_reading_comes_from_the_sites_that_make_it(history: History) -> None:
    sizes, answers = history.scans["TR"], history.scans["RS"]
    by_test = sizes.groupby("TRTESTCD")["SITEID"].agg(set)
    assert by_test["SUMDIAM"] == {"S05"}
    assert by_test["LDIAM"] == {"S01", "S02", "S03", "S04"}
    assert by_test["VDIAM"] == {"S01", "S04"}
    assert set(sizes.loc[sizes["TRTESTCD"] == "VDIAM", "TREVAL"]) == {"INDEPENDENT ASSESSOR"}
    assert set(answers.loc[answers["SITEID"] == "S06", "RSTESTCD"]) == {
        "TRGRESP",
        "NTRGRESP",
        "NEWLPROG",
        "OVRLRESP",
    }
    assert set(sizes.loc[sizes["SITEID"] == "S03", "TRORRESU"].dropna()) == {"cm"}
    words = set(sizes.loc[sizes["TRORRESU"].isna(), "TRORRES"])
    assert {
        "ABSENT",
        "TOO SMALL TO MEASURE",
        "NOT EVALUABLE",
        "EQUIVOCAL",
        "UNEQUIVOCAL PROGRESSION",
    } <= words


def test_nobody_has_more_than_two_target_lesions_in_the_liver(history: History) -> None:
    found = history.scans["TU"]
    liver = found[(found["TUORRES"] == "TARGET") & found["TULOC"].str.startswith("LIVER")]
    assert liver.groupby(["USUBJID", "TUEVAL"])["TULNKID"].nunique().max() == 2


def test_the_demo_stays_small(history: History) -> None:
    lines = sum(file.raw.count(b"\n") for file in deliveries(history, default_study().sites))
    assert lines < 28_000
