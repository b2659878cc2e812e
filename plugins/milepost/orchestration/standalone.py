"""Airflow on this machine: `up` starts it on the embedded database, `down` stops both.

    python -m milepost.orchestration.standalone up|down [HOME]

Scheduler, triggerer, DAG processor and API server with its pages, reachable from this machine only. What it says
goes to `airflow/standalone.log` under MILEPOST_HOME; the logins lie in `airflow/passwords.json`, for this account
alone, and are printed when they are made.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from milepost.errors import MilepostError, Terminal, Transient
from milepost.orchestration.places import home_folder
from milepost.orchestration.standalone_settings import environment, make_logins, make_secret, pick_ports
from milepost.store import server

START_PATIENCE = 300  # seconds; about 30 on a quiet machine, several times as long on a busy one
STOP_PATIENCE = 60
KILL_PATIENCE = 10


@dataclass(frozen=True)
class Running:
    """An Airflow that `up` started: the parent process, and where it answers."""

    pid: int
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def up(home: Path) -> None:
    """Start Airflow unless it runs, wait until it is well, and say where it is."""
    folder = home / "airflow"
    running = read_running(folder)
    if running is not None:
        say(f"Airflow runs already: {running.address}")
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    server.ensure_running(home)
    server.ensure_database(home, "airflow")
    logins, made_now = make_logins(folder)
    ports = pick_ports(say)
    say("Airflow is starting; this takes half a minute or more.")
    env = environment(home, server.airflow_dsn(home), ports, make_secret(folder))
    running = Running(_launch(folder, env), ports.api)
    (folder / "running.json").write_text(json.dumps(asdict(running)))
    _wait_until_well(running, folder)
    say(f"Airflow: {running.address}")
    if made_now:
        for user, password in logins.items():
            say(f"  login {user:8} {password}")
    say(f"  logins are kept in {folder / 'passwords.json'}; stop it with `make down`.")


def down(home: Path) -> None:
    """Stop what runs of Airflow and the database of this home folder; nothing running is fine."""
    folder = home / "airflow"
    running = read_running(folder)
    if running is None:
        say("Airflow is not running.")
    else:
        stop_session(running.pid)
        say("Airflow has stopped.")
    (folder / "running.json").unlink(missing_ok=True)
    if server.is_up(home):
        server.stop(home)
        say("The database has stopped.")


def read_running(folder: Path) -> Running | None:
    """The Airflow that `up` started here, if it still runs. A number that went to another program is none."""
    try:
        running = Running(**json.loads((folder / "running.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return running if _command_of(running.pid).endswith("-m airflow standalone") else None


def stop_session(pid: int) -> None:
    """End Airflow's parent as its author would, by SIGINT: a SIGTERM would leave its children behind.

    Whoever of its session is still there afterwards (workers ignore SIGINT) is ended for good.
    """
    os.kill(pid, signal.SIGINT)
    if _gone(pid, STOP_PATIENCE):
        return
    for stronger in (signal.SIGTERM, signal.SIGKILL):
        for member in _session(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, stronger)
        if _gone(pid, KILL_PATIENCE):
            return
    raise Transient(f"Airflow (process {pid}) did not stop.")


def say(line: str) -> None:
    """One line for whoever typed `make up`."""
    print(line, flush=True)


def _launch(folder: Path, env: dict[str, str]) -> int:
    """Start `airflow standalone` in a session of its own; the number of its parent process."""
    log_file = folder / "standalone.log"
    if log_file.exists():
        log_file.replace(folder / "standalone.log.before")
    with open(log_file, "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=folder,
            start_new_session=True,
            # a shell that starts us in the background has SIGINT ignored, and the child would inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    return process.pid


def _wait_until_well(running: Running, folder: Path) -> None:
    """Wait until every part reports health, not until a banner or a sleep says so."""
    until = time.monotonic() + START_PATIENCE
    said = "nothing"
    while time.monotonic() < until:
        if not _command_of(running.pid):
            (folder / "running.json").unlink(missing_ok=True)
            raise Terminal(f"Airflow ended while starting. {folder / 'standalone.log'} says why.")
        try:
            with urlopen(f"{running.address}/api/v2/monitor/health", timeout=10) as answer:
                health = json.load(answer)
            said = ", ".join(f"{part} {state.get('status')}" for part, state in sorted(health.items()))
            if all(state.get("status") == "healthy" for state in health.values()):
                return
        except (URLError, OSError, ValueError):
            pass
        time.sleep(0.5)
    raise Transient(
        f"Airflow is not well after {START_PATIENCE} s ({said}). {folder / 'standalone.log'} says more."
    )


def _gone(session: int, patience: float) -> bool:
    """Whether the whole session ends within so many seconds."""
    until = time.monotonic() + patience
    while _session(session):
        if time.monotonic() > until:
            return False
        time.sleep(0.3)
    return True


def _session(session: int) -> list[int]:
    """The processes of a session that still run; one that only waits to be collected does not."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(session, os.WNOHANG)  # where it is our own child
    members = []
    for line in _ps("-A", "-o", "pid=,stat=").splitlines():
        pid, state = line.split(None, 1)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(int(pid)) == session and not state.startswith("Z"):
                members.append(int(pid))
    return members


def _command_of(pid: int) -> str:
    """The command line of a process; empty where it is gone or only waits to be collected."""
    shown = _ps("-o", "stat=,args=", "-p", str(pid)).strip()
    return "" if shown.startswith("Z") else shown


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout


def main(words: list[str]) -> int:
    """`up` or `down`, then the home folder (default: MILEPOST_HOME)."""
    if not words or words[0] not in ("up", "down"):
        print("usage: python -m milepost.orchestration.standalone up|down [HOME]", file=sys.stderr)
        return 2
    home = Path(words[1]).resolve() if len(words) > 1 else home_folder()
    try:
        {"up": up, "down": down}[words[0]](home)
    except MilepostError as error:
        print(f"milepost: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
