"""How much of the error of the first kind may be used up by an interim analysis: spending functions.

`fraction` is the information so far over the information planned (events for a time to event), never calendar time.
`error` is what one side may spend in all: 0.025 one-sided, and 0.025 on either side of a two-sided 0.05. Source:
clinical specification section 7.3; Lan and DeMets 1983;70:659; Hwang, Shih and DeCani 1990;9:1439; Kim and DeMets 1987.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

Rule = Literal[
    "obrien_fleming_spending", "pocock_spending", "hwang_shih_decani", "kim_demets",
    "haybittle_peto", "obrien_fleming", "pocock", "wang_tsiatis",
]  # fmt: skip
SPENDING: dict[Rule, str] = {
    "obrien_fleming_spending": "Lan-DeMets spending, O'Brien-Fleming type",
    "pocock_spending": "Lan-DeMets spending, Pocock type",
    "hwang_shih_decani": "Hwang-Shih-DeCani spending, gamma {parameter:g}",
    "kim_demets": "Kim-DeMets power spending, rho {parameter:g}",
}
# Bounds of one shape whose height is found for the looks given: all looks must be known.
SHAPES: dict[Rule, str] = {
    "obrien_fleming": "O'Brien-Fleming bounds",
    "pocock": "Pocock bounds",
    "wang_tsiatis": "Wang-Tsiatis bounds, delta {parameter:g}",
}
FIXED: dict[Rule, str] = {"haybittle_peto": "Haybittle-Peto, {parameter:g} at every interim look"}
NAMES: dict[Rule, str] = {**SPENDING, **SHAPES, **FIXED}
PARAMETERS: dict[Rule, float] = {
    "hwang_shih_decani": -4.0, "kim_demets": 3.0, "haybittle_peto": 3.0, "wang_tsiatis": 0.25,
}  # fmt: skip


def spent(rule: Rule, fraction: float, error: float, parameter: float | None = None) -> float:
    """The error that may be spent up to this fraction of the information; all of it from fraction 1 on.

    O'Brien-Fleming type 2 - 2 Phi(z(1 - error/2) / sqrt(t)); Pocock type error ln(1 + (e - 1) t); Hwang-Shih-DeCani
    error (1 - exp(-gamma t)) / (1 - exp(-gamma)), gamma -4 near O'Brien-Fleming, 1 near Pocock, 0 linear; Kim-DeMets
    error t^rho.
    """
    if fraction >= 1:
        return error
    given = PARAMETERS.get(rule, 0.0) if parameter is None else parameter
    if rule == "obrien_fleming_spending":
        return float(2 * ndtr(ndtri(error / 2) / math.sqrt(fraction)))
    if rule == "pocock_spending":
        return float(error * np.log1p((math.e - 1) * fraction))
    if rule == "hwang_shih_decani":
        return error * fraction if given == 0 else error * math.expm1(-given * fraction) / math.expm1(-given)
    if rule == "kim_demets":
        return float(error * fraction**given)
    raise ValueError(f"{NAMES[rule].format(parameter=given)} is no spending function")
