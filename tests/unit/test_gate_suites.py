"""Suites as YAML: what a study may change, and what is refused before a single row is judged by it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from milepost.errors import ConfigurationError
from milepost.intake import gate
from milepost.intake.gate import engine
from milepost.protocol import GatePolicy
from milepost.runtime import default_suites
from tests.gate_rows import frame, judge, row, suites
from tests.intake_files import study

VS = {"VS": default_suites()["vs"]}


def own(text: str, domain: str = "VS", defaults: dict[str, str] | None = None) -> gate.Suites:
    return gate.load_suites(VS if defaults is None else defaults, {domain.lower(): text})


def rule(found: gate.Suites, rule_id: str) -> gate.Rule:
    return next(item for suite in found.by_domain.values() for item in suite.rules if item.id == rule_id)


def refused(text: str, domain: str = "VS", defaults: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        own(text, domain, defaults)
    return str(caught.value)


NEW = """rules:
  - id: VS-OWN
    type: expect_column_values_to_be_in_set
    kwargs: {column: VISIT, value_set: ["WEEK4"]}
    severity: warning
    reason: The visit is unknown. Please name it.
"""


# ---- what a study may change


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_a_study_changes_how_grave_a_rule_is_and_nothing_else_of_it(severity):
    changed = rule(own(f"rules: [{{id: VS-VALUE-GIVEN, severity: {severity}}}]"), "VS-VALUE-GIVEN")
    before = rule(suites(), "VS-VALUE-GIVEN")
    assert changed.severity == severity
    assert (changed.reason, changed.kwargs) == (before.reason, before.kwargs)


@pytest.mark.parametrize("off", ["off", '"off"'])
def test_a_study_switches_a_rule_off(off):
    found = own(f"rules: [{{id: VS-VALUE-GIVEN, severity: {off}}}]")
    assert "VS-VALUE-GIVEN" not in {item.id for item in found.by_domain["VS"].active}
    assert judge({"VS": frame([row("VS", VSORRES=None)])}, found).rows.empty


def test_a_code_whose_rule_was_switched_off_on_purpose_holds_nothing():
    found = own("rules: [{id: VS-DATE-COMPLETE, severity: 'off'}]")
    assert judge({"VS": frame([row("VS", X_DATE="PARTIAL")])}, found).batch.empty


def test_a_study_adds_a_rule_of_its_own():
    found = judge({"VS": frame([row("VS", VISIT="WEEK4"), row("VS", VISIT="WEEK9")])}, own(NEW))
    assert found.rows[["POS", "RULE", "SEVERITY"]].to_numpy().tolist() == [[1, "VS-OWN", "warning"]]


def test_a_study_brings_a_domains_suite_where_there_is_none():
    assert [item.id for item in own(NEW, defaults={}).by_domain["VS"].rules] == ["VS-OWN"]


def test_a_study_changes_what_a_rule_asks():
    found = own(
        "rules: [{id: VS-HR-PLAUSIBLE, kwargs: {column: NUMBER_VSORRES, min_value: 40, max_value: 99}}]"
    )
    rows = frame([row("VS", VSTESTCD="HR", VSORRES=text) for text in ("39", "40", "99", "100")])
    assert judge({"VS": rows}, found).rows["POS"].tolist() == [0, 3]


def test_a_limit_comes_from_the_protocol_over_the_suite():
    protocol = study().protocol.model_copy(
        update={"gate": GatePolicy(parameters={"age_min": 12, "age_max": Decimal("80.5")})}
    )
    given = gate.parameters(protocol)
    assert given["age_max"] == 80.5 and given["arm_codes"] == ["ANL", "SOR"]
    rows = frame([row("DM", AGE=text) for text in ("11", "12", "80", "81")])
    found = gate.check_rows({"DM": rows}, suites=suites(), parameters=given, facts=gate.Facts())
    assert found.rows["POS"].tolist() == [0, 3]


# ---- what is refused, and how it is said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [", "the study's expectations/vs.yaml, line 2: this is no valid YAML"),
        ("- a\n- b", "the study's expectations/vs.yaml: a suite is a mapping with the keys name, parameters, rules"),
        ("rules: {a: 1}", "rules is a list, parameters a mapping"),
        ("rule: []", "key 'rule' is unknown. Allowed: name, parameters, rules."),
        ("rules: [{severity: info}]", "rule number 1 has no id. Every rule needs id, type, kwargs, severity, reason."),
        ("rules: [{id: VS-OWN}]", "rule VS-OWN: type, kwargs, severity, reason missing."),
        (NEW.replace("warning", "grave"),
         "rule VS-OWN: severity 'grave' is unknown. Allowed: critical, warning, info, off."),
        (NEW.replace("warning", "1"), "rule VS-OWN: severity is 1. Allowed: a text."),
        (NEW + "    colour: red\n", "rule VS-OWN: key 'colour' is unknown."),
        (NEW + "    severity: info\n", "line 7: this is no valid YAML (key 'severity' stands twice)"),
        (NEW.replace("VISIT", "VISITT"), "rule VS-OWN: column 'VISITT' is unknown. Known in VS: USUBJID"),
        (NEW.replace('["WEEK4"]', "[4]"), "rule VS-OWN: 4 is no text, but all our columns are. Put it in quotes."),
        (NEW.replace('["WEEK4"]', "[Y]"), None),
        (NEW.replace('["WEEK4"]', "[yes]"), "rule VS-OWN: True is no text"),
        (NEW.replace("column: VISIT,", "column: VISIT, mostly: 0.9,"),
         "kwargs may not hold mostly. How much of a file may fail"),
        (NEW.replace("column: VISIT,", "column: VISIT, row_condition: x,"),
         "kwargs may not hold row_condition. Write where"),
        (NEW.replace("to_be_in_set", "to_be_in_sett"),
         "rule VS-OWN: type 'expect_column_values_to_be_in_sett' with these"),
        (NEW.replace("value_set", "values"),
         "rule VS-OWN: type 'expect_column_values_to_be_in_set' with these kwargs cannot"),
        (NEW + NEW.removeprefix("rules:\n"), "rule id VS-OWN is used twice."),
        (NEW.replace("VS-OWN", "VS-OWN\n    where: {VSTESTCD: [1]}"), "1 is no text"),
    ],
)  # fmt: skip
def test_what_would_not_run_as_written_is_refused_by_file_rule_and_what_is_allowed(text, said):
    if said is None:
        own(text)
    else:
        assert said in refused(text)


def test_two_rules_the_library_takes_for_one_are_refused():
    same = NEW.removeprefix("rules:\n").replace("VS-OWN", "VS-OWN-2")
    found = own(NEW + same)
    assert len(found.by_domain["VS"].rules) == len(suites().by_domain["VS"].rules) + 2
    rows = frame([row("VS", VISIT="WEEK9")])
    assert judge({"VS": rows}, found).rows["RULE"].tolist() == ["VS-OWN", "VS-OWN-2"]


def test_a_rule_that_the_library_would_drop_is_refused_before_it_is_missed(monkeypatch):
    whole = engine._suite
    monkeypatch.setattr(engine, "_suite", lambda name, built: whole(name, built[:-1]))
    assert "Great Expectations kept fewer rules than the file has" in refused(NEW)


def test_an_unknown_domain_is_refused_with_those_that_are_known():
    assert "domain XX is unknown. Known: DM, EX, LB" in refused(NEW, "XX")


def test_a_rule_id_of_another_domain_is_refused():
    both = {"VS": NEW, "FA": NEW.replace("VISIT", "FAOBJ")}
    with pytest.raises(ConfigurationError, match="rule id VS-OWN is used twice"):
        gate.load_suites(both)


def test_a_parameter_nobody_gives_is_refused_when_the_protocol_is_known():
    text = NEW.replace('["WEEK4"]', "{$PARAMETER: visits}")
    assert gate.load_suites(VS, {"vs": text})
    with pytest.raises(
        ConfigurationError, match="rule VS-OWN: parameter 'visits' is given nowhere. Known: arm_codes"
    ):
        gate.load_suites(VS, {"vs": text}, given=gate.parameters(study().protocol))


def test_every_problem_of_a_folder_is_told_at_once():
    said = refused("rule: []\nrules: [{id: VS-OWN}, {severity: info}]")
    assert len(said.splitlines()) == 3


# ---- the page of rules


def test_the_page_of_rules_lists_each_with_what_the_site_is_told():
    page = gate.describe_rules(suites())
    for suite in suites().by_domain.values():
        for item in suite.rules:
            assert f"| {item.id} | {item.severity}" in page and item.reason in page
    for name in gate.FILE_RULES:
        assert f"| {name} |" in page
