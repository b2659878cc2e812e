"""One spelling for each unit, and exact factors between the units of one test.

Spelling is generic (a micro sign is a micro sign everywhere); what a unit is worth is the study's and the
laboratory's business: `LabTest.factors`, and `factors` of a site. The standard spellings are those of CDISC's
controlled terminology (`ng/mL`, `IU/mL`, `10^9/L`). Source: clinical specification sections 2.4, 4.1, 9.6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from milepost.core.censored_values import EXACT
from milepost.protocol import LabTest
from milepost.protocol.words import standard_spelling

_NO_ALIASES: Mapping[str, str] = {}
_NO_FACTORS: Mapping[str, Decimal] = {}


def standard_unit(text: str, aliases: Mapping[str, str] = _NO_ALIASES) -> str:
    """The standard spelling of a unit text; an unknown text comes back stripped.

    aliases: a site's own words for units, looked up first, as the whole text. Refuses nothing: whether the
    unit fits the test is `is_known_unit`'s question.
    """
    stripped = text.strip()
    return standard_spelling(aliases.get(text, aliases.get(stripped, stripped)))


def unit_among(text: str, units: Collection[str], aliases: Mapping[str, str] = _NO_ALIASES) -> str:
    """The standard spelling of a unit text for a test that knows these units.

    Where that is none of them, the one that differs in upper and lower case only: `G/L` is a count, but a test that
    is weighed and never counted means `g/L` by it.
    """
    standard = standard_unit(text, aliases)
    if standard in units:
        return standard
    plain = text.strip().casefold()
    return next((unit for unit in units if unit.casefold() == plain), standard)


def known_factors(test: LabTest, site_factors: Mapping[str, Decimal] = _NO_FACTORS) -> dict[str, Decimal]:
    """Standard unit -> factor to the test's canonical unit, for one laboratory.

    site_factors: the laboratory's own factors for this test; they override the protocol's. A unit that the
    protocol calls unconvertible has no factor, whoever gives one.
    """
    factors = {standard_unit(unit): factor for unit, factor in test.all_factors.items()}
    factors.update({standard_unit(unit): factor for unit, factor in site_factors.items()})
    for unit in test.unconvertible:
        factors.pop(standard_unit(unit), None)
    return factors


def is_known_unit(unit: str | None, test: LabTest, site_factors: Mapping[str, Decimal] = _NO_FACTORS) -> bool:
    """Whether a result of this test may come in this unit, convertible or not."""
    if unit is None:
        return False
    standard = standard_unit(unit)
    convertible = standard in known_factors(test, site_factors)
    return convertible or standard in {standard_unit(other) for other in test.unconvertible}


def refusal_of_unit(unit: str | None, test: LabTest) -> str | None:
    """Why the protocol refuses this unit by name (another quantity, such as MoM); None where it does not."""
    if unit is None:
        return None
    reasons = {standard_unit(other): reason for other, reason in test.refused_units.items()}
    return reasons.get(standard_unit(unit))


def to_canonical(
    value: Decimal, unit: str, test: LabTest, site_factors: Mapping[str, Decimal] = _NO_FACTORS
) -> Decimal | None:
    """The value in the test's canonical unit, exactly; None where this laboratory has no factor for the unit."""
    factor = known_factors(test, site_factors).get(standard_unit(unit))
    return None if factor is None else EXACT.multiply(value, factor)
