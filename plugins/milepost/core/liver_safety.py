"""Liver safety of each line of therapy: peaks, eDISH and mDISH, layers to act on, and potential Hy's law cases.

Limits are multiples of the upper limit printed on each report (never a constant) and, where the baseline is raised,
of the patient's own baseline too: both are shown. A case is potential until somebody has judged it.
Source: clinical specification sections 3.4, 4.1 and 5.2; traps 27 and 31.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from milepost.core import liver_pairs as pairs
from milepost.core.liver_baseline import Baseline, liver_baselines
from milepost.core.liver_cases import CASE_COLUMNS, select_candidates, shown, to_cases
from milepost.core.liver_labs import LiverLabs, select_liver_labs
from milepost.core.liver_problems import problem
from milepost.core.liver_quadrants import select_counted, to_quadrants
from milepost.core.problems import to_problems
from milepost.protocol import StudyProtocol
from milepost.protocol.safety import LiverRules, LiverTier

__all__ = ["CASE_COLUMNS", "PATIENT_COLUMNS", "LiverSafety", "derive_liver_safety"]

TESTS = ("ALT", "AST", "BILI", "ALP")
_OF_TEST = ("BL", "BLULN", "BLN", "BLFL", "PKULN", "PKULNDT", "PKBL", "PKBLDT")
PATIENT_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", *(test + what for test in TESTS for what in _OF_TEST),
    "EDISH", "PAIRED", "REASON", "MDISH", "MPAIRED", "MREASON", "BASETIER", "BASETIERC", "LAYER", "BILIMOD", "LAYERMOD",
    "HYSFL", "CHOLFL", "SRC", "DATAERR",
)  # fmt: skip
LAYERS = ("WATCH", "WITHHOLD", "STOP")


class LiverSafety(NamedTuple):
    """patients: one row a treated line; cases: its first potential Hy's law pair; problems: as `to_problems`."""

    patients: pd.DataFrame
    cases: pd.DataFrame
    problems: pd.DataFrame


def derive_liver_safety(
    labs: pd.DataFrame, lines: pd.DataFrame, *, protocol: StudyProtocol, as_of: dt.date
) -> LiverSafety:
    """Liver safety of every line begun by the cut-off, from ALT, AST, bilirubin and ALP.

    labs: record frame of LB; lines: as `derive_lines` gives them. On treatment: after first dose and up to
    safety.lab_days after the last one, before the next line; a bilirubin that belongs to a raised ALT or AST of that
    time (safety.liver.pairing_days) counts beyond it, for the peaks and quadrants as for the cases.

    patients, for each TEST of ALT AST BILI ALP: <TEST>BL baseline (mean, U/L or umol/L), BLULN (mean multiple of the
    upper limits), BLN days measured, BLFL (MEAN, SINGLE, NONE); PKULN, PKBL peak in multiples of the upper limit and of
    baseline, with PKULNDT, PKBLDT. EDISH, MDISH: quadrant of peak ALT and peak bilirubin (HYS, TEMPLE, CHOLESTASIS,
    NORMAL) by multiples of the limit, of baseline; PAIRED, MPAIRED: Y where such a bilirubin follows such an ALT in
    time, N where none does (the peaks may still meet in the plot), empty where a result known only as a range leaves
    that open; REASON, MREASON why there is no quadrant or no answer about the pair: NOT_KNOWN, CENSORED (a range that
    reaches over the line), and of which test. Peaks of a range are its bound. BASETIER (1, 2 …),
    BASETIERC: by baseline ALT; without a baseline the first tier's limits hold. LAYER: WATCH, WITHHOLD or STOP by ALT;
    BILIMOD: Y where an ALT above the watch limit has a bilirubin with it; LAYERMOD: then one layer more. HYSFL: Y where
    there is a case; CHOLFL: Y where a pair was set aside because ALP was raised too.

    cases: ENZRULE, BILIRULE (NORMAL_BASELINE, RAISED_BASELINE: each by its own baseline), RULE (RAISED_BASELINE where
    one of them is), ENZYME, dates, values, multiples, DAYS between, ALPCOND (MET; UNKNOWN: no ALP near the day), RVALUE
    and RTYPE, BLFL of the enzyme. A value above or below a laboratory's limit counts as that limit. Multiples and
    baselines are shown to six significant digits; limits are compared before that. Problems: LIVER-NO-LIMIT,
    LIVER-NO-BASELINE.
    """
    rules = protocol.safety.liver
    results = select_liver_labs(labs, lines, TESTS, protocol=protocol, as_of=as_of)
    treated = np.flatnonzero(results.lines["FIRST"].to_numpy(np.int64) >= 0)
    on = pairs.under_treatment(results, lab_days=protocol.safety.lab_days)
    baselines = liver_baselines(results, rules=rules)
    candidates = select_candidates(results, on, baselines, rules)
    cases = to_cases(results, candidates[candidates["ALPCOND"] != "NOT_MET"], baselines)
    patients = _patients(results, treated, on, baselines, rules)
    has = set(candidates.loc[candidates["ALPCOND"] != "NOT_MET", "POS"])
    dismissed = set(candidates.loc[candidates["ALPCOND"] == "NOT_MET", "POS"])
    patients = patients.assign(
        HYSFL=["Y" if pos in has else "N" for pos in treated.tolist()],
        CHOLFL=["Y" if pos in dismissed else "N" for pos in treated.tolist()],
    )
    return LiverSafety(
        patients[list(PATIENT_COLUMNS)], cases, to_problems(_problems(results, treated, on, baselines))
    )


