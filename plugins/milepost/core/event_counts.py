"""Adverse events counted for tables: patients, once each at their worst grade, never events in place of patients.

Source: clinical specification, section 7.2 ("AE counting") and trap 26: a subject counts once per preferred term at
the worst grade; a missing grade is shown apart and is never 0; what began before the first dose is left out; the
denominator is the safety set, everybody with at least one dose.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from milepost.core.interest_groups import term_key

LEVELS = ("ANY", "SOC", "TERM")
# column -> what a treatment-emergent event must be to count in it
KINDS = ("SUBJECTS", "G3PLUS", "RELATED", "RELATEDG3", "RELATIONMISSING", "SERIOUS", "RELATEDSERIOUS", "FATAL", "STOP",
         "REDUCE", "INTERRUPT", "G3OPEN", "RELATEDOPEN", "SERIOUSOPEN")  # fmt: skip
GRADES = ("G1", "G2", "G3", "G4", "G5", "GMISSING")
# what is said of an event itself; the other kinds follow from these, patient by patient
_SAID = ("G3PLUS", "RELATED", "RELATEDG3", "SERIOUS", "RELATEDSERIOUS", "FATAL", "STOP", "REDUCE", "INTERRUPT",
         "RELATIONSAID", "NOGRADE", "NORELATION", "NOTSAID")  # fmt: skip
_KEYS: dict[str, list[str]] = {"ANY": [], "SOC": ["SOC"], "TERM": ["TERM"]}
SEVERE = 3  # CTCAE: grade 3 is "severe", a word of the criteria and no limit of a study


def select_safety_set(lines: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """The lines with at least one dose by the cut-off: the denominators of safety."""
    return lines[(lines["FIRSTDOSE"] <= pd.Timestamp(as_of)).to_numpy(bool)].reset_index(drop=True)


def summarise_adverse_events(
    adae: pd.DataFrame, lines: pd.DataFrame, *, as_of: dt.date, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Treatment-emergent events: for each group of patients one row in all (LEVEL ANY), one a system organ class (SOC),
    one a preferred term (TERM).

    by: columns of both frames that part the patients (ARMCD, LINE, SITEID); without any, a patient treated in two lines
    counts once. Columns: `by`, LEVEL, AEBODSYS, ATERM, N (patients with a dose), SUBJECTS (with such an event), EVENTS
    (rows), G1 … G5 (patients by their worst grade; they and GMISSING add up to SUBJECTS), GMISSING (patients none of
    whose events has a grade), G3PLUS, RELATED, RELATEDG3, RELATIONMISSING (relation of no event is said), SERIOUS,
    RELATEDSERIOUS, FATAL, STOP, REDUCE, INTERRUPT (patients with at least one event of that kind); G3OPEN (none of
    grade 3 or more, but one whose grade is missing), RELATEDOPEN, SERIOUSOPEN (none related, none serious, but one of
    which it is not said). Terms and classes that differ in case, width or British and American spelling are one, shown
    in the commonest spelling. Sorted: ANY, then classes and terms, commonest first.
    """
    told = select_patients_with_events(adae, lines, as_of=as_of, by=by)
    treated = select_safety_set(lines, as_of=as_of)
    parts = [_count(told[told["LEVEL"] == level], treated, list(by), level) for level in LEVELS]
    counts = pd.concat(parts, ignore_index=True)
    order = [*by, "RANK", "SUBJECTS", "EVENTS", "AEBODSYS", "ATERM"]
    counts = counts.assign(RANK=counts["LEVEL"].map(LEVELS.index))
    counts = counts.sort_values(
        order, ascending=[*[True] * len(by), True, False, False, True, True], kind="stable"
    )
    columns = [*by, "LEVEL", "AEBODSYS", "ATERM", "N", "SUBJECTS", "EVENTS", *GRADES, *KINDS[1:]]
    return counts[columns].reset_index(drop=True)


