"""What a newly received row is to the records we already have: new, the same, a correction, or too late.

Append-only and bitemporal: nothing is changed in place. A row becomes a new version of its record, or it is
counted as UNCHANGED or SUPERSEDED; none vanishes. Source: design, section 5 ("A row's identity"); clinical
specification, section 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from milepost.schema import TOMBSTONES, Domain

Row = dict[str, Any]
KEY = ["USUBJID", "RECKEY"]
# what is derived by us or orders versions is no content of the record
NOT_CONTENT = ("RECSTATUS", "RECVER", "RECREPLACES", "LBSTRESN", "LBSTRESU")


@dataclass(frozen=True)
class Decision:
    """new: versions to append (record columns + the domain's). placed: POS -> DISPOSITION, RULE of every row
    that came in. questions: rows (POS, RULE) whose reading was a choice the site should confirm."""

    new: pd.DataFrame
    placed: pd.DataFrame
    questions: pd.DataFrame


def content_columns(domain: Domain) -> tuple[str, ...]:
    """The columns in which another value makes another version, beside the status."""
    return tuple(name for name in domain.compared if name not in NOT_CONTENT)


def decide_versions(incoming: pd.DataFrame, current: pd.DataFrame, domain: Domain) -> Decision:
    """Place every accepted row of one domain, deliveries in order of knowledge, lines in file order.

    incoming: the domain's columns plus POS (unique), KNOWN_FROM, DELIVERY, SRCLINE, EMIT, SITEID, RECKEY,
    STATUS, RESVER, ADT and SAME_DAY (`correction` or `second_sample`). current: the newest version of each
    occurrence of the same keys, preliminary and retracted ones included. Both may have RECEIVED_AT (of the delivery):
    of two contents that no version number orders, the one handed over later counts, whichever was read first.
    """
    if incoming.empty:
        nothing = incoming.iloc[:0].assign(VERSION=1, OCCURRENCE=1, RETRACTED=False)
        return Decision(nothing, _placed([]), _questions([]))
    order = ["KNOWN_FROM", "DELIVERY", "SRCLINE", "EMIT", "POS"]
    rows = incoming.sort_values(order, kind="stable")
    alone = ~rows.duplicated(KEY, keep=False)
    known = pd.MultiIndex.from_frame(current[KEY]) if len(current) else None
    fresh = alone if known is None else alone & ~pd.MultiIndex.from_frame(rows[KEY]).isin(known)
    first = rows[fresh].assign(VERSION=1, OCCURRENCE=1)
    first = first.assign(RETRACTED=first["STATUS"].isin(TOMBSTONES))
    columns = content_columns(domain)
    same = _same_as_current(rows[alone & ~fresh], current, columns)
    rest = rows[~fresh & ~rows["POS"].isin(same)]

    placed = [(pos, "ACCEPTED", "") for pos in first["POS"]] + [(pos, "UNCHANGED", "") for pos in same]
    made: list[Row] = []
    questions: list[tuple[Any, str]] = []
    mine = (
        current.merge(rest[KEY].drop_duplicates(), on=KEY, how="inner", validate="m:1")
        if len(current)
        else current
    )
    stored: dict[tuple[str, str], list[Row]] = {}
    for record in mine.sort_values([*KEY, "OCCURRENCE"], kind="stable").to_dict("records"):
        stored.setdefault((record["USUBJID"], record["RECKEY"]), []).append(record)
    for key, group in _groups(rest):
        _Group(key[1], stored.get(key, []), columns, made, placed, questions).take(group)
    new = pd.concat([first, pd.DataFrame(made, columns=first.columns)], ignore_index=True) if made else first
    return Decision(
        new.sort_values([*order, "OCCURRENCE", "VERSION"], kind="stable").reset_index(drop=True),
        _placed(placed),
        _questions(questions),
    )


def retract_replaced(new: pd.DataFrame, replaced: pd.DataFrame, domain: Domain) -> pd.DataFrame:
    """Tombstones for records that a row of `new` names in RECREPLACES.

    replaced: the newest versions of the records named. A record already retracted stays as it is.
    """
    if replaced.empty or domain.ref is None:
        return new.iloc[:0]
    links = new.loc[
        new["RECREPLACES"].notna(), ["USUBJID", "RECREPLACES", "KNOWN_FROM", "DELIVERY", "SRCLINE"]
    ]
    links = links.drop_duplicates(["USUBJID", "RECREPLACES"], keep="last")
    targets = replaced[~replaced["RETRACTED"].astype(bool)].drop(
        columns=["KNOWN_FROM", "DELIVERY", "SRCLINE"]
    )
    found = targets.merge(
        links.rename(columns={"RECREPLACES": domain.ref}),
        on=["USUBJID", domain.ref],
        how="inner",
        validate="m:1",
    )
    return found.assign(VERSION=found["VERSION"] + 1, RETRACTED=True, STATUS="CORRECTED")


def is_replaced(rows: pd.DataFrame, replacing: pd.DataFrame, domain: Domain) -> pd.Series:
    """Rows whose record id a living record in `replacing` (newest versions) says it replaces."""
    alive = replacing[~replacing["RETRACTED"].astype(bool)]
    pairs = set(zip(alive["USUBJID"], alive["RECREPLACES"], strict=True))
    ids = zip(rows["USUBJID"], rows[domain.ref], strict=True)
    return pd.Series([pair in pairs for pair in ids], index=rows.index, dtype=bool)


def is_older(left: str | None, right: str | None) -> bool:
    """Whether result version `left` is certainly older than `right`; unknown or unlike stamps are never older."""
    if left is None or right is None or left == right:
        return False
    try:
        return Decimal(left) < Decimal(right)
    except InvalidOperation:
        return len(left) == len(right) and left < right


class _Group:
    """All rows of one key, taken delivery by delivery against the occurrences on record."""

    def __init__(
        self,
        reckey: str,
        stored: list[Row],
        columns: Sequence[str],
        made: list[Row],
        placed: list[tuple[Any, str, str]],
        questions: list[tuple[Any, str]],
    ) -> None:
        self.by_id = reckey.startswith("R:")
        self.stored = stored  # newest version of each occurrence
        self.columns = columns
        self.made, self.placed, self.questions = made, placed, questions

    def take(self, group: list[Row]) -> None:
        by_delivery: dict[Any, list[Row]] = {}
        for row in group:
            by_delivery.setdefault(row["DELIVERY"], []).append(row)
        for rows in by_delivery.values():
            self._take_delivery(self._without_repeats(rows))

    def _without_repeats(self, rows: list[Row]) -> list[Row]:
        """Equal lines of one file are one row; of several versions of one record id the newest counts."""
        kept: list[Row] = []
        for row in rows:
            if any(self._equal(row, other) for other in kept):
                self.placed.append((row["POS"], "UNCHANGED", "DUPLICATE_LINE"))
                continue
            if self.by_id and kept:
                old, newer = (row, kept[-1]) if self._outdated(row, kept[-1]) else (kept[-1], row)
                self.placed.append((old["POS"], "SUPERSEDED", "OLDER_VERSION_IN_FILE"))
                kept = [newer]
                continue
            cancelled = next((other for other in reversed(kept) if other["STATUS"] not in TOMBSTONES), None)
            if row["STATUS"] in TOMBSTONES and cancelled is not None:
                self.placed.append((cancelled["POS"], "SUPERSEDED", "CANCELLED_IN_FILE"))
                kept.remove(cancelled)
                row = self._filled(row, cancelled)
            kept.append(row)
        return kept

    def _take_delivery(self, rows: list[Row]) -> None:
        free = list(self.stored)
        waiting: list[Row] = []
        for row in rows:
            match = next((old for old in free if self._equal(row, old)), None)
            if match is None:
                waiting.append(row)
                continue
            free.remove(match)
            self.placed.append((row["POS"], "UNCHANGED", ""))
        for number, row in enumerate(waiting):
            self._place(row, free, left=len(waiting) - number)

    def _place(self, row: Row, free: list[Row], left: int) -> None:
        tombstone = row["STATUS"] in TOMBSTONES
        corrects = self.by_id or tombstone or row["SAME_DAY"] == "correction" or _has_time(row)
        if free and corrects:
            if len(free) > left and not self.by_id:
                self.questions.append((row["POS"], "AMBIGUOUS_CORRECTION"))
            old = free.pop(0) if len(free) <= left else free.pop()
            self._next_version(row, old)
            return
        if self.stored and not self.by_id:
            self.questions.append((row["POS"], "SECOND_SAMPLE"))
        self._append(row, occurrence=max([r["OCCURRENCE"] for r in self.stored], default=0) + 1, version=1)

    def _next_version(self, row: Row, old: Row) -> None:
        if self._outdated(row, old):
            self.placed.append((row["POS"], "SUPERSEDED", _why_outdated(row, old)))
            return
        if row["STATUS"] in TOMBSTONES:
            row = self._filled(row, old)
        self.stored.remove(old)
        self._append(row, occurrence=old["OCCURRENCE"], version=old["VERSION"] + 1)

    def _filled(self, row: Row, old: Row) -> Row:
        """A cancellation often carries no values: keep those of what it cancels."""
        values = {name: old[name] for name in self.columns if row.get(name) is None}
        return {**row, **values, "ADT": _or(row["ADT"], old["ADT"])}

    def _append(self, row: Row, *, occurrence: int, version: int) -> None:
        row = {**row, "OCCURRENCE": occurrence, "VERSION": version, "RETRACTED": row["STATUS"] in TOMBSTONES}
        self.made.append(row)
        self.stored.append(row)
        self.stored.sort(key=lambda r: int(r["OCCURRENCE"]))
        self.placed.append((row["POS"], "ACCEPTED", ""))

    def _outdated(self, row: Row, old: Row) -> bool:
        if is_older(row["RESVER"], old["RESVER"]):
            return True
        if is_older(old["RESVER"], row["RESVER"]):
            return False
        if "PRELIMINARY" in (row["STATUS"], old["STATUS"]) and row["STATUS"] != old["STATUS"]:
            return row["STATUS"] == "PRELIMINARY"
        return _came_before(row, old)

    def _equal(self, row: Row, other: Row) -> bool:
        if row["STATUS"] in TOMBSTONES and other["STATUS"] in TOMBSTONES:
            return True  # cancelled twice is cancelled once
        return row["STATUS"] == other["STATUS"] and all(row.get(c) == other.get(c) for c in self.columns)


def _came_before(row: Row, old: Row) -> bool:
    """A file that was handed over before the one on record, and read after it, brings nothing newer."""
    mine, theirs = row.get("RECEIVED_AT"), old.get("RECEIVED_AT")
    return mine is not None and theirs is not None and bool(mine < theirs)


def _why_outdated(row: Row, old: Row) -> str:
    if is_older(row["RESVER"], old["RESVER"]):
        return "OLDER_VERSION"
    return "PRELIMINARY_AFTER_FINAL" if row["STATUS"] == "PRELIMINARY" != old["STATUS"] else "OLDER_DELIVERY"


def _same_as_current(rows: pd.DataFrame, current: pd.DataFrame, columns: Iterable[str]) -> list[Any]:
    """POS of lone rows whose key has one occurrence on record, with equal status and content."""
    if rows.empty or current.empty:
        return []
    single = current[~current.duplicated(KEY, keep=False)]
    names = [*columns, "STATUS"]
    pairs = rows[[*KEY, "POS", *names]].merge(
        single[[*KEY, *names]], on=KEY, how="inner", validate="1:1", suffixes=("", "_OLD")
    )
    equal = pd.Series(True, index=pairs.index)
    for name in names:
        left, right = pairs[name], pairs[f"{name}_OLD"]
        equal &= (left == right) | (left.isna() & right.isna())
    return list(pairs.loc[equal, "POS"])


def _groups(rows: pd.DataFrame) -> list[tuple[tuple[str, str], list[Row]]]:
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows.to_dict("records"):
        grouped.setdefault((row["USUBJID"], row["RECKEY"]), []).append({str(k): v for k, v in row.items()})
    return list(grouped.items())


def _has_time(row: Mapping[str, Any]) -> bool:
    return any(name.endswith("DTC") and isinstance(row[name], str) and "T" in row[name] for name in row)


def _or(value: Any, other: Any) -> Any:
    return other if pd.isna(value) else value


def _placed(rows: list[tuple[Any, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["POS", "DISPOSITION", "RULE"])


def _questions(rows: list[tuple[Any, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["POS", "RULE"])
