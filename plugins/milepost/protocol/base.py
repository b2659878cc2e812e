"""What every model of the study folder has in common."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=40)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Day = Annotated[int, Field(ge=-4000, le=4000)]
Count = Annotated[int, Field(ge=0)]
Factor = Annotated[Decimal, Field(gt=0)]


class Frozen(BaseModel):
    """A model that forbids unknown keys and never changes after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, validate_default=True)
