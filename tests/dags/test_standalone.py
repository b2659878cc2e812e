"""Airflow on this machine: its ports, its logins, and an end that leaves nobody behind."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from milepost.errors import Terminal
from milepost.orchestration import standalone
from milepost.orchestration.standalone_settings import (
    Ports,
    environment,
    make_logins,
    make_secret,
    pick_ports,
)

PARENT = """  # airflow standalone, as far as stopping it is concerned
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], process_group=0)
try:
    print(child.pid, flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    child.terminate()
"""
OBEYS = "import time; time.sleep(60)"
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def listener() -> socket.socket:
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    held.listen()
    return held


def test_a_taken_port_is_moved_and_said():
    said: list[str] = []
    with listener() as held:
        port = held.getsockname()[1]
        picked = pick_ports(said.append, Ports(api=port))
    assert picked.api > port
    assert said == [f"Port {port} is taken; api moves to {picked.api}."]


def test_two_services_never_get_one_port():
    with listener() as held:
        port = held.getsockname()[1]
        picked = pick_ports(lambda line: None, Ports(api=port, worker_log=port, triggerer_log=port))
    assert len({picked.api, picked.worker_log, picked.triggerer_log}) == 3


def test_no_port_at_all_is_named(monkeypatch):
    monkeypatch.setattr("milepost.orchestration.standalone_settings.is_free", lambda port: False)
    with pytest.raises(Terminal, match="No free port from 8080 to 8279"):
        pick_ports(lambda line: None)


def test_logins_are_made_once_and_for_this_account_only(tmp_path):
    logins, made_now = make_logins(tmp_path)
    assert made_now and set(logins) == {"admin", "monitor"} and len(set(logins.values())) == 2
    assert make_logins(tmp_path) == (logins, False)
    assert stat.S_IMODE((tmp_path / "passwords.json").stat().st_mode) == 0o600


def test_the_processes_share_one_secret_long_enough(tmp_path):
    assert make_secret(tmp_path) == make_secret(tmp_path)
    assert len(make_secret(tmp_path)) >= 64
    assert stat.S_IMODE((tmp_path / "jwt.secret").stat().st_mode) == 0o600


def test_airflow_is_told_what_was_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("MILEPOST_AS_OF", "2026-05-01")
    env = environment(tmp_path, "postgresql+psycopg2://x", Ports(api=18080), "secret")
    assert env["AIRFLOW__API__HOST"] == "127.0.0.1", "nobody else's machine reaches it"
    assert env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:18080/execution/"
    assert env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == "postgresql+psycopg2://x"
    assert env["MILEPOST_HOME"] == str(tmp_path)
    assert "PYTHONDONTWRITEBYTECODE" not in env
    assert "MILEPOST_AS_OF" not in env, "a replayed day is not today"


def test_nothing_running_is_nothing_to_stop(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(standalone.server, "is_up", lambda home: False)
    assert standalone.main(["down", str(tmp_path)]) == 0
    assert standalone.main(["down", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Airflow is not running.\n" * 2


def test_a_number_that_went_to_another_program_is_left_alone(tmp_path):
    (tmp_path / "running.json").write_text(json.dumps({"pid": os.getpid(), "port": 8080}))
    assert standalone.read_running(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_torn_note_of_what_runs_is_none(tmp_path, text):
    (tmp_path / "running.json").write_text(text)
    assert standalone.read_running(tmp_path) is None


@pytest.mark.parametrize("child", [OBEYS, IGNORES], ids=["children that obey", "children that do not"])
def test_stopping_leaves_nobody_behind(child, monkeypatch):
    monkeypatch.setattr(standalone, "STOP_PATIENCE", 1)
    monkeypatch.setattr(standalone, "KILL_PATIENCE", 1)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, child], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout
    grandchild = int(parent.stdout.readline())
    time.sleep(0.3)  # it has to have said what it ignores
    standalone.stop_session(parent.pid)
    assert not running(parent.pid) and not running(grandchild)


def running(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_another_word_than_up_or_down_is_a_usage_error(capsys):
    assert standalone.main(["sideways"]) == 2
    assert "usage" in capsys.readouterr().err