def _patients(
    labs: LiverLabs, treated: np.ndarray, on: np.ndarray, baselines: pairs.Baselines, rules: LiverRules
) -> pd.DataFrame:
    """One row a treated line: baselines, peaks, quadrants and layers."""
    frame = labs.lines.iloc[treated][["USUBJID", "SITEID", "LINE", "ARMCD"]].reset_index(drop=True)
    columns: dict[str, Any] = {}
    by_limit, by_baseline = (select_counted(labs, on, baselines, rules, own=own) for own in (False, True))
    sources: list[list[str]] = [[] for _ in treated]
    for test in TESTS:
        made, rows = _of_test(labs, treated, by_limit, by_baseline, baselines, test)
        columns |= {test + name: values for name, values in made.items()}
        for of_line, row in zip(sources, rows, strict=True):
            of_line += [] if row < 0 else [f"LB|{labs.rows.at[row, 'RECKEY']}"]
    columns |= to_quadrants(labs, treated, by_limit, baselines, rules, columns, own=False)
    columns |= to_quadrants(labs, treated, by_baseline, baselines, rules, columns, own=True)
    columns |= _layers(labs, treated, on, baselines, rules)
    columns |= {name: shown(columns[name]) for name in columns if name.endswith(("BL", "ULN"))}
    return frame.assign(**columns, SRC=pd.Series([tuple(one) for one in sources], dtype=object), DATAERR=None)


def _of_test(
    labs: LiverLabs,
    treated: np.ndarray,
    by_limit: np.ndarray,
    by_baseline: np.ndarray,
    baselines: pairs.Baselines,
    test: str,
) -> tuple[dict[str, Any], list[int]]:
    """Baseline and peaks of one test for each treated line, and the row of its peak in multiples of the limit (-1).

    by_limit, by_baseline: the rows that count for the peak in multiples of the limit, of baseline.
    """
    bases = [baselines.get((pos, test)) for pos in treated.tolist()]
    values = np.array([np.nan if one is None or one.value is None else float(one.value) for one in bases])
    times = np.array([np.nan if one is None or one.times is None else float(one.times) for one in bases])
    mine = (labs.rows["CODE"] == test).to_numpy(bool)
    peak = _first_highest(labs, by_limit & mine, labs.times).reindex(treated)
    most = _first_highest(labs, by_baseline & mine, labs.known).reindex(treated)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_baseline = np.where(values > 0, most["NUMBER"].to_numpy(float) / values, np.nan)
    date = most["DAY"].where(~np.isnan(of_baseline))
    return {
        "BL": values, "BLULN": times,
        "BLN": np.array([0 if one is None else one.days for one in bases], dtype=np.int64),
        "BLFL": pd.Series(["NONE" if one is None else one.kind for one in bases], dtype=object),
        "PKULN": peak["NUMBER"].to_numpy(float), "PKULNDT": _dates(peak["DAY"]),
        "PKBL": of_baseline, "PKBLDT": _dates(date),
    }, peak["ROW"].fillna(-1).astype(int).tolist()  # fmt: skip


def _first_highest(labs: LiverLabs, among: np.ndarray, numbers: np.ndarray) -> pd.DataFrame:
    """Of each line the first of these rows with the highest number: DAY, ROW and NUMBER, by POS."""
    rows = labs.rows[among]
    rows = rows.assign(NUMBER=numbers[rows["AMOUNT"].to_numpy(np.int64)])
    known = rows[rows["NUMBER"].notna()].reset_index(names="ROW")
    ordered = known.sort_values(["POS", "NUMBER", "DAY", "RECKEY"], ascending=[True, False, True, True])
    return ordered.drop_duplicates("POS").set_index("POS")[["DAY", "ROW", "NUMBER"]]


