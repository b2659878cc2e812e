"""The 25 golden vectors (clinical specification, section 3.8), sent as files and lived through day by day.

First dose 2026-03-02 = day 1; day 22 = 03-23, day 29 = 03-30, day 36 = 04-06, day 43 = 04-13. Every file is received
at 18:00 of its day, every night runs at 23:00. The subject of vector 4 is S01-004.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.acceptance.study import (
    DOSES,
    EVENTS,
    LABS,
    PATIENTS,
    Service,
    at,
    dose,
    event,
    lab,
    patient,
    table,
)

LAST_DAY = "2026-04-22"
pytestmark = pytest.mark.slow


def _subject(vector: int) -> str:
    return f"S01-{vector:03}"


BASE = {v: ("2026-02-27", "500", "ng/mL") for v in range(1, 26)} | {
    6: ("2026-02-27", "12", "ng/mL"),
    7: ("2026-01-15", "500", "ng/mL"),
    8: ("2026-03-02T14:00", "500", "ng/mL"),
    14: ("2026-02-27", "400", "IU/mL"),
    15: ("2026-02-27", "350", "IU/mL"),
    16: ("2026-02-27", ">1210", "ng/mL"),
    18: ("2026-03-02T14:00", "500", "ng/mL"),
    25: ("2026-02-27", "413", "IU/mL"),
}
# beside the 25: vector 22 has three patients, vectors 13 and 23 two and three
MORE = {131: "S01-131", 221: "S01-221", 222: "S01-222", 231: "S01-231", 232: "S01-232"}

# day received -> rows of that day's laboratory file
LAB_FILES: dict[str, list[dict[str, str]]] = {
    "2026-03-24": [
        lab("S01-004", "2026-03-23", "450"),
        lab("S01-009", "2026-03-22", "300"),
        lab("S01-021", "2026-03-23", "450"),
    ],
    "2026-03-31": [
        lab("S01-001", "2026-03-30", "370"),
        lab("S01-002", "2026-03-30", "375"),
        lab("S01-003", "2026-03-30", "375.1"),
        lab("S01-005", "2026-03-28", "350"),
        lab("S01-006", "2026-03-30", "5"),
        lab("S01-007", "2026-03-30", "300"),
        lab("S01-008", "2026-03-30", "300"),
        lab("S01-013", "2026-03-30", "300"),
        lab("S01-131", "2026-03-30", "300"),
        lab("S01-014", "2026-03-30", "363"),
        lab("S01-016", "2026-03-30", "1100"),
        lab("S01-018", "2026-03-30", "300"),
        lab("S01-019", "2026-03-30", "450", Order="19-1", Status="P"),
        lab("S01-020", "2026-03-30", "450", Order="20-1", Status="F"),
        lab("S01-024", "2026-03-30T08:00", "370"),
        lab("S01-024", "2026-03-30T08:00", "380"),
        lab("S01-025", "2026-03-30", "300", "IU/mL"),
    ],
    "2026-04-01": [lab("S01-017", "2026-03-30", "2.1", "MoM", LOINC="20450-3")],
    "2026-04-02": [
        lab("S01-004", "2026-04-01", "300"),
        lab("S01-005", "2026-04-01", "450"),
        lab("S01-019", "2026-03-30", "370", Order="19-1", Status="F"),
    ],
    "2026-04-05": [
        lab("S01-023", "2026-04-02T08:00", "300", Received="2026-04-01T10:00"),
        lab("S01-231", "2026-04-06", "300"),  # collected on the day after the file was received
        lab("S01-232", "2026-03-31", "300"),  # and its patient died on 03-29
    ],
    "2026-04-08": [
        lab("S01-010", "2026-04-07", "300"),
        lab("S01-020", "2026-03-30", "", Order="20-1", Status="W"),
    ],
    "2026-04-20": [lab("S01-011", "2026-04-06", "370")],
}
EVENT_FILES = {
    "2026-03-23": [
        event("S01-012", "DEATH", "2026-03-20"),
        event("S01-022", "DRUG DISCONTINUED", "2026-03-22", Category="TREATMENT", Line="1"),
    ],
    "2026-04-01": [
        event("S01-013", "PROGRESSIVE DISEASE", "2026-03-25", Category="TREATMENT", Line="1"),
        event("S01-131", "PROGRESSIVE DISEASE", "2026-03-15", Category="TREATMENT", Line="1"),
        event("S01-221", "DRUG DISCONTINUED", "2026-03-23", Category="TREATMENT", Line="1"),
        event("S01-222", "DRUG DISCONTINUED", "2026-03-31", Category="TREATMENT", Line="1"),
        event("S01-232", "DEATH", "2026-03-29"),
    ],
}


EVENINGS = [f"2026-{day}" for day in "03-10 03-25 03-31 04-01 04-02 04-03 04-08 04-13 04-14 04-21".split()]


class Story:
    """The service after the last night, and the verdicts as they were printed on EVENINGS."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.evenings: dict[str, dict[str, dict[str, object]]] = {}

    def row(self, vector: int, day: str) -> dict[str, object]:
        return self.evenings[f"2026-{day}"][MORE.get(vector) or _subject(vector)]

    def state(self, vector: int, day: str) -> str:
        row = self.row(vector, day)
        return str(row["STATE"]) + (f":{row['REASON']}" if row["REASON"] else "")

    def flags(self, vector: int) -> list[str]:
        """Flags of the newest stored verdict."""
        subject = MORE.get(vector) or _subject(vector)
        return self.service.sql(
            "select detail -> 'FLAGS' from milepost.assessment where usubjid = %s order by version desc limit 1",
            subject,
        )[0][0]

    def alerts(self, vector: int) -> list[tuple[str, str, int, str]]:
        return self.service.alerts(MORE.get(vector) or _subject(vector))


