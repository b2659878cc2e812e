"""What the benchmark of the report is made from: the made-up study, grown to more patients by copying.

A copied patient has another number and other values: times to event up to a fifth shorter, laboratory values, lesions,
falls of the marker and dose intensity up to a tenth more or less. So no two of a kind lie on each other in a figure,
and as many values are distinct as patients differ. Whether a copy's answers still follow from its values does not
matter here: nothing is derived again. Sites, nights of deliveries, queries and rows kept out stay as many as they are.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SEED = 20_261_126
# frame -> columns of numbers that a copy has others of
_VARIED = {
    "verdicts": ("PCHG", "RMIN", "RMAX"),
    "adlb": ("AVAL", "XULN", "XBL", "PCHG"),
    "adtr": ("AVAL", "BASE", "CHG", "PCHG", "NADIR", "CHGNAD", "PCHGNAD"),
    "liver": tuple(f"{test}PK{unit}" for test in ("ALT", "AST", "BILI", "ALP") for unit in ("ULN", "BL")),
    "adex": ("RDI",),
    "adsl": ("RDI",),
}
# frame of the service -> its columns of days and instants
_DATED = {
    "deliveries": ("received_at",),
    "row_counts": ("received_at",),
    "queries": ("opened_at", "due_on"),
    "quarantine": (),
}
_DAYS_IN_MONTH = 30.4375


def write_inputs(folder: str, sizes: list[int]) -> dict[str, Any]:
    """For each size a file of the inputs of the open and of the closed report; how many patients there were to copy."""
    from milepost.reports.closed_report import ClosedInputs
    from tests.clinical_builder import clinical_inputs

    pooled, by_arm = clinical_inputs(), clinical_inputs(by_arm=True)
    codes = {subject: group.id for group in by_arm.groups for subject in group.subjects}
    base = _base(pooled)
    for patients in sizes:
        growth = _Growth(sorted(pooled.frames.dm["USUBJID"]), patients)
        clinical = growth.frames(pooled.frames)
        report = replace(
            base, clinical=clinical, verdicts=clinical.verdicts, lines=clinical.lines, subjects=clinical.dm,
            labs=growth.labs(base.labs), alerts=_alerts(clinical.verdicts, base),
        )  # fmt: skip
        groups = {new: codes[old] for new, (old, _) in growth.of.items() if old in codes}
        closed = ClosedInputs(
            replace(report, clinical=growth.frames(by_arm.frames)), groups, "Data monitoring committee"
        )
        (Path(folder) / f"{patients}.pkl").write_bytes(pickle.dumps((report, closed)))
    return {"patients": len(pooled.frames.dm)}


def _base(clinical: Any) -> Any:
    """The nights, queries and rows kept out of a report builder's morning, moved to this study's cut-off."""
    from tests.clinical_builder import KNOWN_AT, derivations
    from tests.report_builder import AS_OF, report_inputs

    back = AS_OF - clinical.as_of
    base = report_inputs(158)
    sites = {site.id for site in clinical.study.sites}
    moved = {}
    for name, days in _DATED.items():
        frame = getattr(base, name)
        frame = frame[frame["siteid"].isin(sites)].reset_index(drop=True)
        moved[name] = frame.assign(**{day: frame[day] - back for day in days})
    labs = derivations().known("LB")
    tests = {rule.test for rule in clinical.protocol.checkpoints}
    return replace(
        base, study=clinical.study, as_of=clinical.as_of, known_at=KNOWN_AT, labs=labs[labs["LBTESTCD"].isin(tests)],
        config_hash=clinical.study.hash(), **moved,
    )  # fmt: skip


def _alerts(verdicts: pd.DataFrame, base: Any) -> pd.DataFrame:
    """What the verdicts owe; only of the last days is anything still open."""
    from milepost.core.escalation import decide_owed

    episodes = pd.DataFrame(columns=["USUBJID", "LINE", "CHECKPOINT", "KIND", "ROLE", "EPISODE", "OPEN"])
    owed = decide_owed(
        verdicts.iloc[:0].assign(VERSION=1), verdicts.assign(VERSION=1), episodes, policy=base.protocol.alerts,
        roles=base.protocol.roles, study_id=base.protocol.id, as_of=base.as_of, known_at=base.known_at,
        config_hash="0" * 64,
    ).alerts  # fmt: skip
    first = verdicts.drop_duplicates("USUBJID", keep="last").set_index("USUBJID")["FIRSTDOSE"]
    today = (pd.Timestamp(base.as_of) - owed["USUBJID"].map(first)).dt.days + 1
    return owed.assign(STATUS=np.where(today > 46, "ACKNOWLEDGED", "OPEN"))


class _Growth:
    """Who is whose copy. of: new subject -> (subject, number of the copy); the copy 0 is the patient as he is."""

    def __init__(self, subjects: list[str], patients: int) -> None:
        copies = -(-patients // len(subjects))
        named = [(s if not k else f"{s}-{k:02d}", (s, k)) for k in range(copies) for s in subjects]
        self.of = dict(named[:patients])
        rng = np.random.default_rng(SEED)
        self._value = {new: 1.0 if not k else rng.uniform(0.9, 1.1) for new, (_, k) in self.of.items()}
        self._time = {new: 1.0 if not k else rng.uniform(0.8, 1.0) for new, (_, k) in self.of.items()}

    def frames(self, known: Any) -> Any:
        """The same frames of more patients."""
        made = {}
        for field in fields(known):
            frame = self._copied(getattr(known, field.name))
            for column in _VARIED.get(field.name, ()):
                frame[column] = self._times(frame, column, _number)
            made[field.name] = frame
        times = made["adtte"]
        shorter = (times["AVAL"].astype(float) * times["USUBJID"].map(self._time)).round().clip(lower=1)
        days = shorter.where(times["AVAL"].gt(0), times["AVAL"].astype(float)).astype("Int64")
        moved = times["STARTDT"] + pd.to_timedelta((days - 1).astype(float), unit="D")
        made["adtte"] = times.assign(
            AVAL=days, AVALM=days.astype(float) / _DAYS_IN_MONTH, ADT=moved.fillna(times["ADT"])
        )
        return type(known)(**made)

    def labs(self, known: pd.DataFrame) -> pd.DataFrame:
        """The same result records of more patients."""
        frame = self._copied(known)
        return frame.assign(LBORRES=self._times(frame, "LBORRES", _text))

    def _copied(self, known: pd.DataFrame) -> pd.DataFrame:
        by_copy: dict[int, dict[str, str]] = {}
        for new, (old, k) in self.of.items():
            by_copy.setdefault(k, {})[old] = new
        parts = []
        for names in by_copy.values():
            own = known[known["USUBJID"].isin(names)]
            parts.append(own.assign(USUBJID=own["USUBJID"].map(names)))
        return pd.concat(parts, ignore_index=True)

    def _times(self, frame: pd.DataFrame, column: str, by: Callable[[Any, float], Any]) -> list[Any]:
        factors = frame["USUBJID"].map(self._value)
        return [by(value, factor) for value, factor in zip(frame[column], factors, strict=True)]


def _number(value: Any, factor: float) -> Any:
    if isinstance(value, Decimal):
        return value if factor == 1 else Decimal(f"{float(value) * factor:.6g}")
    return value * factor if isinstance(value, float) and not math.isnan(value) else value


def _text(value: Any, factor: float) -> Any:
    """Censored results and words stay as they are."""
    try:
        return value if factor == 1 else f"{float(value) * factor:.4g}"
    except (TypeError, ValueError):
        return value
