"""What comes through a feed: the bytes of one file, and the promise to let go of it only when it is safe."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

# names under which programs keep a file they are still writing, or a lock beside it
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".swp", ".lock", "~")
# a stamp this far ahead is a wrong clock, not a file that is still settling
WRONG_CLOCK = dt.timedelta(days=1)


@dataclass(frozen=True)
class Delivery:
    """One file of one site. Its name may name a patient: it goes into the vault, never into a log."""

    site: str
    name: str = field(repr=False)
    raw: bytes = field(repr=False)
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


def is_settling(changed: dt.datetime, now: dt.datetime, seconds: int) -> bool:
    """Whether a file was changed too recently to be taken. A stamp from the far future says nothing of that."""
    return bool(seconds) and now - dt.timedelta(seconds=seconds) < changed <= now + WRONG_CLOCK


def readable_name(name: str) -> str:
    """The name as text: file systems and servers hold bytes, in Chinese hospitals often GB 18030 ones.

    name: as Python gives it, with a lone surrogate for each byte that is no UTF-8.
    """
    raw = name.encode("utf-8", "surrogateescape")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")
