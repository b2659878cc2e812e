"""One delivery, from its bytes in the vault to rows in our words and the schema gate's findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from milepost.intake import gate
from milepost.intake.reading import Reading, read_delivery
from milepost.protocol import Layout, Site
from milepost.workflows.context import Context


@dataclass
class Taken:
    """One delivery on its way: its ledger row, how it was read, what the schema gate found, and its fate."""

    row: dict[str, Any]
    site: Site
    layout: Layout | None
    reading: Reading
    findings: pd.DataFrame
    forced: bool = False
    fate: str = "RECORDED"
    why: str | None = None
    gone: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["DOMAIN", "USUBJID", "RECKEY"]))

    def __post_init__(self) -> None:
        if self.stopped:
            self.fate = "REFUSED" if self.reading.problem else "HELD"
            self.why = " ".join(self.findings.loc[self.findings["SEVERITY"] == "critical", "REASON"])

    @property
    def id(self) -> int:
        """Number of the delivery."""
        return int(self.row["ID"])

    @property
    def stopped(self) -> bool:
        """The schema gate found something critical: no row of this file may be believed."""
        return bool((self.findings["SEVERITY"] == "critical").any())

    @property
    def received(self) -> int:
        """Rows that must be accounted for: what the reading received; of a file nobody could read, one."""
        return 1 if self.reading.problem else self.reading.received


def take(ctx: Context, row: dict[str, Any], ledger: pd.DataFrame, *, forced: bool = False) -> Taken:
    """Read one delivery's bytes and put it before the schema gate. `ledger`: every delivery so far."""
    site = ctx.study.site(row["SITEID"])
    layout = next((item for item in site.layouts if item.id == row["LAYOUT"]), None)
    if layout is None:
        reading = Reading(problem="No layout of this site knows a file of this name.")
        return Taken(row, site, None, reading, gate.unknown_file(site, ctx.study.protocol))
    reading = read(ctx, row, site, layout)
    history = [int(lines) for lines in earlier(ledger, row)["LINES"]]
    findings = gate.check_delivery(reading, history, ctx.study.protocol, layout)
    if forced and not reading.problem:  # a person has released it: what can be read is recorded
        findings = findings[findings["SEVERITY"] != "critical"]
    return Taken(row, site, layout, reading, findings, forced)


def read(ctx: Context, row: dict[str, Any], site: Site, layout: Layout) -> Reading:
    """The rows of one delivery, in our words."""
    return read_delivery(
        ctx.vault.get(row["SHA256"]), layout=layout, site=site, protocol=ctx.study.protocol,
        zone=layout.time_zone or ctx.study.zone(site.id), delivery=int(row["ID"]), received_at=row["RECEIVED_AT"],
    )  # fmt: skip


def earlier(ledger: pd.DataFrame, row: dict[str, Any]) -> pd.DataFrame:
    """The recorded deliveries of the same site and layout that were received before this one, oldest first."""
    same = (ledger["SITEID"] == row["SITEID"]) & (ledger["LAYOUT"] == row["LAYOUT"])
    before = (ledger["RECEIVED_AT"] < row["RECEIVED_AT"]) | (
        (ledger["RECEIVED_AT"] == row["RECEIVED_AT"]) & (ledger["ID"] < row["ID"])
    )
    return ledger[same & before & (ledger["OUTCOME"] == "RECORDED")].sort_values(["RECEIVED_AT", "ID"])
