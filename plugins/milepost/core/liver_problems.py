"""What the liver rules ask the sites, in plain words and without patients' values.

Source: clinical specification sections 4.1 (a limit that is not known is never replaced), 5.1 and 5.2.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

QUESTIONS: dict[str, tuple[str, str]] = {
    "LIVER-WORD-UNKNOWN": (
        "warning",
        "The answer about ascites or encephalopathy is a word we do not know, so Child-Pugh cannot be scored. Please "
        "send none, mild, moderate or severe, or the grade.",
    ),
    "LIVER-TWO-ANSWERS": (
        "warning",
        "Two answers of one day about ascites or encephalopathy contradict each other. Which one is right?",
    ),
    "LIVER-NO-CHILD-PUGH": (
        "warning",
        "Child-Pugh before first dose cannot be scored: bilirubin, albumin, INR, ascites and encephalopathy are not "
        "all known within the protocol's days of each other. Please send what is missing.",
    ),
    "LIVER-CHILD-PUGH-DIFFERS": (
        "info",
        "The Child-Pugh score or class sent differs from the one that follows from the results of the same day. Please "
        "check the score, the results, and the answers about ascites and encephalopathy.",
    ),
    "LIVER-NO-LIMIT": (
        "warning",
        "The laboratory's upper limit for a liver test is missing or is no number, so liver safety cannot be judged on "
        "these results. Please send the limit that was valid on the day.",
    ),
    "LIVER-NO-BASELINE": (
        "warning",
        "No usable result of a liver test before first dose is known. Does one exist?",
    ),
}  # fmt: skip


def problem(
    lines: pd.DataFrame | None, position: int, domain: str, reckey: str | None, rule: str
) -> dict[str, Any]:
    """One row for `to_problems`, about the line at this position."""
    severity, question = QUESTIONS[rule]
    line = {} if lines is None else lines.iloc[position]
    return {
        "USUBJID": line.get("USUBJID"), "SITEID": line.get("SITEID"), "LINE": line.get("LINE"), "DOMAIN": domain,
        "RECKEY": reckey, "RULE": rule, "SEVERITY": severity, "QUESTION": question,
    }  # fmt: skip
