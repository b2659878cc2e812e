"""Best response and progression-free survival against outside numbers.

recist_*.csv: made by hand from RECIST 1.1, handed to this project with its specification (reference, README). Day 1 is
2025-01-06, scans are every 8 weeks (56 ± 7 days), stable disease needs 42 days. The confirmed responses are the cases
that the R package admiralonco (pharmaverse, Apache-2.0) publishes in its tests, test-derive_param_confirmed_bor.R and
test-derive_param_confirmed_resp.R.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from milepost.core.best_response import derive_best_response
from milepost.core.time_to_event import derive_time_to_event
from tests.spec.records import records
from tests.spec.response_frames import (
    baselines_frame,
    lines_frame,
    protocol_of,
    therapies_frame,
    timepoints_frame,
)

DATA = Path(__file__).parent / "data"
STUDY = protocol_of(response={"sd_min_days": 42}, scans={"interval_days": 56, "window_days": 7})


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PATIENTS = {row["patient_id"]: row for row in rows_of("recist_patients.csv")}
EXPECTED = rows_of("recist_patient_expected.csv")
VISITS = [
    row
    for name in ("recist_visit_expected.csv", "recist_lesion_visit_expected.csv")
    for row in rows_of(name)
    if row["visit_no"] != "0"
]


def derived(patient: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """ADRS and ADTTE of one reference patient from the overall responses of its visits."""
    facts = PATIENTS[patient]
    as_of = dt.date.fromisoformat(facts["data_cutoff"])
    timepoints = timepoints_frame(
        *({"ADT": row["scan_date"], "OVRLRESP": row["overall_response"]} for row in VISITS
          if row["patient_id"] == patient)
    )  # fmt: skip
    baselines = baselines_frame({"ADT": facts["baseline_scan_date"]} if facts["baseline_scan_date"] else {})
    lines = lines_frame({"FIRSTDOSE": facts["day1_date"], "DEATH": facts["death_date"] or None})
    new = facts["new_therapy_date"]
    therapies = therapies_frame(((new, "SYSTEMIC"),) if new else ())
    alive = pd.DataFrame(
        {"USUBJID": ["P1"], "LSTALVDT": [pd.Timestamp(as_of)], "LSTALVSRC": [None], "ALIVEAFTER": [None]}
    )
    adrs = derive_best_response(timepoints, baselines, lines, therapies, protocol=STUDY, as_of=as_of)
    found = derive_time_to_event(
        lines, timepoints, baselines, adrs, therapies, alive, dm=records("DM", {"DTHDTC": facts["death_date"] or None}),
        ds=records("DS"), ss=records("SS"), protocol=STUDY, as_of=as_of,
    )  # fmt: skip
    return adrs, found.adtte


def test_the_reference_has_cases() -> None:
    assert len(EXPECTED) >= 15
    assert {row["patient_id"] for row in EXPECTED} <= set(PATIENTS)


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda row: f"{row['patient_id']} {row['comment']}")
def test_best_response_and_progression_are_those_of_the_reference(expected: dict[str, str]) -> None:
    adrs, adtte = derived(expected["patient_id"])
    best = adrs.set_index("PARAMCD")["AVALC"]
    assert best["BOR"] == expected["bor_unconfirmed"]
    assert best["CBOR"] == expected["bor_confirmed"]
    ends = adtte.set_index("PARAMCD")
    for code, style in (("PFSFDA", "fda"), ("PFSEMA", "simple")):
        assert ends.loc[code, "ADT"].date().isoformat() == expected[f"pfs_date_{style}"], code
        status = "EVENT" if ends.loc[code, "CNSR"] == 0 else "CENSOR"
        assert status == expected[f"pfs_status_{style}"], code


# patient: day 1, assessments
ADMIRALONCO = {
    "1": ("2020-01-01", "2020-01-01 PR, 2020-02-01 CR, 2020-02-16 NE, 2020-03-01 CR, 2020-04-01 SD"),
    "2": ("2019-12-12", "2020-01-01 SD, 2020-02-01 PR, 2020-03-01 SD, 2020-03-13 CR"),
    "3": ("2019-11-11", "2019-11-12 CR, 2019-12-02 CR, 2020-01-01 SD"),
    "4": ("2019-12-30", "2020-01-01 PR, 2020-03-01 SD, 2020-04-01 SD, 2020-05-01 PR, 2020-05-15 NON-CR/NON-PD"),
    "5": ("2020-01-01", "2020-01-01 PR, 2020-01-10 SD, 2020-01-20 PR, 2020-05-15 NON-CR/NON-PD"),
    "6": ("2020-02-02", "2020-02-06 PR, 2020-02-16 CR, 2020-03-30 PR"),
    "7": ("2020-02-02", "2020-02-06 PR, 2020-02-16 CR, 2020-04-01 NE"),
    "8": ("2020-04-01", ""),
    "9": ("2020-02-01", "2020-02-16 PD, 2020-03-06 SD"),
}  # fmt: skip
BY_DEFAULT = {"confirmation_days": 28, "sd_min_days": 28}
SD_ACCEPTED = {
    "confirmation_days": 14, "sd_min_days": 28, "ne_between_allowed": 0, "sd_between_allowed": 1,
}  # fmt: skip
# patient, confirmed best response with its date, date of the confirmed response
PUBLISHED = (
    (BY_DEFAULT, "1", "CR", "2020-02-01", "2020-01-01"),
    (BY_DEFAULT, "2", "SD", "2020-02-01", None),
    (BY_DEFAULT, "4", "SD", "2020-03-01", None),
    (BY_DEFAULT, "5", "NON-CR/NON-PD", "2020-05-15", None),
    (BY_DEFAULT, "7", "NE", "2020-02-06", None),
    (BY_DEFAULT, "8", "NE", None, None),
    (BY_DEFAULT, "9", "PD", "2020-02-16", None),
    (BY_DEFAULT, "3", "SD", "2020-01-01", None),
    (SD_ACCEPTED, "1", "PR", "2020-01-01", "2020-01-01"),
    (SD_ACCEPTED, "2", "PR", "2020-02-01", "2020-02-01"),
    (SD_ACCEPTED, "3", "CR", "2019-11-12", "2019-11-12"),
    (SD_ACCEPTED, "4", "SD", "2020-03-01", None),
    (SD_ACCEPTED, "5", "PR", "2020-01-01", "2020-01-01"),
)
# admiralonco lets no PR after a CR confirm anything and gives patient 6 SD; the table of section 6.4 passes over the CR
# that came too soon, and the PR after it confirms the first
OTHERWISE = ((rules, "6", "PR", "2020-02-06", "2020-02-06") for rules in (BY_DEFAULT, SD_ACCEPTED))


@pytest.mark.parametrize(("rules", "patient", "best", "dated", "response"), (*PUBLISHED, *OTHERWISE))
def test_confirmed_response_is_that_of_admiralonco(
    rules: dict[str, int], patient: str, best: str, dated: str | None, response: str | None
) -> None:
    start, told = ADMIRALONCO[patient]
    pairs = [one.split(" ") for one in told.split(", ") if one]
    timepoints = timepoints_frame(*({"ADT": day, "OVRLRESP": word} for day, word in pairs))
    adrs = derive_best_response(
        timepoints, baselines_frame({}), lines_frame({"FIRSTDOSE": start}), therapies_frame(()),
        protocol=protocol_of(response=rules), as_of=dt.date(2021, 1, 1),
    ).set_index("PARAMCD")  # fmt: skip
    assert adrs.loc["CBOR", "AVALC"] == best
    assert iso(adrs.loc["CBOR", "ADT"]) == dated
    assert adrs.loc["CRSP", "AVALC"] == ("Y" if response else "N")
    assert iso(adrs.loc["CRSP", "ADT"]) == response


def iso(date: pd.Timestamp) -> str | None:
    return None if pd.isna(date) else date.date().isoformat()
