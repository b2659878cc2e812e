"""Which alerts are owed: the table of cases, and what an alert says."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from milepost.core.alert_kinds import add_working_days
from milepost.core.escalation import KEYS, Owed, decide_held, decide_owed
from milepost.core.recipients import to_outbox
from milepost.protocol import AlertKind, AlertPolicy, Role, Site
from tests.spec import cases_escalation as cases

TUESDAY = dt.date(2026, 3, 31)
NIGHT = dt.datetime(2026, 3, 31, 15, 59, 59, 999999, tzinfo=dt.UTC)
ROLES = (
    Role(id="doctor", label="Medical monitor", sees_arm=True, recipients=("doctor@example.org",)),
    Role(id="nurse", label="Study nurse"),
    Role(id="data", label="Data manager", recipients=("data@example.org",)),
)
POLICY = AlertPolicy(
    kinds=tuple(
        AlertKind(kind=kind, roles=roles, act_within_days=3, action=f"Do what {kind} asks for.")
        for kind, roles in cases.TOLD.items()
    ),
    caution="This is not progression.",
)


def verdict(state: str | None, **more: Any) -> pd.DataFrame:
    """One patient's verdict, written STATE[:REASON][+FLAG]."""
    columns = [*KEYS, "SITEID", "STATE", "REASON", "FINAL", "FLAGS", "DETAIL", "VERSION"]
    if state is None:
        return pd.DataFrame(columns=columns)
    reported, _, flag = state.partition("+")
    name, _, reason = reported.partition(":")
    final = name in ("NON_RESPONDER", "RESPONDER", "MISSED")
    row = ["HCC-S01-001", 1, "AFP-W4", "S01", name, reason or None, final, (flag,) if flag else (), None, 7]
    return pd.DataFrame([row], columns=columns).assign(**more)


def told(open_: tuple[str, ...], past: tuple[str, ...] = ()) -> pd.DataFrame:
    """The alerts so far, written KIND/role#episode."""
    rows = []
    for text, is_open in [*((t, True) for t in open_), *((t, False) for t in past)]:
        kind, rest = text.split("/")
        role, episode = rest.split("#")
        rows.append(["HCC-S01-001", 1, "AFP-W4", kind, role, int(episode), is_open])
    return pd.DataFrame(rows, columns=[*KEYS, "KIND", "ROLE", "EPISODE", "OPEN"])


def decide(
    before: pd.DataFrame, after: pd.DataFrame, episodes: pd.DataFrame | None = None, **more: Any
) -> Owed:
    given = {"policy": POLICY, "roles": ROLES, "study_id": "HCC", "as_of": TUESDAY, "known_at": NIGHT,
             "config_hash": "c0ffee"} | more  # fmt: skip
    return decide_owed(before, after, told(()) if episodes is None else episodes, **given)


def short(key: str) -> str:
    """HCC|HCC-S01-001|1|AFP-W4|MISSED|nurse|1 -> MISSED/nurse#1."""
    *_, kind, role, episode = key.split("|")
    return f"{kind}/{role}#{episode}"


def test_the_cases_say_something():
    assert len(cases.CASES) >= 30
    assert len({case.title for case in cases.CASES}) == len(cases.CASES)


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.title)
def test_what_a_change_of_verdict_owes(case):
    after = verdict(case.after).assign(ONLY_CONFIG=case.only_config)
    owed = decide(verdict(case.before), after, told(case.open, case.past))
    assert [short(key) for key in owed.alerts["KEY"]] == sorted(case.owed)
    ended = zip(owed.events["ALERT_KEY"], owed.events["EVENT"], strict=True)
    assert sorted(f"{short(key)} {event}" for key, event in ended) == sorted(case.closed)


def test_a_patient_who_was_not_judged_is_left_alone():
    owed = decide(verdict("NON_RESPONDER"), verdict(None), told(("NON_RESPONSE/doctor#1",)))
    assert owed.alerts.empty and owed.events.empty


def test_each_line_of_therapy_is_told_by_itself():
    first, second = verdict("NON_RESPONDER"), verdict("OVERDUE").assign(LINE=2)
    owed = decide(first, pd.concat([first, second], ignore_index=True))
    assert list(owed.alerts["KEY"]) == ["HCC|HCC-S01-001|2|AFP-W4|OVERDUE|nurse|1"]


def test_two_verdicts_for_one_checkpoint_are_refused():
    twice = pd.concat([verdict("OVERDUE"), verdict("MISSED")], ignore_index=True)
    with pytest.raises(ValueError, match="one row for each USUBJID, LINE and CHECKPOINT"):
        decide(verdict(None), twice)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("PROVISIONAL_NON_RESPONDER", "INFO"),
        ("NON_RESPONDER", "WARN"),
        ("OVERDUE", "ACTION"),
        ("NOT_EVALUABLE:UNIT", "ACTION"),
        ("WINDOW_OPEN", "INFO"),
    ],
)
def test_the_severity_says_whether_to_know_or_to_act(state, expected):
    assert set(decide(verdict("NOT_DUE"), verdict(state)).alerts["SEVERITY"]) == {expected}


@pytest.mark.parametrize(
    ("day", "days", "by"),
    [
        ("2026-03-31", 3, "2026-04-03"),  # Tuesday to Friday
        ("2026-04-02", 3, "2026-04-07"),  # Thursday over the weekend to Tuesday
        ("2026-04-04", 1, "2026-04-06"),  # Saturday: Monday is the first working day
        ("2026-04-04", 0, "2026-04-04"),
    ],
)
def test_a_deadline_counts_working_days(day, days, by):
    assert add_working_days(dt.date.fromisoformat(day), days) == dt.date.fromisoformat(by)


def test_an_alert_names_its_verdict_its_deadline_and_its_knowledge():
    (alert,) = decide(verdict("WINDOW_OPEN"), verdict("OVERDUE")).alerts.to_dict("records")
    assert alert["ACT_BY"] == dt.date(2026, 4, 3)
    assert (alert["OWED_ON"], alert["OWED_AT"]) == (TUESDAY, NIGHT)
    assert (alert["SITEID"], alert["ASSESSMENT"], alert["CONFIG_HASH"]) == ("S01", 7, "c0ffee")
    assert alert["SEND"] == "immediate"


NUMBERS = {
    "BASE": "400", "BASEU": "ng/mL", "BASEDTC": "2026-02-27", "BASEADY": -3,
    "AVAL": "300.04", "AVALU": "ng/mL", "AVALDTC": "2026-03-30T09:15", "ADY": 29,
    "PCHG": Decimal("-24.9900"), "RMIN": Decimal("0.2499"), "RMAX": Decimal("0.2499"),
    "COMPARISON": "300.04 > 300.00", "BAND": "400 and above", "HIGH": True,
}  # fmt: skip


def test_the_detail_shows_both_values_as_reported_and_the_exact_comparison():
    after = verdict("NON_RESPONDER", **NUMBERS)
    after["FLAGS"] = [("BORDERLINE", "ASSAY_CHANGE")]
    detail = decide(verdict("WINDOW_OPEN"), after).alerts.iloc[0]["DETAIL"]
    assert detail["baseline"] == {"value": "400", "unit": "ng/mL", "collected": "2026-02-27", "study_day": -3}
    assert detail["value"]["value"] == "300.04" and detail["value"]["study_day"] == 29
    assert detail["change_pct"] == "-25.0"
    assert detail["comparison"] == "300.04 > 300.00"
    assert detail["flags"] == ["ASSAY_CHANGE", "BORDERLINE"]
    assert detail["caution"] == "This is not progression."
    assert detail["action"] == "Do what NON_RESPONSE asks for."
    assert json.loads(json.dumps(detail)) == detail


def test_a_correction_shows_the_verdict_before_and_now():
    before = verdict("RESPONDER", **NUMBERS | {"AVAL": "300"})
    detail = decide(before, verdict("NON_RESPONDER", **NUMBERS)).alerts.iloc[0]["DETAIL"]
    assert (detail["before"]["state"], detail["before"]["value"]["value"]) == ("RESPONDER", "300")
    assert (detail["state"], detail["value"]["value"]) == ("NON_RESPONDER", "300.04")


def test_a_notice_names_the_alert_it_takes_back_and_asks_for_nothing():
    owed = decide(verdict("NON_RESPONDER"), verdict("RESPONDER"), told(("NON_RESPONSE/nurse#2",)))
    (notice,) = owed.alerts.to_dict("records")
    assert notice["DETAIL"]["notice_of"] == "HCC|HCC-S01-001|1|AFP-W4|NON_RESPONSE|nurse|2"
    assert notice["ACT_BY"] is None and notice["SEVERITY"] == "INFO"


