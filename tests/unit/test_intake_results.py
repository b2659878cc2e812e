"""Results, units and statuses: the exact text is kept, the number stands beside it, every doubt is named."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.intake_files import lab, labs, layout, read, study

COMMA = layout(delimiter=";", decimal_mark=",")


@pytest.mark.parametrize(
    ("written", "kept", "number"),
    [
        ("420", "420", "420"),
        ("0.42", "0.42", "0.42"),
        ("4.20", "4.20", "4.20"),
        (" 420 ", "420", "420"),
        ("'420", "420", "420"),
        ('="420"', "420", "420"),
        ("４２０．５", "420.5", "420.5"),
        ("12。5", "12.5", "12.5"),
        ("1.5E3", "1.5E3", "1500"),
        ("3e2", "3e2", "300"),
        ("0", "0", "0"),
        ("007", "007", "7"),
        # flags of the laboratory
        ("420↑", "420", "420"),
        ("420 ↑", "420", "420"),
        ("↑420", "420", "420"),
        ("3↓", "3", "3"),
        ("420 H", "420", "420"),
        ("420HH", "420", "420"),
        ("3L", "3", "3"),
        ("420*", "420", "420"),
        ("* 420", "420", "420"),
        ("420H↑", "420", "420"),
        ("<1.3↓", "<1.3", None),
        ("<1.3 L", "<1.3", None),
        # limits are no numbers
        ("<1.3", "<1.3", None),
        ("＜1.3", "<1.3", None),
        ("< 1.3", "< 1.3", None),
        ("<=1.3", "<=1.3", None),
        ("≤1.3", "≤1.3", None),
        (">60500", ">60500", None),
        ("＞１２１０", ">1210", None),
        ("≥1210", "≥1210", None),
        (">=1210", ">=1210", None),
    ],
)
def test_a_result_is_kept_as_written_without_flag_and_width(written, kept, number):
    row = lab(Result=f'"{written}"' if '"' not in written else '"=""420"""')
    assert (row["LBORRES"], row["X_VALUE"]) == (kept, "OK")
    assert row["LBSTRESN"] == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "MISSING"),
        ("阴性", "UNPARSEABLE"),
        ("弱阳性", "UNPARSEABLE"),
        ("±", "UNPARSEABLE"),
        ("1+", "UNPARSEABLE"),
        ("未检出", "UNPARSEABLE"),
        ("低于检测下限", "UNPARSEABLE"),
        ("溶血", "UNPARSEABLE"),
        ("-", "UNPARSEABLE"),
        ("1,234", "UNPARSEABLE"),
        ("1 2.5 x", "UNPARSEABLE"),
        ("10⁹", "UNPARSEABLE"),
        ("①", "UNPARSEABLE"),
        ("<0", "UNPARSEABLE"),
        ("<", "UNPARSEABLE"),
        ("5-10", "UNPARSEABLE"),
        ("NaN", "UNPARSEABLE"),
        ("Infinity", "UNPARSEABLE"),
        ("#DIV/0!", "UNPARSEABLE"),
        ("#REF!", "UNPARSEABLE"),
        ("=1+1", "UNPARSEABLE"),
        ("1e999", "UNPARSEABLE"),
        ("9" * 70, "UNPARSEABLE"),
        ("-5", "NEGATIVE"),
        ("−5", "NEGATIVE"),
        ("5000000", "SOFT"),
        ("5000001", "ABOVE_HARD"),
        (">5000000", "ABOVE_HARD"),
        (">4999999", "SOFT"),
        ("150000", "OK"),
        ("150001", "SOFT"),
        ("<5000001", "OK"),
    ],
)
def test_a_doubtful_result_is_kept_and_named(written, code):
    row = lab(Result=f'"{written}"')
    assert row["X_VALUE"] == code
    note = " ".join(row["NOTE"].values())
    assert (code in row["NOTE"]) == (code != "OK")
    assert len(written) < 2 or written not in note


