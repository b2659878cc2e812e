"""What a result text stands for, and what a unit is worth: the tables, and the default study's own AFP."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from milepost.core.censored_values import Interval, parse_result
from milepost.core.units import is_known_unit, refusal_of_unit, standard_unit, to_canonical
from milepost.protocol import LabTest, StudyProtocol
from tests.spec.cases_values import AMOUNTS, RESULTS, SPELLINGS

CONFIG = Path(__file__).parents[2] / "config" / "protocol.toml"


@pytest.fixture(scope="module")
def afp() -> LabTest:
    return StudyProtocol.model_validate(tomllib.loads(CONFIG.read_text(encoding="utf-8"))).test("AFP")


def shown(value: Interval | None) -> str | None:
    """The interval in the mathematicians' way of writing."""
    if value is None:
        return None
    upper = "without limit)" if value.hi is None else f"{value.hi:f}{')' if value.hi_open else ']'}"
    return f"{'(' if value.lo_open else '['}{value.lo:f}, {upper}"


@pytest.mark.parametrize(("text", "expected"), RESULTS)
def test_a_result_text_stands_for_an_interval_or_for_no_amount(text: str, expected: str | None) -> None:
    assert shown(parse_result(text)) == expected


def test_a_text_too_long_to_be_a_result_is_none() -> None:
    assert parse_result("1" * 61) is None


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_a_unit_has_one_spelling(text: str, expected: str) -> None:
    assert standard_unit(text) == expected


@pytest.mark.parametrize(("amount", "unit", "expected"), AMOUNTS)
def test_an_amount_of_the_study_is_converted_exactly(
    afp: LabTest, amount: str, unit: str, expected: str | None
) -> None:
    assert to_canonical(Decimal(amount), unit, afp) == (None if expected is None else Decimal(expected))


def test_a_laboratorys_own_factor_comes_before_the_studys(afp: LabTest) -> None:
    assert to_canonical(Decimal(400), "IU/mL", afp, {"[IU]/mL": Decimal("1.28")}) == 512


def test_no_laboratory_can_convert_what_the_study_calls_unconvertible(afp: LabTest) -> None:
    assert to_canonical(Decimal(10), "nmol/L", afp, {"nmol/L": Decimal(70)}) is None
    assert is_known_unit("nmol/L", afp)


def test_another_quantity_is_refused_with_its_reason(afp: LabTest) -> None:
    assert refusal_of_unit("{MoM}", afp) == "a multiple of the median cannot be converted"
    assert refusal_of_unit("ng/mL", afp) is None
    assert not is_known_unit("MoM", afp)


def test_a_sites_own_word_for_a_unit_is_looked_up_first() -> None:
    assert standard_unit("纳克", {"纳克": "ng/mL"}) == "ng/mL"
