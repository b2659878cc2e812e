"""Who is at which stage of the study, what everybody left for, and where the treated are now.

Every patient is at each stage or leaves under it, so the counts add up. Who has several lines of therapy is told by
the line with which he entered. Source: clinical specification, section 7.2 (CONSORT 2025).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from milepost.core.disposition import disposition_kinds
from milepost.reports.population_words import in_order, reason_in_words

Parts = tuple[tuple[str, tuple[str, ...]], ...]
UNTOLD = "Stop not yet reported"
# key, words, class of the colour
NOW = (
    ("on_drug", "on drug", "ink"), ("follow_up", "off drug, in follow-up", "amount"), ("died", "died", "gone"),
    ("withdrew", "withdrew consent", "wait"), ("lost", "lost to follow-up", "wait"),
)  # fmt: skip
_MOST_REASONS = 6
_LEFT = {"DIED": "Died", "WITHDREW": "Withdrew consent", "LOST": "Lost to follow-up"}


@dataclass(frozen=True)
class Flow:
    """Patients (USUBJID) of one group by stage, what they left for, and where the treated are now."""

    screened: tuple[str, ...]
    not_enrolled: Parts
    enrolled: tuple[str, ...]
    not_treated: Parts
    treated: tuple[str, ...]
    off_drug: Parts
    now: Parts

    def now_of(self, key: str) -> tuple[str, ...]:
        """Who is there now."""
        return dict(self.now)[key]

    @property
    def stopped(self) -> int:
        """How many have stopped the drug of the line they entered with."""
        return sum(len(ids) for _, ids in self.off_drug)


def derive_flow(adsl: pd.DataFrame, adex: pd.DataFrame, ds: pd.DataFrame) -> Flow:
    """The flow of the patients of `adsl`. adex: the rows of their lines of entry; ds: records that say why a patient
    failed screening. A dose taken outweighs a screen failure told. Several reasons of one patient: the first by record.
    """
    people = adsl.sort_values("USUBJID")
    ids = people["USUBJID"].astype(str).tolist()
    end = dict(zip(ids, people["EOSSTT"], strict=True))
    dosed = set(people.loc[people["SAFFL"].eq("Y"), "USUBJID"])
    failed = set(people.loc[people["SCRFFL"].eq("Y"), "USUBJID"]) - dosed
    assigned = set(people.loc[people["FASFL"].eq("Y"), "USUBJID"]) | dosed
    running = set(people.loc[people["ONTRTFL"].eq("Y"), "USUBJID"]) & dosed
    why = _failures(ds)
    enrolled = [s for s in ids if s in assigned and s not in failed]
    treated = [s for s in enrolled if s in dosed]
    stop = dict(zip(adex["USUBJID"], adex["STOPREASON"], strict=True))
    left = {s: _LEFT.get(end[s], "") for s in ids}
    told = {s: f"Screen failure: {why[s].lower()}" if why.get(s) else "Screen failure" for s in failed}
    outside = sorted(set(ids) - set(enrolled))
    before = {s: told.get(s) or left[s] or "Still in screening" for s in outside}
    waiting = {s: left[s] or "Waiting for first dose" for s in enrolled if s not in dosed}
    off = {s: reason_in_words(stop.get(s)) or left[s] or UNTOLD for s in treated if s not in running}
    place = {s: "on_drug" if s in running else "follow_up" for s in treated}
    place |= {s: end[s].lower() for s in treated if end[s] in _LEFT}
    return Flow(
        tuple(ids), _by_reason(before), tuple(enrolled), _by_reason(waiting), tuple(treated), _by_reason(off),
        tuple((key, tuple(s for s in treated if place[s] == key)) for key, _, _ in NOW),
    )  # fmt: skip


def _failures(ds: pd.DataFrame) -> dict[str, str]:
    """Reason of screen failure by subject, where one was given beside the word itself."""
    named = ds[disposition_kinds(ds).eq("SCREENFAIL").to_numpy(bool)]
    first = named.sort_values(["USUBJID", "RECKEY"]).drop_duplicates("USUBJID")
    told = {s: reason_in_words(term) for s, term in zip(first["USUBJID"], first["DSTERM"], strict=True)}
    return {s: reason for s, reason in told.items() if not reason.upper().startswith("SCREEN")}


def _by_reason(reasons: dict[str, str]) -> Parts:
    """Commonest first; beyond the sixth they are told as one."""
    ordered = in_order(reasons.values())
    kept = [reason for reason, _ in ordered]
    if len(kept) > _MOST_REASONS + 1:
        kept = kept[:_MOST_REASONS]
    named = {s: reason if reason in kept else "Further reasons" for s, reason in reasons.items()}
    shown = list(dict.fromkeys([*kept, *(r for r in named.values() if r == "Further reasons")]))
    return tuple((reason, tuple(s for s, told in named.items() if told == reason)) for reason in shown)
