"""What a spec says: the keys all kinds of estimate have, and how a mapping becomes one.

A spec is read kindly: keys in any case, with - for _, and by their usual other names; a list of one may be written
without brackets, a label as a number. What is left over is an error that says which keys there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from milepost.errors import ConfigurationError
from milepost.protocol.base import Frozen
from milepost.protocol.wording import explain_invalid


def _as_label(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


def _as_number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("a number without quotes, e.g. 12.5")
    return value


Label = Annotated[str, BeforeValidator(_as_label), Field(min_length=1)]
Labels = Annotated[tuple[Label, ...], BeforeValidator(_as_list)]
Column = Annotated[str, Field(min_length=1)]
Columns = Annotated[tuple[Column, ...], BeforeValidator(_as_list)]
Number = Annotated[float, BeforeValidator(_as_number), Field(allow_inf_nan=False)]
Numbers = Annotated[tuple[Number, ...], BeforeValidator(_as_list)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(gt=0, lt=1)]
Whole = Annotated[int, BeforeValidator(_as_number), Field(ge=0)]


class Spec(Frozen):
    """Keys of every kind. missing: words that mean an empty cell, besides the empty cell itself; R writes NA."""

    other_names: ClassVar[Mapping[str, str]] = {}

    missing: Labels = ("NA",)


Model = TypeVar("Model", bound=Frozen)


def read_spec(model: type[Model], given: Mapping[str, Any], where: str = "spec") -> Model:
    """The spec of this kind. Raises ConfigurationError naming each key, what was found and what is allowed."""
    other_names: Mapping[str, str] = getattr(model, "other_names", {})
    named: dict[str, Any] = {}
    problems = []
    for written, value in given.items():
        key = plain_key(written)
        key = other_names.get(key, key)
        if key not in model.model_fields:
            like = get_close_matches(key, [*model.model_fields, *other_names], 1)
            hint = f" Did you mean {like[0]}?" if like else ""
            allowed = ", ".join(sorted(model.model_fields))
            problems.append(f"{where}: key {written} is unknown.{hint} Allowed: {allowed}.")
        elif key in named:
            problems.append(f"{where}: key {key} is given twice (also as {written}). Write it once.")
        else:
            named[key] = value
    needed = [key for key, field in model.model_fields.items() if field.is_required()]
    problems += [
        f"{where}: key {key} is missing. Needed: {', '.join(needed)}." for key in needed if key not in named
    ]
    try:
        if not problems:
            return model.model_validate(named)
    except ValidationError as error:
        problems = explain_invalid(where, error, model, named)
    raise ConfigurationError("\n".join(problems))


def plain_key(written: str) -> str:
    """The key as the models spell it."""
    return written.strip().lower().replace("-", "_").replace(" ", "_")
