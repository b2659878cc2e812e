"""The study as its protocol and its sites describe it: frozen models that validate a mapping.

Reading the TOML text is `runtime`'s business; nothing here touches a file.
"""

from milepost.protocol.analysis import AnalysisRules, Factor, InterimRules
from milepost.protocol.anticancer import AnticancerRules
from milepost.protocol.checkpoint import Checkpoint, Sensitivity
from milepost.protocol.endpoints import ResponseRules, ScanChange, ScanSchedule, TimeToEventRules
from milepost.protocol.indicators import IndicatorRules
from milepost.protocol.safety import LiverRules, LiverTier, SafetyRules, SpecialInterest
from milepost.protocol.site import Condition, Emit, Feed, IgnoreRule, Layout, Site
from milepost.protocol.study import (
    AlertKind,
    AlertPolicy,
    Arm,
    Enrolment,
    GatePolicy,
    LabTest,
    Role,
    Stratum,
    StudyProtocol,
    TherapyLine,
    Treatment,
    Visit,
)
from milepost.protocol.validation import Study, study_from_mappings
from milepost.protocol.wording import explain_invalid

__all__ = [
    "AlertKind",
    "AlertPolicy",
    "AnalysisRules",
    "AnticancerRules",
    "Arm",
    "Checkpoint",
    "Condition",
    "Emit",
    "Enrolment",
    "Factor",
    "Feed",
    "GatePolicy",
    "IgnoreRule",
    "IndicatorRules",
    "InterimRules",
    "LabTest",
    "Layout",
    "LiverRules",
    "LiverTier",
    "ResponseRules",
    "Role",
    "SafetyRules",
    "ScanChange",
    "ScanSchedule",
    "Sensitivity",
    "Site",
    "SpecialInterest",
    "Stratum",
    "Study",
    "StudyProtocol",
    "TherapyLine",
    "TimeToEventRules",
    "Treatment",
    "Visit",
    "explain_invalid",
    "study_from_mappings",
]