@pytest.mark.parametrize(
    ("written", "kept", "code"),
    [
        ("12,5", "12.5", "OK"),
        ("<1,3", "<1.3", "OK"),
        ("12", "12", "OK"),
        ("12.5", "12.5", "UNPARSEABLE"),
        ("1.234,5", "1.234,5", "UNPARSEABLE"),
        ("1,234,567", "1.234.567", "UNPARSEABLE"),
    ],
)
def test_with_a_decimal_comma_a_point_is_not_guessed(written, kept, code):
    row = lab(layout_=COMMA, Result=written)
    assert (row["LBORRES"], row["X_VALUE"]) == (kept, code)


@pytest.mark.parametrize(
    ("unit", "spelled", "number"),
    [
        ("ng/mL", "ng/mL", "420"),
        ("ng/ml", "ng/mL", "420"),
        ("纳克/毫升", "ng/mL", "420"),
        ("ｎｇ／ｍＬ", "ng/mL", "420"),
        ("ug/L", "ug/L", "420"),
        ("\u00b5g/L", "ug/L", "420"),
        ("\u03bcg/L", "ug/L", "420"),
        ("mcg/L", "ug/L", "420"),
        ("微克/升", "ug/L", "420"),
        ("IU/mL", "IU/mL", "508.20"),
        ("[IU]/mL", "IU/mL", "508.20"),
        ("kIU/L", "kIU/L", "508.20"),
        ("KU/L", "kU/L", "508.20"),
        ("U/mL", "U/mL", "508.20"),
        ("pg/mL", "pg/mL", "0.420"),
        ("mg/L", "mg/L", "420000"),
    ],
)
def test_a_unit_is_spelt_one_way_and_converted_exactly(unit, spelled, number):
    row = lab(Unit=unit)
    assert (row["LBORRES"], row["LBORRESU"], row["X_UNIT"]) == ("420", spelled, "OK")
    assert (row["LBSTRESN"], row["LBSTRESU"]) == (Decimal(number), "ng/mL")


def test_a_result_graded_by_its_own_range_is_kept_without_its_unit():
    row = lab(Test="ALT", Result="120", Unit="")
    assert (row["X_UNIT"], row["LBORRES"], row["LBSTRESN"]) == ("UNIT_NOT_SENT", "120", None)


def test_a_result_whose_grade_is_a_number_is_nothing_without_its_unit():
    assert lab(Test="K", Result="6.2", Unit="")["X_UNIT"] == "MISSING_UNIT"


@pytest.mark.parametrize(
    ("unit", "code", "said"),
    [
        (
            "",
            "MISSING_UNIT",
            "AFP has no unit. Known: IU/mL, U/mL, kIU/L, kU/L, mg/L, ng/L, ng/mL, nmol/L, pg/mL, ug/L.",
        ),
        ("mg", "UNKNOWN_UNIT", 'AFP unit "mg" is unknown. Known: IU/mL, U/mL, kIU/L'),
        ("?g/L", "UNKNOWN_UNIT", 'AFP unit "?g/L" is unknown.'),  # a micro sign that GBK could not write
        ("420.5", "UNKNOWN_UNIT", 'AFP unit "(a number)" is unknown.'),
        ("2026-03-30", "UNKNOWN_UNIT", 'AFP unit "(a date)" is unknown.'),
        ("MoM", "REFUSED_UNIT", 'AFP in "MoM" is refused: a multiple of the median cannot be converted.'),
        ("{MoM}", "REFUSED_UNIT", "cannot be converted"),
        ("%", "REFUSED_UNIT", "a percentage is the AFP-L3 fraction, another analyte"),
    ],
)
def test_a_unit_that_means_nothing_here_is_refused_by_name_with_those_that_are_known(unit, code, said):
    row = lab(Unit=unit)
    assert (row["X_UNIT"], row["LBSTRESN"]) == (code, None)
    assert said in row["NOTE"][code]


