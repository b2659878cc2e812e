"""Records of a patient as the store gives them, written in few words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from milepost.schema import DOMAINS, RECORD

# events are told long after they began, unless a row says otherwise: one told before it began has a wrong date
_KNOWN = {"AE": pd.Timestamp("2026-12-31T18:00Z")}


def records(domain: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """Record frame of one domain; a row names what differs from nothing. Lines of the file follow the order."""
    shape = DOMAINS[domain]
    columns = list(dict.fromkeys((*(column.name for column in RECORD), *shape.names)))
    made = []
    for number, row in enumerate(rows, start=1):
        dtc = row.get(shape.date) if shape.date else None
        made.append(
            dict.fromkeys(columns)
            | {
                "KNOWN_FROM": _KNOWN.get(domain, pd.Timestamp("2026-03-01T18:00Z")), "DELIVERY": 1,
                "SRCLINE": number + 1, "VERSION": 1, "RECKEY": f"{domain}|{number}", "OCCURRENCE": 1, "SITEID": "S01",
                "USUBJID": "P1",
                "STATUS": "FINAL", "RETRACTED": False, "ADT": dtc[:10] if dtc and len(dtc) >= 10 else None,
            }
            | row
        )  # fmt: skip
    frame = pd.DataFrame(made, columns=columns, dtype=object)
    return frame.assign(
        ADT=pd.to_datetime(frame["ADT"]), KNOWN_FROM=pd.to_datetime(frame["KNOWN_FROM"], utc=True)
    )
