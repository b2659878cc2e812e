"""A patient profile as its reader meets it: one patient, study days, a way back from each row, and nobody else."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from milepost.errors import NotPermitted
from milepost.reports.profile.build import build_profile
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.index import build_index, index_row
from milepost.reports.profile.inputs import frame_names
from milepost.reports.profile.sources import Sources
from tests.profile_builder import CAST, DAY_1, KNOWN_AT, RENDERER, day, inputs_of, page_of, profile_of
from tests.report_reading import Page

ROOT = Path(__file__).parents[2]
DAYS = StudyDays(((1, DAY_1),))


def text_of(name: str) -> str:
    return Page(page_of(name)).text


@pytest.mark.parametrize("name", list(CAST))
def test_a_page_holds_no_date_but_that_of_cut_off_and_knowledge(name: str) -> None:
    html = re.sub(r"base64,[A-Za-z0-9+/=]+", "", page_of(name))
    written = re.findall(r"(?<!\d)(?:\d{4}-\d\d(?:-\d\d)?|\d{1,2} [A-Z][a-z]{2} \d{4})(?!\d)", html)
    assert set(written) == {"15 Jun 2026"}
    compact = [(DAY_1 + dt.timedelta(days=n)).strftime("%Y%m%d") for n in range(-20, 120)]
    assert [text for text in compact if text in html] == []


def test_only_the_patients_own_rows_are_on_the_page() -> None:
    asked = inputs_of("busy")
    assert set(asked.adae["USUBJID"]) == {"S01-001", CAST["crowded"].subject, CAST["early death"].subject}
    html = page_of("busy")
    assert [name for name in CAST if CAST[name].subject in html] == ["busy"]
    assert "Term 00" not in html and "Variceal" not in html
    alone = {name: getattr(asked.own(), name) for name in frame_names()}
    assert all(set(frame["USUBJID"]) <= {"S01-001"} for frame in alone.values())
    assert RENDERER.patient_profile(build_profile(replace(asked, **alone))) == html


@pytest.mark.parametrize("role", ["study_monitor", "site_coordinator", "nobody", ""])
def test_a_role_that_may_not_see_the_arm_gets_no_profile(role: str) -> None:
    with pytest.raises(NotPermitted, match="sees_arm = true: medical_monitor. Nothing was written"):
        build_profile(replace(inputs_of("busy"), reader=role))


def test_the_page_says_who_may_read_it_and_shows_the_drug() -> None:
    text = text_of("busy")
    assert "Restricted. Shows the drug: for the medical monitor only, never part of the open report." in text
    assert "First line Anlotinib, arm ANL" in text


def test_the_head_says_how_the_patient_stands_and_what_cannot_wait() -> None:
    header = profile_of("busy").header
    assert header.lead[0] == (
        "Day 106, off drug, last dose day 98. AFP non-responder (−24.0\u202f%). Best response: partial response."
    )
    assert header.lead[1] == " 2 alerts are open: Potential Hy’s law first."
    (callout,) = header.callouts
    assert (callout.heading, callout.actor, callout.by) == (
        "Potential Hy’s law, day 99",
        "Medical monitor",
        "5 days late",
    )
    assert callout.action == "Repeat the liver tests."


def test_the_verdict_rests_on_two_rows_with_rule_comparison_and_caution() -> None:
    (verdict,) = profile_of("busy").verdicts
    assert (verdict.state, verdict.comparison) == ("Non-responder", "380 > 375")
    assert verdict.lead == "−24.0\u202f% on day 29; final: only corrected data can change it."
    assert [(r.name, r.reported, r.day, r.where, r.delay, r.source) for r in verdict.rows] == [
        ("AFP, baseline", "500 ng/mL", "−4", "Laboratory 1, Platform A", "2 days", "LB|R:LB-1, delivery 1, line 2"),
        ("AFP, checkpoint", "380 ng/mL", "29", "Laboratory 1, Platform A", "2 days", "LB|R:LB-3, delivery 1, line 4"),
    ]  # fmt: skip
    assert "Rule AFP-W4" in verdict.rule
    assert verdict.flags == "the change lies in the protocol's borderline band"
    assert verdict.caution.startswith("AFP non-response is not RECIST progression; 35-50 %")
    assert verdict.caution in text_of("busy")


def test_the_caution_stands_under_a_non_response_only() -> None:
    first, second = profile_of("two lines").verdicts
    assert (first.state, first.caution) == ("Responder", "")
    assert second.state == "Non-responder"
    assert second.caution.startswith("AFP non-response is not RECIST progression")
    assert "not RECIST progression" not in text_of("undercut")


def test_every_row_leads_back_to_its_record() -> None:
    made = profile_of("busy")
    rows = [*made.responses, *made.times, *made.queries, *made.events, *made.doses, *made.values]
    assert len(rows) == 49
    assert all(re.search(r"delivery \d+, lines? \d+", row.source) for row in rows)
    assert made.events[0].source == "AE|R:AE-1, delivery 1, line 2"


def test_the_highest_liver_tests_stand_in_both_views_with_their_quadrant() -> None:
    made = profile_of("busy")
    assert made.peak_heads == ("multiple of", "ALT", "AST", "Bilirubin", "ALP", "quadrant")
    limit, baseline = made.peaks
    assert limit.cells == (
        "5.2, day 99", "0.9, day 29", "2.4, day 99", "0.8, day 29",
        "quadrant of Hy’s law, the two paired in time",
    )  # fmt: skip
    assert (baseline.head, baseline.cells[0], limit.strong) == ("baseline", "6.3, day 99", True)
    assert profile_of("cycles").peaks[0].cells[-1] == "cannot be said: ALT, BILI not known"


def test_a_key_that_names_a_record_by_its_date_is_left_out() -> None:
    keys = ["D:AFP|SERUM|2026-03-30", "R:20260330-1", "R:AFP|010030202906"]
    frame = pd.DataFrame({"DOMAIN": "LB", "RECKEY": keys, "DELIVERY": 7, "SRCLINE": [2, 3, 4]})
    sources = Sources(frame)
    assert [sources.of(f"LB|{key}") for key in keys] == [
        "delivery 7, line 2", "delivery 7, line 3", "LB|R:AFP|010030202906, delivery 7, line 4",
    ]  # fmt: skip
    assert sources.of(tuple(f"LB|{key}" for key in keys)) == "delivery 7, lines 2, 3 and 4"
    assert sources.of(("LB|R:unknown",)) == "no record"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("since 2026-03-09 on", "since day 8 on"),
        ("2026-03-09T08:30 taken", "day 8 taken"),
        ("2026年2月28日", "day −2"),
        ("2026/3/2", "day 1"),
        ("in 2026-03", "in (date)"),
        ("grade 2-3 of 10-2026", "grade 2-3 of 10-2026"),
    ],
)
def test_a_date_in_a_free_text_becomes_a_study_day(written: str, read: str) -> None:
    assert DAYS.without_dates(written) == read


def test_a_query_that_quotes_a_date_is_shown_with_its_study_day() -> None:
    (query,) = profile_of("busy").queries
    assert query.head == "Which is right, day 8 or another day?"
    assert query.cells == ("day 90", "9 days late")


def test_a_patient_of_whom_only_the_consent_is_known_has_a_page() -> None:
    made = profile_of("consent")
    assert made.course is None and made.figures == () and made.values == ()
    text = text_of("consent")
    assert "No dose is known yet. No alert is open." in text
    assert "Study days begin with the first dose, and none is known: there is no axis to draw on yet." in text
    assert "First line Anlotinib planned, arm ANL" in text
    assert "Not started: waiting for the first dose" in text
    assert (made.times, made.responses, made.doses, made.events, made.told) == ((), (), (), (), ())
    assert "NaN" not in text and "None:" in text


def test_a_patient_who_died_before_the_first_scan_has_an_axis_that_ends_soon_after() -> None:
    made = profile_of("early death")
    course = made.course
    assert course is not None
    assert made.header.standing == "Died on day 20"
    assert (course.death, course.last, course.today) == (19, 33, 105)
    assert course.tumours.series == () and course.tumours.due is None
    assert [(m.at, m.said) for m in course.moments] == [(0, "first dose"), (19, "died, day 20")]
    assert [row.cells[:3] for row in made.times if row.head == "Overall survival"] == [
        ("20", "0.7", "day 20")
    ]
    assert [state for state, _ in made.header.states] == ["Not reached: died"]
    assert (made.events[0].serious, made.events[0].grade) == ("fatal", "5")
    assert "no scan judged yet" in page_of("early death")


def test_two_lines_of_therapy_share_one_axis_and_have_a_verdict_each() -> None:
    made = profile_of("two lines")
    course = made.course
    assert course is not None
    assert [verdict.heading for verdict in made.verdicts] == [
        "AFP at four weeks, line 1",
        "AFP at four weeks, line 2",
    ]
    assert [state for state, _ in made.header.states] == [
        "Line 1: Responder, −50.0\u202f%", "Line 2: Non-responder, +3.3\u202f%",
    ]  # fmt: skip
    assert [(w.first, w.last) for w in course.markers[0].windows] == [(21, 35), (70, 84)]
    assert [(bar.drug, bar.first) for bar in course.dosing.bars] == [
        ("Anlotinib", 0),
        ("Anlotinib", 21),
        ("Sorafenib", 49),
    ]
    assert [m.said for m in course.moments if m.kind == "start"] == [
        "first dose, line 1",
        "first dose, line 2",
    ]
    assert [(s.line, [p.at for p in s.sums]) for s in course.tumours.series] == [(1, [-5, 42]), (2, [42, 91])]
    assert "day 92 (line 2, day 43)" in text_of("two lines")


def test_the_same_inputs_give_the_same_bytes_whatever_the_order_of_their_rows() -> None:
    for name in ("busy", "two lines"):
        asked = inputs_of(name)
        turned = {field: getattr(asked, field).iloc[::-1].reset_index(drop=True) for field in frame_names()}
        assert RENDERER.patient_profile(build_profile(asked)) == page_of(name)
        assert RENDERER.patient_profile(build_profile(replace(asked, **turned))) == page_of(name)


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    code = (
        "import hashlib\n"
        "from tests.profile_builder import page_of\n"
        "print(hashlib.sha256((page_of('busy') + page_of('two lines')).encode()).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    here = hashlib.sha256((page_of("busy") + page_of("two lines")).encode()).hexdigest()
    assert done.stdout.strip() == here


def test_the_page_loads_nothing_and_its_links_lead_to_places_on_it() -> None:
    html = page_of("busy")
    read = Page(html)
    assert read.loads == []
    assert not re.search(r"https?:", html)
    assert "<script" not in html
    assert {target.removeprefix("#") for target in read.targets} <= set(read.ids)
    assert len(read.ids) == len(set(read.ids))
    assert len(html.encode()) < 250_000


def test_every_value_drawn_can_be_read_in_the_list() -> None:
    made = profile_of("busy")
    course = made.course
    assert course is not None
    drawn = (
        sum(len(panel.readings) for panel in course.markers)
        + sum(len(series.sums) for series in course.tumours.series)
        + sum(len(row.cells) for row in course.grades.rows)
        + sum(
            len(t.points)
            for t in course.liver.tests
            if t.code not in {row.code for row in course.grades.rows}
        )
    )
    assert len(made.values) == drawn == 32


def test_the_list_of_patients_puts_first_what_cannot_wait_and_names_no_drug() -> None:
    asked = inputs_of("busy")
    index = build_index(
        asked.protocol, "0123456789ab", [index_row(profile_of(name)) for name in CAST], as_of=asked.as_of,
        known_at=KNOWN_AT, config_hash=asked.config_hash, code_version="0.1.0",
    )  # fmt: skip
    assert [(name, len(rows)) for name, rows in index.groups] == [
        ("A safety alert is open", 1), ("Non-response at the checkpoint", 1), ("Nothing waits", len(CAST) - 2),
    ]  # fmt: skip
    assert index.groups[1][1][0].subject == CAST["two lines"].subject
    (first,) = index.groups[0][1]
    assert (first.subject, first.href) == ("S01-001", "S01-001.html")
    assert first.waits[0] == ("Potential Hy’s law", "5 days late", "late")
    html = RENDERER.patient_profile(index)
    read = Page(html)
    assert {target for target in read.targets if target.endswith(".html")} == {
        f"{told.subject}.html" for told in CAST.values()
    }
    assert not re.search(r"anlotinib|sorafenib|\bANL\b|\bSOR\b", read.text, re.IGNORECASE)
    assert day(8) not in html
