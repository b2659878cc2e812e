"""Shift tables: the class at baseline against the class on treatment, what got worse shaded by how much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from milepost.core.lab_shift import MISSING
from milepost.reports import words
from milepost.reports.drawing import PHONE, WIDE, Figure, Mark, label, rect

_ROW, _HEAD, _GAP = 25.0, 46.0, 30.0


@dataclass(frozen=True)
class Matrix:
    """Patients by class at baseline and on treatment. levels: classes, graver from left to right; MISSING is none.

    cells: (at baseline, on treatment) -> the patients. name: whose they are, where there is more than one group.
    """

    levels: tuple[str, ...]
    cells: Mapping[tuple[str, str], frozenset[str]]
    name: str = ""

    def count(self, before: str, after: str) -> int:
        """How many patients went from one class to the other."""
        return len(self.cells.get((before, after), ()))

    @property
    def before(self) -> tuple[str, ...]:
        """The classes that somebody had at baseline."""
        held = {before for before, _ in self.cells}
        return tuple(level for level in (*self.levels, MISSING) if level in held)

    @property
    def has_unknown(self) -> bool:
        """Whether somebody has no class on treatment."""
        return any(after == MISSING for _, after in self.cells)

    @property
    def subjects(self) -> frozenset[str]:
        """Everybody in it."""
        return frozenset().union(*self.cells.values()) if self.cells else frozenset()

    def steps(self, before: str, after: str) -> int:
        """By how many classes worse; 0 or less: as before, better, or not to be said."""
        if MISSING in (before, after):
            return 0
        return self.levels.index(after) - self.levels.index(before)

    @property
    def worse(self) -> frozenset[str]:
        """The patients who have got worse."""
        found = [
            subjects for (before, after), subjects in self.cells.items() if self.steps(before, after) > 0
        ]
        return frozenset().union(*found) if found else frozenset()


@dataclass(frozen=True)
class Block:
    """One test or score: its title, what a class is called (grade, class), and a matrix for each group."""

    title: str
    word: str
    after: str
    matrices: tuple[Matrix, ...]

    @property
    def before(self) -> tuple[str, ...]:
        """The rows that are drawn: in every matrix the same."""
        held = {level for matrix in self.matrices for level in matrix.before}
        return tuple(level for level in (*self.matrices[0].levels, MISSING) if level in held)


def matrix_figures(blocks: list[Block]) -> tuple[Figure, ...]:
    """Three tests in a row on a wide page (four narrow ones, two where there are groups); on a phone one."""
    if not blocks:
        return ()
    sentence = " ".join(_sentence(block) for block in blocks)
    unknown = any(matrix.has_unknown for block in blocks for matrix in block.matrices)
    groups = len(blocks[0].matrices)
    narrow = len(blocks[0].matrices[0].levels) <= 3
    across = 2 if groups > 1 else 4 if narrow else 3
    return (
        _draw(blocks, sentence, WIDE, "wide", across, groups, unknown),
        _draw(blocks, sentence, PHONE, "phone", 1, 1, unknown),
    )


def _sentence(block: Block) -> str:
    parts = []
    for matrix in block.matrices:
        told = [
            f"{words.count(matrix.count(before, after))} from {_said(before)} to {_said(after)}"
            for before in matrix.before
            for after in (*matrix.levels, MISSING)
            if matrix.count(before, after)
        ]
        whose = f"{matrix.name}, " if matrix.name else ""
        parts.append(f"{whose}{words.many(len(matrix.subjects), 'patient')}: {', '.join(told) or 'nobody'}")
    return f"{block.title}, {block.word} at baseline to {block.after}. {'; '.join(parts)}."


def _said(level: str) -> str:
    return "none" if level == MISSING else level


def _draw(
    blocks: list[Block], sentence: str, width: int, size: str, across: int, beside: int, unknown: bool
) -> Figure:
    """`across` blocks in a row; of each, `beside` matrices next to each other and the others below."""
    each = (width - _GAP * (across - 1)) / across
    marks: list[Mark] = []
    top = 0.0
    for start in range(0, len(blocks), across):
        line = blocks[start : start + across]
        for at, block in enumerate(line):
            marks += _block(block, at * (each + _GAP), top, each, beside, unknown)
        top += max(_height(block, beside) for block in line) + 22
    return Figure(width, int(top - 8), sentence, tuple(marks), size)


def _height(block: Block, beside: int) -> float:
    below = -(-len(block.matrices) // beside)
    named = 20.0 if block.matrices[0].name else 0.0
    return 20 + below * (_HEAD - 20 + named + _ROW * max(1, len(block.before))) + 12 * (below - 1)


def _block(block: Block, left: float, top: float, width: float, beside: int, unknown: bool) -> Iterable[Mark]:
    yield label(left, top + 14, "", bold=block.title)
    named = 20.0 if block.matrices[0].name else 0.0
    names = 78.0
    columns = len(block.matrices[0].levels) + unknown + 1
    each = (width - names - 18 * (beside - 1)) / beside
    step = min(each / columns, 42.0)
    tall = _HEAD - 20 + named + _ROW * max(1, len(block.before)) + 12
    for at, matrix in enumerate(block.matrices):
        y = top + 20 + (at // beside) * tall
        x = left + names + (at % beside) * (each + 18)
        if matrix.name:
            yield label(x, y + 15, "", "small", bold=matrix.name)
        first = at % beside == 0
        yield from _matrix(block, matrix, left if first else None, x, y + named, step, unknown)


def _matrix(
    block: Block, matrix: Matrix, names: float | None, left: float, top: float, step: float, unknown: bool
) -> Iterable[Mark]:
    after = (*matrix.levels, *((MISSING,) if unknown else ()))
    end = left + step * (len(after) + 1)
    for at, level in enumerate((*after, "all")):
        yield label(left + step * (at + 0.5), top + 18, _said(level), "tick", anchor="middle")
    if names is not None:
        yield label(names, top + 18, f"{block.word} before", "tick")
    yield rect(
        left if names is None else names, top + 24, end - (left if names is None else names), 1, "labs-hair"
    )
    for row, before in enumerate(block.before):
        y = top + 26 + _ROW * row
        if names is not None:
            yield label(names, y + 17, "none" if before == MISSING else f"{block.word} {before}", "small")
        for at, level in enumerate(after):
            yield from _cell(matrix, before, level, left + step * at, y, step)
        total = sum(matrix.count(before, level) for level in (*matrix.levels, MISSING))
        yield label(left + step * (len(after) + 0.5), y + 17, "", bold=words.count(total), anchor="middle")


def _cell(matrix: Matrix, before: str, after: str, x: float, y: float, step: float) -> Iterable[Mark]:
    n, steps = matrix.count(before, after), matrix.steps(before, after)
    kind = ""
    if n and steps > 0:
        yield rect(x + 0.5, y + 0.5, step - 1, _ROW - 1, f"labs-w{min(steps, 4)}")
        kind = "labs-on" if steps > 2 else ""
    elif before == after != MISSING:
        yield rect(x + 0.5, y + 0.5, step - 1, _ROW - 1, "labs-same")
    yield label(
        x + step / 2, y + 17, words.count(n) if n else "·", kind or ("" if n else "w-muted"), anchor="middle"
    )
