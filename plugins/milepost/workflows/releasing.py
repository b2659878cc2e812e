"""What becomes of a closed report that was made: a person releases it or refuses it, once, and that is final.

The first decision stands in the audit log, whoever decides at the same time. A released report is copied from
`restricted/closed/pending` to `restricted/closed/released`; a refused one stays where it is.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from pathlib import Path
from typing import Any, NamedTuple

from milepost.errors import DataProblem, NotPermitted
from milepost.reports.closed_report import CLOSED, DRY_RUN
from milepost.workflows.arm_codes import check_closed_role
from milepost.workflows.context import Context
from milepost.workflows.publishing import RESTRICTED, write_files

log = logging.getLogger(__name__)
PENDING, RELEASED, REFUSED = "pending", "released", "refused"
_RELEASE, _REFUSE = "closed.released", "closed.withheld"
_STATES = {_RELEASE: RELEASED, _REFUSE: REFUSED}


class Listed(NamedTuple):
    """One closed report, without anything of its contents."""

    report: str
    kind: str
    as_of: dt.date
    state: str


def release_closed(ctx: Context, report: str, *, role: str, person: str) -> Path:
    """Hand a prepared closed report out: copied to `released`, with who and when in the audit log. Twice is once.

    Raises NotPermitted for another role, and where the report was refused.
    """
    row = _row(ctx, report)
    check_may_have(ctx, role, person, "closed.release", dry_run=str(row["KIND"]).startswith(DRY_RUN))
    source = closed_folder(ctx) / str(row["PATH"])
    target = closed_folder(ctx) / RELEASED / source.name
    files = {
        name: _read(source / name, str(sha), report) for name, sha in sorted(dict(row["SHA256"]).items())
    }
    said = {"report": report, "role": role, "sha256": dict(row["SHA256"])}
    before = ctx.store.decide(person, ctx.clock(), _RELEASE, said, among=tuple(_STATES), about="report")
    if before is not None and before.action == _REFUSE:
        ctx.store.audit(person, ctx.clock(), "closed.release.refused", {"role": role, "report": report})
        raise NotPermitted(
            f"report {report}: {before.actor} refused it on {ctx.day_of(before.at)}, and that is final. {_instead(row)}"
        )
    lost = any(
        not (target / name).exists() or (target / name).read_bytes() != raw for name, raw in files.items()
    )
    if before is not None and lost:
        ctx.store.audit(person, ctx.clock(), _RELEASE, said)
    if lost:
        write_files(target, files, RESTRICTED)
        ctx.store.note_audit_head(ctx.clock())
        log.info("released report=%s", report)
    return target


def refuse_closed(ctx: Context, report: str, *, role: str, person: str) -> None:
    """Refuse a prepared closed report for good: it stays where it is and is never handed out. Twice is once.

    Raises NotPermitted for another role, and where the report was released already.
    """
    row = _row(ctx, report)
    check_may_have(ctx, role, person, "closed.refuse", dry_run=str(row["KIND"]).startswith(DRY_RUN))
    said = {"report": report, "role": role}
    before = ctx.store.decide(person, ctx.clock(), _REFUSE, said, among=tuple(_STATES), about="report")
    if before is not None and before.action == _RELEASE:
        raise NotPermitted(
            f"report {report}: {before.actor} released it on {ctx.day_of(before.at)}; what was handed out cannot be "
            "refused. Tell its readers what is wrong with it."
        )
    ctx.store.note_audit_head(ctx.clock())


def closed_reports(ctx: Context) -> list[Listed]:
    """The closed reports and dry runs made so far, oldest first: pending, released or refused."""
    reports = ctx.store.reports()
    found = reports[reports["KIND"].str.startswith((CLOSED, DRY_RUN))]
    decided = ctx.store.decisions(tuple(_STATES), "report")
    states = {report: _STATES[decision.action] for report, decision in decided.items()}
    return [
        Listed(str(row["ID"]), str(row["KIND"]), row["AS_OF"].date(), states.get(str(row["ID"]), PENDING))
        for row in found.to_dict("records")
    ]


def check_reason(ctx: Context, reason: str) -> None:
    """Raise NotPermitted where the last closed report was refused and nobody says why another one is made."""
    made = [one for one in closed_reports(ctx) if one.kind.startswith(CLOSED)]
    if made and made[-1].state == REFUSED and not reason.strip():
        raise NotPermitted(
            f"The last closed report ({made[-1].report}, as of {made[-1].as_of}) was refused. Say why another one is "
            "made: --reason '...'; it is kept in the audit log."
        )


def check_not_refused(ctx: Context, report: str) -> None:
    """Raise NotPermitted where this very report was refused: it is not made ready a second time."""
    decided = ctx.store.decisions(tuple(_STATES), "report").get(report)
    if decided is not None and decided.action == _REFUSE:
        raise NotPermitted(
            f"report {report} of this cut-off and knowledge time was refused, and that is final. "
            f"{_instead(_row(ctx, report))}"
        )


def check_may_have(ctx: Context, role: str, person: str, asked: str, *, dry_run: bool) -> None:
    """A dry run shows nothing of an arm: every role of the protocol may have it. Anything else is for closed roles."""
    if not dry_run:
        check_closed_role(ctx, role, person, asked)
        return
    if role not in {one.id for one in ctx.study.protocol.roles}:
        known = ", ".join(one.id for one in ctx.study.protocol.roles)
        raise NotPermitted(f"Role {role!r} is none of protocol.toml [[roles]]: {known or 'there is none'}.")


def closed_folder(ctx: Context) -> Path:
    """Where closed reports lie."""
    return ctx.places.restricted / "closed"


def _instead(row: dict[str, Any]) -> str:
    if "-look-" in str(row["KIND"]):
        return "The look counts as held: ask for a report without --look, at a later cut-off, with --reason '...'."
    return (
        "Make another one, at another cut-off (--as-of) or knowledge time (--known-at), and say why: milepost closed "
        "prepare --reason '...'"
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
