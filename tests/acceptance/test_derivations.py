"""What `milepost derive` says of files a site sends: responses, times, grades, events, and what was known when."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.acceptance.sdtm import derive, enrol, event, lab, lesion, scan, send, write_sdtm_study
from tests.acceptance.study import Service

NIGHT = "2026-07-15"


@pytest.fixture(scope="module")
def told(new_service: Callable[..., Service], tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Four patients and everything that happened to them, sent in one evening."""
    service = new_service(study=write_sdtm_study(tmp_path_factory.mktemp("sdtm") / "study"))
    service.day("2026-07-14")
    enrol(service, "S01-001", "S01-002", "S01-004")
    enrol(service, "S01-003", arm="SOR", DTHDTC="2026-06-20")
    _send_scans(service)
    _send_results(service)
    send(
        service, "AE",
        event("S01-001", "1", "Hypertension", "2026-03-10", "3"),
        event("S01-001", "2", "Hypertension", "2026-04-10", "2"),
        event("S01-002", "1", "Fatigue", "2026-02-25", "1"), event("S01-002", "2", "Fatigue", "2026-03", ""),
    )  # fmt: skip
    service.night(NIGHT)
    return service


def _send_scans(service: Service) -> None:
    first, second, third = ("2026-02-25", "SCREENING"), ("2026-04-13", "WEEK 6"), ("2026-05-25", "WEEK 12")
    patients = ("S01-001", "S01-002", "S01-003")
    targets = [lesion(patient, f"T{n}", "TARGET", "2026-02-25") for patient in patients for n in (1, 2)]
    send(service, "TU", *targets, lesion("S01-002", "N1", "NEW", "2026-05-25", "LUNG"))
    sizes = (
        ("S01-001", first, "33", "33"), ("S01-001", second, "23.1", "23.1"), ("S01-001", third, "23.1", "23.1"),
        ("S01-002", first, "30.5", "30"), ("S01-002", second, "30.5", "30"), ("S01-002", third, "30.5", "30"),
        ("S01-003", first, "50", "50"), ("S01-003", second, "60.5", "NOT EVALUABLE"),
    )  # fmt: skip
    send(service, "TR", *(row for who, when, *found in sizes for row in scan(who, *when, *found)))
    reported = {"USUBJID": "S01-002", "RSTESTCD": "OVRLRESP", "RSCAT": "RECIST 1.1", "RSORRES": "SD"}
    send(service, "RS", reported | {"RSEVAL": "INVESTIGATOR", "RSDTC": "2026-05-25", "VISIT": "WEEK 12"})


def _send_results(service: Service) -> None:
    alt, plat = ("ALT", "U/L", "9", "40"), ("PLAT", "10^9/L", "125", "350")
    bare, neut = ("PLAT", "10^9/L", "", ""), ("NEUT", "10^9/L", "", "")
    results = (
        ("S01-001", alt, "2026-02-27", "40"), ("S01-001", alt, "2026-03-20", "120"),
        ("S01-001", alt, "2026-03-27", "121"), ("S01-002", alt, "2026-02-27", "80"),
        ("S01-002", alt, "2026-03-20", "100"), ("S01-001", plat, "2026-03-20", "75"),
        ("S01-001", plat, "2026-03-27", "49"), ("S01-002", bare, "2026-03-20", "49"),
        ("S01-002", neut, "2026-03-20", "1.6"),
    )  # fmt: skip
    send(
        service, "LB",
        *(lab(who, test, day, result, unit, low, high) for who, (test, unit, low, high), day, result in results),
    )  # fmt: skip


