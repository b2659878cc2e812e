"""Everything that is asked of one reading (one patient, line, criteria and reader), from its row of assessments.

Source: clinical specification section 6.4. Times are days since first dose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from milepost.core.confirmation import (
    CONTROL,
    STABLE,
    Assessment,
    Best,
    best_confirmed,
    best_unconfirmed,
    first_confirmed,
    first_response,
    has_partial_after_complete,
    start,
)
from milepost.core.disease_control import disease_control_at
from milepost.core.scan_schedule import disease_control_window, sd_minimum
from milepost.protocol import StudyProtocol
from milepost.protocol.endpoints import ResponseRules


@dataclass(frozen=True)
class Settings:
    """What the protocol fixes, read once: confirmation, minimum interval of SD, the scan of disease control."""

    rules: ResponseRules
    sd_min: int | None
    window: tuple[int, int, int] | None

    @classmethod
    def of(cls, protocol: StudyProtocol) -> Settings:
        return cls(protocol.response, sd_minimum(protocol), disease_control_window(protocol))


@dataclass(frozen=True)
class Reading:
    """The assessments up to the first progression, whatever therapy came between, and what else decides.

    later: the same with those made after the next line of therapy had begun, which only PD looks at (EMA style counts
    them); None: there are none. before: so many days before first dose the patient's time began (randomisation), which
    SD's minimum counts from.
    """

    every: Sequence[Assessment]
    cut_off: int
    new_therapy: int | None = None
    death: int | None = None
    measurable: bool | None = None
    before: int = 0
    later: Sequence[Assessment] | None = None

    @property
    def row(self) -> list[Assessment]:
        """The assessments on or before the start of another anticancer therapy."""
        return [one for one in self.every if self.new_therapy is None or one.day <= self.new_therapy]


@dataclass(frozen=True)
class Answer:
    """One parameter: its value, the day it is dated from, why, and the places of the assessments it rests on.

    places None: all of them (a "no" rests on everything that was seen). wrong: the rule by which a contradiction in the
    data leaves it without a value.
    """

    code: str
    value: str | None
    day: int | None = None
    reason: str | None = None
    places: tuple[int, ...] | None = None
    wrong: str | None = None


def answers(reading: Reading, settings: Settings) -> Iterator[Answer]:
    """The answers in the order of best_response.PARAMS."""
    every, row, rules = reading.every, reading.row, settings.rules
    sd_min = None if settings.sd_min is None else settings.sd_min - reading.before
    doubt = "NEW_THERAPY" if every and not row else None
    doubt = "PR_AFTER_CR" if has_partial_after_complete(row) else doubt
    yield _best("BOR", best_unconfirmed(row, sd_min), row, doubt)
    yield _best("CBOR", best_confirmed(row, sd_min, rules), row, doubt)
    first = first_response(row)
    yield _yes_from("RSP", row, () if first is None else (first,))
    yield _yes_from("CRSP", row, first_confirmed(row, sd_min, rules) or ())
    yield _yes_from("CB", row, _first_place(_is_control(one, sd_min) for one in row))
    confirmed = (start(place, row, sd_min, rules).response in CONTROL for place in range(len(row)))
    yield _yes_from("CCB", row, _first_place(confirmed))
    seen = every if reading.later is None else reading.later
    yield _yes_from("PD", seen, _first_place(one.response == "PD" for one in seen))
    yield _last(every)
    yield _measurable(reading.measurable)
    if settings.window is not None:
        yield _controlled(reading, settings.window)


def week_of(study_day: int) -> int:
    """The week a scheduled scan is named for: day 43 and day 42 are week 6."""
    return max(round(study_day / 7), 1)


def _best(code: str, best: Best, row: Sequence[Assessment], doubt: str | None) -> Answer:
    if best.at is None:
        return Answer(code, best.response, None, doubt or best.reason)
    places = (best.at,) if best.confirmed_by is None else (best.at, best.confirmed_by)
    reason = "NO_DISEASE" if best.response == "NED" else best.reason
    return Answer(code, best.response, row[best.at].day, doubt or reason, places)


def _yes_from(code: str, row: Sequence[Assessment], places: tuple[int, ...]) -> Answer:
    """Y, dated from the first of the places; N where there is none."""
    return Answer(code, "Y", row[places[0]].day, None, places) if places else Answer(code, "N")


def _first_place(found: Iterator[bool]) -> tuple[int, ...]:
    return next(((place,) for place, holds in enumerate(found) if holds), ())


def _is_control(one: Assessment, sd_min: int | None) -> bool:
    early = one.response in STABLE and (sd_min is None or one.day < sd_min)
    return one.response in CONTROL and not early


def _last(every: Sequence[Assessment]) -> Answer:
    for place in reversed(range(len(every))):
        if every[place].response != "NE":
            return Answer("LSTA", every[place].response, every[place].day, None, (place,))
    return Answer("LSTA", None, None, "NOT_EVALUABLE" if every else "NO_ASSESSMENT")


def _measurable(measurable: bool | None) -> Answer:
    if measurable is None:
        return Answer("MDIS", None, None, "NO_BASELINE", ())
    return Answer("MDIS", "Y" if measurable else "N", None, None, ())


def _controlled(reading: Reading, window: tuple[int, int, int]) -> Answer:
    found = disease_control_at(
        reading.every, window, cut_off=reading.cut_off, death=reading.death, new_therapy=reading.new_therapy
    )
    code = f"DCW{week_of(window[0])}"
    if found.at is None:
        return Answer(code, found.answer, None, found.reason)
    return Answer(code, found.answer, reading.every[found.at].day, found.reason, (found.at,))
