"""What a site may send, read from YAML: one suite a domain, each rule with an id, a severity and a reason.

A study adds rules or replaces keys of a rule by its id; `severity: off` switches a rule off. Nothing is dropped
in silence: a rule that Great Expectations would not run is refused here by file, id and what is allowed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import yaml

from milepost.core.therapies import known_drugs
from milepost.errors import ConfigurationError
from milepost.intake.gate import engine
from milepost.intake.gate.columns import EMPTY, known_columns, why_unknown
from milepost.intake.gate.rules import OFF, SEVERITIES, Rule, Suite, Suites
from milepost.protocol import StudyProtocol
from milepost.protocol.words import fold
from milepost.schema import DOMAINS

_SUITE_KEYS = ("name", "parameters", "rules")
_NEEDED = ("id", "type", "kwargs", "severity", "reason")
_KINDS: dict[str, type | tuple[type, ...]] = {
    "id": str, "type": str, "kwargs": dict, "where": dict, "severity": str, "reason": str, "sample": bool,
    "names": bool,
}  # fmt: skip
_REFUSED = {
    "mostly": "How much of a file may fail is [gate] hold_share_pct of protocol.toml.",
    "row_condition": "Write where: {COLUMN: text} beside kwargs.",
}


def parameters(protocol: StudyProtocol) -> dict[str, Any]:
    """What the rules may ask of the protocol: its codes, and `gate.parameters` on top."""
    words, drugs = protocol.anticancer, known_drugs(protocol)
    categories = (*words.systemic_categories, *words.locoregional_categories, *words.other_categories)
    procedures = (*words.procedures, *words.other_procedures)
    built_in: dict[str, Any] = {
        "arm_codes": sorted(arm.code for arm in protocol.arms),
        "treatment_codes": sorted(drug.code for drug in protocol.treatments),
        "line_numbers": [str(line.number) for line in protocol.lines],
        # compared with WORD_ columns
        "therapy_categories": sorted({EMPTY, *map(fold, categories)}),
        "therapy_names": sorted({EMPTY, *drugs, *map(fold, procedures)}),
    }
    # Great Expectations computes with machine numbers; these limits are plausibility, no protocol threshold
    own = {k: float(v) if isinstance(v, Decimal) else v for k, v in protocol.gate.parameters.items()}
    return {**built_in, **own}


def load_suites(
    defaults: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
    *,
    given: Mapping[str, Any] | None = None,
) -> Suites:
    """Every domain's suite from YAML texts keyed by domain code (any case), a study's own on top.

    given: what `parameters` says of the study's protocol; then a rule that asks for more is refused here already.
    Raises ConfigurationError naming file, rule, what was found and what is allowed.
    """
    texts = {domain.upper(): text for domain, text in defaults.items()}
    own = {domain.upper(): text for domain, text in (overrides or {}).items()}
    problems = [
        f"expectations/{domain.lower()}.yaml: domain {domain} is unknown. Known: {', '.join(DOMAINS)}."
        for domain in sorted({*texts, *own} - set(DOMAINS))
    ]
    suites: dict[str, Suite] = {}
    for domain in DOMAINS:
        if domain in texts or domain in own:
            suites[domain] = _suite(domain, texts.get(domain), own.get(domain), problems)
            problems += _check_suite(suites[domain])
    if given is not None:
        problems += [text for suite in suites.values() for text in missing_parameters(suite, given)]
    ids = [rule.id for suite in suites.values() for rule in suite.rules]
    problems += [
        f"expectations: rule id {twice} is used twice. Give each rule its own." for twice in _twice(ids)
    ]
    if problems:
        raise ConfigurationError("\n".join(problems))
    return Suites(suites)


def missing_parameters(suite: Suite, given: Mapping[str, Any]) -> list[str]:
    """One sentence for each parameter that an active rule asks for and nobody gives."""
    known = {**suite.parameters, **given}
    return [
        f"expectations/{suite.domain.lower()}.yaml, rule {rule.id}: parameter {name!r} is given nowhere. "
        f"Known: {', '.join(sorted(known))}. Add it to [gate.parameters] of protocol.toml."
        for rule in suite.active
        for name in rule.parameters
        if name not in known
    ]


class _Strict(yaml.CSafeLoader):
    """YAML in which a key stands once: a second one would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(self.construct_object(key, deep=True))
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {name!r} stands twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


