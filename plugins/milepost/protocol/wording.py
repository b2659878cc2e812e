"""From what a model refuses to a sentence that names file, place, key, what was found and what is allowed."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from milepost.protocol.base import Problem

Location = tuple[str | int, ...]
# the list's name -> one of it, and the key that names it
_ONE_OF: dict[str, tuple[str, str]] = {
    "checkpoints": ("checkpoint", "id"), "sensitivities": ("sensitivity", "id"), "tests": ("test", "code"),
    "arms": ("arm", "code"), "treatments": ("treatment", "code"), "lines": ("line", "number"),
    "visits": ("visit", "id"), "strata": ("stratum", "id"), "roles": ("role", "id"), "kinds": ("alert", "kind"),
    "layouts": ("layout", "id"), "emits": ("emit", ""), "ignore": ("ignore", "id"), "feeds": ("feed", ""),
    "sites": ("site", "id"),
}  # fmt: skip
_PLAIN: dict[Any, tuple[str, str, str]] = {
    str: ("a text in quotes", "texts", '"A"'),
    int: ("a whole number", "whole numbers", "7"),
    Decimal: ("a number", "numbers", "25 or 0.5"),
    bool: ("true or false", "", ""),
    dt.date: ("a date", "dates", "2026-03-30"),
}
_PAIRS = {str: '["date", "days"]', int: "[22, 36]", Decimal: "[20, 30]"}
_LISTS = {str: '["A", "B"]', int: "[1, 2]", Decimal: "[20, 400]"}
_LIMITS = {
    "greater_than": ("gt", "above"), "greater_than_equal": ("ge", "from"),
    "less_than": ("lt", "below"), "less_than_equal": ("le", "at most"),
}  # fmt: skip
_OWN_WORDS = {
    "string_pattern_mismatch": 'letters, digits, "_", "." and "-", beginning with a letter or a digit',
    "string_too_short": "a text that is not empty",
}
_SHOWN = 80


def explain_invalid(
    file: str, error: ValidationError, model: type[BaseModel] | None = None, raw: Any = None
) -> list[str]:
    """One sentence for each problem. model and raw: what was refused, so that places are called by their names."""
    lines = []
    for item in error.errors(include_url=False):
        loc, kind, found = tuple(item["loc"]), item["type"], item.get("input")
        if kind == "problems":
            told = [Problem((*loc, *key), seen, allowed) for key, seen, allowed in item["ctx"]["problems"]]
            lines += explain_problems(file, told, raw)
            continue
        whole = loc
        loc, wanted, found = _place(loc, kind, found, model, raw)
        if kind == "extra_forbidden":
            lines.append(f"{_where(file, loc, raw)} is unknown. Remove it or correct its spelling.")
        elif kind == "missing" and loc == whole:
            lines.append(f"{_where(file, loc, raw)} is missing and has no default. Allowed: {wanted}.")
        else:
            allowed = _allowed(kind, item, wanted)
            lines.append(f"{_where(file, loc, raw)} is wrong. Found {_shown(found)}. Allowed: {allowed}.")
    return list(dict.fromkeys(lines))


def explain_problems(file: str, problems: Iterable[Problem], raw: Any) -> list[str]:
    """One sentence for each problem; keys begin at `raw`."""
    lines = []
    for key, found, allowed in problems:
        seen = "" if found is None else f" Found {_shown(found)}."
        lines.append(f"{_where(file, key, raw)} is wrong.{seen} Allowed: {allowed}.")
    return lines


def _place(
    loc: Location, kind: str, found: Any, model: type[BaseModel] | None, raw: Any
) -> tuple[Location, str, Any]:
    """Where the key is that a person would change, what it wants, and what stands there.

    An entry of a pair (a pair of too few says that its second is missing) is a matter of the pair; the branches of
    a choice of types are one matter.
    """
    if model is None:
        return loc, "", found
    wanted: Any = model
    for depth, part in enumerate(loc):
        inner = _inner(wanted)
        if isinstance(inner, tuple):  # a choice of types: what follows is the branch
            return loc[:depth], _words(inner), found
        if get_origin(inner) is tuple and get_args(inner)[-1] is not Ellipsis and kind not in _LIMITS:
            return loc[:depth], _words(inner), _at(raw, loc[:depth])
        wanted = _deeper(inner, part)
        if wanted is None:
            return loc, "", found
    if kind == "missing" and isinstance(loc[-1], str):
        return loc, _words(wanted, loc[-1]), found
    return loc, _words(wanted, str(loc[-1]) if loc else ""), found


def _allowed(kind: str, item: Any, wanted: str) -> str:
    """What may stand there, in plain words."""
    message, context = item["msg"].removeprefix("Value error, "), item.get("ctx", {})
    if kind in _LIMITS:
        name, word = _LIMITS[kind]
        return f"{word} {context[name]}"
    if kind == "string_too_long":
        return f"at most {context['max_length']} characters"
    if kind in ("value_error", "problems"):
        return str(message)
    return _OWN_WORDS.get(kind) or wanted or message.removeprefix("Input should be ")


def _where(file: str, loc: Location, raw: Any) -> str:
    """`protocol.toml, checkpoint AFP-W4: key window`."""
    places, keys, at = [file], list[str](), raw
    for part in loc:
        at = _get(at, part)
        if isinstance(part, str):
            keys.append(part)
        elif keys and keys[-1] in _ONE_OF:
            places.append(_name(keys[-1], part, at))
            keys = []
    return ", ".join(places) + (f": key {'.'.join(keys)}" if keys else "")


def _name(of: str, place: int, item: Any) -> str:
    one, key = _ONE_OF[of]
    name = _get(item, key) if key else None
    if isinstance(name, str | int) and 0 < len(str(name)) <= _SHOWN // 2:
        return f"{one} {name}"
    domain = _get(item, "domain") if of == "emits" else None
    return f"{one} number {place + 1}" + (f" ({domain})" if isinstance(domain, str) else "")


def _shown(found: Any) -> str:
    if isinstance(found, Mapping | BaseModel):
        return "a table"
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, list | tuple):
        text = f"[{', '.join(_shown(item) for item in found)}]"
        return text if len(text) <= _SHOWN else "a long list"
    if isinstance(found, str):
        text = found if len(found) <= _SHOWN else found[:_SHOWN] + "…"
        return f"'{text}'" if text.isprintable() else repr(text)
    return str(found)


# ---------------------------------------------------------------- types in plain words


def _words(annotation: Any, key: str = "") -> str:
    """What a key of this type takes, with an example."""
    inner = _inner(annotation)
    if isinstance(inner, tuple):
        return " or ".join(dict.fromkeys(_words(part) for part in inner))
    origin, parts = get_origin(inner), get_args(inner)
    if inner in _PLAIN:
        one, _, example = _PLAIN[inner]
        return f"{one}, e.g. {example}" if example else one
    if origin is Literal:
        return ", ".join(f"'{choice}'" for choice in parts[:-1]) + f" or '{parts[-1]}'"
    if origin is tuple:
        first = _inner(parts[0])
        if _is_model(first):
            return f"one or more [[{key}]] tables" if key else "tables"
        many = _PLAIN[first][1] if first in _PLAIN else "entries"
        if parts[-1] is Ellipsis:
            return f"a list of {many}, e.g. {_LISTS.get(first, '[…]')}"
        return f"two {many}, e.g. {_PAIRS.get(first, '[…, …]')}"
    if origin is dict or _is_model(inner):
        return "a table" + (f", [{key}]" if key and _is_model(inner) else ', e.g. { "A" = "B" }')
    return ""


def _inner(annotation: Any) -> Any:
    """The type without its limits and without `none`; a tuple of types where there is a choice."""
    if hasattr(annotation, "__metadata__"):
        return _inner(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        parts = tuple(_inner(part) for part in get_args(annotation) if part is not type(None))
        return parts[0] if len(parts) == 1 else parts
    return annotation


def _deeper(inner: Any, part: str | int) -> Any:
    """The type of one key or entry; None where there is none."""
    if _is_model(inner):
        field = inner.model_fields.get(str(part))
        return None if field is None else field.annotation
    parts = get_args(inner)
    if get_origin(inner) is tuple:
        return parts[0]
    return parts[1] if get_origin(inner) is dict else None


def _is_model(inner: Any) -> bool:
    return isinstance(inner, type) and issubclass(inner, BaseModel)


def _at(raw: Any, loc: Location) -> Any:
    for part in loc:
        raw = _get(raw, part)
    return raw


def _get(item: Any, part: str | int) -> Any:
    if isinstance(item, Mapping):
        return item.get(part)
    if isinstance(item, list | tuple):
        return item[part] if isinstance(part, int) and part < len(item) else None
    return getattr(item, str(part), None) if isinstance(item, BaseModel) else None
