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
    test = cells.get(f"{domain.code}TESTCD")
    named = cells[domain.ref].truth(lambda ref: ref is not None) if domain.ref else np.zeros(rows, dtype=bool)
    keys = np.empty(rows, dtype=object)
    if domain.ref is not None and named.any():
        parts = [cells[domain.ref], *([test] if test is not None else [])]
        by_id = together([part.take(named) for part in parts])
        keys[named] = by_id.map(
            lambda texts: "R:" + "|".join(_escaped(text) for text in reversed(texts))
        ).values()
    if not named.all():
        identity = [cells[name].take(~named) for name in domain.identity] or [
            Cells.constant("", int((~named).sum()))
        ]
        keys[~named] = (
            together(identity).map(lambda texts: "D:" + "|".join(_escaped(text) for text in texts)).values()
        )
    return keys


def occurrences(subjects: Objects, keys: Objects) -> np.ndarray:
    """1, 2, … for the records of one subject that share a key, in file order."""
    frame = pd.DataFrame({"USUBJID": subjects, "RECKEY": keys})
    return (frame.groupby(["USUBJID", "RECKEY"], sort=False, dropna=False).cumcount() + 1).to_numpy(np.int64)


def _escaped(text: str | None) -> str:
    if text is None:
        return ""
    return text.replace("\\", "\\\\").replace("|", "\\|") if "|" in text or "\\" in text else text
