"""Change of the biomarker at the checkpoint, one bar a patient and line; a value beyond an assay's limit is hatched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.drawing import PHONE, WIDE, Figure, Mark, label, line, path, rect, scale, text_width
from milepost.reports.judged import NON_RESPONSE, RESPONSE, Judged
from milepost.reports.who import Who

MOST_BARS = 600  # beyond this single bars are thinner than a pixel: an area is drawn
_CUT = Decimal(150)
_WIDEST = 64.0  # a bar is never wider, however few there are
_NAMED = 48.0  # a bar as wide as this has its value written at its tip
_FLOOR = Decimal(-100)
Scale = Callable[[float], float]


@dataclass(frozen=True)
class Listed:
    """One line of the list behind the figure. line: of therapy, where this patient has several."""

    subject: str
    line: str
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

    @property
    def highest(self) -> Decimal:
        """The highest point drawn."""
        return max(Decimal(0), self.sure, self.near, self.far)

    @property
    def least_only(self) -> bool:
        """Judged by a bound: it fell at least so far."""
        return self.row.has_range and self.row.judged and self.far < 0


def select_drawn(rows: list[Judged]) -> list[Judged]:
    """Those with a change to draw: judged, or a range that forbids judging. Largest rise first, then by key."""
    drawn = [
        r for r in rows if (r.judged or r.reason == "CENSORED") and (r.change is not None or r.has_range)
    ]
    return sorted(drawn, key=lambda r: (-_size(r), r.key))


def listed(rows: list[Judged], say: CheckpointWords, who: Who) -> tuple[Listed, ...]:
    """The same in the same order, with both values exactly as reported; the comparison where it decided something."""
    return tuple(
        Listed(r.subject, who.line(r), say.values(r), say.change(r), str(r.day or ""), STATE_WORDS[r.state][0],
               (r.comparison or "") if r.judged else "")
        for r in rows
    )  # fmt: skip


def waterfall(rows: list[Judged], say: CheckpointWords, who: Who) -> tuple[Figure, ...]:
    """Drawn wide and for a phone. No figure without patients."""
    if not rows:
        return ()
    sentence = _sentence(rows, say, who)
    sizes = ((WIDE, 344, "wide"), (PHONE, 314, "phone"))
    return tuple(_draw(rows, say, who, sentence, *size) for size in sizes)


def _size(row: Judged) -> Decimal:
    """Where a patient stands in the order: by the change, or by the bound nearest to no change at all."""
    if row.change is not None:
        return row.change
    near = [bound for bound in (row.least, row.most) if bound is not None and bound.is_finite()]
    return min(near, key=abs) if near else Decimal(0)


def _sentence(rows: list[Judged], say: CheckpointWords, who: Who) -> str:
    yes = sum(1 for r in rows if r.state in RESPONSE)
    no = sum(1 for r in rows if r.state in NON_RESPONSE)
    unsaid = len(rows) - yes - no
    return (
        f"Percent change of {say.test.label} from baseline, {who.counted(len(rows))}, largest rise left: "
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
    rows: list[Judged], say: CheckpointWords, who: Who, sentence: str, width: int, height: int, size: str
) -> Figure:
    phone = size == "phone"
    left, base = (40.0 if phone else 58.0), height - 26.0
    step = min((width - left) / len(rows), _WIDEST)
    top = 40.0 if step >= _NAMED else 28.0
    cut = max(_CUT, 4 * abs(say.limit_change) if say.rule.direction == "rise" else _CUT)
    highest = max((r.most if r.most is not None else cut for r in rows), default=Decimal(0))
    ceiling = min(cut, max(Decimal(50), highest.quantize(Decimal(1)) // 50 * 50 + 50, say.limit_change + 10))
    y = scale(float(ceiling), -100.0, top, base)
    marks: list[Mark] = [*_grid(say, y, left, width, ceiling, phone)]
    bars = [_bar(row, ceiling) for row in rows]
    if len(rows) > MOST_BARS:
        marks += _area(bars, say, y, left, step)
    else:
        for i, bar in enumerate(bars):
            marks += _one(bar, say, y, left + i * step, step, "" if phone else who.name(bar.row))
    if step >= _NAMED:
        marks += _values(bars, say, y, left, step)
    marks.append(line(left, y(0), width, y(0), "axis"))
    edge = y(float(say.limit_change))
    marks.append(line(left, edge, width, edge, "rule"))
    marks += _counts(bars, say, y, width, left, step)
    marks += _legend(bars, say, who, y, width, left, step)
    return Figure(width, height, sentence, tuple(marks), size)


def _grid(
    say: CheckpointWords, y: Scale, left: float, width: int, ceiling: Decimal, phone: bool
) -> Iterable[Mark]:
    near = say.rule.borderline_band_pct
    if near is not None:
        way = -1 if say.rule.direction == "fall" else 1
        ends = sorted((y(float(way * near[0])), y(float(way * near[1]))))
        yield rect(left, ends[0], width - left, ends[1] - ends[0], "shade")
    step = 50 if ceiling <= 200 else 100
    regular = {Decimal(t) for t in (*range(0, int(ceiling) + 1, step), -50, -100, *(() if phone else (-75,)))}
    crowded = {t for t in regular if t and abs(y(float(t)) - y(float(say.limit_change))) < 14}
    for tick in sorted((regular - crowded) | {say.limit_change}):
        ruled = tick == say.limit_change
        if not ruled:
            yield line(left, y(float(tick)), width, y(float(tick)), "grid")
        text = words.signed(int(tick) if tick == int(tick) else tick.normalize())
        yield label(
            left - 7,
            y(float(tick)) + 4,
            "" if ruled else text,
            "tick",
            bold=text if ruled else "",
            anchor="end",
        )
    yield label(0, 12, f"{say.short}, % change from baseline", "w-muted small")


def _one(bar: _Bar, say: CheckpointWords, y: Scale, x: float, step: float, name: str) -> Iterable[Mark]:
    gap = 1.0 if step > 4 else 0.4 if step > 2 else 0.0
    wide, zero = max(step - gap, 0.3), y(0.0)
    row = bar.row
    kind = STATE_WORDS[row.state][1]
    title = f"{name}: {say.values(row)}, {say.change(row)} on day {row.day}" if name else ""
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
    elif bar.least_only:
        tip = y(float(bar.sure))
        yield path(
            [(middle - 3.5, tip + 2), (middle + 3.5, tip + 2), (middle, tip + 7)], f"tip {kind}", closed=True
        )


def _values(bars: list[_Bar], say: CheckpointWords, y: Scale, left: float, step: float) -> Iterable[Mark]:
    """Few bars carry their value at the tip."""
    for i, bar in enumerate(bars):
        tip = min((bar.sure, bar.far), key=lambda end: (-abs(end), end))
        below = 17 if tip < 0 else -7
        text = "any" if say.is_open(bar.row) else say.change(bar.row)
        yield label(left + (i + 0.5) * step, y(float(tip)) + below, text, "small halo", anchor="middle")


def _area(bars: list[_Bar], say: CheckpointWords, y: Scale, left: float, step: float) -> Iterable[Mark]:
    """For very many patients: one area a colour, and the ranges as one hatched block where they begin."""
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
    bars: list[_Bar], say: CheckpointWords, y: Scale, width: int, left: float, step: float
) -> Iterable[Mark]:
    """The counts in the empty corner above zero: the left group over the end of its bars, the right one at the edge."""
    yes = sum(1 for bar in bars if bar.row.state in RESPONSE)
    no = sum(1 for bar in bars if bar.row.state in NON_RESPONSE)
    did = (yes, "w-resp", f" {say.did} by {say.threshold} or more")
    did_not = (no, "w-non", f" did not {say.do} by {say.threshold}")
    first, second = (did_not, did) if say.rule.direction == "fall" else (did, did_not)
    zero = y(0.0)
    tail = next((i for i, bar in enumerate(reversed(bars)) if zero - y(float(bar.highest)) < 5), 0)
    edge = min(width - 2.0, left + (len(bars) - tail) * step - 6) if tail else width - 2.0
    for (n, kind, text), at_edge in ((first, False), (second, True)):
        wide = text_width(f"{n}{text}")
        start = left + _clear(bars, y, wide / step) * step + 12
        fits = start + wide < width - (text_width(f"{second[0]}{second[2]}") + 30)
        if at_edge or not fits:
            above = zero - 12 if at_edge else min(zero - 31, y(float(say.limit_change)) - 9)
            yield label(edge, above, text, f"{kind} halo", bold=words.count(n), anchor="end")
        else:
            yield label(start, zero - 12, text, f"{kind} halo", bold=words.count(n))
    unsaid = len(bars) - yes - no
    if unsaid:
        yield label(left + 6, y(-100.0) - 8, " hatched: a range, cannot be said", "w-muted halo",
                    bold=words.count(unsaid))  # fmt: skip


def _clear(bars: list[_Bar], y: Scale, wanted: float) -> int:
    """The first bar from which on so many bars do not rise into the words above zero."""
    run = 0
    for i, bar in enumerate(bars):
        low = bar.row.judged and y(0.0) - y(float(bar.highest)) < 5
        run = run + 1 if low else 0
        if run > wanted:
            return i + 1 - run
    return len(bars) - run


def _legend(
    bars: list[_Bar], say: CheckpointWords, who: Who, y: Scale, width: int, left: float, step: float
) -> Iterable[Mark]:
    rule = f"{words.signed(say.limit_change)}{words.THIN}%"
    above = sum(1 for bar in bars if bar.row.state in NON_RESPONSE) * step
    end = left + len(bars) * step
    beside = width - end > 230
    if say.rule.direction == "fall" and (beside or above > 230):
        yield label(
            end + 8 if beside else left + 6,
            y(float(say.limit_change)) + 17,
            ", the rule of the protocol",
            "w-ink small halo",
            bold=rule,
        )
    yield label(left, y(-100.0) + 20, f"One bar a {who.each}, largest rise on the left", "w-muted small")
    if any(bar.least_only for bar in bars) and width > PHONE:
        yield label(width, y(-100.0) + 20, "▼ fell at least so far", "w-muted small", anchor="end")
