"""The laboratory tables of docs/rules.md: cases with their rows and grades, terms with both sides of their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from milepost.core.lab_grades import NOTES
from milepost.core.lab_grading import REASONS
from milepost.core.lab_problems import QUESTIONS
from tests.spec.cases_lab_edges import TABLES, Edge, Table
from tests.spec.cases_lab_toxicity import CASES, FIRST_DOSE, Case, Lab

HEAD = """## Laboratory toxicity

Grades are those of CTCAE. A result is judged by the limits of normal printed with it, never by a constant; its baseline
is the last value before first dose. `ATOXGRL` and `ATOXGRH` are the grades for too low and too high: the highest that
the result allows. Where symptoms decide, or the result is a range such as <3, `GRMIN` and `GRMAX` give both ends; as
worst grade, in shifts and as baseline grade a range counts by its milder end, which is certain.
Unless a case says otherwise first dose is on {first_dose} and dosing goes on.
"""
EDGES = """### Both sides of every limit

Grade of one result after first dose. "1-3": the report alone cannot tell which; the higher one is `ATOXGR`. ULN, LLN:
the limits of normal printed with the result.
"""


def sections() -> list[str]:
    """The chapters of laboratory toxicity, as Markdown."""
    parts = [HEAD.format(first_dose=FIRST_DOSE)]
    for title, words in (
        ("Why there is no grade", REASONS),
        ("What is noted beside a grade", NOTES),
        ("Questions to the site", {rule: text for rule, (_, text) in QUESTIONS.items()}),
    ):
        parts.append(
            _table((title, "meaning"), ((f"`{word}`", text) for word, text in words.items() if word))
        )
    parts += [_case(case) for case in CASES]
    parts.append(EDGES)
    return parts + [_term(table) for table in TABLES]


def _case(case: Case) -> str:
    parts = [f"### {case.title}\n"]
    here = [*_setting(case)]
    if here:
        parts.append(f"Here: {'; '.join(here)}.\n")
    rows = [
        (lab.date, lab.test, _result(lab), _range(lab.low, lab.high), _answers(answers))
        for lab, answers in zip(case.labs, case.answers, strict=True)
    ]
    rows += [
        ("", code, f"made for line {line}", "", _answers(answers))
        for (code, line), made in case.further.items()
        for answers in (made if isinstance(made, tuple) else (made,))
    ]
    parts.append(_table(("date", "test", "result", "normal", "gives"), rows))
    if case.rules:
        parts.append(f"Asked: {', '.join(f'`{rule}`' for rule in case.rules)}.\n")
    return "\n".join(parts)


def _setting(case: Case) -> Iterable[str]:
    if case.version != "5.0":
        yield f"CTCAE {case.version}"
    if case.grade_units != "AS_REPORTED":
        yield f"`grade_units` = {case.grade_units}"
    if not case.lines:
        yield "no first dose"
    for number, (first, time, last) in enumerate(case.lines, start=1):
        if (first, time, last) != (FIRST_DOSE, None, None):
            told = f"line {number}: first dose {first}{f' at {time}' if time else ''}"
            yield told + (f", last dose {last}" if last else "")
    for name, start, end in case.medication:
        yield f"{name} from {start or 'an unknown day'} to {end or 'no known end'}"
    if case.as_of != "2026-12-31":
        yield f"as of {case.as_of}"


def _result(lab: Lab) -> str:
    result = "no result" if lab.result is None else f"{lab.result} {lab.unit or '(no unit)'}"
    return ", ".join([result, *(f"{name} {value}" for name, value in lab.more.items())])


def _range(low: str | None, high: str | None) -> str:
    if low is None and high is None:
        return "not given"
    return (
        f"{low or ''} to {high or ''}".strip() if low and high else (f"from {low}" if low else f"to {high}")
    )


def _answers(answers: Mapping[str, Any] | None) -> str:
    if answers is None:
        return "not in ADLB"
    return "; ".join(f"{name} = {_said(value)}" for name, value in answers.items())


def _said(value: Any) -> str:
    return "empty" if value is None else " ".join(value) if isinstance(value, tuple) else str(value)


def _term(table: Table) -> str:
    way = "low" if table.direction == "L" else "high"
    title = f"#### {table.term} ({table.test}, {way}, CTCAE {table.version})\n"
    rows = [
        (
            f"{edge.result} {edge.unit or table.unit or ''}".strip(),
            _limits(table, edge),
            edge.base or "",
            _grade(edge),
        )
        for edge in table.edges
    ]
    return "\n".join([title, _table(("result", "limits of normal", "baseline", "grade"), rows)])


def _limits(table: Table, edge: Edge) -> str:
    low, high = edge.low or table.low, edge.high or table.high
    return ", ".join([*([f"LLN {low}"] if low else []), *([f"ULN {high}"] if high else [])])


def _grade(edge: Edge) -> str:
    return f"none: {edge.grade}" if edge.grade in REASONS else edge.grade


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )
