"""Target lesions that split into parts, or grew together.

The parts of a split lesion are summed; lesions that have merged count once, by the longest diameter of the merged one.
Source: clinical specification section 6.1; how the parts are named is said in `lesions`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from milepost.core.target_response import both_texts
from milepost.core.tumour_timepoints import KEYS
from milepost.core.tumour_words import NO_SIZE

_AT = [*KEYS, "TP"]


def derive_whole_lesions(sizes: pd.DataFrame, order: pd.Series) -> pd.DataFrame:
    """One row a lesion and time point: parts of a split lesion summed, merged lesions counted once by the longest.

    order: time order of each TP. A part seen before and not now leaves the lesion without a size; a lesion measured
    both whole and in parts clashes. Only the few split and merged lesions are walked through one by one.
    """
    is_part = sizes["PART"].ne(sizes["LESION"])
    split = sizes.loc[is_part, [*KEYS, "LESION"]].drop_duplicates()
    if len(split):
        marked = sizes.merge(split.assign(SPLIT=True), on=[*KEYS, "LESION"], how="left", validate="m:1")
        some = marked["SPLIT"].eq(True).to_numpy()
        summed = [
            row for _, rows in sizes[some].groupby([*KEYS, "LESION"]) for row in _sum_of_parts(rows, order)
        ]
        sizes = pd.concat([sizes[~some], pd.DataFrame(summed, columns=sizes.columns)], ignore_index=True)
        sizes = sizes.astype({"SIZE": "int64", "LOW": "int64", "HIGH": "int64", "ADT": "datetime64[ns]"})
    if sizes["MERGED"].any():
        alone = set(sizes.loc[~sizes["MERGED"] & sizes["FOUND"], _AT].itertuples(index=False, name=None))
        groups = [_merged(rows, alone) for _, rows in sizes[sizes["MERGED"]].groupby(_AT)]
        whole = sizes.set_index([*_AT, "LESION"]).sort_index()
        for changes in groups:
            for at, with_ in changes:
                _merge_into(whole, at, with_)
        sizes = whole.reset_index()
    return sizes


def _sum_of_parts(rows: pd.DataFrame, order: pd.Series) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    seen: set[str] = set()
    for tp in sorted(rows["TP"].unique(), key=lambda number: order.get(number, -1)):
        now = rows[rows["TP"] == tp]
        parts, whole = now[now["PART"] != now["LESION"]], now[now["PART"] == now["LESION"]]
        if not len(parts):
            made += whole.to_dict("records")
            continue
        seen |= set(parts["PART"])
        twice = bool(whole["FOUND"].any() & whole["SIZE"].gt(0).any())
        known = seen <= set(parts.loc[parts["FOUND"], "PART"]) and not twice and not parts["CLASH"].any()
        clash = twice or bool(parts["CLASH"].any())
        low, high = _span_of_parts(parts, whole, seen)
        keys = tuple(key for one in now["KEYS_"] for key in one)
        made.append(
            parts.iloc[0].to_dict()
            | {"PART": parts["LESION"].iloc[0], "SIZE": int(parts["SIZE"].sum()) if known else NO_SIZE,
               "GONE": bool(known and parts["GONE"].all()), "FOUND": known, "MERGED": False, "WITH": None,
               "CLASH": clash, "LOW": low, "HIGH": high, "ADT": now["ADT"].max(), "KEYS_": keys,
               "TEXT": both_texts(now["TEXT"])}
        )  # fmt: skip
    return made


def _span_of_parts(parts: pd.DataFrame, whole: pd.DataFrame, seen: set[str]) -> tuple[int, int]:
    """The smallest and the largest size the answers of a split lesion may mean: its parts, or the whole."""
    told = parts[parts["HIGH"] >= 0]
    spans = [(int(told["LOW"].sum()), int(told["HIGH"].sum()))] if seen <= set(told["PART"]) else []
    spans += [(low, high) for low, high in zip(whole["LOW"], whole["HIGH"], strict=True) if high > 0]
    if not spans:
        return NO_SIZE, NO_SIZE
    return min(low for low, _ in spans), max(high for _, high in spans)


def _merged(
    rows: pd.DataFrame, alone: set[tuple[Any, ...]]
) -> list[tuple[tuple[Any, ...], tuple[Any, ...] | None]]:
    """For each merged lesion of a time point: itself, and the lesion that carries the merged size (None: itself, or
    some lesion that stands alone and was measured; where there is none, nothing is known)."""
    at = tuple(rows.iloc[0][name] for name in _AT)
    bare = rows[rows["WITH"].isna()].sort_values(["SIZE", "LESION"], ascending=[False, True])
    changes: list[tuple[tuple[Any, ...], tuple[Any, ...] | None]] = []
    carrier = (*at, bare["LESION"].iloc[0]) if len(bare) and bare["FOUND"].iloc[0] else None
    for lesion in bare["LESION"] if carrier or at in alone else ():
        changes.append(((*at, lesion), carrier if carrier != (*at, lesion) else None))
    for lesion, with_ in rows.loc[rows["WITH"].notna(), ["LESION", "WITH"]].to_numpy().tolist():
        changes.append(((*at, lesion), (*at, with_)))
    return changes


def _merge_into(whole: pd.DataFrame, at: tuple[Any, ...], carrier: tuple[Any, ...] | None) -> None:
    """The carrier takes the longest size of both; the other counts 0 and is gone when the carrier is."""
    if carrier is None:
        if not whole.at[at, "FOUND"]:
            whole.loc[[at], ["SIZE", "GONE", "FOUND"]] = [0, True, True]
        return
    if carrier not in whole.index:
        return  # merged with a lesion that has no finding: nothing is known
    size = max(int(whole.at[at, "SIZE"]), int(whole.at[carrier, "SIZE"]))
    if size >= 0:
        gone = bool(whole.at[carrier, "GONE"]) if whole.at[carrier, "FOUND"] else size == 0
        whole.loc[[carrier], ["SIZE", "GONE", "FOUND"]] = [size, gone, True]
        whole.loc[[at], ["SIZE", "GONE", "FOUND"]] = [0, gone, True]
