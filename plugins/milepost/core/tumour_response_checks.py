"""What the choice of lesions and their baseline contradict: told to the site, whatever criteria are applied.

Source: clinical specification sections 6.1 and 6.2.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from milepost.core.target_response import BASELINE
from milepost.core.tumour_timepoints import KEYS
from milepost.core.tumour_words import NO_SIZE, SCALE

MOST_TARGETS, MOST_IN_ONE_ORGAN = 5, 2
_LEAST, _LEAST_NODE = 10 * SCALE, 15 * SCALE


def select_lesion_problems(
    findings: pd.DataFrame,
    named: pd.DataFrame,
    lesions: pd.DataFrame,
    windows: pd.DataFrame,
    found: pd.DataFrame,
) -> list[pd.DataFrame]:
    """Rows for `problem_rows` (USUBJID SITEID LINE KEY RULE) about lesions of one line and their baseline.

    findings: TR rows of each line with TP; named: TU rows of each line with PHASE; found: all TR rows, whatever line.
    """
    keys = [*KEYS, "LESION"]
    role = lesions[[*keys, "ROLE", "ATBASE"]]
    known = findings[findings["LESION"].notna()].merge(role, on=keys, how="left", validate="m:1")
    lost = known[known["ROLE"].isna()].drop_duplicates(keys).assign(RULE="TR-ROLE-UNKNOWN")
    for_all = findings["TEST"].isin(["SUMDIAM", "SUMVDIAM"]) | (
        findings["TEST"].eq("TUMSTATE") & findings["GROUP"].eq("TARGET")
    )
    unnamed = findings[findings["LESION"].isna() & ~for_all].assign(RULE="TR-LESION-UNNAMED")
    doubtful = lesions[lesions["DOUBT"]].assign(RULE="TU-ROLE-CONFLICT", KEY=None)
    targets = lesions[lesions["ROLE"].eq("TARGET") & lesions["ATBASE"]]
    vein = targets[targets["VEIN"] & ~targets["NODE"]].assign(RULE="TU-VEIN-AS-TARGET", KEY=None)
    n = targets.groupby(KEYS).size()
    organs = targets.assign(ORGAN=targets["LOC"].where(~targets["HEPATIC"], "LIVER"))
    per_organ = (
        organs[organs["ORGAN"].notna()].groupby([*KEYS, "ORGAN"]).size().groupby(level=[0, 1, 2]).max()
    )
    crowded = n[(n > MOST_TARGETS) | (per_organ.reindex(n.index).fillna(0) > MOST_IN_ONE_ORGAN)].index
    index = pd.MultiIndex.from_frame(targets[KEYS])
    many = targets[index.isin(crowded)].drop_duplicates(KEYS).assign(RULE="TR-TOO-MANY-TARGETS", KEY=None)
    return [
        lost,
        unnamed,
        doubtful,
        vein,
        many,
        *_roles(findings, named, lesions, windows),
        _small(findings, targets),
        _old(findings, lesions, windows, found),
    ]


def _roles(
    findings: pd.DataFrame, named: pd.DataFrame, lesions: pd.DataFrame, windows: pd.DataFrame
) -> list[pd.DataFrame]:
    """Records that call a lesion otherwise than it was called first; and new lesions on or before the first dose of
    all. A scan that begins the next line may call its lesions anew."""
    keys = [*KEYS, "LESION"]
    columns = [*keys, "SITEID", "ROLE", "KEY", "ADT", "PHASE", "FIRSTDOSE"]
    said = pd.concat([named[columns], findings.assign(ROLE=findings["GROUP"])[columns]], ignore_index=True)
    said = said[said["LESION"].notna() & said["ROLE"].notna()]
    said = said.sort_values([*keys, "ADT"], kind="stable")  # the list before the measurements
    said = said.merge(
        lesions[[*keys, "CALLED", "DOUBT", "ROLE"]].rename(columns={"ROLE": "NOW"}),
        on=keys,
        how="inner",
        validate="m:1",
    )
    record, base = pd.MultiIndex.from_frame(said[["USUBJID", "KEY"]]), said["PHASE"].eq("BASE")
    anew = said["PHASE"].eq("POST") & record.isin(record[base.to_numpy()])
    changed = said[
        said["ROLE"].ne(said["CALLED"])
        & said["ROLE"].ne(said["NOW"])
        & ~said["DOUBT"]
        & said["PHASE"].isin(["BASE", "POST"])
        & ~anew
    ]
    first = windows.sort_values(["USUBJID", "FIRSTDOSE"], kind="stable").drop_duplicates("USUBJID")
    of_first = pd.MultiIndex.from_frame(said[["USUBJID", "LINE"]]).isin(
        pd.MultiIndex.from_frame(first[["USUBJID", "LINE"]])
    )
    early = said[said["ROLE"].eq("NEW") & (said["ADT"] <= said["FIRSTDOSE"]) & of_first]
    return [
        rows.drop_duplicates(keys).assign(RULE=rows["KEY"].str[:2] + rule)
        for rows, rule in ((changed, "-ROLE-CHANGED"), (early, "-NEW-AT-BASELINE"))
    ]


def _small(findings: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Baseline measurements of targets below 10 mm, nodes below 15 mm short axis."""
    keys = [*KEYS, "LESION"]
    rows = findings[findings["TP"].eq(BASELINE) & findings["STATE"].eq("MEASURED")]
    rows = rows.merge(targets[[*keys, "NODE"]], on=keys, how="inner", validate="m:1")
    short = rows["NODE"] & rows["TEST"].eq("SAXIS")
    long = ~rows["NODE"] & rows["TEST"].isin(["LDIAM", "VDIAM"])
    limit = np.where(short, _LEAST_NODE, np.where(long, _LEAST, NO_SIZE))
    return rows[rows["SIZE"] < limit].drop_duplicates(keys).assign(RULE="TR-TARGET-NOT-MEASURABLE")


def _old(
    findings: pd.DataFrame, lesions: pd.DataFrame, windows: pd.DataFrame, found: pd.DataFrame
) -> pd.DataFrame:
    """Lines with scans after first dose, none at baseline, and one before the look-back."""
    reader = ["USUBJID", "LINE", "READER"]
    late = findings.loc[findings["TP"].ne(BASELINE), reader].drop_duplicates()
    base = pd.MultiIndex.from_frame(findings.loc[findings["TP"].eq(BASELINE), reader].drop_duplicates())
    without = late[~pd.MultiIndex.from_frame(late).isin(base)]
    without = without.merge(windows, on=["USUBJID", "LINE"], how="inner", validate="m:1")
    before = found.loc[found["ADT"].notna(), ["USUBJID", "READER", "ADT"]]
    before = before.merge(without, on=["USUBJID", "READER"], how="inner", validate="m:m")
    before = before[before["ADT"] < before["EARLIEST"]].drop_duplicates(reader)
    return before.assign(RULE="TR-BASELINE-TOO-OLD", KEY=None)
