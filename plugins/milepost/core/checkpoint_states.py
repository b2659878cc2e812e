"""The state of one patient and line on one day: the order of evaluation, step by step.

Source: clinical specification section 3.4. The numbers of the steps are those of that section.
"""

from __future__ import annotations

from typing import NamedTuple

from milepost.core.checkpoint_candidate import confirm_until_day
from milepost.core.checkpoint_comparison import flags_of_pair, judge_sample, queries_of_pair
from milepost.core.checkpoint_evidence import Evidence, Sample
from milepost.protocol import Checkpoint

LATE_SAMPLE = "LATE_SAMPLE"


class Judgement(NamedTuple):
    """A state with its reason, whether only changed data can still alter it, and what belongs to it.

    `boundary`: the next study day on which the calendar alone may alter it.
    """

    state: str
    reason: str | None = None
    final: bool = False
    boundary: int | None = None
    detail: str | None = None
    flags: frozenset[str] = frozenset()
    queries: frozenset[str] = frozenset()


def judge(evidence: Evidence, rule: Checkpoint) -> Judgement:
    """The first step that matches decides."""
    if evidence.first_dose is None:  # 1
        left = (evidence.death, evidence.withdrew, evidence.lost)
        never = evidence.screen_failure or any(day is not None for day in left)
        return Judgement("NOT_STARTED", "NEVER_TREATED" if never else None)
    if evidence.death is not None and evidence.death < evidence.first_dose:  # 2
        code = "DEATH_BEFORE_FIRST_DOSE"
        return Judgement("DATA_ERROR", detail=code, queries=frozenset({code}))
    if evidence.candidate is not None:  # 5
        return _of_candidate(evidence, evidence.candidate, rule)
    if evidence.unusable < 0:  # 6
        reason = _why_not_reached(evidence, rule)
        if reason is not None:
            return Judgement("NOT_REACHED", reason, final=True)
        return _of_absence(evidence, rule)  # 8
    settled = _today(evidence) > rule.last_provisional_day  # 7
    return Judgement(
        "NOT_EVALUABLE",
        "SAMPLE_UNUSABLE",
        final=settled,
        boundary=None if settled else rule.last_provisional_day + 1,
        detail=evidence.unusable_why,
    )


def to_sensitivity_rules(rule: Checkpoint) -> dict[str, Checkpoint]:
    """The rule as each declared sensitivity changes it, by the sensitivity's id."""
    changed = {}
    for other in rule.sensitivities:
        threshold = rule.threshold_pct if other.threshold_pct is None else other.threshold_pct
        minimum = rule.min_baseline if other.min_baseline is None else other.min_baseline
        changed[other.id] = rule.model_copy(update={"threshold_pct": threshold, "min_baseline": minimum})
    return changed


def sensitivities_of(evidence: Evidence, rule: Checkpoint, changed: dict[str, Checkpoint]) -> dict[str, str]:
    """The declared sensitivities of a judged sample, and how a sample after the window would have been judged.

    changed: as `to_sensitivity_rules` gives them. Each answer is a state, or `NOT_EVALUABLE:<reason>`; none of
    them is ever the primary result.
    """
    found = {}
    if evidence.candidate is not None:
        for name, other in changed.items():
            state, reason, _ = _confirmed(evidence, evidence.candidate, other)
            found[name] = state if reason is None else f"{state}:{reason}"
    elif evidence.late is not None and evidence.first_dose is not None:
        state, reason = _judged(evidence, evidence.late, rule)
        found[LATE_SAMPLE] = state if reason is None else f"{state}:{reason}"
    return found


def _judged(evidence: Evidence, sample: Sample, rule: Checkpoint) -> tuple[str, str | None]:
    return judge_sample(
        evidence, sample, rule, threshold_pct=rule.threshold_pct, min_baseline=rule.min_baseline
    )


def _today(evidence: Evidence) -> int:
    return _study_day(evidence, evidence.as_of)


