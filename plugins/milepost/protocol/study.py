"""The study itself: arms, lines of therapy, tests, roles, alerts, the gate's limits and its checkpoints."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from milepost.protocol.agreement import disagreements
from milepost.protocol.analysis import AnalysisRules
from milepost.protocol.anticancer import AnticancerRules
from milepost.protocol.base import Code, Count, Factor, Frozen, Problem, Text, is_stored, refuse
from milepost.protocol.checkpoint import Checkpoint
from milepost.protocol.endpoints import ResponseRules, ScanSchedule, TimeToEventRules
from milepost.protocol.indicators import IndicatorRules
from milepost.protocol.safety import SafetyRules
from milepost.protocol.site import known_time_zone

ALERT_KINDS = (
    "NON_RESPONSE",
    "SAMPLE_DUE",
    "OVERDUE",
    "MISSED",
    "NO_BASELINE",
    "SAMPLE_UNUSABLE",
    "UNIT_ERROR",
    "DATA_ERROR",
    "DELIVERY_HELD",
    "CORRECTION",
    "RETRACTION",
    "HYS_LAW",
    "SERIOUS_EVENT",
    "FATAL_EVENT",
    "LAB_TOXICITY",
    "SPECIAL_INTEREST",
    "PROGRESSION",
    "NEW_LESION",
    "SITE_SILENT",
    "ESTIMATES_DISAGREE",
)


def _regular_expression(pattern: str, info: ValidationInfo) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        if not is_stored(info):
            raise ValueError(
                f"a valid regular expression, e.g. ^S\\d{{2}}-\\d{{3}}$ (here: {error})"
            ) from error
    return pattern


class Treatment(Frozen):
    """A study drug: the names sites use for it and its regimen (days on within a cycle of so many days).

    frequency: how often a dose is given, where EX does not say. daily_dose: planned mg of a day of intake; None: each
    patient's own starting dose, where several are in use.
    """

    code: Code
    label: Text
    names: tuple[str, ...] = ()
    days_on: Annotated[int, Field(ge=1)] = 1
    cycle_days: Annotated[int, Field(ge=1)] = 1
    frequency: Literal["QD", "BID", "TID", "QID", "QOD", "QW", "Q2W", "Q3W", "Q4W"] | None = None
    daily_dose: Annotated[Decimal, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _fits_its_cycle(self) -> Treatment:
        if self.days_on > self.cycle_days:
            refuse([Problem(("days_on",), self.days_on, f"at most cycle_days, {self.cycle_days}")])
        return self


class Arm(Frozen):
    """One arm: its code in DM, its study drugs, and how many patients are planned."""

    code: Code
    label: Text
    treatments: tuple[Code, ...]
    planned: Count = 0


class TherapyLine(Frozen):
    """A line of therapy that gets checkpoints of its own."""

    number: Annotated[int, Field(ge=1, le=20)]
    label: Text


class Visit(Frozen):
    """A planned visit, by study day."""

    id: Code
    label: Text
    day: int


class Stratum(Frozen):
    """A baseline factor reported beside the arms, as a DM or MH column and its values."""

    id: Code
    label: Text
    column: Code


class LabTest(Frozen):
    """A test we accept: its code, names, LOINC codes, canonical unit and what else it may be reported in.

    factors: unit -> multiply by this to get the canonical unit. unconvertible: units that are a real result but
    need a person. refused_units / refused_loinc: another quantity under the same name, with the reason.
    hard: outside is impossible (quarantine). soft: outside is unlikely (query). Both in the canonical unit.
    """

    code: Code
    label: Text
    names: tuple[str, ...] = ()
    loinc: tuple[str, ...] = ()
    refused_loinc: dict[str, str] = {}
    refused_names: dict[str, str] = {}
    unit: str
    factors: dict[str, Factor] = {}
    unconvertible: tuple[str, ...] = ()
    refused_units: dict[str, str] = {}
    hard: tuple[Decimal, Decimal] | None = None
    soft: tuple[Decimal, Decimal] | None = None

    @model_validator(mode="after")
    def _limits_are_in_order(self) -> LabTest:
        refuse(
            Problem((name,), limits, "the lower limit first, e.g. [0, 5000]")
            for name, limits in (("hard", self.hard), ("soft", self.soft))
            if limits is not None and limits[0] >= limits[1]
        )
        return self

    @property
    def all_factors(self) -> dict[str, Decimal]:
        """Factors including the canonical unit itself."""
        return {self.unit: Decimal(1), **self.factors}


class Role(Frozen):
    """Somebody who is told: recipients of the study, or per site through that site's `contacts`."""

    id: Code
    label: Text
    sees_arm: bool = False
    recipients: tuple[str, ...] = ()


