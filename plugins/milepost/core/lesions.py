"""Each lesion of a reader on a line of therapy: target, non-target or new; a node or not; what was found at each scan.

Source: clinical specification sections 6.1 and 6.2. Conventions of ours: a part of a split lesion bears the lesion's
name with a point or stroke and a number or letter (T01.1, T01-2) or a letter (T01a, T01b); a merged lesion bears both
names (T01/T02), or the state MERGED (MERGED WITH T01) on the lesions that no longer stand alone.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from milepost.core.tumour_timepoints import KEYS, derive_phase
from milepost.core.tumour_words import NO_SIZE, merged_with, plain, read_role, read_size, read_state

LENGTHS = ("LDIAM", "SAXIS", "LPERP", "DIAMETER", "VDIAM", "SUMDIAM", "SUMVDIAM")
SHORT_AXES = ("SAXIS", "LPERP", "DIAMETER")
_BASE_FIRST = {"BASE": 1, "NONE": 3, "OLD": 4, "POST": 5}
_NEXT_LINE = 10  # what is said on the next line of therapy comes last
_ROLE_ORDER = ["TARGET", "NON-TARGET", "NEW"]


def to_findings(tr: pd.DataFrame) -> pd.DataFrame:
    """TR rows in our words. Needs READER and the columns of TR.

    Columns: USUBJID SITEID READER LESION GROUP TEST SIZE (10**-9 mm, -1 none) STATE (MEASURED, or a word of
    tumour_words.STATES) WITH (the lesion it merged with) ADT VISIT KEY, TEXT and UNIT (the site's own words), and ISSUE
    (rule id where the row cannot be read; it then says nothing: NOT_EVALUABLE).
    """
    told = tr[["TRTESTCD", "TRORRES", "TRORRESU", "TRSTAT"]]
    texts = list(zip(*(told[name].tolist() for name in told), strict=True))
    read = {four: _read(*four) for four in set(texts)}
    found = pd.DataFrame(
        [read[four] for four in texts], columns=["SIZE", "STATE", "WITH", "ISSUE"], index=tr.index
    )
    return pd.DataFrame(
        {
            "USUBJID": tr["USUBJID"], "SITEID": tr["SITEID"], "READER": tr["READER"],
            "LESION": _named(tr["TRLNKID"]), "GROUP": _by_word(tr["TRGRPID"], read_role), "TEST": tr["TRTESTCD"],
            "SIZE": found["SIZE"].astype("int64"), "STATE": found["STATE"], "WITH": found["WITH"],
            "ADT": tr["ADT"], "VISIT": tr["VISIT"], "KEY": "TR|" + tr["RECKEY"].astype(str), "ISSUE": found["ISSUE"],
            "TEXT": tr["TRORRES"].where(tr["TRORRES"].notna(), tr["TRSTAT"]), "UNIT": tr["TRORRESU"],
        }
    ).reset_index(drop=True)  # fmt: skip


def _read(test: str | None, text: str | None, unit: str | None, stat: str | None) -> tuple[Any, ...]:
    not_done = read_state(stat) == "NOT_EVALUABLE"
    if text is None or not text.strip():
        return NO_SIZE, "NOT_EVALUABLE", None, None
    if not_done:
        said_so = read_state(text) == "NOT_EVALUABLE"
        return NO_SIZE, "NOT_EVALUABLE", None, None if said_so else "TR-NOT-DONE-WITH-VALUE"
    if test in LENGTHS:
        try:
            size = read_size(text, unit)
        except ValueError:
            return NO_SIZE, "NOT_EVALUABLE", None, "TR-UNIT-UNKNOWN"
        if size is not None:
            return size, "MEASURED", None, None
    state = read_state(text)
    if state is None:
        return NO_SIZE, "NOT_EVALUABLE", None, "TR-WORD-UNKNOWN"
    return NO_SIZE, state, _lesion_name(merged_with(text)), None


def to_identified(tu: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """TU rows in our words: USUBJID SITEID READER LESION ROLE LOC TULOC (the site's own words) ADT VISIT KEY.

    A row without a date takes that of the same lesion's findings (of its visit, where it names one; else the earliest),
    or of any finding of that reader at that visit.
    """
    named = pd.DataFrame(
        {
            "USUBJID": tu["USUBJID"], "SITEID": tu["SITEID"], "READER": tu["READER"], "LESION": _named(tu["TULNKID"]),
            "ROLE": _by_word(tu["TUORRES"], read_role), "LOC": _by_word(tu["TULOC"], plain), "ADT": tu["ADT"],
            "TULOC": tu["TULOC"], "VISIT": tu["VISIT"], "KEY": "TU|" + tu["RECKEY"].astype(str),
        }
    ).reset_index(drop=True)  # fmt: skip
    person = ["USUBJID", "READER"]
    dated = findings[findings["ADT"].notna()]
    for by, only in (
        ([*person, "LESION", "VISIT"], named["VISIT"].notna()),
        ([*person, "VISIT"], named["VISIT"].notna()),
        ([*person, "LESION"], named["VISIT"].isna()),
    ):
        open_ = named["ADT"].isna() & only
        if open_.any():
            first = dated.dropna(subset=by).groupby(by)["ADT"].min().rename("FOUND").reset_index()
            filled = named[by].merge(first, on=by, how="left", validate="m:1")["FOUND"]
            named["ADT"] = named["ADT"].where(~open_, filled.to_numpy())
    return named


def derive_lesions(findings: pd.DataFrame, identified: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """One row a USUBJID, LINE, READER and LESION: SITEID ARMCD FIRSTDOSE ROLE ATBASE (seen at baseline) NODE PORTA
    HEPATIC EXTRAHEPATIC LOC TULOC VIABLE (has a viable diameter) FIRST (first date it was seen as new) CALLED (the role
    in the site's words) DOUBT (two roles on one day) AFTERNEXT (known only since the next line began).

    Its role is what the baseline says; a lesion called new that was there before this line's first dose is a
    non-target lesion of this line. findings: with PHASE, as `derive_phase` gives it.
    """
    placed = derive_phase(identified[identified["LESION"].notna()], windows)
    keys = [*KEYS, "LESION"]
    seen = findings[findings["LESION"].notna()]
    votes = pd.concat(
        [
            placed.assign(PRIO=placed["PHASE"].map(_BASE_FIRST)),
            seen.assign(ROLE=seen["GROUP"], PRIO=seen["PHASE"].map(_BASE_FIRST) + 1, LOC=None),
        ],
        ignore_index=True,
    )[[*keys, "SITEID", "ARMCD", "FIRSTDOSE", "ROLE", "PRIO", "ADT", "PHASE", "AFTERNEXT"]]
    after = votes["AFTERNEXT"].astype(bool)
    votes = votes.assign(AFTERNEXT=after, PRIO=votes["PRIO"] + _NEXT_LINE * after)
    # what was said of an earlier line counts only where the lesion is seen again on this one
    here = seen.loc[seen["PHASE"].isin(["BASE", "POST"]), keys].drop_duplicates()
    votes = votes.merge(here.assign(HERE=True), on=keys, how="left", validate="m:1")
    votes = votes[votes["PHASE"].ne("OLD") | votes["HERE"].eq(True)]
    order = pd.Categorical(votes["ROLE"], _ROLE_ORDER, ordered=True).codes
    votes = votes.assign(ORDER=np.where(order < 0, 9, order), SAID=votes["ROLE"].notna())
    # a word beats no word, baseline beats later, later days beat earlier ones; of one day target before non-target
    votes = votes.sort_values(
        [*keys, "SAID", "PRIO", "ADT", "ORDER"],
        ascending=[True] * 4 + [False, True, False, True],
        kind="stable",
    )
    only_after = votes.groupby(keys)["AFTERNEXT"].transform("all")
    first = votes.assign(AFTERNEXT=only_after).drop_duplicates(keys)
    same = votes[votes["SAID"]].merge(
        first[[*keys, "PRIO", "ADT"]], on=[*keys, "PRIO", "ADT"], validate="m:1"
    )
    doubt = same.groupby(keys)["ROLE"].nunique()
    base = seen.loc[seen["PHASE"] == "BASE", keys].drop_duplicates().assign(BASEROW=True)
    lesions = first.merge(base, on=keys, how="left", validate="1:1")
    lesions = lesions.merge(doubt.gt(1).rename("DOUBT").reset_index(), on=keys, how="left", validate="1:1")
    atbase = (
        lesions["PRIO"].isin([1, 2])
        | lesions["BASEROW"].eq(True)
        | (lesions["PRIO"].isin([3, 4]) & lesions["PHASE"].eq("NONE") & lesions["ROLE"].ne("NEW"))
    )
    role = lesions["ROLE"].where(~(lesions["ROLE"].eq("NEW") & atbase), "NON-TARGET")
    lesions = lesions.assign(
        CALLED=lesions["ROLE"], ROLE=role, ATBASE=atbase, DOUBT=lesions["DOUBT"].eq(True)
    )
    new = pd.concat(
        [placed.loc[placed["ROLE"] == "NEW", [*keys, "ADT", "PHASE"]], seen[[*keys, "ADT", "PHASE"]]]
    )
    new = new[new["PHASE"] == "POST"].groupby(keys)["ADT"].min().rename("FIRST").reset_index()
    lesions = lesions.merge(new, on=keys, how="left", validate="1:1")
    return _with_places(lesions, seen, identified).drop(
        columns=["PRIO", "ADT", "PHASE", "HERE", "ORDER", "SAID", "BASEROW"]
    )


def _with_places(lesions: pd.DataFrame, seen: pd.DataFrame, identified: pd.DataFrame) -> pd.DataFrame:
    person = ["USUBJID", "READER", "LESION"]
    told = identified[identified["LESION"].notna() & identified["LOC"].fillna("").ne("")]
    place = told.sort_values([*person, "ADT"], kind="stable").drop_duplicates(person)[
        [*person, "LOC", "TULOC"]
    ]
    lesions = lesions.merge(place, on=person, how="left", validate="m:1")
    words = lesions["LOC"].fillna("").astype(str)
    by_place = words.str.contains(r"LYMPH|NODE|NODAL|淋巴", regex=True)
    keys = [*KEYS, "LESION"]
    tests = seen.assign(
        S=seen["TEST"].eq("SAXIS"),
        L=seen["TEST"].isin(["LDIAM", "DIAMETER", "VDIAM"]),
        V=seen["TEST"].eq("VDIAM"),
    )
    has = tests.groupby(keys)[["S", "L", "V"]].any().reset_index()
    lesions = lesions.merge(has, on=keys, how="left", validate="1:1")
    short_only = lesions["S"].eq(True) & ~lesions["L"].eq(True)
    node = by_place | short_only
    hepatic = ~node & words.str.contains(r"LIVER|HEPAT|肝", regex=True)
    return lesions.assign(
        NODE=node,
        PORTA=node & words.str.contains(r"PORTA|HEPATIC HIL|肝门", regex=True),
        HEPATIC=hepatic,
        EXTRAHEPATIC=words.ne("") & ~hepatic,
        VIABLE=lesions["V"].eq(True),
        VEIN=words.str.contains(r"PORTAL VEIN|THROMB|门静脉", regex=True),
    ).drop(columns=["S", "L", "V"])


def derive_parts(findings: pd.DataFrame, lesions: pd.DataFrame) -> pd.DataFrame:
    """Add PART: the lesion as named; LESION becomes the baseline target it is a part of, or merged into.

    A row of a merged lesion (T01/T02) stands for its first lesion; the others get a row that says MERGED.
    """
    keys = [*KEYS, "LESION"]
    findings = findings.assign(PART=findings["LESION"])
    targets = lesions.loc[lesions["ATBASE"] & lesions["ROLE"].eq("TARGET"), keys]
    known = set(targets["LESION"])
    names = {name: _whole(name, known) for name in findings["LESION"].dropna().unique()}
    odd = {name: wholes for name, wholes in names.items() if wholes}
    if not odd:
        return findings
    is_target = pd.MultiIndex.from_frame(targets)
    at_base = pd.MultiIndex.from_frame(lesions.loc[lesions["ATBASE"], keys])
    rows = findings[findings["LESION"].isin(odd)]
    others = findings[~findings["LESION"].isin(odd)]
    made = []
    for row in rows.to_dict("records"):
        key = tuple(row[name] for name in KEYS)
        wholes = odd[row["LESION"]]
        if (*key, row["LESION"]) in at_base or not all((*key, whole) in is_target for whole in wholes):
            made.append(row)  # a lesion of its own
        elif len(wholes) == 1:
            made.append(row | {"LESION": wholes[0], "GROUP": "TARGET"})
        else:
            made.append(row | {"LESION": wholes[0], "PART": wholes[0], "GROUP": "TARGET"})
            made += [
                row | {"LESION": name, "PART": name, "GROUP": "TARGET", "TEST": "TUMSTATE", "SIZE": NO_SIZE,
                       "STATE": "MERGED", "WITH": wholes[0]}
                for name in wholes[1:]
            ]  # fmt: skip
    return pd.concat([others, pd.DataFrame(made, columns=findings.columns)], ignore_index=True).astype(
        {"SIZE": "int64", "ADT": "datetime64[ns]", "FIRSTDOSE": "datetime64[ns]", "AFTERNEXT": bool}
    )


def _whole(name: str, known: set[str]) -> tuple[str, ...]:
    """The baseline targets that this name may stand for: (T01,) for T01.1, T01-1 or T01A, (T01, T02) for T01/T02."""
    joined = tuple(part for part in re.split(r"\s*[/+&,]\s*", name) if part)
    if len(joined) > 1:
        return joined if set(joined) <= known else ()
    found = re.fullmatch(r"(.+?)(?:[.\-‐–_][A-Z0-9]{1,2}|(?<=\d)[A-Z])", name)
    return (found[1],) if found and found[1] in known else ()


def _by_word(texts: pd.Series, read: Any) -> pd.Series:
    """Each text read once; empty where it is empty."""
    words = {text: read(text) for text in texts.dropna().unique()}
    found = texts.map(words).astype(object)
    return found.where(found.notna(), None)


def _named(texts: pd.Series) -> pd.Series:
    return _by_word(texts, _lesion_name)


def _lesion_name(text: str | None) -> str | None:
    return " ".join(text.upper().split()) or None if text else None
