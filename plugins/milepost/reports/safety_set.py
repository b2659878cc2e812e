"""The safety set of a report: everybody with at least one dose, by group, and the adverse events counted in it.

Counted are treatment-emergent events of the line of therapy with which a patient entered: a later line may be another
drug, whose events must not be put down to the first. Source: clinical specification, section 7.2 ("AE counting").
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from milepost.core.event_counts import select_patients_of_interest, select_patients_with_events
from milepost.core.watched_time import select_watched_lines
from milepost.reports.clinical import ClinicalInputs, Group, of_group


@dataclass(frozen=True)
class SafetyGroup:
    """The treated patients of one group.

    watched: their line of entry and how long it was watched (`core.watched_time`). events: the counted rows of ADAE.
    told, interest: those events patient by patient (`core.event_counts`).
    """

    group: Group
    watched: pd.DataFrame
    events: pd.DataFrame
    told: pd.DataFrame
    interest: pd.DataFrame

    @property
    def treated(self) -> tuple[str, ...]:
        """The patients with a dose: the denominator."""
        return tuple(sorted(self.watched["USUBJID"]))

    @property
    def n(self) -> int:
        """How many they are."""
        return len(self.watched)

    def having(self, kind: str) -> tuple[str, ...]:
        """The patients with an event of this kind of `core.event_counts.KINDS`."""
        rows = self.told[(self.told["LEVEL"] == "ANY") & (self.told[kind] == 1)]
        return tuple(sorted(rows["USUBJID"]))


@dataclass(frozen=True)
class SafetySet:
    """The groups of a report. later: treatment-emergent rows of a later line of therapy, which are not counted."""

    inputs: ClinicalInputs
    groups: tuple[SafetyGroup, ...]
    later: pd.DataFrame

    @property
    def treated(self) -> tuple[str, ...]:
        """All treated patients of the groups."""
        return tuple(sorted(subject for group in self.groups for subject in group.treated))

    @property
    def n(self) -> int:
        """How many they are."""
        return sum(group.n for group in self.groups)

    @cached_property
    def events(self) -> pd.DataFrame:
        """The counted rows of all groups."""
        return pd.concat([group.events for group in self.groups], ignore_index=True)

    @cached_property
    def told(self) -> pd.DataFrame:
        """The counted events of all groups, patient by patient."""
        return pd.concat([group.told for group in self.groups], ignore_index=True)

    @cached_property
    def interest(self) -> pd.DataFrame:
        """Those of special interest, patient by patient."""
        return pd.concat([group.interest for group in self.groups], ignore_index=True)


def read_safety_set(inputs: ClinicalInputs) -> SafetySet:
    """Who was treated and what came of it, as of the report's cut-off."""
    entry, as_of = inputs.entry_lines, inputs.as_of
    watched = select_watched_lines(inputs.frames.lines, protocol=inputs.protocol, as_of=as_of, entry=entry)
    emergent = inputs.frames.adae[inputs.frames.adae["TRTEMFL"].eq("Y").to_numpy(bool)].reset_index(drop=True)
    line = emergent["USUBJID"].map(entry.set_index("USUBJID")["LINE"]).astype("Int64")
    counted = emergent[emergent["LINE"].eq(line).fillna(False).to_numpy(bool)].reset_index(drop=True)
    told = select_patients_with_events(counted, entry, as_of=as_of)
    interest = select_patients_of_interest(counted, entry, as_of=as_of)
    groups = tuple(
        SafetyGroup(group, *(of_group(frame, group) for frame in (watched, counted, told, interest)))
        for group in inputs.groups
    )
    everybody = frozenset().union(*(group.treated for group in groups))
    later = emergent[
        emergent["LINE"].ne(line).fillna(False).to_numpy(bool) & emergent["USUBJID"].isin(everybody)
    ]
    return SafetySet(inputs, groups, later.reset_index(drop=True))


def event_ids(events: pd.DataFrame) -> list[str]:
    """What names each row of ADAE: patient and record."""
    return [f"{subject}|AE|{key}" for subject, key in zip(events["USUBJID"], events["RECKEY"], strict=True)]
