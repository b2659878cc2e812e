"""The made-up study as a clinical section sees it, pooled or by arm; and the same with everybody but a few left out.

Nobody in it exists. Expected numbers of tests come from the history behind the files or from frames typed by hand,
never from the section under test.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import cache
from typing import Any, cast

import pandas as pd

from milepost.core.checkpoint import assess
from milepost.core.populations import select_therapies
from milepost.reports.clinical import ClinicalFrames, ClinicalInputs, Group
from milepost.store.store import Store
from milepost.workflows.clinical import arms_of, clinical_frames
from milepost.workflows.deriving import Derivations
from tests.made_up_study import made_up

AS_OF = dt.date(2026, 4, 14)
KNOWN_AT = dt.datetime(2026, 4, 15, tzinfo=dt.UTC)


class _Records:
    """The records of the made-up study in place of a store."""

    def known(self, domain: str, *, patients: Iterable[str] | None = None, **_: Any) -> pd.DataFrame:
        frame = made_up().known.get(domain)
        if frame is None:
            return pd.DataFrame({"USUBJID": pd.Series(dtype=object)})
        return (
            frame if patients is None else frame[frame["USUBJID"].isin(list(patients))].reset_index(drop=True)
        )


RECORDS = _Records()


@cache
def derivations(as_of: dt.date = AS_OF) -> Derivations:
    return Derivations(made_up().study, cast(Store, RECORDS), as_of=as_of, known_at=KNOWN_AT)


@cache
def verdicts(as_of: dt.date = AS_OF) -> pd.DataFrame:
    derived, protocol = derivations(as_of), made_up().study.protocol
    rule = protocol.checkpoints[0]
    labs = derived.known("LB")
    own = labs[labs["LBTESTCD"] == rule.test].reset_index(drop=True)
    return assess(
        derived.lines, own.assign(USABLE=True, UNUSABLE=None),
        select_therapies(derived.known("CM"), derived.known("PR"), protocol), rule=rule, test=protocol.test(rule.test),
        site_factors={site.id: dict(site.factors.get(rule.test, {})) for site in made_up().study.sites}, as_of=as_of,
    )  # fmt: skip


@cache
def clinical_inputs(as_of: dt.date = AS_OF, *, by_arm: bool = False, tested: bool = False) -> ClinicalInputs:
    """The made-up study: pooled, or by arm with A the reference arm of the protocol and B the other."""
    derived, study = derivations(as_of), made_up().study
    frames = clinical_frames(derived, verdicts(as_of), cycles=by_arm)
    everybody = frozenset(frames.adsl["USUBJID"].astype(str))
    groups: tuple[Group, ...] = (Group("all", "All patients", everybody),)
    if by_arm:
        arms, rules = arms_of(derived, study.protocol), study.protocol.analysis
        groups = tuple(
            Group(id_, f"Arm {id_}", frozenset(s for s, arm in arms.items() if arm == code))
            for id_, code in (("A", rules.reference_arm), ("B", rules.comparison_arm))
        )
    return ClinicalInputs(study, as_of, frames, groups, compared=by_arm, tested=tested)


def only(inputs: ClinicalInputs, wanted: Callable[[pd.DataFrame], pd.Series]) -> ClinicalInputs:
    """The same inputs with those subjects alone for whom `wanted(adsl)` holds; groups keep their names."""
    adsl = inputs.frames.adsl
    left = set(adsl.loc[wanted(adsl), "USUBJID"])
    frames = ClinicalFrames(**{
        field.name: _of(getattr(inputs.frames, field.name), left) for field in fields(ClinicalFrames)
    })  # fmt: skip
    groups = tuple(Group(g.id, g.name, frozenset(g.subjects & left)) for g in inputs.groups)
    return replace(inputs, frames=frames, groups=groups)


def nobody(inputs: ClinicalInputs) -> ClinicalInputs:
    """The same inputs before the first patient: every frame empty, every group without patients."""
    return only(inputs, lambda adsl: pd.Series(False, index=adsl.index))


def _of(frame: pd.DataFrame, subjects: set[str]) -> pd.DataFrame:
    return frame[frame["USUBJID"].isin(subjects)].reset_index(drop=True)
