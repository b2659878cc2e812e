"""The one composition root and the only clock: paths, environment, study folder, store, channels.

Everything else takes what it needs as an argument. Environment: MILEPOST_HOME (where everything the service keeps
lies; default `.milepost/` in the project), MILEPOST_STUDY (study folder; default the project's `config/`),
MILEPOST_DSN (a PostgreSQL; default the embedded one), MILEPOST_VAULT_KEY (encrypts raw files), MILEPOST_SMTP
(`smtp://user@host:port`, password in MILEPOST_SMTP_PASSWORD), MILEPOST_FEEDS (JSON, site -> feeds beside those of
sites.toml: a test server, a second inbox), MILEPOST_AS_OF (replays: the day taken for today).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tomllib
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from milepost import __version__
from milepost.alerts.maildir import MaildirChannel
from milepost.alerts.smtp import SmtpChannel
from milepost.errors import ConfigurationError
from milepost.homes import PROJECT, home_folder, study_folder
from milepost.protocol import Feed, Study, study_from_mappings
from milepost.store import server
from milepost.store.store import Store
from milepost.store.vault import Vault
from milepost.workflows import night as nights
from milepost.workflows.assess import assess
from milepost.workflows.claiming import first_received
from milepost.workflows.context import Channel, Context, Places
from milepost.workflows.installed import installed_versions
from milepost.workflows.letters import write_letters
from milepost.workflows.notify import notify
from milepost.workflows.receive import receive
from milepost.workflows.watch import watch

DATABASE = "milepost"


def now() -> dt.datetime:
    """The wall clock, read here and nowhere else."""
    return dt.datetime.now(dt.UTC)


def read_study(folder: Path) -> Study:
    """The study folder, read and checked. Raises ConfigurationError naming file, key, found and allowed."""
    texts = {}
    for name in ("protocol.toml", "sites.toml"):
        path = folder / name
        try:
            texts[name] = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        except FileNotFoundError as error:
            raise ConfigurationError(
                f"{folder.name}/{name}: no such file. A study folder holds protocol.toml and sites.toml; "
                f"`milepost study init DIR` makes one."
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{name}: this is not valid TOML: {error}. Correct it there.") from error
    own = {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted((folder / "expectations").glob("*.yaml"))
    }
    return study_from_mappings(texts["protocol.toml"], texts["sites.toml"], own)


@cache
def code_version() -> str:
    """The release and a digest of code, suites, templates and packages: what a report was made by."""
    digest = hashlib.sha256()
    for folder, pattern in (
        ("plugins/milepost", "*.py"),
        ("expectations", "*.yaml"),
        ("reports_templates", "*"),
    ):
        for path in sorted(p for p in (PROJECT / folder).rglob(pattern) if p.is_file()):
            digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(json.dumps(installed_versions()).encode())
    return f"{__version__}+{digest.hexdigest()[:12]}"


@dataclass(frozen=True)
class Settings:
    """Where one run finds things."""

    home: Path
    study: Path
    dsn: str | None

    @classmethod
    def from_environment(
        cls, home: Path | None = None, study_dir: Path | None = None, dsn: str | None = None
    ) -> Settings:
        """Arguments first, then the environment, then the defaults."""
        study = (study_dir or study_folder()).resolve()
        return cls(
            (home or home_folder(study)).resolve(),
            study,
            dsn or os.environ.get("MILEPOST_DSN") or None,
        )


class Runtime:
    """The service, opened: one method for each workflow. Use as a context manager."""

    def __init__(self, ctx: Context, settings: Settings) -> None:
        self.ctx, self.settings = ctx, settings

    def __enter__(self) -> Runtime:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ctx.store.close()

    @property
    def inbox(self) -> Path:
        """The folder that holds one inbox a site."""
        return self.ctx.places.inbox

    def sites(self) -> list[str]:
        """Ids of the study's sites, in the order of sites.toml."""
        return [site.id for site in self.ctx.study.sites]

    def tonight(self) -> dt.date:
        """The day a night run judges: MILEPOST_AS_OF in a replay, else today in the study's time zone."""
        replayed = os.environ.get("MILEPOST_AS_OF")
        return dt.date.fromisoformat(replayed) if replayed else self.ctx.day_of(self.ctx.clock())

    def known_at(self, as_of: dt.date, wanted: dt.datetime | None = None) -> dt.datetime:
        """Knowledge time of a night: as asked, else the end of that day, never later than now.

        For a day before the first file ever came, now: such a night can only mean the data that are here.
        """
        if wanted is not None:
            return wanted
        evening = min(self.ctx.end_of_day(as_of), self.ctx.clock())
        first = first_received(self.ctx)
        return self.ctx.clock() if first is not None and first > evening else evening

    def receive(
        self, sites: Iterable[str] | None = None, known_at: dt.datetime | None = None
    ) -> dict[str, Any]:
        """Take and record what sites handed over by `known_at` (in a replay: by the end of the replayed day)."""
        until = known_at
        if until is None and os.environ.get("MILEPOST_AS_OF"):
            until = self.known_at(self.tonight())
        return vars(receive(self.ctx, sites, until=until))

    def assess(self, as_of: dt.date | None = None, known_at: dt.datetime | None = None) -> dict[str, Any]:
        """Judge every day not judged yet, up to `as_of`."""
        day = as_of or self.tonight()
        return vars(assess(self.ctx, as_of=day, known_at=self.known_at(day, known_at)))

    def watch(self, as_of: dt.date | None = None, known_at: dt.datetime | None = None) -> dict[str, Any]:
        """Watch over safety: derive whom new data touched, owe what follows."""
        day = as_of or self.tonight()
        return vars(watch(self.ctx, as_of=day, known_at=self.known_at(day, known_at)))

    def notify(self, as_of: dt.date | None = None) -> dict[str, Any]:
        """Send what is owed."""
        return vars(notify(self.ctx, as_of=as_of or self.tonight()))

    def publish(
        self, as_of: dt.date | None = None, known_at: dt.datetime | None = None, *, again: bool = True
    ) -> dict[str, Any]:
        """Write the open interim report. again False: not where it lies there already as it was published."""
        from milepost.workflows.publish import publish  # loads every estimate: seconds, not for every command

        day = as_of or self.tonight()
        return vars(publish(self.ctx, as_of=day, known_at=self.known_at(day, known_at), again=again))

    def prepare_closed(
        self,
        *,
        role: str,
        person: str,
        look: int | None = None,
        dry_run: bool = False,
        reason: str = "",
        as_of: dt.date | None = None,
        known_at: dt.datetime | None = None,
    ) -> dict[str, Any]:
        """Make the closed report; it waits to be released. reason: why another, where the last one was refused."""
        from milepost.workflows.closed import Asked, prepare_closed

        day = as_of or self.tonight()
        asked = Asked(role, person, look, dry_run, reason)
        return vars(prepare_closed(self.ctx, asked, as_of=day, known_at=self.known_at(day, known_at)))

    def conclude_closed(self, report: str, *, role: str, person: str, release: bool) -> None:
        """Release a prepared closed report, or refuse it for good."""
        from milepost.workflows.releasing import refuse_closed, release_closed

        if release:
            release_closed(self.ctx, report, role=role, person=person)
        else:
            refuse_closed(self.ctx, report, role=role, person=person)

    def letters(self, as_of: dt.date | None = None) -> dict[str, Any]:
        """Write each site's letter of open queries."""
        return vars(write_letters(self.ctx, as_of=as_of or self.tonight()))

    def night(
        self, as_of: dt.date | None = None, known_at: dt.datetime | None = None, *, write_report: bool = True
    ) -> dict[str, Any]:
        """receive, assess, watch, notify, publish: one night, in that order."""
        day = as_of or self.tonight()
        known = self.known_at(day, known_at)
        return nights.night(
            self.ctx,
            as_of=day,
            known_at=known,
            replayed=self.ctx.day_of(known) < self.ctx.day_of(self.ctx.clock()),
            write_report=write_report,
        )


