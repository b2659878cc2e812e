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
from milepost.core.liver_cases import CASE_COLUMNS, select_candidates, to_cases
from milepost.core.liver_labs import LiverLabs, select_liver_labs
from milepost.core.liver_problems import problem
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
    safety.lab_days after the last one, before the next line; a bilirubin that belongs to an ALT or AST of that time
    counts beyond it.

    patients, for each TEST of ALT AST BILI ALP: <TEST>BL baseline (mean, U/L or umol/L), BLULN (mean multiple of the
    upper limits), BLN days measured, BLFL (MEAN, SINGLE, NONE); PKULN, PKBL peak in multiples of the upper limit and of
    baseline, with PKULNDT, PKBLDT. EDISH, MDISH: quadrant of peak ALT and peak bilirubin (HYS, TEMPLE, CHOLESTASIS,
    NORMAL) by multiples of the limit, of baseline; PAIRED, MPAIRED: Y where such a bilirubin follows such an ALT in
    time, N where the peaks only meet in the plot; REASON, MREASON why there is no quadrant. BASETIER (1, 2 …),
    BASETIERC: by baseline ALT; without a baseline the first tier's limits hold. LAYER: WATCH, WITHHOLD or STOP by ALT;
    BILIMOD: Y where an ALT above the watch limit has a bilirubin with it; LAYERMOD: then one layer more. HYSFL: Y where
    there is a case; CHOLFL: Y where a pair was set aside because ALP was raised too.

    cases: RULE (NORMAL_BASELINE, RAISED_BASELINE), ENZYME, dates, values, multiples (numbers rounded by nothing), DAYS
    between, ALPCOND (MET; UNKNOWN: no ALP near the day), RVALUE and RTYPE, BLFL of the enzyme. Values above or below a
    laboratory's limit count as that limit. Problems: LIVER-NO-LIMIT, LIVER-NO-BASELINE.
    """
    rules = protocol.safety.liver
    results = select_liver_labs(labs, lines, TESTS, protocol=protocol, as_of=as_of)
    treated = np.flatnonzero(results.lines["FIRST"].to_numpy(np.int64) >= 0)
    on = pairs.under_treatment(results, lab_days=protocol.safety.lab_days)
    baselines = liver_baselines(results, rules=rules)
    raised = np.array(
        [
            any(_raised(baselines.get((pos, enzyme))) for enzyme in pairs.ENZYMES)
            for pos in range(len(results.lines))
        ],
        dtype=bool,
    )
    candidates = select_candidates(results, on, baselines, raised, rules)
    cases = to_cases(results, candidates[candidates["ALPCOND"] != "NOT_MET"], baselines, raised)
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


def _raised(baseline: Baseline | None) -> bool:
    return baseline is not None and baseline.is_raised


def _patients(
    labs: LiverLabs, treated: np.ndarray, on: np.ndarray, baselines: pairs.Baselines, rules: LiverRules
) -> pd.DataFrame:
    """One row a treated line: baselines, peaks, quadrants and layers."""
    frame = labs.lines.iloc[treated][["USUBJID", "SITEID", "LINE", "ARMCD"]].reset_index(drop=True)
    columns: dict[str, Any] = {}
    sources: list[list[str]] = [[] for _ in treated]
    for test in TESTS:
        made, rows = _of_test(labs, treated, on, baselines, test)
        columns |= {test + name: values for name, values in made.items()}
        for of_line, row in zip(sources, rows, strict=True):
            of_line += [] if row < 0 else [f"LB|{labs.rows.at[row, 'RECKEY']}"]
    columns |= _quadrant(labs, treated, on, baselines, rules, columns, own=False)
    columns |= _quadrant(labs, treated, on, baselines, rules, columns, own=True)
    columns |= _layers(labs, treated, on, baselines, rules)
    return frame.assign(**columns, SRC=pd.Series([tuple(one) for one in sources], dtype=object), DATAERR=None)


def _of_test(
    labs: LiverLabs, treated: np.ndarray, on: np.ndarray, baselines: pairs.Baselines, test: str
) -> tuple[dict[str, Any], list[int]]:
    """Baseline and peaks of one test for each treated line, and the row of its peak in multiples of the limit (-1)."""
    bases = [baselines.get((pos, test)) for pos in treated.tolist()]
    values = np.array([np.nan if one is None or one.value is None else float(one.value) for one in bases])
    times = np.array([np.nan if one is None or one.times is None else float(one.times) for one in bases])
    rows = labs.rows[on & (labs.rows["CODE"] == test).to_numpy(bool)]
    place = rows["AMOUNT"].to_numpy(np.int64)
    rows = rows.assign(TIMES=labs.times[place], KNOWN=labs.known[place])
    highest = {name: _first_highest(rows, name) for name in ("TIMES", "KNOWN")}
    peak = highest["TIMES"].reindex(treated)
    most = highest["KNOWN"].reindex(treated)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_baseline = np.where(values > 0, most["KNOWN"].to_numpy(float) / values, np.nan)
    date = most["DAY"].where(~np.isnan(of_baseline))
    return {
        "BL": values, "BLULN": times,
        "BLN": np.array([0 if one is None else one.days for one in bases], dtype=np.int64),
        "BLFL": pd.Series(["NONE" if one is None else one.kind for one in bases], dtype=object),
        "PKULN": peak["TIMES"].to_numpy(float), "PKULNDT": _dates(peak["DAY"]),
        "PKBL": of_baseline, "PKBLDT": _dates(date),
    }, peak["ROW"].fillna(-1).astype(int).tolist()  # fmt: skip


def _first_highest(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Of each line the first row with the highest number: DAY, ROW and the number, by POS."""
    known = rows[rows[name].notna()].reset_index(names="ROW")
    ordered = known.sort_values(["POS", name, "DAY", "RECKEY"], ascending=[True, False, True, True])
    return ordered.drop_duplicates("POS").set_index("POS")[["DAY", "ROW", name]]


