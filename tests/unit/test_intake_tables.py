"""From text to records: delimiters, headers, quotation marks, broken lines. No line is lost on the way."""

from __future__ import annotations

import pytest

from tests.intake_files import GOOD, HEADER, fully_placed, labs, layout, read

SIX = [GOOD.replace("S01-001,1", f"S01-00{n},{n}") for n in range(1, 7)]


def cells(reading) -> list[tuple[int, str, str]]:
    rows = reading.frames["LB"]
    return list(zip(rows["SRCLINE"], rows["USUBJID"], rows["LBORRES"], strict=True))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
@pytest.mark.parametrize("declared", ["as it is", "auto"])
def test_every_delimiter_is_read(delimiter, declared):
    text = "\n".join((HEADER, *SIX)).replace(",", delimiter)
    reading = read(text, layout(delimiter=delimiter if declared == "as it is" else "auto"))
    assert reading.problem is None
    assert cells(reading)[5] == (7, "S01-006", "420")
    assert reading.lines == 6


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("end", [True, False])
def test_every_kind_of_line_break_is_read(newline, end):
    reading = read(newline.join((HEADER, *SIX)) + (newline if end else ""))
    assert [line for line, *_ in cells(reading)] == [2, 3, 4, 5, 6, 7]


def test_mixed_line_breaks_keep_every_line():
    reading = read(f"{HEADER}\r\n{SIX[0]}\n{SIX[1]}\r{SIX[2]}\r\n")
    assert [line for line, *_ in cells(reading)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("above", "below", "keys"),
    [
        (["Hospital of Somewhere, laboratory"], [], {"header_line": 2}),
        (["title", "", '"made on, 2 June"'], [], {"header_line": 4}),
        ([], ["-,-,-,-,-,unit,date,-"], {"skip_lines_after_header": 1}),
        (["title"], ["u", "v"], {"header_line": 2, "skip_lines_after_header": 2}),
    ],
)
def test_title_lines_above_and_unit_lines_below_the_header_are_stepped_over(above, below, keys):
    reading = read("\n".join((*above, HEADER, *below, *SIX)), layout(**keys))
    assert [line for line, *_ in cells(reading)] == [n + len(above) + len(below) for n in range(2, 8)]


def test_a_header_cell_may_hold_a_line_break_blanks_and_full_width_signs():
    header = HEADER.replace("Collected", '" Ｃｏｌｌｅｃｔｅｄ"').replace("Result", '"Re\nsult"')
    reading = read("\n".join((header, *SIX)), layout(columns=_columns(LBORRES="Re sult")))
    assert [line for line, *_ in cells(reading)] == [3, 4, 5, 6, 7, 8]


def _columns(**changed: str) -> dict[str, str]:
    from tests.intake_files import COLUMNS

    return COLUMNS | changed


def test_blank_lines_and_totals_rows_are_set_aside_by_name_and_counted():
    lines = ["", SIX[0], ",,,,,,,", "   ", SIX[1], "合计,2,,,840,,,", "Total：,,,,,,,", ",,小计,,,,,"]
    reading = read("\n".join((HEADER, *lines)) + "\n\n")
    assert [line for line, *_ in cells(reading)] == [3, 6]
    assert reading.ignored[["SRCLINE", "RULE"]].to_numpy().tolist() == [
        [2, "BLANK"], [4, "BLANK"], [5, "BLANK"], [7, "TOTALS"], [8, "TOTALS"], [9, "TOTALS"], [10, "BLANK"],
    ]  # fmt: skip
    assert reading.received == reading.lines == 9


def test_a_word_such_as_total_inside_a_data_line_sets_nothing_aside():
    assert len(labs("S01-001,1,total,,420,ng/mL,2026-03-30,F")) == 1


def test_quoted_cells_may_hold_delimiters_doubled_quotes_and_line_breaks():
    lines = ['"S01-001",1,"AFP",,"420","ng/mL",2026-03-30,F', 'S01-002,"a ""b"", c",AFP,,1,ng/mL,2026-03-30,F',
             'S01-003,3,AFP,,2,ng/mL,"2026-03-30\n",F', "S01-004,4,AFP,,3,ng/mL,2026-03-30,F"]  # fmt: skip
    rows = labs(*lines)
    assert rows["SRCLINE"].tolist() == [2, 3, 4, 6]
    assert rows["LBREFID"].tolist() == ["1", 'a "b", c', "3", "4"]
    assert rows["X_LINE"].unique().tolist() == ["OK"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (GOOD, "OK"),
        (GOOD + ",", "OK"),  # a delimiter at the end of the line
        (GOOD + ", ,", "OK"),
        (GOOD.removesuffix(",F"), "TOO_FEW_CELLS"),
        ("S01-001", "TOO_FEW_CELLS"),
        (GOOD + ",x", "TOO_MANY_CELLS"),
        (GOOD.replace("420", "4,20"), "TOO_MANY_CELLS"),  # an unquoted decimal comma
    ],
)
def test_a_ragged_line_is_kept_and_says_so(line, code):
    rows = labs(SIX[0], line, SIX[1])
    assert rows["X_LINE"].tolist() == ["OK", code, "OK"]


