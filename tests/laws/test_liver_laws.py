"""Laws of the liver rules, over any patients: what a score or a case may depend on, and what it must not."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.core.liver_safety import derive_liver_safety
from milepost.core.liver_scores import derive_liver_scores
from tests.spec.cases_liver_scores import CALM, DAY
from tests.spec.liver_case import PROTOCOL, UNITS, Course, Lab, labs_of, lines_of, safety_of, scores_of
from tests.spec.records import records

LAW = settings(max_examples=10, deadline=None)
ORIGIN = dt.date(2026, 3, 2)
RULES = PROTOCOL.safety.liver

days = st.one_of(st.integers(-40, 60), st.sampled_from([-29, -28, -1, 0, 14, 28, 29]))
upper = {"ALT": ["40", "50"], "AST": ["35"], "BILI": ["20", "0.7"], "ALP": ["120"]}
liver_labs = st.sampled_from(["ALT", "ALT", "AST", "BILI", "BILI", "ALP"]).flatmap(
    lambda test: st.builds(
        lambda day, times, limit, sign: (day, test, sign, times, limit),
        days,
        st.sampled_from(["0.5", "1", "1.5", "1.999", "2", "2.5", "2.999", "3", "3.001", "4", "6", "8", "12"]),
        st.sampled_from([*upper[test], None]) if test == "AST" else st.sampled_from(upper[test]),
        st.sampled_from(["", "", "", "", ">", "<"]),
    )
)
courses = st.lists(liver_labs, max_size=14)


def date(day: int) -> str:
    return (ORIGIN + dt.timedelta(days=day)).isoformat()


def to_course(drawn: list[tuple[int, str, str, str, str | None]], **more: Any) -> Course:
    """The results in the units of their limits; each a chosen multiple of it, exactly."""
    labs = []
    for day, test, sign, times, limit in drawn:
        value = Fraction(times) * Fraction(limit or "40")
        text = f"{value.numerator * 10**6 // value.denominator:07d}"
        unit = "mg/dL" if limit == "0.7" else UNITS[test]
        labs.append(Lab(test, date(day), f"{sign}{text[:-6]}.{text[-6:]}", limit, unit))
    return Course(tuple(labs), **more)


def plain_cases(drawn: list[tuple[int, str, str, str, str | None]]) -> tuple[int, int] | None:
    """Day of enzyme and bilirubin of the first potential case, read word by word from section 5.2 with loops."""
    rows = []
    for day, test, sign, times, limit in drawn:
        x = None if limit is None else Fraction(times)
        factor = Fraction("17.1") if limit == "0.7" else Fraction(1)
        value = Fraction(times) * Fraction(limit or "40") * factor
        rows.append({
            "day": day, "test": test, "known": value, "x": x,
            "uln": None if limit is None else Fraction(limit) * factor,
            "least": Fraction(0) if sign == "<" else value,
            "xleast": None if x is None else Fraction(0) if sign == "<" else x,
        })  # fmt: skip
    base: dict[str, tuple[Fraction, Fraction | None]] = {}
    for test in ("ALT", "AST", "BILI"):
        before: dict[int, dict[str, Any]] = {}
        for row in (row for row in rows if row["test"] == test and row["day"] <= 0):
            old = before.get(row["day"])
            if old is None or (row["x"] is not None and (old["x"] is None or row["x"] < old["x"])):
                before[row["day"]] = row
        ordered = [before[day] for day in sorted(before, reverse=True)]
        used = [
            row
            for n, row in enumerate(ordered)
            if n < RULES.baseline_samples or row["day"] >= -RULES.baseline_days
        ]
        if used:
            known = [row["x"] for row in used if row["x"] is not None]
            base[test] = (
                sum((row["known"] for row in used), Fraction(0)) / len(used),
                sum(known, Fraction(0)) / len(known) if known else None,
            )
    raised = {test for test, (_, times) in base.items() if times is not None and times > 1}

    def injury(row: dict[str, Any]) -> bool:
        if row["xleast"] is None:
            return False
        # each test is held against its own baseline
        if row["test"] in raised:
            doubled = row["least"] >= 2 * base[row["test"]][0]
            return (doubled and row["xleast"] >= 3) or row["xleast"] >= 8
        return row["xleast"] >= 3

    def jaundice(row: dict[str, Any]) -> bool:
        if "BILI" in raised:
            return row["least"] - base["BILI"][0] >= row["uln"] or row["xleast"] >= 3
        return row["xleast"] >= 2

    found = []
    for enzyme in (row for row in rows if row["test"] in ("ALT", "AST") and row["day"] > 0 and injury(row)):
        for bili in (row for row in rows if row["test"] == "BILI" and jaundice(row)):
            if 0 <= bili["day"] - enzyme["day"] <= 14:
                alps = sorted(
                    (abs(row["day"] - enzyme["day"]), row["day"], row["x"], row["xleast"])
                    for row in rows
                    if row["test"] == "ALP" and abs(row["day"] - enzyme["day"]) <= 14
                )
                if not alps or alps[0][3] < 2:
                    found.append((enzyme["day"], bili["day"]))
    return min(found, default=None)


def no_two_alp_of_a_day(drawn: list[tuple[int, str, str, str, str | None]]) -> bool:
    """Which of several ALP of one day counts is a rule of its own, with a case in the tables."""
    on = [day for day, test, *_ in drawn if test == "ALP"]
    return len(on) == len(set(on))


def one_before_a_day(drawn: list[tuple[int, str, str, str, str | None]]) -> bool:
    """Nor are several values of one test and day before first dose: the record key decides between equal ones."""
    on = [(day, test) for day, test, *_ in drawn if day <= 0]
    return len(on) == len(set(on))


def cohort_of(courses_drawn: list[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Laboratory rows and lines of several patients, P0, P1 …"""
    made = [to_course(drawn) for drawn in courses_drawn]
    labs, lines = [labs_of(one) for one in made], [lines_of(one) for one in made]
    named = [
        pd.concat([frame.assign(USUBJID=f"P{n}") for n, frame in enumerate(part)], ignore_index=True)
        for part in (labs, lines)
    ]
    return named[0], named[1]


