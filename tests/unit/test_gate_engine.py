"""What could not be checked holds the file: never "no rows failed". And one run a domain, however many files."""

from __future__ import annotations

import logging
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from milepost.errors import ConfigurationError
from milepost.intake import gate
from milepost.intake.gate import engine, rows
from milepost.intake.gate.rules import Rule
from milepost.schema import DOMAINS
from tests.gate_rows import FACTS, frame, judge, row, suites
from tests.intake_files import study

RULE = Rule("T-1", "expect_column_values_to_not_be_null", {"column": "LBORRES"}, "critical", "It is missing.")


def with_rules(*rules: Rule) -> gate.Suites:
    """The laboratory's suite with these rules behind its own."""
    suite = suites().by_domain["LB"]
    return gate.Suites({"LB": replace(suite, rules=(*suite.rules, *rules))})


def held(found: gate.Findings) -> list[tuple[int, str, str]]:
    return list(found.batch[["DELIVERY", "RULE", "SEVERITY"]].itertuples(index=False, name=None))


def two_files() -> dict[str, pd.DataFrame]:
    return {"LB": frame([row("LB", DELIVERY=3, LBORRES="PLANTED"), row("LB", DELIVERY=8)])}


# ---- what could not be checked


def test_a_rule_that_great_expectations_drops_holds_every_file_of_the_domain(monkeypatch):
    suites()  # loaded before the library begins to drop rules
    whole = engine._suite
    monkeypatch.setattr(engine, "_suite", lambda name, built: whole(name, built[:-1]))
    found = judge(two_files())
    assert held(found) == [(3, "LB-RULES", "critical"), (8, "LB-RULES", "critical")]
    assert "Until then the file is held" in found.batch["REASON"].iloc[0]
    assert found.rows.empty


def test_a_result_that_is_missing_holds_every_file_of_the_domain(monkeypatch):
    import great_expectations.datasource.fluent.interfaces as interfaces

    whole = interfaces.Batch.validate

    def one_less(self: Any, *args: Any, **more: Any) -> Any:
        result = whole(self, *args, **more)
        result.results.pop()
        return result

    monkeypatch.setattr(interfaces.Batch, "validate", one_less)
    assert held(judge(two_files())) == [(3, "LB-RULES", "critical"), (8, "LB-RULES", "critical")]


def test_a_rule_that_raises_holds_the_files_and_names_the_kind_of_error_only(caplog):
    caplog.set_level(logging.DEBUG)
    broken = Rule(
        "LB-OWN", "expect_column_values_to_be_between", {"column": "LBORRES", "min_value": 1, "max_value": 2},
        "warning", "Out of range.",
    )  # fmt: skip
    found = judge(two_files(), with_rules(broken))
    assert held(found) == [(3, "LB-OWN", "critical"), (8, "LB-OWN", "critical")]
    reason = found.batch["REASON"].iloc[0]
    assert reason.startswith("Rule LB-OWN could not be run (") and "no row counts as checked" in reason
    assert "PLANTED" not in reason and "PLANTED" not in caplog.text


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ({"unexpected_count": 0}, "fine"),
        ({"unexpected_count": 2, "unexpected_index_list": [4, 9]}, "rows"),
        ({"unexpected_count": 3, "unexpected_index_list": [4, 9]}, "error"),
        ({"unexpected_count": 3}, "error"),
        ({"observed_value": 7}, "batch"),
    ],
)
def test_a_list_of_rows_cut_short_is_an_error_and_never_fewer_rows(result, outcome):
    made = engine._outcome(
        RULE, SimpleNamespace(exception_info={}, result=result, success=outcome in ("fine", "rows"))
    )
    assert (made.error is not None) == (outcome == "error")
    assert made.batch_failed == (outcome == "batch")
    assert made.positions.tolist() == ([4, 9] if outcome == "rows" else [])


@pytest.mark.parametrize(
    "info",
    [
        {
            "raised_exception": True,
            "exception_traceback": "Traceback\n  x\nValueError: PLANTED",
            "exception_message": "P",
        },
        {"metric": {"raised_exception": True, "exception_traceback": "a.b.ValueError: PLANTED"}},
    ],
)
def test_an_exception_in_either_form_is_an_error_without_its_text(info):
    made = engine._outcome(RULE, SimpleNamespace(exception_info=info, result={}, success=False))
    assert made.error == "ValueError"


