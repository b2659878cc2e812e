"""`milepost`: the same workflows without a scheduler."""

from milepost.cli.app import main

__all__ = ["main"]
