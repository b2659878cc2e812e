"""One spelling for each unit, and exact factors between the units of one test.

Spelling is generic (a micro sign is a micro sign everywhere); what a unit is worth is the study's and the
laboratory's business: `LabTest.factors`, and `factors` of a site. The standard spellings are those of CDISC's
controlled terminology (`ng/mL`, `IU/mL`, `10^9/L`). Source: clinical specification sections 2.4, 4.1, 9.6.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from milepost.core.censored_values import EXACT
from milepost.protocol import LabTest

_NO_ALIASES: Mapping[str, str] = {}
_NO_FACTORS: Mapping[str, Decimal] = {}

# Standard spelling -> other spellings. Compared without case, blanks, brackets and multiplication signs.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "ng/mL": ("纳克/毫升",),
    "ug/L": ("mcg/L", "微克/升"),
    "pg/mL": ("皮克/毫升",),
    "ng/L": ("纳克/升",),
    "mg/L": ("毫克/升",),
    "ug/mL": ("mcg/mL", "微克/毫升"),
    "ug/dL": ("mcg/dL", "微克/分升"),
    "ng/dL": ("纳克/分升",),
    "mg/dL": ("毫克/分升",),
    "g/L": ("克/升",),
    "g/dL": ("克/分升",),
    "mmol/L": ("毫摩尔/升",),
    "umol/L": ("mcmol/L", "微摩尔/升"),
    "nmol/L": ("纳摩尔/升",),
    "pmol/L": ("皮摩尔/升",),
    "mEq/L": ("毫当量/升",),
    "mg/g": ("毫克/克",),
    "mg/mg": (),
    "mg/mmol": (),
    "IU/mL": ("国际单位/毫升",),
    "kIU/L": ("千国际单位/升",),
    "IU/L": ("国际单位/升",),
    "mIU/L": ("毫国际单位/升",),
    "mIU/mL": ("毫国际单位/毫升",),
    "uIU/mL": ("mcIU/mL", "微国际单位/毫升"),
    "U/mL": ("单位/毫升",),
    "kU/L": ("千单位/升",),
    "U/L": ("单位/升",),
    "mAU/mL": (),
    "copies/mL": ("copy/mL", "cp/mL", "拷贝/毫升"),
    "MoM": ("{MoM}", "multiple of the median"),
    "10^9/L": ("10*9/L", "10~9/L", "10E9/L", "10e+9/L", "E9/L", "10exp9/L", "Gpt/L"),
    "10^12/L": ("10*12/L", "10~12/L", "10E12/L", "10e+12/L", "E12/L", "10exp12/L", "Tpt/L"),
    "10^6/L": ("10*6/L", "10~6/L", "10E6/L"),
    "10^3/uL": ("10*3/uL", "10~3/uL", "10E3/uL", "K/uL", "thou/uL", "10^3/mm3", "10^3/mm^3"),
    "10^6/uL": ("10*6/uL", "10~6/uL", "10E6/uL", "M/uL", "10^6/mm3", "10^6/mm^3"),
    "/uL": ("cells/uL", "cell/uL", "/mm3", "个/微升"),
    "%": ("percent", "百分比"),
    "1": ("ratio",),
    "s": ("sec", "second", "seconds", "秒"),
    "g/24h": ("g/d", "g/day", "克/24小时"),
    "mg/24h": ("mg/d", "mg/day", "毫克/24小时"),
    "mL/min": ("毫升/分",),
    "mm": ("毫米",),
    "cm": ("厘米",),
    "mmHg": ("mm[Hg]", "毫米汞柱"),
    "kg": ("公斤", "千克"),
    "C": ("Cel", "degC", "°C", "℃"),
    "beats/min": ("bpm", "/min", "次/分"),
    "ms": ("msec", "毫秒"),
    "mg": ("毫克",),
}
# Case decides here: G/L is a count of thousand millions, g/L is a weight.
_EXACT_SPELLINGS = {"G/L": "10^9/L", "T/L": "10^12/L"}
_SUPERSCRIPTS = {ord(sup): plain for sup, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)}
_SUPERSCRIPT_RUN = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_POWER_OF_TEN = re.compile(r"^[x*]\s*(?=10\D|e\d)", re.IGNORECASE)


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    """The text without what never decides: width of characters, micro sign, blanks, a leading times sign."""
    # before NFKC, which would turn 10⁹ into 109
    raised = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run.group().translate(_SUPERSCRIPTS), text)
    plain = unicodedata.normalize("NFKC", raised).replace("μ", "u").replace("×", "x")
    return _POWER_OF_TEN.sub("", "".join(plain.split()))


def _key(text: str) -> str:
    return re.sub(r"[\[\]{}]", "", _plain(text)).casefold()


_BY_KEY = {_key(name): unit for unit, others in _SPELLINGS.items() for name in (unit, *others)}


@lru_cache(maxsize=8192)
def _standard(text: str) -> str:
    exact = _EXACT_SPELLINGS.get(_plain(text))
    return exact or _BY_KEY.get(_key(text)) or text.strip()


def standard_unit(text: str, aliases: Mapping[str, str] = _NO_ALIASES) -> str:
    """The standard spelling of a unit text; an unknown text comes back stripped.

    aliases: a site's own words for units, looked up first, as the whole text. Refuses nothing: whether the
    unit fits the test is `is_known_unit`'s question.
    """
    stripped = text.strip()
    return _standard(aliases.get(text, aliases.get(stripped, stripped)))


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
