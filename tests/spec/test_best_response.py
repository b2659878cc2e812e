"""From the responses of the visits to the best response, case by case."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.core.best_response import (
    REASONS,
    derive_best_response,
    derive_response_problems,
    to_response_rows,
)
from milepost.core.response_summary import check_rates, exact_interval, summarise_response
from milepost.errors import DataProblem
from milepost.protocol.endpoints import ResponseRules
from tests.spec.cases_best_response import CASES, TABLE, Case, Then
from tests.spec.records import records
from tests.spec.response_frames import (
    baselines_frame,
    day_of,
    lines_frame,
    protocol_of,
    therapies_frame,
    timepoints_frame,
)


def adrs_of(case: Case) -> pd.DataFrame:
    """The answers of one case, one row a parameter."""
    rows = []
    for day, response in case.scans:
        more = dict(case.more.get(day, {}))
        if "PDDT" in more:
            more["PDDT"] = day_of(more["PDDT"])
        rows.append({"ADT": day_of(day), "OVRLRESP": response} | more)
    baselines = baselines_frame(*([] if case.baseline is None else [case.baseline]))
    began = day_of(case.therapy).isoformat() if isinstance(case.therapy, int) else case.therapy
    therapies = therapies_frame(() if began is None else ((began, "SYSTEMIC"),))
    if case.therapy_end is not None:
        therapies = therapies.assign(ENDTC=day_of(case.therapy_end).isoformat())
    death = None if case.death is None else day_of(case.death)
    return derive_best_response(
        timepoints_frame(*rows), baselines, lines_frame({"FIRSTDOSE": day_of(1), "DEATH": death}),
        therapies, protocol=protocol_of(response=case.rules), as_of=day_of(case.cut_off),
    )  # fmt: skip


def answer(adrs: pd.DataFrame, code: str) -> dict[str, Any]:
    rows = adrs[adrs["PARAMCD"].eq(code)].to_dict("records")
    assert len(rows) == 1, code
    return rows[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_answers_are_those_in_the_table(case: Case) -> None:
    adrs = adrs_of(case)
    for then in case.then:
        row = answer(adrs, then.code)
        assert row["AVALC"] == then.value, then.code
        assert row["DATAERR"] == then.wrong, then.code
        if then.value is None and then.wrong is not None:
            assert pd.isna(row["AVAL"]) and pd.isna(row["ADT"]) and row["REASON"] is None, then.code
        if then.day is not None:
            assert row["ADY"] == then.day, then.code
        if then.reason is not None:
            assert row["REASON"] == then.reason, then.code
            assert then.reason in REASONS


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} then {', '.join(row[1]) or 'nothing'}")
@pytest.mark.parametrize("first_day", [43, 22])
def test_the_table_of_confirmation_holds(row: tuple[str, tuple[str, ...], str, str], first_day: int) -> None:
    first, later, long_enough, too_early = row
    # too early a first one: what follows stays early too, or the later ones would be stable disease of their own
    apart = 42 if first_day == 43 else 2
    scans = ((first_day, first), *((first_day + apart * place, word) for place, word in enumerate(later, 1)))
    case = Case("", scans, (), rules={"confirmation_days": 1} if first_day == 22 else {})
    expected = long_enough if first_day == 43 else too_early
    assert answer(adrs_of(case), "CBOR")["AVALC"] == expected


def test_every_answer_names_the_records_it_rests_on() -> None:
    adrs = adrs_of(Case("", ((43, "PR"), (85, "SD"), (127, "PR"), (169, "PR")), ()))
    assert answer(adrs, "BOR")["SRC"] == ("TR|1",)
    assert answer(adrs, "CBOR")["SRC"] == ("TR|3", "TR|4")
    assert answer(adrs, "PD")["SRC"] == ("TR|1", "TR|2", "TR|3", "TR|4")


def test_readers_and_criteria_are_never_mixed() -> None:
    timepoints = timepoints_frame(
        {"ADT": day_of(43), "OVRLRESP": "PR"},
        {"ADT": day_of(85), "OVRLRESP": "PR", "READER": "INDEPENDENT ASSESSOR"},
        {"ADT": day_of(85), "OVRLRESP": "PR", "CRITERIA": "mRECIST"},
    )
    adrs = derive_best_response(
        timepoints, baselines_frame({}), lines_frame({"FIRSTDOSE": day_of(1)}), therapies_frame(()),
        protocol=protocol_of(), as_of=day_of(400),
    )  # fmt: skip
    best = adrs[adrs["PARAMCD"].eq("CBOR")]
    assert best[["PARCAT3", "PARCAT2", "AVALC", "ANL01FL"]].to_numpy().tolist() == [
        ["RECIST 1.1", "INVESTIGATOR", "SD", "Y"],
        ["RECIST 1.1", "INDEPENDENT ASSESSOR", "SD", "N"],
        ["mRECIST", "INVESTIGATOR", "SD", "N"],
    ]


def test_each_line_of_therapy_is_judged_by_its_own_scans() -> None:
    lines = lines_frame(
        {"FIRSTDOSE": day_of(1)}, {"LINE": 2, "FIRSTDOSE": day_of(100)}, {"USUBJID": "P2", "FIRSTDOSE": None}
    )
    timepoints = timepoints_frame(
        {"ADT": day_of(43), "OVRLRESP": "SD"}, {"ADT": day_of(142), "OVRLRESP": "PR", "LINE": 2}
    )
    adrs = derive_best_response(
        timepoints, baselines_frame({}, {"LINE": 2}), lines, therapies_frame(()), protocol=protocol_of(),
        as_of=day_of(400),
    )  # fmt: skip
    best = adrs[adrs["PARAMCD"].eq("BOR")]
    assert best[["USUBJID", "LINE", "AVALC", "ADY"]].to_numpy().tolist() == [
        ["P1", 1, "SD", 43],
        ["P1", 2, "PR", 43],
    ]


def test_a_scan_after_death_leaves_no_value() -> None:
    adrs = adrs_of(Case("", ((43, "PR"), (85, "PR")), (), death=84))
    assert set(adrs["DATAERR"]) == {"RS-AFTER-DEATH"}
    assert adrs[["AVALC", "AVAL", "ADT", "ADY"]].isna().all(axis=None)


def test_without_a_minimum_interval_no_stable_disease_is_told() -> None:
    adrs = derive_best_response(
        timepoints_frame({"ADT": day_of(85), "OVRLRESP": "SD"}), baselines_frame({}),
        lines_frame({"FIRSTDOSE": day_of(1)}), therapies_frame(()), protocol=protocol_of(scans={}),
        as_of=day_of(400),
    )  # fmt: skip
    assert answer(adrs, "BOR")["REASON"] == "NO_SD_MINIMUM"
    assert not adrs["PARAMCD"].str.startswith("DCW").any()


def test_from_randomisation_the_minimum_interval_counts_from_there_too() -> None:
    frames = (timepoints_frame({"ADT": day_of(34), "OVRLRESP": "SD"}), baselines_frame({}))
    lines, protocol = (
        lines_frame({"FIRSTDOSE": day_of(1)}),
        protocol_of(time_to_event={"start": "RANDOMISATION"}),
    )
    for randomised, best in ((-2, "SD"), (-1, "NE")):  # 35 and 34 days before the scan: there is no day 0
        ds = records("DS", {"DSDECOD": "RANDOMIZED", "DSSTDTC": day_of(randomised).isoformat()})
        adrs = derive_best_response(
            *frames, lines, therapies_frame(()), protocol=protocol, as_of=day_of(400), ds=ds
        )
        assert answer(adrs, "BOR")["AVALC"] == best


def test_a_partial_date_of_another_therapy_counts_from_its_first_day_after_first_dose() -> None:
    adrs = derive_best_response(
        timepoints_frame({"ADT": day_of(43), "OVRLRESP": "PR"}), baselines_frame({}),
        lines_frame({"FIRSTDOSE": day_of(1)}), therapies_frame((("2026-04", "SYSTEMIC"),)), protocol=protocol_of(),
        as_of=day_of(400),
    )  # fmt: skip
    assert answer(adrs, "BOR")["REASON"] == "NEW_THERAPY"  # 2026-04-01 lies before the scan of 2026-04-13


def test_a_partial_response_after_a_complete_one_is_asked_about() -> None:
    found = derive_response_problems(adrs_of(Case("", ((43, "CR"), (85, "NE"), (127, "PR")), ())))
    assert found[["USUBJID", "RULE", "DOMAIN"]].to_numpy().tolist() == [["P1", "RS-PR-AFTER-CR", "RS"]]
    assert derive_response_problems(adrs_of(Case("", ((43, "PR"), (85, "CR")), ()))).empty


def test_each_time_point_keeps_its_own_response() -> None:
    timepoints = timepoints_frame(
        {"ADT": day_of(43), "OVRLRESP": "SD", "NEWLES": "E", "TRGRESP": "SD", "VISIT": "WEEK 6"},
        {"ADT": day_of(85), "OVRLRESP": "PD", "NEWLES": "Y", "TRGRESP": "SD", "PDDT": day_of(43)},
        {"ADT": day_of(127), "OVRLRESP": "PD", "AFTERNEXT": True},
    )
    rows = to_response_rows(timepoints, lines_frame({"FIRSTDOSE": day_of(1)}), ResponseRules())
    assert rows["VISIT"].tolist() == ["WEEK 6"] * 4 + [None] * 8
    after = rows[rows["ADT"].eq(pd.Timestamp(day_of(127)))]
    assert (set(after["ANL01FL"]), set(after["ADY"])) == ({"N"}, {127})
    rows = rows[~rows.index.isin(after.index)]
    told = rows[rows["PARAMCD"].isin(["OVR", "NEWLPROG"])]
    assert told[["PARAMCD", "AVALC", "ADY", "ANL01FL"]].to_numpy().tolist() == [
        ["NEWLPROG", "E", 43, "Y"], ["OVR", "SD", 43, "Y"], ["NEWLPROG", "Y", 85, "Y"], ["OVR", "PD", 85, "Y"],
    ]  # fmt: skip


# section 6.4: exact intervals in percent
@pytest.mark.parametrize(("events", "of", "limits"), [(1, 22, (0.12, 22.8)), (3, 54, (1.2, 15.4))])
def test_the_exact_interval_is_that_of_the_specification(
    events: int, of: int, limits: tuple[float, float]
) -> None:
    lower, upper = exact_interval(np.array([events]), np.array([of]))
    assert 100 * lower[0] == pytest.approx(limits[0], abs=0.05)
    assert 100 * upper[0] == pytest.approx(limits[1], abs=0.05)
    assert exact_interval(np.array([0.0, 5.0]), np.array([5.0, 5.0]))[0][0] == 0
    assert exact_interval(np.array([0.0, 5.0]), np.array([5.0, 5.0]))[1][1] == 1


def test_rates_count_the_missing_as_not_responding_and_leave_out_only_the_not_measurable() -> None:
    people = [("P1", [(43, "PR"), (85, "PR")]), ("P2", [(43, "SD")]), ("P3", []), ("P4", [(43, "PD")]),
              ("P5", [(43, "NON-CR/NON-PD")]), ("P6", [(43, "PR")])]  # fmt: skip
    rows = [
        {"USUBJID": who, "ADT": day_of(day), "OVRLRESP": word} for who, scans in people for day, word in scans
    ]
    bases = [{"USUBJID": who, "MEASURABLE": who != "P5"} for who, _ in people if who != "P3"]
    lines = lines_frame(*({"USUBJID": who, "ARMCD": "ANL", "FIRSTDOSE": day_of(1)} for who, _ in people))
    adrs = derive_best_response(
        timepoints_frame(*rows), baselines_frame(*bases), lines, therapies_frame(()), protocol=protocol_of(),
        as_of=dt.date(2027, 1, 1),
    )  # fmt: skip
    rates = summarise_response(adrs).set_index("CONFIRMED")
    assert rates["N"].tolist() == [5, 5]
    assert rates["RESPONDERS"].tolist() == [2, 1]
    assert rates["CONTROLLED"].tolist() == [3, 3]
    assert rates.loc["N", "ORR"] == 0.4 and rates.loc["Y", "DCR"] == 0.6
    everybody = summarise_response(adrs, population="TREATED").set_index("CONFIRMED")
    assert everybody.loc["N", ["N", "RESPONDERS", "CONTROLLED", "NON-CR/NON-PD"]].tolist() == [6, 2, 4, 1]


def test_a_response_rate_above_the_disease_control_rate_is_refused() -> None:
    with pytest.raises(DataProblem, match="exchanged"):
        check_rates(pd.DataFrame({"N": [12], "ORR": [0.5], "DCR": [0.167]}))


def test_no_case_is_empty() -> None:
    assert all(case.then for case in CASES)
    assert {then.code for case in CASES for then in case.then} >= {
        "BOR",
        "CBOR",
        "RSP",
        "CRSP",
        "CB",
        "CCB",
        "LSTA",
    }
    assert len({case.title for case in CASES}) == len(CASES)
    assert isinstance(CASES[0].then[0], Then)
