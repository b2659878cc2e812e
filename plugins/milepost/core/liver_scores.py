"""Liver scores of each day: ALBI, Child-Pugh, MELD and its successors, cell ratios, R value, CRAFITY.

A score rests on the results of one day (cell ratios: of one sample), Child-Pugh on answers of the last
`safety.liver.score_days` days. What is not known is named in REASON and never replaced by a normal value; a result
reported as a range (`<3`) gives a score only where every value of the range gives the same.
Source: clinical specification sections 3.4 (baselines), 5.1; traps 32 and 33.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core import child_pugh, liver_formulas
from milepost.core.child_pugh_scores import to_child_pugh_rows
from milepost.core.liver_labs import LiverLabs, select_liver_labs
from milepost.core.liver_panels import Score, in_order, to_panels, to_score_rows
from milepost.core.liver_problems import problem
from milepost.core.problems import to_problems
from milepost.core.study_day import derive_study_day
from milepost.protocol import StudyProtocol

__all__ = ["PARAMS", "LiverScores", "derive_liver_scores"]

PARAMS: dict[str, str] = {
    "ALBI": "ALBI score",
    "ALBIGR": "ALBI grade",
    "MALBIGR": "Modified ALBI grade",
    "EZALBI": "EZ-ALBI score",
    "CPSCORE": "Child-Pugh score",
    "CPCLASS": "Child-Pugh class",
    "MELD": "MELD(i) score",
    "MELDNA": "MELD-Na score",
    "MELD3": "MELD 3.0 score",
    "NLR": "Neutrophil-to-lymphocyte ratio",
    "PLR": "Platelet-to-lymphocyte ratio",
    "SII": "Systemic immune-inflammation index (10^9/L)",
    "RVALUE": "R value (ALT/ULN over ALP/ULN)",
    "CRAFITY": "CRAFITY score",
}
COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "PARAMCD", "PARAM", "AVAL", "AVALC", "AVALRAW", "ADT", "ADY", "ABLFL",
    "REASON", "SRC", "DATAERR",
)  # fmt: skip
_DAY_TESTS = ("BILI", "ALB", "INR", "PT", "CREAT", "SODIUM", "ALT", "ALP", "CRP", "AFP")
_SAMPLE_TESTS = ("NEUT", "LYM", "PLAT")


class LiverScores(NamedTuple):
    """scores: one row a subject, line, day and score; problems: as `to_problems` gives them."""

    scores: pd.DataFrame
    problems: pd.DataFrame


_SCORES = (
    Score("ALBI", ("BILI", "ALB"), liver_formulas.albi, not_zero=("BILI",), graded=(
        ("ALBIGR", liver_formulas.albi_grade, ("1", "2", "3")),
        ("MALBIGR", liver_formulas.modified_albi_grade, ("1", "2a", "2b", "3")),
    )),
    Score("EZALBI", ("BILI", "ALB"), liver_formulas.ez_albi),
    Score("MELD", ("BILI", "INR", "CREAT"), liver_formulas.meld),
    Score("MELDNA", ("BILI", "INR", "CREAT", "SODIUM"), liver_formulas.meld_na),
    Score("MELD3", ("BILI", "INR", "CREAT", "SODIUM", "ALB"), liver_formulas.meld_3,
          states=liver_formulas.meld_3_points, needs_sex=True),
    Score("RVALUE", ("ALT", "ALP"), np.divide, not_zero=("ALP",), in_limits=True),
    Score("CRAFITY", ("AFP", "CRP"), liver_formulas.crafity),
)  # fmt: skip
_CELL_SCORES = (
    Score("NLR", ("NEUT", "LYM"), np.divide, not_zero=("LYM",)),
    Score("PLR", ("PLAT", "LYM"), np.divide, not_zero=("LYM",)),
    Score("SII", ("PLAT", "NEUT", "LYM"), lambda plat, neut, lym: plat * neut / lym, not_zero=("LYM",)),
)


def derive_liver_scores(
    labs: pd.DataFrame,
    fa: pd.DataFrame,
    rs: pd.DataFrame,
    dm: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
) -> LiverScores:
    """Liver scores up to the cut-off: one row a subject, line, day and PARAMCD (see PARAMS).

    Needs the record frames of LB, FA (FAOBJ ASCITES, ENCEPHALOPATHY), RS (RSTESTCD CPS: the site's own Child-Pugh) and
    DM (SEX), and the frame of `derive_lines`. Of a day the last sample of a test counts, of one time the less
    favourable. A score that cannot be computed has a row, with the reason, only where all of its laboratory tests but
    one were measured that day, and at least two (Child-Pugh: also where answers contradict each other).

    Columns: AVAL (number, six decimals; class A, B, C as 1, 2, 3; grade 2a, 2b, 3 of mALBI as 2, 3, 4; MELD 3.0
    rounded, its exact value in AVALRAW), AVALC (as it is written), ADT (day of the last input), ADY, ABLFL (Y: last one
    before first dose; a later line repeats it from the line before), REASON (why there is no number: MISSING,
    CENSORED, UNIT, NO_LIMIT, ZERO, SEX, and of which inputs), SRC, DATAERR. Problems: LIVER-WORD-UNKNOWN,
    LIVER-TWO-ANSWERS, LIVER-NO-CHILD-PUGH, LIVER-CHILD-PUGH-DIFFERS.
    """
    results = select_liver_labs(labs, lines, (*_DAY_TESTS, *_SAMPLE_TESTS), protocol=protocol, as_of=as_of)
    female = _female(dm, results.lines)
    of_day = _last_of_day(results)
    panels = to_panels(of_day, [], _DAY_TESTS)
    samples = to_panels(
        results.rows[results.rows["CODE"].isin(_SAMPLE_TESTS)], ["SECOND"], _SAMPLE_TESTS, results
    )
    parts = [part for score in _SCORES for part in to_score_rows(score, panels, results, female)]
    for score in _CELL_SCORES:
        parts += [_last_sample_of_day(part) for part in to_score_rows(score, samples, results, female)]
    findings = child_pugh.select_findings(fa, results.lines, as_of=pd.Timestamp(as_of))
    days = protocol.safety.liver.score_days
    points = to_child_pugh_rows(results, of_day, findings.rows, within=days)
    scores = _with_keys(pd.concat([*parts, *points], ignore_index=True), results.lines)
    # what is asked about Child-Pugh rests on every attempt at it, shown or not
    problems = [
        *_finding_problems(findings, results.lines),
        *_baseline_problems(scores, findings, results.lines),
        *_reported_problems(rs, scores, as_of),
    ]
    shown = scores[scores["SHOWN"].ne(False)][list(COLUMNS)].reset_index(drop=True)
    return LiverScores(shown, to_problems(problems))


def _female(dm: pd.DataFrame, lines: pd.DataFrame) -> np.ndarray:
    """1 female, 0 male, NaN unknown, of each line's subject; the newest demographics count."""
    newest = dm.sort_values(["KNOWN_FROM", "DELIVERY", "SRCLINE"], kind="stable").drop_duplicates(
        "USUBJID", keep="last"
    )
    sex = lines["USUBJID"].map(newest.set_index("USUBJID")["SEX"])
    return sex.map({"F": 1.0, "M": 0.0}).to_numpy(float)


def _last_of_day(results: LiverLabs) -> pd.DataFrame:
    """Of each line, day, side of first dose and test one row: the last drawn, of one time the less favourable."""
    rows = results.rows[results.rows["CODE"].isin(_DAY_TESTS)]
    return in_order(rows, results).drop_duplicates(["POS", "DAY", "BEFORE", "CODE"], keep="last")


def _last_sample_of_day(part: pd.DataFrame) -> pd.DataFrame:
    """Of a day the last sample whose score can be computed, else the last one."""
    ordered = part.assign(HAS=part["AVAL"].notna()).reset_index(names="ORDER")
    ordered = ordered.sort_values(["POS", "DAY", "BEFORE", "HAS", "ORDER"], kind="stable")
    kept = ordered.drop_duplicates(["POS", "DAY", "BEFORE"], keep="last")
    return kept.drop(columns=["HAS", "ORDER"])


def _with_keys(scores: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The scores with the columns of their line, study day and baseline flag, in order."""
    scores = _with_baselines(scores, lines)
    pos = scores["POS"].to_numpy(np.int64)
    named = {name: lines[name].to_numpy(object)[pos] for name in ("USUBJID", "SITEID", "LINE", "ARMCD")}
    first = (
        pd.to_datetime(lines["FIRSTDOSE"]).where(lines["FIRST"] >= 0).to_numpy()[pos] if len(lines) else []
    )
    day = scores["DAY"].to_numpy(np.int64).astype("datetime64[D]").astype("datetime64[ns]")
    told = scores.assign(
        **named, ADT=day, FIRSTDOSE=pd.Series(first, index=scores.index, dtype="datetime64[ns]")
    )
    told = derive_study_day(told).assign(PARAM=told["PARAMCD"].map(PARAMS), LINE=told["LINE"].astype("Int64"))
    if "DATAERR" not in told:
        told = told.assign(DATAERR=None)
    order = {code: place for place, code in enumerate(PARAMS)}
    told = told.assign(ORDER=told["PARAMCD"].map(order), AFTER=~told["BEFORE"].astype(bool))
    told = told.sort_values(["POS", "DAY", "AFTER", "ORDER"], kind="stable", ignore_index=True)
    texts = {
        name: told[name].astype(object).where(told[name].notna(), None)
        for name in ("AVALC", "REASON", "ABLFL", "DATAERR", "ARMCD", "SITEID", "SRC")
    }
    return told.assign(**texts)[[*COLUMNS, "SHOWN"]]


def _with_baselines(scores: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """ABLFL: Y on each line's last score before first dose; a later line gets a copy of the row it rests on."""
    first = lines["FIRST"].to_numpy(np.int64)
    follows = lines["USUBJID"].duplicated().to_numpy(bool)
    known = scores[scores["AVAL"].notna()]
    last = known.sort_values(["POS", "DAY", "BEFORE"], ascending=[True, True, False], kind="stable")
    own = last[last["BEFORE"].astype(bool)].drop_duplicates(["POS", "PARAMCD"], keep="last")
    own = own[first[own["POS"].to_numpy(np.int64)] >= 0]
    scores = scores.assign(ABLFL=pd.Series("Y", index=own.index, dtype=object).reindex(scores.index))
    if not follows.any():
        return scores
    has = set(zip(own["POS"], own["PARAMCD"], strict=True))
    copies = []
    newest = last.drop_duplicates(["POS", "PARAMCD"], keep="last")
    carried: dict[tuple[int, str], int] = {}
    for row in newest.itertuples():
        carried[row.POS, row.PARAMCD] = row.Index
    for pos in np.flatnonzero(follows).tolist():
        for code in PARAMS:
            if (pos - 1, code) in carried:
                if (pos, code) not in has:
                    copies.append((carried[pos - 1, code], pos))
                carried.setdefault((pos, code), carried[pos - 1, code])
    if not copies:
        return scores
    taken = scores.loc[[index for index, _ in copies]].assign(
        POS=[pos for _, pos in copies], ABLFL="Y", BEFORE=True
    )
    return pd.concat([scores, taken], ignore_index=True)


def _finding_problems(findings: child_pugh.Findings, lines: pd.DataFrame) -> list[dict[str, object]]:
    unknown = [
        problem(lines, int(row.POS), "FA", row.RECKEY, "LIVER-WORD-UNKNOWN")
        for row in findings.unknown.itertuples()
    ]
    clashes = findings.rows[findings.rows["CLASH"].astype(bool)]
    return unknown + [
        problem(lines, int(row.POS), "FA", row.RECKEY[0], "LIVER-TWO-ANSWERS") for row in clashes.itertuples()
    ]


def _baseline_problems(
    scores: pd.DataFrame, findings: child_pugh.Findings, lines: pd.DataFrame
) -> list[dict[str, object]]:
    """Treated lines without Child-Pugh before first dose though its laboratory tests are there, in a study that asks
    for its answers: a site that never measures INR is not asked for it patient by patient."""
    if findings.rows.empty:
        return []
    points = scores[(scores["PARAMCD"] == "CPSCORE") & (scores["ADY"] <= 1).fillna(False)]
    measured = ~points["REASON"].fillna("").str.contains(r"MISSING: .*(?:BILI|ALB|INR)", regex=True)
    tried = points[measured][["USUBJID", "LINE"]].drop_duplicates()
    has = points[points["ABLFL"].eq("Y")][["USUBJID", "LINE"]].drop_duplicates()
    lack = tried.merge(has.assign(HAS=True), on=["USUBJID", "LINE"], how="left", validate="1:1")
    lack = lack[lack["HAS"].isna()]
    place = {key: at for at, key in enumerate(zip(lines["USUBJID"], lines["LINE"], strict=True))}
    return [
        problem(lines, place[row.USUBJID, row.LINE], "FA", None, "LIVER-NO-CHILD-PUGH")
        for row in lack.itertuples()
    ]


def _reported_problems(rs: pd.DataFrame, scores: pd.DataFrame, as_of: dt.date) -> list[dict[str, object]]:
    """The site's own Child-Pugh (RSTESTCD CPS: points or class) that differs from ours of the same day."""
    mine = rs[rs["RSTESTCD"].eq("CPS") & rs["ADT"].notna() & (rs["ADT"] <= pd.Timestamp(as_of))]
    if mine.empty:
        return []
    ours = scores[scores["PARAMCD"].isin(("CPSCORE", "CPCLASS")) & scores["AVALC"].notna()]
    pairs = mine[["USUBJID", "ADT", "RSORRES", "RECKEY"]].merge(
        ours[["USUBJID", "SITEID", "LINE", "PARAMCD", "AVALC", "ADT"]],
        on=["USUBJID", "ADT"],
        how="inner",
        validate="m:m",
    )
    said = (
        pairs["RSORRES"]
        .astype(str)
        .str.upper()
        .str.replace(r"^(CHILD-PUGH|CLASS|GRADE)\s*", "", regex=True)
        .str.strip()
    )
    kind = np.where(
        said.isin(["A", "B", "C"]), "CPCLASS", np.where(said.str.fullmatch(r"\d+"), "CPSCORE", "")
    )
    apart = pairs[(kind == pairs["PARAMCD"]) & (said != pairs["AVALC"])]
    return [
        problem(None, 0, "RS", row.RECKEY, "LIVER-CHILD-PUGH-DIFFERS")
        | {"USUBJID": row.USUBJID, "SITEID": row.SITEID, "LINE": row.LINE}
        for row in apart.itertuples()
    ]
