"""Adverse events of special interest: which of the protocol's groups an event belongs to.

A group is a list of terms, compared as wholes without regard to case, width and blanks: never a part of a term, since
"hypertension" stands in "portal hypertension", which is another event. Source: clinical specification, section 4.3
("dictionary traps": group by custom terms too).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from milepost.protocol import SpecialInterest
from milepost.protocol.words import fold

_DASHES = str.maketrans("‐‑‒–—−", "------")


@lru_cache(maxsize=65536)
def term_key(text: str) -> str:
    """The form in which two terms are one: case, width, blanks and the kind of dash ignored."""
    return fold(text.translate(_DASHES))


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
