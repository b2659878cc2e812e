"""Exports of the derived frames, one file a frame, for whoever may have them.

The frames hold arms. A role that sees arms gets them as they are; every other role of the study gets them pooled:
without arms, drugs and doses. What is handed out, to whom, and its hash is in the audit log before the file is there.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from milepost.core.export_labels import ExportFrame, Kind, export_frame
from milepost.errors import ConfigurationError, NotPermitted
from milepost.protocol import Study
from milepost.reports.masking import Mask, without_arms
from milepost.workflows.arm_readers import roles_by_arm
from milepost.workflows.context import Context
from milepost.workflows.dataset_json import Origin, to_dataset_json, to_ndjson
from milepost.workflows.derived_frames import frame_of
from milepost.workflows.deriving import Derivations
from milepost.workflows.export_cells import Cell, Dataset, instant_text, to_dataset
from milepost.workflows.transport_file import write_transport
from milepost.workflows.verdicts import study_at


class Form(StrEnum):
    """The format of an export."""

    dataset_json = "dataset-json"
    dataset_ndjson = "dataset-ndjson"
    xpt = "xpt"  # SAS transport version 5
    xpt_v8 = "xpt-v8"


_ENDING = {Form.dataset_json: "json", Form.dataset_ndjson: "ndjson", Form.xpt: "xpt", Form.xpt_v8: "xpt"}
_TEXTS: Mapping[Form, Callable[[Dataset, Origin], Iterator[str]]] = {
    Form.dataset_json: to_dataset_json,
    Form.dataset_ndjson: to_ndjson,
}
_DOSES = ("STARTDOSE", "CUMDOSE", "RDI")  # tell the drug as well as its name does
_ONLY_WITH_ARMS = ("adex",)  # nothing of it but doses
_KEPT = ("STUDYID", "USUBJID", "SITEID")  # a name in one of these cannot be taken out


class Exported(NamedTuple):
    """One file that was written. no_numbers: column -> how many of its texts are no number and are empty in it."""

    path: Path
    rows: int
    sha256: str
    no_numbers: Mapping[str, int]


def export(
    ctx: Context,
    frames: Sequence[str],
    *,
    form: Form,
    role: str,
    with_arms: bool,
    folder: Path,
    as_of: dt.date,
    known_at: dt.datetime | None,
) -> list[Exported]:
    """Write these derived frames to `folder`, as known at an instant and up to a cut-off, and note it.

    Files are readable by their owner only. Raises NotPermitted where the role may not have them, or where a pooled
    export would name an arm or drug; ConfigurationError where the folder is open to others or cannot be written.
    """
    study, config_hash = study_at(ctx, known_at)
    asked = {
        "role": role, "frames": list(frames), "format": form.value, "as_of": as_of.isoformat(),
        "with_arms": with_arms,
    }  # fmt: skip
    try:
        _check_role(study, role, frames, with_arms=with_arms)
    except NotPermitted:
        ctx.store.audit("export", ctx.clock(), "export.refused", asked)
        raise
    wanted = known_at or ctx.clock()
    first, instant = ctx.store.first_known(), ctx.store.resolve_known_at(wanted)
    known = (
        instant if first is not None and first <= wanted else None
    )  # before the first file nothing was known
    stands_for = known or known_at or ctx.end_of_day(as_of)
    derived = Derivations(study, ctx.store, as_of=as_of, known_at=instant or wanted)
    view = "with-arms" if with_arms else "pooled"
    file = f"{study.protocol.id}/{as_of}/{instant_text(stands_for)}/{config_hash[:12]}/{view}"
    _make_folder(folder)
    made = []
    try:
        for name in frames:
            dataset = _dataset(derived, name, study, with_arms=with_arms)
            origin = Origin(study.protocol.id, f"{file}/{name}", known, stands_for, ctx.code_version)
            made.append(_written(dataset, form, folder / f"{name}.{_ENDING[form]}", origin))
        ctx.store.audit("export", ctx.clock(), "export.made", asked | {
            "known_at": instant_text(stands_for), "config_hash": config_hash,
            "sha256": {one.path.name: one.sha256 for one in made},
            "rows": {one.path.name: one.rows for one in made},
        })  # fmt: skip
        for one in made:
            _part(one.path).replace(one.path)
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: {error.strerror}. Name a folder that can be written with --output."
        ) from error
    finally:
        for name in frames:
            _part(folder / f"{name}.{_ENDING[form]}").unlink(missing_ok=True)
    return made


def _check_role(study: Study, role: str, frames: Sequence[str], *, with_arms: bool) -> None:
    """Raise NotPermitted unless this role may have these frames."""
    roles = {one.id: one for one in study.protocol.roles}
    if role not in roles:
        raise NotPermitted(
            f"{role} is no role of the study. Roles are in protocol.toml, [[roles]]: {', '.join(sorted(roles))}."
        )
    if not roles[role].recipients and any(role in site.contacts for site in study.sites):
        raise NotPermitted(
            f"{role} stands for one site at a time, and an export holds the patients of all. Nothing was written."
        )
    if with_arms and role not in roles_by_arm(study.protocol):
        raise NotPermitted(
            f"{role} may not see all patients by arm, and these frames hold their arms. Nothing was written. Without "
            "arms, drugs and doses: --without-arms."
        )
    closed = [name for name in frames if name in _ONLY_WITH_ARMS]
    if closed and not with_arms:
        raise NotPermitted(
            f"{', '.join(closed)} tells each patient's drug by its doses, so there is none without arms. Nothing was "
            "written. Leave it out of --frames."
        )


def _dataset(derived: Derivations, name: str, study: Study, *, with_arms: bool) -> Dataset:
    """One frame with STUDYID, ready to be written."""
    rows = frame_of(derived, name)
    rows = rows.assign(STUDYID=pd.Series(study.protocol.id, index=rows.index, dtype=object))
    frame = export_frame(name, time_of_day=study.protocol.time_to_event.time_of_day)
    return to_dataset(rows, frame) if with_arms else _pooled(rows, frame, Mask(study.protocol))


def _pooled(rows: pd.DataFrame, frame: ExportFrame, mask: Mask) -> Dataset:
    """The frame without arms and doses, and with their names out of every text that is no key.

    Raises NotPermitted where a key names an arm or drug: it cannot be changed and would unblind.
    """
    rows = without_arms(rows).drop(columns=[name for name in _DOSES if name in rows])
    left = frame._replace(columns=tuple(column for column in frame.columns if column.name in rows))
    dataset = to_dataset(rows, left)
    cells = dict(dataset.cells)
    for column in left.columns:
        if column.kind is not Kind.TEXT:
            continue
        texts = {str(cell) for cell in cells[column.name] if cell is not None}
        if column.name in _KEPT:
            mask.check("\n".join(sorted(texts)), f"{column.name} of {frame.name}")
            continue
        neutral: dict[Cell, Cell] = {text: mask.neutral(text) for text in texts}
        cells[column.name] = [neutral.get(cell) for cell in cells[column.name]]
    return dataset._replace(cells=cells)


def _written(dataset: Dataset, form: Form, path: Path, origin: Origin) -> Exported:
    """Write it beside its place, closed to everybody else; it gets its name once it is noted."""
    part = _part(path)
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        if form in _TEXTS:
            file.writelines(text.encode() for text in _TEXTS[form](dataset, origin))
    if form not in _TEXTS:
        write_transport(dataset, part, version=8 if form is Form.xpt_v8 else 5, made_at=origin.made_at)
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Exported(path, dataset.rows, digest, dataset.no_numbers)


def _make_folder(folder: Path) -> None:
    """The folder, closed to everybody but its owner. Raises ConfigurationError where one is there and open."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_open = folder.stat().st_mode & 0o077
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror}. Name another folder with --output.") from error
    if is_open:
        raise ConfigurationError(
            f"{folder}: others may read this folder, and an export holds patients' rows. Name a new folder with "
            f"--output, or close this one: chmod 700 {folder}"
        )


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
