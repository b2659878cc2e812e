"""The derived frames as tables for people and programs: ADSL, ADLB, ADTR, ADRS, ADTTE, ADAE."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from milepost.workflows.context import Context
from milepost.workflows.deriving import Derivations
from milepost.workflows.verdicts import study_at

_SORTED = ("USUBJID", "LINE", "PARAMCD", "PARCAT3", "PARCAT2", "ADT", "ASTDT", "RECKEY")


def derived_frame(ctx: Context, name: str, *, as_of: dt.date, known_at: dt.datetime | None) -> pd.DataFrame:
    """One derived frame with STUDYID first, under the configuration in force at `known_at`; empty in an empty store."""
    wanted = known_at or ctx.clock()
    study, _ = study_at(ctx, wanted)
    instant = ctx.store.resolve_known_at(wanted)
    derived = Derivations(study, ctx.store, as_of=as_of, known_at=instant or wanted)
    frame = frame_of(derived, name)
    ordered = [column for column in _SORTED if column in frame]
    frame = frame.sort_values(ordered, kind="stable", na_position="first", ignore_index=True)
    frame.insert(0, "STUDYID", study.protocol.id)
    return frame


def frame_of(derived: Derivations, name: str) -> pd.DataFrame:
    """The frame with this name."""
    match name:
        case "adsl":
            return derived.subjects
        case "adlb":
            return _stacked(derived.labs.adlb, derived.scores.scores)
        case "adtr":
            return derived.tumour.lesions
        case "adrs":
            return derived.responses
        case "adtte":
            return derived.times.adtte
        case "adae":
            return derived.events.adae
        case "adex":
            return derived.exposure.exposure
        case "adhy":
            return derived.liver.patients
        case _:
            raise ValueError(f"no derived frame is called {name!r}")


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
    return objects if column.dtype == object else np.where(column.isna(), None, objects)
