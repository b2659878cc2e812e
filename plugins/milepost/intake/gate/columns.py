"""The columns a rule may look at: the domain's own, the reader's annotations, and what the gate derives.

X_…          'OK' or a problem code, from reading the file (X_UNIT …) or from the gate itself (X_AFTER_DEATH …)
CODE_col     the text of col, '(empty)' where there is none: one rule covers "missing" and "not in the list"
NUMBER_col   the number in col, empty where it is none
FIRST_col    first day an ISO date text may mean; LAST_col the last such day
WORD_col     the text of col as words are compared (width, blanks and case aside), '(empty)' where there is none
"""

from __future__ import annotations

from collections.abc import Iterable

from milepost.intake.annotations import CODES
from milepost.schema import DOMAINS

ANNOTATIONS = tuple(CODES)
DERIVED = ("X_SUBJECT_KNOWN", "X_AFTER_DEATH", "X_TWICE")
CODE, NUMBER, FIRST, LAST, WORD = "CODE_", "NUMBER_", "FIRST_", "LAST_", "WORD_"
KEYS = ("SITEID", "DELIVERY", "SRCLINE", "EMIT", "RECKEY", "OCCURRENCE", "STATUS", "RESVER", "ADT")
EMPTY = "(empty)"


def known_columns(domain: str) -> frozenset[str]:
    """Every column a rule of this domain may name."""
    own = DOMAINS[domain].names
    helpers = (prefix + name for prefix in (CODE, NUMBER, FIRST, LAST, WORD) for name in own)
    return frozenset((*own, *KEYS, *ANNOTATIONS, *DERIVED, *helpers))


def why_unknown(columns: Iterable[str], known: frozenset[str], domain: str) -> list[str]:
    """One sentence for each column that does not exist."""
    own, ours = ", ".join(DOMAINS[domain].names), ", ".join((*KEYS, *ANNOTATIONS, *DERIVED))
    return [
        f"column {name!r} is unknown. Known in {domain}: {own}; {ours}; and any of the domain's with {CODE}, "
        f"{NUMBER}, {FIRST}, {LAST} or {WORD} before it."
        for name in columns
        if name not in known
    ]
