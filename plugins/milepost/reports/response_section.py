"""The section on tumour response: its sentence, its numbers, its exhibits in order."""

from __future__ import annotations

from milepost.core.group_response import BestResponses, Reading, Share
from milepost.core.group_survival import EndpointEstimate
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.efficacy_numbers import GroupNumbers
from milepost.reports.efficacy_words import share_rate
from milepost.reports.ledger import Ledger
from milepost.reports.response_exhibits import (
    NOBODY,
    duration_exhibit,
    make_response_exhibit,
    spider_exhibit,
    swimmers_exhibit,
    waterfall_exhibit,
)
from milepost.reports.response_rates import rate_figures
from milepost.reports.response_table import RESPONSES, best_response_table, reading_name
from milepost.reports.section import Section

_LEAD = (
    ("CR", "complete"), ("PR", "partial"), ("SD", "stable"), ("NON-CR/NON-PD", "neither response nor progression"),
    ("PD", "progression"), ("NED", "no disease"), ("NE", "not assessed yet or not evaluable"),
)  # fmt: skip


def build_response(inputs: ClinicalInputs, ledger: Ledger, efficacy: Efficacy | None = None) -> Section:
    """Tumour response of all treated patients, or of the groups."""
    found = efficacy or Efficacy(inputs)
    codes = ("CRSD", "CTTR") if inputs.protocol.response.confirmed_is_primary else ("RSD", "TTR")
    lasting, until = (found.endpoint(code) for code in codes)
    _enter(found, GroupNumbers(inputs, ledger), lasting, until)
    exhibits = [
        _best(inputs, found), _rates(inputs, found), waterfall_exhibit(inputs, found), spider_exhibit(inputs, found),
        swimmers_exhibit(inputs, found), duration_exhibit(inputs, found, lasting, until),
    ]  # fmt: skip
    pairs = (("response.waterfall", "response.spider"), ("response.swimmers", "response.duration"))
    return Section(
        "response", "Tumour response", _lead(inputs, found),
        tuple(one for one in exhibits if not (inputs.masked and one.unmasks)), () if inputs.compared else pairs,
    )  # fmt: skip


def response_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """What the responses mean."""
    rules = inputs.protocol.response
    apart = "The readings of investigator and independent assessor, and of RECIST 1.1 and mRECIST, are kept apart."
    return (
        ("response", "Best response, response rate, disease control",
         f"By {rules.criteria[0]}, {rules.readers[0].lower()}, unless another reading is named. The best assessment up "
         "to the first progression and no later than another anticancer therapy. Stable disease counts from the "
         "protocol’s minimum interval on. Both rates are of treated patients, less those known to have no measurable "
         "disease at baseline; who was not assessed counts as neither responding nor controlled. Disease control: "
         "complete or partial response, stable disease, or neither response nor progression where no target lesion "
         f"is known. Confirmed: seen again at least {rules.confirmation_days} days later. {apart}"),
        ("change", "Change in the sum of target lesions",
         "Sums in which every target lesion was measured, against baseline, from the scans that count for best "
         "response. Progression is counted from the smallest sum or comes from a new lesion or a non-target one, so "
         "its bar may end below +20 %."),
    )  # fmt: skip


def _best(inputs: ClinicalInputs, found: Efficacy) -> Exhibit:
    notes = []
    held = {subject for r in found.readings for one in r.best.values() for subject in one.held}
    if held and not inputs.masked:
        notes.append(
            f"The data of {words.many(len(held), 'patient')} contradict each other in a way that could change the "
            "answer: not evaluable until the site has answered."
        )
    if len(found.readings) > 1:
        notes.append("A reading other than the first is of those patients whose scans that reader was sent.")
    return make_response_exhibit(
        "best", "Best overall response", "Each patient once, at the best assessment so far.", found.treated, "ADRS",
        table=best_response_table(inputs, found.readings) if found.treated else None, notes=tuple(notes),
        empty=NOBODY, definition="response",
    )  # fmt: skip


