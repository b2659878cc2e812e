"""Fixtures for every suite, and which cases the laws try."""

from __future__ import annotations

import os

from hypothesis import settings

pytest_plugins = ["tests.postgres_fixtures"]

# The laws try the same cases in every run, so that a change is judged by what it changed. MILEPOST_LAWS=new tries new
# ones: do so after touching a rule, and keep what it finds as a case.
settings.register_profile("steady", derandomize=True)
settings.register_profile("new", derandomize=False)
settings.load_profile("new" if os.environ.get("MILEPOST_LAWS") == "new" else "steady")
