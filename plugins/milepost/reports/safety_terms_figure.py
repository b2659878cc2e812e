"""Bars of adverse events: mild grades left, grave ones right of one line, so that the grave part has one origin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from milepost.core.event_counts import SEVERE
from milepost.reports import words
from milepost.reports.drawing import PHONE, WIDE, Figure, Mark, label, line, rect, text_width
from milepost.reports.population_words import share_text

Term = tuple[str, tuple["GradedBar", ...]]
_LETTER = 6.9
_GAP = 20.0
_FOOT = "patients, once for each term at the worst grade"
_KINDS = ("safety-g1", "safety-g2", "safety-g3", "safety-g4", "safety-g5")


@dataclass(frozen=True)
class GradedBar:
    """One term in one group. grades: patients of worst grade 1 to 5 and without a grade; n: all treated."""

    grades: tuple[int, ...]
    n: int

    @property
    def mild(self) -> int:
        """Grades below 3, and those without a grade."""
        return sum(self.grades[: SEVERE - 1]) + self.grades[5]

    @property
    def severe(self) -> int:
        """Grade 3 or more."""
        return sum(self.grades[SEVERE - 1 : 5])

    @property
    def said(self) -> str:
        """Any grade of all treated."""
        return share_text(self.mild + self.severe, self.n)

    def share(self, count: int) -> float:
        """As a share of all treated."""
        return count / self.n if self.n else 0.0


def term_figures(terms: Sequence[Term], names: tuple[str, ...]) -> tuple[Figure, ...]:
    """Drawn wide and for a phone; no figure without a term. names: of the groups compared; none for everybody."""
    if not terms:
        return ()
    sentence = _sentence(terms, names)
    drawing = _Drawing(terms, names)
    return (drawing.wide(sentence), drawing.phone(sentence))


def _sentence(terms: Sequence[Term], names: tuple[str, ...]) -> str:
    said = []
    for name, bars in terms:
        parts = [
            (f"{group} " if group else "") + f"{words.count(bar.mild + bar.severe)} any grade, "
            f"{words.count(bar.severe)} grade {SEVERE} or more"
            + (f", {words.count(bar.grades[5])} without a grade" if bar.grades[5] else "")
            for group, bar in zip(names or ("",), bars, strict=True)
        ]
        said.append(f"{name}: {'; '.join(parts)}")
    return f"Patients by term, once at the worst grade. {'. '.join(said)}."


class _Drawing:
    """The bars of all terms, at one scale in every group."""

    def __init__(self, terms: Sequence[Term], names: tuple[str, ...]) -> None:
        self.terms, self.names = terms, names
        bars = [bar for _, own in terms for bar in own]
        self.left = max([0.02, *(bar.share(bar.mild) for bar in bars)])
        self.right = max([0.02, *(bar.share(bar.severe) for bar in bars)])

    def wide(self, sentence: str) -> Figure:
        """Terms in rows, groups side by side."""
        row, top = 28.0, 60.0 if self.names else 44.0
        start = min(340.0, 14 + max(len(name) for name, _ in self.terms) * _LETTER)
        each = (WIDE - start + (_GAP if self.names else 0.0)) / max(len(self.names), 1)
        base = top + row * len(self.terms)
        marks: list[Mark] = []
        for i, (name, _) in enumerate(self.terms):
            marks.append(label(start - 14, top + row * i + 19, _cut(name, start - 14), anchor="end"))
        for place, name in enumerate(self.names or ("",)):
            own = [bars[place] for _, bars in self.terms]
            marks += self._panel(
                own, name, start + place * each, each - (_GAP if self.names else 0.0), top, row
            )
        marks.append(label(start, base + 26, f"{_FOOT}; at the right: any grade", "w-muted small"))
        return Figure(WIDE, int(base + 36), sentence, tuple(marks))

    def phone(self, sentence: str) -> Figure:
        """The name above its bars; groups below each other, their numbers in a column of their own."""
        bar, top = 22.0, 40.0
        row = 22.0 + bar * max(len(self.names), 1)
        beside = max(
            text_width(self._said(place, own), 13) for _, bars in self.terms for place, own in enumerate(bars)
        )
        scale = self._scale(0.0, PHONE - beside if self.names else float(PHONE))
        base = top + row * len(self.terms)
        marks: list[Mark] = [*_heading(scale[0], 12), line(scale[0], top, scale[0], base, "axis")]
        for i, (name, bars) in enumerate(self.terms):
            at = top + row * i
            marks.append(label(0, at + 14, _cut(name, PHONE - (0 if self.names else beside)), "halo"))
            for place, own in enumerate(bars):
                y = at + 20 + bar * place
                marks += self._bar(own, y, 15, scale)
                below = y + 12 if self.names else at + 14
                marks.append(label(PHONE, below, self._said(place, own), "w-muted small halo", anchor="end"))
        marks.append(label(0, base + 16, _FOOT, "w-muted small"))
        return Figure(PHONE, int(base + 24), sentence, tuple(marks), "phone")

    def _said(self, place: int, bar: GradedBar) -> str:
        return f"{self.names[place].split(',')[0]} {bar.said}" if self.names else bar.said

    def _panel(
        self, bars: Sequence[GradedBar], name: str, edge: float, width: float, top: float, row: float
    ) -> Iterable[Mark]:
        text = max(text_width(bar.said, 13) for bar in bars) + 8
        axis, per = self._scale(edge, edge + width - text)
        if name:
            yield label(edge, 13, "", bold=name)
        yield from _heading(axis, 34 if name else 14)
        for i, bar in enumerate(bars):
            y = top + row * i
            yield from self._bar(bar, y + 5, 18, (axis, per))
            yield label(edge + width, y + 19, bar.said, "w-muted small", anchor="end")
        yield line(axis, top, axis, top + row * len(bars), "axis")

    def _scale(self, start: float, end: float) -> tuple[float, float]:
        """Where the line stands, and how wide a share of one is; room for the counts at both ends."""
        room = 36.0
        per = (end - start - 2 * room) / (self.left + self.right)
        return start + room + self.left * per, per

    def _bar(self, bar: GradedBar, y: float, tall: float, scale: tuple[float, float]) -> Iterable[Mark]:
        axis, per = scale
        at = axis
        for grade, kind in ((1, _KINDS[1]), (0, _KINDS[0]), (5, "hatch")):
            wide = bar.share(bar.grades[grade]) * per
            if wide:
                at -= wide
                yield rect(at, y, wide, tall, f"seg {kind}")
        if bar.mild:
            yield label(at - 6, y + tall - 4, words.count(bar.mild), "small", anchor="end")
        at = axis
        for grade in range(SEVERE - 1, 5):
            wide = bar.share(bar.grades[grade]) * per
            if wide:
                yield rect(at, y, wide, tall, f"seg {_KINDS[grade]}")
                at += wide
        if bar.severe:
            yield label(at + 6, y + tall - 4, "", "small", bold=words.count(bar.severe))
        else:
            yield label(at + 6, y + tall - 4, "0", "w-muted small")


def _heading(axis: float, y: float) -> Iterable[Mark]:
    """What lies on either side of the line, and the colours of the grades."""
    yield label(axis - 8, y, "", bold="grades 1 and 2", anchor="end")
    yield label(axis + 8, y, "", bold=f"grade {SEVERE} and more")
    below = y + 18
    for i, (text, kind) in enumerate((("2", _KINDS[1]), ("1", _KINDS[0]))):
        yield rect(axis - 20 - 34 * i, below - 10, 11, 11, f"seg {kind}")
        yield label(axis - 25 - 34 * i, below, text, "w-muted small", anchor="end")
    for i, grade in enumerate(range(SEVERE, 6)):
        yield rect(axis + 9 + 34 * i, below - 10, 11, 11, f"seg {_KINDS[grade - 1]}")
        yield label(axis + 24 + 34 * i, below, str(grade), "w-muted small")


def _cut(name: str, room: float) -> str:
    """A name that fits; the whole one is in the table."""
    most = round(room / _LETTER)
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"
