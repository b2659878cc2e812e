"""From bytes to text: strictly, in the encoding that was declared, or not at all."""

from __future__ import annotations

import pytest

from milepost.intake.decoding import Unreadable, decode

CHINESE = "受试者编号,甲胎蛋白\nS02-001,420\n"
MICRO, MU = "µ", "μ"  # the micro sign and the Greek letter


@pytest.mark.parametrize(
    ("raw", "declared", "text", "used"),
    [
        (CHINESE.encode(), "utf-8", CHINESE, "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8", CHINESE, "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8-sig", CHINESE, "utf-8"),
        (CHINESE.encode(), "utf-8-sig", CHINESE, "utf-8"),
        (CHINESE.encode("gb18030"), "gb18030", CHINESE, "gb18030"),
        (CHINESE.encode("utf-8-sig"), "auto", CHINESE, "utf-8"),
        (CHINESE.encode(), "auto", CHINESE, "utf-8"),
        (CHINESE.encode("gb18030"), "auto", CHINESE, "gb18030"),
        (b"\x810\x858g/L", "gb18030", f"{MICRO}g/L", "gb18030"),  # four bytes; GBK has none for it
        (f"{MU}g/L".encode("gbk"), "gb18030", f"{MU}g/L", "gb18030"),
        ("\u9fb4x".encode("gb18030"), "gb18030", "\u9fb4x", "gb18030"),
        (f"{MICRO}g/L".encode("cp1252"), "cp1252", f"{MICRO}g/L", "cp1252"),
        (CHINESE.encode("big5", "replace"), "big5", CHINESE.encode("big5", "replace").decode("big5"), "big5"),
        (CHINESE.encode("utf-16"), "utf-16", CHINESE, "utf-16"),
        (CHINESE.encode("utf-16-le"), "utf-16-le", CHINESE, "utf-16-le"),
    ],
)
def test_a_file_in_its_declared_encoding_is_read_whole(raw, declared, text, used):
    assert decode(raw, declared) == (text, used)


@pytest.mark.parametrize(
    ("raw", "declared", "said"),
    [
        (
            CHINESE.encode("gb18030"),
            "utf-8",
            "The file is not utf-8 at byte 0 (line 1). Correct the layout's encoding",
        ),
        (b"a,b\n1,2\n3,\xff\n", "utf-8", "not utf-8 at byte 10 (line 3)"),
        (b"a\n\x810\x858g/L", "gbk", "not gbk at byte 2 (line 2)"),
        (b"a\n\xff", "auto", "not utf-8 at byte 2 (line 2), and not gb18030 at byte 2 (line 2)"),
        (b"a\n\x81", "cp1252", "not cp1252 at byte 2 (line 2)"),
        (b"a,b\n1,2", "base64", "not base64"),
        (CHINESE.encode("utf-16"), "utf-8", "It looks like UTF-16"),
    ],
)
def test_a_file_in_another_encoding_is_refused_by_name_and_place(raw, declared, said):
    with pytest.raises(Unreadable) as caught:
        decode(raw, declared)
    assert said in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__context__ is None  # it would hold the whole file


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf\r\n \n\n", "The file is empty."),
        (b"\x00" * 4096, "The file is empty."),
        (b"PK\x03\x04rest", "an Excel workbook or a zip archive, not text. Export it as CSV text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"{\\rtf1", "a rich-text document"),
        (b"\n <HTML><table>", "a web page or XML"),
        (b"<?xml version='1.0'?>", "a web page or XML"),
        (b"a,b\n1,\x00\n", "a zero byte in line 2"),
        ("a,b\n1,2\n".encode("utf-16-le"), "It looks like UTF-16: declare encoding"),
    ],
)
def test_what_is_no_table_of_text_is_refused_and_says_what_it_is(raw, said):
    with pytest.raises(Unreadable, match=".") as caught:
        decode(raw, "utf-8")
    assert said in str(caught.value)
