"""One delivery's findings: what came, where each row went, and which rules were broken on which lines. No values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from milepost.protocol import StudyProtocol
from milepost.reports import words
from milepost.schema import DISPOSITIONS

MOST_LINES = 60
_SEVERITIES = ("critical", "warning", "info")
_OUTCOMES = {
    "RECORDED": "recorded",
    "HELD": "held, nothing of it is recorded",
    "REFUSED": "refused, it could not be read",
}
# what a finding means depends on what became of the file: of one that is held, nothing waits and nothing is in use
_MEANING = {
    "RECORDED": {
        "critical": "the rows wait in quarantine until they are corrected",
        "warning": "the rows are in use; please check them",
        "info": "for your information",
    },
    "HELD": {
        "critical": "this speaks against the file; nothing of the file is recorded",
        "warning": "please check this too; nothing of the file is recorded",
        "info": "for your information",
    },
    "REFUSED": {
        "critical": "for this the file could not be read; nothing of the file is recorded",
        "warning": "please check this too; nothing of the file is recorded",
        "info": "for your information",
    },
}


@dataclass(frozen=True)
class BrokenRule:
    """One rule and one reason: on how many rows, and on which lines of the file."""

    rule: str
    severity: str
    reason: str
    domain: str
    rows: int
    lines: str


@dataclass(frozen=True)
class Todo:
    """One way on from a file that is not recorded: who, a command where there is one, and the rest."""

    who: str
    before: str
    command: str
    after: str


@dataclass(frozen=True)
class FindingsPage:
    """Everything on the page of one delivery."""

    study: str
    site: str
    delivery: int
    layout: str
    received: str
    outcome: str
    outcome_words: str
    reason: str
    todo: tuple[Todo, ...]
    lines: int
    lead: tuple[str, str]
    found: str
    parts: tuple[tuple[str, int], ...]
    total: int
    lost: int
    domains: tuple[tuple[str, tuple[int, ...], int], ...]
    groups: tuple[tuple[str, str, tuple[BrokenRule, ...]], ...]
    ignored: tuple[tuple[str, int], ...]
    config_hash: str
    rules: str
    known_at: str
    made_up: bool
    running: str


def build_findings(
    protocol: StudyProtocol,
    *,
    site: str,
    delivery: int,
    layout: str | None,
    received_at: dt.datetime,
    known_at: dt.datetime,
    outcome: str,
    reason: str | None,
    lines: int,
    config_hash: str,
    row_counts: pd.DataFrame,
    findings: pd.DataFrame,
) -> FindingsPage:
    """The page of one delivery, for the site and the data manager.

    row_counts: domain disposition rule rows (of the attempt that counts). findings: rule severity reason domain
    srcline, one row for each broken rule on each row; columns in any case. Neither may hold a patient's value.
    """
    counts = row_counts.rename(columns=lambda name: str(name).lower())
    found = findings.rename(columns=lambda name: str(name).lower())
    parts = tuple(
        (name, int(counts.loc[counts["disposition"] == name, "rows"].sum())) for name in DISPOSITIONS
    )
    total = sum(n for _, n in parts)
    ignored = counts[counts["disposition"] == "IGNORED"].groupby("rule")["rows"].sum()
    return FindingsPage(
        study=protocol.id, site=site, delivery=delivery, layout=layout or "no layout recognised it",
        received=f"{words.instant(received_at, protocol.time_zone)} ({words.offset(received_at, protocol.time_zone)})",
        outcome=outcome, outcome_words=_OUTCOMES.get(outcome, outcome.lower()), reason=reason or "",
        todo=_todo(delivery, outcome, layout is not None), lines=lines,
        lead=_lead(lines, total, outcome), found=_found(found),
        parts=tuple((n.lower(), k) for n, k in parts), total=total,
        lost=max(lines - total, 0), domains=_by_domain(counts), groups=_groups(found, _MEANING.get(outcome, {})),
        ignored=tuple(sorted((str(rule), int(n)) for rule, n in ignored.items())), config_hash=config_hash,
        rules=config_hash[:12], known_at=f"{words.instant(known_at, 'UTC')} UTC", made_up=protocol.made_up,
        running=f"{protocol.id} · findings of delivery {delivery} · {site}",
    )  # fmt: skip


def _todo(delivery: int, outcome: str, named: bool) -> tuple[Todo, ...]:
    """What can be done now about a file that is not recorded; nothing where it is.

    named: whether a layout knows its name; where none does, reading it again finds none either.
    """
    if outcome not in ("HELD", "REFUSED"):
        return ()
    if not named:
        where = "sends the file again under a name that a layout of sites.toml expects"
        return (
            Todo("The site", f"{where}. Where the name is right, add it to a layout there first.", "", ""),
        )
    again = f"milepost read-again {delivery}"
    ways = [
        Todo("The site", "sends the corrected file; it is read like any other.", "", ""),
        Todo(
            "Or the data manager", "gives", again, "after sites.toml was corrected, where the file was right."
        ),
    ]
    if outcome == "HELD":
        ways.append(
            Todo("Or the data manager", "gives", f"{again} --release",
                 "to record it as it is, where the site says that it is right; "
                 "rows that break a critical rule then wait in quarantine.")
        )  # fmt: skip
    return tuple(ways)


def _lead(lines: int, total: int, outcome: str) -> tuple[str, str]:
    """Whether every line is accounted for; one line may make several rows."""
    if outcome == "REFUSED" and lines == 0:
        return "No row could be read.", " The file itself is kept, and counts as one row held."
    read = f" {words.many(lines, 'line')} in the file made {words.many(total, 'row')}."
    if lines > total:
        return f"{words.many(lines - total, 'line')} cannot be accounted for.", read
    return ("Every row is accounted for." if total else "No row was read."), read


def _found(found: pd.DataFrame) -> str:
    if not len(found):
        return "Nothing: every row passed every rule."
    counted = [(name, int((found["severity"] == name).sum())) for name in _SEVERITIES]
    parts = [f"{words.count(n)} {name}" for name, n in counted if n]
    return f"{words.upper_first(words.many(len(found), 'finding'))}: {words.listed(parts)}."


def _by_domain(counts: pd.DataFrame) -> tuple[tuple[str, tuple[int, ...], int], ...]:
    made = []
    for domain, mine in sorted(counts.groupby("domain"), key=lambda pair: str(pair[0])):
        row = tuple(int(mine.loc[mine["disposition"] == name, "rows"].sum()) for name in DISPOSITIONS)
        made.append((str(domain), row, sum(row)))
    return tuple(made)


def _groups(
    found: pd.DataFrame, meaning: Mapping[str, str]
) -> tuple[tuple[str, str, tuple[BrokenRule, ...]], ...]:
    """Broken rules by severity, the gravest first, within one by how many rows break them."""
    groups = []
    for severity in (*_SEVERITIES, *sorted(set(found["severity"].astype(str)) - set(_SEVERITIES))):
        mine = found[found["severity"] == severity]
        rules = [
            BrokenRule(str(rule), severity, str(reason), str(domain), len(rows), _lines(rows["srcline"]))
            for (rule, reason, domain), rows in mine.groupby(["rule", "reason", "domain"], sort=True)
        ]
        if rules:
            rules.sort(key=lambda r: (-r.rows, r.rule, r.domain, r.reason))
            groups.append((severity, meaning.get(severity, ""), tuple(rules)))
    return tuple(groups)


def _lines(numbers: pd.Series) -> str:
    """Line numbers with neighbours drawn together: 4, 7–9, 12; long lists are cut and counted."""
    ordered = sorted({int(n) for n in numbers.dropna() if int(n) > 0})
    if not ordered:
        return "the whole file"
    runs: list[list[int]] = []
    for number in ordered:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [words.days(first, last) for first, last in runs[:MOST_LINES]]
    rest = sum(last - first + 1 for first, last in runs[MOST_LINES:])
    return ", ".join(shown) + (f" and {words.count(rest)} more" if rest else "")
