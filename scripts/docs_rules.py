"""docs/rules.md: the case tables of tests/spec as a clinician reads them: the data, the day, the verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import docs_rules_adverse_events
import docs_rules_best_response
import docs_rules_estimates
import docs_rules_exposure
import docs_rules_lab_toxicity
import docs_rules_liver
import docs_rules_signals
import docs_rules_subject_level
import docs_rules_survival
import docs_rules_time_to_event
import docs_rules_tumour_response
from docs_study import MEANINGS

from milepost.core.checkpoint import VERDICT_COLUMNS
from milepost.core.checkpoint_codes import FLAGS, QUERIES, REASONS, STATES
from milepost.core.study_day import study_day
from tests.spec import cases_escalation, cases_lines, cases_values
from tests.spec.cases_checkpoint import GROUPS
from tests.spec.checkpoint_case import AFP, RULE, Case, Lab, Then

HEAD = """# Rules

Made from the case tables in `tests/spec` by `scripts/docs.py`; change those. Each case is a test: the answers were
typed in by hand from the clinical specification, and the service gives exactly these.

Day 1 is the day of first dose, the day before is day -1, there is no day 0. *As of* is the data cut-off in the site's
local time. A verdict that is *final* can be changed by corrected data only.
"""
FACTS = {
    "DEATH": "died", "WITHDREW": "withdrew consent", "LOST": "lost to follow-up",
    "DISCONTINUED": "stopped the drug for good", "LASTDOSE": "last dose",
}  # fmt: skip
DERIVED = (
    docs_rules_tumour_response, docs_rules_best_response, docs_rules_time_to_event, docs_rules_lab_toxicity,
    docs_rules_adverse_events, docs_rules_exposure, docs_rules_liver, docs_rules_subject_level, docs_rules_signals,
    docs_rules_survival, docs_rules_estimates,
)  # fmt: skip
UNDATED = {"SCREENFAIL": "a screen failure", "ONGOING": "dosing is not known to have ended"}
LAB = {
    "STATUS": "status", "RETRACTED": "withdrawn", "LBSPEC": "specimen", "LBNAM": "laboratory", "LBMETHOD": "method",
    "LBULOQ": "upper limit", "LBSTAT": "", "RESVER": "version", "RECKEY": "record", "DELIVERY": "delivery",
    "SRCLINE": "line", "OCCURRENCE": "occurrence", "VERSION": "our version",
}  # fmt: skip


def page() -> str:
    """The whole page."""
    parts = [HEAD, "## The rule in these cases\n", _settings(), "## Words\n"]
    for title, words in (
        ("Verdicts", STATES), ("Reasons", REASONS), ("Flags", FLAGS), ("Questions to the site", QUERIES),
        ("Columns of a verdict", VERDICT_COLUMNS),
    ):  # fmt: skip
        parts.append(_table((title, "meaning"), ((f"`{word}`", text) for word, text in words.items())))
    for title, cases in GROUPS.items():
        parts += [f"## {title}\n", *(_case(case) for case in cases)]
    parts += ["## From records to lines of therapy\n", *(_course(course) for course in cases_lines.COURSES)]
    derived = [section for topic in DERIVED for section in topic.sections()]
    return "\n".join([*parts, *_values(), *_alerts(), *derived])


def _settings() -> str:
    rows = [(f"`{name}`", _plain(getattr(RULE, name)), text) for name, text in MEANINGS["Checkpoint"].items()]
    factors = ", ".join(f"{unit} × {factor}" for unit, factor in AFP.factors.items())
    units = f"Amounts are in {AFP.unit}; {factors}; {', '.join(AFP.unconvertible)} cannot be converted.\n"
    return "\n".join([units, _table(("key", "here", "meaning"), rows)])


def _case(case: Case) -> str:
    parts = [f"### {case.title}\n"]
    other = [f"`{name}` = {_plain(value)}" for name, value in case.rule.items()]
    other += [
        f"{site}: {unit} × {factor}"
        for site, own in case.site_factors.items()
        for unit, factor in own.items()
    ]
    other += [words for name, words in UNDATED.items() if case.facts.get(name) is True]
    if other:
        parts.append(f"Here: {'; '.join(other)}.\n")
    facts = sorted(_facts(case), key=lambda row: row[0])
    if facts:
        parts.append(
            _table(("date", "day", "what"), [(day, _day(day, case.first_dose), what) for day, what in facts])
        )
    verdicts = [
        (then.as_of, _day(then.as_of, case.first_dose), _state(then), "; ".join(_more(then)))
        for then in case.then
    ]
    parts.append(_table(("as of", "day", "verdict", "and"), verdicts))
    return "\n".join(parts)


def _facts(case: Case) -> Iterable[tuple[str, str]]:
    if case.first_dose is not None:
        time = case.facts.get("FIRSTDOSETM")
        yield case.first_dose, f"**first dose**{f' at {time}' if time else ''}"
    for name, words in FACTS.items():
        if name in case.facts:
            yield case.facts[name], words
    for day, kind in case.therapies:
        yield day, f"{kind.lower()} therapy"
    for lab in case.labs:
        yield lab.collected or "no date", _lab(lab)


def _lab(lab: Lab) -> str:
    amount = "no result" if lab.result is None else f"{lab.result} {lab.unit or '(no unit)'}"
    more = [f"{LAB[name]} {_plain(value)}".strip() for name, value in lab.more.items()]
    return ", ".join([f"AFP {amount}", *([f"refused: {lab.unusable}"] if lab.unusable else []), *more])


def _day(date: str, first_dose: str | None) -> str:
    if first_dose is None or len(date) < 10:
        return ""
    try:
        return str(study_day(dt.date.fromisoformat(date[:10]), dt.date.fromisoformat(first_dose)))
    except ValueError:
        return ""


def _state(then: Then) -> str:
    return f"**{then.state}**" + (f": {then.reason}" if then.reason else "")


def _more(then: Then) -> Iterable[str]:
    """What else the case says about the verdict, in words."""
    said: tuple[tuple[Any, str], ...] = (
        (then.pchg, f"change {then.pchg} %"),
        (then.rmin, f"changed by at least {then.rmin} %"),
        (then.rmax, f"changed by at most {then.rmax} %"),
        (then.base, f"baseline {then.base}"),
        (then.aval, f"sample {then.aval}"),
        (then.ady, f"sample of day {then.ady}"),
        (then.comparison, f"compared: {then.comparison}"),
        (then.band, f"band {then.band}"),
        (then.high, "high stratum" if then.high else "not in the high stratum"),
        (then.detail, f"because {then.detail}"),
        (then.flags, f"flags {_plain(then.flags)}" if then.flags else "no flags"),
        (then.queries, f"asked: {_plain(then.queries)}" if then.queries else "nothing asked"),
        (then.sensitivity, f"sensitivity: {then.sensitivity}"),
        (then.final, "final" if then.final else "not final"),
        (then.next_on, f"looked at again on {then.next_on}"),
    )
    return [words for value, words in said if value is not None]


def _course(course: cases_lines.Course) -> str:
    rows = [(f"dose{_named(more)}", start or "", end or "") for start, end, more in course.dosed]
    rows += [
        (f"{cat}: {word}{_named({'DSLINE': line} if line else {})}", day or "", "")
        for cat, word, day, line in course.ended
    ]
    rows += [(f"seen {word}", day, "") for word, day in course.seen]
    rows += [(_named(course.person).strip(" ()"), "", "")] if course.person else []
    answers = [
        ("; ".join(f"{name} = {_plain(value)}" for name, value in line.items()),) for line in course.lines
    ]
    data = [_table(("record", "from", "to"), rows)] if rows else []
    return "\n".join([f"### {course.title}\n", *data, _table(("gives",), answers)])


def _named(more: Mapping[str, Any]) -> str:
    return f" ({', '.join(f'{name} {_plain(value)}' for name, value in more.items())})" if more else ""


def _values() -> list[str]:
    results = [(f"`{text}`", shown or "no amount") for text, shown in cases_values.RESULTS]
    spellings = [(f"`{text}`", unit) for text, unit in cases_values.SPELLINGS]
    amounts = [
        (amount, unit, canonical or "cannot be converted") for amount, unit, canonical in cases_values.AMOUNTS
    ]
    return [
        "## Result texts\n", "`[` and `]`: the bound itself is meant; `(` and `)`: it is not.\n",
        _table(("reported", "stands for"), results), "## Units\n", _table(("written", "is"), spellings),
        _table(("AFP", "unit", "ng/mL"), amounts),
    ]  # fmt: skip


def _alerts() -> list[str]:
    told = [(kind, ", ".join(roles)) for kind, roles in cases_escalation.TOLD.items()]
    rows = []
    for case in cases_escalation.CASES:
        title = f"{case.title}{' (only the study folder changed)' if case.only_config else ''}"
        change = f"{case.before or '(none)'} → {case.after}"
        rows.append((title, change, ", ".join(case.open), ", ".join(case.owed), ", ".join(case.closed)))
    return [
        "## Alerts\n", "`KIND/role#episode`. Who is told of what, in these cases:\n", _table(("kind", "roles"), told),
        _table(("case", "verdict", "open before", "owed", "ended"), rows),
    ]  # fmt: skip


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_plain(item) for item in value) or "none"
    if value is None:
        return "none"
    return value.id if hasattr(value, "id") else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join(["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines])
        + "\n"
    )
