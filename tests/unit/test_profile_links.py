"""A patient's number in the closed report leads to his profile, where every reader may see the arm, and only there."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from milepost.reports.closed_report import ClosedInputs
from milepost.reports.drawing import Figure, label
from milepost.reports.exhibits import make_exhibit
from milepost.reports.profile.index import file_name
from milepost.reports.profile.links import hrefs, links_words, with_links
from milepost.reports.render import Renderer
from milepost.reports.section import Row, Section, Table, count_cell
from tests.report_builder import RENDERER, report_inputs

TO = {"12": "../../../profiles/closed-x/12.html"}


def lists(*subjects: str) -> Section:
    """A list of these patients, and a drawing with their names beside a tick that looks like a name."""
    marks = (label(0, 0, "12", "tick"), *(label(0, 20, one, names=one) for one in subjects))
    exhibit = make_exhibit(
        "list", "List", "", subjects, "ADSL", "deaths", "all", (Figure(10, 10, "A drawing", marks),),
        table=Table(("Patient", "n"), (Row("12", (count_cell(1),)), *(Row(one, (count_cell(1),), subject=one)
                                                                      for one in subjects))),
    )  # fmt: skip
    return Section("deaths", "Deaths", ("", ""), (exhibit,))


def set_on_a_page(section: Section) -> str:
    class Page:
        clinical = (section,)
        exhibit_numbers = {"list": 1}
        refs: dict[str, int] = {}
        header = type("Head", (), {"cut_off": "14 Apr 2026"})

    renderer: Renderer = RENDERER
    return renderer._html.get_template("interim/section.html.j2").render(report=Page(), section=section)


@pytest.mark.parametrize(
    ("closed", "may"),
    [
        (["dmc"], True),
        (["dmc", "medical_monitor"], True),
        (["dmc", "statistician"], False),  # who may read the report and may not see a patient's arm
        ([], False),
    ],
)
def test_numbers_lead_on_only_where_every_reader_of_the_report_may_see_the_arm(
    closed: list[str], may: bool
) -> None:
    roles = [
        {"id": "medical_monitor", "label": "Medical monitor", "sees_arm": True},
        {"id": "dmc", "label": "Data monitoring committee", "sees_arm": True},
        *(
            {"id": one, "label": one}
            for one in ("statistician", "study_monitor", "data_manager", "site_coordinator")
        ),
    ]
    report = report_inputs(2, roles=roles, analysis={"closed_roles": closed})
    protocol, wanted = report.protocol, frozenset({"S01-001"})
    assert ClosedInputs(report, {}, profiles=wanted).leading_on == (wanted if may else frozenset())
    assert ClosedInputs(report, {}, profiles=wanted, masked=True).leading_on == frozenset()
    if closed == ["dmc"]:
        assert links_words(protocol).startswith(
            "In the restricted folder a patient’s number leads to the patient’s profile. For the data monitoring "
            "committee only:"
        )


def test_a_patients_number_is_a_link_in_a_table_and_in_a_drawing_and_a_tick_is_none() -> None:
    (section,), linked = with_links([lists("12", "13")], TO)
    assert linked == {"12"}, "of 13 there is no profile"
    page = set_on_a_page(section)
    assert page.count(f'<a href="{TO["12"]}">') == 2
    assert '<th scope="row">12</th>' in page, "a row about nobody is no link"
    assert '<text x="0" y="0" class="tick">12</text>' in page
    assert f'<th scope="row"><a href="{TO["12"]}">12</a></th>' in page
    assert '<svg class="wide" role="group"' in page, "links in a picture of one piece cannot be reached"


def test_without_profiles_nothing_leads_on() -> None:
    (section,), linked = with_links([lists("12", "13")], {})
    assert (section, linked) == (lists("12", "13"), frozenset())
    assert 'role="img"' in set_on_a_page(section)


def test_a_number_with_signs_leads_to_the_very_file_that_is_written() -> None:
    """The file of S01/7 is S01%2F7.html; an address must escape the percent sign once more."""
    address = hrefs("closed-2026-04-14-0123456789ab", ["S01/7 é"])["S01/7 é"]
    assert unquote(address) == f"../../../profiles/closed-2026-04-14-0123456789ab/{file_name('S01/7 é')}"
    assert " " not in address
