"""Exports by the command line: who may have what, what the files hold, and that no pooled one tells the arm."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyreadstat
import pytest

from milepost.core.derived_columns import FRAMES
from tests.acceptance.sdtm import derive, enrol, event, lab, lesion, scan, send, write_sdtm_study
from tests.acceptance.study import Service

AS_OF = ("--as-of", "2026-06-30")
USUAL = ["adsl", "adlb", "adrs", "adtte", "adae"]
ALL = ",".join(FRAMES)
POOLED = ",".join(name for name in FRAMES if name != "adex")
NAMES = re.compile(r"anlotinib|sorafenib|安罗替尼|索拉非尼|\b(ANL|SOR)\b", re.IGNORECASE)
LONG = "Decompensation of the liver after a bleed from varices; " * 4  # 224 bytes


@pytest.fixture(scope="module")
def service(new_service: Callable[..., Service], tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Two patients, one of each arm, in whose texts and record keys drugs are named; one whose age is no number."""
    service = new_service(study=write_sdtm_study(tmp_path_factory.mktemp("sdtm") / "study"))
    service.day("2026-06-29")
    enrol(service, "S01-001")
    enrol(service, "S01-002", arm="SOR", AGE="about 60", DTHDTC="2026-06-20")
    dose = {"EXDOSE": "400", "EXDOSU": "mg", "EXDOSFRQ": "BID", "EXLINE": "1"}
    send(
        service, "EX", {"USUBJID": "S01-002", "EXTRT": "SORAFENIB", "EXSTDTC": "2026-06-15"} | dose, name="-2"
    )
    send(
        service, "LB",
        lab("S01-001", "ALT", "2026-02-27", "40", "U/L", "9", "40"),
        lab("S01-001", "ALT", "2026-03-20", "120.5", "U/L", "9", "40"),
        lab("S01-002", "AFP", "2026-03-01", "<1.3", "ng/mL", "0", "7"),
    )  # fmt: skip
    send(
        service, "AE",
        event("S01-001", "1", "Hypertension", "2026-03-10", "3"),
        event("S01-001", "2", "Rash under Sorafenib, 索拉非尼", "2026-04-01", "1"),
        event("S01-002", "1", LONG, "2026-05-01", "2"),
    )  # fmt: skip
    send(service, "TU", *(lesion("S01-001", f"T{n}", "TARGET", "2026-02-25") for n in (1, 2)))
    send(service, "TR", *scan("S01-001", "2026-02-25", "SCREENING", "33", "33"),
         *scan("S01-001", "2026-04-13", "WEEK 6", "23.1", "23.1"))  # fmt: skip
    service.receive()
    return service.day("2026-06-30")


