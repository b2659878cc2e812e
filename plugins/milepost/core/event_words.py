"""The words in which sites tell of an adverse event: grade, seriousness, relation, action, outcome.

Generic words (CDISC's controlled terms, their usual variants and the Chinese ones of trial forms); what only one site
writes is mapped to them by its code map. A word that is not understood is None, never "no". Source: clinical
specification, sections 4.3, 7.2 and 9.6, trap 26.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from milepost.protocol.words import fold

YES_NO: dict[str, tuple[str, ...]] = {
    "Y": ("Y", "YES", "TRUE", "1", "是", "有"),
    "N": ("N", "NO", "FALSE", "0", "否", "无"),
}
# "possible" is related, "unlikely" and "remote" are not: the usual cut of a five-step judgement
RELATED: dict[str, tuple[str, ...]] = {
    "Y": (
        "Y", "YES", "RELATED", "SUSPECTED", "DEFINITE", "DEFINITELY", "DEFINITELY RELATED", "CERTAIN",
        "CERTAINLY RELATED", "PROBABLE", "PROBABLY", "PROBABLY RELATED", "POSSIBLE", "POSSIBLY", "POSSIBLY RELATED",
        "LIKELY", "LIKELY RELATED", "REASONABLE POSSIBILITY", "是", "有关", "相关", "肯定有关", "很可能有关",
        "可能有关", "肯定相关", "很可能相关", "可能相关", "有合理可能性", "怀疑有关",
    ),
    "N": (
        "N", "NO", "NONE", "NOT RELATED", "UNRELATED", "DEFINITELY NOT RELATED", "DEFINITELY UNRELATED",
        "PROBABLY NOT RELATED", "PROBABLY UNRELATED", "POSSIBLY NOT RELATED", "NOT SUSPECTED", "NOT LIKELY", "UNLIKELY",
        "UNLIKELY RELATED", "UNLIKELY TO BE RELATED", "REMOTE", "DOUBTFUL", "NO REASONABLE POSSIBILITY",
        "NO RELATIONSHIP", "否", "无关", "不相关", "肯定无关", "可能无关", "很可能无关", "肯定不相关", "可能不相关",
        "很可能不相关", "无合理可能性",
    ),
}  # fmt: skip
NOT_JUDGED = (
    "UNKNOWN",
    "NOT ASSESSABLE",
    "UNASSESSABLE",
    "NOT EVALUABLE",
    "U",
    "无法判断",
    "无法判定",
    "无法评价",
    "待评价",
)
ACTIONS: dict[str, tuple[str, ...]] = {
    "STOP": (
        "DRUG WITHDRAWN", "WITHDRAWN", "PERMANENTLY DISCONTINUED", "DRUG DISCONTINUED", "DISCONTINUED", "DRUG STOPPED",
        "永久停药", "停药", "停止用药",
    ),
    "REDUCE": ("DOSE REDUCED", "REDUCED", "DOSE REDUCTION", "减量", "剂量降低", "减少剂量", "降低剂量"),
    "INTERRUPT": (
        "DRUG INTERRUPTED", "DOSE INTERRUPTED", "INTERRUPTED", "DOSE HELD", "DRUG HELD", "DOSE DELAYED", "DRUG DELAYED",
        "DELAYED", "暂停用药", "暂停", "中断用药", "延迟用药",
    ),
    "INCREASE": ("DOSE INCREASED", "剂量增加"),
    "NONE": ("DOSE NOT CHANGED", "NOT CHANGED", "NO CHANGE", "NONE", "剂量不变", "未改变", "无", "未采取措施"),
    "NOT_KNOWN": ("NOT APPLICABLE", "UNKNOWN", "NA", "N/A", "不适用", "不详", "未知"),
}  # fmt: skip
OUTCOMES: dict[str, tuple[str, ...]] = {
    "FATAL": ("FATAL", "DEATH", "DIED", "DEAD", "RESULTED IN DEATH", "死亡", "致死", "致命"),
    "RECOVERED": ("RECOVERED/RESOLVED", "RECOVERED", "RESOLVED", "痊愈", "恢复", "治愈", "已恢复", "消失"),
    "SEQUELAE": (
        "RECOVERED/RESOLVED WITH SEQUELAE", "RECOVERED WITH SEQUELAE", "RESOLVED WITH SEQUELAE", "后遗症",
        "痊愈伴后遗症",
    ),
    "RECOVERING": (
        "RECOVERING/RESOLVING", "RECOVERING", "RESOLVING", "IMPROVED", "好转", "恢复中", "缓解", "好转/缓解",
    ),
    "ONGOING": (
        "NOT RECOVERED/NOT RESOLVED", "NOT RECOVERED", "NOT RESOLVED", "ONGOING", "未恢复", "持续", "未愈", "未好转",
    ),
    "NOT_KNOWN": ("UNKNOWN", "不详", "未知"),
}  # fmt: skip
_GRADE = re.compile(r"(?:ctcae)?\s*(?:grade|g)?\s*([1-5])(?:\.0+)?\s*级?")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}


def _table(words: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {fold(word): meaning for meaning, many in words.items() for word in many}


_YES_NO, _RELATED, _ACTIONS, _OUTCOMES = (_table(words) for words in (YES_NO, RELATED, ACTIONS, OUTCOMES))
_NOT_JUDGED = {fold(word) for word in NOT_JUDGED}


@lru_cache(maxsize=4096)
def yes_or_no(text: str | None) -> str | None:
    """Y, N, or None where nothing or something else is said."""
    return _YES_NO.get(fold(text)) if text else None


@lru_cache(maxsize=4096)
def grade_of(text: str | None) -> int | None:
    """The CTCAE grade 1 to 5; None where it is missing or no grade (0 is no grade: it is no event)."""
    if not text:
        return None
    plain = fold(text)
    if match := _GRADE.fullmatch(plain):
        return int(match.group(1))
    return _ROMAN.get(plain.removesuffix("级").removeprefix("grade").strip())


@lru_cache(maxsize=4096)
def relation_of(text: str | None) -> tuple[str | None, bool]:
    """Related Y, not related N, not judged None; and whether the word was understood (nothing said is understood)."""
    if not text:
        return None, True
    plain = fold(text)
    return _RELATED.get(plain), plain in _RELATED or plain in _NOT_JUDGED


@lru_cache(maxsize=4096)
def actions_of(text: str | None) -> tuple[tuple[str, ...], bool]:
    """What was done with the drug (STOP, REDUCE, INTERRUPT, INCREASE), and whether every word was understood.

    Several actions in one cell are parted by ; , + or "and" and each counts.
    """
    if not text:
        return (), True
    whole = fold(text)
    parts = [whole] if whole in _ACTIONS else [part.strip() for part in re.split(r"[;,+、，；]| and ", whole)]
    said = [_ACTIONS.get(part) for part in parts if part]
    return tuple(_in_order(said)), None not in said


def _in_order(said: Iterable[str | None]) -> list[str]:
    found = set(said)
    return [action for action in ("STOP", "REDUCE", "INTERRUPT", "INCREASE") if action in found]


@lru_cache(maxsize=4096)
def outcome_of(text: str | None) -> tuple[str | None, bool]:
    """A key of OUTCOMES, or None; and whether the word was understood."""
    if not text:
        return None, True
    found = _OUTCOMES.get(fold(text))
    return found, found is not None
