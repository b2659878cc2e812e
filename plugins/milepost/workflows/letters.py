"""Each site's open questions as one letter, written anew for the day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from milepost.reports.query_letters import build_query_letter
from milepost.reports.render import Renderer
from milepost.workflows.context import Context


@dataclass
class Letters:
    """Which letters were written, and how many questions are open."""

    open: int = 0
    written: dict[str, str] = field(default_factory=dict)


def write_letters(ctx: Context, *, as_of: dt.date) -> Letters:
    """Write the letter of every site that has open questions; a day's letter is kept beside earlier ones."""
    done = Letters()
    queries = ctx.store.queries(open_only=True)
    queries = queries[queries["OPENED_AT"] <= ctx.end_of_day(as_of)].assign(OPEN=True)
    received = ctx.store.deliveries()[["ID", "RECEIVED_AT"]].rename(columns={"ID": "DELIVERY"})
    queries = queries.merge(received, on="DELIVERY", how="left", validate="m:1")
    renderer = Renderer(ctx.templates)
    for site in ctx.study.sites:
        mine = queries[queries["SITEID"] == site.id]
        if mine.empty:
            continue
        folder = ctx.places.letters / site.id
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{as_of.isoformat()}.html"
        part = target.with_suffix(".part")
        model = build_query_letter(ctx.study, site.id, mine, as_of=as_of)
        part.write_text(renderer.query_letter(model), encoding="utf-8")
        part.replace(target)
        done.open += len(mine)
        done.written[site.id] = str(target)
    return done
