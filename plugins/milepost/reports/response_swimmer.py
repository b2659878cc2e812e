"""One bar a patient from the first dose on: time on treatment, response, progression, death, and who is still followed.

The open report tells the end of treatment to the whole week: the day itself may lie on a drug's own schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from milepost.reports.drawing import Mark, label, line, path, rect, round_step, scale, text_width
from milepost.reports.efficacy_panels import cross, diamond

MOST_PATIENTS = 60  # so few treated patients are all shown; of more only those with a response
MOST_ROWS = 40
ROW = 17.0
_KEY, _AXIS = 34.0, 44.0


@dataclass(frozen=True)
class Swimmer:
    """One patient, in days since first dose: end of treatment and of follow-up, first response, progression.

    end: how follow-up ended: `died`, `followed` (it goes on) or nothing. responded_on: for the order alone.
    """

    subject: str
    treated: int
    on_drug: bool
    followed: int
    end: str
    response: int | None
    progression: int | None
    responded_on: pd.Timestamp | None


def read_swimmers(
    adex: pd.DataFrame, adrs: pd.DataFrame, adtte: pd.DataFrame, adsl: pd.DataFrame, *, whole_weeks: bool
) -> list[Swimmer]:
    """Every treated patient with known dates, by subject. Rows of one line a patient, primary reader and criteria."""
    survival = adtte[adtte["PARAMCD"].eq("OS")].set_index("USUBJID")
    answers = {code: _days_of_yes(adrs, code) for code in ("RSP", "PD")}
    status = adsl.drop_duplicates("USUBJID").set_index("USUBJID")["EOSSTT"]
    found = []
    told = adex[adex["TRTSDT"].notna()].sort_values("USUBJID").drop_duplicates("USUBJID")
    for row in told[["USUBJID", "TRTSDT", "TRTEDT", "ONGOING"]].itertuples(index=False):
        subject, first = row.USUBJID, pd.Timestamp(row.TRTSDT)
        last = survival["ADT"].get(subject)
        if last is None or pd.isna(last) or pd.isna(row.TRTEDT):
            continue
        died = survival["CNSR"].get(subject) == 0
        treated = (pd.Timestamp(row.TRTEDT) - first).days + 1
        followed = max((pd.Timestamp(last) - first).days, 0)
        on_drug = row.ONGOING is True or row.ONGOING == "Y"
        end = "died" if died else "followed" if status.get(subject) == "ONGOING" else ""
        response, progression = ((answers[code].get(subject), code) for code in ("RSP", "PD"))
        days = [None if when is None else (when - first).days for when, _ in (response, progression)]
        shown = -(-treated // 7) * 7 if whole_weeks else treated
        found.append(
            Swimmer(
                str(subject),
                min(shown, max(followed, treated)),
                on_drug,
                followed,
                end,
                days[0],
                days[1],
                response[0],
            )
        )
    return found


def chosen(swimmers: Sequence[Swimmer]) -> tuple[list[Swimmer], bool]:
    """Those shown, longest followed on top, and whether they are everybody: all where they are few, else who responded.

    Of more responders than fit the latest to respond are shown.
    """
    everybody = len(swimmers) <= MOST_PATIENTS
    wanted = [one for one in swimmers if everybody or one.response is not None]
    if not everybody and len(wanted) > MOST_ROWS:
        latest = sorted(wanted, key=lambda one: (-_instant(one.responded_on), one.subject))
        wanted = latest[:MOST_ROWS]
    return sorted(wanted, key=lambda one: (-max(one.followed, one.treated), one.subject)), everybody


def swimmers_height(rows: int) -> float:
    """How tall the drawing is."""
    return _KEY + ROW * max(rows, 1) + _AXIS


def last_week(swimmers: Iterable[Swimmer]) -> int:
    """The end of the scale: whole steps of twelve weeks (six where all are shorter)."""
    longest = max((max(one.followed, one.treated) for one in swimmers), default=0) / 7
    step = 12 if longest > 24 else 6
    return max(step, -(-int(longest + 1) // step) * step)


def draw_swimmers(
    rows: Sequence[Swimmer], weeks: int, height: float
) -> Callable[[float, float, float, bool], Iterable[Mark]]:
    """The bars of these patients over so many weeks."""

    def draw(left: float, top: float, width: float, phone: bool) -> Iterable[Mark]:
        start = left + max((text_width(one.subject, 13) for one in rows), default=40.0) + 10
        x = scale(0, weeks * 7, start, left + width - 14)
        base = top + height - _AXIS
        yield from _key(left, top, phone)
        step = round_step(weeks / 6, 6) * 6
        for week in range(0, weeks + 1, step):
            yield line(x(week * 7), top + _KEY - 6, x(week * 7), base, "grid" if week else "axis")
            yield label(x(week * 7), base + 17, str(week), "tick", anchor="middle")
        yield label(start, base + 36, "weeks since first dose", "w-muted small")
        for i, one in enumerate(rows):
            yield from _row(one, x, start, left, top + _KEY + ROW * (i + 0.5))

    return draw


def _row(one: Swimmer, x: Callable[[float], float], start: float, left: float, y: float) -> Iterable[Mark]:
    yield label(left, y + 4.5, one.subject, "small", names=one.subject)
    yield rect(start, y - 4, max(x(one.treated) - start, 1.0), 8, "amount", subject=one.subject)
    end = max(one.followed, one.treated)
    if one.followed > one.treated:
        yield line(x(one.treated), y, x(one.followed), y, "lead-line")
    if one.response is not None:
        yield diamond(x(one.response), y, 5.2, "seg resp eff-mark")
    if one.progression is not None:
        yield rect(x(one.progression) - 4, y - 4, 8, 8, "seg non eff-mark")
    if one.end == "died":
        yield cross(x(one.followed), y, 4.2, "eff-cross")
    elif one.end == "followed":
        at = x(end) + 2
        yield path([(at, y - 4.2), (at + 7, y), (at, y + 4.2)], "ink", closed=True)


def _key(left: float, top: float, phone: bool) -> Iterable[Mark]:
    """What the marks mean; a phone has room for the four that are not plain."""
    y = top + 8.0
    at = left
    for text in ("first response", "progression", "died", "followed on", "on treatment", "off treatment")[
        : 4 if phone else 6
    ]:
        yield _sample(text, at, y)
        indent = 19 if text.endswith("treatment") else 13
        yield label(at + indent, y + 4, text, "small")
        at += indent + text_width(text, 12.4) + 9


def _sample(text: str, at: float, y: float) -> Mark:
    if text == "first response":
        return diamond(at + 5, y, 5.2, "seg resp")
    if text == "progression":
        return rect(at + 1, y - 4, 8, 8, "seg non")
    if text == "died":
        return cross(at + 5, y, 4.2, "eff-cross")
    if text == "followed on":
        return path([(at + 2, y - 4.2), (at + 9, y), (at + 2, y + 4.2)], "ink", closed=True)
    return (
        rect(at, y - 4, 14, 8, "amount") if text == "on treatment" else line(at, y, at + 14, y, "lead-line")
    )


def _days_of_yes(adrs: pd.DataFrame, code: str) -> dict[str, pd.Timestamp]:
    rows = adrs[adrs["PARAMCD"].eq(code) & adrs["AVALC"].eq("Y") & adrs["ADT"].notna()]
    return {subject: pd.Timestamp(when) for subject, when in zip(rows["USUBJID"], rows["ADT"], strict=True)}


def _instant(when: pd.Timestamp | None) -> int:
    return 0 if when is None else when.value
