"""The made-up study through the layouts of its sites and the derivations, against what truly happened in it.

What truly happened was worked out by the simulator in another way, by hand from the clinical specification.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from milepost.core.adverse_events import derive_adverse_events
from milepost.core.exposure import derive_exposure
from milepost.core.lab_toxicity import derive_lab_toxicity
from milepost.core.liver_safety import derive_liver_safety
from milepost.core.tumour_response import TumourResponse, derive_tumour_response
from tests.made_up_study import MadeUp, made_up, settled

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("made_up")]
TIMEPOINT = ["USUBJID", "LINE", "CRITERIA", "READER", "VISIT", "ADT"]
DAILY = {"QD": 1, "BID": 2}


@pytest.fixture(scope="module")
def made() -> MadeUp:
    return made_up()


@pytest.fixture(scope="module")
def tumour(made: MadeUp) -> TumourResponse:
    known = made.known
    return derive_tumour_response(
        known["TU"],
        known["TR"],
        known["RS"],
        made.lines,
        protocol=made.study.protocol,
        as_of=made.history.end,
    )


def told(made: MadeUp, *kinds: str) -> set[str]:
    stories = made.history.stories
    return set(stories.loc[stories["kind"].isin(kinds), "usubjid"])


def planted(made: MadeUp, *kinds: str) -> set[str]:
    faults = made.history.planted
    return set(faults.loc[faults["kind"].isin(kinds), "usubjid"])


def test_every_file_fits_the_layout_of_its_site_and_only_planted_rows_are_kept_out(made: MadeUp) -> None:
    assert made.columns == set()
    assert dict(made.faults) == {
        ("S01", "LB", "REFUSED_CODE"): 1, ("S01", "LB", "REFUSED_UNIT"): 1, ("S01", "LB", "ABOVE_HARD"): 1,
        ("S03", "LB", "UNKNOWN_UNIT"): 2, ("S03", "LB", "UNPARSEABLE"): 1, ("S04", "LB", "UNKNOWN_UNIT"): 1,
        ("S06", "LB", "REFUSED_CODE"): 1,
    }  # fmt: skip


def test_every_response_is_the_one_the_readers_own_measurements_give(
    made: MadeUp, tumour: TumourResponse
) -> None:
    expected = made.history.responses.assign(
        ADT=pd.to_datetime(made.history.responses["ADT"]), PDDT=pd.to_datetime(made.history.responses["PDDT"])
    )
    expected = expected[expected["ADT"] < settled(made.history)].rename(columns={"NEWLPROG": "NEWLES"})
    answers = ["TRGRESP", "NTRGRESP", "NEWLES", "OVRLRESP", "PDDT"]
    without = told(made, "NO_SCREENING_SCAN")
    # the simulator tells each scan once, on its own line
    derived = tumour.timepoints[~tumour.timepoints["AFTERNEXT"]]
    derived = derived[derived["ADT"].lt(settled(made.history)) & ~derived["USUBJID"].isin(without)]
    order = [*TIMEPOINT, *answers]
    assert len(expected) > 500
    assert set(expected["OVRLRESP"]) == {"CR", "PR", "SD", "PD", "NE", "NON-CR/NON-PD"}
    pd.testing.assert_frame_equal(
        derived[order].sort_values(TIMEPOINT, ignore_index=True),
        expected[order].sort_values(TIMEPOINT, ignore_index=True),
        check_dtype=False,
    )


def test_the_sites_disagree_with_their_measurements_where_it_was_planted_and_nowhere_else(
    made: MadeUp, tumour: TumourResponse
) -> None:
    found = tumour.disagreements
    assert set(found["WHAT"]) == {"OVRLRESP"}
    assert sorted(found["USUBJID"]) == sorted(planted(made, "RESPONSE_DISAGREES"))
    says = {
        row.USUBJID: f"{row.DERIVED} by what the site sent, which calls it {row.REPORTED}"
        for row in found.itertuples()
    }
    faults = made.history.planted.query("kind == 'RESPONSE_DISAGREES'")
    assert says == dict(zip(faults["usubjid"], faults["expected"], strict=True))


def test_without_a_screening_scan_nothing_is_compared(made: MadeUp, tumour: TumourResponse) -> None:
    (subject,) = told(made, "NO_SCREENING_SCAN")
    own = tumour.timepoints[tumour.timepoints["USUBJID"] == subject]
    assert len(own) and not {"CR", "PR", "SD"} & set(own["OVRLRESP"])


def test_potential_liver_cases_are_those_that_were_told_and_no_other(made: MadeUp) -> None:
    liver = derive_liver_safety(
        made.known["LB"], made.lines, protocol=made.study.protocol, as_of=made.history.end
    )
    assert set(liver.cases["USUBJID"]) == told(made, "HYS_LAW", "HYS_LAW_RAISED_BASELINE")


def test_grave_counts_and_salts_are_those_that_were_told_and_the_corrected_one_is_gone(made: MadeUp) -> None:
    graded = derive_lab_toxicity(
        made.known["LB"], made.lines, protocol=made.study.protocol, as_of=made.history.end, cm=made.known["CM"],
        site_factors={site.id: site.factors for site in made.study.sites},
    ).adlb  # fmt: skip
    worst = graded[["GRMINL", "GRMINH"]].apply(pd.to_numeric, errors="coerce").max(axis=1)
    grave = graded[worst.ge(3) & graded["ONTRTFL"].eq("Y")]
    found = grave.groupby("PARAMCD", observed=True)["USUBJID"].agg(set)
    assert found["PLAT"] == told(made, "PLATELETS_GRADE_4", "PLATELETS_GRADE_3", "PLATELETS_WITHOUT_EVENT")
    assert found["NEUT"] == told(made, "NEUTROPHILS_GRADE_4", "NEUTROPHILS_GRADE_3")
    assert found["K"] == told(made, "POTASSIUM_HIGH", "POTASSIUM_LOW")
    assert found["SODIUM"] == told(made, "SODIUM_LOW")


def test_missing_grades_stay_missing_and_months_are_filled_in(made: MadeUp) -> None:
    events = derive_adverse_events(
        made.known["AE"], made.lines, protocol=made.study.protocol, as_of=made.history.end, ds=made.known["DS"],
        dm=made.known["DM"],
    ).adae  # fmt: skip
    without_grade = events.loc[events["ATOXGRN"].isna(), "USUBJID"]
    assert set(without_grade) == planted(made, "GRADE_MISSING") and len(without_grade) == 4
    assert set(events.loc[events["ASTDTF"].notna(), "USUBJID"]) == planted(made, "MONTH_ONLY") | told(
        made, "MONTH_OF_FIRST_DOSE"
    )
    assert set(events.loc[events["AFATAL"] == "Y", "USUBJID"]) == told(made, "FATAL_EVENT")
    assert set(events.loc[events["DATAERR"].notna(), "USUBJID"]) == planted(made, "ENDS_BEFORE_START")
    venous = events[[("VENOUS_TE" in groups) for groups in events["AESI"]]]
    assert set(venous["USUBJID"]) == told(made, "THROMBOEMBOLISM")  # one of them in Chinese


def test_the_dose_taken_is_what_was_truly_taken(made: MadeUp) -> None:
    exposure = derive_exposure(
        made.known["EX"], made.lines, made.known["DS"], protocol=made.study.protocol, as_of=made.history.end,
        dm=made.known["DM"],
    ).exposure  # fmt: skip
    wrong = planted(made, "DOSES_OVERLAP", "DOSE_AFTER_DEATH", "MOVED_FIRST_DOSE")
    assert set(exposure.loc[exposure["DATAERR"].notna(), "USUBJID"]) == planted(
        made, "DOSES_OVERLAP", "DOSE_AFTER_DEATH"
    )
    expected = {
        key: _taken(own)
        for key, own in made.history.doses.groupby(["USUBJID", "LINE"])
        if _is_over(made, own)
    }
    expected = {key: truth for key, truth in expected.items() if key[0] not in wrong}
    derived = exposure.set_index(["USUBJID", "LINE"])
    assert len(expected) > 60
    assert {key: _of(derived.loc[key]) for key in expected} == expected


def _is_over(made: MadeUp, own: pd.DataFrame) -> bool:
    ends = own["END"].dropna()
    return len(ends) == len(own) and pd.Timestamp(max(ends)) < settled(made.history)


def _taken(own: pd.DataFrame) -> tuple[Decimal, int, int]:
    """mg in all, days with the drug, and how often the dose was lowered."""
    days = [(end - start).days + 1 for start, end in own[["START", "END"]].itertuples(index=False)]
    each = [
        Decimal(dose) * DAILY[often] for dose, often in own[["EXDOSE", "EXDOSFRQ"]].itertuples(index=False)
    ]
    return (
        sum(n * mg for n, mg in zip(days, each, strict=True)),
        sum(days),
        int(own["ADJUSTED"].notna().sum()),
    )  # type: ignore[return-value]


def _of(line: Any) -> tuple[Decimal, int, int]:
    return Decimal(str(line["CUMDOSE"])), int(line["DOSEDAYS"]), int(line["NREDUCE"])
