"""`milepost`: the same workflows without a scheduler."""

from milepost.cli.main import main

__all__ = ["main"]
