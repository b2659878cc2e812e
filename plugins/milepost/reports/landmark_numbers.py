"""The numbers of a landmark analysis on their way into the ledger."""

from __future__ import annotations

from milepost.core.disease_control_model import INTERACTION, RESPONSE, DiseaseControlModel
from milepost.core.group_landmark import EndpointLandmark, GroupLandmark
from milepost.core.landmark import NON_RESPONDER, RESPONDER
from milepost.reports.clinical import ClinicalInputs
from milepost.reports.efficacy_numbers import GroupNumbers
from milepost.reports.landmark_tables import term_name
from milepost.reports.landmark_words import LandmarkWords

_SHARES = (
    ("sensitivity", "sensitivity"), ("specificity", "specificity"),
    ("positive_value", "positive predictive value"), ("negative_value", "negative predictive value"),
)  # fmt: skip
_CELLS = ((RESPONDER, "responders"), (NON_RESPONDER, "non_responders"))


def enter_landmark(
    numbers: GroupNumbers, groups: list[GroupLandmark], say: LandmarkWords, rule: str, *, tested: bool
) -> None:
    """Everything of each group and endpoint, once."""
    for one in groups:
        for code, endpoint in one.endpoints.items():
            _enter_endpoint(
                numbers, one, endpoint, f"landmark.{rule}.{code}", f"{say.title}, {code}", say, tested
            )
        id_, text, chosen = f"landmark.{rule}", say.title, one.subjects(one.endpoints["PFS"].main)
        for state, name in _CELLS:
            for controlled, answer in ((True, "controlled"), (False, "not_controlled")):
                rows = one.controlled("PFS", state, controlled=controlled)
                label = f"{text}: {name.replace('_', '-')}, {answer.replace('_', ' ')}"
                numbers.count(f"{id_}.{name}.{answer}", one.group, label, rows)
        foretelling = one.foretelling("PFS")
        if foretelling is not None:
            for name, said in _SHARES:
                numbers.estimate(
                    f"{id_}.{name}", one.group, f"{text}: {said}", getattr(foretelling, name), chosen
                )


def enter_model(
    inputs: ClinicalInputs, numbers: GroupNumbers, model: DiseaseControlModel, say: LandmarkWords, rule: str
) -> None:
    """The odds ratios, ordinary and penalised, over all groups."""
    if inputs.masked:
        return
    for term in model.terms:
        place = term.factor if term.factor in (RESPONSE, INTERACTION) else f"{term.factor}.{term.level}"
        id_ = f"landmark.{rule}.model.{place.replace(' ', '-')}"
        text = f"Odds ratio of disease control: {term_name(inputs, term, say)}"
        numbers.whole(f"{id_}.odds_ratio", text, term.ordinary.odds_ratio_profile, model.subjects)
        if term.penalised is not None:
            penalised = term.penalised.odds_ratio_profile
            numbers.whole(f"{id_}.penalised", f"{text}, penalised", penalised, model.subjects)
        if inputs.tested:
            found = term.ordinary.likelihood_ratio
            if found.p is None and term.penalised is not None:
                found = term.penalised.likelihood_ratio
            numbers.p(f"{id_}.p", f"{text}: p", found, model.subjects)


def _enter_endpoint(
    numbers: GroupNumbers,
    one: GroupLandmark,
    found: EndpointLandmark,
    id_: str,
    text: str,
    say: LandmarkWords,
    tested: bool,
) -> None:
    group, chosen = one.group, one.subjects(found.main)
    treated = tuple(one.patients["USUBJID"])
    for state, name in _CELLS:
        rows = one.subjects(found.main, state)
        label = name.replace("_", "-")
        numbers.count(f"{id_}.{name}", group, f"{text}: {label} compared", rows, of=len(chosen))
        if found.main.overall is not None:
            events = found.main.selection.event[found.main.selection.group == state]
            had = [subject for subject, event in zip(rows, events, strict=True) if event]
            numbers.count(f"{id_}.{name}.events", group, f"{text}: {label} with the event", had, of=len(rows))
            numbers.estimate(
                f"{id_}.{name}.median",
                group,
                f"{text}: median of {label}",
                found.main.overall.medians[state],
                rows,
                "days",
            )
    numbers.estimate(
        f"{id_}.hazard_ratio", group, f"{text}: hazard ratio of responders", found.main.hazard_ratio, chosen
    )
    for band, part in found.main.bands.items():
        where = one.patients.iloc[found.main.selection.rows]
        rows = tuple(where.loc[where["BAND"].eq(band), "USUBJID"])
        label = f"{text}: hazard ratio of responders, {say.bands[str(band)]}"
        numbers.estimate(f"{id_}.hazard_ratio.{band}", group, label, part.hazard_ratio, rows)
    if found.later is not None:
        rows = one.subjects(found.later)
        label = f"{text}: hazard ratio of responders, landmark on day {say.later}"
        numbers.estimate(f"{id_}.hazard_ratio.later", group, label, found.later.hazard_ratio, rows)
    label = f"{text}: hazard ratio of the class from the day it is known"
    numbers.estimate(f"{id_}.hazard_ratio.over_time", group, label, found.over_time.hazard_ratio, treated)
    for exclusion in found.main.selection.exclusions:
        reason = exclusion.reason.split(" ")[0]
        rows = tuple(str(subject) for subject in exclusion.subjects)
        label = f"{text}: left out, {exclusion.reason}, {str(exclusion.state).lower().replace('_', ' ')}"
        numbers.count(f"{id_}.left_out.{exclusion.state}.{reason}", group, label, rows)
    if tested and found.main.overall is not None:
        numbers.p_of(
            f"{id_}.logrank.p",
            group,
            f"{text}: p of the log-rank test",
            found.main.overall.logrank.test,
            chosen,
        )
