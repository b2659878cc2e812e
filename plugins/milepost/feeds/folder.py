"""A site's inbox folder: files are claimed by one rename, so two runs never share one and none is read half.

The time a file was last changed is the instant at which the site handed it over.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from milepost.errors import DataProblem, FeedUnreachable
from milepost.feeds.delivery import Claimed, Delivery, is_settling, is_unfinished, readable_name

YOUNG = dt.timedelta(seconds=10)  # a file changed within this time may still be growing: look twice
LOOK_AGAIN = 0.5  # seconds between the two looks, where the system cannot say who has the file open
BESIDE = ".claimed"  # in the inbox itself, where that lies on a file system of its own
_LONGEST_NAME = 255  # bytes
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


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

        A file is ours as long as its Claimed lives. Raises FeedUnreachable, after all others were offered, where
        a file or folder cannot be read.
        """
        self._make_folders()
        unreadable = 0
        for path in self._left_over():
            try:
                hold = _Hold.of(path.parent)
                offer = self._offer(path, now, hold) if hold is not None else None
            except FileNotFoundError:  # another run has released it
                continue
            except OSError:
                unreadable += 1
                continue
            if offer is not None:
                yield offer
                del hold, offer
        for path in self._finished(now, until):
            try:
                offer = self._take(path, now)
            except OSError:
                unreadable += 1
                continue
            if offer is not None:
                yield offer
                del offer
        if unreadable:
            raise FeedUnreachable(
                f"site {self.site}: {unreadable} of its files cannot be read or moved. They wait in its inbox or in "
                f"claimed/{self.site}; correct their permissions there, the next run takes them."
            )

    def _make_folders(self) -> None:
        try:
            for folder in (self.inbox, self.claimed):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise self._closed(error) from None

    def _closed(self, error: OSError) -> FeedUnreachable:
        return FeedUnreachable(
            f"site {self.site}: its inbox cannot be opened ({error.strerror}). Correct the folder's permissions."
        )

    def _left_over(self) -> list[Path]:
        """Files that a run has moved aside and not released: it died, or it is still at work."""
        found: list[Path] = []
        for root in (self.claimed, self.inbox / BESIDE):
            for place in _listed(root):
                if place.is_dir():
                    found += [Path(entry.path) for entry in _listed(Path(place.path))]
        return sorted(found, key=_order)

    def _finished(self, now: dt.datetime, until: dt.datetime | None) -> list[Path]:
        ready: list[Path] = []
        doubtful: dict[Path, tuple[int, int] | None] = {}
        try:
            paths = waiting(self.inbox)
        except OSError as error:
            raise self._closed(error) from None
        for path in paths:
            changed = _changed(path)
            if changed is None or (until is not None and changed > until):
                continue
            if is_settling(changed, now, self.settle_seconds):
                continue
            written = _is_open_for_writing(path)
            if written is None and now - changed < YOUNG:
                doubtful[path] = _size_and_time(path)
            elif not written:
                ready.append(path)
        if doubtful:  # all at once: one pause, however many there are
            time.sleep(LOOK_AGAIN)
            ready += [path for path, before in doubtful.items() if _size_and_time(path) == before]
        return sorted(ready, key=_order)

    def _take(self, path: Path, now: dt.datetime) -> Claimed | None:
        """Move a file aside, in a folder of its own so that names never meet; None where another run was first."""
        for root in (self.claimed, self.inbox / BESIDE):
            place = root / uuid.uuid4().hex
            place.mkdir(mode=0o700, parents=True)
            hold = _Hold.of(place)
            try:
                os.replace(path, place / path.name)
                return self._offer(place / path.name, now, hold)
            except OSError as error:
                if not (place / path.name).exists():
                    place.rmdir()
                    if error.errno == errno.ENOENT:
                        return None
                if error.errno != errno.EXDEV:
                    raise
        raise OSError(errno.EXDEV, "the file can be moved nowhere")

    def _offer(self, path: Path, now: dt.datetime, hold: _Hold | None) -> Claimed | None:
        """The file's bytes; None where it still changes, it is then left for the next run."""
        changed = _changed(path)
        if hold is None or changed is None or _is_open_for_writing(path):
            return None
        raw = _read(path)
        if raw is None:
            return None
        return Claimed(Delivery(self.site, readable_name(path.name), raw, min(changed, now)), hold.release)


