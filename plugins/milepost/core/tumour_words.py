"""What sites write about a lesion and about a response, in our words; and lengths as exact numbers.

A length is kept as a whole number of nanometres-to-the-millimetre (10**-9 mm), so that 33 -> 23.1 mm is a fall of
exactly 30 % and 60.5 -> 72.6 mm a rise of exactly 20 %. Source: clinical specification sections 6.1, 6.3 and 9.1.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

SCALE = 10**9  # parts of a millimetre: digits beyond are noise of somebody's floating point numbers
NO_SIZE = -1
_FACTORS = {"mm": 1, "毫米": 1, "cm": 10, "厘米": 10}

_STATES = {
    "ABSENT": (
        "ABSENT", "DISAPPEARED", "GONE", "RESOLVED", "NOT PRESENT", "NO LONGER PRESENT", "NO LONGER VISIBLE",
        "COMPLETE RESPONSE", "CR", "NED", "NO EVIDENCE OF DISEASE", "NO ENHANCEMENT", "NOT VIABLE", "NECROTIC", "消失",
        "无", "无强化",
    ),
    "TOO_SMALL": ("TOO SMALL TO MEASURE", "TOO SMALL", "TSTM", "BELOW MEASURABLE LIMIT", "< 5", "<5", "< 5 MM",
                  "<5 MM", "<5MM", "太小无法测量", "过小无法测量"),
    "NOT_EVALUABLE": (
        "NOT EVALUABLE", "NE", "NON EVALUABLE", "UNEVALUABLE", "INEVALUABLE", "NOT EVALUATED", "NOT DONE",
        "NOT ASSESSED", "NOT ASSESSABLE", "NOT MEASURED", "NOT MEASURABLE", "NOT IMAGED", "UNABLE TO ASSESS", "UNKNOWN",
        "U", "MISSING", "NA", "N A", "NOT AVAILABLE", "UNABLE TO EVALUATE", "UNABLE TO MEASURE", "NON MEASURABLE",
        "UNMEASURABLE", "CANNOT BE EVALUATED", "CANNOT BE MEASURED", "无法评价", "无法评估", "无法测量", "不可评价",
        "不可评估", "不可测量", "未做", "未评估", "未测量",
    ),
    "PRESENT": (
        "PRESENT", "PERSISTENT", "PERSISTS", "STABLE", "UNCHANGED", "DECREASED", "NON CR NON PD",
        "EQUIVOCAL PROGRESSION", "EQUIVOCAL INCREASE", "Y", "存在",
    ),
    "PROGRESSION": (
        "UNEQUIVOCAL PROGRESSION", "UNEQUIVOCAL INCREASE", "UNEQUIVOCALLY INCREASED", "UNEQUIVOCALLY PROGRESSED",
        "PROGRESSIVE DISEASE", "PD", "明确进展",
    ),
    # worse, but not said how surely
    "WORSE": ("PROGRESSION", "PROGRESSED", "PROGRESSING", "INCREASED", "INCREASE", "INCREASING", "WORSENED", "WORSE",
              "ENLARGED", "LARGER", "进展", "增大"),
    "UNEQUIVOCAL": ("UNEQUIVOCAL", "DEFINITE", "明确"),
    "EQUIVOCAL": ("EQUIVOCAL", "UNCERTAIN", "SUSPECTED", "不明确", "可疑"),
    "MERGED": ("MERGED", "COALESCED", "CONFLUENT", "融合"),
    "SPLIT": ("SPLIT", "FRAGMENTED", "DIVIDED"),
}  # fmt: skip
_STATE_OF = {word: state for state, words in _STATES.items() for word in words}
STATES = tuple(_STATES)

_ROLES = {
    "TARGET": ("TARGET", "TARGET LESION", "TARGET LESIONS", "T", "靶病灶"),
    "NON-TARGET": ("NON TARGET", "NONTARGET", "NON TARGET LESION", "NON TARGET LESIONS", "NT", "非靶病灶"),
    "NEW": ("NEW", "NEW LESION", "NEW LESIONS", "新病灶"),
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words}

_RESPONSES = {
    "CR": ("CR", "COMPLETE RESPONSE", "完全缓解"),
    "PR": ("PR", "PARTIAL RESPONSE", "部分缓解"),
    "SD": ("SD", "STABLE DISEASE", "疾病稳定"),
    "PD": ("PD", "PROGRESSIVE DISEASE", "PROGRESSION", "疾病进展"),
    "NE": ("NE", "NOT EVALUABLE", "NON EVALUABLE", "UNEVALUABLE", "INEVALUABLE", "NOT DONE", "NOT ASSESSED",
           "NOT ASSESSABLE", "UNABLE TO ASSESS", "UNKNOWN", "无法评价", "不可评价"),
    "NON-CR/NON-PD": ("NON CR NON PD", "NN", "INCOMPLETE RESPONSE STABLE DISEASE", "非CR 非PD", "非CR非PD"),
    "NED": ("NED", "NO EVIDENCE OF DISEASE", "NO DISEASE"),
    "ND": ("ND", "NOT APPLICABLE", "NA", "NONE AT BASELINE", "NO TARGET LESIONS", "NO NON TARGET LESIONS"),
}  # fmt: skip
_RESPONSE_OF = {word: response for response, words in _RESPONSES.items() for word in words}
_NEW_LESION = {
    "Y": "Y", "YES": "Y", "1": "Y", "UNEQUIVOCAL": "Y", "DEFINITE": "Y", "PRESENT": "Y", "是": "Y", "有": "Y",
    "N": "N", "NO": "N", "0": "N", "NONE": "N", "ABSENT": "N", "否": "N", "无": "N",
    "EQUIVOCAL": "E", "UNCERTAIN": "E", "SUSPECTED": "E", "可疑": "E",
    "U": "NE", "UNKNOWN": "NE", "NE": "NE", "NOT EVALUABLE": "NE", "NOT ASSESSED": "NE", "NOT DONE": "NE",
}  # fmt: skip


def plain(text: str | None) -> str:
    """The words alone: upper case, one blank between them, whatever stroke or blank the site used."""
    return re.sub(r"[\s_/\\,;:\-‐–—()]+", " ", text.upper()).strip() if text else ""


def read_size(text: str | None, unit: str | None) -> int | None:
    """A length in 10**-9 mm; None where the text is no number; ValueError where its unit is not known."""
    try:
        number = Decimal(text.strip()) if text else None
    except InvalidOperation:
        return None
    if number is None or not number.is_finite() or number < 0:
        return None
    factor = _FACTORS.get((unit or "").strip().casefold())
    if factor is None or number > 10**6:
        raise ValueError("a length needs mm or cm")
    return int((number * factor * SCALE).to_integral_value())


def to_mm(size: int) -> Decimal | None:
    """A length as a plain number of millimetres; None where there is none."""
    if size < 0:
        return None
    return shorten(Decimal(size) / SCALE)


def shorten(number: Decimal) -> Decimal:
    """The same number without idle noughts: 30, not 30.0 or 3E+1."""
    short = number.normalize()
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1))  # type: ignore[operator]


def read_state(text: str | None) -> str | None:
    """One of STATES for what a site wrote about a lesion; None where the words are unknown."""
    words = plain(text)
    if words.startswith("MERGED WITH"):
        return "MERGED"
    return _STATE_OF.get(words)


def merged_with(text: str | None) -> str | None:
    """The lesion that "MERGED WITH T01" names."""
    words = (text or "").strip().upper()
    return words.removeprefix("MERGED WITH").strip() or None if words.startswith("MERGED WITH") else None


def read_role(text: str | None) -> str | None:
    """TARGET, NON-TARGET or NEW; None where it is not said."""
    return _ROLE_OF.get(plain(text))


def read_response(text: str | None) -> str | None:
    """CR PR SD PD NE NON-CR/NON-PD NED or ND; None where the word is unknown."""
    return _RESPONSE_OF.get(plain(text))


def read_new_lesion(text: str | None) -> str | None:
    """Y, N, E (equivocal) or NE (not assessed); None where the word is unknown."""
    return _NEW_LESION.get(plain(text))


def read_criteria(text: str | None) -> str | None:
    """RECIST 1.1 or mRECIST; without a name RECIST 1.1; None for other criteria (iRECIST, RECIST 1.0 …)."""
    words = plain(text)
    if words.startswith(("MRECIST", "MODIFIED RECIST", "M RECIST")):
        return "mRECIST"
    return "RECIST 1.1" if words in ("", "RECIST", "RECIST 1.1", "RECIST1.1", "RECIST V1.1") else None
