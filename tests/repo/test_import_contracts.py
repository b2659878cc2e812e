"""Every contract on a library is in force from the library's first import on.

import-linter refuses a "protected" contract on a library that nobody imports, so a contract waits as a comment in
pyproject.toml until then. It must not wait longer.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text()
WAITING = tomllib.loads(
    "\n".join(
        line.removeprefix("# ")
        for block in re.findall(
            r"(?:^# .*\n?)+", PYPROJECT[PYPROJECT.index("[tool.importlinter]") :], re.MULTILINE
        )
        if block.startswith("# [[tool.importlinter.contracts]]")
        for line in block.splitlines()
    )
)
IN_FORCE = tomllib.loads(PYPROJECT)["tool"]["importlinter"]["contracts"]


def imported(source: str) -> set[str]:
    """Top-level names that a module imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_no_contract_waits_for_a_library_that_is_imported_already() -> None:
    package = ROOT / "plugins" / "milepost"
    used = set().union(*(imported(path.read_text()) for path in package.rglob("*.py")))
    assert "sqlalchemy" in used
    contracts = WAITING.get("tool", {}).get("importlinter", {}).get("contracts", [])
    late = {c["id"] for c in contracts if used & set(c["protected_modules"])}
    assert not late, f"take the comment signs off these contracts in pyproject.toml: {sorted(late)}"


def test_every_library_with_one_owner_has_its_contract() -> None:
    contracts = [*IN_FORCE, *WAITING.get("tool", {}).get("importlinter", {}).get("contracts", [])]
    owned = {module for contract in contracts for module in contract.get("protected_modules", [])}
    libraries = (
        "airflow alembic great_expectations jinja2 lifelines paramiko psycopg pyreadstat smtplib sqlalchemy"
    )
    assert sorted(owned) == libraries.split()
