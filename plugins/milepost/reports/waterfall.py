"""Change of the biomarker at the checkpoint, one bar a patient; a value beyond an assay's limit is a hatched range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.drawing import PHONE, WIDE, Figure, Mark, label, line, path, rect, scale, text_width
from milepost.reports.judged import NON_RESPONSE, RESPONSE, Judged

MOST_BARS = 600  # beyond this single bars are thinner than a pixel: an area is drawn
_CUT = Decimal(150)
_FLOOR = Decimal(-100)


@dataclass(frozen=True)
class Listed:
    """One line of the list behind the figure."""

    subject: str
    values: str
    change: str
    day: str
    state: str
    comparison: str


@dataclass(frozen=True)
class _Bar:
    """A bar from zero to `sure`, hatched on to `far` where the values are a range; in percent, already cut."""

    row: Judged
    sure: Decimal
    near: Decimal
    far: Decimal
    cut: bool


def select_drawn(rows: list[Judged]) -> list[Judged]:
    """Those with a change to draw: judged, or a range that forbids judging. Largest rise first, then by key."""
    drawn = [
        r for r in rows if (r.judged or r.reason == "CENSORED") and (r.change is not None or r.has_range)
    ]
    return sorted(drawn, key=lambda r: (-_size(r), r.key))


def listed(rows: list[Judged], say: CheckpointWords) -> tuple[Listed, ...]:
    """The same patients in the same order, with both values exactly as reported."""
    return tuple(
        Listed(r.subject, say.values(r), say.change(r), str(r.day or ""), STATE_WORDS[r.state][0],
               r.comparison or "")
        for r in rows
    )  # fmt: skip


def waterfall(rows: list[Judged], say: CheckpointWords) -> tuple[Figure, ...]:
    """Drawn wide and for a phone. No figure without patients."""
    if not rows:
        return ()
    sentence = _sentence(rows, say)
    return (_draw(rows, say, sentence, WIDE, 330, "wide"), _draw(rows, say, sentence, PHONE, 300, "phone"))


def _size(row: Judged) -> Decimal:
    """Where a patient stands in the order: by the change, or by the bound nearest to no change at all."""
    if row.change is not None:
        return row.change
    near = [bound for bound in (row.least, row.most) if bound is not None and bound.is_finite()]
    return min(near, key=abs) if near else Decimal(0)


def _sentence(rows: list[Judged], say: CheckpointWords) -> str:
    yes = sum(1 for r in rows if r.state in RESPONSE)
    no = sum(1 for r in rows if r.state in NON_RESPONSE)
    unsaid = len(rows) - yes - no
    return (
        f"Percent change of {say.test.label} from baseline, {len(rows)} patients, largest rise left: "
        f"{yes} {say.did} by {say.threshold} or more, {no} did not, {unsaid} cannot be said. "
        "The values are in the list below."
    )


def _bar(row: Judged, cut: Decimal) -> _Bar:
    least = row.least if row.least is not None else _FLOOR
    most = row.most if row.most is not None else cut + 1
    held = [max(_FLOOR, min(cut, bound)) for bound in (least, most)]
    if row.change is not None:
        return _Bar(row, held[0], held[0], held[0], most > cut)
    nearest, farthest = sorted(held, key=abs)
    sure = nearest if (held[0] > 0) == (held[1] > 0) and nearest != 0 else Decimal(0)
    if sure == 0:
        return _Bar(row, Decimal(0), held[0], held[1], most > cut)
    return _Bar(row, sure, sure, farthest, most > cut)


def _draw(
    rows: list[Judged], say: CheckpointWords, sentence: str, width: int, height: int, size: str
) -> Figure:
    phone = size == "phone"
    left, top, base = (40.0, 14.0, height - 26.0) if phone else (58.0, 14.0, height - 26.0)
    cut = max(_CUT, 4 * abs(say.limit_change) if say.rule.direction == "rise" else _CUT)
    highest = max((r.most if r.most is not None else cut for r in rows), default=Decimal(0))
    ceiling = min(cut, max(Decimal(50), highest.quantize(Decimal(1)) // 50 * 50 + 50, say.limit_change + 10))
    y = scale(float(ceiling), -100.0, top, base)
    step = (width - left) / len(rows)
    marks = [*_grid(say, y, left, width, ceiling, phone)]
    bars = [_bar(row, ceiling) for row in rows]
    if len(rows) > MOST_BARS:
        marks += _area(bars, say, y, left, step)
    else:
        for i, bar in enumerate(bars):
            marks += _one(bar, say, y, left + i * step, step, named=not phone)
    marks.append(line(left, y(0), width, y(0), "axis"))
    edge = y(float(say.limit_change))
    marks.append(line(left, edge, width, edge, "rule"))
    marks += _counts(rows, say, y, width, left, step, phone)
    return Figure(width, height, sentence, tuple(marks), size)


def _grid(
    say: CheckpointWords, y: object, left: float, width: int, ceiling: Decimal, phone: bool
) -> Iterable[Mark]:
    assert callable(y)
    near = say.rule.borderline_band_pct
    if near is not None:
        way = -1 if say.rule.direction == "fall" else 1
        ends = sorted((y(float(way * near[0])), y(float(way * near[1]))))
        yield rect(left, ends[0], width - left, ends[1] - ends[0], "shade")
    ticks = [
        t for t in (300, 250, 200, 150, 100, 50, 0, -50, -75 if not phone else -100, -100) if t <= ceiling
    ]
    for tick in sorted({float(t) for t in ticks} | {float(say.limit_change)}):
        ruled = tick == float(say.limit_change)
        if not ruled and any(abs(y(tick) - y(float(say.limit_change))) < 14 for _ in (0,)) and tick != 0:
            continue
        yield line(left, y(tick), width, y(tick), "grid")
        text = words.signed(
            Decimal(str(tick)).quantize(Decimal(1)) if tick == int(tick) else Decimal(str(tick))
        )
        yield label(
            left - 7, y(tick) + 4, "" if ruled else text, "tick", bold=text if ruled else "", anchor="end"
        )


def _one(bar: _Bar, say: CheckpointWords, y: object, x: float, step: float, *, named: bool) -> Iterable[Mark]:
    assert callable(y)
    gap = 1.0 if step > 4 else 0.4 if step > 2 else 0.0
    wide, zero = max(step - gap, 0.3), y(0.0)
    row = bar.row
    kind = STATE_WORDS[row.state][1]
    title = f"{row.subject}: {say.values(row)}, {say.change(row)} on day {row.day}" if named else ""
    if bar.near != bar.far:
        ends = sorted((y(float(bar.near)), y(float(bar.far))))
        yield rect(x, ends[0], wide, ends[1] - ends[0], "seg hatch", title=title, subject=row.subject)
    if bar.sure != 0:
        ends = sorted((zero, y(float(bar.sure))))
        inset = 0.75 if kind.endswith("-prov") and wide > 3 else 0.0
        yield rect(x + inset, ends[0] + inset, max(wide - 2 * inset, 0.3), max(ends[1] - ends[0] - 2 * inset, 0.8),
                   f"seg {kind}", title=title, subject=row.subject)  # fmt: skip
    elif bar.near == bar.far:
        yield rect(x, zero - 0.8, wide, 1.6, f"seg {kind}", title=title, subject=row.subject)
    middle = x + wide / 2
    if bar.cut:
        tip = y(float(max(bar.sure, bar.far, bar.near)))
        yield path(
            [(middle - 3.5, tip - 3), (middle + 3.5, tip - 3), (middle, tip - 9)], f"tip {kind}", closed=True
        )
    elif row.has_range and row.judged and bar.far < 0:
        tip = y(float(bar.sure))
        yield path(
            [(middle - 3.5, tip + 2), (middle + 3.5, tip + 2), (middle, tip + 7)], f"tip {kind}", closed=True
        )


def _area(bars: list[_Bar], say: CheckpointWords, y: object, left: float, step: float) -> Iterable[Mark]:
    """For very many patients: one area a colour, and the ranges as one hatched block where they begin."""
    assert callable(y)
    for kind, states in (("resp", RESPONSE), ("non", NON_RESPONSE)):
        mine = [(i, bar) for i, bar in enumerate(bars) if bar.row.state in states]
        for start, run in _runs(mine):
            top = [(left + (start + i) * step, y(float(bar.sure))) for i, bar in enumerate(run)]
            corners = [
                (top[0][0], y(0.0)),
                *top,
                (top[-1][0] + step, top[-1][1]),
                (top[-1][0] + step, y(0.0)),
            ]
            yield path(corners, f"seg {kind}", closed=True)
    hidden = [(i, bar) for i, bar in enumerate(bars) if bar.row.state not in RESPONSE + NON_RESPONSE]
    if hidden:
        at = left + hidden[0][0] * step
        low, high = y(-100.0), y(float(max(bar.far for _, bar in hidden)))
        yield rect(at, min(low, high), max(len(hidden) * step, 3.0), abs(low - high), "seg hatch")


def _runs(indexed: list[tuple[int, _Bar]]) -> Iterable[tuple[int, list[_Bar]]]:
    run: list[_Bar] = []
    start = 0
    for i, bar in indexed:
        if run and i != start + len(run):
            yield start, run
            run = []
        start = i if not run else start
        run.append(bar)
    if run:
        yield start, run


def _counts(
    rows: list[Judged], say: CheckpointWords, y: object, width: int, left: float, step: float, phone: bool
) -> Iterable[Mark]:
    """The counts, written in the empty corners: non-responders above right of the rises, responders by the falls."""
    assert callable(y)
    yes = sum(1 for r in rows if r.state in RESPONSE)
    no = sum(1 for r in rows if r.state in NON_RESPONSE)
    unsaid = len(rows) - yes - no
    rise = say.rule.direction == "rise"
    for i, (n, kind, text) in enumerate((
        (yes, "w-resp", f" {say.did} by {say.threshold} or more"),
        (no, "w-non", f" did not {say.do} by {say.threshold}"),
        (unsaid, "w-muted", " cannot be said: hatched over all that is possible"),
    )):  # fmt: skip
        if n == 0 and kind == "w-muted":
            continue
        yield label(
            width - 2,
            y(0.0) - 12 - (2 - i if not rise else 2 - i) * 19,
            text,
            kind,
            bold=words.count(n),
            anchor="end",
        )
    rule = f"{words.signed(say.limit_change)}{words.THIN}%"
    if len(rows) and text_width(rule) and not rise:
        drawn = min(len([r for r in rows if _size(r) > say.limit_change]) * step, width - left - 200)
        if drawn > 230 or not phone:
            yield label(
                left + 6,
                y(float(say.limit_change)) + 17,
                ", the rule of the protocol",
                "w-ink small",
                bold=rule,
            )
    yield label(left, y(-100.0) + 20, "One bar a patient, largest rise on the left", "w-muted small")
