"""What the states and reasons of a checkpoint are called on the page, from the protocol's own names and numbers."""

from __future__ import annotations

from decimal import Decimal

from milepost.protocol import Checkpoint, LabTest
from milepost.reports import words
from milepost.reports.judged import Judged

# state -> (words, class of its colour)
STATE_WORDS = {
    "RESPONDER": ("Responder", "resp"),
    "NON_RESPONDER": ("Non-responder", "non"),
    "PROVISIONAL_RESPONDER": ("Provisional responder", "resp-prov"),
    "PROVISIONAL_NON_RESPONDER": ("Provisional non-responder", "non-prov"),
    "NOT_EVALUABLE": ("Not evaluable", "hatch"),
    "DATA_ERROR": ("Data contradict each other", "cross"),
    "OVERDUE": ("Overdue", "owed"),
    "MISSED": ("Missed", "missed"),
    "WINDOW_OPEN": ("Window open", "wait"),
    "NOT_DUE": ("Not due yet", "wait"),
    "NOT_STARTED": ("Not started", "wait"),
    "NOT_REACHED": ("Not reached", "gone"),
}
_REASONS = {
    "NO_BASELINE": ("No valid baseline", "stored serum, if there is any"),
    "BASELINE_NOT_POSITIVE": ("Baseline is zero", "stays"),
    "BASELINE_BELOW_LLOQ": ("Baseline below the assay’s limit", "stays"),
    "BASELINE_CENSORED": ("Baseline only known as a range", "query: the exact value"),
    "UNIT": ("Unit without a factor", "query: the laboratory’s unit"),
    "ASSAY_CHANGE": ("Assay changed in between", "stays"),
    "INTERCURRENT_LRT": ("Other therapy in between", "stays"),
    "CENSORED": ("Beyond the assay’s limit", "query: repeat with dilution"),
    "NOT_CONFIRMED": ("Not confirmed by a second sample", "stays"),
    "SAMPLE_UNUSABLE": ("Sample drawn, result unusable", "the open query to the site"),
}
_SUB_REASONS = {
    "EARLY_ONLY": "sample too early only",
    "LATE_ONLY": "sample too late only",
    "EARLY_AND_LATE": "samples too early and too late only",
    "DIED": "died",
    "WITHDREW": "withdrew consent",
    "LOST": "lost to follow-up",
    "DISCONTINUED": "stopped the drug",
    "NEVER_TREATED": "never treated",
    "STALE": "too old",
    "POST_DOSE": "drawn after the first dose",
}
_ELSEWHERE = ("EARLY_ONLY", "LATE_ONLY", "EARLY_AND_LATE")
_NO_SUB_REASON = {"MISSED": "no sample", "NOT_STARTED": "waiting for the first dose"}


class CheckpointWords:
    """The vocabulary of one checkpoint: its test, direction, threshold, days and bands in words."""

    def __init__(self, rule: Checkpoint, test: LabTest) -> None:
        self.rule = rule
        self.test = test
        self.short = _short(test)
        falls = rule.direction == "fall"
        self.did = "fell" if falls else "rose"
        self.do = "fall" if falls else "rise"
        self.threshold = f"{words.amount(rule.threshold_pct)}{words.THIN}%"
        self.limit_change = -rule.threshold_pct if falls else rule.threshold_pct
        self.window = words.days(*rule.window)
        self.overdue_days = words.days(rule.window[1] + 1, max(rule.window[1] + 1, rule.last_provisional_day))

    @property
    def bands(self) -> list[str]:
        """The baseline bands: under 20, 20 to <400, 400 and over."""
        limits = [words.amount(limit) for limit in self.rule.bands]
        if not limits:
            return ["any"]
        middle = [f"{low} to <{high}" for low, high in zip(limits, limits[1:], strict=False)]
        return [f"under {limits[0]}", *middle, f"{limits[-1]} and over"]

    def possible(self, band: int | None) -> bool:
        """Whether a patient in this band can be judged at all."""
        if band is None:
            return False
        least = self.rule.min_baseline
        return (
            least is None
            or not self.rule.bands
            or band == len(self.rule.bands)
            or self.rule.bands[band] > least
        )

    def reason(self, code: str | None) -> tuple[str, str]:
        """A reason for not evaluable, and what happens next."""
        if code == "BASELINE_BELOW_MIN" and self.rule.min_baseline is not None:
            return (
                f"Baseline under {words.amount(self.rule.min_baseline)} {self.test.unit}",
                "sensitivity analysis only",
            )
        if code in _REASONS:
            return _REASONS[code]
        return words.upper_first((code or "no reason given").replace("_", " ").lower()), "stays"

    def sub_reason(self, row: Judged) -> str:
        """Why missed, not reached or not started, in words."""
        code = row.reason or ""
        return (
            _SUB_REASONS.get(code)
            or _NO_SUB_REASON.get(row.state)
            or code.replace("_", " ").lower()
            or "no reason given"
        )

    def drawn_elsewhere(self, row: Judged) -> str:
        """That a sample of somebody overdue was drawn outside the window; empty where none is known."""
        codes = [code.strip() for code in (row.detail or "").split(";")]
        found = next((_SUB_REASONS[code] for code in codes if code in _ELSEWHERE), "")
        return words.upper_first(found)

    def values(self, row: Judged) -> str:
        """Baseline and checkpoint value exactly as reported: 500 → 375.1 ng/mL."""
        if row.base_unit == row.value_unit:
            return f"{row.base} → {row.value} {row.value_unit or ''}".rstrip()
        return f"{row.base} {row.base_unit or ''} → {row.value} {row.value_unit or ''}".rstrip()

    def is_open(self, row: Judged) -> bool:
        """Whether the reported values leave every change possible: a fall to nothing, and a rise without end."""
        return row.has_range and row.most is None and (row.least is None or row.least <= -100)

    def change(self, row: Judged) -> str:
        """−17.0 %, or the range the values allow: fell by at least 50.4 %."""
        if row.change is not None:
            return words.signed_percent(row.change)
        if not row.has_range:
            return ""
        if self.is_open(row):
            return "any change is possible"
        if row.most is None:
            return f"{words.signed_percent(row.least or Decimal(0))} or more"
        if row.least is None or row.least <= -100:
            return f"{words.signed_percent(row.most)} or less"
        return f"{words.signed_percent(row.least)} to {words.signed_percent(row.most)}"


def _short(test: LabTest) -> str:
    """The code, unless the label is as short or is the code as people write it: CA 19-9 for CA199."""
    plain = "".join(letter for letter in test.label if letter.isalnum())
    same = plain.casefold() == test.code.casefold()
    return test.label if same or len(test.label) < len(test.code) else test.code
