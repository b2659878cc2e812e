"""Who read the scan: the investigator, or independent readers, never mixed.

Several independent readers (RADIOLOGIST 1, 2): the rows flagged as accepted make the reader INDEPENDENT ASSESSOR, and
each of them is also judged as a reader of its own. Source: clinical specification section 6.1 and trap 23.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from milepost.core.tumour_words import plain

INVESTIGATOR, INDEPENDENT = "INVESTIGATOR", "INDEPENDENT ASSESSOR"
_KINDS = {
    INVESTIGATOR: (
        "", "INVESTIGATOR", "SITE", "INV", "SITE INVESTIGATOR", "LOCAL INVESTIGATOR", "PRINCIPAL INVESTIGATOR",
        "INVESTIGATOR ASSESSMENT", "LOCAL", "研究者", "研究者评估",
    ),
    INDEPENDENT: (
        "INDEPENDENT ASSESSOR", "INDEPENDENT", "INDEPENDENT REVIEW", "INDEPENDENT REVIEWER", "INDEPENDENT READER",
        "INDEPENDENT REVIEW COMMITTEE", "INDEPENDENT CENTRAL REVIEW", "INDEPENDENT RADIOLOGY REVIEW",
        "BLINDED INDEPENDENT CENTRAL REVIEW", "IRC", "ICR", "IRR", "IRF", "BICR", "BIRC", "CENTRAL", "CENTRAL REVIEW",
        "CENTRAL REVIEWER", "CENTRAL READER", "CENTRAL READING", "独立影像评估", "独立评估", "独立评审委员会",
        "独立影像评审委员会", "中心阅片", "盲态独立中心评估", "盲态独立中心评审",
    ),
}  # fmt: skip
READER_WORDS = {word: kind for kind, words in _KINDS.items() for word in words}


def read_reader(text: str | None) -> str | None:
    """INVESTIGATOR (also where nobody is named) or INDEPENDENT ASSESSOR; None where the words are unknown."""
    return READER_WORDS.get(plain(text))


class Readings(NamedTuple):
    """Rows of TU, TR and RS, each with its READER (a row that counts for two readers stands twice); and `unread`."""

    tu: pd.DataFrame
    tr: pd.DataFrame
    rs: pd.DataFrame
    unread: pd.DataFrame  # DOMAIN USUBJID SITEID RECKEY RULE: rows that no reader can be given
    adjudicated: (
        pd.DataFrame
    )  # USUBJID KEY: accepted rows of subjects whose accepted reader changes from scan to scan


def select_readings(tu: pd.DataFrame, tr: pd.DataFrame, rs: pd.DataFrame) -> Readings:
    """Rows with READER: INVESTIGATOR (also where nobody is named), INDEPENDENT ASSESSOR, and with several independent
    readers INDEPENDENT ASSESSOR: <which>.

    Needs --EVAL, --EVALID and --ACPTFL. Several independent readers of a subject and none accepted: there is no
    INDEPENDENT ASSESSOR. Where a domain bears no flag but another names one accepted reader, it is that reader. Where
    lesions of several readers are accepted (one reader at this scan, another at the next) their measurements are not
    mixed: see `select_adjudicated`.
    """
    frames = {"TU": tu, "TR": tr, "RS": rs}
    marked = {name: _marked(frame, name) for name, frame in frames.items()}
    independent = pd.concat(
        [part.loc[part["KIND"] == INDEPENDENT, ["USUBJID", "WHICH", "ACCEPTED"]] for part in marked.values()]
    )
    several = independent.groupby("USUBJID")["WHICH"].nunique()
    several = several.index[several > 1]
    flagged = independent[independent["ACCEPTED"]]
    only = flagged.dropna(subset="WHICH").drop_duplicates(["USUBJID", "WHICH"])
    only = only[~only["USUBJID"].duplicated(keep=False)].set_index("USUBJID")["WHICH"]
    measured = pd.concat([marked["TU"], marked["TR"]])
    measured = measured[measured["KIND"].eq(INDEPENDENT) & measured["ACCEPTED"]]
    readers = measured.groupby("USUBJID")["WHICH"].nunique()
    mixed = readers.index[readers > 1]
    accepted = [
        pd.DataFrame({"USUBJID": frame["USUBJID"], "KEY": f"{name}|" + frame["RECKEY"].astype(str)})[
            marked[name]["KIND"].eq(INDEPENDENT) & marked[name]["ACCEPTED"] & frame["USUBJID"].isin(mixed)
        ]
        for name, frame in frames.items()
    ]
    read = {
        name: _with_readers(frames[name], part, several, flagged["USUBJID"].unique(), only, mixed)
        for name, part in marked.items()
    }
    unread = [_unread(frames[name], part, read[name], name, mixed) for name, part in marked.items()]
    return Readings(
        read["TU"], read["TR"], read["RS"], pd.concat(unread, ignore_index=True),
        pd.concat(accepted, ignore_index=True),
    )  # fmt: skip


def select_adjudicated(
    rows: pd.DataFrame, adjudicated: pd.DataFrame, reader: str = "READER", once: tuple[str, ...] = ()
) -> pd.DataFrame:
    """The rows that rest on an accepted row of a reader who was not accepted throughout, as INDEPENDENT ASSESSOR.

    So each scan is judged by its accepted reader against that reader's own baseline and own smallest sum. Needs SRC.
    once: columns that name a row once; where several readers are accepted for it, the first by name counts.
    """
    found = _resting_on(rows, adjudicated, reader)
    return (found.drop_duplicates(list(once)) if once else found).assign(**{reader: INDEPENDENT})


def select_adjudicated_baselines(
    baselines: pd.DataFrame, timepoints: pd.DataFrame, adjudicated: pd.DataFrame
) -> pd.DataFrame:
    """The baseline of INDEPENDENT ASSESSOR where the accepted reader changes: the accepted one; where none is accepted,
    that of the reader who was accepted for the first scan."""
    line = ["USUBJID", "LINE", "CRITERIA"]
    first = _resting_on(timepoints, adjudicated, "READER").sort_values([*line, "ADT"], kind="stable")
    first = first.drop_duplicates(line)[[*line, "READER"]]
    by_scan = baselines.merge(first, on=[*line, "READER"], how="inner", validate="1:1")
    both = [part for part in (_resting_on(baselines, adjudicated, "READER"), by_scan) if len(part)]
    if not both:
        return baselines.iloc[:0]
    return pd.concat(both, ignore_index=True).drop_duplicates(line).assign(READER=INDEPENDENT)


def _resting_on(rows: pd.DataFrame, adjudicated: pd.DataFrame, reader: str) -> pd.DataFrame:
    """Rows of single independent readers that rest on an accepted row, in order of the readers' names."""
    if not len(adjudicated):
        return rows.iloc[:0]
    keys = adjudicated.groupby("USUBJID")["KEY"].agg(frozenset)
    some = rows[rows["USUBJID"].isin(keys.index) & rows[reader].str.startswith(f"{INDEPENDENT}: ")]
    rests = [
        not keys[subject].isdisjoint(sources)
        for subject, sources in zip(some["USUBJID"], some["SRC"], strict=True)
    ]
    return some[np.array(rests, dtype=bool)].sort_values(reader, kind="stable")