def test_a_unit_that_nobody_can_convert_is_kept_without_a_standard_number():
    row = lab(Unit="nmol/L")
    assert (row["X_UNIT"], row["LBORRES"], row["LBSTRESN"]) == ("OK", "420", None)


@pytest.mark.parametrize("unit", ["×10⁹/L", "10^9/L", "x10^9/L", "10*9/L", "10~9/L", "10E9/L", "G/L"])
def test_ten_to_the_nine_stays_ten_to_the_nine(unit):
    row = lab(Test="WBC", Result="6.1", Unit=unit)
    assert (row["LBORRESU"], row["LBSTRESN"]) == ("10^9/L", Decimal("6.1"))


def test_grams_are_not_thousand_millions():
    assert lab(Test="WBC", Result="6.1", Unit="g/L")["X_UNIT"] == "UNKNOWN_UNIT"
    # a fibrinogen of 0.2 g/dL and one of 0.2 g/L are both usual to read and far apart
    assert lab(Test="FIBRINO", Result="0.2", Unit="g/dL")["X_UNIT"] == "UNKNOWN_UNIT"
    assert lab(Test="PLAT", Result="150000", Unit="个/uL")["LBSTRESN"] == Decimal(150)
    assert lab(Test="NEUTPCT", Result="101", Unit="%")["X_VALUE"] == "ABOVE_HARD"


def test_a_ratio_needs_no_unit():
    row = lab(Test="INR", Result="1.1", Unit="")
    assert (row["X_UNIT"], row["LBSTRESN"]) == ("OK", Decimal("1.1"))


def test_a_laboratorys_own_factor_and_words_go_before_the_protocols():
    row = lab(
        Unit="Einheiten",
        layout_=layout(units={"Einheiten": "IU/mL"}),
        site={"factors": {"AFP": {"IU/mL": "1.3"}}},
    )
    assert (row["LBORRESU"], row["LBSTRESN"]) == ("IU/mL", Decimal("546.0"))


# ---- no result


@pytest.mark.parametrize("word", ["-999", "NASK", "UNK", "未做", "－９９９"])
def test_a_missing_code_is_no_value(word):
    used = layout(missing=["-999", "NASK", "UNK", "未做"])
    row = lab(layout_=used, Result=word)
    assert (row["LBORRES"], row["X_VALUE"]) == (None, "MISSING")


def test_without_its_declaration_a_missing_code_is_refused_and_never_a_number():
    assert lab(Result="-999")["X_VALUE"] == "NEGATIVE"


@pytest.mark.parametrize("word", ["NOT DONE", "Not Done", " not  done "])
def test_a_test_that_was_not_done_needs_no_result(word):
    used = layout(columns={"USUBJID": "s", "LBTESTCD": "t", "LBORRES": "v", "LBDTC": "d", "LBSTAT": "st"})
    row = read(f"s,t,v,d,st\nS01-001,AFP,,2026-03-30,{word}\n", used).frames["LB"].iloc[0]
    assert (row["LBSTAT"], row["LBORRES"], row["X_VALUE"]) == ("NOT DONE", None, "OK")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("60500", ">60500"),
        ("60500.0", ">60500.0"),
        ("60499", "60499"),
        (">60500", ">60500"),
        ("0.6", "<0.6"),
        ("0.60", "<0.60"),
        ("0.61", "0.61"),
        ("<0.6", "<0.6"),
    ],
)
def test_a_value_at_the_assays_ceiling_or_floor_is_a_limit(written, kept):
    used = layout(emits=[{"domain": "LB", "at_ceiling": "60500", "at_floor": "0.6"}])
    row = lab(layout_=used, Result=written)
    assert row["LBORRES"] == kept
    assert (row["LBSTRESN"] is None) == (kept[0] in "<>")