def select_patients_with_events(
    adae: pd.DataFrame, lines: pd.DataFrame, *, as_of: dt.date, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Who is counted in `summarise_adverse_events`: one row a patient in all, a patient and class, a patient and term.

    Columns: `by`, LEVEL, AEBODSYS, ATERM (as shown), SOC, TERM (as compared), USUBJID, EVENTS (rows), and 1 or 0 under
    each of GRADES and KINDS. Sorted by level, class, term and patient.
    """
    events = _counted_events(adae)
    treated = select_safety_set(lines, as_of=as_of)
    told = pd.concat(
        [_by_patient(events, treated, [*by, *keys]).assign(LEVEL=level) for level, keys in _KEYS.items()],
        ignore_index=True,
    )
    classes, terms = _spelling(events, "SOC", "AEBODSYS"), _spelling(events, "TERM", "ATERM")
    # a term is counted once, whatever classes its rows name; it is shown below the commonest of them
    of_term = _spelling(events, "TERM", "AEBODSYS")
    named = told["SOC"].map(classes).where(told["LEVEL"] == "SOC", told["TERM"].map(of_term))
    told = told.assign(AEBODSYS=_or_none(named), ATERM=_or_none(told["TERM"].map(terms)))
    return told[[*by, "LEVEL", "AEBODSYS", "ATERM", "SOC", "TERM", "USUBJID", "EVENTS", *GRADES, *KINDS]]


def select_patients_of_interest(adae: pd.DataFrame, lines: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """One row a patient and group of special interest with an event of that group: AESI (id of the group), USUBJID,
    EVENTS, and 1 or 0 under each of GRADES and KINDS, as in `select_patients_with_events`."""
    events = _counted_events(adae).explode("AESI", ignore_index=True)
    of_groups = events[events["AESI"].notna()]
    told = _by_patient(of_groups, select_safety_set(lines, as_of=as_of), ["AESI"])
    return told[["AESI", "USUBJID", "EVENTS", *GRADES, *KINDS]]


def _counted_events(adae: pd.DataFrame) -> pd.DataFrame:
    """The treatment-emergent rows with one yes-or-no column a kind, and the keys they are counted by."""
    events = adae[adae["TRTEMFL"].eq("Y").to_numpy(bool)].reset_index(drop=True)
    grade = events["ATOXGRN"]
    severe = grade.ge(SEVERE).fillna(False).astype(bool)
    related, serious = events["AREL"].eq("Y"), events["AESERFL"].eq("Y")
    did = {
        action: events["AACN"].map(lambda done, action=action: action in done).astype(bool)
        for action in ("STOP", "REDUCE", "INTERRUPT")
    }
    return events.assign(
        SOC=_keys(events["AEBODSYS"]), TERM=_keys(events["ATERM"]), GRADE=grade.fillna(0).astype(int), G3PLUS=severe,
        RELATED=related, RELATEDG3=related & severe, SERIOUS=serious, RELATEDSERIOUS=related & serious,
        FATAL=events["AFATAL"].eq("Y"), **did, RELATIONSAID=events["AREL"].notna(), NOGRADE=grade.isna().astype(bool),
        NORELATION=events["AREL"].isna(), NOTSAID=events["AESERFL"].isna(),
    )  # fmt: skip


def _keys(texts: pd.Series) -> pd.Series:
    keys = {text: term_key(text) for text in texts.dropna().unique()}
    return texts.map(keys).fillna("").astype(object)


def _by_patient(events: pd.DataFrame, treated: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row a patient with a dose and key: the worst grade, and which kinds of events there are."""
    known = treated[["USUBJID", "LINE"]].drop_duplicates()
    of_treated = events.merge(
        known.astype({"LINE": "Int64"}), on=["USUBJID", "LINE"], how="inner", validate="m:1"
    )
    people = of_treated.groupby([*keys, "USUBJID"], sort=True, dropna=False)
    told = people[["GRADE", *_SAID]].max().assign(EVENTS=people.size()).reset_index()
    flags = told[list(_SAID)].astype(bool)
    told = told.assign(
        SUBJECTS=True, **{name: flags[name] for name in _SAID}, RELATIONMISSING=~flags["RELATIONSAID"],
        G3OPEN=flags["NOGRADE"] & ~flags["G3PLUS"], RELATEDOPEN=flags["NORELATION"] & ~flags["RELATED"],
        SERIOUSOPEN=flags["NOTSAID"] & ~flags["SERIOUS"],
        **{name: told["GRADE"].eq(number) for number, name in enumerate(GRADES[:5], start=1)},
        GMISSING=told["GRADE"].eq(0),
    )  # fmt: skip
    missing = {name: None for name in ("SOC", "TERM") if name not in keys}
    return told.astype(dict.fromkeys([*KINDS, *GRADES], int)).assign(**missing)


def _count(told: pd.DataFrame, treated: pd.DataFrame, by: list[str], level: str) -> pd.DataFrame:
    """One row a group (and key): N and the patients of each kind."""
    summed = [*KINDS, *GRADES, "EVENTS"]
    patients = _patients(treated, by)
    keys = [*_KEYS[level], "AEBODSYS", "ATERM"] if _KEYS[level] else []
    if by or keys:
        groups = told.groupby([*by, *keys], sort=True, dropna=False)[summed].sum().reset_index()
    else:
        groups = told[summed].sum().to_frame().T
    if not keys and by:
        # a group without any event has a row of noughts
        groups = patients.merge(groups, on=by, how="left", validate="1:1")
    elif by:
        groups = groups.merge(patients, on=by, how="left", validate="m:1")
    else:
        groups = groups.assign(N=int(patients["N"].iloc[0]))
    groups[[*summed, "N"]] = groups[[*summed, "N"]].fillna(0).astype(int)
    missing = {name: None for name in ("AEBODSYS", "ATERM") if name not in keys}
    texts = {name: _or_none(groups[name]) for name in ("AEBODSYS", "ATERM") if name in keys}
    return groups.assign(LEVEL=level, **missing, **texts)


def _patients(treated: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """N: patients with a dose, of each group."""
    if not by:
        return pd.DataFrame({"N": [treated["USUBJID"].nunique()]})
    return treated.groupby(by, sort=True, dropna=False)["USUBJID"].nunique().rename("N").reset_index()


def _spelling(events: pd.DataFrame, key: str, shown: str) -> dict[str, str]:
    """Of each key the commonest spelling; of two as common the first in alphabetical order."""
    told = events[events[shown].notna()].groupby([key, shown], sort=True).size().rename("n").reset_index()
    told = told.sort_values(["n", shown], ascending=[False, True], kind="stable").drop_duplicates(key)
    return dict(zip(told[key], told[shown], strict=True))


def _or_none(texts: pd.Series) -> pd.Series:
    return texts.astype(object).where(texts.notna(), None)
