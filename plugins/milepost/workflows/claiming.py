"""Take what sites handed over into the vault and the ledger, before anybody looks into it.

From here on nothing can be lost: the bytes lie under their SHA-256 and the delivery has a number. The same bytes
again change nothing.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from milepost.errors import ConfigurationError, MilepostError
from milepost.feeds.folder import FolderFeed, oldest, waiting_files
from milepost.feeds.sftp import SftpFeed
from milepost.protocol import Feed, Layout, Site
from milepost.workflows.context import Context

log = logging.getLogger(__name__)


@dataclass
class Claimed:
    """What a sweep over the feeds took: new delivery numbers, repeated files, sites out of reach."""

    new: list[int] = field(default_factory=list)
    repeated: int = 0
    unreachable: dict[str, str] = field(default_factory=dict)


def claim(ctx: Context, sites: Iterable[str], *, until: dt.datetime | None) -> Claimed:
    """Take every file that waits at these sites and was received by `until`. One site's failure stops no other."""
    taken = Claimed()
    for site_id in sites:
        site = ctx.study.site(site_id)
        for number, feed in enumerate((*site.feeds, *ctx.extra_feeds.get(site_id, ()))):
            try:
                _claim_feed(ctx, site, feed, number, until, taken)
            except MilepostError as error:  # unreachable, or its feed is wrongly configured
                taken.unreachable[site_id] = str(error)
                log.warning("feed unreachable site=%s feed=%s", site_id, number)
    return taken


def first_received(ctx: Context) -> dt.datetime | None:
    """When the first file of all came, be it recorded, pending or still in an inbox; None where none ever came."""
    known = [ctx.store.first_known()]
    pending = ctx.store.pending_deliveries()["RECEIVED_AT"]
    known.append(None if pending.empty else pending.min().to_pydatetime())
    for site in ctx.study.sites:
        known += [oldest(inbox_of(ctx, site, feed)) for feed in site.feeds if feed.kind == "folder"]
    return min((instant for instant in known if instant is not None), default=None)


def waiting(ctx: Context, sites: Iterable[str]) -> int:
    """How many finished-looking files lie in the inboxes of these sites."""
    chosen = [ctx.study.site(site) for site in sites]
    folders = {inbox_of(ctx, site, feed) for site in chosen for feed in site.feeds if feed.kind == "folder"}
    return sum(waiting_files(folder) for folder in folders)


def inbox_for(ctx: Context, site: str) -> Path:
    """The folder into which files of this site are put by hand; ConfigurationError where the site has none."""
    chosen = ctx.study.site(site)
    folders = [inbox_of(ctx, chosen, feed) for feed in chosen.feeds if feed.kind == "folder"]
    if not folders:
        raise ConfigurationError(
            f"sites.toml, site {site}: its files are fetched from its server; there is no inbox to put one into. "
            'Add a feed of kind "folder" beside the other.'
        )
    return folders[0]


def inbox_of(ctx: Context, site: Site, feed: Feed) -> Path:
    """The folder a site's folder feed watches."""
    return ctx.places.inbox / site.id if feed.path is None else ctx.places.home / feed.path


def _claim_feed(
    ctx: Context, site: Site, feed: Feed, number: int, until: dt.datetime | None, taken: Claimed
) -> None:
    for item in _open(ctx, site, feed, number).claim(ctx.clock(), until):
        delivery = item.delivery
        ctx.vault.put(delivery.raw)
        ctx.vault.note(delivery.sha256, delivery.name)
        layout = layout_for(site, delivery.name)
        number_, is_new = ctx.store.add_delivery(
            site.id,
            layout.id if layout else None,
            delivery.sha256,
            len(delivery.raw),
            delivery.received_at,
            ctx.clock(),
        )
        ctx.store.note_contact(site.id, ctx.day_of(delivery.received_at))
        item.release()
        if is_new:
            taken.new.append(number_)
        else:
            taken.repeated += 1
        log.info("claimed site=%s delivery=%s new=%s", site.id, number_, is_new)


def _open(ctx: Context, site: Site, feed: Feed, number: int) -> FolderFeed | SftpFeed:
    claimed = ctx.places.claimed / site.id
    if feed.kind == "folder":
        inbox = inbox_of(ctx, site, feed)
        return FolderFeed(inbox=inbox, claimed=claimed, site=site.id, settle_seconds=feed.settle_seconds)
    secret = ctx.secrets(feed.secret or "")
    if secret is None:
        raise ConfigurationError(
            f"sites.toml, site {site.id}: the secret {feed.secret!r} of its sftp feed is not set. "
            f"Set it in the environment or as an Airflow connection."
        )
    name = f"sftp-{number}"
    return SftpFeed(
        host=feed.host or "",
        port=feed.port,
        user=feed.user or "",
        host_key=feed.host_key or "",
        secret=secret,
        path=feed.path or "",
        site=site.id,
        known=lambda key: ctx.store.feed_seen(site.id, name, ctx.vault.keyed_hash(key)),
        seen=lambda key: ctx.store.note_feed(site.id, name, ctx.vault.keyed_hash(key), ctx.clock()),
        settle_seconds=feed.settle_seconds,
    )


def layout_for(site: Site, name: str) -> Layout | None:
    """The first layout whose pattern fits the file's name (case ignored); None where none does."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1].casefold()
    for layout in site.layouts:
        if any(fnmatch.fnmatchcase(base, pattern.casefold()) for pattern in layout.match):
            return layout
    return None
