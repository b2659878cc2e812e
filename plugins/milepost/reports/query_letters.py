"""The open questions to one site, as a letter: which file, which line, what is asked, by when. No values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from milepost.protocol import Study
from milepost.reports import words

_ORDER = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Question:
    """One open query."""

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

    queries: siteid rule severity question opened_at due_on open usubjid domain delivery srcline (any case).
    """
    frame = queries.rename(columns=lambda name: str(name).lower())
    mine = frame[(frame["siteid"] == site) & frame["open"].astype(bool)]
    zone = study.protocol.time_zone
    opened = pd.to_datetime(mine["opened_at"], utc=True).dt.tz_convert(zone).dt.date
    made = [_question(row, day, as_of) for row, day in zip(mine.to_dict("records"), opened, strict=True)]
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


def _question(row: dict[str, object], opened: dt.date, as_of: dt.date) -> tuple[tuple[object, ...], Question]:
    due = pd.Timestamp(row["due_on"]).date() if pd.notna(row["due_on"]) else None
    parts = [
        f"delivery {int(str(row['delivery']).split('.')[0])}" if pd.notna(row["delivery"]) else "",
        f"line {int(str(row['srcline']).split('.')[0])}"
        if pd.notna(row["srcline"]) and row["srcline"]
        else "",
        str(row["domain"]) if pd.notna(row["domain"]) else "",
    ]
    subject = str(row["usubjid"]) if pd.notna(row["usubjid"]) else ""
    age = max((as_of - opened).days, 0)
    question = Question(
        subject=subject, where=", ".join(part for part in parts if part), question=str(row["question"]),
        rule=str(row["rule"]), severity=str(row["severity"]), asked=words.day(opened),
        age=age, open_for="today" if age == 0 else f"{words.many(age, 'day')} ago",
        due=words.day(due) if due else "", late=due is not None and due < as_of,
    )  # fmt: skip
    rank = _ORDER.get(question.severity, 9)
    return (rank, due or dt.date.max, opened, question.where, question.rule, subject), question
