"""The quadrants of eDISH and mDISH: peak ALT against peak bilirubin, in multiples of the limit or of baseline.

A result known only as a range (`>100`, `<3`) is above or below a line where all of its range is; where the range
reaches over the line there is no quadrant, unless another result is surely above. Source: clinical specification
sections 2.6 and 5.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from milepost.core import liver_pairs as pairs
from milepost.core.liver_labs import LiverLabs
from milepost.protocol.safety import LiverRules

AXES = ("ALT", "BILI")
_QUADRANTS = {
    (True, True): "HYS", (True, False): "TEMPLE", (False, True): "CHOLESTASIS", (False, False): "NORMAL",
}  # fmt: skip


def select_counted(
    labs: LiverLabs, on: np.ndarray, baselines: pairs.Baselines, rules: LiverRules, *, own: bool
) -> np.ndarray:
    """The rows that count for peaks and quadrant: those on treatment, and the bilirubin of a pair that began then.

    A pair begins with an ALT or AST that Hy's law asks about, or one above the line of this plot (own: mDISH).
    """
    reaches = pairs.reaches_of_baseline if own else pairs.reaches
    begins = pairs.either(pairs.is_injury(rules), reaches(rules.alt))
    return pairs.with_followers(labs, on, baselines, begins, within=rules.pairing_days)


def to_quadrants(
    labs: LiverLabs,
    treated: np.ndarray,
    counted: np.ndarray,
    baselines: pairs.Baselines,
    rules: LiverRules,
    peaks: Mapping[str, Any],
    *,
    own: bool,
) -> dict[str, Any]:
    """EDISH, PAIRED, REASON of each treated line; own: MDISH, MPAIRED, MREASON, in multiples of baseline.

    counted: rows as `select_counted` gives them; peaks: of each test <TEST>PKULN and <TEST>PKBL (NaN: not known).
    """
    prefix, peak = ("M", "PKBL") if own else ("", "PKULN")
    surely, perhaps = (
        (pairs.reaches_of_baseline, pairs.may_reach_of_baseline) if own else (pairs.reaches, pairs.may_reach)
    )
    limits = dict(zip(AXES, (rules.alt, rules.bili), strict=True))
    sure = {name: pairs.select_hits(labs, counted, name, baselines, surely(limits[name])) for name in AXES}
    open_to = {
        name: pairs.select_hits(labs, counted, name, baselines, perhaps(limits[name])) for name in AXES
    }
    above = {name: set(sure[name]["POS"]) for name in AXES}
    in_doubt = {name: set(open_to[name]["POS"]) - above[name] for name in AXES}

    # a pair may end after the time on treatment
    after = ~labs.rows["BEFORE"].to_numpy(bool)
    later, later_open = (
        pairs.select_hits(labs, after, "BILI", baselines, test(rules.bili)) for test in (surely, perhaps)
    )

    def together(alt: pd.DataFrame, bili: pd.DataFrame) -> set[int]:
        return set(pairs.pair_up(alt, bili, within=rules.pairing_days)["POS"])

    pair = together(sure["ALT"], later)
    # why it is open whether there is a pair: with the other one sure this one alone, else both
    of_alt = together(open_to["ALT"], later) - pair
    of_bili = together(sure["ALT"], later_open) - pair
    of_both = together(open_to["ALT"], later_open) - pair - of_alt - of_bili
    pair_in_doubt = {"ALT": of_alt | of_both, "BILI": of_bili | of_both}
    words, paired, reasons = [], [], []
    for at, pos in enumerate(treated.tolist()):
        lack = [name for name in AXES if np.isnan(peaks[name + peak][at])]
        doubt = [name for name in AXES if pos in in_doubt[name]]
        unpaired = [name for name in AXES if pos in pair_in_doubt[name]]
        words.append(None if lack or doubt else _QUADRANTS[pos in above["ALT"], pos in above["BILI"]])
        paired.append("Y" if pos in pair else None if unpaired else "N")
        named = doubt or unpaired
        why = f"NOT_KNOWN: {', '.join(lack)}" if lack else f"CENSORED: {', '.join(named)}" if named else None
        reasons.append(why)
    return {
        "MDISH" if own else "EDISH": pd.Series(words, dtype=object),
        f"{prefix}PAIRED": pd.Series(paired, dtype=object),
        f"{prefix}REASON": pd.Series(reasons, dtype=object),
    }
