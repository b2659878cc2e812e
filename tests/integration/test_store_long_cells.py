"""The store gives back what it was given, however long: a report of a large trial is one cell of several megabytes."""

from __future__ import annotations

import pandas as pd

from milepost.store.store import Store
from tests.store_frames import NIGHT


def report(number: int, numbers: dict[str, object]) -> dict[str, object]:
    return {
        "id": f"{number:012d}", "kind": "open", "as_of": pd.Timestamp("2026-03-30"), "known_at": pd.Timestamp(NIGHT),
        "published_at": pd.Timestamp(NIGHT), "config_hash": "c", "code_version": "v", "predecessor": None,
        "sha256": {"report.json": "0"}, "path": f"open/{number}", "numbers": numbers,
    }  # fmt: skip


def test_a_report_of_several_megabytes_is_read_again_as_it_was_kept(store: Store) -> None:
    large = {"rows": [{"id": f"patient {n}", "value": "1" * 90} for n in range(30_000)]}
    assert store.save_report(report(1, large), actor="test", now=NIGHT)
    assert store.save_report(report(2, {"rows": []}), actor="test", now=NIGHT)
    found = store.reports(with_numbers=True)
    assert list(found["NUMBERS"]) == [large, {"rows": []}]


def test_one_reports_numbers_are_read_without_those_of_all_others(store: Store) -> None:
    store.save_report(report(1, {"n": 1}), actor="test", now=NIGHT)
    store.save_report(report(2, {"n": 2}), actor="test", now=NIGHT)
    assert store.report_numbers("000000000002", "open") == {"n": 2}
    assert "NUMBERS" not in store.reports()
