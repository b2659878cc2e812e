"""Curves of responders and non-responders from the landmark on, and their ratios in every analysis declared."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.core.group_landmark import EndpointLandmark, GroupLandmark
from milepost.core.group_survival import axis_months
from milepost.core.landmark import NON_RESPONDER, RESPONDER, LandmarkAnalysis, LandmarkComparison
from milepost.core.predictors import Foretelling
from milepost.core.survival import counts_at
from milepost.core.survival_data import DAYS_IN_MONTH
from milepost.core.survival_estimate import SurvivalEstimate
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.drawing import HALF, WIDE, Figure
from milepost.reports.efficacy_panels import Panel, panel_figures
from milepost.reports.efficacy_words import p_number, percent_of, ratio_text, time_text
from milepost.reports.interval_rows import IntervalRow, interval_figures, percent_axis, ratio_axis, ratio_row
from milepost.reports.landmark_words import CLASSES, LandmarkWords
from milepost.reports.proportions import FEWEST_FOR_PERCENT, part_text
from milepost.reports.survival_curves import DrawnCurve, curves_height, draw_curves

_MOST_BANDED = 4  # more panels than this are drawn without the bands of their limits
_HEADS = ("responders", "non-resp.")


def curve_figures(
    inputs: ClinicalInputs,
    told: Sequence[tuple[str, LandmarkComparison | None]],
    say: LandmarkWords,
    what: str,
) -> tuple[Figure, ...]:
    """A panel for each comparison that has enough patients, on one time axis. No figure without any."""
    drawn = [(name, one) for name, one in told if one is not None and one.n >= FEWEST_FOR_PERCENT]
    if not drawn:
        return ()
    longest = max(float(curve.time[-1]) for _, one in drawn for curve in one.curves.values() if curve.n)
    ticks = axis_months(longest)
    counted, banded = not inputs.masked, len(drawn) <= _MOST_BANDED
    panels, spoken = [], []
    for name, one in drawn:
        curves = [
            DrawnCurve(
                CLASSES[state][0], CLASSES[state][1], curve, one.medians[state],
                counts_at(curve, [month * DAYS_IN_MONTH for month in ticks]),
            )
            for state, curve in reversed(one.curves.items())
        ]  # fmt: skip
        panels.append(
            Panel(name, draw_curves(curves, ticks, counted=counted, banded=banded, since=say.since))
        )
        spoken.append(f"{f'{name}: ' if name else ''}{_spoken(one, masked=inputs.masked)}")
    sentence = f"{what} from study day {say.day} on, Kaplan-Meier curves. {'. '.join(spoken)}."
    return panel_figures(panels, sentence, curves_height(2, counted=counted))


def ratio_figures(
    inputs: ClinicalInputs,
    told: Sequence[tuple[Group, GroupLandmark]],
    names: dict[str, str],
    say: LandmarkWords,
) -> tuple[Figure, ...]:
    """Hazard ratios of responders against non-responders: all, by baseline, from a later landmark, over time."""
    rows: list[IntervalRow] = []
    for code, name in names.items():
        for group, found in told:
            heading = f"{name}, {group.name}" if inputs.compared else name
            rows.append(IntervalRow(heading, kind="group"))
            rows += _ratio_rows(inputs, found.endpoints[code], say)
    spoken = "; ".join(f"{row.name}: {row.shown}" if row.shown else f"{row.name}" for row in rows)
    drawn = [row for row in rows if row.kind != "group"]
    axis = ratio_axis(
        drawn, "hazard ratio, responders against non-responders, 95 % interval", "later in responders",
        "sooner in responders",
    )  # fmt: skip
    return interval_figures(
        rows, axis, f"Hazard ratios, below 1 the event comes later in responders. {spoken}.", width=WIDE, name=292,
        shown=170, heads=() if inputs.masked else _HEADS, shown_head="hazard ratio",
        after_head="p" if inputs.tested else "",
    )  # fmt: skip


def foretelling_figures(
    inputs: ClinicalInputs, told: Sequence[tuple[Group, Foretelling | None]]
) -> tuple[Figure, ...]:
    """Sensitivity, specificity and predictive values with exact intervals."""
    rows: list[IntervalRow] = []
    for name, value, k_of in (
        ("Sensitivity", "sensitivity", ("true_positive", "false_negative")),
        ("Specificity", "specificity", ("true_negative", "false_positive")),
        ("Positive predictive value", "positive_value", ("true_positive", "false_positive")),
        ("Negative predictive value", "negative_value", ("true_negative", "false_negative")),
    ):
        for group, found in told:
            if found is None:
                continue
            estimate, k = getattr(found, value), getattr(found, k_of[0])
            fraction = "" if inputs.masked else part_text(k, estimate.n)
            fraction = fraction if estimate.n else "no patient"
            few = estimate.n < FEWEST_FOR_PERCENT or estimate.value is None
            shown = fraction if few else " · ".join(filter(None, (fraction, percent_of(estimate.value))))
            ends = (
                (None, None, None)
                if few
                else tuple(100 * x for x in (estimate.value, estimate.lo, estimate.hi))
            )
            rows.append(
                IntervalRow(f"{name}, {group.name}" if inputs.compared else name, shown or words.DASH, *ends)
            )
    spoken = "; ".join(f"{row.name} {row.shown}" for row in rows)
    return interval_figures(
        rows, percent_axis("exact 95 % interval"), f"How well the class tells disease control. {spoken}.", width=HALF,
        name=250 if inputs.compared else 190, shown=104,
    ) if rows else ()  # fmt: skip


def _ratio_rows(inputs: ClinicalInputs, found: EndpointLandmark, say: LandmarkWords) -> list[IntervalRow]:
    rows = [_row(inputs, "All compared", found.main.overall, found.main, kind="all")]
    for band, name in say.bands.items():
        rows.append(_row(inputs, words.upper_first(name), found.main.bands.get(band), found.main))
    if found.later is not None:
        rows.append(_row(inputs, f"Landmark on study day {say.later}", found.later.overall, found.later))
    over_time = found.over_time.hazard_ratio
    p = p_number(over_time.p) if inputs.tested and over_time.p is not None else ""
    counts = () if inputs.masked else ("", "")
    rows.append(
        ratio_row(
            "Class from the day it is known (all treated)",
            over_time,
            ratio_text(over_time),
            counts=counts,
            after=p,
        )
    )
    return rows


def _row(
    inputs: ClinicalInputs,
    name: str,
    one: LandmarkComparison | None,
    analysis: LandmarkAnalysis,
    kind: str = "",
) -> IntervalRow:
    if one is None:
        return IntervalRow(
            name, analysis.reason or words.DASH, counts=() if inputs.masked else ("", ""), kind=kind
        )
    counts: tuple[str, ...] = tuple(
        part_text(curve.n_events, curve.n) for curve in (one.curves[RESPONDER], one.curves[NON_RESPONDER])
    )
    estimate: SurvivalEstimate = one.hazard_ratio
    p = p_number(one.logrank.test.p) if inputs.tested and one.logrank.test.p is not None else ""
    return ratio_row(
        name, estimate, ratio_text(estimate), counts=() if inputs.masked else counts, after=p, kind=kind
    )


def _spoken(one: LandmarkComparison, *, masked: bool) -> str:
    parts = []
    for state, curve in reversed(one.curves.items()):
        counts = "" if masked else f"{words.count(curve.n)}, {words.many(curve.n_events, 'event')}, "
        parts.append(f"{CLASSES[state][0]} {counts}median {time_text(one.medians[state])} months")
    return "; ".join(parts)
