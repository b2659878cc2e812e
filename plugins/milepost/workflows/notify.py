"""Send what is owed: each message at least once, under an id that is the same each time it is tried.

What fails goes back into the queue with a later time and is counted; one failing recipient stops no other. Messages
for the daily digest go out as one mail a site, role and recipient, once a day: what comes after it waits for the next.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from milepost.alerts.message import Message, message_id
from milepost.errors import MilepostError
from milepost.reports.mails import alert_mail_model, digest_mail_model
from milepost.reports.render import Renderer
from milepost.store.outbox import OutboxBatch
from milepost.workflows.context import Channel, Context

log = logging.getLogger(__name__)
BATCH = 500
LONGEST_WAIT = dt.timedelta(hours=6)
Row = dict[str, Any]


@dataclass
class Notified:
    """What a run of `notify` did."""

    sent: int = 0
    mails: int = 0
    failed: int = 0
    problem: str | None = None


def notify(ctx: Context, *, as_of: dt.date) -> Notified:
    """Send everything in the outbox whose time has come."""
    done = Notified()
    renderer = Renderer(ctx.templates)
    channels = {channel.name: channel for channel in ctx.channels}
    while True:
        before = done.sent + done.failed
        with ctx.store.take_outbox(BATCH, ctx.clock()) as batch:
            rows = batch.rows.to_dict("records")
            for mail in _mails(rows):
                channel = channels.get(mail[0]["CHANNEL"])
                if channel is None:
                    _put_back(
                        ctx,
                        batch,
                        mail,
                        done,
                        f"No channel {mail[0]['CHANNEL']} is set up; see MILEPOST_SMTP.",
                    )
                else:
                    _send_once_a_day(ctx, renderer, channel, mail, batch, done, as_of)
        if len(rows) < BATCH or done.sent + done.failed == before:
            break
    log.info("notified as_of=%s sent=%d failed=%d", as_of, done.sent, done.failed)
    return done


def _mails(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows that become one mail: an immediate alert alone, a digest a channel, recipient, role and site."""
    digests: dict[tuple[str, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda r: (r["ALERT_KEY"], r["CHANNEL"], r["RECIPIENT"])):
        if row["SEND"] == "immediate":
            yield [row]
        else:
            key = (row["CHANNEL"], row["RECIPIENT"], row["ROLE"], row["SITEID"])
            digests.setdefault(key, []).append(row)
    yield from digests.values()


def _send_once_a_day(
    ctx: Context,
    renderer: Renderer,
    channel: Channel,
    mail: list[Row],
    batch: OutboxBatch,
    done: Notified,
    as_of: dt.date,
) -> None:
    if mail[0]["SEND"] == "immediate":
        _send(ctx, renderer, channel, mail, batch, done)
        return
    day = max(
        as_of,
        max(row["OWED_ON"].date() if hasattr(row["OWED_ON"], "date") else row["OWED_ON"] for row in mail),
    )
    whom = (mail[0]["CHANNEL"], mail[0]["RECIPIENT"], mail[0]["ROLE"], mail[0]["SITEID"], day)
    if not batch.begin_digest(*whom):
        for row in mail:
            batch.wait(row["ALERT_KEY"], row["CHANNEL"], row["RECIPIENT"], not_before=ctx.end_of_day(day))
        return
    sent = done.sent
    _send(ctx, renderer, channel, mail, batch, done)
    if done.sent == sent:
        batch.take_back_digest(*whom)


def _send(
    ctx: Context, renderer: Renderer, channel: Channel, mail: list[Row], batch: OutboxBatch, done: Notified
) -> None:
    keys = [row["ALERT_KEY"] for row in mail]
    # owed by the passing of a day rather than by news, it is dated on that day and not on the last news'
    that_day = min(ctx.clock(), ctx.end_of_day(max(row["OWED_ON"] for row in mail)))
    mail = [{**row, "OWED_AT": max(row["OWED_AT"], that_day)} for row in mail]
    if mail[0]["SEND"] == "immediate":
        subject, text, html = renderer.alert_mail(alert_mail_model(ctx.study.protocol, mail[0]))
    else:
        subject, text, html = renderer.digest_mail(digest_mail_model(ctx.study.protocol, mail))
    message = Message(keys[0], subject, text, html, message_id(*keys), mail[0]["OWED_AT"])
    try:
        sent_as = channel.send(message, mail[0]["RECIPIENT"])
    except MilepostError as error:
        _put_back(ctx, batch, mail, done, str(error))
        return
    done.mails += 1
    for row in mail:
        batch.mark_sent(
            row["ALERT_KEY"], row["CHANNEL"], row["RECIPIENT"], message_id=sent_as, actor="notify"
        )
        done.sent += 1


def _put_back(ctx: Context, batch: OutboxBatch, mail: list[Row], done: Notified, problem: str) -> None:
    done.failed += len(mail)
    done.problem = problem
    log.warning("not sent alerts=%d", len(mail))
    for row in mail:
        wait = min(LONGEST_WAIT, dt.timedelta(minutes=2 ** min(int(row["ATTEMPTS"]), 10)))
        batch.put_back(row["ALERT_KEY"], row["CHANNEL"], row["RECIPIENT"], not_before=ctx.clock() + wait)
