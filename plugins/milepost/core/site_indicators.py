"""Key risk indicators of sites, and the quality tolerance limits of the study: values, and which of them are marked.

A mark says that a site is worth a look, not that something is wrong. Shares and medians with a limit of their own
(`protocol.indicators`) are marked beyond it; rates without one where they lie too far from the study's. Few adverse
events are marked as well as many: what is not reported is the graver finding. Source: clinical specification, section
7.4 (TransCelerate risk-based monitoring, ICH E6(R3)).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from milepost.core import site_observations as observe
from milepost.core import site_plausibility as plausible
from milepost.core.site_funnel import dispersion, rate_deviate, share_deviate
from milepost.protocol import IndicatorRules, StudyProtocol

Kind = Literal["rate", "share", "median"]
Test = Literal["limit", "any", "few or many", "many", "digits"]
WHOLE = ""  # the site of the rows for all sites together
LOW, HIGH = "LOW", "HIGH"
NOT_KNOWN, NO_DATA = "the records it needs were not given", "nothing to count yet"
_NO_PREFERENCE = 0.1  # share of each final digit where none is preferred
INDICATOR_COLUMNS = (
    "SITEID", "INDICATOR", "VALUE", "COUNT", "OF", "Z", "LIMIT", "MARK", "DISPERSION", "REASON", "SUBJECTS", "PATIENTS",
)  # fmt: skip


@dataclass(frozen=True)
class Indicator:
    """One indicator. label: what is counted; of: out of what; test: when it is marked."""

    id: str
    label: str
    of: str
    kind: Kind
    test: Test
    theme: str


_SAFETY, _DATA, _PATIENTS, _PATTERNS = "Safety reporting", "Data", "Patients", "Patterns in what is measured"
_PLAN = "Checkpoint and scans"
INDICATORS = (
    Indicator("ae_rate", "Adverse events a patient-month", "months", "rate", "few or many", _SAFETY),
    Indicator("sae_hours", "Serious event to its receipt, median", "serious events", "median", "limit", _SAFETY),
    Indicator("marker_owed", "Checkpoint sample overdue or missed", "samples due", "share", "limit", _PLAN),
    Indicator("marker_off_target", "Checkpoint sample off its day", "samples taken", "share", "limit", _PLAN),
    Indicator("marker_no_baseline", "No valid baseline", "treated patients", "share", "limit", _PLAN),
    Indicator("scan_owed", "Scan due and not known", "scans due", "share", "limit", _PLAN),
    Indicator("entry_days", "Measurement to its receipt, median", "records", "median", "limit", _DATA),
    Indicator("queries", "Questions a patient", "patients", "rate", "many", _DATA),
    Indicator("queries_old", "Question open for long", "open questions", "share", "any", _DATA),
    Indicator("corrections", "Result sent again, changed", "results", "share", "many", _DATA),
    Indicator("screen_failures", "Screen failure", "screened patients", "share", "many", _PATIENTS),
    Indicator("early_ends", "Left early", "treated patients", "share", "many", _PATIENTS),
    Indicator("consent", "Consent after first dose, or undated", "treated patients", "share", "any", _PATIENTS),
    Indicator("zero_digits", "Blood pressure ends in 0", "readings", "share", "digits", _PATTERNS),
    Indicator("repeated_values", "Result the same as the one before", "pairs", "share", "many", _PATTERNS),
    Indicator("flat_series", "All results of a test alike", "series", "share", "many", _PATTERNS),
    Indicator("weekend_visits", "Visit on a Saturday or Sunday", "visits", "share", "many", _PATTERNS),
)  # fmt: skip


@dataclass(frozen=True)
class Tolerance:
    """One quality tolerance limit: `count` patients of `of`, the limit in percent, and who is counted."""

    id: str
    label: str
    count: int
    of: int
    limit: Decimal
    subjects: tuple[str, ...]

    @property
    def is_beyond(self) -> bool:
        """Whether the share is above the limit."""
        return self.count * 100 > self.limit * self.of


@dataclass(frozen=True)
class SiteRecords:
    """What the indicators are counted from.

    Derived frames and record frames as in `reports.clinical.ClinicalFrames`, of all patients; verdicts, adex and adrs
    of the lines of entry. entry: USUBJID, SITEID, FIRSTDOSE of those lines. labs: record frame of LB (VERSION,
    KNOWN_FROM); queries: SITEID, USUBJID, OPENED_AT, OPEN. Either may be None: its indicators then have a reason.
    """

    adsl: pd.DataFrame
    adae: pd.DataFrame
    adex: pd.DataFrame
    adlb: pd.DataFrame
    adrs: pd.DataFrame
    lines: pd.DataFrame
    entry: pd.DataFrame
    verdicts: pd.DataFrame
    therapies: pd.DataFrame
    vs: pd.DataFrame
    labs: pd.DataFrame | None = None
    queries: pd.DataFrame | None = None


def derive_site_indicators(
    records: SiteRecords,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    pools: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """One row for each site (or pool) and indicator, and for all sites together (SITEID empty): INDICATOR_COLUMNS.

    pools: site -> name under which it is told together with others. VALUE: rate, share (0 to 1) or median. COUNT and
    OF: what it is made from (of a median OF alone). Z: standard deviations from the study's value, where that is what
    marks it. LIMIT: the limit that counts, in the unit of VALUE. MARK: LOW, HIGH or empty; rows of all sites are never
    marked. DISPERSION: of the indicator, over all patients. REASON: why there is no value. SUBJECTS: patients counted
    in COUNT, or measured; PATIENTS: those of OF, among whom they are counted. Sorted by indicator as in INDICATORS,
    then by site.
    """
    rules = protocol.indicators
    sites = sorted(set(records.adsl["SITEID"].astype(str)))
    named = {site: (pools or {}).get(site, site) for site in sites}
    rows = []
    for indicator in INDICATORS:
        observed = _observed(indicator.id, records, protocol, as_of)
        if observed is None:
            rows += [
                _row(name, indicator, reason=NOT_KNOWN) for name in [WHOLE, *sorted(set(named.values()))]
            ]
            continue
        observed = observed.assign(SITEID=observed["SITEID"].map(lambda site: named.get(site, site)))
        rows += _values(indicator, observed, sorted(set(named.values())), rules)
    return pd.DataFrame(rows, columns=list(INDICATOR_COLUMNS), dtype=object)


def tolerances(records: SiteRecords, protocol: StudyProtocol) -> list[Tolerance]:
    """The quality tolerance limits of the study: missed checkpoints of those that are over, and patients lost of those
    treated."""
    rules = protocol.indicators
    found = []
    for id_, label, counted, limit in (
        ("missed", "Checkpoint missed", observe.count_missed_checkpoints(records.verdicts),
         rules.study_missing_checkpoint_pct),
        ("lost", "Lost to follow-up", observe.count_lost(records.adsl), rules.study_lost_pct),
    ):  # fmt: skip
        who = tuple(sorted(counted.loc[counted["COUNT"] > 0, "USUBJID"]))
        found.append(Tolerance(id_, label, len(who), int(counted["OF"].sum()), limit, who))
    return found


def _observed(id_: str, records: SiteRecords, protocol: StudyProtocol, as_of: dt.date) -> pd.DataFrame | None:
    """The counts of one indicator by patient; None where what it needs was not given."""
    rules, zone, rule = protocol.indicators, protocol.time_zone, protocol.checkpoints[0]
    labs, queries = records.labs, records.queries
    match id_:
        case "ae_rate":
            return observe.count_events(records.adae, records.lines, protocol, as_of)
        case "sae_hours":
            return observe.serious_report_hours(records.adae, zone)
        case "marker_owed":
            return observe.count_owed_samples(records.verdicts)
        case "marker_off_target":
            return observe.count_off_target(records.verdicts, rule, rules.target_days)
        case "marker_no_baseline":
            return observe.count_missing_baselines(records.verdicts)
        case "scan_owed":
            ends = observe.last_scan_days(records.adsl, records.adrs, records.therapies, records.entry)
            return observe.count_missed_scans(records.adrs, records.entry, ends, protocol, as_of)
        case "entry_days":
            return observe.entry_days([records.vs, *([labs] if labs is not None else [])], zone)
        case "queries":
            return None if queries is None else observe.count_queries(queries, records.adsl)
        case "queries_old":
            return (
                None
                if queries is None
                else observe.count_old_queries(queries, rules.query_age_days, zone, as_of)
            )
        case "corrections":
            return None if labs is None else observe.count_corrections(labs)
        case "screen_failures":
            return observe.count_screen_failures(records.adsl)
        case "early_ends":
            return observe.count_early_ends(records.adsl, records.adex)
        case "consent":
            return observe.count_consent_errors(records.adsl)
        case "zero_digits":
            return plausible.count_zero_digits(records.vs)
        case "repeated_values":
            return plausible.count_repeated_values(records.adlb)
        case "flat_series":
            return plausible.count_flat_series(records.adlb)
        case _:
            return plausible.count_weekend_visits(records.vs)


def limit_of(id_: str, rules: IndicatorRules) -> float | None:
    """The limit of an indicator in the unit of its value; None where it has none of its own."""
    shares = {
        "marker_owed": rules.overdue_marker_pct, "marker_off_target": rules.off_target_pct,
        "marker_no_baseline": rules.missing_baseline_pct, "scan_owed": rules.overdue_scans_pct,
        "zero_digits": rules.end_digit_pct,
    }  # fmt: skip
    if id_ in shares:
        return float(shares[id_] / 100)
    return {"sae_hours": float(rules.serious_report_hours), "entry_days": float(rules.entry_lag_days),
            "queries_old": 0.0, "consent": 0.0}.get(id_)  # fmt: skip


class _Whole(NamedTuple):
    """What a site is held against: the study's rate or share, its dispersion, and whether there are other sites."""

    rate: float
    dispersion: float
    limit: float | None
    far: float
    others: bool


def _values(
    indicator: Indicator, observed: pd.DataFrame, sites: list[str], rules: IndicatorRules
) -> list[dict[str, object]]:
    of_site = {str(site): part for site, part in observed.groupby("SITEID", sort=True)}
    parts = {WHOLE: observed} | {site: of_site.get(site, observed.iloc[:0]) for site in sites}
    limit = limit_of(indicator.id, rules)
    if indicator.kind == "median":
        return [_median(site, indicator, part, limit) for site, part in parts.items()]
    count, of = float(observed["COUNT"].sum()), float(observed["OF"].sum())
    rate = count / of if of else 0.0
    expected = observed["OF"].to_numpy(float) * rate
    spread = expected if indicator.kind == "rate" else expected * (1 - rate)
    wide = dispersion(observed["COUNT"].to_numpy(float), expected, spread)
    whole = _Whole(rate, wide, limit, float(rules.outlier_z), len(sites) > 1)
    return [_counted(site, indicator, part, whole) for site, part in parts.items()]


def _median(site: str, indicator: Indicator, part: pd.DataFrame, limit: float | None) -> dict[str, object]:
    values = part["VALUE"].dropna().to_numpy(float)
    if not len(values):
        return _row(site, indicator, reason=NO_DATA, limit=limit, of=0)
    value = float(np.median(values))
    mark = HIGH if site and limit is not None and value > limit else None
    who = tuple(sorted(set(part["USUBJID"])))
    return _row(
        site, indicator, value=value, of=len(values), limit=limit, mark=mark, subjects=who, patients=who
    )


def _counted(site: str, indicator: Indicator, part: pd.DataFrame, whole: _Whole) -> dict[str, object]:
    count, of = int(part["COUNT"].sum()), float(part["OF"].sum())
    if of <= 0:
        return _row(site, indicator, reason=NO_DATA, limit=whole.limit, count=count, of=0)
    z = _distance(indicator, count, of, whole) if site else None
    who, among = (tuple(sorted(set(part.loc[part[name] > 0, "USUBJID"]) - {""})) for name in ("COUNT", "OF"))
    return _row(
        site, indicator, value=count / of, count=count, of=of if indicator.kind == "rate" else int(of), z=z,
        limit=whole.limit, mark=_mark(indicator.test, count, of, z, whole) if site else None, wide=whole.dispersion,
        subjects=who, patients=among,
    )  # fmt: skip


def _distance(indicator: Indicator, count: int, of: float, whole: _Whole) -> float | None:
    if indicator.test == "digits":
        return share_deviate(count, int(of), _NO_PREFERENCE).z
    if indicator.test not in ("few or many", "many") or not whole.others:
        return None
    if indicator.kind == "rate":
        return rate_deviate(count, whole.rate * of, whole.dispersion).z
    return share_deviate(count, int(of), whole.rate, whole.dispersion).z


def _mark(test: Test, count: int, of: float, z: float | None, whole: _Whole) -> str | None:
    # a share equal to the limit is not beyond it: compared without a division
    beyond = whole.limit is not None and Decimal(count) > Decimal(str(whole.limit)) * Decimal(str(of))
    if test in ("limit", "any"):
        return HIGH if beyond else None
    if z is None or (test == "digits" and not beyond):
        return None
    if z < -whole.far and test == "few or many":
        return LOW
    return HIGH if z > whole.far else None


def _row(
    site: str,
    indicator: Indicator,
    *,
    value: float | None = None,
    count: int | None = None,
    of: float | None = None,
    z: float | None = None,
    limit: float | None = None,
    mark: str | None = None,
    wide: float | None = None,
    reason: str | None = None,
    subjects: tuple[str, ...] = (),
    patients: tuple[str, ...] = (),
) -> dict[str, object]:
    return {
        "SITEID": site, "INDICATOR": indicator.id, "VALUE": value, "COUNT": count, "OF": of, "Z": z, "LIMIT": limit,
        "MARK": mark, "DISPERSION": wide, "REASON": reason, "SUBJECTS": subjects,
        "PATIENTS": patients,
    }  # fmt: skip
