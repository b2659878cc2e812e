"""Which messages are owed, to whom and by when, and which earlier ones no longer stand.

`verdicts`: a checkpoint's verdict changed. `signals`: a safety signal appeared, changed or was withdrawn.
`deliveries`: a whole delivery was held or refused. `estimates`: a second program gives other numbers of a report.
Sending is the business of `milepost.alerts`.
"""

from milepost.core.escalation.deliveries import decide_held
from milepost.core.escalation.estimates import decide_disagreement
from milepost.core.escalation.owed import ALERT_COLUMNS, EVENT_COLUMNS, Owed
from milepost.core.escalation.signals import decide_signals_owed
from milepost.core.escalation.verdicts import KEYS, decide_owed

__all__ = [
    "ALERT_COLUMNS",
    "EVENT_COLUMNS",
    "KEYS",
    "Owed",
    "decide_disagreement",
    "decide_held",
    "decide_owed",
    "decide_signals_owed",
]