def test_more_failing_rows_than_the_library_lists_are_all_found():
    rows_ = [row("LB", SRCLINE=n + 2, X_UNIT="UNKNOWN_UNIT" if n % 2 else "OK") for n in range(3000)]
    found = judge({"LB": frame(rows_)})
    assert found.rows["POS"].tolist() == list(range(1, 3000, 2))


def test_a_code_of_the_reader_that_no_rule_judges_holds():
    found = judge({"LB": frame([row("LB", X_UNIT="NEW_PROBLEM")])})
    assert held(found) == [(1, "LB-CODES", "critical")]
    assert "X_UNIT=NEW_PROBLEM, which no rule judges" in found.batch["REASON"].iloc[0]


@pytest.mark.parametrize("column", ["LBORRES", "X_UNIT", "NOTE", "STATUS"])
def test_a_column_that_was_not_read_holds(column):
    found = judge({"LB": frame([row("LB")]).drop(columns=column)})
    assert held(found) == [(1, "LB-COLUMNS", "critical")]
    assert f"the column {column} is missing" in found.batch["REASON"].iloc[0]


def test_a_domain_without_rules_holds():
    assert held(judge({"LB": frame([row("LB")])}, gate.Suites({}))) == [(1, "LB-RULES", "critical")]


def test_one_domain_that_cannot_be_checked_holds_no_other(monkeypatch):
    frames = {"LB": frame([row("LB", X_UNIT="NEW_PROBLEM")]), "VS": frame([row("VS", VSORRES=None)])}
    found = judge(frames)
    assert found.batch["DOMAIN"].tolist() == ["LB"]
    assert found.rows[["DOMAIN", "RULE"]].to_numpy().tolist() == [["VS", "VS-VALUE-GIVEN"]]


def test_no_rows_are_nobodys_success():
    found = judge({"LB": frame([row("LB")]).iloc[:0]})
    assert dict(found.judged) == {} and found.rows.empty and found.batch.empty
    assert list(found.rows) == list(gate.ROW_COLUMNS) and list(found.batch) == list(gate.BATCH_COLUMNS)


def test_a_parameter_that_nobody_gives_stops_before_a_row_is_judged():
    asks = Rule("LB-OWN", "expect_column_values_to_be_in_set", {"column": "LBSPEC",
        "value_set": {"$PARAMETER": "spec"}},
                "info", "x")  # fmt: skip
    with pytest.raises(ConfigurationError, match="rule LB-OWN: parameter 'spec' is given nowhere"):
        judge({"LB": frame([row("LB")])}, with_rules(asks))


# ---- one run a domain


@pytest.mark.parametrize("files", [1, 40])
def test_the_rules_run_once_a_domain_whatever_the_number_of_files(files, monkeypatch):
    runs: list[tuple[str, int]] = []
    whole = engine.run

    def counted(name: str, rules: Any, given: pd.DataFrame, parameters: Any) -> Any:
        runs.append((name, len(given)))
        return whole(name, rules, given, parameters)

    monkeypatch.setattr(rows.engine, "run", counted)
    many = range(1, files + 1)
    found = judge({"LB": frame(row("LB", DELIVERY=n, X_UNIT="MISSING_UNIT") for n in many),
                   "VS": frame(row("VS", DELIVERY=n) for n in many)})  # fmt: skip
    assert runs == [("laboratory", files), ("vital signs", files)]
    assert found.rows["DELIVERY"].tolist() == list(many)


def test_judging_changes_nothing_in_what_it_is_given():
    given = frame([row("LB", X_UNIT="MISSING_UNIT", DELIVERY=n) for n in (5, 4)]).set_index(pd.Index([7, 7]))
    before = given.copy(deep=True)
    found = judge({"LB": given})
    pd.testing.assert_frame_equal(given, before)
    assert found.rows[["POS", "DELIVERY"]].to_numpy().tolist() == [[0, 5], [1, 4]]


