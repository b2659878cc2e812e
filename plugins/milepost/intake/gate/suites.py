"""What a site may send, read from YAML: one suite a domain, each rule with an id, a severity and a reason.

A study adds rules or replaces keys of a rule by its id; `severity: off` switches a rule off. Nothing is dropped
in silence: a rule that Great Expectations would not run is refused here by file, id and what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import yaml

from milepost.errors import ConfigurationError
from milepost.intake.gate import engine
from milepost.intake.gate.columns import known_columns, why_unknown
from milepost.protocol import StudyProtocol
from milepost.schema import DOMAINS

SEVERITIES = ("critical", "warning", "info")
OFF = "off"
_RULE_KEYS = ("id", "type", "kwargs", "severity", "reason", "sample")
_NEEDED = ("id", "type", "kwargs", "severity", "reason")
_SUITE_KEYS = ("name", "parameters", "rules")
_COLUMN_KEYS = ("column", "column_A", "column_B")


@dataclass(frozen=True)
class Rule:
    """One rule: what Great Expectations is asked, how grave a breach is, and what a study nurse is told.

    sample: whether a row that breaks it still is a specimen that was drawn.
    """

    id: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    reason: str
    sample: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule looks at, the one it is about first."""
        found = [str(self.kwargs[key]) for key in _COLUMN_KEYS if key in self.kwargs]
        found += [str(name) for name in self.kwargs.get("column_list", ())]
        found += [str(name) for name in _condition_columns(self.kwargs.get("row_condition"))]
        return tuple(dict.fromkeys(found))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters its kwargs ask for."""
        return tuple(_parameter_names(self.kwargs))


@dataclass(frozen=True)
class Suite:
    """The rules of one domain; `parameters` are defaults that the protocol may replace."""

    domain: str
    name: str
    rules: tuple[Rule, ...]
    parameters: Mapping[str, Any]

    @property
    def active(self) -> tuple[Rule, ...]:
        """The rules that are not switched off."""
        return tuple(rule for rule in self.rules if rule.severity != OFF)

    def judged_codes(self, column: str) -> frozenset[str]:
        """Problem codes of an annotation column that some rule judges, switched off on purpose or not."""
        return frozenset(
            str(code)
            for rule in self.rules
            if rule.kwargs.get("column") == column
            for code in _listed(rule.kwargs.get("value_set"))
        )


@dataclass(frozen=True)
class Suites:
    """Every domain's suite."""

    by_domain: Mapping[str, Suite]

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id; KeyError if there is none."""
        return {rule.id: rule for suite in self.by_domain.values() for rule in suite.rules}[rule_id]


def parameters(protocol: StudyProtocol) -> dict[str, Any]:
    """What the rules may ask of the protocol: its codes, and `gate.parameters` on top."""
    built_in: dict[str, Any] = {
        "arm_codes": sorted(arm.code for arm in protocol.arms),
        "treatment_codes": sorted(drug.code for drug in protocol.treatments),
        "line_numbers": [str(line.number) for line in protocol.lines],
    }
    # Great Expectations computes with machine numbers; these limits are plausibility, no protocol threshold
    own = {k: float(v) if isinstance(v, Decimal) else v for k, v in protocol.gate.parameters.items()}
    return {**built_in, **own}


def load_suites(
    defaults: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
) -> Suites:
    """Every domain's suite from YAML texts keyed by domain code (any case), a study's own on top.

    With `parameters` (see the function of that name) also checks that every parameter a rule asks for is given.
    Raises ConfigurationError naming file, rule, what was found and what is allowed.
    """
    own = {domain.upper(): text for domain, text in (overrides or {}).items()}
    texts = {domain.upper(): text for domain, text in defaults.items()}
    problems: list[str] = []
    for domain in sorted({*texts, *own} - set(DOMAINS)):
        problems.append(
            f"expectations/{domain.lower()}.yaml: domain {domain} is unknown. Known: {', '.join(DOMAINS)}."
        )
    suites: dict[str, Suite] = {}
    for domain in DOMAINS:
        if domain in texts or domain in own:
            suite = _suite(domain, texts.get(domain), own.get(domain), problems)
            suites[domain] = suite
            problems += _check_suite(suite, parameters)
    twice = _seen_twice(rule.id for suite in suites.values() for rule in suite.rules)
    problems += [
        f"expectations: rule id {rule_id} is used twice. Give each rule its own." for rule_id in twice
    ]
    if problems:
        raise ConfigurationError("\n".join(problems))
    return Suites(suites)


class _Strict(yaml.SafeLoader):
    """YAML in which a key stands once: a second one would silently win."""


def _mapping(loader: _Strict, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", node.start_mark)
    return {
        key: loader.construct_object(value, deep=True)
        for key, (_, value) in zip(keys, node.value, strict=True)
    }


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _read(file: str, text: str | None, problems: list[str]) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        raw = yaml.load(text, Loader=_Strict)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problems.append(
            f"{file}{where}: this is no valid YAML ({getattr(error, 'problem', None) or 'unreadable'})."
        )
        return {}
    if not isinstance(raw, dict) or not isinstance(raw.get("rules", []), list):
        problems.append(
            f"{file}: a suite is a mapping with the keys {', '.join(_SUITE_KEYS)}; rules is a list."
        )
        return {}
    unknown = sorted(str(key) for key in set(raw) - set(_SUITE_KEYS))
    problems += [f"{file}: key {key!r} is unknown. Allowed: {', '.join(_SUITE_KEYS)}." for key in unknown]
    return raw


def _suite(domain: str, default: str | None, own: str | None, problems: list[str]) -> Suite:
    file, study_file = (
        f"expectations/{domain.lower()}.yaml",
        f"the study's expectations/{domain.lower()}.yaml",
    )
    base, over = _read(file, default, problems), _read(study_file, own, problems)
    rules: dict[str, Rule] = {}
    for where, raw in ((file, base), (study_file, over)):
        listed: list[str] = []
        for number, item in enumerate(raw.get("rules") or (), start=1):
            rule = _rule(where, number, item, rules, problems)
            if rule is not None:
                listed.append(rule.id)
                rules[rule.id] = rule
        problems += [
            f"{where}: rule id {i} is used twice. Give each rule its own." for i in _seen_twice(iter(listed))
        ]
    limits = {**(base.get("parameters") or {}), **(over.get("parameters") or {})}
    return Suite(domain, str(over.get("name") or base.get("name") or domain), tuple(rules.values()), limits)


def _rule(where: str, number: int, item: Any, known: Mapping[str, Rule], problems: list[str]) -> Rule | None:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        problems.append(f"{where}: rule number {number} has no id. Every rule needs {', '.join(_NEEDED)}.")
        return None
    where = f"{where}, rule {item['id']}"
    unknown = sorted(str(key) for key in set(item) - set(_RULE_KEYS))
    problems += [f"{where}: key {key!r} is unknown. Allowed: {', '.join(_RULE_KEYS)}." for key in unknown]
    given = {key: value for key, value in item.items() if key in _RULE_KEYS}
    if given.get("severity") is False:  # YAML reads a bare `off` as false
        given["severity"] = OFF
    severity = given.get("severity", SEVERITIES[0])
    if severity not in (*SEVERITIES, OFF):
        problems.append(
            f"{where}: severity {severity!r} is unknown. Allowed: {', '.join((*SEVERITIES, OFF))}."
        )
        return None
    if not isinstance(given.get("kwargs", {}), dict) or not isinstance(given.get("sample", True), bool):
        problems.append(f"{where}: kwargs must be a mapping and sample true or false.")
        return None
    before = known.get(item["id"])
    if before is not None:
        return replace(before, **given)
    missing = [key for key in _NEEDED if not given.get(key)]
    if missing:
        problems.append(f"{where}: {', '.join(missing)} missing. Every rule needs {', '.join(_NEEDED)}.")
        return None
    return Rule(**given)


def _check_suite(suite: Suite, parameters: Mapping[str, Any] | None) -> list[str]:
    problems = []
    file = f"expectations/{suite.domain.lower()}.yaml"
    columns = known_columns(suite.domain)
    for rule in suite.rules:
        where = f"{file}, rule {rule.id}"
        if "mostly" in rule.kwargs:
            problems.append(
                f"{where}: mostly is not allowed. What may fail is [gate] hold_share_pct of protocol.toml."
            )
        problems += [f"{where}: {text}" for text in why_unknown(rule.columns, columns, suite.domain)]
        wrong = [v for v in _listed(rule.kwargs.get("value_set")) if not isinstance(v, str)]
        if wrong:
            problems.append(
                f"{where}: value_set holds {wrong[0]!r}. All our columns are text: put it in quotes."
            )
        if parameters is not None:
            given = {**suite.parameters, **parameters}
            problems += [
                f"{where}: parameter {name!r} is given nowhere. Known: {', '.join(sorted(given))}. "
                f"Add it to [gate.parameters] of protocol.toml."
                for name in rule.parameters
                if name not in given
            ]
    problems += [f"{file}, rule {rule_id}: {text}" for rule_id, text in engine.refused(suite.active)]
    return problems


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple | set) else ()


def _seen_twice(ids: Iterator[str]) -> list[str]:
    seen: set[str] = set()
    twice: set[str] = set()
    for rule_id in ids:
        (twice if rule_id in seen else seen).add(rule_id)
    return sorted(twice)


def _condition_columns(node: Any) -> Iterator[str]:
    """Column names inside a row_condition, whatever its nesting."""
    if isinstance(node, dict):
        column = node.get("column")
        if isinstance(column, dict) and "name" in column:
            yield column["name"]
        for value in node.values():
            yield from _condition_columns(value)
    elif isinstance(node, list):
        for value in node:
            yield from _condition_columns(value)


def _parameter_names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$PARAMETER" in node:
            yield str(node["$PARAMETER"])
        for value in node.values():
            yield from _parameter_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _parameter_names(value)
