"""ADTR: each target lesion and their sum at every scan, against baseline and against the smallest sum so far.

Lengths in mm, changes in %, exact. Source: clinical specification sections 6.1, 6.2 and 9.1.
"""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from milepost.core.study_day import derive_study_day
from milepost.core.target_response import BASELINE
from milepost.core.tumour_timepoints import KEYS, text_where
from milepost.core.tumour_words import NO_SIZE, SCALE, shorten, to_mm

_AT = [*KEYS, "TP"]
LESION_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "PARAMCD", "PARAM", "PARCAT1", "PARCAT2", "PARCAT3", "TRLNKID", "VISIT",
    "ADT", "ADY", "AVAL", "BASE", "CHG", "PCHG", "NADIR", "CHGNAD", "PCHGNAD", "ABLFL", "SRC", "DATAERR",
)  # fmt: skip
_CODES = {"RECIST 1.1": ("LDIAM", "SDIAM"), "mRECIST": ("VDIAM", "SVDIAM")}
_WORDS = {"RECIST 1.1": "Diameter", "mRECIST": "Viable Diameter"}


def to_measurements(
    grid: pd.DataFrame, judged: pd.DataFrame, baselines: pd.DataFrame, criteria: str
) -> pd.DataFrame:
    """ADTR rows: LDIAM<n> of each target lesion, SDIAM their sum where every target was measured (mRECIST: VDIAM<n>,
    SVDIAM).

    AVAL BASE CHG NADIR CHGNAD in mm, PCHG PCHGNAD in % (Decimals, % to six digits). A lesion that was looked at but
    has no usable size keeps its row, AVAL empty. n counts a reader's target lesions in the order of their names.
    """
    single, total = _CODES[criteria]
    # a scan that is not judged here (of the next line) gives no row
    lesions = grid[grid["TOLD"] & (grid["TP"].eq(BASELINE) | grid["TP"].isin(judged["TP"]))]
    lesions = lesions.merge(judged[[*_AT, "VISIT"]], on=_AT, how="left", validate="m:1")
    names = grid[[*KEYS, "LESION"]].drop_duplicates().sort_values([*KEYS, "LESION"])
    names = names.assign(NUMBER=names.groupby(KEYS).cumcount() + 1)
    lesions = lesions.merge(names, on=[*KEYS, "LESION"], how="left", validate="m:1")
    lesions = lesions.assign(
        PARAMCD=single + lesions["NUMBER"].astype(str),
        PARAM="Target Lesion " + lesions["NUMBER"].astype(str) + f" Analysis {_WORDS[criteria]}",
        DATAERR=text_where(lesions["CLASH"], "TR-TWO-MEASUREMENTS"), SRC=lesions["KEYS_"],
        TRLNKID=lesions["LESION"],
    )  # fmt: skip
    base = lesions.loc[lesions["TP"].eq(BASELINE), [*KEYS, "LESION", "SIZE"]].rename(columns={"SIZE": "BASE"})
    lesions = lesions.merge(base, on=[*KEYS, "LESION"], how="left", validate="m:1")
    lesions = lesions.assign(BASE=lesions["BASE"].fillna(NO_SIZE).astype("int64"), NADIR=NO_SIZE)
    of_line = ["SITEID", "ARMCD", "FIRSTDOSE"]
    sums = judged[judged["COMPLETE"] & judged["TOTAL"].ge(0) & judged["BASEERR"].isna()]
    first = baselines[baselines["BASE"].ge(0)]
    columns = [*_AT, *of_line, "ADT", "VISIT", "SIZE", "BASE", "NADIR", "SRC"]
    sums = pd.concat(
        [
            first.assign(TP=BASELINE, VISIT=None, SIZE=first["BASE"], NADIR=NO_SIZE)[columns],
            sums.assign(SIZE=sums["TOTAL"])[columns],
        ],
        ignore_index=True,
    ).assign(
        PARAMCD=total,
        PARAM=f"Target Lesions Sum of {_WORDS[criteria]}s by Criteria",
        TRLNKID=None,
        DATAERR=None,
    )
    shared = [*columns, "PARAMCD", "PARAM", "TRLNKID", "DATAERR"]
    every = pd.concat([lesions[shared], sums[shared]], ignore_index=True)
    every = derive_study_day(every.astype({"ADT": "datetime64[ns]"}))
    is_base = every["TP"].eq(BASELINE)
    later = ~is_base
    visit = every["VISIT"].astype(object)
    return every.assign(
        AVAL=_mm(every["SIZE"]), BASE=_mm(every["BASE"]), NADIR=_mm(every["NADIR"]),
        CHG=_change(every["SIZE"], every["BASE"], later), PCHG=_percent(every["SIZE"], every["BASE"], later),
        CHGNAD=_change(every["SIZE"], every["NADIR"], later), PCHGNAD=_percent(every["SIZE"], every["NADIR"], later),
        ABLFL=text_where(is_base, "Y"), PARCAT1="Target Lesion(s)", PARCAT2=every["READER"], PARCAT3=criteria,
        VISIT=visit.where(visit.notna(), None),
    )[list(LESION_COLUMNS)]  # fmt: skip


def _mm(sizes: pd.Series) -> pd.Series:
    """Millimetres of each length, made once for each different one."""
    made = {size: to_mm(size) for size in sizes.unique().tolist()}
    return pd.Series([made[size] for size in sizes.tolist()], index=sizes.index, dtype=object)


def _change(sizes: pd.Series, against: pd.Series, later: pd.Series) -> pd.Series:
    known = later & sizes.ge(0) & against.ge(0)
    made = (sizes - against).where(known)
    return pd.Series(
        [None if pd.isna(one) else shorten(Decimal(int(one)) / SCALE) for one in made],
        index=sizes.index,
        dtype=object,
    )


def _percent(sizes: pd.Series, against: pd.Series, later: pd.Series) -> pd.Series:
    known = later & sizes.ge(0) & against.gt(0)
    pairs = zip(sizes.tolist(), against.tolist(), known.tolist(), strict=True)
    made = [
        shorten((Decimal(100 * (now - then)) / then).quantize(Decimal("0.000001"))) if told else None
        for now, then, told in pairs
    ]
    return pd.Series(made, index=sizes.index, dtype=object)
