"""How long something took, in seconds by the clock and of computing, and which of its parts took how much."""

from __future__ import annotations

import functools
import importlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from benchmarks.database import server_cpu


class Part(NamedTuple):
    """A function of the service to be timed: `module:name` or `module:Class.name`, and what to call its time."""

    place: str
    label: str


class Stopwatch:
    """Measures its `with` block: `wall`, `cpu` (with the database of `home`), and `parts`: label -> wall, CPU.

    A part's time is its own: a timed function it calls is not counted twice. Its CPU is this process's only.
    """

    def __init__(self, home: str | None = None, parts: Iterable[Part] = ()) -> None:
        self._home = Path(home) if home else None
        self.parts: dict[str, list[float]] = {}
        self.wall = self.cpu = self.database_cpu = 0.0
        self._open: list[list[float]] = []
        for part in parts:
            self._time(part)

    def __enter__(self) -> Stopwatch:
        self._before = (time.perf_counter(), time.process_time(), server_cpu(self._home))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        wall, cpu, database = self._before
        self.wall = time.perf_counter() - wall
        self.database_cpu = server_cpu(self._home) - database
        self.cpu = time.process_time() - cpu + self.database_cpu

    def result(self, **more: Any) -> dict[str, Any]:
        """Everything measured, to be sent to the parent process."""
        named = {"wall": self.wall, "cpu": self.cpu, "database_cpu": self.database_cpu}
        whole = (self.wall, self.cpu - self.database_cpu)
        rest = [all_ - sum(part[place] for part in self.parts.values()) for place, all_ in enumerate(whole)]
        return {**named, "parts": {**self.parts, "everything else": rest} if self.parts else {}, **more}

    def _time(self, part: Part) -> None:
        module, path = part.place.split(":")
        owner: Any = importlib.import_module(module)
        *holders, name = path.split(".")
        for holder in holders:
            owner = getattr(owner, holder)
        setattr(owner, name, self._timed(getattr(owner, name), part.label))
        self.parts.setdefault(part.label, [0.0, 0.0])

    def _timed(self, function: Callable[..., Any], label: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter(), time.process_time()
            self._open.append([0.0, 0.0])
            try:
                return function(*args, **kwargs)
            finally:
                took = time.perf_counter() - begun[0], time.process_time() - begun[1]
                inside = self._open.pop()
                for place in range(2):
                    self.parts[label][place] += took[place] - inside[place]
                    if self._open:
                        self._open[-1][place] += took[place]

        return wrapper
