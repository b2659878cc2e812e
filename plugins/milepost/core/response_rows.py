"""The responses of each time point as rows of ADRS: target, non-target, new lesions, overall.

Source: clinical specification section 6.3. Each visit keeps its own response, whatever becomes of it later.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.assessments import is_after_next_line
from milepost.core.confirmation import BEST_FIRST
from milepost.core.study_day import derive_study_day
from milepost.protocol.endpoints import ResponseRules

ADRS_COLUMNS = (
    "USUBJID", "SITEID", "LINE", "ARMCD", "PARAMCD", "PARAM", "PARCAT1", "PARCAT2", "PARCAT3", "VISIT", "AVALC", "AVAL",
    "ADT", "ADY", "ANL01FL", "REASON", "SRC", "DATAERR",
)  # fmt: skip
_OF_THE_POINT = ("USUBJID", "SITEID", "LINE", "ARMCD", "VISIT", "ADT", "SRC", "FIRSTDOSE")
VALUES = {"Y": 1, "N": 0} | {word: place + 1 for place, word in enumerate(BEST_FIRST)}
TIMEPOINT_PARAMS = {
    "TRGRESP": ("TRGRESP", "Target response"),
    "NTRGRESP": ("NTRGRESP", "Non-target response"),
    "NEWLPROG": ("NEWLES", "New lesion"),
    "OVR": ("OVRLRESP", "Overall response"),
}


def to_response_rows(
    timepoints: pd.DataFrame, lines: pd.DataFrame | None = None, rules: ResponseRules | None = None
) -> pd.DataFrame:
    """Four rows of ADRS for each time point: PARAMCD TRGRESP, NTRGRESP, NEWLPROG and OVR.

    ADT is the time point's own date, also of an equivocal visit that a progression was dated back to. With `lines` the
    study day ADY is filled; with `rules` ANL01FL is Y for the primary criteria and reader, up to the next line of
    therapy. VISIT: the visit as the site names it. AVAL: 1 CR to 7 NE, and 1 or 0 for Y or N; empty for other words.
    """
    points = timepoints.reset_index(drop=True)
    if lines is not None:
        doses = lines[["USUBJID", "LINE", "FIRSTDOSE"]]
        points = points.merge(doses, on=["USUBJID", "LINE"], how="left", validate="m:1")
    else:
        points = points.assign(FIRSTDOSE=pd.Series(pd.NaT, index=points.index, dtype="datetime64[ns]"))
    main: pd.Series | None = None
    if rules is not None:
        main = points["CRITERIA"].eq(rules.criteria[0]) & points["READER"].eq(rules.readers[0])
        main = (main & ~is_after_next_line(points)).map({True: "Y", False: "N"})
    held = points["DATAERR"].notna()
    parts = [
        pd.DataFrame(
            {
                **{name: points[name] for name in _OF_THE_POINT},
                "PARAMCD": code, "PARAM": label, "PARCAT1": "Tumor Response", "PARCAT2": points["READER"],
                "PARCAT3": points["CRITERIA"], "AVALC": points[column].astype(object).where(~held, None),
                "AVAL": points[column].map(VALUES).astype(float).where(~held), "ANL01FL": main, "REASON": None,
                "DATAERR": points["DATAERR"], "PLACE": place,
            }
        )
        for place, (code, (column, label)) in enumerate(TIMEPOINT_PARAMS.items())
    ]  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.sort_values(["USUBJID", "LINE", "PARCAT3", "PARCAT2", "ADT", "PLACE"], ignore_index=True)
    return derive_study_day(rows)[list(ADRS_COLUMNS)]
