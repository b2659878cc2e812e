"""The sections on safety of the made-up study, against what truly happened in it; open, by arm, and as a dry run."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from milepost.core.site_observations import watched_months
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.ledger import Ledger
from milepost.reports.masking import Mask
from milepost.reports.section import Section
from tests.clinical_builder import clinical_inputs, nobody
from tests.made_up_study import made_up, settled
from tests.safety_builder import exhibit_of, rows_of, sections_of

pytestmark = pytest.mark.slow
EMERGENT = dt.timedelta(days=30)


@cache
def day() -> dt.date:
    """Whatever began by then has been sent."""
    return (settled(made_up().history) - pd.Timedelta(days=1)).date()


@cache
def inputs(by_arm: bool = False) -> ClinicalInputs:
    return clinical_inputs(day(), by_arm=by_arm)


@cache
def sections(by_arm: bool = False) -> tuple[Section, Section, Ledger]:
    return sections_of(inputs(by_arm))


def doubtful() -> set[str]:
    """Patients one of whose dates a site wrote wrongly or in part."""
    history = made_up().history
    wrong = ("MONTH_ONLY", "MOVED_FIRST_DOSE", "ENDS_BEFORE_START", "DOSES_OVERLAP")
    planted = history.planted.loc[history.planted["kind"].isin(wrong), "usubjid"]
    told = history.stories.loc[history.stories["kind"].eq("MONTH_OF_FIRST_DOSE"), "usubjid"]
    return {*planted, *told}


def truly_emergent() -> pd.DataFrame:
    """The events that truly began during a line of therapy, or up to 30 days after its last dose and before the next
    line: worked out from the history behind the files. LINE is the line they began on."""
    history = made_up().history
    doses = history.doses[history.doses["START"] <= day()]
    doses = doses.assign(END=[min(end, day()) if end is not None else None for end in doses["END"]])
    rows = []
    events = history.forms["AE"].sort_values(["USUBJID", "REF", "REVISION"])
    for event in events.drop_duplicates(["USUBJID", "REF"], keep="last").to_dict("records"):
        own = doses[doses["USUBJID"] == event["USUBJID"]]
        if isinstance(event["AESTDTC"], str):
            continue
        for line, taken in own.groupby("LINE"):
            goes_on = taken["END"].isna().any() or max(taken["END"]) >= day()
            until = day() if goes_on else min(day(), max(taken["END"]) + EMERGENT)
            following = [start for start in own["START"] if start > max(taken["START"])]
            if following:
                until = min(until, min(following) - dt.timedelta(days=1))
            if min(taken["START"]) <= event["AESTDTC"] <= until:
                rows.append(event | {"LINE": line})
    return pd.DataFrame(rows)


def counted(id_: str) -> set[str]:
    _, _, ledger = sections()
    return set(ledger.numbers[id_].receipt.rows) - doubtful()


def test_patients_with_events_are_those_who_truly_had_them() -> None:
    truth = truly_emergent()
    truth = truth[~truth["USUBJID"].isin(doubtful())]
    grade = pd.to_numeric(truth["AETOXGR"])
    assert len(truth[truth["LINE"] > 1]) > 20 and not truth.duplicated(["USUBJID", "REF"]).any()
    assert counted("ae.any") == set(truth["USUBJID"])
    assert counted("ae.grade3") == set(truth.loc[grade >= 3, "USUBJID"]) and len(counted("ae.grade3")) > 30
    assert counted("ae.serious") == set(truth.loc[truth["AESER"] == "Y", "USUBJID"])
    assert counted("ae.related") == set(truth.loc[truth["AEREL"] != "NOT RELATED", "USUBJID"])
    assert counted("ae.fatal") == set(truth.loc[truth["AEOUT"] == "FATAL", "USUBJID"])


def test_every_death_is_listed_on_the_day_it_truly_came() -> None:
    people = made_up().history.people
    died = people[people["DEATH"].map(lambda death: death is not None and death <= day())]
    expected = {
        row.USUBJID: str((row.DEATH - row.FIRSTDOSE).days + 1) for row in died.itertuples()
        if row.USUBJID not in doubtful()
    }  # fmt: skip
    _, deaths, _ = sections()
    found = {row[0]: row[1] for row in rows_of(deaths, "deaths.list") if row[0] not in doubtful()}
    assert found == expected and len(found) > 15


def test_fatal_events_and_clots_that_were_told_are_in_the_lists() -> None:
    stories = made_up().history.stories
    _, deaths, _ = sections()
    known = stories[stories["on"].map(pd.Timestamp) < pd.Timestamp(day())]
    for story in known[known["kind"].isin(["FATAL_EVENT"])].to_dict("records"):
        term = story["expected"].split(" ended in death")[0]
        (row,) = (row for row in rows_of(deaths, "deaths.list") if row[0] == story["usubjid"])
        assert row[3].startswith(term)
    events = {(row[0], row[1]) for row in rows_of(deaths, "serious.list")}
    assert ("S03-004", "Pulmonary embolism") in events


def test_patients_with_events_are_those_of_the_frame_of_events_each_once() -> None:
    frames = inputs().frames
    emergent = frames.adae[frames.adae["TRTEMFL"].eq("Y")]
    safety_set = set(frames.adsl.loc[frames.adsl["SAFFL"].eq("Y"), "USUBJID"])
    of_set = emergent[emergent["USUBJID"].isin(safety_set)]
    numbers = sections()[2].numbers
    assert numbers["ae.any"].value == of_set["USUBJID"].nunique() and numbers["ae.any"].denominator == len(
        safety_set
    )
    assert numbers["ae.any.events"].value == len(of_set) == len(emergent)
    fatal = of_set[of_set["AFATAL"].eq("Y")]
    assert numbers["ae.fatal"].receipt.rows == tuple(sorted(set(fatal["USUBJID"])))


def test_the_time_watched_is_that_of_the_indicators_of_sites() -> None:
    months = watched_months(inputs().frames.lines, made_up().study.protocol, day())["OF"].sum()
    years = float(sections()[2].numbers["ae.any.years"].value)
    assert years * 12 == pytest.approx(months)


def test_the_arms_and_the_later_lines_that_they_leave_out_add_up_to_all_patients() -> None:
    _, _, pooled = sections()
    _, _, apart = sections(True)
    frames = inputs().frames
    entry = frames.lines[frames.lines["FIRSTDOSE"] <= pd.Timestamp(day())].groupby("USUBJID")["LINE"].min()
    later = frames.adae[
        frames.adae["TRTEMFL"].eq("Y") & frames.adae["LINE"].gt(frames.adae["USUBJID"].map(entry))
    ]
    for id_, kind in (
        ("ae.any", later["TRTEMFL"].eq("Y")), ("ae.grade3", later["ATOXGRN"].ge(3)),
        ("ae.serious", later["AESERFL"].eq("Y")), ("ae.fatal", later["AFATAL"].eq("Y")),
    ):  # fmt: skip
        both = {who for group in ("A", "B") for who in apart.numbers[f"{id_}.{group}"].receipt.rows}
        left_out = set(later.loc[kind.fillna(False).to_numpy(bool), "USUBJID"])
        assert sorted(both | left_out) == list(pooled.numbers[id_].receipt.rows)
    for id_ in ("died.all", "died.soon", "serious.all"):
        rows = [who for group in ("A", "B") for who in apart.numbers[f"{id_}.{group}"].receipt.rows]
        assert sorted(rows) == list(pooled.numbers[id_].receipt.rows)
    events = [apart.numbers[f"ae.any.events.{group}"].value for group in ("A", "B")]
    assert sum(events) + len(later) == pooled.numbers["ae.any.events"].value and len(later) > 0
    notes = exhibit_of(sections(True)[0], "ae.overview").notes
    assert [note.split(":")[0] for note in notes[:-1]] == ["Arm A", "Arm B"]


def test_neither_an_arm_nor_a_drug_is_named_in_the_open_report_or_the_dry_run() -> None:
    mask = Mask(made_up().study.protocol)
    for seen in (inputs(), replace(inputs(True), masked=True)):
        events, deaths, ledger = sections_of(seen)
        assert not mask.names(repr((events, deaths)))
        assert not mask.names(repr([number.plain() for number in ledger.numbers.values()]))
        assert "Arm" not in repr((events, deaths))


def test_before_the_first_patient_every_exhibit_says_so() -> None:
    for by_arm in (False, True):
        for section in sections_of(nobody(inputs(by_arm)))[:2]:
            assert all(one.empty and not one.figures and one.table is None for one in section.exhibits)
            assert {one.rows for one in section.exhibits} == {0}
    assert exhibit_of(section, "deaths.list").empty == "No death is known."
