"""The name by which a record is known again in another file, and its place among records of that name.

Source: design, section 5 ("A row's identity").
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from milepost.intake.cells import Cells, Objects, together
from milepost.schema import Domain


def record_keys(domain: Domain, cells: Mapping[str, Cells], rows: int) -> Objects:
    """RECKEY: `R:<test>|<record id>` (test where the domain has one), else `D:` and the identity columns' texts.

    A `|` or `\\` inside a text is written `\\|` or `\\\\`: two records never share a key by accident. An empty
    column keeps its place.
    """
    test = f"{domain.code}TESTCD" if f"{domain.code}TESTCD" in domain.names else None
    nothing = Cells.constant(None, rows)
    parts = [nothing if domain.ref is None else cells[domain.ref], nothing if test is None else cells[test]]
    parts += [cells[name] for name in domain.identity]

    def key(texts: tuple[str | None, ...]) -> str:
        ref, test_code, *identity = (_escaped(text) for text in texts)
        if ref:
            return f"R:{ref}" if test is None else f"R:{test_code}|{ref}"
        return "D:" + "|".join(identity)

    return together(parts).map(key).values()


def occurrences(subjects: Objects, keys: Objects) -> np.ndarray:
    """1, 2, … for the records of one subject that share a key, in file order."""
    frame = pd.DataFrame({"USUBJID": subjects, "RECKEY": keys})
    return (frame.groupby(["USUBJID", "RECKEY"], sort=False, dropna=False).cumcount() + 1).to_numpy(np.int64)


def _escaped(text: str | None) -> str:
    return "" if text is None else text.replace("\\", "\\\\").replace("|", "\\|")
