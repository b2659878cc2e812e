"""Potential Hy's law cases: the first pair of each line, and what a reader needs to judge it.

Source: clinical specification section 5.2 ("potential" until adjudicated) and 5.1 (R value).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from milepost.core import liver_pairs as pairs
from milepost.core.liver_baseline import Baseline
from milepost.core.liver_labs import LiverLabs
from milepost.core.study_day import derive_study_day
from milepost.protocol.safety import LiverRules

CASE_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "RULE", "ENZRULE", "BILIRULE", "ENZYME", "ENZDT", "ENZDY", "ENZVAL",
    "ENZXULN", "ENZXBL", "BILIDT", "BILIDY", "BILIVAL", "BILIXULN", "BILIXBL", "DAYS", "ALPDT", "ALPXULN", "ALPCOND",
    "RVALUE", "RTYPE", "BLFL", "SRC", "DATAERR",
)  # fmt: skip
NORMAL, RAISED = "NORMAL_BASELINE", "RAISED_BASELINE"


def select_candidates(
    labs: LiverLabs, on: np.ndarray, baselines: pairs.Baselines, rules: LiverRules
) -> pd.DataFrame:
    """Every ALT or AST that has its bilirubin, in order: POS, DAY, ROW, ENZYME, BILIDAY, BILIROW, ALPROW, ALPCOND."""
    after = ~labs.rows["BEFORE"].to_numpy(bool)
    jaundices = pairs.select_hits(labs, after, "BILI", baselines, pairs.is_jaundice(rules))
    parts = []
    for enzyme in pairs.ENZYMES:
        injuries = pairs.select_hits(labs, on, enzyme, baselines, pairs.is_injury(rules))
        parts.append(pairs.pair_up(injuries, jaundices, within=rules.pairing_days).assign(ENZYME=enzyme))
    found = pd.concat(parts, ignore_index=True)
    place = labs.rows["AMOUNT"].to_numpy(np.int64)
    lower = -labs.times[place[found["ROW"].to_numpy(np.int64)]]
    found = found.assign(LOWER=lower).sort_values(
        ["POS", "DAY", "BILIDAY", "LOWER", "ENZYME"], ignore_index=True
    )
    names = labs.lines["USUBJID"].to_numpy(object)[found["POS"].to_numpy(np.int64)]
    alps = pairs.alp_of(labs, set(names))
    row = [
        pairs.nearest_alp(alps.get(name, []), day, within=rules.pairing_days)
        for name, day in zip(names, found["DAY"].tolist(), strict=True)
    ]
    condition = [pairs.alp_condition(labs.amounts[place[at]] if at >= 0 else None, rules.alp) for at in row]
    return found.assign(ALPROW=np.array(row, dtype=np.int64), ALPCOND=pd.Series(condition, dtype=object))


def to_cases(labs: LiverLabs, candidates: pd.DataFrame, baselines: pairs.Baselines) -> pd.DataFrame:
    """The first pair of each line: the earliest enzyme, then the earliest bilirubin, then the higher multiple.

    ENZRULE, BILIRULE: which rule each of the two was held against, by its own baseline; RULE: RAISED_BASELINE where
    one of them was.
    """
    told = []
    first = candidates.drop_duplicates("POS")
    alts = _alt_of_day(labs, first)
    for one in first.itertuples():
        enzyme, bili = _of_row(labs, one.ROW, baselines), _of_row(labs, one.BILIROW, baselines)
        alp = _of_row(labs, one.ALPROW, baselines) if one.ALPROW >= 0 else {}
        alt = alts.get((one.POS, one.DAY))
        r_value = alt / alp["XULN"] if alt is not None and alp.get("XULN") else None
        limbs = [_rule(baselines.get((one.POS, code))) for code in (one.ENZYME, "BILI")]
        base = baselines.get((one.POS, one.ENZYME))
        rows = dict.fromkeys(at for at in (one.ROW, one.BILIROW, one.ALPROW) if at >= 0)
        told.append(
            {
                **line_of(labs, one.POS), "RULE": RAISED if RAISED in limbs else NORMAL, "ENZRULE": limbs[0],
                "BILIRULE": limbs[1], "ENZYME": one.ENZYME, "ENZDT": enzyme["DT"], "ENZVAL": enzyme["VAL"],
                "ENZXULN": enzyme["XULN"], "ENZXBL": enzyme["XBL"], "BILIDT": bili["DT"], "BILIVAL": bili["VAL"],
                "BILIXULN": bili["XULN"], "BILIXBL": bili["XBL"], "DAYS": one.BILIDAY - one.DAY,
                "ALPDT": alp.get("DT"), "ALPXULN": alp.get("XULN"), "ALPCOND": one.ALPCOND, "RVALUE": r_value,
                "RTYPE": _r_type(r_value), "BLFL": base.kind if base else "NONE",
                "SRC": tuple(f"LB|{labs.rows.at[at, 'RECKEY']}" for at in rows), "DATAERR": None,
                "FIRSTDOSE": labs.lines["FIRSTDOSE"].iat[one.POS],
            }
        )  # fmt: skip
    cases = pd.DataFrame(
        told, columns=[*(name for name in CASE_COLUMNS if not name.endswith("DY")), "FIRSTDOSE"]
    )
    dates = {name: pd.to_datetime(cases[name]) for name in ("ENZDT", "BILIDT", "ALPDT", "FIRSTDOSE")}
    numbers = {name: shown(cases[name]) for name in cases if name.endswith(("XULN", "XBL", "RVALUE"))}
    numbers |= {name: cases[name].astype(float) for name in ("ENZVAL", "BILIVAL")}
    cases = cases.assign(**dates, **numbers)
    for name in ("ENZ", "BILI"):
        cases = derive_study_day(cases, date=f"{name}DT", into=f"{name}DY")
    return cases[list(CASE_COLUMNS)]


def shown(values: pd.Series | np.ndarray) -> pd.Series:
    """Numbers as they are shown: six significant digits. No limit is compared with these."""
    found = [np.nan if pd.isna(one) else float(f"{float(one):.6g}") for one in values]
    return pd.Series(found, dtype=float)


def _rule(base: Baseline | None) -> str:
    return RAISED if base is not None and base.is_raised else NORMAL


def _alt_of_day(labs: LiverLabs, first: pd.DataFrame) -> dict[tuple[int, int], Fraction]:
    """The highest ALT of the day of each case, in multiples of its limit."""
    rows = labs.rows[(labs.rows["CODE"] == "ALT") & labs.rows["POS"].isin(first["POS"])]
    times = pd.Series(labs.times[rows["AMOUNT"].to_numpy(np.int64)], index=rows.index)
    rows = rows.assign(TIMES=times)[times.notna()].sort_values(["POS", "DAY", "TIMES"])
    rows = rows.drop_duplicates(["POS", "DAY"], keep="last")
    told = zip(rows["POS"].tolist(), rows["DAY"].tolist(), rows["AMOUNT"].tolist(), strict=True)
    return {(pos, day): labs.amounts[at].times_known or Fraction(0) for pos, day, at in told}


def _of_row(labs: LiverLabs, row: int, baselines: pairs.Baselines) -> dict[str, Any]:
    """Date, value and multiples of one result."""
    at = labs.rows.loc[row]
    amount = labs.amounts[at["AMOUNT"]]
    base = baselines.get((int(at["POS"]), at["CODE"]))
    return {
        "DT": _date(int(at["DAY"])),
        "VAL": amount.known,
        "XULN": amount.times_known,
        "XBL": _share(amount.known, base),
    }


def _share(value: Fraction | None, base: Baseline | None) -> Fraction | None:
    return value / base.value if value is not None and base is not None and base.value else None


def _date(day: int) -> pd.Timestamp:
    return pd.Timestamp(np.datetime64(day, "D"))


def _r_type(value: Fraction | None) -> str | None:
    """From 5 hepatocellular, up to 2 cholestatic, between them mixed."""
    if value is None:
        return None
    return "HEPATOCELLULAR" if value >= 5 else "CHOLESTATIC" if value <= 2 else "MIXED"


def line_of(labs: LiverLabs, pos: int) -> dict[str, Any]:
    line = labs.lines.iloc[pos]
    return {name: line[name] for name in ("USUBJID", "SITEID", "LINE", "ARMCD")}
