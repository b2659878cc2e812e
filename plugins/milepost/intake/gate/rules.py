"""What a rule is: what Great Expectations is asked, how grave a breach is, and what a study nurse is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SEVERITIES = ("critical", "warning", "info")
OFF = "off"
_COLUMN_KEYS = ("column", "column_A", "column_B")


@dataclass(frozen=True)
class Rule:
    """One rule of a suite.

    where: the rows it is about, by a column's text or one of several. sample: a row that breaks it still is a
    specimen that was drawn. names: the reason goes on to name the code that was found (a unit, a drug, a test;
    never for a column that holds a patient's value).
    """

    id: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    reason: str
    where: Mapping[str, str | list[str]] = field(default_factory=dict)
    sample: bool = True
    names: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the rule looks at, the one it is about first."""
        found = [str(self.kwargs[key]) for key in _COLUMN_KEYS if key in self.kwargs]
        found += [str(name) for name in self.kwargs.get("column_list", ())]
        return tuple(dict.fromkeys([*found, *self.where]))

    @property
    def about(self) -> str:
        """The column the rule is about; empty where it is about the whole batch."""
        return next(iter(self.columns), "")

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters its kwargs ask for."""
        return tuple(_parameter_names(self.kwargs))

    @property
    def texts(self) -> tuple[Any, ...]:
        """Every text its value_set and its where compare with."""
        return tuple(
            text for value in (self.kwargs.get("value_set"), *self.where.values()) for text in listed(value)
        )


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
        """Problem codes of an annotation column that some rule judges, or was switched off from judging on purpose."""
        about = [rule for rule in self.rules if rule.kwargs.get("column") == column and not rule.where]
        return frozenset(str(code) for rule in about for code in listed(rule.kwargs.get("value_set")))


@dataclass(frozen=True)
class Suites:
    """Every domain's suite."""

    by_domain: Mapping[str, Suite]


def listed(value: Any) -> tuple[Any, ...]:
    """The members of a list, the value itself where it is none; nothing for no value or a parameter."""
    if value is None or isinstance(value, dict):
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def _parameter_names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$PARAMETER" in node:
            yield str(node["$PARAMETER"])
        for value in node.values():
            yield from _parameter_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _parameter_names(value)
