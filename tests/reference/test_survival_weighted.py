"""Weights, clusters, delayed entry and three groups, against another implementation of R's functions.

R's own numbers for these are not among the reference cases. `cox_weighted.csv` is made up: 60 rows with heavy ties,
weights, clusters, strata and late entries. `cox_weighted.json` holds what `survival` 2.0.0 (PyPI, MIT), an independent
implementation of coxph, cox.zph and survdiff that is itself held against R, says about it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.core.concordance import concordance
from milepost.core.cox import fit_cox
from milepost.core.cox_model import CoxFit
from milepost.core.cox_zph import check_proportionality
from milepost.core.logrank import logrank

DATA = Path(__file__).parent / "data"
ROWS = pd.read_csv(DATA / "cox_weighted.csv")
EXPECTED = json.loads((DATA / "cox_weighted.json").read_text(encoding="utf-8"))
models = pytest.mark.parametrize("name", EXPECTED["cox"])
CLOSE = {"rel": 1e-9, "abs": 1e-11}


def fit(case: dict[str, Any]) -> CoxFit:
    options = {option: ROWS[column] for option, column in case["options"].items()}
    return fit_cox(
        ROWS["time"], ROWS["event"], {"arm": ROWS["arm"], "x": ROWS["x"]}, ties=case["ties"], **options
    )


@models
def test_coefficients_variance_and_likelihood_agree(name: str) -> None:
    case = EXPECTED["cox"][name]
    found = fit(case)
    assert found.robust is ("weights" in case["options"] or "cluster" in case["options"])
    assert [term.coef for term in found.terms] == pytest.approx(case["coef"], **CLOSE)
    assert found.variance == pytest.approx(np.array(case["var"]), **CLOSE)
    assert [term.se for term in found.terms] == pytest.approx(np.sqrt(np.diag(case["var"])), **CLOSE)
    assert [found.loglik_null, found.loglik] == pytest.approx(case["loglik"], **CLOSE)
    assert found.score.statistic == pytest.approx(case["score"], **CLOSE)


@models
@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_the_test_of_proportional_hazards_agrees(name: str, transform: Any) -> None:
    case = EXPECTED["cox"][name]
    found = check_proportionality(fit(case), transform)
    statistics = [test.statistic for test in (*found.terms.values(), found.overall)]
    assert statistics == pytest.approx(case["zph"][transform], **CLOSE)


@models
def test_concordance_agrees_and_is_not_made_for_what_it_does_not_hold(name: str) -> None:
    case = EXPECTED["cox"][name]
    found = concordance(fit(case))
    if case["concordance"] is None:
        assert (found.value, found.reason is None) == (None, False)
    else:
        assert [found.value, found.se] == pytest.approx(case["concordance"], **CLOSE)


@pytest.mark.parametrize("name", EXPECTED["logrank"])
def test_three_groups_agree(name: str) -> None:
    expected = EXPECTED["logrank"][name]
    strata = ROWS["stratum"] if "stratified" in name else None
    found = logrank(ROWS["time"], ROWS["event"], ROWS["group"], strata=strata, rho=int(name[-1]))
    assert (found.test.statistic, found.test.df) == (pytest.approx(expected["chisq"], **CLOSE), 2)
    # by stratum there, in all here
    seen, due = np.array(expected["obs"]), np.array(expected["exp"])
    assert [group.observed for group in found.groups] == pytest.approx(
        seen.sum(axis=1) if seen.ndim > 1 else seen, **CLOSE
    )
    assert [group.expected for group in found.groups] == pytest.approx(
        due.sum(axis=1) if due.ndim > 1 else due, **CLOSE
    )
