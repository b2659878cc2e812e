"""The assessments that count for best response and progression: dated, one a day, none after the first progression.

An assessment whose data contradict themselves is UNKNOWN: it may have been anything, and whoever asks must say whether
that could change the answer. Source: clinical specification sections 6.1 (date of a progression), 6.3 and 6.4 (two on
one date: the worst).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from milepost.protocol.endpoints import ResponseRules

READER_KEYS = ["USUBJID", "LINE", "CRITERIA", "READER"]
UNKNOWN = "?"
# of two assessments on one date the later in this row counts (admiral's order: PD is the worst, NE gives way)
WORST_LAST = ("NED", "NE", "CR", "PR", "SD", "NON-CR/NON-PD", UNKNOWN, "PD")
ADEQUATE = ("CR", "PR", "SD", "NON-CR/NON-PD", "NED")


def is_after_next_line(timepoints: pd.DataFrame) -> pd.Series:
    """Whether each time point lies after the first dose of the next line (AFTERNEXT; where it is not said: no)."""
    if "AFTERNEXT" not in timepoints:
        return pd.Series(False, index=timepoints.index)
    return timepoints["AFTERNEXT"].eq(True)


def select_assessments(
    timepoints: pd.DataFrame, lines: pd.DataFrame, *, as_of: dt.date, after_next: bool = False
) -> pd.DataFrame:
    """The time points up to and including the first progression of each reader, in order of date.

    Needs time points (USUBJID LINE CRITERIA READER ADT OVRLRESP PDDT SRC DATAERR) and lines of therapy. Gives
    USUBJID LINE CRITERIA READER, ADT (of a progression: the date it counts from), SCANDT (earliest scan of the time
    point), OVR, SRC and DATAERR. What was scanned after the cut-off is not seen, nor, unless `after_next`, what was
    scanned after the next line of therapy had begun (AFTERNEXT). A time point that contradicts itself is UNKNOWN with
    its DATAERR, unless it is a progression whatever the contradiction; a response that is no known word is not
    evaluable (NE).
    """
    seen = timepoints[timepoints["ADT"] <= pd.Timestamp(as_of)]
    if not after_next:
        seen = seen[~is_after_next_line(seen)]
    seen = seen.merge(
        lines.loc[lines["FIRSTDOSE"].notna(), ["USUBJID", "LINE"]], on=["USUBJID", "LINE"], how="inner",
        validate="m:1",
    )  # fmt: skip
    told = seen["OVRLRESP"].astype(object)
    response = told.where(told.isin(WORST_LAST), "NE")
    response = response.where(seen["DATAERR"].isna() | response.eq("PD"), UNKNOWN)
    progressed = response.eq("PD")
    dated_back = progressed & seen["PDDT"].notna()
    counted = pd.DataFrame(
        {
            **{name: seen[name] for name in READER_KEYS},
            "ADT": pd.to_datetime(seen["ADT"].where(~dated_back, seen["PDDT"])),
            "SCANDT": pd.to_datetime(seen["ADT"]),
            "OVR": response,
            "SRC": seen["SRC"],
            "DATAERR": seen["DATAERR"].astype(object).where(response.eq(UNKNOWN), None),
        }
    )
    rank = counted["OVR"].map({word: place for place, word in enumerate(WORST_LAST)})
    counted = counted.assign(RANK=rank).sort_values(
        [*READER_KEYS, "ADT", "RANK", "SCANDT"], ascending=[True] * 5 + [False, True], kind="stable"
    )
    counted = counted.drop_duplicates([*READER_KEYS, "ADT"])
    return up_to_progression(counted.drop(columns="RANK"))


def up_to_progression(assessments: pd.DataFrame) -> pd.DataFrame:
    """The same assessments without those after the first progression of their reader."""
    first = assessments["ADT"].where(assessments["OVR"].eq("PD"))
    first = first.groupby([assessments[name] for name in READER_KEYS], sort=False).transform("min")
    kept = first.isna() | (assessments["ADT"] <= first)
    return assessments[kept].reset_index(drop=True)


def derive_readings(
    lines: pd.DataFrame,
    timepoints: pd.DataFrame,
    baselines: pd.DataFrame,
    rules: ResponseRules,
    *,
    as_of: dt.date,
) -> pd.DataFrame:
    """Every line of therapy begun by the cut-off, once for each criteria and reader that judged it.

    The primary criteria and reader are there for every line, with or without a scan; others where they have data.
    Gives the keys, SITEID ARMCD FIRSTDOSE DEATH WITHDREW LOST, ANL01FL (Y for the primary ones) and of the baseline
    MEASURABLE, COMPLETE (object: True, False or None), BASEDT and BASESRC. Sorted by subject, line, and the order of
    the protocol.
    """
    begun = lines[lines["FIRSTDOSE"].notna() & (lines["FIRSTDOSE"] <= pd.Timestamp(as_of))]
    primary = begun[["USUBJID", "LINE"]].assign(CRITERIA=rules.criteria[0], READER=rules.readers[0])
    own = (timepoints["ADT"] <= pd.Timestamp(as_of)) & ~is_after_next_line(timepoints)
    seen = timepoints.loc[own, READER_KEYS]
    parts = [part for part in (primary, seen, baselines[READER_KEYS]) if len(part)]
    keys = pd.concat(parts or [primary], ignore_index=True).drop_duplicates()
    facts = begun[["USUBJID", "LINE", "SITEID", "ARMCD", "FIRSTDOSE", "DEATH", "WITHDREW", "LOST", "PROBLEM"]]
    readings = keys.merge(facts, on=["USUBJID", "LINE"], how="inner", validate="m:1")
    base = baselines[[*READER_KEYS, "ADT", "MEASURABLE", "COMPLETE", "SRC"]]
    base = base.rename(columns={"ADT": "BASEDT", "SRC": "BASESRC"})
    # responses reported without any scan at baseline do not say that nothing was measurable
    told = base["MEASURABLE"].eq(True) | base["BASEDT"].notna()
    base = base.assign(MEASURABLE=base["MEASURABLE"].astype(object).where(told, None))
    readings = readings.merge(base, on=READER_KEYS, how="left", validate="m:1")
    main = readings["CRITERIA"].eq(rules.criteria[0]) & readings["READER"].eq(rules.readers[0])
    places = {name: place for place, name in enumerate((*rules.criteria, *rules.readers))}
    order = pd.DataFrame(
        {
            "USUBJID": readings["USUBJID"],
            "LINE": readings["LINE"],
            "C": readings["CRITERIA"].map(places).fillna(len(places)),
            "R": readings["READER"].map(places).fillna(len(places)),
            "N": readings["READER"],
        }
    ).sort_values(["USUBJID", "LINE", "C", "R", "N"], kind="stable")
    return readings.assign(ANL01FL=np.where(main, "Y", "N")).loc[order.index].reset_index(drop=True)
