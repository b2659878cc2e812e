"""What ends or censors each time to event, as records: one line a situation of the specification, in order.

Source: clinical specification sections 6.5 and 6.6. The first situation that holds for a patient decides; its date is
worked out in `courses`, never chosen as the latest of several.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

CNSR = {
    0: "event",
    1: "no event by the last assessment or contact",
    2: "no or incomplete tumour assessment at baseline",
    3: "no adequate tumour assessment after baseline",
    4: "event after too many missed assessments in a row",
    5: "another anticancer therapy began first",
    6: "treatment stopped for a progression that no scan documents",
    7: "withdrew",
    8: "lost to follow-up",
    9: "died after the cut-off",
    10: "died without documented progression (only where death is no event)",
}


@dataclass(frozen=True)
class Source:
    """One situation: the column of `courses` that says whether it holds, and the date that counts then.

    cnsr: a key of CNSR. event: EVNTDESC. dated_by: CNSDTDSC, what the censoring date is (of an event: None). domain,
    variable: SRCDOM and SRCVAR. src: the column of `courses` with the records it rests on.
    """

    when: str
    date: str
    cnsr: int
    event: str
    dated_by: str | None
    domain: str
    variable: str
    src: str


_START = "Start of the period"
_ADEQUATE = "Last adequate tumour assessment"
_BEFORE_THERAPY = "Last adequate tumour assessment on or before the new therapy"
_BEFORE_GAP = "Last adequate tumour assessment before the gap"

PROGRESSION = Source("PROGRESSED", "PD", 0, "Documented progression", None, "ADRS", "ADT", "PDSRC")
DEATH = Source("DIED", "DEATH", 0, "Death", None, "DM", "DTHDTC", "DEATHSRC")
CLINICAL = Source(
    "CLINICAL_EVENT", "CLINICAL", 0, "Progression without a scan", None, "DS", "DSSTDTC", "CLINSRC"
)
NO_BASELINE_DEATH = replace(DEATH, when="EARLY_DEATH_NO_BASELINE")
NO_BASELINE = Source("NO_BASELINE", "START", 2, "No baseline assessment", _START, "ADTTE", "STARTDT", "NOSRC")
NEW_THERAPY = Source(
    "NEW_THERAPY_FIRST", "ADEQUATE_BEFORE_THERAPY", 5, "Another anticancer therapy", _BEFORE_THERAPY, "ADRS", "ADT",
    "ADEQUATE_BEFORE_THERAPY_SRC",
)  # fmt: skip
MISSED = Source(
    "AFTER_GAP", "ADEQUATE_BEFORE_EVENT", 4, "Missed assessments", _BEFORE_GAP, "ADRS", "ADT",
    "ADEQUATE_BEFORE_EVENT_SRC",
)  # fmt: skip
DEATH_CENSORED = Source(
    "DIED", "ADEQUATE", 10, "Death without progression", _ADEQUATE, "ADRS", "ADT", "ADEQUATE_SRC"
)
NEVER_ASSESSED = Source("NEVER_ASSESSED", "START", 3, "No assessment", _START, "ADTTE", "STARTDT", "NOSRC")
CLINICAL_STOP = Source(
    "CLINICAL_STOP", "ADEQUATE", 6, "Stopped without a documented progression", _ADEQUATE, "ADRS", "ADT",
    "ADEQUATE_SRC",
)  # fmt: skip
WITHDREW = Source("WITHDREW_BY", "ADEQUATE", 7, "Withdrew", _ADEQUATE, "ADRS", "ADT", "ADEQUATE_SRC")
LOST = Source("LOST_BY", "ADEQUATE", 8, "Lost to follow-up", _ADEQUATE, "ADRS", "ADT", "ADEQUATE_SRC")
ONGOING = Source("EVERYBODY", "ADEQUATE", 1, "No event", _ADEQUATE, "ADRS", "ADT", "ADEQUATE_SRC")

_NO_EVENT = (NEVER_ASSESSED, CLINICAL_STOP, WITHDREW, LOST, ONGOING)
FDA = (NO_BASELINE_DEATH, NO_BASELINE, NEW_THERAPY, MISSED, PROGRESSION, DEATH, CLINICAL, *_NO_EVENT)
EMA = (PROGRESSION, DEATH, CLINICAL, *_NO_EVENT)
STYLES = {"FDA": FDA, "EMA": EMA}
# a death ends the time to progression without being its event
TTP = {
    "FDA": (NO_BASELINE, NEW_THERAPY, MISSED, PROGRESSION, CLINICAL, DEATH_CENSORED, *_NO_EVENT),
    "EMA": (PROGRESSION, CLINICAL, DEATH_CENSORED, *_NO_EVENT),
}

_ALIVE = "Last known alive"
OS = (
    DEATH,
    Source("DIED_LATER", "CUTOFF", 9, "Died after the cut-off", "Data cut-off", "DM", "DTHDTC", "DEATHSRC"),
    Source("WITHDREW_BY", "ALIVE", 7, "Withdrew", _ALIVE, "ADSL", "LSTALVDT", "ALIVESRC"),
    Source("LOST_BY", "ALIVE", 8, "Lost to follow-up", _ALIVE, "ADSL", "LSTALVDT", "ALIVESRC"),
    Source("EVERYBODY", "ALIVE", 1, "Alive", _ALIVE, "ADSL", "LSTALVDT", "ALIVESRC"),
)
