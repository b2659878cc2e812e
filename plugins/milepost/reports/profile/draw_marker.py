"""The panel of a checkpoint's test on a log scale: values as points, what lies beyond an assay's limit as a range."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from milepost.reports import words
from milepost.reports.drawing import Mark, dot, label, line, path
from milepost.reports.profile.canvas import (
    Canvas,
    Drawn,
    Scale,
    Space,
    box,
    head,
    log_ticks,
    logarithmic,
    margin,
    said_tick,
    spaced,
    title,
)
from milepost.reports.profile.marker import MarkerPanel, Reading


def draw_marker(panel: MarkerPanel, canvas: Canvas, top: float) -> Drawn:
    """Results on a log scale; ranges as bars over all they may be; samples a verdict rests on ringed."""
    marks = title(canvas, top, panel.label, f"{panel.unit}, log scale")
    y0 = top + head(canvas) + 14
    base = y0 + (104 if canvas.wide else 92)
    drawn = [r for r in panel.readings if r.at >= canvas.first]
    if not drawn:
        marks.append(label(canvas.left + 6, y0 + 22, "no result", "w-muted small"))
        return [*_windows(panel, canvas, canvas.space(), y0, base), *marks], y0 + 40
    bounds = [float(b) for r in drawn for b in (r.lo, r.hi) if b is not None and b > 0]
    bounds = [*bounds, *(float(level.value) for level in panel.levels)] or [1.0]
    # a range without an end needs room to be seen
    low = min(bounds) / (4 if any(r.lo <= 0 for r in drawn) else 1.5)
    high = max(bounds) * (4 if any(r.hi is None for r in drawn) else 1.5)
    y = logarithmic(low, high, y0, base)
    space = canvas.space()
    back = _windows(panel, canvas, space, y0, base)
    for tick in spaced(log_ticks(low, high), y):
        back += [line(canvas.left, y(tick), canvas.right, y(tick), "grid"),
                 label(canvas.left - 8, y(tick) + 4, said_tick(tick), "tick", anchor="end")]  # fmt: skip
    beside = []
    for level in panel.levels:
        at = y(float(level.value))
        back.append(line(canvas.mid(level.first), at, canvas.x(level.last + 1), at, "rule"))
        if level.last >= canvas.last:
            number = f": {words.amount(_short(level.value))}" if canvas.wide else ""
            beside.append((at, "", level.said + number, "w-muted small"))
    newest = drawn[-1]
    at = y(float(newest.lo if newest.lo > 0 else newest.hi or 0))
    # on a phone the panel is told by its name, the day by the axis
    beside.append((at - 8, panel.last[0] if canvas.wide else newest.shown, "", "small"))
    if canvas.wide and panel.last[1]:
        beside.append((at + 8, "", panel.last[1], "w-muted small"))
    space.block(canvas.right + 6, y0 - 12, canvas.width, base + 12)
    marks += _readings(drawn, canvas, y, y0, base)
    _keep_clear(drawn, canvas, y, space)
    marks += _rings(panel, canvas, y, space)
    marks += _named_readings(panel, drawn, canvas, y, space)
    return [*back, *marks, *margin(canvas, beside, y0, base)], base + 10


def _short(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number >= 1000 else Decimal(f"{number:.4g}")


def _windows(panel: MarkerPanel, canvas: Canvas, space: Space, y0: float, base: float) -> list[Mark]:
    marks: list[Mark] = []
    for window in panel.windows:
        if window.first > canvas.last:
            continue
        end = min(window.last, canvas.last) + 1
        marks.append(box(canvas.x(window.first), y0, canvas.x(end), base, "shade"))
        middle = (canvas.x(window.first) + canvas.x(end)) / 2
        said = space.put(middle, y0 - 3, window.said, "w-muted small halo", anchor="middle")
        marks += [said] if said is not None else []
    return marks


def _readings(drawn: list[Reading], canvas: Canvas, y: Scale, y0: float, base: float) -> Iterator[Mark]:
    run: list[tuple[float, float]] = []
    for reading in drawn:
        if reading.is_exact:
            run.append((canvas.mid(reading.at), y(float(reading.lo))))
            continue
        if len(run) > 1:
            yield path(run, "curve thin")
        run = []
    if len(run) > 1:
        yield path(run, "curve thin")
    for reading in drawn:
        x, said = canvas.mid(reading.at), f"{reading.text}, {reading.day}"
        if reading.is_exact:
            yield dot(x, y(float(reading.lo)), 3.1, "ink", title=said)
            continue
        upper = y0 if reading.hi is None else y(float(reading.hi))
        lower = base if reading.lo <= 0 else y(float(reading.lo))
        yield box(x - 3.5, upper, x + 3.5, lower, "seg hatch", said)
        edge = lower if reading.hi is None else upper
        yield line(x - 6, edge, x + 6, edge, "bound")


def _rings(panel: MarkerPanel, canvas: Canvas, y: Scale, space: Space) -> Iterator[Mark]:
    for ring in panel.rings:
        if ring.at < canvas.first:
            continue
        x, at = canvas.mid(ring.at), y(float(ring.level))
        yield dot(x, at, 7.5, f"ring {ring.kind}")
        space.block(x - 8, at - 8, x + 8, at + 8)
        if ring.said:
            text = ring.said if canvas.wide else ring.said.split(", ")[0]
            tone = {"resp": "resp", "non": "non"}.get(ring.kind.split("-")[0], "muted")
            kind = f"w-{tone} small halo b"
            mark = space.first_of((x + 12, at - 8, "start"), (x + 12, at + 18, "start"), (x + 6, at - 20, "start"),
                                  (x + 6, at + 30, "start"), (x - 12, at - 8, "end"), (x - 12, at + 18, "end"),
                                  (x - 6, at - 20, "end"), (x - 6, at + 30, "end"), text=text, kind=kind)  # fmt: skip
            yield mark or space.force(x, (at - 12, at + 20, at - 28, at + 36), text, canvas.right, kind)


def _keep_clear(drawn: list[Reading], canvas: Canvas, y: Scale, space: Space) -> None:
    """No word stands on a point, nor on the line between two."""
    for r in drawn:
        x, at = canvas.mid(r.at), y(float(r.lo if r.hi is None or r.lo > 0 else r.hi))
        space.block(x - 3, at - 3, x + 3, at + 3)
        if not r.is_exact:
            space.block(x - 4, at - 60 if r.hi is None else at, x + 4, at if r.hi is None else at + 60)
    for before, after in pairwise(drawn):
        if before.is_exact and after.is_exact:
            x0, y0, x1, y1 = (
                canvas.mid(before.at),
                y(float(before.lo)),
                canvas.mid(after.at),
                y(float(after.lo)),
            )
            steps = max(int((x1 - x0) // 10), 1)
            for i in range(1, steps):
                x, at = x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps
                space.block(x - 2, at - 1, x + 2, at + 1)


def _named_readings(
    panel: MarkerPanel,
    drawn: list[Reading],
    canvas: Canvas,
    y: Scale,
    space: Space,
) -> Iterator[Mark]:
    """The first, ringed, lowest and every ranged result have their value beside them, where there is room."""
    ringed = {ring.at for ring in panel.rings}
    exact = [r for r in drawn if r.is_exact]
    lowest = min(exact, key=lambda r: r.lo, default=None)
    # the newest stands in the margin
    named = [
        r
        for r in drawn
        if r.at in ringed or (r is not drawn[-1] and (r in (drawn[0], lowest) or not r.is_exact))
    ]
    for r in named:
        x, at = canvas.mid(r.at), y(float(r.lo if r.hi is None or r.lo > 0 else r.hi))
        mark = space.first_of((x + 9, at - 7, "start"), (x - 9, at - 7, "end"), (x, at + 20, "middle"),
                              (x, at - 12, "middle"), (x + 10, at + 14, "start"), (x - 10, at + 14, "end"),
                              text=r.shown, kind="small halo")  # fmt: skip
        if mark is not None:
            yield mark
