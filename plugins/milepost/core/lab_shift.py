"""Shift tables: the grade at baseline against the worst grade on treatment.

Source: clinical specification, section 7.2.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.corrected_calcium import CORRECTED

MISSING = "missing"
_KEYS = ["USUBJID", "LINE", "PARAMCD"]


def summarise_shift(adlb: pd.DataFrame, *, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Patients (per line) by baseline grade and worst grade on treatment.

    adlb: of `derive_lab_toxicity`. by: further columns to count by, e.g. ARMCD. Columns: `by`, PARAMCD, PARAM, TERM,
    DIRECTION (L, H), BASELINE and WORST ("0" to "4", "missing" where there is no grade) and N. A patient without any
    result of the test is not counted; one without a graded result before or on treatment is counted as missing there,
    one without both not at all. Only tests with a term in that direction; calcium by its own rows, which carry the
    corrected grade. Of a result such as <50 the grade of its milder end counts.
    """
    parts = [_of_direction(adlb, direction, by) for direction in ("L", "H")]
    return pd.concat(parts, ignore_index=True)


def _of_direction(adlb: pd.DataFrame, direction: str, by: tuple[str, ...]) -> pd.DataFrame:
    term, before, shift = f"ATOXDSC{direction}", f"BTOXGR{direction}", f"SHIFT{direction}"
    names = [*dict.fromkeys([*_KEYS, *by, "PARAM"])]
    counted = adlb[term].notna() & adlb["LINE"].notna() & adlb["PARAMCD"].ne(CORRECTED)
    graded = adlb.loc[counted, [*names, term, before, shift, f"WORST{direction}FL"]]
    graded = graded.astype({name: object for name in ("PARAMCD", "PARAM", term, shift)})
    baseline = graded[graded[before].notna()].drop_duplicates(_KEYS)
    worst = graded[graded[f"WORST{direction}FL"].eq("Y")].drop_duplicates(_KEYS)
    people = pd.concat([worst, baseline]).drop_duplicates(_KEYS)[[*names, term]]
    for name, source, grades in (
        ("BASELINE", baseline, baseline[before].map(lambda grade: str(int(grade)))),
        ("WORST", worst, worst[shift].map(lambda words: words.rsplit(" ", 1)[-1])),
    ):
        words = source[_KEYS].assign(**{name: grades.astype(object)})
        people = people.merge(words, on=_KEYS, how="left", validate="1:1")
        people[name] = people[name].where(people[name].notna(), MISSING)
    people = people.rename(columns={term: "TERM"}).assign(DIRECTION=direction)
    keys = [*by, "PARAMCD", "PARAM", "TERM", "DIRECTION", "BASELINE", "WORST"]
    return people.groupby(keys, sort=True, dropna=False, observed=True).size().rename("N").reset_index()
