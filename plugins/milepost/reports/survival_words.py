"""Words of the section on survival: what the curves mean, what stands above them, why something has no value."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.core.group_survival import EndpointEstimate
from milepost.core.limits import Estimate
from milepost.core.survival_data import DAYS_IN_MONTH
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.efficacy_words import reason_of, time_text
from milepost.reports.proportions import FEWEST_FOR_PERCENT


def survival_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """What the curves and times mean."""
    rules, times = inputs.protocol.analysis, inputs.protocol.time_to_event
    start = "first dose" if times.start == "FIRST_DOSE" else "randomisation"
    style = {
        "FDA": "A progression or death after too many missed scans, and another anticancer therapy, censor the time at "
        "the last adequate scan before them (FDA style).",
        "EMA": "A progression or death counts on its day, whatever came before it (EMA style).",
    }[times.pfs]
    missed = (
        f"{times.missed_limit_days} days" if times.missed_limit_days is not None
        else f"{times.missed_assessments} missed scans and the window of one"
    )  # fmt: skip
    by_time = (
        " First dose, death and last contact count at their time of day, where it is told."
        if times.time_of_day
        else ""
    )
    return (
        ("survival", "Survival and progression-free survival",
         f"Counted in days from {start}, both ends included; a month is {DAYS_IN_MONTH} days. Who is alive is censored "
         f"on the last day known alive, never later than the cut-off.{by_time} Progression-free survival ends with the "
         f"first progression that a scan documents, or with death. {style} Too many: more than {missed}. Each patient "
         "counts once, by the line of therapy at entry."),
        ("curve", "Kaplan-Meier curve and median",
         "The share of patients without the event, from all who are still followed at each time. Band: 95 % interval "
         "by log(−log), with Greenwood’s variance; strokes: censored patients. The median is the time at which the "
         "curve comes to 50 %, the middle of the flat stretch where it runs along 50 %; “not reached” where it has not "
         "come down so far. At risk: followed to that time or longer. The mean without the event is the area under the "
         f"curve to {rules.mean_months} months. Median follow-up: by reverse Kaplan-Meier, in which an event ends the "
         "waiting early."),
    )  # fmt: skip


def curve_sub(inputs: ClinicalInputs, estimate: EndpointEstimate) -> str:
    """Under the title of a curve: how its lines are told apart."""
    if not estimate.n:
        return ""
    names = {0: "solid", 1: "dashed"}
    if not inputs.compared:
        left = sum(len(one.held) for one in estimate.groups)
        but = f" but {words.count(left)}, whose data contradict themselves" if left else ""
        return f"All treated patients{but}. Band: 95 % interval; strokes: censored."
    groups: tuple[Group, ...] = inputs.groups
    told = " and ".join(f"{group.name} {names[i]}" for i, group in enumerate(groups[:2]))
    return f"{told}; bands: 95 % intervals; strokes: censored."


def left_out_lead(told: Sequence[tuple[str, EndpointEstimate]]) -> str:
    """Behind the first sentence: treated patients who are in no estimate of an endpoint, so that all add up."""
    counts = [(name, sum(len(one.held) for one in estimate.groups)) for name, estimate in told]
    parts = [f"{words.count(n)} of {name.lower()}" for name, n in counts if n]
    if not parts:
        return ""
    verb = "is" if max(n for _, n in counts) == 1 else "are"
    return f" Treated beside them, {words.listed(parts)} {verb} left out: their data contradict themselves."


def left_out_said(name: str, contradicted: int, unread: int) -> str:
    """Who is treated and in no number of an endpoint, and why; empty where nobody is left out."""
    parts = [
        f"{words.many(contradicted, 'patient')} without a value because their data contradict themselves"
        if contradicted else "",
        f"{words.many(unread, 'patient')} without a scan of this reader" if unread else "",
    ]  # fmt: skip
    told = words.listed([part for part in parts if part])
    return f"Left out of “{name}”: {told}." if told else ""


def no_curve(n: int, treated: int) -> str:
    """In place of the curve of nobody, or of too few."""
    if not treated:
        return "No patient has been treated yet."
    if not n:
        return "No curve: the data of everybody treated contradict themselves."
    few = f"{words.many(n, 'patient')}: under {FEWEST_FOR_PERCENT} no curve is drawn."
    return f"{few} The numbers are in the table below."


def months_said(estimate: Estimate) -> str:
    """9.8 (7.1–14.2) months within a sentence; "not reached" as it is."""
    text = time_text(estimate)
    return f"{text} months" if text[:1].isdigit() else text


def reasons_said(told: list[tuple[str, EndpointEstimate]]) -> tuple[str, ...]:
    """Why something has no value, each reason once."""
    found: dict[str, list[str]] = {}
    for name, estimate in told:
        for one in estimate.groups:
            if one.curve.n and one.mean.value is None:
                found.setdefault(f"restricted mean: {reason_of(one.mean)}", []).append(name.lower())
    methods = {one.median.method for _, estimate in told for one in estimate.groups if one.curve.n}
    texts = [words.upper_first(method) + "." for method in sorted(methods)]
    texts += [
        f"{words.upper_first(reason)} ({', '.join(sorted(set(of)))})." for reason, of in sorted(found.items())
    ]
    return (" ".join(texts),) if texts else ()
