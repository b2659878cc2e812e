"""How long patients were treated, how much of the planned dose they took, and why they stopped.

Of the line of therapy each patient entered with, as the doses of two drugs do not add up; of everybody together the
time on all lines is told beside it. Times of those still on drug are times so far. How much was taken tells the drugs
apart (days off, steps of the dose, cycles), so by group it is left out of the dry run; cycles, which one drug has and
the other has not, are in the closed report alone. Source: clinical specification, sections 3.6, 7.1 and 7.2.
"""

from __future__ import annotations

from decimal import Decimal

from milepost.core.baseline_summary import quantile
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.exposure_figures import Panel, Part, histogram
from milepost.reports.exposure_sheet import Sheet, Told, told_of
from milepost.reports.ledger import Ledger
from milepost.reports.population_words import range_text, share_cell, slug
from milepost.reports.section import Cell, Row, Section, Table

_MONTH = Decimal("30.4375")
_MOST_CLASSES = 18
_LOW = 80  # %: below this less than four fifths of the plan were taken
_INTENSITY = (
    ("<50", None, 50), *((f"{low}–<{low + 10}", low, low + 10) for low in range(50, 100, 10)), ("100", 100, 101),
    (">100", 101, None),
)  # fmt: skip


def build_exposure(inputs: ClinicalInputs, ledger: Ledger) -> Section:
    """Section `exposure`: time and reasons side by side, then doses where they may be shown."""
    told = [told_of(inputs, group) for group in inputs.groups]
    everybody = sorted({s for one in told for s in one.flow.treated})
    if not everybody:
        empty = make_exhibit("exposure", "Time on treatment", "", (), "ADEX", "core.exposure", "treated patients",
                             empty="Nobody was treated yet.")  # fmt: skip
        return Section("exposure", "Treatment", ("Nobody was treated yet.", ""), (empty,))
    # the rows behind a number would tell the size of a masked group
    sheet = Sheet(inputs, Ledger() if inputs.masked else ledger, told)
    exhibits = [_time(sheet, everybody), _reasons(sheet, everybody)]
    pairs = [("exposure", "exposure.reasons")]
    if not inputs.masked:
        exhibits += [_intensity(sheet, everybody), _doses(sheet, everybody)]
        pairs.append(("exposure.intensity", "exposure.doses"))
    return Section("exposure", "Treatment", _lead(inputs, sheet), tuple(exhibits), tuple(pairs), flow=True)


def exposure_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """What the numbers of exposure are."""
    return (
        ("exposure", "Time on treatment",
         "Days from first to last day of dosing by the cut-off, both included, days off included. A month is 30.4375 "
         "days. Who is still on drug counts with the time so far."),
        ("exposure.intensity", "Relative dose intensity",
         "100 × dose taken ÷ dose planned from first to last day of dosing; on the days off of a regimen nothing is "
         "planned. Planned is the protocol’s daily dose, else the patient’s own first one. A reduction is a step down "
         "of the dose, an interruption a pause longer than the regimen’s days off."),
    )  # fmt: skip