def _dates(days: pd.Series) -> pd.Series:
    # not pd.to_datetime(unit="D"): among empty days it may stop with an overflow (it rounds memory it never set)
    known = days.notna().to_numpy(bool)
    dates = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[D]")
    dates[known] = days.to_numpy(float)[known].astype(np.int64).astype("datetime64[D]")
    return pd.Series(dates.astype("datetime64[ns]"))


def _layers(
    labs: LiverLabs, treated: np.ndarray, on: np.ndarray, baselines: pairs.Baselines, rules: LiverRules
) -> dict[str, Any]:
    """Tier by baseline ALT, the layer that ALT reached (more than its limit), and what bilirubin adds to it."""
    tier = {pos: _tier(baselines.get((pos, "ALT")), rules.tiers) for pos in treated.tolist()}
    after = ~labs.rows["BEFORE"].to_numpy(bool)
    jaundices = pairs.select_hits(labs, after, "BILI", baselines, pairs.adds_to_layer(rules))
    reached: dict[int, int] = {}
    modified: set[int] = set()
    for number, limits in enumerate(rules.tiers):
        mine = np.array(
            [tier.get(pos, (None, -1))[1] == number for pos in range(len(labs.lines))], dtype=bool
        )
        among = on & mine[labs.rows["POS"].to_numpy(np.int64)]
        for layer, limit in enumerate((limits.watch, limits.withhold, limits.stop), start=1):
            hits = pairs.select_hits(labs, among, "ALT", baselines, pairs.exceeds(limit))
            reached |= dict.fromkeys(hits["POS"].tolist(), layer)
            if layer == 1:
                modified |= set(pairs.pair_up(hits, jaundices, within=rules.pairing_days)["POS"])
    layers = [reached.get(pos, 0) for pos in treated.tolist()]
    more = [pos in modified for pos in treated.tolist()]
    names = (None, *LAYERS)
    return {
        "BASETIER": pd.array([tier[pos][0] for pos in treated.tolist()], dtype="Int64"),
        "BASETIERC": pd.Series([_tier_text(tier[pos][0], rules.tiers) for pos in treated.tolist()], dtype=object),
        "LAYER": pd.Series([names[layer] for layer in layers], dtype=object),
        "BILIMOD": pd.Series(["Y" if one else "N" for one in more], dtype=object),
        "LAYERMOD": pd.Series(
            [names[min(layer + one, len(LAYERS))] for layer, one in zip(layers, more, strict=True)], dtype=object
        ),
    }  # fmt: skip


def _tier(baseline: Baseline | None, tiers: tuple[LiverTier, ...]) -> tuple[int | None, int]:
    """Tier from 1 (None: no baseline), and the place of the limits that hold."""
    if baseline is None or baseline.times is None:
        return None, 0
    below = (
        tier.baseline_below is not None and baseline.times < Fraction(tier.baseline_below) for tier in tiers
    )
    place = next((at for at, holds in enumerate(below) if holds), len(tiers) - 1)
    return place + 1, place


def _tier_text(number: int | None, tiers: tuple[LiverTier, ...]) -> str | None:
    if number is None:
        return None
    upper = tiers[number - 1].baseline_below
    lower = tiers[number - 2].baseline_below if number > 1 else None
    if lower is None:
        return "any" if upper is None else f"<{upper}"
    return f">={lower}" if upper is None else f"{lower}-<{upper}"


def _problems(
    labs: LiverLabs, treated: np.ndarray, on: np.ndarray, baselines: pairs.Baselines
) -> list[dict[str, Any]]:
    """Limits that are missing (one question a line and test, naming its first record), lines without a baseline."""
    rows = labs.rows
    unlimited = np.array([one.uln is None and one.times_lo is None for one in labs.amounts], dtype=bool)
    lack = rows[unlimited[rows["AMOUNT"].to_numpy(np.int64)]] if len(rows) else rows
    lack = lack.sort_values(["POS", "CODE", "DAY", "RECKEY"]).drop_duplicates(["POS", "CODE"])
    found = [problem(labs.lines, one.POS, "LB", one.RECKEY, "LIVER-NO-LIMIT") for one in lack.itertuples()]
    measured = set(zip(rows["POS"][on], rows["CODE"][on], strict=True))
    for pos in treated.tolist():
        if any((pos, test) in measured and (pos, test) not in baselines for test in ("ALT", "AST", "BILI")):
            found.append(problem(labs.lines, pos, "LB", None, "LIVER-NO-BASELINE"))
    return found
