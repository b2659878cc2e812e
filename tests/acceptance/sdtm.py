"""A study whose only site sends SDTM files, column for column; the protocol is the default study's."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from milepost.cli import main
from milepost.homes import PROJECT
from milepost.schema import DOMAINS
from tests.acceptance.study import Service, table

SITE = "S01"
_HEAD = """
[[sites]]
id = "S01"
name = "Site S01 (made up)"
contacts = { site_coordinator = ["coordinator.s01@example.org"] }
"""
_LAYOUT = """
[[sites.layouts]]
id = "{id}"
match = ["{id}*.csv"]
columns = {{ {columns} }}
[[sites.layouts.emits]]
domain = "{domain}"
"""


def write_sdtm_study(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """The default study's protocol (text -> other text changed), and one site that sends every domain as SDTM."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (PROJECT / "config" / "protocol.toml").read_text(encoding="utf-8")
    for old, new in (changes or {}).items():
        assert old in text, f"no such text in the default study: {old}"
        text = text.replace(old, new)
    (folder / "protocol.toml").write_text(text, encoding="utf-8")
    sites = [_HEAD]
    for code, domain in DOMAINS.items():
        names = [name for name in domain.names if not name.startswith("REC")] + ["RECSTATUS"]
        columns = ", ".join(f'{name} = "{name}"' for name in names)
        sites.append(_LAYOUT.format(id=code.lower(), domain=code, columns=columns))
    (folder / "sites.toml").write_text("".join(sites), encoding="utf-8")
    return folder


def send(service: Service, domain: str, *rows: Mapping[str, object], name: str = "") -> None:
    """One SDTM file of the site, received now."""
    columns = [name for name in DOMAINS[domain].names if not name.startswith("REC")] + ["RECSTATUS"]
    service.hand_over(SITE, f"{domain.lower()}{name}.csv", table(columns, rows))


def derive(service: Service, frame: str, as_of: str, *more: str) -> list[dict[str, Any]]:
    """What `milepost derive` prints, as rows."""
    done = service.command("derive", frame, "--as-of", as_of, *more)
    return list(csv.DictReader(io.StringIO(done)))


__all__ = ["SITE", "derive", "main", "send", "write_sdtm_study"]
