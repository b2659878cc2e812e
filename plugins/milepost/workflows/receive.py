"""Everything a site handed over: claimed, read, gated, and recorded, delivery by delivery in order of receipt.

Twice is once: a delivery that was recorded is not pending any more, and a run that dies leaves either all of a
batch or none of it. A bad file stops neither its neighbours nor another site.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from milepost.errors import DataProblem
from milepost.intake import gate
from milepost.workflows.after_death import deliveries_to_read_again
from milepost.workflows.claiming import claim, waiting
from milepost.workflows.context import Context
from milepost.workflows.facts import facts_about
from milepost.workflows.findings import write_missing_pages
from milepost.workflows.recording import record_batch
from milepost.workflows.taking import Taken, take
from milepost.workflows.vanished import Exports

log = logging.getLogger(__name__)
BATCH_ROWS = 250_000


@dataclass
class Received:
    """What a run of `receive` did, in counts and keys."""

    claimed: int = 0
    repeated: int = 0
    recorded: int = 0
    held: int = 0
    refused: int = 0
    waiting: int = 0
    unreachable: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    deliveries: list[int] = field(default_factory=list)

    def add(self, batch: list[Taken], counts: pd.DataFrame) -> None:
        """Add a batch that was recorded."""
        fates = [taken.fate for taken in batch]
        self.recorded += fates.count("RECORDED")
        self.held += fates.count("HELD")
        self.refused += fates.count("REFUSED")
        self.deliveries += [taken.id for taken in batch]
        for name, total in counts.groupby("DISPOSITION")["ROWS"].sum().items():
            self.rows[str(name)] = self.rows.get(str(name), 0) + int(total)


def receive(
    ctx: Context, sites: Iterable[str] | None = None, *, until: dt.datetime | None = None
) -> Received:
    """Claim what waits (received by `until`, if given), then record every pending delivery of these sites."""
    chosen = list(sites) if sites is not None else [site.id for site in ctx.study.sites]
    put_in_force(ctx, until)
    claimed = claim(ctx, chosen, until=until)
    done = Received(claimed=len(claimed.new), repeated=claimed.repeated, unreachable=claimed.unreachable)
    if until is not None:
        done.waiting = waiting(ctx, chosen)
    pending = ctx.store.pending_deliveries(until)
    record_pending(ctx, pending[pending["SITEID"].isin(chosen)], done)
    _let_in_again(ctx)
    write_missing_pages(ctx)
    return done


def _let_in_again(ctx: Context) -> None:
    """Read deliveries again whose rows were refused for a death that has been corrected since."""
    numbers = deliveries_to_read_again(ctx)
    if numbers:
        ledger = ctx.store.deliveries()
        log.info("read again after corrected deaths deliveries=%d", len(numbers))
        record_pending(
            ctx, ledger[ledger["ID"].isin(numbers)], Received(), forced=True, again=ctx.store.newest_known(),
            compare=False,
        )  # fmt: skip


def record_pending(
    ctx: Context,
    pending: pd.DataFrame,
    done: Received,
    *,
    forced: bool = False,
    again: dt.datetime | None = None,
    compare: bool = True,
) -> None:
    """Read, gate and record these deliveries in order of receipt, in batches that bound the memory.

    forced: record what can be read, though too much of it fails. again: see `record_batch`. compare: ask what a
    complete export lacks.
    """
    if pending.empty:
        return
    ordered = pending.sort_values(["RECEIVED_AT", "ID"]).to_dict("records")
    suites = gate.load_suites(ctx.default_suites, ctx.study.expectations)
    ledger = ctx.store.deliveries()
    exports = Exports(ctx, ledger)
    batch: list[Taken] = []
    rows = 0
    for number, row in enumerate(ordered, start=1):
        taken = take(ctx, row, ledger, forced=forced)
        if compare:
            exports.compare(taken)
        batch.append(taken)
        rows += taken.received
        if rows >= BATCH_ROWS or number == len(ordered):
            _finish(ctx, batch, suites, done, again=again)
            batch, rows = [], 0
        ctx.progress("receive", number, len(ordered))


def put_in_force(ctx: Context, until: dt.datetime | None) -> None:
    """Store the study folder if it changed. A live run puts it in force now, a replay just after what it knows."""
    moment = ctx.clock() if until is None else ctx.store.newest_known() or until
    if ctx.store.put_configuration(ctx.config_hash, ctx.study.content(), moment):
        log.info("configuration in force hash=%s", ctx.config_hash[:12])


def _finish(
    ctx: Context, batch: list[Taken], suites: gate.Suites, done: Received, *, again: dt.datetime | None
) -> None:
    """Gate and record one batch, then write its findings pages."""
    frames = frames_of(batch)
    facts = facts_about(ctx, frames)
    found = gate.check_rows(
        frames, suites=suites, parameters=gate.parameters(ctx.study.protocol), facts=facts
    )
    for taken in batch:
        if taken.fate == "RECORDED" and not taken.forced:
            rows = {domain: len(frame) for domain, frame in taken.reading.frames.items()}
            mine = found.rows[found.rows["DELIVERY"] == taken.id]
            failed = found.batch[found.batch["DELIVERY"] == taken.id]
            taken.why = gate.decide_hold(mine, failed, rows, ctx.study.protocol.gate)
            taken.fate = "HELD" if taken.why else "RECORDED"
    kept, counts = record_batch(ctx, batch, frames, found, facts.deaths, again=again)
    _must_reconcile(ctx, [taken.id for taken in kept])
    done.add(kept, counts)


def _must_reconcile(ctx: Context, deliveries: list[int]) -> None:
    """Promise 1, asked of the tables after the commit: what was counted lies where it was counted."""
    wrong = ctx.store.reconcile(deliveries) if deliveries else pd.DataFrame()
    if len(wrong):
        numbers = ", ".join(str(number) for number in wrong["DELIVERY"])
        raise DataProblem(
            f"deliveries {numbers}: the rows on record are not those that were counted. Nothing further was taken; "
            f"`milepost explain {wrong.iloc[0]['DELIVERY']}` shows the counts. Report this as a defect."
        )


def frames_of(batch: list[Taken]) -> dict[str, pd.DataFrame]:
    """The rows of all deliveries that may be judged row by row, one frame a domain, positions from 0."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for taken in batch:
        if taken.fate == "RECORDED":
            for domain, frame in taken.reading.frames.items():
                if len(frame):
                    parts.setdefault(domain, []).append(frame)
    return {domain: pd.concat(frames, ignore_index=True) for domain, frames in parts.items()}