class AlertKind(Frozen):
    """Who is told of this kind, at once or in the daily digest of the site, and by when they must act."""

    kind: Literal[ALERT_KINDS]  # type: ignore[valid-type]
    roles: tuple[Code, ...]
    send: Literal["immediate", "digest"] = "immediate"
    act_within_days: Count = 3
    action: Text


class AlertPolicy(Frozen):
    """The alerts of the study and the sentence that goes under each of them."""

    kinds: tuple[AlertKind, ...] = ()
    caution: Text = "This is an early-warning flag. Treatment decisions follow the protocol."
    safety_caution: Text = (
        "This alert is made from the data sent so far and may change with them. "
        "Treatment decisions follow the protocol."
    )
    sender: str = "milepost@localhost"
    portal_url: str = ""


class GatePolicy(Frozen):
    """When too much of a delivery fails: hold it whole. Limits go to the rules as parameters."""

    hold_share_pct: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(20)
    hold_count: Annotated[int, Field(ge=1)] | None = None
    hold_min_rows: Count = 10
    row_count_low_pct: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(50)
    vanish_hold_share_pct: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(20)
    query_due_days: Count = 7
    parameters: dict[str, str | int | Decimal] = {}


class Enrolment(Frozen):
    """How many patients were planned, from when, over how many months (a straight line)."""

    planned: Count
    start: dt.date | None = None
    months: Annotated[int, Field(ge=1)] | None = None


class StudyProtocol(Frozen):
    """Everything the protocol fixes beforehand; `protocol.toml` is its text."""

    id: Code
    title: Text
    time_zone: str
    made_up: bool = False
    subject_pattern: Annotated[str, AfterValidator(_regular_expression)] = (
        r"^[A-Za-z0-9][A-Za-z0-9_.-]{1,39}$"
    )
    ctcae_version: Literal["5.0", "6.0"] = "5.0"
    small_cell: Count = 5
    arms: tuple[Arm, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    lines: tuple[TherapyLine, ...] = (TherapyLine(number=1, label="First line"),)
    visits: tuple[Visit, ...] = ()
    strata: tuple[Stratum, ...] = ()
    enrolment: Enrolment
    scans: ScanSchedule | None = None
    response: ResponseRules = ResponseRules()
    time_to_event: TimeToEventRules = TimeToEventRules()
    safety: SafetyRules = SafetyRules()
    anticancer: AnticancerRules = AnticancerRules()
    analysis: AnalysisRules = AnalysisRules()
    indicators: IndicatorRules = IndicatorRules()
    tests: tuple[LabTest, ...]
    checkpoints: tuple[Checkpoint, ...]
    roles: tuple[Role, ...] = ()
    alerts: AlertPolicy = AlertPolicy()
    gate: GatePolicy = GatePolicy()

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        return known_time_zone(value)

    @model_validator(mode="after")
    def _names_agree(self) -> StudyProtocol:
        refuse(disagreements(self.model_dump(exclude={"gate"})))
        return self

    def test(self, code: str) -> LabTest:
        """The test with this LBTESTCD; KeyError if the protocol does not know it."""
        return {test.code: test for test in self.tests}[code]
