"""The baseline of liver safety: the mean of the values before first dose, its own rule for this group of tests.

Source: clinical specification sections 3.4 (one baseline rule per parameter group) and 5.2.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.liver_labs import Amount, LiverLabs
from milepost.protocol.safety import LiverRules


class Baseline(NamedTuple):
    """Baseline of one test and line. value: mean in the formula's unit; times: mean in multiples of each report's own
    upper limit (None where nothing says); days: on how many days it was measured; kind: MEAN, or SINGLE where there are
    fewer values than the protocol asks for; first, last: days since 1970. least, most: bounds of `value` where results
    are ranges (most None: no limit)."""

    value: Fraction | None
    times: Fraction | None
    days: int
    kind: str
    first: int
    last: int
    source: tuple[str, ...]
    least: Fraction | None = None
    most: Fraction | None = None

    @property
    def is_raised(self) -> bool:
        """Above the upper limit of normal."""
        return self.times is not None and self.times > 1


def liver_baselines(labs: LiverLabs, *, rules: LiverRules) -> dict[tuple[int, str], Baseline]:
    """Baseline of each treated line (its place) and test; without an entry there is none.

    The values of the last `baseline_days` before first dose count, or the last `baseline_samples` of them where
    those are older; of a day the last drawn, of one time the lowest (a lower baseline tells sooner). A later line
    takes the values before its own first dose, those under the line before included. A value below or above the
    laboratory's limit counts as that limit.
    """
    rows = _before_first_dose(labs)
    place = rows["AMOUNT"].to_numpy(np.int64)
    rows = rows.assign(KNOWN=labs.times[place] if len(place) else [])
    keys = ["POS", "CODE"]
    rows = rows.sort_values(
        [*keys, "DAY", "SECOND", "KNOWN", "RECKEY"], ascending=[True, True, False, False, True, True]
    )
    rows = rows.drop_duplicates([*keys, "DAY"])
    first = labs.lines["FIRST"].to_numpy(np.int64)[rows["POS"].to_numpy(np.int64)]
    fresh = first - rows["DAY"].to_numpy(np.int64) <= rules.baseline_days
    latest = rows.groupby(keys, sort=False).cumcount().to_numpy() < rules.baseline_samples
    chosen = rows[fresh | latest].sort_values([*keys, "DAY"], kind="stable")
    opens = np.flatnonzero(~chosen.duplicated(keys).to_numpy(bool))
    columns = [chosen[name].tolist() for name in ("POS", "CODE", "DAY", "AMOUNT", "RECKEY")]
    found = {}
    ends = np.append(opens[1:], len(chosen))[: len(opens)]
    for begin, end in zip(opens.tolist(), ends.tolist(), strict=True):
        pos, code, day, amount, reckey = (column[begin:end] for column in columns)
        found[pos[0], code[0]] = _mean(day, [labs.amounts[at] for at in amount], reckey, rules)
    return found


def _before_first_dose(labs: LiverLabs) -> pd.DataFrame:
    """The rows before each treated line's first dose; POS is the line they are looked at for."""
    lines, rows = labs.lines, labs.rows
    treated = lines["FIRST"].to_numpy(np.int64) >= 0
    parts = [rows[rows["BEFORE"].to_numpy(bool) & treated[rows["POS"].to_numpy(np.int64)]]]
    names = lines["USUBJID"].to_numpy(object)
    for later in range(1, int(lines.groupby("USUBJID").size().max() if len(lines) else 0)):
        target = rows["POS"].to_numpy(np.int64) + later
        inside = target < len(lines)
        same = np.zeros(len(rows), dtype=bool)
        same[inside] = names[target[inside]] == names[rows["POS"].to_numpy(np.int64)[inside]]
        parts.append(rows[same].assign(POS=target[same]))
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


def _mean(days: list[int], amounts: list[Amount], reckeys: list[str], rules: LiverRules) -> Baseline:
    values = [one.known for one in amounts if one.known is not None]
    lows = [one.lo for one in amounts if one.lo is not None]
    highs = [one.hi for one in amounts if one.lo is not None and one.hi is not None]
    times = [one.times_known for one in amounts if one.times_known is not None]
    return Baseline(
        sum(values, Fraction(0)) / len(values) if values else None,
        sum(times, Fraction(0)) / len(times) if times else None,
        len(amounts),
        "MEAN" if len(amounts) >= rules.baseline_samples else "SINGLE",
        days[0],
        days[-1],
        tuple(f"LB|{key}" for key in reckeys),
        sum(lows, Fraction(0)) / len(lows) if lows else None,
        sum(highs, Fraction(0)) / len(highs) if highs and len(highs) == len(lows) else None,
    )
