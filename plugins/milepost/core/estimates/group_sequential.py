"""The bounds of a group sequential design, at the information planned or really there.

`type` goes by rpact's names (asOF, asP, asHSD, asKD, OF, P, WT, HP) or by words. Source: clinical specification section
7.3; conventions as rpact: O'Brien-Fleming type spending is used per side.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from milepost.core.alpha_spending import PARAMETERS, Rule
from milepost.core.estimates.answers import Answer, with_reason
from milepost.core.estimates.spec import Label, Number, Numbers, Positive, Spec
from milepost.core.estimates.table import Table
from milepost.core.interim_analysis import boundaries, information_fractions
from milepost.core.sequential_recursion import crossing
from milepost.errors import ConfigurationError

_RPACT: dict[str, Rule] = {
    "asOF": "obrien_fleming_spending", "asP": "pocock_spending", "asHSD": "hwang_shih_decani", "asKD": "kim_demets",
    "OF": "obrien_fleming", "P": "pocock", "WT": "wang_tsiatis", "HP": "haybittle_peto",
}  # fmt: skip
_OTHER_NAMES = {
    "ldof": "asOF", "sfldof": "asOF", "landemetsobrienfleming": "asOF", "ldp": "asP", "ldpocock": "asP",
    "sfldpocock": "asP", "landemetspocock": "asP", "hsd": "asHSD", "sfhsd": "asHSD", "kd": "asKD", "power": "asKD",
    "sfpower": "asKD", "obf": "OF", "hwangshihdecani": "asHSD",
}  # fmt: skip


class GroupSequential(Spec):
    """The design. info: information fractions; or events at each look and events planned. last: the last look given is
    the end, although less information than planned has come."""

    other_names: ClassVar[Mapping[str, str]] = {
        "rpact_type": "type", "rule": "type", "spending": "type", "alpha_total": "alpha", "information": "info",
        "information_rates": "info", "fractions": "info", "gamma": "parameter", "rho": "parameter",
        "delta": "parameter", "events_planned": "planned", "name": "design",
    }  # fmt: skip

    type: Label | None = None
    design: Label | None = None
    info: Numbers = ()
    events: Numbers = ()
    planned: Positive | None = None
    alpha: Annotated[Number, Field(gt=0, lt=0.5)] = 0.025
    sided: Literal[1, 2] = 1
    parameter: Number | None = None
    last: bool = False


def estimate_group_sequential(spec: GroupSequential, table: Table) -> Answer:
    """Bounds, the one-sided p that just reaches each, and the error used up by it."""
    kind = rpact_type(spec.type)
    rule = _RPACT[kind]
    if bool(spec.info) == bool(spec.events) or (spec.events and spec.planned is None):
        raise ConfigurationError(
            "spec: give info = [0.5, 1] (information fractions), or events = [61, 122] with planned = 183."
        )
    info = spec.info or information_fractions(spec.events, spec.planned or math.nan)
    found = boundaries(
        rule, info, alpha=spec.alpha, sided=spec.sided, parameter=spec.parameter, last=spec.last
    )
    answer: Answer = {
        "design": spec.design or kind, "rpact_type": kind, "parameter": spec.parameter, "sided": spec.sided,
        "alpha_total": spec.alpha, "info": list(info), "z": [look.bound for look in found.looks],
        "nominal_one_sided_p": [look.nominal_p for look in found.looks],
        "cum_alpha_spent_rpact": [look.error for look in found.looks], "method": found.method,
    }  # fmt: skip
    if found.looks:
        lower = [-bound for bound in found.bounds] if spec.sided == 2 else None
        up, down = crossing(found.fractions, found.bounds, lower=lower)
        again = [above + below for above, below in zip(up, down, strict=True)]
        spent = [look.error or 0.0 for look in found.looks]
        answer["cum_cross_prob_mvtnorm"] = again
        answer["max_abs_diff_mvtnorm"] = max(abs(a - b) for a, b in zip(again, spent, strict=True))
    remarks = [look.reason for look in found.looks]
    if any(remarks):
        answer["looks_reason"] = remarks
    if spec.parameter is None and rule in PARAMETERS:
        answer["parameter_used"] = PARAMETERS[rule]
    return with_reason(answer, found.reason)


def rpact_type(written: str | None) -> str:
    """rpact's name of a rule written in any usual way."""
    plain = re.sub(r"[^a-z]", "", (written or "").lower())
    by_words = {**{kind.lower(): kind for kind in _RPACT}, **_OTHER_NAMES}
    by_words |= {re.sub(r"[^a-z]", "", rule): kind for kind, rule in _RPACT.items()}
    if plain not in by_words:
        allowed = ", ".join(f"{kind} ({rule})" for kind, rule in _RPACT.items())
        found = "is missing" if written is None else f"is wrong. Found '{written}'"
        raise ConfigurationError(f"spec, key type {found}. Allowed: {allowed}.")
    return by_words[plain]
