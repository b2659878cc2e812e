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
_OF_LINE = ["SITEID", "ARMCD", "FIRSTDOSE"]
LESION_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "PARAMCD", "PARAM", "PARCAT1", "PARCAT2", "PARCAT3", "TRLNKID", "TRGRPID",
    "TULOC", "VISIT", "AVISIT", "ADT", "ADY", "AVAL", "AVALU", "TRORRES", "TRORRESU", "SUMFL", "BASE", "CHG", "PCHG",
    "NADIR", "CHGNAD", "PCHGNAD", "ABLFL", "SRC", "DATAERR",
)  # fmt: skip
_SHARED = [
    *_AT, *_OF_LINE, "ADT", "VISIT", "SIZE", "BASE", "NADIR", "SUMFL", "SRC", "PARAMCD", "PARAM", "TRLNKID", "TULOC",
    "TRORRES", "TRORRESU", "DATAERR",
]  # fmt: skip
_CODES = {"RECIST 1.1": ("LDIAM", "SDIAM"), "mRECIST": ("VDIAM", "SVDIAM")}
_WORDS = {"RECIST 1.1": "Diameter", "mRECIST": "Viable Diameter"}


def to_measurements(
    grid: pd.DataFrame, judged: pd.DataFrame, baselines: pd.DataFrame, criteria: str
) -> pd.DataFrame:
    """ADTR rows: LDIAM<n> of each target lesion, SDIAM their sum (mRECIST: VDIAM<n>, SVDIAM).

    AVAL BASE CHG NADIR CHGNAD in mm, PCHG PCHGNAD in % (Decimals, % to six digits). TRORRES and TRORRESU: the site's
    own words; TULOC: where the lesion is; VISIT (AVISIT): of the scan, at baseline of the last one. A lesion that was
    looked at but has no usable size keeps its row, AVAL empty. A sum that lacks a target lesion has SUMFL INCOMPLETE,
    no change from baseline, and never is the smallest sum; its change from that is given, since what was measured alone
    may be progression. n counts a reader's target lesions in the order of their names.
    """
    single, total = _CODES[criteria]
    # a scan that is not judged here (of the next line) gives no row
    lesions = grid[grid["TOLD"] & (grid["TP"].eq(BASELINE) | grid["TP"].isin(judged["TP"]))]
    visits = judged[[*_AT, "VISIT"]].rename(columns={"VISIT": "OFPOINT"})
    lesions = lesions.merge(visits, on=_AT, how="left", validate="m:1")
    names = grid[[*KEYS, "LESION"]].drop_duplicates().sort_values([*KEYS, "LESION"])
    names = names.assign(NUMBER=names.groupby(KEYS).cumcount() + 1)
    lesions = lesions.merge(names, on=[*KEYS, "LESION"], how="left", validate="m:1")
    lesions = lesions.assign(
        PARAMCD=single + lesions["NUMBER"].astype(str),
        PARAM="Target Lesion " + lesions["NUMBER"].astype(str) + f" Analysis {_WORDS[criteria]}",
        DATAERR=text_where(lesions["CLASH"], "TR-TWO-MEASUREMENTS"), SRC=lesions["KEYS_"],
        TRLNKID=lesions["LESION"], TRORRES=lesions["TEXT"], TRORRESU=lesions["UNIT"], SUMFL=None,
        VISIT=lesions["VISIT"].where(lesions["TP"].eq(BASELINE), lesions["OFPOINT"]),
    )  # fmt: skip
    base = lesions.loc[lesions["TP"].eq(BASELINE), [*KEYS, "LESION", "SIZE"]].rename(columns={"SIZE": "BASE"})
    lesions = lesions.merge(base, on=[*KEYS, "LESION"], how="left", validate="m:1")
    lesions = lesions.assign(BASE=lesions["BASE"].fillna(NO_SIZE).astype("int64"), NADIR=NO_SIZE)
    every = pd.concat(
        [lesions[_SHARED], _sums(judged, baselines, criteria, total)[_SHARED]], ignore_index=True
    )
    every = derive_study_day(every.astype({"ADT": "datetime64[ns]"}))
    is_base = every["TP"].eq(BASELINE)
    later = ~is_base
    whole = later & every["SUMFL"].isna()
    texts = {name: _text(every[name]) for name in ("VISIT", "TULOC", "TRORRES", "TRORRESU")}
    return every.assign(
        AVAL=_mm(every["SIZE"]), BASE=_mm(every["BASE"]), NADIR=_mm(every["NADIR"]),
        CHG=_change(every["SIZE"], every["BASE"], whole), PCHG=_percent(every["SIZE"], every["BASE"], whole),
        CHGNAD=_change(every["SIZE"], every["NADIR"], later), PCHGNAD=_percent(every["SIZE"], every["NADIR"], later),
        ABLFL=text_where(is_base, "Y"), PARCAT1="Target Lesion(s)", PARCAT2=every["READER"], PARCAT3=criteria,
        AVALU=text_where(every["SIZE"].ge(0), "mm"), TRGRPID="TARGET", AVISIT=texts["VISIT"], **texts,
    )[list(LESION_COLUMNS)]  # fmt: skip


def _sums(judged: pd.DataFrame, baselines: pd.DataFrame, criteria: str, code: str) -> pd.DataFrame:
    """The sum at baseline and at every scan on which any target lesion was measured, or a sum was sent."""
    sums = judged[judged["TOTAL"].ge(0)]
    first = baselines[baselines["BASE"].ge(0)]
    sums = sums.assign(
        SIZE=sums["TOTAL"],
        SUMFL=text_where(~sums["COMPLETE"], "INCOMPLETE"),
        NADIR=sums["NADIR"].where(sums["NADIR"].ge(0), NO_SIZE),
    )
    first = first.assign(TP=BASELINE, SIZE=first["BASE"], NADIR=NO_SIZE, SUMFL=None)
    columns = [*_AT, *_OF_LINE, "ADT", "VISIT", "SIZE", "BASE", "NADIR", "SUMFL", "SRC"]
    return pd.concat([first[columns], sums[columns]], ignore_index=True).assign(
        PARAMCD=code, PARAM=f"Target Lesions Sum of {_WORDS[criteria]}s by Criteria", TRLNKID=None, DATAERR=None,
        TULOC=None, TRORRES=None, TRORRESU=None,
    )  # fmt: skip


def _text(texts: pd.Series) -> pd.Series:
    return texts.astype(object).where(texts.notna(), None)


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
