"""A small study of one's own, and the service used on it as its people use it: hand over files, let nights pass, ask.

Everything here goes through study folders, files and `open_runtime` (or the command line): what the tests say of
the service holds for whoever has nothing but these.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import logging
import mailbox
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from milepost.cli import main
from milepost.feeds.folder import put_bytes
from milepost.runtime import Runtime, open_runtime
from milepost.workflows.rereading import read_again
from milepost.workflows.status import status
from milepost.workflows.verdicts import verdict_rows

ZONE = ZoneInfo("Asia/Shanghai")
LABS = "Subject Order Test LOINC Result Unit Collected Received Status Version Lab".split()
PATIENTS = "Subject Consent Arm Sex Age Died HBV".split()
DOSES = "Subject Record Drug Dose Unit Start End Line Status".split()
EVENTS = "Subject Record Category Event Date Line Status".split()

SMALL_STUDY = Path(__file__).parent / "small_study"


def write_study(folder: Path, changes: Mapping[str, str] | None = None) -> Path:
    """The small study as a folder of its own; `changes`: text of its files -> other text."""
    folder.mkdir(parents=True, exist_ok=True)
    left = dict(changes or {})
    for name in ("protocol.toml", "sites.toml"):
        text = (SMALL_STUDY / name).read_text(encoding="utf-8")
        for old in [old for old in left if old in text]:
            text = text.replace(old, left.pop(old))
        (folder / name).write_text(text, encoding="utf-8")
    assert not left, f"no such text in the small study: {left}"
    return folder


def at(day: str, time: str = "18:00") -> dt.datetime:
    """An instant of a day in the study's time zone."""
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZONE).astimezone(dt.UTC)


