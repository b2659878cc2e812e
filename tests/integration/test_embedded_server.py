"""The embedded PostgreSQL: who starts it, who stops it, what it survives, and who may not come near it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from milepost.errors import Terminal
from milepost.store import server, server_account

pytestmark = pytest.mark.xdist_group("embedded-server")


def postmaster(home: Path) -> int:
    return int((server_account.data_folder(home) / "postmaster.pid").read_text().split()[0])


def ask(home: Path, question: str, database: str = "postgres") -> object:
    engine = sqlalchemy.create_engine(server.dsn(home, database), poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        return connection.execute(sqlalchemy.text(question)).scalar_one()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(
        tempfile.mkdtemp(prefix="milepost test ")
    )  # short, with spaces, and 0700 as a private folder is
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def home(folder: Path) -> Iterator[Path]:
    """One server for this file. Two processes start it at the same moment, and both of them end."""
    home = folder / "its home"
    program = """
import pathlib, sys
from milepost.store import server
server.ensure_running(pathlib.Path(sys.argv[1]))
"""
    at_once = [subprocess.Popen([sys.executable, "-c", program, home]) for _ in range(2)]
    assert [process.wait() for process in at_once] == [0, 0]
    yield home
    server.stop(home)


@pytest.fixture(autouse=True)
def running(home: Path) -> None:
    server.ensure_running(home)


def test_it_outlives_the_processes_that_started_it(home: Path) -> None:
    assert server.is_up(home)
    assert ask(home, "select 1") == 1


def test_starting_a_running_server_changes_nothing(home: Path) -> None:
    before = postmaster(home)
    server.ensure_running(home)
    assert postmaster(home) == before


def test_it_says_which_command_started_it(home: Path) -> None:
    assert "process" in (server.started_by(home) or "")


def test_nobody_but_the_owner_may_enter_the_socket_folder_or_the_data(home: Path) -> None:
    for private in (server.socket_dir(home), server_account.data_folder(home)):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_no_folder_above_can_be_listed_by_others_afterwards(folder: Path) -> None:
    assert not folder.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IRGRP | stat.S_IWGRP)


def test_no_tcp_port_is_open(home: Path) -> None:
    assert ask(home, "show listen_addresses") == ""


def test_the_log_file_never_holds_a_statement_or_a_row(home: Path) -> None:
    with pytest.raises(sqlalchemy.exc.ProgrammingError):
        ask(home, "select secret_of_patient_0042")
    with psycopg.connect(host=str(server.socket_dir(home)), user="postgres", autocommit=True) as connection:
        connection.execute("create temp table t (usubjid text primary key)")
        connection.execute("insert into t values ('PATIENT-0043')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into t values ('PATIENT-0043')")
    log = (server_account.data_folder(home) / "log").read_text()
    assert "duplicate key" in log
    assert "0043" not in log and "select secret" not in log


def test_a_database_is_made_once_and_sorts_alike_everywhere(home: Path) -> None:
    at_once = [threading.Thread(target=server.ensure_database, args=(home, "made once")) for _ in range(4)]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    same = "datlocprovider::text || ' ' || datlocale || ' ' || pg_encoding_to_char(encoding)"
    assert (
        ask(home, f"select {same} from pg_database where datname = 'made once'", "made once")
        == "b C.UTF-8 UTF8"
    )
    assert (
        ask(home, "select string_agg(w, '' order by w) from unnest(array['b', 'a', 'B', 'é', 'A']) w")
        == "ABabé"
    )


def test_airflows_address_leads_to_its_own_database(home: Path) -> None:
    server.ensure_database(home, "airflow")
    with sqlalchemy.create_engine(server.airflow_dsn(home)).connect() as connection:
        assert connection.execute(sqlalchemy.text("select current_database()")).scalar_one() == "airflow"


def test_a_dump_can_be_restored_and_is_private(home: Path, folder: Path) -> None:
    server.ensure_database(home, "from")
    server.ensure_database(home, "to")
    with psycopg.connect(host=str(server.socket_dir(home)), user="postgres", dbname="from") as connection:
        connection.execute("create table if not exists kept as select 42 as answer")
    file = folder / "backup of today"
    server.dump(home, "from", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    socket = server.socket_dir(home)
    restore = [server_account.binary("pg_restore"), "-U", "postgres", "-h", socket, "-d", "to", file]
    subprocess.run(restore, check=True, capture_output=True)
    assert ask(home, "select answer from kept", "to") == 42


def test_a_dump_of_no_database_says_so_and_leaves_no_file(home: Path, folder: Path) -> None:
    with pytest.raises(Terminal, match="absent could not be dumped"):
        server.dump(home, "absent", folder / "nothing")
    assert not list(folder.glob("nothing*"))


def test_it_starts_again_after_kill_9_with_everything_committed(home: Path) -> None:
    with psycopg.connect(host=str(server.socket_dir(home)), user="postgres") as connection:
        connection.execute("create table if not exists committed as select 7 as n")
    killed = postmaster(home)
    os.kill(killed, signal.SIGKILL)
    server.ensure_running(home)
    assert postmaster(home) != killed
    assert ask(home, "select n from committed") == 7


def test_it_starts_although_its_old_process_number_went_to_another_program(home: Path) -> None:
    server.stop(home)
    data = server_account.data_folder(home)
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")  # this test, alive and no postgres
    server.ensure_running(home)
    assert postmaster(home) != os.getpid()


def test_a_dead_process_that_nobody_collects_is_waited_for_and_then_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stop(home)
    monkeypatch.setattr(server, "ZOMBIE_PATIENCE", 0.5)
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # dead, and not collected
    data = server_account.data_folder(home)
    (data / "postmaster.pid").write_text(f"{zombie.pid}\n{data}\n")
    begun = time.monotonic()
    with pytest.raises(Terminal, match="--init"):
        server.ensure_running(home)
    assert time.monotonic() - begun >= 0.5
    zombie.wait()
    server.ensure_running(home)
    assert server.is_up(home)


def test_stop_stops_it_and_stopping_twice_is_no_error(home: Path) -> None:
    server.stop(home)
    assert not server.is_up(home)
    assert server.started_by(home) is None
    server.stop(home)


def test_an_interrupted_creation_leaves_nothing_that_looks_whole(folder: Path) -> None:
    home = folder / "interrupted"
    half = home / f"new-pg-{server_account.major()}"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        os.chown(half, *server_account.owner(home))
    try:
        server.ensure_running(home)
        assert server.is_up(home) and not half.exists()
    finally:
        server.stop(home)


def test_a_path_too_long_for_a_socket_gets_one_under_tmp_just_as_private(folder: Path) -> None:
    home = folder / ("long " * 20) / "home"
    socket = server.socket_dir(home)
    assert len(bytes(socket)) < 80 and socket == server.socket_dir(home / ".." / "home")
    try:
        server.ensure_running(home)
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        assert ask(home, "select 1") == 1
    finally:
        server.stop(home)
        shutil.rmtree(socket, ignore_errors=True)


def test_a_socket_folder_that_somebody_else_made_first_is_refused(folder: Path) -> None:
    home = folder / ("another " * 15)
    socket = server.socket_dir(home)
    (folder / "elsewhere").mkdir()
    socket.symlink_to(folder / "elsewhere")
    try:
        with pytest.raises(Terminal, match="Remove it"):
            server.ensure_running(home)
    finally:
        socket.unlink()


@pytest.mark.parametrize("unfit", ['quote"', "dollar$", "tick`"])
def test_a_path_that_postgresql_cannot_take_is_refused_by_name(folder: Path, unfit: str) -> None:
    with pytest.raises(Terminal, match="Choose another MILEPOST_HOME"):
        server.ensure_running(folder / unfit)
    assert not (folder / unfit).exists()


def test_data_of_another_major_version_are_left_alone_and_the_way_out_is_told(folder: Path) -> None:
    older = folder / "old" / "pg-17"
    older.mkdir(parents=True)
    (older / "PG_VERSION").write_text("17\n")
    with pytest.raises(Terminal, match="data of PostgreSQL 17.*make a backup"):
        server.ensure_running(folder / "old")
    assert not server_account.data_folder(folder / "old").exists()


def test_another_accounts_database_is_named_and_not_touched(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = server_account.data_folder(home).stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    whose = re.escape(server_account.account_name(owner))
    with pytest.raises(Terminal, match=f"belongs to {whose}, not to"):
        server.ensure_running(home)
    with pytest.raises(Terminal, match=f"belongs to {whose}, not to"):
        server.stop(home)
    monkeypatch.undo()
    assert server.is_up(home)
