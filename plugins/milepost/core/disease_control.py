"""Disease control at one scheduled scan: no progression by then, and a scan in its window that shows it.

Source: clinical specification sections 6.4 and 6.8 (the outcome that the AFP response is held against).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from milepost.core.confirmation import CONTROL, Assessment


@dataclass(frozen=True)
class Control:
    """Y, N, NE or None (not yet due); why; and the place of the assessment that decided."""

    answer: str | None
    reason: str | None = None
    at: int | None = None


def disease_control_at(
    row: Sequence[Assessment],
    window: tuple[int, int, int],
    *,
    cut_off: int,
    death: int | None,
    new_therapy: int | None,
) -> Control:
    """Whether the disease was controlled at the scan due on a study day. All times are days since first dose.

    window: the study day and the first and last study day that count. N: progression or death by the end of the
    window. Y: a scan in the window with CR, PR, SD or NON-CR/NON-PD (the one nearest to the day, of two as near the
    later). A scan after another anticancer therapy began says nothing of the study drug. NE: no such scan. None: the
    window is still open at the cut-off.
    """
    target, opens, closes = (day - 1 for day in window)
    usable = [(place, one) for place, one in enumerate(row) if new_therapy is None or one.day <= new_therapy]
    for place, one in usable:
        if one.response == "PD" and one.day <= closes:
            return Control("N", "PROGRESSION", place)
    if death is not None and death <= min(closes, cut_off):
        return Control("N", "DEATH")
    inside = [(place, one) for place, one in usable if opens <= one.day <= closes]
    controlled = [
        (abs(one.day - target), -one.day, place) for place, one in inside if one.response in CONTROL
    ]
    if controlled:
        return Control("Y", None, min(controlled)[2])
    if cut_off <= closes:
        return Control(None, "NOT_YET_DUE")
    if inside:
        return Control("NE", "NOT_EVALUABLE", inside[-1][0])
    if new_therapy is not None and new_therapy <= closes:
        return Control("NE", "NEW_THERAPY")
    return Control("NE", "OUT_OF_WINDOW" if row else "NO_ASSESSMENT")
