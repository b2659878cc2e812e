"""Baseline against sample: in one unit, with everything that may forbid the comparison checked first.

Source: clinical specification sections 2.4, 2.6 and 3.4, step 5.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from milepost.core.censored_values import Interval
from milepost.core.checkpoint_evidence import Evidence, Sample
from milepost.core.response import is_borderline, is_response
from milepost.protocol import Checkpoint


class Pair(NamedTuple):
    """Baseline and sample in one unit; `converted`: that unit is not the one both were reported in."""

    base: Interval
    post: Interval
    converted: bool


def to_pair(base: Sample, post: Sample) -> Pair | None:
    """Both in the unit they share, if one laboratory reported both in it; else in the canonical unit.

    None where they must be converted and a factor is missing.
    """
    if base.unit == post.unit and _same_laboratory(base, post):
        return Pair(base.value, post.value, False)
    if base.factor is None or post.factor is None:
        return None
    converted = base.unit != post.unit or base.factor != 1 or post.factor != 1
    return Pair(base.value.times(base.factor), post.value.times(post.factor), converted)


def canonical_value(sample: Sample | None) -> Interval | None:
    """The sample in the canonical unit; None without a sample or a factor."""
    return None if sample is None or sample.factor is None else sample.value.times(sample.factor)


def judge_sample(
    evidence: Evidence,
    post: Sample,
    rule: Checkpoint,
    *,
    threshold_pct: Decimal,
    min_baseline: Decimal | None,
) -> tuple[str, str | None]:
    """State and reason of one sample against the baseline, in the order of section 3.4, step 5."""
    base = evidence.baseline
    if base is None:
        return "NOT_EVALUABLE", "NO_BASELINE"
    forbidden = _problem_of_baseline(base, min_baseline)
    if forbidden is None and (base.factor is None or post.factor is None):
        forbidden = "UNIT"
    if forbidden is None and rule.assay_change_policy == "NOT_EVALUABLE" and is_assay_change(base, post):
        forbidden = "ASSAY_CHANGE"
    if forbidden is None and rule.intercurrent_policy == "NOT_EVALUABLE" and evidence.intercurrent:
        forbidden = "INTERCURRENT_LRT"
    pair = to_pair(base, post)
    if forbidden is not None or pair is None:
        return "NOT_EVALUABLE", forbidden or "UNIT"
    answer = is_response(pair.base, pair.post, direction=rule.direction, threshold_pct=threshold_pct)
    if answer is None:
        return "NOT_EVALUABLE", "CENSORED"
    return ("RESPONDER" if answer else "NON_RESPONDER"), None


def _problem_of_baseline(base: Sample, min_baseline: Decimal | None) -> str | None:
    if base.value.hi == 0:
        return "BASELINE_NOT_POSITIVE"
    if base.value.is_below_limit:
        return "BASELINE_BELOW_LLOQ"
    amount = canonical_value(base)
    if min_baseline is None or amount is None:
        return None
    if amount.lies_below(min_baseline):
        return "BASELINE_BELOW_MIN"
    return None if amount.reaches(min_baseline) else "BASELINE_CENSORED"


def is_assay_change(base: Sample, post: Sample) -> bool:
    """Laboratory or method differ, where both are known."""
    return _both_known_and_differ(base.laboratory, post.laboratory) or _both_known_and_differ(
        base.method, post.method
    )


def flags_of_pair(base: Sample, post: Sample, rule: Checkpoint) -> set[str]:
    """The flags that baseline and sample raise together."""
    flags = set()
    if is_assay_change(base, post):
        flags.add("ASSAY_CHANGE")
    both_above = base.value.is_above_limit and post.value.is_above_limit
    if _both_known_and_differ(base.uloq, post.uloq) or (both_above and base.value.lo != post.value.lo):
        flags.add("ULOQ_CHANGED")
    pair = to_pair(base, post)
    if pair is None:
        return flags
    if pair.converted:
        flags.add("CONVERTED")
    band = rule.borderline_band_pct
    if band is not None and is_borderline(pair.base, pair.post, direction=rule.direction, band_pct=band):
        flags.add("BORDERLINE")
    return flags


def queries_of_pair(base: Sample, post: Sample) -> set[str]:
    """What to ask where ranges left the verdict open."""
    above = {"DILUTE_BASELINE"} if base.value.is_above_limit else set()
    above |= {"DILUTE_SAMPLE"} if post.value.is_above_limit else set()
    return above or {"BELOW_LIMIT"}


def band_of(amount: Interval | None, limits: tuple[Decimal, ...]) -> str | None:
    """The band a baseline lies in, such as `20-<400`; None where a range spans several or the unit is unknown."""
    if amount is None or not limits:
        return None
    for lower, upper in zip((None, *limits), (*limits, None), strict=True):
        if (lower is None or amount.reaches(lower)) and (upper is None or amount.lies_below(upper)):
            return _band_name(lower, upper)
    return None


def is_high(amount: Interval | None, limit: Decimal | None) -> bool | None:
    """Whether a baseline is at or above the high stratum's limit; None where a range leaves it open."""
    if amount is None or limit is None:
        return None
    return True if amount.reaches(limit) else False if amount.lies_below(limit) else None


def _band_name(lower: Decimal | None, upper: Decimal | None) -> str:
    if lower is None:
        return f"<{upper:f}"
    return f">={lower:f}" if upper is None else f"{lower:f}-<{upper:f}"


def _same_laboratory(one: Sample, other: Sample) -> bool:
    """Without a name on either, the sample was measured by the laboratory of its site."""
    if one.laboratory is None and other.laboratory is None:
        return one.site == other.site
    return _plain(one.laboratory) == _plain(other.laboratory)


def _both_known_and_differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and _plain(one) != _plain(other)


@lru_cache(maxsize=4096)
def _plain(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split()).casefold()
