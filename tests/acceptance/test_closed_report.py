"""Results by arm: for named roles alone, coded, on record, tested once at a look, handed out by a person."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from milepost.errors import ConfigurationError, DataProblem, NotPermitted
from milepost.reports.ledger import rows_behind
from milepost.reports.manifest import verify_manifest
from milepost.workflows.arm_codes import tell_key
from milepost.workflows.releasing import closed_reports, refuse_closed, release_closed
from tests.acceptance.study import PATIENTS, Service, lab, patient, table, write_study

ANALYSIS = """
[analysis]
reference_arm = "SOR"
comparison_arm = "ANL"
closed_roles = ["medical_monitor"]
rate_months = [1, 2]
mean_months = 2

[analysis.interim]
endpoint = "OS"
planned_events = 8
looks = [0.5, 1]
"""
ANL = [f"S01-{n:03d}" for n in range(1, 7)]
SOR = [f"S02-{n:03d}" for n in range(1, 11)]
DIED = {"S01-001": "2026-04-20", "S02-001": "2026-03-20", "S02-002": "2026-04-02", "S02-003": "2026-04-11"}
LATER = {"S02-004": "2026-05-02"}


def demographics(service: Service, died: dict[str, str]) -> None:
    for site, arm, subjects in (("S01", "ANL", ANL), ("S02", "SOR", SOR)):
        rows = [patient(s, Arm=arm, Died=died.get(s, "")) for s in subjects]
        service.hand_over(site, f"patients-{len(died)}.csv", table(PATIENTS, rows))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, new_service: Callable[..., Service]) -> Service:
    """Sixteen patients of two arms, four deaths by 30 April."""
    study = write_study(tmp_path_factory.mktemp("closed") / "study")
    protocol = study / "protocol.toml"
    protocol.write_text(protocol.read_text(encoding="utf-8") + ANALYSIS, encoding="utf-8")
    service = new_service(study)
    service.day("2026-03-02").enrol(*ANL)
    service.enrol(*SOR, arm="SOR")
    for site, subjects in (("S01", ANL), ("S02", SOR)):
        service.labs(*(lab(s, "2026-02-27", "500") for s in subjects), site=site)
    service.day("2026-03-31")
    for site, subjects, result in (("S01", ANL, "300"), ("S02", SOR[1:], "480")):
        service.labs(*(lab(s, "2026-03-30", result) for s in subjects), site=site, name="labs-w4.csv")
    service.day("2026-04-30")
    demographics(service, DIED)
    service.night("2026-04-30")
    return service.day("2026-04-30", "23:30")


def prepare(service: Service, role: str = "medical_monitor", **asked: Any) -> dict[str, Any]:
    with service.open() as runtime:
        return runtime.prepare_closed(role=role, person="a statistician", **asked)


def numbers(done: dict[str, Any]) -> dict[str, Any]:
    report = json.loads((Path(done["path"]) / "report.json").read_text(encoding="utf-8"))
    return {number["id"]: number for number in report["numbers"]}


def leads(done: dict[str, Any]) -> dict[str, Path]:
    """Patient's number -> the file its link leads to, from the folder the report lies in."""
    page = (Path(done["path"]) / "report.html").read_text(encoding="utf-8")
    found = re.findall(r'<a href="(\.\.[^"]*)">(?:<[^>]*>)*(S0\d-\d{3})<', page)
    return {number: (Path(done["path"]) / address).resolve() for address, number in found}


def audited(service: Service, action: str) -> list[tuple[str, dict[str, Any]]]:
    rows = service.sql("select actor, payload from milepost.audit where action = %s order by seq", action)
    return [(actor, json.loads(payload)) for actor, payload in rows]


