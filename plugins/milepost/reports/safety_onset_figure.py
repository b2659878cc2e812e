"""Curves of first events, one panel a group of terms, with the patients still watched beneath."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from milepost.core.cumulative_incidence import Incidence
from milepost.reports import words
from milepost.reports.drawing import HALF, PHONE, WIDE, Figure, Mark, label, line, place, scale, text_width

_PLOT = 150.0
_HEAD = 30.0
_FEET = 42.0
_ROW = 18.0
_CURVES = ("safety-a", "safety-b")
Scale = Callable[[float], float]


@dataclass(frozen=True)
class CurvePanel:
    """One group of terms: the curve of each group of patients, and the sentence that says it in numbers."""

    name: str
    curves: tuple[Incidence, ...]
    spoken: str


def onset_figures(
    panels: Sequence[CurvePanel], names: tuple[str, ...], days: tuple[int, ...]
) -> tuple[Figure, ...]:
    """Drawn wide, two panels in a row, and for a phone."""
    if not panels:
        return ()
    sentence = (
        f"Share of patients with a first event by study day. {'. '.join(panel.spoken for panel in panels)}."
    )
    top = _ceiling(panels, days[-1])
    tall = _HEAD + _PLOT + _FEET + _ROW * (max(len(names), 1) + 1) + 14
    wide: list[Mark] = []
    phone: list[Mark] = []
    for i, panel in enumerate(panels):
        wide += _panel(panel, names, days, top, ((i % 2) * (WIDE - HALF), (i // 2) * tall), HALF)
        phone += _panel(panel, names, days, top, (0.0, i * tall), PHONE)
    return (
        Figure(WIDE, int(tall * -(-len(panels) // 2)) - 10, sentence, tuple(wide)),
        Figure(PHONE, int(tall * len(panels)) - 10, sentence, tuple(phone), "phone"),
    )


def _ceiling(panels: Sequence[CurvePanel], last: int) -> float:
    """The top of the axis, a multiple of ten percent, the same in all panels."""
    shares = [float(curve.share[curve.time <= last][-1]) for panel in panels for curve in panel.curves
              if len(curve.time) and curve.time[0] <= last]  # fmt: skip
    return min(1.0, max(0.1, -(-max(shares, default=0.0) * 100 // 10) * 10 / 100))


def _panel(
    panel: CurvePanel, names: tuple[str, ...], days: tuple[int, ...], top: float, at: tuple[float, float],
    width: int,
) -> Iterable[Mark]:  # fmt: skip
    left, above = at
    margin = max([40.0, *(24 + text_width(name, 13) for name in names)])
    x = scale(1, days[-1], left + margin, left + width - 12)
    y = scale(0, top, above + _HEAD + _PLOT, above + _HEAD)
    yield label(left, above + 14, "", bold=panel.name)
    step = 0.1 if top <= 0.4 else 0.2 if top <= 0.8 else 0.25
    for i in range(int(top / step + 1e-9) + 1):
        share = i * step
        yield line(left + margin, y(share), left + width - 12, y(share), "axis" if i == 0 else "grid")
        text = f"{round(100 * share)}" + (f"{words.THIN}%" if i == int(top / step + 1e-9) else "")
        yield label(left + margin - 7, y(share) + 4, text, "tick", anchor="end")
    shown = days if width > PHONE or len(days) < 7 else days[::2]
    for day in shown:
        yield line(x(day), y(0), x(day), y(0) + 4, "axis")
        yield label(x(day), y(0) + 18, str(day), "tick", anchor="middle")
    yield label(left + width - 12, y(0) + 35, "study day", "w-muted small", anchor="end")
    ends: list[float] = []
    for curve, kind in zip(panel.curves, _CURVES, strict=False):
        if curve.n:
            yield _steps(curve, days[-1], x, y, f"safety-curve {kind}")
            ends.append(_last(curve, days[-1]))
    for i, name in enumerate(names):
        if panel.curves[i].n:
            higher = _last(panel.curves[i], days[-1]) >= max(ends)
            yield label(left + width - 12, y(_last(panel.curves[i], days[-1])) + (-7 if higher else 17), name,
                        "small halo", anchor="end")  # fmt: skip
    yield from _watched(panel.curves, names, shown, x, left, above + _HEAD + _PLOT + _FEET + 10)


def _last(curve: Incidence, day: int) -> float:
    step = int(np.searchsorted(curve.time, day, side="right")) - 1
    return float(curve.share[step]) if step >= 0 else 0.0


def _steps(curve: Incidence, last: int, x: Scale, y: Scale, kind: str) -> Mark:
    """The curve up to the end of the axis or of the watch."""
    drawn = [f"M{place(x(1))} {place(y(0))}"]
    for time, events, share in zip(curve.time, curve.events, curve.share, strict=True):
        if events and time <= last:
            drawn.append(f"H{place(x(float(time)))}V{place(y(float(share)))}")
    drawn.append(f"H{place(x(min(float(curve.time[-1]), last)))}")
    return Mark("path", (("class", kind), ("d", "".join(drawn))))


def _watched(
    curves: Sequence[Incidence], names: tuple[str, ...], days: Sequence[int], x: Scale, left: float, y: float
) -> Iterable[Mark]:
    yield label(left, y, "without event and still watched", "w-muted small")
    for i, curve in enumerate(curves):
        below = y + _ROW * (i + 1)
        if names:
            yield label(left, below, names[i], "small")
        for day in days:
            place_ = int(np.searchsorted(curve.time, day, side="left"))
            n = int(curve.at_risk[place_]) if place_ < len(curve.time) else 0
            yield label(x(day), below, words.count(n), "tick", anchor="middle")
