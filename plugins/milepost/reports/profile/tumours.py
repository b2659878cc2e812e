"""Tumour sums of each line of therapy and criteria, what each scan was judged, and the two limits it was judged by.

−30 % counts from baseline, +20 % from the smallest sum so far. Source: clinical specification, sections 6.1 to 6.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.core.target_response import LEAST_RISE
from milepost.core.tumour_words import SCALE
from milepost.protocol import StudyProtocol
from milepost.reports import words
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.inputs import ProfileInputs
from milepost.reports.profile.sources import Sources

READER_WORDS = {"INVESTIGATOR": "investigator", "INDEPENDENT ASSESSOR": "independent"}
RESPONSE_WORDS = {
    "CR": "complete response", "PR": "partial response", "SD": "stable disease", "PD": "progressive disease",
    "NON-CR/NON-PD": "neither complete response nor progression", "NED": "no evidence of disease",
    "NE": "not evaluable",
}  # fmt: skip
_SUMS = {"SDIAM": "RECIST 1.1", "SVDIAM": "mRECIST"}


@dataclass(frozen=True)
class Sum:
    """One time point: its sum in mm (None: nothing could be measured) and its overall response, where there is one.

    missing: a target lesion was not measured. new: a new lesion was seen.
    """

    at: int
    day: str
    mm: float | None
    missing: bool
    response: str
    new: bool
    source: str


@dataclass(frozen=True)
class SumSeries:
    """One line of therapy by one criteria and reader. partial, progression: the limits in mm; None without a baseline.

    first, last: the places on the axis where the limits hold.
    """

    line: int
    criteria: str
    reader: str
    primary: bool
    sums: tuple[Sum, ...]
    baseline: float | None
    lowest: float | None
    partial: float | None
    progression: float | None
    first: int
    last: int


@dataclass(frozen=True)
class TumourPanel:
    """All series, the primary criteria first. due: next scheduled scan on the axis and in words, while on study."""

    series: tuple[SumSeries, ...]
    last: tuple[str, str]
    due: tuple[int, str] | None


def reader_of(own: ProfileInputs, criteria: str) -> str:
    """Whose reading is shown: the protocol's first reader who read by these criteria; empty where nobody did."""
    read = {
        str(name)
        for frame in (own.adtr, own.adrs)
        for name in frame.loc[frame["PARCAT3"] == criteria, "PARCAT2"].dropna().unique()
    }
    ordered = [name for name in own.protocol.response.readers if name in read]
    return next(iter([*ordered, *sorted(read)]), "")


def build_tumours(own: ProfileInputs, days: StudyDays, sources: Sources, until: int) -> TumourPanel:
    """Sums and responses by the cut-off. until: the last place on the axis."""
    if days.origin is None:
        return TumourPanel((), ("", ""), None)
    made: list[SumSeries] = []
    for place, criteria in enumerate(own.protocol.response.criteria):
        reader = reader_of(own, criteria)
        for line, start in days.starts if reader else ():
            following = days.at(min((s for _, s in days.starts if s > start), default=None))
            sums = tuple(_sums(own, days, sources, line, criteria, reader, following))
            if sums:
                last = until if following is None else following
                made.append(_series(own, line, criteria, reader, place == 0, sums, last))
    primary = [series for series in made if series.primary]
    return TumourPanel(tuple(made), _last(primary), _due(own, days, primary))


def _sums(
    own: ProfileInputs,
    days: StudyDays,
    sources: Sources,
    line: int,
    criteria: str,
    reader: str,
    following: int | None,
) -> Iterator[Sum]:
    """The time points of one series; a scan after the next line began is judged in that line."""
    mine = {"PARCAT2": reader, "PARCAT3": criteria, "LINE": line}
    measured = _select(own.adtr, mine)
    measured = measured[measured["PARAMCD"].isin(_SUMS) & measured["TRLNKID"].isna()]
    judged = _select(own.adrs, mine)
    answers = _by_day(judged, "OVR", days)
    new = _by_day(judged, "NEWLPROG", days)
    rows = {days.at(row["ADT"]): row for row in measured.to_dict("records")}
    for at in sorted({at for at in (*rows, *answers) if at is not None}):
        if following is not None and at > following:
            continue
        row, answer = rows.get(at, {}), answers.get(at, {})
        amount = row.get("AVAL")
        yield Sum(
            at=at, day=days.said((row or answer)["ADT"], line),
            mm=None if amount is None or pd.isna(amount) else float(amount), missing=row.get("SUMFL") == "INCOMPLETE",
            response=str(answer.get("AVALC") or ""), new=new.get(at, {}).get("AVALC") == "Y",
            source=sources.of((row or answer).get("SRC")),
        )  # fmt: skip