@pytest.fixture(scope="module")
def story(new_service: Callable[..., Service]) -> Story:
    service = new_service()
    told = Story(service)
    subjects = [_subject(v) for v in BASE] + list(MORE.values())
    before = [lab(_subject(v), *base) for v, base in BASE.items() if v not in (8, 18)]
    before += [lab(subject, *BASE[1]) for subject in MORE.values()]
    exact = {"S01-008": "2026-03-02T09:00", "S01-018": "2026-03-02T09:00"}
    doses = [dose(s, exact.get(s, "2026-03-02")) for s in subjects]
    day = dt.date(2026, 2, 28)
    while (today := day.isoformat()) <= LAST_DAY:
        service.now = at(today, "18:00")
        if today == "2026-02-28":
            service.hand_over("S01", "patients.csv", table(PATIENTS, map(patient, subjects)))
            service.hand_over("S01", "labs_base.csv", table(LABS, before))
        if today == "2026-03-02":
            service.hand_over("S01", "doses.csv", table(DOSES, doses))
            service.labs(lab("S01-008", *BASE[8]), lab("S01-018", *BASE[18]))
        if today in LAB_FILES:
            service.labs(*LAB_FILES[today])
        if today in EVENT_FILES:
            service.hand_over("S01", "events.csv", table(EVENTS, EVENT_FILES[today]))
        if today == "2026-04-01":  # the last doses of those who stopped
            stopped = [dose("S01-013", End="2026-03-25"), dose("S01-131", End="2026-03-15")]
            service.hand_over("S01", "doses.csv", table(DOSES, stopped))
        if today == "2026-04-04":  # vector 18: the first dose was a week later
            service.hand_over("S01", "doses.csv", table(DOSES, [dose("S01-018", "2026-03-09T09:00")]))
        service.day(today)
        if any((service.home / "inbox" / "S01").glob("*.csv")):
            service.receive()
        service.assess(today)
        if today in EVENINGS:
            told.evenings[today] = service.verdicts(today)
        day += dt.timedelta(days=1)
    return told


