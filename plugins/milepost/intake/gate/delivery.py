"""Is this file worth judging row by row, and is too much of it wrong? One delivery at a time, before and after.

Plain comparisons on counts and column names: a run of Great Expectations for each of hundreds of files would cost
more than the rows themselves, and a missing column there looks like "no failing rows".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import pandas as pd

from milepost.intake.reading import Reading
from milepost.protocol import GatePolicy, Layout, Site, StudyProtocol

# id -> severity and what is wrong; the sentence is completed with what was found
FILE_RULES: dict[str, tuple[str, str]] = {
    "FILE-NAME": ("critical", "The file's name is none we expect from this site, so it was not read."),
    "FILE-READABLE": ("critical", "There is nothing in this file that we could read."),
    "FILE-COLUMNS": ("critical", "Columns we need are missing from the file."),
    "FILE-ROWS": ("critical", "The file has no data lines. An empty export says nothing, so it is held."),
    "FILE-ROW-COUNT": (
        "critical",
        "The file holds far fewer lines than the one before, though each holds everything.",
    ),
    "FILE-ALL-IGNORED": ("warning", "No line of the file made a record: a rule set every one of them aside."),
    "FILE-COLUMNS-UNKNOWN": ("warning", "The file has columns we do not know. They were not read."),
    "FILE-IDENTIFIERS": (
        "warning",
        "The file names patients: columns with personal identifiers were not kept.",
    ),
}
_SHOWN = 20


FILE_COLUMNS = ("RULE", "SEVERITY", "REASON")


def check_delivery(
    reading: Reading, history: Sequence[int], protocol: StudyProtocol, layout: Layout
) -> pd.DataFrame:
    """The findings on the file itself (FILE_COLUMNS), before any row is looked at; a critical one holds it.

    history: data lines of the files recorded before in this layout of this site, newest last.
    """
    if reading.problem is not None:
        return _findings([("FILE-READABLE", f"{reading.problem} Please send it again.")])
    found = []
    if reading.columns_missing:
        found.append(("FILE-COLUMNS", _missing(reading.columns_missing, reading.columns_unknown)))
    elif reading.columns_unknown:
        shown = _shown(reading.columns_unknown)
        found.append(
            ("FILE-COLUMNS-UNKNOWN", f"Columns: {shown}. Please tell us what they mean, or leave them out.")
        )
    if reading.lines == 0:
        found.append(("FILE-ROWS", "Please send it again, or tell us that there is nothing to send."))
    elif not any(len(frame) for frame in reading.frames.values()):
        found.append(("FILE-ALL-IGNORED", "Please check that the right file was exported."))
    low = protocol.gate.row_count_low_pct
    if layout.mode == "cumulative" and history and reading.lines * 100 < low * history[-1]:
        detail = (
            f"This one has {reading.lines} lines, the last recorded one {history[-1]}; below {low} % of it the file "
            f"is held. Please send the whole export, or confirm that lines were deleted on purpose."
        )
        found.append(("FILE-ROW-COUNT", detail))
    if reading.identifiers_stripped:
        found.append(
            ("FILE-IDENTIFIERS", "Please export without names, ID numbers, telephone and birth date.")
        )
    return _findings(found)


def unknown_file(site: Site, protocol: StudyProtocol) -> pd.DataFrame:
    """The finding on a file whose name fits none of the site's layouts (never the name: it may name a patient)."""
    patterns = ", ".join(sorted({pattern for layout in site.layouts for pattern in layout.match}))
    detail = f"Expected: {patterns}. Please send it under such a name, or add a layout for it to sites.toml."
    return _findings([("FILE-NAME", detail)])


def decide_hold(
    findings: pd.DataFrame, batch: pd.DataFrame, rows: Mapping[str, int], policy: GatePolicy
) -> str | None:
    """Why one delivery is held whole, or None.

    findings: its row findings; batch: the batch findings that concern it; rows: how many rows it has, by domain.
    Held where a whole kind of data could not be checked, where more than hold_share_pct of at least hold_min_rows
    rows break a critical rule, or where hold_count rows or more do.
    """
    failed = batch.loc[batch["SEVERITY"].eq("critical"), "REASON"]
    if len(failed):
        return " ".join(dict.fromkeys(failed))
    critical = findings.loc[findings["SEVERITY"].eq("critical"), ["DOMAIN", "POS"]]
    broken, total = len(critical.drop_duplicates()), sum(rows.values())
    said = f"{broken} of {total} rows break a critical rule;"
    if policy.hold_count is not None and broken >= policy.hold_count:
        return f"{said} from {policy.hold_count} on the file is held whole."
    if total and total >= policy.hold_min_rows and Decimal(broken) * 100 > policy.hold_share_pct * total:
        return f"{said} above {policy.hold_share_pct} % the file is held whole."
    return None


def _findings(found: Iterable[tuple[str, str]]) -> pd.DataFrame:
    rows = [(rule, FILE_RULES[rule][0], f"{FILE_RULES[rule][1]} {detail}") for rule, detail in found]
    return pd.DataFrame(rows, columns=list(FILE_COLUMNS))


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
