"""docs/rules.md: the survival cases as a clinician reads them: the patients, the curve, the comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.spec import cases_survival as cases

HEAD = """A patient is a time, with + behind it where follow-up ended without the event (censored). At risk at a time:
everybody whose time is not earlier, those censored on that day too. The median is the middle of the stretch where the
curve is exactly one half, else the first time it is below; the first time at or below one half is given beside it.
Follow-up is the median by reverse Kaplan-Meier. A month in a report is 30.4375 days; times are compared in days.
Ties in Cox's model by Efron. A ratio compares B with A. A number that does not exist has its reason in words.
"""


def sections() -> list[str]:
    """Markdown of every survival case."""
    return [
        "## Survival\n", HEAD,
        "### Survival: one group\n", *(_curve(case) for case in cases.CURVES),
        "### Survival: two groups\n", *(_groups(case) for case in cases.COMPARED),
    ]  # fmt: skip


def _curve(case: cases.CurveCase) -> str:
    times = sorted({*case.survival, *case.at_risk})
    rows = []
    for time in times:
        counts = case.at_risk.get(time, ("", "", ""))
        rows.append((f"{time:g}", _number(case.survival.get(time), ""), *map(str, counts)))
    found = [f"median {_number(case.median, case.reason or 'none')}"]
    if case.first is not None:
        found.append(f"first time at or below one half {case.first:g}")
    found.append(f"median follow-up {_number(case.follow_up, 'none')}")
    if case.mean:
        horizon, mean, se = case.mean
        found.append(f"mean up to {horizon:g}: {_number(mean)} (standard error {_number(se)})")
    table = (
        _table(("time", "without event", "at risk", "events so far", "censored so far"), rows) if rows else ""
    )
    return "\n".join(
        [f"#### {case.title}\n", f"Patients: {case.patients or 'none'}\n", table, f"{'; '.join(found)}.\n"]
    )


def _groups(case: cases.GroupsCase) -> str:
    rows = []
    # a group without patients is in no log-rank test
    present = [name for name, text in case.groups.items() if text]
    counted = {name: counts for name, *counts in zip(present, case.observed, case.expected, strict=True)}
    for name, text in case.groups.items():
        had, due = counted.get(name, (None, None))
        rows.append((name, text or "none", _number(had, ""), _number(due, "")))
    answers = [
        ("log-rank chi-square", _number(case.chi2, case.untested or "")),
        ("hazard ratio, B against A", _number(case.ratio, case.reason or "")),
    ]
    if case.breslow is not None:
        answers.append(("hazard ratio with Breslow's ties", _number(case.breslow)))
    if case.se is not None:
        answers.append(("standard error of its logarithm", _number(case.se)))
    return "\n".join(
        [
            f"#### {case.title}\n",
            _table(("group", "patients", "events", "expected"), rows),
            _table(("answer", ""), answers),
        ]
    )


def _number(value: float | None, absent: str = "") -> str:
    return absent if value is None else f"{value:.4g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])
