"""docs/rules.md: the cases of exposure as a clinician reads them: the doses, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from milepost.core.dose_checks import QUESTIONS, REASONS
from tests.spec import cases_exposure as cases

HEAD = """In these cases anlotinib (ANL) is taken on days 1-14 of 21 and planned at the patient's own starting dose;
sorafenib (SOR) is taken every day, 800 mg planned; penpulimab (PEN) is given on day 1 of 21. Amounts are in mg; the
dose intensity is what was taken in per cent of what was planned from the first to the last day.
"""
COLUMNS = {
    "LINE": "line", "TREATMENT": "drug", "TRTSDT": "first day", "TRTEDT": "last day", "TRTDURD": "days",
    "NCYCLES": "cycles begun", "DOSEDAYS": "days of intake", "STARTDOSE": "starting dose", "CUMDOSE": "taken",
    "PLANDOSE": "planned", "RDI": "dose intensity %", "NREDUCE": "reductions", "NINTERRUPT": "interruptions",
    "LASTDOSELEVEL": "last dose", "ONGOING": "goes on", "STOPREASON": "stopped for", "REASON": "no amount because",
    "SRC": "rests on", "DATAERR": "contradiction",
}  # fmt: skip


def sections() -> list[str]:
    """Markdown of every case of exposure."""
    words = ((f"`{word}`", text) for word, text in {**QUESTIONS, **REASONS}.items())
    parts = ["## Exposure\n", HEAD, _table(("rule or reason", "question to the site, or meaning"), words)]
    for title, group in cases.GROUPS.items():
        parts += [f"### Exposure: {title[0].lower()}{title[1:]}\n", *(_case(case) for case in group)]
    return parts


def _case(case: cases.Doses) -> str:
    rows = [_dose(dose) for dose in case.doses]
    rows += [(f"{cat}: {word}", term or "", day, "") for cat, word, term, day in case.ended]
    rows += [("died", "", case.died, "")] if case.died else []
    here = [f"Cut-off {case.as_of}.\n"] if case.as_of != "2026-12-31" else []
    asked = [f"The site is asked: {', '.join(f'`{rule}`' for rule in case.asks)}.\n"] if case.asks else []
    used = [name for name in COLUMNS if any(name in line for line in case.gives)]
    answers = [[_plain(line.get(name, "")) for name in used] for line in case.gives]
    return "\n".join(
        [
            f"#### {case.title}\n", *here, _table(("record", "dose", "from", "to"), rows),
            _table([COLUMNS[name] for name in used], answers), *asked,
        ]
    )  # fmt: skip


def _dose(dose: dict[str, Any]) -> tuple[str, str, str, str]:
    line = f", line {dose['EXLINE']}" if dose.get("EXLINE") else ""
    amount = " ".join(text for text in (dose["EXDOSE"], dose["EXDOSU"], dose["EXDOSFRQ"]) if text)
    return f"{dose['EXTRT']}{line}", amount, dose["EXSTDTC"], dose["EXENDTC"] or "no end"


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )
