"""A study is checked with the same idea of "the same word" and "the same unit" as its files are read."""

from __future__ import annotations

import pytest

from milepost.core import units
from milepost.intake import statuses, texts
from milepost.protocol import words
from milepost.protocol.site import _HL7_LETTERS


@pytest.mark.parametrize(
    "text",
    [
        "AFP",
        "  ＡＦＰ\u3000 x ",
        "'0017",
        '="0017"',
        '="',
        "\ufeffAFP\u200b",
        "甲胎蛋白（AFP）",
        "ß",
        "10⁹",
        "",
    ],
)
def test_a_word_is_folded_as_the_reader_folds_it(text: str) -> None:
    assert words.fold(text) == texts.fold(text)


def test_a_unit_is_spelled_as_the_reader_spells_it() -> None:
    for text in ("ng/mL", " µg / L", "10⁹/L", "×10^9/L", "G/L", "g/l", "{MoM}", "ｎｇ/ｍＬ", "furlong", ""):
        for aliases in ({}, {"furlong": "mm"}):
            assert words.standard_unit(text, aliases) == units.standard_unit(texts.half_width(text), aliases)


def test_every_letter_that_a_status_word_may_lead_to_is_known_to_the_reader() -> None:
    for letter in _HL7_LETTERS:
        assert statuses.read_status(letter, {})[1] == ("OK", None)
