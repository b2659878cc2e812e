"""Which forms of a date the reader of files understands (`intake.dates`), so that a study can be refused beforehand."""

from __future__ import annotations

import re

EXCEL = "excel"
PARTS = tuple("YymdHIMSpbBzf")
_SHORT = {"F": "Ymd", "T": "HMS", "R": "HM", "%": ""}
_ALLOWED = f"a form such as %d.%m.%Y, made of {' '.join(f'%{p}' for p in PARTS)} %F %T %R %%, or excel"


def what_a_form_lacks(form: str) -> str | None:
    """What a date form must be, where this one is not: a year at least, known parts, each once; None where it is."""
    if form.casefold() == EXCEL:
        return None
    names = re.findall(r"%(.?)", form.replace("\uff05", "%"), re.DOTALL)
    unknown = [name for name in names if name not in PARTS and name not in _SHORT]
    if unknown:
        return f"{_ALLOWED} (here: %{unknown[0]})"
    parts = "".join(_SHORT.get(name, name) for name in names)
    twice = next((part for part in parts if parts.count(part) > 1 and part != "f"), None)
    if twice:
        return f"{_ALLOWED}, each once (here twice: %{twice})"
    if not {"Y", "y"} & set(parts):
        return f"{_ALLOWED}, with a year (%Y) at least"
    if "d" in parts and not {"m", "b", "B"} & set(parts):
        return f"{_ALLOWED}; a day needs its month (%m)"
    if "I" in parts and "p" not in parts:
        return f"{_ALLOWED}; an hour of twelve (%I) needs %p"
    return None
