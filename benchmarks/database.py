"""A database server of one's own in a temporary folder, and how much it has computed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary_home() -> Iterator[str]:
    """An empty MILEPOST_HOME; its server is stopped and all of it removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="milepost-bench-"))
    try:
        yield str(home)
    finally:
        from benchmarks.children import call

        call("database:stop", home=str(home))
        shutil.rmtree(home, ignore_errors=True)


def stop(home: str) -> None:
    """Stop the home's server."""
    from milepost.store import server

    server.stop(Path(home))


def ensure(home: str, name: str) -> str:
    """The address of a database of the home's server, made where it is missing."""
    from milepost.store import server

    server.ensure_running(Path(home))
    server.ensure_database(Path(home), name)
    return server.dsn(Path(home), name)


def server_cpu(home: Path | None) -> float:
    """Seconds the server of this home has computed so far, in all its processes; 0 where the system does not say."""
    marker = next(iter(home.glob("pg-*/postmaster.pid")), None) if home else None
    if marker is None or not Path("/proc/self/stat").exists():
        return 0.0
    postmaster = int(marker.read_text().split("\n", 1)[0])
    ticks = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue  # it has just ended; its parent counts it from now on
        mine, ended = map(int, fields[11:13]), map(int, fields[13:15])
        if int(entry.name) == postmaster:
            ticks += sum(mine) + sum(ended)
        elif int(fields[1]) == postmaster:
            ticks += sum(mine)
    return ticks / os.sysconf("SC_CLK_TCK")