def _dates(days: pd.Series) -> pd.Series:
    # not pd.to_datetime(unit="D"): among empty days it may stop with an overflow (it rounds memory it never set)
    known = days.notna().to_numpy(bool)
    dates = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[D]")
    dates[known] = days.to_numpy(float)[known].astype(np.int64).astype("datetime64[D]")
    return pd.Series(dates.astype("datetime64[ns]"))


def _quadrant(
    labs: LiverLabs,
    treated: np.ndarray,
    on: np.ndarray,
    baselines: pairs.Baselines,
    rules: LiverRules,
    columns: dict[str, Any],
    *,
    own: bool,
) -> dict[str, Any]:
    """Quadrant of peak ALT against peak bilirubin, and whether the two also belong together in time."""
    test, prefix, peak = (pairs.reaches_of_baseline, "M", "PKBL") if own else (pairs.reaches, "", "PKULN")
    none = np.zeros(len(labs.lines), dtype=bool)
    after = ~labs.rows["BEFORE"].to_numpy(bool)
    alt = pairs.select_hits(labs, on, "ALT", baselines, none, test(rules.alt))
    bili = pairs.select_hits(labs, on, "BILI", baselines, none, test(rules.bili))
    later = pairs.select_hits(labs, after, "BILI", baselines, none, test(rules.bili))
    together = set(pairs.pair_up(alt, later, within=rules.pairing_days)["POS"])
    high_alt, high_bili = set(alt["POS"]), set(bili["POS"])
    words, paired, reasons = [], [], []
    for at, pos in enumerate(treated.tolist()):
        lack = [name for name in ("ALT", "BILI") if np.isnan(columns[name + peak][at])]
        words.append(None if lack else _QUADRANTS[pos in high_alt, pos in high_bili])
        paired.append("Y" if pos in together else "N")
        reasons.append(f"NOT_KNOWN: {', '.join(lack)}" if lack else None)
    return {
        f"{prefix}DISH" if own else "EDISH": pd.Series(words, dtype=object),
        f"{prefix}PAIRED": pd.Series(paired, dtype=object),
        f"{prefix}REASON": pd.Series(reasons, dtype=object),
    }


_QUADRANTS = {
    (True, True): "HYS", (True, False): "TEMPLE", (False, True): "CHOLESTASIS", (False, False): "NORMAL",
}  # fmt: skip


def _layers(
    labs: LiverLabs, treated: np.ndarray, on: np.ndarray, baselines: pairs.Baselines, rules: LiverRules
) -> dict[str, Any]:
    """Tier by baseline ALT, the layer that ALT reached (more than its limit), and what bilirubin adds to it."""
    tier = {pos: _tier(baselines.get((pos, "ALT")), rules.tiers) for pos in treated.tolist()}
    none = np.zeros(len(labs.lines), dtype=bool)
    after = ~labs.rows["BEFORE"].to_numpy(bool)
    normal = pairs.select_hits(labs, after, "BILI", baselines, none, pairs.reaches(rules.bili))
    raised = pairs.select_hits(labs, after, "BILI", baselines, none, pairs.reaches(rules.raised_bili_uln))
    is_raised = np.array([_raised(baselines.get((pos, "BILI"))) for pos in range(len(none))], dtype=bool)
    jaundices = pd.concat(
        [
            normal[~is_raised[normal["POS"].to_numpy(np.int64)]],
            raised[is_raised[raised["POS"].to_numpy(np.int64)]],
        ]
    ).sort_values(["POS", "DAY"])
    reached: dict[int, int] = {}
    modified: set[int] = set()
    for number, limits in enumerate(rules.tiers):
        mine = np.array([tier.get(pos, (None, -1))[1] == number for pos in range(len(none))], dtype=bool)
        among = on & mine[labs.rows["POS"].to_numpy(np.int64)]
        for layer, limit in enumerate((limits.watch, limits.withhold, limits.stop), start=1):
            hits = pairs.select_hits(labs, among, "ALT", baselines, none, pairs.exceeds(limit))
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
