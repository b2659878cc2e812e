"""Tumour response in a report, from patients typed by hand; the intervals are those of R's binom.test."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from milepost.core.group_response import compare_shares, estimate_response, share_of
from milepost.core.response_summary import summarise_response
from milepost.core.tumour_change import derive_best_changes, derive_sum_courses
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.efficacy_estimates import Efficacy
from milepost.reports.ledger import Ledger
from milepost.reports.response_section import build_response
from milepost.reports.response_swimmer import MOST_ROWS, Swimmer, chosen
from milepost.reports.section import Section, Table
from tests.efficacy_builder import AS_OF, FIRST, Patient, inputs_of, many
from tests.made_up_study import default_study

RULES = default_study().protocol.response
NEWCOMBE = (0.01473469155, 0.21952213468)


def built(inputs: ClinicalInputs) -> tuple[Section, Ledger]:
    ledger = Ledger()
    return build_response(inputs, ledger), ledger


def exhibit(section: Section, name: str):  # type: ignore[no-untyped-def]
    return next(one for one in section.exhibits if one.id == f"response.{name}")


def cells(table: Table | None, row: str) -> list[str]:
    assert table is not None
    found = next(one for one in table.rows if one.name.startswith(row))
    return [plain(cell.text) for cell in found.cells]


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def responders(n: int, of: int) -> list[Patient]:
    return [Patient(f"S01-{i:03d}", best="PR" if i < n else "SD") for i in range(of)]


def test_three_of_54_respond_with_the_exact_interval() -> None:
    section, ledger = built(inputs_of(responders(3, 54)))
    assert tuple(plain(text) for text in section.lead) == (
        "Best response so far: 3 partial, 51 stable.",
        " Response 3 of 54 not known to be without measurable disease (5.6 %, 1.2–15.4 %); with disease control 54 of "
        "54 (100.0 %, 93.4–100.0 %). 3 of the 3 responses are confirmed.",
    )
    rate = ledger.numbers["response.best.orr"].plain()
    assert (rate["value"], rate["denominator"], rate["interval_95"]) == ("5.5556", 54, ["1.1607", "15.3885"])
    assert cells(exhibit(section, "best").table, "Response (CR or PR)") == ["3/54", "3/54"]


def test_who_was_not_assessed_counts_and_who_has_no_measurable_disease_does_not() -> None:
    patients = [
        Patient("a", best="PR"), Patient("b", best="NE"), Patient("c", best="PD"),
        Patient("d", best="NON-CR/NON-PD", measurable=False), Patient("e", best="SD"),
        Patient("f", best="PR", confirmed="SD"),
    ]  # fmt: skip
    section, _ = built(inputs_of(patients))
    table = exhibit(section, "best").table
    assert cells(table, "Treated") == ["6", "6"]
    assert cells(table, "Neither complete response") == ["1 (16.7 %)", "1 (16.7 %)"]
    assert cells(table, "Measurable disease, or not known") == ["5", "5"]
    assert cells(table, "Response (CR or PR)") == ["2/5", "1/5"]
    assert cells(table, "Disease control") == ["3/5", "3/5"]
    assert "1 of the 2 responses is confirmed." in section.lead[1]


def test_the_counts_are_those_of_the_rates_with_one_rule() -> None:
    inputs = inputs_of(many(40))
    (reading,) = Efficacy(inputs).readings
    rates = summarise_response(inputs.frames.adrs, by=()).set_index("CONFIRMED")
    for confirmed, found in (("N", reading.best["all"]), ("Y", reading.confirmed["all"])):
        row = rates.loc[confirmed]
        assert (found.response.n, found.response.k, found.control.k) == (
            row["N"],
            row["RESPONDERS"],
            row["CONTROLLED"],
        )
        assert found.response.estimate.lo == pytest.approx(row["ORRLCL"])


def test_every_patient_has_one_best_response() -> None:
    (reading,) = Efficacy(inputs_of(many(40))).readings
    told = [subject for subjects in reading.best["all"].best.values() for subject in subjects]
    assert sorted(told) == list(reading.best["all"].treated) and len(told) == 40


def test_readers_and_criteria_are_kept_apart_and_the_primary_one_stands_first() -> None:
    adrs = inputs_of([Patient("a", best="PR"), Patient("b", best="SD")]).frames.adrs
    other = adrs[adrs["USUBJID"].eq("b")].assign(
        PARCAT2="INDEPENDENT ASSESSOR", PARCAT3="mRECIST", AVALC="CR"
    )
    found = estimate_response(pd.concat([other, adrs], ignore_index=True), {"all": {"a", "b"}}, RULES)
    assert [(one.reader, one.criteria, one.primary) for one in found] == [
        ("INVESTIGATOR", "RECIST 1.1", True),
        ("INDEPENDENT ASSESSOR", "mRECIST", False),
    ]
    assert (found[0].best["all"].response.k, found[1].best["all"].response.k) == (1, 1)
    assert found[1].best["all"].treated == ("b",)


def test_a_patient_whose_scans_contradict_each_other_is_not_evaluable_and_told_of() -> None:
    inputs = inputs_of([Patient("a", best="PR"), Patient("b", best="SD")])
    adrs = inputs.frames.adrs
    held = adrs["USUBJID"].eq("b") & adrs["PARAMCD"].isin(["BOR", "CBOR"])
    adrs = adrs.assign(
        AVALC=adrs["AVALC"].where(~held, None), DATAERR=adrs["DATAERR"].where(~held, "RS-AFTER-DEATH")
    )
    section, ledger = built(replace(inputs, frames=replace(inputs.frames, adrs=adrs)))
    assert ledger.numbers["response.best.NE"].receipt.rows == ("b",)
    assert "The data of 1 patient contradict each other" in exhibit(section, "best").notes[0]


def test_two_shares_are_compared_as_comparison_less_reference() -> None:
    """7 of 53 against 3 of 98; the tests by R's fisher.test and prop.test, the limits from R's Wilson limits."""
    ours = share_of([f"b{i}" for i in range(7)], [f"b{i}" for i in range(53)])
    theirs = share_of([f"a{i}" for i in range(3)], [f"a{i}" for i in range(98)])
    found = compare_shares(ours, theirs)
    assert found.newcombe.value == pytest.approx(7 / 53 - 3 / 98)
    assert (found.newcombe.lo, found.newcombe.hi) == pytest.approx(NEWCOMBE, rel=1e-8)
    assert (found.fisher.p, found.chi_square.p) == pytest.approx((0.03362603, 0.01671228), rel=1e-6)
    assert (found.fisher.method, found.chi_square.method) == (
        "Fisher's exact test, two-sided",
        "chi-square test without continuity correction",
    )


def courses(patients: list[Patient], therapies: pd.DataFrame | None = None) -> pd.DataFrame:
    frames = inputs_of(patients).frames
    return derive_sum_courses(
        frames.adtr, frames.adrs, frames.lines, frames.therapies if therapies is None else therapies,
        criteria="RECIST 1.1", reader="INVESTIGATOR", as_of=AS_OF,
    )  # fmt: skip


def test_sums_after_the_first_progression_do_not_count() -> None:
    found = courses([Patient("a", free=85, progressed=True, sums=((43, -10.0), (85, 25.0), (127, -50.0)))])
    assert found[["ADY", "PCHG"]].to_numpy().tolist() == [[43, -10.0], [85, 25.0]]


def test_sums_after_another_anticancer_therapy_do_not_count() -> None:
    begun = FIRST + pd.Timedelta(days=59)  # study day 60
    other = pd.DataFrame({
        "USUBJID": ["a"], "ADT": [begun], "DTC": ["2026-03-05"], "KIND": ["LOCOREGIONAL"], "ENDTC": [None],
        "DOMAIN": ["PR"], "RECKEY": ["R:1"],
    })  # fmt: skip
    found = courses([Patient("a", sums=((43, -10.0), (85, -60.0)))], other)
    assert found["ADY"].tolist() == [43]


def test_the_best_change_is_the_smallest_and_the_largest_growth_stands_left() -> None:
    patients = [
        Patient("a", best="PR", sums=((43, -35.0), (85, -20.0))),
        Patient("b", best="PD", sums=((43, 30.0),), new_lesion=True),
        Patient("c", best="SD", sums=((43, 5.0), (85, 2.0))), Patient("d", best="NE"),
    ]  # fmt: skip
    frames = inputs_of(patients).frames
    best = derive_best_changes(courses(patients), frames.adrs, criteria="RECIST 1.1", reader="INVESTIGATOR")
    assert best.to_numpy().tolist() == [
        ["b", 30.0, "PD", True],
        ["c", 2.0, "SD", False],
        ["a", -35.0, "PR", False],
    ]
    section, _ = built(inputs_of(patients))
    figure = exhibit(section, "waterfall").figures[0]
    assert figure.label == (
        "Best change in the sum of target lesions. 3 patients with a later sum; best change −30 % or less in 1, "
        "+20 % or more in 1, a new lesion in 1."
    )
    bars = [(m.subject, dict(m.attributes)["class"]) for m in figure.marks if m.element == "rect"]
    assert bars == [("b", "seg non"), ("c", "amount"), ("a", "seg resp")]
    assert sum(1 for mark in figure.marks if mark.element == "circle") == 1
    assert any(mark.text == "1 without a later sum" for mark in figure.marks)


def test_with_very_many_patients_no_single_bar_and_no_single_line_is_drawn() -> None:
    patients = many(700)
    section, _ = built(inputs_of(patients))
    for name in ("waterfall", "spider"):
        figure = exhibit(section, name).figures[0]
        assert not [mark for mark in figure.marks if mark.subject]
        assert sum(len(str(mark.attributes)) for mark in figure.marks) < 40_000


def test_of_few_patients_all_swim_of_many_only_those_who_responded() -> None:
    few, _ = built(inputs_of(many(60)))
    assert exhibit(few, "swimmers").title == "All 60 treated patients, from the first dose"
    more, _ = built(inputs_of(many(64)))
    assert exhibit(more, "swimmers").title == "The 16 patients with a response"


def test_of_more_responders_than_fit_the_latest_are_shown() -> None:
    swimmers = [
        Swimmer(f"{i:03d}", 10, False, 100, "", 5, None, FIRST + pd.Timedelta(days=i))
        for i in range(MOST_ROWS + 30)
    ]
    kept, everybody = chosen(swimmers)
    assert not everybody and len(kept) == MOST_ROWS
    assert min(one.subject for one in kept) == "030"


@pytest.mark.parametrize(("compared", "weeks"), [(False, 9), (True, 60 / 7)])
def test_the_open_report_tells_the_end_of_treatment_to_the_whole_week(compared: bool, weeks: float) -> None:
    """Treated to study day 60. The bar ends on day 63, the end of week 9, or where it truly ended."""
    section, _ = built(inputs_of([Patient("a", days=200, sums=())], compared=compared))
    figure = exhibit(section, "swimmers").figures[0]
    bar = next(dict(m.attributes) for m in figure.marks if m.element == "rect" and m.subject == "a")
    ticks: dict[str, float] = {}
    for mark in figure.marks:
        if mark.element == "text" and dict(mark.attributes).get("class") == "tick":
            ticks.setdefault(mark.text, float(dict(mark.attributes)["x"]))
    per_week = (ticks["12"] - ticks["0"]) / 12
    assert float(bar["width"]) / per_week == pytest.approx(weeks, abs=0.02)


def test_no_response_has_ended_so_there_is_no_curve_and_it_is_said() -> None:
    section, ledger = built(inputs_of([Patient(f"a{i}", best="PR", responded=43) for i in range(6)]))
    duration = exhibit(section, "duration")
    assert duration.figures == () and duration.notes == (
        "No response has ended yet: there is no curve to draw.",
    )
    assert ledger.numbers["response.duration.median"].plain()["reason"] == "not reached"
    assert cells(duration.table, "Responders") == ["6"]


@pytest.mark.parametrize(
    ("patients", "sentence"),
    [([], "No patient has been treated yet."),
     ([Patient("a")], "No sum of target lesions after baseline yet; the first is expected in week 6.")],
)  # fmt: skip
def test_without_a_scan_it_is_said_when_the_first_is_expected(patients: list[Patient], sentence: str) -> None:
    section, _ = built(inputs_of(patients))
    assert exhibit(section, "waterfall").empty == exhibit(section, "spider").empty == sentence


def test_one_patient_has_counts_and_no_percentage() -> None:
    section, _ = built(inputs_of([Patient("a", best="PR")]))
    table = exhibit(section, "best").table
    assert cells(table, "Partial response") == ["1", "1"]
    assert cells(table, "share, 95 % interval")[0] == "interval 2.5–100.0 %"
    assert "100.0 % (" not in plain(repr(section))
