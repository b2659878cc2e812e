"""What contradicts itself in a patient's records: told to the site as a question, never hidden in a number.

A derivation that meets such rows gives no value for them (DATAERR names the rule) and returns the problems beside its
frame. The questions hold no patient's values: they go out by mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

PROBLEM_COLUMNS = ("USUBJID", "SITEID", "LINE", "DOMAIN", "RECKEY", "RULE", "SEVERITY", "QUESTION")


def to_problems(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a problem, each once, in order. RECKEY None: it is about the patient, not about one record."""
    frame = pd.DataFrame(list(rows), columns=list(PROBLEM_COLUMNS), dtype=object)
    keys = ["USUBJID", "LINE", "DOMAIN", "RECKEY", "RULE"]
    frame = frame.drop_duplicates(keys).sort_values(keys, key=lambda column: column.map(str), kind="stable")
    return frame.reset_index(drop=True)


def join_problems(*frames: pd.DataFrame) -> pd.DataFrame:
    """Problems of several derivations in one frame, each once."""
    return to_problems(row for frame in frames for row in frame.to_dict("records"))
