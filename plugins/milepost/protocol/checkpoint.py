"""The protocol's judgement of a biomarker at a set distance from first dose.

Every number of the rule lives here and is read from `protocol.toml`; the code in `core.checkpoint` has none.
Source: clinical specification section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from milepost.protocol.base import Code, Count, Day, Frozen, Problem, Text, refuse

Percent = Annotated[Decimal, Field(gt=0, le=10000)]
Policy = Literal["FLAG", "NOT_EVALUABLE"]
_LATE_DAYS = 14
_LATE: Any = f"last day of window + {_LATE_DAYS}"
_LAST_DAY = 4000


def _late_day(value: object, info: ValidationInfo) -> object:
    """The default of late_until_day, which follows the window; what was written stays as it is."""
    if value is not _LATE:
        return value
    window = info.data.get("window")  # lacking where it is wrong itself: then that is the thing to say
    return min(window[1] + _LATE_DAYS, _LAST_DAY) if window else 0


class Sensitivity(Frozen):
    """The same rule with one number changed, declared beforehand and never the primary result.

    A number left out stays the rule's; `min_baseline = 0` means no minimum.
    """

    id: Code
    label: Text
    min_baseline: Decimal | None = None
    threshold_pct: Percent | None = None


class Checkpoint(Frozen):
    """One checkpoint: which test, how large a change, when, and against which baseline.

    Amounts (`min_baseline`, `bands`, `high_baseline`) are in the test's canonical unit; days are CDISC study
    days (first dose = day 1, no day 0), ends included. `intercurrent_lookback_days`: other therapy so long before
    the baseline still disturbs it. `confirm_policy` SECOND_SAMPLE: a response counts once the first sample at
    least `confirm_after_days` later is a response too, up to `late_until_day` (or the window's end plus
    `confirm_after_days`, if that is later).
    """

    id: Code
    label: Text
    test: Code
    direction: Literal["fall", "rise"] = "fall"
    threshold_pct: Percent
    target_day: Day
    window: tuple[Day, Day]
    report_grace_days: Count = 7
    baseline_lookback_days: Count = 28
    baseline_warn_days: Count = 14
    same_day_baseline: Literal["BEFORE_DOSE_OR_UNKNOWN", "BEFORE_DOSE", "NEVER"] = "BEFORE_DOSE_OR_UNKNOWN"
    min_baseline: Decimal | None = None
    bands: tuple[Decimal, ...] = ()
    high_baseline: Decimal | None = None
    tie_rule: Literal["LEAST_FAVOURABLE", "LAST_ROW"] = "LEAST_FAVOURABLE"
    provisional: bool = True
    assay_change_policy: Policy = "FLAG"
    intercurrent_policy: Policy = "FLAG"
    intercurrent_lookback_days: Count = 28
    confirm_policy: Literal["NONE", "SECOND_SAMPLE"] = "NONE"
    confirm_after_days: Count = 10
    borderline_band_pct: tuple[Decimal, Decimal] | None = None
    off_drug_gap_days: Count = 14
    specimens: tuple[Code, ...] = ("SERUM", "PLASMA")
    late_until_day: Annotated[Day, BeforeValidator(_late_day)] = Field(default=_LATE)
    sensitivities: tuple[Sensitivity, ...] = ()

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Checkpoint:
        refuse(self._disorder())
        return self

    def _disorder(self) -> Iterator[Problem]:
        first, last = self.window
        if first > last:
            yield Problem(("window",), self.window, "the first day, then the last, e.g. [22, 36]")
        elif first < 2:
            yield Problem(("window",), self.window, "days after the day of first dose (day 1): from 2")
        elif not first <= self.target_day <= last:
            yield Problem(("target_day",), self.target_day, f"a day inside window, {first} to {last}")
        if self.late_until_day < last:
            yield Problem(("late_until_day",), self.late_until_day, f"from the window's end, day {last}")
        if list(self.bands) != sorted(set(self.bands)):
            yield Problem(("bands",), self.bands, "limits that rise, each once, e.g. [20, 400]")
        band = self.borderline_band_pct
        if band is not None and band[0] >= band[1]:
            yield Problem(("borderline_band_pct",), band, "the lower end first, e.g. [20, 30]")
        ids = [other.id for other in self.sensitivities]
        for place, key in enumerate(ids):
            if key in ids[:place]:
                yield Problem(("sensitivities", place, "id"), key, "an id that no other sensitivity has")
        if self.direction == "fall" and self.threshold_pct > 100:
            yield Problem(("threshold_pct",), self.threshold_pct, "at most 100, no value falls by more")

    @property
    def last_provisional_day(self) -> int:
        """Last study day on which a nearer sample could still be reported (window end + grace)."""
        return self.window[1] + self.report_grace_days