def test_another_role_is_refused_and_the_refusal_is_on_record(watched: Service) -> None:
    with pytest.raises(NotPermitted, match="closed_roles names who may: medical_monitor"):
        prepare(watched, role="study_monitor")
    with watched.open() as runtime, pytest.raises(NotPermitted):
        tell_key(runtime.ctx, role="data_manager", person="somebody")
    assert ("a statistician", {"role": "study_monitor"}) in audited(watched, "closed.prepare.refused")
    assert ("somebody", {"role": "data_manager"}) in audited(watched, "closed.key.refused")


def test_between_looks_estimates_stand_without_a_test_and_only_the_owner_can_read(watched: Service) -> None:
    done = prepare(watched)
    folder = Path(done["path"])
    assert folder.is_relative_to(watched.home / "restricted" / "closed" / "pending")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent, folder.parents[1])} == {0o700}
    found = numbers(done)
    assert found["monitoring.events"]["value"] == 4
    assert not [
        id_ for id_ in found if "logrank" in id_ or id_.endswith(".p") or id_.startswith("monitoring.z")
    ]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Nothing is tested in this report" in page
    assert not re.search(r"\bp\s*[=<]\s*0", page)


def test_arms_are_coded_and_never_named(watched: Service) -> None:
    folder = Path(prepare(watched)["path"])
    for name in ("report.html", "report.json", "manifest.json"):
        text = (folder / name).read_text(encoding="utf-8")
        assert not re.search(r"anlotinib|sorafenib|(?<![A-Za-z])(ANL|SOR)(?![A-Za-z])", text, re.IGNORECASE)
    with watched.open() as runtime:
        key = tell_key(runtime.ctx, role="medical_monitor", person="unblinded")
    assert set(key) == {"ANL", "SOR"}
    assert set(key.values()) == {"A", "B"}
    assert audited(watched, "closed.key")[-1:] == [("unblinded", {"role": "medical_monitor"})]
    found = numbers(prepare(watched))
    evaluable = {code: found[f"checkpoint.AFP-W4.response.all.{code}"]["denominator"] for code in "AB"}
    assert evaluable == {key["ANL"]: 6, key["SOR"]: 9}  # one died before his sample was due


def test_asked_again_it_is_the_same_report(watched: Service) -> None:
    first = prepare(watched)
    files = {path.name: path.read_bytes() for path in Path(first["path"]).iterdir()}
    again = prepare(watched)
    assert (again["outcome"], again["path"]) == ("SAME_AGAIN", first["path"])
    assert {path.name: path.read_bytes() for path in Path(again["path"]).iterdir()} == files


