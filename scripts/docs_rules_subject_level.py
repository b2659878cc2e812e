"""The cases of ADSL as a clinician reads them, for docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.spec.cases_subject_level import CASES, Case

HEAD = """## Subjects (ADSL)

Every patient took a first dose on 2026-03-02, and the dose has no end, unless a case says otherwise. The cut-off is
2026-08-31 unless a case names another.
"""


def sections() -> list[str]:
    """The cases: what the site recorded, then what of the patient's row follows."""
    return [HEAD, *(_case(case) for case in CASES)]


def _case(case: Case) -> str:
    here = "" if case.as_of == "2026-08-31" else f"Here: cut-off {case.as_of}.\n\n"
    data = _table(("record", "date"), _records(case)) + "\n"
    return f"### {case.title}\n\n{here}{data}" + _table(
        ("column", "value"), [(f"`{name}`", value or "none") for name, value in case.row.items()]
    )


def _records(case: Case) -> Iterable[tuple[str, str]]:
    yield ("first dose", "2026-03-02") if case.dosed else ("no dose", "")
    if case.dose_end is not None:
        yield "end of the dose", case.dose_end
    if case.visit is not None:
        yield "last visit", case.visit
    for category, word, day in case.ended:
        yield f"{category or 'no category'}: {word}", day or "no date"
    for answer, day in case.seen:
        yield f"contact: {answer}", day or "no date"
    for name, value in case.person.items():
        yield {"DTHDTC": "date of death", "DTHFL": "died"}[name], value


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )
