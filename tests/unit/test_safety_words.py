"""The words the rules of events and doses understand are the words the gate does not question: one list, two places."""

from __future__ import annotations

import re

import pytest

from milepost.core.dose_words import FREQUENCIES, UNITS, frequency_of, mg_of
from milepost.core.event_words import (
    ACTIONS,
    NOT_JUDGED,
    OUTCOMES,
    RELATED,
    actions_of,
    outcome_of,
    relation_of,
)
from tests.gate_rows import suites

WORDS = {
    "AE-RELATION-KNOWN": [*(word for words in RELATED.values() for word in words), *NOT_JUDGED],
    "AE-ACTION-KNOWN": [word for words in ACTIONS.values() for word in words],
    "AE-OUTCOME-KNOWN": [word for words in OUTCOMES.values() for word in words],
    "EX-UNIT-KNOWN": list(UNITS),
    "EX-FREQUENCY-KNOWN": list(FREQUENCIES),
}
UNDERSTOOD = {
    "AE-RELATION-KNOWN": lambda word: relation_of(word)[1],
    "AE-ACTION-KNOWN": lambda word: actions_of(word)[1],
    "AE-OUTCOME-KNOWN": lambda word: outcome_of(word)[1],
    "EX-UNIT-KNOWN": lambda word: mg_of(word) is not None,
    "EX-FREQUENCY-KNOWN": lambda word: frequency_of(word) is not None,
}


def pattern(rule_id: str) -> re.Pattern[str]:
    """The pattern of a rule of the gate."""
    rules = (rule for suite in suites().by_domain.values() for rule in suite.rules)
    return re.compile(next(rule for rule in rules if rule.id == rule_id).kwargs["regex"])


@pytest.mark.parametrize("rule_id", WORDS)
def test_the_gate_passes_every_word_that_is_understood(rule_id: str) -> None:
    found = pattern(rule_id)
    for word in WORDS[rule_id]:
        for text in (word, word.lower()):
            assert UNDERSTOOD[rule_id](text), text
            assert found.search(text), text


@pytest.mark.parametrize("rule_id", WORDS)
def test_a_word_nobody_knows_is_neither_understood_nor_passed(rule_id: str) -> None:
    for word in ("mostly", "?", "药"):
        assert not UNDERSTOOD[rule_id](word)
        assert not pattern(rule_id).search(word)


def test_a_long_cell_of_separators_is_refused_at_once() -> None:
    assert not pattern("AE-ACTION-KNOWN").search("; " * 240 + "x")
