"""A made-up trial of two arms for the benchmark of the estimates: whole days, ties, 20 subgroups, two endpoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

SEED = 20_261_122
ENDPOINTS = ("OS", "PFS")
_TWO_LEVELS = ("sex", "age65", "line", "afp", "hbv", "ecog", "child", "invasion")
_REGIONS = 3


def subgroups() -> Sequence[str]:
    """Everybody, both levels of eight factors, and three regions: twenty columns of 0 and 1."""
    levels = [f"{factor}_{level}" for factor in _TWO_LEVELS for level in (0, 1)]
    return ("all", *levels, *(f"region_{level}" for level in range(_REGIONS)))


def made_trial(patients: int) -> pd.DataFrame:
    """ARM 0/1, STRATUM 0 to 3, AGE, WEIGHT (by a known propensity), OS, OS_EVENT, PFS, PFS_EVENT, and the subgroups.

    Days run to 1,100; about two thirds have the event. The same rows every time.
    """
    rng = np.random.default_rng(SEED)
    age = np.round(rng.normal(58, 10, patients), 1)
    factors = {name: rng.integers(0, 2, patients) for name in _TWO_LEVELS}
    factors["age65"] = (age >= 58).astype(int)
    stratum = 2 * factors["afp"] + factors["line"]
    chance = 1 / (1 + np.exp(-(0.5 * factors["ecog"] + 0.03 * (age - 58) - 0.25)))
    arm = (rng.random(patients) < chance).astype(int)
    weight = np.where(arm == 1, arm.mean() / chance, (1 - arm.mean()) / (1 - chance))
    risk = np.exp(
        -0.35 * arm
        + 0.3 * factors["afp"]
        + 0.2 * factors["line"]
        + 0.25 * factors["ecog"]
        + 0.01 * (age - 58)
    )
    death = rng.exponential(420, patients) / risk
    progression = rng.exponential(260, patients) / risk
    closed = rng.uniform(300, 1_100, patients)
    columns: dict[str, np.ndarray] = {"ARM": arm, "STRATUM": stratum, "AGE": age, "WEIGHT": weight}
    for name, reached in zip(ENDPOINTS, (death, np.minimum(death, progression)), strict=True):
        columns[name] = np.ceil(np.minimum(reached, closed))
        columns[f"{name}_EVENT"] = (reached <= closed).astype(int)
    region = rng.integers(0, _REGIONS, patients)
    columns["all"] = np.ones(patients, dtype=int)
    for name in _TWO_LEVELS:
        for level in (0, 1):
            columns[f"{name}_{level}"] = (factors[name] == level).astype(int)
    for level in range(_REGIONS):
        columns[f"region_{level}"] = (region == level).astype(int)
    return pd.DataFrame(columns)