def _select(frame: pd.DataFrame, cells: dict[str, Any]) -> pd.DataFrame:
    for name, value in cells.items():
        frame = frame[frame[name] == value]
    return frame[frame["ADT"].notna()].sort_values("ADT", kind="stable")


def _by_day(judged: pd.DataFrame, param: str, days: StudyDays) -> dict[int, dict[str, Any]]:
    rows = judged[judged["PARAMCD"] == param].to_dict("records")
    return {
        at: {str(k): v for k, v in row.items()} for row in rows if (at := days.at(row["ADT"])) is not None
    }


def _series(
    own: ProfileInputs,
    line: int,
    criteria: str,
    reader: str,
    primary: bool,
    sums: tuple[Sum, ...],
    last: int,
) -> SumSeries:
    rows = _select(own.adtr, {"PARCAT2": reader, "PARCAT3": criteria, "LINE": line})
    rows = rows[rows["PARAMCD"].isin(_SUMS) & rows["TRLNKID"].isna()]
    bases = rows.loc[rows["ABLFL"] == "Y", "AVAL"].dropna()
    baseline = float(bases.iloc[-1]) if len(bases) else None
    known = [s.mm for s in sums if s.mm is not None and not s.missing]
    lowest = min(known) if known and baseline is not None else None
    return SumSeries(
        line=line, criteria=criteria, reader=reader, primary=primary, sums=sums, baseline=baseline, lowest=lowest,
        partial=None if baseline is None else baseline * 0.7,
        progression=None if lowest is None else _progression(lowest, criteria), first=sums[0].at, last=last,
    )  # fmt: skip


def _progression(lowest: float, criteria: str) -> float:
    """The sum from which it is progression: 20 % above the lowest, by RECIST 1.1 5 mm above it at least."""
    least = LEAST_RISE / SCALE if criteria == "RECIST 1.1" else 0.0
    return max(lowest * 1.2, lowest + least)


def _last(primary: list[SumSeries]) -> tuple[str, str]:
    known = [(series, s) for series in primary for s in series.sums if s.mm is not None]
    if not known:
        return ("", "")
    series, newest = max(known, key=lambda pair: pair[1].at)
    change = ""
    if newest.missing:
        change = ", a lesion missing"
    elif series.baseline and newest.mm is not None and newest is not series.sums[0]:
        percent = (newest.mm - series.baseline) * 100 / series.baseline
        change = f", {f'{percent:+.0f}'.replace('-', words.MINUS)}{words.THIN}%"
    answer = f", {newest.response}" if newest.response else ""
    return (f"{millimetres(newest.mm)} mm{change}{answer}", RESPONSE_WORDS.get(newest.response, newest.day))


def millimetres(mm: float | None) -> str:
    """A length as people read it: whole, or with one decimal."""
    return "" if mm is None else f"{mm:.1f}".removesuffix(".0")


def _due(own: ProfileInputs, days: StudyDays, primary: list[SumSeries]) -> tuple[int, str] | None:
    """The next scheduled scan of the newest line, unless progression, death or leaving ended the scans."""
    scans, line = own.protocol.scans, days.starts[-1][0] if days.starts else 0
    shift = days.at(dict(days.starts).get(line))
    today = days.at(own.as_of)
    over = any(s.response == "PD" for series in primary if series.line == line for s in series.sums)
    if scans is None or shift is None or today is None or over or _left(own):
        return None
    seen = max((s.at for series in primary if series.line == line for s in series.sums), default=shift)
    due = _next_scan(own.protocol, max(seen - shift, 0))
    return None if due is None else (shift + due, f"next scan due {words.count(due + 1)}")


def _next_scan(protocol: StudyProtocol, since: int) -> int | None:
    """Days after first dose of the scan that follows the one nearest to `since`."""
    if protocol.scans is None:
        return None
    due = 0
    while True:
        interval, window = protocol.scans.at(due + 1)
        due += interval
        if due - window > since:
            return due


def _left(own: ProfileInputs) -> bool:
    rows = own.adsl
    return bool(len(rows)) and rows.iloc[0]["EOSSTT"] not in ("ONGOING", None)
