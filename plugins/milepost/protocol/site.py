"""One hospital: where its files lie and how its words become ours.

A site's peculiarities are keys of `sites.toml`, never branches in code.
"""

from __future__ import annotations

import codecs
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from milepost.protocol.base import Code, Factor, Frozen, Problem, Text, is_stored, refuse
from milepost.protocol.date_forms import what_a_form_lacks
from milepost.protocol.words import fold
from milepost.schema import DOMAINS, STATUSES

DATE = "DTC"  # in a layout's `columns`: the collection or event date of whatever domain is emitted


def known_time_zone(name: str) -> str:
    """Refuse a time zone this machine's zone database does not know."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("must be an IANA time zone such as Asia/Shanghai or Europe/Berlin") from error
    return name


def _date_form(form: str, info: ValidationInfo) -> str:
    lacks = None if is_stored(info) else what_a_form_lacks(form)
    if lacks is not None:
        raise ValueError(lacks)
    return form


def _status_codes(codes: dict[str, dict[str, str]], info: ValidationInfo) -> dict[str, dict[str, str]]:
    """A status word of a site must lead to a status: another one counts as preliminary for ever, silently."""
    known = {fold(status) for status in (*STATUSES, *_HL7_LETTERS)}
    if not is_stored(info):
        refuse(
            Problem(("RECSTATUS", word), status, f"{', '.join(STATUSES)}, or a letter of HL7 (F, C, P, X …)")
            for word, status in codes.get("RECSTATUS", {}).items()
            if fold(status) not in known
        )
    return codes


_HL7_LETTERS = "FUVBPRSCAXDWINO"  # OBX-11; I, N and O announce a result that does not exist yet
DateForm = Annotated[str, AfterValidator(_date_form)]
Codes = Annotated[dict[str, dict[str, str]], AfterValidator(_status_codes)]


class Feed(Frozen):
    """How a site's files reach us. Secrets are named here, never written here.

    `folder`: an inbox folder (default `MILEPOST_HOME/inbox/<site>`). `sftp`: pulled from the site's server;
    `host_key` is the server's public key line, `secret` names the environment variable or Airflow connection
    that holds the password or private key.
    """

    kind: Literal["folder", "sftp"] = "folder"
    path: str | None = None
    host: str | None = None
    port: Annotated[int, Field(gt=0, lt=65536)] = 22
    user: str | None = None
    host_key: str | None = None
    secret: str | None = None
    settle_seconds: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _sftp_is_complete(self) -> Feed:
        if self.kind == "sftp":
            needed = ("path", "host", "user", "host_key", "secret")
            refuse(
                Problem((key,), None, "a text: an sftp feed needs it")
                for key in needed
                if getattr(self, key) is None
            )
        return self


class Condition(Frozen):
    """Whether a line of the file counts for this purpose, by the text of one of its columns."""

    column: Text
    equals: tuple[str, ...] = ()
    starts_with: tuple[str, ...] = ()
    filled: bool | None = None


class IgnoreRule(Frozen):
    """A named kind of line that is no data, such as a totals row; counted under its name, never silent."""

    id: Code
    when: Condition


class Emit(Frozen):
    """One record of one domain made from a line of the file.

    columns: our column -> the file's column; constants: our column -> a fixed text; date_plus_days: our date
    column -> (file's date column, file's column of days to add); part of a day becomes a time of day. time_from_days:
    the file's column of days from the line to a midnight, whose part of a day tells the time of day that the line's
    date lacks (185.625 days: 09:00); the record's date gets it, and `date_plus_days` counts from it. at_ceiling /
    at_floor: a value exactly this large stands for `>value` / `<value`.
    """

    domain: str
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    date_plus_days: dict[str, tuple[str, str]] = {}
    time_from_days: str | None = None
    when: Condition | None = None
    rows: Literal["all", "first_of_subject", "last_of_subject"] = "all"
    at_ceiling: Decimal | None = None
    at_floor: Decimal | None = None

    @model_validator(mode="after")
    def _columns_exist(self) -> Emit:
        if self.domain not in DOMAINS:
            refuse([Problem(("domain",), self.domain, f"one of {', '.join(DOMAINS)}")])
        known = {*DOMAINS[self.domain].names, DATE}
        refuse(
            Problem((key, name), None, f"columns of {self.domain}: {', '.join(sorted(known))}")
            for key in ("columns", "constants", "date_plus_days")
            for name in getattr(self, key)
            if name not in known
        )
        return self


class Layout(Frozen):
    """One kind of file a site sends, recognised by its name.

    mode `increment`: each file holds what is new; `cumulative`: each file holds everything so far, so a row
    that is gone becomes a query. `columns` apply to every emit and may use `DTC` for "the date of the record".
    same_day: what a second, different value of one test on one day without time or record id means.
    """

    id: Code
    match: tuple[str, ...]
    mode: Literal["increment", "cumulative"] = "increment"
    encoding: str = "utf-8"
    delimiter: Literal[",", ";", "\t", "|", "，", "auto"] = ","
    header_line: Annotated[int, Field(ge=1)] = 1
    skip_lines_after_header: Annotated[int, Field(ge=0)] = 0
    decimal_mark: Literal[".", ","] = "."
    date_formats: tuple[DateForm, ...] = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
    time_zone: str | None = None
    columns: dict[str, str] = {}
    emits: tuple[Emit, ...]
    ignore: tuple[IgnoreRule, ...] = ()
    ignore_columns: tuple[str, ...] = ()
    codes: Codes = {}
    units: dict[str, str] = {}
    missing: tuple[str, ...] = ()
    same_day: Literal["correction", "second_sample"] = "correction"

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, value: str) -> str:
        if value == "auto":
            return value
        try:
            return codecs.lookup(value).name
        except LookupError as error:
            raise ValueError(
                "must be an encoding Python knows (utf-8, gb18030, big5, cp1252 …) or auto"
            ) from error

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str | None) -> str | None:
        return value if value is None else known_time_zone(value)

    @model_validator(mode="after")
    def _has_a_subject(self) -> Layout:
        if not self.emits:
            refuse([Problem(("emits",), None, "at least one record to make from a line")])
        refuse(
            Problem(("emits", place, "columns"), None, "a column for USUBJID, here or for the whole layout")
            for place, emit in enumerate(self.emits)
            if "USUBJID" not in {**self.columns, **emit.columns, **emit.constants}
        )
        return self


class Site(Frozen):
    """One site of the study.

    subject_prefix is put before the site's own subject number; factors override a test's unit factor for this
    site's laboratory (test -> unit -> factor to the canonical unit); expects_every_days: longer silence is
    shown as an absence.
    """

    id: Code
    name: Text
    time_zone: str | None = None
    feeds: tuple[Feed, ...] = (Feed(),)
    layouts: tuple[Layout, ...]
    subject_prefix: str = ""
    laboratory: str | None = None
    codes: Codes = {}
    units: dict[str, str] = {}
    missing: tuple[str, ...] = ()
    factors: dict[str, dict[str, Factor]] = {}
    expects_every_days: Annotated[int, Field(ge=1)] | None = None
    planned: Annotated[int, Field(ge=0)] | None = None
    contacts: dict[str, tuple[str, ...]] = {}

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str | None) -> str | None:
        return value if value is None else known_time_zone(value)

    @model_validator(mode="after")
    def _layout_ids_are_unique(self) -> Site:
        ids = [layout.id for layout in self.layouts]
        refuse(
            Problem(("layouts", place, "id"), key, "an id that no other layout of this site has")
            for place, key in enumerate(ids)
            if key in ids[:place]
        )
        return self
