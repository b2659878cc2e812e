"""A made-up study handed over file by file and lived through night by night, as its sites would have sent it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from milepost.feeds.folder import put_bytes
from milepost.simulator.deliveries import SimulatedDelivery, deliveries, nights
from milepost.simulator.files import write_history
from milepost.simulator.history import simulate
from milepost.workflows.context import Context
from milepost.workflows.night import night


@dataclass(frozen=True)
class Rehearsal:
    """A made-up study: its files in order of receipt, the catch-up nights, and the last nights one by one."""

    files: tuple[SimulatedDelivery, ...]
    catch_up: tuple[dt.date, ...]
    last: tuple[dt.date, ...]


def prepare(ctx: Context, *, seed: int, patients: int, last: int) -> Rehearsal:
    """Make up the study. The same seed gives the same files, to the byte."""
    study = ctx.study
    history = simulate(seed, protocol=study.protocol, sites=study.sites, patients=patients)
    every = nights(history, last=max(last, 1))
    split = len(every) - last
    return Rehearsal(tuple(deliveries(history, study.sites)), every[:split], every[split:])


def live_through(ctx: Context, rehearsal: Rehearsal, servers: Mapping[str, Path]) -> Iterator[dt.date]:
    """Hand over and judge the catch-up nights; yields each night when it is done.

    servers: site -> the folder its server offers, for sites whose files are fetched and not brought.
    """
    handed = 0
    for number, day in enumerate(rehearsal.catch_up, start=1):
        handed = hand_over(ctx, rehearsal, handed, ctx.end_of_day(day), servers)
        final = number == len(rehearsal.catch_up)
        night(ctx, as_of=day, known_at=ctx.end_of_day(day), replayed=True, write_report=final)
        yield day
    hand_over(ctx, rehearsal, handed, None, servers)


def hand_over(
    ctx: Context, rehearsal: Rehearsal, start: int, until: dt.datetime | None, servers: Mapping[str, Path]
) -> int:
    """Put the files received by `until` (all, if None) where their sites do; the number handed over so far."""
    place = start
    for file in rehearsal.files[start:]:
        if until is not None and file.received_at > until:
            break
        put_bytes(servers.get(file.site, ctx.places.inbox / file.site), file.name, file.raw, file.received_at)
        place += 1
    return place


def write_simulation(ctx: Context, folder: Path, *, seed: int, patients: int) -> int:
    """Write the made-up study as files, with an index of when each was received; how many."""
    rehearsal = prepare(ctx, seed=seed, patients=patients, last=1)
    return write_history(rehearsal.files, folder)
