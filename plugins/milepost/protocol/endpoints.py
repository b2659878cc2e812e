"""What the protocol fixes about scans, tumour response and time to event.

Every number of these rules lives here and is read from `protocol.toml`. Source: clinical specification, sections 6.1
to 6.6 and 6.8; what is marked [P] there is a default here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from milepost.protocol.base import Code, Count, Day, Frozen, Problem, refuse

Criteria = Literal["RECIST 1.1", "mRECIST"]
Reader = Literal["INVESTIGATOR", "INDEPENDENT ASSESSOR"]


class ScanChange(Frozen):
    """From this study day on, scans are due at another interval (every 6 weeks, later every 9)."""

    from_day: Day
    interval_days: Annotated[int, Field(ge=1)]
    window_days: Count = 7


class ScanSchedule(Frozen):
    """Imaging every so many days, each within so many days around; `later` where the interval changes."""

    interval_days: Annotated[int, Field(ge=1)]
    window_days: Count = 7
    later: tuple[ScanChange, ...] = ()

    @model_validator(mode="after")
    def _changes_are_in_order(self) -> ScanSchedule:
        days = [change.from_day for change in self.later]
        if days != sorted(set(days)):
            refuse([Problem(("later",), days, "from_day must rise, each once")])
        return self

    def at(self, day: int) -> tuple[int, int]:
        """Interval and window in force on a study day."""
        found = (self.interval_days, self.window_days)
        for change in self.later:
            if day >= change.from_day:
                found = (change.interval_days, change.window_days)
        return found


class ResponseRules(Frozen):
    """How tumour response is judged. The first of `criteria` and of `readers` is the primary one.

    sd_min_days None: the first scan minus its window (35 for scans every 42 ± 7 days). disease_control_day None: the
    day of the first scheduled scan. marker: a test whose value, above its limit at baseline, must be normal before a
    response is complete. baseline_lookback_days: a screening scan may be so old at first dose.
    """

    criteria: tuple[Criteria, ...] = ("RECIST 1.1", "mRECIST")
    readers: tuple[Reader, ...] = ("INVESTIGATOR", "INDEPENDENT ASSESSOR")
    baseline_lookback_days: Count = 42
    confirmation_days: Count = 28
    confirmed_is_primary: bool = False
    ne_between_allowed: Count = 1
    sd_between_allowed: Count = 0
    sd_min_days: Count | None = None
    disease_control_day: Day | None = None
    marker: Code | None = None
    too_small_mm: Annotated[Decimal, Field(ge=0)] = Decimal(5)
    reappearance_after_cr: bool = True

    @model_validator(mode="after")
    def _each_once(self) -> ResponseRules:
        refuse(self._disorder())
        return self

    def _disorder(self) -> Iterator[Problem]:
        for name, listed in (("criteria", self.criteria), ("readers", self.readers)):
            if not listed or len(set(listed)) != len(listed):
                yield Problem((name,), listed, "at least one, each once; the first is the primary one")


class TimeToEventRules(Frozen):
    """From when survival counts, which progression-free survival is the declared one, and what a gap is.

    start RANDOMISATION: the date of the milestone RANDOMIZED in DS, never the date of diagnosis. pfs: the style that
    PARAMCD PFS follows; both are always derived. missed_assessments: so many in a row make a gap. missed_limit_days:
    house rule in place of interval x missed + window. clinical_progression_is_event: a sensitivity setting.
    time_of_day: times count from the hour of first dose to that of death or last contact, where they are told; else
    days are whole.
    """

    start: Literal["FIRST_DOSE", "RANDOMISATION"] = "FIRST_DOSE"
    pfs: Literal["FDA", "EMA"] = "FDA"
    missed_assessments: Annotated[int, Field(ge=1)] = 2
    missed_limit_days: Annotated[int, Field(ge=1)] | None = None
    clinical_progression_is_event: bool = False
    follow_up_gap_days: Count = 84
    time_of_day: bool = False
