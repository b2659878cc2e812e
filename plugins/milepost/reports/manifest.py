"""The manifest of a report: what it was made from and by, and each of its files by its hash.

It lies beside the files as manifest.json. It names no time of writing and no machine, so that a report made again
from the same data, configuration, code and packages has the same one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from milepost.errors import DataProblem

NAME = "manifest.json"
_FORM = 1  # of the manifest itself


def build_manifest(
    files: Mapping[str, bytes],
    *,
    report: str,
    kind: str,
    study: str,
    as_of: dt.date,
    cut_off: dt.datetime,
    known_at: dt.datetime,
    snapshot_hash: str,
    config_hash: str,
    code_version: str,
    predecessor: str | None,
    audit_head: str,
    packages: Mapping[str, str],
) -> dict[str, Any]:
    """What manifest.json says, ready for `to_json`.

    files: name below the report's folder -> bytes, the manifest itself not among them. report: its id. kind: open or
    closed. snapshot_hash, config_hash, code_version, audit_head: as `reports.inputs.ReportInputs` has them.
    predecessor: id of the report this one is compared with. packages: name -> version of what it was made with.
    """
    if NAME in files:
        raise ValueError("a manifest does not list itself")
    return {
        "manifest": _FORM,
        "report": report,
        "kind": kind,
        "study": study,
        "as_of": as_of.isoformat(),
        "cut_off": cut_off.astimezone(dt.UTC).isoformat(),
        "known_at": known_at.astimezone(dt.UTC).isoformat(),
        "snapshot_hash": snapshot_hash,
        "config_hash": config_hash,
        "code_version": code_version,
        "predecessor": predecessor,
        "audit_head": audit_head,
        "packages": dict(sorted(packages.items())),
        "files": {
            name: {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
            for name, raw in sorted(files.items())
        },
    }


def to_json(manifest: Mapping[str, Any]) -> str:
    """manifest.json: canonical, so that equal is byte-equal."""
    return json.dumps(manifest, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def verify_manifest(folder: Path) -> list[str]:
    """What in a report's folder is not as its manifest says, one sentence a file; nothing when all is.

    Raises DataProblem where there is no manifest that can be read.
    """
    listed = _listed(folder)
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() or path.is_symlink()
    } - {NAME}
    problems = []
    for name in sorted({*listed, *there}):
        if name not in there:
            problems.append(f"{name}: is missing")
        elif name not in listed:
            problems.append(f"{name}: is not of this report")
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]:
            problems.append(f"{name}: is not as it was published")
    return problems


def _listed(folder: Path) -> dict[str, str]:
    """Name -> SHA-256 of every file of the manifest."""
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return {str(name): str(file["sha256"]) for name, file in said["files"].items()}
    except OSError as error:
        raise DataProblem(
            f"{folder / NAME}: {error.strerror}. Name the folder of a published report: {NAME} lies in it."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataProblem(
            f"{folder / NAME}: this is not the manifest of a report, or it was changed. Publish the report again and "
            "compare."
        ) from error
