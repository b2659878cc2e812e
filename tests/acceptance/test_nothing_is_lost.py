"""Promise 1: for every delivery received = accepted + unchanged + superseded + quarantined + held + ignored, and one
bad file stops neither its neighbours nor another site."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.acceptance.study import LABS, PATIENTS, Service, at, lab, patient, table

DISPOSITIONS = {"accepted", "unchanged", "superseded", "quarantined", "held", "ignored"}
HEADER = ",".join(LABS) + "\n"
GOOD = table(LABS, [lab(f"S01-{n:03}", "2026-02-27", "500") for n in range(1, 4)])
TWENTY = table(LABS, [lab(f"S01-{n:03}", "2026-02-26", f"{n}00") for n in range(1, 21)])


def _sum_is_right(service: Service, delivery: int) -> dict[str, int]:
    fates = service.fates(delivery)
    assert set(fates) <= DISPOSITIONS | {"received"}
    assert fates["received"] == sum(count for name, count in fates.items() if name != "received")
    return fates


def _sent(service: Service, name: str, raw: bytes) -> dict[str, int]:
    """What became of one file: outcome and dispositions of the newest delivery."""
    service.day("2026-03-03").hand_over("S01", name, raw, at("2026-03-03"))
    service.receive()
    [(number,)] = service.sql("select max(id) from milepost.delivery")
    return _sum_is_right(service, number)


def _outcome(service: Service) -> tuple[str, str]:
    [row] = service.sql("select outcome, reason from milepost.processing order by delivery desc limit 1")
    return row  # type: ignore[return-value]


# name of the file, its bytes, outcome, dispositions
UGLY: dict[str, tuple[str, bytes, str, dict[str, int]]] = {
    "an empty file": ("labs.csv", b"", "REFUSED", {"received": 1, "held": 1}),
    "blank lines only": ("labs.csv", b"\n \r\n\n", "REFUSED", {"received": 1, "held": 1}),
    "a header and no line": ("labs.csv", HEADER.encode(), "REFUSED", {"received": 1, "held": 1}),
    "a broken encoding": (
        "labs.csv",
        GOOD + "S01-004,,甲胎蛋白".encode("gb18030") + b",,500,ng/mL,2026-02-27,,,,\n",
        "REFUSED",
        {"received": 1, "held": 1},
    ),
    "half a byte pair at the end": (
        "labs.csv",
        GOOD + "S01-004,,甲".encode()[:-1],
        "REFUSED",
        {"received": 1, "held": 1},
    ),
    "random bytes": ("labs.csv", bytes(range(256)) * 40, "REFUSED", {"received": 1, "held": 1}),
    "zero bytes": ("labs.csv", b"\x00" * 5000, "REFUSED", {"received": 1, "held": 1}),
    "a workbook called csv": (
        "labs.csv",
        b"PK\x03\x04" + os.urandom(2000),
        "REFUSED",
        {"received": 1, "held": 1},
    ),
    "a web page": (
        "labs.csv",
        b"<!DOCTYPE html><html><body>session expired</body></html>",
        "REFUSED",
        {"received": 1, "held": 1},
    ),
    "a file of no known layout": ("minutes.txt", GOOD, "REFUSED", {"received": 1, "held": 1}),
    "a missing column": (
        "labs.csv",
        GOOD.replace(b",Unit,", b",Einheit,"),
        "HELD",
        {"received": 3, "held": 3},
    ),
    "the columns of another study": ("labs.csv", b"a,b,c\n1,2,3\n", "REFUSED", {"received": 1, "held": 1}),
    "a column named twice": (
        "labs.csv",
        GOOD.replace(b",Status,", b",Unit,"),
        "REFUSED",
        {"received": 1, "held": 1},
    ),
    "a totals row and blank lines": (
        "labs.csv",
        GOOD + b",,,,,,,,,,\n\nSum,,,,1500,,,,,,\n" + "合计,,,,1500,,,,,,\n".encode(),
        "RECORDED",
        {"received": 7, "accepted": 3, "ignored": 4},
    ),
    "the same line five times": (
        "labs.csv",
        GOOD + 4 * (GOOD.split(b"\n")[1] + b"\n"),
        "RECORDED",
        {"received": 7, "accepted": 3, "unchanged": 4},
    ),
    "half a file": (
        "labs.csv",
        GOOD + b"S01-004,,AFP,,50",
        "RECORDED",
        {"received": 4, "accepted": 3, "quarantined": 1},
    ),
    "an open quotation mark": (
        "labs.csv",
        GOOD + b'S01-004,,AFP,,"500,ng/mL,2026-02-27,,,,\nS01-005,,AFP,,500,ng/mL,2026-02-27,,,,\n',
        "REFUSED",
        {"received": 1, "held": 1},
    ),
    "an unknown unit, an unknown test, an unknown status, no subject": (
        "labs.csv",
        table(
            LABS,
            [
                lab("S01-001", "2026-02-27", "500", "furlong"),
                lab("S01-002", "2026-02-27", "500", Test="XYZ"),
                lab("S01-003", "2026-02-27", "500", Status="perhaps"),
                lab("", "2026-02-27", "500"),
                lab("S01-005", "2026-02-27", "500"),
            ],
        ),
        "RECORDED",
        {"received": 5, "accepted": 1, "quarantined": 4},
    ),
    "too many bad rows": (
        "labs.csv",
        TWENTY.replace(b"ng/mL", b"furlong", 5),
        "HELD",
        {"received": 20, "held": 20},
    ),
    "every row bad, but few of them": (
        "labs.csv",
        GOOD.replace(b"ng/mL", b"furlong"),
        "RECORDED",
        {"received": 3, "quarantined": 3},
    ),
    "hostile texts": (
        "labs.csv",
        table(
            LABS,
            [
                lab("S01-001", "2026-02-27", "'; drop table milepost.lb_record; --"),
                lab("S01-002", "2026-02-27", "=cmd|'/c calc'!A1"),
                lab("S01-003", "2026-02-27", "<script>alert(1)</script>"),
                lab("S01-004", "2026-02-27", "5" * 3000),
                lab("S01-005", "2026-02-27", "1e999999999"),
                lab("S01-006", "2026-02-27", "NaN"),
                lab("S01-007", "0000-00-00", "5"),
                lab("S01-008", "9999-99-99", "5"),
                lab("S01-009", "2026-02-30", "5"),
            ],
        ),
        "RECORDED",
        {"received": 9, "quarantined": 9},
    ),
    "texts no database likes": (
        "labs.csv",
        table(LABS, [lab("S01-001", "2026-02-27", "500", Order="\\N|\\.\t'\"$$%s{}", Lab="\U0001f9ea\u202e")]),
        "RECORDED",
        {"received": 1, "accepted": 1},
    ),
    "a hundred thousand columns": (
        "labs.csv",
        HEADER.encode() + b"S01-001" + b"," * 100_000 + b"\n",
        "RECORDED",
        {"received": 1, "quarantined": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", UGLY)
def test_every_row_of_an_ugly_file_has_one_place(service: Service, what: str) -> None:
    name, raw, outcome, fates = UGLY[what]
    assert _sent(service, name, raw) == fates
    assert _outcome(service)[0] == outcome
    assert (service.home / "findings" / "1.html").exists()


def test_one_bad_file_stops_neither_its_neighbours_nor_another_site(service: Service) -> None:
    service.day("2026-03-03")
    for number, (name, raw, _, _) in enumerate(UGLY.values()):
        service.hand_over("S01", name, raw + b"\n" * number, at("2026-03-03", f"10:{number:02}"))
    service.hand_over("S01", "labs_z.csv", GOOD, at("2026-03-03", "11:00"))
    service.hand_over("S02", "labs.csv", GOOD.replace(b"S01", b"S02"), at("2026-03-03", "11:00"))
    done = service.receive()
    assert done["claimed"] == len(UGLY) + 2
    for number in range(1, len(UGLY) + 3):
        _sum_is_right(service, number)
    assert service.fates(len(UGLY) + 2) == {"received": 3, "accepted": 3}  # the other site's
    patients = set(service.verdicts("2026-03-03"))
    assert {"S02-001", "S02-002", "S02-003"} <= patients
    assert patients <= {f"{site}-{n:03}" for site in ("S01", "S02") for n in range(1, 21)}
    rows = service.status()["rows"]
    assert rows["received"] == sum(rows[name] for name in DISPOSITIONS)


def test_a_held_file_is_told_to_the_data_manager_and_can_be_released(service: Service) -> None:
    assert _sent(service, "labs.csv", TWENTY.replace(b"ng/mL", b"furlong", 5)) == {"received": 20, "held": 20}
    outcome, reason = _outcome(service)
    assert outcome == "HELD" and "5 of 20 rows" in reason
    assert ("FILE-HELD", None) in service.open_queries()
    assert [alert[:2] for alert in service.alerts()] == [("DELIVERY_HELD", "data_manager")]
    service.day("2026-03-04").read_again(1, release=True)
    assert _sum_is_right(service, 1) == {"received": 20, "accepted": 15, "quarantined": 5}


def test_a_mended_study_folder_lets_a_quarantined_file_be_read_again(
    new_service: Callable[..., Service],
) -> None:
    service = new_service()
    fates = _sent(service, "labs.csv", GOOD.replace(b"ng/mL", b"ng_per_mL", 1))
    assert fates == {"received": 3, "accepted": 2, "quarantined": 1}
    unknown_to_dm = [("LB-SUBJECT-IN-DM", f"S01-00{n}") for n in (1, 2, 3)]
    assert service.open_queries() == [*unknown_to_dm, ("LB-UNIT-KNOWN", "S01-001")]
    sites = service.study / "sites.toml"
    sites.write_text(
        sites.read_text().replace(
            'laboratory = "S01', 'units = { "ng_per_mL" = "ng/mL" }\nlaboratory = "S01', 1
        )
    )
    service.day("2026-03-04").read_again(1)
    assert _sum_is_right(service, 1) == {"received": 3, "accepted": 1, "unchanged": 2}
    assert service.open_queries() == unknown_to_dm
    rows = service.status()["rows"]
    assert (rows["received"], rows["accepted"], rows["quarantined"]) == (3, 1, 0)


def test_unfinished_and_temporary_files_are_left_alone(service: Service) -> None:
    inbox = service.home / "inbox" / "S01"
    service.day("2026-03-03").labs(lab("S01-001", "2026-02-27", "500"))
    for name in (".labs.csv", "labs.csv.part", "labs.csv.tmp", "~$labs.csv"):
        (inbox / name).write_bytes(GOOD)
    (inbox / "old").mkdir()
    (inbox / "old" / "labs.csv").write_bytes(GOOD)
    assert service.receive()["claimed"] == 1
    assert {path.name for path in inbox.iterdir()} == {
        ".labs.csv", "labs.csv.part", "labs.csv.tmp", "~$labs.csv", "old",
    }  # fmt: skip


def test_a_patient_who_is_only_in_demographics_or_only_in_a_laboratory_file_is_judged_too(
    service: Service,
) -> None:
    service.day("2026-03-03")
    service.hand_over("S01", "patients.csv", table(PATIENTS, [patient("S01-001")]))
    service.labs(lab("S01-002", "2026-02-27", "500"))
    service.receive()
    rows = service.verdicts("2026-03-03")
    assert {subject: row["STATE"] for subject, row in rows.items()} == {
        "S01-001": "NOT_STARTED",
        "S01-002": "NOT_STARTED",
    }


def test_a_question_who_a_subject_is_closes_when_the_demographics_come(
    new_service: Callable[..., Service],
) -> None:
    service = new_service()
    service.day("2026-03-01").labs(lab("S01-001", "2026-02-27", "500"))
    service.night("2026-03-01")
    assert service.open_queries() == [("LB-SUBJECT-IN-DM", "S01-001")]
    service.day("2026-03-02").enrol("S01-001")
    service.night("2026-03-02")
    assert service.open_queries() == []
