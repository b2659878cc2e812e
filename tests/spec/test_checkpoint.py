"""The checkpoint, case by case; `docs/rules.md` is printed from the same tables."""

from __future__ import annotations

import pytest

from tests.spec.cases_checkpoint import GROUPS
from tests.spec.checkpoint_case import Case, Then, differences, judge_case

EVERY = [(case, then) for group in GROUPS.values() for case in group for then in case.then]


@pytest.mark.parametrize(
    ("case", "then"), EVERY, ids=[f"{case.title} ({then.as_of})" for case, then in EVERY]
)
def test_the_verdict_is_the_one_in_the_table(case: Case, then: Then) -> None:
    assert differences(then, judge_case(case, then.as_of)) == {}


def test_every_golden_vector_has_a_case() -> None:
    numbers = {int(case.title[1:].split("]")[0]) for case in GROUPS["Golden vectors"]}
    assert numbers == set(range(1, 26))


def test_titles_differ() -> None:
    titles = [case.title for group in GROUPS.values() for case in group]
    assert len(titles) == len(set(titles))
