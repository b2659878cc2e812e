"""The bounds of the looks over the information, and where the study stood at each look held."""

from __future__ import annotations

from milepost.core.interim_monitoring import Monitoring
from milepost.reports import words
from milepost.reports.drawing import HALF, PHONE, Figure, Mark, dot, label, line, path, scale

_MOST = 6.0  # a bound beyond this is drawn at the edge: nothing is seen of it


def bound_figures(found: Monitoring) -> tuple[Figure, ...]:
    """Z over information, bounds above and below zero; a dot for each look held."""
    return _figure(found, HALF, "wide"), _figure(found, PHONE, "phone")


def _figure(found: Monitoring, width: int, size: str) -> Figure:
    left, right, top, base = 46.0, width - 12.0, 22.0, 222.0
    held = [look for look in found.looks if look.state != "AHEAD"]
    highest = min(
        _MOST, max([2.0, *(look.bound or 0 for look in found.looks), *(abs(look.z or 0) for look in held)])
    )
    x = scale(0, max(1.0, found.looks[-1].fraction), left, right)
    y = scale(highest + 0.4, -highest - 0.4, top, base)
    marks: list[Mark] = []
    for tick in range(-int(highest), int(highest) + 1, 2 if highest > 3 else 1):
        marks.append(line(left, y(tick), right, y(tick), "axis" if tick == 0 else "grid"))
        marks.append(label(left - 8, y(tick) + 4, str(tick).replace("-", words.MINUS), "tick", anchor="end"))
    for tick in (0, 25, 50, 75, 100):
        unit = f"{words.THIN}%" if tick == 100 else ""
        marks.append(label(x(tick / 100), base + 18, f"{tick}{unit}", "tick", anchor="middle"))
    marks.append(
        label((left + right) / 2, base + 36, "of the planned events", "w-muted small", anchor="middle")
    )
    marks.append(label(left + 4, top - 8, "Z", "small", bold=""))
    marks.append(label(right, top + 6, "in favour of B", "w-muted small", anchor="end"))
    marks.append(label(right, base - 4, "in favour of A", "w-muted small", anchor="end"))
    points = [(look.fraction, min(look.bound, _MOST)) for look in found.looks if look.bound is not None]
    for side in (1, -1):
        if len(points) > 1:
            marks.append(path([(x(at), y(side * bound)) for at, bound in points], "plan"))
        for at, bound in points:
            marks.append(line(x(at) - 9, y(side * bound), x(at) + 9, y(side * bound), "rule"))
    now = x(min(found.fraction, max(1.0, found.looks[-1].fraction)))
    marks.append(line(now, top, now, base, "grid"))
    marks += [
        dot(x(look.fraction), y(max(-_MOST, min(_MOST, look.z))), 5, "ink")
        for look in held
        if look.z is not None
    ]
    told = "; ".join(
        f"look {look.number} at {100 * look.fraction:.0f} % bound {look.bound:.2f}"
        + (f", Z {look.z:.2f}".replace("-", words.MINUS) if look.z is not None else "")
        for look in found.looks
        if look.bound is not None
    )
    sentence = (
        f"Bounds over information: {told or 'none'}. Now {100 * found.fraction:.0f} % of the planned events."
    )
    return Figure(width, 262, sentence, tuple(marks), size)
