"""Laws of the checkpoint, over any patients: what the verdict may depend on, and what it must not."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.core.censored_values import EXACT, Interval
from milepost.core.checkpoint import VERDICT_COLUMNS
from milepost.core.checkpoint_codes import FLAGS, QUERIES, REASONS, STATES
from milepost.core.response import is_response
from tests.laws.plain_reading import Drawn, Patient, read
from tests.spec.checkpoint_case import RULE, Lab, judge_lines, labs_frame, lines_frame

ORIGIN = dt.date(2026, 3, 2)
LAW = settings(max_examples=25, deadline=None)

numbers = st.one_of(
    st.sampled_from(["0", "15", "20", "20.0", "300", "375", "375.1", "400", "500", "1210"]),
    st.decimals(min_value=0, max_value=5000, places=2, allow_nan=False).map(str),
)
days = st.one_of(
    st.integers(-45, 60), st.sampled_from([-29, -28, -1, 0, 1, 20, 21, 27, 28, 29, 35, 36, 42, 43])
)
samples = st.builds(
    Drawn,
    day=days,
    minute=st.sampled_from([None, None, 0, 480, 540, 541]),
    sign=st.sampled_from(["", "", "", "", "", "<", "<=", ">", ">="]),
    number=numbers,
    unit=st.sampled_from(["ng/mL", "ng/mL", "ng/mL", "IU/mL", "nmol/L"]),
    usable=st.sampled_from([True, True, True, True, False]),
).filter(lambda sample: not (sample.sign == "<" and Decimal(sample.number) == 0))
events = st.one_of(st.none(), st.none(), st.none(), days)
patients = st.builds(
    Patient,
    first=st.sampled_from([0, 0, 0, 0, 0, 0, 5, None]),
    dose_minute=st.sampled_from([None, 480, 540]),
    death=events,
    withdrew=events,
    lost=events,
    stopped=events,
    screen_failure=st.sampled_from([False, False, False, True]),
    samples=st.lists(samples, max_size=6).map(tuple),
)
cohorts = st.lists(patients, min_size=1, max_size=8)


def date(day: int | None) -> str | None:
    return None if day is None else (ORIGIN + dt.timedelta(days=day)).isoformat()


def clock(minute: int | None) -> str:
    return "" if minute is None else f"T{minute // 60:02d}:{minute % 60:02d}"


def frames(cohort: list[Patient]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The lines and laboratory rows of a cohort."""
    lines = lines_frame(
        *(
            {
                "USUBJID": f"P{n}", "FIRSTDOSE": date(p.first), "FIRSTDOSETM": clock(p.dose_minute)[1:] or None,
                "DEATH": date(p.death), "WITHDREW": date(p.withdrew), "LOST": date(p.lost),
                "DISCONTINUED": date(p.stopped), "SCREENFAIL": p.screen_failure,
            }
            for n, p in enumerate(cohort)
        )
    )  # fmt: skip
    labs = [
        Lab(
            f"{date(s.day)}{clock(s.minute)}", s.sign + s.number, s.unit,
            unusable=None if s.usable else "QUARANTINED", more={"USUBJID": f"P{n}"},
        )
        for n, p in enumerate(cohort)
        for s in p.samples
    ]  # fmt: skip
    return lines, labs_frame(tuple(labs))


def judged(lines: pd.DataFrame, labs: pd.DataFrame, today: int, **more: Any) -> list[dict[str, Any]]:
    verdicts = judge_lines(lines, labs, as_of=ORIGIN + dt.timedelta(days=today), **more)
    return verdicts.astype(object).where(verdicts.notna(), None).to_dict("records")


@settings(max_examples=60, deadline=None)
@given(st.lists(patients, min_size=4, max_size=16), st.integers(-5, 70))
def test_the_verdict_is_what_a_plain_reading_gives(cohort, today):
    found = [(v["STATE"], v["REASON"], v["FINAL"]) for v in judged(*frames(cohort), today)]
    assert found == [read(patient, today) for patient in cohort]


