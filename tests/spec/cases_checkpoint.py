"""Every case of the checkpoint, by chapter."""

from __future__ import annotations

from tests.spec.cases_checkpoint_baseline import BASELINE
from tests.spec.cases_checkpoint_course import COURSE
from tests.spec.cases_checkpoint_golden import GOLDEN
from tests.spec.cases_checkpoint_ranges import RANGES
from tests.spec.cases_checkpoint_samples import SAMPLES
from tests.spec.cases_checkpoint_settings import SETTINGS
from tests.spec.cases_checkpoint_units import UNITS
from tests.spec.cases_checkpoint_window import WINDOW
from tests.spec.checkpoint_case import Case

GROUPS: dict[str, tuple[Case, ...]] = {
    "Golden vectors": GOLDEN,
    "Days and the window": WINDOW,
    "The baseline": BASELINE,
    "Ranges and the threshold": RANGES,
    "Units and laboratories": UNITS,
    "Samples": SAMPLES,
    "How a course ends": COURSE,
    "Other studies": SETTINGS,
}
