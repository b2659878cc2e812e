"""Which specimens are blood: limits of normal and grades of toxicity are those of blood.

Glucose of urine or protein of ascites is another quantity under the same test code. A specimen that is not named is
taken as blood, as laboratories name the exceptions. Source: clinical specification, sections 3.4 and 4.1.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from milepost.protocol.words import fold

_BLOOD = re.compile(
    r"(?<![a-z])(?:serum|ser|plasma|plas|blood|bld|wb)(?![a-z])|血清|血浆|全血|静脉血|动脉血|末梢血|外周血|指血|^血液?$"
)
_OTHER = re.compile(
    r"urin|\bur\b|24 ?h|stool|faec|fec|saliva|sputum|csf|cerebrospinal|asci|pleura|periton|bile|marrow|fluid|swab"
    r"|tissue|尿|粪|便|唾液|痰|脑脊液|腹水|胸水|积液|胆汁|骨髓|拭子|组织"
)


def is_blood(specimen: str | None) -> bool:
    """Whether this word means blood, serum or plasma; so does no word."""
    word = fold(specimen or "")
    return not word or (_BLOOD.search(word) is not None and _OTHER.search(word) is None)


def is_known_specimen(specimen: str | None) -> bool:
    """Whether the word is one we know, as blood or as something else."""
    return is_blood(specimen) or _OTHER.search(fold(specimen or "")) is not None


def is_any_of(specimens: pd.Series, words: set[str]) -> np.ndarray:
    """Of each row whether its specimen is one of these words."""
    return specimens.isin(words).to_numpy(bool) if words else np.zeros(len(specimens), dtype=bool)