def test_the_arm_and_what_gives_it_away_reach_entitled_roles_only():
    context = pd.DataFrame(
        [["HCC-S01-001", 1, "ANL", "anlotinib", "12 mg", "Y"]],
        columns=["USUBJID", "LINE", "ARMCD", "TREATMENT", "DOSE_LEVEL", "HBV"],
    )
    alerts = decide(verdict("WINDOW_OPEN"), verdict("NON_RESPONDER"), context=context).alerts
    by_role = dict(zip(alerts["ROLE"], alerts["DETAIL"], strict=True))
    assert by_role["doctor"]["arm"] == "ANL" and by_role["doctor"]["dose_level"] == "12 mg"
    assert by_role["nurse"]["hbv"] == "Y"
    told_to_nurse = json.dumps(by_role["nurse"])
    assert not any(word in told_to_nurse for word in ("ANL", "anlotinib", "12 mg"))


def test_a_context_column_nobody_decided_about_is_refused():
    context = pd.DataFrame([["HCC-S01-001", 1, "x"]], columns=["USUBJID", "LINE", "ACTARM"])
    with pytest.raises(ValueError, match="column ACTARM is unknown. Known: BASE_LAB"):
        decide(verdict("WINDOW_OPEN"), verdict("OVERDUE"), context=context)


def test_a_held_delivery_is_told_once_to_each_role():
    rule = AlertKind(
        kind="DELIVERY_HELD", roles=("data",), act_within_days=2, action="Read its findings page."
    )
    given = {"study_id": "HCC", "as_of": TUESDAY, "known_at": NIGHT, "config_hash": "c0ffee"}
    policy = AlertPolicy(kinds=(rule, rule))
    (alert,) = decide_held(41, "S03", "31 of 90 rows broke a rule", policy=policy, **given).to_dict("records")
    assert alert["KEY"] == "HCC|delivery 41|||DELIVERY_HELD|data|1"
    assert alert["USUBJID"] is None and alert["ACT_BY"] == dt.date(2026, 4, 2)


def site(**contacts: tuple[str, ...]) -> Site:
    emit = {"domain": "LB", "columns": {"USUBJID": "id"}}
    layout = {"id": "l", "match": ["*"], "emits": [emit]}
    return Site.model_validate({"id": "S01", "name": "One", "layouts": [layout], "contacts": contacts})


def test_a_role_reaches_the_people_of_the_study_and_of_the_patients_site():
    alerts = decide(verdict("WINDOW_OPEN"), verdict("NON_RESPONDER")).alerts
    sent = to_outbox(alerts, ROLES, [site(nurse=("b@s01.example", "a@s01.example"))], ["maildir"])
    assert [
        (short(k), to) for k, to in zip(sent.outbox["ALERT_KEY"], sent.outbox["RECIPIENT"], strict=True)
    ] == [
        ("NON_RESPONSE/doctor#1", "doctor@example.org"),
        ("NON_RESPONSE/nurse#1", "a@s01.example"),
        ("NON_RESPONSE/nurse#1", "b@s01.example"),
    ]
    assert sent.events.empty
    assert set(sent.outbox["CHANNEL"]) == {"maildir"} and set(sent.outbox["ATTEMPTS"]) == {0}


def test_a_role_without_any_recipient_is_seen():
    sent = to_outbox(decide(verdict("WINDOW_OPEN"), verdict("OVERDUE")).alerts, ROLES, [site()], ["maildir"])
    assert sent.outbox.empty
    assert [(short(e["ALERT_KEY"]), e["EVENT"]) for e in sent.events.to_dict("records")] == [
        ("OVERDUE/nurse#1", "NO_RECIPIENT")
    ]


def test_a_retraction_also_reaches_who_has_left_since():
    owed = decide(verdict("MISSED"), verdict("RESPONDER"), told(("MISSED/nurse#1",)))
    received = pd.DataFrame(
        [["HCC|HCC-S01-001|1|AFP-W4|MISSED|nurse|1", "left@s01.example"]], columns=["ALERT_KEY", "RECIPIENT"]
    )
    sent = to_outbox(owed.alerts, ROLES, [site(nurse=("new@s01.example",))], ["maildir"], received)
    assert list(sent.outbox["RECIPIENT"]) == ["left@s01.example", "new@s01.example"]
