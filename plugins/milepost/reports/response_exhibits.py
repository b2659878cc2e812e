"""The exhibits on change of the sums, courses of responders and duration of response."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from milepost.core.group_survival import EndpointEstimate
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.efficacy_panels import Panel, panel_figures
from milepost.reports.efficacy_words import survival_text, time_text
from milepost.reports.exhibits import make_exhibit
from milepost.reports.proportions import FEWEST_FOR_PERCENT
from milepost.reports.response_change import HEIGHT, MOST_LINES, draw_spider, draw_waterfall, extent
from milepost.reports.response_swimmer import (
    Swimmer,
    chosen,
    draw_swimmers,
    last_week,
    read_swimmers,
    swimmers_height,
)
from milepost.reports.section import Cell, Row, Table, count_cell
from milepost.reports.survival_curves import DrawnCurve, curves_height, draw_curves

NOBODY = "No patient has been treated yet."
GROUP_LOOKS = ("", "eff-b", "")


def make_response_exhibit(
    id_: str,
    title: str,
    sub: str,
    rows: Iterable[str],
    source: str,
    figures: tuple[Figure, ...] = (),
    **more: Any,
) -> Exhibit:
    """An exhibit of this section."""
    return make_exhibit(f"response.{id_}", title, sub, rows, source, "response", "treated", figures, **more)


def waterfall_exhibit(inputs: ClinicalInputs, found: Efficacy) -> Exhibit:
    """Best change, one bar a patient."""
    best, span = found.changes, extent(found.changes, found.sums)
    panels = []
    for group in inputs.groups:
        own = best[best["USUBJID"].isin(list(group.subjects))]
        panels.append(Panel(group.name, draw_waterfall(own, span, len(found.groups[group.id]) - len(own))))
    return make_response_exhibit(
        "waterfall", "Best change in tumour size",
        f"By the {found.primary[1].lower()}. Dashed: −30 % and +20 %; the colour is that of the best response.",
        best["USUBJID"], "ADTR, ADRS",
        panel_figures(panels, _spoken_changes(inputs, found), HEIGHT) if len(best) else (),
        empty=_no_sum(inputs, found), definition="change", unmasks=True,
    )  # fmt: skip


def spider_exhibit(inputs: ClinicalInputs, found: Efficacy) -> Exhibit:
    """The course of the sums."""
    best, sums = found.changes, found.sums
    span = extent(best, sums)
    panels = []
    for group in inputs.groups:
        own, courses = (frame[frame["USUBJID"].isin(list(group.subjects))] for frame in (best, sums))
        panels.append(Panel(group.name, draw_spider(own, courses, span)))
    unit = "One line a patient."
    if len(best) > MOST_LINES:
        unit = "Median and middle half by best response, some single courses behind."
    return make_response_exhibit(
        "spider", "The course of tumour size",
        f"{unit} Blue: complete or partial response; red: progression at best; grey: stable.",
        best["USUBJID"], "ADTR, ADRS",
        panel_figures(panels, f"The course over the weeks. {_spoken_changes(inputs, found)}", HEIGHT)
        if len(best) else (),
        empty=_no_sum(inputs, found), definition="change", unmasks=True,
    )  # fmt: skip


def swimmers_exhibit(inputs: ClinicalInputs, found: Efficacy) -> Exhibit:
    """Courses of responders, or of everybody where they are few."""
    told = read_swimmers(
        inputs.of_entry(inputs.frames.adex), found.adrs[found.adrs["ANL01FL"].eq("Y")], found.adtte,
        inputs.frames.adsl, whole_weeks=not inputs.compared,
    )  # fmt: skip
    told = [one for one in told if one.subject in found.treated]
    kept, everybody = chosen(told)
    by_group = [[one for one in kept if one.subject in found.groups[group.id]] for group in inputs.groups]
    height, weeks = swimmers_height(max((len(own) for own in by_group), default=0)), last_week(kept)
    figures: tuple[Figure, ...] = ()
    if kept:
        panels = [
            Panel(group.name, draw_swimmers(own, weeks, height))
            for group, own in zip(inputs.groups, by_group, strict=True)
        ]
        figures = panel_figures(panels, _spoken_swimmers(kept), height)
    responders = sum(1 for one in told if one.response is not None)
    whole = "" if inputs.compared else " The end of treatment is told to the whole week."
    return make_response_exhibit(
        "swimmers", _swimmers_title(len(kept), responders, everybody),
        f"From the first dose, longest in the study on top. No mark at the end: withdrew or lost.{whole}",
        [one.subject for one in kept], "ADEX, ADRS, ADTTE, ADSL", figures,
        empty="No patient has responded yet." if found.treated else NOBODY, unmasks=True,
    )  # fmt: skip


def duration_exhibit(
    inputs: ClinicalInputs, found: Efficacy, lasting: EndpointEstimate, until: EndpointEstimate
) -> Exhibit:
    """How soon responses come and how long they last."""
    figures: tuple[Figure, ...] = ()
    ended = sum(one.curve.n_events for one in lasting.groups)
    if lasting.n >= FEWEST_FOR_PERCENT and ended:
        drawn = [
            DrawnCurve(group.name, look, one.curve, one.median, one.axis)
            for group, one, look in zip(inputs.groups, lasting.groups, GROUP_LOOKS, strict=False)
        ]
        parts = [
            f"{f'{group.name}: ' if inputs.compared else ''}median {time_text(one.median)} months"
            for group, one in zip(inputs.groups, lasting.groups, strict=True)
        ]
        counted = not inputs.masked
        draw = draw_curves(drawn, lasting.axis, counted=counted, caption="responses that last, %")
        sentence = f"Duration of response, Kaplan-Meier curve. {'. '.join(parts)}."
        figures = panel_figures([Panel("", draw)], sentence, curves_height(len(drawn), counted=counted))
    kind = "confirmed response" if inputs.protocol.response.confirmed_is_primary else "response"
    none_ended = "No response has ended yet: there is no curve to draw." if lasting.n and not ended else ""
    return make_response_exhibit(
        "duration", "How long responses last", f"From the first {kind} to progression or death, responders only.",
        [subject for one in lasting.groups for subject in one.subjects], "ADTTE", figures,
        table=_duration_table(inputs, lasting, until) if lasting.n else None,
        notes=(none_ended,) if none_ended else (), empty="No patient has responded yet." if found.treated else NOBODY,
        definition="curve",
    )  # fmt: skip


def _duration_table(inputs: ClinicalInputs, lasting: EndpointEstimate, until: EndpointEstimate) -> Table:
    head = tuple(group.name for group in inputs.groups) if inputs.compared else ("Responders",)
    pairs = [(lasting.of(group.id), until.of(group.id)) for group in inputs.groups]
    counted = () if inputs.masked else (
        Row("Responders", tuple(count_cell(one.curve.n) for one, _ in pairs)),
        Row("Response ended", tuple(count_cell(one.curve.n_events) for one, _ in pairs)),
    )  # fmt: skip
    rows = (
        *counted,
        Row("Time to response, median months", tuple(Cell(time_text(one.median)) for _, one in pairs)),
        Row("Duration, median months", tuple(Cell(time_text(one.median)) for one, _ in pairs)),
        *(
            Row(f"Lasting at {month} months", tuple(Cell(survival_text(one.rates[i])) for one, _ in pairs))
            for i, month in enumerate(inputs.protocol.analysis.rate_months[:2])
        ),
    )
    return Table(("Responses", *head), rows, wide=True)


def _spoken_changes(inputs: ClinicalInputs, found: Efficacy) -> str:
    parts = []
    for group in inputs.groups:
        own = found.changes[found.changes["USUBJID"].isin(list(group.subjects))]
        shrank, grew = int(own["PCHG"].le(-30).sum()), int(own["PCHG"].ge(20).sum())
        whose = f"{group.name}: " if inputs.compared else ""
        parts.append(
            f"{whose}{words.many(len(own), 'patient')} with a later sum; best change −30 % or less in {shrank}, "
            f"+20 % or more in {grew}, a new lesion in {int(own['NEWLESION'].sum())}"
        )
    return f"Best change in the sum of target lesions. {'. '.join(parts)}."


def _no_sum(inputs: ClinicalInputs, found: Efficacy) -> str:
    if not found.treated:
        return NOBODY
    scans = inputs.protocol.scans
    when = f"; the first is expected in week {scans.interval_days // 7}" if scans is not None else ""
    return f"No sum of target lesions after baseline yet{when}."


def _swimmers_title(shown: int, responders: int, everybody: bool) -> str:
    if everybody:
        return (
            f"All {words.many(shown, 'treated patient')}, from the first dose"
            if shown
            else "From the first dose"
        )
    if shown < responders:
        return f"The {words.count(shown)} latest of {words.count(responders)} patients with a response"
    return f"The {words.many(shown, 'patient')} with a response"


def _spoken_swimmers(rows: Sequence[Swimmer]) -> str:
    said = [
        f"{sum(1 for one in rows if one.response is not None)} responded",
        f"{sum(1 for one in rows if one.progression is not None)} progressed",
        f"{sum(1 for one in rows if one.end == 'died')} died",
        f"{sum(1 for one in rows if one.end == 'followed')} are followed on",
    ]
    return f"{words.many(len(rows), 'patient')} from the first dose on: {', '.join(said)}."
