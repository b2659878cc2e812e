"""Tables of the landmark analysis: who is compared, who is not, the class against disease control, and the model."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.core.disease_control_model import GROUP, INTERACTION, RESPONSE, DiseaseControlModel, ModelTerm
from milepost.core.group_landmark import GroupLandmark
from milepost.core.landmark import NON_RESPONDER, RESPONDER
from milepost.core.limits import Estimate
from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS
from milepost.reports.clinical import ClinicalInputs, Group
from milepost.reports.efficacy_words import p_number, ratio_text
from milepost.reports.landmark_words import WHY, LandmarkWords
from milepost.reports.section import Cell, Row, Table, count_cell

Told = Sequence[tuple[Group, GroupLandmark]]


def selection_table(inputs: ClinicalInputs, told: Told, names: dict[str, str]) -> Table:
    """Who is compared, who is left out in which state and why: columns for each endpoint, rows for each group."""
    reasons = tuple(
        reason
        for reason in WHY
        if any(found.endpoints[code].main.selection.excluded(reason) for _, found in told for code in names)
    )
    head = tuple(heading for _ in names for heading in ("compared", *(WHY[reason] for reason in reasons)))
    rows: list[Row] = []
    for group, found in told:
        if inputs.compared:
            rows.append(Row(group.name, kind="group"))
        states = [state for state in STATE_WORDS if found.patients["STATE"].eq(state).any()]
        rows += [_selection_row(found, names, reasons, STATE_WORDS[state][0], state) for state in states]
        rows.append(_selection_row(found, names, reasons, "All treated", None))
    spans = tuple((name, 1 + len(reasons)) for name in names.values())
    return Table(("State at the cut-off", *head), tuple(rows), spans=spans, wide=True)


def _selection_row(
    found: GroupLandmark, names: dict[str, str], reasons: tuple[str, ...], text: str, state: str | None
) -> Row:
    cells = []
    for code in names:
        analysis = found.endpoints[code].main
        taken = 0
        if state in (None, RESPONDER, NON_RESPONDER):
            taken = len(found.subjects(analysis, state))
        left_out = [analysis.selection.excluded(reason, state=state) for reason in reasons]
        if state is None:
            left_out = [analysis.selection.excluded(reason) for reason in reasons]
        cells += [count_cell(taken), *(count_cell(n) for n in left_out)]
    return Row(text, tuple(cells), kind="sum" if state is None else "")


def control_table(inputs: ClinicalInputs, told: Told, week: str) -> Table:
    """Class against disease control, two by two."""
    spans = tuple((group.name, 3) for group, _ in told) if inputs.compared else ()
    head = (f"controlled, week {week}" if week else "controlled", "not controlled", "all")
    rows = []
    counts = {
        (group.id, state, controlled): len(found.controlled("PFS", state, controlled=controlled))
        for group, found in told
        for state in (RESPONDER, NON_RESPONDER)
        for controlled in (True, False)
    }
    for state, name in ((RESPONDER, "Responders"), (NON_RESPONDER, "Non-responders")):
        cells = []
        for group, _ in told:
            yes, no = (counts[group.id, state, answer] for answer in (True, False))
            cells += [count_cell(yes), count_cell(no), count_cell(yes + no)]
        rows.append(Row(name, tuple(cells)))
    totals = []
    for group, _ in told:
        yes, no = (
            sum(counts[group.id, state, answer] for state in (RESPONDER, NON_RESPONDER))
            for answer in (True, False)
        )
        totals += [count_cell(yes), count_cell(no), count_cell(yes + no)]
    rows.append(Row("Both", tuple(totals), kind="sum"))
    return Table(("Class", *(head * len(told))), tuple(rows), spans=spans, wide=True)


def model_table(inputs: ClinicalInputs, model: DiseaseControlModel, say: LandmarkWords) -> Table:
    """Odds ratios of disease control, with the penalised ones beside them where these are needed."""
    penalised = model.penalised is not None or any(term.penalised for term in model.terms)
    head = ["Term", "odds ratio (95 % interval)"]
    if penalised:
        head.append("with Firth’s penalty")
    if inputs.tested:
        head.append("p")
    rows = []
    for term in model.terms:
        cells = [Cell(_odds(term.ordinary.odds_ratio_profile))]
        if penalised:
            cells.append(Cell(_odds(term.penalised.odds_ratio_profile) if term.penalised else words.DASH))
        if inputs.tested:
            cells.append(Cell(_p(term)))
        rows.append(
            Row(term_name(inputs, term, say), tuple(cells), kind="sum" if term.factor == RESPONSE else "")
        )
    return Table(tuple(head), tuple(rows), wide=True)


def term_name(inputs: ClinicalInputs, term: ModelTerm, say: LandmarkWords) -> str:
    """What a term of the model compares with what."""
    names = {group.id: group.name for group in inputs.groups}
    if term.factor == RESPONSE:
        return f"{say.say.short} responder against non-responder"
    if term.factor == GROUP:
        return f"{names[term.level]} against {names[term.against]}"
    if term.factor == INTERACTION:
        return f"Response in {names[term.level]} against response in {names[term.against]} (ratio of odds ratios)"
    label = inputs.protocol.analysis.factor(term.factor).label
    return f"{label}: {term.level} against {term.against}"


def _odds(estimate: Estimate) -> str:
    return ratio_text(estimate)


def _p(term: ModelTerm) -> str:
    """Of the likelihood ratio: the ordinary model's, or the penalised one's where that is not estimable."""
    found = term.ordinary.likelihood_ratio.p
    if found is None and term.penalised is not None:
        found = term.penalised.likelihood_ratio.p
    return p_number(found)
