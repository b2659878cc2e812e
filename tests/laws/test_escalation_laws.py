"""Laws of escalation, over any history of verdicts: nothing told twice, nothing left open that has ended."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.core.alert_kinds import kinds_of
from milepost.core.escalation import KEYS, decide_owed
from milepost.protocol import AlertKind, AlertPolicy, Role
from milepost.protocol.study import ALERT_KINDS

ROLES = (Role(id="doctor", label="Doctor"), Role(id="nurse", label="Nurse"))
KINDS = tuple(kind for kind in ALERT_KINDS if kind != "DELIVERY_HELD")
CLOSED = ("RESOLVED", "SUPERSEDED", "RETRACTED")
DAY = dt.date(2026, 3, 30)

states = st.sampled_from([
    ("NOT_STARTED", None), ("NOT_DUE", None), ("WINDOW_OPEN", None), ("OVERDUE", None), ("MISSED", None),
    ("PROVISIONAL_RESPONDER", None), ("PROVISIONAL_NON_RESPONDER", None), ("RESPONDER", None),
    ("NON_RESPONDER", None), ("NOT_EVALUABLE", "NO_BASELINE"), ("NOT_EVALUABLE", "UNIT"),
    ("NOT_EVALUABLE", "SAMPLE_UNUSABLE"), ("NOT_EVALUABLE", "CENSORED"), ("NOT_REACHED", "DIED"),
    ("DATA_ERROR", None),
])  # fmt: skip
histories = st.lists(st.tuples(states, st.booleans()), min_size=1, max_size=8)
policies = st.fixed_dictionaries({kind: st.sets(st.sampled_from(["doctor", "nurse"])) for kind in KINDS})


def policy_of(told: dict[str, set[str]]) -> AlertPolicy:
    """The study's alerts, where each kind goes to these roles."""
    return AlertPolicy(kinds=tuple(
        AlertKind(kind=kind, roles=tuple(sorted(roles)), action="Act.") for kind, roles in told.items()
    ))  # fmt: skip


class Memory:
    """What the store would remember: the alerts so far and how they ended."""

    def __init__(self) -> None:
        self.alerts: dict[str, dict] = {}
        self.ended: dict[str, str] = {}

    def episodes(self) -> pd.DataFrame:
        latest: dict[tuple[str, str], dict] = {}
        for key, alert in self.alerts.items():
            row = {column: alert[column] for column in (*KEYS, "KIND", "ROLE", "EPISODE")}
            row["OPEN"] = key not in self.ended
            if row["EPISODE"] > latest.get((row["KIND"], row["ROLE"]), {"EPISODE": 0})["EPISODE"]:
                latest[row["KIND"], row["ROLE"]] = row
        return pd.DataFrame(list(latest.values()), columns=[*KEYS, "KIND", "ROLE", "EPISODE", "OPEN"])

    def live_through(self, history, policy, only_config=False):
        before = frame(None, 0)
        for version, (state, lacks) in enumerate(history, start=1):
            after = frame((state, lacks), version).assign(ONLY_CONFIG=only_config)
            owed = owe(before, after, self.episodes(), policy)
            for alert in owed.alerts.to_dict("records"):
                assert alert["KEY"] not in self.alerts, "a key was owed twice"
                self.alerts[alert["KEY"]] = alert
            for event in owed.events.to_dict("records"):
                assert event["ALERT_KEY"] in self.alerts, "an alert ended that was never owed"
                assert event["ALERT_KEY"] not in self.ended, "an alert ended twice"
                assert event["EVENT"] in CLOSED
                self.ended[event["ALERT_KEY"]] = event["EVENT"]
            before = after
        return before


def frame(reported, version) -> pd.DataFrame:
    columns = [*KEYS, "SITEID", "STATE", "REASON", "FINAL", "FLAGS", "VERSION"]
    if reported is None:
        return pd.DataFrame(columns=columns)
    (state, reason), lacks = reported
    flags = ("NO_BASELINE",) if lacks else ()
    return pd.DataFrame([["P1", 1, "W4", "S1", state, reason, True, flags, version]], columns=columns)


def owe(before, after, episodes, policy):
    instant = dt.datetime(2026, 3, 30, 16, tzinfo=dt.UTC)
    return decide_owed(
        before, after, episodes, policy=policy, roles=ROLES, study_id="T", as_of=DAY, known_at=instant,
        config_hash="h",
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(histories, policies)
def test_what_is_open_is_what_still_holds(history, told):
    memory = Memory()
    memory.live_through(history, policy_of(told))
    (state, reason), lacks = history[-1]
    holds = kinds_of(state, reason, lacks)
    open_kinds = {alert["KIND"] for key, alert in memory.alerts.items() if key not in memory.ended}
    assert open_kinds <= holds | ({"CORRECTION"} if "NON_RESPONSE" in holds else set())


@settings(max_examples=25, deadline=None)
@given(histories, policies)
def test_every_role_of_a_kind_that_holds_has_exactly_one_open_alert(history, told):
    memory = Memory()
    memory.live_through(history, policy_of(told))
    (state, reason), lacks = history[-1]
    open_now = [alert for key, alert in memory.alerts.items() if key not in memory.ended]
    for kind in kinds_of(state, reason, lacks):
        as_kinds = {kind, "CORRECTION"} if kind == "NON_RESPONSE" else {kind}
        for role in told[kind]:
            assert len([a for a in open_now if a["KIND"] in as_kinds and a["ROLE"] == role]) == 1


@settings(max_examples=25, deadline=None)
@given(histories, policies)
def test_a_replay_owes_nothing(history, told):
    memory, policy = Memory(), policy_of(told)
    last = memory.live_through(history, policy)
    again = owe(last, last, memory.episodes(), policy)
    assert again.alerts.empty and again.events.empty


@settings(max_examples=25, deadline=None)
@given(histories, policies)
def test_whoever_was_told_of_a_non_response_that_fell_hears_of_it(history, told):
    memory = Memory()
    memory.live_through(history, policy_of(told))
    taken_back = {alert["DETAIL"].get("notice_of") for alert in memory.alerts.values()}
    for key, event in memory.ended.items():
        if event in ("SUPERSEDED", "RETRACTED"):
            assert key in taken_back


@settings(max_examples=15, deadline=None)
@given(histories, policies)
def test_edits_of_the_study_folder_alone_owe_nothing(history, told):
    memory = Memory()
    memory.live_through(history, policy_of(told), only_config=True)
    assert memory.alerts == {}
