"""The response that a reader's own measurements give, by the plain words of RECIST 1.1 and mRECIST.

Written apart from `core` and by hand from the clinical specification (sections 6.1 to 6.3): a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NON_CR = "NON-CR/NON-PD"


@dataclass(frozen=True)
class Look:
    """What one reader knows after one scan: mm of each target (None: not evaluable), which of them are nodes, words of
    each non-target lesion (PRESENT, ABSENT, WORSE), and new lesions (N, E: doubtful, Y)."""

    targets: Mapping[str, int | None]
    nodes: frozenset[str] = frozenset()
    others: Mapping[str, str] = field(default_factory=dict)
    new: str = "N"


@dataclass(frozen=True)
class Answer:
    """Target, non-target and overall response of one time point, and its new lesions."""

    target: str
    non_target: str
    new: str
    overall: str


def answers(baseline: Look, looks: Sequence[Look], *, least_rise: int) -> list[Answer]:
    """The answer of each time point of one line. least_rise: 5 mm in RECIST 1.1, none in mRECIST."""
    first = _total(baseline)
    smallest, cured = first, False
    found = []
    for look in looks:
        target = _target(look, first, smallest, cured, least_rise)
        non_target = _non_target(look, cured)
        overall = "PD" if look.new == "Y" else _overall(target, non_target)
        if None not in look.targets.values():
            smallest = min(smallest, _total(look))
        cured = cured or overall == "CR"
        found.append(Answer(target, non_target, look.new, overall))
    return found


def _total(look: Look) -> int:
    return sum(size for size in look.targets.values() if size is not None)


def _target(look: Look, first: int, smallest: int, cured: bool, least_rise: int) -> str:
    if not look.targets:
        return "ND"
    measured = {name: size for name, size in look.targets.items() if size is not None}
    gone = {name for name, size in measured.items() if size < (10 if name in look.nodes else 1)}
    if len(gone) == len(look.targets):
        return "CR"
    now = _total(look)
    grown = now - smallest
    if measured and grown > 0 and grown >= least_rise and 10 * now >= 12 * smallest:
        return "PD"
    if cured and len(gone) < len(measured):
        return "PD"
    if len(measured) < len(look.targets):
        return "NE"
    return "PR" if 10 * now <= 7 * first else "SD"


def _non_target(look: Look, cured: bool) -> str:
    words = set(look.others.values())
    if not words:
        return "ND"
    if "WORSE" in words or (cured and "PRESENT" in words):
        return "PD"
    return "CR" if words == {"ABSENT"} else NON_CR


def _overall(target: str, non_target: str) -> str:
    if "PD" in (target, non_target):
        return "PD"
    if target == "ND":
        return {"CR": "CR", "ND": "NED"}.get(non_target, NON_CR)
    if target == "CR":
        return "CR" if non_target in ("CR", "ND") else "PR"
    return target
