"""What every workflow is given: the study, the store, the places, and the time. Made by `runtime` only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from milepost.errors import DataProblem
from milepost.protocol import Feed, Study
from milepost.store.store import Store
from milepost.store.vault import Vault


class Channel(Protocol):
    """A way to send a message: mail, a local mail folder …"""

    name: str

    def send(self, message: Any, recipient: str) -> str:
        """Send and return the message id."""


@dataclass(frozen=True)
class Places:
    """Where things lie under MILEPOST_HOME."""

    home: Path

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def claimed(self) -> Path:
        return self.home / "claimed"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def findings(self) -> Path:
        return self.home / "findings"

    @property
    def letters(self) -> Path:
        return self.home / "letters"

    @property
    def restricted(self) -> Path:
        return self.home / "restricted"

    @property
    def mail(self) -> Path:
        return self.home / "mail"


@dataclass(frozen=True)
class Context:
    """One run's surroundings. `clock` is the only way a workflow learns the time."""

    study: Study
    config_hash: str
    code_version: str
    store: Store
    vault: Vault
    places: Places
    clock: Callable[[], dt.datetime]
    default_suites: Mapping[str, str]
    templates: Path
    channels: tuple[Channel, ...] = ()
    extra_feeds: Mapping[str, tuple[Feed, ...]] = field(
        default_factory=dict
    )  # site -> beside those of sites.toml
    secrets: Callable[[str], str | None] = field(default=lambda name: None)
    packages: Mapping[str, str] = field(default_factory=dict)  # name -> version of what is installed
    progress: Callable[[str, int, int], None] = field(default=lambda what, done, of: None)

    @property
    def zone(self) -> ZoneInfo:
        """The study's time zone."""
        return ZoneInfo(self.study.protocol.time_zone)

    def end_of_day(self, day: dt.date) -> dt.datetime:
        """The last instant of a calendar day in the study's time zone, in UTC."""
        start_of_next = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=self.zone)
        return (start_of_next - dt.timedelta(microseconds=1)).astimezone(dt.UTC)

    def day_of(self, instant: dt.datetime) -> dt.date:
        """The calendar day of an instant in the study's time zone."""
        return instant.astimezone(self.zone).date()

    def check_not_ahead(self, as_of: dt.date) -> None:
        """Refuse a cut-off that has not come yet in the study's time zone: nothing of it can be known. DataProblem."""
        today = self.day_of(self.clock())
        if as_of > today:
            raise DataProblem(
                f"--as-of {as_of} lies ahead: today is {today} in the study's time zone ({self.zone.key}), and nothing "
                f"of a later day is known. Nothing was done. Name {today} or a day before it."
            )
