"""What a patient's medical history says of one finding, or of the stage of a disease.

A finding is named in words (MHDECOD, else MHTERM); case, blanks and signs do not count. Source: clinical
specification, section 7.2 (baseline table).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import pandas as pd


def occurred(ids: Iterable[str], mh: pd.DataFrame, *names: str) -> list[str | None]:
    """Y, N or None for each subject: whether the history sent says that a finding of one of these names occurred.

    N where a history was sent without it, None where none was sent. A finding named without a word on it did occur;
    said twice, once is enough. Case, blanks and signs of a name do not count.
    """
    if mh.empty:
        return [None for _ in ids]
    wanted = {_folded(name) for name in names}
    named = pd.Series(False, index=mh.index)
    for column in ("MHDECOD", "MHTERM"):
        if column in mh:
            named |= mh[column].map(_folded).isin(wanted)
    absent = mh["MHOCCUR"].astype("string").str.upper().eq("N").fillna(False).astype(bool)
    having, told = set(mh.loc[named & ~absent, "USUBJID"]), set(mh["USUBJID"])
    return ["Y" if subject in having else "N" if subject in told else None for subject in ids]


def stages(mh: pd.DataFrame, scheme: str, order: tuple[str, ...]) -> dict[str, str]:
    """Stage by subject where the history names one such as `BCLC stage C` or `CNLC IIIa`; of several the latest of
    `order`."""
    if mh.empty:
        return {}
    stem = _folded(scheme)
    by_text = {prefix + _folded(stage): stage for stage in order for prefix in (stem, f"{stem}stage")}
    found: dict[str, str] = {}
    for column in ("MHDECOD", "MHTERM"):
        for subject, term in zip(mh["USUBJID"], mh[column] if column in mh else (), strict=False):
            stage = by_text.get(_folded(term))
            if stage is not None and order.index(stage) >= order.index(found.get(subject, stage)):
                found[subject] = stage
    return found


@lru_cache(maxsize=4096)
def _folded(term: object) -> str:
    """A term without case, blanks and signs: Liver cirrhosis and LIVER_CIRRHOSIS are one."""
    return "".join(letter for letter in str(term).casefold() if letter.isalnum())