@LAW
@given(st.lists(courses.filter(no_two_alp_of_a_day).filter(one_before_a_day), min_size=8, max_size=8))
def test_the_first_case_is_the_one_a_plain_reading_finds(cohort) -> None:
    labs, lines = cohort_of(cohort)
    cases = derive_liver_safety(labs, lines, protocol=PROTOCOL, as_of=dt.date(2026, 12, 31)).cases
    # the first dose is day 0 here: a result of that day without a time lies before it
    found = {
        row.USUBJID: ((row.ENZDT.date() - ORIGIN).days, (row.BILIDT.date() - ORIGIN).days)
        for row in cases.itertuples()
    }
    wanted = {f"P{n}": plain_cases(drawn) for n, drawn in enumerate(cohort)}
    assert found == {name: days for name, days in wanted.items() if days is not None}


@LAW
@given(courses, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(drawn, chance: random.Random) -> None:
    course = to_course(drawn)
    labs = labs_of(course)
    shuffled = labs.sample(frac=1, random_state=chance.randint(0, 9999))
    for frame in (labs, shuffled):
        assert frame["RECKEY"].is_unique
    one, other = (
        derive_liver_safety(frame, lines_of(course), protocol=PROTOCOL, as_of=dt.date(2026, 12, 31))
        for frame in (labs, shuffled)
    )
    assert (
        one.patients.equals(other.patients)
        and one.cases.equals(other.cases)
        and one.problems.equals(other.problems)
    )


@LAW
@given(courses, st.integers(0, 60))
def test_what_comes_after_the_cut_off_is_not_seen(drawn, day: int) -> None:
    early = [row for row in drawn if row[0] <= day]
    all_of_it, cut = (safety_of(to_course(rows, as_of=date(day))) for rows in (drawn, early))
    assert whole(all_of_it.patients.drop(columns="SRC")) == whole(cut.patients.drop(columns="SRC"))
    assert whole(all_of_it.cases.drop(columns="SRC")) == whole(cut.cases.drop(columns="SRC"))


@settings(LAW, max_examples=5)
@given(st.lists(courses, min_size=2, max_size=3))
def test_no_patient_changes_another(cohort) -> None:
    labs, lines = cohort_of(cohort)
    together = derive_liver_safety(labs, lines, protocol=PROTOCOL, as_of=dt.date(2026, 12, 31))
    for n, drawn in enumerate(cohort):
        alone = safety_of(to_course(drawn))
        for name in ("patients", "cases", "problems"):
            mine = getattr(together, name)
            mine = mine[mine["USUBJID"] == f"P{n}"].assign(USUBJID="P1")
            assert whole(mine) == whole(getattr(alone, name))


def whole(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with nothing as None."""
    rows = frame.astype(object)
    return rows.where(rows.notna(), None).to_dict("records")


ascites = st.sampled_from([None, "NONE", "MILD", "SEVERE"])
answers = st.fixed_dictionaries({
    "BILI": st.sampled_from([None, "20", "33.9", "34", "51", "60"]),
    "ALB": st.sampled_from([None, "40", "35", "28", "20"]),
    "INR": st.sampled_from([None, "1.0", "1.7", "2.3", "3"]), "ASCITES": ascites, "ENCEPHALOPATHY": ascites,
})  # fmt: skip


def child_pugh(told: dict[str, str | None]) -> pd.Series | None:
    labs = tuple(Lab(test, DAY, told[test]) for test in CALM if told[test] is not None)
    found = tuple((what, DAY, told[what]) for what in ("ASCITES", "ENCEPHALOPATHY") if told[what] is not None)
    scores = scores_of(Course(labs, found)).scores
    points = scores[scores["PARAMCD"] == "CPSCORE"]
    return points.iloc[0] if len(points) else None


@LAW
@given(answers)
def test_child_pugh_needs_every_answer_and_lies_between_5_and_15(told) -> None:
    score = child_pugh(told)
    lack = [name for name in (*CALM, "ASCITES", "ENCEPHALOPATHY") if told[name] is None]
    if lack and sum(told[test] is not None for test in CALM) < 2:
        assert score is None  # one laboratory test is not nearly a score
    elif lack:
        assert np.isnan(score["AVAL"]) and score["REASON"] == f"MISSING: {', '.join(lack)}"
    else:
        assert 5 <= score["AVAL"] <= 15 and score["REASON"] is None and len(score["SRC"]) == 5


positive = st.decimals("0.5", "400", places=1, allow_nan=False)
albumins = st.decimals("15", "55", places=1, allow_nan=False)


@LAW
@given(positive, albumins, st.sampled_from(["<", ">"]), st.decimals("0.1", "10", places=1))
def test_a_grade_given_for_a_range_is_that_of_every_value_in_it(bili, alb, sign, step) -> None:
    inside = max(bili / (1 + step), bili / 1000) if sign == "<" else bili * (1 + step)

    def grade(text: str) -> str | None:
        scores = scores_of(Course((Lab("BILI", DAY, text), Lab("ALB", DAY, str(alb))))).scores
        return scores.loc[scores["PARAMCD"] == "ALBIGR", "AVALC"].iloc[0]

    of_range = grade(f"{sign}{bili}")
    assert of_range is None or of_range == grade(f"{inside:.6f}")


@LAW
@given(positive, albumins, positive, st.decimals("0.8", "5", places=2), st.decimals("110", "150", places=0))
def test_scores_do_not_depend_on_the_unit_a_result_came_in(
    mg_tenfold, alb, creat_tenfold, inr, sodium
) -> None:
    bili, creat = mg_tenfold / 10, creat_tenfold / 10
    us = (Lab("BILI", DAY, str(bili), unit="mg/dL"), Lab("ALB", DAY, str(alb / 10), unit="g/dL"),
          Lab("CREAT", DAY, str(creat), unit="mg/dL"))  # fmt: skip
    si = (
        Lab("BILI", DAY, f"{bili * 171 / 10:f}"),
        Lab("ALB", DAY, str(alb)),
        Lab("CREAT", DAY, f"{creat * 884 / 10:f}"),
    )
    both = (Lab("INR", DAY, str(inr)), Lab("SODIUM", DAY, str(sodium)))
    one, other = (scores_of(Course((*labs, *both), sex="F")).scores for labs in (us, si))
    # Child-Pugh is scored in the unit reported, and may differ at its edges
    keep = one["PARAMCD"].isin(("ALBI", "EZALBI", "MELD", "MELDNA", "MELD3")).to_numpy(bool)
    assert keep.sum() == 5
    assert np.allclose(
        one["AVALRAW"].fillna(one["AVAL"])[keep], other["AVALRAW"].fillna(other["AVAL"])[keep], atol=2e-6
    )
    meld = one.loc[one["PARAMCD"] == "MELD3", "AVAL"].iloc[0]
    assert 6 <= meld <= 40


def test_no_records_make_no_rows() -> None:
    empty = lines_of(Course(doses=())).iloc[:0]
    scores = derive_liver_scores(
        records("LB"), records("FA"), records("RS"), records("DM"), empty, protocol=PROTOCOL, as_of=ORIGIN
    )
    safety = derive_liver_safety(records("LB"), empty, protocol=PROTOCOL, as_of=ORIGIN)
    assert [len(frame) for frame in (*scores, *safety)] == [0] * 5
