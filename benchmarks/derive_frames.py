"""Record frames of a made-up study as the store would give them, made by columns: a million rows in seconds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from milepost.schema import DOMAINS, RECORD

# test, unit, low, high, typical, spread on the log scale
_TESTS = (
    ("ALT", "U/L", "9", "50", 42, 0.6),
    ("AST", "U/L", "15", "40", 48, 0.6),
    ("ALP", "U/L", "45", "125", 128, 0.4),
    ("GGT", "U/L", "10", "60", 110, 0.6),
    ("BILI", "umol/L", "3.4", "20.5", 15, 0.5),
    ("ALB", "g/L", "40", "55", 38, 0.1),
    ("PLAT", "10^9/L", "125", "350", 140, 0.5),
    ("WBC", "10^9/L", "3.5", "9.5", 5, 0.4),
    ("NEUT", "10^9/L", "1.8", "6.3", 3, 0.5),
    ("LYM", "10^9/L", "1.1", "3.2", 1.3, 0.4),
    ("HGB", "g/L", "130", "175", 128, 0.12),
    ("CREAT", "umol/L", "57", "97", 72, 0.3),
    ("INR", None, "0.8", "1.2", 1.08, 0.1),
    ("K", "mmol/L", "3.5", "5.3", 4.1, 0.1),
    ("SODIUM", "mmol/L", "137", "147", 139, 0.02),
    ("CA", "mmol/L", "2.1", "2.6", 2.3, 0.05),
    ("GLUC", "mmol/L", "3.9", "6.1", 5.5, 0.2),
    ("TRIG", "mmol/L", "0.4", "1.7", 1.5, 0.5),
    ("CHOL", "mmol/L", "2.8", "5.7", 4.6, 0.2),
    ("LDH", "U/L", "120", "250", 220, 0.3),
)


def made_frames(patients: int, tests: int, draws: int, first: dt.date) -> dict[str, pd.DataFrame]:
    """Every domain's records: so many tests and draws a patient, twelve lesion rows, events, doses, some deaths."""
    rng = np.random.default_rng(7)
    subject = np.array([f"S{n % 40 + 1:02d}-{n:06d}" for n in range(patients)], dtype=object)
    start = np.datetime64(first, "D") + rng.integers(0, 300, patients)
    made = {code: _frame(code, np.array([], dtype=object), {}) for code in DOMAINS}
    made["DM"] = _frame(
        "DM",
        subject,
        {
            "ARMCD": np.where(np.arange(patients) % 3 == 0, "ANL", "SOR"),
            "SEX": np.where(rng.random(patients) < 0.8, "M", "F"),
            "AGE": "61",
            "DMLINE": "1",
            "RFICDTC": (start - 10).astype(str),
            "DTHDTC": np.where(
                rng.random(patients) < 0.4, (start + rng.integers(60, 600, patients)).astype(str), None
            ),
        },
        date="RFICDTC",
    )
    made["EX"] = _frame(
        "EX",
        subject,
        {
            "EXTRT": np.where(np.arange(patients) % 3 == 0, "ANLOTINIB", "SORAFENIB"),
            "EXDOSE": np.where(np.arange(patients) % 3 == 0, "12", "400"),
            "EXDOSU": "mg",
            "EXDOSFRQ": np.where(np.arange(patients) % 3 == 0, "QD", "BID"),
            "EXSTDTC": start.astype(str),
            "EXENDTC": (start + 150).astype(str),
            "EXLINE": "1",
        },
        date="EXSTDTC",
    )
    made["LB"] = _labs(rng, subject, start, tests, draws)
    made["TU"], made["TR"] = _lesions(rng, subject, start)
    who = np.repeat(np.arange(patients), 5)
    onset = start[who] + rng.integers(1, 200, len(who))
    made["AE"] = _frame(
        "AE",
        subject[who],
        {
            "AETERM": np.array(["Hypertension", "Fatigue", "Diarrhoea", "Proteinuria", "Rash"], dtype=object)[
                np.tile(np.arange(5), patients)
            ],
            "AETOXGR": rng.integers(1, 4, len(who)).astype(str),
            "AESER": np.where(rng.random(len(who)) < 0.1, "Y", "N"),
            "AEREL": "RELATED",
            "AESTDTC": onset.astype(str),
            "AEENDTC": (onset + 14).astype(str),
        },
        date="AESTDTC",
    )
    return made


