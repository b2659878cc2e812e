"""The highest liver tests on treatment and the quadrant they fall in, in multiples of the limit and of baseline.

As derived (ADHY): who has raised values at baseline is misjudged by either view alone. Source: clinical specification,
section 5.2.
"""

from __future__ import annotations

from typing import Any

from milepost.core.liver_safety import TESTS
from milepost.reports.judged import given
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.inputs import ProfileInputs
from milepost.reports.profile.laboratory import multiple, short_of
from milepost.reports.profile.sources import Sources
from milepost.reports.profile.tables import Row

QUADRANTS = {
    "HYS": "quadrant of Hy’s law", "TEMPLE": "Temple’s corollary", "CHOLESTASIS": "cholestasis",
    "NORMAL": "below both limits",
}  # fmt: skip
_PAIRED = {"Y": ", the two paired in time", "N": ", the two not paired in time"}
_VIEWS = (
    ("ULN", "upper limit", "EDISH", "PAIRED", "REASON"),
    ("BL", "baseline", "MDISH", "MPAIRED", "MREASON"),
)
_WHY = {"NOT_KNOWN": "not known", "CENSORED": "known as a range only"}


def peak_heads(own: ProfileInputs) -> tuple[str, ...]:
    """The columns of the table: the tests of the study among the liver tests."""
    return ("multiple of", *(name for _, name in _tests(own)), "quadrant")


def list_peaks(own: ProfileInputs, days: StudyDays, sources: Sources) -> tuple[Row, ...]:
    """Two rows a treated line: the highest value of each test and its day, the quadrant of the two peaks, which need
    not belong together, or why there is none. Strong: a potential Hy's law case."""
    begun = {line for line, _ in days.starts}
    made = []
    for row in own.adhy.sort_values("LINE").to_dict("records"):
        line = int(row["LINE"])
        for suffix, name, quadrant, paired, why in _VIEWS if line in begun else ():
            peaks = tuple(_peak(row, f"{code}PK{suffix}", days) for code, _ in _tests(own))
            head = f"Line {line}: {name}" if days.several else name
            said = _quadrant(row[quadrant], row[paired], row[why])
            made.append(Row(head, (*peaks, said), sources.of(row["SRC"]), row["HYSFL"] == "Y"))
    return tuple(made)


def _tests(own: ProfileInputs) -> list[tuple[str, str]]:
    known = {test.code: short_of(test) for test in own.protocol.tests}
    return [(code, known[code]) for code in TESTS if code in known]


def _peak(row: dict[Any, Any], column: str, days: StudyDays) -> str:
    if not given(row[column]):
        return "none"
    return f"{multiple(float(row[column]))}, {days.said(row[f'{column}DT'])}"


def _quadrant(found: Any, paired: Any, why: Any) -> str:
    if given(found):
        grave = found == "HYS" and given(paired)
        return QUADRANTS.get(str(found), str(found).lower()) + (_PAIRED.get(str(paired), "") if grave else "")
    code, _, tests = str(why).partition(": ") if given(why) else ("", "", "")
    return f"cannot be said: {tests} {_WHY.get(code, code.lower())}" if code else "cannot be said"
