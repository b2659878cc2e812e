"""The runtime as the DAGs see it, without a store: what was called, and answers of the real shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from milepost.alerts.message import Message
from milepost.protocol import AlertPolicy, Role


@dataclass
class Told:
    """A channel that keeps what it was given."""

    sent: list[tuple[Message, str]] = field(default_factory=list)
    name: str = "told"

    def send(self, message: Message, recipient: str) -> str:
        self.sent.append((message, recipient))
        return message.message_id


@dataclass(frozen=True)
class Protocol:
    alerts: AlertPolicy = AlertPolicy()
    roles: tuple[Role, ...] = (Role(id="operator", label="Operator", recipients=("ops@example.org",)),)


@dataclass(frozen=True)
class Study:
    protocol: Protocol = Protocol()


def one_o_clock() -> dt.datetime:
    return dt.datetime(2026, 5, 1, 1, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Surroundings:
    channels: tuple[Any, ...]
    study: Study = Study()
    secrets: Any = None
    clock: Any = one_o_clock


@dataclass
class FakeService:
    """Answers like `runtime.Runtime` and remembers the calls."""

    site_ids: list[str] = field(default_factory=lambda: ["S01", "S02", "S03"])
    calls: list[tuple[str, Any]] = field(default_factory=list)
    received: dict[str, Any] = field(default_factory=lambda: {"deliveries": [11, 12], "unreachable": {}})
    assessed: dict[str, Any] = field(default_factory=lambda: {"days": [dt.date(2026, 5, 1)], "changed": 3})
    watched: dict[str, Any] = field(default_factory=lambda: {"watched": 5, "changed": 2, "owed": 3})
    notified: dict[str, Any] = field(default_factory=lambda: {"sent": 4, "failed": 0, "problem": None})
    raises: dict[str, Exception] = field(default_factory=dict)
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self.ctx = Surroundings(channels=(self.told,))

    @contextmanager
    def open(self) -> Iterator[FakeService]:
        """What stands for `open_runtime`."""
        yield self

    def _answer(self, name: str, argument: Any, answer: Any) -> Any:
        self.calls.append((name, argument))
        if name in self.raises:
            raise self.raises[name]
        return answer

    def sites(self) -> list[str]:
        return self._answer("sites", None, self.site_ids)

    def receive(self, sites: list[str] | None = None, known_at: Any = None) -> dict[str, Any]:
        return self._answer("receive", sites, self.received)

    def assess(self, as_of: Any = None, known_at: Any = None) -> dict[str, Any]:
        return self._answer("assess", as_of, self.assessed)

    def watch(self, as_of: Any = None, known_at: Any = None) -> dict[str, Any]:
        return self._answer("watch", as_of, self.watched)

    def notify(self, as_of: Any = None) -> dict[str, Any]:
        return self._answer("notify", as_of, self.notified)

    def publish(self, as_of: Any = None, known_at: Any = None, *, again: bool = True) -> dict[str, Any]:
        return self._answer("publish", as_of, {"report": "0123456789ab", "path": "open/0123456789ab"})

    def prepare_closed(
        self,
        *,
        role: str,
        person: str,
        look: Any = None,
        dry_run: bool = False,
        reason: str = "",
        as_of: Any = None,
        known_at: Any = None,
    ) -> dict[str, Any]:
        return self._answer(
            "prepare_closed", (role, look, dry_run, reason, as_of), {"report": "c105edc105ed"}
        )

    def conclude_closed(self, report: str, *, role: str, person: str, release: bool) -> None:
        return self._answer("conclude_closed", (report, role, person, release), None)

    def letters(self, as_of: Any = None) -> dict[str, Any]:
        return self._answer("letters", as_of, {"letters": 2})
