"""Words of the section on survival: what the curves mean, what stands above them, why something has no value."""

from __future__ import annotations

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
    return (
        ("survival", "Survival and progression-free survival",
         f"Counted in days from {start}, both ends included; a month is {DAYS_IN_MONTH} days. Who is alive is censored "
         "on the last day known alive, never later than the cut-off. Progression-free survival ends with the first "
         f"progression that a scan documents, or with death. {style} Too many: more than {missed}. Each patient "
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
        return "All treated patients. Band: 95 % interval; strokes: censored."
    groups: tuple[Group, ...] = inputs.groups
    told = " and ".join(f"{group.name} {names[i]}" for i, group in enumerate(groups[:2]))
    return f"{told}; bands: 95 % intervals; strokes: censored."


def no_curve(n: int) -> str:
    """In place of the curve of nobody, or of too few."""
    if not n:
        return "No patient has been treated yet."
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
