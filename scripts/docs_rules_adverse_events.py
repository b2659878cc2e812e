"""docs/rules.md: the cases of adverse events as a clinician reads them: what was recorded, and how it counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from milepost.core.adverse_events import QUESTIONS
from tests.spec import cases_adverse_events as cases

HEAD = """Day 1 is the day of first dose. Where nothing else is said: anlotinib from 2026-03-02 (day 1), last dose
2026-04-05 (day 35); an event counts as treatment-emergent up to 30 days after the last dose, 2026-05-05 (day 65); the
data cut-off is 2026-06-30.
"""
COLUMNS = {
    "LINE": "line", "ASTDT": "onset", "ASTDTF": "onset filled in", "ASTDY": "day", "AENDT": "end",
    "AENDTF": "end filled in", "AENDY": "day of end", "ADURN": "duration (days)", "TRTEMFL": "treatment-emergent",
    "PREFL": "before treatment", "ATOXGRN": "grade", "AFATAL": "fatal", "AESER": "serious as said",
    "AESERFL": "serious", "AOCCFL": "stands for the patient", "AOCCSFL": "stands for the class",
    "AOCCPFL": "stands for the term", "AESI": "groups of interest", "ATERM": "term", "ARMCD": "arm",
    "AEOUT": "outcome", "AEENDTC": "end as sent", "DATAERR": "contradiction",
}  # fmt: skip
RECORDED = {
    "AETERM": "term", "AEDECOD": "preferred term", "AEBODSYS": "class", "AETOXGR": "grade", "AESTDTC": "start",
    "AEENDTC": "end", "AESER": "serious", "AESDTH": "ended in death", "AEREL": "related", "AEACN": "action",
    "AEOUT": "outcome", "USUBJID": "patient", "KNOWN_FROM": "received",
}  # fmt: skip


def sections() -> list[str]:
    """Markdown of every case of adverse events."""
    questions = ((f"`{rule}`", text) for rule, text in QUESTIONS.items())
    parts = ["## Adverse events\n", HEAD, _table(("rule", "question to the site"), questions)]
    for title, group in cases.GROUPS.items():
        parts += [f"### Adverse events: {title[0].lower()}{title[1:]}\n", *(_case(case) for case in group)]
    parts += ["### Adverse events: words\n", *_words()]
    parts += ["### Adverse events: counting\n", *(_count(case) for case in cases.COUNTS)]
    return [*parts, *_incidence()]


def _case(case: cases.Events) -> str:
    facts = []
    if case.doses != cases.CYCLES:
        facts.append("doses " + ("none" if not case.doses else "; ".join(_dose(dose) for dose in case.doses)))
    if case.died:
        facts.append(f"died {case.died}")
    if case.as_of != "2026-06-30":
        facts.append(f"cut-off {case.as_of}")
    here = [f"Here: {'; '.join(facts)}.\n"] if facts else []
    asked = [f"The site is asked: {', '.join(f'`{rule}`' for rule in case.asks)}.\n"] if case.asks else []
    answer = _frame(COLUMNS, case.gives) if case.gives else "No row: the event is not seen.\n"
    return "\n".join([f"#### {case.title}\n", *here, _frame(RECORDED, case.events), answer, *asked])


def _dose(dose: cases.Dose) -> str:
    start, end, more = dose
    named = f" ({', '.join(f'{name} {value}' for name, value in more.items())})" if more else ""
    return f"{start} to {end}{named}" if end else f"from {start} on{named}"


def _words() -> list[str]:
    tables: tuple[tuple[str, str, Iterable[tuple[str | None, Any]]], ...] = (
        ("grade", "is", cases.GRADES), ("relation", "related", cases.RELATIONS),
        ("action taken", "counts as", cases.ACTIONS), ("outcome", "is", cases.OUTCOMES),
    )  # fmt: skip
    return [
        _table(
            (said, meant),
            [(_plain(text) if text is None else f"`{text}`", _plain(value)) for text, value in rows],
        )
        for said, meant, rows in tables
    ]


def _count(case: cases.Count) -> str:
    rows = [
        (level, name or "", "; ".join(f"{key} {value}" for key, value in counts.items()))
        for level, name, counts in case.table
    ]
    data = [_frame(RECORDED, case.events)] if case.events else ["No event of P1, P2 and P3.\n"]
    return "\n".join(
        [f"#### {case.title}\n", *data, _table(("level", "of", "patients (EVENTS: rows)"), rows)]
    )


def _incidence() -> list[str]:
    doses = [
        (subject, "; ".join(_dose(dose) for dose in rows)) for subject, rows in cases.INCIDENCE_DOSES.items()
    ]
    rows = [(f"`{name}`", f"{value:.5g}") for name, value in cases.INCIDENCE.items()]
    return [
        "### Adverse events: incidence by time\n",
        "Days are watched from first dose to the end of the 30 days after the last dose, or the cut-off: 65, 65, 30. "
        "To the first event: 11, 65 and 1. Rates are per 100 patient-years of 365.25 days, limits exact.\n",
        _table(("patient", "doses"), doses), _frame(RECORDED, cases.INCIDENCE_EVENTS), _table(("", "gives"), rows),
    ]  # fmt: skip


def _frame(names: dict[str, str], rows: Sequence[dict[str, Any]]) -> str:
    """A table of the columns that any of the rows names."""
    used = [name for name in names if any(name in row for row in rows)]
    return _table(
        [names[name] for name in used], [[_plain(row.get(name, "")) for name in used] for row in rows]
    )


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )
