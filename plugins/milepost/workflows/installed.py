"""Which versions of the packages milepost asks for are installed here: they go into each report's manifest."""

from __future__ import annotations

import platform
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from milepost.homes import PROJECT

_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?==")
_ASKED_FOR = "-r requirements.in"  # what the lock says under a package that we ourselves ask for


@cache
def installed_versions() -> dict[str, str]:
    """Name -> version of Python and of each package milepost asks for itself, sorted; `-` where it is not installed."""
    names, pinned = set(), ""
    for line in (PROJECT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if found := _PIN.match(line):
            pinned = found[1]
        elif line.strip().endswith(_ASKED_FOR):
            names.add(pinned)
    return {name: _version(name) for name in sorted(names)} | {"python": platform.python_version()}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"
