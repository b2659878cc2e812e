"""Sites: indicators of quality. A funnel of adverse events, the study's own limits, and every indicator by site.

A mark says where to look, nothing else; it is written in words beside its colour. In the open report small sites are
told together. Source: clinical specification, section 7.4.
"""

from __future__ import annotations

import pandas as pd

from milepost.core.site_indicators import HIGH, INDICATORS, LOW, WHOLE, Indicator, Tolerance, tolerances
from milepost.protocol import IndicatorRules
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.indicators_funnel import Point, funnel_figures
from milepost.reports.indicators_sites import AE_RATE, Sites, Value, enter, to_records, to_sites
from milepost.reports.indicators_words import label_of, limit_text, value_text
from milepost.reports.ledger import Ledger
from milepost.reports.population_words import share_cell
from milepost.reports.section import Cell, Row, Section, Table, count_cell


def build_indicators(
    inputs: ClinicalInputs, ledger: Ledger, labs: pd.DataFrame, queries: pd.DataFrame
) -> Section:
    """Section `indicators`, of all patients together in either report.

    labs, queries: those of `ReportInputs` after `open_view` (results of the checkpoints' tests; siteid, usubjid,
    opened_at, open).
    """
    if inputs.frames.adsl.empty:
        empty = make_exhibit("indicators", "Indicators by site", "", (), "ADSL", "core.site_indicators", "all sites",
                             empty="No site has enrolled a patient yet.")  # fmt: skip
        return Section(
            "indicators", "Sites: indicators", ("No site has enrolled a patient yet.", ""), (empty,)
        )
    records = to_records(inputs, labs, queries)
    sites = to_sites(inputs, records)
    kept = tolerances(records, inputs.protocol)
    enter(ledger, sites, kept, inputs)
    exhibits = (_funnel(inputs, sites), _limits(inputs, kept), _matrix(inputs, sites))
    return Section(
        "indicators", "Sites: indicators", _lead(sites, kept), exhibits,
        pairs=(("indicators.funnel", "indicators.study"),),
    )  # fmt: skip


def indicators_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """When an indicator is marked."""
    rules = inputs.protocol.indicators
    far = words.amount(rules.outlier_z)
    return (
        ("indicators", "Indicators of sites",
         "Marked high beyond the limit of [indicators]; a value equal to it is not. Where there is no limit, a site is "
         f"marked that lies more than {far} standard deviations (SD) from the study’s own value: exact Poisson or "
         "binomial probability (mid-p), narrower evidence where patients of one site resemble each other. A mark says "
         "where to look, not that something is wrong."),
        ("indicators.funnel", "Funnel of adverse events",
         f"Treatment-emergent events of all grades by months watched. The curves are {far} SD from the study’s rate; "
         "they allow for patients who differ more than chance has it. Below the funnel fewer events are reported than "
         "expected."),
        ("indicators.tolerance", "Quality tolerance limits",
         "Limits of the whole study, set beforehand (ICH E6(R3)). Missed: of checkpoints that are over. Lost: of "
         "treated patients."),
    )  # fmt: skip


def _funnel(inputs: ClinicalInputs, sites: Sites) -> Exhibit:
    whole = sites.of(WHOLE, AE_RATE)
    told = [(site, sites.of(site, AE_RATE)) for site in sites.order]
    points = tuple(Point(site, value.of, value.count, value.mark) for site, value in told if value.of > 0)
    far = inputs.protocol.indicators.outlier_z
    figures = (
        funnel_figures(points, whole.value, float(far), whole.dispersion)
        if whole.value and whole.count and points
        else ()
    )
    small = inputs.protocol.small_cell
    notes = [f"Sites with fewer than {small} patients are one dot."] if sites.pooled else []
    if any(value.hidden for _, value in told):
        notes.append(f"Sites with fewer than {small} treated patients have no dot.")
    if len(sites.order) == 1:
        notes.append("One site only: there is none to be held against.")
    return make_exhibit(
        "indicators.funnel", "Adverse events reported, by site",
        f"Events a patient-month; outside the curves a site lies more than {words.amount(far)} SD from the study.",
        inputs.entry_lines["USUBJID"], "ADAE, ADEX", "core.site_funnel", "treated patients, events on treatment",
        figures, "No adverse event is reported yet.", notes=tuple(notes) if figures else (),
        definition="indicators.funnel",
    )  # fmt: skip


