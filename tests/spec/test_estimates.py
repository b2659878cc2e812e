"""The estimates that can be worked out by hand come out as worked out."""

from __future__ import annotations

import pytest

from tests.spec.cases_estimates import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_estimates(case: Case) -> None:
    found = case.found()
    assert len(found) == len(case.gives)
    for mine, typed in zip(found, case.gives, strict=True):
        if isinstance(typed, bool) or typed is None or isinstance(typed, str):
            assert mine == typed and type(mine) is type(typed)
        else:
            # typed with four decimals
            assert mine == pytest.approx(typed, abs=5.1e-5)


def test_titles_are_told_apart() -> None:
    assert len({case.title for case in CASES}) == len(CASES)
