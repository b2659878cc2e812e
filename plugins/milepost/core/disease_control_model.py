"""Does the biomarker's response foretell disease control beside what was known at baseline: a logistic model.

Patients whose class and outcome are known and who have every factor come in; a factor of which all of them have one
level says nothing and is left out by name. Fitted by maximum likelihood; with Firth's penalty too where that is not
estimable (the predictors tell the outcomes apart) or rests on few: fewer than ten patients of the rarer outcome a term.
With two groups their interaction with the response comes from a second model, which adds the product alone; the other
terms stay those of the first.

Source: clinical specification, section 6.8 ("logistic model of disease control at week 6 with AFP response, baseline
AFP band, arm, line, HBV, Child-Pugh, interaction AFP x arm ... use Firth").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from milepost.core.predictors import LogisticModel, Term, fit_firth, fit_logistic

RESPONSE = "response"
GROUP = "group"
INTERACTION = "response x group"
ENOUGH = 10  # patients of the rarer outcome a term, from which on the ordinary estimates stand alone (Peduzzi 1996)


@dataclass(frozen=True, slots=True)
class ModelTerm:
    """One row of the model: the factor (or RESPONSE, GROUP, INTERACTION), the level told against which other level."""

    factor: str
    level: str
    against: str
    ordinary: Term
    penalised: Term | None


@dataclass(frozen=True, slots=True)
class DiseaseControlModel:
    """The model. subjects: those in it, sorted; controlled: those of them with disease control. incomplete: patients
    with class and outcome who lack a factor. omitted: factors of one level. penalised: None where it was not needed."""

    subjects: tuple[str, ...]
    controlled: tuple[str, ...]
    incomplete: tuple[str, ...]
    omitted: tuple[str, ...]
    terms: tuple[ModelTerm, ...]
    ordinary: LogisticModel
    penalised: LogisticModel | None


def model_disease_control(
    patients: pd.DataFrame,
    factors: pd.DataFrame,
    levels: Mapping[str, Sequence[str]],
    terms: Sequence[str],
    *,
    groups: tuple[str, str] | None = None,
    level: float = 0.95,
) -> DiseaseControlModel:
    """Fit the model. patients: USUBJID, RESPONDED and CONTROLLED (1, 0, empty where not known) and, where `groups`
    (reference, comparison) are given, GROUP; one row a patient.

    factors: USUBJID and a column of labels for each of `terms`; levels: their labels in order, the reference first.
    """
    joined = patients.merge(factors, on="USUBJID", how="left", validate="1:1").sort_values("USUBJID")
    known = joined["RESPONDED"].notna() & joined["CONTROLLED"].notna()
    if groups is not None:
        known &= joined["GROUP"].isin(groups)
    joined = joined[known]
    complete = joined[list(terms)].notna().all(axis=1) if terms else pd.Series(True, index=joined.index)
    rows = joined[complete]
    columns, named, omitted = _columns(rows, levels, terms, groups)
    outcome = rows["CONTROLLED"].to_numpy(float)
    ordinary, penalised = _fits(outcome, columns, level)
    made = [
        ModelTerm(*name, ordinary.term(column), penalised.term(column) if penalised else None)
        for column, name in zip(columns, named, strict=True)
    ]
    if groups is not None and GROUP in columns:
        product = {**columns, INTERACTION: columns[RESPONSE] * columns[GROUP]}
        plain, held = _fits(outcome, product, level)
        both = (plain.term(INTERACTION), held.term(INTERACTION) if held else None)
        made.append(ModelTerm(INTERACTION, groups[1], groups[0], *both))
    ids = rows["USUBJID"].astype(str)
    return DiseaseControlModel(
        tuple(ids), tuple(ids[outcome == 1]), tuple(joined.loc[~complete, "USUBJID"].astype(str)), omitted,
        tuple(made), ordinary, penalised,
    )  # fmt: skip


def _fits(
    outcome: np.ndarray, columns: Mapping[str, np.ndarray], level: float
) -> tuple[LogisticModel, LogisticModel | None]:
    ordinary = fit_logistic(outcome, columns, level=level)
    rarer = min(ordinary.events, ordinary.n - ordinary.events)
    enough = ordinary.reason is None and rarer >= ENOUGH * len(columns)
    return ordinary, None if enough else fit_firth(outcome, columns, level=level)


def _columns(
    rows: pd.DataFrame,
    levels: Mapping[str, Sequence[str]],
    terms: Sequence[str],
    groups: tuple[str, str] | None,
) -> tuple[dict[str, np.ndarray], list[tuple[str, str, str]], tuple[str, ...]]:
    """The model's columns of 0 and 1 by name, what each tells, and the factors left out."""
    columns = {RESPONSE: rows["RESPONDED"].to_numpy(float)}
    named = [(RESPONSE, "", "")]
    omitted = []
    if groups is not None:
        ours = rows["GROUP"].eq(groups[1])
        if ours.any() and not ours.all():
            columns[GROUP] = ours.to_numpy(float)
            named.append((GROUP, groups[1], groups[0]))
        else:
            omitted.append(GROUP)
    for name in terms:
        present = [one for one in levels[name] if rows[name].eq(one).any()]
        if len(present) < 2:
            omitted.append(name)
        for one in present[1:]:
            columns[f"{name}: {one}"] = rows[name].eq(one).to_numpy(float)
            named.append((name, one, present[0]))
    return columns, named, tuple(omitted)
