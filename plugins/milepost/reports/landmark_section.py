"""The section on one checkpoint's response and outcome: the question of the study, answered at every cut-off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from milepost.core.disease_control_model import DiseaseControlModel
from milepost.core.group_landmark import GroupLandmark
from milepost.core.landmark import NON_RESPONDER, RESPONDER
from milepost.core.landmark_selection import EVENT_BEFORE
from milepost.protocol import Checkpoint
from milepost.reports import words
from milepost.reports.checkpoint_words import CheckpointWords
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.drawing import Exhibit, Figure
from milepost.reports.efficacy_estimates import ENDPOINTS, Efficacy
from milepost.reports.efficacy_numbers import GroupNumbers
from milepost.reports.efficacy_words import lower_first, ratio_said
from milepost.reports.exhibits import make_exhibit
from milepost.reports.landmark_figures import curve_figures, foretelling_figures, ratio_figures
from milepost.reports.landmark_numbers import enter_landmark, enter_model
from milepost.reports.landmark_tables import control_table, model_table, selection_table
from milepost.reports.landmark_words import LandmarkWords
from milepost.reports.ledger import Ledger
from milepost.reports.masking import Mask
from milepost.reports.section import Section

_SHORT = {"OS": "Survival", "PFS": "Progression-free"}
NAMES = {"OS": "Overall survival", "PFS": "Progression-free survival"}


def build_landmarks(
    inputs: ClinicalInputs, ledger: Ledger, efficacy: Efficacy | None = None
) -> tuple[Section, ...]:
    """A section for each checkpoint of the protocol; the first has the id `landmark`."""
    found = efficacy or Efficacy(inputs)
    numbers = GroupNumbers(inputs, ledger)
    return tuple(
        _build(inputs, found, numbers, rule, "landmark" if place == 0 else f"landmark-{rule.id}")
        for place, rule in enumerate(inputs.protocol.checkpoints)
    )


def landmark_definitions(inputs: ClinicalInputs) -> tuple[tuple[str, str, str], ...]:
    """What is compared from when on, and why."""
    entries = []
    by_time = inputs.protocol.time_to_event.time_of_day
    for rule in inputs.protocol.checkpoints:
        say = _words(inputs, rule)
        begins = f" The new time starts {say.day - 1} days after first dose, to the hour." if by_time else ""
        entries += [
            (f"landmark.{rule.id}", f"Landmark, study day {say.day}",
             f"Who is a responder is known only when the window closes on day {say.day}. Time before it would count in "
             "favour of responders, who had to live that long; so the clock starts anew then, and only who is "
             f"followed beyond it without the event is compared.{begins} The class is that of data up to the landmark. "
             "That responders fare otherwise does not say that the response is the cause."),
            (f"landmark.{rule.id}.over-time", "Class from the day it is known",
             "A sensitivity analysis without a landmark (Mantel and Byar): every treated patient counts from the first "
             "dose, as a responder from the day after the sample that shows the response, until then with all others."),
            (f"landmark.{rule.id}.model", "Model of disease control",
             "Logistic regression among those compared; odds ratios with profile-likelihood intervals. Where the "
             "predictors tell the outcomes apart there is no finite estimate: “not estimable”. Firth’s penalty gives "
             "one there, and is shown wherever fewer than ten patients of the rarer outcome stand for each term."),
        ]  # fmt: skip
    return tuple(entries)


def _words(inputs: ClinicalInputs, rule: Checkpoint) -> LandmarkWords:
    neutral = rule.model_copy(update={"label": Mask(inputs.protocol).neutral(rule.label)})
    return LandmarkWords(CheckpointWords(neutral, inputs.protocol.test(rule.test)), inputs.protocol.analysis)


def _build(
    inputs: ClinicalInputs, found: Efficacy, numbers: GroupNumbers, rule: Checkpoint, id_: str
) -> Section:
    groups, say = found.landmark(rule), _words(inputs, rule)
    model = found.disease_control_model(groups)
    enter_landmark(numbers, groups, say, rule.id, tested=inputs.tested)
    enter_model(inputs, numbers, model, say, rule.id)
    make = _Landmark(inputs, groups, say, model, found.scan_week)
    exhibits = [
        make.curves("OS"), make.curves("PFS"), make.ratios(), *make.banded(), make.control(), make.foretelling(),
        make.model(), make.selection(),
    ]  # fmt: skip
    pairs = [(f"landmark.{rule.id}.control", f"landmark.{rule.id}.foretelling")]
    if not inputs.compared:
        pairs.append((f"landmark.{rule.id}.OS", f"landmark.{rule.id}.PFS"))
    shown = tuple(one for one in exhibits if not (inputs.masked and one.unmasks))
    kept = {one.id for one in shown}
    return Section(id_, say.title, make.lead(), shown, tuple(pair for pair in pairs if kept.issuperset(pair)))


class _Landmark:
    """Makes the exhibits of one checkpoint."""

    def __init__(
        self,
        inputs: ClinicalInputs,
        groups: list[GroupLandmark],
        say: LandmarkWords,
        model: DiseaseControlModel,
        week: str,
    ) -> None:
        self._inputs, self._groups, self._say, self._model, self._week = inputs, groups, say, model, week
        self._told = list(zip(inputs.groups, groups, strict=True))
        self._rule = say.say.rule.id
        reasons = {say.nobody(one.endpoints[code].main) for one in groups for code in ENDPOINTS}
        self._nobody = min(reasons) if "" not in reasons else ""

    def lead(self) -> tuple[str, str]:
        """How many are compared, how many of them had each event, and the ratios."""
        if not any(len(one.patients) for one in self._groups):
            return ("Nobody has been treated yet.", "")
        if self._nobody:
            return (self._nobody, "")
        day = f"From study day {self._say.day} on, "
        yes, no = (
            sum(len(one.subjects(one.endpoints["OS"].main, state)) for one in self._groups)
            for state in (RESPONDER, NON_RESPONDER)
        )
        treated = sum(len(one.patients) for one in self._groups)
        bold = (
            f"{day}{words.many(yes, 'responder')} and {words.many(no, 'non-responder')} of "
            f"{words.count(treated)} treated are compared."
        )
        events = (("OS", "death"), ("PFS", "progression or death"))
        if self._inputs.compared:
            parts = [
                f"{group.name} {ratio_said(one.endpoints['OS'].main.hazard_ratio)}"
                for group, one in self._told
            ]
            return (bold, f" Hazard ratio of responders for death: {', '.join(parts)}.")
        (one,) = self._groups
        found = [(one.endpoints[code].main.hazard_ratio, text) for code, text in events]
        if all(estimate.value is None for estimate, _ in found):
            return (bold, f" No hazard ratio yet: {found[0][0].reason}.")
        ratios = [f"{ratio_said(estimate)} for {text}" for estimate, text in found]
        told = " and ".join(ratios)
        return (bold, f" Hazard ratio of responders {told}; below 1 the event comes later in responders.")

    def curves(self, code: str) -> Exhibit:
        """Curves of both classes."""
        told = [
            (group.name if self._inputs.compared else "", one.endpoints[code].main.overall)
            for group, one in self._told
        ]
        notes: tuple[str, ...] = ()
        if code == "OS" and self._inputs.protocol.alerts.caution:
            notes = (Mask(self._inputs.protocol).neutral(self._inputs.protocol.alerts.caution),)
        return self._make(
            code, f"{NAMES[code]} from study day {self._say.day} on",
            "Blue: responders; red: non-responders. Bands: 95 % intervals; strokes: censored.",
            self._compared(code), "verdicts, ADTTE", curve_figures(self._inputs, told, self._say, NAMES[code]),
            empty=self._nobody or "Too few patients are compared to draw a curve: under five.", notes=notes,
        )  # fmt: skip

    def banded(self) -> list[Exhibit]:
        """The same in high and in low baseline; none where the protocol has no such limit."""
        if not self._say.bands:
            return []
        told = []
        for group, one in self._told:
            for code in ENDPOINTS:
                for band, name in self._say.bands.items():
                    title = f"{_SHORT[code]}, {name}"
                    title = (
                        f"{group.name}, {title[:1].lower()}{title[1:]}" if self._inputs.compared else title
                    )
                    told.append((title, one.endpoints[code].main.bands.get(band)))
        return [
            self._make(
                "bands", "The same in high and low baseline",
                "The class may mean less where the baseline lies near the assay’s noise.", self._compared("OS"),
                "verdicts, ADTTE", curve_figures(self._inputs, told, self._say, "Survival by baseline"),
                empty=self._nobody or "Too few patients are compared to draw a curve: under five.",
            )
        ]  # fmt: skip

    def ratios(self) -> Exhibit:
        """Hazard ratios of every analysis declared."""
        figures: tuple[Figure, ...] = ()
        if not self._nobody:
            figures = ratio_figures(self._inputs, self._told, NAMES, self._say)
        counts = "" if self._inputs.masked else "Events of patients in either class. "
        tests = " p: log-rank test; of the last row Wald’s." if self._inputs.tested else ""
        return self._make(
            "ratios", "Responders against non-responders",
            f"{counts}Unadjusted; the interval describes precision.{tests}",
            self._compared("PFS", "OS"), "verdicts, ADTTE", figures, empty=self._nobody,
            definition=f"landmark.{self._rule}.over-time",
        )  # fmt: skip

    def control(self) -> Exhibit:
        """Class against disease control."""
        week = f"Disease control at the scan of week {self._week}" if self._week else "Disease control"
        lost = sum(
            group.n for one in self._groups for group in one.endpoints["PFS"].main.selection.exclusions
            if group.reason == EVENT_BEFORE and group.state in (RESPONDER, NON_RESPONDER)
        )  # fmt: skip
        unknown = sum(told.dropped for one in self._groups if (told := one.foretelling("PFS")) is not None)
        day = self._say.day
        notes = [
            f"{words.many(lost, 'patient')} of either class had progressed or died by study day {day}: not here."
        ]
        if unknown:
            notes.append(
                f"{words.many(unknown, 'patient')} compared {'has' if unknown == 1 else 'have'} no answer at that scan."
            )
        table = None if self._nobody else control_table(self._inputs, self._told, self._week)
        return self._make(
            "control", f"{self._say.say.short} response and disease control",
            f"{week}, of those compared by progression-free survival.",
            self._compared("PFS"), "verdicts, ADRS", table=table, empty=self._nobody,
            notes=() if self._nobody or self._inputs.masked else tuple(notes), unmasks=True,
        )  # fmt: skip

    def foretelling(self) -> Exhibit:
        """Sensitivity, specificity and predictive values."""
        told = [(group, one.foretelling("PFS")) for group, one in self._told]
        figures = () if self._nobody else foretelling_figures(self._inputs, told)
        return self._make(
            "foretelling", "How well the response tells disease control",
            "Sensitivity: responders among the controlled. Positive predictive value: controlled among responders.",
            self._compared("PFS"), "verdicts, ADRS", figures, empty=self._nobody,
        )  # fmt: skip

    def model(self) -> Exhibit:
        """The logistic model."""
        model = self._model
        table = model_table(self._inputs, model, self._say) if model.subjects else None
        notes = []
        if model.ordinary.reason and model.subjects:
            notes.append(f"{words.upper_first(model.ordinary.reason)}.")
        if model.omitted and model.subjects:
            names = [self._factor(name) for name in model.omitted]
            notes.append(f"Left out, since all are alike in it: {', '.join(names)}.")
        if model.incomplete:
            notes.append(
                f"{words.many(len(model.incomplete), 'patient')} without a baseline factor left out."
            )
        counts = f"{words.count(len(model.controlled))} of {words.count(len(model.subjects))} with disease control."
        return self._make(
            "model", "Disease control beside what was known at baseline", counts if model.subjects else "",
            model.subjects, "verdicts, ADRS, ADSL, DM", table=table, notes=tuple(notes),
            empty=self._nobody or "No patient compared has an answer at that scan yet.",
            definition=f"landmark.{self._rule}.model",
        )  # fmt: skip

    def selection(self) -> Exhibit:
        """Who is compared and who is not."""
        everybody = [subject for one in self._groups for subject in one.patients["USUBJID"]]
        return self._make(
            "selection", "Who is compared, and who is not", "Every treated patient is in one cell for each of the two.",
            everybody, "verdicts, ADTTE",
            table=selection_table(self._inputs, self._told, NAMES) if everybody else None,
            empty="No patient has been treated yet.", unmasks=True,
        )  # fmt: skip

    def _factor(self, name: str) -> str:
        known = {factor.id: lower_first(factor.label) for factor in self._inputs.protocol.analysis.factors}
        return known.get(name, "the arms")

    def _compared(self, *codes: str) -> list[str]:
        return [s for one in self._groups for code in codes for s in one.subjects(one.endpoints[code].main)]

    def _make(
        self,
        name: str,
        title: str,
        sub: str,
        rows: Iterable[str],
        source: str,
        figures: tuple[Figure, ...] = (),
        **more: Any,
    ) -> Exhibit:
        more = {"definition": f"landmark.{self._rule}", **more}
        return make_exhibit(
            f"landmark.{self._rule}.{name}",
            title,
            sub,
            rows,
            source,
            self._rule,
            "treated, in a class",
            figures,
            **more,
        )
