"""The closed report: made for a named role, kept apart, and handed out only after a person has released it.

It lies under `restricted/closed/pending` until then and under `restricted/closed/released` afterwards; folders and
files are their owner's alone. Who asked, who was refused and who released is in the audit log.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from milepost.core.interim_monitoring import HeldLook
from milepost.errors import ConfigurationError, DataProblem, NotPermitted
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
from milepost.workflows.arm_codes import check_closed_role, codes_of, key_mark
from milepost.workflows.clinical import arms_of, clinical_frames
from milepost.workflows.context import Context
from milepost.workflows.deriving import Derivations
from milepost.workflows.estimates_alert import owe_disagreement
from milepost.workflows.publishing import (
    KEPT,
    RESTRICTED,
    Made,
    Published,
    compare_with_kept,
    keep,
    kept_report,
    predecessor,
    write_files,
)
from milepost.workflows.report_inputs import arrived_since, derivations_of, inputs_of
from milepost.workflows.verdicts import study_at

log = logging.getLogger(__name__)
PENDING, RELEASED = "pending", "released"


@dataclass(frozen=True)
class Asked:
    """Who asks for which closed report. look: the number of the look to be held; None between looks."""

    role: str
    person: str
    look: int | None = None
    dry_run: bool = False


def prepare_closed(ctx: Context, asked: Asked, *, as_of: dt.date, known_at: dt.datetime) -> Published:
    """Make the closed report of `as_of` as known at `known_at`; it waits to be released.

    Raises NotPermitted for a role that may not have it, for a look that is not due, and for a look that was held
    already on other data: a look is held once.
    """
    _check_role(ctx, asked)
    if as_of > ctx.day_of(ctx.clock()):
        raise DataProblem(f"--as-of {as_of} lies ahead: nothing of it is known yet. Name a day that is over.")
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
    report = inputs_of(ctx, study, config_hash, as_of, instant, before)
    derived = derivations_of(ctx, report)
    inputs = ClosedInputs(
        replace(report, clinical=clinical_frames(derived, report.verdicts, pooled=False)),
        _groups(ctx, derived, study, dry_run=asked.dry_run), "" if asked.dry_run else key_mark(ctx), asked.look,
        () if asked.dry_run else _held(ctx, asked.look, instant), asked.dry_run,
    )  # fmt: skip
    _check_key(ctx, inputs)
    kept = kept_report(ctx, inputs.kind, report)
    if kept is None:
        _hold_once(ctx, inputs.kind)
    else:
        before = predecessor(ctx, begins, as_of, instant, kept)
        seen = replace(
            inputs.report, predecessor=before, audit_head=str(kept["NUMBERS"]["audit_head"]),
            arrivals=arrived_since(ctx, before, instant),
        )  # fmt: skip
        held = tuple(HeldLook(h["number"], h["fraction"], h["z"]) for h in kept["NUMBERS"].get("held", ()))
        inputs = replace(inputs, report=seen, held=held)
    model = build_closed_report(inputs)
    files = {
        "report.json": to_json(model).encode(),
        "report.html": Renderer(ctx.templates).closed_report(model).encode(),
    }
    made = Made(
        inputs.kind, model.id, f"{PENDING}/{inputs.kind}-{as_of.isoformat()}-{model.id}", inputs.report, files
    )
    done = (
        keep(ctx, made, _root(ctx), mode=RESTRICTED, actor=asked.person, once=asked.look is not None)
        if kept is None
        else compare_with_kept(ctx, kept, made, _root(ctx), mode=RESTRICTED)
    )
    if done.outcome != KEPT:
        done.owed = owe_disagreement(ctx, str(done.report), as_of, model.agreements)
    said = {"report": done.report, "kind": inputs.kind, "role": asked.role, "as_of": as_of.isoformat()}
    ctx.store.audit(asked.person, ctx.clock(), "closed.prepared", said)
    return done


def release_closed(ctx: Context, report: str, *, role: str, person: str) -> Path:
    """Hand a prepared closed report out: copied to `released`, with who and when in the audit log. Twice is once."""
    row = _row(ctx, report)
    if str(row["KIND"]).startswith(DRY_RUN):
        _check_role(ctx, Asked(role, person, dry_run=True))
    else:
        check_closed_role(ctx, role, person, "closed.release")
    source = _root(ctx) / str(row["PATH"])
    target = _root(ctx) / RELEASED / source.name
    files = {
        name: _read(source / name, str(sha), report) for name, sha in sorted(dict(row["SHA256"]).items())
    }
    if all((target / name).exists() and (target / name).read_bytes() == raw for name, raw in files.items()):
        return target
    said = {"report": report, "role": role, "sha256": dict(row["SHA256"])}
    ctx.store.audit(person, ctx.clock(), "closed.released", said)
    write_files(target, files, RESTRICTED)
    ctx.store.note_audit_head(ctx.clock())
    log.info("released report=%s", report)
    return target


def refuse_closed(ctx: Context, report: str, *, person: str) -> None:
    """Note that a person decided not to release it. It stays where it is."""
    _row(ctx, report)
    ctx.store.audit(person, ctx.clock(), "closed.withheld", {"report": report})


class Listed(NamedTuple):
    """One closed report, without anything of its contents."""

    report: str
    kind: str
    as_of: dt.date
    state: str


def closed_reports(ctx: Context) -> list[Listed]:
    """The closed reports and dry runs made so far, oldest first, and whether they were released."""
    reports = ctx.store.reports()
    found = reports[reports["KIND"].str.startswith((CLOSED, DRY_RUN))]
    released = _root(ctx) / RELEASED
    return [
        Listed(
            str(row["ID"]), str(row["KIND"]), row["AS_OF"].date(),
            RELEASED if (released / Path(str(row["PATH"])).name).exists() else PENDING,
        )
        for row in found.to_dict("records")
    ]  # fmt: skip


def _check_role(ctx: Context, asked: Asked) -> None:
    """A dry run shows nothing of an arm: every role of the protocol may have it. Anything else is for closed roles."""
    if not asked.dry_run:
        check_closed_role(ctx, asked.role, asked.person, "closed.prepare")
        return
    if asked.role not in {role.id for role in ctx.study.protocol.roles}:
        known = ", ".join(role.id for role in ctx.study.protocol.roles)
        raise NotPermitted(
            f"Role {asked.role!r} is none of protocol.toml [[roles]]: {known or 'there is none'}."
        )


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
                int(said["number"]), HeldLook(int(said["number"]), float(said["fraction"]), said["z"])
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


def _row(ctx: Context, report: str) -> dict[str, Any]:
    reports = ctx.store.reports()
    found = reports[(reports["ID"] == report) & reports["KIND"].str.startswith((CLOSED, DRY_RUN))]
    if found.empty:
        raise DataProblem(f"{report}: no closed report has this id. `milepost closed list` names them.")
    return {str(name): value for name, value in found.iloc[-1].to_dict().items()}


def _read(path: Path, sha256: str, report: str) -> bytes:
    raw = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise DataProblem(
            f"report {report}: {path.name} is missing or not as it was made, so it is not released. Make it again with "
            "`milepost closed prepare` for the same day and knowledge time."
        )
    return raw


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


def _root(ctx: Context) -> Path:
    return ctx.places.restricted / "closed"
