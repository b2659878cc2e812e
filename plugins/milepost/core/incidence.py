"""How often adverse events come for the time patients were watched: exposure-adjusted incidence, per 100 patient-years.

Two rates stand side by side: patients with an event by the time until their first one, and events by all the time.
Intervals are exact (Poisson). Source: clinical specification, section 7.2 ("exposure-adjusted (per 100 PY)").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import chi2

from milepost.core.interest_groups import term_key
from milepost.core.watched_time import derive_days_before, derive_onsets_in_time, select_watched_lines
from milepost.protocol import StudyProtocol

DAYS_A_YEAR = 365.25  # twelve months of 30.4375 days
Kind = Literal["ANY", "AESI", "TERM"]
KINDS: tuple[Kind, ...] = ("ANY", "AESI", "TERM")


class Rate(NamedTuple):
    """Events for each patient-year with its exact interval; None where nobody was watched."""

    rate: float | None
    low: float | None
    high: float | None


def poisson_rate(events: int, years: float, *, level: float = 0.95) -> Rate:
    """The rate and its exact (Garwood) interval, half of what lies outside on either side; none without time."""
    if years <= 0:
        return Rate(None, None, None)
    outside = (1 - level) / 2
    low = 0.0 if events == 0 else float(chi2.ppf(outside, 2 * events)) / 2 / years
    return Rate(events / years, low, float(chi2.ppf(1 - outside, 2 * events + 2)) / 2 / years)


def summarise_incidence(
    adae: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    by: Sequence[str] = (),
    level: float = 0.95,
) -> pd.DataFrame:
    """Treatment-emergent events by time: any event (OF "ANY"), each group of interest (AESI), each term (TERM).

    Each line of therapy of each treated patient is watched from first dose to the end of its emergent period, the
    cut-off, death, withdrawal, loss, or the day before the next line, whichever is first, both ends included; to the
    first event where it has one. An event whose onset is unknown or contradicts the data counts from the first day.
    by: columns of both frames that part the patients.

    Columns: `by`, OF, ID (group or term), LABEL, N (patients watched), SUBJECTS (with the event), YEARSFIRST
    (patient-years to the first event), RATE, RATELO, RATEHI (patients with an event per 100 patient-years to the first
    event); EVENTS, YEARS (patient-years in all), EVENTRATE, EVENTRATELO, EVENTRATEHI (events per 100 patient-years). A
    patient with two lines in one group counts once: the time of the lines is added up, the first event of all ends it.
    Groups of interest without an event have a row, terms do not. Sorted by `by`, OF (ANY, AESI, TERM), then the
    protocol's order or commonest first.
    """
    watched = select_watched_lines(lines, protocol=protocol, as_of=as_of)
    return summarise_watched_incidence(adae, watched, protocol=protocol, by=by, level=level)


def summarise_watched_incidence(
    adae: pd.DataFrame,
    watched: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    by: Sequence[str] = (),
    level: float = 0.95,
    kinds: Sequence[Kind] = KINDS,
) -> pd.DataFrame:
    """The same of the lines that `select_watched_lines` gives, which may be those of entry alone; events of other lines
    are not counted. kinds: which of ANY, AESI and TERM are wanted.
    """
    onsets = derive_onsets_in_time(adae, watched)
    events = onsets.assign(TERM=onsets["ATERM"].map(_key))
    rows = []
    for group, members in _groups(watched, list(by)):
        before = derive_days_before(members)[["USUBJID", "LINE", "BEFORE"]]
        own = events.merge(before, on=["USUBJID", "LINE"], how="inner", validate="m:1")
        for of, key, label, found in _kinds(own, protocol, kinds):
            rows.append({**group, "OF": of, "ID": key, "LABEL": label, **_rates(found, members, level)})
    columns = [*by, "OF", "ID", "LABEL", *_RATES]
    return pd.DataFrame(rows, columns=columns)


_RATES = ("N", "SUBJECTS", "YEARSFIRST", "RATE", "RATELO", "RATEHI", "EVENTS", "YEARS", "EVENTRATE", "EVENTRATELO",
          "EVENTRATEHI")  # fmt: skip


def _key(text: str | None) -> str:
    return term_key(text) if text else ""


def _groups(watched: pd.DataFrame, by: list[str]) -> list[tuple[dict[str, object], pd.DataFrame]]:
    members = watched[["USUBJID", "LINE", "START", "DAYS", *(name for name in by if name != "LINE")]].astype(
        {"LINE": "Int64"}
    )
    if not by:
        return [({}, members)]
    found = []
    for values, part in members.groupby(by, sort=True, dropna=False):
        found.append((dict(zip(by, values if isinstance(values, tuple) else (values,), strict=True)), part))
    return found


def _kinds(
    events: pd.DataFrame, protocol: StudyProtocol, wanted: Sequence[Kind]
) -> list[tuple[str, str | None, str | None, pd.DataFrame]]:
    kinds: list[tuple[str, str | None, str | None, pd.DataFrame]] = []
    if "ANY" in wanted:
        kinds.append(("ANY", None, None, events))
    for group in protocol.safety.interest if "AESI" in wanted else ():
        chosen = [group.id in groups for groups in events["AESI"]]
        kinds.append(("AESI", group.id, group.label, events[np.array(chosen, dtype=bool)]))
    if "TERM" not in wanted:
        return kinds
    terms = []
    for key, part in events.groupby("TERM", sort=True):
        spelt = part["ATERM"].dropna().value_counts()
        label = min(spelt[spelt == spelt.max()].index) if len(spelt) else None
        terms.append((-part["USUBJID"].nunique(), str(key), label, part))
    terms.sort(key=lambda term: term[:2])
    return [*kinds, *(("TERM", label, label, part) for _, _, label, part in terms)]


def _rates(events: pd.DataFrame, members: pd.DataFrame, level: float) -> dict[str, object]:
    first = (events["BEFORE"] + events["FIRSTDAYS"]).groupby(events["USUBJID"]).min()
    people = len(first)
    of_each = members.groupby("USUBJID")["DAYS"].sum()
    years = float(of_each.sum()) / DAYS_A_YEAR
    years_first = float(of_each.drop(first.index).sum() + first.sum()) / DAYS_A_YEAR
    return {
        "N": members["USUBJID"].nunique(), "SUBJECTS": people, "YEARSFIRST": years_first,
        **_per_100("RATE", poisson_rate(people, years_first, level=level)), "EVENTS": len(events), "YEARS": years,
        **_per_100("EVENTRATE", poisson_rate(len(events), years, level=level)),
    }  # fmt: skip


def _per_100(name: str, rate: Rate) -> dict[str, float | None]:
    values = zip((name, f"{name}LO", f"{name}HI"), rate, strict=True)
    return {key: None if value is None else value * 100 for key, value in values}
