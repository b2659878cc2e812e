"""The open questions to one site, as a letter: which file, which line, what is asked, by when. No values."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pandas as pd

from milepost.protocol import Study
from milepost.reports import words

_ORDER = {"critical": 0, "warning": 1, "info": 2}
_HELD = "FILE-HELD"
_OR_SAY = "and send the file again, or tell us that it is right as it is."
_ANSWER_HELD = f"Please correct the lines that its findings page names {_OR_SAY}"
_ANSWER = f"Please correct this {_OR_SAY}"
# the study folder is the data manager's: a site can neither read nor change it
_NOT_FOR_SITES = re.compile(
    r"\b(sites|protocol)\.toml\b|\b(query|ask) the site\b|\bthe protocol's tests\b", re.IGNORECASE
)
_NOT_FOR_SITES_CLAUSE = re.compile(r", or [^,.;]*\bsites\.toml\b", re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """One open query. number: what it is answered by."""

    number: str
    subject: str
    where: str
    question: str
    rule: str
    severity: str
    asked: str
    age: int
    open_for: str
    due: str
    late: bool


@dataclass(frozen=True)
class QueryLetter:
    """A letter to one site about its own patients; never shown to another."""

    study: str
    site: str
    hospital: str
    day: str
    questions: tuple[Question, ...]
    late: int
    lead: str
    made_up: bool
    running: str


def build_query_letter(study: Study, site: str, queries: pd.DataFrame, *, as_of: dt.date) -> QueryLetter:
    """The open queries of this site at the cut-off: critical first, then by due day.

    queries: siteid rule severity question opened_at due_on open usubjid domain delivery srcline (any case); id, the
    number of the query, and received_at, when its delivery was handed over, are printed where the frame has them.
    """
    frame = queries.rename(columns=lambda name: str(name).lower())
    mine = frame[(frame["siteid"] == site) & frame["open"].astype(bool)]
    zone = study.protocol.time_zone
    opened = pd.to_datetime(mine["opened_at"], utc=True).dt.tz_convert(zone).dt.date
    made = [
        _question(row, day, as_of, zone) for row, day in zip(mine.to_dict("records"), opened, strict=True)
    ]
    made.sort(key=lambda pair: pair[0])
    questions = tuple(question for _, question in made)
    late = sum(question.late for question in questions)
    count = words.many(len(questions), "question is", "questions are")
    lead = (
        f"{words.upper_first(count)} open, {words.count(late)} of them past due."
        if questions
        else "No question is open."
    )
    return QueryLetter(
        study=study.protocol.id, site=site, hospital=study.site(site).name, day=words.day(as_of), questions=questions,
        late=late, lead=lead, made_up=study.protocol.made_up,
        running=f"{study.protocol.id} · queries to {site} · {words.day(as_of)}",
    )  # fmt: skip


def _question(
    row: dict[str, object], opened: dt.date, as_of: dt.date, zone: str
) -> tuple[tuple[object, ...], Question]:
    due = pd.Timestamp(row["due_on"]).date() if pd.notna(row["due_on"]) else None
    delivery, srcline = _number(row.get("delivery")), _number(row.get("srcline"))
    parts = [
        f"delivery {delivery}{_received(row.get('received_at'), zone)}" if delivery else "",
        f"line {srcline}" if srcline else "",
        str(row["domain"]) if pd.notna(row["domain"]) else "",
    ]
    subject = str(row["usubjid"]) if pd.notna(row["usubjid"]) else ""
    age = max((as_of - opened).days, 0)
    question = Question(
        subject=subject, where=", ".join(part for part in parts if part),
        question=for_the_site(str(row["question"]), str(row["rule"])),
        number=_number(row.get("id")), rule=str(row["rule"]), severity=str(row["severity"]), asked=words.day(opened),
        age=age, open_for="today" if age == 0 else f"{words.many(age, 'day')} ago",
        due=words.day(due) if due else "", late=due is not None and due < as_of,
    )  # fmt: skip
    rank = _ORDER.get(question.severity, 9)
    return (rank, due or dt.date.max, opened, question.where, question.rule, subject), question


def for_the_site(question: str, rule: str) -> str:
    """The question as a site reads it: without its rule, which stands beside it, and without what only we can do.

    A question that asks nothing yet, such as why a file is held, asks for the file again or for a word.
    """
    text = _NOT_FOR_SITES_CLAUSE.sub("", question.removesuffix(f"[{rule}]").rstrip())
    kept = [part for part in re.split(r"(?<=[.?!]) ", text) if not _NOT_FOR_SITES.search(part)]
    text = " ".join(kept)
    if rule == _HELD:
        return f"{text} {_ANSWER_HELD}"
    return text if "?" in text or "please" in text.lower() else f"{text} {_ANSWER}"


def _number(cell: object) -> str:
    """A whole number as text, whatever the frame made of it; empty where the cell holds none, or 0."""
    if cell is None or pd.isna(cell):
        return ""
    number = int(str(cell).split(".")[0])
    return str(number) if number else ""


def _received(cell: object, zone: str) -> str:
    if cell is None or pd.isna(cell):
        return ""
    when = pd.Timestamp(cell).to_pydatetime()
    return f", received {words.instant(when, zone)} ({words.offset(when, zone)})"