def _suite(domain: str, default: str | None, own: str | None, problems: list[str]) -> Suite:
    rules: dict[str, Rule] = {}
    limits: dict[str, Any] = {}
    name = domain
    for whose, text in (("", default), ("the study's ", own)):
        if text is None:
            continue
        where = f"{whose}expectations/{domain.lower()}.yaml"
        raw = _read(where, text, problems)
        name = str(raw.get("name") or name)
        limits |= raw.get("parameters") or {}
        found = [
            _rule(where, number, item, rules, problems)
            for number, item in enumerate(raw.get("rules") or (), 1)
        ]
        kept = [rule for rule in found if rule is not None]
        problems += [
            f"{where}: rule id {i} is used twice. Give each rule its own." for i in _twice(r.id for r in kept)
        ]
        rules |= {rule.id: rule for rule in kept}
    return Suite(domain, name, tuple(rules.values()), limits)


def _read(where: str, text: str, problems: list[str]) -> dict[str, Any]:
    try:
        raw = yaml.load(text, Loader=_Strict)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problems.append(
            f"{where}{line}: this is no valid YAML ({getattr(error, 'problem', None) or 'unreadable'})."
        )
        return {}
    kinds = {"rules": list, "parameters": dict}
    if not isinstance(raw, dict) or any(
        not isinstance(raw.get(k) or kind(), kind) for k, kind in kinds.items()
    ):
        keys = ", ".join(_SUITE_KEYS)
        problems.append(
            f"{where}: a suite is a mapping with the keys {keys}; rules is a list, parameters a mapping."
        )
        return {}
    unknown = sorted(str(key) for key in set(raw) - set(_SUITE_KEYS))
    problems += [f"{where}: key {key!r} is unknown. Allowed: {', '.join(_SUITE_KEYS)}." for key in unknown]
    return raw


def _rule(where: str, number: int, item: Any, known: Mapping[str, Rule], problems: list[str]) -> Rule | None:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        problems.append(f"{where}: rule number {number} has no id. Every rule needs {', '.join(_NEEDED)}.")
        return None
    where = f"{where}, rule {item['id']}"
    given = {key: value for key, value in item.items() if key in _KINDS}
    if given.get("severity") is False:  # YAML reads a bare `off` as false
        given["severity"] = OFF
    wrong = [f"key {key!r} is unknown. Allowed: {', '.join(_KINDS)}." for key in item if key not in _KINDS]
    wrong += [f"{key} is {value!r}. Allowed: a {_KIND_NAMES[_KINDS[key]]}." for key, value in given.items()
              if not isinstance(value, _KINDS[key])]  # fmt: skip
    if given.get("severity", OFF) not in (*SEVERITIES, OFF):
        wrong.append(f"severity {given['severity']!r} is unknown. Allowed: {', '.join((*SEVERITIES, OFF))}.")
    before = known.get(item["id"])
    missing = [key for key in _NEEDED if key not in given] if before is None else []
    if missing:
        wrong.append(f"{', '.join(missing)} missing. Every new rule needs {', '.join(_NEEDED)}.")
    problems += [f"{where}: {text}" for text in wrong]
    if wrong:
        return None
    return Rule(**given) if before is None else replace(before, **given)


_KIND_NAMES: dict[Any, str] = {str: "text", dict: "mapping", bool: "true or false"}


def _check_suite(suite: Suite) -> list[str]:
    """Why a rule of the suite would not run as it is written."""
    found: list[tuple[str, str]] = []
    known = known_columns(suite.domain)
    for rule in suite.rules:
        found += [
            (rule.id, f"kwargs may not hold {key}. {why}")
            for key, why in _REFUSED.items()
            if key in rule.kwargs
        ]
        found += [(rule.id, text) for text in why_unknown(rule.columns, known, suite.domain)]
        wrong = [text for text in rule.texts if not isinstance(text, str)]
        if wrong:
            found.append((rule.id, f"{wrong[0]!r} is no text, but all our columns are. Put it in quotes."))
    if not found:
        found = engine.refused(suite.active)
    return [f"expectations/{suite.domain.lower()}.yaml, rule {rule_id}: {text}" for rule_id, text in found]


def _twice(items: Iterable[Any]) -> list[Any]:
    return [item for item, count in Counter(items).items() if count > 1]
