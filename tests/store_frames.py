"""Small frames as intake and the gate would hand them to the store."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd

from milepost import schema
from milepost.store.store import Store

NIGHT = dt.datetime(2026, 3, 30, 18, 0, tzinfo=dt.UTC)


def night(number: int) -> dt.datetime:
    """The receipt of the given night's delivery."""
    return NIGHT + dt.timedelta(days=number)


def lab(subject: str, result: str | None, day: str = "2026-03-30", **other: object) -> dict[str, object]:
    """One AFP result in ng/mL; the rest as a site without record ids sends it."""
    row: dict[str, object] = dict.fromkeys((*(c.name for c in schema.RECORD), *schema.DOMAINS["LB"].names))
    row |= {
        "USUBJID": subject,
        "SITEID": "S01",
        "RECKEY": f"D:AFP|SERUM|{day}",
        "OCCURRENCE": 1,
        "VERSION": 1,
        "DELIVERY": 1,
        "SRCLINE": 2,
        "STATUS": "FINAL",
        "RETRACTED": False,
        "ADT": pd.Timestamp(day) if len(day) == 10 else pd.NaT,
        "LBTESTCD": "AFP",
        "LBSPEC": "SERUM",
        "LBDTC": day,
        "LBORRES": result,
        "LBORRESU": "ng/mL",
        "LBSTRESN": Decimal(result) if result and result[0].isdigit() else None,
        "LBSTRESU": "ng/mL",
        "KNOWN_FROM": pd.Timestamp(NIGHT),
    }
    return row | other


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    """The rows as a frame in which text stays text."""
    return pd.DataFrame(list(rows)).astype({"ADT": "datetime64[ns]"})


def save(store: Store, received_at: dt.datetime, *rows: dict[str, object], domain: str = "LB") -> dt.datetime:
    """Record the rows as one session; the instant from which they are known."""
    with store.recording("test", received_at) as session:
        known_from = session.stamp(received_at)
        session.save_records(domain, frame(*rows).assign(KNOWN_FROM=known_from))
    return known_from


def results(store: Store, known_at: dt.datetime, **asked: object) -> dict[str, str]:
    """Subject -> AFP as reported, as known then; one result a subject."""
    found = store.known("LB", known_at=known_at, test="AFP", **asked)  # type: ignore[arg-type]
    assert found["USUBJID"].is_unique
    return dict(zip(found["USUBJID"], found["LBORRES"], strict=True))


def delivery(store: Store, name: str = "a", received_at: dt.datetime = NIGHT, site: str = "S01") -> int:
    """The number of a delivery whose bytes are named by a letter."""
    number, _ = store.add_delivery(site, "labs", name * 64, 100, received_at, received_at)
    return number
