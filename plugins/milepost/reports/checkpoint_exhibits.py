"""The tables and figures of one checkpoint, each with its title, what it counts and its receipt."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.courses import LAST_DAY, MOST_LINES, courses_figures, read_courses
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.exhibits import make_exhibit
from milepost.reports.inputs import ReportInputs
from milepost.reports.judged import Judged, keys
from milepost.reports.overdue import select_overdue
from milepost.reports.rates import GroupRate, is_evaluable, rate_figures
from milepost.reports.sample_days import MOST_DOTS, days_outside, sample_day_figures
from milepost.reports.state_exhibit import state_bar
from milepost.reports.waterfall import MOST_BARS, select_drawn, waterfall
from milepost.reports.who import Who


class CheckpointExhibits:
    """Makes the exhibits of one checkpoint from its verdicts."""

    def __init__(self, inputs: ReportInputs, say: CheckpointWords, rows: list[Judged], who: Who) -> None:
        self._inputs, self._say, self._rows, self._who = inputs, say, rows, who
        self._labs = f"LB ({say.short})"

    def states(self) -> Exhibit:
        """Everybody in one bar; the table stands below it."""
        return self._make(
            "states", f"Where {_everybody(len(self._rows))} {self._who.many} stand", keys(self._rows), "all enrolled",
            "Everybody is in exactly one state. Filled is final, outlined provisional, hatched cannot be judged.",
            state_bar(self._rows, self._say, self._who.many), "verdicts, DM, EX",
            "No patient is enrolled yet.",
        )  # fmt: skip

    def overdue(self) -> Exhibit:
        """Who is overdue, as a list."""
        say = self._say
        return self._make(
            "overdue", f"{say.short} overdue", keys(select_overdue(self._rows)), "overdue",
            f"Day {say.overdue_days} with no sample from days {say.window}; the most urgent first.", (),
            f"verdicts, {self._labs}", "Nobody is overdue.",
        )  # fmt: skip

    def waterfall(self) -> Exhibit:
        """The change of everybody who can be judged, or whose values are a range."""
        drawn = select_drawn(self._rows)
        return self._make(
            "waterfall", f"Change in {self._say.short}, {_one_by_one(self._who)}", keys(drawn),
            f"judged, or a range, on days {self._say.window}",
            "Values beyond the assay’s limits are kept as ranges and never replaced by a number."
            + _borderline(self._say), waterfall(drawn, self._say, self._who), f"verdicts, {self._labs}",
            "Nobody can be judged yet: no pair of a valid baseline and a sample in the window.",
        )  # fmt: skip

    def courses(self) -> Exhibit:
        """Everybody's course as a multiple of the own baseline."""
        say, inputs = self._say, self._inputs
        found = read_courses(self._rows, inputs.labs, inputs.lines, say.test, self._factors())
        return self._make(
            "courses", "The course behind the verdict", [course.row.key for course in found],
            "treated, with a baseline", _courses_sub(say, self._rows, len(found), self._who),
            courses_figures(found, say, self._who), f"{self._labs}, EX",
            "No treated patient has a result after baseline yet.",
        )  # fmt: skip

    def sample_day(self) -> Exhibit:
        """On which day everybody's sample was taken, inside the window and outside only."""
        say, (first, last) = self._say, self._say.rule.window
        sampled = [row for row in self._rows if row.day is not None]
        inside = [
            (row.day, row.subject)
            for row in sampled
            if row.day is not None and row.value is not None and first <= row.day <= last
        ]
        outside = days_outside(self._rows, self._inputs.labs, self._inputs.lines, say)
        beyond = [(day, key.split("|")[0]) for key, day in outside.items()]
        unit = f"One dot a {self._who.each}." if len(inside) <= MOST_DOTS else "One bar a day."
        return self._make(
            "sample-day", "On which day the sample was taken", [*keys(sampled), *sorted(outside)],
            "treated, with a sample",
            f"All patients pooled: a draw on day {say.rule.target_day} is asked of everybody. {unit}",
            sample_day_figures(inside, beyond, say, self._who), f"{self._labs}, EX",
        )  # fmt: skip

    def rates(self, groups: list[GroupRate]) -> Exhibit:
        """The response rate in groups that the protocol names."""
        return self._make(
            "rates", "Response rate in groups named beforehand", keys(r for r in self._rows if is_evaluable(r)),
            "evaluable", "Described, not tested: the groups are small and the intervals wide.",
            rate_figures(groups, self._say, self._who), "verdicts, DM", "No evaluable patient yet.",
        )  # fmt: skip

    def _make(
        self,
        name: str,
        title: str,
        rows: Iterable[str],
        population: str,
        sub: str,
        figures: tuple[Figure, ...],
        source: str,
        empty: str = "",
    ) -> Exhibit:
        rule = self._say.rule.id
        return make_exhibit(f"{rule}.{name}", title, sub, rows, source, rule, population, figures, empty)

    def _factors(self) -> dict[str, dict[str, Decimal]]:
        code = self._say.test.code
        return {site.id: site.factors.get(code, {}) for site in self._inputs.study.sites}


def _everybody(n: int) -> str:
    return f"all {words.count(n)}" if n > 1 else "all"


def _one_by_one(who: Who) -> str:
    return "each patient and line of therapy" if who.several else "patient by patient"


def list_title(n: int) -> str:
    """What the list behind the waterfall is called."""
    if n > MOST_BARS:
        return f"The {words.count(n)} values are in report.json, not on this page."
    return "The one value" if n == 1 else f"The {words.count(n)} values as a list"


def _borderline(say: CheckpointWords) -> str:
    near = say.rule.borderline_band_pct
    if near is None:
        return ""
    return (
        f" Shaded: a {say.do} of {words.amount(near[0])} to {words.amount(near[1])}{words.THIN}%, borderline."
    )


def _courses_sub(say: CheckpointWords, rows: list[Judged], drawn: int, who: Who) -> str:
    absent = sum(1 for row in rows if row.treated) - drawn
    many = drawn > MOST_LINES
    whose = "the own baseline of each patient and line" if who.several else "each patient’s own baseline"
    text = f"{say.short} as a multiple of {whose}; each gridline doubles. To day {LAST_DAY}."
    text += " Bands: the middle 80 and 50 %, with some single courses behind." if many else ""
    return text + (
        f" {words.count(absent)} treated without a baseline or a later result are not drawn."
        if absent
        else ""
    )
