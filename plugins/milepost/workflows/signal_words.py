"""What a safety signal says, in words: the facts and details an alert keeps under short names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from milepost.workflows.table_texts import plain

_LIMB = {
    "dt": "on", "dy": "study day", "val": "result", "xuln": "times the upper limit", "xbl": "times its baseline",
}  # fmt: skip
WORDS = {
    "kind": "it was about", "grade": "CTCAE grade", "onset": "began on", "term": "term",
    "treatment_emergent": "during treatment", "related": "related to the study drug",
    "group": "group of special interest", "collected": "collected on", "test": "test", "direction": "direction",
    "result": "result as reported", "unit": "unit as reported", "rule": "limits used",
    "enzrule": "limits used for the enzyme", "bilirule": "limits used for bilirubin", "enzyme": "enzyme",
    **{f"enz{end}": f"enzyme, {word}" for end, word in _LIMB.items()},
    **{f"bili{end}": f"bilirubin, {word}" for end, word in _LIMB.items()},
    "days": "days between the two", "alpdt": "alkaline phosphatase, on",
    "alpxuln": "alkaline phosphatase, times the upper limit", "alpcond": "no cholestasis at first",
    "rvalue": "R value", "rtype": "pattern of injury", "blfl": "baseline", "target": "target lesions",
    "non_target": "non-target lesions", "new_lesion": "new lesion", "date": "progression counts from",
    "seen": "seen on the scan of", "since": "nothing came since", "ever": "had sent files before",
    "limit_days": "days without a file until this is told",
}  # fmt: skip
_VALUES = {
    "NORMAL_BASELINE": "those of a baseline within its limit", "RAISED_BASELINE": "those of a raised baseline",
    "Y": "yes", "N": "no", "HEPATOCELLULAR": "hepatocellular", "CHOLESTATIC": "cholestatic", "MIXED": "mixed",
    "MEAN": "mean of several values", "SINGLE": "one value only", "NONE": "none",
    "MET": "yes", "NOT_MET": "no", "UNKNOWN": "not known",
}  # fmt: skip
# what is said elsewhere, or to machines only
_BESIDE = frozenset((
    "action", "owner", "caution", "as_of", "known_at", "config_hash", "before", "replaces", "notice_of", "arm",
    "treatment",
))  # fmt: skip
_SHOWN = 3  # decimals


def said(detail: Mapping[str, Any]) -> list[str]:
    """Each fact as `words: value`; what is empty, and what an alert keeps for other readers, is left out."""
    return [
        f"{word(name)}: {value(found)}"
        for name, found in detail.items()
        if name not in _BESIDE and found is not None
    ]


def word(name: str) -> str:
    """A fact's name as people say it."""
    return WORDS.get(name, name.replace("_", " "))


def value(found: Any) -> str:
    """A fact's value: yes or no, numbers without noise."""
    if isinstance(found, float):
        found = round(found, _SHOWN)
    text = str(plain(found))
    return _VALUES.get(text, text)
