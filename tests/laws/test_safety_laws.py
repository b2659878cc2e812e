"""Laws of adverse events and exposure, over any patient: nothing lost, nobody counted twice, no more than was taken."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.core.adverse_events import derive_adverse_events
from milepost.core.dose_checks import OTHER_DRUG
from milepost.core.event_counts import GRADES, KINDS, summarise_adverse_events
from milepost.core.exposure import derive_exposure
from milepost.core.incidence import summarise_incidence
from milepost.core.populations import derive_lines
from milepost.core.regimens import Regimen
from tests.spec.records import records
from tests.spec.test_exposure import PROTOCOL

FIRST = dt.date(2026, 3, 2)


def day(after: int) -> str:
    """The day so many days after the first dose may have been."""
    return (FIRST + dt.timedelta(days=after)).isoformat()


days = st.integers(-20, 120)
dates = st.one_of(
    st.none(), days.map(day), days.map(lambda after: day(after)[:7]), st.just("2026"), st.just("soon")
)
events = st.fixed_dictionaries({
    "USUBJID": st.sampled_from(["P1", "P2", "P3"]),
    "AETERM": st.sampled_from(["Rash", "RASH", "Itching", "Hypertension"]),
    "AEBODSYS": st.sampled_from([None, "Skin"]), "AETOXGR": st.sampled_from([None, "0", "1", "3", "5"]),
    "AESER": st.sampled_from([None, "Y", "N"]), "AEREL": st.sampled_from([None, "RELATED", "NOT RELATED", "?"]),
    "AEACN": st.sampled_from([None, "DRUG WITHDRAWN", "DOSE REDUCED"]), "AEOUT": st.sampled_from([None, "FATAL"]),
    "AESTDTC": dates, "AEENDTC": dates,
})  # fmt: skip
doses = st.lists(
    st.fixed_dictionaries({
        "USUBJID": st.sampled_from(["P1", "P2"]), "EXTRT": st.sampled_from(["ANL", "SOR"]),
        "EXDOSE": st.sampled_from(["0", "8", "10", "12", "400"]), "EXDOSU": st.just("mg"),
        "EXDOSFRQ": st.sampled_from(["QD", "BID", "QOD"]), "EXSTDTC": days.map(day),
        "EXENDTC": st.one_of(st.none(), days.map(day)), "EXLINE": st.sampled_from([None, "1", "2"]),
    }),
    max_size=8,
)  # fmt: skip
cut_offs = st.integers(-10, 130).map(lambda after: FIRST + dt.timedelta(days=after))


def lines_of(dosed: list[dict]) -> pd.DataFrame:
    """The lines of three patients, the third never treated."""
    people = [{"USUBJID": subject, "ACTARMCD": "ANL"} for subject in ("P1", "P2", "P3")]
    return derive_lines(records("DM", *people), records("EX", *dosed), records("DS"), records("SS"), PROTOCOL)


@settings(max_examples=25, deadline=None)
@given(st.lists(events, max_size=8), doses, cut_offs)
def test_events_are_kept_counted_once_and_never_before_treatment(told, dosed, as_of):
    lines = lines_of(dosed)
    ae = records("AE", *told)
    adae = derive_adverse_events(ae, lines, protocol=PROTOCOL, as_of=as_of).adae
    # every row is kept, unless it can only have begun after the cut-off
    begun = [key for key, text in zip(ae["RECKEY"], ae["AESTDTC"], strict=True) if not _later(text, as_of)]
    assert sorted(adae["RECKEY"]) == sorted(begun)
    emergent = adae[adae["TRTEMFL"].eq("Y")]
    assert not emergent["USUBJID"].eq("P3").any()
    assert not (emergent["ASTDY"] < 1).fillna(False).any()
    assert not (adae["ASTDT"] > pd.Timestamp(as_of)).any()
    assert not (adae["AENDT"] < adae["ASTDT"]).any()
    assert not (adae["TRTEMFL"].eq("Y") & adae["PREFL"].eq("Y")).any()
    # one mark for each patient and line with an emergent event, on an emergent row
    marked = adae[adae["AOCCFL"].eq("Y")]
    assert marked["TRTEMFL"].eq("Y").all()
    assert len(marked) == len(emergent.drop_duplicates(["USUBJID", "LINE"]))

    counts = summarise_adverse_events(adae, lines, as_of=as_of)
    assert (counts[list(KINDS)].le(counts["SUBJECTS"], axis=0)).all(axis=None)
    assert (counts[list(GRADES)].sum(axis=1) == counts["SUBJECTS"]).all()
    assert (counts["SUBJECTS"] <= counts["N"]).all() and (counts["SUBJECTS"] <= counts["EVENTS"]).all()
    overall = counts[counts["LEVEL"] == "ANY"]
    assert overall["SUBJECTS"].tolist() == [emergent["USUBJID"].nunique()]
    assert overall["EVENTS"].tolist() == [len(emergent)]

    rates = summarise_incidence(adae, lines, protocol=PROTOCOL, as_of=as_of)
    assert (rates["YEARSFIRST"] <= rates["YEARS"] + 1e-12).all()
    assert rates[rates["OF"] == "ANY"]["EVENTS"].sum() == len(emergent)


def _later(text: str | None, as_of: dt.date) -> bool:
    if text is None or text == "soon":
        return False
    return text + "-01-01"[: 10 - len(text)] * (len(text) == 4) + "-01" * (len(text) == 7) > as_of.isoformat()


@settings(max_examples=25, deadline=None)
@given(doses, cut_offs)
def test_exposure_has_one_row_a_line_and_never_more_days_than_there_were(dosed, as_of):
    lines = lines_of(dosed)
    ex = records("EX", *dosed)
    found = derive_exposure(ex, lines, records("DS"), protocol=PROTOCOL, as_of=as_of)
    exposure = found.exposure
    assert exposure[["USUBJID", "LINE"]].to_numpy().tolist() == lines[["USUBJID", "LINE"]].to_numpy().tolist()
    assert not (exposure["TRTEDT"] > pd.Timestamp(as_of)).any()
    for row in found.drugs.to_dict("records"):
        if row["RDI"] is None:
            assert row["DATAERR"] or row["REASON"]
            continue
        assert row["DATAERR"] is None and row["REASON"] is None
        assert 0 < row["DOSEDAYS"] <= row["TRTDURD"]
        assert row["CUMDOSE"] >= Decimal(8) and row["RDI"] > 0
        assert row["TRTDURD"] == (row["TRTEDT"] - row["TRTSDT"]).days + 1
    # what is asked of a line leaves it without an amount, but for another drug: each drug has its own
    told = found.problems[found.problems["RULE"].ne(OTHER_DRUG)]
    asked = set(zip(told["USUBJID"], told["LINE"], strict=True))
    empty = found.drugs[found.drugs["RDI"].isna()]
    assert asked <= set(zip(empty["USUBJID"], empty["LINE"], strict=True))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 400))
def test_days_of_intake_are_those_that_are_counted_one_by_one(on, off, length):
    regimen = Regimen(on, on + off)
    assert regimen.days_in(length) == sum(number % (on + off) < on for number in range(length))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 150), st.integers(1, 150))
def test_a_course_told_in_two_rows_is_the_course_told_in_one(length, at):
    """Wherever a stretch of dosing is cut in two, days and amounts stay the same."""
    whole = [{"EXSTDTC": day(0), "EXENDTC": day(length)}]
    cut = min(at, length)
    parts = [{"EXSTDTC": day(0), "EXENDTC": day(cut - 1)}, {"EXSTDTC": day(cut), "EXENDTC": day(length)}]
    made = []
    for rows in (whole, parts):
        dosed = [{"EXTRT": "SOR", "EXDOSE": "400", "EXDOSU": "mg", "EXDOSFRQ": "BID", **row} for row in rows]
        lines = derive_lines(records("DM", {}), records("EX", *dosed), records("DS"), records("SS"), PROTOCOL)
        as_of = FIRST + dt.timedelta(days=200)
        made.append(
            derive_exposure(
                records("EX", *dosed), lines, records("DS"), protocol=PROTOCOL, as_of=as_of
            ).exposure
        )
    names = ["TRTSDT", "TRTEDT", "TRTDURD", "DOSEDAYS", "CUMDOSE", "PLANDOSE", "RDI", "NREDUCE", "NINTERRUPT"]
    pd.testing.assert_frame_equal(made[0][names], made[1][names])
