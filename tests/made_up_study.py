"""The made-up study as its files say it: read as the service reads them, without a store.

Of each record its newest version counts; withdrawn ones and rows that the gate would keep out are left away.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from milepost.core.populations import derive_lines
from milepost.intake.reading import read_delivery
from milepost.protocol import Study
from milepost.runtime import read_study
from milepost.simulator import SimulatedDelivery, deliveries, simulate
from milepost.simulator.history import History

SEED = 20260302
FAULTS = ("X_LINE", "X_SUBJECT", "X_TEST", "X_UNIT", "X_VALUE")  # a row with one of these is kept out


class MadeUp(NamedTuple):
    """The study, what truly happened, its files, what they hold, and what is wrong with their headers and rows."""

    study: Study
    history: History
    files: tuple[SimulatedDelivery, ...]
    known: dict[str, pd.DataFrame]
    lines: pd.DataFrame
    columns: set[tuple[str, str]]  # site and column that a layout misses or does not know
    faults: Counter[tuple[str, str, str]]  # site, domain, code


@cache
def default_study() -> Study:
    return read_study(Path(__file__).parents[1] / "config")


@cache
def made_up(seed: int = SEED) -> MadeUp:
    """The default study, made up and read; made once."""
    study = default_study()
    history = simulate(seed, protocol=study.protocol, sites=study.sites)
    files = tuple(deliveries(history, study.sites))
    sites = {site.id: site for site in study.sites}
    parts: dict[str, list[pd.DataFrame]] = {}
    columns: set[tuple[str, str]] = set()
    faults: Counter[tuple[str, str, str]] = Counter()
    for number, file in enumerate(files, start=1):
        site = sites[file.site]
        layout = next(
            one for one in site.layouts if any(fnmatch.fnmatch(file.name, form) for form in one.match)
        )
        reading = read_delivery(
            file.raw, layout=layout, site=site, protocol=study.protocol, zone=study.protocol.time_zone, delivery=number,
            received_at=file.received_at,
        )  # fmt: skip
        if file.dirt in ("UNREADABLE", "BROKEN_OFF", "UNITS_LOST"):
            continue  # the gate holds it
        columns |= {(file.site, name) for name in (*reading.columns_missing, *reading.columns_unknown)}
        for domain, frame in reading.frames.items():
            wrong = pd.Series(False, index=frame.index)
            for name in FAULTS:
                found = ~frame[name].isin(["OK"])
                faults.update((file.site, domain, code) for code in frame.loc[found, name])
                wrong |= found
            parts.setdefault(domain, []).append(
                frame[~wrong].assign(KNOWN_FROM=pd.Timestamp(file.received_at))
            )
    known = {domain: _newest(pd.concat(frames, ignore_index=True)) for domain, frames in parts.items()}
    lines = derive_lines(known["DM"], known["EX"], known["DS"], known["SS"], study.protocol)
    return MadeUp(study, history, files, known, lines, columns, faults)


def _newest(rows: pd.DataFrame) -> pd.DataFrame:
    newest = rows.drop_duplicates(["USUBJID", "RECKEY", "OCCURRENCE"], keep="last")
    gone = newest["STATUS"].isin(["CANCELLED", "ENTERED_IN_ERROR"])
    return newest[~gone].assign(VERSION=1, RETRACTED=False).reset_index(drop=True)


def settled(history: History, days: int = 80) -> pd.Timestamp:
    """Whatever is dated before this day has reached us: no site waits longer between two files."""
    return pd.Timestamp(history.end - dt.timedelta(days=days))
