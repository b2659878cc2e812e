"""The daily tick: judge whom new data or the calendar touched, and owe what follows, in one transaction a day.

A verdict and the alerts it owes are committed together. Judging a day again owes nothing: the record has moved
past it.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field

import pandas as pd

from milepost.core.escalation import Owed, decide_owed
from milepost.core.verdict_versions import KEYS, next_versions
from milepost.store.assessments import AssessingSession
from milepost.workflows.context import Context
from milepost.workflows.judging import Judged, judge
from milepost.workflows.owing import keep_owed
from milepost.workflows.receive import put_in_force

log = logging.getLogger(__name__)


@dataclass
class Assessed:
    """What a run of `assess` did."""

    days: list[dt.date] = field(default_factory=list)
    judged: int = 0
    changed: int = 0
    owed: int = 0


@dataclass(frozen=True)
class Tick:
    """One day's judging: its cut-off, its knowledge, and how far the one before it had come."""

    as_of: dt.date
    known_at: dt.datetime
    since: dt.datetime | None
    new_rules: bool


def assess(ctx: Context, *, as_of: dt.date, known_at: dt.datetime) -> Assessed:
    """Judge every day from the last one judged up to `as_of`, each with what was known at its own end."""
    done = Assessed()
    if ctx.store.newest_known() is None:
        return done
    put_in_force(ctx, known_at)
    runs = ctx.store.assessment_runs()
    last = None if runs.empty else runs.sort_values(["AS_OF", "KNOWN_AT"]).iloc[-1]
    since = None if last is None else last["KNOWN_AT"].to_pydatetime()
    config = ctx.config_hash if last is None else last["CONFIG_HASH"]
    days = days_to_judge(ctx, None if last is None else last["AS_OF"].date(), as_of)
    for number, day in enumerate(days, start=1):
        wanted = known_at if day == as_of else min(known_at, ctx.end_of_day(day))
        instant = ctx.store.resolve_known_at(wanted)
        if instant is None or (since is not None and instant < since):
            instant = since if since is not None else wanted
        _judge_day(ctx, Tick(day, instant, since, config != ctx.config_hash), done)
        since, config = instant, ctx.config_hash
        ctx.progress("assess", number, len(days))
    return done


def days_to_judge(ctx: Context, last: dt.date | None, as_of: dt.date) -> list[dt.date]:
    """The days from the last one judged to `as_of`, both included; none where the record is already past it."""
    first_known = ctx.store.first_known()
    start = last or (ctx.day_of(first_known) if first_known else as_of)
    if last is None:
        start = min(start, as_of)
    elif last < as_of:
        start = last + dt.timedelta(days=1)
    return [start + dt.timedelta(days=n) for n in range((as_of - start).days + 1)]


def _judge_day(ctx: Context, tick: Tick, done: Assessed) -> None:
    touched = ctx.store.touched(tick.since, tick.known_at)
    patients = None if tick.new_rules else sorted({*touched, *ctx.store.due(tick.as_of)})
    judged = None
    if patients != []:  # a day on which nobody was touched and nobody is due costs next to nothing
        judged = judge(ctx.study, ctx.store, as_of=tick.as_of, known_at=tick.known_at, patients=patients)
    number = 0 if judged is None else len(judged.verdicts)
    with ctx.store.assessing("assess", ctx.clock()) as session:
        changed = (0, 0) if judged is None else _save(ctx, session, tick, judged, patients, set(touched))
        session.save_run(
            as_of=tick.as_of, known_at=tick.known_at, config_hash=ctx.config_hash, judged=number, changed=changed[0]
        )  # fmt: skip
    done.days.append(tick.as_of)
    done.judged += number
    done.changed += changed[0]
    done.owed += changed[1]
    log.info("assessed as_of=%s judged=%d changed=%d owed=%d", tick.as_of, number, *changed)


def _save(
    ctx: Context,
    session: AssessingSession,
    tick: Tick,
    judged: Judged,
    patients: list[str] | None,
    touched: set[str],
) -> tuple[int, int]:
    """Keep the verdicts that changed and owe what follows: how many of each."""
    before = session.latest_assessments(patients)
    changed = next_versions(
        judged.verdicts, before, as_of=tick.as_of, known_at=tick.known_at, config_hash=ctx.config_hash
    )
    if changed.empty:
        return 0, 0
    session.save_assessments(changed)
    owed = _owed(ctx, before, changed, judged, tick, touched)
    keep_owed(ctx, session, owed, changed["USUBJID"])
    session.audit("assessed", {"as_of": tick.as_of, "known_at": tick.known_at, "changed": len(changed),
                               "owed": len(owed.alerts)})  # fmt: skip
    return len(changed), len(owed.alerts)


def _owed(
    ctx: Context, before: pd.DataFrame, changed: pd.DataFrame, judged: Judged, tick: Tick, touched: set[str]
) -> Owed:
    protocol = ctx.study.protocol
    numbers = judged.verdicts.merge(changed[[*KEYS, "VERSION"]], on=KEYS, how="inner", validate="1:1")
    gone = changed[~pd.MultiIndex.from_frame(changed[KEYS]).isin(pd.MultiIndex.from_frame(numbers[KEYS]))]
    after = (
        pd.concat([numbers, gone.reindex(columns=numbers.columns)], ignore_index=True)
        if len(gone)
        else numbers
    )
    # a changed study folder owes nothing by itself
    after = after.assign(ONLY_CONFIG=tick.new_rules & ~after["USUBJID"].isin(touched))
    told = before.assign(FLAGS=[detail.get("FLAGS", ()) for detail in before["DETAIL"]])
    lines = judged.lines[["USUBJID", "LINE", "ARMCD", "TREATMENT", "LASTDOSE"]]
    return decide_owed(
        told, after, ctx.store.episodes(sorted(set(changed["USUBJID"]))), policy=protocol.alerts,
        roles=protocol.roles, study_id=protocol.id, as_of=tick.as_of, known_at=tick.known_at,
        config_hash=ctx.config_hash, context=lines,
    )  # fmt: skip
