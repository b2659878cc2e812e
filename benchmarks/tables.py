"""What was measured, as a table a person can read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence


def title(text: str) -> None:
    """A heading, with how busy the machine is: a ratio taken on a busy one is a rough one."""
    load = os.getloadavg()[0]
    print(f"\n{text}\n{'=' * len(text)}\n({os.cpu_count()} cores, load {load:.1f} before)\n", flush=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under their columns: the first to the left, the others to the right."""
    cells = [[str(name) for name in columns], *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    for number, row in enumerate(cells):
        first, *others = (
            f"{cell:<{width}}" if place == 0 else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    print(flush=True)


def parts(measured: Mapping[str, Sequence[float]]) -> None:
    """Where the time went (label -> wall, CPU of our process), the longest first."""
    whole = sum(wall for wall, _ in measured.values()) or 1.0
    shown = sorted(measured.items(), key=lambda item: -item[1][0])
    columns = ("where the time goes", "wall s", "CPU s, ours", "wall %")
    table(columns, [(name, wall, cpu, f"{wall / whole:.0%}") for name, (wall, cpu) in shown])


def aim(what: str, value: float, limit: float, unit: str = "") -> int:
    """Say whether an aim is met; 1 where it is missed."""
    met = value <= limit
    print(
        f"{'met   ' if met else 'MISSED'}  {what}: {value:,.2f}{unit}, aim at most {limit:g}{unit}",
        flush=True,
    )
    return 0 if met else 1


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
