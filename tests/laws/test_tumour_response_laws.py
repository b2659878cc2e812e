"""Laws of tumour response, over any lesions: a plain reading of RECIST 1.1 in fractions gives the same, the order of
rows and the other patients change nothing, and a later cut-off only adds."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.core.tumour_response import TumourResponse, derive_tumour_response
from tests.spec.records import records
from tests.spec.response_frames import protocol_of

LAW = settings(max_examples=8, deadline=None)
FIRST_DOSE = dt.date(2026, 3, 2)
LESIONS = ("T01", "T02", "T03")
PLACES = {"T01": "LUNG", "T02": "LIVER SEGMENT IV", "T03": "LYMPH NODE"}
# 12 is 20 % above 10, 7 is 30 % below 10; 0 and 9.9 are gone, for a lesion and for a node
sizes = st.sampled_from(
    ["0", "5", "7", "9.9", "10", "12", "12.1", "14", "20", "23.1", "24", "33", "60.5", "72.6", None]
)
baselines = st.sampled_from(["10", "20", "33", "60.5", "110"])
scans = st.lists(st.tuples(sizes, sizes, sizes), min_size=1, max_size=5)
patients = st.tuples(st.tuples(baselines, baselines, baselines), scans)
cohorts = st.lists(patients, min_size=4, max_size=20)
Patient = tuple[tuple[str, str, str], list[tuple[str | None, ...]]]


def day(number: int) -> str:
    return (FIRST_DOSE + dt.timedelta(days=42 * number if number else -7)).isoformat()


def rows_of(cohort: list[Patient]) -> tuple[pd.DataFrame, pd.DataFrame]:
    tu, tr = [], []
    for at, (base, later) in enumerate(cohort):
        tu += [{"USUBJID": f"P{at}", "TULNKID": name, "TUORRES": "TARGET", "TULOC": place, "TUDTC": day(0)}
               for name, place in PLACES.items()]  # fmt: skip
        for number, found in enumerate([base, *later]):
            for name, size in zip(LESIONS, found, strict=True):
                told = {"TRORRES": size, "TRORRESU": "mm"} if size is not None else {"TRSTAT": "NOT DONE"}
                test = "SAXIS" if name == "T03" else "LDIAM"
                tr.append(
                    {"USUBJID": f"P{at}", "TRLNKID": name, "TRTESTCD": test, "TRDTC": day(number)} | told
                )
    return records("TU", *tu), records("TR", *tr)


def judge(cohort: list[Patient], shuffled: int | None = None, as_of: str = "2027-12-31") -> TumourResponse:
    tu, tr = rows_of(cohort)
    if shuffled is not None:
        tu, tr = (frame.sample(frac=1, random_state=shuffled) for frame in (tu, tr))
    lines = pd.DataFrame(
        [{"USUBJID": f"P{at}", "LINE": 1, "SITEID": "S01", "ARMCD": "A", "FIRSTDOSE": pd.Timestamp(FIRST_DOSE)}
         for at in range(len(cohort))]
    )  # fmt: skip
    return derive_tumour_response(
        tu, tr, records("RS"), lines, protocol=protocol_of(), as_of=dt.date.fromisoformat(as_of)
    )


doubtful = st.tuples(patients, st.integers(0, 5), st.integers(0, 2), sizes.filter(bool))
Doubtful = tuple[Patient, int, int, str]


def readings(cohort: list[Doubtful]) -> tuple[TumourResponse, list[Patient], list[Patient]]:
    """Patients with one lesion measured twice on one day, judged; and each of the two readings of them."""
    first, second = [], []
    for (base, later), scan, lesion, size in cohort:
        every = [list(base), *map(list, later)]
        chosen = every[scan % len(every)]
        chosen[lesion] = chosen[lesion] or "20"
        first.append((tuple(every[0]), [tuple(found) for found in every[1:]]))
        chosen[lesion] = size
        second.append((tuple(every[0]), [tuple(found) for found in every[1:]]))
    (tu, tr), (_, again) = rows_of(first), rows_of(second)
    both = pd.concat([tr, again.assign(RECKEY="again" + again["RECKEY"])], ignore_index=True)
    lines = pd.DataFrame(
        [{"USUBJID": f"P{at}", "LINE": 1, "SITEID": "S01", "ARMCD": "A", "FIRSTDOSE": pd.Timestamp(FIRST_DOSE)}
         for at in range(len(cohort))]
    )  # fmt: skip
    found = derive_tumour_response(
        tu, both, records("RS"), lines, protocol=protocol_of(), as_of=dt.date(2027, 12, 31)
    )
    return found, first, second


@LAW
@given(st.lists(doubtful, min_size=10, max_size=40))
def test_of_two_measurements_of_one_day_nothing_is_told_that_one_of_them_denies(
    cohort: list[Doubtful],
) -> None:
    found, *both = readings(cohort)
    points = found.timepoints
    for at, pair in enumerate(zip(*both, strict=True)):
        if any(sum(map(Fraction, base)) == 0 for base, _ in pair):
            continue
        told = points.loc[points["USUBJID"].eq(f"P{at}"), ["OVRLRESP", "DATAERR"]].to_numpy().tolist()
        for (answer, error), *meant in zip(told, *map(plain_reading, pair), strict=True):
            if error is None and answer != "NE":
                assert meant == [answer, answer]
            elif error is not None:
                assert answer == "NE" and meant != ["PD", "PD"]


def plain_reading(patient: Patient) -> list[str]:
    """RECIST 1.1 read aloud, one scan after the other."""
    base, later = patient
    first = sum(Fraction(size) for size in base)
    nadir, cured, answers = first, False, []
    for found in later:
        known = [
            (Fraction(size), name) for size, name in zip(found, LESIONS, strict=True) if size is not None
        ]
        total = sum(size for size, _ in known)
        left = [size for size, name in known if (size >= 10 if name == "T03" else size > 0)]
        whole = len(known) == len(LESIONS)
        if whole and not left:
            answer = "CR"
        elif known and (cured and left or total >= nadir * Fraction(12, 10) and total - nadir >= 5):
            answer = "PD"
        elif not whole:
            answer = "NE"
        else:
            answer = "PR" if total <= first * Fraction(7, 10) else "SD"
        cured = cured or answer == "CR"
        nadir = min(nadir, total) if whole else nadir
        answers.append(answer)
    return answers


@LAW
@given(cohorts)
def test_a_plain_reading_in_fractions_gives_the_same_responses(cohort: list[Patient]) -> None:
    points = judge(cohort).timepoints
    for at, patient in enumerate(cohort):
        assert points.loc[points["USUBJID"].eq(f"P{at}"), "OVRLRESP"].tolist() == plain_reading(patient)


@LAW
@given(cohorts, st.integers(0, 9))
def test_the_order_of_rows_changes_nothing(cohort: list[Patient], seed: int) -> None:
    straight, shuffled = judge(cohort), judge(cohort, seed)
    for one, other in zip(straight, shuffled, strict=True):
        sources = [name for name in ("SRC",) if name in one]
        pd.testing.assert_frame_equal(one.drop(columns=sources), other.drop(columns=sources))
        assert [set(keys) for keys in one.get("SRC", [])] == [set(keys) for keys in other.get("SRC", [])]


@LAW
@given(cohorts)
def test_a_later_cut_off_adds_scans_and_changes_none(cohort: list[Patient]) -> None:
    whole = judge(cohort).timepoints
    cut = day(2)
    early = judge(cohort, as_of=cut).timepoints
    pd.testing.assert_frame_equal(
        early, whole[whole["ADT"] <= pd.Timestamp(cut)].reset_index(drop=True), check_dtype=False
    )


@LAW
@given(cohorts)
def test_the_smallest_sum_never_rises_and_never_exceeds_baseline(cohort: list[Patient]) -> None:
    lesions = judge(cohort).lesions
    sums = lesions[lesions["PARAMCD"].eq("SDIAM") & lesions["ABLFL"].isna()]
    assert (sums["NADIR"] <= sums["BASE"]).all()
    for _, of_patient in sums.groupby("USUBJID"):
        nadirs = of_patient["NADIR"].tolist()
        assert nadirs == sorted(nadirs, reverse=True)
