"""The open interim report: pooled, written every night, and made again byte for byte."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from milepost.reports.open_report import build_open_report, to_json
from milepost.reports.render import Renderer
from milepost.workflows.clinical import clinical_frames
from milepost.workflows.context import Context
from milepost.workflows.deriving import Derivations
from milepost.workflows.estimates_alert import owe_disagreement
from milepost.workflows.publishing import (
    KEPT,
    OPEN,
    SAME_AGAIN,
    Made,
    Published,
    compare_with_kept,
    is_intact,
    keep,
    kept_report,
    predecessor,
)
from milepost.workflows.report_inputs import arrived_since, inputs_of
from milepost.workflows.verdicts import study_at


def publish(ctx: Context, *, as_of: dt.date, known_at: dt.datetime, again: bool = True) -> Published:
    """Write the open report of `as_of` as known at `known_at` (cut to what is known).

    again False: where this very report lies there as it was published, it is not worked out a second time. Raises
    DataProblem for a day that lies ahead.
    """
    ctx.check_not_ahead(as_of)
    instant = ctx.store.resolve_known_at(known_at)
    if instant is None:
        return Published()
    study, config_hash = study_at(ctx, known_at)
    before = predecessor(ctx, OPEN, as_of, instant, None)
    derived = Derivations(study, ctx.store, as_of=as_of, known_at=instant)
    inputs = inputs_of(ctx, derived, config_hash, before)
    kept = kept_report(ctx, OPEN, inputs)
    if kept is not None:
        if not again and is_intact(ctx, kept, ctx.places.reports):
            return Published(str(kept["ID"]), str(ctx.places.reports / str(kept["PATH"])), SAME_AGAIN)
        before = predecessor(ctx, OPEN, as_of, instant, kept)
        inputs = replace(
            inputs, predecessor=before, audit_head=str(kept["NUMBERS"]["audit_head"]),
            arrivals=arrived_since(ctx, before, instant),
        )  # fmt: skip
    frames = clinical_frames(derived, inputs.verdicts)
    inputs = replace(inputs, clinical=frames)
    model = build_open_report(inputs)
    files = {
        "report.json": to_json(model).encode(),
        "report.html": Renderer(ctx.templates).open_report(model).encode(),
    }
    made = Made(OPEN, model.id, f"open/{as_of.isoformat()}-{model.id}", inputs, files)
    done = (
        keep(ctx, made, ctx.places.reports)
        if kept is None
        else compare_with_kept(ctx, kept, made, ctx.places.reports)
    )
    if done.outcome != KEPT:
        done.owed = owe_disagreement(ctx, str(done.report), as_of, model.agreements)
    return done
