"""Adverse events of special interest: which of the protocol's groups an event belongs to.

A group is a list of terms, compared as wholes without regard to case, width, blanks and British or American spelling:
never a part of a term, since "hypertension" stands in "portal hypertension", which is another event. Source: clinical
specification, section 4.3 ("dictionary traps": group by custom terms too).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from milepost.protocol import SpecialInterest
from milepost.protocol.words import fold

_PLAIN = str.maketrans("‐‑‒–—−", "------", "'’") | str.maketrans({"æ": "ae", "œ": "oe", "Æ": "AE", "Œ": "OE"})
# British and American spellings, each made one that need be neither: haemorrhage and hemorrhage, gastrooesophageal and
# gastroesophageal, hypoaesthesia and hypoesthesia, tumour and tumor, sulphate, leucopenia, fibre, localised
_SPELLINGS = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"[ao]+e", "e"), (r"our(s?)\b", r"or\1"), (r"sulph", "sulf"), (r"leuco", "leuko"), (r"([bt])re\b", r"\1er"),
        (r"is(ed|ation)\b", r"iz\1"),
    )
)  # fmt: skip


@lru_cache(maxsize=65536)
def term_key(text: str) -> str:
    """The form in which two terms are one: case, width, blanks, the kind of dash and the two spellings of English
    ignored."""
    key = fold(text.translate(_PLAIN))
    for pattern, plain in _SPELLINGS:
        key = pattern.sub(plain, key)
    return key


def groups_by_term(interest: Iterable[SpecialInterest]) -> Mapping[str, tuple[str, ...]]:
    """Term (as `term_key` gives it) -> ids of the groups that list it, in the protocol's order."""
    found: dict[str, tuple[str, ...]] = {}
    for group in interest:
        for key in {term_key(term) for term in group.terms}:
            found[key] = (*found.get(key, ()), group.id)
    return found


def interest_groups(
    terms: Sequence[str | None], interest: Iterable[SpecialInterest]
) -> list[tuple[str, ...]]:
    """Of each term the ids of its groups, in the protocol's order; () where it is in none."""
    known = groups_by_term(interest)
    by_text = {term: known.get(term_key(term), ()) for term in set(terms) if term is not None}
    return [by_text[term] if term is not None else () for term in terms]
