"""What the open report must never say: an arm, a drug, or anything that separates the two.

Columns that name the arm are dropped at the entrance. Free text of the study folder and of findings may name a
drug without meaning harm ("day 22 (cycle 2, ...)"): there the name is replaced by "study treatment".
Source: clinical specification, sections 7.1 and 10 (trap 41).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from milepost.errors import NotPermitted
from milepost.protocol import StudyProtocol

ARM_COLUMNS = ("ARMCD", "ARM", "ACTARMCD", "ACTARM", "TREATMENT", "TRT01P", "TRT01A", "EXTRT", "DOSE_LEVEL")
INSTEAD = "study treatment"
_SHORTEST = 3  # an arm called "A" cannot be told from the article
# words every report uses: an arm of this name is not given away by the word
_ORDINARY = frozenset(
    "active all any arm care control drug none other standard study therapy treatment".split()
)


class Mask:
    """Knows the names of one study's arms and drugs, and takes them out of text."""

    def __init__(self, protocol: StudyProtocol) -> None:
        drugs = {name for drug in protocol.treatments for name in (drug.code, drug.label, *drug.names)}
        # "Sorafenib 400 mg twice daily": the name stands first
        drugs |= {label.split()[0] for label in (drug.label for drug in protocol.treatments)}
        codes = {name for arm in protocol.arms for name in (arm.code, arm.label)}
        self._drugs, self._codes = _pattern(drugs, re.IGNORECASE), _pattern(codes, 0)
        # one name a pattern: that of all names together is ten times as slow on a whole report
        self._each_drug = tuple(_pattern({name.lower()}, 0) for name in sorted(drugs))
        self._each_code = tuple(_pattern({name}, 0) for name in sorted(codes))

    def names(self, text: str) -> bool:
        """Whether this text names an arm or a drug."""
        lowered = text.lower()
        return any(name.search(lowered) for name in self._each_drug) or any(
            name.search(text) for name in self._each_code
        )

    def neutral(self, text: str) -> str:
        """The text with every arm's and drug's name replaced."""
        return self._codes.sub(INSTEAD, self._drugs.sub(INSTEAD, text))

    def check(self, text: str, where: str) -> None:
        """Refuse output that names an arm or drug. Raises NotPermitted; the name itself is not repeated."""
        if self.names(text):
            raise NotPermitted(
                f"{where} names an arm or a drug and would unblind its readers. Nothing was published. "
                f"Look for the name in the labels of protocol.toml and sites.toml and reword it."
            )


def without_arms(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without any column that names an arm or its drug."""
    return frame.drop(columns=[name for name in frame.columns if str(name).upper() in ARM_COLUMNS])


def _pattern(terms: Iterable[str], flags: int) -> re.Pattern[str]:
    """Whole words for Latin script, anywhere for scripts that do not space their words. Longest first."""
    parts = []
    for term in sorted({t.strip(" ,;") for t in terms}, key=lambda t: (-len(t), t)):
        if term.lower() in _ORDINARY:
            continue
        if term.isascii() and len(term) >= _SHORTEST:
            name = re.escape(term)  # first, so that a long text is searched for it and not letter by letter
            parts.append(rf"{name}(?<![A-Za-z0-9]{name})(?![A-Za-z0-9])")
        elif not term.isascii() and len(term) >= 2:
            parts.append(re.escape(term))
    return re.compile("|".join(parts) or r"(?!)", flags)
