"""RECIST 1.1 by hand: every visit and every lesion of recist_*.csv.

These cases were made by hand from RECIST 1.1 and handed to this project with its specification (reference, README).
"""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from milepost.core.tumour_response import TumourResponse, derive_tumour_response
from milepost.protocol import Enrolment, ScanSchedule, StudyProtocol
from tests.spec.checkpoint_case import AFP, RULE
from tests.spec.records import records

DATA = Path(__file__).parent / "data"
PROTOCOL = StudyProtocol(
    id="REF", title="Reference", time_zone="Asia/Shanghai", enrolment=Enrolment(planned=1),
    tests=(AFP,), checkpoints=(RULE,), scans=ScanSchedule(interval_days=56, window_days=14),
)  # fmt: skip
NON_TARGET = {"NON-CR/NON-PD": "NON-CR/NON-PD", "CR": "CR", "NE": "NE", "PD": "PD", "NONE_AT_BASELINE": None}


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PATIENTS = {row["patient_id"]: row for row in table("recist_patients.csv")}
VISITS = table("recist_visits.csv")
LESIONS = table("recist_lesions.csv")
EXPECTED = {
    (row["patient_id"], row["visit_no"]): row
    for name in ("recist_visit_expected.csv", "recist_lesion_visit_expected.csv")
    for row in table(name)
}


def lines() -> pd.DataFrame:
    rows = [
        {
            "USUBJID": name,
            "LINE": 1,
            "SITEID": "S01",
            "ARMCD": "A",
            "FIRSTDOSE": pd.Timestamp(row["day1_date"]),
        }
        for name, row in PATIENTS.items()
    ]
    return pd.DataFrame(rows)


def judged() -> TumourResponse:
    tu, tr, rs = [], [], []
    by_visit = {row["patient_id"] for row in VISITS}
    for name in by_visit:
        patient = PATIENTS[name]
        tr.append({"USUBJID": name, "TRTESTCD": "SUMDIAM", "TRORRES": patient["baseline_target_sum_mm"],
                   "TRORRESU": "mm", "TRDTC": patient["baseline_scan_date"]})  # fmt: skip
    for row in VISITS:
        at = {"USUBJID": row["patient_id"], "VISIT": f"VISIT {row['visit_no']}"}
        if row["target_sum_mm"]:
            tr.append(at | {"TRTESTCD": "SUMDIAM", "TRORRES": row["target_sum_mm"], "TRORRESU": "mm",
                            "TRDTC": row["scan_date"]})  # fmt: skip
        said = "ABSENT" if row["all_targets_gone"] == "Y" else "PRESENT"
        said = said if row["targets_measured"] == "ALL" else "NOT EVALUABLE"
        tr.append(
            at | {"TRTESTCD": "TUMSTATE", "TRGRPID": "TARGET", "TRORRES": said, "TRDTC": row["scan_date"]}
        )
        for test, answer in (("NTRGRESP", NON_TARGET[row["non_target"]]), ("NEWLPROG", row["new_lesion"])):
            if answer is not None:
                rs.append(
                    at
                    | {"RSTESTCD": test, "RSORRES": answer, "RSDTC": row["scan_date"], "RSCAT": "RECIST 1.1"}
                )
    for row in LESIONS:
        at = {"USUBJID": row["patient_id"], "VISIT": f"VISIT {row['visit_no']}"}
        if row["visit_no"] == "0":
            place = "LYMPH NODE" if row["is_node"] == "Y" else row["site"].upper()
            tu.append(
                at
                | {
                    "TULNKID": row["lesion_id"],
                    "TUORRES": "TARGET",
                    "TULOC": place,
                    "TUDTC": row["scan_date"],
                }
            )
        tr.append(at | {"TRLNKID": row["lesion_id"], "TRTESTCD": "SAXIS" if row["is_node"] == "Y" else "LDIAM",
                        "TRORRES": row["measurement_mm"], "TRORRESU": "mm", "TRDTC": row["scan_date"]})  # fmt: skip
    return derive_tumour_response(
        records("TU", *tu), records("TR", *tr), records("RS", *rs), lines(), protocol=PROTOCOL,
        as_of=dt.date.fromisoformat(next(iter(PATIENTS.values()))["data_cutoff"]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def response() -> TumourResponse:
    return judged()


def test_there_are_reference_cases_and_all_of_them_are_judged(response: TumourResponse) -> None:
    wanted = {key for key, row in EXPECTED.items() if row["overall_response"]}
    assert len(wanted) == len(response.timepoints) >= 30


@pytest.mark.parametrize(("patient", "visit"), sorted(EXPECTED))
def test_target_and_overall_response_are_those_worked_out_by_hand(response, patient, visit) -> None:
    expected, found = EXPECTED[patient, visit], response.timepoints
    row = found[found["USUBJID"].eq(patient) & found["ADT"].eq(pd.Timestamp(expected["scan_date"]))]
    if expected["overall_response"]:
        assert row[["TRGRESP", "OVRLRESP"]].to_numpy().tolist() == [
            [expected["target_response"], expected["overall_response"]]
        ]
    else:
        assert row.empty
    if "target_sum_mm" in expected:
        sums = response.lesions
        sums = sums[sums["USUBJID"].eq(patient) & sums["PARAMCD"].eq("SDIAM")]
        at = sums[sums["ADT"].eq(pd.Timestamp(expected["scan_date"]))]
        assert at["AVAL"].tolist() == [Decimal(expected["target_sum_mm"])]


@pytest.mark.parametrize("patient", sorted(PATIENTS))
def test_the_baseline_sum_is_that_of_the_patient(response, patient) -> None:
    row = response.baselines[response.baselines["USUBJID"].eq(patient)]
    assert row["SUM"].tolist() == [Decimal(PATIENTS[patient]["baseline_target_sum_mm"])]
    assert row["COMPLETE"].tolist() == [True]
