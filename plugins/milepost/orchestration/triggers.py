"""The watch over the sites' inboxes: one event for a burst of files, however many they are.

One event a file loses files (measured: up to 43 of 50), one event a burst lost none. The event says how many files
and of which sites, never their names: hospitals write patients' names into file names.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

UNFINISHED = (".part", ".tmp", "~")
SITES_NAMED = 50
Listing = dict[str, tuple[int, int]]  # <site>/<file> -> size, time of last change


class InboxBatchTrigger(BaseEventTrigger):
    """Wakes when files that are not still growing lie in `root`/<site>/ and were not announced before.

    What it remembers over a restart is one digest of the last listing it announced, so that it stays small
    however many files lie there. Forgetting costs at most one needless wake: the intake asks the store.
    """

    def __init__(self, root: str, poke_interval: float = 5.0) -> None:
        super().__init__()
        self.root = root
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """How Airflow makes it again in the triggerer."""
        kwargs = {"root": self.root, "poke_interval": self.poke_interval}
        return "milepost.orchestration.triggers.InboxBatchTrigger", kwargs

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look every `poke_interval` seconds, for ever."""
        announced: Listing = {}
        memory = self.asset_state_store  # absent outside the triggerer
        remembered = await memory.aget("announced", None) if memory is not None else None
        before: Listing = {}
        while True:
            now = await asyncio.to_thread(scan, self.root)
            if remembered is not None and digest(now) == remembered:
                announced, remembered = now, None
            settled = {name for name, seen in now.items() if before.get(name) == seen}
            fresh = sorted(name for name in settled if announced.get(name) != now[name])
            before = now
            if fresh:
                sites = sorted({name.split("/", 1)[0] for name in fresh})[:SITES_NAMED]
                yield TriggerEvent({"files": len(fresh), "sites": sites})
                known = {*announced, *fresh}
                announced = {name: now[name] for name in now if name in known}  # forget what was claimed
                remembered = None
                if memory is not None:
                    await memory.aset("announced", digest(announced))
            await asyncio.sleep(self.poke_interval)


def scan(root: str) -> Listing:
    """The finished-looking files of every site's inbox; half-written and hidden ones are left alone."""
    found: Listing = {}
    for site in _entries(root):
        if not site.is_dir(follow_symlinks=False) or site.name.startswith("."):
            continue
        for file in _entries(site.path):
            if file.name.startswith(".") or file.name.endswith(UNFINISHED):
                continue
            try:
                if file.is_file(follow_symlinks=False):
                    seen = file.stat(follow_symlinks=False)
                    found[f"{site.name}/{file.name}"] = (seen.st_size, seen.st_mtime_ns)
            except FileNotFoundError:
                continue  # claimed between listing and looking
    return found


def digest(listing: Listing) -> str:
    """One short text for a listing, the same for the same files."""
    lines = "\n".join(f"{name}\t{size}\t{changed}" for name, (size, changed) in sorted(listing.items()))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