def open_runtime(
    home: Path | None = None,
    study_dir: Path | None = None,
    dsn: str | None = None,
    *,
    clock: Callable[[], dt.datetime] = now,
    channels: Iterable[Channel] | None = None,
) -> Runtime:
    """Open the service: read the study folder, start the embedded database where no DSN is given, migrate."""
    settings = Settings.from_environment(home, study_dir, dsn)
    study = read_study(settings.study)
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store(_dsn(settings), settings.home)
    store.migrate()
    _one_study_a_home(store, study)
    for rule in study.protocol.checkpoints:
        store.ensure_test_index(rule.test)
    places = Places(settings.home)
    key = os.environ.get("MILEPOST_VAULT_KEY")
    ctx = Context(
        study=study,
        config_hash=study.hash(),
        code_version=code_version(),
        store=store,
        vault=Vault(settings.home / "vault", key.encode() if key else None),
        places=places,
        clock=clock,
        default_suites=default_suites(),
        templates=PROJECT / "reports_templates",
        channels=tuple(channels) if channels is not None else (mail_channel(places, study),),
        secrets=os.environ.get,
        extra_feeds=extra_feeds(study),
        packages=installed_versions(),
    )
    return Runtime(ctx, settings)


def describe_defect(error: BaseException) -> str:
    """An error nobody expected: where it happened, without its message, which may hold a patient's value."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "milepost" in Path(frame.filename).parts] or list(frames)
    where = "\n".join(f"  {Path(frame.filename).name} line {frame.lineno}, in {frame.name}" for frame in own)
    return (
        f"A defect of milepost: {type(error).__name__} in\n{where}\n"
        "What was committed before stays; the same command may be run again. Please report these lines."
    )


def _one_study_a_home(store: Store, study: Study) -> None:
    """Refuse a study folder of another study than the one whose data lie here. ConfigurationError."""
    stored = store.configuration_at(now())
    theirs = study.protocol.id if stored is None else json.loads(stored.content)["protocol"]["id"]
    if theirs != study.protocol.id:
        raise ConfigurationError(
            f"protocol.toml: study {study.protocol.id}, but the data here are those of study {theirs}. Each study "
            "keeps its own: give this one a folder with --home DIR (or MILEPOST_HOME), or a database with "
            "MILEPOST_DSN."
        )


def with_progress(runtime: Runtime, progress: Callable[[str, int, int], None]) -> Runtime:
    """The same service, reporting its progress to `progress(what, done, of)`."""
    return Runtime(replace(runtime.ctx, progress=progress), runtime.settings)


def default_suites() -> dict[str, str]:
    """The gate's own suites: domain -> YAML text."""
    return {p.stem: p.read_text(encoding="utf-8") for p in sorted((PROJECT / "expectations").glob("*.yaml"))}


