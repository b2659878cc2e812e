"""Laws of record versions, over any deliveries: nothing lost, nothing rewritten, twice is once."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.core.versions import KEY, decide_versions
from milepost.schema import DOMAINS

LB = DOMAINS["LB"]
KEYS = ("R:AFP|77", "R:AFP|78", "D:AFP|SERUM|2026-03-30", "D:AFP|SERUM|2026-03-30T09:00")
COLUMNS = [
    *LB.names, "SITEID", "DELIVERY", "SRCLINE", "EMIT", "RECKEY", "STATUS", "RESVER", "ADT", "KNOWN_FROM", "SAME_DAY",
    "POS",
]  # fmt: skip

lines = st.fixed_dictionaries({
    "RECKEY": st.sampled_from(KEYS),
    "LBORRES": st.sampled_from(["370", "380", "390"]),
    "STATUS": st.sampled_from(["FINAL", "FINAL", "FINAL", "PRELIMINARY", "CORRECTED", "CANCELLED"]),
    "RESVER": st.sampled_from([None, None, "1", "2", "10"]),
    "SAME_DAY": st.sampled_from(["correction", "second_sample"]),
})  # fmt: skip
deliveries = st.lists(st.lists(lines, min_size=1, max_size=4), min_size=1, max_size=3)


def frame(sent, first: int = 1) -> pd.DataFrame:
    """Deliveries numbered from `first`, each with its lines."""
    rows = [
        dict.fromkeys(COLUMNS)
        | {"USUBJID": "P1", "LBTESTCD": "AFP", "SITEID": "S01", "EMIT": 0, "ADT": pd.Timestamp("2026-03-30"),
           "LBDTC": row["RECKEY"].split("|")[-1] if row["RECKEY"][0] == "D" else "2026-03-30",
           "DELIVERY": number, "SRCLINE": line, "POS": number * 100 + line,
           "KNOWN_FROM": pd.Timestamp(2026, 4, number, tz="UTC")}
        | row
        for number, delivery in enumerate(sent, first)
        for line, row in enumerate(delivery, 2)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).astype({"LBORRES": object, "RESVER": object})


NOTHING = frame([]).assign(VERSION=0, OCCURRENCE=0, RETRACTED=False)


def newest(versions: pd.DataFrame) -> pd.DataFrame:
    """The newest version of each occurrence."""
    ordered = versions.sort_values([*KEY, "OCCURRENCE", "VERSION"])
    return ordered.drop_duplicates([*KEY, "OCCURRENCE"], keep="last").reset_index(drop=True)


def one_by_one(sent) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every version and every placement, deliveries taken one after the other."""
    versions, placed = NOTHING, []
    for number, delivery in enumerate(sent, 1):
        done = decide_versions(frame([delivery], number), newest(versions), LB)
        versions = pd.concat([versions, done.new], ignore_index=True) if len(versions) else done.new
        placed.append(done.placed)
    return versions, pd.concat(placed, ignore_index=True)


def content(versions: pd.DataFrame) -> list[list[object]]:
    """What a version says, in order."""
    names = [
        "RECKEY",
        "OCCURRENCE",
        "VERSION",
        "LBORRES",
        "STATUS",
        "RESVER",
        "RETRACTED",
        "DELIVERY",
        "SRCLINE",
    ]
    ordered = versions.sort_values(["RECKEY", "OCCURRENCE", "VERSION"])
    return ordered[names].astype(object).where(ordered[names].notna(), None).to_numpy().tolist()


@settings(max_examples=15, deadline=None)
@given(deliveries)
def test_deliveries_together_are_deliveries_one_after_the_other(sent):
    together = decide_versions(frame(sent), NOTHING, LB)
    alone, placed = one_by_one(sent)
    assert content(together.new) == content(alone)
    assert sorted(together.placed["POS"]) == sorted(placed["POS"]) == sorted(frame(sent)["POS"])


@settings(max_examples=15, deadline=None)
@given(deliveries, deliveries)
def test_what_comes_later_rewrites_nothing(sent, more):
    before, _ = one_by_one(sent)
    after, _ = one_by_one([*sent, *more])
    known_then = after[after["DELIVERY"] <= len(sent)]
    assert content(known_then) == content(before)


@settings(max_examples=15, deadline=None)
@given(deliveries)
def test_the_last_delivery_sent_again_changes_nothing(sent):
    once, _ = one_by_one(sent)
    again, placed = one_by_one([*sent, sent[-1]])
    assert content(again) == content(once)
    assert len(placed) == len(frame([*sent, sent[-1]]))


@settings(max_examples=15, deadline=None)
@given(deliveries)
def test_versions_of_a_record_are_numbered_without_a_gap(sent):
    versions, _ = one_by_one(sent)
    for _, group in versions.groupby(["RECKEY", "OCCURRENCE"]):
        assert sorted(group["VERSION"]) == list(range(1, len(group) + 1))
