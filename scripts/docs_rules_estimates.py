"""docs/rules.md: estimates and interim analyses that can be checked by hand."""

from __future__ import annotations

import math
from typing import Any

from tests.spec import cases_estimates as cases

HEAD = """What can be estimated has a value, limits and the method's name; what cannot says why. Numbers are rounded to
four decimals here. Larger cases are held against R and rpact in `tests/reference`.
"""


def sections() -> list[str]:
    """Markdown of every case."""
    parts = ["## Estimates\n", HEAD]
    for title, group in cases.GROUPS.items():
        rows = [
            (case.title, case.asked, "; ".join(_plain(value) for value in case.gives), case.how)
            for case in group
        ]
        lines = ["| case | asked | gives | worked out |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        parts += [f"### Estimates: {title[0].lower()}{title[1:]}\n", "\n".join(lines) + "\n"]
    return parts


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return "infinite" if math.isinf(value) else f"{value:.4f}".rstrip("0").rstrip(".")
