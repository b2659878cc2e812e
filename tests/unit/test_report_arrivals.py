"""A number moved by what came of the kinds of record it rests on, and by no other: which those are is traced here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, cast

import pandas as pd
import pytest

from milepost.reports import clinical_sections as sections
from milepost.reports.arrivals import (
    CODE,
    CORRECTION,
    NEW,
    NEW_PATIENTS,
    TIME,
    kinds_of_record,
    read_arrivals,
)
from milepost.reports.changes import clinical_changes, vanished
from milepost.reports.clinical import ClinicalFrames, ClinicalInputs
from milepost.reports.closed_report import ClosedInputs, build_closed_report
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.ledger import Ledger, plain_numbers
from milepost.reports.safety_section import build_safety
from milepost.store.store import Store
from milepost.workflows.deriving import Derivations
from tests.clinical_builder import AS_OF, KNOWN_AT, RECORDS, clinical_inputs
from tests.made_up_study import made_up
from tests.report_builder import report_inputs

pytestmark = pytest.mark.xdist_group("made_up")

OF_ALL = {"DM", "EX", "DS", "SS"}
BUILT: dict[str, Callable[[ClinicalInputs, Ledger], Any]] = {
    "flow": sections.build_flow, "baseline": sections.build_baseline, "exposure": sections.build_exposure,
    "response": lambda inputs, ledger: sections.build_response(inputs, ledger, Efficacy(inputs)),
    "safety": build_safety, "labs": sections.build_labs, "liver": sections.build_liver,
    "vitals": sections.build_vitals,
}  # fmt: skip
# what of ADSL rests on other kinds of record than the rest of it: the last day alive on all, the scores on theirs
OTHER_COLUMNS = ["LSTALVDT", "LSTALVSRC", "ECOGBL", "ALBIBL", "ALBIGRBL", "CPSCOREBL"]
DERIVED = {
    "adae": "events", "adex": "exposure", "adlb": "labs", "scores": "scores", "adtr": "tumour", "adrs": "responses",
    "liver": "liver", "liver_cases": "liver", "therapies": "therapies", "lines": "lines",
}  # fmt: skip


class Asked:
    """The frames of a report, and which of them were asked for."""

    def __init__(self, frames: ClinicalFrames) -> None:
        self._frames = frames
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self.names.add(name)
        return getattr(self._frames, name)


@cache
def read_for(frame: str) -> frozenset[str]:
    """The kinds of record that are read to derive this frame."""
    if frame in ("dm", "ds", "mh", "vs"):
        return frozenset({frame.upper()})
    if frame == "verdicts":
        return frozenset({"LB", "CM", "PR", *OF_ALL})
    derived = Derivations(made_up().study, cast(Store, RECORDS), as_of=AS_OF, known_at=KNOWN_AT)
    getattr(derived, DERIVED[frame])
    return frozenset(derived._known)


@pytest.mark.parametrize("name", BUILT)
def test_every_kind_of_record_that_is_read_for_a_number_is_among_those_it_is_said_to_rest_on(
    name: str,
) -> None:
    """ADSL and, of the response, ADTTE are held in the two tests below."""
    inputs, ledger = clinical_inputs(), Ledger()
    asked = Asked(inputs.frames)
    BUILT[name](replace(inputs, frames=cast(ClinicalFrames, asked)), ledger)
    read = set().union(*(read_for(frame) for frame in asked.names - {"adsl", "adtte"}))
    assert ledger.numbers and read
    assert {id_ for id_ in ledger.numbers if not read <= kinds_of_record(id_)} == set()
    assert "adtte" not in asked.names or name == "response"


@pytest.mark.parametrize("name", sorted(set(BUILT) - {"baseline"}))
def test_no_number_but_those_at_baseline_rests_on_what_adsl_takes_from_other_records(name: str) -> None:
    inputs = clinical_inputs()
    emptied = inputs.frames.adsl.assign(**dict.fromkeys(OTHER_COLUMNS))
    made = []
    for adsl in (inputs.frames.adsl, emptied):
        ledger = Ledger()
        BUILT[name](replace(inputs, frames=replace(inputs.frames, adsl=adsl)), ledger)
        made.append(plain_numbers(ledger.numbers))
    assert made[0] == made[1]


def test_of_the_response_only_times_rest_on_times_to_event() -> None:
    inputs = clinical_inputs()
    made = []
    for adtte in (inputs.frames.adtte, inputs.frames.adtte.iloc[:0]):
        ledger = Ledger()
        BUILT["response"](replace(inputs, frames=replace(inputs.frames, adtte=adtte)), ledger)
        made.append({id_: number.plain() for id_, number in ledger.numbers.items()})
    differ = {id_ for id_ in made[0] if made[0][id_] != made[1].get(id_)}
    assert differ and all(id_.startswith(("response.duration", "response.time_to")) for id_ in differ)
    assert kinds_of_record("response.duration.median") > kinds_of_record("response.best.orr")


def arrivals(*rows: tuple[str, str, bool, int, int], code: str = "1") -> Any:
    frame = pd.DataFrame(rows, columns=["USUBJID", "DOMAIN", "FIRST", "NEW", "CORRECTED"])
    return read_arrivals(frame, {"config_hash": "a", "code_version": "1"}, "a", code)


CORRECTED_TUMOUR = ("S01-001", "TR", False, 0, 2)


@pytest.mark.parametrize(
    ("id_", "kinds"),
    [
        ("labs.worst.ALT.3", [TIME]), ("ae.any", [TIME]), ("vitals.bp.high", [TIME]), ("flow.treated", [TIME]),
        ("response.best.orr", [CORRECTION]), ("response.duration.median", [CORRECTION]),
        ("survival.PFS.median", [CORRECTION]), ("landmark.AFP-W4.PFS.ratio", [CORRECTION]),
        ("indicator.scan_owed.site.s01", [CORRECTION]),
    ],
)  # fmt: skip
def test_a_corrected_tumour_record_moves_no_number_of_the_laboratory(id_: str, kinds: list[str]) -> None:
    told = arrivals(CORRECTED_TUMOUR).causes(id_, ["S01-001", "S01-002"], ["S01-001"])
    assert [kind for kind, _ in told] == kinds
    assert told[0][1] == (
        "no record it rests on came or changed" if kinds == [TIME] else "1 patient: S01-001"
    )


def test_where_only_the_hash_of_the_rows_was_kept_the_causes_are_told_by_patient() -> None:
    told = arrivals(CORRECTED_TUMOUR).causes("labs.worst.ALT.3", ["S01-001"], None)
    assert told == [(CORRECTION, "1 patient: S01-001")]


def test_the_six_causes_stand_in_their_order_each_for_its_patients() -> None:
    told = arrivals(
        ("S01-003", "DM", True, 1, 0), ("S01-003", "LB", False, 4, 0), ("S01-002", "LB", False, 3, 1),
        ("S01-001", "LB", False, 0, 1), CORRECTED_TUMOUR, ("S09-009", "LB", False, 1, 1), code="2",
    ).causes("labs.worst.ALT.3", ["S01-001|1", "S01-002", "S01-003"], [])  # fmt: skip
    assert told == [
        (NEW_PATIENTS, "1 patient: S01-003"), (NEW, "1 patient: S01-002"),
        (CORRECTION, "2 patients: S01-001, S01-002"), (CODE, "milepost is another version"),
    ]  # fmt: skip


def test_a_number_whose_rows_are_sites_or_other_numbers_is_moved_by_whoever_came() -> None:
    told = arrivals(CORRECTED_TUMOUR)
    assert told.causes("indicator.marked", ["S04"], ["S04"]) == [(CORRECTION, "1 patient: S01-001")]
    assert told.causes("second.compared", ["survival.OS.median"], []) == [(CORRECTION, "1 patient: S01-001")]


def test_a_clinical_number_that_vanished_is_told_by_the_records_of_whom_it_counted() -> None:
    ledger = Ledger()
    ledger.count("ae.term.nausea", "Nausea", ["S01-001"])
    before = {"numbers": plain_numbers(ledger.numbers)}
    for domain, kind in (("TR", TIME), ("AE", CORRECTION)):
        (gone,) = vanished({}, before, arrivals(("S01-001", domain, False, 0, 1)))
        assert (gone.id, gone.then, gone.now) == ("ae.term.nausea", "1", "no longer in the report")
        assert [cause.kind for cause in gone.causes] == [kind]
    (new,) = clinical_changes(ledger.numbers, {}, arrivals(("S01-001", "AE", False, 1, 0)))
    assert (new.then, new.now, [cause.kind for cause in new.causes]) == ("not in the report", "1", [NEW])


def test_between_looks_what_only_a_look_tells_is_not_told_of_as_gone() -> None:
    inputs = clinical_inputs(by_arm=True)
    ledger = Ledger()
    for id_ in (
        "monitoring.z",
        "monitoring.look1.bound",
        "comparison.OS.logrank.p",
        "landmark.AFP-W4.PFS.p.A",
    ):
        ledger.said(id_, "of a look", 2.1, ["S01-001"])
    ledger.count("ae.term.gone.A", "Gone, Arm A", ["S01-001"], followed=True)
    before = {"id": "0", "as_of": "2026-04-01", "known_at": "2026-04-01T00:00:00+00:00", "config_hash": "another",
              "code_version": "0.1.0", "numbers": plain_numbers(ledger.numbers)}  # fmt: skip
    seen = replace(
        report_inputs(0), study=inputs.study, clinical=inputs.frames, as_of=AS_OF, predecessor=before
    )
    groups = {subject: group.id for group in inputs.groups for subject in group.subjects}
    model = build_closed_report(ClosedInputs(seen, groups))
    gone = {entry["id"]: entry for entry in model.json["moved"] if entry["now"] == "no longer in the report"}
    assert set(gone) == {"ae.term.gone.A"}
    assert [change.label for change in model.changes if change.now == "no longer in the report"] == [
        "Gone, Arm A"
    ]
    assert gone["ae.term.gone.A"]["causes"] == ["Rule change"]
