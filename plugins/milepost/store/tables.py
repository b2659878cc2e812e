"""The tables of `milepost.schema` as PostgreSQL tables, with their indexes and the triggers that forbid a change.

A domain's records are one insert-only table `<domain>_record`: a correction is a further `version`, a withdrawal
a version with `retracted`. There is no current flag and no end of validity, so nothing is ever updated.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable

from milepost import schema
from milepost.errors import ConfigurationError

SCHEMA = "milepost"
metadata = sa.MetaData(schema=SCHEMA)

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "decimal": sa.Numeric(),
    "integer": sa.Integer(),
    "bigint": sa.BigInteger(),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "timestamp": sa.TIMESTAMP(timezone=True),
    "json": sa.JSON(),  # not jsonb: that reorders keys, and the same content has to give the same bytes
    "bytes": sa.LargeBinary(),
}
_WIDTH = {
    "timestamp": 0,
    "bigint": 0,
    "integer": 1,
    "date": 1,
    "boolean": 2,
}  # fixed widths first: no padding

KEY = ("USUBJID", "RECKEY", "OCCURRENCE")  # names a record; with VERSION, one content of it
# What the covering index of a checkpoint's test holds beside the key. Another list needs a migration that
# drops the `lb_record_test_*` indexes: the next start makes them again.
COVERED = (
    *("KNOWN_FROM", "DELIVERY", "SRCLINE", "SITEID", "STATUS", "RESVER", "RETRACTED", "ADT"),
    *("LBORRES", "LBORRESU", "LBSTRESN", "LBSTRESU", "LBSPEC", "LBDTC", "LBNAM", "LBMETHOD"),
    *("LBLLOQ", "LBULOQ", "LBSTAT"),
)
LONGEST_INDEX_ROW = 2500  # bytes; a B-tree entry holds 2704

_REFERENCES = {
    ("processing", "delivery"): "delivery.id",
    ("quarantine", "delivery"): "delivery.id",
    ("quarantine_release", "quarantine"): "quarantine.id",
    ("query_event", "query"): "query.id",
    ("outbox", "alert_key"): "alert.key",
    ("alert_event", "alert_key"): "alert.key",
}
_INDEXES = {
    "configuration": (("hash",),),
    "quarantine": (("usubjid", "domain", "reckey"), ("fingerprint",)),
    "query": (("key",), ("usubjid", "domain", "reckey")),
    "alert": (("usubjid", "line", "checkpoint"),),
    "signal": (("usubjid",),),
    "report": (("known_at",),),
}
_KNOWN = ("quarantine", "quarantine_release")  # by known_from, as the record tables are


def record_columns(domain: str) -> tuple[schema.Column, ...]:
    """The columns of a domain's record frames: the record's own first, then the domain's."""
    return (*schema.RECORD, *(c for c in schema.DOMAINS[domain].columns))


def record(domain: str) -> sa.Table:
    """The table of a domain's records."""
    return metadata.tables[f"{SCHEMA}.{domain.lower()}_record"]


def service(name: str) -> sa.Table:
    """A table of the service, by its name in `schema.SERVICE`."""
    return metadata.tables[f"{SCHEMA}.{name}"]


def test_column(domain: str) -> str | None:
    """The column that names the test, in domains that have tests."""
    name = f"{domain}TESTCD"
    return name if name in schema.DOMAINS[domain].names else None


def indexed(domain: str) -> tuple[str, ...]:
    """The texts of a record that lie in an index, which limits how long they may be together."""
    covered = COVERED if domain == "LB" else ()
    return tuple(c.name for c in record_columns(domain) if c.type == "text" and c.name in (*KEY, *covered))


def _known_index(name: str, column: sa.Column[object]) -> sa.Index:
    # insertion order is the order of known_from (one writer at a time), so a few block ranges are enough
    return sa.Index(
        f"{name}_known",
        column,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
    )


def _record_table(domain: schema.Domain) -> None:
    columns = sorted(record_columns(domain.code), key=lambda column: _WIDTH.get(column.type, 3))
    name = f"{domain.code.lower()}_record"
    table = sa.Table(
        name,
        metadata,
        *(sa.Column(c.name.lower(), _TYPES[c.type], nullable=c.null) for c in columns),
        postgresql_with={
            "autovacuum_vacuum_insert_scale_factor": "0.02",
            "autovacuum_analyze_scale_factor": "0.02",
        },
    )
    key = [table.c[part.lower()] for part in KEY]
    sa.Index(f"{name}_key", *key, table.c.version.desc(), unique=True)
    _known_index(name, table.c.known_from)
    sa.Index(
        f"{name}_replaces",
        table.c.usubjid,
        table.c.recreplaces,
        postgresql_where=table.c.recreplaces.is_not(None),
    )


def _service_table(described: schema.Table) -> None:
    columns = []
    for c in described.columns:
        target = _REFERENCES.get((described.name, c.name))
        reference = [sa.ForeignKey(f"{SCHEMA}.{target}")] if target else []
        columns.append(sa.Column(c.name, _TYPES[c.type], *reference, nullable=c.null, autoincrement=False))
    table = sa.Table(
        described.name,
        metadata,
        *columns,
        sa.PrimaryKeyConstraint(*described.key, name=f"{described.name}_pkey"),
        *(
            sa.UniqueConstraint(
                *unique, name=f"{described.name}_{'_'.join(unique)}_key", postgresql_nulls_not_distinct=True
            )
            for unique in described.unique
        ),
    )
    for names in _INDEXES.get(described.name, ()):
        sa.Index(f"{described.name}_{'_'.join(names)}", *(table.c[n] for n in names))
    if described.name in _KNOWN:
        _known_index(described.name, table.c.known_from)


for _domain in schema.DOMAINS.values():
    _record_table(_domain)
for _table in schema.SERVICE.values():
    _service_table(_table)


def append_only() -> list[sa.Table]:
    """The tables in which nothing is ever changed or removed."""
    kept = [service(table.name) for table in schema.SERVICE.values() if table.append_only]
    return [*(record(code) for code in schema.DOMAINS), *kept]


def statements() -> list[str]:
    """Everything from an empty database, in order. The first migration was written with this."""
    dialect = postgresql.dialect()
    made = [str(CreateSchema(SCHEMA, if_not_exists=True).compile(dialect=dialect))]
    for table in metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    made.append(_FORBID)
    made += [_FORBID_ON.format(schema=SCHEMA, table=table.name) for table in append_only()]
    return made


_FORBID = f"""CREATE FUNCTION {SCHEMA}.forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING errcode = '42501', message = tg_op || ' on ' || tg_table_name || ': append only';
END $$"""
_FORBID_ON = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.{table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION {schema}.forbid_change()"
)

_TEST_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def literal_test(code: str) -> str:
    """A test code as an SQL literal: a partial index is used only where the query shows the very text."""
    if not _TEST_CODE.fullmatch(code):
        raise ConfigurationError(
            f"test code {code!r} cannot be used: letters, digits, '_', '.' and '-' only, at most 40"
        )
    return f"'{code}'"


def test_index(code: str) -> tuple[str, str]:
    """Name and statement of the covering index of one test's results."""
    literal = literal_test(code)
    name = f"lb_record_test_{code}"
    key = ", ".join(part.lower() for part in KEY)
    covered = ", ".join(column.lower() for column in COVERED)
    return name, (
        f'CREATE INDEX IF NOT EXISTS "{name}" ON {SCHEMA}.lb_record ({key}, version DESC) '
        f"INCLUDE ({covered}) WHERE lbtestcd = {literal}"
    )
