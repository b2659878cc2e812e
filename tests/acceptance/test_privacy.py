"""Whoever a patient is stays in the vault: names, ID-card, hospital and telephone numbers, birth dates are planted
wherever a hospital may put them, then everything else the service keeps or says is searched."""

from __future__ import annotations

import datetime as dt
import io
import logging
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from milepost.workflows.arm_readers import Reader
from milepost.workflows.explain import explain
from tests.acceptance.study import LABS, Service, at, lab

NAMES = ("张三丰", "欧阳娜娜", "李雷雷", "韩梅梅", "赵子龙", "Zhang Sanfeng", "Wanda Maximoff")
# invented numbers; the ID card's check digit is right, so that it looks like a true one wherever it stands
ID_CARD, HOSPITAL, PHONE, BIRTH = "11010519491231002X", "ZY00918273", "13912345678", "1949-12-31"
MARKS = (*NAMES, ID_CARD, HOSPITAL, PHONE, BIRTH, "19491231", "1949年12月31日")
SECRET = re.compile("|".join(map(re.escape, MARKS)), re.IGNORECASE)
BAD_VALUE = "77313.5"  # no identifier, but a patient's value: an error may not repeat it

COLUMNS = [
    *LABS,
    "姓名",
    "身份证号",
    "住院号",
    "手机号码",
    "出生日期",
    "Patient name",
    "MRN",
    "Date of birth",
    "备注",
]


def _file(rows: list[dict[str, str]]) -> bytes:
    """A file that names the patient in columns of their own, whatever else stands in its lines."""
    personal = {
        "姓名": NAMES[0], "身份证号": ID_CARD, "住院号": HOSPITAL, "手机号码": PHONE, "出生日期": BIRTH,
        "Patient name": "Zhang Sanfeng", "MRN": HOSPITAL, "Date of birth": BIRTH,
        "备注": f"姓名:{NAMES[1]} 电话{PHONE} 身份证{ID_CARD}",
    }  # fmt: skip
    lines = [",".join(COLUMNS)]
    lines += [",".join(f'"{(personal | row).get(name, "")}"' for name in COLUMNS) for row in rows]
    return ("\n".join(lines) + "\n").encode()


ROWS = [
    lab("S01-001", "2026-02-27", "500", Order="1", Lab=f"检验科 姓名：{NAMES[1]} 手机{PHONE}"),
    lab("S01-001", "2026-03-30", "450", Order=ID_CARD),
    lab("S01-002", "2026-02-27", f"姓名：{NAMES[2]}", Order="3"),  # quarantined, with the name in the result
    lab("S01-002", "2026-03-30", PHONE, f"ng/mL {ID_CARD}", Order="4"),
    lab("S01-003", "2026-02-27", "500", "furlong", Lab=f"patient name: Wanda Maximoff, DOB: {BIRTH}"),
    lab(NAMES[3], "2026-03-30", "500", Order="6"),  # a name where the subject number should be
    lab(ID_CARD, "2026-03-30", "500", Order="7"),
    lab("Wanda Maximoff", "2026-03-30", "500", Order="8"),
    lab("S01-004", "2026-02-27", "500", Order="9", Test=f"AFP 姓名：{NAMES[4]}"),
    lab("S01-004", "2026-03-30", "500", Order="10", Status=f"F 电话:{PHONE}"),
]


@dataclass
class Said:
    """The service after it met these files, and everything it printed meanwhile."""

    service: Service
    texts: dict[str, str] = field(default_factory=dict)

    def ask(self, *arguments: str) -> int:
        done = self.service.process("-v", *arguments)
        self.texts[" ".join(arguments)] = done.stdout + done.stderr
        return done.returncode


@pytest.fixture(scope="module")
def said(new_service: Callable[..., Service]) -> Iterator[Said]:
    service = new_service(changes={"hold_share_pct = 20": "hold_share_pct = 100"})
    told = Said(service)
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    logging.getLogger("milepost").setLevel(logging.INFO)
    service.day("2026-03-02").enrol("S01-001", "S01-002", "S01-003")
    service.day("2026-03-30").hand_over("S01", f"labs_{NAMES[4]}_{PHONE}.csv", _file(ROWS), at("2026-03-30"))
    service.hand_over("S01", f"{NAMES[4]}_{ID_CARD}.pdf", f"%PDF {NAMES[0]}".encode(), at("2026-03-30"))
    # no header: the first patient's data stand where the names of the columns should
    service.hand_over("S01", "labs_headless.csv", _file(ROWS).split(b"\n", 1)[1], at("2026-03-30"))
    told.texts["night"] = str(service.night("2026-04-14", report=True))
    with service.open() as runtime:
        told.texts["letters"] = str(runtime.letters())
        for number in ("3", "4", "5"):
            told.texts[f"explain {number}"] = explain(
                runtime.ctx,
                number,
                as_of=dt.date(2026, 4, 14),
                known_at=None,
                reader=Reader(None, "a tester"),
            )
    logging.getLogger().removeHandler(handler)
    logging.getLogger("milepost").setLevel(logging.NOTSET)
    told.texts["log"] = log.getvalue()
    assert told.ask("status", "--format", "json") == 0
    # a row that the database itself refuses, with an identifier beside the value
    _execute(service, "alter table milepost.lb_record add constraint planted check (lborres <> '77313.5')")
    service.hand_over(
        "S01",
        f"labs_{NAMES[0]}.csv",
        _file([lab("S01-001", "2026-04-10", BAD_VALUE, Lab=f"姓名：{NAMES[0]}")]),
    )
    assert told.ask("receive") == 1
    yield told
    _execute(service, "alter table milepost.lb_record drop constraint planted")


