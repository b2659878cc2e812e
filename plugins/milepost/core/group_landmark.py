"""The study's question for each group of a report: responders against non-responders from the end of the window on.

Survival and progression-free survival from the landmark, in high and low baseline, from a later landmark, and with the
class as a covariate that changes over time; and the class held against disease control at the scheduled scan. All times
are study days of the line of entry (first dose = day 1), whatever day the endpoint counts from, because the window is.
Where the protocol counts the time of day, day 36 begins 35 days after first dose, and so does the time from it.
Source: clinical specification, section 6.8.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from milepost.core.landmark import NON_RESPONDER, RESPONDER, LandmarkAnalysis, analyse_landmark
from milepost.core.predictors import Foretelling
from milepost.core.time_dependent_cox import TimeDependent, compare_over_time
from milepost.protocol import AnalysisRules, Checkpoint

HIGH, LOW = "high", "low"
SCAN = "DCW"  # PARAMCD of disease control at the scheduled scan begins with it; the week follows


@dataclass(frozen=True, eq=False, slots=True)
class EndpointLandmark:
    """One endpoint: from the landmark (`main`, with bands of the baseline), from the later one, and over time."""

    endpoint: str
    main: LandmarkAnalysis
    later: LandmarkAnalysis | None
    over_time: TimeDependent


@dataclass(frozen=True, eq=False, slots=True)
class GroupLandmark:
    """One group of a report. `patients`: USUBJID STATE SINCE BAND CONTROLLED and for each endpoint `<code>:time`,
    `<code>:event`, sorted; the rows of every analysis are places in it."""

    group: str
    patients: pd.DataFrame
    endpoints: Mapping[str, EndpointLandmark]

    def subjects(self, analysis: LandmarkAnalysis, state: str | None = None) -> tuple[str, ...]:
        """The patients compared, all or those of one class."""
        chosen = self.patients.iloc[analysis.selection.rows]
        return tuple(chosen["USUBJID"] if state is None else chosen.loc[chosen["STATE"].eq(state), "USUBJID"])

    def foretelling(self, endpoint: str) -> Foretelling | None:
        """The class as a sign of disease control, among those compared by this endpoint; None where refused."""
        overall = self.endpoints[endpoint].main.overall
        return None if overall is None else overall.foretelling

    def controlled(self, endpoint: str, state: str, *, controlled: bool) -> tuple[str, ...]:
        """The patients of one cell of the table of class and disease control."""
        chosen = self.patients.iloc[self.endpoints[endpoint].main.selection.rows]
        own = chosen["STATE"].eq(state) & chosen["CONTROLLED"].eq(float(controlled))
        return tuple(chosen.loc[own, "USUBJID"])


def derive_landmark_patients(
    verdicts: pd.DataFrame,
    adtte: pd.DataFrame,
    adrs: pd.DataFrame,
    rule: Checkpoint,
    endpoints: Collection[str],
) -> pd.DataFrame:
    """One row a treated patient, in order of USUBJID, with what `estimate_landmark` needs.

    verdicts, adtte and adrs: rows of one line a patient, of this checkpoint and of the primary reader and criteria.
    STATE: the class or why there is none; SINCE: study day of the sample that decided; BAND: high or low baseline;
    CONTROLLED: 1, 0 or empty at the scheduled scan; `<endpoint>:time` in study days, `<endpoint>:event` 1, 0 or empty.
    """
    own = verdicts[verdicts["CHECKPOINT"].eq(rule.id) & verdicts["FIRSTDOSE"].notna()].sort_values("USUBJID")
    high = own["HIGH"].map({True: HIGH, False: LOW})
    patients = own[["USUBJID", "STATE", "FIRSTDOSE"]].assign(
        SINCE=pd.to_numeric(own["ADY"]).astype("Float64").to_numpy(float, na_value=np.nan),
        BAND=high.where(high.notna(), None) if rule.high_baseline is not None else None,
    )
    scan = adrs[adrs["PARAMCD"].str.startswith(SCAN)].drop_duplicates("USUBJID").set_index("USUBJID")
    patients = patients.assign(
        CONTROLLED=patients["USUBJID"].map(scan["AVALC"]).map({"Y": 1.0, "N": 0.0}).astype(float)
    )
    for endpoint in endpoints:
        rows = adtte[adtte["PARAMCD"].eq(endpoint)].set_index("USUBJID")
        started = pd.to_datetime(patients["USUBJID"].map(rows["STARTDT"]))
        length = pd.to_numeric(patients["USUBJID"].map(rows["AVAL"])).to_numpy(float, na_value=np.nan)
        censored = pd.to_numeric(patients["USUBJID"].map(rows["CNSR"])).to_numpy(float, na_value=np.nan)
        days = (started - patients["FIRSTDOSE"]).dt.days + length
        patients = patients.assign(**{
            # who ended before the first dose (randomised, never followed) had no day at risk after it
            f"{endpoint}:time": days.clip(lower=0).to_numpy(float, na_value=np.nan),
            f"{endpoint}:event": np.where(np.isnan(censored), np.nan, censored == 0),
        })  # fmt: skip
    return patients.drop(columns="FIRSTDOSE").reset_index(drop=True)


def estimate_landmark(
    group: str,
    patients: pd.DataFrame,
    rule: Checkpoint,
    rules: AnalysisRules,
    endpoints: Collection[str],
    *,
    level: float = 0.95,
) -> GroupLandmark:
    """Every analysis of one group. patients: its rows of `derive_landmark_patients`."""
    patients = patients.reset_index(drop=True)
    made = {}
    for endpoint in endpoints:
        time, event = patients[f"{endpoint}:time"], patients[f"{endpoint}:event"]
        main = _analyse(
            patients, time, event, rule, rule.window[1], level, bands=rule.high_baseline is not None
        )
        later = None
        if rules.landmark_later_days:
            day = rule.window[1] + rules.landmark_later_days
            later = _analyse(patients, time, event, rule, day, level, bands=False)
        since = patients["SINCE"].where(patients["STATE"].eq(RESPONDER))
        made[endpoint] = EndpointLandmark(
            endpoint, main, later, compare_over_time(time, event, since, name=RESPONDER, level=level)
        )
    return GroupLandmark(group, patients, made)


def _analyse(
    patients: pd.DataFrame,
    time: pd.Series,
    event: pd.Series,
    rule: Checkpoint,
    landmark: int,
    level: float,
    *,
    bands: bool,
) -> LandmarkAnalysis:
    return analyse_landmark(
        patients["USUBJID"], patients["STATE"], time, event, landmark=landmark, known_by=rule.window[1],
        comparison=RESPONDER, reference=NON_RESPONDER, known_on=patients["SINCE"],
        outcome=patients["CONTROLLED"], level=level,
        **({"band": patients["BAND"].to_numpy(object), "bands": (HIGH, LOW)} if bands else {}),
    )  # fmt: skip
