"""docs/data.md: every table of the service, from `schema.py`."""

from __future__ import annotations

from milepost.schema import DOMAINS, RECORD, SERVICE, Column, Domain, Table

HEAD = """# Data

Made from `schema.py` by `scripts/docs.py`; change that.

A *domain* table holds what sites sent and the gate accepted: one row a version, never changed, never deleted. Its
names are CDISC's; in PostgreSQL they are lower case and the table is `<domain>_record`. *Service* tables hold what the
service did with it. Times are instants in UTC; dates of records are local to the site and may be partial (ISO 8601).
"""


def page() -> str:
    """The whole page."""
    parts = [
        HEAD,
        "## Columns of every domain table\n",
        "Key: `USUBJID`, `RECKEY`, `OCCURRENCE`, `VERSION`.\n",
    ]
    parts += [_table(RECORD), "## Domains\n"]
    parts += [_domain(domain) for domain in DOMAINS.values()]
    parts += ["## Service tables\n", *(_service(table) for table in SERVICE.values())]
    return "\n".join(parts)


def _domain(domain: Domain) -> str:
    named = ", ".join(f"`{name}`" for name in ("USUBJID", *domain.identity))
    ref = f"its own record id (`{domain.ref}`) where the site sends one, else " if domain.ref else ""
    dated = f" Its date is `{domain.date}`." if domain.date else ""
    text = f"A record is known by {ref}{named}.{dated}"
    return f"### {domain.code} — {domain.label}\n\n{text}\n\n{_table(domain.columns)}"


def _service(table: Table) -> str:
    keys = "; ".join(", ".join(f"`{name}`" for name in key) for key in (table.key, *table.unique))
    kept = "Append-only." if table.append_only else "Rows leave it."
    meaning = table.meaning[:1].upper() + table.meaning[1:]
    return f"### {table.name}\n\n{meaning}. {kept} Unique: {keys}.\n\n{_table(table.columns)}"


def _table(columns: tuple[Column, ...]) -> str:
    rows = [
        f"| `{c.name}` | {c.type} | {c.unit} | {'may be empty' if c.null else ''} | {c.meaning} |".replace(
            "|  |", "| |"
        )
        for c in columns
    ]
    return "\n".join(["| column | type | unit | | meaning |", "|---|---|---|---|---|", *rows, ""])
