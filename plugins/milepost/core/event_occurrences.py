"""Which row of adverse events stands for a patient, a system organ class, a term: the worst, marked once.

Source: clinical specification, section 7.2 ("subject counted once per PT at worst grade"); trap 26.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.interest_groups import term_key

_FLAGS: tuple[tuple[str, list[str]], ...] = (("AOCCFL", []), ("AOCCSFL", ["SOC"]), ("AOCCPFL", ["TERM"]))


def derive_occurrence_flags(adae: pd.DataFrame) -> pd.DataFrame:
    """Add AOCCFL, AOCCSFL, AOCCPFL: Y on one treatment-emergent row of each patient and line, and of each of its system
    organ classes and terms; None on the others.

    Needs USUBJID, LINE, AEBODSYS, ATERM, ATOXGRN, ASTDT, RECKEY, TRTEMFL. The row is the one of the worst grade, of two
    as bad the earlier, then the first by record and position. A missing grade gives way to any grade, yet is none.
    """
    keys = pd.DataFrame(
        {
            "USUBJID": adae["USUBJID"], "LINE": adae["LINE"], "SOC": _keys(adae["AEBODSYS"]),
            "TERM": _keys(adae["ATERM"]), "WORST": -adae["ATOXGRN"].fillna(0).astype(int), "ASTDT": adae["ASTDT"],
            "RECKEY": adae["RECKEY"],
        }
    )  # fmt: skip
    counted = keys[adae["TRTEMFL"].eq("Y").to_numpy(bool)]
    counted = counted.sort_values(["WORST", "ASTDT", "RECKEY"], na_position="last", kind="stable")
    flags = {}
    for name, by in _FLAGS:
        marked = adae.index.isin(counted.drop_duplicates(["USUBJID", "LINE", *by]).index)
        flags[name] = pd.Series(marked, index=adae.index).map({True: "Y", False: None}).astype(object)
    return adae.assign(**flags)


def _keys(texts: pd.Series) -> list[str]:
    return [term_key(text) if isinstance(text, str) else "" for text in texts.tolist()]
