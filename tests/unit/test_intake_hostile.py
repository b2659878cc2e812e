"""Broken and hostile files: whatever a site sends, reading it raises nothing and accounts for every line."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from milepost.intake.reading import Reading
from tests.intake_files import GOOD, HEADER, fully_placed, layout, read

LINES = [GOOD.replace("S01-001,1", f"S01-00{n},{n}") for n in range(1, 8)]
VALID = "\n".join((HEADER, *LINES)) + "\n"
AUTO = layout(encoding="auto", delimiter="auto")
COMMA = layout(decimal_mark=",", missing=["-999"], date_formats=["excel", "%y-%m-%d"])
WIDE = layout(
    columns={"USUBJID": "Subject", "LBDTC": "Collected", "RECSTATUS": "Status"},
    emits=[
        {
            "domain": "LB",
            "columns": {"LBORRES": "Result"},
            "constants": {"LBTESTCD": "AFP", "LBORRESU": "ng/mL"},
        },
        {"domain": "LB", "columns": {"LBORRES": "Unit"}, "constants": {"LBTESTCD": "ALT", "LBORRESU": "U/L"}},
        {"domain": "DM", "columns": {"AGE": "Test"}, "rows": "last_of_subject"},
        {
            "domain": "SS",
            "columns": {"SSORRES": "LOINC"},
            "date_plus_days": {"SSDTC": ["Collected", "Order"]},
        },
    ],
)
quick = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sound(reading: Reading) -> Reading:
    """A reading that is either a plain sentence or fully accounted for; never a defect of ours."""
    assert "defect" not in (reading.problem or "")
    assert fully_placed(reading)
    if reading.problem is not None:
        assert reading.received == 0 and reading.problem.endswith((".", "?"))
    else:
        assert reading.received >= reading.lines > 0
    return reading


@quick
@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbf")
@example(b'"')
@example(b"\x80")
def test_any_bytes_at_all_give_a_sentence_or_rows(raw):
    sound(read(raw, AUTO))


@quick
@given(st.binary(max_size=120), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_bytes_below_a_good_header_give_a_sentence_or_rows(raw, newline):
    sound(read((HEADER + newline).encode() + raw, AUTO))
    sound(read((HEADER + newline).encode() + raw, WIDE))


@quick
@given(
    st.lists(
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), max_size=40
    ),
    st.lists(
        st.sampled_from([",", "\n", '"', '""', "\r", "\r\n", ";", "'", '="', " ", "\u3000", "，"]),
        max_size=60,
    ),
    st.sampled_from([AUTO, layout(), WIDE]),
)
def test_any_text_between_delimiters_and_quotation_marks_gives_a_sentence_or_rows(texts, marks, used):
    woven = "".join(text + mark for text, mark in zip(texts, marks, strict=False))
    sound(read(VALID + woven, used))
    sound(read(HEADER + "\n" + woven, used))


NASTY = st.sampled_from(
    [
        "",
        "-999",
        "<",
        "<1.3",
        ">",
        "1e999",
        "1E+17",
        "9" * 300,
        "NaN",
        "-inf",
        "sNaN",
        "２",
        "10⁹",
        "①",
        "²",
        "∞",
        "1,5",
        "1_000",
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("http://x")',
        "@SUM(1)",
        "+1",
        "'",
        "''",
        '="',
        '=""',
        '=" "',
        '"',
        '""',
        "\t",
        "\x1a",
        "\x07",
        "\u202e",
        "\ufeff",
        "\u200b",
        "🧪",
        "\U00020000",
        "../../etc/passwd",
        "C:\\x",
        "${x}",
        "{0}",
        "%s",
        "%n",
        "<script>",
        "'; drop table",
        "2026-02-30",
        "2026-03",
        "0000-00-00",
        "99999",
        "46083",
        "24:00",
        "True",
        "None",
        "nan",
        "NULL",
        "合计",
        "total",
        "|",
        "\\",
        "\\|",
        "a" * 501,
        "检" * 200,
    ]
)


@quick
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 7), NASTY), min_size=1, max_size=8),
    st.sampled_from([layout(), COMMA, WIDE]),
)
def test_any_cells_of_a_good_file_may_be_spoilt_and_no_line_is_lost(edits, used):
    table = [line.split(",") for line in LINES]
    for row, column, text in edits:
        table[row][column] = text
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in cells) for cells in table]
    for used in (
        layout(),
        layout(decimal_mark=",", missing=["-999"], date_formats=["excel", "%y-%m-%d"]),
        WIDE,
    ):
        reading = sound(read("\n".join((HEADER, *lines)), used))
        assert reading.problem is None or "no data line" in reading.problem
        assert reading.lines in (0, 7)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "@SUM(A1)", "+1+1", "-1+1", "=1+1"])
def test_a_formula_is_kept_as_the_text_it_is(text):
    reading = sound(read(f'{HEADER}\nS01-001,"{text}",AFP,,"{text}",ng/mL,2026-03-30,F\n'))
    row = reading.frames["LB"].iloc[0]
    assert row["LBREFID"] == text and row["X_VALUE"] != "OK"


def _zipped() -> bytes:
    with io.BytesIO() as target:
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("labs.csv", VALID)
        return target.getvalue()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (_zipped(), "an Excel workbook or a zip archive"),
        (b"%PDF-1.7\n" + VALID.encode(), "a PDF document"),
        (VALID.encode("utf-16"), "It looks like UTF-16"),
        (VALID.encode("utf-16-be"), "It looks like UTF-16"),
        (VALID.replace("420", "4\x0020").encode(), "a zero byte in line 2"),
        (b"<html><body>" + VALID.encode(), "a web page"),
        (b"\n" * 5000, "The file is empty."),
    ],
)
def test_what_is_no_csv_file_is_refused_in_plain_words(raw, said):
    problem = sound(read(raw)).problem
    assert problem is not None and said in problem


def test_a_cell_of_a_megabyte_is_cut_and_its_line_named():
    reading = sound(read(VALID + GOOD.replace("420", "x" * 1_000_000) + "\n"))
    assert reading.frames["LB"]["X_LINE"].tolist() == ["OK"] * 7 + ["CELL_TOO_LONG"]
    assert reading.frames["LB"]["LBORRES"].map(len).max() == 500


@pytest.mark.slow
def test_a_cell_of_seventeen_megabytes_between_quotation_marks_is_cut_too():
    reading = sound(read(VALID + GOOD.replace("420", '"' + "x,\n" * 5_700_000 + '"') + "\n"))
    assert reading.frames["LB"]["X_LINE"].iloc[7] in ("CELL_TOO_LONG", "TOO_MANY_CELLS")


def test_ten_thousand_unknown_columns_are_read_past():
    more = ",".join(f"c{n}" for n in range(10_000))
    text = f"{HEADER},{more}\n" + "".join(f"{line}{',x' * 10_000}\n" for line in LINES)
    reading = sound(read(text))
    assert len(reading.columns_unknown) == 10_000 and len(reading.frames["LB"]) == 7


def test_a_header_without_an_end_is_refused():
    reading = sound(read('"' + HEADER + "\n" + VALID * 5000))
    assert reading.problem is not None
    reading = sound(read(HEADER + ',"' + "x" * 1_100_000 + "\n" + VALID))
    assert reading.problem is not None and "does not end within 1000000 characters" in reading.problem


def test_a_hundred_thousand_ragged_lines_are_all_kept():
    reading = sound(read(HEADER + "\n" + "S01-001,1\n" * 100_000))
    assert len(reading.frames["LB"]) == 100_000
    assert set(reading.frames["LB"]["X_LINE"]) == {"TOO_FEW_CELLS"}


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\nb", "\u202elabs", "x" * 300, "'; drop table record_lb; --", "%s{0}"]
)
def test_a_column_named_like_a_path_or_a_command_is_only_a_name(name):
    reading = sound(read(f'{HEADER},"{name}"\n{GOOD},1\n'))
    assert len(reading.columns_unknown) == 1 and len(reading.columns_unknown[0]) <= 40