def table(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """The bytes of a CSV file with these columns; what a row does not say is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def lab(subject: str, collected: str, result: str, unit: str = "ng/mL", **more: str) -> dict[str, str]:
    """One AFP result as a line of a laboratory's file."""
    return {
        "Subject": subject,
        "Test": "AFP",
        "Result": result,
        "Unit": unit,
        "Collected": collected,
    } | more


def patient(subject: str, **more: str) -> dict[str, str]:
    """One line of demographics."""
    return {"Subject": subject, "Consent": "2026-02-20", "Arm": "ANL", "Sex": "M", "Age": "61"} | more


def dose(subject: str, start: str = "2026-03-02", **more: str) -> dict[str, str]:
    """One line of doses, ongoing unless `End` says otherwise."""
    given = {"Record": "1", "Drug": "Anlotinib", "Dose": "12", "Unit": "mg", "Line": "1"}
    return {"Subject": subject, "Start": start} | given | more


def event(subject: str, what: str, date: str, **more: str) -> dict[str, str]:
    """One milestone."""
    given = {"Record": f"{what[:3]}", "Category": "DISPOSITION EVENT", "Event": what, "Date": date}
    return {"Subject": subject} | given | more


class Service:
    """The service on one study folder, one home and one database, at a time the test sets."""

    def __init__(self, study: Path, home: Path, dsn: str) -> None:
        self.study, self.home, self.dsn = study, home, dsn
        self.now = at("2026-03-01")

    def open(self) -> Runtime:
        """The composition root, as every command opens it."""
        return open_runtime(self.home, self.study, self.dsn, clock=lambda: self.now)

    # -- what a site does

    def hand_over(self, site: str, name: str, raw: bytes, when: dt.datetime | None = None) -> None:
        """A file in the site's inbox, received at this instant (now, unless given)."""
        put_bytes(self.home / "inbox" / site, name, raw, when or self.now)

    def labs(self, *rows: Mapping[str, str], site: str = "S01", name: str = "labs.csv") -> None:
        """A laboratory file, received now."""
        self.hand_over(site, name, table(LABS, rows))

    def export(self, *rows: Mapping[str, str], site: str = "S01", name: str = "export.csv") -> None:
        """A complete export of the laboratory, received now."""
        self.hand_over(site, name, table(LABS, rows))

    def enrol(self, *subjects: str, start: str = "2026-03-02", arm: str = "ANL") -> None:
        """Demographics and a first dose, received now from the site in the subject's number."""
        for site in sorted({subject[:3] for subject in subjects}):
            mine = [subject for subject in subjects if subject[:3] == site]
            drug = {"ANL": "Anlotinib", "SOR": "Sorafenib"}[arm]
            self.hand_over(site, "patients.csv", table(PATIENTS, [patient(s, Arm=arm) for s in mine]))
            self.hand_over(site, "doses.csv", table(DOSES, [dose(s, start, Drug=drug) for s in mine]))

    # -- what a night does

    def day(self, day: str, time: str = "23:00") -> Service:
        """Let time pass until this day's evening."""
        self.now = at(day, time)
        return self

    def receive(self) -> dict[str, Any]:
        with self.open() as runtime:
            return runtime.receive()

    def read_again(self, *deliveries: int, release: bool = False) -> None:
        with self.open() as runtime:
            read_again(runtime.ctx, deliveries, release=release)

    def assess(self, day: str) -> dict[str, Any]:
        with self.open() as runtime:
            return runtime.assess(dt.date.fromisoformat(day))

    def night(self, day: str, *, report: bool = False) -> dict[str, Any]:
        """The night of this day, on that evening."""
        self.day(day)
        with self.open() as runtime:
            return runtime.night(dt.date.fromisoformat(day), write_report=report)

    def nights(self, first: str, last: str) -> None:
        """Every night from the first day to the last, without reports."""
        day = dt.date.fromisoformat(first)
        while day <= dt.date.fromisoformat(last):
            self.night(day.isoformat())
            day += dt.timedelta(days=1)

    def publish(self, day: str, known_at: dt.datetime | None = None) -> dict[str, Any]:
        with self.open() as runtime:
            return runtime.publish(dt.date.fromisoformat(day), known_at)

    # -- what a person asks

    def verdicts(self, day: str, known_at: dt.datetime | None = None) -> dict[str, dict[str, Any]]:
        """The table of `milepost verdicts`, by subject (and line where it is not the first)."""
        with self.open() as runtime:
            rows = verdict_rows(runtime.ctx, as_of=dt.date.fromisoformat(day), known_at=known_at)
        return {row["USUBJID"] + ("" if row["LINE"] == 1 else f"/{row['LINE']}"): row for row in rows}

    def state(self, subject: str, day: str, known_at: dt.datetime | None = None) -> str:
        """STATE or STATE:REASON of one subject."""
        row = self.verdicts(day, known_at)[subject]
        return row["STATE"] + (f":{row['REASON']}" if row["REASON"] else "")

    def status(self) -> dict[str, Any]:
        with self.open() as runtime:
            return status(runtime.ctx)

    def sql(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """What really lies in the database, read past the service."""
        with psycopg.connect(self.dsn.replace("+psycopg", "")) as connection:
            return connection.execute(query, arguments).fetchall()

    def fates(self, delivery: int) -> dict[str, int]:
        """Disposition -> rows of a delivery's newest attempt; with `received`."""
        rows = self.sql(
            "select lower(disposition), sum(rows)::int from milepost.row_count where delivery = %s and attempt = "
            "(select max(attempt) from milepost.processing where delivery = %s) group by 1",
            delivery, delivery,
        )  # fmt: skip
        records = self.sql(
            "select records from milepost.processing where delivery = %s order by attempt desc limit 1",
            delivery,
        )
        return dict(rows) | {"received": records[0][0]}

    def open_queries(self) -> list[tuple[str, str | None]]:
        """RULE and subject of every query nobody has answered, sorted."""
        return sorted(
            self.sql(
                "select rule, usubjid from milepost.query q where not exists (select from milepost.query_event e "
                "where e.query = q.id and e.event = 'CLOSED')"
            ),
            key=str,
        )

    def alerts(self, subject: str | None = None) -> list[tuple[str, str, int, str]]:
        """KIND, ROLE, EPISODE and what last became of every alert (OPEN where nothing did), sorted."""
        rows = self.sql(
            "select a.kind, a.role, a.episode, coalesce((select e.event from milepost.alert_event e where "
            "e.alert_key = a.key and e.event in ('RESOLVED', 'SUPERSEDED', 'RETRACTED') limit 1), 'OPEN') "
            "from milepost.alert a where %s::text is null or a.usubjid = %s order by 1, 2, 3",
            subject, subject,
        )  # fmt: skip
        return [tuple(row) for row in rows]  # type: ignore[misc]

    def mails(self) -> list[dict[str, str]]:
        """Every mail of the local mail folder: to, subject, id and its text, HTML part included."""
        folder = self.home / "mail"
        if not folder.exists():
            return []
        found = []
        for mail in mailbox.Maildir(folder, create=False):
            parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
            text = "\n".join(raw.decode() for raw in parts if isinstance(raw, bytes))
            found.append(
                {
                    "to": mail["To"],
                    "subject": str(mail["Subject"]),
                    "id": mail["Message-ID"],
                    "date": mail["Date"],
                    "text": text,
                }
            )
        return sorted(found, key=lambda m: (m["to"], m["subject"], m["id"]))

    # -- the command line

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`milepost --study … --home … ARGUMENTS` as its own process would run it, but in this one: 2 s sooner."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        kept = (sys.argv, dict(os.environ), logging.getLogger().handlers[:])
        levels = [handler.level for handler in kept[2]]
        sys.argv = ["milepost", "--study", str(self.study), "--home", str(self.home), *arguments]
        os.environ["MILEPOST_DSN"] = self.dsn
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.argv = kept[0]
            os.environ.clear()
            os.environ.update(kept[1])
            for handler, level in zip(kept[2], levels, strict=True):
                handler.setLevel(level)
        return subprocess.CompletedProcess(list(arguments), code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same in a process of its own."""
        command = [str(Path(sys.executable).parent / "milepost"), "--study", str(self.study)]
        settings = {"MILEPOST_DSN": self.dsn, "MILEPOST_HOME": str(self.home)}
        kept = {k: v for k, v in os.environ.items() if k not in ("MILEPOST_AS_OF", "MILEPOST_STUDY")}
        return subprocess.run(
            [*command, *arguments], env=kept | settings, capture_output=True, text=True, timeout=300
        )  # fmt: skip

    def cli_json(self, *arguments: str) -> Any:
        """What a command that went well printed, as JSON."""
        done = self.cli(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
