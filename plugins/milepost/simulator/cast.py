"""The characters of the last nights: patients whose course is written, so that the final mornings have news.

Days are study days; `end` is the study's last night. What each must have become by then stands in `ends_as`,
typed by hand: an acceptance test of the whole path compares with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Character:
    """One written course: AFP draws as (study day, fraction of the baseline), and the verdict on the last night."""

    name: str
    site: str
    arm: str
    first_dose: dt.date
    afp: float
    ratio: float
    draws: tuple[tuple[int, float], ...]
    ends_as: str
    reason: str | None = None
    baseline: bool = True


def characters(end: dt.date) -> tuple[Character, ...]:
    """The written courses of a study whose last night is `end`."""

    def dosed(study_day: int, nights_before: int) -> dt.date:
        """First dose of a patient who reaches this study day so many nights before the end."""
        return end - dt.timedelta(days=nights_before + study_day - 1)

    return (
        Character("no response on day 29", "S01", "SOR", dosed(29, 5), 850.0, 1.30, ((29, 1.30),), "NON_RESPONDER"),
        Character(
            "no response on day 26, provisional", "S04", "ANL", dosed(26, 5), 2400.0, 1.10, ((26, 1.10),),
            "PROVISIONAL_NON_RESPONDER",
        ),
        Character(
            "no response on day 22, then a response on day 29", "S05", "ANL", dosed(29, 3), 640.0, 0.50,
            ((22, 0.92), (29, 0.50)), "RESPONDER",
        ),
        Character("sample overdue", "S02", "SOR", dosed(37, 2), 310.0, 1.0, (), "OVERDUE"),
        Character("sample missed", "S03", "SOR", dosed(44, 1), 95.0, 1.0, (), "MISSED"),
        Character(
            "response corrected to no response", "S01", "ANL", dosed(29, 20), 1500.0, 0.60, ((29, 0.60),),
            "NON_RESPONDER",
        ),
        Character(
            "response on day 30, provisional", "S06", "ANL", dosed(30, 5), 720.0, 0.42, ((30, 0.42),),
            "PROVISIONAL_RESPONDER",
        ),
        Character("no baseline", "S04", "SOR", dosed(10, 0), 500.0, 1.0, (), "NOT_DUE", baseline=False),
        Character("result withdrawn", "S01", "SOR", dosed(29, 12), 980.0, 1.20, ((29, 1.20),), "OVERDUE"),
    )  # fmt: skip
