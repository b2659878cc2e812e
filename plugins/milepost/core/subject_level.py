"""ADSL: one row a subject, from the line of therapy it was enrolled for.

Who died, and when, is told as in the times to event: an incomplete date of death is imputed in the same way. Nobody is
on treatment after death; who withdrew or was lost takes no study drug that we know of, whether or not the last dose has
an end. Source: clinical specification, sections 3.3, 6.5 and 7.2; variable names as in CDISC ADaM.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from milepost.core.follow_up import derive_deaths, select_undated_deaths
from milepost.protocol import StudyProtocol

SUBJECT_COLUMNS = (
    "USUBJID", "SUBJID", "SITEID", "AGE", "SEX", "RACE", "ETHNIC", "COUNTRY", "ARMCD", "ACTARMCD", "TRT01P",
    "TRT01A", "LINE", "NLINES", "RFICDT", "TRTSDT", "TRTEDT", "TRTDURD", "ONTRTFL", "SCRFFL", "SAFFL", "FASFL",
    "EOTSTT", "EOSSTT", "EOSDT", "DTHFL", "DTHDT", "DTHDTF", "LSTALVDT", "LSTALVSRC", "HBVFL", "CPCLASSBL",
    "ECOGBL", "ALBIBL", "ALBIGRBL", "CPSCOREBL", "RDI", "CUMDOSE", "STARTDOSE", "DATAERR",
)  # fmt: skip
NO_DATE, IMPUTED = "DM-DEATH-NO-DATE", "PARTIAL_DEATH"
_BASELINE_SCORES = {"ALBI": "ALBIBL", "ALBIGR": "ALBIGRBL", "CPSCORE": "CPSCOREBL"}


def derive_subjects(
    dm: pd.DataFrame,
    lines: pd.DataFrame,
    exposure: pd.DataFrame,
    alive: pd.DataFrame,
    scores: pd.DataFrame,
    rs: pd.DataFrame,
    *,
    protocol: StudyProtocol,
    as_of: dt.date,
    ds: pd.DataFrame,
    ss: pd.DataFrame,
) -> pd.DataFrame:
    """One row for each subject known by `as_of`, SUBJECT_COLUMNS.

    lines: as of the cut-off (`core.cut_off`). SAFFL: Y where at least one dose was taken. FASFL: Y where treated, or
    assigned an arm. TRTSDT to RDI and the baseline scores are those of the first line treated in the study. EOTSTT:
    ONGOING, or DISCONTINUED also by death, withdrawal and loss (ONTRTFL is N then); EOSSTT: ONGOING, DIED, WITHDREW,
    LOST or SCREEN FAILURE. DTHDT: as `derive_deaths` imputes it, by the cut-off; DTHDTF: what of it was imputed.
    DATAERR: the line's problem, or that a death has no date (DTHFL is Y then, DTHDT empty). ds, ss: records that tell
    a death.
    """
    first = lines.sort_values(["USUBJID", "LINE"]).drop_duplicates("USUBJID")
    people = _demographics(dm)
    subjects = first.merge(people, on="USUBJID", how="left", validate="1:1", suffixes=("", "_DM"))
    subjects = _with_deaths(subjects, dm, ds, ss, alive, as_of)
    counted = lines[lines["FIRSTDOSE"].notna()].groupby("USUBJID").size()
    treated = subjects["FIRSTDOSE"].notna()
    known_arms = {arm.code: arm.label for arm in protocol.arms}
    subjects = subjects.assign(
        NLINES=subjects["USUBJID"].map(counted).fillna(0).astype(int),
        TRTSDT=subjects["FIRSTDOSE"],
        ONTRTFL=_flag(subjects["ONGOING"] & treated & ~_has_left(subjects)),
        SCRFFL=_flag(subjects["SCREENFAIL"]), SAFFL=_flag(treated),
        FASFL=_flag(treated | subjects["ARMCD"].isin(known_arms)),
        TRT01P=subjects["PLANNED"].map(known_arms), TRT01A=subjects["ARMCD"].map(known_arms),
        DTHFL=_flag(subjects["DIED"]), EOTSTT=_end_of_treatment(subjects),
        DATAERR=_contradiction(subjects),
    )  # fmt: skip
    subjects = _with_end_of_study(subjects)
    subjects = _joined(
        subjects, exposure, ["USUBJID", "LINE"], ("TRTEDT", "TRTDURD", "RDI", "CUMDOSE", "STARTDOSE")
    )
    subjects = _joined(subjects, alive, ["USUBJID"], ("LSTALVDT", "LSTALVSRC"))
    subjects = subjects.merge(_baseline_scores(scores), on=["USUBJID", "LINE"], how="left", validate="1:1")
    ecog = _baseline_ecog(rs, first)
    subjects = subjects.assign(ECOGBL=subjects["USUBJID"].map(ecog))
    whole = subjects.reindex(columns=list(SUBJECT_COLUMNS)).sort_values("USUBJID", ignore_index=True)
    return whole.astype({name: object for name in whole if whole[name].dtype == "float64" and name != "AGE"})


def _demographics(dm: pd.DataFrame) -> pd.DataFrame:
    """The newest demographics of each subject."""
    order = ["KNOWN_FROM", "DELIVERY", "SRCLINE", "RECKEY", "OCCURRENCE"]
    newest = dm.sort_values(order, kind="stable").drop_duplicates("USUBJID", keep="last")
    return pd.DataFrame(
        {
            "USUBJID": newest["USUBJID"], "SUBJID": newest["SUBJID"], "AGE": newest["AGE"], "SEX": newest["SEX"],
            "RACE": newest["RACE"], "ETHNIC": newest["ETHNIC"], "COUNTRY": newest["COUNTRY"],
            "PLANNED": newest["ARMCD"], "ACTARMCD": newest["ACTARMCD"], "RFICDT": newest["ADT"],
            "HBVFL": newest["DMHBV"], "CPCLASSBL": newest["DMCPUGH"],
        }
    )  # fmt: skip


def _with_deaths(
    subjects: pd.DataFrame,
    dm: pd.DataFrame,
    ds: pd.DataFrame,
    ss: pd.DataFrame,
    alive: pd.DataFrame,
    as_of: dt.date,
) -> pd.DataFrame:
    """Add DTHDT and DTHDTF of deaths by the cut-off, UNDATED (dead, nobody says since when) and DIED."""
    deaths = derive_deaths(dm, ds, ss, alive)
    deaths = deaths.loc[deaths["DTHDT"] <= pd.Timestamp(as_of), ["USUBJID", "DTHDT", "DTHDTF"]]
    subjects = subjects.merge(deaths, on="USUBJID", how="left", validate="1:1")
    undated = subjects["USUBJID"].isin(select_undated_deaths(dm, ds, ss))
    flag = subjects["DTHDTF"].astype(object)
    return subjects.assign(
        DTHDTF=flag.where(flag.notna(), None), UNDATED=undated, DIED=subjects["DTHDT"].notna() | undated
    )


def _contradiction(subjects: pd.DataFrame) -> pd.Series:
    # an incomplete date of death is imputed and flagged: it contradicts nothing
    problem = subjects["PROBLEM"].where(subjects["PROBLEM"].ne(IMPUTED), None)
    return problem.where(problem.notna() | ~subjects["UNDATED"], NO_DATE)


def _has_left(subjects: pd.DataFrame) -> pd.Series:
    """Whether death, withdrawal or loss ended whatever treatment there was."""
    return subjects["DIED"] | subjects["WITHDREW"].notna() | subjects["LOST"].notna()


def _flag(condition: pd.Series) -> pd.Series:
    return condition.astype(bool).map({True: "Y", False: "N"})


def _end_of_treatment(subjects: pd.DataFrame) -> pd.Series:
    # a dose with an end and no permanent stop is a pause or a missing form: nobody has said that it is over
    over = _has_left(subjects) | subjects["DISCONTINUED"].notna()
    state = over.map({True: "DISCONTINUED", False: "ONGOING"}).astype(object)
    return state.where(subjects["FIRSTDOSE"].notna(), None)


def _with_end_of_study(subjects: pd.DataFrame) -> pd.DataFrame:
    state = pd.Series("ONGOING", index=subjects.index, dtype=object)
    day = pd.Series(pd.NaT, index=subjects.index, dtype="datetime64[ns]")
    state = state.mask(subjects["SCREENFAIL"].astype(bool), "SCREEN FAILURE")
    for ended, words, name in (
        (subjects["LOST"].notna(), "LOST", "LOST"), (subjects["WITHDREW"].notna(), "WITHDREW", "WITHDREW"),
        (subjects["DIED"], "DIED", "DTHDT"),
    ):  # fmt: skip
        state, day = state.mask(ended, words), day.mask(ended, subjects[name])
    return subjects.assign(EOSSTT=state, EOSDT=day)


def _joined(
    subjects: pd.DataFrame, other: pd.DataFrame, on: list[str], names: tuple[str, ...]
) -> pd.DataFrame:
    present = [name for name in names if name in other]
    return subjects.merge(other[[*on, *present]], on=on, how="left", validate="1:1")


def _baseline_scores(scores: pd.DataFrame) -> pd.DataFrame:
    keys = ["USUBJID", "LINE"]
    base = scores[scores["ABLFL"].eq("Y") & scores["PARAMCD"].isin(_BASELINE_SCORES)]
    wide = base.drop_duplicates([*keys, "PARAMCD"]).pivot(index=keys, columns="PARAMCD", values="AVAL")
    wide = wide.reindex(columns=list(_BASELINE_SCORES)).rename(columns=_BASELINE_SCORES)
    return wide.reset_index()


def _baseline_ecog(rs: pd.DataFrame, first: pd.DataFrame) -> pd.Series:
    """The last ECOG on or before first dose, by subject."""
    ecog = rs[rs["RSTESTCD"].eq("ECOG") & rs["ADT"].notna() & rs["RSORRES"].notna()]
    dated = ecog.merge(first[["USUBJID", "FIRSTDOSE"]], on="USUBJID", how="inner", validate="m:1")
    before = dated[dated["ADT"] <= dated["FIRSTDOSE"]].sort_values(["USUBJID", "ADT", "KNOWN_FROM", "RECKEY"])
    return before.drop_duplicates("USUBJID", keep="last").set_index("USUBJID")["RSORRES"]
