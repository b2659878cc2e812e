"""Until when a patient is known to have been alive, and when a patient died.

Source: clinical specification section 6.5; trap 20.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from milepost.core.disposition import DISPOSITIONS
from milepost.core.partial_dates import moment, second_of_day, span, time_of, unknown_part


@dataclass(frozen=True)
class Evidence:
    """Records that show a patient alive on their date.

    date: the --DTC column. column, words: only rows with one of these words (`without`: with none of them; an empty
    cell is then evidence too). amount: only rows with an amount above 0 in this column.
    """

    domain: str
    date: str
    column: str | None = None
    words: tuple[str, ...] = ()
    without: bool = False
    amount: str | None = None


# what was found dead, lost or not done shows nobody alive
_NOT_DONE = ("NOT DONE",)
_NO_CONTACT = (*DISPOSITIONS["DEATH"], *DISPOSITIONS["LOST"])
_DAY = pd.Timedelta(days=1)
EVIDENCE = (
    Evidence("DM", "RFICDTC"),
    Evidence("EX", "EXSTDTC", amount="EXDOSE"),
    Evidence("EX", "EXENDTC", amount="EXDOSE"),
    Evidence("LB", "LBDTC", "LBSTAT", _NOT_DONE, without=True),
    Evidence("VS", "VSDTC"),
    Evidence("TU", "TUDTC"),
    Evidence("TR", "TRDTC", "TRSTAT", _NOT_DONE, without=True),
    Evidence("RS", "RSDTC", "RSSTAT", _NOT_DONE, without=True),
    Evidence("FA", "FADTC"),
    Evidence("AE", "AESTDTC"),
    Evidence("AE", "AEENDTC"),
    Evidence("CM", "CMSTDTC"),
    Evidence("PR", "PRSTDTC"),
    Evidence("DS", "DSSTDTC", "DSDECOD", _NO_CONTACT, without=True),
    Evidence("SS", "SSDTC", "SSORRES", ("ALIVE",)),
)


def derive_last_known_alive(
    frames: Mapping[str, pd.DataFrame], lines: pd.DataFrame, *, as_of: dt.date, time_of_day: bool = False
) -> pd.DataFrame:
    """The last day each patient is known to have been alive: USUBJID, LSTALVDT, LSTALVTM, LSTALVSRC, ALIVEAFTER.

    frames: record frames by domain, those of EVIDENCE that there are. Only complete dates count, never after death,
    never after the cut-off. A record dated after the cut-off that was already known on its day or later shows the
    patient alive at the cut-off; one dated ahead of the day it was sent is a plan and shows nothing. Of records of one
    day the first domain of EVIDENCE is named. LSTALVSRC: "DOMAIN|RECKEY". ALIVEAFTER: a record that shows the
    patient alive (SS) after the last day on which death may have been, else None: one of the two dates is wrong.
    One row a patient in `lines`; empty where nothing is dated.

    time_of_day: of records of one day the latest time is the last sign of life; without a time a record stands at the
    start of its day. LSTALVTM: that time since midnight (timedelta), 0 where times of day do not count. Death and
    cut-off are days all the same.
    """
    everybody = lines[["USUBJID", "DEATH"]].groupby("USUBJID", sort=True)["DEATH"].min().reset_index()
    cut_off = pd.Timestamp(as_of)
    parts = [
        _dated(frames[evidence.domain], evidence, place, time_of_day=time_of_day)
        for place, evidence in enumerate(EVIDENCE)
        if evidence.domain in frames and len(frames[evidence.domain])
    ]
    parts = [part for part in parts if len(part)]
    empty = everybody.drop(columns="DEATH").assign(
        LSTALVDT=pd.Series(pd.NaT, index=everybody.index, dtype="datetime64[ns]"),
        LSTALVTM=pd.Series(pd.NaT, index=everybody.index, dtype="timedelta64[ns]"),
        LSTALVSRC=None,
        ALIVEAFTER=None,
    )
    if not parts:
        return empty
    shown = pd.concat(parts, ignore_index=True).merge(everybody, on="USUBJID", how="inner", validate="m:1")
    after = shown[_after(shown["DATE"], shown["DEATH"]) & shown["DOMAIN"].eq("SS")]
    after = after.sort_values(["USUBJID", "DATE", "RECKEY"]).drop_duplicates("USUBJID", keep="last")
    planned = _after(shown["DATE"], cut_off) & _after(shown["DATE"], shown["KNOWN"])
    shown = shown[~planned & ~_after(shown["DATE"], shown["DEATH"])]
    shown = shown.assign(DATE=shown["DATE"].where(~_after(shown["DATE"], cut_off), cut_off))
    shown = shown.sort_values(["USUBJID", "DATE", "PLACE", "RECKEY"], ascending=[True, False, True, True])
    last = shown.drop_duplicates("USUBJID").set_index("USUBJID")
    who = everybody["USUBJID"]
    sources = (last["DOMAIN"] + "|" + last["RECKEY"]).astype(object)
    ones = after.set_index("USUBJID")
    doubts = (ones["DOMAIN"] + "|" + ones["RECKEY"]).astype(object)
    moments = pd.to_datetime(who.map(last["DATE"]))
    return empty.assign(
        LSTALVDT=moments.dt.normalize(),
        LSTALVTM=moments - moments.dt.normalize(),
        LSTALVSRC=_or_none(who.map(sources)),
        ALIVEAFTER=_or_none(who.map(doubts)),
    )


def derive_deaths(
    dm: pd.DataFrame, ds: pd.DataFrame, ss: pd.DataFrame, alive: pd.DataFrame, *, time_of_day: bool = False
) -> pd.DataFrame:
    """When each patient died: USUBJID, DTHDT, DTHTM, DTHDTF, LATESTDEATH, SRC; patients without a dated death have no
    row.

    The earliest of demographics, disposition and survival status, as in `select_deaths`; deaths after the cut-off too.
    Where only the month or year is known, DTHDT is its first day, but not before the day after the patient was last
    known alive, and never outside that month or year. A contact that reports the patient dead (SS) ends what an
    incomplete date may mean; where nobody gives a date of death at all, the day of the contact stands for it. DTHDTF: D
    the day was imputed, M month and day, Y the whole date (from the contact). LATESTDEATH: the last day the death may
    have been.

    time_of_day: of records of one day one that names the time of death is taken, of several the earliest. DTHTM: that
    time since midnight (timedelta); empty where nobody names it, where the day was imputed (a contact's time is not
    that of the death), and where times of day do not count.
    """
    told = _told_deaths(dm, ds, ss)
    told = told.assign(INCOMPLETE=told["PARTIAL"].notna(), CONTACT=told["DOMAIN"].eq("SS"))
    told = told.assign(TIME=told["TIME"].where(~told["INCOMPLETE"] & ~told["CONTACT"] & time_of_day))
    told = told.sort_values(["USUBJID", "LAST", "INCOMPLETE", "TIME", "PLACE", "RECKEY"], kind="stable")
    deaths = told.drop_duplicates("USUBJID").reset_index(drop=True)
    deaths = _by_incomplete_date(deaths, told[~told["CONTACT"] & told["INCOMPLETE"]])
    dated = told.loc[~told["CONTACT"], "USUBJID"]
    by_contact = deaths["CONTACT"] & ~deaths["USUBJID"].isin(dated)
    deaths = deaths.merge(alive[["USUBJID", "LSTALVDT"]], on="USUBJID", how="left", validate="1:1")
    after_alive = deaths["LSTALVDT"] + pd.Timedelta(days=1)
    earliest = deaths["FIRST"].where(~(after_alive > deaths["FIRST"]), after_alive)
    earliest = earliest.where(earliest <= deaths["LAST"], deaths["LAST"])
    return pd.DataFrame(
        {
            "USUBJID": deaths["USUBJID"],
            "DTHDT": deaths["LAST"].where(~deaths["INCOMPLETE"], earliest),
            "DTHTM": deaths["TIME"],
            "DTHDTF": _or_none(deaths["PARTIAL"].where(~by_contact, "Y")),
            "LATESTDEATH": deaths["LAST"],
            "SRC": pd.Series([(source,) for source in deaths["SRC"]], dtype=object),
        }
    )


def _by_incomplete_date(deaths: pd.DataFrame, incomplete: pd.DataFrame) -> pd.DataFrame:
    """A death known by a contact alone, where somebody names its month or year: that, up to the contact."""
    by_contact = deaths.loc[deaths["CONTACT"], ["USUBJID", "LAST"]].rename(columns={"LAST": "FOUND"})
    named = incomplete.merge(by_contact, on="USUBJID", how="inner", validate="m:1")
    named = named[named["FIRST"] <= named["FOUND"]].drop_duplicates("USUBJID")
    named = named.assign(LAST=named["FOUND"]).drop(columns="FOUND")
    if named.empty:
        return deaths
    others = deaths[~deaths["USUBJID"].isin(named["USUBJID"])]
    return pd.concat([others, named], ignore_index=True).sort_values("USUBJID", ignore_index=True)


def select_undated_deaths(dm: pd.DataFrame, ds: pd.DataFrame, ss: pd.DataFrame) -> pd.Series:
    """The patients of whom a death is told, and nowhere with a date: they are dead, nobody can say since when.

    A date of death that cannot be read tells a death all the same.
    """
    said = [frame["USUBJID"] for _, frame, _ in _death_records(dm, ds, ss)]
    written = dm["DTHDTC"].map(_plain).notna()
    named = pd.concat([dm.loc[dm["DTHFL"].map(_plain).eq("Y") | written, "USUBJID"], *said[1:]])
    named = named.drop_duplicates()
    return named[~named.isin(_told_deaths(dm, ds, ss)["USUBJID"])].reset_index(drop=True)


def _death_records(
    dm: pd.DataFrame, ds: pd.DataFrame, ss: pd.DataFrame
) -> tuple[tuple[str, pd.DataFrame, str], ...]:
    """The records that may tell a death, by domain: its rows and the column of the date."""
    ended = ds[ds["DSDECOD"].map(_plain).isin(DISPOSITIONS["DEATH"])]
    dead = ss[ss["SSORRES"].map(_plain).isin(DISPOSITIONS["DEATH"])]
    return ("DM", dm, "DTHDTC"), ("DS", ended, "DSSTDTC"), ("SS", dead, "SSDTC")


def _told_deaths(dm: pd.DataFrame, ds: pd.DataFrame, ss: pd.DataFrame) -> pd.DataFrame:
    """Every record of a death with a date: USUBJID, FIRST and LAST day it may mean, PARTIAL (D, M or None), TIME of
    day (timedelta), SRC."""
    rows = [
        (subject, key, domain, place, f"{domain}|{key}", *meant, unknown_part(text), _second(text))
        for place, (domain, frame, date) in enumerate(_death_records(dm, ds, ss))
        for subject, key, text in zip(frame["USUBJID"], frame["RECKEY"], frame[date], strict=True)
        if (meant := span(text)) is not None
    ]
    columns = ["USUBJID", "RECKEY", "DOMAIN", "PLACE", "SRC", "FIRST", "LAST", "PARTIAL", "SECOND"]
    told = pd.DataFrame(rows, columns=columns, dtype=object)
    return told.assign(
        FIRST=pd.to_datetime(told["FIRST"]), LAST=pd.to_datetime(told["LAST"]),
        TIME=pd.to_timedelta(pd.to_numeric(told["SECOND"]), unit="s"),
    )  # fmt: skip


def _dated(frame: pd.DataFrame, evidence: Evidence, place: int, *, time_of_day: bool) -> pd.DataFrame:
    """The rows of one frame that are evidence: USUBJID, DATE (with its time where asked), KNOWN (day it was known),
    DOMAIN, RECKEY, PLACE."""
    holds = pd.Series(True, index=frame.index)
    if "RETRACTED" in frame:
        holds &= ~frame["RETRACTED"].eq(True)
    if evidence.column is not None:
        words = {text: _plain(text) in evidence.words for text in frame[evidence.column].dropna().unique()}
        named = frame[evidence.column].map(words).eq(True)
        holds &= ~named if evidence.without else named
    if evidence.amount is not None:
        given = {text: _is_positive(text) for text in frame[evidence.amount].dropna().unique()}
        holds &= frame[evidence.amount].map(given).eq(True)
    texts = frame.loc[holds, evidence.date]
    read = moment if time_of_day else _whole_day
    days = {text: read(text) for text in texts.dropna().unique()}
    dates = pd.to_datetime(texts.map(days))
    dated = frame.loc[holds].loc[dates.notna()]
    known = pd.to_datetime(dated["KNOWN_FROM"], utc=True)
    # a site east of Greenwich is already a day ahead
    known = known.dt.tz_localize(None).dt.normalize() + pd.Timedelta(days=1)
    return pd.DataFrame(
        {
            "USUBJID": dated["USUBJID"], "DATE": dates[dates.notna()], "KNOWN": known, "DOMAIN": evidence.domain,
            "RECKEY": dated["RECKEY"], "PLACE": place,
        }
    )  # fmt: skip


def _second(text: str | None) -> int | None:
    return second_of_day(time_of(text))


def _after(moments: pd.Series, days: pd.Series | pd.Timestamp) -> pd.Series:
    """Whether a moment lies after the whole of that day."""
    return moments >= days + _DAY


def _whole_day(text: str) -> pd.Timestamp | None:
    meant = span(text)
    return pd.Timestamp(meant[0]) if meant is not None and meant[0] == meant[1] else None


def _is_positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


def _plain(text: object) -> str | None:
    return " ".join(text.upper().split()) or None if isinstance(text, str) else None


def _or_none(column: pd.Series) -> pd.Series:
    column = column.astype(object)
    return column.where(column.notna(), None)
