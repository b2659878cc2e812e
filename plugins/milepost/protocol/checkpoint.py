"""The protocol's judgement of a biomarker at a set distance from first dose.

Every number of the rule lives here and is read from `protocol.toml`; the code in `core.checkpoint` has none.
Source: clinical specification section 3.1.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from milepost.protocol.base import Code, Count, Day, Frozen, Text

Percent = Annotated[Decimal, Field(gt=0, le=10000)]
Policy = Literal["FLAG", "NOT_EVALUABLE"]


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
    late_until_day: Day = 50
    sensitivities: tuple[Sensitivity, ...] = ()

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Checkpoint:
        first, last = self.window
        if not first <= self.target_day <= last:
            raise ValueError(f"target_day {self.target_day} must lie inside window {first}-{last}")
        if first < 2:
            raise ValueError(f"window must start after the day of first dose (day 1), found day {first}")
        if list(self.bands) != sorted(set(self.bands)):
            raise ValueError("bands must rise, each limit once")
        band = self.borderline_band_pct
        if band is not None and band[0] >= band[1]:
            raise ValueError(
                f"borderline_band_pct must name the lower end first, found {band[0]} and {band[1]}"
            )
        ids = [other.id for other in self.sensitivities]
        if len(ids) != len(set(ids)):
            raise ValueError(f"ids of sensitivities must differ, found {', '.join(sorted(ids))}")
        if self.direction == "fall" and self.threshold_pct > 100:
            raise ValueError(f"threshold_pct {self.threshold_pct} cannot be reached by a fall: at most 100")
        if self.late_until_day < last:
            raise ValueError(
                f"late_until_day {self.late_until_day} must not lie before the window's end {last}"
            )
        return self

    @property
    def last_provisional_day(self) -> int:
        """Last study day on which a nearer sample could still be reported (window end + grace)."""
        return self.window[1] + self.report_grace_days
