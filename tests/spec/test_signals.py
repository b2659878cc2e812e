"""Safety signals: what they owe over several nights, and which data make one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from milepost.core.escalation import decide_signals_owed
from milepost.core.escalation.signals import SIGNAL_KEYS
from milepost.core.safety_signals import SIGNAL_COLUMNS, silent_sites
from milepost.core.signal_versions import next_signals
from milepost.protocol import AlertKind, AlertPolicy, Role, SafetyRules, Site
from tests.spec import cases_signals as cases

NIGHT = dt.datetime(2026, 4, 10, 15, 59, 59, tzinfo=dt.UTC)
DAY = dt.date(2026, 4, 10)
ROLES = (
    Role(id="doctor", label="Medical monitor", sees_arm=True),
    Role(id="nurse", label="Study nurse"),
    Role(id="data", label="Data manager"),
)
POLICY = AlertPolicy(
    kinds=tuple(
        AlertKind(kind=k, roles=roles, action=f"Do what {k} asks.") for k, roles in cases.TOLD.items()
    )
)


class Memory:
    """What the store would remember between nights."""

    def __init__(self, kind: str, detail: dict[str, Any] | None = None) -> None:
        self.kind, self.detail = kind, detail or {}
        self.versions: pd.DataFrame | None = None
        self.alerts: dict[str, dict[str, Any]] = {}
        self.ended: dict[str, str] = {}

    def live(self, night: cases.Night) -> tuple[list[str], list[str]]:
        """One night: what is owed, and how earlier alerts end, in the words of the cases."""
        subject = "" if self.kind == "SITE_SILENT" else "P1"
        row = [self.kind, "S01", subject, 1 if subject else 0, "ALT high", night.says, self.detail]
        signals = pd.DataFrame([row] if night.says is not None else [], columns=SIGNAL_COLUMNS, dtype=object)
        empty = next_signals(signals.iloc[:0], _nothing(), as_of=DAY, known_at=NIGHT, config_hash="c")
        before = self.versions if self.versions is not None else empty
        changed = next_signals(signals, before, as_of=DAY, known_at=NIGHT, config_hash="c")
        owed = decide_signals_owed(
            before, changed, self.episodes(), policy=POLICY, roles=ROLES, study_id="HCC", as_of=DAY, known_at=NIGHT,
            config_hash="c", only_config=night.only_config,
        )  # fmt: skip
        if len(changed):
            self.versions = changed
        names = {}
        for alert in owed.alerts.to_dict("records"):
            assert alert["KEY"] not in self.alerts, "an alert is owed once for ever"
            self.alerts[alert["KEY"]] = alert
        for key, alert in self.alerts.items():
            names[key] = f"{alert['KIND']}/{alert['ROLE']}#{alert['EPISODE']}"
        ends = []
        for event in owed.events.to_dict("records"):
            assert event["ALERT_KEY"] not in self.ended, "an alert ends once"
            self.ended[event["ALERT_KEY"]] = event["EVENT"]
            ends.append(f"{names[event['ALERT_KEY']]} {event['EVENT']}")
        return [names[key] for key in owed.alerts["KEY"]], ends

    def episodes(self) -> pd.DataFrame:
        rows = []
        for key, alert in self.alerts.items():
            if alert["KIND"] != "RETRACTION":
                rows.append({
                    "KIND": alert["KIND"], "SITEID": alert["SITEID"], "USUBJID": alert["USUBJID"] or "",
                    "LINE": alert["LINE"] or 0, "ABOUT": alert["ABOUT"], "ROLE": alert["ROLE"],
                    "EPISODE": alert["EPISODE"], "OPEN": key not in self.ended,
                })  # fmt: skip
        frame = pd.DataFrame(rows, columns=[*SIGNAL_KEYS, "ROLE", "EPISODE", "OPEN"])
        return frame.sort_values("EPISODE").drop_duplicates([*SIGNAL_KEYS, "ROLE"], keep="last")


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=[*SIGNAL_KEYS, "VERSION", "ACTIVE", "FACTS_HASH", "FACTS", "DETAIL"])


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.title)
def test_what_is_owed_night_by_night_is_what_the_table_says(case: cases.Case) -> None:
    memory = Memory(case.kind)
    for night in case.nights:
        told, ends = memory.live(night)
        assert (sorted(told), sorted(ends)) == (sorted(night.told), sorted(night.ends))


def two_nights(first: str, then: str) -> Any:
    """An event that is told as `first`, and the night after as `then`: what the second night owes."""

    def signals(kind: str, facts: dict[str, Any]) -> pd.DataFrame:
        return pd.DataFrame([[kind, "S01", "P1", 1, "R:7", facts, {}]], columns=SIGNAL_COLUMNS, dtype=object)

    night = {"as_of": DAY, "known_at": NIGHT, "config_hash": "c"}
    given = {"policy": FATAL_TOO, "roles": ROLES, "study_id": "HCC", **night}
    before = next_signals(signals(first, cases.G4), _nothing(), **night)
    none = pd.DataFrame(columns=[*SIGNAL_KEYS, "ROLE", "EPISODE", "OPEN"])
    (alert,) = decide_signals_owed(_nothing(), before, none, **given).alerts.to_dict("records")
    told = before[SIGNAL_KEYS].assign(ROLE="doctor", EPISODE=1, OPEN=True)
    changed = next_signals(signals(then, cases.G3), before, **night)
    return alert, decide_signals_owed(before, changed, told, **given)


FATAL_TOO = POLICY.model_copy(
    update={"kinds": (*POLICY.kinds, AlertKind(kind="FATAL_EVENT", roles=("doctor",), action="Read it."))}
)


@pytest.mark.parametrize(
    ("first", "then"), [("SERIOUS_EVENT", "FATAL_EVENT"), ("FATAL_EVENT", "SERIOUS_EVENT")]
)
def test_an_event_that_turns_fatal_overtakes_what_was_told_and_takes_nothing_back(
    first: str, then: str
) -> None:
    alert, owed = two_nights(first, then)
    assert list(owed.alerts["KIND"]) == [then]
    assert owed.events[["ALERT_KEY", "EVENT"]].to_numpy().tolist() == [[alert["KEY"], "SUPERSEDED"]]
    (detail,) = owed.alerts["DETAIL"]
    assert (detail["before"], detail["replaces"]) == (cases.G4, alert["KEY"])


def test_an_amended_alert_shows_what_was_said_before() -> None:
    memory = Memory("SERIOUS_EVENT")
    memory.live(cases.Night(cases.G4))
    memory.live(cases.Night(cases.G3))
    newest = memory.alerts[max(memory.alerts, key=lambda key: memory.alerts[key]["EPISODE"])]
    assert newest["DETAIL"]["grade"] == 3 and newest["DETAIL"]["before"] == cases.G4


def test_a_retraction_names_the_alert_it_takes_back_and_asks_for_nothing() -> None:
    memory = Memory("SERIOUS_EVENT")
    memory.live(cases.Night(cases.G4))
    (first,) = memory.alerts
    memory.live(cases.Night(None))
    notice = next(alert for alert in memory.alerts.values() if alert["KIND"] == "RETRACTION")
    assert (
        notice["DETAIL"]["notice_of"] == first and notice["ACT_BY"] is None and notice["SEVERITY"] == "INFO"
    )


def test_the_arm_reaches_entitled_roles_only() -> None:
    memory = Memory("LAB_TOXICITY", {"arm": "ANL", "test": "ALT"})
    memory.live(cases.Night(cases.G3))
    shown = {alert["ROLE"]: alert["DETAIL"].get("arm") for alert in memory.alerts.values()}
    assert shown == {"doctor": "ANL", "nurse": None}


def test_no_alert_key_carries_what_a_site_calls_its_record() -> None:
    memory = Memory("LAB_TOXICITY")
    memory.live(cases.Night(cases.G3))
    assert all("ALT high" not in key for key in memory.alerts)


SITES = tuple(
    Site.model_construct(id=name, name=name, expects_every_days=days)
    for name, days in (("S01", 2), ("S02", None), ("S03", 2))
)


class Study:
    safety = SafetyRules(site_silent_days=10)


@pytest.mark.parametrize(
    ("heard", "as_of", "silent"),
    [
        ({"S01": "2026-04-08", "S02": "2026-04-01", "S03": "2026-04-09"}, "2026-04-10", []),
        ({"S01": "2026-04-07", "S02": "2026-04-01", "S03": "2026-04-09"}, "2026-04-10", ["S01"]),
        ({"S01": "2026-04-11", "S02": "2026-04-01", "S03": "2026-04-11"}, "2026-04-11", []),
        ({"S01": "2026-04-12", "S02": "2026-04-01", "S03": "2026-04-12"}, "2026-04-12", ["S02"]),
        ({"S01": "2026-04-08", "S02": "2026-04-08"}, "2026-04-10", []),
        ({"S01": "2026-04-07", "S02": "2026-04-07"}, "2026-04-10", ["S01", "S03"]),
        ({}, "2026-04-10", []),
    ],
    ids=["everybody was heard of in time", "one day too long for a site's own limit", "the study's limit is reached",
         "one day beyond the study's limit", "never heard, the study began two days ago",
         "never heard, the study began three days ago", "nobody has sent anything yet"],
)  # fmt: skip
def test_a_site_is_silent_once_its_limit_has_passed(
    heard: dict[str, str], as_of: str, silent: list[str]
) -> None:
    days = {site: dt.date.fromisoformat(day) for site, day in heard.items()}
    found = silent_sites(SITES, days, protocol=Study(), as_of=dt.date.fromisoformat(as_of))  # type: ignore[arg-type]
    assert list(found["SITEID"]) == silent
