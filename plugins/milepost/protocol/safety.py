"""What the protocol fixes about adverse events, laboratory toxicity and liver safety.

Every number of these rules lives here and is read from `protocol.toml`. Source: clinical specification, sections 4.2,
4.3, 5.1, 5.2 and 7.2; what is marked [P] there is a default here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from milepost.protocol.base import Code, Count, Frozen, Problem, Text, refuse

Multiple = Annotated[Decimal, Field(gt=0)]
Grade = Annotated[int, Field(ge=1, le=5)]
Pressure = Annotated[int, Field(ge=30, le=300)]


class SpecialInterest(Frozen):
    """A group of adverse events of special interest: its preferred terms, and from which grade an alert is owed.

    terms: preferred (or reported) terms, whole, upper and lower case alike. alert_grade None: no alert of its own.
    """

    id: Code
    label: Text
    terms: tuple[Text, ...]
    alert_grade: Grade | None = None


class LiverTier(Frozen):
    """By baseline ALT (in multiples of its limit): from which ALT to watch, to withhold, to stop."""

    baseline_below: Multiple | None = None
    watch: Multiple
    withhold: Multiple
    stop: Multiple


_TIERS = (
    LiverTier(baseline_below=Decimal("1.5"), watch=Decimal(3), withhold=Decimal(5), stop=Decimal(8)),
    LiverTier(baseline_below=Decimal(3), watch=Decimal(4), withhold=Decimal(6), stop=Decimal(11)),
    LiverTier(watch=Decimal(6), withhold=Decimal(8), stop=Decimal(12)),
)


class LiverRules(Frozen):
    """Liver safety: limits in multiples of the upper limit of normal (x ULN), and for a raised baseline of that too.

    alt, bili, alp: potential Hy's law is ALT or AST >= alt x ULN with bilirubin >= bili x ULN on the day or up to
    pairing_days later, while ALP < alp x ULN. A test whose own baseline (mean of at least baseline_samples values) is
    above its limit: ALT or AST >= raised_alt_times x baseline and >= alt x ULN, or >= raised_alt_uln x ULN, whichever
    is less; bilirubin a rise of raised_bili_rise x ULN or >= raised_bili_uln x ULN, whichever is less. baseline_days:
    the baseline is the mean of the values of so many days before first dose, or of the last baseline_samples where
    those are older. score_days: the inputs of Child-Pugh lie within so many days of each other.
    """

    alt: Multiple = Decimal(3)
    bili: Multiple = Decimal(2)
    alp: Multiple = Decimal(2)
    pairing_days: Count = 14
    baseline_samples: Annotated[int, Field(ge=1)] = 2
    baseline_days: Count = 28
    raised_alt_times: Multiple = Decimal(2)
    raised_alt_uln: Multiple = Decimal(8)
    raised_bili_rise: Multiple = Decimal(1)
    raised_bili_uln: Multiple = Decimal(3)
    score_days: Count = 14
    tiers: tuple[LiverTier, ...] = _TIERS

    @model_validator(mode="after")
    def _tiers_rise(self) -> LiverRules:
        refuse(self._disorder())
        return self

    def _disorder(self) -> Iterator[Problem]:
        limits = [tier.baseline_below for tier in self.tiers]
        if not limits or limits[-1] is not None or None in limits[:-1]:
            yield Problem(("tiers",), None, "every tier but the last has baseline_below")
        given = [limit for limit in limits if limit is not None]
        if given != sorted(set(given)):
            yield Problem(("tiers",), None, "baseline_below must rise")


class SafetyRules(Frozen):
    """When an event counts as treatment-emergent, how laboratory values are graded, and the groups of interest.

    emergent_days, lab_days: up to so many days after the last dose. grade_units AS_REPORTED: thresholds in the unit
    system of each laboratory report; SI: after conversion. lab_alert_grade: from this grade a laboratory value is an
    alert. anticoagulants: medications under which the limits of INR in multiples of baseline apply.
    blood_pressure_high: from which systolic or diastolic pressure (mmHg) on a reading is high; grade 3 of CTCAE by
    default. site_silent_days: a site that sent nothing for so long is an alert.
    """

    emergent_days: Count = 30
    lab_days: Count = 30
    grade_units: Literal["AS_REPORTED", "SI"] = "AS_REPORTED"
    lab_alert_grade: Annotated[int, Field(ge=1, le=4)] = 3
    anticoagulants: tuple[Text, ...] = ()
    interest: tuple[SpecialInterest, ...] = ()
    liver: LiverRules = LiverRules()
    blood_pressure_high: tuple[Pressure, Pressure] = (160, 100)
    site_silent_days: Annotated[int, Field(ge=1)] = 14

    @model_validator(mode="after")
    def _each_group_once(self) -> SafetyRules:
        ids = [group.id for group in self.interest]
        refuse(
            Problem(("interest", place, "id"), key, "an id that no other group has")
            for place, key in enumerate(ids)
            if key in ids[:place]
        )
        return self
