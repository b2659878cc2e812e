"""What every model of the study folder has in common."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=40)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Day = Annotated[int, Field(ge=-4000, le=4000)]
Count = Annotated[int, Field(ge=0)]
Factor = Annotated[Decimal, Field(gt=0)]
STORED = {
    "stored": True
}  # context of a study that was accepted once: a check made since must not make it unreadable


class Problem(NamedTuple):
    """One thing that is wrong: where (keys and places in lists), what was found there (None: say nothing), what may
    stand there."""

    key: tuple[str | int, ...]
    found: object
    allowed: str


def refuse(problems: Iterable[Problem]) -> None:
    """In a validator: refuse the model for all these problems at once. Their keys begin at the model."""
    listed = list(problems)
    if listed:
        text = "; ".join(f"{'.'.join(map(str, p.key))}: {p.allowed}" for p in listed)
        raise PydanticCustomError("problems", "{text}", {"text": text, "problems": listed})


def is_stored(info: ValidationInfo) -> bool:
    """Whether a study is read back as it was stored."""
    return bool(info.context) and info.context == STORED


class Frozen(BaseModel):
    """A model that forbids unknown keys and never changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, validate_default=True)
