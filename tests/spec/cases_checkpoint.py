"""Every case of the checkpoint, by chapter."""

from __future__ import annotations

from tests.spec.cases_checkpoint_golden import GOLDEN
from tests.spec.checkpoint_case import Case

GROUPS: dict[str, tuple[Case, ...]] = {"Golden vectors": GOLDEN}
