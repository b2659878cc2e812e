"""Interim monitoring as the closed report tells it, where the endpoint of the looks is not survival."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from milepost.core.interim_monitoring import HeldLook
from milepost.protocol import InterimRules
from milepost.protocol.base import STORED
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.ledger import Ledger
from milepost.reports.monitoring_section import Looks, build_monitoring, held_look, looked_at
from tests.efficacy_builder import inputs_of, many, with_analysis

# 60 patients: 20 died, 30 progressed
PFS = {"endpoint": "PFS", "planned_events": 60, "planned_deaths": 100, "looks": (0.25, 0.5, 1.0)}


def inputs_by(rules: InterimRules, patients: int) -> ClinicalInputs:
    """Two groups at a look, none with an adverse event."""
    study = with_analysis(interim=rules, subgroups=(), stratify_by=())
    made = inputs_of(many(patients), compared=True, tested=True, study=study)
    events = made.frames.adae.assign(TRTEMFL=None, AREL=None, ATOXGRN=None)
    return replace(made, frames=replace(made.frames, adae=events))


def harm(rules: dict[str, Any], looks: Looks, patients: int = 60) -> tuple[Exhibit, list[str]]:
    """The exhibit on harm at this look, and its cells for B being the experimental group."""
    inputs = inputs_by(InterimRules.model_validate(rules, context=STORED), patients)
    section = build_monitoring(inputs, Ledger(), Efficacy(inputs), looks)
    exhibit = next(one for one in section.exhibits if one.id == "monitoring.harm")
    assert exhibit.table is not None
    return exhibit, [cell.text for cell in exhibit.table.rows[0].cells]


def test_where_the_endpoint_is_progression_harm_in_survival_goes_by_the_deaths() -> None:
    """30 of 60 progressions are half of the information, 20 of 100 deaths a fifth: rpact's bound there is 1.8876."""
    exhibit, cells = harm(PFS, Looks((), 1))
    assert cells[0] == "−1.888"
    assert exhibit.sub.startswith("20 of 100 planned deaths, 20\u202f%.")


def test_the_deaths_of_earlier_looks_are_those_on_record() -> None:
    """rpact at 0.2 and 0.45 of the deaths: 1.8876, then 1.7656."""
    rules = PFS | {"planned_events": 28, "planned_deaths": 20}  # 14 of 27 progressed, 9 died
    _, cells = harm(rules, Looks((HeldLook(1, 0.3, 0.4, deaths=4),), 2), 27)
    assert cells[0] == "−1.766"
    _, cells = harm(rules, Looks((HeldLook(1, 0.3, 0.4),), 2), 27)
    assert (cells[0], cells[4]) == ("–", "not known: an information fraction is missing or not above 0")


def test_without_planned_deaths_there_is_no_bound_for_harm_and_the_page_says_what_is_missing() -> None:
    exhibit, cells = harm(PFS | {"planned_deaths": None}, Looks((), 1))
    assert cells[0] == "–"
    assert exhibit.sub.startswith("20 deaths; protocol.toml [analysis.interim] planned_deaths is missing.")


def test_where_the_endpoint_is_survival_the_planned_events_are_the_deaths() -> None:
    exhibit, cells = harm({"planned_events": 40, "looks": (0.5, 1.0)}, Looks((), 1))
    assert cells[0] == "−1.538"  # rpact at one half
    assert exhibit.sub.startswith("20 of 40 planned deaths, 50\u202f%.")


def test_a_look_keeps_how_many_had_died_for_those_after_it() -> None:
    inputs = inputs_by(InterimRules.model_validate(PFS), 60)
    efficacy, looks = Efficacy(inputs), Looks((), 1)
    kept = held_look(looked_at(inputs, efficacy, looks), looks, efficacy)
    assert kept is not None
    assert (kept["events"], kept["deaths"], kept["fraction"]) == (30, 20, 0.5)


def test_deaths_planned_beside_planned_events_of_survival_are_refused() -> None:
    with pytest.raises(ValidationError, match="left out where the endpoint is OS"):
        InterimRules.model_validate(PFS | {"endpoint": "OS"})