# ---- which rows a rule is meant for


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({}, {"LB-DATE-VALID", "LB-UNIT-KNOWN", "LB-VALUE-NUMBER"}),
        # a withdrawn record needs nothing but what finds the record it withdraws
        ({"STATUS": "CANCELLED"}, set()),
        ({"STATUS": "ENTERED_IN_ERROR"}, set()),
        ({"STATUS": "CANCELLED", "RECKEY": "D:AFP||"}, {"LB-DATE-VALID"}),
        ({"STATUS": "CANCELLED", "X_SUBJECT": "MISSING"}, {"LB-SUBJECT-VALID"}),
        ({"STATUS": "CANCELLED", "X_TEST": "UNKNOWN_CODE"}, {"LB-TEST-KNOWN"}),
        # what is not used is not judged
        ({"STATUS": "PRELIMINARY"}, {"LB-DATE-VALID"}),
        ({"STATUS": "REJECTED"}, {"LB-DATE-VALID", "LB-SPECIMEN-ACCEPTED"}),
        ({"LBSTAT": "NOT DONE"}, {"LB-DATE-VALID"}),
    ],
)
def test_a_rule_is_asked_only_of_the_rows_it_is_meant_for(cells, found):
    spoilt = {"X_DATE": "MISSING", "X_UNIT": "MISSING_UNIT", "X_VALUE": "MISSING"} | cells
    assert set(judge({"LB": frame([row("LB", **spoilt)])}).rows["RULE"]) == found


@pytest.mark.parametrize(
    ("cells", "is_sample"),
    [
        ({"X_UNIT": "UNKNOWN_UNIT"}, True),
        ({"X_UNIT": "UNKNOWN_UNIT", "X_STATUS": "UNKNOWN_STATUS", "STATUS": "FINAL"}, True),
        ({"X_TEST": "REFUSED_CODE"}, True),
        ({"X_DATE": "AFTER_RECEIPT"}, False),
        ({"X_LINE": "TOO_FEW_CELLS", "STATUS": "PRELIMINARY"}, False),
        ({"X_STATUS": "UNKNOWN_STATUS", "STATUS": "PRELIMINARY"}, True),
        ({"X_LINE": "TOO_FEW_CELLS", "STATUS": "CANCELLED"}, False),
        ({"X_LINE": "TOO_FEW_CELLS", "LBSTAT": "NOT DONE"}, False),
    ],
)
def test_a_refused_row_says_whether_a_specimen_was_drawn(cells, is_sample):
    assert set(judge({"LB": frame([row("LB", **cells)])}).rows["IS_SAMPLE"]) == {is_sample}


def test_a_row_of_another_domain_is_no_specimen():
    assert not judge({"VS": frame([row("VS", VSORRES=None)])}).rows["IS_SAMPLE"].any()


# ---- what a reason says


def test_a_reason_goes_on_with_the_code_that_was_found_and_those_that_are_known():
    found = judge({"EX": frame([row("EX", EXTRT="Aspirin"), row("EX", EXTRT=None)])}).rows
    assert found["REASON"].tolist() == [
        "The drug is missing or is not one of this study's drugs. Please send the study drug's name. "
        'Found "Aspirin". Known: ANLOTINIB, SORAFENIB.',
        "The drug is missing or is not one of this study's drugs. Please send the study drug's name.",
    ]


PLANTED = ("987654.3", "1960-01-02", "13912345678", "11010519491231002X", "moved to PLANTED")
SHOWN = (
    "EXTRT",
    "TRTESTCD",
    "TRORRESU",
)  # a word in the place of such a code may be shown, a number or date may not


@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_no_reason_and_no_question_carries_a_value_wherever_it_stands(domain):
    codes = {"X_LINE": "TOO_MANY_CELLS", "X_DATE": "UNPARSEABLE"}
    if domain in ("LB", "EX", "TR", "AE", "VS", "DM"):
        codes |= {"X_VALUE": "UNPARSEABLE"}
    spoilt = []
    for value in PLANTED:
        names = [name for name in DOMAINS[domain].names if name != "USUBJID" and not name.endswith("DTC")]
        cells = {name: value for name in names if value != PLANTED[-1] or name not in SHOWN}
        spoilt.append(row(domain, **cells, **codes))
    found = judge({domain: frame(spoilt)})
    assert found.batch.empty and set(found.rows["POS"]) == set(range(len(PLANTED)))
    said = " ".join((*found.rows["REASON"], *found.rows["QUESTION"]))
    assert not [value for value in PLANTED if value in said]


def test_deaths_and_subjects_are_facts_and_nothing_else_is_asked_of_anybody():
    nobody = gate.Facts()
    found = gate.check_rows({"LB": frame([row("LB")])}, suites=suites(), facts=nobody,
                            parameters=gate.parameters(study().protocol))  # fmt: skip
    assert found.rows["RULE"].tolist() == ["LB-SUBJECT-IN-DM"]
    assert np.array_equal(sorted(FACTS.subjects), ["S01-001", "S01-002", "S01-009"])
