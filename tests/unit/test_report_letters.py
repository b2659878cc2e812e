"""Findings pages and letters of queries: which file, which line, which rule, by when; never a value."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from milepost.reports.findings import build_findings
from milepost.reports.query_letters import build_query_letter
from tests.report_builder import RENDERER, study
from tests.report_reading import Page, check_snapshot

AT = dt.datetime(2026, 11, 21, 21, 40, tzinfo=dt.UTC)


def findings(
    *, outcome: str = "RECORDED", reason: str | None = None, lines: int = 130, layout: str | None = "lab"
) -> str:
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
        study().protocol, site="S03", delivery=17, layout=layout, received_at=AT, known_at=AT, outcome=outcome,
        reason=reason, lines=lines, config_hash="ab" * 32, row_counts=counts, findings=found,
    )  # fmt: skip
    return RENDERER.findings_page(model)


def letter(**changed: object) -> str:
    frame = pd.DataFrame({
        "ID": [31, 7, 8, 9], "RECEIVED_AT": [AT - dt.timedelta(days=24), AT, AT, AT],
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


@pytest.mark.parametrize("outcome", ["HELD", "REFUSED"])
def test_of_a_file_that_is_not_recorded_no_row_is_said_to_wait_or_to_be_in_use(outcome: str) -> None:
    text = Page(findings(outcome=outcome, reason="60 of 130 rows have no unit.")).text
    assert "in quarantine" not in text.split("What to do now")[0] and "in use" not in text
    assert "nothing of the file is recorded" in text


def test_a_held_delivery_says_what_to_do_now() -> None:
    text = Page(findings(outcome="HELD", reason="60 of 130 rows have no unit.")).text
    assert "milepost read-again 17 after sites.toml was corrected" in text
    assert "milepost read-again 17 --release" in text
    assert "sends the corrected file" in text


def test_a_refused_delivery_is_not_offered_a_release_for_there_is_nothing_to_record() -> None:
    text = Page(findings(outcome="REFUSED", reason="There is nothing in this file that we could read.")).text
    assert "milepost read-again 17 after sites.toml was corrected" in text
    assert "--release" not in text


def test_a_file_of_an_unknown_name_must_be_sent_again_for_reading_it_again_changes_nothing() -> None:
    text = Page(findings(outcome="REFUSED", reason="The file's name is none we expect.", layout=None)).text
    assert "read-again" not in text
    assert "sends the file again under a name that a layout of sites.toml expects" in text


def test_a_recorded_delivery_asks_for_nothing_at_the_top() -> None:
    assert "What to do now" not in Page(findings()).text


def test_a_line_no_row_accounts_for_is_said_first() -> None:
    assert "2 lines cannot be accounted for." in Page(findings(lines=132)).text


def test_a_letter_shows_a_site_its_own_patients_and_open_questions_only() -> None:
    text = Page(letter()).text
    assert "S01-003" in text
    assert "S02-001" not in text and "Which unit is that?" not in text and "dm_sex" not in text


def one_question(question: str, rule: str = "FILE-HELD", **more: object) -> str:
    """What the letter prints of a single question."""
    row = {
        "ID": 12, "SITEID": "S01", "RULE": rule, "SEVERITY": "critical", "QUESTION": question, "OPENED_AT": AT,
        "OPEN": True, "DUE_ON": dt.date(2026, 11, 28), "USUBJID": None, "DOMAIN": None, "DELIVERY": 44,
        "SRCLINE": None, **more,
    }  # fmt: skip
    model = build_query_letter(study(), "S01", pd.DataFrame([row]), as_of=dt.date(2026, 11, 21))
    return Page(RENDERER.query_letter(model)).text


def test_each_question_carries_the_number_it_is_answered_by() -> None:
    assert "\n12 Which unit is this?" in one_question("Which unit is this?", "lb_unit_known")


def test_the_letter_says_when_the_file_came_where_that_is_known() -> None:
    told = one_question("Which unit is this?", RECEIVED_AT=AT)
    assert "delivery 44, received 22 Nov 2026, 05:40 (UTC+8)" in told
    assert "received" not in one_question("Which unit is this?", RECEIVED_AT=pd.NaT)


def test_a_rule_is_printed_once() -> None:
    assert one_question("Which unit is this? [LB-UNIT-KNOWN]", "LB-UNIT-KNOWN").count("LB-UNIT-KNOWN") == 1


def test_the_question_of_a_held_file_asks_something() -> None:
    told = one_question("54 of 60 rows break a critical rule; above 20 % the file is held whole.")
    assert (
        "held whole. Please correct the lines that its findings page names and send the file again, "
        "or tell us that it is right as it is." in told
    )


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ('AFP unit "mg" is unknown. Known: ng/mL. Add it to sites.toml or query the site.',
         'AFP unit "mg" is unknown. Known: ng/mL.'),
        ("Expected: lab_*.csv. Please send it under such a name, or add a layout for it to sites.toml.",
         "Expected: lab_*.csv. Please send it under such a name."),
        ("test X is unknown. Known: AFP. Add it to the protocol's tests or to the site's codes, or query the site.",
         "test X is unknown. Known: AFP."),
        ("The file is not gb18030. Correct the layout's encoding in sites.toml, or ask the site how the file was "
         "saved. Please send it again.", "The file is not gb18030. Please send it again."),
    ],
)  # fmt: skip
def test_what_is_meant_for_data_managers_stays_out_of_a_letter(asked: str, printed: str) -> None:
    told = one_question(f"Laboratory, line 15: Please check. {asked} [R-1]", "R-1")
    assert f"Laboratory, line 15: Please check. {printed} R-1, critical" in told
    assert "toml" not in told and "query the site" not in told


def test_both_pages_stand_alone_and_their_links_resolve() -> None:
    for html in (findings(), letter()):
        read = Page(html)
        assert read.loads == []
        assert {target.removeprefix("#") for target in read.targets} <= set(read.ids)


def test_what_a_site_wrote_cannot_become_markup() -> None:
    html = findings(outcome="REFUSED", reason="<script>alert(1)</script>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
