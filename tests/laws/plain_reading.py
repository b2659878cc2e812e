"""The checkpoint read sentence by sentence, one patient at a time, in fractions: slow, plain, and on its own.

It knows nothing of the service's code; the laws hold the two against each other. Clinical specification, section 3.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

TARGET, FIRST, LAST, GRACE, LATE = 29, 22, 36, 7, 50
LOOK_BACK, MINIMUM = 28, Fraction(20)
FACTORS = {"ng/mL": Fraction(1), "IU/mL": Fraction(121, 100), "nmol/L": None}


@dataclass(frozen=True)
class Drawn:
    """One sample: day (any origin), minute of the day, sign and number of the result, unit, whether usable."""

    day: int
    minute: int | None
    sign: str
    number: str
    unit: str
    usable: bool = True

    @property
    def bounds(self) -> tuple[Fraction | None, Fraction | None, bool, bool]:
        """Lowest, highest (None: without limit), whether the lowest and the highest itself are left out."""
        amount = Fraction(self.number)
        return {
            "": (amount, amount, False, False),
            "<": (Fraction(0), amount, False, True),
            "<=": (Fraction(0), amount, False, False),
            ">": (amount, None, True, False),
            ">=": (amount, None, False, False),
        }[self.sign]


@dataclass(frozen=True)
class Patient:
    """One patient and line; days are whole numbers with the first dose at `first`."""

    first: int | None
    dose_minute: int | None
    death: int | None
    withdrew: int | None
    lost: int | None
    stopped: int | None
    screen_failure: bool
    samples: tuple[Drawn, ...]


def read(patient: Patient, today: int) -> tuple[str, str | None, bool]:
    """State, reason, and whether it is final."""

    def by_now(day: int | None) -> bool:
        return day is not None and day <= today

    if not by_now(patient.first):
        never = patient.screen_failure or any(map(by_now, (patient.death, patient.withdrew, patient.lost)))
        return "NOT_STARTED", "NEVER_TREATED" if never else None, False
    first = patient.first
    assert first is not None

    def study_day(day: int) -> int:
        return day - first + 1 if day >= first else day - first

    if by_now(patient.death) and patient.death < first:  # type: ignore[operator]
        return "DATA_ERROR", None, False
    here = [
        sample
        for sample in patient.samples
        if sample.day <= today and (patient.death is None or sample.day <= patient.death)
    ]
    valid = [sample for sample in here if sample.usable]
    in_window = [sample for sample in valid if FIRST <= study_day(sample.day) <= LAST]
    now = study_day(today)
    if in_window:
        nearest = min(abs(study_day(sample.day) - TARGET) for sample in in_window)
        near = [sample for sample in in_window if abs(study_day(sample.day) - TARGET) == nearest]
        candidate = _highest(_latest(near))
        state, reason = _compare(_baseline(patient, valid, study_day), candidate)
        open_still = now <= LAST + GRACE and study_day(candidate.day) != TARGET
        return ("PROVISIONAL_" if open_still and reason is None else "") + state, reason, not open_still
    if any(FIRST <= study_day(sample.day) <= LAST for sample in here):
        return "NOT_EVALUABLE", "SAMPLE_UNUSABLE", now > LAST + GRACE
    for event, name, until in (
        (patient.death, "DIED", LAST),
        (patient.withdrew, "WITHDREW", LAST),
        (patient.lost, "LOST", LAST),
        (patient.stopped, "DISCONTINUED", FIRST - 1),
    ):
        if by_now(event) and study_day(event) <= until:  # type: ignore[arg-type]
            return "NOT_REACHED", name, True
    if now < FIRST:
        return "NOT_DUE", None, False
    if now <= LAST:
        return "WINDOW_OPEN", None, False
    if now <= LAST + GRACE:
        return "OVERDUE", None, False
    early = any(2 <= study_day(sample.day) < FIRST for sample in valid)
    late = any(LAST < study_day(sample.day) <= LATE for sample in valid)
    words = {(True, True): "EARLY_AND_LATE", (True, False): "EARLY_ONLY", (False, True): "LATE_ONLY"}
    return "MISSED", words.get((early, late)), True


def _latest(samples: list[Drawn]) -> list[Drawn]:
    """Those of the latest day and, on it, the latest time; without a time a sample comes before every other."""
    at = [(sample.day, -1 if sample.minute is None else sample.minute) for sample in samples]
    return [sample for sample, when in zip(samples, at, strict=True) if when == max(at)]


def _baseline(patient: Patient, valid: list[Drawn], study_day) -> Drawn | None:  # type: ignore[no-untyped-def]
    before = [
        sample
        for sample in valid
        if -LOOK_BACK <= study_day(sample.day) < 0
        or (
            sample.day == patient.first
            and (sample.minute is None or patient.dose_minute is None or sample.minute < patient.dose_minute)
        )
    ]
    return min(_latest(before), key=_amount) if before else None


def _highest(tied: list[Drawn]) -> Drawn:
    def height(sample: Drawn) -> tuple[bool, Fraction | float, Fraction]:
        low, high, unit_known = _amount(sample)[1], _amount(sample)[2], _amount(sample)[0]
        return not unit_known, high, low

    return max(tied, key=height)


def _amount(sample: Drawn) -> tuple[bool, Fraction, Fraction | float]:
    """Whether the unit is known, then lowest and highest amount in ng/mL."""
    low, high, _, _ = sample.bounds
    factor = FACTORS[sample.unit]
    by = Fraction(1) if factor is None else factor
    return factor is not None, low * by, float("inf") if high is None else high * by


def _compare(base: Drawn | None, post: Drawn) -> tuple[str, str | None]:
    if base is None:
        return "NOT_EVALUABLE", "NO_BASELINE"
    known, base_low, base_high = _amount(base)
    if base_high == 0:
        return "NOT_EVALUABLE", "BASELINE_NOT_POSITIVE"
    if base.sign in ("<", "<="):
        return "NOT_EVALUABLE", "BASELINE_BELOW_LLOQ"
    if known and base_high < MINIMUM:
        return "NOT_EVALUABLE", "BASELINE_BELOW_MIN"
    if known and base_low < MINIMUM:
        return "NOT_EVALUABLE", "BASELINE_CENSORED"
    post_known, post_low, post_high = _amount(post)
    if not (known and post_known):
        return "NOT_EVALUABLE", "UNIT"
    least = float("-inf") if post_high == float("inf") else 1 - post_high / base_low
    most = Fraction(1) if base_high == float("inf") else 1 - post_low / base_high
    quarter = Fraction(1, 4)
    if least >= quarter:
        return "RESPONDER", None
    if most < quarter or (most == quarter and (post.bounds[2] or base.bounds[3])):
        return "NON_RESPONDER", None
    return "NOT_EVALUABLE", "CENSORED"
