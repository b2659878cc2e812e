"""Which source rows a derived row rests on, gathered at once for all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def gather_sources(rows: pd.DataFrame, keys: Sequence[str], column: str, into: str) -> pd.DataFrame:
    """One row for each combination of `keys`, in order of first appearance, with the tuple of its sources in `into`.

    `column` holds texts, or tuples of texts which are joined (anything else counts as no source).
    """
    names = list(keys)
    group = rows.groupby(names, sort=False, dropna=False).ngroup().to_numpy()
    order = np.argsort(group, kind="stable")
    bounds = np.flatnonzero(np.diff(group[order], prepend=-1))
    values = rows[column].to_numpy(dtype=object)[order].tolist()
    ends = [*bounds[1:].tolist(), len(values)][: len(bounds)]
    made = [tuple(_flat(values[start:end])) for start, end in zip(bounds.tolist(), ends, strict=True)]
    found = rows.iloc[order[bounds]][names].reset_index(drop=True)
    return found.assign(**{into: pd.Series(made, index=found.index, dtype=object)})


def _flat(values: list[object]) -> list[str]:
    flat: list[str] = []
    for value in values:
        if isinstance(value, str):
            flat.append(value)
        elif isinstance(value, tuple):
            flat.extend(value)
    return flat