# vector, evening, state, change from baseline in per cent (as given there, rounded to 4 places), study day, final
EXPECTED = [
    (1, "04-14", "RESPONDER", "-26.0000", 29, True),
    (2, "04-14", "RESPONDER", "-25.0000", 29, True),
    (3, "04-14", "NON_RESPONDER", "-24.9800", 29, True),
    (4, "03-25", "PROVISIONAL_NON_RESPONDER", "-10.0000", 22, False),
    (4, "04-14", "RESPONDER", "-40.0000", 31, True),
    (5, "04-14", "NON_RESPONDER", "-10.0000", 31, True),
    (6, "04-14", "NOT_EVALUABLE:BASELINE_BELOW_MIN", "-58.3333", 29, True),
    (7, "04-14", "NOT_EVALUABLE:NO_BASELINE", None, 29, True),
    (8, "04-14", "NOT_EVALUABLE:NO_BASELINE", None, 29, True),
    (9, "04-14", "MISSED:EARLY_ONLY", None, None, True),
    (10, "04-14", "MISSED:LATE_ONLY", None, None, True),
    (11, "04-14", "MISSED", None, None, True),
    (11, "04-21", "RESPONDER", "-26.0000", 36, True),
    (12, "04-14", "NOT_REACHED:DIED", None, None, True),
    (13, "04-14", "RESPONDER", "-40.0000", 29, True),
    (14, "04-14", "RESPONDER", "-25.0000", 29, True),
    (15, "03-10", "NOT_DUE", None, None, False),
    (16, "04-14", "NOT_EVALUABLE:CENSORED", None, 29, True),
    (18, "04-03", "NOT_EVALUABLE:NO_BASELINE", None, 29, True),
    (18, "04-14", "PROVISIONAL_RESPONDER", "-40.0000", 22, False),
    (18, "04-21", "RESPONDER", "-40.0000", 22, True),
    (19, "04-01", "WINDOW_OPEN", None, None, False),
    (19, "04-02", "RESPONDER", "-26.0000", 29, True),
    (20, "03-31", "NON_RESPONDER", "-10.0000", 29, True),
    (20, "04-08", "OVERDUE", None, None, False),
    (20, "04-14", "MISSED", None, None, True),
    (21, "04-13", "PROVISIONAL_NON_RESPONDER", "-10.0000", 22, False),
    (21, "04-14", "NON_RESPONDER", "-10.0000", 22, True),
    (22, "04-14", "NOT_REACHED:DISCONTINUED", None, None, True),
    (221, "04-14", "MISSED", None, None, True),
    (222, "04-14", "MISSED", None, None, True),
    (23, "04-14", "MISSED", None, None, True),
    (231, "04-14", "MISSED", None, None, True),
    (232, "04-14", "NOT_REACHED:DIED", None, None, True),
    (24, "04-14", "NON_RESPONDER", "-24.0000", 29, True),
    (25, "04-14", "RESPONDER", "-27.3608", 29, True),
]


@pytest.mark.parametrize(("vector", "day", "state", "change", "ady", "final"), EXPECTED)
def test_a_golden_vector_sent_as_files_is_judged_as_the_specification_says(
    story: Story, vector: int, day: str, state: str, change: str | None, ady: int | None, final: bool
) -> None:
    row = story.row(vector, day)
    assert story.state(vector, day) == state
    assert row["PCHG"] is None if change is None else Decimal(str(row["PCHG"])) == Decimal(change)
    assert row["ADY"] == ady
    assert row["FINAL"] is final


def test_values_are_shown_as_the_laboratory_reported_them(story: Story) -> None:
    assert [story.row(16, "04-14")[name] for name in ("BASE", "BASEU", "AVAL", "AVALU")] == [
        ">1210", "ng/mL", "1100", "ng/mL",
    ]  # fmt: skip
    assert [story.row(14, "04-14")[name] for name in ("BASE", "BASEU", "AVAL", "AVALU")] == [
        "400", "IU/mL", "363", "ng/mL",
    ]  # fmt: skip
    assert [story.row(25, "04-14")[name] for name in ("BASE", "BASEU", "AVAL", "AVALU")] == [
        "413", "IU/mL", "300", "IU/mL",
    ]  # fmt: skip


@pytest.mark.parametrize("day", ["2026-03-25", "2026-04-03", "2026-04-08", "2026-04-14", "2026-04-21"])
def test_what_was_printed_on_an_evening_is_printed_again_when_that_evening_is_asked_for(
    story: Story, day: str
) -> None:
    assert story.service.verdicts(day, at(day, "23:00")) == story.evenings[day]


def test_vector_4_the_alert_is_superseded_and_whoever_got_it_is_told(story: Story) -> None:
    assert story.alerts(4) == [
        ("CORRECTION", "medical_monitor", 1, "RESOLVED"),
        ("CORRECTION", "study_monitor", 1, "RESOLVED"),
        ("NON_RESPONSE", "medical_monitor", 1, "SUPERSEDED"),
        ("NON_RESPONSE", "study_monitor", 1, "SUPERSEDED"),
    ]