def _study_day(evidence: Evidence, day: int) -> int:
    apart = day - (evidence.first_dose or 0)
    return apart + 1 if apart >= 0 else apart


def _of_candidate(evidence: Evidence, candidate: Sample, rule: Checkpoint) -> Judgement:
    """Steps 5a to 5g: a sample in the window, judged; provisional while a nearer one can still arrive."""
    state, reason, waiting = _confirmed(evidence, candidate, rule)
    today = _today(evidence)
    nearer_possible = today <= rule.last_provisional_day and candidate.ady != rule.target_day
    if rule.provisional and reason is None and (nearer_possible or waiting):
        state = f"PROVISIONAL_{state}"
    if waiting and not rule.provisional:
        state, reason = "NOT_EVALUABLE", "NOT_CONFIRMED"
    boundaries = [rule.last_provisional_day + 1] if nearer_possible else []
    if waiting:
        boundaries.append(_last_day_to_confirm(rule) + 1)
    flags = {"UNCONFIRMED"} if waiting else set()
    queries = {"UNIT_FACTOR"} if reason == "UNIT" else set()
    if evidence.baseline is not None:
        flags |= flags_of_pair(evidence.baseline, candidate, rule)
        if reason == "CENSORED":
            queries |= queries_of_pair(evidence.baseline, candidate)
    return Judgement(
        state,
        reason,
        final=not (nearer_possible or waiting),
        boundary=min(boundaries, default=None),
        flags=frozenset(flags),
        queries=frozenset(queries),
    )


def _confirmed(evidence: Evidence, candidate: Sample, rule: Checkpoint) -> tuple[str, str | None, bool]:
    """State and reason of the candidate, and whether a response still waits for its second sample.

    `SECOND_SAMPLE`: a response counts only if the first valid sample at least `confirm_after_days` later, up to
    the last day on which one can confirm, is a response too; if that one is not, the patient is a non-responder.
    """
    state, reason = _judged(evidence, candidate, rule)
    if state != "RESPONDER" or rule.confirm_policy == "NONE":
        return state, reason, False
    if evidence.second is not None:
        return (*_judged(evidence, evidence.second, rule), False)
    if _today(evidence) <= _last_day_to_confirm(rule):
        return state, reason, True
    return "NOT_EVALUABLE", "NOT_CONFIRMED", False


def _last_day_to_confirm(rule: Checkpoint) -> int:
    return confirm_until_day(rule) + rule.report_grace_days


def _why_not_reached(evidence: Evidence, rule: Checkpoint) -> str | None:
    """Step 6: death, withdrawal or loss by the end of the window, a permanent stop before it opens."""
    first, last = rule.window
    events = (
        ("DIED", evidence.death, last),
        ("WITHDREW", evidence.withdrew, last),
        ("LOST", evidence.lost, last),
        ("DISCONTINUED", evidence.discontinued, first - 1),
    )
    for reason, day, until in events:
        if day is not None and _study_day(evidence, day) <= until:
            return reason
    return None


def _of_absence(evidence: Evidence, rule: Checkpoint) -> Judgement:
    """Step 8: nobody drew a sample in the window, as far as is known; the calendar decides."""
    today, (first, last) = _today(evidence), rule.window
    if today < first:
        return Judgement("NOT_DUE", boundary=first)
    if today < rule.target_day:
        return Judgement("WINDOW_OPEN", boundary=rule.target_day)
    if today <= last:
        return Judgement("WINDOW_OPEN", boundary=last + 1, flags=frozenset({"DUE"}))
    elsewhere = _drawn_elsewhere(evidence)
    if today <= rule.last_provisional_day:
        return Judgement("OVERDUE", boundary=rule.last_provisional_day + 1, detail=elsewhere)
    return Judgement("MISSED", elsewhere, final=True)


def _drawn_elsewhere(evidence: Evidence) -> str | None:
    if evidence.late is None:
        return "EARLY_ONLY" if evidence.has_early else None
    return "EARLY_AND_LATE" if evidence.has_early else "LATE_ONLY"
