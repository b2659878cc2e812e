"""Models as people write them, `status == 2 ~ age + factor(stage) + arm:afp`, and the columns they mean.

A term is a column, a column held against a number (`afp >= 400`: 1 or 0), `log(column)`, or a factor: `factor(column)`,
and every column of words, which gives one 0/1 column for each level but the reference (the first by letter or number,
unless another is named). `a:b` is an interaction, `a*b` both and their interaction. Names are those R gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from milepost.core.estimates.table import Table, same_label, sort_labels
from milepost.core.survival_data import Bools, Floats
from milepost.errors import ConfigurationError, DataProblem

_FACTOR = re.compile(r"(?:as\.)?(?:factor|C)\((.+)\)")
_LOG = re.compile(r"log\((.+)\)")
_HELD = re.compile(r"(?:I\()?\s*([^\s=<>!]+)\s*(==|>=|<=|>|<)\s*([^\s=<>()]+)\s*\)?")
_COMPARE = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less}


@dataclass(frozen=True)
class Term:
    """One term of a model: its name, the variables it multiplies, and its 0/1 or number columns by name."""

    name: str
    variables: frozenset[str]
    columns: dict[str, Floats]


def split_formula(written: str, key: str) -> tuple[str, list[str]]:
    """Left side and terms. What follows a comma on the right, and a remark in brackets after a space, is no term."""
    left, tilde, right = written.partition("~")
    if not tilde or not right.strip():
        raise ConfigurationError(
            f'spec, key {key}: found "{written}". Allowed: OUTCOME ~ TERM + TERM, e.g. {key} = "resp ~ arm + age".'
        )
    return left.strip(), split_terms(re.sub(r"\s+\([^()]*\)", "", right).split(",")[0], key)


def split_terms(written: str, key: str) -> list[str]:
    """The terms between plus signs, a*b opened into a, b and a:b, each once."""
    found: list[str] = []
    for part in (part.strip() for part in written.split("+")):
        if part in ("", "0", "1", "-1") or "-" in part.split(":")[0][:1]:
            raise ConfigurationError(
                f'spec, key {key}: "{part}" is no term. Allowed: columns joined by +, : and *; the intercept is in.'
            )
        if "*" in part:
            factors = [factor.strip() for factor in part.split("*")]
            sizes = range(1, len(factors) + 1)
            found += [":".join(chosen) for size in sizes for chosen in combinations(factors, size)]
        else:
            found.append(":".join(factor.strip() for factor in part.split(":")))
    # as in R, whatever the order they were written in: single terms before their products
    return sorted(dict.fromkeys(found), key=lambda term: term.count(":"))


def columns_of(terms: Sequence[str]) -> list[str]:
    """The frame's columns that the terms are made of, in order."""
    return list(dict.fromkeys(_column(variable) for term in terms for variable in term.split(":")))


def complete_rows(table: Table, columns: Sequence[str], key: str) -> Bools:
    """The rows in which none of these columns is empty."""
    complete = np.ones(len(table), dtype=bool)
    for name in columns:
        complete &= np.array([cell is not None for cell in table.cells(name, key)], dtype=bool)
    return complete


def design(
    table: Table, terms: Sequence[str], key: str, references: Mapping[str, str] | None = None
) -> list[Term]:
    """The columns of each term, of complete rows. references: the level that a factor (by column) compares with."""
    known: dict[str, dict[str, Floats]] = {}
    found = []
    for term in terms:
        variables = term.split(":")
        for variable in variables:
            if variable not in known:
                known[variable] = _columns(table, variable, key, references or {})
        columns = {}
        for names in product(*(known[variable] for variable in variables)):
            values = np.ones(len(table))
            for variable, name in zip(variables, names, strict=True):
                values = values * known[variable][name]
            columns[":".join(names)] = values
        found.append(Term(term, frozenset(variables), columns))
    return found


def event_of(written: str) -> tuple[str, str | None]:
    """`status == 2` as column and value; a column alone has no value."""
    held = _HELD.fullmatch(written.strip())
    if held and held[2] == "==":
        return held[1], held[3].strip("\"'")
    return written.strip(), None


def _columns(table: Table, variable: str, key: str, references: Mapping[str, str]) -> dict[str, Floats]:
    if held := _HELD.fullmatch(variable):
        return {variable: _held(table, held[1], held[2], held[3].strip("\"'"), key)}
    if log := _LOG.fullmatch(variable):
        values = table.numbers(log[1].strip(), key)
        if (values <= 0).any():
            raise DataProblem(
                f"{variable}: a value of 0 or below has no logarithm. Use the column itself, or leave it empty."
            )
        return {variable: np.log(values)}
    factor = _FACTOR.fullmatch(variable)
    column = _column(variable)
    if not factor and column not in references and table.is_numeric(column, key):
        return {variable: table.numbers(column, key)}
    if not factor and column not in references and table.mostly_numbers(column, key):
        table.numbers(column, key)  # says which cell is none, rather than taking every number for a level
    labels = table.labels([column], key)
    levels = sort_labels(labels)
    base = references.get(column)
    if base is not None:
        named = next((level for level in levels if same_label(level, base)), None)
        if named is None and levels:
            raise ConfigurationError(
                f'spec, key reference_levels: no complete row has {column} "{base}". Levels: {", ".join(levels)}.'
            )
        levels.sort(key=lambda level: level != named)
    return {
        f"{variable}{level}": np.array([float(label == level) for label in labels]) for level in levels[1:]
    }


def _held(table: Table, column: str, sign: str, against: str, key: str) -> Floats:
    if sign == "==":
        return table.happened(column, key, against)
    try:
        limit = float(against)
    except ValueError:
        raise ConfigurationError(
            f"spec, key {key}: {column} {sign} {against} compares with no number. Write e.g. {column} {sign} 400."
        ) from None
    return np.asarray(_COMPARE[sign](table.numbers(column, key), limit), dtype=float)


def _column(variable: str) -> str:
    for form in (_HELD, _LOG, _FACTOR):
        if inside := form.fullmatch(variable):
            return inside[1].strip().strip("`")
    return variable.strip("`")