def test_a_patients_number_leads_to_his_profile_wherever_it_stands(watched: Service) -> None:
    done = prepare(watched)
    links = leads(done)
    assert set(links) == {*ANL, *SOR}, "the swimmers show every patient"
    profiles = watched.home / "restricted" / "profiles" / Path(done["path"]).name
    assert {file for file in links.values()} == {profiles / f"{number}.html" for number in links}
    assert {file.stat().st_mode & 0o777 for file in links.values()} == {0o600}
    assert profiles.stat().st_mode & 0o777 == 0o700
    assert "Sorafenib" in links["S02-001"].read_text(encoding="utf-8")
    page = (Path(done["path"]) / "report.html").read_text(encoding="utf-8")
    assert "For the medical monitor only: a profile shows the drug" in page
    words = re.sub(r"<a href=.*?</a>|<title>.*?</title>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert not re.findall(r"S0\d-\d{3}", words), "no number stands without its link"
    assert verify_manifest(Path(done["path"])) == []
    actor, said = audited(watched, "profiles.written")[-1]
    assert (actor, said["role"], said["folder"]) == ("a statistician", "medical_monitor", done["report"])
    assert said["subjects"] == sorted(links)


def test_made_again_the_profiles_are_the_same_bytes_and_lost_ones_are_there_again(watched: Service) -> None:
    links = leads(prepare(watched))
    before = {number: file.read_bytes() for number, file in links.items()}
    links["S02-001"].unlink()
    later = watched.now
    watched.now += dt.timedelta(minutes=5)
    again = prepare(watched, as_of=dt.date(2026, 4, 30))
    watched.now = later
    assert again["outcome"] == "SAME_AGAIN"
    assert {number: file.read_bytes() for number, file in leads(again).items()} == before


def test_it_is_handed_out_once_by_a_person_who_is_named(watched: Service) -> None:
    report = str(prepare(watched)["report"])
    with watched.open() as runtime:
        with pytest.raises(NotPermitted):
            release_closed(runtime.ctx, report, role="data_manager", person="somebody")
        with pytest.raises(DataProblem, match="no closed report has this id"):
            release_closed(runtime.ctx, "0" * 12, role="medical_monitor", person="the chair")
        target = release_closed(runtime.ctx, report, role="medical_monitor", person="the chair")
        assert release_closed(runtime.ctx, report, role="medical_monitor", person="the chair") == target
        assert [(row.report, row.state) for row in closed_reports(runtime.ctx)] == [(report, "released")]
    assert {path.name for path in target.iterdir()} == {"report.html", "report.json", "manifest.json"}
    assert all(file.exists() for file in leads({"path": target}).values()), "links lead on from there too"
    assert target.stat().st_mode & 0o777 == 0o700
    released = audited(watched, "closed.released")
    assert [(actor, said["report"]) for actor, said in released] == [("the chair", report)]


def test_a_dry_run_is_for_every_role_and_knows_nothing_of_the_arms(watched: Service) -> None:
    done = prepare(watched, role="study_monitor", dry_run=True)
    page = (Path(done["path"]) / "report.html").read_text(encoding="utf-8")
    assert "The groups were drawn by chance" in page
    assert "Day of the AFP sample by group" not in page
    assert "S02-001" in page
    assert 'href=".' not in page
    assert not (watched.home / "restricted" / "profiles" / Path(done["path"]).name).exists()
    found = numbers(done)
    sizes = [found[f"checkpoint.AFP-W4.response.all.{code}"]["denominator"] for code in "AB"]
    assert sum(sizes) == 15
    watched_roles = prepare(watched, role="data_manager", dry_run=True)
    assert (watched_roles["outcome"], watched_roles["report"]) == ("SAME_AGAIN", done["report"])
    with watched.open() as runtime:
        target = release_closed(runtime.ctx, str(done["report"]), role="data_manager", person="anybody")
        assert (target / "report.html").read_text(encoding="utf-8") == page
        (target / "report.html").write_text("changed", encoding="utf-8")
        release_closed(runtime.ctx, str(done["report"]), role="data_manager", person="anybody")
    assert (target / "report.html").read_text(encoding="utf-8") == page, "what was changed is handed out anew"
    members = set(rows_behind(found["checkpoint.AFP-W4.response.all.A"], found) or ())
    assert {row[:3] for row in members} == {"S01", "S02"}


def test_a_look_is_held_once_when_its_events_have_come(watched: Service) -> None:
    between_before = prepare(watched)
    with pytest.raises(NotPermitted, match="Look 2 is not due: 4 of 8 planned events"):
        prepare(watched, look=2)
    refused = audited(watched, "closed.prepare.refused")[-1]
    assert (refused[0], refused[1]["look"]) == ("a statistician", 2)
    first = prepare(watched, look=1)
    assert prepare(watched)["report"] == between_before["report"], (
        "what was made before the look comes out again"
    )
    dry = prepare(watched, role="study_monitor", dry_run=True)
    assert "held" not in json.dumps(numbers(dry))
    assert "held; " not in (Path(dry["path"]) / "report.html").read_text(encoding="utf-8")
    found = numbers(first)
    assert found["monitoring.fraction"]["value"] == "0.5"
    assert float(found["monitoring.look1.bound"]["value"]) == pytest.approx(2.963, abs=1e-3)
    assert found["monitoring.z"]["value"] is not None
    assert prepare(watched, look=1)["outcome"] == "SAME_AGAIN"
    watched.day("2026-05-03")
    demographics(watched, DIED | LATER)
    watched.night("2026-05-03")
    watched.day("2026-05-03", "23:30")
    with pytest.raises(NotPermitted, match="held already, on the data of 2026-04-30"):
        prepare(watched, look=1)
    between = numbers(prepare(watched))
    assert between["monitoring.events"]["value"] == 5
    assert "monitoring.z" not in between
    with pytest.raises(DataProblem, match="lies ahead"):
        prepare(watched, as_of=dt.date(2027, 5, 1))
    key = watched.home / "restricted" / "arm-key.json"
    kept = key.read_bytes()
    key.write_text(json.dumps({"arms": {"ANL": "A", "SOR": "B"}, "nonce": "another lot"}), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="another key"):
        prepare(watched)
    key.write_bytes(kept)
    assert prepare(watched, look=1, as_of=dt.date(2026, 4, 30))["report"] == first["report"]


def test_a_refused_report_stays_refused_and_another_needs_a_reason(
    clone_of: Callable[[Service], Service], watched: Service
) -> None:
    service = clone_of(watched).day("2026-05-05", "23:30")
    report = str(prepare(service)["report"])
    with service.open() as runtime:
        with pytest.raises(NotPermitted, match="closed_roles"):
            refuse_closed(runtime.ctx, report, role="study_monitor", person="somebody")
        refuse_closed(runtime.ctx, report, role="medical_monitor", person="the chair")
        with pytest.raises(
            NotPermitted, match="the chair refused it on 2026-05-05, and that is final. Make another"
        ):
            release_closed(runtime.ctx, report, role="medical_monitor", person="the deputy")
    again = service.cli("closed", "refuse", report, "--role", "medical_monitor", "--by", "the deputy")
    assert (again.returncode, again.stdout) == (0, f"Refused: {report}\n")
    (listed,) = [line for line in service.cli("closed", "list").stdout.splitlines() if report in line]
    assert listed.endswith("as of 2026-05-05  refused")
    assert not list((service.home / "restricted" / "closed" / "released").glob(f"*-{report}"))
    assert [actor for actor, said in audited(service, "closed.withheld") if said["report"] == report] == [
        "the chair"
    ]
    with pytest.raises(NotPermitted, match="was refused, and that is final. Make another"):
        prepare(service, reason="once more")
    other = {"as_of": dt.date(2026, 4, 29)}
    with pytest.raises(NotPermitted, match="was refused. Say why another one is made: --reason"):
        prepare(service, **other)
    assert prepare(service, role="study_monitor", dry_run=True, **other)["outcome"] == "NEW"
    done = prepare(service, reason="a site's dates were wrong", **other)
    assert audited(service, "closed.prepared")[-1][1]["reason"] == "a site's dates were wrong"
    with service.open() as runtime:
        release_closed(runtime.ctx, str(done["report"]), role="medical_monitor", person="the chair")
        with pytest.raises(NotPermitted, match="what was handed out cannot be refused"):
            refuse_closed(runtime.ctx, str(done["report"]), role="medical_monitor", person="the deputy")


def test_a_refused_look_counts_as_held(clone_of: Callable[[Service], Service], watched: Service) -> None:
    service = clone_of(watched).day("2026-05-01", "12:00")
    report = str(prepare(service, look=1, as_of=dt.date(2026, 4, 30))["report"])
    with service.open() as runtime:
        refuse_closed(runtime.ctx, report, role="medical_monitor", person="the chair")
        with pytest.raises(NotPermitted, match="The look counts as held: ask for a report without --look"):
            release_closed(runtime.ctx, report, role="medical_monitor", person="the chair")
    with pytest.raises(NotPermitted, match="A look is held once"):
        prepare(service, look=1, reason="again", as_of=dt.date(2026, 4, 29))