@LAW
@given(cohorts, st.integers(0, 60), st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(cohort, today, chance: random.Random):
    lines, labs = frames(cohort)
    order = list(range(len(labs)))
    chance.shuffle(order)
    assert judged(lines, labs.iloc[order].reset_index(drop=True), today) == judged(lines, labs, today)


@LAW
@given(cohorts, st.integers(0, 60))
def test_a_patient_is_judged_alone_as_in_company(cohort, today):
    lines, labs = frames(cohort)
    together = judged(lines, labs, today)
    for position, verdict in enumerate(together):
        alone = judged(lines.iloc[[position]].reset_index(drop=True), labs, today)
        assert alone == [verdict]


@LAW
@given(cohorts, st.integers(-5, 70), st.integers(1, 100))
def test_until_its_next_date_a_verdict_stands(cohort, today, later):
    lines, labs = frames(cohort)
    now, then = judged(lines, labs, today), judged(lines, labs, today + later)
    for verdict, same in zip(now, then, strict=True):
        if verdict["NEXT_ON"] is None or verdict["NEXT_ON"].date() > ORIGIN + dt.timedelta(
            days=today + later
        ):
            assert same == verdict


@LAW
@given(cohorts, st.integers(0, 60), st.lists(samples, min_size=1, max_size=4))
def test_what_happens_after_the_cut_off_changes_nothing_but_the_next_date(cohort, today, more):
    later = tuple(Drawn(today + 1 + abs(s.day), s.minute, s.sign, s.number, s.unit, s.usable) for s in more)
    fuller = [Patient(**{**vars(patient), "samples": (*patient.samples, *later)}) for patient in cohort]
    before, after = judged(*frames(cohort), today), judged(*frames(fuller), today)
    for one, other in zip(before, after, strict=True):
        for name in set(VERDICT_COLUMNS) - {"NEXT_ON", "BASE_SRC", "AVAL_SRC"}:
            assert one[name] == other[name], name


@LAW
@given(cohorts, st.integers(-5, 70))
def test_every_patient_has_one_state_and_only_words_that_are_explained(cohort, today):
    found = judged(*frames(cohort), today)
    assert len(found) == len(cohort)
    for verdict in found:
        assert verdict["STATE"] in STATES
        assert (verdict["REASON"] is None) or verdict["REASON"] in REASONS
        assert (verdict["STATE"] in ("NOT_EVALUABLE", "NOT_REACHED")) <= (verdict["REASON"] is not None)
        assert set(verdict["FLAGS"]) <= set(FLAGS) and set(verdict["QUERIES"]) <= set(QUERIES)
        assert not (verdict["FINAL"] and verdict["STATE"].startswith("PROVISIONAL_"))


texts = st.decimals(min_value="0.001", max_value=100000, places=3, allow_nan=False).map(str)
factors = st.decimals(min_value="0.001", max_value=49, places=3, allow_nan=False)
percents = st.decimals(min_value="0.1", max_value=100, places=1, allow_nan=False)


def state_of(base: str, post: str, **rule: Any) -> tuple[str, str | None]:
    labs = labs_frame((Lab("2026-02-27", base), Lab("2026-03-30", post)))
    changed = RULE.model_copy(update={"min_baseline": None, **rule})
    (verdict,) = judged(lines_frame({"FIRSTDOSE": "2026-03-02"}), labs, 45, rule=changed)
    return verdict["STATE"], verdict["REASON"]


@LAW
@given(texts, percents)
def test_exactly_the_threshold_is_a_response_and_a_hair_less_is_none(base, threshold):
    limit = EXACT.multiply(Decimal(base), (100 - threshold) / 100)
    assert state_of(base, f"{limit:f}", threshold_pct=threshold)[0] == "RESPONDER"
    assert state_of(base, f"{limit + Decimal('1e-12'):f}", threshold_pct=threshold)[0] == "NON_RESPONDER"


@LAW
@given(texts, percents)
def test_exactly_the_threshold_is_a_response_where_a_rise_is_one(base, threshold):
    limit = EXACT.multiply(Decimal(base), (100 + threshold) / 100)
    rise = {"direction": "rise", "threshold_pct": threshold}
    assert state_of(base, f"{limit:f}", **rise)[0] == "RESPONDER"
    assert state_of(base, f"{limit - Decimal('1e-12'):f}", **rise)[0] == "NON_RESPONDER"


@LAW
@given(texts, texts, st.sampled_from(["", "<", "<=", ">", ">="]), st.sampled_from(["", ">", ">="]), factors)
def test_another_unit_on_both_sides_changes_no_verdict(base, post, sign, base_sign, factor):
    scaled = [f"{EXACT.multiply(Decimal(number), factor):f}" for number in (base, post)]
    assert state_of(base_sign + base, sign + post) == state_of(base_sign + scaled[0], sign + scaled[1])


amounts = st.decimals(min_value=0, max_value=1000, places=1, allow_nan=False)


@st.composite
def intervals(draw) -> Interval:
    low = draw(amounts)
    high = draw(st.one_of(st.none(), amounts.map(lambda more: low + more)))
    exact = high == low
    return Interval(
        low, high, not exact and draw(st.booleans()), not exact and high is not None and draw(st.booleans())
    )


def wider(value: Interval, below: Decimal, above: Decimal | None) -> Interval:
    """An interval that holds the value's every amount."""
    low = max(Decimal(0), value.lo - below)
    high = None if value.hi is None or above is None else value.hi + above
    return Interval(low, high, value.lo_open and low == value.lo, value.hi_open and high == value.hi)


@settings(max_examples=150, deadline=None)
@given(intervals(), intervals(), amounts, st.one_of(st.none(), amounts), amounts, st.one_of(st.none(), amounts),
       st.sampled_from(["fall", "rise"]))  # fmt: skip
def test_knowing_less_never_turns_a_verdict_over(base, post, a, b, c, d, direction):
    sure = is_response(base, post, direction=direction, threshold_pct=Decimal(25))
    less = is_response(wider(base, a, b), wider(post, c, d), direction=direction, threshold_pct=Decimal(25))
    assert less is None or less is sure


@settings(max_examples=150, deadline=None)
@given(intervals(), intervals(), st.integers(0, 4), st.integers(0, 4), st.sampled_from(["fall", "rise"]))
def test_a_verdict_on_ranges_holds_for_every_amount_in_them(base, post, i, j, direction):
    sure = is_response(base, post, direction=direction, threshold_pct=Decimal(25))
    b, p = inside(base, i), inside(post, j)
    if sure is not None and b > 0:
        moved = p * 4 <= b * 3 if direction == "fall" else p * 4 >= b * 5
        assert moved is sure


def inside(value: Interval, place: int) -> Decimal:
    """An amount of the interval: one of its ends where that is meant, else one between."""
    low, high = value.lo, value.lo + 1000 if value.hi is None else value.hi
    share = Decimal(place) / 4
    if value.is_exact:
        return low
    if share == 0 and value.lo_open:
        share = Decimal("0.0001")
    if share == 1 and value.hi_open:
        share = Decimal("0.9999")
    return low + (high - low) * share
