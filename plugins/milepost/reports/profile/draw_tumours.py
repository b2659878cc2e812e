"""The panel of tumour sums: both criteria, both limits, and what each scan was judged."""

from __future__ import annotations

from collections.abc import Iterator

from milepost.reports import words
from milepost.reports.drawing import Mark, dot, label, line, path, round_step, scale
from milepost.reports.profile.canvas import Canvas, Drawn, Scale, Space, box, fit, head, margin, title
from milepost.reports.profile.course import Course
from milepost.reports.profile.tumours import Sum, SumSeries, TumourPanel, millimetres

_RESPONSE_KIND = {"CR": "resp", "PR": "resp", "PD": "non", "NE": "hatch", "": "hatch"}


def draw_tumours(course: Course, canvas: Canvas, top: float) -> Drawn:
    """Sums by the primary criteria in ink, by the second one dashed; the response at each scan; both limits."""
    panel = course.tumours
    marks = title(canvas, top, "Tumour sum", "mm")
    y0 = top + head(canvas) + 18
    base = y0 + (92 if canvas.wide else 84)
    values = [
        s.mm for series in panel.series for s in series.sums if s.mm is not None and s.at >= canvas.first
    ]
    if canvas.wide:
        marks += _criteria(panel, top)
    if not values:
        said = "no scan judged yet" if not panel.series else "no target lesion measured"
        marks.append(label(canvas.left + 6, y0 + 16, said, "w-muted small"))
        marks += _unmeasured(panel, canvas, y0 + 36)
        return marks + _due(panel, canvas, y0 + 6, y0 + 30), y0 + 44
    limits = [v for series in panel.series for v in (series.partial, series.progression) if v is not None]
    low, high = min([*values, *limits]), max([*values, *limits])
    spread = max(high - low, 10.0)
    low, high = max(0.0, low - spread * 0.12), high + spread * 0.16
    y = scale(low, high, base, y0)
    step = round_step(int(high - low) or 1, 4)
    for tick in range((int(low) // step + 1) * step, int(high) + 1, step):
        marks += [line(canvas.left, y(tick), canvas.right, y(tick), "grid"),
                  label(canvas.left - 8, y(tick) + 4, str(tick), "tick", anchor="end")]  # fmt: skip
    space, beside = canvas.space(), []
    # of a scan that ends one line and begins the next the answer is on top of the baseline
    for series in sorted(panel.series, key=lambda s: (s.primary, -s.line)):
        beside += _limits(series, canvas, y, marks)
        marks += _sums(series, canvas, y)
        for s in series.sums:
            if s.mm is not None and s.at >= canvas.first:
                space.block(canvas.mid(s.at) - 5, y(s.mm) - 5, canvas.mid(s.at) + 5, y(s.mm) + 5)
    for series in panel.series:
        marks += _named_sums(series, canvas, y, space)
    marks += _unmeasured(panel, canvas, base - 4)
    newest = max(((s.at, s.mm) for series in panel.series if series.primary for s in series.sums
                  if s.mm is not None), default=None)  # fmt: skip
    if newest is not None:
        bold = panel.last[0] if canvas.wide else millimetres(newest[1])
        beside.append((y(newest[1]), bold, "", "small"))
    if panel.due is not None:
        beside.append((base, "", panel.due[1] if canvas.wide else panel.due[1].replace("scan due ", ""),
                       "w-muted small"))  # fmt: skip
    return marks + margin(canvas, beside, y0, base), base + 10


def _due(panel: TumourPanel, canvas: Canvas, top: float, bottom: float) -> list[Mark]:
    if panel.due is None:
        return []
    said = panel.due[1] if canvas.wide else panel.due[1].replace("scan due ", "")
    return margin(canvas, [(top, "", said, "w-muted small")], top, bottom)


def _criteria(panel: TumourPanel, top: float) -> Iterator[Mark]:
    """A key in the left margin: which line is which criteria."""
    named = list(dict.fromkeys((series.criteria, series.primary) for series in panel.series))
    for place, (criteria, primary) in enumerate(named):
        y = top + 49 + 17 * place
        yield line(0, y - 4, 22, y - 4, "curve thin" if primary else "curve second")
        yield dot(11, y - 4, 3.1, "ink" if primary else "second")
        yield label(28, y, criteria, "w-muted small")


def _limits(
    series: SumSeries, canvas: Canvas, y: Scale, marks: list[Mark]
) -> list[tuple[float, str, str, str]]:
    """Lines at −30 % from baseline and +20 % of the lowest; their words in the margin of the last line of therapy."""
    kind = "rule" if series.primary else "rule faint"
    name = f"{series.criteria} " if not series.primary and canvas.wide else ""
    lowest = next(
        (s.at for s in series.sums if s.mm is not None and s.mm == series.lowest and not s.missing), None
    )
    found = []
    for value, since, said in (
        (series.partial, series.first, f"{words.MINUS}30{words.THIN}%"),
        (
            series.progression,
            lowest,
            f"+20{words.THIN}%" + (" of lowest" if canvas.wide and series.primary else ""),
        ),
    ):
        if value is None or since is None:
            continue
        start = canvas.mid(max(since, canvas.first))
        marks.append(line(start, y(value), canvas.x(series.last + 1), y(value), kind))
        if series.last >= canvas.last and (series.primary or canvas.wide):
            number = f": {millimetres(value)}" if canvas.wide else ""
            found.append((y(value), "", f"{name}{said}{number}", "w-muted small"))
    return found


def _sums(series: SumSeries, canvas: Canvas, y: Scale) -> Iterator[Mark]:
    known = [(s, s.mm) for s in series.sums if s.mm is not None and s.at >= canvas.first]
    whole = [(canvas.mid(s.at), y(mm)) for s, mm in known if not s.missing]
    if len(whole) > 1:
        yield path(whole, "curve thin" if series.primary else "curve second")
    for s, mm in known:
        x, at = canvas.mid(s.at), y(mm)
        said = f"{millimetres(s.mm)} mm, {series.criteria}, {s.response or 'baseline'}, {s.day}"
        tone = _RESPONSE_KIND.get(s.response, "stable") if s.response else "ink"
        if series.primary:
            yield box(
                x - 4.5, at - 4.5, x + 4.5, at + 4.5, f"seg {tone}" if not s.missing else "seg hatch", said
            )
        else:
            yield dot(x, at, 3.6, "second", title=said)
        if s.new and series.primary:
            yield path([(x - 5, at - 16), (x + 5, at - 8)], "star")
            yield path([(x - 5, at - 8), (x + 5, at - 16)], "star")
            yield path([(x, at - 18), (x, at - 6)], "star")


def _named_sums(series: SumSeries, canvas: Canvas, y: Scale, space: Space) -> Iterator[Mark]:
    """What each scan measured and was judged: above by the primary criteria, below by the second."""
    for s in series.sums:
        if s.mm is None or s.at < canvas.first:
            continue
        x, at = canvas.mid(s.at), y(s.mm)
        text = (
            " ".join(part for part in (millimetres(s.mm), s.response) if part) if canvas.wide else s.response
        )
        text += " new lesion" if s.new and canvas.wide and series.primary else ""
        up, down = at - (20 if s.new else 9), at + 18
        near = (up, down) if series.primary else (down, up)
        kind = "small halo b" if series.primary else "w-muted small halo"
        mark = space.first_of(*((x, place, "middle") for place in near), (x + 9, at + 4, "start"),
                              (x - 9, at + 4, "end"), text=text, kind=kind)  # fmt: skip
        if mark is not None:
            yield mark


def _unmeasured(panel: TumourPanel, canvas: Canvas, y: float) -> Iterator[Mark]:
    """Scans without a sum that were judged all the same, at the foot of the panel."""
    for series in panel.series:
        for s in series.sums if series.primary else ():
            if s.mm is None and s.response and s.at >= canvas.first:
                yield label(canvas.mid(s.at), y, _without_sum(s), "small halo", anchor="middle")


def _without_sum(s: Sum) -> str:
    return fit(s.response + (" new lesion" if s.new else ""), 90)
