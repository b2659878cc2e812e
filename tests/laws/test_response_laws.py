"""Laws of best response and time to event, over any course of scans, deaths and therapies."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.core.best_response import derive_best_response
from milepost.core.confirmation import (
    BEST_FIRST,
    Assessment,
    best_confirmed,
    best_unconfirmed,
    first_confirmed,
)
from milepost.core.follow_up import derive_last_known_alive
from milepost.core.response_summary import summarise_response
from milepost.core.time_to_event import derive_time_to_event
from milepost.core.time_to_event_problems import (
    check_control_covers_response,
    check_progression_before_survival,
    check_progression_events,
    check_starts_before_ends,
)
from milepost.protocol.endpoints import ResponseRules
from tests.spec.records import records
from tests.spec.response_frames import (
    baselines_frame,
    day_of,
    lines_frame,
    protocol_of,
    therapies_frame,
    timepoints_frame,
)

WORDS = ("CR", "PR", "PR", "SD", "SD", "NON-CR/NON-PD", "NE", "NE", "PD")
gaps = st.lists(st.tuples(st.integers(1, 120), st.sampled_from(WORDS)), max_size=7)
STUDY = protocol_of()


def row_of(course: list[tuple[int, str]]) -> list[Assessment]:
    """Assessments at rising days, none after the first progression."""
    row, day = [], 0
    for gap, word in course:
        day += gap
        row.append(Assessment(day, word))
        if word == "PD":
            break
    return row


def is_confirmed(row: list[Assessment], place: int) -> bool:
    """admiralonco's definition read plainly: some later assessment, late enough, with only the same in between."""
    first = row[place]
    for later in range(place + 1, len(row)):
        between = [one.response for one in row[place + 1 : later + 1]]
        if row[later].day - first.day < 28 or between.count("NE") > 1:
            continue
        if first.response == "CR" and row[later].response == "CR" and set(between) <= {"CR", "NE"}:
            return True
        if (
            first.response == "PR"
            and row[later].response in ("CR", "PR")
            and set(between) <= {"CR", "PR", "NE"}
        ):
            return True
    return False


@settings(max_examples=300, deadline=None)
@given(gaps)
def test_a_response_is_confirmed_exactly_where_the_plain_definition_says_so(
    course: list[tuple[int, str]],
) -> None:
    row = row_of(course)
    places = [place for place in range(len(row)) if is_confirmed(row, place)]
    found = first_confirmed(row, 35, ResponseRules())
    assert (found[0] if found else None) == (places[0] if places else None)
    best = best_confirmed(row, 35, ResponseRules()).response
    assert (best in ("CR", "PR")) == bool(places)
    assert (best == "CR") == any(row[place].response == "CR" for place in places)


@settings(max_examples=300, deadline=None)
@given(gaps)
def test_confirmation_never_makes_a_response_better(course: list[tuple[int, str]]) -> None:
    row = row_of(course)
    plain, confirmed = best_unconfirmed(row, 35), best_confirmed(row, 35, ResponseRules())
    assert BEST_FIRST.index(confirmed.response) >= BEST_FIRST.index(plain.response)
    assert (plain.at is None) == (not row)


class Patient(NamedTuple):
    """Days are days since first dose."""

    course: list[tuple[int, str]]
    death: int | None
    therapy: int | None
    seen: int | None
    baseline: bool


