"""Where a study stands between its looks: information so far, bounds at the fractions really tested, what is ahead.

Groups are coded, so every statement is made for either of them being the experimental one: Z is positive where the
events come later in the second group, and a bound of the first group is the same one below zero. Source: clinical
specification section 7.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from milepost.core.interim_analysis import Boundaries, boundaries
from milepost.core.interim_outlook import Outlook, outlook
from milepost.core.logrank import LogRank
from milepost.protocol import InterimRules

ROUNDING = 1e-9  # a fraction this close below a planned one has reached it


@dataclass(frozen=True)
class HeldLook:
    """A look that was held: its number (1 the first), information fraction, Z and deaths (None: not on record) then."""

    number: int
    fraction: float
    z: float | None
    deaths: int | None = None


@dataclass(frozen=True)
class LookState:
    """One look of the plan. fraction: as held, as it is now, or as planned. z None: not tested (yet).

    crossed: 2 or 1, the group in whose favour the bound was crossed; 0 none; None where nothing was tested.
    """

    number: int
    planned: float
    fraction: float
    state: str
    bound: float | None
    nominal_p: float | None
    z: float | None
    crossed: int | None
    reason: str | None


@dataclass(frozen=True)
class Monitoring:
    """The information and every look. outlooks: if the second group, if the first is the experimental one; only at a
    look before the last."""

    events: int
    planned: int
    fraction: float
    looks: tuple[LookState, ...]
    method: str
    outlooks: tuple[Outlook, Outlook] | None


def monitor(
    rules: InterimRules,
    *,
    events: int,
    held: Sequence[HeldLook] = (),
    look: int | None = None,
    z: float | None = None,
    share: float = 0.5,
) -> Monitoring:
    """The state of the looks. look: the number of the one being held now, with its Z; None between looks.

    share: of the patients, those in the second group; the planned effect counts the less the more unequal they are.
    held: earlier looks as they were tested. A look being held now replaces one of the same number in `held`.
    """
    assert rules.planned_events is not None
    fraction = events / rules.planned_events
    before = [h for h in sorted(held, key=lambda h: h.number) if look is None or h.number < look]
    tested = [*before, *([HeldLook(look, fraction, z)] if look is not None else [])]
    plan, fractions = _plan(rules, tested)
    states = []
    for place, number in enumerate(range(1, len(rules.looks) + 1)):
        bound = plan.looks[place] if place < len(plan.looks) else None
        seen = tested[place].z if place < len(tested) else None
        state = "HELD" if place < len(before) else "NOW" if place < len(tested) else "AHEAD"
        limit = bound.bound if bound else None
        states.append(LookState(
            number, rules.looks[place], fractions[place], state, limit, bound.nominal_p if bound else None, seen,
            _crossed(seen, limit) if place < len(tested) else None, bound.reason if bound else plan.reason,
        ))  # fmt: skip
    return Monitoring(events, rules.planned_events, fraction, tuple(states), plan.method,
                      _outlooks(rules, states, look, z, share))  # fmt: skip


def is_due(rules: InterimRules, number: int, events: int) -> bool:
    """Whether so many events reach the information at which the protocol names this look."""
    assert rules.planned_events is not None
    return events / rules.planned_events >= rules.looks[number - 1] - ROUNDING


def z_of(test: LogRank) -> float | None:
    """Z of a log-rank test of two groups, positive where the second has fewer events than expected."""
    variance = float(test.variance[1][1]) if len(test.groups) == 2 else 0.0
    if not variance > 0:
        return None
    return (test.groups[1].expected - test.groups[1].observed) / math.sqrt(variance)


def _plan(rules: InterimRules, tested: Sequence[HeldLook]) -> tuple[Boundaries, list[float]]:
    """Bounds at the fractions tested and, for the looks ahead, at the planned ones that are not passed yet."""
    done = [look.fraction for look in tested]
    ahead = list(rules.looks[len(done) :])
    lowest = done[-1] if done else 0.0
    for place, planned in enumerate(ahead):
        ahead[place] = lowest = max(planned, lowest + ROUNDING)
    last = len(done) == len(rules.looks)
    plan = boundaries(
        rules.spending, [*done, *ahead], alpha=rules.alpha, parameter=rules.parameter, last=last
    )
    return plan, [*done, *ahead]


def _crossed(z: float | None, bound: float | None) -> int | None:
    if z is None:
        return None
    if bound is None or abs(z) < bound:
        return 0
    return 2 if z > 0 else 1


def _outlooks(
    rules: InterimRules, states: Sequence[LookState], look: int | None, z: float | None, share: float
) -> tuple[Outlook, Outlook] | None:
    if look is None or z is None or look >= len(states):
        return None
    now, rest = states[look - 1], states[look:]
    if now.fraction >= 1 or any(state.bound is None for state in rest):
        return None
    assert rules.planned_events is not None
    drift = -math.log(rules.design_hazard_ratio) * math.sqrt(rules.planned_events * share * (1 - share))
    final = rest[-1]
    later = [(state.fraction, state.bound or math.inf) for state in rest[:-1]]
    assert final.bound is not None

    def of(seen: float) -> Outlook:
        return outlook(seen, now.fraction, final_z=final.bound or math.inf, design_drift=drift,
                       final_fraction=final.fraction, later=later, futile_below=rules.futility_power)  # fmt: skip

    return of(z), of(-z)
