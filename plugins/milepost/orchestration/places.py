"""The folders Airflow has to know before it may import the runtime."""

from __future__ import annotations

from milepost.homes import PROJECT, home_folder

__all__ = ["DAGS", "PLUGINS", "PROJECT", "home_folder"]

DAGS = PROJECT / "dags"
PLUGINS = PROJECT / "plugins"
