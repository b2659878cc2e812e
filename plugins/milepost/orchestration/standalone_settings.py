"""What Airflow is told when it runs on this machine: folders, database, ports, logins. Source: Airflow 3.3."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from milepost.errors import Terminal
from milepost.orchestration.places import DAGS, PLUGINS

LOGINS = {"admin": "admin", "monitor": "viewer"}  # user -> role in Airflow
NEARBY = 200  # how far a taken port is moved at most


@dataclass(frozen=True)
class Ports:
    """The ports Airflow listens on: its pages on this machine only, the two log servers as Airflow will."""

    api: int = 8080
    worker_log: int = 8793
    triggerer_log: int = 8794


def environment(home: Path, database: str, ports: Ports, secret: str) -> dict[str, str]:
    """The environment of every Airflow process: ours, without what would slow it down or lead it astray."""
    kept = dict(os.environ)
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every process starts three times as slowly
    kept.pop("MILEPOST_AS_OF", None)  # a replayed day is not today
    address = f"http://127.0.0.1:{ports.api}"
    return {
        **kept,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        "MILEPOST_HOME": str(home),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",  # the default of 32 is 32 processes
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
            f"{user}:{role}" for user, role in LOGINS.items()
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "airflow" / "passwords.json"),
        "AIRFLOW__API_AUTH__JWT_SECRET": secret,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(ports.api),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports.worker_log),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports.triggerer_log),
        # its first answer takes longer than the default of 5 s on a busy machine, and tasks would fail unstarted
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
    }


def make_logins(folder: Path) -> tuple[dict[str, str], bool]:
    """User -> password, made once and kept for this account only; and whether they were made now."""
    path = folder / "passwords.json"
    if path.exists():
        return json.loads(path.read_text()), False
    logins = {user: secrets.token_urlsafe(12) for user in LOGINS}
    _write_privately(path, json.dumps(logins))
    return logins, True


def make_secret(folder: Path) -> str:
    """What Airflow's processes prove themselves to each other with; made once, for this account only."""
    path = folder / "jwt.secret"
    if not path.exists():
        _write_privately(path, secrets.token_urlsafe(64))
    return path.read_text()


def _write_privately(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def pick_ports(say: Callable[[str], None], wanted: Ports | None = None) -> Ports:
    """Free ports, each the wanted one or the next that nobody has; a moved one is said."""
    wanted = wanted or Ports()
    picked: dict[str, int] = {}
    for field in fields(Ports):
        first = getattr(wanted, field.name)
        port = next(
            (p for p in range(first, first + NEARBY) if p not in picked.values() and is_free(p)), None
        )
        if port is None:
            raise Terminal(f"No free port from {first} to {first + NEARBY - 1}. Stop what holds them.")
        if port != first:
            say(f"Port {first} is taken; {field.name.replace('_', ' ')} moves to {port}.")
        picked[field.name] = port
    return Ports(**picked)


def is_free(port: int) -> bool:
    """Whether nobody listens on this port, on this machine's own address or on all of them."""
    for host in ("127.0.0.1", ""):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True
