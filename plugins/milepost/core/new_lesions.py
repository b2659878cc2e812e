"""New lesions: seen for certain, doubtful, or none; and since when they count.

A doubtful (equivocal) lesion leaves its time point's own response alone; once it is certain, progression counts
from the scan on which it was first doubtful. Source: clinical specification sections 6.1 and 6.2 (mRECIST: a new
lesion of the liver counts from 10 mm with arterial enhancement; an atypical or smaller one when it has grown by 10 mm;
nodes at the porta hepatis from 20 mm, others from 15 mm).
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from milepost.core.row_sources import gather_sources
from milepost.core.tumour_timepoints import KEYS
from milepost.core.tumour_words import NO_SIZE, SCALE

_AT = [*KEYS, "TP"]
_CERTAIN, _DOUBTFUL, _GONE, _SEEN = "CERTAIN", "DOUBTFUL", "GONE", "SEEN"
_MEANS = {
    "UNEQUIVOCAL": _CERTAIN, "PROGRESSION": _CERTAIN, "PRESENT": _CERTAIN, "WORSE": _CERTAIN,
    "EQUIVOCAL": _DOUBTFUL, "ABSENT": _GONE,
    "TOO_SMALL": _SEEN, "MERGED": _SEEN, "SPLIT": _SEEN, "IDENTIFIED": _SEEN,
}  # fmt: skip
LIVER_LESION_COUNTS_FROM, LIVER_LESION_GROWTH = 10 * SCALE, 10 * SCALE
PORTA_NODE_COUNTS_FROM, NODE_COUNTS_FROM = 20 * SCALE, 15 * SCALE


def derive_new_lesions(
    sightings: pd.DataFrame, lesions: pd.DataFrame, points: pd.DataFrame, criteria: str
) -> pd.DataFrame:
    """One row a time point of a line with new lesions: LESNEW (Y, E or N), SINCE (where a lesion becomes certain: the
    date from which it counts), NEWSRC.

    sightings: findings and identifications (STATE IDENTIFIED) of new lesions, with TP. points: KEYS TP ORDER ADT.
    """
    columns = [*_AT, "LESNEW", "SINCE", "NEWSRC"]
    new = lesions[lesions["ROLE"].eq("NEW") & ~lesions["ATBASE"]]
    sightings = sightings.merge(
        new[[*KEYS, "LESION", "NODE", "PORTA", "HEPATIC"]], on=[*KEYS, "LESION"], how="inner", validate="m:1"
    )
    if not len(sightings):
        return pd.DataFrame(columns=columns).astype({"SINCE": "datetime64[ns]"})
    seen = _summarise(sightings).merge(points[[*_AT, "ORDER"]], on=_AT, how="inner", validate="m:1")
    seen = seen.sort_values([*KEYS, "LESION", "ORDER"], kind="stable")
    by_lesion = itemgetter(*KEYS, "LESION")
    rows = [
        row
        for _, lesion in groupby(seen.to_dict("records"), key=by_lesion)
        for row in _course(list(lesion), criteria)
    ]
    course = pd.DataFrame(rows)
    course = course.merge(points[[*KEYS, "TP", "ORDER"]].rename(columns={"TP": "AT", "ORDER": "ATORDER"}), on=KEYS,
                          how="inner", validate="m:m")  # fmt: skip
    # what was found holds until the next scan that mentions the lesion; a doubt does not hold
    holds = (course["ATORDER"] == course["ORDER"]) | (
        course["ANSWER"].eq("Y")
        & (course["ATORDER"] > course["ORDER"])
        & (course["ATORDER"] < course["UNTIL"])
    )
    course = course[holds]
    here = course["ATORDER"] == course["ORDER"]
    course = course.assign(
        SINCE=course["SINCE"].where(here), TP=course["AT"], YES=course["ANSWER"].eq("Y"),
        DOUBT=course["ANSWER"].eq("E"),
    )  # fmt: skip
    found = course.groupby(_AT, sort=False).agg(
        YES=("YES", "any"), DOUBT=("DOUBT", "any"), SINCE=("SINCE", "min")
    ).reset_index()  # fmt: skip
    found = found.merge(gather_sources(course, _AT, "KEYS_", "NEWSRC"), on=_AT, how="left", validate="1:1")
    return found.assign(LESNEW=np.select([found["YES"], found["DOUBT"]], ["Y", "E"], "N"))[columns]


def _summarise(sightings: pd.DataFrame) -> pd.DataFrame:
    """One row a lesion and time point: WORD, LONG, VIABLE and SHORT sizes, first date, sources."""
    word = sightings["STATE"].map(_MEANS).astype(object)
    measured = sightings["STATE"].eq("MEASURED")
    word = word.where(~measured, np.where(sightings["SIZE"] > 0, _SEEN, _GONE))
    # no enhancement and no size are different things
    word = word.where(~(measured & sightings["TEST"].eq("VDIAM")), _SEEN)
    rows = sightings.assign(WORD=word)
    for name, tests in (
        ("LONG", ("LDIAM", "DIAMETER")),
        ("VIABLE", ("VDIAM",)),
        ("SHORT", ("SAXIS", "LPERP")),
    ):
        rows[name] = rows["SIZE"].where(measured & rows["TEST"].isin(tests), NO_SIZE)
    order = {_CERTAIN: 0, _DOUBTFUL: 1, _GONE: 2, _SEEN: 3}
    rows["RANK"] = rows["WORD"].map(order).fillna(9).astype(int)
    grouped = rows.groupby([*_AT, "LESION"], sort=False)
    found = grouped.agg(
        RANK=("RANK", "min"), LONG=("LONG", "max"), VIABLE=("VIABLE", "max"), SHORT=("SHORT", "max"),
        ADT=("ADT", "min"), NODE=("NODE", "first"), PORTA=("PORTA", "first"), HEPATIC=("HEPATIC", "first"),
    ).reset_index()  # fmt: skip
    keys = [*_AT, "LESION"]
    found = found.merge(gather_sources(rows, keys, "KEY", "KEYS_"), on=keys, how="left", validate="1:1")
    return found.assign(WORD=found["RANK"].map({rank: name for name, rank in order.items()}).astype(object))


def _course(scans: list[dict[str, Any]], criteria: str) -> list[dict[str, Any]]:
    """One new lesion through its scans: ANSWER Y, E or N at each, SINCE where it becomes certain, UNTIL (order of the
    next scan that mentions it)."""
    doubtful_since: Any = None
    certain, first_size = False, NO_SIZE
    made = []
    for place, scan in enumerate(scans):
        word, since = scan["WORD"], pd.NaT
        size = max(scan["LONG"], scan["VIABLE"])
        if criteria == "mRECIST" and word != _GONE:
            word = _by_mrecist(scan, first_size)
        first_size = size if first_size < 0 else first_size
        if word == _GONE:
            certain, doubtful_since, answer = False, None, "N"
        elif word is None or word == "NOT_YET":
            answer = "Y" if certain else "N"
        elif certain or word == _CERTAIN or (word == _SEEN and doubtful_since is None):
            since = pd.NaT if certain else (doubtful_since if doubtful_since is not None else scan["ADT"])
            certain, answer = True, "Y"
        else:
            doubtful_since = doubtful_since if doubtful_since is not None else scan["ADT"]
            answer = "E"
        until = scans[place + 1]["ORDER"] if place + 1 < len(scans) else np.inf
        made.append(
            {name: scan[name] for name in (*KEYS, "LESION", "ORDER", "KEYS_")}
            | {"ANSWER": answer, "SINCE": since, "UNTIL": until}
        )
    return made


def _by_mrecist(scan: dict[str, Any], first_size: int) -> str | None:
    """The word mRECIST gives: a liver lesion needs 10 mm and enhancement, or growth by 10 mm; a node its limit."""
    word: str | None = scan["WORD"]
    if scan["NODE"]:
        limit = PORTA_NODE_COUNTS_FROM if scan["PORTA"] else NODE_COUNTS_FROM
        return word if scan["SHORT"] < 0 or scan["SHORT"] >= limit else "NOT_YET"
    size = max(scan["LONG"], scan["VIABLE"])
    if not scan["HEPATIC"] or size < 0:
        return word
    if size >= LIVER_LESION_COUNTS_FROM and scan["VIABLE"] > 0:
        return _CERTAIN
    if first_size >= 0 and size - first_size >= LIVER_LESION_GROWTH:
        return _CERTAIN
    return _DOUBTFUL


def derive_reported_new(points: pd.DataFrame) -> pd.DataFrame:
    """Add RSINCE: where the site's own answer turns certain (R_NEW Y), the date from which it counts.

    Needs KEYS, ORDER, ADT and R_NEW (Y N E NE or nothing). Doubtful answers right before it date it back; scans on
    which new lesions were not assessed do not interrupt them.
    """
    since: dict[Any, Any] = {}
    told = points[points["R_NEW"].isin(["Y", "E", "N"])].sort_values([*KEYS, "ORDER"], kind="stable")
    doubtful, certain, last = None, False, None
    for index, *key, adt, answer in told[[*KEYS, "ADT", "R_NEW"]].itertuples():
        if key != last:
            doubtful, certain, last = None, False, key
        if answer == "Y" and not certain:
            since[index] = doubtful if doubtful is not None else adt
        certain = answer == "Y" or (certain and answer == "E")
        doubtful = None if answer == "N" else (adt if doubtful is None and answer == "E" else doubtful)
    return points.assign(
        RSINCE=pd.to_datetime(pd.Series(since, dtype="datetime64[ns]")).reindex(points.index)
    )
