"""Laws of laboratory grades, over any results, limits and baselines."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.core.ctcae import Term
from milepost.core.exact_numbers import sign_against, to_numbers
from milepost.core.lab_grading import TABLES, Grades, grade
from milepost.core.lab_toxicity import derive_lab_toxicity
from tests.spec.cases_lab_toxicity import FIRST_DOSE, Lab
from tests.spec.records import records
from tests.spec.test_lab_toxicity import PROTOCOL, lines_of, row_of

LAW = settings(max_examples=60, deadline=None)
FEW = settings(max_examples=25, deadline=None)

numeric = [(version, term) for version, terms in TABLES.items() for term in terms if term.limbs]
terms = st.sampled_from(numeric)
amounts = st.one_of(
    st.decimals(min_value=0, max_value=3000, places=2, allow_nan=False),
    st.decimals(min_value=0, max_value=20, places=3, allow_nan=False),
)
positive = amounts.filter(lambda amount: amount > 0)
maybe = st.one_of(st.none(), positive)


def grades_of(
    named: tuple[str, Term], values: list[Decimal], lln: Decimal | None, uln: Decimal | None, base: Decimal | None,
    high: bool,
) -> Grades:  # fmt: skip
    version, term = named
    count = len(values)
    return grade(
        term.name, term.direction, values, units=[term.unit] * count, lln=[lln] * count, uln=[uln] * count,
        base=[base] * count, base_indicator=["HIGH" if high else "NORMAL"] * count, on_anticoagulant=[True] * count,
        version="6.0" if version == "6.0" else "5.0",
    )  # fmt: skip


@LAW
@given(terms, st.lists(amounts, min_size=2, max_size=12), positive, positive, positive, st.booleans())
def test_a_result_further_out_has_no_lower_grade(
    named: tuple[str, Term], values: list[Decimal], lln: Decimal, uln: Decimal, base: Decimal, high: bool
) -> None:
    inwards = sorted(values, reverse=named[1].direction == "L")
    found = grades_of(named, inwards, lln, uln, base, high)
    assert (found.why == 0).all()
    assert (np.diff(found.highest.astype(int)) >= 0).all()
    assert (np.diff(found.lowest.astype(int)) >= 0).all()


@LAW
@given(terms, st.lists(amounts, min_size=1, max_size=12), maybe, maybe, maybe, st.booleans())
def test_there_is_a_grade_or_a_reason_and_the_lowest_is_no_higher_than_the_highest(
    named: tuple[str, Term],
    values: list[Decimal],
    lln: Decimal | None,
    uln: Decimal | None,
    base: Decimal | None,
    high: bool,
) -> None:
    found = grades_of(named, values, lln, uln, base, high)
    assert ((found.highest >= 0) == (found.why == 0)).all()
    assert ((found.highest >= 0) == (found.lowest >= 0)).all()
    assert (found.lowest <= found.highest).all()
    assert (found.highest <= 4).all()


@LAW
@given(
    terms, st.lists(amounts, min_size=1, max_size=12), positive, positive, positive, st.booleans(), st.data()
)
def test_less_knowledge_never_invents_a_grade(
    named: tuple[str, Term],
    values: list[Decimal],
    lln: Decimal,
    uln: Decimal,
    base: Decimal,
    high: bool,
    data: st.DataObject,
) -> None:
    known = grades_of(named, values, lln, uln, base, high)
    without = data.draw(st.sampled_from(["lln", "uln", "both"]))
    found = grades_of(
        named, values, None if without != "uln" else lln, None if without != "lln" else uln, base, high
    )
    assert (found.highest <= known.highest).all()
    # what is left is a grade of its own or none; it never turns into "not abnormal"
    assert not ((found.highest == 0) & (known.highest > 0)).any()


@LAW
@given(
    st.sampled_from([named for named in numeric if named[1].unit is None]),
    st.lists(amounts, min_size=1, max_size=8), positive, positive, positive, st.booleans(),
    st.sampled_from([Decimal("0.0113"), Decimal("88.4"), Decimal("0.357"), Decimal(1000)]),
)  # fmt: skip
def test_where_all_limits_are_multiples_the_unit_does_not_matter(
    named: tuple[str, Term],
    values: list[Decimal],
    lln: Decimal,
    uln: Decimal,
    base: Decimal,
    high: bool,
    factor: Decimal,
) -> None:
    one = grades_of(named, values, lln, uln, base, high)
    other = grades_of(
        named, [value * factor for value in values], lln * factor, uln * factor, base * factor, high
    )
    assert one.highest.tolist() == other.highest.tolist()


@LAW
@given(
    st.lists(st.tuples(positive, positive), min_size=1, max_size=8),
    st.sampled_from(["1.5", "2.5", "3", "0.75"]),
)
def test_a_comparison_is_that_of_decimals_also_at_and_beside_the_limit(
    pairs: list[tuple[Decimal, Decimal]], times: str
) -> None:
    by = Decimal(times)
    tried = [(value, limit) for value, limit in pairs]
    tried += [
        (by * limit + step, limit) for _, limit in pairs for step in (-Decimal("1e-15"), 0, Decimal("1e-15"))
    ]
    values, limits = to_numbers([value for value, _ in tried]), to_numbers([limit for _, limit in tried])
    found = sign_against(values, limits, times=by)
    assert found.tolist() == [(value > by * limit) - (value < by * limit) for value, limit in tried]


results = st.builds(
    Lab,
    test=st.sampled_from(["ALT", "PLAT", "K", "CA", "ALB", "WBC", "NEUTPCT", "NEUT"]),
    date=st.integers(-10, 60).map(
        lambda day: (dt.date.fromisoformat(FIRST_DOSE) + dt.timedelta(days=day)).isoformat()
    ),
    result=st.one_of(
        st.integers(1, 900).map(str), st.sampled_from(["2.0", "3.4", "<25", "<30", ">200", "25", "40", "120"])
    ),
    unit=st.sampled_from(["U/L", "10^9/L", "mmol/L", "g/L", "%", None]),
    low=st.sampled_from([None, "3.5", "35", "100"]),
    high=st.sampled_from([None, "40", "5.3", "300"]),
)
TWO_LINES = lines_of((FIRST_DOSE, "09:00", "2026-03-20"), ("2026-04-06", None, None))


@FEW
@given(st.lists(results, max_size=15), st.integers(0, 1000))
def test_no_result_is_lost_none_is_doubled_and_their_order_does_not_matter(
    labs: list[Lab], seed: int
) -> None:
    frame = records("LB", *(row_of(lab) for lab in labs))
    mixed = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
    one, other = (
        derive_lab_toxicity(rows, TWO_LINES, protocol=PROTOCOL, as_of=dt.date(2026, 12, 31))
        for rows in (frame, mixed)
    )
    pd.testing.assert_frame_equal(
        one.adlb.astype(object).where(one.adlb.notna(), None),
        other.adlb.astype(object).where(other.adlb.notna(), None),
    )
    pd.testing.assert_frame_equal(one.problems, other.problems)
    reported = one.adlb[one.adlb["DTYPE"].isna().to_numpy(bool)]
    own = reported.drop_duplicates("RECKEY")
    assert sorted(own["RECKEY"]) == sorted(frame["RECKEY"])
    # the only second row of a record is the next line's baseline
    again = reported[reported.duplicated("RECKEY")]
    assert again["ABLFL"].eq("Y").all()
    assert (again["LINE"] == 2).all()


@FEW
@given(st.lists(results, min_size=1, max_size=15))
def test_at_most_one_baseline_and_one_worst_row_a_line_and_test_and_pre_dose_rows_have_no_grade(
    labs: list[Lab],
) -> None:
    adlb = derive_lab_toxicity(
        records("LB", *(row_of(lab) for lab in labs)),
        TWO_LINES,
        protocol=PROTOCOL,
        as_of=dt.date(2026, 12, 31),
    ).adlb
    keys = ["USUBJID", "LINE", "PARAMCD"]
    for flag in ("ABLFL", "WORSTLFL", "WORSTHFL"):
        assert not adlb[adlb[flag].eq("Y")].duplicated(keys).any()
    before = adlb["ADY"] < 0
    assert adlb.loc[before, ["ATOXGRL", "ATOXGRH", "GRMAXL", "GRMAXH"]].isna().all(axis=None)
    for side in ("L", "H"):
        counted = adlb.assign(GRADE=adlb[f"SHIFT{side}"].astype(object).str[-1])
        counted = counted[counted["GRADE"].notna()].astype({"GRADE": int})
        worst = counted[counted["ONTRTFL"].eq("Y")].groupby(keys, observed=True)["GRADE"].max()
        flagged = counted[counted[f"WORST{side}FL"].eq("Y")].set_index(keys)["GRADE"]
        assert dict(flagged.items()) == dict(worst.items())
        assert (counted["GRADE"] >= counted[f"GRMIN{side}"]).all()
        assert (counted["GRADE"] <= counted[f"ATOXGR{side}"]).all()


@FEW
@given(
    st.decimals(min_value=1, max_value=150, places=1),
    st.decimals(min_value=0, max_value=150, places=1),
    st.data(),
)
def test_a_range_allows_exactly_the_grades_of_the_results_in_it(
    limit: Decimal, inside: Decimal, data: st.DataObject
) -> None:
    sign = data.draw(st.sampled_from(["<", ">"]))
    value = min(inside, limit - Decimal("0.1")) if sign == "<" else max(inside, limit + Decimal("0.1"))
    labs = (
        Lab("PLAT", "2026-03-09", f"{sign}{limit}", "10^9/L", "100"),
        Lab("PLAT", "2026-03-10", str(value), "10^9/L", "100"),
    )
    adlb = derive_lab_toxicity(
        records("LB", *(row_of(lab) for lab in labs)),
        TWO_LINES,
        protocol=PROTOCOL,
        as_of=dt.date(2026, 12, 31),
    ).adlb
    ranged, exact = adlb.iloc[0], adlb.iloc[1]
    assert ranged["GRMINL"] <= exact["ATOXGRL"] <= ranged["GRMAXL"]
    assert ranged["ATOXGRL"] == ranged["GRMAXL"]
    assert (ranged["NOTE"] == "CENSORED") == (ranged["GRMINL"] != ranged["GRMAXL"])