def _execute(service: Service, statement: str) -> None:
    with psycopg.connect(service.dsn.replace("+psycopg", "")) as connection:
        connection.execute(statement)


def _database(service: Service) -> dict[str, str]:
    names = service.sql(
        "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' and "
        "table_schema not in ('pg_catalog', 'information_schema')"
    )
    return {
        f"{schema}.{name}": "\n".join(
            text for (text,) in service.sql(f'select t::text from "{schema}"."{name}" t')
        )
        for schema, name in names
    }


def test_the_vault_holds_what_was_planted_so_that_the_search_can_fail(said: Said) -> None:
    raw = b"".join(path.read_bytes() for path in (said.service.home / "vault").rglob("*") if path.is_file())
    text = raw.decode("utf-8", "replace")
    text += _unescaped(text)
    assert [mark for mark in (*NAMES, ID_CARD, HOSPITAL, PHONE, BIRTH) if mark not in text] == []


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def test_the_rows_came_through_the_gate_as_planned_so_that_the_search_has_something_to_search(
    said: Said,
) -> None:
    assert said.service.sql("select count(*) from milepost.quarantine")[0][0] >= 5
    assert said.service.sql("select count(*) from milepost.lb_record")[0][0] >= 2
    assert "claimed site=S01 delivery=3" in said.texts["log"] and "line 4: " in said.texts["explain 4"]
    assert ("FILE-IDENTIFIERS", None) in said.service.open_queries()


def test_no_table_of_the_database_holds_an_identifier(said: Said) -> None:
    tables = _database(said.service)
    assert len(tables) > 25
    assert {name: found for name, text in tables.items() if (found := SECRET.findall(text))} == {}


def test_no_file_outside_the_vault_holds_an_identifier_in_content_or_name(said: Said) -> None:
    home, found, searched = said.service.home, {}, set()
    for path in home.rglob("*"):
        place = path.relative_to(home)
        if place.parts[0] in ("vault", "inbox", "claimed"):
            continue
        hits = SECRET.findall(str(place))
        if path.is_file():
            searched.add(place.parts[0])
            hits += SECRET.findall(_unescaped(path.read_bytes().decode("utf-8", "replace")))
        if hits:
            found[str(place)] = hits
    assert searched >= {"reports", "findings", "letters", "mail", "audit-heads.log"}
    assert found == {}


def test_nothing_that_was_printed_or_logged_holds_an_identifier_or_a_file_name(said: Said) -> None:
    assert {name: hits for name, text in said.texts.items() if (hits := SECRET.findall(text))} == {}
    assert {name for name, text in said.texts.items() if "labs_" in text} == set()


def test_an_error_of_the_database_repeats_neither_row_nor_value(said: Said) -> None:
    printed = said.texts["receive"]
    assert printed.strip() and BAD_VALUE not in printed and "S01-001" not in printed
    assert "Traceback" not in printed


def test_the_database_server_logs_no_row_either(said: Said, postgres_home: Path) -> None:
    logs = [path for path in postgres_home.rglob("*") if path.is_file() and "log" in path.name.lower()]
    texts = [
        path.read_bytes().decode("utf-8", "replace") for path in logs if path.stat().st_size < 10_000_000
    ]
    assert any("planted" in text for text in texts), "the refused row left no trace in the server's log"
    assert [hit for text in texts for hit in SECRET.findall(text)] == []
    assert not any(BAD_VALUE in text for text in texts)


def test_the_vault_is_readable_by_its_owner_only(said: Said) -> None:
    vault = said.service.home / "vault"
    assert stat.S_IMODE(vault.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in vault.rglob("*") if path.is_file()} == {0o600}
    for folder in ("inbox", "claimed"):
        assert stat.S_IMODE((said.service.home / folder / "S01").stat().st_mode) == 0o700


def test_with_a_key_from_outside_nothing_in_the_vault_can_be_read(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_VAULT_KEY", Fernet.generate_key().decode())
    service.day("2026-03-30").hand_over("S01", f"labs_{NAMES[4]}.csv", _file(ROWS), at("2026-03-30"))
    service.receive()
    raw = b"".join(path.read_bytes() for path in (service.home / "vault").rglob("*") if path.is_file())
    assert SECRET.findall(_unescaped(raw.decode("utf-8", "replace"))) == []
    assert service.fates(1)["received"] == len(ROWS)