class _Hold:
    """A lock on a claimed file's folder: no other run is offered it while this one lives and has not let go."""

    def __init__(self, place: Path, handle: int) -> None:
        self.place, self.handle = place, handle

    @classmethod
    def of(cls, place: Path) -> _Hold | None:
        """None where another run holds it. Raises FileNotFoundError where the folder is gone."""
        hold = cls(place, os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC))
        try:
            fcntl.flock(hold.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        except OSError:  # a file system without locks: the ledger knows the same bytes again
            pass
        return hold

    def release(self) -> None:
        """The bytes are safe: the file may go."""
        shutil.rmtree(self.place, ignore_errors=True)
        self.close()

    def close(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def __del__(self) -> None:
        self.close()


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
    """How many finished-looking files wait in an inbox; 0 where it cannot be opened, which `claim` says aloud."""
    try:
        return len(waiting(inbox))
    except OSError:
        return 0


def oldest(inbox: Path) -> dt.datetime | None:
    """When the oldest file that waits was handed over; None where none waits."""
    return min((changed for path in waiting(inbox) if (changed := _changed(path)) is not None), default=None)


def put(inbox: Path, file: Path, received_at: dt.datetime) -> None:
    """Hand a file over as the site would: whole, under its own name, at this instant."""
    put_bytes(inbox, file.name, file.read_bytes(), received_at)


def put_bytes(inbox: Path, name: str, raw: bytes, received_at: dt.datetime) -> None:
    """Hand these bytes over under this name. A file of that name that still waits is not overwritten.

    Raises DataProblem for a name that nobody would ever take.
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    if not name or name == ".." or is_unfinished(name):
        raise DataProblem(
            "a file of this kind of name is taken to be still unfinished, so it would never be read. Give it a name "
            "that does not begin with a dot and does not end in .tmp, .part, .lock or the like."
        )
    inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = inbox / f".{uuid.uuid4().hex}.part"
    try:
        part.write_bytes(raw)
        instant = received_at.timestamp()
        os.utime(part, (instant, instant))
        copy = 1
        while True:
            try:
                os.link(part, inbox / _numbered(name, copy))  # unlike a rename, a link replaces nothing
                break
            except FileExistsError:
                copy += 1
    finally:
        part.unlink(missing_ok=True)


def _numbered(name: str, copy: int) -> str:
    """`name`, or `stem (copy).suffix`, in as many bytes as a file system takes."""
    if copy == 1:
        return name
    tail = f" ({copy}){Path(name).suffix}"
    room = _LONGEST_NAME - len(os.fsencode(tail))
    stem = os.fsencode(Path(name).stem)
    while len(stem) > room:
        stem = os.fsencode(os.fsdecode(stem)[:-1])
    return os.fsdecode(stem) + tail


def _is_open_for_writing(path: Path) -> bool | None:
    """Whether somebody has the file open for writing; None where the system cannot say."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False  # whoever claims it will say that it cannot be read
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)  # refused while a writer has it open
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    except BlockingIOError:
        return True
    except (OSError, AttributeError):  # a file system, an account or a system without leases
        return None
    finally:
        os.close(handle)


def _read(path: Path) -> bytes | None:
    """The bytes of a plain file; None where it changed meanwhile. A link that took its place is not followed."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "no plain file")
        raw = file.read()
        after = os.fstat(handle)
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return raw if same and len(raw) == after.st_size else None


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _size_and_time(path: Path) -> tuple[int, int] | None:
    try:
        now = path.lstat()
    except OSError:
        return None
    return now.st_size, now.st_mtime_ns


def _changed(path: Path) -> dt.datetime | None:
    try:
        nanoseconds = path.lstat().st_mtime_ns
    except FileNotFoundError:
        return None
    try:
        # whole microseconds: a float of seconds would shift an instant by a fraction of one
        return _EPOCH + dt.timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:  # a stamp from the year 10000 or later
        return _NEVER


def _order(path: Path) -> tuple[dt.datetime, str]:
    return _changed(path) or _NEVER, path.name
