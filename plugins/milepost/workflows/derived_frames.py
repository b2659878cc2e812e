"""The derived frames as tables for people and programs: ADSL, ADLB, ADTR, ADRS, ADTTE, ADAE, ADEX, ADHY;
and, for the monitor, where a site's own response differs from the derived one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.time_to_event_problems import (
    check_control_covers_response,
    check_progression_before_survival,
    check_progression_events,
    check_starts_before_ends,
)
from milepost.workflows.arm_readers import HIDDEN, Reader, blank_arms, left_out, may_see, roles_by_arm
from milepost.workflows.claiming import waiting
from milepost.workflows.context import Context
from milepost.workflows.deriving import Derivations
from milepost.workflows.verdicts import study_at

_SORTED = ("USUBJID", "LINE", "PARAMCD", "PARCAT3", "PARCAT2", "ADT", "ASTDT", "RECKEY")


class Derived(NamedTuple):
    """frame: STUDYID first, rows in order. notes: in sentences, why it may hold less than was hoped for."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


def derived_frame(
    ctx: Context,
    name: str,
    *,
    as_of: dt.date,
    known_at: dt.datetime | None,
    subjects: Sequence[str] = (),
    reader: Reader,
) -> Derived:
    """One derived frame of all subjects, or of these, under the configuration in force at `known_at` (the study folder
    as it is, if None). Without rows where nothing was known by then.

    reader: who asks. Arms, drugs and doses are blank where that role may not have all patients by arm; else the audit
    log says to whom they were shown. Raises NotPermitted for a role that the protocol does not know."""
    wanted = known_at or ctx.clock()
    study, _ = study_at(ctx, known_at)
    instant = ctx.store.resolve_known_at(wanted)
    patients = list(dict.fromkeys(subjects)) or None
    derived = Derivations(study, ctx.store, as_of=as_of, known_at=instant or wanted, patients=patients)
    frame = frame_of(derived, name)
    ordered = [column for column in _SORTED if column in frame]
    frame = frame.sort_values(ordered, kind="stable", na_position="first", ignore_index=True)
    frame.insert(0, "STUDYID", study.protocol.id)
    notes = tuple(_notes(ctx, derived, wanted))
    asked = {
        "frame": name, "subjects": patients or "all", "as_of": as_of.isoformat(), "known_at": wanted.isoformat(),
    }  # fmt: skip
    allowed = roles_by_arm(study.protocol)
    if not HIDDEN & set(frame.columns) or may_see(ctx, reader, allowed, "derive", asked):
        return Derived(frame, notes)
    frame, blank = blank_arms(frame, study.protocol)
    if blank and len(frame):
        said = f"{', '.join(blank)} {'are' if len(blank) > 1 else 'is'} blank"
        notes = (*notes, left_out(said, allowed))
    return Derived(frame, notes)


def _notes(ctx: Context, derived: Derivations, wanted: dt.datetime) -> Iterator[str]:
    first = ctx.store.first_known()
    if first is None:
        yield "Nothing was received yet, so there is no row. Hand a file over with: milepost deliver SITE FILE"
    elif first > wanted:
        yield (
            f"Nothing was known by {wanted:%Y-%m-%d %H:%M} UTC, so there is no row: the first data came "
            f"{first:%Y-%m-%d %H:%M} UTC. Ask with a later --known-at, or without it."
        )
    else:
        yield from _notes_on_patients(derived)
    unread = waiting(ctx, [site.id for site in ctx.study.sites]) + len(ctx.store.pending_deliveries())
    if unread:
        yield (
            f"{unread} file{'s' if unread != 1 else ''} in the inboxes {'were' if unread != 1 else 'was'} not read "
            "yet and can be in no frame: milepost receive"
        )


def _notes_on_patients(derived: Derivations) -> Iterator[str]:
    lines = derived.lines
    missing = [subject for subject in derived.patients or () if subject not in set(lines["USUBJID"])]
    if missing:
        yield f"Of {', '.join(missing)} no demographics or dose was known by then. Write the subject as USUBJID has it."
    if not missing and not (lines["FIRSTDOSE"] <= pd.Timestamp(derived.as_of)).any():
        yield (
            f"No patient had begun treatment by {derived.as_of} as far as known, so nothing is counted from a first "
            "dose."
        )


def frame_of(derived: Derivations, name: str) -> pd.DataFrame:
    """The frame with this name. Raises DataProblem where one breaks what always holds: it is not handed out."""
    match name:
        case "adsl":
            return derived.subjects
        case "adlb":
            return _stacked(derived.labs.adlb, derived.scores.scores)
        case "adtr":
            return derived.tumour.lesions
        case "adrs":
            check_control_covers_response(derived.best)
            return derived.responses
        case "adtte":
            return _checked(derived.times.adtte, derived.best)
        case "adae":
            return derived.events.adae
        case "adex":
            return derived.exposure.exposure
        case "adhy":
            return derived.liver.patients
        case "disagreements":
            return derived.tumour.disagreements
        case _:
            raise ValueError(f"no derived frame is called {name!r}")


def _checked(adtte: pd.DataFrame, adrs: pd.DataFrame) -> pd.DataFrame:
    """Dates in order, no progression-free survival beyond survival, every event a progression or a death."""
    check_starts_before_ends(adtte)
    check_progression_before_survival(adtte)
    check_progression_events(adtte, adrs)
    return adtte


def _stacked(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The rows of both, with the columns of both; what one lacks is None."""
    names = [*first.columns, *(name for name in second.columns if name not in first)]
    return pd.DataFrame({name: _one_above_another(first, second, name) for name in names}, copy=False)


def _one_above_another(first: pd.DataFrame, second: pd.DataFrame, name: str) -> np.ndarray:
    found = [frame[name] for frame in (first, second) if name in frame]
    kinds = {column.dtype.kind if isinstance(column.dtype, np.dtype) else "O" for column in found}
    if len(found) == 2 and kinds == {"M"}:
        return np.concatenate([column.to_numpy() for column in found])
    empty = np.nan if kinds == {"f"} else None  # a float for each cell would be dear
    return np.concatenate([_cells(first, name, empty), _cells(second, name, empty)])


def _cells(frame: pd.DataFrame, name: str, empty: float | None) -> np.ndarray:
    if name not in frame:
        return np.full(len(frame), empty)
    column = frame[name]
    if empty is not None:
        return column.to_numpy(float)
    objects = column.to_numpy(object)
    if column.dtype != object:
        objects[column.isna()] = None
    return objects
