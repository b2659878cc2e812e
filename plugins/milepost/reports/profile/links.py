"""The way from a listing of the closed report to a patient's profile.

A profile shows the drug, and with the group beside it in the report it tells which arm is A. So profiles lie in
another folder than the report, and numbers lead there only where everybody who may read the report may see the arm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote

from milepost.protocol import StudyProtocol
from milepost.reports import words
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.profile.index import file_name
from milepost.reports.profile.inputs import readers
from milepost.reports.section import Section, Table

FOLDER = "profiles"
# restricted/closed/pending/REPORT/report.html and restricted/closed/released/REPORT/report.html lie equally deep
_UP = "../../.."


def may_lead_to_profiles(protocol: StudyProtocol) -> bool:
    """Whether every role of `[analysis] closed_roles` may see a patient's arm, and so his profile."""
    allowed = {role.id for role in readers(protocol)}
    return bool(protocol.analysis.closed_roles) and set(protocol.analysis.closed_roles) <= allowed


def links_words(protocol: StudyProtocol) -> str:
    """Who may follow the links, and what they give away."""
    labels = {role.id: role.label.lower() for role in protocol.roles}
    who = words.listed([f"the {labels[role]}" for role in protocol.analysis.closed_roles])
    return (
        f"In the restricted folder a patient’s number leads to the patient’s profile. For {who} only: a profile shows "
        "the drug, so whoever opens one knows which arm is A and which is B."
    )


def hrefs(report: str, subjects: Iterable[str]) -> dict[str, str]:
    """Subject -> relative address of his profile, seen from the report's page. report: name of its folder."""
    return {one: quote(f"{_UP}/{FOLDER}/{report}/{file_name(one)}") for one in subjects}


def with_links(
    sections: Iterable[Section], to: Mapping[str, str]
) -> tuple[tuple[Section, ...], frozenset[str]]:
    """The sections with a link wherever one of these patients' numbers stands, and whose numbers those are."""
    found: set[str] = set()
    linked = tuple(
        replace(section, exhibits=tuple(_exhibit(one, to, found) for one in section.exhibits))
        for section in sections
    )
    return linked, frozenset(found)


def _exhibit(exhibit: Exhibit, to: Mapping[str, str], found: set[str]) -> Exhibit:
    table = None if exhibit.table is None else _table(exhibit.table, to, found)
    return replace(exhibit, table=table, figures=tuple(_figure(one, to, found) for one in exhibit.figures))


def _table(table: Table, to: Mapping[str, str], found: set[str]) -> Table:
    found |= {row.subject for row in table.rows} & to.keys()
    return replace(table, rows=tuple(replace(row, href=to.get(row.subject, "")) for row in table.rows))


def _figure(figure: Figure, to: Mapping[str, str], found: set[str]) -> Figure:
    found |= {mark.names for mark in figure.marks} & to.keys()
    return replace(
        figure, marks=tuple(replace(m, href=to[m.names]) if m.names in to else m for m in figure.marks)
    )