def one(rows: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    """The only row that has these values."""
    (found,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return found


@pytest.mark.parametrize(
    ("subject", "parameter", "answer", "day"),
    [
        ("S01-001", "BOR", "PR", "2026-04-13"),
        ("S01-001", "CBOR", "PR", "2026-04-13"),
        ("S01-001", "DCW6", "Y", "2026-04-13"),
        ("S01-002", "BOR", "SD", "2026-04-13"),
        ("S01-002", "PD", "Y", "2026-05-25"),
        ("S01-003", "BOR", "NE", "2026-04-13"),
        ("S01-004", "BOR", "NE", ""),
    ],
)
def test_responses_are_derived_from_lesions_exactly(told, subject, parameter, answer, day) -> None:
    """S01-001: 66 to 46.2 mm is exactly -30 %. S01-003: one lesion not evaluable and the other grown too little."""
    row = one(derive(told, "adrs", NIGHT), USUBJID=subject, PARAMCD=parameter, ANL01FL="Y")
    assert (row["AVALC"], row["ADT"]) == (answer, day)


@pytest.mark.parametrize(
    ("subject", "parameter", "day", "censored"),
    [
        ("S01-001", "PFS", "2026-05-25", True),
        ("S01-002", "PFS", "2026-05-25", False),
        ("S01-003", "OS", "2026-06-20", False),
        ("S01-003", "PFSEMA", "2026-06-20", False),
        ("S01-004", "PFSFDA", "2026-03-02", True),
    ],
)
def test_times_end_with_an_event_or_are_censored_for_a_reason(
    told, subject, parameter, day, censored
) -> None:
    rows = [row for row in derive(told, "adtte", NIGHT) if row["ANL01FL"] == "Y"]
    row = one(rows, USUBJID=subject, PARAMCD=parameter)
    assert (row["ADT"], row["CNSR"] != "0") == (day, censored)
    assert row["EVNTDESC"] and (row["CNSDTDSC"] != "") == censored


def test_a_response_that_differs_from_the_sites_own_is_listed_and_asked_back(told) -> None:
    row = one(derive(told, "disagreements", NIGHT), USUBJID="S01-002", WHAT="OVRLRESP")
    assert (row["ADT"], row["DERIVED"], row["REPORTED"]) == ("2026-05-25", "PD", "SD")
    assert ("RS-DISAGREES", "S01-002") in told.open_queries()


@pytest.mark.parametrize(
    ("subject", "test", "day", "direction", "grade"),
    [
        ("S01-001", "ALT", "2026-03-20", "ATOXGRH", "1"),  # exactly three times the limit
        ("S01-001", "ALT", "2026-03-27", "ATOXGRH", "2"),
        ("S01-002", "ALT", "2026-03-20", "ATOXGRH", "0"),  # 2.5 times the limit, 1.25 times a raised baseline
        ("S01-001", "ALT", "2026-02-27", "ATOXGRH", ""),  # before the first dose
        ("S01-001", "PLAT", "2026-03-20", "ATOXGRL", "1"),
        ("S01-001", "PLAT", "2026-03-27", "ATOXGRL", "3"),
        ("S01-002", "PLAT", "2026-03-20", "ATOXGRL", "3"),  # no range is needed below 50
        ("S01-002", "NEUT", "2026-03-20", "ATOXGRL", ""),  # between the limits a range decides
    ],
)
def test_laboratory_values_are_graded_by_their_own_report(told, subject, test, day, direction, grade) -> None:
    assert one(derive(told, "adlb", NIGHT), USUBJID=subject, PARAMCD=test, ADT=day)[direction] == grade


def test_a_grade_that_needs_a_range_is_asked_for(told) -> None:
    assert any(rule.startswith("LB-") and subject == "S01-002" for rule, subject in told.open_queries())


def test_an_event_counts_once_at_its_worst_grade_and_a_missing_grade_is_none(told) -> None:
    rows = derive(told, "adae", NIGHT)
    flags = {
        (row["USUBJID"], row["RECKEY"]): (row["TRTEMFL"], row["AOCCPFL"], row["ATOXGRN"]) for row in rows
    }
    assert flags == {
        ("S01-001", "R:1"): ("Y", "Y", "3"),
        ("S01-001", "R:2"): ("Y", "", "2"),
        ("S01-002", "R:1"): ("N", "", "1"),
        ("S01-002", "R:2"): ("Y", "Y", ""),
    }


def test_subjects_have_one_row_each_with_what_became_of_them(told) -> None:
    rows = derive(told, "adsl", NIGHT)
    assert [row["USUBJID"] for row in rows] == ["S01-001", "S01-002", "S01-003", "S01-004"]
    died = one(rows, USUBJID="S01-003")
    assert (died["SAFFL"], died["DTHFL"], died["DTHDT"], died["EOSSTT"]) == ("Y", "Y", "2026-06-20", "DIED")
    assert one(rows, USUBJID="S01-001")["EOSSTT"] == "ONGOING"


def test_a_frame_says_the_same_as_json(told) -> None:
    done = told.cli("derive", "adrs", "--as-of", NIGHT, "--format", "json")
    rows = json.loads(done.stdout)
    assert [row["PARAMCD"] for row in rows] == [row["PARAMCD"] for row in derive(told, "adrs", NIGHT)]
    assert one(rows, USUBJID="S01-001", PARAMCD="BOR", PARCAT2="INVESTIGATOR")["AVALC"] == "PR"


def test_the_past_is_derived_as_it_happened(told) -> None:
    """On the day before the second scan there was a response to confirm and no progression."""
    rows = derive(told, "adrs", "2026-05-24")
    assert one(rows, USUBJID="S01-001", PARAMCD="CBOR", ANL01FL="Y")["AVALC"] == "SD"
    assert one(rows, USUBJID="S01-002", PARAMCD="PD", ANL01FL="Y")["AVALC"] == "N"
    os = one(derive(told, "adtte", "2026-05-24"), USUBJID="S01-003", PARAMCD="OS")
    assert os["CNSR"] != "0" and os["ADT"] == "2026-05-24"


def test_the_past_is_derived_as_it_was_known(clone_of, told) -> None:
    """A scan corrected today changes what is derived now, and not what was known last night."""
    service = clone_of(told).day("2026-07-20")
    send(service, "TR", *scan("S01-001", "2026-04-13", "WEEK 6", "23.2", "23.1"), name="-corrected")
    service.night("2026-07-20")
    now = one(derive(service, "adrs", NIGHT), USUBJID="S01-001", PARAMCD="BOR", ANL01FL="Y")
    then = derive(service, "adrs", NIGHT, "--known-at", NIGHT)
    assert (now["AVALC"], now["ADT"]) == ("PR", "2026-05-25")
    assert one(then, USUBJID="S01-001", PARAMCD="BOR", ANL01FL="Y")["ADT"] == "2026-04-13"


def test_an_edited_study_folder_counts_at_once_and_not_for_what_was_known_before(clone_of, told) -> None:
    service = clone_of(told)
    protocol = service.study / "protocol.toml"
    kept = protocol.read_text(encoding="utf-8")
    try:
        protocol.write_text(kept.replace('ctcae_version = "5.0"', 'ctcae_version = "6.0"'), encoding="utf-8")
        wanted = {"USUBJID": "S01-002", "PARAMCD": "ALT", "ADT": "2026-03-20"}
        now = one(derive(service, "adlb", NIGHT), **wanted)
        then = one(derive(service, "adlb", NIGHT, "--known-at", NIGHT), **wanted)
    finally:
        protocol.write_text(kept, encoding="utf-8")
    # twice the limit at baseline, 1.25 times that: grade 1 by version 6.0, none by 5.0
    assert (now["ATOXGRH"], then["ATOXGRH"]) == ("1", "0")


def test_an_unknown_frame_is_refused_with_those_there_are(told) -> None:
    done = told.cli("derive", "adxx")
    assert done.returncode == 2 and "adsl" in done.stderr
