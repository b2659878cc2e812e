"""The sections on patients: flow, baseline, exposure; their numbers worked out on paper or told by the history."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from milepost.core.baseline_factors import NUMBER, band_label, band_labels, derive_factors, factor_levels
from milepost.core.baseline_summary import difference_of_means, difference_of_shares, quantile
from milepost.core.censored_values import Interval, parse_result
from milepost.core.medical_history import occurred, stages
from milepost.protocol import AnalysisRules, Factor
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.exposure_section import build_exposure, exposure_definitions
from milepost.reports.ledger import Ledger
from milepost.reports.masking import Mask
from milepost.reports.population_baseline import baseline_definitions, build_baseline
from milepost.reports.population_flow import build_flow, flow_definitions
from milepost.reports.population_stages import derive_flow
from milepost.reports.population_words import measured, range_text, reason_in_words, share_text
from milepost.reports.section import Section
from tests.clinical_builder import clinical_inputs, nobody, only
from tests.made_up_study import default_study

pytestmark = pytest.mark.xdist_group("made_up")  # made once, by one worker

BUILDERS = (build_flow, build_baseline, build_exposure)


def sections(inputs: ClinicalInputs) -> tuple[list[Section], Ledger]:
    ledger = Ledger()
    return [build(inputs, ledger) for build in BUILDERS], ledger


def said(made: Iterable[Section]) -> str:
    """Every word of the sections."""
    parts: list[str] = []
    for section in made:
        parts += [section.title, *section.lead]
        for exhibit in section.exhibits:
            parts += [exhibit.title, exhibit.sub, exhibit.empty, *exhibit.notes]
            for figure in exhibit.figures:
                parts += [figure.label, *(f"{mark.bold} {mark.text} {mark.title}" for mark in figure.marks)]
            if exhibit.table:
                parts += [*exhibit.table.head, exhibit.table.more, *(name for name, _ in exhibit.table.spans)]
                for row in exhibit.table.rows:
                    parts += [row.name, *(cell.text for cell in row.cells)]
    return "\n".join(parts)


def cells(section: Section, exhibit: str, row: str) -> list[str]:
    table = next(e.table for e in section.exhibits if e.id == exhibit)
    assert table is not None
    return [cell.text for cell in next(r for r in table.rows if r.name == row).cells]


# ---------------------------------------------------------------- factors


def factors(**changed: Any) -> pd.DataFrame:
    """Six subjects typed by hand; the fifth was never treated, the sixth is known by his number only."""
    people = [f"S01-00{n}" for n in range(1, 7)]
    adsl = pd.DataFrame({
        "USUBJID": people, "LINE": [1, 1, 1, 2, 1, 1], "AGE": ["64", "65", "66.5", None, "40", "old"],
        "SEX": ["M", "F", "U", "M", None, "F"], "ECOGBL": [0, 1, 1, None, 2, 0],
    })  # fmt: skip
    dm = pd.DataFrame({"USUBJID": people, "DMHBV": ["Y", "N", "UNK", "Y", None, "N"]})
    mh = pd.DataFrame({
        "USUBJID": people[:3], "MHDECOD": ["Liver cirrhosis", "Liver cirrhosis", "Asthma"],
        "MHTERM": ["cirrhosis", "cirrhosis", "asthma"], "MHOCCUR": ["Y", "N", None],
    })  # fmt: skip
    entry = pd.DataFrame({"USUBJID": people[:4], "LINE": [1, 1, 1, 2]})
    verdicts = pd.DataFrame({
        "USUBJID": [*people[:4], "S01-004", "S01-006"], "SITEID": "S01", "LINE": [1, 1, 1, 2, 1, 1],
        "CHECKPOINT": "AFP-W4", "BASE": ["400", "<1.3", ">121000", ">60.5", "9", "399.99"],
        "BASEU": ["ng/mL", "ng/mL", "ng/mL", "ng/mL", "ng/mL", "furlongs"],
    })  # fmt: skip
    rules = AnalysisRules(factors=(
        Factor(id="AGE65", label="Age", source="ADSL", column="AGE", cuts=(Decimal(65),)),
        Factor(id="AFP400", label="AFP", source="MARKER", cuts=(Decimal(400),)),
        Factor(id="SEX", label="Sex", source="ADSL", column="SEX", levels=("M", "F")),
        Factor(id="HBV", label="Hepatitis B", source="DM", column="DMHBV", levels=("Y", "N")),
        Factor(id="ECOG", label="ECOG", source="ADSL", column="ECOGBL"),
        Factor(id="CIRRHOSIS", label="Cirrhosis", source="MH", column="LIVER_CIRRHOSIS"),
        Factor(id="LINE", label="Line", source="LINE"),
    ))  # fmt: skip
    protocol = default_study().protocol
    given = {"adsl": adsl, "dm": dm, "mh": mh, "verdicts": verdicts, "entry": entry} | changed
    return derive_factors(
        **given, rules=rules, checkpoint=protocol.checkpoints[0], test=protocol.test("AFP"), lines=protocol.lines
    )  # fmt: skip


def test_a_number_equal_to_a_cut_is_in_the_upper_group_and_one_that_cannot_be_read_in_none() -> None:
    found = factors()
    assert list(found["AGE65"]) == ["under 65", "65 and over", "65 and over", None, "under 65", None]
    assert list(found[f"AGE65{NUMBER}"].fillna(-1)) == [64.0, 65.0, 66.5, -1, 40.0, -1]


def test_a_baseline_beyond_the_assay_counts_where_all_of_its_range_lies_in_one_group() -> None:
    # 400 is in the upper group; <1.3 below; >121000 above; >60.5 may be either; the unit of the last has no factor
    assert list(factors()["AFP400"]) == ["400 and over", "under 400", "400 and over", None, None, None]


def test_the_baseline_of_another_line_of_therapy_is_not_taken() -> None:
    found = factors(entry=pd.DataFrame({"USUBJID": ["S01-004"], "LINE": [1]})).set_index("USUBJID")
    assert found.loc["S01-004", "AFP400"] == "under 400"
    assert found.loc["S01-004", "LINE"] == "First line"


def test_what_is_not_known_is_no_group() -> None:
    found = factors()
    assert list(found["SEX"]) == ["male", "female", None, "male", None, "female"]
    assert list(found["HBV"]) == ["yes", "no", None, "yes", None, "no"]
    assert list(found["ECOG"]) == ["0", "1", "1", None, "2", "0"]


def test_a_finding_is_no_where_the_history_does_not_hold_it_and_unknown_where_no_history_was_sent() -> None:
    assert list(factors()["CIRRHOSIS"]) == ["yes", "no", "no", None, None, None]


def test_groups_stand_in_the_order_of_the_protocol_and_others_after_them() -> None:
    protocol = default_study().protocol
    sex = Factor(id="SEX", label="Sex", source="ADSL", column="SEX", levels=("M", "F"))
    race = Factor(id="RACE", label="Race", source="DM", column="RACE")
    assert factor_levels(sex, protocol, ["female", None, "X"]) == ("male", "female", "X")
    assert factor_levels(race, protocol, ["b", "a", None]) == ("a", "b")
    assert factor_levels(protocol.analysis.factor("LINE"), protocol) == ("First line", "Second line")
    assert factor_levels(protocol.analysis.factor("AFP400"), protocol) == ("under 400", "400 and over")


@pytest.mark.parametrize(
    ("text", "label"),
    [("20", "20 to <400"), ("<20", "under 20"), ("<=20", None), (">400", "400 and over"), (">19", None),
     ("399.999", "20 to <400")],
)  # fmt: skip
def test_a_range_is_in_a_band_only_with_all_of_it(text: str, label: str | None) -> None:
    assert band_label(parse_result(text), (Decimal(20), Decimal(400))) == label


def test_a_band_below_zero_has_a_true_minus() -> None:
    cuts = (Decimal("-2.60"), Decimal("-1.39"))
    assert band_labels(cuts) == ["under −2.6", "−2.6 to <−1.39", "−1.39 and over"]


def test_a_stage_is_read_from_the_history_and_the_latest_one_counts() -> None:
    mh = pd.DataFrame({
        "USUBJID": ["A", "A", "B", "C"], "MHDECOD": None, "MHOCCUR": None,
        "MHTERM": ["BCLC stage B", "bclc-C", "CNLC IIIa", "BCLC"],
    })  # fmt: skip
    assert stages(mh, "BCLC", ("0", "A", "B", "C", "D")) == {"A": "C"}
    assert stages(mh, "CNLC", ("IIIa", "IIIb", "IV")) == {"B": "IIIa"}


def test_a_finding_said_twice_occurred_if_it_did_once() -> None:
    mh = pd.DataFrame({"USUBJID": ["A", "A"], "MHTERM": ["HCV infection"] * 2, "MHOCCUR": ["N", "Y"]})
    assert occurred(["A", "B"], mh, "hcv-infection") == ["Y", None]


# ---------------------------------------------------------------- statistics and words


def interval(text: str) -> Interval:
    found = parse_result(text)
    assert found is not None
    return found


def test_a_quartile_that_hangs_on_a_range_is_one() -> None:
    assert quantile([interval(t) for t in ("1", "2", ">60")], 0.5) == (2.0, 2.0)
    assert range_text(quantile([interval(t) for t in ("1", ">60", ">60")], 0.5)) == "at least 60"
    assert range_text(quantile([interval(t) for t in ("<2", "<4", "10")], 0.5)) == "under 4"
    assert range_text(quantile([interval(t) for t in ("<4", "3", "5")], 0.5)) == "3 to 4"
    assert quantile([], 0.5) is None


def test_groups_that_do_not_vary_differ_by_nothing_or_by_no_number() -> None:
    assert difference_of_means([5, 5], [5, 5]) == 0
    assert difference_of_means([5, 5], [6, 6]) is None
    assert difference_of_means([5], [6, 7]) is None
    assert difference_of_shares(0, 10, 0, 12) == 0
    assert difference_of_shares(10, 10, 0, 12) is None
    assert difference_of_shares(0, 0, 1, 2) is None


def test_a_share_has_its_counts_and_no_percent_under_five() -> None:
    assert share_text(62, 98) == "62/98 · 63.3\u202f%"
    assert share_text(3, 4) == "3/4"
    assert share_text(0, 0) == "–"
    assert share_text(62, 98, masked=True) == "63.3\u202f%"


def test_a_measured_number_has_about_three_digits() -> None:
    assert [measured(n) for n in (2974, 270.5, 46.35, 3.824, 0, -2.445, 121000)] == [
        "2974", "271", "46.4", "3.82", "0", "−2.45", "121\u202f000",
    ]  # fmt: skip


def test_reasons_are_said_in_our_words_and_unknown_ones_as_sent() -> None:
    assert reason_in_words(" progressive  DISEASE ") == "Progression"
    assert reason_in_words("UNACCEPTABLE TOXICITY") == "Adverse event"
    assert reason_in_words("MOVED AWAY") == "Moved away"
    assert reason_in_words(None) == ""


# ---------------------------------------------------------------- flow


def test_everybody_is_at_a_stage_or_left_under_it() -> None:
    rows = [
        # subject, end of study, treated, screen failure, assigned, on drug
        ("1", "SCREEN FAILURE", "N", "Y", "N", "N"), ("2", "ONGOING", "N", "N", "N", "N"),
        ("3", "ONGOING", "N", "N", "Y", "N"), ("4", "DIED", "N", "N", "Y", "N"),
        ("5", "ONGOING", "Y", "N", "Y", "Y"), ("6", "ONGOING", "Y", "N", "Y", "N"),
        ("7", "DIED", "Y", "N", "Y", "N"), ("8", "LOST", "Y", "N", "Y", "N"), ("9", "WITHDREW", "Y", "Y", "Y", "N"),
        ("X", "ONGOING", "Y", "N", "Y", "N"),
    ]  # fmt: skip
    adsl = pd.DataFrame(rows, columns=["USUBJID", "EOSSTT", "SAFFL", "SCRFFL", "FASFL", "ONTRTFL"])
    adex = pd.DataFrame(
        {"USUBJID": ["5", "6", "7", "9"], "STOPREASON": [None, "PROGRESSION", "TOXICITY", None]}
    )
    ds = pd.DataFrame({
        "USUBJID": ["1"], "RECKEY": ["R:1"], "DSCAT": ["DISPOSITION EVENT"], "DSDECOD": ["SCREEN FAILURE"],
        "DSTERM": ["ELIGIBILITY"],
    })  # fmt: skip
    flow = derive_flow(adsl, adex, ds)
    assert flow.screened == tuple("123456789X")
    assert dict(flow.not_enrolled) == {"Screen failure: eligibility": ("1",), "Still in screening": ("2",)}
    assert dict(flow.not_treated) == {"Died": ("4",), "Waiting for first dose": ("3",)}
    # a dose taken outweighs the screen failure told of 9
    assert flow.treated == ("5", "6", "7", "8", "9", "X")
    assert dict(flow.off_drug) == {
        "Adverse event": ("7",), "Lost to follow-up": ("8",), "Progression": ("6",), "Stop not yet reported": ("X",),
        "Withdrew consent": ("9",),
    }  # fmt: skip
    assert dict(flow.now) == {
        "on_drug": ("5",), "follow_up": ("6", "X"), "died": ("7",), "withdrew": ("9",), "lost": ("8",),
    }  # fmt: skip


def test_beyond_seven_reasons_the_rarest_are_told_as_one() -> None:
    reasons = [f"REASON {letter}" for letter in "ABCDEFGH"]
    adsl = pd.DataFrame({"USUBJID": list("abcdefgh"), "EOSSTT": "ONGOING", "SAFFL": "Y", "SCRFFL": "N", "FASFL": "Y",
                         "ONTRTFL": "N"})  # fmt: skip
    adex = pd.DataFrame({"USUBJID": list("abcdefgh"), "STOPREASON": reasons})
    ds = pd.DataFrame(columns=["USUBJID", "RECKEY", "DSCAT", "DSDECOD", "DSTERM"], dtype=object)
    off = derive_flow(adsl, adex, ds).off_drug
    assert [len(ids) for _, ids in off] == [1, 1, 1, 1, 1, 1, 2]
    assert off[-1] == ("Further reasons", ("g", "h"))


def test_the_parts_of_the_flow_add_up_in_the_made_up_study() -> None:
    ledger = Ledger()
    build_flow(clinical_inputs(), ledger)
    of = {id_: int(number.value or 0) for id_, number in ledger.numbers.items()}

    def together(prefix: str) -> int:
        return sum(n for id_, n in of.items() if id_.startswith(prefix))

    assert of["flow.screened"] == of["flow.enrolled"] + together("flow.not_enrolled.")
    assert of["flow.enrolled"] == of["flow.treated"] + together("flow.not_treated.")
    assert of["flow.treated"] == together("flow.now.")
    assert of["flow.treated"] - of["flow.now.on_drug"] == together("flow.off_drug.")


# ---------------------------------------------------------------- sections


@pytest.mark.parametrize("by_arm", [False, True])
def test_with_nobody_each_section_says_so_and_draws_nothing(by_arm: bool) -> None:
    made, _ = sections(nobody(clinical_inputs(by_arm=by_arm)))
    assert [section.lead[0] for section in made] == [
        "Nobody was screened yet.", "Nobody was treated yet.", "Nobody was treated yet.",
    ]  # fmt: skip
    assert all(exhibit.empty and not exhibit.figures for section in made for exhibit in section.exhibits)


def test_one_patient_is_told_by_his_values_and_no_percent() -> None:
    inputs = only(clinical_inputs(), lambda adsl: adsl["USUBJID"].eq("S01-001"))
    text = said(sections(inputs)[0])
    assert "%" not in text.replace("% of the planned dose", "").replace("Dose intensity, %", "").replace(
        "under 80 % of the plan", ""
    )
    assert cells(build_baseline(inputs, Ledger()), "baseline", "Median (quartiles)") == ["58 (58–58)"]


def test_an_empty_group_is_said_and_gives_no_number() -> None:
    inputs = clinical_inputs(by_arm=True)
    others = inputs.groups[0].subjects
    made, ledger = sections(only(inputs, lambda adsl: adsl["USUBJID"].isin(others)))
    assert "one of them is empty" in made[1].lead[1]
    assert "Arm B not known" in made[2].lead[1]
    assert not re.search(r"\bnan\b|\binf\b|None", said(made))
    assert ledger.numbers["baseline.age.difference"].value is None


def test_sections_of_the_open_report_name_no_drug_compare_nothing_and_hold_no_calendar_date() -> None:
    inputs = clinical_inputs()
    made, ledger = sections(inputs)
    text = said(made) + json.dumps([number.plain() for number in ledger.numbers.values()])
    assert not Mask(inputs.protocol).names(text)
    assert "difference" not in text and "Arm A" not in text and "Cycles" not in text
    assert not re.search(r"20\d\d-\d\d", text)
    assert all(".A" not in id_ and ".B" not in id_ for id_ in ledger.numbers)


def test_by_group_the_numbers_of_both_add_up_to_those_of_all() -> None:
    _, pooled = sections(clinical_inputs())
    _, parted = sections(clinical_inputs(by_arm=True))
    for id_ in (
        "flow.treated",
        "flow.now.died",
        "baseline.sex.male",
        "baseline.marker.400-and-over",
        "exposure.reduced",
    ):
        both = sum(int(parted.numbers[f"{id_}.{group}"].value or 0) for group in "AB")
        assert both == pooled.numbers[id_].value, id_


def test_the_dry_run_shows_no_size_of_a_group_and_no_dose() -> None:
    inputs = replace(clinical_inputs(by_arm=True), masked=True)
    made, ledger = sections(inputs)
    sizes = {str(len(group.subjects & set(inputs.entry_lines["USUBJID"]))) for group in inputs.groups}
    text = said(made)
    assert not any(re.search(rf"(n = |/){size}\b", text) for size in sizes)
    assert not any(exhibit.unmasks for section in made for exhibit in section.exhibits)
    assert not any(id_.endswith((".A", ".B")) for id_ in ledger.numbers)


def test_doses_by_group_are_said_to_unmask() -> None:
    section = build_exposure(clinical_inputs(by_arm=True), Ledger())
    assert {e.id for e in section.exhibits if e.unmasks} == {"exposure.intensity", "exposure.doses"}


def test_cycles_are_told_in_the_closed_report_alone() -> None:
    closed = build_exposure(clinical_inputs(by_arm=True), Ledger())
    assert cells(closed, "exposure.doses", "Cycles begun, median (quartiles)")[0] == "–"
    assert "Cycles" not in said([build_exposure(clinical_inputs(), Ledger())])


def test_a_dry_run_tells_no_cycles_and_no_dose_by_group() -> None:
    """Only one of the drugs has cycles: a count of them, or a dash in its place, would name the group."""
    ledger = Ledger()
    section = build_exposure(replace(clinical_inputs(by_arm=True), masked=True), ledger)
    shown = replace(section, exhibits=tuple(one for one in section.exhibits if not one.unmasks))
    assert not re.search(r"[Cc]ycle|\bmg\b", said([shown]))
    assert not [id_ for id_ in ledger.numbers if id_.endswith((".A", ".B"))]


def test_who_is_not_known_has_a_row_and_what_is_not_recorded_a_sentence() -> None:
    inputs = clinical_inputs()
    section = build_baseline(inputs, Ledger())
    treated = set(inputs.entry_lines["USUBJID"])
    adsl = inputs.frames.adsl
    unknown = int((adsl["USUBJID"].isin(treated) & adsl["ALBIBL"].isna()).sum())
    table = section.exhibits[1].table
    assert table is not None and unknown
    at = [row.name for row in table.rows].index("ALBI score")
    assert [table.rows[at + 3].name, table.rows[at + 3].cells[0].text] == ["Not known", str(unknown)]
    assert section.exhibits[1].notes[0].startswith("Not recorded by the study and not listed: hepatitis C, ")


def test_a_difference_in_the_table_is_that_of_the_two_columns() -> None:
    section = build_baseline(clinical_inputs(by_arm=True), ledger := Ledger())
    one, other, difference = cells(section, "baseline", "Female")
    (k1, n1), (k2, n2) = (map(int, text.split(" ")[0].split("/")) for text in (one, other))
    p, q = k2 / n2, k1 / n1
    by_hand = (p - q) / ((p * (1 - p) + q * (1 - q)) / 2) ** 0.5
    assert difference == f"{by_hand:.2f}".replace("-", "−")
    assert float(ledger.numbers["baseline.sex.female.difference"].value or 0) == pytest.approx(by_hand)


def test_every_definition_an_exhibit_leads_to_is_there() -> None:
    for inputs in (clinical_inputs(), clinical_inputs(by_arm=True)):
        keys = {
            key
            for told in (flow_definitions, baseline_definitions, exposure_definitions)
            for key, _, _ in told(inputs)
        }
        made, _ = sections(inputs)
        assert {exhibit.definition for section in made for exhibit in section.exhibits} <= keys


def test_a_figure_is_drawn_for_page_and_phone_and_its_sentence_carries_the_numbers() -> None:
    made, ledger = sections(clinical_inputs())
    figures = [figure for section in made for exhibit in section.exhibits for figure in exhibit.figures]
    assert {figure.size for figure in figures} == {"wide", "phone"}
    flow = figures[0].label
    for id_ in ("flow.screened", "flow.treated", "flow.now.on_drug", "flow.now.died"):
        assert str(ledger.numbers[id_].value) in flow
