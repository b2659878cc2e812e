"""The sections on sites: enrolment, and the quality of what they send."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from milepost.reports import words
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.enrolment import (
    Progress,
    consent_days,
    enrolment_figures,
    progress,
    site_counts,
    site_figures,
)
from milepost.reports.exhibits import make_exhibit
from milepost.reports.inputs import ReportInputs
from milepost.reports.ledger import Ledger
from milepost.reports.quality import (
    Balance,
    Refusal,
    SiteQuality,
    age_figures,
    balances,
    query_ages,
    refusals,
    site_quality,
    strip_heading,
)
from milepost.schema import DISPOSITIONS


@dataclass(frozen=True)
class EnrolmentSection:
    """Enrolment against plan and by site."""

    lead: tuple[str, str]
    state: Progress
    curve: Exhibit
    by_site: Exhibit

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """All exhibits in order of the page."""
        return (self.curve, self.by_site)


@dataclass(frozen=True)
class QualitySection:
    """What sites sent, where every row went, and what is still asked."""

    lead: tuple[str, str]
    arrivals: Exhibit
    heading: Figure
    sites: tuple[SiteQuality, ...]
    left_out: str
    balance: Exhibit
    dispositions: tuple[str, ...]
    flow: tuple[tuple[str, int], ...]
    balances: tuple[Balance, ...]
    ages: Exhibit
    quarantine: Exhibit
    refusals: tuple[Refusal, ...]
    more_refused: int

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """All exhibits in order of the page."""
        return (self.arrivals, self.balance, self.ages, self.quarantine)


def build_enrolment(inputs: ReportInputs, ledger: Ledger) -> EnrolmentSection:
    """Who is enrolled: subjects of DM whose consent is not after the cut-off and whose screening did not fail."""
    plan = inputs.protocol.enrolment
    failed = inputs.lines.loc[inputs.lines["SCREENFAIL"].eq(True), "USUBJID"]
    days = consent_days(inputs.subjects[~inputs.subjects["USUBJID"].isin(failed)], inputs.as_of)
    enrolled = inputs.subjects[inputs.subjects["USUBJID"].isin(days.index)]
    state = progress(days, plan, inputs.as_of)
    counts = site_counts(enrolled, inputs.study.sites, plan, inputs.as_of, inputs.protocol.small_cell)
    subjects = sorted(days.index)
    ledger.count("enrolled", "Enrolled", subjects, of=plan.planned, followed=True)
    for site in counts:
        mine = enrolled.loc[enrolled["SITEID"].isin(site.sites), "USUBJID"]
        ledger.count(
            f"enrolled.site.{'+'.join(site.sites)}", f"Enrolled: {site.name}", mine, of=len(subjects)
        )
    dated = int(days.notna().sum())
    source = (
        "DM" if dated == len(days) else f"DM; {words.count(len(days) - dated)} without a full date of consent"
    )
    return EnrolmentSection(
        lead=_enrolment_lead(state), state=state,
        curve=make_exhibit("enrolment", "Enrolment against plan", "By week; dotted: a straight line to the plan."
                           if state.expected is not None else "By week.", subjects, source, "enrolment", "all enrolled",
                           enrolment_figures(days, state, plan, inputs.as_of)),
        by_site=make_exhibit("enrolment.sites", "By site", _site_sub(counts, inputs), subjects, "DM, sites.toml",
                             "enrolment", "all enrolled", site_figures(counts), "No site is configured."),
    )  # fmt: skip


def _site_sub(counts: Iterable[object], inputs: ReportInputs) -> str:
    tick = (
        "The tick is the plan to date. "
        if any(site.planned is not None for site in inputs.study.sites)
        else ""
    )
    return f"{tick}Sites with fewer than {inputs.protocol.small_cell} patients are shown together."


def _enrolment_lead(state: Progress) -> tuple[str, str]:
    bold = f"{words.count(state.enrolled)} enrolled"
    if state.expected is not None:
        gap = state.enrolled - state.expected
        bold += ", as planned." if gap == 0 else (
            f", {words.count(abs(gap))} {'more' if gap > 0 else 'fewer'} than planned for this day."
        )  # fmt: skip
    else:
        bold += f" of {words.count(state.planned)} planned."
    rest = f" {words.count(state.recent)} joined in the last 90 days, {state.pace} a month"
    if not state.recent:
        rest = " Nobody joined in the last 90 days"
    if state.needed is not None:
        return bold, f"{rest}; the plan needs {state.needed} a month from here."
    return bold, f"{rest}."


def build_quality(inputs: ReportInputs, ledger: Ledger) -> QualitySection:
    """What came and what became of it; every count also in the ledger, by site and in all."""
    found = balances(inputs)
    everything = found[-1]
    deliveries = [f"delivery {i}" for i in sorted(inputs.deliveries["id"])]
    ledger.count("deliveries", "Deliveries", deliveries, followed=True)
    ledger.count(
        "rows.received",
        "Rows received, over all deliveries",
        deliveries,
        value=everything.received,
        followed=True,
    )
    ledger.count("lines.received", "Lines in files, over all deliveries", deliveries, value=everything.lines)
    ledger.count(
        "lines.lost", "Lines no row accounts for, over all deliveries", deliveries, value=everything.lost
    )
    for balance in found:
        own = (
            inputs.deliveries["siteid"].eq(balance.site)
            if balance is not everything
            else pd.Series(True, inputs.deliveries.index)
        )
        rows = [f"delivery {i}" for i in inputs.deliveries.loc[own, "id"]]
        where = "rows" if balance is everything else f"rows.site.{balance.site}"
        whose = "all" if balance is everything else "its"
        for name, n in zip(DISPOSITIONS, balance.parts, strict=True):
            ledger.count(
                f"{where}.{name.lower()}",
                f"Rows {name.lower()}, {balance.site}, counted over {whose} deliveries",
                rows,
                value=n,
                of=balance.received,
            )
    refused = _refused_ids(inputs.quarantine)
    ledger.count(
        "quarantine.open", "Rows in quarantine", refused, value=len(inputs.quarantine), followed=True
    )
    reasons, more = refusals(inputs.quarantine)
    open_queries = inputs.queries[inputs.queries["open"].astype(bool)]
    ages = query_ages(open_queries, inputs)
    sites = site_quality(inputs)
    for site in sites:
        ledger.count(f"queries.open.site.{site.site}", f"Queries open, {site.site}",
                     query_ids(open_queries[open_queries["siteid"] == site.site]), value=site.queries)  # fmt: skip
    left = len(inputs.study.sites) - len(sites)
    return QualitySection(
        lead=_quality_lead(everything, len(inputs.quarantine), len(ages)),
        arrivals=make_exhibit("arrivals", "What arrived in the last 28 nights",
                              "Darker: more lines, each site by its own measure. Amber outline: expected and absent. "
                              "H: held.",
                              deliveries, "deliveries, quarantine, queries", "expects_every_days", "all sites"),
        heading=strip_heading(inputs.as_of), sites=tuple(sites),
        left_out=f"{words.many(left, 'site')} with fewer absent nights not shown." if left else "",
        balance=make_exhibit("balance", "Every row accounted for",
                             "Received = accepted + unchanged + superseded + quarantined + held + ignored, "
                             "since the first delivery.",
                             deliveries, "deliveries, row counts", "row balance", "all deliveries"),
        dispositions=tuple(name.lower() for name in DISPOSITIONS), flow=_flow(everything), balances=tuple(found),
        ages=make_exhibit("query-ages", "Age of open queries",
                          "One dot a query." if len(ages) < 300 else "One bar a day.",
                          query_ids(open_queries), "queries", "query_due_days",
                          "open queries", age_figures(ages) if ages else (), "No query is open."),
        quarantine=make_exhibit("quarantine", "Why rows lie in quarantine", 
                                _quarantine_sub(inputs.quarantine), refused, "quarantine", "expectations",
                                "open quarantine", (), "" if len(inputs.quarantine) else "No row lies in quarantine."),
        refusals=tuple(reasons), more_refused=more,
    )  # fmt: skip


def _quarantine_sub(quarantine: pd.DataFrame) -> str:
    """What the table counts; a row may stand in it more than once."""
    both = any(len(rules) > 1 for rules in quarantine["rules"])
    return "Until a correction or an answer releases them." + (
        " A row that breaks two rules stands under both." if both else ""
    )


def _flow(everything: Balance) -> tuple[tuple[str, int], ...]:
    """Deliveries, what came in them, and where it went: the promise, checkable by eye."""
    parts = zip((name.lower() for name in DISPOSITIONS), everything.parts, strict=True)
    return (("deliveries", everything.deliveries), ("rows received", everything.received), *parts)


def _quality_lead(everything: Balance, refused: int, queries: int) -> tuple[str, str]:
    rows = words.many(everything.received, "row")
    if everything.lost:
        return (
            f"{words.many(everything.lost, 'line')} of files cannot be accounted for.",
            f" {rows} received.",
        )
    bold = (
        f"Every one of {rows} received is accounted for."
        if everything.received
        else "No row was received yet."
    )
    return (
        bold,
        f" {words.many(refused, 'row lies', 'rows lie')} in quarantine, "
        f"{words.many(queries, 'query is', 'queries are')} open.",
    )


def count_deaths(inputs: ReportInputs, ledger: Ledger) -> int:
    """Patients known to have died by the cut-off, each once."""
    lines = inputs.lines
    died = lines.loc[
        lines["DEATH"].notna() & (pd.to_datetime(lines["DEATH"]) <= pd.Timestamp(inputs.as_of)), "USUBJID"
    ]
    treated = int(lines.loc[lines["FIRSTDOSE"].notna(), "USUBJID"].nunique())
    return ledger.count("deaths", "Deaths", died.astype(str), of=treated, followed=True)


def count_queries(inputs: ReportInputs, ledger: Ledger) -> tuple[int, int]:
    """Open queries, and those of them that are past due on the day the report is read."""
    found = inputs.queries[inputs.queries["open"].astype(bool)]
    late = found[pd.to_datetime(found["due_on"]) < pd.Timestamp(inputs.morning)]
    ledger.count("queries.open", "Queries open", query_ids(found), value=len(found), followed=True)
    ledger.count("queries.past_due", "Queries past due", query_ids(late), value=len(late), followed=True)
    return len(found), len(late)


def query_ids(queries: pd.DataFrame) -> list[str]:
    """What names a query without a patient: site, delivery, line, rule and its number (two may ask about one line)."""
    columns = ("siteid", "rule", "delivery", "srcline", "domain", "id")
    return [
        " ".join(
            part
            for part in (
                str(site),
                f"delivery {int(delivery)}" if pd.notna(delivery) else "",
                f"line {int(line)}" if pd.notna(line) and line else "",
                str(domain) if pd.notna(domain) else "",
                str(rule),
                f"query {int(number)}" if pd.notna(number) else "",
            )
            if part
        )
        for site, rule, delivery, line, domain, number in queries.reindex(columns=list(columns)).itertuples(
            index=False
        )
    ]


def _refused_ids(quarantine: pd.DataFrame) -> list[str]:
    columns = ("delivery", "srcline", "domain")
    return [
        f"delivery {int(d)} line {int(n)} {domain}"
        for d, n, domain in quarantine.reindex(columns=list(columns)).itertuples(index=False)
    ]