def mail_channel(places: Places, study: Study) -> Channel:
    """The mail server of MILEPOST_SMTP, or a local mail folder where none is named."""
    url = os.environ.get("MILEPOST_SMTP")
    if not url:
        return MaildirChannel(places.mail, sender=study.protocol.alerts.sender)
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigurationError("MILEPOST_SMTP: must look like smtp://host:25 or smtps://user@host:465.")
    return SmtpChannel(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 25),
        user=parts.username,
        password=os.environ.get("MILEPOST_SMTP_PASSWORD"),
        tls=parts.scheme == "smtps",
        sender=study.protocol.alerts.sender,
    )


def extra_feeds(study: Study) -> dict[str, tuple[Feed, ...]]:
    """The feeds of MILEPOST_FEEDS: where a server stands is a matter of this installation, not of the study."""
    text = os.environ.get("MILEPOST_FEEDS")
    if not text:
        return {}
    try:
        found = {
            site: tuple(Feed.model_validate(item) for item in feeds)
            for site, feeds in json.loads(text).items()
        }
        return {study.site(site).id: feeds for site, feeds in found.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigurationError(
            'MILEPOST_FEEDS: must be JSON such as {"S06": [{"kind": "folder", "path": "second-inbox"}]}, with the keys '
            "of a feed in sites.toml (docs/study-folder.md)."
        ) from error


def _dsn(settings: Settings) -> str:
    if settings.dsn:
        return settings.dsn
    server.ensure_running(settings.home)
    server.ensure_database(settings.home, DATABASE)
    return server.dsn(settings.home, DATABASE)
