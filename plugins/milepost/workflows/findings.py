"""The findings page of a delivery, from the tables: what came, where each row went, which rules were broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from milepost.reports.findings import FindingsPage, build_findings
from milepost.reports.render import Renderer
from milepost.workflows.context import Context


def write_findings_pages(ctx: Context, deliveries: Iterable[int]) -> None:
    """Write (or write again) the page of each of these deliveries."""
    wanted = list(deliveries)
    if not wanted:
        return
    renderer = Renderer(ctx.templates)
    ledger = ctx.store.deliveries()
    counts = ctx.store.row_counts(wanted)
    findings = ctx.store.findings(wanted)
    ctx.places.findings.mkdir(parents=True, exist_ok=True)
    for row in ledger[ledger["ID"].isin(wanted) & ledger["OUTCOME"].notna()].to_dict("records"):
        newest = (counts["DELIVERY"] == row["ID"]) & (counts["ATTEMPT"] == row["ATTEMPT"])
        mine = findings[(findings["DELIVERY"] == row["ID"]) & (findings["ATTEMPT"] == row["ATTEMPT"])]
        page = renderer.findings_page(page_of(ctx, row, counts[newest], mine))
        target = page_file(ctx, row)
        part = target.with_suffix(".part")
        part.write_text(page, encoding="utf-8")
        part.replace(target)


def write_missing_pages(ctx: Context) -> None:
    """Write the pages that a run which died after recording has left unwritten."""
    ledger = ctx.store.deliveries()
    done = ledger[ledger["OUTCOME"].notna()]
    missing = [row["ID"] for row in done.to_dict("records") if not page_file(ctx, row).exists()]
    write_findings_pages(ctx, missing)


def page_file(ctx: Context, row: Mapping[str, Any]) -> Path:
    """Where the page of a delivery's newest attempt lies: `17.html`, read again `17-2.html`."""
    again = f"-{int(row['ATTEMPT'])}" if int(row["ATTEMPT"]) > 1 else ""
    return ctx.places.findings / f"{row['ID']}{again}.html"


def page_of(
    ctx: Context, row: dict[str, object], counts: pd.DataFrame, findings: pd.DataFrame
) -> FindingsPage:
    """The model of one delivery's page; `row` is its ledger row."""
    return build_findings(
        ctx.study.protocol, site=str(row["SITEID"]), delivery=int(str(row["ID"])),
        layout=None if row["LAYOUT"] is None else str(row["LAYOUT"]), received_at=row["RECEIVED_AT"],  # type: ignore[arg-type]
        known_at=row["KNOWN_FROM"], outcome=str(row["OUTCOME"]),  # type: ignore[arg-type]
        reason=None if row["REASON"] is None else str(row["REASON"]), lines=int(str(row["LINES"])),
        config_hash=str(row["CONFIG_HASH"]), row_counts=counts, findings=findings,
    )  # fmt: skip
