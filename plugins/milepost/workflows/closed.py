"""The closed report: made for a named role, kept apart, and handed out only after a person has released it.

It lies under `restricted/closed/pending`; folders and files are their owner's alone. Patients' numbers in it lead to
their profiles, which are written with it. Who asked and who was not given it is in the audit log; what becomes of it is
`releasing`'s.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from milepost.core.interim_monitoring import HeldLook
from milepost.errors import ConfigurationError, NotPermitted
from milepost.protocol import Study
from milepost.reports.closed_report import (
    CLOSED,
    CODES,
    DRY_RUN,
    ClosedInputs,
    build_closed_report,
    to_json,
)
from milepost.reports.render import Renderer
from milepost.workflows.arm_codes import codes_of, key_mark
from milepost.workflows.clinical import arms_of, clinical_frames
from milepost.workflows.context import Context
from milepost.workflows.deriving import Derivations
from milepost.workflows.estimates_alert import owe_disagreement
from milepost.workflows.profiles import write_linked_profiles
from milepost.workflows.publishing import (
    KEPT,
    RESTRICTED,
    Made,
    Published,
    compare_with_kept,
    keep,
    kept_report,
    predecessor,
)
from milepost.workflows.releasing import (
    PENDING,
    check_may_have,
    check_not_refused,
    check_reason,
    closed_folder,
)
from milepost.workflows.report_inputs import arrived_since, inputs_of
from milepost.workflows.verdicts import study_at


@dataclass(frozen=True)
class Asked:
    """Who asks for which closed report. look: the number of the look to be held; None between looks.

    reason: why another one is made, where the last one was refused.
    """

    role: str
    person: str
    look: int | None = None
    dry_run: bool = False
    reason: str = ""


def prepare_closed(ctx: Context, asked: Asked, *, as_of: dt.date, known_at: dt.datetime) -> Published:
    """Make the closed report of `as_of` as known at `known_at`; it waits to be released.

    Raises NotPermitted for a role that may not have it, for a look that is not due, for a look that was held already
    on other data (a look is held once), and where the last one was refused and no reason is given for another.
    """
    check_may_have(ctx, asked.role, asked.person, "closed.prepare", dry_run=asked.dry_run)
    ctx.check_not_ahead(as_of)
    try:
        return _prepare(ctx, asked, as_of=as_of, known_at=known_at)
    except NotPermitted as refusal:
        said = {"role": asked.role, "look": asked.look, "as_of": as_of.isoformat(), "why": str(refusal)}
        ctx.store.audit(asked.person, ctx.clock(), "closed.prepare.refused", said)
        raise


def _prepare(ctx: Context, asked: Asked, *, as_of: dt.date, known_at: dt.datetime) -> Published:
    instant = ctx.store.resolve_known_at(known_at)
    if instant is None:
        return Published()
    study, config_hash = study_at(ctx, known_at)
    begins = DRY_RUN if asked.dry_run else CLOSED
    before = predecessor(ctx, begins, as_of, instant, None)
    derived = Derivations(study, ctx.store, as_of=as_of, known_at=instant)
    report = inputs_of(ctx, derived, config_hash, before)
    inputs = ClosedInputs(
        replace(report, clinical=clinical_frames(derived, report.verdicts, cycles=not asked.dry_run)),
        _groups(ctx, derived, study, dry_run=asked.dry_run), "" if asked.dry_run else key_mark(ctx), asked.look,
        () if asked.dry_run else _held(ctx, asked.look, instant), asked.dry_run, frozenset(report.verdicts["USUBJID"]),
    )  # fmt: skip
    _check_key(ctx, inputs)
    kept = kept_report(ctx, inputs.kind, report)
    if kept is not None:
        check_not_refused(ctx, str(kept["ID"]))
    if kept is None:
        _hold_once(ctx, inputs.kind)
        if not asked.dry_run:
            check_reason(ctx, asked.reason)
    else:
        before = predecessor(ctx, begins, as_of, instant, kept)
        seen = replace(
            inputs.report, predecessor=before, audit_head=str(kept["NUMBERS"]["audit_head"]),
            arrivals=arrived_since(ctx, before, instant),
        )  # fmt: skip
        held = tuple(
            HeldLook(h["number"], h["fraction"], h["z"], h.get("deaths"))
            for h in kept["NUMBERS"].get("held", ())
        )
        inputs = replace(inputs, report=seen, held=held)
    model = build_closed_report(inputs)
    files = {
        "report.json": to_json(model).encode(),
        "report.html": Renderer(ctx.templates).closed_report(model).encode(),
    }
    made = Made(inputs.kind, model.id, f"{PENDING}/{inputs.folder}", inputs.report, files)
    own = kept is None or kept["CODE_VERSION"] == ctx.code_version
    if model.linked and own:  # written before the page that leads there
        write_linked_profiles(
            ctx, derived, report.verdicts, model.linked, report=model.id, folder=inputs.folder,
            config_hash=config_hash, role=asked.role, person=asked.person,
        )  # fmt: skip
    done = (
        keep(ctx, made, closed_folder(ctx), mode=RESTRICTED, actor=asked.person, once=asked.look is not None)
        if kept is None
        else compare_with_kept(ctx, kept, made, closed_folder(ctx), mode=RESTRICTED)
    )
    if done.outcome != KEPT:
        done.owed = owe_disagreement(ctx, str(done.report), as_of, model.agreements)
    said = {"report": done.report, "kind": inputs.kind, "role": asked.role, "as_of": as_of.isoformat()}
    said |= {"reason": asked.reason} if asked.reason else {}
    ctx.store.audit(asked.person, ctx.clock(), "closed.prepared", said)
    return done


def _groups(ctx: Context, derived: Derivations, study: Study, *, dry_run: bool) -> Mapping[str, str]:
    """Subject -> A or B: by the key of arms; in a dry run by a hash that knows nothing of the arm."""
    arms = arms_of(derived, study.protocol)
    if dry_run:
        return {subject: CODES[_drawn(f"{study.protocol.id}|dry-run|{subject}")] for subject in arms}
    codes = codes_of(ctx, study.protocol)
    return {subject: codes[arm] for subject, arm in arms.items() if arm in codes}


def _drawn(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0] % 2


def _held(ctx: Context, look: int | None, known_at: dt.datetime) -> tuple[HeldLook, ...]:
    """The looks held by then, by number, as their reports say; those before `look` where one is being held."""
    reports = ctx.store.reports()
    reports = reports[reports["KIND"].str.startswith(f"{CLOSED}-look-") & (reports["KNOWN_AT"] <= known_at)]
    found: dict[int, HeldLook] = {}
    for row in reports.to_dict("records"):
        said: Any = ctx.store.report_numbers(str(row["ID"]), str(row["KIND"])).get("look")
        if said and (look is None or said["number"] < look):
            found.setdefault(
                int(said["number"]),
                HeldLook(int(said["number"]), float(said["fraction"]), said["z"], said.get("deaths")),
            )
    return tuple(found[number] for number in sorted(found))


def _hold_once(ctx: Context, kind: str) -> None:
    if not kind.startswith(f"{CLOSED}-look-"):
        return
    reports = ctx.store.reports()
    held = reports[reports["KIND"] == kind]
    if len(held):
        day = held.iloc[0]["AS_OF"].date()
        raise NotPermitted(
            f"This look was held already, on the data of {day} (report {held.iloc[0]['ID']}). A look is held once. Ask "
            f"for it with --as-of {day} and the knowledge time it had, or without --look."
        )


def _check_key(ctx: Context, inputs: ClosedInputs) -> None:
    """Refuse a key of arms other than the one earlier closed reports were made with: A and B would be exchanged."""
    reports = ctx.store.reports()
    earlier = reports[reports["KIND"].str.startswith(CLOSED)]
    if inputs.masked or earlier.empty:
        return
    last = earlier.iloc[-1]
    mark = ctx.store.report_numbers(str(last["ID"]), str(last["KIND"])).get("arm_key")
    if mark and mark != inputs.arm_key:
        raise ConfigurationError(
            "restricted/arm-key.json is another key than the one earlier closed reports were made with, so A and B "
            "could be exchanged. Put the old key back from the backup."
        )
