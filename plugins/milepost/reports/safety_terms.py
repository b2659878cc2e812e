"""Adverse events by system organ class and preferred term: each patient once, at the worst grade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from milepost.core.event_counts import GRADES, SEVERE
from milepost.core.interest_groups import term_key
from milepost.reports import words
from milepost.reports.drawing import Exhibit
from milepost.reports.exhibits import make_exhibit
from milepost.reports.safety_numbers import SafetyNumbers
from milepost.reports.safety_set import SafetySet, event_ids
from milepost.reports.safety_terms_figure import GradedBar, term_figures
from milepost.reports.section import Cell, Row, Table, count_cell

MOST_DRAWN = 16
MOST_LISTED = 80
GRADED_HEAD = ("Any grade", "Grade 1", "2", "3", "4", "5", "not given", f"{SEVERE} or more")
_NO_TERM, _NO_CLASS = "Term not given", "Class not given"


@dataclass(frozen=True)
class Counted:
    """One term, class or group of interest, and the patients of each worst grade in each group.

    key: by which its spellings are compared. above: the key of the class a term is shown under.
    """

    key: str
    name: str
    above: str
    grades: tuple[dict[str, tuple[str, ...]], ...]

    def patients(self, place: int) -> tuple[str, ...]:
        """Those of one group who had it."""
        return tuple(sorted(who for ids in self.grades[place].values() for who in ids))

    def severe(self, place: int) -> tuple[str, ...]:
        """Those of them with grade 3 or more."""
        return tuple(sorted(who for grade in GRADES[SEVERE - 1 : 5] for who in self.grades[place][grade]))

    @property
    def order(self) -> tuple[int, int, str, str]:
        """Commonest first, of two as common the graver, then by name."""
        places = range(len(self.grades))
        return (
            -sum(len(self.patients(place)) for place in places),
            -sum(len(self.severe(place)) for place in places),
            self.name,
            self.key,
        )


def read_counted(safety: SafetySet, level: str) -> list[Counted]:
    """Every class (SOC) or term (TERM) of which a patient of the groups had an event, commonest first."""
    told = safety.told[safety.told["LEVEL"] == level]
    made = []
    for key, rows in told.groupby(level, sort=True):
        shown, above = (
            rows[name].iloc[0] for name in ("ATERM" if level == "TERM" else "AEBODSYS", "AEBODSYS")
        )
        name = shown if isinstance(shown, str) else (_NO_TERM if level == "TERM" else _NO_CLASS)
        made.append(
            Counted(str(key), name, term_key(above) if isinstance(above, str) else "", by_grade(safety, rows))
        )
    return sorted(made, key=lambda one: one.order)


def by_grade(safety: SafetySet, rows: pd.DataFrame) -> tuple[dict[str, tuple[str, ...]], ...]:
    """Of each group its patients by worst grade; rows as in `core.event_counts`, one a patient."""
    of: tuple[dict[str, list[str]], ...] = tuple({grade: [] for grade in GRADES} for _ in safety.groups)
    worst = rows[list(GRADES)].to_numpy().argmax(axis=1) if len(rows) else []
    for who, grade in zip(rows["USUBJID"], worst, strict=True):
        for place, group in enumerate(safety.groups):
            if who in group.group.subjects:
                of[place][GRADES[grade]].append(who)
    return tuple({grade: tuple(sorted(who)) for grade, who in own.items()} for own in of)


def terms_exhibit(numbers: SafetyNumbers, terms: list[Counted]) -> Exhibit:
    """The commonest terms as bars on either side of one line."""
    safety = numbers.safety
    drawn = terms[:MOST_DRAWN]
    title = f"The {words.count(MOST_DRAWN)} most frequent terms, at worst grade"
    if len(terms) <= MOST_DRAWN:
        title = "Terms at worst grade"
    names = numbers.names() if numbers.compared else ()
    figures = term_figures([_bars(one, numbers) for one in drawn], names)
    return make_exhibit(
        "ae.terms", title,
        "Grades 1 and 2 run left, 3 and more run right of one line. Hatched: no grade was given.",
        event_ids(_events_of(safety, drawn)), "ADAE, safety set", "adverse events: worst grade once a patient",
        "treatment-emergent events of these terms", figures, no_event(safety), definition="ae.worst",
    )  # fmt: skip


def _events_of(safety: SafetySet, terms: Iterable[Counted]) -> pd.DataFrame:
    """The counted rows of these terms."""
    wanted = {one.key for one in terms}
    events = safety.events
    keys = [term_key(term) if isinstance(term, str) else "" for term in events["ATERM"]]
    return events[pd.Series(keys, index=events.index, dtype=object).isin(wanted)]


def _bars(one: Counted, numbers: SafetyNumbers) -> tuple[str, tuple[GradedBar, ...]]:
    groups = numbers.safety.groups
    return one.name, tuple(
        GradedBar(tuple(len(one.grades[place][grade]) for grade in GRADES), group.n)
        for place, group in enumerate(groups)
    )


def no_event(safety: SafetySet) -> str:
    """What stands in place of an exhibit without events."""
    if not safety.n:
        return "Nobody has been treated yet."
    return f"No adverse event has been reported of {words.many(safety.n, 'treated patient')}."


def table_exhibit(numbers: SafetyNumbers, classes: list[Counted], terms: list[Counted]) -> Exhibit:
    """All classes with their terms below them, up to a bound; the rest is said."""
    safety = numbers.safety
    listed = terms[:MOST_LISTED]
    rows: list[Row] = []
    for one in classes:
        rows.append(Row(one.name, _all_cells(one, numbers), kind="sum"))
        enter_graded(numbers, one, f"ae.class.{_id(one)}")
        for term in (term for term in listed if term.above == one.key):
            rows.append(Row(term.name, _all_cells(term, numbers), level=1))
            enter_graded(numbers, term, f"ae.term.{_id(term)}")
    head = ("Class and term", *(GRADED_HEAD * len(safety.groups)))
    table = Table(head, tuple(rows), spans=numbers.spans(len(GRADED_HEAD)), wide=True,
                  more=_rest(terms[MOST_LISTED:], numbers))  # fmt: skip
    return make_exhibit(
        "ae.table", "Adverse events by class, term and worst grade",
        "Patients, once in each row at the worst grade.", event_ids(safety.events), "ADAE, safety set",
        "adverse events: worst grade once a patient", "treatment-emergent events", empty=no_event(safety),
        table=table if rows else None, definition="ae.worst",
    )  # fmt: skip


def _id(one: Counted) -> str:
    """The key as part of a number's id, different for different keys."""
    return one.key.replace("_", "__").replace(" ", "_") or "-"