def export(service: Service, folder: Path, role: str, *more: str) -> dict[str, bytes]:
    """What `milepost export` wrote, by file name."""
    done = service.cli("export", *AS_OF, "--role", role, "--output", str(folder), *more)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def armed(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return export(service, tmp_path_factory.mktemp("armed") / "out", "dmc", "--frames", ALL)


@pytest.fixture(scope="module")
def pooled(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("pooled") / "out"
    return export(service, folder, "study_monitor", "--without-arms", "--frames", POOLED)


def rows(raw: bytes) -> list[dict[str, Any]]:
    made = json.loads(raw)
    return [dict(zip([c["name"] for c in made["columns"]], row, strict=True)) for row in made["rows"]]


def audited(service: Service, action: str) -> list[dict[str, Any]]:
    found = service.sql("select payload from milepost.audit where action = %s order by seq", action)
    return [json.loads(payload) for (payload,) in found]


# ---- what stands in the files


def test_every_derived_frame_is_exported_with_all_its_columns(armed: dict[str, bytes]) -> None:
    assert list(armed) == sorted(f"{name}.json" for name in FRAMES)
    for name, frame in FRAMES.items():
        assert [c["name"] for c in json.loads(armed[f"{name}.json"])["columns"]] == list(frame.columns)


def test_an_export_says_what_derive_says(service: Service, armed: dict[str, bytes]) -> None:
    for name in ("adlb", "adae"):
        told = [
            {column: "" if cell is None else cell for column, cell in row.items()}
            for row in rows(armed[f"{name}.json"])
        ]
        asked = derive(service, name, "2026-06-30")
        assert len(told) == len(asked) > 0
        for row, other in zip(told, asked, strict=True):
            same = [column for column in row if isinstance(row[column], str) and column != "KNOWN_FROM"]
            assert {c: row[c] for c in same} == {c: other[c] for c in same}
            numbers = [column for column in row if not isinstance(row[column], str)]
            assert [row[c] for c in numbers] == pytest.approx([float(other[c]) for c in numbers], abs=1e-6)


def test_derive_names_no_drug_in_a_text_to_a_role_that_may_not_see_it(service: Service) -> None:
    said = {row["AETERM"] for row in derive(service, "adae", "2026-06-30", "--role", "study_monitor")}
    assert {"Hypertension", "Rash under study treatment, study treatment"} <= said
    shown = {row["AETERM"] for row in derive(service, "adae", "2026-06-30", "--role", "dmc")}
    assert "Rash under Sorafenib, 索拉非尼" in shown


def test_a_result_keeps_its_digits_and_a_range_has_no_number(armed: dict[str, bytes]) -> None:
    found = {
        (r["PARAMCD"], r["ADT"]): r for r in rows(armed["adlb.json"]) if r["DTYPE"] is None and r["RECKEY"]
    }
    assert found["ALT", "2026-03-20"]["AVAL"] == "120.5" and found["ALT", "2026-03-20"]["ATOXGRH"] == 2
    assert (found["AFP", "2026-03-01"]["AVAL"], found["AFP", "2026-03-01"]["AVALC"]) == (None, "<1.3")


def test_an_age_that_is_no_number_is_empty_and_said(service: Service, tmp_path: Path) -> None:
    done = service.cli(
        "export", *AS_OF, "--role", "dmc", "--output", str(tmp_path / "out"), "--frames", "adsl"
    )
    assert "AGE of 1 row is no number" in done.stderr and "about" not in done.stderr
    found = {r["USUBJID"]: r["AGE"] for r in rows((tmp_path / "out" / "adsl.json").read_bytes())}
    assert found == {"S01-001": "61", "S01-002": None}


def test_a_transport_file_says_the_same_and_cuts_no_text(
    service: Service, armed: dict[str, bytes], tmp_path: Path
) -> None:
    export(service, tmp_path / "out", "dmc", "--format", "xpt", "--frames", "adae")
    found, about = pyreadstat.read_xport(tmp_path / "out" / "adae.xpt", disable_datetime_conversion=True)
    told = rows(armed["adae.json"])
    assert list(found["AETERM"] + found["AETERM1"]) == [row["AETERM"] for row in told]
    assert LONG.strip() in list(found["AETERM"] + found["AETERM1"])
    assert list(found["ATOXGRN"]) == [row["ATOXGRN"] for row in told]
    assert about.column_names_to_labels["AETERM1"] == "Reported Term for the Adverse Event 1"


def test_the_same_bytes_come_again_later_and_for_the_past(
    clone_of: Callable[[Service], Service], service: Service, armed: dict[str, bytes], tmp_path: Path
) -> None:
    later = clone_of(service).day("2026-07-20")
    send(later, "AE", event("S01-001", "3", "Fatigue", "2026-06-01", "1"), name="-late")
    later.receive()
    then = export(later, tmp_path / "then", "dmc", "--known-at", "2026-06-30", "--frames", "adae,adsl")
    assert then == {name: armed[name] for name in ("adae.json", "adsl.json")}
    assert export(later, tmp_path / "now", "dmc", "--frames", "adae")["adae.json"] != armed["adae.json"]
    first = export(later, tmp_path / "x1", "dmc", "--format", "xpt", "--frames", "adsl,adae")
    assert (
        export(later.day("2026-07-25"), tmp_path / "x2", "dmc", "--format", "xpt", "--frames", "adsl,adae")
        == first
    )


def test_where_nothing_was_known_each_variable_is_still_described(service: Service, tmp_path: Path) -> None:
    made = export(service, tmp_path / "a", "dmc", "--known-at", "2026-01-01")
    assert list(made) == sorted(f"{name}.json" for name in USUAL)
    for name in USUAL:
        told = json.loads(made[f"{name}.json"])
        assert (told["records"], told["rows"], "dbLastModifiedDateTime" in told) == (0, [], False)
        assert [c["name"] for c in told["columns"]] == list(FRAMES[name].columns)
    export(service, tmp_path / "b", "dmc", "--known-at", "2026-01-01", "--frames", "adae", "--format", "xpt")
    found, _ = pyreadstat.read_xport(tmp_path / "b" / "adae.xpt")
    assert found.shape == (0, len(FRAMES["adae"].columns))


# ---- who may have them


def test_a_pooled_export_names_no_arm_no_drug_and_no_dose(
    armed: dict[str, bytes], pooled: dict[str, bytes]
) -> None:
    assert (
        b"EX|D:SORAFENIB|2026-06-15" in armed["adsl.json"] and b"Rash under Sorafenib" in armed["adae.json"]
    )
    for name, raw in pooled.items():
        assert not NAMES.search(raw.decode()), name
    columns = {c["name"] for raw in pooled.values() for c in json.loads(raw)["columns"]}
    assert not columns & {"ARMCD", "ACTARMCD", "TRT01P", "TRT01A", "TREATMENT", "STARTDOSE", "CUMDOSE", "RDI"}


def test_a_pooled_export_holds_every_row_and_all_else(
    armed: dict[str, bytes], pooled: dict[str, bytes]
) -> None:
    for name, raw in pooled.items():
        assert json.loads(raw)["records"] == json.loads(armed[name])["records"]
    terms = [row["AETERM"] for row in rows(pooled["adae.json"])]
    assert terms == ["Hypertension", "Rash under study treatment, study treatment", LONG.strip()]
    shown = {row["USUBJID"]: row["LSTALVSRC"] for row in rows(pooled["adsl.json"])}
    assert shown["S01-002"] == "EX|D:study treatment|2026-06-15"


@pytest.mark.parametrize(
    ("role", "more", "said"),
    [
        ("study_monitor", (), "--without-arms"),
        ("data_manager", ("--frames", "adsl"), "may not see all patients by arm"),
        ("site_coordinator", ("--without-arms",), "one site at a time"),
        ("nobody", ("--without-arms",), "no role of the study"),
        ("study_monitor", ("--without-arms", "--frames", "adsl,adex"), "adex tells each patient's drug"),
    ],
)
def test_who_may_not_have_it_gets_nothing_and_it_is_noted(
    service: Service, tmp_path: Path, role: str, more: tuple[str, ...], said: str
) -> None:
    before = len(audited(service, "export.refused"))
    done = service.cli("export", *AS_OF, "--role", role, "--output", str(tmp_path / "out"), *more)
    assert done.returncode == 1 and said in done.stderr
    assert not (tmp_path / "out").exists()
    assert [entry["role"] for entry in audited(service, "export.refused")[before:]] == [role]


def test_an_export_is_noted_with_role_content_and_hash(service: Service, tmp_path: Path) -> None:
    done = service.cli(
        "export", *AS_OF, "--role", "dmc", "--frames", "ADSL, adae", "--output", str(tmp_path / "out")
    )
    noted = audited(service, "export.made")[-1]
    assert (noted["role"], noted["frames"], noted["format"], noted["as_of"], noted["with_arms"]) == (
        "dmc", ["adsl", "adae"], "dataset-json", "2026-06-30", True,
    )  # fmt: skip
    assert noted["rows"] == {"adae.json": 3, "adsl.json": 2}
    for name, digest in noted["sha256"].items():
        assert f"{tmp_path / 'out' / name}: {noted['rows'][name]} rows, SHA-256 {digest}" in done.stdout
    assert service.cli("audit", "verify").returncode == 0


def test_an_export_is_closed_to_everybody_but_its_owner(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    export(service, folder, "dmc", "--frames", "adsl", "--format", "xpt")
    export(service, folder, "dmc", "--frames", "adsl")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    folder.chmod(0o755)
    done = service.cli("export", *AS_OF, "--role", "dmc", "--output", str(folder))
    assert done.returncode == 2 and f"chmod 700 {folder}" in done.stderr


def test_a_frame_nobody_knows_is_refused_with_those_there_are(service: Service, tmp_path: Path) -> None:
    done = service.cli("export", *AS_OF, "--role", "dmc", "--output", str(tmp_path), "--frames", "adxx")
    assert done.returncode == 2 and "adxx" in done.stderr and "adtte" in done.stderr


def test_a_report_is_verified_by_its_manifest(service: Service, tmp_path: Path) -> None:
    from milepost.reports.manifest import to_json

    (tmp_path / "report.json").write_text("{}", encoding="utf-8")
    listed = {"sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "bytes": 2}
    (tmp_path / "manifest.json").write_text(to_json({"files": {"report.json": listed}}), encoding="utf-8")
    assert service.cli("verify-report", str(tmp_path)).returncode == 0
    shutil.copy(tmp_path / "report.json", tmp_path / "more.json")
    done = service.cli("verify-report", str(tmp_path))
    assert done.returncode == 1 and "more.json: is not of this report" in done.stderr
