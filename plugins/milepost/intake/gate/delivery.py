"""Is this file worth judging row by row, and is too much of it wrong? One delivery at a time, before and after.

Plain comparisons on counts and column names: a run of Great Expectations for each of hundreds of files would cost
more than the rows themselves, and a missing column there looks like "no failing rows".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import pandas as pd

from milepost.intake.gate.rows import Findings
from milepost.protocol import GatePolicy, StudyProtocol

if TYPE_CHECKING:
    from milepost.intake.reading import Reading

# id -> severity and what is wrong; the sentence is completed with what was found
FILE_RULES: dict[str, tuple[str, str]] = {
    "FILE-READABLE": ("critical", "There is nothing in this file that we could read."),
    "FILE-COLUMNS": ("critical", "Columns we need are missing from the file."),
    "FILE-ROWS": ("critical", "The file has no data lines. An empty export says nothing, so it is held."),
    "FILE-ROW-COUNT": (
        "critical",
        "The file holds far fewer lines than the one before, though each holds everything.",
    ),
    "FILE-ALL-IGNORED": ("warning", "Every line of the file falls under a rule that sets lines aside."),
    "FILE-COLUMNS-UNKNOWN": ("warning", "The file has columns we do not know. They were not read."),
    "FILE-IDENTIFIERS": (
        "warning",
        "The file names patients: columns with personal identifiers were not kept.",
    ),
}
_SHOWN = 20


@dataclass(frozen=True)
class BatchFinding:
    """One broken rule of a whole file; `question` is what the site is asked."""

    rule: str
    severity: str
    reason: str

    @property
    def question(self) -> str:
        """The reason as it goes to the site: no file name, for that may name a patient."""
        return f"Whole file: {self.reason} [{self.rule}]"


@dataclass(frozen=True)
class History:
    """What came before in this layout of this site: data lines of each recorded file, newest last."""

    mode: Literal["increment", "cumulative"] = "increment"
    lines: tuple[int, ...] = ()


def check_delivery(reading: Reading, history: History, protocol: StudyProtocol) -> list[BatchFinding]:
    """The file's own findings, before any row is looked at. A critical one holds the delivery."""
    if reading.problem is not None:
        return [_finding("FILE-READABLE", f"{reading.problem} Please send it again.")]
    found = []
    if reading.columns_missing:
        found.append(_finding("FILE-COLUMNS", _missing(reading.columns_missing, reading.columns_unknown)))
    elif reading.columns_unknown:
        shown = _shown(reading.columns_unknown)
        found.append(
            _finding("FILE-COLUMNS-UNKNOWN", f"Columns: {shown}. Tell us what they mean, or leave them out.")
        )
    if reading.lines == 0:
        found.append(_finding("FILE-ROWS", "Please send it again, or tell us that there is nothing to send."))
    elif len(reading.ignored) >= reading.lines:
        found.append(_finding("FILE-ALL-IGNORED", "Please check that the right file was exported."))
    low = protocol.gate.row_count_low_pct
    if history.mode == "cumulative" and history.lines and reading.lines * 100 < low * history.lines[-1]:
        detail = (
            f"This one has {reading.lines}, the last recorded one {history.lines[-1]}; below {low} % of it we hold "
            f"the file. Please send the whole export, or confirm that lines were deleted on purpose."
        )
        found.append(_finding("FILE-ROW-COUNT", detail))
    if reading.identifiers_stripped:
        found.append(
            _finding("FILE-IDENTIFIERS", "Please export without names, ID numbers, telephone and birth date.")
        )
    return found


def decide_hold(critical: int, rows: int, policy: GatePolicy) -> str | None:
    """Why a delivery is held whole, or None: more than hold_share_pct of at least hold_min_rows rows are refused,
    or hold_count rows or more."""
    if policy.hold_count is not None and critical >= policy.hold_count:
        return f"{critical} of {rows} rows break a critical rule; from {policy.hold_count} on the file is held whole."
    if rows and rows >= policy.hold_min_rows and Decimal(critical) * 100 > policy.hold_share_pct * rows:
        limit = f"above {policy.hold_share_pct} % the file is held whole."
        return f"{critical} of {rows} rows break a critical rule; {limit}"
    return None


def decide_holds(findings: Findings, counts: Mapping[int, int], policy: GatePolicy) -> dict[int, str]:
    """Delivery -> why it is held, of the deliveries in counts (delivery -> rows it brought, all domains)."""
    critical = findings.rows.loc[findings.rows["SEVERITY"].eq("critical"), ["DELIVERY", "DOMAIN", "POS"]]
    refused = critical.drop_duplicates().groupby("DELIVERY").size()
    failed = findings.batch.loc[findings.batch["SEVERITY"].eq("critical")]
    reasons = failed.groupby("DELIVERY", sort=True)["REASON"].agg(lambda texts: " ".join(pd.unique(texts)))
    held: dict[int, str] = {}
    for delivery, rows in sorted(counts.items()):
        reason = reasons.get(delivery) or decide_hold(int(refused.get(delivery, 0)), rows, policy)
        if reason:
            held[delivery] = str(reason)
    return held


def _finding(rule: str, detail: str) -> BatchFinding:
    severity, reason = FILE_RULES[rule]
    return BatchFinding(rule, severity, f"{reason} {detail}")


def _missing(missing: Iterable[str], unknown: Iterable[str]) -> str:
    names = ", ".join(sorted(missing))
    found = list(unknown)
    if not found:
        return f"Missing: {names}. Please send the file with them."
    return f"Missing: {names}. Found and unknown: {_shown(found)}. Please send the old names, or tell us the new ones."


def _shown(names: Iterable[str]) -> str:
    """Column names fit to be shown. Without a header line the first patient's data stand where names should."""
    listed = sorted(str(name) for name in names)
    fit = [name for name in listed if not _looks_like_data(name)]
    if len(fit) * 3 < len(listed) * 2:
        return "(not shown: the first line looks like data, not like column names)"
    more = "" if len(fit) <= _SHOWN else f" and {len(fit) - _SHOWN} more"
    hidden = len(listed) - len(fit)
    return (
        ", ".join(fit[:_SHOWN]) + more + (f" and {hidden} not shown, they look like data" if hidden else "")
    )


def _looks_like_data(name: str) -> bool:
    """A long number, a date, an address or a sentence is no column name."""
    return bool(re.search(r"\d{4}|\d[-/.:]\d|@", name)) or len(name) > 40 or not re.search(r"[^\W\d_]", name)
