"""The best response cases as a clinician reads them, for docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from milepost.core.best_response import PARAMS, REASONS
from tests.spec.cases_best_response import CASES, TABLE, Case, Then

HEAD = """## Best response

Scans are due every 42 ± 7 days and a response needs confirmation 28 days later, unless a case says otherwise: stable
disease counts from 35 days after the start, study day 36. Assessments count up to the first progression, on or before
another anticancer therapy, the day of the cut-off included; of two on one date the worst. The cut-off is study day 400
unless a case names another.
"""


def sections() -> list[str]:
    """The words, the table of confirmation, and the cases: the scans, then the answers."""
    words = [(f"`{code}`", label) for code, label in PARAMS.items()]
    words.append(("`DCW6`", "Disease control at the scan of week 6 (or another week)"))
    reasons = [(f"`{code}`", label) for code, label in REASONS.items()]
    rows = [(first, ", ".join(later) or "nothing", late, early) for first, later, late, early in TABLE]
    return [
        HEAD, _table(("parameter", "meaning"), words), _table(("reason", "meaning"), reasons),
        "### Confirmation\n\nThe first assessment, those after it, and the confirmed best response where the first is "
        "on or after study day 36, and where all of them are before it.\n",
        _table(("first", "then", "from day 36", "before"), rows), *(_case(case) for case in CASES),
    ]  # fmt: skip


def _case(case: Case) -> str:
    told = [f"`{name}` = {value}" for name, value in case.rules.items()]
    if case.cut_off != 400:
        told.append(f"cut-off day {case.cut_off}")
    if case.baseline is None:
        told.append("no baseline")
    elif case.baseline:
        told.append("at baseline " + ", ".join(f"{name} {value}" for name, value in case.baseline.items()))
    here = f"Here: {'; '.join(told)}.\n\n" if told else ""
    data = sorted(_events(case), key=lambda row: row[0])
    scans = (
        _table(("day", "what"), [(str(day), what) for day, what in data]) + "\n" if data else "No scan.\n\n"
    )
    return f"### {case.title}\n\n{here}{scans}" + _table(
        ("parameter", "answer", "dated day", "reason, or contradiction"),
        [_answer(then) for then in case.then],
    )


def _events(case: Case) -> Iterable[tuple[int, str]]:
    for day, response in case.scans:
        more = "".join(_told(name, value) for name, value in case.more.get(day, {}).items())
        yield day, (response or "no response") + more
    if isinstance(case.therapy, int):
        yield case.therapy, "another anticancer therapy"
    elif case.therapy is not None:
        end = "" if case.therapy_end is None else f", ended on day {case.therapy_end}"
        yield 1, f"another anticancer therapy, begun {case.therapy}{end}"
    if case.death is not None:
        yield case.death, "died"


def _told(name: str, value: object) -> str:
    match name:
        case "PDDT":
            return f", dated back to day {value}"
        case "AFTERNEXT":
            return ", after the next line began"
        case "DATAERR":
            return f", contradicts itself (`{value}`)"
        case _:
            return ""


def _answer(then: Then) -> tuple[str, ...]:
    return (
        f"`{then.code}`",
        then.value or "none",
        str(then.day or ""),
        f"`{then.reason or then.wrong}`" if then.reason or then.wrong else "",
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )
