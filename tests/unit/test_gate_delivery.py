"""Whole files: which are worth judging row by row, and when too much of one is wrong."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pandas as pd
import pytest

from milepost.intake import gate
from milepost.intake.reading import Reading
from milepost.protocol import GatePolicy
from tests.intake_files import COLUMNS, GOOD, HEADER, layout, read, study

EVERYTHING = layout(mode="cumulative")


def check(reading: Reading, history: tuple[int, ...] = (), layout_=EVERYTHING) -> pd.DataFrame:
    return gate.check_delivery(reading, history, study().protocol, layout_)


def many(lines: int) -> Reading:
    return read("\n".join((HEADER, *(GOOD.replace(",1,", f",{n},") for n in range(lines)))), EVERYTHING)


QUALITY = [{"id": "QUALITY_CONTROL", "when": {"column": "Subject", "starts_with": ["S"]}}]
BREAKS: dict[str, Callable[[], pd.DataFrame]] = {
    "FILE-NAME": lambda: gate.unknown_file(study().site("S01"), study().protocol),
    "FILE-READABLE": lambda: check(read(b"PK\x03\x04")),
    "FILE-COLUMNS": lambda: check(read(f"{HEADER.replace('Unit', 'Units')}\n{GOOD}")),
    "FILE-ROWS": lambda: check(Reading()),
    "FILE-ROW-COUNT": lambda: check(many(49), (10, 100)),
    "FILE-ALL-IGNORED": lambda: check(read(f"{HEADER}\n{GOOD}", layout(ignore=QUALITY))),
    "FILE-COLUMNS-UNKNOWN": lambda: check(read(f"{HEADER},Ward\n{GOOD},7")),
    "FILE-IDENTIFIERS": lambda: check(read(f"{HEADER},Name\n{GOOD},X")),
}
CRITICAL = {"FILE-NAME", "FILE-READABLE", "FILE-COLUMNS", "FILE-ROWS", "FILE-ROW-COUNT"}


def test_every_rule_about_files_has_a_file_that_breaks_it():
    assert set(BREAKS) == set(gate.FILE_RULES)


@pytest.mark.parametrize("rule", sorted(BREAKS))
def test_a_file_that_breaks_a_rule_is_found_and_told_what_to_do(rule):
    found = BREAKS[rule]()
    assert found["RULE"].tolist() == [rule]
    assert found["SEVERITY"].tolist() == ["critical" if rule in CRITICAL else "warning"]
    reason = found["REASON"].iloc[0]
    assert reason.startswith(gate.FILE_RULES[rule][1]) and "Please" in reason and reason.endswith(".")


def test_a_good_file_breaks_none():
    assert check(many(3), (3,)).empty


@pytest.mark.parametrize(
    "text", ["", "\n\n", HEADER, f"{HEADER}\n", f"{HEADER}\n,,,,,,,\n\n", f"{HEADER}\n合计,,,,,,,\n"]
)
def test_an_empty_export_is_never_a_success(text):
    found = check(read(text))
    assert found["SEVERITY"].tolist() == ["critical"]


@pytest.mark.parametrize(
    ("lines", "history", "mode", "held"),
    [
        (50, (100,), "cumulative", False),  # exactly half is not below half
        (49, (100,), "cumulative", True),
        (49, (10, 100), "cumulative", True),  # the newest counts
        (49, (100, 60), "cumulative", False),
        (300, (100,), "cumulative", False),
        (1, (), "cumulative", False),  # the first file has nothing to be compared with
        (1, (100,), "increment", False),
    ],
)
def test_a_file_that_holds_everything_is_compared_with_the_one_before(lines, history, mode, held):
    found = check(many(lines), history, layout(mode=mode))
    assert ("FILE-ROW-COUNT" in set(found["RULE"])) == held


def test_the_limit_of_lines_is_the_protocols():
    protocol = study().protocol.model_copy(update={"gate": GatePolicy(row_count_low_pct=Decimal(90))})
    assert not gate.check_delivery(many(89), (100,), protocol, EVERYTHING).empty
    assert gate.check_delivery(many(90), (100,), protocol, EVERYTHING).empty


def test_missing_columns_are_named_with_the_unknown_ones_that_may_be_their_new_names():
    reason = BREAKS["FILE-COLUMNS"]()["REASON"].iloc[0]
    assert reason == (
        "Columns we need are missing from the file. Missing: Unit. Found and unknown: Units. Please send the old "
        "names, or tell us the new ones."
    )


def test_a_first_line_that_is_no_header_is_not_repeated():
    more = ",张三,11010519491231002X,1960-01-02,13912345678,12.5,S01-001"
    reason = check(read(f"{HEADER}{more}\n{GOOD}{more}\n"))["REASON"].iloc[0]
    assert "not shown" in reason
    assert not any(
        text in reason for text in ("11010519491231002X", "1960-01-02", "13912345678", "12.5", "张三")
    )


def test_many_unknown_columns_are_not_all_listed():
    more = "".join(f",c{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(60))
    reason = check(read(f"{HEADER}{more}\n{GOOD}{',x' * 60}\n"))["REASON"].iloc[0]
    assert "and 40 more" in reason


def test_the_name_of_an_unknown_file_is_not_repeated_but_what_is_expected():
    reason = BREAKS["FILE-NAME"]()["REASON"].iloc[0]
    assert "Expected: edc_*.csv, imaging_*.csv, labs_*.csv." in reason


# ---- how much of a file may be wrong


def findings(*broken: int, severity: str = "critical", twice: bool = False) -> pd.DataFrame:
    rows = [("LB", pos, severity) for pos in broken] * (2 if twice else 1)
    return pd.DataFrame(rows, columns=["DOMAIN", "POS", "SEVERITY"])


NO_BATCH = pd.DataFrame(columns=["SEVERITY", "REASON"])


@pytest.mark.parametrize(
    ("broken", "rows", "policy", "held"),
    [
        (2, 10, {}, False),  # exactly a fifth is not above a fifth
        (3, 10, {}, True),
        (3, 9, {}, False),  # too small a file for shares
        (9, 9, {}, False),
        (200, 1000, {}, False),
        (201, 1000, {}, True),
        (0, 0, {"hold_min_rows": 0}, False),
        (1, 1, {"hold_min_rows": 0}, True),
        (5, 1000, {"hold_count": 5}, True),
        (4, 1000, {"hold_count": 5}, False),
        (1, 1, {"hold_count": 1}, True),
        (1, 3, {"hold_min_rows": 1, "hold_share_pct": Decimal("33.4")}, False),
        (1, 3, {"hold_min_rows": 1, "hold_share_pct": Decimal("33.3")}, True),
        (10, 10, {"hold_share_pct": Decimal(100)}, False),
    ],
)
def test_a_file_is_held_whole_where_too_many_or_too_large_a_share_of_its_rows_fail(
    broken, rows, policy, held
):
    why = gate.decide_hold(
        findings(*range(broken)), NO_BATCH, {"LB": rows}, GatePolicy.model_validate(policy)
    )
    assert (why is not None) == held
    assert why is None or why.startswith(f"{broken} of {rows} rows break a critical rule;")


def test_a_row_that_breaks_two_rules_is_one_row():
    assert gate.decide_hold(findings(0, 1, twice=True), NO_BATCH, {"LB": 10}, GatePolicy()) is None


def test_warnings_hold_nothing():
    assert (
        gate.decide_hold(findings(*range(10), severity="warning"), NO_BATCH, {"LB": 10}, GatePolicy()) is None
    )


def test_the_share_is_of_all_rows_of_the_file_whatever_their_domain():
    assert gate.decide_hold(findings(0, 1, 2), NO_BATCH, {"LB": 3, "VS": 12}, GatePolicy()) is None
    assert gate.decide_hold(findings(0, 1, 2, 3), NO_BATCH, {"LB": 4, "VS": 12}, GatePolicy()) is not None


def test_what_could_not_be_checked_holds_whatever_the_shares():
    failed = pd.DataFrame({"SEVERITY": ["critical", "critical", "warning"], "REASON": ["A.", "A.", "B."]})
    assert gate.decide_hold(findings(), failed, {"LB": 3}, GatePolicy()) == "A."


def test_from_the_text_of_a_file_to_the_finding_a_site_reads():
    rows = read(f"{HEADER}\n{GOOD}\n{GOOD.replace('ng/mL', 'mg').replace(',1,', ',2,')}\n").frames
    found = gate.check_rows(
        rows, suites=gate.load_suites({"LB": _suite()}), parameters=gate.parameters(study().protocol),
        facts=gate.Facts(subjects={"S01-001"}),
    ).rows  # fmt: skip
    assert found["QUESTION"].tolist() == [
        "Laboratory, line 3: The unit of this result is missing or not one we know, so the number means nothing. "
        'Please send the unit as printed on the report. AFP unit "mg" is unknown. Known: IU/mL, U/mL, kIU/L, kU/L, '
        "mg/L, ng/L, ng/mL, nmol/L, pg/mL, ug/L. Add it to sites.toml or query the site. [LB-UNIT-KNOWN]"
    ]
    assert COLUMNS["LBORRESU"] == "Unit"


def _suite() -> str:
    from milepost.runtime import default_suites

    return default_suites()["lb"]