def _limits(inputs: ClinicalInputs, kept: list[Tolerance]) -> Exhibit:
    rows = []
    for limit in kept:
        said = "above the limit" if limit.is_beyond else "within" if limit.of else "nobody yet"
        cells = (
            share_cell(limit.count, limit.of), Cell(f"{words.amount(limit.limit)}{words.THIN}%"),
            Cell(said, "indicators-mark" if limit.is_beyond else ""),
        )  # fmt: skip
        rows.append(Row(limit.label, cells))
    table = Table(("what", "patients", "at most", "now"), tuple(rows), textual=(2,))
    return make_exhibit(
        "indicators.study", "Limits of the whole study", "Set beforehand; above one, the sponsor acts.",
        inputs.entry_lines["USUBJID"], "verdicts, ADSL", "[indicators]", "treated patients",
        table=table, definition="indicators.tolerance",
    )  # fmt: skip


def _matrix(inputs: ClinicalInputs, sites: Sites) -> Exhibit:
    rules, small = inputs.protocol.indicators, inputs.protocol.small_cell
    patients = [sum(sites.patients.values()), *(sites.patients.get(site, 0) for site in sites.shown)]
    rows: list[Row] = [
        Row("Patients", (Cell(""), *map(count_cell, patients))),
        Row(
            "Indicators marked",
            (Cell(""), Cell(""), *(count_cell(sites.marks(site)) for site in sites.shown)),
        ),
    ]
    theme = ""
    for indicator in INDICATORS:
        if indicator.theme != theme:
            theme = indicator.theme
            rows.append(Row(theme, kind="group"))
        cells = [
            Cell(f"under {small}", "n zero") if sites.of(site, indicator).hidden
            else _cell(indicator, sites.of(site, indicator), rules) for site in (WHOLE, *sites.shown)
        ]  # fmt: skip
        name = label_of(indicator, inputs.protocol)
        rows.append(Row(name, (Cell(limit_text(indicator, rules), ""), *cells), 1))
    left = len(sites.order) - len(sites.shown)
    more = f"{words.many(left, 'site')} with no more marks than these not shown." if left else ""
    head = ("indicator", "marked", "all sites", *sites.shown)
    return make_exhibit(
        "indicators", "Indicators by site", "Underlined, with “high” or “low”: beyond the limit. SD: standard "
        "deviations from the study’s value. Sites that report few events first, then those with most marks.",
        inputs.frames.adsl["USUBJID"].astype(str), "ADSL, ADAE, ADEX, ADLB, ADRS, verdicts, LB, VS, queries",
        "core.site_indicators", "all sites",
        table=Table(head, tuple(rows), wide=True, more=more, textual=(0,)),
        notes=(*_NOTES, *_hidden_note(sites, small)), definition="indicators",
    )  # fmt: skip


_NOTES = (
    "A serious event’s time runs from the end of the day of onset, as the day a site became aware of it is not "
    "recorded, to the receipt of the record as it stands. Left early: stopped the drug for another reason than "
    "progression or death, withdrew, or was lost. Protocol deviations are not recorded by the study.",
)  # fmt: skip


def _hidden_note(sites: Sites, small: int) -> tuple[str, ...]:
    if not any(told.hidden for told in sites.values.values()):
        return ()
    return (
        f"Under {small}: fewer than {small} patients of the site are counted there, or another site’s so few could be "
        "worked out from it; they count in all sites alone.",
    )


def _cell(indicator: Indicator, told: Value, rules: IndicatorRules) -> Cell:
    text = value_text(indicator, told.value, told.count, told.of)
    if not told.mark:
        return Cell(text, "n" if told.count or indicator.kind == "median" else "n zero")
    said = "high" if told.mark == HIGH else "low"
    if told.z is not None and indicator.test in ("few or many", "many"):
        said += f", {abs(told.z):.1f}\u00a0SD"
    return Cell(f"{text}\n{said}", "n indicators-mark")


def _lead(sites: Sites, kept: list[Tolerance]) -> tuple[str, str]:
    marked = sum(1 for site in sites.order if sites.marks(site))
    bold = (
        f"{words.count(marked)} of {words.many(len(sites.order), 'site')} "
        f"{'has' if marked == 1 else 'have'} a marked indicator."
    )
    few = [site for site in sites.order if sites.of(site, AE_RATE).mark == LOW]
    rest = (
        f" {words.listed(few)} {'reports' if len(few) == 1 else 'report'} fewer adverse events than expected."
        if few else " No site reports fewer adverse events than expected."
    )  # fmt: skip
    beyond = [limit.label[:1].lower() + limit.label[1:] for limit in kept if limit.is_beyond]
    return bold, rest + (
        f" Above a limit of the study: {words.listed(beyond)}."
        if beyond
        else " No limit of the study is passed."
    )