def _labs(rng: Any, subject: np.ndarray, start: np.ndarray, tests: int, draws: int) -> pd.DataFrame:
    patients = len(subject)
    days = np.array([-20, -6, 14, 28, 42, 84, 126, 168, 252, 336])[:draws]
    who = np.repeat(np.arange(patients), tests * draws)
    day = np.tile(np.repeat(days, tests), patients)
    test = np.tile(np.arange(tests), patients * draws)
    typical = np.array([row[4] for row in _TESTS])[test]
    spread = np.array([row[5] for row in _TESTS])[test]
    value = np.round(typical * np.exp(rng.normal(0, 1, len(who)) * spread), 1)
    names, back = np.unique(value, return_inverse=True)
    texts = np.array([f"{number:g}" for number in names], dtype=object)[back]
    numbers = np.array([Decimal(f"{number:g}") for number in names], dtype=object)[back]

    def column(place: int) -> np.ndarray:
        return np.array([row[place] for row in _TESTS], dtype=object)[test]

    return _frame(
        "LB",
        subject[who],
        {
            "LBTESTCD": column(0),
            "LBORRES": texts,
            "LBORRESU": column(1),
            "LBSTRESN": numbers,
            "LBSTRESU": column(1),
            "LBORNRLO": column(2),
            "LBORNRHI": column(3),
            "LBSPEC": "SERUM",
            "LBDTC": (start[who] + day).astype(str),
        },
        date="LBDTC",
    )


def _lesions(rng: Any, subject: np.ndarray, start: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    patients, lesions, scans = len(subject), 3, 4
    who = np.repeat(np.arange(patients), lesions)
    tu = _frame(
        "TU",
        subject[who],
        {
            "TULNKID": np.tile(np.array(["T1", "T2", "T3"], dtype=object), patients),
            "TUORRES": "TARGET",
            "TULOC": "LIVER",
            "TUEVAL": "INVESTIGATOR",
            "TUDTC": (start[who] - 8).astype(str),
        },
        date="TUDTC",
    )
    who = np.repeat(np.arange(patients), lesions * scans)
    scan = np.tile(np.repeat(np.arange(scans), lesions), patients)
    size = np.round(rng.uniform(15, 80, len(who)) * np.array([1, 0.8, 0.75, 1.1])[scan])
    tr = _frame(
        "TR",
        subject[who],
        {
            "TRLNKID": np.tile(np.array(["T1", "T2", "T3"], dtype=object), patients * scans),
            "TRGRPID": "TARGET",
            "TRTESTCD": "LDIAM",
            "TRORRES": np.array([f"{number:g}" for number in size], dtype=object),
            "TRORRESU": "mm",
            "TREVAL": "INVESTIGATOR",
            "TRDTC": (start[who] + np.array([-8, 42, 84, 126])[scan]).astype(str),
            "VISIT": np.array(["SCREENING", "WEEK6", "WEEK12", "WEEK18"], dtype=object)[scan],
        },
        date="TRDTC",
    )
    return tu, tr


def _frame(code: str, subject: np.ndarray, columns: dict[str, Any], date: str | None = None) -> pd.DataFrame:
    names = list(dict.fromkeys((*(column.name for column in RECORD), *DOMAINS[code].names)))
    rows = len(subject)
    frame = pd.DataFrame({name: np.full(rows, None, dtype=object) for name in names})
    for name, values in columns.items():
        frame[name] = pd.Series(values, index=frame.index, dtype=object)
    order = np.arange(rows)
    frame["USUBJID"], frame["SITEID"] = subject, [text[:3] for text in subject]
    frame["RECKEY"] = [f"R:{number}" for number in order]
    frame["KNOWN_FROM"] = pd.Timestamp("2025-01-01", tz="UTC")
    for name, value in (("DELIVERY", 1), ("VERSION", 1), ("OCCURRENCE", 1), ("SRCLINE", order + 2)):
        frame[name] = value
    frame["STATUS"], frame["RETRACTED"] = "FINAL", False
    frame["ADT"] = (
        pd.to_datetime(frame[date]) if date else pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    )
    return frame
