"""One batch of gated deliveries becomes versions, quarantined rows, queries and counts: one transaction.

For each delivery: received = accepted + unchanged + superseded + quarantined + held + ignored. The sum is checked
before the transaction may commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from milepost.core.escalation import decide_held
from milepost.core.recipients import to_outbox
from milepost.core.versions import decide_versions, is_replaced, retract_replaced
from milepost.errors import DataProblem
from milepost.intake import gate
from milepost.schema import DOMAINS
from milepost.store.recording import RecordingSession
from milepost.workflows.after_death import ask_about_results
from milepost.workflows.context import Context
from milepost.workflows.quarantining import quarantine_rows, release_read_again, release_settled
from milepost.workflows.questions import (
    Questions,
    close_answered,
    close_enrolled,
    close_settled_files,
    close_standing,
)
from milepost.workflows.taking import Taken

COUNTS = ["DELIVERY", "ATTEMPT", "DOMAIN", "DISPOSITION", "RULE", "ROWS"]
Tally = list[tuple[int, str, str, str, int]]  # DELIVERY DOMAIN DISPOSITION RULE ROWS


@dataclass(frozen=True)
class _Marks:
    """What holds for every row of a delivery, by the delivery's number; received_at of all deliveries ever."""

    stamps: Mapping[int, Any]
    attempts: Mapping[int, int]
    same_day: Mapping[int, str]
    received_at: Mapping[int, Any]


def record_batch(
    ctx: Context,
    batch: list[Taken],
    frames: Mapping[str, pd.DataFrame],
    found: gate.Findings,
    deaths: pd.Series,
    *,
    again: dt.datetime | None = None,
) -> tuple[list[Taken], pd.DataFrame]:
    """Write a batch, all or nothing; what was recorded and its counts. `frames` as they were gated.

    deaths: day of death by USUBJID, as this batch leaves it. again: the instant from which is known what a further
    reading finds; without it, deliveries another run recorded meanwhile are left out.
    """
    with ctx.store.recording("receive", ctx.clock()) as session:
        open_ = (
            {taken.id for taken in batch}
            if again
            else set(session.still_pending([taken.id for taken in batch]))
        )
        mine = [taken for taken in batch if taken.id in open_]
        instants = [again or taken.row["RECEIVED_AT"] for taken in mine]
        stamps = {taken.id: session.stamp(at) for taken, at in zip(mine, instants, strict=True)}
        attempts = {taken.id: _save_processing(session, ctx, taken, stamps[taken.id]) for taken in mine}
        passing = [taken.id for taken in mine if taken.fate == "RECORDED"]
        questions = Questions(ctx, stamps, {taken.id: taken for taken in mine})
        marks = _Marks(
            stamps, attempts, {taken.id: taken.layout.same_day for taken in mine if taken.layout},
            ctx.store.deliveries().set_index("ID")["RECEIVED_AT"].to_dict(),
        )  # fmt: skip
        tally: Tally = [entry for taken in mine for entry in _rowless(taken)]
        settled: dict[int, Any] = {}
        for domain, frame in frames.items():
            rows = _only(frame, frame["DELIVERY"].isin(passing))
            if len(rows):
                findings = found.rows[(found.rows["DOMAIN"] == domain) & found.rows["POS"].isin(rows.index)]
                placed, released = _record_domain(ctx, session, domain, rows, findings, marks, questions)
                tally += placed
                settled |= dict.fromkeys(released, max(stamps.values()))
        critical = found.rows[found.rows["SEVERITY"] == "critical"]
        if again:
            reread = {taken.id: taken for taken in mine if taken.fate == "RECORDED"}
            release_read_again(session, {number: stamps[number] for number in reread}, critical)
            settled |= {number: stamps[number] for number in reread}
        if stamps:
            told = {domain: frame[frame["DELIVERY"].isin(passing)] for domain, frame in frames.items()}
            ask_about_results(ctx, session, questions, told, deaths, max(stamps.values()))
        close_standing(session, mine, stamps)
        close_settled_files(session, settled, reread if again else {}, found.rows)
        for taken in mine:
            questions.add_delivery(taken)
            session.audit(f"delivery.{taken.fate.lower()}", {"delivery": taken.id, "site": taken.site.id})
        questions.save(session)
        _owe_held(session, ctx, mine, stamps)
        session.save_findings(_findings(mine, found, attempts))
        counts = _counts(tally, attempts)
        _must_add_up(mine, counts)
        session.save_row_counts(counts)
    return mine, counts


