"""Where somebody has several lines of therapy, patients and lines are told apart in every sentence and figure."""

from __future__ import annotations

import pytest

from milepost.protocol import LabTest
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.inputs import ReportInputs
from milepost.reports.open_report import OpenReport, build_open_report
from tests.report_builder import RENDERER, hand_made, study, with_second_lines
from tests.report_reading import Page

PEOPLE = {
    "S01-001": (60, [(-3, "500"), (29, "300")]),
    "S01-002": (60, [(-3, "500"), (29, "480")]),
    "S01-003": (38, [(-3, "500")]),
}
LINES = [{"number": 1, "label": "First line"}, {"number": 2, "label": "Second line"}]


def several() -> ReportInputs:
    """Three patients, the first of them also in a second line of therapy."""
    return with_second_lines(hand_made(PEOPLE, lines=LINES), ["S01-001"])


def figure_words(model: OpenReport) -> str:
    """What the figures of the checkpoint say, their spoken sentences included."""
    figures = [figure for exhibit in model.checkpoints[0].exhibits for figure in exhibit.figures]
    return "\n".join(
        text for figure in figures for text in (figure.label, *(m.bold + m.text for m in figure.marks))
    )


def test_with_several_lines_every_count_of_verdicts_says_patients_and_lines() -> None:
    model = build_open_report(several())
    text = Page(RENDERER.open_report(model)).text
    for said in (
        "Where all 4 patients and lines of therapy stand",
        "3 of 4 treated patients and lines of therapy can be judged",
        "Counted Meaning Patients and lines of therapy Responders, final",
        "Enrolled everybody, once for each line of therapy 4",
        "One dot a patient and line.",
        "each patient and line of therapy",
        "All patients and lines of therapy",
    ):
        assert said in text
    spoken = figure_words(model)
    assert "One bar a patient and line, largest rise on the left" in spoken
    assert "from baseline, 3 patients and lines of therapy, largest rise left" in spoken
    assert "responders among evaluable patients and lines of therapy" in spoken
    assert "3 patients and lines of therapy inside days 22–36" in spoken
    assert "patient by patient" not in text and "own baseline, study" in spoken


def test_with_one_line_each_everything_counts_patients() -> None:
    model = build_open_report(hand_made(PEOPLE))
    text = Page(RENDERER.open_report(model)).text
    assert "patients and lines" not in text + figure_words(model)
    assert "Counted Meaning Patients Responders, final" in text
    assert "2 of 3 treated can be judged" in text
    assert "One bar a patient, largest rise" in figure_words(model)


def test_the_list_tells_the_lines_of_one_patient_apart() -> None:
    (section,) = build_open_report(several()).checkpoints
    assert [(row.subject, row.line) for row in section.list if row.subject != "S01-003"] == [
        ("S01-002", ""),
        ("S01-001", "line 1"),
        ("S01-001", "line 2"),
    ]
    assert "S01-001, line 2" in Page(RENDERER.open_report(build_open_report(several()))).text


def test_a_number_that_counts_patients_says_so_beside_those_that_count_lines() -> None:
    deaths = next(one for one in build_open_report(several()).headlines if one.label == "Deaths")
    assert deaths.meaning == "of 3 treated patients"


@pytest.mark.parametrize(
    ("code", "label", "short"),
    [("AFP", "Alpha-fetoprotein", "AFP"), ("CA199", "CA 19-9", "CA 19-9"), ("PSA", "PSA", "PSA")],
)
def test_a_sentence_uses_the_label_where_the_code_is_only_the_label_without_its_blanks(
    code: str, label: str, short: str
) -> None:
    test = LabTest(code=code, label=label, unit="U/mL")
    assert CheckpointWords(study().protocol.checkpoints[0], test).short == short
