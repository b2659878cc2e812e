"""The time-to-event cases as a clinician reads them, for docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from milepost.core.time_to_event import PARAMS
from milepost.core.time_to_event_problems import PROBLEMS
from milepost.core.time_to_event_sources import CNSR
from tests.spec.cases_time_to_event import PROGRESSION_FREE, RESPONSE, SURVIVAL, Case, End

HEAD = """## Survival, progression and duration of response

Day 1 is the day of first dose; a time is end - start + 1 days, a month is 30.4375 days. Scans are due every 42 ± 7
days, so that two in a row are missed after 2 × 42 + 14 = 98 days. The cut-off is study day 400 unless a case names
another. PFSFDA and PFSEMA are the two styles of progression-free survival; the protocol declares which of them is PFS.
"""
GROUPS = (
    ("### Progression-free survival\n", PROGRESSION_FREE),
    ("### Overall survival\n", SURVIVAL),
    ("### Duration of response and time to it\n", RESPONSE),
)


def sections() -> list[str]:
    """The words, then the cases: what happened, then each time with its event or reason of censoring."""
    parts = [
        HEAD,
        _table(("parameter", "meaning"), [(f"`{code}`", label) for code, label in PARAMS.items()]),
        _table(("CNSR", "meaning"), [(str(code), label) for code, label in CNSR.items()]),
        _table(
            ("contradiction", "what the site is asked"),
            [(f"`{rule}`", text) for rule, text in PROBLEMS.items()],
        ),
    ]
    for title, cases in GROUPS:
        parts += [title, *(_case(case) for case in cases)]
    return parts


def _case(case: Case) -> str:
    told = [f"`{name}` = {value}" for name, value in case.rules.items()]
    told += [
        f"scans every {change['interval_days']} days from day {change['from_day']}" for change in case.later
    ]
    if case.cut_off != 400:
        told.append(f"cut-off day {case.cut_off}")
    if case.baseline is None:
        told.append("no baseline")
    elif case.baseline.get("COMPLETE") is False:
        told.append("the baseline is incomplete")
    here = f"Here: {'; '.join(told)}.\n\n" if told else ""
    data = _table(("day", "what"), _events(case)) + "\n"
    answers = _table(("parameter", "day", "result"), [_answer(end, case) for end in case.then])
    return f"#### {case.title}\n\n{here}{data}{answers}"


def _events(case: Case) -> list[tuple[str, str]]:
    dated: list[tuple[int, str]] = [(1, f"first dose{f' at {case.dosed}' if case.dosed else ''}")]
    for day, response in case.scans:
        more = case.more.get(day, {})
        back = f", dated back to day {more['PDDT']}" if "PDDT" in more else ""
        wrong = ", contradicts itself" if "DATAERR" in more else ""
        dated.append((day, f"scan: {response}{back}{wrong}"))
    dated += [
        (day, f"{(category or 'no category').lower()}: {word.lower()}") for category, word, day in case.ended
    ]
    dated += [] if case.next_line is None else [(case.next_line, "first dose of the next line")]
    given = "another anticancer therapy"
    if case.therapy_end is not None:
        given += f", ended {'day ' if isinstance(case.therapy_end, int) else ''}{case.therapy_end}"
    undated: list[tuple[str, str]] = []
    for what, told in (
        ("died", case.death), ("last known contact", case.seen), (given, case.therapy),
        *((f"contact: {word.lower()}", day or "") for word, day in case.contacts),
    ):  # fmt: skip
        if isinstance(told, int):
            dated.append((told, what))
        elif told is not None:
            undated.append((told or "no date", what))
    return [(str(day), what) for day, what in sorted(dated, key=lambda row: row[0])] + undated


def _answer(end: End, case: Case) -> tuple[str, str, str]:
    if end.day is None:
        return f"`{end.code}`", "", f"no value: `{case.wrong}`"
    flag = {"D": " (day imputed)", "M": " (month and day imputed)", "Y": " (day of the contact)", None: ""}[
        end.adtf
    ]
    result = "**event**" + flag if end.cnsr == 0 else f"censored: {CNSR[end.cnsr or 0]}"
    long = "" if end.days is None else f", {end.days:g} day{'' if end.days == 1 else 's'}"
    return f"`{end.code}`", str(end.day), result + long


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )
