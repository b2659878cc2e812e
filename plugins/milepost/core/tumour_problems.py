"""What may contradict itself in scans and responses, and the question that goes to the site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

# rule -> severity, question; the part before the first hyphen is the domain
QUESTIONS: dict[str, tuple[str, str]] = {
    "TR-NO-BASELINE": ("critical", "A target lesion has no measurement before first dose, so its response cannot be "
                       "judged. Please send the baseline measurement, or say why there is none."),
    "TR-BASELINE-AFTER-DOSE": ("critical", "The first scan of this patient lies after first dose, so there is no "
                               "baseline. Please send the screening scan, or check both dates."),
    "TR-BASELINE-TOO-OLD": ("critical", "The newest scan before first dose is older than the protocol allows, so it is "
                            "no baseline. Please send a later one, or check both dates."),
    "TR-BASELINE-ZERO": ("critical", "The sum of the target lesions at baseline is zero, so no change can be judged. "
                         "Please check the baseline measurements."),
    "TR-TARGET-AFTER-BASELINE": ("critical", "A lesion is called a target lesion but was first measured after first "
                                 "dose. Please say whether it was there at baseline, or is a new lesion."),
    "TR-NON-TARGET-AFTER-BASELINE": ("warning", "A lesion is called non-target but was first seen after first dose. "
                                     "Please say whether it was there at baseline, or is a new lesion."),
    "TR-TWO-MEASUREMENTS": ("critical", "One reader gave two different measurements, or a measurement and the word "
                            "absent, of one lesion on one day. Please tell us which one counts."),
    "TR-NODE-WITHOUT-SHORT-AXIS": ("critical", "A lymph node has a longest diameter but no short axis. Please send the "
                                   "short axis."),
    "TR-UNIT-UNKNOWN": ("critical", "A measurement has no unit we know. Please send mm or cm."),
    "TR-WORD-UNKNOWN": ("critical", "The state of a lesion is given in words we do not know, so it counts as not "
                        "evaluated. Please send present, absent, too small to measure, unequivocal progression, "
                        "equivocal, merged or not evaluable."),
    "TR-PROGRESSION-UNSAID": ("critical", "A non-target lesion is called worse, but not whether unequivocally, so it "
                              "counts as not evaluated. Please send unequivocal progression, or present."),
    "TR-NOT-DONE-WITH-VALUE": ("warning", "A measurement is marked as not done but has a value, so it counts as not "
                               "evaluated. Please correct one of both."),
    "TR-ROLE-UNKNOWN": ("critical", "It is not said whether a measured lesion is target, non-target or new, so it is "
                        "not counted. Please send it with the lesion."),
    "TR-LESION-UNNAMED": ("critical", "A measurement names no lesion, so it cannot be followed and is not counted. "
                          "Please number the lesions."),
    "TR-DATE-MISSING": ("critical", "A finding of a scan has no full date, so it is not counted. Please send it."),
    "TR-TARGET-NOT-MEASURABLE": ("warning", "A target lesion was smaller at baseline than the criteria ask for (10 mm, "
                                 "a lymph node 15 mm short axis). Please check the measurement and the choice."),
    "TR-TOO-MANY-TARGETS": ("warning", "More than five target lesions, or more than two in one organ, were chosen. "
                            "Please check the choice."),
    "TR-SUM-DIFFERS": ("warning", "The sum of diameters that was sent is not the sum of the lesions that were sent. "
                       "Please check both."),
    "TU-ROLE-CONFLICT": ("warning", "A lesion is called by two roles on one day (target, non-target or new). Please "
                         "tell us which one is right."),
    "TU-DATE-MISSING": ("warning", "A lesion was identified without a date, and no measurement tells it. Please send "
                        "the date of the scan."),
    "TU-VEIN-AS-TARGET": ("warning", "A thrombus of the portal vein was chosen as a target lesion; for these criteria "
                          "it is a non-target lesion. Please check the choice."),
    "RS-WORD-UNKNOWN": ("warning", "A response is given in words we do not know, so it is not counted. Please send CR, "
                        "PR, SD, PD, NE, NON-CR/NON-PD or NED; for new lesions yes, no, equivocal or unknown."),
    "RS-TWO-ANSWERS": ("warning", "One reader gave two different answers for one scan on one day; the worse one counts "
                       "until you tell us which is right."),
    "RS-DATE-MISSING": ("warning", "A response has no full date and belongs to no scan we know, so it is not counted. "
                        "Please send the date."),
    "RS-NEW-LESION-NOT-LISTED": ("warning", "A new lesion is reported with the response but is not listed with the "
                                 "lesions. Please send its place and date, or correct the response."),
    "RS-DISAGREES": ("warning", "The response that was reported is not the one that the measurements sent to us give. "
                     "Please check the measurements and the response."),
}  # fmt: skip
_READERS = {
    "READER-UNKNOWN": ("critical", "The reader of a scan is named in words we do not know, so the reading is not "
                       "counted. Please send investigator or independent assessor."),
    "READER-NONE-ACCEPTED": ("warning", "There are several independent readers and none of their readings is marked as "
                             "accepted. Please mark the accepted reading."),
}  # fmt: skip
_LESIONS = {
    "ROLE-CHANGED": ("warning", "A lesion is called target, non-target or new here, and something else in the list of "
                     "lesions or at an earlier scan, which counts meanwhile. Please tell us which is right."),
    "NEW-AT-BASELINE": ("warning", "A lesion is called new on or before the day of first dose, so it counts as a "
                        "non-target lesion that was always there. Please check its date, or call it non-target."),
}  # fmt: skip
for _domain in ("TU", "TR"):
    QUESTIONS |= {f"{_domain}-{rule}": told for rule, told in _LESIONS.items()}
for _domain in ("TU", "TR", "RS"):
    QUESTIONS |= {f"{_domain}-{rule}": told for rule, told in _READERS.items()}


def problem_rows(rows: pd.DataFrame, rule: str | None = None) -> Iterable[dict[str, Any]]:
    """Rows for `to_problems`. Needs USUBJID SITEID; LINE, KEY ("TR|…") and RULE where they are known."""
    lines = rows["LINE"] if "LINE" in rows else [None] * len(rows)
    keys = rows["KEY"] if "KEY" in rows else [None] * len(rows)
    rules = [rule] * len(rows) if rule is not None else rows["RULE"]
    for subject, site, line, key, name in zip(
        rows["USUBJID"], rows["SITEID"], lines, keys, rules, strict=True
    ):
        severity, question = QUESTIONS[name]
        yield {
            "USUBJID": subject, "SITEID": site, "LINE": None if line is None or pd.isna(line) else int(line),
            "DOMAIN": name.split("-")[0], "RECKEY": key.split("|", 1)[1] if isinstance(key, str) else None,
            "RULE": name, "SEVERITY": severity, "QUESTION": question,
        }  # fmt: skip
