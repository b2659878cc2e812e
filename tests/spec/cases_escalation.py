"""Which messages a change of verdict owes: the rules as little tables, read by the test and by a person.

A state is written as the report prints it: STATE, STATE:REASON, and `+NO_BASELINE` for the flag. An open
alert is `KIND/role#episode`. `owed` lists new alerts in the same way; `closed` says how open ones end.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    title: str
    before: str | None
    after: str
    owed: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    only_config: bool = False


# who is told of what, in these cases
TOLD = {
    "NON_RESPONSE": ("doctor", "nurse"),
    "CORRECTION": ("doctor",),
    "RETRACTION": ("doctor",),
    "SAMPLE_DUE": ("nurse",),
    "OVERDUE": ("nurse",),
    "MISSED": ("nurse",),
    "NO_BASELINE": ("nurse",),
    "SAMPLE_UNUSABLE": ("nurse",),
    "UNIT_ERROR": ("data",),
    "DATA_ERROR": ("data",),
}

BOTH_TOLD = ("NON_RESPONSE/doctor#1", "NON_RESPONSE/nurse#1")

CASES = (
    Case("the first day of the window reminds that the sample is due", "NOT_DUE", "WINDOW_OPEN",
         owed=("SAMPLE_DUE/nurse#1",)),
    Case("a patient first seen inside the window is reminded of too", None, "WINDOW_OPEN",
         owed=("SAMPLE_DUE/nurse#1",)),
    Case("the next day in the window reminds nobody again", "WINDOW_OPEN", "WINDOW_OPEN",
         open=("SAMPLE_DUE/nurse#1",)),
    Case("a window that closes without a result turns the reminder into overdue", "WINDOW_OPEN", "OVERDUE",
         owed=("OVERDUE/nurse#1",), open=("SAMPLE_DUE/nurse#1",), closed=("SAMPLE_DUE/nurse#1 RESOLVED",)),
    Case("overdue ends as missed", "OVERDUE", "MISSED",
         owed=("MISSED/nurse#1",), open=("OVERDUE/nurse#1",), closed=("OVERDUE/nurse#1 RESOLVED",)),
    Case("a sample that arrives settles overdue silently", "OVERDUE", "PROVISIONAL_RESPONDER",
         open=("OVERDUE/nurse#1",), closed=("OVERDUE/nurse#1 RESOLVED",)),
    Case("a provisional non-response is told at once", "WINDOW_OPEN", "PROVISIONAL_NON_RESPONDER",
         owed=BOTH_TOLD, open=("SAMPLE_DUE/nurse#1",), closed=("SAMPLE_DUE/nurse#1 RESOLVED",)),
    Case("a non-response that becomes final owes nothing new", "PROVISIONAL_NON_RESPONDER", "NON_RESPONDER",
         open=BOTH_TOLD),
    Case("a response owes nothing", "WINDOW_OPEN", "RESPONDER"),
    Case("a nearer sample turns a non-response into a response: all who were told learn it",
         "PROVISIONAL_NON_RESPONDER", "RESPONDER",
         owed=("CORRECTION/doctor#1", "CORRECTION/nurse#1"), open=BOTH_TOLD,
         closed=("NON_RESPONSE/doctor#1 SUPERSEDED", "NON_RESPONSE/nurse#1 SUPERSEDED",
                 "CORRECTION/doctor#1 RESOLVED", "CORRECTION/nurse#1 RESOLVED")),
    Case("who was never told of the non-response gets no correction of it",
         "PROVISIONAL_NON_RESPONDER", "RESPONDER",
         owed=("CORRECTION/nurse#1",), open=("NON_RESPONSE/nurse#1",),
         closed=("NON_RESPONSE/nurse#1 SUPERSEDED", "CORRECTION/nurse#1 RESOLVED")),
    Case("a response corrected into a non-response is a correction, told to all who are told of non-response",
         "RESPONDER", "NON_RESPONDER",
         owed=("CORRECTION/doctor#1", "CORRECTION/nurse#1")),
    Case("a provisional response counts as a response here",
         "PROVISIONAL_RESPONDER", "PROVISIONAL_NON_RESPONDER",
         owed=("CORRECTION/doctor#1", "CORRECTION/nurse#1")),
    Case("a correction taken back is corrected again", "NON_RESPONDER", "RESPONDER",
         owed=("CORRECTION/doctor#2",), open=("CORRECTION/doctor#1",),
         closed=("CORRECTION/doctor#1 SUPERSEDED", "CORRECTION/doctor#2 RESOLVED")),
    Case("a withdrawn result takes the non-response back", "NON_RESPONDER", "MISSED",
         owed=("MISSED/nurse#1", "RETRACTION/doctor#1", "RETRACTION/nurse#1"), open=BOTH_TOLD,
         closed=("NON_RESPONSE/doctor#1 RETRACTED", "NON_RESPONSE/nurse#1 RETRACTED",
                 "RETRACTION/doctor#1 RESOLVED", "RETRACTION/nurse#1 RESOLVED")),
    Case("a non-response that can no longer be judged is taken back as well",
         "NON_RESPONDER", "NOT_EVALUABLE:CENSORED",
         owed=("RETRACTION/doctor#1",), open=("NON_RESPONSE/doctor#1",),
         closed=("NON_RESPONSE/doctor#1 RETRACTED", "RETRACTION/doctor#1 RESOLVED")),
    Case("late data undo a missed checkpoint, and say so", "MISSED", "RESPONDER",
         owed=("RETRACTION/nurse#1",), open=("MISSED/nurse#1",),
         closed=("MISSED/nurse#1 RETRACTED", "RETRACTION/nurse#1 RESOLVED")),
    Case("late data that show a non-response undo the missed checkpoint and tell the non-response",
         "MISSED:LATE_ONLY", "NON_RESPONDER",
         owed=(*BOTH_TOLD, "RETRACTION/nurse#1"), open=("MISSED/nurse#1",),
         closed=("MISSED/nurse#1 RETRACTED", "RETRACTION/nurse#1 RESOLVED")),
    Case("non-response, taken back, non-response again: told again", "OVERDUE", "PROVISIONAL_NON_RESPONDER",
         owed=("NON_RESPONSE/doctor#2", "NON_RESPONSE/nurse#2"), past=BOTH_TOLD),
    Case("whoever has the alert open already is not told twice", "OVERDUE", "PROVISIONAL_NON_RESPONDER",
         owed=("NON_RESPONSE/nurse#1",), open=("NON_RESPONSE/doctor#1",)),
    Case("a missing baseline is told on day 1, when it can be repaired", "NOT_STARTED", "NOT_DUE+NO_BASELINE",
         owed=("NO_BASELINE/nurse#1",)),
    Case("a missing baseline is told once, whatever else becomes due",
         "NOT_DUE+NO_BASELINE", "WINDOW_OPEN+NO_BASELINE",
         owed=("SAMPLE_DUE/nurse#1",), open=("NO_BASELINE/nurse#1",)),
    Case("a sample without a baseline is the same alert, not another",
         "WINDOW_OPEN+NO_BASELINE", "NOT_EVALUABLE:NO_BASELINE", open=("NO_BASELINE/nurse#1",)),
    Case("a baseline that is found settles the alert silently", "NOT_DUE+NO_BASELINE", "NOT_DUE",
         open=("NO_BASELINE/nurse#1",), closed=("NO_BASELINE/nurse#1 RESOLVED",)),
    Case("a death ends the search for a baseline", "NOT_DUE+NO_BASELINE", "NOT_REACHED:DIED+NO_BASELINE",
         open=("NO_BASELINE/nurse#1",), closed=("NO_BASELINE/nurse#1 RESOLVED",)),
    Case("a sample that cannot be used is told as such, not as overdue",
         "WINDOW_OPEN", "NOT_EVALUABLE:SAMPLE_UNUSABLE", owed=("SAMPLE_UNUSABLE/nurse#1",)),
    Case("a unit without a factor is told", "WINDOW_OPEN", "NOT_EVALUABLE:UNIT", owed=("UNIT_ERROR/data#1",)),
    Case("a baseline below the minimum is nobody's task", "WINDOW_OPEN", "NOT_EVALUABLE:BASELINE_BELOW_MIN"),
    Case("death before first dose is a data error", "NOT_STARTED", "DATA_ERROR", owed=("DATA_ERROR/data#1",)),
    Case("a data error that is corrected is settled silently", "DATA_ERROR", "NOT_REACHED:DIED",
         open=("DATA_ERROR/data#1",), closed=("DATA_ERROR/data#1 RESOLVED",)),
    Case("a response that becomes a non-response for the second time is told again, as another episode",
         "RESPONDER", "NON_RESPONDER", past=("CORRECTION/doctor#2", "CORRECTION/nurse#1"),
         owed=("CORRECTION/doctor#3", "CORRECTION/nurse#2")),
    Case("overdue, settled, overdue again: told again", "PROVISIONAL_RESPONDER", "OVERDUE",
         past=("OVERDUE/nurse#1",), owed=("OVERDUE/nurse#2",)),
    Case("a response whose result is withdrawn is overdue; nobody was told of the response",
         "PROVISIONAL_RESPONDER", "OVERDUE", owed=("OVERDUE/nurse#1",)),
    Case("a death that becomes known late takes missed back", "MISSED", "NOT_REACHED:DIED",
         open=("MISSED/nurse#1",), owed=("RETRACTION/nurse#1",),
         closed=("MISSED/nurse#1 RETRACTED", "RETRACTION/nurse#1 RESOLVED")),
    Case("a death that becomes known in the grace settles overdue silently", "OVERDUE", "NOT_REACHED:DIED",
         open=("OVERDUE/nurse#1",), closed=("OVERDUE/nurse#1 RESOLVED",)),
    Case("a sample that turns out unusable takes missed back and is told as what it is",
         "MISSED", "NOT_EVALUABLE:SAMPLE_UNUSABLE", open=("MISSED/nurse#1",),
         owed=("RETRACTION/nurse#1", "SAMPLE_UNUSABLE/nurse#1"),
         closed=("MISSED/nurse#1 RETRACTED", "RETRACTION/nurse#1 RESOLVED")),
    Case("a sample that becomes usable settles it and tells the non-response",
         "NOT_EVALUABLE:SAMPLE_UNUSABLE", "PROVISIONAL_NON_RESPONDER", open=("SAMPLE_UNUSABLE/nurse#1",),
         owed=BOTH_TOLD, closed=("SAMPLE_UNUSABLE/nurse#1 RESOLVED",)),
    Case("doses that are withdrawn take the non-response back", "NON_RESPONDER", "NOT_STARTED:LINE_WITHDRAWN",
         open=("NON_RESPONSE/doctor#1",), owed=("RETRACTION/doctor#1",),
         closed=("NON_RESPONSE/doctor#1 RETRACTED", "RETRACTION/doctor#1 RESOLVED")),
    Case("a response that is confirmed by a nearer sample owes nothing", "PROVISIONAL_RESPONDER", "RESPONDER"),
    Case("MISSED with another sub-reason is the same alert", "MISSED", "MISSED:LATE_ONLY",
         open=("MISSED/nurse#1",)),
    Case("a mere edit of the study folder tells nobody", "RESPONDER", "NON_RESPONDER", only_config=True),
    Case("a mere edit of the study folder closes the alerts it ends without a notice",
         "NON_RESPONDER", "RESPONDER", open=BOTH_TOLD, only_config=True,
         closed=("NON_RESPONSE/doctor#1 RESOLVED", "NON_RESPONSE/nurse#1 RESOLVED")),
)  # fmt: skip
