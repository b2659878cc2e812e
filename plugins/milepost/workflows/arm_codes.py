"""Which arm is A and which is B: drawn once by lot, kept apart from every report, told to nobody unasked.

The key lies in the restricted folder, readable by its owner alone. Asking for it is written into the audit log.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets

from milepost.errors import ConfigurationError, NotPermitted
from milepost.protocol import StudyProtocol
from milepost.workflows.context import Context

_NAME = "arm-key.json"


def codes_of(ctx: Context, protocol: StudyProtocol) -> dict[str, str]:
    """Arm code -> "A" or "B" for the two arms compared; drawn by lot at the first question and kept."""
    rules = protocol.analysis
    if rules.reference_arm is None or rules.comparison_arm is None:
        raise ConfigurationError(
            "protocol.toml [analysis]: reference_arm and comparison_arm are not named, so there is nothing to tell by "
            "arm. Name both, or read the open report."
        )
    path = ctx.places.restricted / _NAME
    arms = {rules.reference_arm, rules.comparison_arm}
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        first, second = secrets.SystemRandom().sample(sorted(arms), 2)
        drawn = (
            json.dumps({"arms": {first: "A", second: "B"}, "nonce": secrets.token_hex(16)}, sort_keys=True)
            + "\n"
        )
        part = path.with_name(f".{_NAME}.{secrets.token_hex(4)}")
        part.touch(mode=0o600)
        part.write_text(drawn, encoding="utf-8")
        try:
            os.link(part, path)  # who comes second keeps what the first has drawn
        except FileExistsError:
            pass
        finally:
            part.unlink()
    kept = {str(arm): str(code) for arm, code in json.loads(path.read_text(encoding="utf-8"))["arms"].items()}
    if set(kept) != arms:
        raise ConfigurationError(
            f"{_NAME} was drawn for other arms than protocol.toml compares. Put the arms back, or move the key away: "
            "a new one is drawn, and older closed reports keep their own letters."
        )
    return kept


def key_mark(ctx: Context) -> str:
    """What tells this key from another one and gives nothing of it away: the hash of its lot and a random number."""
    return hashlib.sha256((ctx.places.restricted / _NAME).read_bytes()).hexdigest()[:16]


def tell_key(ctx: Context, *, role: str, person: str) -> dict[str, str]:
    """The key, for a role that may have it; written into the audit log first."""
    check_closed_role(ctx, role, person, "closed.key")
    codes = codes_of(ctx, ctx.study.protocol)
    ctx.store.audit(person, ctx.clock(), "closed.key", {"role": role})
    return codes


def check_closed_role(ctx: Context, role: str, person: str, asked: str) -> None:
    """Raise NotPermitted unless the protocol lets this role have results by arm; a refusal is noted as well."""
    allowed = ctx.study.protocol.analysis.closed_roles
    if role in allowed:
        return
    ctx.store.audit(person, ctx.clock(), f"{asked}.refused", {"role": role})
    raise NotPermitted(
        f"Role {role!r} may not see results by arm. protocol.toml [analysis] closed_roles names who may: "
        f"{', '.join(allowed) or 'nobody yet'}."
    )
