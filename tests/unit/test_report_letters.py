"""Findings pages and letters of queries: which file, which line, which rule, by when; never a value."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from milepost.reports.findings import build_findings
from milepost.reports.query_letters import build_query_letter
from tests.report_builder import RENDERER, study
from tests.report_reading import Page, check_snapshot

AT = dt.datetime(2026, 11, 21, 21, 40, tzinfo=dt.UTC)


def findings(*, outcome: str = "RECORDED", reason: str | None = None, lines: int = 130) -> str:
    counts = pd.DataFrame(
        [("LB", "ACCEPTED", None, 80), ("LB", "UNCHANGED", None, 40), ("LB", "QUARANTINED", None, 7),
         ("ALL", "IGNORED", "totals_row", 3)],
        columns=["DOMAIN", "DISPOSITION", "RULE", "ROWS"],
    )  # fmt: skip
    unit = ("lb_unit_known", "critical", "The unit of this result is not one we know for this test.", "LB")
    high = ("lb_value_likely", "warning", "This result is unusually high. Is it right?", "LB")
    rows = [(*unit, n) for n in (12, 4, 5, 6, 9, 13, 44)] + [(*high, n) for n in (60, 2)]
    found = pd.DataFrame(rows, columns=["RULE", "SEVERITY", "REASON", "DOMAIN", "SRCLINE"])
    model = build_findings(
        study().protocol, site="S03", delivery=17, layout="lab", received_at=AT, known_at=AT, outcome=outcome,
        reason=reason, lines=lines, config_hash="ab" * 32, row_counts=counts, findings=found,
    )  # fmt: skip
    return RENDERER.findings_page(model)


def letter(**changed: object) -> str:
    frame = pd.DataFrame({
        "SITEID": ["S01", "S01", "S02", "S01"], "RULE": ["lb_value_likely", "lb_unit_known", "lb_unit_known", "dm_sex"],
        "SEVERITY": ["warning", "critical", "critical", "critical"],
        "QUESTION": ["This result is unusually high. Is it right?", "Which unit is this?", "Which unit is that?", "?"],
        "OPENED_AT": [AT - dt.timedelta(days=24), AT, AT, AT], "OPEN": [True, True, True, False],
        "DUE_ON": [dt.date(2026, 11, 4), dt.date(2026, 11, 28), dt.date(2026, 11, 28), None],
        "USUBJID": ["S01-003", None, "S02-001", None], "DOMAIN": ["LB", "LB", "LB", "DM"],
        "DELIVERY": [21, 44, 45, 46], "SRCLINE": [22, 45, 3, 1],
    })  # fmt: skip
    return RENDERER.query_letter(
        build_query_letter(study(**changed), "S01", frame, as_of=dt.date(2026, 11, 21))
    )


def test_a_findings_page_reads_as_kept() -> None:
    check_snapshot("findings.txt", Page(findings()).text + "\n")


def test_a_letter_reads_as_kept() -> None:
    check_snapshot("letter.txt", Page(letter()).text + "\n")


def test_a_held_delivery_says_at_the_top_that_nothing_is_recorded_and_why() -> None:
    text = Page(findings(outcome="HELD", reason="60 of 130 rows have no unit.")).text
    assert "Delivery 17 of S03: held, nothing of it is recorded" in text
    assert "Why: 60 of 130 rows have no unit." in text


def test_a_line_no_row_accounts_for_is_said_first() -> None:
    assert "2 lines cannot be accounted for." in Page(findings(lines=132)).text


def test_a_letter_shows_a_site_its_own_patients_and_open_questions_only() -> None:
    text = Page(letter()).text
    assert "S01-003" in text
    assert "S02-001" not in text and "Which unit is that?" not in text and "dm_sex" not in text


def test_both_pages_stand_alone_and_their_links_resolve() -> None:
    for html in (findings(), letter()):
        read = Page(html)
        assert read.loads == []
        assert {target.removeprefix("#") for target in read.targets} <= set(read.ids)


def test_what_a_site_wrote_cannot_become_markup() -> None:
    html = findings(outcome="REFUSED", reason="<script>alert(1)</script>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
