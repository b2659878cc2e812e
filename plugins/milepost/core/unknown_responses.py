"""Answers where an assessment contradicts itself: none, wherever that assessment could have changed the answer.

It may have been any response. An answer stands only where it is the same whatever the assessment was: a progression
seen before it, a complete response at its first scan, no disease control where progression is certain in time.
Source: clinical specification section 6.4; what is not known is never written as a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from milepost.core.assessments import UNKNOWN
from milepost.core.confirmation import Assessment
from milepost.core.response_answers import Answer, Reading, Settings, answers

_POSSIBLE = ("PD", "CR", "PR", "SD")  # beside NE


def certain_answers(reading: Reading, settings: Settings) -> Iterator[Answer]:
    """The answers of `response_answers.answers`; one that an unknown assessment could change is `wrong` by its rule."""
    everything = reading.every if reading.later is None else reading.later
    unknown = [one for one in everything if one.response == UNKNOWN]
    if not unknown:
        yield from answers(reading, settings)
        return
    silent = dict.fromkeys((one.day for one in unknown), "NE")
    # each may have been anything for itself, and all of them the same
    tries = [(silent | {one.day: word}, one.wrong) for one in sorted(unknown, key=_day) for word in _POSSIBLE]
    tries += [(dict.fromkeys(silent, word), unknown[0].wrong) for word in _POSSIBLE]
    others = [(list(answers(_read_as(reading, told), settings)), wrong) for told, wrong in tries]
    for place, answer in enumerate(answers(_read_as(reading, silent), settings)):
        doubts = (wrong for other, wrong in others if not _same(answer, other[place]))
        wrong = next(doubts, None)
        yield answer if wrong is None else Answer(answer.code, None, wrong=wrong)


def _read_as(reading: Reading, told: Mapping[int, str]) -> Reading:
    """The reading as if the unknown assessments of these days had been these responses."""
    later = None if reading.later is None else _known(reading.later, told)
    return replace(reading, every=_known(reading.every, told), later=later)


def _known(row: Sequence[Assessment], told: Mapping[int, str]) -> list[Assessment]:
    made: list[Assessment] = []
    for one in row:
        made.append(one if one.response != UNKNOWN else Assessment(one.day, told[one.day]))
        if made[-1].response == "PD":
            break
    return made


def _same(one: Answer, other: Answer) -> bool:
    # whether the disease was controlled at a scan does not hang on which scan says so
    return one.value == other.value and (one.code.startswith("DCW") or one.day == other.day)


def _day(one: Assessment) -> int:
    return one.day
