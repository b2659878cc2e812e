"""Shares, comparisons, predictive values and interim analyses small enough to be worked out by hand.

`asked` is the question, `gives` the answer as a pocket calculator gives it, to four decimals (`how`). Clinical
specification sections 6.4, 6.8 and 7.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from milepost.core.bayesian_monitoring import TOXICITY_PRIOR, chance_above, judge_toxicity, toxicity_limit
from milepost.core.interim_analysis import boundaries, schoenfeld_events
from milepost.core.interim_outlook import conditional_power, outlook, predictive_power
from milepost.core.predictors import fit_firth, fit_logistic, foretell
from milepost.core.proportions import clopper_pearson, difference, odds_ratio, risk_ratio, wilson
from milepost.core.two_by_two import chi_square, conditional_odds_ratio, fisher


@dataclass(frozen=True)
class Case:
    title: str
    asked: str
    found: Callable[[], tuple[Any, ...]]
    gives: tuple[Any, ...]
    how: str = ""


def limits(found: Any) -> tuple[Any, ...]:
    return found.value, found.lo, found.hi


def reason(found: Any) -> tuple[Any, ...]:
    return (found.value, found.reason)


TABLE = [1] * 8 + [0] * 2 + [1] * 4 + [0] * 6, {"sign": [1] * 10 + [0] * 10}
SIGNED = {"sign": [1, 1, 1, 0, 0, 0, 0, 0]}

SHARES = (
    Case(
        "No response among ten patients still allows a rate of three in ten", "0 of 10, exact limits",
        lambda: limits(clopper_pearson(0, 10)), (0, 0, 0.3085), "upper limit 1 - 0.025^(1/10)",
    ),
    Case(
        "Where all respond the interval is the mirror of none", "10 of 10, exact limits",
        lambda: limits(clopper_pearson(10, 10)), (1, 0.6915, 1), "lower limit 0.025^(1/10)",
    ),
    Case(
        "Wilson's upper limit of no event is z squared over n plus z squared", "0 of 10, Wilson",
        lambda: limits(wilson(0, 10)), (0, 0, 0.2775), "3.8415 / 13.8415",
    ),
    Case(
        "Half of the patients give limits that lie evenly around one half", "8 of 16, Wilson",
        lambda: limits(wilson(8, 16)), (0.5, 0.2800, 0.7200), "0.5 -/+ 1.96 / (2 sqrt(16 + 3.8415))",
    ),
    Case(
        "An arm without patients has no rate", "0 of 0", lambda: reason(clopper_pearson(0, 0)), (None, "no patient")
    ),
    Case(
        "More events than patients is no rate", "3 of 2", lambda: reason(clopper_pearson(3, 2)),
        (None, "more events than patients"),
    ),
)  # fmt: skip

COMPARISONS = (
    Case(
        "A lady who names three of four cups right has shown nothing",
        "3 of 4 against 1 of 4, Fisher: greater, both sides",
        lambda: (fisher(3, 4, 1, 4, alternative="greater").p, fisher(3, 4, 1, 4).p), (0.2429, 0.4857), "17/70; 34/70",
    ),
    Case(
        "The continuity correction makes the chi-square smaller", "10 of 20 against 5 of 20: without, with correction",
        lambda: (chi_square(10, 20, 5, 20).statistic, chi_square(10, 20, 5, 20, corrected=True).statistic),
        (2.6667, 1.7067), "40 x 100^2 / 150000; 40 x 80^2 / 150000",
    ),
    Case(
        "A risk ratio of two", "10 of 20 against 5 of 20",
        lambda: limits(risk_ratio(10, 20, 5, 20)), (2, 0.8325, 4.8051),
        "ln 2 -/+ 1.96 sqrt(1/10 - 1/20 + 1/5 - 1/20)",
    ),
    Case(
        "An odds ratio of three", "10 of 20 against 5 of 20",
        lambda: limits(odds_ratio(10, 20, 5, 20)), (3, 0.7864, 11.4447),
        "ln 3 -/+ 1.96 sqrt(1/10 + 1/10 + 1/5 + 1/15)",
    ),
    Case(
        "Without an event in an arm there is no risk ratio", "4 of 20 against 0 of 20",
        lambda: reason(risk_ratio(4, 20, 0, 20)), (None, "an arm without any event"),
    ),
    Case(
        "With an empty cell there is no odds ratio on the log scale", "20 of 20 against 10 of 20",
        lambda: reason(odds_ratio(20, 20, 10, 20)), (None, "a cell of the table is empty"),
    ),
    Case(
        "The exact odds ratio of an empty cell is infinite, its lower limit is not", "1 of 1 against 0 of 1",
        lambda: limits(conditional_odds_ratio(1, 1, 0, 1)), (math.inf, 0.0256, math.inf),
        "the odds ratio w with w / (1 + w) = 0.025",
    ),
    Case(
        "Two arms without events differ by nothing, within limits that their size allows",
        "0 of 10 against 0 of 10, Newcombe",
        lambda: limits(difference(0, 10, 0, 10)), (0, -0.2775, 0.2775), "Wilson's upper limit of each",
    ),
    Case(
        "A difference with an empty arm says which", "3 of 10 against 0 of 0",
        lambda: reason(difference(3, 10, 0, 0)), (None, "arm 2: no patient"),
    ),
)  # fmt: skip

PREDICTION = (
    Case(
        "Four counts give four shares, each of its own patients",
        "sign and outcome 8, sign only 2, outcome only 4, neither 6: sensitivity, specificity, PPV, NPV",
        lambda: tuple(
            getattr(foretell(8, 2, 4, 6), name).value
            for name in ("sensitivity", "specificity", "positive_value", "negative_value")
        ),
        (0.6667, 0.75, 0.8, 0.6), "8/12, 6/8, 8/10, 6/10",
    ),
    Case(
        "One sign in a logistic model has the odds ratio of its table", "8 of 10 with it, 4 of 10 without it",
        lambda: (fit_logistic(*TABLE).term("sign").odds_ratio.value,),
        (6,), "(8 x 6) / (2 x 4)",
    ),
    Case(
        "Where all with the sign have the outcome there is no odds ratio", "3 of 3 with it, 2 of 5 without it",
        lambda: (fit_logistic([1, 1, 1, 1, 1, 0, 0, 0], SIGNED).term("sign").odds_ratio.value,), (None,),
        "partial separation",
    ),
    Case(
        "Firth's penalty adds half a patient to each cell there", "3 of 3 with it, 2 of 5 without it",
        lambda: (fit_firth([1, 1, 1, 1, 1, 0, 0, 0], SIGNED).term("sign").odds_ratio.value,), (9.8,),
        "(3.5 x 3.5) / (0.5 x 2.5)",
    ),
    Case(
        "A model of an outcome nobody has says so", "none of 8",
        lambda: (fit_logistic([0] * 8, SIGNED).reason,), ("nobody has the outcome",),
    ),
)  # fmt: skip

INTERIM = (
    Case(
        "One look only is the ordinary test", "O'Brien-Fleming type, all information",
        lambda: boundaries("obrien_fleming_spending", (1,)).bounds, (1.9600,), "z of 0.975",
    ),
    Case(
        "The first look depends on what may be spent by then alone", "Pocock type at half of the information",
        lambda: (boundaries("pocock_spending", (0.5,)).looks[0].error,), (0.0155,), "0.025 ln(1 + 1.71828 / 2)",
    ),
    Case(
        "Hwang-Shih-DeCani with gamma 0 spends evenly", "at 0.4, then at 0.8 of the information",
        lambda: tuple(look.error for look in boundaries("hwang_shih_decani", (0.4, 0.8), parameter=0).looks),
        (0.01, 0.02), "0.025 x 0.4; 0.025 x 0.8",
    ),
    Case(
        "More events than planned: the last look spends what is left, and says so", "looks at 0.5 and 1.08",
        lambda: (boundaries("obrien_fleming_spending", (0.5, 1.08)).looks[1].error,
                 boundaries("obrien_fleming_spending", (0.5, 1.08)).looks[1].reason),
        (0.025, "more information than planned: all the error that was left is spent at this look"),
    ),
    Case(
        "Looks that do not follow each other have no bounds", "looks at 0.6 and 0.5",
        lambda: (boundaries("obrien_fleming_spending", (0.6, 0.5)).reason,),
        ("the information does not grow from look to look",),
    ),
    Case(
        "Without effect from now on, whoever stands just at the final bound has one chance in two",
        "Z sqrt(t) = 1.96: Z 2.7719 at 0.5, no effect",
        lambda: (conditional_power(1.96 / math.sqrt(0.5), 0.5, final_z=1.96, drift=0).value,), (0.5,),
    ),
    Case(
        "On the trend, half of the information with Z 1.386 has one chance in two, and so has the prediction",
        "Z 1.3859 at 0.5: conditional on the trend, predictive",
        lambda: (conditional_power(1.96 * math.sqrt(0.5), 0.5, final_z=1.96).value,
                 predictive_power(1.96 * math.sqrt(0.5), 0.5, final_z=1.96).value), (0.5, 0.5),
        "the trend leads to Z / sqrt(t) = 1.96",
    ),
    Case(
        "A trial that goes the wrong way at half time is futile under the planned effect, which binds nobody",
        "Z -0.5 at 0.5, planned drift 3.242: conditional power, futile",
        lambda: (outlook(-0.5, 0.5, final_z=1.969, design_drift=3.242).design.value,
                 outlook(-0.5, 0.5, final_z=1.969, design_drift=3.242).futile), (0.1606, True),
        "1 - Phi((1.969 + 0.3536 - 1.621) / 0.7071)",
    ),
    Case(
        "Events for a hazard ratio of one half, equal arms, 80 % power", "two-sided 0.05",
        lambda: (schoenfeld_events(0.5),), (66,), "7.8489 / (0.25 x 0.4805) = 65.3",
    ),
)  # fmt: skip

BAYES = (
    Case(
        "With a flat prior, none of nine leaves little belief in three in ten", "0 of 9, Beta(1, 1): Pr(share > 0.30)",
        lambda: (chance_above(0, 9, 0.30, prior=(1, 1)).value,), (0.0282,), "0.7^10",
    ),
    Case(
        "Nobody is stopped by a single patient", "1 of 1 with the toxicity: Pr(share > 0.30) > 0.90?",
        lambda: (judge_toxicity(1, 1).stop, toxicity_limit(1)), (False, None),
    ),
    Case(
        "Before the first patient the prior speaks", "0 of 0, Beta(0.3, 0.7): mean 0.3",
        lambda: (chance_above(0, 0, 0, prior=TOXICITY_PRIOR).value, judge_toxicity(0, 0).stop), (1, False),
    ),
    Case(
        "More patients with the toxicity than patients is no judgement", "3 of 2",
        lambda: (judge_toxicity(3, 2).stop, judge_toxicity(3, 2).chance.reason), (None, "more events than patients"),
    ),
)  # fmt: skip

GROUPS: dict[str, tuple[Case, ...]] = {
    "Shares of patients": SHARES, "Two arms compared": COMPARISONS, "What predicts an outcome": PREDICTION,
    "Interim analyses": INTERIM, "Bayesian monitoring": BAYES,
}  # fmt: skip
CASES = tuple(case for group in GROUPS.values() for case in group)