def _save_processing(session: RecordingSession, ctx: Context, taken: Taken, known_from: Any) -> int:
    return session.save_processing(
        taken.id, known_from=known_from, outcome=taken.fate, config_hash=ctx.config_hash, lines=taken.reading.lines,
        records=taken.received, reason=taken.why,
    )  # fmt: skip


def _record_domain(
    ctx: Context, session: RecordingSession, domain: str, rows: pd.DataFrame, findings: pd.DataFrame, marks: _Marks,
    questions: Questions,
) -> tuple[Tally, set[int]]:  # fmt: skip
    """Place the rows of one domain among the records, in quarantine, or nowhere new.

    How many went where, and the deliveries of earlier refused rows that are settled by these.
    """
    critical = findings[findings["SEVERITY"] == "critical"]
    refused_rows = rows.index.isin(critical["POS"])
    bad = rows[refused_rows]
    repeated = quarantine_rows(session, domain, bad, critical, marks.stamps, marks.attempts)
    good = _only(rows, ~refused_rows)
    good = good.assign(
        POS=good.index,
        KNOWN_FROM=good["DELIVERY"].map(marks.stamps),
        SAME_DAY=good["DELIVERY"].map(marks.same_day),
        RECEIVED_AT=good["DELIVERY"].map(marks.received_at),
    )
    late = _already_replaced(session, domain, good)
    current = session.current(domain, good[["USUBJID", "RECKEY"]])
    current = current.assign(RECEIVED_AT=current["DELIVERY"].map(marks.received_at))
    decision = decide_versions(_only(good, ~late), current, DOMAINS[domain])
    session.save_records(domain, decision.new)
    session.save_records(domain, _tombstones(session, domain, decision.new))
    released = release_settled(session, domain, good)
    questions.add_rows(domain, rows, findings, repeated)
    questions.add_choices(domain, good, decision.questions)
    questions.save(session)  # before they are answered: question and answer may come in one batch
    close_answered(session, domain, good, findings)
    if domain == "DM":
        close_enrolled(ctx, session, good)
    first_rule = critical.drop_duplicates("POS").set_index("POS")["RULE"]
    refused = bad.index[~bad.index.isin(sorted(repeated))]
    places = pd.concat([
        decision.placed,
        _placed(good.index[late], "SUPERSEDED", "REPLACED_ALREADY"),
        _placed(sorted(repeated), "UNCHANGED", "ALREADY_QUARANTINED"),
        _placed(refused, "QUARANTINED", first_rule.reindex(refused).to_list()),
    ], ignore_index=True)  # fmt: skip
    counted = places.assign(DELIVERY=places["POS"].map(rows["DELIVERY"])).groupby(
        ["DELIVERY", "DISPOSITION", "RULE"], dropna=False
    ).size()  # fmt: skip
    return [(int(d), domain, name, rule or "", int(n)) for (d, name, rule), n in counted.items()], released


def _only(frame: pd.DataFrame, rows: pd.Series | np.ndarray) -> pd.DataFrame:
    """These rows; the frame itself where that is all of them: a copy of a large batch takes a third of a second."""
    return frame if rows.all() else frame[rows]


def _placed(positions: Iterable[Any], disposition: str, rule: str | list[str]) -> pd.DataFrame:
    return pd.DataFrame({"POS": list(positions), "DISPOSITION": disposition, "RULE": rule})


def _already_replaced(session: RecordingSession, domain: str, rows: pd.DataFrame) -> pd.Series:
    """Rows whose record id an earlier delivery has replaced: they came late and count for nothing."""
    ref = DOMAINS[domain].ref
    nobody = pd.Series(False, index=rows.index)
    if ref is None or rows.empty or rows[ref].isna().all():
        return nobody
    refs = rows.loc[rows[ref].notna(), ["USUBJID", ref]].rename(columns={ref: "REF"}).drop_duplicates()
    replacing = session.replacing(domain, refs)
    return nobody if replacing.empty else is_replaced(rows, replacing, DOMAINS[domain])


