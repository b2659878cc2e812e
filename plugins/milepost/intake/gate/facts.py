"""What a row alone cannot tell and the rules must know: who is in the study, and who died when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Facts:
    """deaths: USUBJID -> day of death (datetime64[ns]); subjects: everybody in DM. Both include what the batch
    itself brings: a death that comes tonight counts tonight."""

    deaths: pd.Series = field(default_factory=lambda: pd.Series(dtype="datetime64[ns]"))
    subjects: Collection[str] = frozenset()
