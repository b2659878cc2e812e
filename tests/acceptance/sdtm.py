"""A study whose only site sends SDTM files, column for column; the protocol is the default study's."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from milepost.homes import PROJECT
from milepost.schema import DOMAINS
from tests.acceptance.study import Service, table

SITE = "S01"
_HEAD = """
[[sites]]
id = "S01"
name = "Site S01 (made up)"
contacts = { site_coordinator = ["coordinator.s01@example.org"] }
"""
_LAYOUT = """
[[sites.layouts]]
id = "{id}"
match = ["{id}*.csv"]
columns = {{ {columns} }}
[[sites.layouts.emits]]
domain = "{domain}"
"""


def write_sdtm_study(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """The default study's protocol (text -> other text changed), and one site that sends every domain as SDTM."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (PROJECT / "config" / "protocol.toml").read_text(encoding="utf-8")
    for old, new in (changes or {}).items():
        assert old in text, f"no such text in the default study: {old}"
        text = text.replace(old, new)
    (folder / "protocol.toml").write_text(text, encoding="utf-8")
    sites = [_HEAD]
    for code, domain in DOMAINS.items():
        names = [name for name in domain.names if not name.startswith("REC")] + ["RECSTATUS"]
        columns = ", ".join(f'{name} = "{name}"' for name in names)
        sites.append(_LAYOUT.format(id=code.lower(), domain=code, columns=columns))
    (folder / "sites.toml").write_text("".join(sites), encoding="utf-8")
    return folder


def send(service: Service, domain: str, *rows: Mapping[str, object], name: str = "") -> None:
    """One SDTM file of the site, received now."""
    columns = [name for name in DOMAINS[domain].names if not name.startswith("REC")] + ["RECSTATUS"]
    service.hand_over(SITE, f"{domain.lower()}{name}.csv", table(columns, rows))


def derive(service: Service, frame: str, as_of: str, *more: str) -> list[dict[str, Any]]:
    """What `milepost derive` prints, as rows."""
    done = service.cli("derive", frame, "--as-of", as_of, *more)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def enrol(service: Service, *subjects: str, start: str = "2026-03-02", arm: str = "ANL", **dm: str) -> None:
    """Demographics and an ongoing dose of the arm's drug, received now."""
    drug, dose, often = {"ANL": ("ANLOTINIB", "12", "QD"), "SOR": ("SORAFENIB", "400", "BID")}[arm]
    person = {"RFICDTC": "2026-02-20", "ARMCD": arm, "SEX": "M", "AGE": "61", "DMLINE": "1"} | dm
    send(service, "DM", *({"USUBJID": subject} | person for subject in subjects))
    given = {
        "EXREFID": "1",
        "EXTRT": drug,
        "EXDOSE": dose,
        "EXDOSU": "mg",
        "EXDOSFRQ": often,
        "EXSTDTC": start,
        "EXLINE": "1",
    }
    send(service, "EX", *({"USUBJID": subject} | given for subject in subjects))


def lab(
    subject: str, test: str, day: str, result: str, unit: str, low: str, high: str, **more: str
) -> dict[str, str]:
    """One laboratory result."""
    return {"USUBJID": subject, "LBTESTCD": test, "LBORRES": result, "LBORRESU": unit, "LBORNRLO": low,
            "LBORNRHI": high, "LBDTC": day, "LBSPEC": "SERUM"} | more  # fmt: skip


def scan(
    subject: str, day: str, visit: str, *sizes: str, reader: str = "INVESTIGATOR"
) -> list[dict[str, str]]:
    """One scan: the longest diameters of the target lesions T1, T2 …"""
    return [
        {"USUBJID": subject, "TRLNKID": f"T{number}", "TRGRPID": "TARGET", "TRTESTCD": "LDIAM", "TRORRES": size,
         "TRORRESU": "mm", "TREVAL": reader, "TRDTC": day, "VISIT": visit}
        for number, size in enumerate(sizes, start=1)
    ]  # fmt: skip


def lesion(subject: str, name: str, kind: str, day: str, place: str = "LIVER") -> dict[str, str]:
    """One lesion identified."""
    return {"USUBJID": subject, "TULNKID": name, "TUTESTCD": "TUMIDENT", "TUORRES": kind, "TULOC": place,
            "TUEVAL": "INVESTIGATOR", "TUDTC": day}  # fmt: skip


def event(subject: str, ref: str, term: str, day: str, grade: str, **more: str) -> dict[str, str]:
    """One adverse event."""
    return {"USUBJID": subject, "AEREFID": ref, "AETERM": term, "AEDECOD": term, "AETOXGR": grade, "AESER": "N",
            "AEREL": "RELATED", "AESTDTC": day} | more  # fmt: skip
