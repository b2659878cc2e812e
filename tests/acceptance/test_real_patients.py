"""1,180 real patients through `examples/sysucc`: the hospital's own export, judged as others judged it."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from milepost.reports.clinical_sections import pooled_inputs
from milepost.reports.efficacy_estimates import Efficacy
from milepost.workflows.clinical import clinical_frames
from milepost.workflows.deriving import Derivations
from milepost.workflows.report_inputs import inputs_of
from milepost.workflows.verdicts import study_at
from tests.acceptance.study import Service, at

PROJECT = Path(__file__).parents[2]
DATA = PROJECT.parent / "shared" / "data" / "sysucc_hcc"
TODAY = "2026-01-05"

pytestmark = [
    pytest.mark.skipif(
        not (DATA / "observations.csv").exists(),
        reason="the data are not part of the project: examples/sysucc/README.md says where to get them",
    ),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def service(new_service: Callable[..., Service]) -> Service:
    made = new_service(study=PROJECT / "examples" / "sysucc")
    made.day(TODAY).hand_over(
        "SYSUCC", "observations.csv", (DATA / "observations.csv").read_bytes(), at(TODAY)
    )
    made.receive()
    return made


@pytest.fixture(scope="module")
def coarse(service: Service) -> dict[str, str]:
    """Our states seen as coarsely as the expected ones."""
    evaluated = ("RESPONDER", "NON_RESPONDER", "NOT_EVALUABLE")
    return {
        subject: row["STATE"] if row["STATE"] in evaluated else "NO_SAMPLE"
        for subject, row in service.verdicts(TODAY).items()
    }


def test_every_patient_is_judged_as_by_those_who_judged_without_this_code(coarse: dict[str, str]) -> None:
    with (DATA / "expected_states.csv").open() as file:
        expected = {row["patient"]: row["state"] for row in csv.DictReader(file)}
    assert len(expected) == 1180
    assert coarse == expected
    assert Counter(coarse.values()) == {
        "NO_SAMPLE": 884, "NOT_EVALUABLE": 101, "RESPONDER": 127, "NON_RESPONDER": 68,
    }  # fmt: skip


def test_every_row_received_has_a_place_and_none_is_quarantined_for_a_column_no_verdict_uses(
    service: Service,
) -> None:
    fates = service.fates(1)
    assert fates["received"] == sum(count for name, count in fates.items() if name != "received")
    assert fates["accepted"] > 30_000
    assert fates.get("held", 0) == 0
    assert service.sql("select lines, outcome from milepost.processing") == [(5848, "RECORDED")]


def test_the_dirty_rows_are_asked_back(service: Service) -> None:
    lines = dict(
        service.sql("select rule, count(distinct srcline)::int from milepost.finding group by 1 order by 1")
    )
    assert lines == {
        "DM-AGE-PLAUSIBLE": 1,  # an age of 0 at the first visit
        "FA-AGE-POSSIBLE": 17,  # an age of 0 at any visit
        "FA-LESION-WITHOUT-DIAMETER": 1,  # four lesions, none measured
        "DM-AGE-IN-STUDY": 2,  # 15 and 17 years
        "RS-NEW-LESION-YES-OR-NO": 1,  # a new_lesion of 2
    }
    assert {rule for rule, _ in service.open_queries()} == {*lines, "SECOND_SAMPLE"}  # two rows of one day


def test_the_ceiling_of_the_assay_is_an_interval_and_no_number(service: Service) -> None:
    at_ceiling = service.sql(
        "select count(*), count(lbstresn) from milepost.lb_record where lborres = '>121000.0'"
    )
    assert at_ceiling == [(193, 0)]
    assert service.sql("select count(*) from milepost.lb_record where lborres = '121000.0'") == [(0,)]


def derived(service: Service, frame: str) -> list[dict[str, str]]:
    """Rows of `milepost derive FRAME`."""
    done = service.cli("derive", frame, "--as-of", TODAY, "--known-at", "2026-01-06", "--format", "csv")
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(done.stdout.splitlines()))


def test_survival_runs_from_the_first_visit_to_the_end_of_follow_up_that_the_hospital_tells(
    service: Service,
) -> None:
    with (DATA / "observations.csv").open() as file:
        visits = list(csv.DictReader(file))
    first = {row["patient"]: row for row in reversed(visits)}
    expected = {
        subject: (row["date"], _end_of(row), "0" if row["death"] == "1" else "1")
        for subject, row in first.items()
    }
    survival = [row for row in derived(service, "adtte") if row["PARAMCD"] == "OS"]
    assert {row["USUBJID"]: (row["STARTDT"], row["ADT"], row["CNSR"]) for row in survival} == expected
    assert Counter(row["CNSR"] for row in survival) == {"0": 685, "1": 495}


def test_the_days_of_every_visit_of_a_patient_lead_to_the_same_midnight() -> None:
    """Why the part of a day is read as the hour of the visit: read as that of the end, the visits of 730 patients
    would disagree about when they died or were last seen."""
    with (DATA / "observations.csv").open() as file:
        visits = list(csv.DictReader(file))
    ends: dict[str, set[str]] = {}
    for row in visits:
        ends.setdefault(row["patient"], set()).add(_end_of(row))
    assert len(ends) == 1180
    assert sum(len(days) > 1 for days in ends.values()) == 3  # a visit dated a day late


def test_survival_counts_from_the_hour_of_the_first_visit(service: Service) -> None:
    """86.375 days to the midnight of the end: from 15:00 on the day of the visit, day 1."""
    with (DATA / "expected_states.csv").open() as file:
        expected = {row["patient"]: float(row["os_days"]) + 1 for row in csv.DictReader(file)}
    survival = {row["USUBJID"]: row for row in derived(service, "adtte") if row["PARAMCD"] == "OS"}
    assert {subject: float(row["AVAL"]) for subject, row in survival.items()} == pytest.approx(
        expected, abs=1e-6
    )
    assert survival["SYS-0001"]["AVAL"] == "87.375"
    assert sum("." in row["AVAL"] for row in survival.values()) == 804
    for query, told in (
        ("select exstdtc from milepost.ex_record where usubjid = 'SYS-0001'", "2011-12-19T15:00"),
        ("select dsstdtc from milepost.ds_record where usubjid = 'SYS-0001'", "2012-03-15"),
    ):
        assert service.sql(query) == [(told,)]


@pytest.fixture(scope="module")
def landmark() -> dict[str, Any]:
    """Made without this code, by R."""
    found: dict[str, Any] = json.loads((DATA / "expected_landmark.json").read_text(encoding="utf-8"))
    return found


def test_the_report_gives_the_landmark_of_those_who_worked_without_this_code(
    service: Service, landmark: dict[str, Any]
) -> None:
    made = service.publish(TODAY, at(TODAY, "23:00"))
    report = json.loads((Path(made["path"]) / "report.json").read_text(encoding="utf-8"))
    said = {number["id"]: number for number in report["numbers"]}
    groups = [said[f"landmark.AFP-W4.OS.{name}"] for name in ("non_responders", "responders")]
    assert [group["value"] for group in groups] == [
        landmark["n"] - landmark["responders"],
        landmark["responders"],
    ]
    assert [group["denominator"] for group in groups] == [landmark["n"], landmark["n"]]
    ratio = said["landmark.AFP-W4.OS.hazard_ratio"]
    assert [float(ratio["value"]), *map(float, ratio["interval_95"])] == pytest.approx(
        [landmark["hr"], landmark["hr_lo"], landmark["hr_hi"]], rel=1e-8
    )
    for place, name in enumerate(("non_responders", "responders")):
        median = said[f"landmark.AFP-W4.OS.{name}.median"]
        assert [float(median["value"]), *map(float, median["interval_95"])] == pytest.approx(
            [landmark["median"][place], landmark["lo"][place], landmark["hi"][place]], rel=1e-8
        )
    assert not [id_ for id_ in said if id_.endswith("logrank.p")]


def test_the_test_behind_it_which_the_open_report_never_shows_is_theirs_too(
    service: Service, landmark: dict[str, Any]
) -> None:
    with service.open() as runtime:
        ctx, known_at = runtime.ctx, at(TODAY, "23:00")
        study, config = study_at(ctx, known_at)
        record = Derivations(study, ctx.store, as_of=dt.date.fromisoformat(TODAY), known_at=known_at)
        inputs = inputs_of(ctx, record, config, None)
        frames = clinical_frames(record, inputs.verdicts)
        efficacy = Efficacy(pooled_inputs(replace(inputs, clinical=frames)))
        (found,) = efficacy.landmark(study.protocol.checkpoints[0])
    overall = found.endpoints["OS"].main.overall
    assert overall is not None
    assert overall.logrank.test.statistic == pytest.approx(landmark["chisq"], rel=1e-8)
    assert overall.logrank.test.p == pytest.approx(landmark["p"], rel=1e-8)


def _end_of(row: dict[str, str]) -> str:
    days = math.ceil(float(row["days_to_end_of_follow_up"]))
    return (dt.date.fromisoformat(row["date"]) + dt.timedelta(days=days)).isoformat()


def test_no_sum_and_no_response_is_made_of_a_largest_diameter(service: Service) -> None:
    assert derived(service, "adtr") == []
    responses = derived(service, "adrs")
    overall = Counter(row["AVALC"] for row in responses if row["PARAMCD"] == "OVR")
    assert set(overall) == {"PD", "NE"}
    with (DATA / "observations.csv").open() as file:
        assert overall["PD"] == sum(row["new_lesion"] == "1" for row in csv.DictReader(file))
    assert {row["AVALC"] for row in responses if row["PARAMCD"] in ("RSP", "CRSP", "CB", "CCB")} == {"N"}


def test_the_same_export_a_month_later_changes_nothing(service: Service) -> None:
    raw = (DATA / "observations.csv").read_bytes()
    service.day("2026-02-05").hand_over("SYSUCC", "february.csv", raw + b"\n")
    service.receive()
    fates = service.fates(2)
    assert fates.pop("received") == fates["unchanged"] + fates["ignored"]
    assert set(fates) == {"unchanged", "ignored"}
