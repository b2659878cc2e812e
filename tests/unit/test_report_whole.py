"""The whole open and closed report of the made-up study: nothing leaks, nothing stands twice, nothing is too big."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import pytest

from milepost.core.second_programming import LIFELINES
from milepost.reports.open_report import build_open_report, to_json
from tests.clinical_builder import clinical_inputs
from tests.report_builder import report_inputs
from tests.whole_report import closed_report, open_report

pytestmark = pytest.mark.xdist_group("made_up")

ARMS = re.compile(
    r"anlotinib|sorafenib|安罗替尼|索拉非尼|(?<![A-Za-z])(ANL|SOR)(?![A-Za-z])|ARMCD|TRT01|EXTRT", re.I
)
# a test's answer: p = 0.03, p < 0.001, p-value, log-rank
TESTS = re.compile(r"\bp\s*[=<>]\s*0|p-value|log-rank|logrank|chi-square|Fisher", re.I)
DATES = re.compile(r"20\d\d-\d\d-\d\d")


def test_the_open_report_names_no_arm_no_drug_and_no_test() -> None:
    made = open_report()
    for text in (made.text, made.json):
        assert not ARMS.search(text)
        assert not TESTS.search(text)


def test_the_open_report_compares_no_groups_of_treatment() -> None:
    made = open_report()
    assert not [id_ for id_ in made.numbers if id_.startswith(("comparison", "monitoring"))]
    assert "Arm A" not in made.text


def test_patients_stand_in_study_days_without_a_date() -> None:
    """The days of the report itself (cut-off, knowledge) stand in its head; report.json has them by name."""
    made = open_report()
    main = made.text[made.text.index('<main id="main"') :]
    assert not DATES.search(main)
    told = json.loads(made.json)
    kept = {
        name: value for name, value in told.items() if name not in ("as_of", "cut_off", "known_at", "history")
    }
    assert not DATES.search(json.dumps(kept, ensure_ascii=False))


@pytest.mark.parametrize("kind", ["open", "closed", "dry run"])
def test_no_id_stands_twice_on_a_page(kind: str) -> None:
    made = {"open": open_report, "closed": closed_report, "dry run": lambda: closed_report(masked=True)}[
        kind
    ]()
    ids = Counter(re.findall(r' id="([^"]+)"', made.html))
    assert [id_ for id_, times in ids.items() if times > 1] == []
    links = set(re.findall(r'href="#([^"]+)"', made.html))
    assert links <= set(ids), "every link leads somewhere on the page"


@pytest.mark.parametrize("kind", ["open", "closed", "dry run"])
def test_a_page_is_one_file_that_asks_the_network_for_nothing(kind: str) -> None:
    made = {"open": open_report, "closed": closed_report, "dry run": lambda: closed_report(masked=True)}[
        kind
    ]()
    assert not re.search(r'(src|href)="(?!#|data:)', made.html)
    assert "url(http" not in made.html
    assert len(made.html.encode()) < 2_000_000


def test_between_looks_the_closed_report_tests_nothing() -> None:
    made = closed_report()
    assert not [id_ for id_ in made.numbers if "logrank" in id_ or id_.endswith(".p")]
    assert "Nothing is tested in this report" in made.text
    assert not re.search(r"\bp\s*[=<>]\s*0", made.text)


def test_the_closed_report_names_no_arm_but_by_its_letter() -> None:
    made = closed_report()
    assert not ARMS.search(made.text)
    assert not ARMS.search(made.json)
    assert {"A", "B"} <= {id_.rsplit(".", 1)[-1] for id_ in made.numbers}


def test_a_dry_run_shows_no_amount_of_drug_and_no_day_of_a_sample_by_group() -> None:
    made = closed_report(masked=True)
    assert 'id="x-exposure.intensity"' in closed_report().html
    assert 'id="x-exposure.intensity"' not in made.html
    assert "Day of the AFP sample by group" not in made.text
    assert "The groups were drawn by chance" in made.text


def test_what_a_second_program_checks_are_numbers_of_the_report() -> None:
    made = closed_report()
    told = json.loads(made.json)["agreement"]
    assert told["apart"] == []
    assert told["compared"] > 20
    assert LIFELINES in made.text
    assert open_report().numbers["second.apart"]["value"] == 0


def test_made_again_a_report_is_the_same_bytes() -> None:
    first = open_report()
    open_report.cache_clear()
    assert open_report() == first


def test_a_change_of_code_is_a_cause_of_what_moved() -> None:
    inputs = clinical_inputs()
    before = json.loads(open_report().json)
    before["code_version"] = "0.0.9"
    moved = next(number for number in before["numbers"] if number["id"] == "deaths")
    assert moved["value"] is not None
    doctored = next(number for number in before["numbers"] if number["id"].endswith("OS.events"))
    doctored["value"] = 1
    seen = replace(
        report_inputs(5), study=inputs.study, clinical=inputs.frames, as_of=inputs.as_of, predecessor=before
    )
    told = json.loads(to_json(build_open_report(seen)))
    found = {entry["id"]: entry["causes"] for entry in told["moved"]}
    assert found[doctored["id"]] == ["Code change"] or "Code change" in found[doctored["id"]]