def test_a_quotation_mark_that_is_never_closed_refuses_the_file_and_names_the_line():
    reading = read("\n".join((HEADER, SIX[0], 'S01-002,2,AFP,,"420,ng/mL,2026-03-30,F', *SIX[2:])))
    assert (
        reading.problem is not None
        and "starts on line 3 opens a quotation mark that is never closed" in reading.problem
    )


@pytest.mark.parametrize("swallowed", [2, 5])
def test_two_lost_quotation_marks_that_swallow_whole_lines_are_noticed(swallowed):
    lines = list(SIX)
    lines[0] = lines[0].replace("420", '"420')
    lines[swallowed] = lines[swallowed].replace("420", '420"')
    rows = labs(*lines)
    assert rows.loc[rows["SRCLINE"] == 2, "X_LINE"].tolist() == ["TOO_MANY_CELLS"]


def test_a_comment_of_several_lines_is_no_lost_quotation_mark():
    rows = labs('S01-001,"first, second\nthird; fourth\nfifth",AFP,,420,ng/mL,2026-03-30,F')
    assert rows["X_LINE"].tolist() == ["OK"]


@pytest.mark.parametrize("stray", ['4"20', '"420" ', 'AF"P', ' "420"', '="420"'])
def test_a_quotation_mark_inside_a_cell_moves_no_other_cell(stray):
    rows = labs(SIX[0], GOOD.replace("420", stray), SIX[1])
    assert rows["LBDTC"].tolist() == ["2026-03-30"] * 3


def test_a_header_that_names_a_used_column_twice_is_refused():
    reading = read(f"{HEADER},Result\n{GOOD},1\n")
    assert reading.problem == (
        "The header in line 1 names Result more than once, so it is open which column is meant. Ask the site to name "
        "its columns apart."
    )


def test_a_header_that_names_an_unused_column_twice_is_fine():
    assert read(f"{HEADER},Note,Note\n{GOOD},a,b\n").columns_unknown == ("Note",)


def test_a_missing_column_is_named_and_its_cells_are_empty():
    reading = read(HEADER.replace("Unit", "Units") + "\n" + GOOD)
    assert (reading.columns_missing, reading.columns_unknown) == (("Unit",), ("Units",))
    assert reading.frames["LB"]["LBORRESU"].tolist() == [None]


def test_an_unknown_column_is_reported_by_name_and_read_into_nothing():
    reading = read(f"{HEADER},Ward,Remark,\n{GOOD},7 west,PLANTED,\n", layout(ignore_columns=["Ward"]))
    assert reading.columns_unknown == ("Remark",)
    assert not any("PLANTED" in str(cell) for cell in reading.frames["LB"].to_numpy().ravel())


def test_a_column_without_a_name_is_reported_only_where_it_holds_something():
    assert read(f"{HEADER},\n{GOOD},\n").columns_unknown == ()
    assert read(f"{HEADER},\n{GOOD},x\n").columns_unknown == ("(column 9, without a name)",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "None of the columns of layout labs stands in line 1"),
        (f"{HEADER}\n", "a header but no data line"),
        (f"{HEADER}\n\n,,,\n合计,,,,,,,\n", "a header but no data line"),
        (HEADER, "a header but no data line"),
    ],
)
def test_a_file_without_a_data_line_or_header_gives_nothing_and_says_why(text, said):
    reading = read(text)
    assert reading.problem is not None and said in reading.problem
    assert reading.received == 0


def test_a_file_that_ends_before_its_header_says_so():
    reading = read("title\n", layout(header_line=3))
    assert reading.problem == "The file ends before line 3, where its header should stand (header_line)."


def test_the_fast_and_the_careful_way_give_the_same_table():
    plain = "\n".join((HEADER, *SIX)) + "\n"
    fast, slow = read(plain), read(plain + "\n")  # a blank line at the end takes the careful way
    assert fast.frames["LB"].equals(slow.frames["LB"])
    assert fully_placed(fast) and fully_placed(slow)
