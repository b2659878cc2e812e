"""What a patient profile draws: where each mark stands, what it says, and what it never makes up."""

from __future__ import annotations

from decimal import Decimal

from tests.profile_builder import course_of, profile_of


def test_bars_are_as_high_as_the_dose_of_the_day_and_days_off_are_blank() -> None:
    dosing = course_of("cycles").dosing
    assert [(bar.first, bar.last, bar.mg) for bar in dosing.bars] == [
        (0, 13, Decimal(12)),
        (21, 34, Decimal(12)),
    ]
    assert dosing.changes == ()
    assert dosing.last == ("12 mg a day", "last dose day 35")


def test_one_long_record_of_a_drug_with_days_off_has_its_days_off() -> None:
    bars = course_of("long record").dosing.bars
    assert [(bar.first, bar.last) for bar in bars] == [(0, 13), (21, 34)]


def test_two_tablets_a_day_are_the_dose_of_the_day() -> None:
    (bar,) = course_of("twice a day").dosing.bars
    assert (bar.drug, bar.first, bar.last, bar.mg) == ("Sorafenib", 0, 105, Decimal(800))


def test_a_pause_and_a_lower_dose_say_why() -> None:
    changes = course_of("busy").dosing.changes
    assert [(c.kind, c.first, c.last, c.said) for c in changes] == [
        ("paused", 35, 48, "paused 14 days: hand-foot syndrome"),
        ("reduced", 49, 49, "12 → 10 mg"),
    ]


def test_a_dose_that_is_no_weight_is_shown_as_reported_without_a_height() -> None:
    (bar,) = course_of("capsules").dosing.bars
    assert (bar.mg, bar.shown) == (None, "1 {capsule} QD")


def test_a_result_beyond_the_assays_limit_is_a_range_and_never_a_number() -> None:
    (panel,) = course_of("busy").markers
    ranged = [(r.at, r.lo, r.hi, r.shown) for r in panel.readings if not r.is_exact]
    assert ranged == [(14, Decimal(1210), None, ">1210"), (84, Decimal(0), Decimal("2.0"), "<2.0")]
    wide = profile_of("busy").figures[0]
    hatched = [dict(m.attributes) for m in wide.marks if "seg hatch" in dict(m.attributes).get("class", "")
               and ("1210" in m.title or "2.0" in m.title)]  # fmt: skip
    assert [mark["width"] for mark in hatched] == ["7", "7"]
    assert all(float(mark["height"]) > 8 for mark in hatched)


def test_nothing_is_said_of_a_lowest_value_that_a_range_may_undercut() -> None:
    assert course_of("undercut").markers[0].last == ("80, day 20", "")
    assert course_of("exact").markers[0].last == ("80, day 20", "+60.0\u202f% from lowest")


def test_a_result_in_another_unit_stands_at_its_place_on_the_scale() -> None:
    (reading,) = course_of("other unit").markers[0].readings
    assert (reading.lo, reading.shown, reading.text) == (Decimal(121), "121", "100 IU/mL")


def test_a_result_in_an_unknown_unit_is_not_drawn_but_counted() -> None:
    panel = course_of("unknown unit").markers[0]
    assert panel.readings == ()
    assert panel.left_out == "1 result without an amount in a known unit"


def test_the_samples_of_the_verdict_are_ringed_and_its_window_and_limit_drawn() -> None:
    (panel,) = course_of("busy").markers
    assert [(ring.at, ring.kind, ring.said) for ring in panel.rings] == [
        (-4, "base", ""),
        (28, "non", "day 29: −24.0\u202f%, non-responder"),
    ]
    assert [(w.first, w.last, w.said) for w in panel.windows] == [(21, 35, "days 22–36")]
    assert [(level.value, level.said) for level in panel.levels] == [(Decimal(375), "−25\u202f%")]


def test_sums_carry_the_response_of_each_scan_and_both_limits() -> None:
    tumours = course_of("busy").tumours
    recist, mrecist = tumours.series
    assert (recist.criteria, mrecist.criteria) == ("RECIST 1.1", "mRECIST")
    assert [(s.at, s.mm, s.response, s.new) for s in recist.sums] == [
        (-6, 50.0, "", False), (42, 34.0, "PR", False), (84, 42.0, "PD", True),
    ]  # fmt: skip
    assert (recist.baseline, recist.lowest, recist.partial) == (50.0, 34.0, 35.0)
    assert recist.progression == 34 * 1.2
    assert [s.mm for s in mrecist.sums] == [40.0, 20.0, 25.0]
    assert mrecist.progression == 24.0