def _rates(inputs: ClinicalInputs, found: Efficacy) -> Exhibit:
    return make_response_exhibit(
        "rates", "Response and disease control by each reading",
        "Of treated patients, less those known to have no measurable disease. Described: readings are not compared.",
        found.treated, "ADRS", rate_figures(inputs, found), empty=NOBODY, definition="response",
    )  # fmt: skip


def _lead(inputs: ClinicalInputs, found: Efficacy) -> tuple[str, str]:
    """How many have each best response; both rates; how many responses are confirmed."""
    if not found.treated:
        return ("Nobody has been treated yet.", "")
    primary = found.readings[0]
    counts = {name: sum(len(one.best[name]) for one in primary.best.values()) for name, _ in _LEAD}
    told = [f"{words.count(counts[name])} {text}" for name, text in _LEAD if counts[name]]
    bold = f"Best response so far: {', '.join(told)}."
    if inputs.masked:
        return (bold, "")
    if inputs.compared:
        rates = [(g.name, share_rate(primary.best[g.id].response)) for g in inputs.groups]
        fractions = [f"{name} {rate.fraction if rate.n else rate.text}" for name, rate in rates]
        return (
            bold,
            f" Response, of those not known to be without measurable disease: {', '.join(fractions)}.",
        )
    (one,), (confirmed,) = primary.best.values(), primary.confirmed.values()
    whom = " not known to be without measurable disease"
    rest = f" Response {_said(one.response, whom)}; with disease control {_said(one.control)}."
    if one.response.k:
        again, responses = confirmed.response.k, words.many(one.response.k, "response")
        rest += f" {words.count(again)} of the {responses} {'is' if again == 1 else 'are'} confirmed."
    return (bold, rest)


def _said(share: Share, whom: str = "") -> str:
    """10 of 151 not known to be without measurable disease (6.6 %, 3.2–11.8 %)."""
    rate = share_rate(share)
    if not rate.n:
        return f"{rate.text}{whom}"
    text = rate.text.replace(" (", ", ").rstrip(")")
    return f"{words.count(rate.k)} of {words.count(rate.n)}{whom} ({text})"


def _enter(
    found: Efficacy, numbers: GroupNumbers, lasting: EndpointEstimate, until: EndpointEstimate
) -> None:
    """Every number of the section, once."""
    for reading in found.readings:
        for kind, by_group in (("best", reading.best), ("confirmed", reading.confirmed)):
            for group, one in by_group.items():
                _enter_best(numbers, reading, kind, group, one)
    for name, what, estimate in (
        ("duration", "duration of response", lasting), ("time_to", "time to response", until),
    ):  # fmt: skip
        for own in estimate.groups:
            id_, who = f"response.{name}", own.subjects
            numbers.count(f"{id_}.patients", own.group, f"{what}: responders", who)
            numbers.count(f"{id_}.events", own.group, f"{what}: events", own.had_event, of=own.curve.n)
            numbers.estimate(f"{id_}.median", own.group, f"{what}: median", own.median, who, "days")


def _enter_best(numbers: GroupNumbers, reading: Reading, kind: str, group: str, one: BestResponses) -> None:
    slug = f"{reading.reader}-{reading.criteria}".lower().replace(" ", "-")
    id_ = f"response.{kind}" if reading.primary else f"response.{slug}.{kind}"
    say = f"{reading_name(reading)}, {kind}"
    headline = reading.primary and kind == "best"
    numbers.count(f"{id_}.treated", group, f"{say}: treated", one.treated)
    for name, text in RESPONSES.items():
        followed = headline and name in ("CR", "PR", "PD")
        numbers.count(
            f"{id_}.{name}", group, f"{say}: {text}", one.best[name], of=len(one.treated), followed=followed
        )
    for name, text, share in (
        ("orr", "response rate", one.response), ("dcr", "disease control rate", one.control),
    ):  # fmt: skip
        numbers.rate(f"{id_}.{name}", group, f"{say}: {text}", share_rate(share), share.of)
