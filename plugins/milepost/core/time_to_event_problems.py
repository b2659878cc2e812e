"""Times to event that cannot be: what the data contradict, what the sites are asked, and checks of the finished rows.

Source: clinical specification sections 6.4 to 6.6 (assert PFS <= OS, start <= end, a PFS event is a PD or the death).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from milepost.core.new_therapy import select_partly_dated_therapies, select_undated_therapies
from milepost.core.problems import to_problems
from milepost.errors import DataProblem

PROBLEMS = {
    "DM-DEATH-BEFORE-START": "The date of death lies before the first dose (or the randomisation). Please check both.",
    "DM-DEATH-NO-DATE": "A death is recorded without any date. Please send the date, at least its month.",
    "EX-LINE-ORDER": "A later line of therapy starts before an earlier one, or on the same day. Please check the dates "
    "of first dose and the lines they belong to.",
    "SS-ALIVE-AFTER-DEATH": "A contact reports the patient alive after the date of death. Please check both dates.",
    "RS-AFTER-DEATH": "A tumour assessment is dated after the patient's death. Please check both dates.",
    "DS-NO-RANDOMISATION": "No date of randomisation is recorded, from which survival counts. Please send it.",
    "DS-RANDOMISED-AFTER-DOSE": "The date of randomisation lies after the first dose. Please check both dates.",
    "DM-DEATH-PARTIAL": "The date of death is incomplete; its day was imputed. Please send the whole date.",
    "DM-DEATH-BY-CONTACT": "A contact reports the patient dead, and no date of death is recorded; the day of the "
    "contact stands for it. Please send the date of death.",
    "CM-THERAPY-DATE-COMPLETE": "The start of another anticancer therapy is incomplete, so it may have begun before or "
    "after first dose; scans after the first day it may mean do not count for the study drug. Please send the whole "
    "date, and the date of its end.",
    "CM-THERAPY-NO-DATE": "Another anticancer therapy has no date. Whether it began after first dose decides how "
    "progression-free survival counts. Please send the date.",
}


def derive_contradictions(people: pd.DataFrame, timepoints: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """What makes the times of a line impossible: USUBJID, LINE, WRONG (any of them), SCANSWRONG (all but OS).

    A partial date of death contradicts only what lies after the last day it may mean.
    """
    seen = timepoints[timepoints["ADT"] <= pd.Timestamp(as_of)]
    last_scan = people["USUBJID"].map(seen.groupby("USUBJID")["ADT"].max())
    lines = people.sort_values(["USUBJID", "LINE"])
    before = lines.groupby("USUBJID")["FIRSTDOSE"].shift()
    disordered = lines.loc[lines["FIRSTDOSE"] <= before, "USUBJID"]
    checks = (
        (people["LATESTDEATH"] < people["START"], "DM-DEATH-BEFORE-START"),
        (people["UNDATED"], "DM-DEATH-NO-DATE"),
        (people["USUBJID"].isin(disordered), "EX-LINE-ORDER"),
        (people["ALIVEAFTER"].notna(), "SS-ALIVE-AFTER-DEATH"),
        (people["START"] > people["FIRSTDOSE"], "DS-RANDOMISED-AFTER-DOSE"),
    )
    wrong = np.full(len(people), None, dtype=object)
    for holds, rule in reversed(checks):
        wrong = np.where(holds.to_numpy(bool), rule, wrong)
    scans = (last_scan > people["LATESTDEATH"]).map({True: "RS-AFTER-DEATH", False: None})
    return people[["USUBJID", "LINE"]].assign(
        WRONG=pd.Series(wrong, index=people.index, dtype=object),
        SCANSWRONG=scans.astype(object),
    )


def derive_time_to_event_problems(
    people: pd.DataFrame, adtte: pd.DataFrame, therapies: pd.DataFrame, *, as_of: dt.date
) -> pd.DataFrame:
    """What is asked of the sites: each contradiction once a line, deaths and therapies without a whole date.

    A time point that contradicts itself is asked about with the tumour response.
    """
    wrong = adtte.loc[adtte["DATAERR"].isin(PROBLEMS), ["USUBJID", "SITEID", "LINE", "DATAERR"]]
    wrong = wrong.drop_duplicates()
    asked = [(*row, None, "critical") for row in wrong.itertuples(index=False, name=None)]
    first = people.sort_values("LINE").drop_duplicates("USUBJID")
    undated = select_undated_therapies(people, therapies)["USUBJID"]
    for holds, rule in (
        (first["ADTF"].isin(["D", "M"]), "DM-DEATH-PARTIAL"),
        (first["ADTF"].eq("Y"), "DM-DEATH-BY-CONTACT"),
        (first["USUBJID"].isin(undated), "CM-THERAPY-NO-DATE"),
    ):
        of_people = first.loc[holds, ["USUBJID", "SITEID", "LINE"]].itertuples(index=False, name=None)
        asked += [(*row, rule, None, "warning") for row in of_people]
    partly = select_partly_dated_therapies(people, therapies, as_of=as_of)
    partly = partly.merge(
        people[["USUBJID", "SITEID", "LINE"]], on=["USUBJID", "LINE"], how="left", validate="m:1"
    )
    for row in partly.itertuples(index=False):
        asked.append((row.USUBJID, row.SITEID, row.LINE, "CM-THERAPY-DATE-COMPLETE", row.RECKEY, "warning"))
    return to_problems(
        {
            "USUBJID": subject, "SITEID": site, "LINE": line, "DOMAIN": rule.split("-")[0], "RECKEY": key,
            "RULE": rule, "SEVERITY": severity, "QUESTION": PROBLEMS[rule],
        }
        for subject, site, line, rule, key, severity in asked
    )  # fmt: skip


def check_starts_before_ends(adtte: pd.DataFrame) -> None:
    """Raise DataProblem unless every time starts on or before its end (so that AVAL is at least 1)."""
    _refuse(adtte[adtte["ADT"] < adtte["STARTDT"]], "start on or before its end")


def check_progression_before_survival(adtte: pd.DataFrame) -> None:
    """Raise DataProblem unless every progression-free survival is at most the overall survival of its line."""
    survival = adtte.loc[adtte["PARAMCD"].eq("OS"), ["USUBJID", "LINE", "AVAL"]].rename(
        columns={"AVAL": "OS"}
    )
    progression = adtte[adtte["PARAMCD"].isin(["PFS", "PFSFDA", "PFSEMA"])]
    both = progression.merge(survival, on=["USUBJID", "LINE"], how="left", validate="m:1")
    _refuse(both[(both["AVAL"] > both["OS"]).fillna(False).to_numpy(bool)], "be at most the overall survival")


def check_progression_events(adtte: pd.DataFrame, adrs: pd.DataFrame) -> None:
    """Raise DataProblem unless each PFS event is dated on the progression in ADRS or on the death in OS."""
    keys = ["USUBJID", "LINE", "PARCAT2", "PARCAT3"]
    events = adtte[adtte["PARAMCD"].isin(["PFS", "PFSFDA", "PFSEMA"]) & adtte["CNSR"].eq(0).fillna(False)]
    events = events[~events["SRCDOM"].eq("DS")]  # a stop without a scan, where the protocol counts it
    died = adtte[adtte["PARAMCD"].eq("OS") & adtte["CNSR"].eq(0).fillna(False)]
    died = died[["USUBJID", "LINE", "ADT"]].rename(columns={"ADT": "DIED"})
    seen = adrs.loc[adrs["PARAMCD"].eq("PD"), [*keys, "ADT"]].rename(columns={"ADT": "SEEN"})
    both = events.merge(died, on=["USUBJID", "LINE"], how="left", validate="m:1")
    both = both.merge(seen, on=keys, how="left", validate="m:1")
    _refuse(
        both[~(both["ADT"].eq(both["DIED"]) | both["ADT"].eq(both["SEEN"]))],
        "end on a progression or the death",
    )


def check_control_covers_response(adrs: pd.DataFrame) -> None:
    """Raise DataProblem unless whoever responded also had disease control."""
    for response, control in (("RSP", "CB"), ("CRSP", "CCB")):
        keys = ["USUBJID", "LINE", "PARCAT2", "PARCAT3"]
        answers = [
            adrs.loc[adrs["PARAMCD"].eq(code), [*keys, "AVALC"]].rename(columns={"AVALC": code})
            for code in (response, control)
        ]
        both = answers[0].merge(answers[1], on=keys, how="left", validate="1:1")
        _refuse(
            both[both[response].eq("Y") & ~both[control].eq("Y")], f"have {control} where it has {response}"
        )


def _refuse(rows: pd.DataFrame, must: str) -> None:
    if len(rows):
        raise DataProblem(
            f"{len(rows)} rows break a rule that always holds: each must {must}. This is a fault of the derivation or "
            "of frames that do not belong together; take all of them from one cut-off."
        )
