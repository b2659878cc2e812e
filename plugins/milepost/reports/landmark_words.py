"""What the landmark analysis of a checkpoint is called: its classes, bands and days, in the protocol's own words."""

from __future__ import annotations

from dataclasses import dataclass

from milepost.core.group_landmark import HIGH, LOW
from milepost.core.landmark import NON_RESPONDER, RESPONDER, LandmarkAnalysis
from milepost.core.landmark_selection import CENSORED_BEFORE, EVENT_BEFORE, NO_CLASS, NO_FOLLOW_UP
from milepost.protocol import AnalysisRules
from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords

CLASSES = {NON_RESPONDER: ("non-responders", "eff-non"), RESPONDER: ("responders", "eff-resp")}
WHY = {
    EVENT_BEFORE: "event by then",
    CENSORED_BEFORE: "not followed beyond",
    NO_CLASS: "in neither class",
    NO_FOLLOW_UP: "time not known",
}


@dataclass(frozen=True)
class LandmarkWords:
    """The vocabulary of one checkpoint's landmark analysis."""

    say: CheckpointWords
    rules: AnalysisRules

    @property
    def day(self) -> int:
        """The landmark: the last study day of the window."""
        return self.say.rule.window[1]

    @property
    def later(self) -> int:
        """The landmark of the sensitivity analysis."""
        return self.day + self.rules.landmark_later_days

    @property
    def title(self) -> str:
        """Of the section."""
        return f"{self.say.short} response and outcome"

    @property
    def bands(self) -> dict[str, str]:
        """High and low baseline; empty where the protocol has no such limit."""
        limit = self.say.rule.high_baseline
        if limit is None:
            return {}
        amount, unit = words.amount(limit), self.say.test.unit
        return {HIGH: f"baseline {amount} {unit} and over", LOW: f"baseline under {amount} {unit}"}

    @property
    def since(self) -> str:
        """Caption of the time axis."""
        return f"months since study day {self.day}"

    def nobody(self, analysis: LandmarkAnalysis) -> str:
        """Why there is nothing to show; empty where there is."""
        if analysis.reason:
            return f"{words.upper_first(analysis.reason)}."
        if not len(analysis.selection.rows):
            return f"Nobody is compared yet: no patient of either class was followed beyond study day {self.day}."
        return ""
