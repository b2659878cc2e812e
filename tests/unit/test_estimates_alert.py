"""An alert for estimates that two programs give differently: once a report and set, ended by a later report."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pandas as pd

from milepost.core.escalation import Owed, decide_disagreement
from milepost.core.number_agreement import Agreement
from milepost.protocol import AlertKind, AlertPolicy, Role, StudyProtocol
from milepost.reports.attention import attention
from milepost.reports.inputs import open_view
from milepost.reports.mails import alert_mail_model, alert_reference, digest_mail_model, report_name
from tests.report_builder import AS_OF, KNOWN_AT, RENDERER, report_inputs, study

DAY = dt.date(2026, 11, 13)  # a Friday
NIGHT = dt.datetime(2026, 11, 13, 15, 0, tzinfo=dt.UTC)
RULE = AlertKind(
    kind="ESTIMATES_DISAGREE",
    roles=("data_manager", "study_monitor"),
    act_within_days=1,
    action="Explain it.",
)
ROLES = (Role(id="data_manager", label="Data manager"), Role(id="study_monitor", label="Study monitor"))
SAME = Agreement("survival.OS.median", 366.0, 366.0, 0.0, True, "lifelines")
APART = Agreement("survival.OS.rate.6", 0.79388, 0.793896, 2e-5, False, "lifelines")
OTHER = Agreement("response.rate", 0.25, 0.26, 0.04, False, "scipy")
UNKNOWN = Agreement("survival.OS.rate.6", None, None, None, None, "lifelines", "no patient")
NONE = pd.DataFrame(columns=["KEY", "OWED_ON", "DETAIL", "OPEN"])


def decide(
    *found: Agreement,
    report: str = "abc",
    kind: str = "open",
    day: dt.date = DAY,
    earlier: pd.DataFrame = NONE,
) -> Owed:
    return decide_disagreement(
        report, kind, found, earlier, policy=AlertPolicy(kinds=(RULE, RULE)), roles=ROLES, study_id="HCC", as_of=day,
        known_at=NIGHT, config_hash="c0ffee",
    )  # fmt: skip


def told(owed: Owed, *, still: bool = True) -> pd.DataFrame:
    """What the next report finds of these alerts."""
    return owed.alerts[["KEY", "OWED_ON", "DETAIL"]].assign(OPEN=still)


def ends(owed: Owed) -> set[str]:
    return set(owed.events["EVENT"])


def test_every_role_is_told_once_of_a_report_and_by_when_to_act() -> None:
    owed = decide(SAME, APART)
    assert [key.split("|")[1::4] for key in owed.alerts["KEY"]] == [
        ["open report abc", "data_manager"],
        ["open report abc", "study_monitor"],
    ]
    (first, _) = owed.alerts.to_dict("records")
    assert (first["SEND"], first["SEVERITY"], first["ACT_BY"]) == (
        "immediate",
        "ACTION",
        dt.date(2026, 11, 16),
    )
    assert first["USUBJID"] is None and first["SITEID"] == ""


def test_the_detail_holds_counts_and_names_of_estimates_and_no_value() -> None:
    (detail, _) = decide(SAME, APART).alerts["DETAIL"]
    assert (detail["compared"], detail["apart"], detail["estimates"]) == (2, 1, ["survival.OS.rate.6"])
    assert "0.79" not in json.dumps(detail) and "366" not in json.dumps(detail)


def test_where_all_numbers_agree_or_none_was_compared_nothing_is_owed() -> None:
    for found in ((SAME,), (UNKNOWN,), ()):
        owed = decide(*found)
        assert owed.alerts.empty and owed.events.empty


def test_the_same_report_with_the_same_estimates_owes_nothing_again() -> None:
    for still in (True, False):
        again = decide(SAME, APART, earlier=told(decide(SAME, APART), still=still))
        assert again.alerts.empty and again.events.empty


def test_another_set_of_estimates_of_the_same_report_is_told_and_overtakes_the_first() -> None:
    owed = decide(APART, OTHER, earlier=told(decide(SAME, APART)))
    assert len(owed.alerts) == 2 and ends(owed) == {"SUPERSEDED"}


def test_a_later_report_that_differs_still_is_told_in_place_of_the_first() -> None:
    owed = decide(SAME, APART, report="def", day=DAY + dt.timedelta(days=1), earlier=told(decide(APART)))
    assert len(owed.alerts) == 2
    assert list(owed.events["EVENT"]) == ["SUPERSEDED", "SUPERSEDED"]


def test_a_later_report_of_the_same_kind_that_agrees_ends_the_alert() -> None:
    agrees = replace(APART, agrees=True)
    earlier = told(decide(SAME, APART))
    for day in (DAY, DAY + dt.timedelta(days=1)):
        assert ends(decide(SAME, agrees, report="def", day=day, earlier=earlier)) == {"RESOLVED"}
    assert ends(decide(SAME, agrees, report="def", day=DAY - dt.timedelta(days=1), earlier=earlier)) == set()
    assert ends(decide(SAME, agrees, report="def", kind="closed", earlier=earlier)) == set()


def test_what_could_not_be_compared_any_more_ends_nothing() -> None:
    owed = decide(SAME, UNKNOWN, report="def", earlier=told(decide(SAME, APART)))
    assert owed.alerts.empty and owed.events.empty


def protocol(**changed: Any) -> StudyProtocol:
    kinds = [RULE.model_copy(update=changed).model_dump()]
    return study(alerts={"caution": "Act by the protocol.", "kinds": kinds}).protocol


def rows(*found: Agreement, **told_of: Any) -> list[dict[str, Any]]:
    return [{"ALERT_KEY": row["KEY"], **row} for row in decide(*found, **told_of).alerts.to_dict("records")]


def test_its_mail_names_the_report_and_the_estimates_and_no_value() -> None:
    many = [replace(APART, id=f"survival.OS.rate.{month}") for month in (12, 3, 6, 9)]
    _, text, html = RENDERER.alert_mail(alert_mail_model(protocol(), rows(SAME, *many)[0]))
    for said in ("open report of 13 Nov 2026, abc", "4 of 5 numbers", "To do: Explain it.",
                 "survival.OS.rate.12; survival.OS.rate.3; survival.OS.rate.6; and 1 more"):  # fmt: skip
        assert said in " ".join(text.split()) and said.removeprefix("To do: ") in html
    assert "about estimates of a report that two programs give differently" in " ".join(text.split())
    assert "0.79" not in text + html


def test_a_digest_of_it_is_headed_by_the_study_where_there_is_no_site() -> None:
    model = digest_mail_model(protocol(send="digest"), rows(APART)[:1])
    assert model.heading == "Study, Fri 13 Nov: 1 alert"


def test_a_look_and_a_dry_run_are_named() -> None:
    named = [
        report_name({"report_kind": kind, "as_of": "2026-11-13"}) for kind in ("closed-look-1", "dry-run")
    ]
    assert named == ["closed report, look 1, of 13 Nov 2026", "dry run of 13 Nov 2026"]


def test_the_morning_list_keeps_a_report_whose_estimates_differ_under_the_number_of_the_mail() -> None:
    alerts = decide(SAME, APART, day=AS_OF).alerts.assign(OWED_AT=KNOWN_AT, STATUS="OPEN")
    inputs = replace(report_inputs(0), alerts=alerts)
    waiting = attention(open_view(inputs), {})
    (item,) = [one for one in waiting.items if one.what == "Estimates differ"]
    assert (item.who, item.known, item.actor, item.also) == (
        "Open report of 21 Nov 2026", "1 of 2 numbers computed twice differs; not to be used for decisions.",
        "Study monitor", "data manager",
    )  # fmt: skip
    assert {ref for ref, *_ in waiting.mailed} == {alert_reference(key) for key in alerts["KEY"]}
