"""What comes through a feed: the bytes of one file, and the promise to let go of it only when it is safe."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

# names under which programs keep a file they are still writing, or a lock beside it
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".swp", ".lock", "~")


@dataclass(frozen=True)
class Delivery:
    """One file of one site. Its name may name a patient: it goes into the vault, never into a log."""

    site: str
    name: str
    raw: bytes
    received_at: dt.datetime

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True)
class Claimed:
    """A delivery that nobody else takes; `release` once its bytes are safe. Until then it is offered again."""

    delivery: Delivery
    release: Callable[[], None]


def is_unfinished(name: str) -> bool:
    """Whether a file of this name is still being written, or is no file of the site's at all."""
    return name.startswith((".", "~$")) or name.casefold().endswith(UNFINISHED)
