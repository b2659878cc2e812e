"""The rules as a page a study nurse can read, made from the suites themselves."""

from __future__ import annotations

from milepost.intake.gate.delivery import FILE_RULES
from milepost.intake.gate.rules import Suites
from milepost.schema import DOMAINS

_HEAD = """# What the gate checks

Made from `expectations/*.yaml`; change it there. A study adds rules, or replaces keys of one by its id
(`severity: off` switches it off), in its own `expectations/<domain>.yaml`.

**critical**: the row is quarantined and the site is asked; its correction releases it.
**warning**: the row is recorded and the site is asked.
**info**: the row is recorded and counted.
A row that breaks a rule marked *no sample* is not taken for a specimen that was drawn.
"""
_TABLE = ("| rule | severity | what the site is told |", "|---|---|---|")


def describe_rules(suites: Suites) -> str:
    """Markdown: every rule of every domain with its severity and its reason."""
    parts = [_HEAD, "## Whole file", "", *_TABLE]
    parts += [f"| {rule} | {severity} | {reason} |" for rule, (severity, reason) in FILE_RULES.items()]
    for domain, suite in suites.by_domain.items():
        parts += ["", f"## {domain}: {DOMAINS[domain].label}", "", *_TABLE]
        for rule in suite.rules:
            mark = "" if rule.sample or domain != "LB" else ", no sample"
            parts.append(f"| {rule.id} | {rule.severity}{mark} | {rule.reason} |")
    return "\n".join(parts) + "\n"