def test_a_floor_of_zero_stands_for_nothing_found():
    used = layout(emits=[{"domain": "LB", "at_floor": "0"}])
    assert lab(layout_=used, Result="0")["LBORRES"] == "<=0"


# ---- statuses


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("", "FINAL"),
        ("F", "FINAL"),
        ("final", "FINAL"),
        ("已审核", "FINAL"),
        ("U", "FINAL"),
        ("V", "FINAL"),
        ("B", "FINAL"),
        ("P", "PRELIMINARY"),
        ("R", "PRELIMINARY"),
        ("S", "PRELIMINARY"),
        ("partial", "PRELIMINARY"),
        ("初步报告", "PRELIMINARY"),
        ("C", "CORRECTED"),
        ("更正", "CORRECTED"),
        ("A", "AMENDED"),
        ("X", "CANCELLED"),
        ("作废", "CANCELLED"),
        ("D", "ENTERED_IN_ERROR"),
        ("W", "ENTERED_IN_ERROR"),
        ("entered-in-error", "ENTERED_IN_ERROR"),
        ("标本不合格", "REJECTED"),
    ],
)
def test_the_status_words_of_laboratories_are_known(word, status):
    row = lab(Status=word)
    assert (row["STATUS"], row["X_STATUS"]) == (status, "OK")


def test_an_unknown_status_word_counts_as_preliminary_until_somebody_explains_it():
    row = lab(Status="fertig")
    assert (row["STATUS"], row["X_STATUS"]) == ("PRELIMINARY", "UNKNOWN_STATUS")
    assert "fertig" not in row["NOTE"]["UNKNOWN_STATUS"]
    assert lab(Status="fertig", layout_=layout(codes={"RECSTATUS": {"Fertig": "F"}}))["STATUS"] == "FINAL"


@pytest.mark.parametrize("letter", ["I", "N", "O"])
def test_a_result_that_is_only_announced_makes_no_record_and_is_counted(letter):
    reading = read(f"Subject,Test,Result,Unit,Collected,Status\nS01-001,AFP,,,2026-03-30,{letter}\n",
                   layout(columns={"USUBJID": "Subject", "LBTESTCD": "Test", "LBORRES": "Result", "LBORRESU": "Unit",
                                   "LBDTC": "Collected", "RECSTATUS": "Status"}))  # fmt: skip
    assert len(reading.frames["LB"]) == 0
    assert reading.ignored["RULE"].tolist() == ["NO_RESULT_YET"] and reading.received == 1


# ---- which test


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("AFP", "AFP"),
        ("afp", "AFP"),
        ("甲胎蛋白", "AFP"),
        ("甲胎蛋白（AFP）", "AFP"),
        ("ＡＦＰ", "AFP"),
        ("α-甲胎蛋白", "AFP"),
        ("α1-甲胎蛋白", "AFP"),
        ("Alpha-fetoprotein", "AFP"),
        ("alpha  fetoprotein", "AFP"),
        ("白蛋白", "ALB"),
        ("GPT", "ALT"),
        ("谷丙转氨酶", "ALT"),
        ("DCP", "PIVKA"),
        ("中性粒细胞绝对值", "NEUT"),
        ("中性粒细胞百分比(%)", "NEUTPCT"),
        ("中性粒细胞百分比（％）", "NEUTPCT"),
        ("淋巴细胞百分比", "LYMPCT"),
        ("LYMPH%", "LYMPCT"),
        ("LYMPH#", "LYM"),
    ],
)
def test_a_test_is_known_by_its_whole_name(name, code):
    row = lab(Test=name)
    assert (row["LBTESTCD"], row["X_TEST"]) == (code, "OK")