def test_a_small_sum_needs_five_millimetres_by_recist_and_a_fifth_by_mrecist() -> None:
    recist, mrecist = course_of("small sum").tumours.series
    assert recist.progression == 17.0
    assert mrecist.progression == 12 * 1.2


def test_the_next_scan_is_due_after_the_one_nearest_to_the_last() -> None:
    assert course_of("one scan").tumours.due == (84, "next scan due 85")
    assert course_of("busy").tumours.due is None  # progression ended the scans


def test_liver_tests_are_multiples_of_their_own_limit() -> None:
    liver = course_of("busy").liver
    by_code = {test.code: test for test in liver.tests}
    assert list(by_code) == ["ALT", "AST", "BILI", "ALP"]
    assert [(p.at, p.lo) for p in by_code["ALT"].points] == [
        (-4, 0.8), (-2, 0.84), (28, 1.2), (84, 2.6), (98, 5.2),
    ]  # fmt: skip
    assert by_code["ALT"].last == "5.2"
    assert liver.limits == ((Decimal(3), "ALT, AST"), (Decimal(2), "Bilirubin"))


def test_grades_are_those_of_ctcae_and_a_value_before_first_dose_has_none() -> None:
    rows = {row.code: row for row in course_of("busy").grades.rows}
    assert [(cell.at, cell.grade) for cell in rows["ALT"].cells] == [
        (-4, None), (-2, None), (28, 1), (84, 1), (98, 3),
    ]  # fmt: skip
    assert (rows["ALT"].worst, rows["BILI"].worst) == (3, 2)
    assert "AST" not in rows and "ALP" not in rows


def test_an_event_goes_on_until_it_has_ended_and_a_missing_grade_stays_missing() -> None:
    lanes = {lane.term: lane for lane in course_of("busy").events.lanes}
    assert [(b.first, b.last, b.grade, b.serious) for b in lanes["Hypertension"].bars] == [(7, 39, 3, True)]
    assert [(b.first, b.last, b.grade, b.serious) for b in lanes["Fatigue"].bars] == [(29, None, None, False)]
    assert (lanes["Hypertension"].said, lanes["Fatigue"].said) == ("grade 3, serious", "grade missing")


def test_the_gravest_terms_are_drawn_and_the_rest_is_counted() -> None:
    panel = course_of("crowded").events
    assert len(panel.lanes) == 14
    assert panel.lanes[-1].term == "Grave"
    assert panel.more == 7
    assert len(profile_of("crowded").events) == 21


def test_what_was_told_stands_on_its_day_with_what_became_of_it() -> None:
    told = course_of("busy").told
    assert [(t.kind, t.at, t.is_open, t.sent) for t in told] == [
        ("SAMPLE_DUE", 21, False, False), ("NON_RESPONSE", 30, True, True), ("HYS_LAW", 99, True, True),
    ]  # fmt: skip
    assert told[1].roles == ("Medical monitor", "Study monitor")
    assert told[1].status == "open: study monitor; acknowledged: medical monitor"
    assert told[2].about == "ALT 5.2 × ULN on day 99, Bilirubin 2.4 × ULN on day 99, ALP 0.8 × ULN"
    assert (told[2].by, told[2].urgency) == ("5 days late", "late")


def test_the_days_that_mark_the_course_are_named() -> None:
    assert [(m.at, m.said) for m in course_of("busy").moments] == [
        (0, "first dose"), (28, "AFP: non-responder"), (105, "cut-off, day 106"),
    ]  # fmt: skip
    assert [(m.at, m.said) for m in course_of("stopped").moments][1:3] == [
        (19, "drug stopped: progressive disease"), (24, "TACE"),
    ]  # fmt: skip


def test_what_lies_after_the_cut_off_is_not_seen() -> None:
    found = course_of("busy", 60)
    assert max(r.at for r in found.markers[0].readings) == 56
    assert max(s.at for series in found.tumours.series for s in series.sums) == 42
    assert max(bar.last for bar in found.dosing.bars) == 55
    assert [lane.term for lane in found.events.lanes] == ["Hypertension", "Fatigue", "Rash"]
    assert all(moment.at <= 59 for moment in found.moments)
