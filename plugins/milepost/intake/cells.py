"""A column of a file as its distinct texts and, for each row, which of them it holds.

A hospital's million lines repeat a few thousand texts: whatever is said about a cell is worked out once a text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.integer[Any]]
Objects = npt.NDArray[np.object_]


def objects(values: Collection[Any]) -> Objects:
    """An object array of these values; never guessed to be numbers or nested arrays."""
    return np.fromiter(values, dtype=object, count=len(values))


@dataclass(frozen=True)
class Cells:
    """`texts[codes[i]]` is what row i holds. Several codes may lead to equal texts."""

    codes: Ints
    texts: Objects

    @classmethod
    def constant(cls, value: Any, rows: int) -> Cells:
        """The same value in every row; takes no memory for the rows."""
        return cls(np.broadcast_to(np.int32(0), (rows,)), objects([value]))

    def __len__(self) -> int:
        return len(self.codes)

    def map(self, say: Callable[[Any], Any]) -> Cells:
        """Another value for each distinct one."""
        return Cells(self.codes, objects([say(text) for text in self.texts]))

    def distinct(self) -> Cells:
        """The same with each text once: for what is said of many texts in the same words."""
        places: dict[Any, int] = {}
        codes = np.array([places.setdefault(text, len(places)) for text in self.texts], dtype=np.int32)
        return Cells(codes[self.codes], objects(list(places))) if len(places) < len(self.texts) else self

    def take(self, rows: npt.NDArray[Any]) -> Cells:
        """These rows only (a mask, or positions in order), keeping no text that none of them holds."""
        if len(rows) == len(self) and (rows.dtype != bool or rows.all()):
            return self
        codes, used = pd.factorize(self.codes[rows])
        return Cells(codes.astype(np.int32), self.texts[used])

    def values(self) -> Objects:
        """What each row holds."""
        return self.texts[self.codes]

    def truth(self, ask: Callable[[Any], bool]) -> npt.NDArray[np.bool_]:
        """A yes or no for each row, asked once a text."""
        return np.array([bool(ask(text)) for text in self.texts], dtype=bool)[self.codes]


def together(columns: Sequence[Cells]) -> Cells:
    """The columns side by side as distinct tuples, so that a rule on several cells is also worked out once."""
    codes: Ints = columns[0].codes
    picked = [np.arange(len(columns[0].texts))]
    for column in columns[1:]:
        size = max(1, len(column.texts))
        if size == 1:
            picked.append(np.zeros(len(picked[0]), dtype=np.int64))
            continue
        # factorised after each column, so that the product of two counts always fits 64 bits
        codes, kept = pd.factorize(codes.astype(np.int64) * size + column.codes)
        before, here = np.divmod(kept, size)
        picked = [*(places[before] for places in picked), here]
    texts = (
        [column.texts[places] for column, places in zip(columns, picked, strict=True)] if len(codes) else []
    )
    return Cells(codes.astype(np.int32), objects(list(zip(*texts, strict=True))))
