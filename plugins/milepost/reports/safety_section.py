"""The sections on adverse events, and on deaths and serious events."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from milepost.core.event_counts import SEVERE
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.ledger import Ledger
from milepost.reports.safety_deaths import death_list_exhibit, deaths_exhibit, read_deaths
from milepost.reports.safety_interest import interest_exhibit, read_interest, read_times
from milepost.reports.safety_numbers import SafetyNumbers
from milepost.reports.safety_onset import onset_exhibit
from milepost.reports.safety_overview import incidence_exhibit, overview_exhibit
from milepost.reports.safety_serious import has_not_ended, read_serious, serious_exhibit, serious_list_exhibit
from milepost.reports.safety_set import read_safety_set
from milepost.reports.safety_terms import read_counted, table_exhibit, terms_exhibit
from milepost.reports.section import Section

TOGETHER = "Dry run: both groups are counted together, as numbers by group would tell which is which."


def build_safety(inputs: ClinicalInputs, ledger: Ledger) -> tuple[Section, Section]:
    """Adverse events, then deaths and serious events: all patients together, or group by group.

    In the masked dry run all are told of together: any count or percentage by group would tell how large a group is.
    """
    numbers = SafetyNumbers(read_safety_set(_together(inputs) if inputs.masked else inputs), ledger)
    events, deaths = _events(numbers), _deaths(numbers)
    return (_said_so(events), _said_so(deaths)) if inputs.masked else (events, deaths)


def _together(inputs: ClinicalInputs) -> ClinicalInputs:
    """The same inputs with one group of everybody."""
    everybody = frozenset().union(*(group.subjects for group in inputs.groups))
    return replace(inputs, groups=(Group("all", "All patients", everybody),), compared=False, tested=False)


def _said_so(section: Section) -> Section:
    return replace(section, lead=(section.lead[0], f"{section.lead[1]} {TOGETHER}"))


def _events(numbers: SafetyNumbers) -> Section:
    safety = numbers.safety
    terms, classes = read_counted(safety, "TERM"), read_counted(safety, "SOC")
    interest, times = read_interest(safety), read_times(safety)
    return Section(
        "adverse-events", "Adverse events", _events_lead(numbers),
        (
            overview_exhibit(numbers), incidence_exhibit(numbers), terms_exhibit(numbers, terms),
            table_exhibit(numbers, classes, terms), interest_exhibit(numbers, interest, times),
            onset_exhibit(numbers, interest, times),
        ),
        pairs=() if numbers.compared else (("ae.overview", "ae.incidence"),),
    )  # fmt: skip


def _deaths(numbers: SafetyNumbers) -> Section:
    deaths, serious = read_deaths(numbers.safety), read_serious(numbers.safety)
    return Section(
        "deaths-and-serious-events", "Deaths and serious events", _deaths_lead(numbers, deaths, serious),
        (
            deaths_exhibit(numbers, deaths), serious_exhibit(numbers, serious), death_list_exhibit(numbers, deaths),
            serious_list_exhibit(numbers, serious),
        ),
        pairs=(("deaths", "serious"),), flow=True,
    )  # fmt: skip


def _events_lead(numbers: SafetyNumbers) -> tuple[str, str]:
    safety = numbers.safety
    if not safety.n:
        return "Nobody has been treated yet.", ""
    if not len(safety.events):
        return f"No adverse event of {words.many(safety.n, 'treated patient')} is recorded.", ""
    severe = f"an adverse event of grade {SEVERE} or more"
    had = f"had {severe}."
    if numbers.compared:
        treated = [group for group in safety.groups if group.n]
        each = [
            f"{words.count(len(g.having('G3PLUS')))} of {words.count(g.n)} in {g.group.name}" for g in treated
        ]
        serious = [f"{g.group.name} {words.count(len(g.having('SERIOUS')))}" for g in treated]
        none = [f" Nobody in {g.group.name} has been treated." for g in safety.groups if not g.n]
        return f"{words.listed(each)} {had}", f" Serious: {words.listed(serious)}.{''.join(none)}"
    (group,) = safety.groups
    any_, grave, serious_, fatal, open_ = (
        len(group.having(kind)) for kind in ("SUBJECTS", "G3PLUS", "SERIOUS", "FATAL", "G3OPEN")
    )
    bold = f"{words.count(grave)} of {words.many(group.n, 'treated patient')} {had}"
    rest = f" {words.count(any_)} had any, {words.count(serious_)} a serious and {words.count(fatal)} a fatal one."
    if open_:
        rest += f" Of {words.count(open_)} it cannot be told, as a grade is missing."
    return bold, rest


def _deaths_lead(numbers: SafetyNumbers, deaths: pd.DataFrame, serious: pd.DataFrame) -> tuple[str, str]:
    days = numbers.safety.inputs.protocol.safety.emergent_days
    events = _serious_sentence(serious)
    if not len(deaths):
        return "No death is known.", events
    soon = int(deaths["AFTERDAYS"].le(days).fillna(False).sum())
    among = ""
    if numbers.compared:
        each = [
            f"{group.group.name} {words.count(int(deaths['USUBJID'].isin(group.group.subjects).sum()))}"
            for group in numbers.safety.groups
        ]
        among = f" ({words.listed(each)})"
    bold = f"{words.many(len(deaths), 'patient')} died{among}, {words.count(soon)} up to {days} days after the last"
    return f"{bold} dose.", events


def _serious_sentence(serious: pd.DataFrame) -> str:
    if not len(serious):
        return " No serious event is recorded."
    open_ = int(has_not_ended(serious).sum())
    ended = (
        f"{words.count(open_)} {'is' if open_ == 1 else 'are'} not known to have ended"
        if open_
        else "all have ended"
    )
    return (
        f" {words.many(len(serious), 'serious event is', 'serious events are')} recorded, of "
        f"{words.many(serious['USUBJID'].nunique(), 'patient')}; {ended}."
    )


# together and by group: which lines of therapy count, and how the time of several is told
_LINES = {
    True: (
        "on any line of therapy of this study",
        "; the days watched on several lines are one course, without those between them",
    ),
    False: (
        "on the line of therapy with which the patient entered: a later one may be the other group’s drug",
        "",
    ),
}


def safety_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """Key, title and text of what the exhibits lead to."""
    days = inputs.protocol.safety.emergent_days
    lines, course = _LINES[inputs.together]
    return (
        ("ae.emergent", "Treatment-emergent",
         f"An event that began on or after first dose and up to {days} days after the last one, {lines}. Where a date "
         "is incomplete, an event counts if any day it may mean does. Everybody with at least one dose is in the "
         "denominator."),
        ("ae.worst", "Patients, not events",
         "A patient counts once in each row, at the worst CTCAE grade. A missing grade is shown apart: it is never 0 "
         "and never mild. Spellings of one term are one term."),
        ("ae.incidence", "Per 100 patient-years",
         f"Patients with an event by the time from first dose to their first one, and events by all time watched. The "
         f"watch ends {days} days after the last dose, at the cut-off, death, withdrawal, loss, or the day before the "
         f"next line{course}. Exact Poisson limits (Garwood). An event without a usable onset counts from the first "
         "day."),
        ("ae.interest", "Events of special interest",
         "Groups of terms named in the protocol, compared as whole terms. Median and quartiles of the first day are "
         f"those of the patients who had an event and a date{course}; under five patients the days themselves are "
         "shown."),
        ("ae.first", "Time to the first event",
         "Aalen-Johansen estimate: the share of patients with a first event by a day, where death competes and the end "
         f"of the watch censors{course}. One minus Kaplan-Meier would be higher. 95 % limits by log(-log)."),
        ("deaths", "Deaths and their cause",
         "The cause is the fatal adverse event (by outcome, or grade 5), else what the record of the death says. It is "
         "never worked out. Days after the last dose count from the last dose of any line on or before the death."),
        ("serious", "Serious events",
         "Serious by the site’s word, or fatal. The list holds every one that is recorded, also before first dose, on "
         "a later line and after the counted time. The course is made from the record, in study days."),
    )  # fmt: skip