def _time(sheet: Sheet, everybody: list[str]) -> Exhibit:
    days = [one.numbers("TRTDURD") for one in sheet.told]
    months = {s: int(value.lo / _MONTH) for own in days for s, value in own.items()}
    width = next(w for w in (1, 2, 3, 6, 12, 24, 60) if max(months.values(), default=0) // w < _MOST_CLASSES)
    classes = tuple(
        str(low) if width == 1 else f"{low}–{low + width - 1}"
        for low in range(0, max(months.values(), default=0) + 1, width)
    )
    panels = []
    for one, own, name in zip(sheet.told, days, sheet.names, strict=True):
        on = set(one.flow.now_of("on_drug"))
        parts = []
        for key, text, kind, ids in (("stopped", "stopped", "amount", [s for s in own if s not in on]),
                                     ("going_on", "on drug", "ink", [s for s in own if s in on])):  # fmt: skip
            within = [sorted(s for s in ids if months[s] // width == place) for place in range(len(classes))]
            for label, own_ids in zip(classes, within, strict=True):
                sheet.count(
                    f"months.{key}.{label}",
                    f"Treated for {label} full months, {text}",
                    one.group,
                    own_ids,
                    len(own),
                )
            parts.append(Part(text, kind, tuple(len(own_ids) for own_ids in within)))
        panels.append(Panel(name, tuple(parts), not sheet.inputs.masked))
    rows = sheet.spread("days", "Days on treatment", days, "days")
    rows += sheet.unknown("days.unknown", "last day not to be told", days)
    went_on = sum(len(one.went_on) for one in sheet.told)
    if went_on and not sheet.inputs.compared:
        every = [one.days_of_all_lines for one in sheet.told]
        rows += sheet.spread("days.all_lines", "Days on treatment, all lines", every, "days")
    return make_exhibit(
        "exposure", "Time on treatment", "Patients by full months from first to last dose, or so far.",
        everybody, "ADEX, ADSL", "core.exposure", "treated patients, line of entry",
        histogram("Time on treatment in full months", classes, "full months on treatment", tuple(panels)),
        table=sheet.table(rows), notes=_later_notes(sheet, went_on), definition="exposure",
    )  # fmt: skip


def _later_notes(sheet: Sheet, went_on: int) -> tuple[str, ...]:
    """What is told of later lines of therapy, and what is not."""
    if not went_on:
        return ()
    who = f"{words.many(went_on, 'patient')} went on to a later line of therapy in this study"
    if sheet.inputs.compared:
        return (f"{who}, which is not told here.",)
    return (f"{who}. Its days are in the rows of all lines alone, its doses and reasons in none.",)


def _reasons(sheet: Sheet, everybody: list[str]) -> Exhibit:
    """Counts of reasons are those of the flow; the day of the last dose is told here."""
    rows = []
    names = dict.fromkeys(reason for one in sheet.told for reason, _ in one.flow.off_drug)
    masked = sheet.inputs.masked
    for reason in names:
        cells: list[Cell] = []
        for one in sheet.told:
            ids = frozenset(dict(one.flow.off_drug).get(reason, ()))
            days = {s: value for s, value in one.numbers("TRTDURD").items() if s in ids}
            median = quantile(list(days.values()), 0.5)
            sheet.said(f"stop_day.{slug(reason)}", f"Last day of dosing, off drug: {reason.lower()}", one.group,
                       None if median is None else median[0], days, "days")  # fmt: skip
            cells += [
                share_cell(len(ids), len(one.flow.treated), masked=masked),
                Cell(range_text(median), "n" if ids else "n zero"),
            ]
        rows.append(Row(reason, tuple(cells)))
    alone = len(sheet.told) == 1
    head = (
        "reason",
        *(
            ("patients", "median last day")
            if alone
            else tuple(t for _ in sheet.told for t in ("patients", "last day"))
        ),
    )
    headings = () if alone else tuple((name, 2) for name in sheet.heads)
    return make_exhibit(
        "exposure.reasons", "Why the drug was stopped",
        "Commonest first; with the median study day of the last dose.",
        [s for one in sheet.told for _, ids in one.flow.off_drug for s in ids], "ADEX, ADSL, DS", "core.treatment_ends",
        "treated patients off drug", empty="Nobody has stopped.",
        table=Table(head, tuple(rows), spans=headings, wide=not alone) if rows else None, definition="flow",
    )  # fmt: skip


def _intensity(sheet: Sheet, everybody: list[str]) -> Exhibit:
    panels = []
    for one, name in zip(sheet.told, sheet.names, strict=True):
        known = one.numbers("RDI")
        within = [
            sorted(s for s, value in known.items() if _is_between(value.lo, low, high))
            for _, low, high in _INTENSITY
        ]
        for (label, _, _), ids in zip(_INTENSITY, within, strict=True):
            sheet.count(f"intensity.{slug(label.replace('<', 'under ').replace('>', 'over '))}",
                        f"Relative dose intensity {label} %", one.group, ids, len(known))  # fmt: skip
        panels.append(Panel(name, (Part("patients", "amount", tuple(map(len, within))),)))
    known_at_all = any(sum(panel.totals) for panel in panels)
    classes = tuple(label for label, _, _ in _INTENSITY)
    return make_exhibit(
        "exposure.intensity", "Relative dose intensity", "Dose taken of the dose planned; the planned dose itself is a "
        "class of its own.", everybody, "ADEX", "core.dose_amounts", "treated patients, line of entry",
        histogram("Relative dose intensity", classes, "% of the planned dose", tuple(panels)) if known_at_all else (),
        "No dose intensity is known yet.", definition="exposure.intensity", unmasks=True,
    )  # fmt: skip


def _is_between(value: Decimal, low: int | None, high: int | None) -> bool:
    """Classes of the figure: 90 to <100, 100 alone, over 100."""
    if low == 100:
        return value == 100
    if low == 101:
        return value > 100
    return (low is None or value >= low) and (high is None or value < high)


def _doses(sheet: Sheet, everybody: list[str]) -> Exhibit:
    intensity = [one.numbers("RDI") for one in sheet.told]
    rows = sheet.spread("intensity", "Dose intensity, %", intensity, "%")
    low = [[s for s, value in own.items() if value.lo < _LOW] for own in intensity]
    rows.append(
        sheet.shares("intensity.low", f"under {_LOW} % of the plan", low, list(map(len, intensity)), level=1)
    )
    rows += sheet.unknown("intensity.unknown", "dose not to be told", intensity)
    for column, id_, text in (("NREDUCE", "reduced", "Dose reduced at least once"),
                              ("NINTERRUPT", "interrupted", "Interrupted at least once")):  # fmt: skip
        known = [one.numbers(column) for one in sheet.told]
        having = [[s for s, value in own.items() if value.lo >= 1] for own in known]
        rows.append(sheet.shares(id_, text, having, list(map(len, known))))
    cycles = [one.numbers("NCYCLES") for one in sheet.told]
    if any(cycles):
        rows += sheet.spread("cycles", "Cycles begun", cycles, "cycles")
    return make_exhibit(
        "exposure.doses", "Doses, reductions and interruptions", "Of those in whom it is known.", everybody, "ADEX",
        "core.exposure", "treated patients, line of entry", empty="No dose is known yet.",
        table=sheet.table(rows), definition="exposure.intensity", unmasks=True,
    )  # fmt: skip


def _lead(inputs: ClinicalInputs, sheet: Sheet) -> tuple[str, str]:
    def median(one: Told) -> str:
        days = quantile(list(one.numbers("TRTDURD").values()), 0.5)
        return "not known" if days is None else f"{range_text(days)} days"

    if len(sheet.told) > 1:
        said = "; ".join(f"{one.group.name} {median(one)}" for one in sheet.told)
        return "Median time on treatment so far:", f" {said}."
    one = sheet.told[0]
    counted = words.many(len(one.flow.treated), "patient")
    on, reduced, interrupted = (
        words.count(n) for n in (len(one.flow.now_of("on_drug")), _once(one, "NREDUCE"), _once(one, "NINTERRUPT"))
    )  # fmt: skip
    return f"{counted} treated; median time so far {median(one)}.", (
        f" Dosing goes on in {on}; the dose was reduced in {reduced} and interrupted in {interrupted}."
    )


def _once(one: Told, column: str) -> int:
    """How many had it at least once."""
    return sum(1 for value in one.numbers(column).values() if value.lo >= 1)
