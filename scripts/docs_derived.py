"""docs/derived.md: every column of the derived frames, from `core/derived_columns.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from milepost.core.derived_columns import FRAMES, Frame

HEAD = """# Derived frames

Made from `core/derived_columns.py` by `scripts/docs.py`; change that.

`milepost derive FRAME --as-of DAY [--known-at INSTANT] [--subject USUBJID] [--format csv|json] [--output FILE] [--role
ROLE]` prints a frame as known then, up to the data cut-off DAY. Arms, drugs and doses are blank for a ROLE that may
not have all patients by arm ([exports.md](exports.md)); to whom they were shown is in the audit log. Days are ISO
8601, yes and no are Y and N, an empty cell is "not known" or "does not apply". Exact decimals stand as they are;
quotients have four decimals at most, other numbers six. How each number is made is in [rules.md](rules.md), what sites
send in [data.md](data.md).
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_frame(name, frame) for name, frame in FRAMES.items())])


def _frame(name: str, frame: Frame) -> str:
    columns = [(f"`{column}`", meaning, source) for column, (meaning, source) in frame.columns.items()]
    parts = [
        f"## {name.upper()}: {frame.label}\n",
        f"`milepost derive {name}`. One row: {frame.row}.\n",
        _table(("column", "meaning", "from"), columns),
        *(_codes(title, codes) for title, codes in frame.codes.items()),
    ]
    return "\n".join(parts)


def _codes(title: str, codes: Mapping[str, str]) -> str:
    rows = [(f"`{code}`", text) for code, text in codes.items()]
    return f"### {title}\n\n{_table(('code', 'means'), rows)}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )
