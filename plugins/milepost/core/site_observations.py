"""What sites do with their patients and their records, counted for each patient: the raw counts behind the indicators.

Every function gives SITEID, USUBJID, COUNT (what is looked for) and OF (out of how much), one row a patient, or VALUE,
one row a record, where a median is asked. Source: clinical specification, section 7.4.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from milepost.core.disposition import DISPOSITIONS, PROGRESSIVE
from milepost.core.event_periods import derive_emergent_periods
from milepost.protocol import Checkpoint, StudyProtocol

MONTH_DAYS = 30.4375
_HOUR = pd.Timedelta(hours=1)
_OWED = ("OVERDUE", "MISSED")
# states of whom no sample is due yet, or never will be
_NOT_DUE = ("NOT_STARTED", "NOT_DUE", "WINDOW_OPEN", "NOT_REACHED", "DATA_ERROR")
_WITHOUT_BASELINE = ("NOT_STARTED", "DATA_ERROR")
_EXPECTED_ENDS = (*PROGRESSIVE, *DISPOSITIONS["DEATH"])


def watched_months(lines: pd.DataFrame, protocol: StudyProtocol, as_of: dt.date) -> pd.DataFrame:
    """SITEID, USUBJID, OF: months each treated patient was watched for adverse events, all lines together."""
    periods = derive_emergent_periods(
        lines.assign(ARMCD=None), emergent_days=protocol.safety.emergent_days, as_of=as_of
    )
    seen = periods[periods["START"].notna().to_numpy(bool)]
    months = ((seen["UNTIL"] - seen["START"]).dt.days + 1) / MONTH_DAYS
    return seen.assign(OF=months).groupby(["SITEID", "USUBJID"], sort=True)["OF"].sum().reset_index()


def count_events(
    adae: pd.DataFrame, lines: pd.DataFrame, protocol: StudyProtocol, as_of: dt.date
) -> pd.DataFrame:
    """Treatment-emergent adverse events (COUNT) by months watched (OF)."""
    watched = watched_months(lines, protocol, as_of)
    emergent = adae[adae["TRTEMFL"].eq("Y").to_numpy(bool)].groupby("USUBJID").size()
    return watched.assign(COUNT=watched["USUBJID"].map(emergent).fillna(0).astype(int))


def serious_report_hours(adae: pd.DataFrame, zone: str) -> pd.DataFrame:
    """VALUE: hours from the end of the day of onset to the receipt of each serious event's record, never below 0.

    When a site became aware of an event is not recorded; its onset stands for it. Events whose day of onset is not
    whole are left out. KNOWN_FROM is that of the record's version as it stands.
    """
    serious = adae[(adae["AESERFL"].eq("Y") & adae["ASTDT"].notna() & adae["ASTDTF"].isna()).to_numpy(bool)]
    ended = (serious["ASTDT"] + pd.Timedelta(days=1)).dt.tz_localize(
        zone, nonexistent="shift_forward", ambiguous=True
    )
    hours = (serious["KNOWN_FROM"] - ended.dt.tz_convert("UTC")) / _HOUR
    return serious[["SITEID", "USUBJID"]].assign(VALUE=hours.clip(lower=0)).reset_index(drop=True)


def entry_days(records: list[pd.DataFrame], zone: str) -> pd.DataFrame:
    """VALUE: days from the day of a measurement to its receipt, of the first version of each record."""
    parts = []
    for frame in records:
        first = frame[(frame["VERSION"].eq(1) & frame["ADT"].notna()).to_numpy(bool)]
        came = (
            pd.to_datetime(first["KNOWN_FROM"], utc=True)
            .dt.tz_convert(zone)
            .dt.tz_localize(None)
            .dt.normalize()
        )
        parts.append(first[["SITEID", "USUBJID"]].assign(VALUE=(came - first["ADT"]).dt.days.clip(lower=0)))
    return pd.concat(parts, ignore_index=True)


def count_missed_scans(
    adrs: pd.DataFrame, entry: pd.DataFrame, ends: pd.Series, protocol: StudyProtocol, as_of: dt.date
) -> pd.DataFrame:
    """Scans due (OF) and not known (COUNT): none between the end of the window before and the end of its own.

    entry: USUBJID, SITEID, FIRSTDOSE of the line of entry. ends: by USUBJID the last day on which scans are asked of a
    patient (progression, death, withdrawal, loss, another therapy); a window that ends later is not counted.
    """
    if protocol.scans is None:
        return pd.DataFrame(columns=["SITEID", "USUBJID", "COUNT", "OF"])
    scans = adrs[(adrs["PARAMCD"].eq("OVR") & adrs["ADY"].notna()).to_numpy(bool)]
    made = {subject: days.to_numpy(float) for subject, days in scans.groupby("USUBJID")["ADY"]}
    cut = pd.Timestamp(as_of)
    rows = []
    for subject, site, first in zip(entry["USUBJID"], entry["SITEID"], entry["FIRSTDOSE"], strict=True):
        end = ends.get(subject, pd.NaT)
        last = (min(cut, end) if pd.notna(end) else cut) - first
        days = made.get(subject, np.empty(0))
        due, missed, day, before = 0, 0, 1, 1
        while True:
            interval, _ = protocol.scans.at(day)
            day += interval
            closes = day + protocol.scans.at(day)[1]
            if closes > last.days + 1:
                break
            due += 1
            missed += not ((days > before) & (days <= closes)).any()
            before = closes
        rows.append((site, subject, missed, due))
    return pd.DataFrame(rows, columns=["SITEID", "USUBJID", "COUNT", "OF"])


def last_scan_days(
    adsl: pd.DataFrame, adrs: pd.DataFrame, therapies: pd.DataFrame, entry: pd.DataFrame
) -> pd.Series:
    """The last day on which scans are asked of a patient, by USUBJID; empty where none is known."""
    gone = adsl.set_index("USUBJID")["EOSDT"]
    progressed = adrs[(adrs["PARAMCD"].eq("PD") & adrs["AVALC"].eq("Y")).to_numpy(bool)]
    later = therapies[
        (therapies["ADT"] > therapies["USUBJID"].map(entry.set_index("USUBJID")["FIRSTDOSE"])).to_numpy(bool)
    ]
    ends = pd.concat(
        [gone.dropna(), progressed.set_index("USUBJID")["ADT"].dropna(), later.set_index("USUBJID")["ADT"]]
    )
    return ends.groupby(level=0).min()


def count_owed_samples(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Checkpoint samples that are due by now (OF) and overdue or missed (COUNT)."""
    due = verdicts[~verdicts["STATE"].isin(_NOT_DUE).to_numpy(bool)]
    return _each(due, due["STATE"].isin(_OWED))


def count_missed_checkpoints(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Checkpoints that are over (OF) and missed for good (COUNT): overdue samples may still come."""
    over = verdicts[~verdicts["STATE"].isin((*_NOT_DUE, "OVERDUE")).to_numpy(bool)]
    return _each(over, over["STATE"].eq("MISSED"))


def count_off_target(verdicts: pd.DataFrame, rule: Checkpoint, days: int) -> pd.DataFrame:
    """Samples taken for the checkpoint (OF), and those more than so many days from its target day (COUNT)."""
    taken = verdicts[verdicts["ADY"].notna().to_numpy(bool)]
    return _each(taken, (taken["ADY"].astype(float) - rule.target_day).abs() > days)


def count_missing_baselines(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Treated patients (OF) without a valid baseline of the checkpoint (COUNT)."""
    started = verdicts[~verdicts["STATE"].isin(_WITHOUT_BASELINE).to_numpy(bool)]
    return _each(started, started["BASE"].isna())


def count_corrections(labs: pd.DataFrame) -> pd.DataFrame:
    """Results (OF) and those that came again with another value, unit or range (COUNT)."""
    counted = labs[["SITEID", "USUBJID"]].assign(COUNT=labs["VERSION"].gt(1).astype(int), OF=1)
    return counted.groupby(["SITEID", "USUBJID"], sort=True)[["COUNT", "OF"]].sum().reset_index()


def count_screen_failures(adsl: pd.DataFrame) -> pd.DataFrame:
    """Screened patients (OF) and screen failures (COUNT)."""
    return _each(adsl, adsl["SCRFFL"].eq("Y"))


def count_early_ends(adsl: pd.DataFrame, adex: pd.DataFrame) -> pd.DataFrame:
    """Treated patients (OF) who stopped the drug for another reason than progression or death, withdrew or were lost
    (COUNT). adex: rows of the lines of entry."""
    treated = adsl[adsl["SAFFL"].eq("Y").to_numpy(bool)]
    told = adex.set_index("USUBJID")["STOPREASON"].astype("string").str.upper().str.split().str.join(" ")
    reason = treated["USUBJID"].map(told)
    early = reason.notna() & ~reason.isin(_EXPECTED_ENDS)
    return _each(treated, early | treated["EOSSTT"].isin(["WITHDREW", "LOST"]))


def count_lost(adsl: pd.DataFrame) -> pd.DataFrame:
    """Treated patients (OF) and those lost to follow-up (COUNT)."""
    treated = adsl[adsl["SAFFL"].eq("Y").to_numpy(bool)]
    return _each(treated, treated["EOSSTT"].eq("LOST"))


def count_consent_errors(adsl: pd.DataFrame) -> pd.DataFrame:
    """Treated patients (OF) whose consent is after first dose, or has no whole date (COUNT)."""
    treated = adsl[adsl["SAFFL"].eq("Y").to_numpy(bool)]
    return _each(treated, treated["RFICDT"].isna() | (treated["RFICDT"] > treated["TRTSDT"]))


def count_queries(queries: pd.DataFrame, adsl: pd.DataFrame) -> pd.DataFrame:
    """Questions sent to the site (COUNT) by patients (OF); those about no patient have a row of their own."""
    people = adsl[["SITEID", "USUBJID"]].assign(COUNT=0, OF=1)
    asked = queries[["SITEID", "USUBJID"]].assign(COUNT=1, OF=0)
    asked["USUBJID"] = asked["USUBJID"].fillna("")
    both = pd.concat([people, asked], ignore_index=True)
    return both.groupby(["SITEID", "USUBJID"], sort=True)[["COUNT", "OF"]].sum().reset_index()


def count_old_queries(queries: pd.DataFrame, days: int, zone: str, as_of: dt.date) -> pd.DataFrame:
    """Open questions (OF) and those open for more than so many days (COUNT)."""
    opened = queries[queries["OPEN"].astype(bool).to_numpy()]
    since = (
        pd.to_datetime(opened["OPENED_AT"], utc=True).dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    )
    old = (pd.Timestamp(as_of) - since).dt.days > days
    return _each(opened.assign(USUBJID=opened["USUBJID"].fillna("")), old)


def _each(rows: pd.DataFrame, hit: pd.Series) -> pd.DataFrame:
    counted = rows[["SITEID", "USUBJID"]].assign(COUNT=np.asarray(hit.fillna(False), dtype=int), OF=1)
    return counted.groupby(["SITEID", "USUBJID"], sort=True)[["COUNT", "OF"]].sum().reset_index()