def _tombstones(session: RecordingSession, domain: str, new: pd.DataFrame) -> pd.DataFrame:
    """Tombstones for the records that new rows say they replace."""
    ref = DOMAINS[domain].ref
    if ref is None or new.empty or new["RECREPLACES"].isna().all():
        return new.iloc[:0]
    named = new[new["RECREPLACES"].notna()]
    # the key of a record by its id, with the id it replaces put in the place of its own
    old = [
        key.removesuffix(own or "") + other
        for key, own, other in zip(named["RECKEY"], named[ref], named["RECREPLACES"], strict=True)
    ]
    return retract_replaced(
        new, session.current(domain, named[["USUBJID"]].assign(RECKEY=old)), DOMAINS[domain]
    )


def _rowless(taken: Taken) -> Tally:
    """What made no row, and every row of a delivery that is held or refused."""
    if taken.reading.problem:
        return [(taken.id, "FILE", "HELD", "UNREADABLE", 1)]
    ignored = taken.reading.ignored.groupby(["DOMAIN", "RULE"]).size()
    tally: Tally = [
        (taken.id, str(domain), "IGNORED", str(rule), int(n)) for (domain, rule), n in ignored.items()
    ]
    if taken.fate != "RECORDED":
        tally += [
            (taken.id, domain, "HELD", "", len(frame)) for domain, frame in taken.reading.frames.items()
        ]
    return tally


def _owe_held(session: RecordingSession, ctx: Context, batch: list[Taken], stamps: Mapping[int, Any]) -> None:
    """A delivery held or refused is told at once, in the transaction that held it."""
    protocol = ctx.study.protocol
    parts = [
        decide_held(taken.id, taken.site.id, str(taken.why), policy=protocol.alerts, study_id=protocol.id,
                    as_of=ctx.day_of(stamps[taken.id]), known_at=stamps[taken.id], config_hash=ctx.config_hash,
                    outcome=taken.fate)
        for taken in batch if taken.fate != "RECORDED"
    ]  # fmt: skip
    alerts = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if alerts.empty:
        return
    addressed = to_outbox(alerts, protocol.roles, ctx.study.sites, [channel.name for channel in ctx.channels])
    session.save_alerts(alerts, addressed.outbox)
    session.save_alert_events(addressed.events)


def _findings(batch: list[Taken], found: gate.Findings, attempts: Mapping[int, int]) -> pd.DataFrame:
    """What the gate found in these deliveries, rows and whole files, as table `finding` keeps it."""
    of_rows = found.rows[found.rows["DELIVERY"].isin(list(attempts))]
    of_rows = of_rows[["DELIVERY", "DOMAIN", "SRCLINE", "EMIT", "RULE", "SEVERITY", "REASON"]]
    of_files = [taken.findings.assign(DELIVERY=taken.id) for taken in batch if len(taken.findings)]
    failed = found.batch[found.batch["DELIVERY"].isin(list(attempts))]
    whole = (
        pd.concat([*of_files, failed.drop(columns="DOMAIN")], ignore_index=True)
        if of_files or len(failed)
        else None
    )
    parts = [of_rows] if whole is None else [of_rows, whole.assign(DOMAIN="FILE", SRCLINE=0, EMIT=0)]
    parts = [part for part in parts if len(part)]
    every = pd.concat(parts, ignore_index=True) if parts else of_rows
    every = every.assign(ATTEMPT=every["DELIVERY"].map(attempts))
    return every.drop_duplicates(["DELIVERY", "ATTEMPT", "DOMAIN", "SRCLINE", "EMIT", "RULE"])


def _counts(tally: Tally, attempts: Mapping[int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(tally, columns=["DELIVERY", "DOMAIN", "DISPOSITION", "RULE", "ROWS"])
    keys = ["DELIVERY", "DOMAIN", "DISPOSITION", "RULE"]
    summed = frame[frame["ROWS"] > 0].groupby(keys, as_index=False, sort=True)["ROWS"].sum()
    return summed.assign(ATTEMPT=summed["DELIVERY"].map(attempts))[COUNTS]


def _must_add_up(batch: list[Taken], counts: pd.DataFrame) -> None:
    """Promise 1: every row received has exactly one place. Raises DataProblem otherwise, and nothing is written."""
    placed = counts.groupby("DELIVERY")["ROWS"].sum()
    for taken in batch:
        if taken.received != int(placed.get(taken.id, 0)):
            raise DataProblem(
                f"delivery {taken.id} of site {taken.site.id}: {taken.received} rows received but "
                f"{int(placed.get(taken.id, 0))} placed. Nothing of this batch was recorded; report this as a defect."
            )
