"""The two groups against each other: closed report only. Adjusted and unadjusted results stand side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from milepost.core.group_response import Share, SharesCompared, compare_shares
from milepost.core.group_survival import EndpointComparison
from milepost.core.survival_estimate import SurvivalEstimate
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.comparison_numbers import enter_comparison
from milepost.reports.comparison_tables import balance_figures, balance_table, rates_table, tests_table
from milepost.reports.drawing import WIDE, Exhibit, Figure
from milepost.reports.efficacy_estimates import ENDPOINTS, Efficacy
from milepost.reports.efficacy_numbers import GroupNumbers
from milepost.reports.efficacy_words import lower_first, p_number, ratio_said, ratio_text
from milepost.reports.exhibits import make_exhibit
from milepost.reports.forest_figure import count_words, forest_figures
from milepost.reports.interval_rows import IntervalRow, interval_figures, ratio_axis, ratio_row
from milepost.reports.ledger import Ledger
from milepost.reports.section import Section

_NOBODY = "No patient has been treated yet."
NAMES = {"OS": "Overall survival", "PFS": "Progression-free survival"}
RATES = (
    ("orr", "Response rate", "best", "response"),
    ("orr.confirmed", "Response rate, confirmed", "confirmed", "response"),
    ("dcr", "Disease control rate", "best", "control"),
)  # fmt: skip


def build_comparison(inputs: ClinicalInputs, ledger: Ledger, efficacy: Efficacy | None = None) -> Section:
    """The groups compared. Raises AssertionError where the report does not compare: it has no such section."""
    assert inputs.compared, "groups are compared in the closed report alone"
    found = efficacy or Efficacy(inputs)
    make = _Comparison(inputs, found)
    enter_comparison(inputs, GroupNumbers(inputs, ledger), found, make.rates)
    exhibits = [
        make.ratios(),
        make.tests(),
        make.response(),
        *(make.forest(code) for code in ENDPOINTS),
        *make.balance(),
    ]
    reference, comparison = inputs.groups[:2]
    kept = {one.id for one in exhibits}
    pairs = (("comparison.balance", "comparison.balance-table"),)
    return Section(
        "comparison", f"{comparison.name} against {reference.name}", make.lead(), tuple(exhibits),
        tuple(pair for pair in pairs if kept.issuperset(pair)),
    )  # fmt: skip


def comparison_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """How the groups are compared. Empty in a report that does not compare."""
    if not inputs.compared:
        return ()
    rules = inputs.protocol.analysis
    reference, comparison = inputs.groups[:2]
    weighted = "" if rules.randomised else (
        " The arms were not drawn by lot: weighted, each patient stands for all who had the same chance of the arm "
        "given the factors (stabilised inverse probability, robust variance). What was not measured is not balanced."
    )  # fmt: skip
    return (
        ("ratio", "Hazard ratio",
         f"By Cox’s model with Efron’s ties, {comparison.name} against {reference.name}: below 1 the event comes later "
         f"in {comparison.name}. Stratified: each stratum has its own course. Adjusted: beside the factors in one "
         f"model.{weighted} A group without events has no finite ratio: “not estimable”."),
        ("forest", "Subgroups",
         f"Named beforehand. No ratio where either group has under {rules.subgroup_events} events. An effect in one "
         "subgroup and not in another means nothing by itself: only whether the effects differ is tested, and only at "
         "the looks the protocol names."),
        ("balance", "Standardised difference",
         "Difference of two shares or means over their common standard deviation; below 0.1 counts as balanced."),
    )  # fmt: skip


class _Comparison:
    """Makes the exhibits."""

    def __init__(self, inputs: ClinicalInputs, found: Efficacy) -> None:
        self._inputs, self._found, self._rules = inputs, found, inputs.protocol.analysis
        self._labels = {factor.id: factor.label for factor in self._rules.factors}
        self._reference, self._comparison = found.compared
        primary = found.readings[0]
        self.rates: list[tuple[str, str, Share, Share, SharesCompared]] = []
        for id_, name, kind, pick in RATES:
            ours, theirs = (
                getattr(getattr(primary, kind)[group], pick) for group in (self._comparison, self._reference)
            )
            self.rates.append((id_, name, ours, theirs, compare_shares(ours, theirs)))

    def lead(self) -> tuple[str, str]:
        """The ratios, unadjusted and weighted; whether anything is tested."""
        if not self._found.treated:
            return ("Nobody has been treated yet.", "")
        told = [
            (text, self._found.comparisons[code])
            for code, text in (("OS", "death"), ("PFS", "progression or death"))
        ]
        tested = (
            " Tests are shown: the protocol names a look at this cut-off." if self._inputs.tested
            else " Nothing is tested: the protocol names no look at this cut-off."
        )  # fmt: skip
        if all(one.unadjusted.value is None for _, one in told):
            return (f"No hazard ratio yet: {told[0][1].unadjusted.reason}.", tested)
        parts = [f"{text} {self._pair(one)}" for text, one in told]
        return (f"Hazard ratio for {parts[0]}; for {parts[1]}.", tested)

    def ratios(self) -> Exhibit:
        """Every estimate of the hazard ratio."""
        rows: list[IntervalRow] = []
        for code in ENDPOINTS:
            one = self._found.comparisons[code]
            counts = () if self._inputs.masked else count_words(one.subgroups.overall)
            rows.append(IntervalRow(NAMES[code], kind="group"))
            for name, estimate in self._estimates(one):
                first = name == "Unadjusted"
                p = p_number(estimate.p) if self._inputs.tested and estimate.p is not None else ""
                blank = ("",) * len(counts)
                rows.append(
                    ratio_row(
                        name,
                        estimate,
                        ratio_text(estimate),
                        counts=counts if first else blank,
                        after=p,
                        kind="all" if first else "",
                    )
                )
        reference, comparison = self._inputs.groups[:2]
        figures: tuple[Figure, ...] = ()
        if self._found.treated:
            axis = ratio_axis(
                [row for row in rows if row.kind != "group"],
                f"hazard ratio, {comparison.name} against {reference.name}, 95 % interval",
                f"later in {comparison.name}", f"later in {reference.name}",
            )  # fmt: skip
            spoken = "; ".join(f"{row.name} {row.shown}".strip() for row in rows)
            figures = interval_figures(
                rows, axis, f"Hazard ratios of both groups. {spoken}.", width=WIDE, name=330, shown=170,
                heads=() if self._inputs.masked else (comparison.name, reference.name), shown_head="hazard ratio",
                after_head="p" if self._inputs.tested else "",
            )  # fmt: skip
        counts_words = "" if self._inputs.masked else "Events of patients beside each. "
        return self._make(
            "ratios", "Hazard ratios, unadjusted and adjusted",
            f"{counts_words}One question, answered in each way declared.", "ADTTE, ADSL, DM", figures, empty=_NOBODY,
            definition="ratio", notes=self._reasons(),
        )  # fmt: skip

    def tests(self) -> Exhibit:
        """Difference of means, and the tests where they may be shown."""
        told = [(NAMES[code], self._found.comparisons[code]) for code in ENDPOINTS]
        strata = self._listed("stratified by", self._rules.stratify_by, ", ")
        title = "Means and tests" if self._inputs.tested else "Means"
        sub = "In months of 30.4375 days." + (
            "" if self._inputs.tested else " No test between the looks of the protocol."
        )
        table = tests_table(self._inputs, told, strata) if self._found.treated else None
        return self._make(
            "tests",
            title,
            sub,
            "ADTTE",
            table=table,
            empty=_NOBODY,
            definition="curve",
        )

    def response(self) -> Exhibit:
        """Rates of both groups and their difference."""
        told = [(name, ours, theirs, compared) for _, name, ours, theirs, compared in self.rates]
        table = rates_table(self._inputs, told) if self._found.treated else None
        return self._make(
            "response", "Response and disease control",
            "By the primary reader and criteria, of patients with measurable disease.", "ADRS", table=table,
            empty=_NOBODY, definition="response",
        )  # fmt: skip

    def forest(self, code: str) -> Exhibit:
        """One endpoint by subgroup."""
        one = self._found.comparisons[code]
        figures = forest_figures(self._inputs, one.subgroups, self._labels, NAMES[code])
        return self._make(
            f"forest.{code}", f"{NAMES[code]} by subgroup",
            f"Unadjusted; a ratio needs {self._rules.subgroup_events} events in each group.",
            "ADTTE, ADSL, DM, verdicts", figures, empty=_NOBODY, definition="forest",
        )  # fmt: skip

    def balance(self) -> list[Exhibit]:
        """How alike the groups are before and after weighting; nothing where patients were randomised."""
        weighting = self._found.weighting
        if weighting is None:
            return []
        propensity = weighting.propensity
        notes = []
        if propensity.note:
            notes.append(f"{words.upper_first(propensity.note)}.")
        if propensity.left_out:
            notes.append(f"{words.many(propensity.left_out, 'patient')} without a factor left out.")
        if propensity.effective and not self._inputs.masked:
            theirs, ours = (round(n) for n in propensity.effective)
            reference, comparison = self._inputs.groups[:2]
            notes.append(
                f"The weights leave the information of {ours} patients in {comparison.name} and of {theirs} in "
                f"{reference.name}."
            )
        empty = f"No weights: {propensity.reason}." if propensity.reason else ""
        table = balance_table(self._inputs, weighting, self._labels) if propensity.balance else None
        return [
            self._make(
                "balance", "How alike the groups are", "Dashed: 0.1, below it a factor counts as balanced.",
                "ADSL, DM, verdicts", balance_figures(weighting, self._labels), empty=empty, definition="balance",
                notes=tuple(notes),
            ),
            self._make(
                "balance-table", "The same in numbers",
                "Share of each group unweighted; standardised differences without sign.",
                "ADSL, DM, verdicts", table=table, empty=empty,
            ),
        ]  # fmt: skip

    def _pair(self, one: EndpointComparison) -> str:
        if one.weighted is None:
            return ratio_said(one.unadjusted)
        return f"{ratio_said(one.unadjusted)} unadjusted, {ratio_said(one.weighted)} weighted"

    def _estimates(self, one: EndpointComparison) -> list[tuple[str, SurvivalEstimate]]:
        told = [("Unadjusted", one.unadjusted)]
        if self._rules.stratify_by:
            told.append((f"Stratified by {self._names(self._rules.stratify_by)}", one.stratified))
        if self._rules.adjust_for:
            told.append((f"Adjusted for {words.many(len(self._rules.adjust_for), 'factor')}", one.adjusted))
        if one.weighted is not None:
            told.append((f"Weighted by {words.many(len(self._rules.adjust_for), 'factor')}", one.weighted))
        return told

    def _reasons(self) -> tuple[str, ...]:
        """The factors adjusted for, and why an estimate is missing."""
        notes = []
        if self._rules.adjust_for:
            notes.append(f"Factors: {self._names(self._rules.adjust_for)}.")
        missing = sorted({
            f"{NAMES[code]}, {name[:1].lower()}{name[1:]}: {estimate.reason}."
            for code in ENDPOINTS for name, estimate in self._estimates(self._found.comparisons[code])
            if estimate.value is None and estimate.reason
        })  # fmt: skip
        return (*notes, *missing) if self._found.treated else ()

    def _names(self, ids: Iterable[str]) -> str:
        return words.listed([lower_first(self._labels[id_]) for id_ in ids])

    def _listed(self, before: str, ids: tuple[str, ...], start: str) -> str:
        return f"{start}{before} {self._names(ids)}" if ids else ""

    def _make(
        self, name: str, title: str, sub: str, source: str, figures: tuple[Figure, ...] = (), **more: Any
    ) -> Exhibit:
        return make_exhibit(
            f"comparison.{name}",
            title,
            sub,
            self._found.treated,
            source,
            "analysis",
            "treated",
            figures,
            **more,
        )
