"""The watch over safety: derive whom new data touched, owe what follows, and ask back what contradicts itself.

One transaction for signals, alerts, questions and how far it came, so that a run that dies leaves nothing behind and
the next one owes the same. A patient nobody sent anything about costs nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

import pandas as pd

from milepost.core.escalation import decide_signals_owed
from milepost.core.safety_signals import silent_sites
from milepost.core.signal_versions import next_signals
from milepost.store.signals import WatchingSession
from milepost.workflows.context import Context
from milepost.workflows.deriving import Derivations
from milepost.workflows.owing import keep_owed
from milepost.workflows.receive import put_in_force

log = logging.getLogger(__name__)
DERIVED = "derived|"
ANSWERED = "The records no longer contradict each other."


@dataclass
class Watched:
    """What a run of the watch did."""

    watched: int = 0
    changed: int = 0
    owed: int = 0
    asked: int = 0
    answered: int = 0


@dataclass(frozen=True)
class Round:
    """One run: its cut-off, its knowledge, whom it derives (all, if None), and whether only the rules changed."""

    as_of: dt.date
    known_at: dt.datetime
    patients: list[str] | None
    touched: frozenset[str]
    new_rules: bool
    heard_until: dt.date


def watch(ctx: Context, *, as_of: dt.date, known_at: dt.datetime) -> Watched:
    """Watch over `as_of` with what was known at `known_at`; nothing where the record is already past it."""
    instant = ctx.store.resolve_known_at(known_at)
    if instant is None:
        return Watched()
    put_in_force(ctx, known_at)
    run = _round(ctx, as_of, instant, min(as_of, ctx.day_of(known_at)))
    if run is None:
        return Watched()
    done = Watched()
    derived = None
    if run.patients != []:
        derived = Derivations(ctx.study, ctx.store, as_of=as_of, known_at=run.known_at, patients=run.patients)
        done.watched = derived.lines["USUBJID"].nunique()
    signals = [_silence(ctx, run)] + ([] if derived is None else [derived.signals])
    filled = [frame for frame in signals if len(frame)] or signals[:1]
    with ctx.store.watching("watch", ctx.clock()) as session:
        _keep(ctx, session, run, pd.concat(filled, ignore_index=True), done)
        if derived is not None:
            _ask(ctx, session, run, derived.problems, done)
            session.save_due(derived.later_days())
        session.save_run(
            as_of=as_of, known_at=run.known_at, config_hash=ctx.config_hash, watched=done.watched,
            changed=done.changed,
        )  # fmt: skip
    log.info(
        "watched as_of=%s patients=%d changed=%d owed=%d asked=%d",
        as_of, done.watched, done.changed, done.owed, done.asked,
    )  # fmt: skip
    return done


def _round(ctx: Context, as_of: dt.date, known_at: dt.datetime, heard_until: dt.date) -> Round | None:
    last = ctx.store.last_watch()
    since, before, config = None, None, None
    if len(last):
        row = last.iloc[0]
        since, before, config = row["KNOWN_AT"].to_pydatetime(), row["AS_OF"].date(), row["CONFIG_HASH"]
        if before > as_of:
            return None
        known_at = max(known_at, since)
    touched = ctx.store.touched(since, known_at)
    new_rules = config is not None and config != ctx.config_hash
    everybody = new_rules or before is None
    patients = None if everybody else sorted({*touched, *ctx.store.watch_due(before, as_of)})
    return Round(as_of, known_at, patients, frozenset(touched), new_rules, heard_until)


def _silence(ctx: Context, run: Round) -> pd.DataFrame:
    # an export that says the same every night is heard of too, though nothing new is known from it
    heard = ctx.store.last_contacts(run.heard_until)
    return silent_sites(ctx.study.sites, heard, protocol=ctx.study.protocol, as_of=run.as_of)


def _keep(ctx: Context, session: WatchingSession, run: Round, signals: pd.DataFrame, done: Watched) -> None:
    """Keep the signals that changed and owe what follows."""
    before = session.latest_signals(run.patients)
    changed = next_signals(
        signals, before, as_of=run.as_of, known_at=run.known_at, config_hash=ctx.config_hash
    )
    done.changed = len(changed)
    if changed.empty:
        return
    session.save_signals(changed)
    protocol = ctx.study.protocol
    episodes = session.signal_episodes(run.patients)
    by_rules = changed["USUBJID"].ne("") & ~changed["USUBJID"].isin(run.touched) & run.new_rules
    for quiet, part in changed.groupby(by_rules):
        owed = decide_signals_owed(
            before, part, episodes, policy=protocol.alerts, roles=protocol.roles, study_id=protocol.id,
            as_of=run.as_of, known_at=run.known_at, config_hash=ctx.config_hash, only_config=bool(quiet),
        )  # fmt: skip
        done.owed += keep_owed(ctx, session, owed, part["USUBJID"])
    session.audit("watched", {"as_of": run.as_of, "known_at": run.known_at, "changed": done.changed,
                              "owed": done.owed})  # fmt: skip


def _ask(ctx: Context, session: WatchingSession, run: Round, problems: pd.DataFrame, done: Watched) -> None:
    """Ask what contradicts itself, once while it does; close what no longer does."""
    every = ctx.store.queries(open_only=True)
    derived = every["KEY"].str.startswith(DERIVED).to_numpy(bool)
    opened = every[derived]
    if run.patients is not None:
        opened = opened[opened["USUBJID"].isin(run.patients)]
    # what the gate has asked about the same record by the same rule is not asked twice
    problems = problems[~_names(problems).isin(_names(every[~derived]))]
    due = ctx.day_of(run.known_at) + dt.timedelta(days=ctx.study.protocol.gate.query_due_days)
    asked = problems.assign(
        KEY=[_key(row) for row in problems.to_dict("records")], OPENED_AT=run.known_at, DELIVERY=None, SRCLINE=None,
        DUE_ON=pd.Timestamp(due),
    )  # fmt: skip
    answered = opened[~opened["KEY"].isin(asked["KEY"])]
    done.answered = session.close_queries(
        pd.DataFrame({"QUERY": answered["ID"], "AT": run.known_at, "REASON": ANSWERED, "DELIVERY": None})
    )
    done.asked = session.open_queries(asked.drop(columns="LINE"))


def _names(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[["DOMAIN", "RULE", "USUBJID", "RECKEY"]].astype(object))


def _key(problem: dict[object, object]) -> str:
    named = {str(name): value for name, value in problem.items()}
    parts = (
        named["SITEID"],
        named["DOMAIN"],
        named["RULE"],
        named["USUBJID"],
        named["LINE"],
        named["RECKEY"],
    )
    return DERIVED + "|".join("" if part is None or pd.isna(part) else str(part) for part in parts)
