"""Response and disease control rates with exact confidence intervals.

Source: clinical specification section 6.4 (ORR, DCR, Clopper-Pearson; 0 <= ORR <= DCR <= 1 always holds).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import beta

from milepost.core.confirmation import BEST_FIRST, CONTROL, RESPONSE
from milepost.errors import DataProblem

Population = Literal["MEASURABLE", "TREATED"]
_READING = ["USUBJID", "LINE", "PARCAT2", "PARCAT3"]


def summarise_response(
    adrs: pd.DataFrame,
    by: Sequence[str] = ("ARMCD",),
    *,
    population: Population = "MEASURABLE",
    level: float = 0.95,
) -> pd.DataFrame:
    """Counts and rates of best response by `by`, reader (PARCAT2), criteria (PARCAT3) and CONFIRMED (N, Y).

    population MEASURABLE: all treated, less those known to have no measurable disease at baseline; TREATED: all
    treated. Both rates are of the same patients, so that ORR <= DCR. Who was not assessed, or whose data contradict
    themselves (HELD), counts as not responding. Gives N, one column for each best response (NE: also those held),
    HELD, RESPONDERS, ORR, ORRLCL, ORRUCL, CONTROLLED, DCR, DCRLCL, DCRUCL (proportions; empty where N is 0).
    """
    measurable = adrs.loc[adrs["PARAMCD"].eq("MDIS"), [*_READING, "AVALC"]].rename(columns={"AVALC": "MDIS"})
    best = adrs[adrs["PARAMCD"].isin(["BOR", "CBOR"])]
    best = best.merge(measurable, on=_READING, how="left", validate="m:1")
    if population == "MEASURABLE":
        best = best[~best["MDIS"].eq("N")]
    held = best["DATAERR"].notna()
    told = best["AVALC"].where(best["AVALC"].notna(), "NE")
    keys = [*by, "PARCAT2", "PARCAT3", "CONFIRMED"]
    flags = best.assign(
        CONFIRMED=best["PARAMCD"].map({"BOR": "N", "CBOR": "Y"}),
        N=1,
        **{name: told.eq(name).astype(int) for name in BEST_FIRST},
        HELD=held.astype(int),
        RESPONDERS=told.isin(RESPONSE).astype(int),
        CONTROLLED=told.isin(CONTROL).astype(int),
    )
    counted = ["N", *BEST_FIRST, "HELD", "RESPONDERS", "CONTROLLED"]
    rates = flags.groupby(keys, sort=True, dropna=False)[counted].sum().reset_index()
    for count, rate in (("RESPONDERS", "ORR"), ("CONTROLLED", "DCR")):
        lower, upper = exact_interval(rates[count].to_numpy(float), rates["N"].to_numpy(float), level)
        rates = rates.assign(**{rate: rates[count] / rates["N"], f"{rate}LCL": lower, f"{rate}UCL": upper})
    check_rates(rates)
    return rates


def exact_interval(events: np.ndarray, of: np.ndarray, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Clopper-Pearson limits of events / of; 0 and 1 at the ends, empty where `of` is 0."""
    tail = (1 - level) / 2
    lower = np.where(events > 0, beta.ppf(tail, events, of - events + 1), 0.0)
    upper = np.where(events < of, beta.ppf(1 - tail, events + 1, of - events), 1.0)
    return np.where(of > 0, lower, np.nan), np.where(of > 0, upper, np.nan)


def check_rates(rates: pd.DataFrame) -> None:
    """Raise DataProblem unless 0 <= ORR <= DCR <= 1 in every row (a published abstract had them exchanged)."""
    wrong = ~(rates["ORR"].ge(0) & rates["ORR"].le(rates["DCR"]) & rates["DCR"].le(1)) & rates["N"].gt(0)
    if wrong.any():
        raise DataProblem(
            f"{int(wrong.sum())} rows have rates that cannot be: 0 <= response rate <= disease control rate <= 1 must "
            "hold. Check whether the two were exchanged, and that both are of the same patients."
        )
