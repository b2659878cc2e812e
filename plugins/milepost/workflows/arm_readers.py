"""To whom patients' arms, drugs and doses are shown on the command line, and that it is on record.

Who may run the service may read its database: asked for no role, all is shown, and the audit log says who looked. Asked
for a role of the protocol, what that role may not see is blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from milepost.errors import NotPermitted
from milepost.protocol import StudyProtocol
from milepost.reports.masking import ARM_COLUMNS, Mask
from milepost.workflows.context import Context

# amounts and schedules tell the drug as well as its name does
_DOSES = (
    "STARTDOSE", "CUMDOSE", "PLANDOSE", "LASTDOSELEVEL", "DOSEDAYS", "NCYCLES", "RDI", "EXDOSE", "EXDOSU", "EXDOSFRQ",
)  # fmt: skip
HIDDEN = frozenset((*ARM_COLUMNS, *_DOSES))
_KEPT = ("STUDYID", "USUBJID", "SITEID")


class Reader(NamedTuple):
    """Who asks: a role of the protocol (None: the service's own account), and the person."""

    role: str | None
    person: str


def roles_by_arm(protocol: StudyProtocol) -> tuple[str, ...]:
    """Who may have all patients by arm: `[analysis] closed_roles`, or where there are none, roles with sees_arm."""
    return protocol.analysis.closed_roles or roles_of_a_patient(protocol)


def roles_of_a_patient(protocol: StudyProtocol) -> tuple[str, ...]:
    """Who may see the arm of a patient: roles with sees_arm."""
    return tuple(role.id for role in protocol.roles if role.sees_arm)


def may_see(
    ctx: Context, reader: Reader, allowed: Sequence[str], action: str, asked: Mapping[str, Any]
) -> bool:
    """Whether arms are shown to this reader; who was shown what is noted. Raises NotPermitted for a role that the
    protocol does not know."""
    known = [role.id for role in ctx.study.protocol.roles]
    if reader.role is not None and reader.role not in known:
        raise NotPermitted(
            f"Role {reader.role!r} is none of protocol.toml [[roles]]: {', '.join(known) or 'there is none'}."
        )
    if reader.role is not None and reader.role not in allowed:
        return False
    said = {"role": reader.role or "service", **asked}
    ctx.store.audit(reader.person, ctx.clock(), f"{action}.shown", said)
    return True


def left_out(what: str, allowed: Sequence[str]) -> str:
    """The sentence beside an answer from which arms were taken."""
    who = f"roles {', '.join(allowed)} of protocol.toml" if allowed else "no role of protocol.toml"
    return f"{what}: arms, drugs and doses are shown to {who}."


def blank_arms(frame: pd.DataFrame, protocol: StudyProtocol) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The frame with its columns of arms and doses empty and no drug named in any other text; and those columns."""
    mask = Mask(protocol)
    hidden = tuple(str(name) for name in frame.columns if str(name).upper() in HIDDEN)
    others = [
        name for name in frame.columns if name not in (*hidden, *_KEPT) and frame[name].dtype.kind == "O"
    ]
    told = {name: made for name in others if (made := _neutral(frame[name], mask)) is not None}
    return frame.assign(**dict.fromkeys(hidden), **told), hidden


def _neutral(column: pd.Series, mask: Mask) -> pd.Series | None:
    """The column with every arm's and drug's name replaced; None where there is none in it."""
    texts = [_text(cell) for cell in column.tolist()]
    if not mask.names("\n".join(text for text in texts if text is not None)):
        return None
    cells = [
        cell if text is None or not mask.names(text) else mask.neutral(text)
        for cell, text in zip(column.tolist(), texts, strict=True)
    ]
    return pd.Series(cells, index=column.index, dtype=object)


def _text(cell: object) -> str | None:
    if isinstance(cell, str):
        return cell
    return " ".join(map(str, cell)) if isinstance(cell, tuple | list) else None