patients = st.lists(
    st.builds(
        Patient, gaps, st.none() | st.integers(0, 700), st.none() | st.integers(-30, 500),
        st.none() | st.integers(0, 600), st.booleans(),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


def frames_of(people: list[Patient]) -> dict[str, Any]:
    """Records and derived frames of some patients; nobody is scanned after death."""
    points, bases, lines, died, given_, seen = [], [], [], [], [], []
    for number, one in enumerate(people):
        who = {"USUBJID": f"P{number}"}
        death = None if one.death is None else day_of(1) + dt.timedelta(days=one.death)
        for scan in row_of(one.course):
            day = day_of(1) + dt.timedelta(days=scan.day)
            if death is None or day <= death:
                points.append(who | {"ADT": day, "OVRLRESP": scan.response})
        bases += [who] if one.baseline else []
        lines.append(who | {"FIRSTDOSE": day_of(1), "DEATH": death, "ARMCD": "ANL"})
        died.append(who | {"DTHDTC": None if death is None else death.isoformat()})
        if one.therapy is not None:
            day = (day_of(1) + dt.timedelta(days=one.therapy)).isoformat()
            given_.append(therapies_frame(((day, "SYSTEMIC"),), who["USUBJID"]))
        if one.seen is not None:
            seen.append(who | {"VSDTC": (day_of(1) + dt.timedelta(days=one.seen)).isoformat()})
    return {
        "timepoints": timepoints_frame(*points), "baselines": baselines_frame(*bases), "lines": lines_frame(*lines),
        "therapies": pd.concat(given_, ignore_index=True) if given_ else therapies_frame(()),
        "dm": records("DM", *died), "vs": records("VS", *seen),
    }  # fmt: skip


def derived(frames: dict[str, Any], as_of: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """ADRS and ADTTE."""
    points, bases, lines, therapies = (
        frames[name] for name in ("timepoints", "baselines", "lines", "therapies")
    )
    adrs = derive_best_response(points, bases, lines, therapies, protocol=STUDY, as_of=as_of)
    alive = derive_last_known_alive({"VS": frames["vs"]}, lines, as_of=as_of)
    times = derive_time_to_event(
        lines, points, bases, adrs, therapies, alive, dm=frames["dm"], ds=records("DS"), ss=records("SS"),
        protocol=STUDY, as_of=as_of,
    )  # fmt: skip
    return adrs, times.adtte


@settings(max_examples=12, deadline=None)
@given(patients, st.integers(1, 700))
def test_no_time_is_impossible_and_no_patient_is_lost(people: list[Patient], cut_off: int) -> None:
    frames = frames_of(people)
    adrs, adtte = derived(frames, day_of(cut_off))
    check_starts_before_ends(adtte)
    check_progression_before_survival(adtte)
    check_progression_events(adtte, adrs)
    check_control_covers_response(adrs)
    summarise_response(adrs)
    assert adtte["ADT"].notna().all() and (adtte["ADT"] <= pd.Timestamp(day_of(cut_off))).all()
    everybody = set(frames["lines"]["USUBJID"])
    for code in ("OS", "PFS", "PFSFDA", "PFSEMA", "TTP"):
        assert sorted(adtte.loc[adtte["PARAMCD"].eq(code), "USUBJID"]) == sorted(everybody)
    assert sorted(adrs.loc[adrs["PARAMCD"].eq("BOR"), "USUBJID"]) == sorted(everybody)
    ends = adtte.pivot(index="USUBJID", columns="PARAMCD", values="AVAL")
    # FDA style censors sooner, never later; without a baseline it knows no progression, and an early death is its event
    with_baseline = ends.index.isin([f"P{number}" for number, one in enumerate(people) if one.baseline])
    assert (ends["PFSFDA"] <= ends["PFSEMA"])[with_baseline].all()
    assert (ends["TTP"] <= ends["PFS"]).all()


@settings(max_examples=8, deadline=None)
@given(patients, st.integers(1, 700), st.randoms(use_true_random=False))
def test_what_comes_after_the_cut_off_and_the_order_of_rows_change_nothing(
    people: list[Patient], cut_off: int, random: Any
) -> None:
    frames, as_of = frames_of(people), day_of(cut_off)
    whole = derived(frames, as_of)
    points = frames["timepoints"]
    order = list(range(len(points)))
    random.shuffle(order)
    shuffled = points.iloc[order]
    seen = shuffled[shuffled["ADT"] <= pd.Timestamp(as_of)].reset_index(drop=True)
    for before, after in zip(whole, derived(frames | {"timepoints": seen}, as_of), strict=True):
        pd.testing.assert_frame_equal(before, after)


@settings(max_examples=5, deadline=None)
@given(patients, st.integers(1, 700))
def test_nobody_is_judged_by_the_data_of_another(people: list[Patient], cut_off: int) -> None:
    frames, as_of = frames_of(people), day_of(cut_off)
    whole = derived(frames, as_of)
    for who in frames["lines"]["USUBJID"]:
        own = {name: frame[frame["USUBJID"].eq(who)].reset_index(drop=True) for name, frame in frames.items()}
        for everybody, alone in zip(whole, derived(own, as_of), strict=True):
            mine = everybody[everybody["USUBJID"].eq(who)].reset_index(drop=True)
            pd.testing.assert_frame_equal(mine, alone, check_dtype=False)


doubtful = st.lists(
    st.tuples(st.integers(1, 120), st.sampled_from((*WORDS, None, None))), min_size=1, max_size=7
)


@settings(max_examples=12, deadline=None)
@given(st.lists(doubtful, min_size=4, max_size=8), st.randoms(use_true_random=False))
def test_an_answer_that_stands_is_the_same_whatever_the_scans_that_contradict_themselves_showed(
    courses: list[list[tuple[int, str | None]]], random: Any
) -> None:
    frames, days = frames_of([Patient([], None, None, 300, True) for _ in courses]), []
    for number, course in enumerate(courses):
        day = day_of(1)
        for gap, word in course:
            day += dt.timedelta(days=gap)
            days.append((f"P{number}", day, word))
            if word == "PD":
                break

    def told(response: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
        points = [
            {"USUBJID": who, "ADT": day}
            | ({"OVRLRESP": word} if word is not None else response())
            for who, day, word in days
        ]  # fmt: skip
        return derived(frames | {"timepoints": timepoints_frame(*points)}, day_of(600))

    held = told(lambda: {"OVRLRESP": None, "DATAERR": "TR-TWO-MEASUREMENTS"})
    shown = told(lambda: {"OVRLRESP": random.choice(("CR", "PR", "SD", "PD", "NE"))})
    keys = ["USUBJID", "LINE", "PARCAT2", "PARCAT3", "PARAMCD"]
    for before, after, value in zip(held, shown, ("AVALC", "CNSR"), strict=True):
        stands = before[before["DATAERR"].isna() & ~before["PARAMCD"].str.startswith("DCW")]
        both = stands.merge(after, on=keys, how="left", validate="1:1", suffixes=("", "_SHOWN"))
        for name in (value, "ADT"):
            one, other = both[name], both[f"{name}_SHOWN"]
            assert (one.eq(other) | (one.isna() & other.isna())).fillna(False).all(), both["PARAMCD"].tolist()
