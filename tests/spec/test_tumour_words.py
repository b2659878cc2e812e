"""What sites write of a lesion and of a reader means what the tables say, and the gate asks about no word we know.

Clinical specification sections 6.1 (states of a lesion) and 9.1 (readers); Chinese words as sites send them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from milepost.core.tumour_readers import READER_WORDS, read_reader
from milepost.core.tumour_words import read_state

EXPECTATIONS = Path(__file__).parents[2] / "expectations"
STATES = {
    "NOT_EVALUABLE": ("NA", "N/A", "UNABLE TO EVALUATE", "NOT MEASURABLE", "NON-MEASURABLE", "not evaluable",
                      "无法评估"),
    "ABSENT": ("无", "NED", "DISAPPEARED", "GONE", "Not present"),
    "TOO_SMALL": ("TOO SMALL TO MEASURE", "too small", "<5 mm"),
    "PROGRESSION": ("UNEQUIVOCAL PROGRESSION", "UNEQUIVOCAL INCREASE", "PROGRESSIVE DISEASE", "PD"),
    "WORSE": ("PROGRESSION", "INCREASED", "Worsened", "进展"),
    "PRESENT": ("STABLE", "DECREASED", "EQUIVOCAL PROGRESSION", "NON-CR/NON-PD"),
}  # fmt: skip
READERS = {
    "INVESTIGATOR": (None, "", "Investigator", "INV", "site", "研究者"),
    "INDEPENDENT ASSESSOR": (
        "IRC", "BICR", "Independent Assessor", "INDEPENDENT REVIEW COMMITTEE", "CENTRAL REVIEW", "CENTRAL READER",
        "BLINDED INDEPENDENT CENTRAL REVIEW", "blinded-independent central review",
    ),
    None: ("RADIOLOGIST", "DR WANG"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "state"), [(text, state) for state, texts in STATES.items() for text in texts]
)
def test_a_word_of_a_lesion_means_what_the_table_says(text: str, state: str) -> None:
    assert read_state(text) == state


@pytest.mark.parametrize(
    ("text", "reader"), [(text, reader) for reader, texts in READERS.items() for text in texts]
)
def test_a_reader_is_who_the_table_says(text: str | None, reader: str | None) -> None:
    assert read_reader(text) == reader


@pytest.mark.parametrize("domain", ["tu", "tr"])
def test_the_gate_asks_about_a_reader_exactly_where_the_derivation_does_not_know_it(domain: str) -> None:
    rules = yaml.safe_load((EXPECTATIONS / f"{domain}.yaml").read_text(encoding="utf-8"))["rules"]
    (rule,) = [rule for rule in rules if rule["id"] == f"{domain.upper()}-READER-KNOWN"]
    known = re.compile(rule["kwargs"]["regex"])
    words = [word for word in READER_WORDS if word]
    assert [word for word in words if not known.search(word) or not known.search(word.title())] == []
    assert [word for word in (*READERS[None], "INVESTIGATORS", "CENTRAL BANK") if known.search(word)] == []
