"""A night on which everything comes that should not: each file has its place, the good ones are recorded."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from milepost.feeds.folder import put_bytes
from milepost.runtime import PROJECT, Runtime, open_runtime

NOW = dt.datetime(2026, 6, 2, 1, 0, tzinfo=dt.UTC)
HEADER = "Subject,Order,Test,LOINC,Result,Unit,Low,High,Specimen,Collected,Received,Platform,Status,Version"
GOOD = "S01-001,{n},AFP,,420,ng/mL,0,7,SERUM,2026-03-30T08:00,2026-03-30T10:00,Roche,F,1"
LINES = [GOOD.format(n=n) for n in range(1, 13)]
FILE = "\n".join((HEADER, *LINES)) + "\n"
NAME, CARD = "PLANTED-NAME", "11010519491231002X"
# what is sent, and what becomes of it
SENT: dict[str, tuple[bytes, str]] = {
    "labs_good.csv": (FILE.encode(), "RECORDED"),
    "labs_again.csv": (FILE.encode("utf-8-sig"), "RECORDED"),
    "labs_empty.csv": (b"", "REFUSED"),
    "labs_header_only.csv": ((HEADER + "\n").encode(), "REFUSED"),
    "labs_zip.csv": (b"PK\x03\x04" + FILE.encode(), "REFUSED"),
    "labs_pdf.csv": (b"%PDF-1.7 " + FILE.encode(), "REFUSED"),
    "labs_utf16.csv": (FILE.encode("utf-16"), "REFUSED"),
    "labs_gb18030.csv": (FILE.replace("Roche", "罗氏").encode("gb18030"), "REFUSED"),
    "labs_nul.csv": (FILE.replace("420", "4\x0020", 1).encode(), "REFUSED"),
    "labs_open_quote.csv": (FILE.replace("420", '"420', 1).encode(), "REFUSED"),
    "labs_twice.csv": ((HEADER + ",Result\n" + LINES[0] + ",1\n").encode(), "REFUSED"),
    "labs_other_columns.csv": (FILE.replace("Unit", "Einheit").encode(), "HELD"),
    "labs_ragged.csv": ((HEADER + "\n" + "S01-001,1\n" * 50).encode(), "HELD"),
    "labs_names.csv": (FILE.replace("S01-001", NAME).encode(), "HELD"),
    "labs_megabyte.csv": ((FILE + GOOD.format(n=99).replace("420", "x" * 1_000_000) + "\n").encode(), "RECORDED"),
    "labs_wide.csv": (
        (HEADER + "".join(f",c{n}" for n in range(3000)) + "\n" + LINES[0] + ",x" * 3000 + "\n").encode(), "RECORDED"),
    "labs_formula.csv": (FILE.replace("Roche", "=cmd|' /C calc'!A0").encode(), "RECORDED"),
    "labs_card.csv": (FILE.replace("Roche", f"姓名：张三 {CARD}").encode(), "RECORDED"),
    "labs_mixed.csv": (FILE.replace("\n", "\r\n", 3).replace("\n", "\r", 1).encode(), "RECORDED"),
    f"{NAME}.xlsx": (b"PK\x03\x04", "REFUSED"),
}  # fmt: skip


@pytest.fixture
def service(tmp_path: Path, store_dsn: str) -> Iterator[Runtime]:
    with open_runtime(tmp_path / "home", PROJECT / "config", store_dsn, clock=lambda: NOW) as runtime:
        yield runtime


def test_every_file_has_its_place_and_the_good_ones_are_recorded(service, caplog):
    caplog.set_level(logging.DEBUG)
    for number, (name, (raw, _)) in enumerate(SENT.items()):
        put_bytes(service.inbox / "S01", name, raw, NOW - dt.timedelta(minutes=60 - number))
    done = service.receive(["S01"])
    assert done["unreachable"] == {} and done["claimed"] == len(SENT)
    ledger = service.ctx.store.deliveries().sort_values("RECEIVED_AT")
    assert dict(zip(SENT, ledger["OUTCOME"], strict=True)) == {name: fate for name, (_, fate) in SENT.items()}
    counts = service.ctx.store.row_counts(list(ledger["ID"]))
    placed = counts.groupby("DELIVERY")["ROWS"].sum()
    for entry in ledger.to_dict("records"):
        assert placed[entry["ID"]] == entry["RECORDS"] >= 1
        assert (entry["REASON"] is not None) == (entry["OUTCOME"] != "RECORDED")
    said = " ".join(
        str(text)
        for text in (
            *ledger["REASON"],
            caplog.text,
            *service.ctx.store.findings(list(ledger["ID"]))["REASON"],
        )
    )
    assert not [text for text in (NAME, CARD, "张三", "calc") if text in said]


def test_the_same_night_again_changes_nothing(service):
    for name, (raw, _) in SENT.items():
        put_bytes(service.inbox / "S01", name, raw, NOW)
    service.receive(["S01"])
    before = service.ctx.store.deliveries()
    for name, (raw, _) in SENT.items():
        put_bytes(service.inbox / "S01", name, raw, NOW)
    done = service.receive(["S01"])
    assert (done["claimed"], done["repeated"], done["recorded"]) == (0, len(SENT), 0)
    assert service.ctx.store.deliveries().equals(before)
