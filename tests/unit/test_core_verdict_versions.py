"""Which verdicts are news."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from milepost.core.verdict_versions import KEYS, next_versions, plain

NIGHT = {
    "as_of": dt.date(2026, 4, 1),
    "known_at": dt.datetime(2026, 4, 1, 16, tzinfo=dt.UTC),
    "config_hash": "c",
}
NEVER = pd.DataFrame(columns=[*KEYS, "SITEID", "REASON", "VERSION", "INPUT_HASH"])


def verdict(state: str = "OVERDUE", **more: Any) -> pd.DataFrame:
    row = {
        "USUBJID": "P1", "LINE": 1, "CHECKPOINT": "W4", "SITEID": "S1", "STATE": state, "REASON": None, "FINAL": False,
        "NEXT_ON": pd.Timestamp("2026-04-14"), "PCHG": None, "FLAGS": (), "BASE_SRC": (1, 2, "R:AFP|1", 1, 1),
    }  # fmt: skip
    return pd.DataFrame([row | more])


def test_a_first_verdict_is_version_1() -> None:
    (new,) = next_versions(verdict(), NEVER, **NIGHT).to_dict("records")
    assert (new["VERSION"], new["STATE"], new["CONFIG_HASH"]) == (1, "OVERDUE", "c")
    assert new["DETAIL"] == {"PCHG": None, "FLAGS": [], "BASE_SRC": [1, 2, "R:AFP|1", 1, 1]}


def test_the_same_verdict_on_another_night_is_no_news() -> None:
    first = next_versions(verdict(), NEVER, **NIGHT)
    later = NIGHT | {"as_of": dt.date(2026, 4, 2), "known_at": dt.datetime(2026, 4, 2, 16, tzinfo=dt.UTC)}
    assert next_versions(verdict(), first, **later).empty


def test_another_row_behind_the_same_verdict_is_news() -> None:
    first = next_versions(verdict(), NEVER, **NIGHT)
    again = next_versions(verdict(BASE_SRC=(1, 2, "R:AFP|1", 1, 2)), first, **NIGHT)
    assert list(again["VERSION"]) == [2]


def test_a_line_that_is_judged_no_more_is_withdrawn_once() -> None:
    first = next_versions(verdict(), NEVER, **NIGHT)
    gone = next_versions(verdict().iloc[:0], first, **NIGHT)
    assert gone[["STATE", "REASON", "VERSION"]].to_numpy().tolist() == [["NOT_STARTED", "LINE_WITHDRAWN", 2]]
    assert next_versions(verdict().iloc[:0], gone, **NIGHT).empty


def test_a_value_is_written_exactly_and_alike_whatever_holds_it() -> None:
    assert plain(Decimal("-25.0000")) == "-25.0000"
    assert plain(np.int64(29)) == 29 and plain(np.bool_(True)) is True
    assert plain(pd.Timestamp("2026-04-14")) == plain(dt.date(2026, 4, 14)) == "2026-04-14"
    assert plain(pd.NaT) is None and plain(float("nan")) is None and plain(pd.NA) is None


def test_the_order_of_columns_means_nothing() -> None:
    first = next_versions(verdict(), NEVER, **NIGHT)
    turned = verdict()[list(reversed(verdict().columns))]
    assert next_versions(turned, first, **NIGHT).empty
