"""Where everybody stands at a checkpoint: one bar of all patients, and states by baseline band."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from milepost.reports import words
from milepost.reports.callouts import Callout, callout_marks
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.drawing import PHONE, WIDE, Figure, Mark, label, rect, scale, text_width
from milepost.reports.judged import NON_RESPONSE, RESPONSE, Judged

_ALWAYS = ("NO_BASELINE", "BASELINE_BELOW_MIN", "CENSORED", "SAMPLE_UNUSABLE")


@dataclass(frozen=True)
class StateRow:
    """One row of the table: its words, a cell a band (None = impossible), the total, and what happens next."""

    id: str
    label: str
    kind: str
    cells: tuple[int | None, ...]
    total: int
    following: str
    definition: str = ""


@dataclass(frozen=True)
class StateGroup:
    """Rows that share a heading."""

    title: str
    rows: tuple[StateRow, ...]


@dataclass(frozen=True)
class StateTable:
    """The table: band headings, groups of rows, and the line of totals."""

    bands: tuple[str, ...]
    unit: str
    groups: tuple[StateGroup, ...]
    totals: tuple[int, ...]
    total: int

    @property
    def columns(self) -> int:
        """How many columns the table has: state, bands, all, and what happens next."""
        return len(self.bands) + 3


def state_table(rows: list[Judged], say: CheckpointWords) -> StateTable:
    """States by baseline band; the last column holds patients without a baseline in any band. Adds up to all."""
    width = len(say.bands)
    made = _RowMaker(rows, say, width)
    judged = [
        made.row("RESPONDER", "final", "responder"),
        made.row("NON_RESPONDER", "final; medical monitor acknowledges", "responder"),
        made.row("PROVISIONAL_RESPONDER", say_when_final(say), "responder"),
        made.row("PROVISIONAL_NON_RESPONDER", say_when_final(say), "responder"),
    ]
    reasons = Counter(row.reason for row in rows if row.state == "NOT_EVALUABLE")
    shown = [r for r in _ALWAYS if r != "BASELINE_BELOW_MIN" or say.rule.min_baseline is not None]
    shown += sorted({reason or "" for reason in reasons} - set(shown))
    cannot = [made.reason(reason) for reason in shown]
    if any(row.state == "DATA_ERROR" for row in rows):
        cannot.append(made.row("DATA_ERROR", "query sent: which date is right?"))
    owed = [
        made.row("OVERDUE", f"day {say.overdue_days}: result, or “not drawn”", "window"),
        made.row("MISSED", made.split("MISSED"), "window"),
    ]
    never = [
        made.row("WINDOW_OPEN", _window_words(rows, say), "window"),
        made.row("NOT_DUE", f"window opens on day {say.rule.window[0]}"),
        made.row("NOT_STARTED", made.split("NOT_STARTED")),
        made.row("NOT_REACHED", made.split("NOT_REACHED")),
    ]
    places = [row.band if row.band is not None else width for row in rows]
    return StateTable(
        bands=(*say.bands, "none"),
        unit=say.test.unit,
        groups=(
            StateGroup("Judged", tuple(judged)),
            StateGroup("Cannot be judged", tuple(cannot)),
            StateGroup("Owed by a site, or lost", tuple(owed)),
            StateGroup("Not there yet, or never", tuple(never)),
        ),
        totals=tuple(places.count(band) for band in range(width + 1)),
        total=len(rows),
    )


def say_when_final(say: CheckpointWords) -> str:
    """When a provisional verdict becomes final."""
    return f"final after day {say.rule.last_provisional_day}, or when a nearer sample is in"


def _window_words(rows: list[Judged], say: CheckpointWords) -> str:
    due = sum(1 for r in rows if r.state == "WINDOW_OPEN" and (r.today or 0) >= say.rule.target_day)
    return (
        f"day {say.window}, {due} past the target day {say.rule.target_day}" if due else f"day {say.window}"
    )


class _RowMaker:
    def __init__(self, rows: list[Judged], say: CheckpointWords, width: int) -> None:
        self.rows, self.say, self.width = rows, say, width

    def row(self, state: str, following: str, definition: str = "") -> StateRow:
        name, kind = STATE_WORDS[state]
        judged = state in RESPONSE + NON_RESPONSE
        chosen = [row for row in self.rows if row.state == state]
        return self._make(state, name, kind, chosen, following, definition, judged)

    def reason(self, reason: str) -> StateRow:
        name, following = self.say.reason(reason)
        chosen = [r for r in self.rows if r.state == "NOT_EVALUABLE" and (r.reason or "") == reason]
        definition = {"CENSORED": "range", "BASELINE_BELOW_MIN": "baseline", "NO_BASELINE": "baseline"}.get(
            reason, ""
        )
        return self._make(f"NOT_EVALUABLE.{reason}", name, "hatch", chosen, following, definition, False)

    def split(self, state: str) -> str:
        """The sub-reasons of a state with their counts, most frequent first; what follows where there are none."""
        counted = Counter(self.say.sub_reason(row) for row in self.rows if row.state == state)
        parts = [
            f"{count} {reason}" for reason, count in sorted(counted.items(), key=lambda kv: (-kv[1], kv[0]))
        ]
        return ", ".join(parts) if parts else "stays"

    def _make(
        self,
        id_: str,
        name: str,
        kind: str,
        chosen: list[Judged],
        following: str,
        definition: str,
        judged: bool,
    ) -> StateRow:
        places = [row.band if row.band is not None else self.width for row in chosen]
        cells: list[int | None] = [places.count(band) for band in range(self.width + 1)]
        can: Callable[[int], bool] = _possible(id_, judged, self.say, self.width)
        cells = [n if n or can(band) else None for band, n in enumerate(cells)]
        return StateRow(id_, name, kind, tuple(cells), len(chosen), following, definition)


def _possible(id_: str, judged: bool, say: CheckpointWords, width: int) -> Callable[[int], bool]:
    """Which bands a state can have patients in: 0 there is news, a dash is logic."""
    if judged or id_.endswith(".CENSORED"):
        return lambda band: say.possible(band if band < width else None)
    if id_.endswith(".BASELINE_BELOW_MIN"):
        least = say.rule.min_baseline
        return lambda band: (
            band < width and least is not None and (band == 0 or say.rule.bands[band - 1] < least)
        )
    if id_.endswith(".NO_BASELINE") or id_ == "NOT_STARTED":
        return lambda band: band == width
    return lambda band: True


def state_bar(rows: list[Judged], say: CheckpointWords, who: str) -> tuple[Figure, ...]:
    """All patients in one bar, wide; one bar a state on a phone. No figure without patients."""
    counted = Counter(row.state for row in rows)
    parts = [(state, counted[state]) for state in STATE_WORDS if counted[state]]
    if not parts:
        return ()
    spoken = ", ".join(f"{n} {STATE_WORDS[state][0].lower()}" for state, n in parts)
    sentence = f"Where all {len(rows)} {who} stand at {say.rule.label}: {spoken}."
    return (_wide_bar(parts, len(rows), sentence), _phone_bars(parts, sentence))


def _wide_bar(parts: list[tuple[str, int]], total: int, sentence: str) -> Figure:
    """Words above where their segment is wide enough, else below it at a leader."""
    gap, top, tall = 2.0, 24.0, 24.0
    width = scale(0, total, 0, WIDE - gap * (len(parts) - 1))
    marks: list[Mark] = []
    below: list[Callout] = []
    x = 0.0
    for state, n in parts:
        name, kind = STATE_WORDS[state]
        wide = max(width(n), 1.0)
        inset = 0.75 if kind.endswith("-prov") else 0.0
        marks.append(
            rect(x + inset, top + inset, max(wide - 2 * inset, 0.5), tall - 2 * inset, f"seg {kind}")
        )
        if text_width(f"{words.count(n)} {name}") <= wide:
            marks.append(label(x, top - 8, f" {name.lower()}", bold=words.count(n)))
        else:
            below.append(Callout(min(x + wide / 2, WIDE - 0.5), words.count(n), name.lower()))
        x += wide + gap
    drawn, depth = callout_marks(below, WIDE, top + tall)
    return Figure(WIDE, int(depth), sentence, (*marks, *drawn))


def _phone_bars(parts: list[tuple[str, int]], sentence: str) -> Figure:
    start, tall = 148.0, 22.0
    width = scale(0, max(n for _, n in parts), 0, PHONE - start - 46)
    marks: list[Mark] = []
    for i, (state, n) in enumerate(parts):
        name, kind = STATE_WORDS[state]
        y = 2 + i * tall
        short = name.replace("Provisional non", "Prov. non").replace(
            "Data contradict each other", "Data contradict"
        )
        marks.append(label(start - 8, y + 13, short, "small", anchor="end"))
        marks.append(rect(start, y + 2, max(width(n), 1.0), tall - 8, f"seg {kind}"))
        marks.append(label(start + max(width(n), 1.0) + 6, y + 13, "", bold=words.count(n)))
    return Figure(PHONE, int(tall * len(parts)) + 4, sentence, tuple(marks), "phone")