def _rest(left: list[Counted], numbers: SafetyNumbers) -> str:
    if not left:
        return ""
    most = max(len(one.patients(place)) for one in left for place in range(len(one.grades)))
    each = f"none in more than {words.many(most, 'patient')}{' of a group' if numbers.compared else ''}"
    return f"{words.many(len(left), 'rarer term')} not listed, {each}: milepost derive adae."


def _all_cells(one: Counted, numbers: SafetyNumbers) -> tuple[Cell, ...]:
    places = range(len(numbers.safety.groups))
    return tuple(cell for place in places for cell in graded_cells(one, numbers, place))


def graded_cells(one: Counted, numbers: SafetyNumbers, place: int) -> tuple[Cell, ...]:
    """Any grade, each grade, grade missing, grade 3 or more, in one group of patients."""
    group = numbers.safety.groups[place]
    return (
        numbers.share(len(one.patients(place)), group),
        *(count_cell(len(one.grades[place][grade])) for grade in GRADES),
        numbers.share(len(one.severe(place)), group),
    )


def enter_graded(numbers: SafetyNumbers, one: Counted, id_: str) -> None:
    """Any grade and grade 3 or more always, single grades where there is anybody."""
    for place, group in enumerate(numbers.safety.groups):
        numbers.count(id_, group, one.name, one.patients(place), of=group.n)
        numbers.count(
            f"{id_}.grade3", group, f"{one.name}, grade {SEVERE} or more", one.severe(place), of=group.n
        )
        for grade in GRADES:
            ids = one.grades[place][grade]
            said = "grade not given" if grade == "GMISSING" else f"worst grade {grade[1:]}"
            if ids:
                part = "missing" if grade == "GMISSING" else grade[1:]
                numbers.count(f"{id_}.worst.{part}", group, f"{one.name}, {said}", ids, of=group.n)
