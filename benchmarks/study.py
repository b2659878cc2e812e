"""A study of 40 sites that send in four ways: the default study's protocol, other sites."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import PROJECT

SITES = 40


@dataclass(frozen=True)
class Way:
    """One way of sending laboratory results: how the file is written, and what its columns are called."""

    delimiter: str
    encoding: str
    date: str
    decimal_mark: str
    columns: dict[str, str]
    chinese: bool = False
    american: bool = False
    loinc: bool = False


_MAPS = {
    "orders": "USUBJID=Subject LBREFID=Order LBTESTCD=Test LBLOINC=LOINC LBORRES=Result LBORRESU=Unit LBORNRLO=Low "
    "LBORNRHI=High LBSPEC=Specimen LBDTC=Collected LBRCVDTC=Received RECSTATUS=Status",
    "commas": "USUBJID=Subject LBTESTCD=Analyte LBORRES=Value LBORRESU=Unit LBORNRLO=From LBORNRHI=To LBSPEC=Material "
    "LBDTC=Sampled",
    "chinese": "USUBJID=受试者编号 LBTESTCD=检验项目 LBORRES=结果 LBORRESU=单位 LBSPEC=标本 LBDTC=采样时间",
    "american": "USUBJID=SUBJECT_ID LBREFID=RECORD_ID LBTESTCD=TEST LBORRES=RESULT LBORRESU=UNITS LBSPEC=SPECIMEN "
    "LBDTC=COLLECTED_AT LBRCVDTC=LAB_RECEIVED_AT LBMETHOD=PLATFORM RECSTATUS=RESULT_STATUS",
}
_COLUMNS = {name: dict(pair.split("=") for pair in text.split()) for name, text in _MAPS.items()}
WAYS = (
    Way(",", "utf-8", "%Y-%m-%dT%H:%M", ".", _COLUMNS["orders"], loinc=True),
    Way(";", "cp1252", "%d.%m.%Y", ",", _COLUMNS["commas"]),
    Way("\t", "gb18030", "%Y/%m/%d %H:%M", ".", _COLUMNS["chinese"], chinese=True),
    Way(",", "utf-8", "%m/%d/%Y %H:%M", ".", _COLUMNS["american"], american=True),
)
_SHARED = """
[[layouts]]
id = "patients"
match = ["patients*.csv"]
columns = { USUBJID = "Subject", RFICDTC = "Consent", ARMCD = "Arm", SEX = "Sex", AGE = "Age" }
[[layouts.emits]]
domain = "DM"

[[layouts]]
id = "doses"
match = ["doses*.csv"]
columns = { USUBJID = "Subject", EXREFID = "Record", EXTRT = "Drug", EXDOSE = "Dose", EXDOSU = "Unit", EXSTDTC = "Start", EXENDTC = "End", EXLINE = "Line" }
[[layouts.emits]]
domain = "EX"
"""  # noqa: E501
_SITE = """
[[sites]]
id = "{id}"
name = "Site {id} (made up)"
laboratory = "Laboratory {id}"
use_layouts = ["patients", "doses"]
contacts = {{ site_coordinator = ["coordinator.{id}@example.org"] }}
[[sites.layouts]]
id = "labs"
match = ["labs*.csv"]
encoding = "{encoding}"
delimiter = "{delimiter}"
decimal_mark = "{decimal_mark}"
date_formats = ["{date}"]
columns = {{ {columns} }}
[[sites.layouts.emits]]
domain = "LB"
"""


def site_ids() -> list[str]:
    """S01 … S40."""
    return [f"S{number:02d}" for number in range(1, SITES + 1)]


def way_of(site: str) -> Way:
    """How a site sends."""
    return WAYS[(int(site[1:]) - 1) % len(WAYS)]


def write_study(folder: Path) -> Path:
    """The study as a folder; subjects are S01-000001 …"""
    folder.mkdir(parents=True, exist_ok=True)
    protocol = (PROJECT / "config" / "protocol.toml").read_text(encoding="utf-8")
    three, six = r"'^S\d{2}-\d{3}$'", r"'^S\d{2}-\d{6}$'"
    if three not in protocol:
        raise SystemExit("config/protocol.toml: subject_pattern has changed; change benchmarks/study.py too")
    (folder / "protocol.toml").write_text(protocol.replace(three, six), encoding="utf-8")
    sites = [
        _SITE.format(
            id=site, encoding=way.encoding, delimiter=way.delimiter.replace("\t", "\\t"), date=way.date,
            decimal_mark=way.decimal_mark, columns=", ".join(f'{k} = "{v}"' for k, v in way.columns.items()),
        )
        for site in site_ids() for way in [way_of(site)]
    ]  # fmt: skip
    (folder / "sites.toml").write_text(_SHARED + "".join(sites), encoding="utf-8")
    return folder
