"""The response of one time point, from target lesions, non-target lesions and new lesions: the table of section 6.3.

A new lesion, target PD or non-target PD is PD. Else the table. New lesions "not assessed": NE unless PD elsewhere.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

NON_CR = "NON-CR/NON-PD"
_COLUMNS = ("CR", NON_CR, "NE", "ND")  # of non-target lesions; ND: none at baseline
TABLE: dict[str, tuple[str, str, str, str]] = {
    "CR": ("CR", "PR", "PR", "CR"),
    "PR": ("PR", "PR", "PR", "PR"),
    "SD": ("SD", "SD", "SD", "SD"),
    "NE": ("NE", "NE", "NE", "NE"),
    "ND": ("CR", NON_CR, "NE", "NED"),
}
_OVERALL = {
    f"{target}|{other}": answer
    for target, row in TABLE.items()
    for other, answer in zip(_COLUMNS, row, strict=True)
}


def derive_overall(timepoints: pd.DataFrame) -> pd.Series:
    """The overall response of each row. Needs TRGRESP, NTRGRESP (ND where there were none at baseline) and NEWLES."""
    by_table = (timepoints["TRGRESP"].astype(str) + "|" + timepoints["NTRGRESP"].astype(str)).map(_OVERALL)
    new, target, other = (timepoints[name] for name in ("NEWLES", "TRGRESP", "NTRGRESP"))
    overall = np.select(
        [new.eq("Y") | target.eq("PD") | other.eq("PD"), new.eq("NE")], ["PD", "NE"], by_table.fillna("NE")
    )
    return pd.Series(overall, index=timepoints.index, dtype=object)
