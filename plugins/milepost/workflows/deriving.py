"""The derived frames of some or all patients, as known at an instant and up to a cut-off.

Each frame is made when it is asked for, from records read once. Nothing is kept: the same question gives the same
answer whenever it is asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property

import pandas as pd

from milepost.core.adverse_events import AdverseEvents, derive_adverse_events
from milepost.core.best_response import (
    derive_best_response,
    derive_response_problems,
    to_response_rows,
)
from milepost.core.cut_off import select_lines_by
from milepost.core.exposure import Exposure, derive_exposure
from milepost.core.follow_up import derive_last_known_alive
from milepost.core.lab_toxicity import LabToxicity, derive_lab_toxicity
from milepost.core.liver_safety import LiverSafety, derive_liver_safety
from milepost.core.liver_scores import LiverScores, derive_liver_scores
from milepost.core.populations import derive_lines, select_therapies
from milepost.core.problems import join_problems
from milepost.core.safety_signals import to_signals
from milepost.core.subject_level import derive_subjects
from milepost.core.time_to_event import TimeToEvent, derive_time_to_event
from milepost.core.tumour_marker import select_marker_results
from milepost.core.tumour_response import TumourResponse, derive_tumour_response
from milepost.protocol import Study
from milepost.store.store import Store

EVIDENCE = ("DM", "VS", "LB", "EX", "AE", "RS", "TU", "TR", "SS", "PR", "CM", "DS", "FA")


class Derivations:
    """One question to the record: which patients (all, if None), up to which day, with what was known when."""

    def __init__(
        self,
        study: Study,
        store: Store,
        *,
        as_of: dt.date,
        known_at: dt.datetime,
        patients: Sequence[str] | None = None,
    ) -> None:
        self.study, self.store = study, store
        self.as_of, self.known_at, self.patients = as_of, known_at, patients
        self._known: dict[str, pd.DataFrame] = {}

    def known(self, domain: str) -> pd.DataFrame:
        """The records of a domain, read once. Later dates are among them: each rule knows what it may see."""
        if domain not in self._known:
            self._known[domain] = self.store.known(domain, known_at=self.known_at, patients=self.patients)
        return self._known[domain]

    @cached_property
    def every_line(self) -> pd.DataFrame:
        """Lines of therapy, those begun after the cut-off among them."""
        known = self.known
        return derive_lines(known("DM"), known("EX"), known("DS"), known("SS"), self.study.protocol)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Lines of therapy begun by the cut-off."""
        return select_lines_by(self.every_line, self.as_of)

    @cached_property
    def therapies(self) -> pd.DataFrame:
        """Anticancer therapy other than the study drug."""
        return select_therapies(self.known("CM"), self.known("PR"), self.study.protocol)

    @cached_property
    def tumour(self) -> TumourResponse:
        """Time points, baselines, lesions (ADTR), and where the site's own response differs."""
        known, marker = self.known, self.study.protocol.response.marker
        return derive_tumour_response(
            known("TU"), known("TR"), known("RS"), self.lines, protocol=self.study.protocol, as_of=self.as_of,
            markers=select_marker_results(self.known("LB"), marker) if marker else None,
        )  # fmt: skip

    @cached_property
    def best(self) -> pd.DataFrame:
        """Best response and what follows from it, one row a line, criteria, reader and parameter."""
        return derive_best_response(
            self.tumour.timepoints, self.tumour.baselines, self.lines, self.therapies,
            protocol=self.study.protocol, as_of=self.as_of, ds=self.known("DS"),
        )  # fmt: skip

    @cached_property
    def responses(self) -> pd.DataFrame:
        """ADRS: each time point's responses and the best response."""
        parts = [
            to_response_rows(self.tumour.timepoints, self.lines, self.study.protocol.response),
            self.best,
        ]
        return pd.concat([part for part in parts if len(part)] or parts[1:], ignore_index=True)

    @cached_property
    def alive(self) -> pd.DataFrame:
        """Last day on which each subject is known to have been alive."""
        return derive_last_known_alive(
            {code: self.known(code) for code in EVIDENCE}, self.lines, as_of=self.as_of,
            time_of_day=self.study.protocol.time_to_event.time_of_day,
        )  # fmt: skip

    @cached_property
    def times(self) -> TimeToEvent:
        """ADTTE: survival, progression, duration of response."""
        known = self.known
        return derive_time_to_event(
            self.lines, self.tumour.timepoints, self.tumour.baselines, self.best, self.therapies, self.alive,
            dm=known("DM"), ds=known("DS"), ss=known("SS"), protocol=self.study.protocol, as_of=self.as_of,
        )  # fmt: skip

    @cached_property
    def labs(self) -> LabToxicity:
        """ADLB: laboratory results with their CTCAE grades."""
        known = self.known
        return derive_lab_toxicity(
            known("LB"), self.lines, protocol=self.study.protocol, as_of=self.as_of, cm=known("CM"),
            site_factors={site.id: site.factors for site in self.study.sites},
        )  # fmt: skip

    @cached_property
    def scores(self) -> LiverScores:
        """Liver scores: ALBI, Child-Pugh, MELD and the rest."""
        known = self.known
        return derive_liver_scores(
            known("LB"), known("FA"), known("RS"), known("DM"), self.lines, protocol=self.study.protocol,
            as_of=self.as_of,
        )  # fmt: skip

    @cached_property
    def liver(self) -> LiverSafety:
        """Peaks, quadrants and potential Hy's law cases."""
        return derive_liver_safety(
            self.known("LB"), self.lines, protocol=self.study.protocol, as_of=self.as_of
        )

    @cached_property
    def events(self) -> AdverseEvents:
        """ADAE: adverse events."""
        return derive_adverse_events(
            self.known("AE"), self.lines, protocol=self.study.protocol, as_of=self.as_of, ds=self.known("DS"),
            dm=self.known("DM"),
        )  # fmt: skip

    @cached_property
    def exposure(self) -> Exposure:
        """Doses, duration and relative dose intensity, one row a line."""
        return derive_exposure(
            self.known("EX"), self.lines, self.known("DS"), protocol=self.study.protocol, as_of=self.as_of,
            dm=self.known("DM"),
        )  # fmt: skip

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """ADSL: one row a subject."""
        return derive_subjects(
            self.known("DM"), self.lines, self.exposure.exposure, self.alive, self.scores.scores,
            self.known("RS"), protocol=self.study.protocol, as_of=self.as_of, ds=self.known("DS"),
            ss=self.known("SS"),
        )  # fmt: skip

    @cached_property
    def problems(self) -> pd.DataFrame:
        """What contradicts itself, from every derivation."""
        return join_problems(
            self.tumour.problems, derive_response_problems(self.best), self.times.problems, self.labs.problems,
            self.scores.problems, self.liver.problems, self.events.problems, self.exposure.problems,
        )  # fmt: skip

    @cached_property
    def signals(self) -> pd.DataFrame:
        """Reasons to tell somebody."""
        return to_signals(
            adverse_events=self.events.adae, labs=self.labs.adlb, liver_cases=self.liver.cases,
            timepoints=self.tumour.timepoints, protocol=self.study.protocol,
        )  # fmt: skip

    def later_days(self) -> pd.DataFrame:
        """NEXT_ON, USUBJID: the next day after the cut-off from which a record of theirs is dated."""
        day = pd.Timestamp(self.as_of)
        parts = [frame.loc[frame["ADT"] > day, ["USUBJID", "ADT"]] for frame in self._known.values()]
        dated = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["USUBJID", "ADT"])
        return dated.groupby("USUBJID", as_index=False)["ADT"].min().rename(columns={"ADT": "NEXT_ON"})
