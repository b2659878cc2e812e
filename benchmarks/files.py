"""Made-up laboratory files of 40 sites, one row in a hundred of them dirty, and the patients they belong to."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from benchmarks.analytes import ANALYTES
from benchmarks.study import Way, way_of

FIRST_DOSE = dt.date(2025, 3, 3)
SPREAD = 240  # days over which patients started
VISITS = (-6, 15, 29, 43)  # study days
DIRTY = 0.01
_KINDS = ("unit", "negative", "word", "test", "no date", "month", "received before", "impossible", "subject")


def subjects(site: str, number: int) -> np.ndarray:
    """The first subjects of a site."""
    return np.array([f"{site}-{n:06d}" for n in range(1, number + 1)], dtype=object)


def first_doses(number: int) -> pd.DatetimeIndex:
    """When each of them started: spread evenly."""
    return pd.Timestamp(FIRST_DOSE) + pd.to_timedelta(np.arange(number) * 7 % SPREAD, unit="D")


def patients_file(site: str, number: int) -> bytes:
    """Demographics."""
    arms = np.where(np.arange(number) % 3 == 0, "ANL", "SOR")
    consent = (first_doses(number) - pd.Timedelta(days=8)).strftime("%Y-%m-%d")
    frame = pd.DataFrame(
        {"Subject": subjects(site, number), "Consent": consent, "Arm": arms, "Sex": "M", "Age": "61"}
    )
    return frame.to_csv(index=False).encode()


def doses_file(site: str, number: int) -> bytes:
    """One line of doses a subject."""
    drugs = np.where(np.arange(number) % 3 == 0, "Anlotinib", "Sorafenib")
    started = first_doses(number)
    frame = pd.DataFrame({
        "Subject": subjects(site, number), "Record": "1", "Drug": drugs, "Dose": "12", "Unit": "mg",
        "Start": started.strftime("%Y-%m-%d"), "End": (started + pd.Timedelta(days=120)).strftime("%Y-%m-%d"),
        "Line": "1",
    })  # fmt: skip
    return frame.to_csv(index=False).encode()


def labs_file(
    site: str,
    patients: int,
    visits: tuple[int, ...] = VISITS,
    *,
    first: int = 1,
    started: dt.date | None = None,
    dirty: float = DIRTY,
    seed: int = 0,
) -> bytes:
    """Every test at every visit of `patients` subjects from number `first` on, as this site writes it.

    started: their first dose, where it is not that of `doses_file`.
    """
    way = way_of(site)
    names = subjects(site, first + patients - 1)[first - 1 :]
    doses = first_doses(first + patients - 1)[first - 1 :].to_numpy()
    if started is not None:
        doses = np.full(patients, np.datetime64(started), dtype="datetime64[ns]")
    size = (patients, len(visits), len(ANALYTES))
    who, visit, test = (axis.ravel() for axis in np.indices(size))
    chance = np.random.default_rng([seed, int(site[1:]), first])
    days = np.array(visits)
    moment = doses[who] + (days - (days > 0))[visit].astype("timedelta64[D]")
    moment = pd.Series(moment + ((who * 7 + visit * 13) % 480 + 420).astype("timedelta64[m]"))
    frame = pd.DataFrame({
        "USUBJID": names[who],
        "LBTESTCD": np.array([a.chinese if way.chinese else a.code for a in ANALYTES], dtype=object)[test],
        "LBLOINC": np.array([a.loinc for a in ANALYTES], dtype=object)[test],
        "LBORRES": _values(way, test, chance),
        "LBORRESU": np.array([a.american if way.american else a.unit for a in ANALYTES], dtype=object)[test],
        "LBORNRLO": np.array([_text(a.low, 1, way) for a in ANALYTES], dtype=object)[test],
        "LBORNRHI": np.array([_text(a.high, 1, way) for a in ANALYTES], dtype=object)[test],
        "LBSPEC": np.array([a.specimen for a in ANALYTES], dtype=object)[test],
        "LBDTC": moment.dt.strftime(way.date),
        "LBRCVDTC": (moment + pd.Timedelta(hours=3)).dt.strftime(way.date),
        "LBREFID": [f"{site}{seed}{number:08d}" for number in np.arange(len(who)) + first * 1000],
        "LBMETHOD": "Analyser 7", "RECSTATUS": "F",
    })  # fmt: skip
    _soil(frame, way, chance, dirty)
    shown = frame[list(way.columns)].rename(columns=way.columns)
    return shown.to_csv(index=False, sep=way.delimiter).encode(way.encoding)


def _text(value: float, places: int, way: Way) -> str:
    return f"{value:.{places}f}".replace(".", way.decimal_mark)


def _values(way: Way, test: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Results as text: skewed between an analyte's limits, a few of them only a limit."""
    share = chance.beta(1.5, 3.5, len(test))
    texts = np.empty(len(test), dtype=object)
    for number, analyte in enumerate(ANALYTES):
        here = test == number
        by = analyte.factor if way.american else 1.0
        places = analyte.places + (1 if by > 5 else 0)
        texts[here] = [
            _text(v / by, places, way) for v in analyte.low + share[here] * (analyte.high - analyte.low)
        ]
    few = chance.random(len(test)) < 0.005
    texts[few] = "<" + texts[few]
    return texts


def _soil(frame: pd.DataFrame, way: Way, chance: np.random.Generator, share: float) -> None:
    """Break a share of the rows, each in one of the ways sites do."""
    broken = np.flatnonzero(chance.random(len(frame)) < share)
    kind = np.array(_KINDS, dtype=object)[chance.integers(0, len(_KINDS), len(broken))]
    late = pd.Timestamp("2025-01-02").strftime(way.date)
    changes = {
        "unit": ("LBORRESU", "furlong"), "negative": ("LBORRES", "-3"), "word": ("LBORRES", "haemolysed"),
        "test": ("LBTESTCD", "XYZ"), "no date": ("LBDTC", ""), "month": ("LBDTC", "2025-05"),
        "impossible": ("LBORRES", "99999999"), "subject": ("USUBJID", "unknown person"),
    }  # fmt: skip
    for name, (column, text) in changes.items():
        frame.loc[broken[kind == name], column] = text
    frame.loc[broken[kind == "test"], "LBLOINC"] = ""
    before = broken[kind == "received before"]
    frame.loc[before, "LBRCVDTC"] = late
    if "LBRCVDTC" not in way.columns:
        frame.loc[before, "LBDTC"] = pd.Timestamp("2031-01-02").strftime(way.date)
