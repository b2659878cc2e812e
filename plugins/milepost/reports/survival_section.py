"""The section on survival: curves of survival and progression-free survival with everything estimated from them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from milepost.core.group_survival import EndpointEstimate, GroupEstimate
from milepost.reports import words
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.efficacy_estimates import ENDPOINTS, OTHER_STYLE, Efficacy
from milepost.reports.efficacy_numbers import GroupNumbers
from milepost.reports.efficacy_panels import Panel, panel_figures
from milepost.reports.efficacy_words import survival_text, time_text
from milepost.reports.exhibits import make_exhibit
from milepost.reports.ledger import Ledger
from milepost.reports.proportions import FEWEST_FOR_PERCENT
from milepost.reports.section import Section
from milepost.reports.survival_curves import DrawnCurve, curves_height, draw_curves
from milepost.reports.survival_tables import (
    Otherwise,
    censoring_table,
    estimates_table,
    otherwise_table,
)
from milepost.reports.survival_words import (
    curve_sub,
    left_out_lead,
    left_out_said,
    months_said,
    no_curve,
    reasons_said,
)

NAMES = {"OS": "Overall survival", "PFS": "Progression-free survival"}
EVENTS = {"OS": "died", "PFS": "progressed or died"}
_OTHER_NAMES = {
    "PFSEMA": "Missed scans and new therapy do not censor (EMA style)",
    "PFSFDA": "Missed scans and new therapy censor (FDA style)",
    "TTP": "Time to progression: death is no event",
}
_READERS = {"INVESTIGATOR": "Investigator", "INDEPENDENT ASSESSOR": "Independent assessor"}
GROUP_LOOKS = ("", "eff-b", "eff-c")


def build_survival(inputs: ClinicalInputs, ledger: Ledger, efficacy: Efficacy | None = None) -> Section:
    """Survival of all treated patients, or of the groups side by side in the same drawing."""
    found = efficacy or Efficacy(inputs)
    make = _Survival(inputs, found, GroupNumbers(inputs, ledger))
    make.enter()
    exhibits = [
        *(make.curves(code) for code in ENDPOINTS),
        make.estimates(),
        make.censoring(),
        make.otherwise(),
    ]
    exhibits = [one for one in exhibits if not (inputs.masked and one.unmasks)]
    pairs = [("survival.OS", "survival.PFS")]
    if not inputs.compared:
        pairs.append(("survival.censoring", "survival.otherwise"))
    return Section("survival", "Survival", make.lead(), tuple(exhibits), tuple(pairs))


class _Survival:
    """Makes the exhibits of one report."""

    def __init__(self, inputs: ClinicalInputs, found: Efficacy, numbers: GroupNumbers) -> None:
        self._inputs, self._found, self._numbers = inputs, found, numbers
        self._told = [(NAMES[code], found.endpoints[code]) for code in ENDPOINTS]
        self._others = self._counted_otherwise()

    def enter(self) -> None:
        """Every number of the section, once."""
        for code in ENDPOINTS:
            for one in self._found.endpoints[code].groups:
                self._enter(code, one)
        for other in self._others:
            for one in other.estimate.groups:
                name = f"Progression-free survival, {words.upper_first(other.name)}"
                self._numbers.count(
                    f"survival.{other.id}.events", one.group, f"{name}: events", one.had_event, of=one.curve.n
                )
                self._left_out(f"survival.{other.id}", one, name)
                self._numbers.count(
                    f"survival.{other.id}.unread", one.group, f"{name}: without a scan of this reader",
                    other.unread[one.group], of=len(self._found.groups[one.group]),
                )  # fmt: skip
                self._numbers.estimate(
                    f"survival.{other.id}.median",
                    one.group,
                    f"{name}: median",
                    one.median,
                    one.subjects,
                    "days",
                )

    def lead(self) -> tuple[str, str]:
        """How many have had each event, of how many; medians and follow-up."""
        survival, free = (self._found.endpoints[code] for code in ENDPOINTS)
        if not self._found.treated:
            return ("Nobody has been treated yet.", "")
        if not survival.n:
            return ("No survival time is known.", left_out_lead(self._told))
        if self._inputs.compared and not self._inputs.masked:
            parts = [
                f"{group.name}: {words.count(one.curve.n_events)} of {words.count(one.curve.n)} died"
                if one.curve.n
                else f"{group.name}: no patient"
                for group, one in zip(self._inputs.groups, survival.groups, strict=True)
            ]
            return (
                f"{'; '.join(parts)}.",
                f"{left_out_lead(self._told)} {self._medians(survival, 'survival')} "
                f"{self._medians(free, 'time without progression')}",
            )
        died, treated = sum(one.curve.n_events for one in survival.groups), survival.n
        progressed = sum(one.curve.n_events for one in free.groups)
        bold = (
            f"{words.count(died)} of {words.count(treated)} treated died; "
            f"{words.count(progressed)} progressed or died."
        )
        if self._inputs.compared:
            return (bold, f" {self._medians(survival, 'survival')}")
        one = survival.groups[0]
        if treated < FEWEST_FOR_PERCENT:
            return (bold, left_out_lead(self._told))
        return (
            bold,
            f"{left_out_lead(self._told)} {self._medians(survival, 'survival')} "
            f"{self._medians(free, 'time without progression')} Median follow-up {months_said(one.follow_up)}.",
        )

    def curves(self, code: str) -> Exhibit:
        """One endpoint's curves."""
        estimate = self._found.endpoints[code]
        return self._make(
            code, NAMES[code], curve_sub(self._inputs, estimate), estimate, self._figures(code, estimate),
            empty=no_curve(estimate.n, len(self._found.treated)), definition="survival",
        )  # fmt: skip

    def estimates(self) -> Exhibit:
        """The table beside the curves."""
        survival = self._found.endpoints["OS"]
        rows = self._found.adtte[self._found.adtte["PARAMCD"].eq("OS") & self._found.adtte["GAPFL"].eq("Y")]
        unseen = [
            int(rows["USUBJID"].isin(list(self._found.groups[g.id])).sum()) for g in self._inputs.groups
        ]
        for group in self._inputs.groups:
            seen_long_ago = rows.loc[rows["USUBJID"].isin(list(self._found.groups[group.id])), "USUBJID"]
            self._numbers.count(
                "survival.unseen", group.id, "alive as far as known and not seen for long", seen_long_ago
            )
        table = estimates_table(self._inputs, self._told, unseen) if self._found.treated else None
        return self._make(
            "estimates", "What the curves say", "Numbers under the two curves above, from the same estimates.",
            survival, table=table, notes=reasons_said(self._told), empty="No patient has been treated yet.",
            definition="curve",
        )  # fmt: skip

    def censoring(self) -> Exhibit:
        """Why times are censored."""
        counts = [self._reasons(code) for code in ENDPOINTS]
        survival = self._found.endpoints["OS"]
        return self._make(
            "censoring", "How the times end", "Each patient has one end for each of the two.",
            survival, table=censoring_table(self._inputs, self._told, counts) if self._found.treated else None,
            empty="No patient has been treated yet.", unmasks=True,
        )  # fmt: skip

    def otherwise(self) -> Exhibit:
        """Progression-free survival by the other rules and the other readings."""
        free = self._found.endpoints["PFS"]
        return self._make(
            "otherwise", "Progression-free survival counted otherwise",
            "Declared beforehand; the first line is the result, the others show what hangs on rule and reader.",
            free, table=otherwise_table(self._inputs, self._others) if self._found.treated else None,
            notes=() if self._inputs.masked else self._left_out_notes(),
            empty="No patient has been treated yet.",
        )  # fmt: skip

    def _left_out_notes(self) -> tuple[str, ...]:
        """For each way to count, who is in none of its numbers."""
        said = [
            left_out_said(
                other.name, sum(len(one.held) for one in other.estimate.groups), sum(map(len, other.unread.values()))
            )
            for other in self._others
        ]  # fmt: skip
        text = " ".join(sentence for sentence in said if sentence)
        return (text,) if text else ()

    def _counted_otherwise(self) -> list[Otherwise]:
        free, style = self._found.endpoints["PFS"], self._inputs.protocol.time_to_event.pfs
        other = OTHER_STYLE[style]
        told = [
            self._otherwise("PFS.declared", f"As declared ({style} style)", free),
            self._otherwise(other, _OTHER_NAMES[other], self._found.endpoint(other)),
            self._otherwise("TTP", _OTHER_NAMES["TTP"], self._found.endpoint("TTP")),
        ]
        for reading in self._found.readings:
            if not reading.primary:
                id_ = f"PFS.{'-'.join((reading.reader, reading.criteria)).lower().replace(' ', '-')}"
                name = f"{_READERS.get(reading.reader, reading.reader.capitalize())}, {reading.criteria}"
                told.append(
                    self._otherwise(id_, name, self._found.endpoint("PFS", reading.reader, reading.criteria))
                )
        return told

    def _otherwise(self, id_: str, name: str, estimate: EndpointEstimate) -> Otherwise:
        unread = {
            one.group: tuple(sorted(self._found.groups[one.group] - {*one.subjects, *one.held}))
            for one in estimate.groups
        }
        return Otherwise(id_, name, estimate, unread)

    def _left_out(self, id_: str, one: GroupEstimate, text: str) -> None:
        self._numbers.count(
            f"{id_}.left_out", one.group, f"{text}: without a value, as their data contradict themselves", one.held,
            of=len(self._found.groups[one.group]),
        )  # fmt: skip

    def _reasons(self, code: str) -> pd.Series:
        """Patients by group and CNSR; entered as they are counted."""
        rows = self._found.adtte
        rows = rows[rows["PARAMCD"].eq(code) & rows["ANL01FL"].eq("Y") & rows["CNSR"].notna()]
        counts = {}
        for group in self._inputs.groups:
            own = rows[rows["USUBJID"].isin(list(self._found.groups[group.id]))]
            for reason, found in own.groupby(own["CNSR"].astype(int), sort=True):
                counts[group.id, int(reason)] = len(found)
                if reason:
                    self._numbers.count(
                        f"survival.{code}.censored.{reason}", group.id, f"{NAMES[code]}: censored, reason {reason}",
                        found["USUBJID"], of=len(own),
                    )  # fmt: skip
        return pd.Series(counts, dtype="int64")

    def _enter(self, code: str, one: GroupEstimate) -> None:
        rules, say, id_ = self._inputs.protocol.analysis, NAMES[code], f"survival.{code}"
        numbers, group, who = self._numbers, one.group, one.subjects
        numbers.count(f"{id_}.patients", group, f"{say}: patients", who)
        self._left_out(id_, one, say)
        numbers.count(
            f"{id_}.events", group, f"{say}: {EVENTS[code]}", one.had_event, of=one.curve.n, followed=True
        )
        numbers.estimate(f"{id_}.median", group, f"{say}: median", one.median, who, "days")
        for share, quartile in zip((25, 75), one.quartiles, strict=True):
            numbers.estimate(
                f"{id_}.quartile.{share}", group, f"{say}: {share} % had the event by", quartile, who, "days"
            )
        for month, rate in zip(rules.rate_months, one.rates, strict=True):
            numbers.estimate(
                f"{id_}.rate.{month}",
                group,
                f"{say}: share without the event at {month} months",
                rate.estimate,
                who,
            )
        numbers.estimate(
            f"{id_}.mean.{rules.mean_months}", group, f"{say}: restricted mean", one.mean, who, "days"
        )
        numbers.estimate(f"{id_}.follow_up", group, f"{say}: median follow-up", one.follow_up, who, "days")

    def _figures(self, code: str, estimate: EndpointEstimate) -> tuple[Figure, ...]:
        if estimate.n < FEWEST_FOR_PERCENT:
            return ()
        drawn = [
            DrawnCurve(group.name, look, one.curve, one.median, one.axis)
            for group, one, look in zip(self._inputs.groups, estimate.groups, GROUP_LOOKS, strict=False)
        ]
        counted = not self._inputs.masked
        panel = Panel("", draw_curves(drawn, estimate.axis, counted=counted))
        height = curves_height(len(drawn), counted=counted)
        return panel_figures([panel], self._spoken(code, estimate), height)

    def _spoken(self, code: str, estimate: EndpointEstimate) -> str:
        parts = []
        for group, one in zip(self._inputs.groups, estimate.groups, strict=True):
            whose = f"{group.name}: " if self._inputs.compared else ""
            counts = "" if self._inputs.masked else (
                f"{words.many(one.curve.n, 'patient')}, {words.many(one.curve.n_events, 'event')}; "
            )  # fmt: skip
            rates = ", ".join(
                f"{survival_text(rate)} at {month} months"
                for month, rate in zip(self._inputs.protocol.analysis.rate_months, one.rates, strict=True)
            )
            parts.append(f"{whose}{counts}median {time_text(one.median)} months; without the event {rates}")
        return f"{NAMES[code]}, Kaplan-Meier curve. {'. '.join(parts)}."

    def _medians(self, estimate: EndpointEstimate, of: str) -> str:
        if not self._inputs.compared:
            return f"Median {of} {months_said(estimate.groups[0].median)}."
        parts = [
            f"{group.name} {time_text(one.median)}"
            for group, one in zip(self._inputs.groups, estimate.groups, strict=True)
        ]
        return f"Median {of}, months: {', '.join(parts)}."

    def _make(
        self,
        id_: str,
        title: str,
        sub: str,
        estimate: EndpointEstimate,
        figures: tuple[Figure, ...] = (),
        **more: object,
    ) -> Exhibit:
        rows: Iterable[str] = [subject for one in estimate.groups for subject in (*one.subjects, *one.held)]
        return make_exhibit(
            f"survival.{id_}", title, sub, rows, "ADTTE", "time_to_event", "treated", figures, **more,  # type: ignore[arg-type]
        )  # fmt: skip