def test_vector_11_the_missed_alert_is_retracted_when_the_late_result_is_judged(story: Story) -> None:
    kinds = {(kind, role): fate for kind, role, _, fate in story.alerts(11)}
    assert kinds["MISSED", "study_monitor"] == kinds["MISSED", "site_coordinator"] == "RETRACTED"
    assert kinds["OVERDUE", "study_monitor"] == "RESOLVED"
    assert {role for kind, role in kinds if kind == "RETRACTION"} == {"study_monitor", "site_coordinator"}
    assert not {kind for kind, _ in kinds} & {"NON_RESPONSE", "CORRECTION"}


@pytest.mark.parametrize(("vector", "off_drug"), [(13, False), (131, True)])
def test_vector_13_only_a_last_dose_more_than_14_days_before_the_sample_is_flagged(
    story: Story, vector: int, off_drug: bool
) -> None:
    assert story.state(vector, "04-14") == "RESPONDER"
    assert ("OFF_DRUG" in story.flags(vector)) is off_drug


@pytest.mark.parametrize(("vector", "converted"), [(14, True), (25, False)])
def test_vectors_14_and_25_a_value_is_converted_only_where_the_units_differ(
    story: Story, vector: int, converted: bool
) -> None:
    assert ("CONVERTED" in story.flags(vector)) is converted


def test_vector_15_a_baseline_in_international_units_belongs_to_the_stratum_of_its_mass(story: Story) -> None:
    [(day, high, band)] = story.service.sql(
        "select as_of, detail ->> 'HIGH', detail ->> 'BAND' from milepost.assessment where usubjid = 'S01-015' "
        "and as_of <= '2026-03-10' order by version desc limit 1"
    )
    assert (day, high, band) == (dt.date(2026, 3, 2), "true", ">=400")


def test_vector_17_a_multiple_of_the_median_is_quarantined_and_asked_back(story: Story) -> None:
    refused = story.service.sql(
        "select array(select jsonb_array_elements_text(rules::jsonb)) from milepost.quarantine where usubjid = %s",
        "S01-017",
    )
    assert len(refused) == 1
    assert "LB-TEST-REFUSED" in refused[0][0]
    assert ("LB-TEST-REFUSED", "S01-017") in story.service.open_queries()
    assert story.state(17, "04-14") == "NOT_EVALUABLE:SAMPLE_UNUSABLE"
    assert story.row(17, "04-14")["AVAL"] is None


def test_vector_19_the_preliminary_result_told_nobody_anything(story: Story) -> None:
    assert [alert for alert in story.alerts(19) if alert[0] != "SAMPLE_DUE"] == []


def test_vector_20_a_withdrawn_result_takes_its_alert_back_and_the_sample_is_missed_again(
    story: Story,
) -> None:
    fates = {(kind, role): fate for kind, role, _, fate in story.alerts(20)}
    assert fates["NON_RESPONSE", "medical_monitor"] == "RETRACTED"
    assert fates["NON_RESPONSE", "study_monitor"] == "RETRACTED"
    assert ("RETRACTION", "medical_monitor") in fates
    assert fates["MISSED", "study_monitor"] == "OPEN"


@pytest.mark.parametrize(
    ("subject", "rule"),
    [
        ("S01-023", "LB-DATE-NOT-AFTER-RECEIPT"),
        ("S01-231", "LB-DATE-NOT-AFTER-RECEIPT"),
        ("S01-232", "LB-NOT-AFTER-DEATH"),
    ],
)
def test_vector_23_a_row_that_cannot_be_is_quarantined_and_asked_back(
    story: Story, subject: str, rule: str
) -> None:
    refused = story.service.sql("select rules from milepost.quarantine where usubjid = %s", subject)
    assert refused == [([rule],)]
    assert (rule, subject) in story.service.open_queries()


def test_vector_24_of_two_results_of_one_time_the_less_favourable_counts_and_the_site_is_asked(
    story: Story,
) -> None:
    assert story.row(24, "04-14")["AVAL"] == "380"
    assert [rule for rule, subject in story.service.open_queries() if subject == "S01-024"] == [
        "SECOND_SAMPLE"
    ]


def test_no_vector_is_lost_every_evening_counts_every_patient(story: Story) -> None:
    assert {len(rows) for rows in story.evenings.values()} == {30}


def test_every_row_of_every_file_has_its_place(story: Story) -> None:
    rows = story.service.status()["rows"]
    assert rows["received"] == sum(count for name, count in rows.items() if name != "received")
    assert rows["quarantined"] == 4
    with story.service.open() as runtime:
        assert runtime.ctx.store.reconcile().empty