@pytest.mark.parametrize(
    "name",
    [
        "甲胎蛋白异质体",
        "甲胎蛋白异质体比率",
        "AFP-L3",
        "AFP-L3%",
        "AFP MoM",
        "afp mom",
        "孕期筛查",
        "前白蛋白",
        "微量白蛋白",
        "AFP, Maternal Screen",
        "AFP antibody",
    ],
)
def test_a_similar_name_is_another_test_and_is_refused(name):
    row = lab(Test=f'"{name}"')
    assert row["X_TEST"] == "REFUSED_CODE"
    assert row["LBTESTCD"] not in {test.code for test in study().protocol.tests}
    assert name in row["NOTE"]["REFUSED_CODE"]


@pytest.mark.parametrize(
    "loinc",
    [
        "20450-3",
        "23811-3",
        "43996-8",
        "43997-6",
        "43998-4",
        "50610-5",
        "49585-3",
        "42332-7",
        "31993-9",
        "41274-2",
        "49246-2",
        "90290-8",
    ],
)
@pytest.mark.parametrize("name", ["AFP", ""])
def test_a_loinc_code_of_another_quantity_is_refused_even_under_the_right_name(loinc, name):
    assert lab(Test=name, LOINC=loinc)["X_TEST"] == "REFUSED_CODE"


def test_a_refused_name_stays_refused_where_a_site_maps_it_to_the_test():
    assert (
        lab(Test="AFP-L3", layout_=layout(codes={"LBTESTCD": {"AFP-L3": "AFP"}}))["X_TEST"] == "REFUSED_CODE"
    )


@pytest.mark.parametrize("loinc", ["1834-1", "53962-7", "83073-7", "19176-7", "83072-9", "53961-9"])
def test_a_loinc_code_alone_names_the_test(loinc):
    assert lab(Test="", LOINC=loinc)["LBTESTCD"] == "AFP"


@pytest.mark.parametrize(
    ("name", "loinc", "said"),
    [
        ("CA19-9", "", 'test "CA19-9" is unknown. Known: AFP, ALB, ALP, ALT'),
        ("", "1234-5", 'test "1234-5" is unknown.'),
        ("ALT", "1834-1", "the name and the LOINC code"),
        ("420.5", "", 'test "(a number)" is unknown.'),
        ("2026-03-30", "", 'test "(a date)" is unknown.'),
        ("12345678", "", "(a number)"),
        ("B12345678", "", "(a long number)"),
    ],
)
def test_an_unknown_test_is_refused_by_name_with_those_that_are_known(name, loinc, said):
    row = lab(Test=name, LOINC=loinc)
    assert row["X_TEST"] == "UNKNOWN_CODE"
    assert said in row["NOTE"]["UNKNOWN_CODE"]


def test_no_test_at_all_is_missing():
    assert lab(Test="", LOINC="")["X_TEST"] == "MISSING"


def test_a_sites_own_word_is_known_and_the_layouts_goes_before_it():
    words = {"codes": {"LBTESTCD": {"Leberwert": "AST"}}}
    assert lab(Test="leberwert", site=words)["LBTESTCD"] == "AST"
    assert (
        lab(Test="Leberwert", site=words, layout_=layout(codes={"LBTESTCD": {"Leberwert": "ALT"}}))[
            "LBTESTCD"
        ]
        == "ALT"
    )


def test_a_map_to_a_test_the_protocol_lacks_lets_nothing_pass():
    row = lab(Test="alpha", layout_=layout(codes={"LBTESTCD": {"alpha": "AFPX"}}))
    assert row["X_TEST"] == "UNKNOWN_CODE"
    assert 'makes "alpha" the test AFPX, which the protocol lacks' in row["NOTE"]["UNKNOWN_CODE"]


def test_many_rows_are_judged_each_for_itself():
    rows = labs("S01-001,1,AFP,,420,ng/mL,2026-03-30,F", "S01-001,2,AFP,,420,MoM,2026-03-30,F",
                "S01-001,3,ALT,,420,U/L,2026-03-30,F")  # fmt: skip
    assert rows["X_UNIT"].tolist() == ["OK", "REFUSED_UNIT", "OK"]
    assert rows["NOTE"].map(bool).tolist() == [False, True, False]
