"""What all published reports have in common: written once, named by what they are made from, never overwritten.

Asked for again under the same code a report's bytes come out the same and are checked against what was kept; under
another code version the kept file is served and every difference is listed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from milepost.errors import DataProblem, NotPermitted
from milepost.reports.inputs import ReportInputs
from milepost.reports.manifest import NAME as MANIFEST
from milepost.reports.manifest import build_manifest, to_json
from milepost.workflows.context import Context

log = logging.getLogger(__name__)
OPEN = "open"
KEPT, SAME_AGAIN = "KEPT_FROM_OTHER_CODE", "SAME_AGAIN"
SHARED, RESTRICTED = 0o755, 0o700  # modes of folders; files lose their execute bits


@dataclass
class Published:
    """Where the report lies, whether it is new, the same again, or kept from another code version, and how many alerts
    it owes because a second program gives its estimates differently."""

    report: str | None = None
    path: str | None = None
    outcome: str = "NOTHING_KNOWN"
    differences: list[str] = field(default_factory=list)
    owed: int = 0


@dataclass(frozen=True)
class Made:
    """A report as it was made: its kind, id, inputs and files (report.json among them). name: its folder."""

    kind: str
    id: str
    name: str
    inputs: ReportInputs
    files: Mapping[str, bytes]


def predecessor(
    ctx: Context, kind: str, as_of: dt.date, known_at: dt.datetime, kept: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The report this one is compared with: the one it was compared with when it was kept, else the last before it.

    kind: the report's, or how several kinds begin (`closed`: also those of a look).
    """
    reports = ctx.store.reports()
    reports = reports[reports["KIND"].str.startswith(kind)]
    if kept is not None:
        found = reports[reports["ID"] == kept["PREDECESSOR"]]
    else:
        day = pd.Timestamp(as_of)
        before = (reports["AS_OF"] < day) | ((reports["AS_OF"] == day) & (reports["KNOWN_AT"] < known_at))
        found = reports[before & (reports["KNOWN_AT"] <= known_at)].sort_values(
            ["AS_OF", "KNOWN_AT", "PUBLISHED_AT"]
        )
    return (
        None
        if found.empty
        else ctx.store.report_numbers(str(found.iloc[-1]["ID"]), str(found.iloc[-1]["KIND"]))
    )


def kept_report(ctx: Context, kind: str, inputs: ReportInputs) -> dict[str, Any] | None:
    """The report that was published from these very inputs, by this code or another, the newest of several.

    A report of the same day and knowledge with another snapshot was published before the day was judged: what the
    day owed has come since, so it is another report, and both stay.
    """
    reports = ctx.store.reports()
    same = reports[
        (reports["KIND"] == kind) & (reports["AS_OF"] == pd.Timestamp(inputs.as_of))
        & (reports["KNOWN_AT"] == inputs.known_at) & (reports["CONFIG_HASH"] == inputs.config_hash)
    ]  # fmt: skip
    other_code = None
    for row in reversed(same.to_dict("records")):
        kept = {str(name): value for name, value in row.items()}
        kept["NUMBERS"] = ctx.store.report_numbers(str(row["ID"]), kind)
        own = kept["CODE_VERSION"] == ctx.code_version
        if own and kept["NUMBERS"]["snapshot_hash"] == inputs.snapshot_hash:
            return kept
        if not own:
            other_code = other_code or kept
    return other_code


def is_intact(ctx: Context, kept: Mapping[str, Any], root: Path) -> bool:
    """Whether a report of this code version lies there byte for byte as it was published."""
    folder = root / str(kept["PATH"])
    return kept["CODE_VERSION"] == ctx.code_version and all(
        (folder / name).exists() and hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha
        for name, sha in dict(kept["SHA256"]).items()
    )


def compare_with_kept(
    ctx: Context, kept: Mapping[str, Any], made: Made, root: Path, *, mode: int = SHARED
) -> Published:
    """Serve what was kept: the same bytes again, written anew where a file was lost; under another code version the
    kept file, with every difference."""
    folder = root / str(kept["PATH"])
    if kept["CODE_VERSION"] != ctx.code_version:
        differences = differences_between(kept["NUMBERS"], json.loads(made.files["report.json"]))
        return Published(str(kept["ID"]), str(folder), KEPT, differences)
    files = {**made.files, MANIFEST: manifest_of(ctx, made)}
    sums = {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    if sums != dict(kept["SHA256"]):
        raise DataProblem(
            f"report {kept['ID']}: made again it differs from what was published. Nothing was overwritten; the audit "
            f"log and the code version say what changed. Report this as a defect."
        )
    write_files(folder, files, mode)
    return Published(str(kept["ID"]), str(folder), SAME_AGAIN)


def keep(
    ctx: Context, made: Made, root: Path, *, mode: int = SHARED, actor: str = "publish", once: bool = False
) -> Published:
    """Note the report in the record and the audit log, then write its files with their manifest.

    In this order: what somebody can read is on record; files lost with the process are made again when asked. once:
    only one report of this kind can ever be (a look). Raises NotPermitted where another one was there first.
    """
    inputs = made.inputs
    files = {**made.files, MANIFEST: manifest_of(ctx, made)}
    noted = ctx.store.save_report({
        "id": made.id, "kind": made.kind, "as_of": pd.Timestamp(inputs.as_of),
        "known_at": pd.Timestamp(inputs.known_at), "published_at": ctx.clock(), "config_hash": inputs.config_hash,
        "code_version": ctx.code_version, "predecessor": inputs.predecessor["id"] if inputs.predecessor else None,
        "sha256": {file: hashlib.sha256(raw).hexdigest() for file, raw in files.items()}, "path": made.name,
        "numbers": json.loads(made.files["report.json"]),
    }, actor=actor, now=ctx.clock(), only_one=once)  # fmt: skip
    if once and not noted:
        raise NotPermitted(
            "This look was held meanwhile, on other data. A look is held once. Ask for that report."
        )
    write_files(root / made.name, files, mode)
    ctx.store.note_audit_head(ctx.clock())
    log.info("published kind=%s report=%s as_of=%s", made.kind, made.id, inputs.as_of)
    return Published(made.id, str(root / made.name), "NEW")


def manifest_of(ctx: Context, made: Made) -> bytes:
    """manifest.json: what the report was made from and by, and the hash of each of its files."""
    inputs = made.inputs
    return to_json(build_manifest(
        made.files, report=made.id, kind=made.kind, study=inputs.protocol.id, as_of=inputs.as_of,
        cut_off=inputs.cut_off, known_at=inputs.known_at, snapshot_hash=inputs.snapshot_hash,
        config_hash=inputs.config_hash, code_version=inputs.code_version,
        predecessor=str(inputs.predecessor["id"]) if inputs.predecessor else None, audit_head=inputs.audit_head,
        packages=ctx.packages,
    )).encode()  # fmt: skip


def differences_between(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Every number of report.json that another code version gives differently."""
    old = {number["id"]: number.get("value") for number in then.get("numbers", [])}
    new = {number["id"]: number.get("value") for number in now.get("numbers", [])}
    return [
        f"{key}: {old.get(key)} then, {new.get(key)} now"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]


def write_files(folder: Path, files: Mapping[str, bytes], mode: int = SHARED) -> None:
    """Write files that never change: what is there already stays. Nobody else may look in between."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True, mode=mode)
    if mode == RESTRICTED:
        folder.chmod(mode)
    for name, raw in files.items():
        target = folder / name
        if target.exists() and target.read_bytes() == raw:
            continue
        part = folder / f".{name}.part"
        part.touch(mode=mode & 0o666)
        part.write_bytes(raw)
        part.replace(target)
