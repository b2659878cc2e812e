"""The class of each patient by the fall of a value: the sample that decides, and the exact comparison.

One row a sample. Baseline: the latest sample up to `baseline_day`; of two on one day the last line. The deciding sample
is the one nearest to `target` within `lo` to `hi`, both included; of two as near the later one. A fall of exactly `num`
per cent responds, and is found exactly: as binary fractions some such falls come out short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import numpy as np

from milepost.core.estimates.spec import Number
from milepost.core.estimates.table import Table
from milepost.core.landmark import NON_RESPONDER, RESPONDER
from milepost.protocol.base import Frozen

NO_SAMPLE, NO_BASELINE = "NO_SAMPLE", "NO_BASELINE"


class Rule(Frozen):
    """Window lo to hi, target day, percent of fall, landmark (the window's end, where left open)."""

    other_names: ClassVar[Mapping[str, str]] = {
        "landmark": "lm", "percent": "num", "threshold": "num", "fall": "num", "window_start": "lo", "window_end": "hi",
    }  # fmt: skip

    lo: Number
    hi: Number
    target: Number
    num: Number
    lm: Number | None = None

    @property
    def landmark(self) -> float:
        """The day from which time counts."""
        return self.hi if self.lm is None else self.lm


@dataclass(frozen=True)
class Class:
    """The class of one patient, or why there is none; baseline; the day of the deciding sample; whether the fall is
    exactly the rule's; whether binary fractions would have told another class."""

    state: str
    baseline: Decimal | None = None
    day: float = float("nan")
    on_boundary: bool = False
    misread: bool = False


Sample = tuple[float, int, str]  # day, place in the file, value as written


def samples_by_patient(
    table: Table, patients: Sequence[str | None], day: str, value: str
) -> dict[str, list[Sample]]:
    """The samples of each patient that have a day and a value, by day and place in the file."""
    days, cells = table.numbers(day, "day"), table.cells(value, "value")
    table.numbers(value, "value")  # refuses words
    found: dict[str, list[Sample]] = {patient: [] for patient in patients if patient is not None}
    for place, (patient, when, cell) in enumerate(zip(patients, days, cells, strict=True)):
        if patient is not None and cell is not None and np.isfinite(when):
            found[patient].append((float(when), place, cell))
    return {patient: sorted(samples) for patient, samples in found.items()}


def classify(samples: Sequence[Sample], rule: Rule, baseline_day: float) -> Class:
    """The class of one patient."""
    before = [sample for sample in samples if sample[0] <= baseline_day]
    inside = [sample for sample in samples if rule.lo <= sample[0] <= rule.hi]
    if not before or Decimal(before[-1][2]) <= 0:
        return Class(NO_BASELINE)
    if not inside:
        return Class(NO_SAMPLE, Decimal(before[-1][2]))
    base, (day, _, now) = (
        before[-1][2],
        max(inside, key=lambda sample: (-abs(sample[0] - rule.target), sample)),
    )
    left, needed = Decimal(now) * 100, Decimal(base) * (100 - Decimal(str(rule.num)))
    responds = left <= needed
    in_floats = (float(now) - float(base)) / float(base) * 100 <= -rule.num
    return Class(
        RESPONDER if responds else NON_RESPONDER, Decimal(base), day, left == needed, in_floats != responds
    )
