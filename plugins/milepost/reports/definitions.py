"""The rules in force, in the protocol's own numbers: what the small figures beside the numbers lead to."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.protocol import StudyProtocol
from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.masking import Mask


@dataclass(frozen=True)
class Definition:
    """One definition: its number on the page, the key it is asked for by, a title and its text."""

    number: int
    key: str
    title: str
    text: str


def definitions(
    protocol: StudyProtocol,
    all_words: list[CheckpointWords],
    mask: Mask,
    clinical: tuple[tuple[str, str, str], ...] = (),
) -> tuple[Definition, ...]:
    """Those of each checkpoint first, then those of the whole report and its sections; numbered in this order."""
    entries: list[tuple[str, str, str]] = []
    for say in all_words:
        entries += [
            (f"{say.rule.id}.{key}", title, text)
            for key, title, text in _of_checkpoint(say, len(protocol.lines) > 1)
        ]
    entries += _of_report(protocol, mask)
    entries += clinical
    return tuple(Definition(i, key, title, text) for i, (key, title, text) in enumerate(entries, start=1))


def _of_checkpoint(say: CheckpointWords, has_lines: bool) -> list[tuple[str, str, str]]:
    rule, unit = say.rule, say.test.unit
    share = words.amount(100 + say.limit_change)
    sign = "≤" if rule.direction == "fall" else "≥"
    least = (
        "The rule applies to any baseline above zero."
        if rule.min_baseline is None
        else f"The rule applies from {words.amount(rule.min_baseline)} {unit} on; below, a change may be noise."
    )
    final = (
        f"Provisional until day {rule.last_provisional_day}, unless drawn on day {rule.target_day} itself."
        if rule.provisional
        else "Final at once."
    )
    others = "; ".join(s.label for s in rule.sensitivities)
    by_line = " Who has several lines of therapy counts once for each of them." if has_lines else ""
    return [
        ("responder", f"{say.short} responder",
         f"{say.test.label} {say.did} by {say.threshold} or more from baseline to the sample nearest to day "
         f"{rule.target_day} among days {say.window}. Exact: value × 100 {sign} baseline × {share}, compared as "
         f"reported and never rounded. {final} Rule {rule.id}."),
        ("baseline", f"Baseline {say.short}",
         f"Latest valid sample on or before first dose, at most {rule.baseline_lookback_days} days before it. {least}"
         + (f" Sensitivity analyses, never the result: {others}." if others else "")),
        ("range", "Beyond the assay’s limit",
         "A result such as “<1.3” or “>60500” is a range. If every value in the range gives the same verdict, that "
         "verdict stands; if not, the patient is not evaluable. Drawn as a range, never replaced by a number."),
        ("window", "Window, overdue, missed",
         f"Window: study days {say.window} (first dose = day 1, no day 0). Overdue: day {say.overdue_days} without a "
         f"known sample. Missed: after day {rule.last_provisional_day}. A sample outside the window never counts."),
        ("denominators", "Who is counted",
         f"Treated: a first dose was given. Reached the checkpoint: alive and on study on day {rule.window[1]}. "
         "Evaluable: finally judged, provisional verdicts are counted apart. "
         f"A share is always shown with its numbers.{by_line}"),
    ]  # fmt: skip


def _of_report(protocol: StudyProtocol, mask: Mask) -> list[tuple[str, str, str]]:
    return [
        ("caution", "What an alert is not", mask.neutral(protocol.alerts.caution)),
        ("interval", "Interval",
         "Exact 95 % interval (Clopper and Pearson), for description only: nothing is tested, and groups of patients "
         "are not compared with one another."),
        ("balance", "Every row accounted for",
         "Received = accepted + unchanged + superseded + quarantined + held + ignored. Unchanged: the same row came "
         "again. Superseded: overtaken by a later version. Ignored: only by a named rule, such as a line of totals."),
        ("lag", "Lag", "Median days from collection to receipt of what became known in the last 28 nights."),
        ("small", "Small sites",
         f"Numbers of patients of sites with fewer than {protocol.small_cell} are shown only together; a number of a "
         "site that rests on fewer is not shown."),
    ]  # fmt: skip
