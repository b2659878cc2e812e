"""dags/ says when and in which order, and nothing else: whoever reads it reads the protocol."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

DAGS = sorted((Path(__file__).parents[2] / "dags").glob("*.py"))
ALLOWED = ("airflow.sdk", "milepost.orchestration")
LOGIC = (
    ast.Import,
    ast.If,
    ast.IfExp,
    ast.For,
    ast.While,
    ast.Try,
    ast.With,
    ast.Lambda,
    ast.ClassDef,
    ast.comprehension,
)
# runs woken by an asset have no logical date; which day is judged is asked of the runtime, inside the task
BANNED = ("{{", "logical_date", "data_interval", "execution_date")


def test_there_are_dags_to_look_at():
    assert len(DAGS) >= 4


@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_a_dag_file_only_says_when_and_in_which_order(path):
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 60
    assert ast.get_docstring(tree), "say which part of the protocol this DAG carries out"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module in ALLOWED, f"line {node.lineno}: {node.module}"
        assert not isinstance(node, LOGIC), (
            f"line {getattr(node, 'lineno', '?')}: logic belongs into the library"
        )


@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_a_task_is_one_call_into_the_library(path):
    tasks = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and any("task" in ast.unparse(d) for d in node.decorator_list)
    ]
    assert tasks
    for node in tasks:
        (statement,) = node.body
        assert isinstance(statement, ast.Return) and isinstance(statement.value, ast.Call), (
            f"line {node.lineno}"
        )
        assert ast.unparse(statement.value.func).startswith("steps."), f"line {node.lineno}"


@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_no_dag_asks_airflow_which_day_it_is(path):
    assert not [word for word in BANNED if word in path.read_text()]
