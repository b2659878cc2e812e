"""With nobody, with one patient, with nobody to judge, and with small sites."""

from __future__ import annotations

from milepost.reports.open_report import build_open_report
from tests.report_builder import RENDERER, hand_made, page, report_inputs, report_json
from tests.report_reading import Page


def test_with_no_patient_the_page_says_so_everywhere() -> None:
    text = Page(page(report_inputs(0))).text
    for sentence in (
        "Nobody waits. Nothing is owed, held or silent.",
        "Nobody waits. Last checked 22 Nov 2026, 05:40.",
        "Nobody has been treated yet.",
        "No patient is enrolled yet.",
        "Nobody is overdue.",
        "Nobody can be judged yet: no pair of a valid baseline and a sample in the window.",
        "No treated patient has a result after baseline yet.",
        "No evaluable patient yet.",
        "No row was received yet. 0 rows lie in quarantine, 0 queries are open.",
        "No query is open.",
        "No row lies in quarantine.",
        "This is the first report. There is nothing to compare it with yet.",
    ):
        assert sentence in text
    assert "nan" not in text.lower().split()
    assert "None" not in text


def test_one_patient_is_shown_by_value_and_without_a_percentage() -> None:
    text = Page(page(hand_made({"S01-001": (60, [(-3, "500"), (29, "300")])}))).text
    assert "1 of 1 treated can be judged: 1 fell by 25 % or more" in text
    assert "−40.0 %" in text
    assert "1/1 · interval 2.5–100.0 %" in text
    assert "100.0 % (" not in text


def test_where_nobody_is_evaluable_no_rate_is_drawn_and_the_sentence_says_so() -> None:
    inputs = hand_made({"S01-001": (60, [(-3, "12"), (29, "3")]), "S01-002": (20, [(-3, "300")])})
    model = build_open_report(inputs)
    text = Page(RENDERER.open_report(model)).text
    assert "nobody of 2 treated patients is finally judged yet." in text
    assert "No evaluable patient yet." in text
    assert model.checkpoints[0].rates.figures == ()
    rate = next(n for n in report_json(inputs)["numbers"] if n["id"] == "checkpoint.AFP-W4.rate.all")
    assert (rate["value"], rate["denominator"]) == (None, 0)


def people(**by_site: int) -> dict[str, tuple[int, list[tuple[int, str]]]]:
    return {
        f"{site}-{n:03d}": (60, [(-3, "500"), (29, "300")])
        for site, count in by_site.items()
        for n in range(count)
    }


def shown(**by_site: int) -> dict[str, int]:
    sites = report_json(hand_made(people(**by_site)))["numbers"]
    head = "enrolled.site."
    return {entry["id"].removeprefix(head): entry["value"] for entry in sites if entry["id"].startswith(head)}


def test_sites_with_fewer_than_five_patients_are_shown_together() -> None:
    found = shown(S01=9, S02=5, S03=4, S04=2)
    assert (found.pop("S01"), found.pop("S02")) == (9, 5)
    (pooled,) = found.values()
    assert pooled == 6


def test_a_single_small_site_takes_another_one_along_so_that_no_difference_gives_it_away() -> None:
    found = shown(S01=9, S02=6, S03=3)
    assert found.pop("S01") == 9
    (pooled,) = found.values()
    assert pooled == 9


def test_the_figure_by_site_names_no_small_site() -> None:
    by_site = build_open_report(hand_made(people(S01=9, S02=5, S03=4, S04=2))).enrolment.by_site
    text = " ".join(mark.bold + mark.text for figure in by_site.figures for mark in figure.marks)
    assert "S02" in text
    assert "S03" not in text and "S04" not in text
    assert "10 small sites" in text


def test_a_made_up_study_says_that_no_patient_exists_and_a_real_one_does_not() -> None:
    made_up = Page(page(report_inputs(12))).text
    assert "Made-up study. No patient of this report exists; no figure is a result." in made_up
    real = page(report_inputs(12, made_up=False))
    assert "made-up" not in real.lower() and "made up" not in real.lower()
