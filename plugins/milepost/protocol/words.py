"""Words of sites and spellings of units, in the form in which they are compared.

What two texts must have in common to be one word or one unit. `core.units` spells units by this; `intake.texts.fold`
compares words in the same way, which tests/unit/test_protocol_words.py holds together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_EDGES = " \t\r\n\v\f\x1a\u00a0\u3000\ufeff\u200b\u200c\u200d\u2060"
_WIDE = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20, 0x00A0: 0x20, 0xFF61: 0x3002}

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
    "/uL": ("1/uL", "cells/uL", "cell/uL", "/mm3", "个/微升", "个/uL"),
    "10^3/mL": ("10*3/mL", "10~3/mL", "10E3/mL"),
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
def standard_spelling(text: str) -> str:
    """The standard spelling of a unit text; an unknown text comes back stripped."""
    exact = _EXACT_SPELLINGS.get(_plain(text))
    return exact or _BY_KEY.get(_key(text)) or text.strip()


def standard_unit(text: str, aliases: Mapping[str, str]) -> str:
    """The standard spelling of a unit as the reader finds it; aliases: the site's own words, looked up first."""
    plain = text.translate(_WIDE)
    stripped = plain.strip()
    return standard_spelling(aliases.get(plain, aliases.get(stripped, stripped)))


def fold(text: str) -> str:
    """The form in which words of a site are compared as wholes: NFKC, case ignored, blanks made one."""
    plain = text.strip(_EDGES)
    if plain.startswith('="') and plain.endswith('"') and len(plain) > 2:
        plain = plain[2:-1].strip(_EDGES)
    plain = plain[1:].strip(_EDGES) if plain.startswith("'") else plain
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", plain)).casefold()
