"""Best overall response of each group, and the shares that respond or have their disease controlled, estimated once.

Readers (investigator, independent assessor) and criteria (RECIST 1.1, mRECIST) are never mixed: each pair of them is a
reading with counts of its own. Both shares are of the patients treated, less those known to have no measurable disease
at baseline, so that response <= control; who was not assessed counts as neither. Source: clinical specification,
sections 6.2 and 6.4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from milepost.core.confirmation import BEST_FIRST, CONTROL, RESPONSE
from milepost.core.limits import Estimate, Significance
from milepost.core.proportions import clopper_pearson, difference
from milepost.core.response_summary import check_rates
from milepost.core.two_by_two import chi_square, fisher
from milepost.protocol import ResponseRules

_BEST = {False: "BOR", True: "CBOR"}


@dataclass(frozen=True, slots=True)
class Share:
    """Patients with an outcome out of those who could have it, sorted, and the share with exact limits."""

    having: tuple[str, ...]
    of: tuple[str, ...]
    estimate: Estimate

    @property
    def k(self) -> int:
        """How many have it."""
        return len(self.having)

    @property
    def n(self) -> int:
        """Of how many."""
        return len(self.of)


@dataclass(frozen=True, slots=True)
class BestResponses:
    """Best responses of one group by one reading, confirmed or not.

    treated: everybody who has a row, sorted. best: each response of BEST_FIRST -> its patients; NE holds also who has
    contradicting data (`held`). response, control: of those with measurable disease.
    """

    treated: tuple[str, ...]
    best: Mapping[str, tuple[str, ...]]
    held: tuple[str, ...]
    response: Share
    control: Share


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader by one criteria: in each group (by id) the best responses, as assessed and confirmed."""

    reader: str
    criteria: str
    primary: bool
    best: Mapping[str, BestResponses]
    confirmed: Mapping[str, BestResponses]


@dataclass(frozen=True, slots=True)
class SharesCompared:
    """A share of the comparison group minus that of the reference, by two methods, and two tests of no difference."""

    newcombe: Estimate
    miettinen_nurminen: Estimate
    fisher: Significance
    chi_square: Significance


def estimate_response(
    adrs: pd.DataFrame, groups: Mapping[str, Collection[str]], rules: ResponseRules, *, level: float = 0.95
) -> tuple[Reading, ...]:
    """Every reading that has data, the primary one first (it is there without data too), then in the protocol's order.

    adrs: rows of one line a patient (USUBJID, PARAMCD, PARCAT2 reader, PARCAT3 criteria, AVALC, DATAERR). groups: id ->
    its patients; others are left out.
    """
    primary = (str(rules.readers[0]), str(rules.criteria[0]))
    pairs = zip(adrs["PARCAT2"].astype(str), adrs["PARCAT3"].astype(str), strict=True)
    readers, criteria_of = ([str(name) for name in named] for named in (rules.readers, rules.criteria))
    ordered = sorted(
        {*pairs, primary},
        key=lambda pair: (pair != primary, _place(pair[0], readers), _place(pair[1], criteria_of)),
    )
    made = []
    for reader, criteria in ordered:
        own = adrs[adrs["PARCAT2"].eq(reader) & adrs["PARCAT3"].eq(criteria)]
        by_kind = [
            {id_: _best(own[own["USUBJID"].isin(list(patients))], confirmed, level) for id_, patients in groups.items()}
            for confirmed in (False, True)
        ]  # fmt: skip
        made.append(Reading(reader, criteria, (reader, criteria) == primary, *by_kind))
    return tuple(made)


def compare_shares(comparison: Share, reference: Share, *, level: float = 0.95) -> SharesCompared:
    """The difference of two shares, comparison minus reference."""
    counts = (comparison.k, comparison.n, reference.k, reference.n)
    return SharesCompared(
        difference(*counts, method="newcombe", level=level),
        difference(*counts, method="miettinen_nurminen", level=level), fisher(*counts), chi_square(*counts),
    )  # fmt: skip


def share_of(having: Collection[str], of: Collection[str], *, level: float = 0.95) -> Share:
    """The patients with an outcome among these, and their share."""
    whole = tuple(sorted(set(of)))
    having = tuple(sorted(set(having) & set(whole)))
    return Share(having, whole, clopper_pearson(len(having), len(whole), level=level))


def _best(rows: pd.DataFrame, confirmed: bool, level: float) -> BestResponses:
    best = rows[rows["PARAMCD"].eq(_BEST[confirmed])].sort_values("USUBJID")
    immeasurable = set(rows.loc[rows["PARAMCD"].eq("MDIS") & rows["AVALC"].eq("N"), "USUBJID"])
    told = best["AVALC"].where(best["AVALC"].notna(), "NE")
    by_response = {name: tuple(best.loc[told.eq(name), "USUBJID"].astype(str)) for name in BEST_FIRST}
    treated = tuple(best["USUBJID"].astype(str))
    measurable = [subject for subject in treated if subject not in immeasurable]
    shares = [
        share_of([s for name in kinds for s in by_response[name]], measurable, level=level)
        for kinds in (RESPONSE, CONTROL)
    ]
    rates = [share.estimate.value for share in shares]
    check_rates(pd.DataFrame({"N": [shares[0].n], "ORR": rates[:1], "DCR": rates[1:]}, dtype=float))
    held = tuple(best.loc[best["DATAERR"].notna(), "USUBJID"].astype(str))
    return BestResponses(treated, by_response, held, *shares)


def _place(name: str, named: list[str]) -> tuple[int, str]:
    """Where a name stands in the protocol; those it does not name last, as sorted."""
    return (named.index(name) if name in named else len(named), name)
