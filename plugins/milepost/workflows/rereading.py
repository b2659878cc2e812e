"""Read deliveries again on purpose: after sites.toml was corrected, or because a person releases a held one."""

from __future__ import annotations

from collections.abc import Sequence

from milepost.errors import DataProblem
from milepost.workflows.context import Context
from milepost.workflows.findings import write_missing_pages
from milepost.workflows.receive import Received, put_in_force, record_pending


def read_again(ctx: Context, deliveries: Sequence[int], *, release: bool = False) -> Received:
    """Read these deliveries once more with today's study folder; rows already on record are unchanged.

    release: record a held delivery although too much of it fails. What is learnt is known from now, not from when
    the file came. Raises DataProblem for a number nobody knows.
    """
    ledger = ctx.store.deliveries()
    unknown = sorted(set(deliveries) - set(ledger["ID"]))
    if unknown:
        raise DataProblem(
            f"delivery {unknown[0]} is unknown. `milepost status --format json` counts {len(ledger)}."
        )
    put_in_force(ctx, None)
    done = Received()
    record_pending(ctx, ledger[ledger["ID"].isin(deliveries)], done, forced=release, again=ctx.clock())
    write_missing_pages(ctx)
    return done