def _marked(frame: pd.DataFrame, domain: str) -> pd.DataFrame:
    words = frame[f"{domain}EVAL"]
    kinds = {text: read_reader(text) for text in words.dropna().unique()}
    kind = words.map(kinds).where(words.notna(), INVESTIGATOR)
    which = frame[f"{domain}EVALID"].map(
        lambda text: " ".join(text.upper().split()) or None if text else None
    )
    return pd.DataFrame(
        {
            "USUBJID": frame["USUBJID"],
            "KIND": kind,
            "WHICH": which.astype(object).where(which.notna(), None),
            "ACCEPTED": frame[f"{domain}ACPTFL"]
            .map(lambda text: plain(text) in ("Y", "YES", "1"))
            .astype(bool),
        }
    )


def _with_readers(
    frame: pd.DataFrame,
    marked: pd.DataFrame,
    several: pd.Index,
    flagged: pd.Index,
    only: pd.Series,
    mixed: pd.Index,
) -> pd.DataFrame:
    independent = marked["KIND"].eq(INDEPENDENT)
    of_several, of_flagged = marked["USUBJID"].isin(several), marked["USUBJID"].isin(flagged)
    here = marked.loc[independent & marked["ACCEPTED"], "USUBJID"].unique()
    by_flag = marked["ACCEPTED"] | marked["WHICH"].isna()
    by_name = marked["WHICH"].isna() | marked["WHICH"].eq(marked["USUBJID"].map(only))
    one = marked["USUBJID"].isin(here)
    pooled = independent & (
        (of_flagged & one & by_flag) | (of_flagged & ~one & by_name) | (~of_flagged & ~of_several)
    )
    pooled = pooled & ~marked["USUBJID"].isin(mixed)
    own = independent & of_several & marked["WHICH"].notna()
    parts = [
        frame[marked["KIND"].eq(INVESTIGATOR)].assign(READER=INVESTIGATOR),
        frame[pooled].assign(READER=INDEPENDENT),
        frame[own].assign(READER=f"{INDEPENDENT}: " + marked.loc[own, "WHICH"].astype(str)),
    ]
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


def _unread(
    frame: pd.DataFrame, marked: pd.DataFrame, read: pd.DataFrame, domain: str, mixed: pd.Index
) -> pd.DataFrame:
    """Rows of an unknown reader, and of independent readers of whom none is accepted."""
    unknown = marked["KIND"].isna()
    pooled = read.loc[read["READER"] == INDEPENDENT, "USUBJID"].unique()
    open_ = marked["KIND"].eq(INDEPENDENT) & ~marked["USUBJID"].isin(pooled) & ~marked["USUBJID"].isin(mixed)
    rows = frame.loc[unknown | open_, ["USUBJID", "SITEID", "RECKEY"]]
    rule = pd.Series("READER-UNKNOWN", index=frame.index).where(unknown, "READER-NONE-ACCEPTED")
    return rows.assign(DOMAIN=domain, RULE=domain + "-" + rule[unknown | open_])
