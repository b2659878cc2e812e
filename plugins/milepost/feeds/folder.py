"""A site's inbox folder: files are claimed by one rename, so two runs never share one and none is read half.

The time a file was last changed is the instant at which the site handed it over.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from milepost.errors import FeedUnreachable
from milepost.feeds.delivery import Claimed, Delivery, is_unfinished

YOUNG = dt.timedelta(seconds=10)  # a file changed within this time may still be growing: look twice
LOOK_AGAIN = 0.5  # seconds between the two looks, where the system cannot say who has the file open


@dataclass(frozen=True)
class FolderFeed:
    """One inbox and the folder into which its files are moved while they are taken.

    settle_seconds: a file changed more recently than that is left for the next run.
    """

    inbox: Path
    claimed: Path
    site: str
    settle_seconds: int = 0

    def claim(self, now: dt.datetime, until: dt.datetime | None = None) -> Iterator[Claimed]:
        """Every finished file received by `until`, oldest first; first those an earlier run died with.

        Raises FeedUnreachable, after all others were offered, where a file or folder cannot be read.
        """
        self._make_folders()
        unreadable = 0
        for path in sorted(self.claimed.glob("*/*"), key=_order):
            try:
                yield self._offer(path, now)
            except OSError:
                unreadable += 1
        for path in self._finished(now, until):
            moved = self._take(path)
            if moved is None:
                continue
            try:
                yield self._offer(moved, now)
            except OSError:
                unreadable += 1
        if unreadable:
            raise FeedUnreachable(
                f"site {self.site}: {unreadable} of its files cannot be read. They wait in claimed/{self.site}; "
                f"correct their permissions there, the next run takes them."
            )

    def _make_folders(self) -> None:
        try:
            for folder in (self.inbox, self.claimed):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise FeedUnreachable(
                f"site {self.site}: its inbox cannot be opened ({error.strerror}). Correct the folder's permissions."
            ) from error

    def _finished(self, now: dt.datetime, until: dt.datetime | None) -> list[Path]:
        settled = now - dt.timedelta(seconds=self.settle_seconds)
        ready = []
        for path in waiting(self.inbox):
            changed = _changed(path)
            if changed is None or (until is not None and changed > until):
                continue
            if self.settle_seconds and changed > settled:
                continue
            if now - changed < YOUNG and is_being_written(path):
                continue
            ready.append(path)
        return sorted(ready, key=_order)

    def _take(self, path: Path) -> Path | None:
        """Move a file aside, in a folder of its own so that names never meet; None where another run was first."""
        place = self.claimed / uuid.uuid4().hex
        place.mkdir(mode=0o700)
        try:
            os.replace(path, place / path.name)
        except FileNotFoundError:
            place.rmdir()
            return None
        return place / path.name

    def _offer(self, path: Path, now: dt.datetime) -> Claimed:
        changed = _changed(path) or now
        delivery = Delivery(self.site, path.name, path.read_bytes(), min(changed, now))
        return Claimed(delivery, partial(shutil.rmtree, path.parent, ignore_errors=True))


def waiting(inbox: Path) -> list[Path]:
    """The files of an inbox that do not look unfinished. Folders and links are none: a link may lead anywhere."""
    try:
        with os.scandir(inbox) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.is_file(follow_symlinks=False) and not is_unfinished(entry.name)
            ]
    except FileNotFoundError:
        return []


def waiting_files(inbox: Path) -> int:
    """How many finished-looking files wait in an inbox."""
    return len(waiting(inbox))


def put(inbox: Path, file: Path, received_at: dt.datetime) -> None:
    """Hand a file over as the site would: whole, under its own name, at this instant."""
    put_bytes(inbox, file.name, file.read_bytes(), received_at)


def put_bytes(inbox: Path, name: str, raw: bytes, received_at: dt.datetime) -> None:
    """Hand these bytes over under this name. A file of that name that still waits is not overwritten."""
    inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = inbox / f".{uuid.uuid4().hex}.part"
    part.write_bytes(raw)
    instant = received_at.timestamp()
    os.utime(part, (instant, instant))
    target = inbox / name
    copy = 1
    while True:
        try:
            os.link(part, target)  # unlike a rename, a link never replaces what waits there
            break
        except FileExistsError:
            copy += 1
            target = inbox / f"{Path(name).stem} ({copy}){Path(name).suffix}"
    part.unlink()


def is_being_written(path: Path) -> bool:
    """Whether somebody has the file open for writing, or it still grows."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)  # refused while a writer has it open
                fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
                return False
            except BlockingIOError:
                return True
            except (OSError, AttributeError):  # a file system or account without leases
                before = os.fstat(file.fileno())
                time.sleep(LOOK_AGAIN)
                after = os.fstat(file.fileno())
                return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    except OSError:
        return False  # whoever claims it will say that it cannot be read


def _changed(path: Path) -> dt.datetime | None:
    try:
        nanoseconds = path.lstat().st_mtime_ns
    except FileNotFoundError:
        return None
    # whole microseconds: a float of seconds would shift an instant by a fraction of one
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=nanoseconds // 1000)


def _order(path: Path) -> tuple[dt.datetime, str]:
    return _changed(path) or dt.datetime.max.replace(tzinfo=dt.UTC), path.name
