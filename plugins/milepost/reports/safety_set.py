"""The safety set of a report: everybody with at least one dose, by group, and the adverse events counted in it.

Where everybody is one group, the treatment-emergent events of every line of therapy of the study count, with the time
of all of them, and a patient counts once. By group those of the line of entry alone do: a later line may be the other
group's drug, whose events must not be put down to the first; how many are left out is said. Source: clinical
specification, section 7.2 ("AE counting": from first to last dose).
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

    watched: the lines that count and how long each was watched (`core.watched_time`). events: the counted rows of ADAE.
    told, interest: those events patient by patient (`core.event_counts`). went_on: who began a later line. later: the
    treatment-emergent rows of later lines, which are among the counted ones of everybody together, and not by group.
    """

    group: Group
    watched: pd.DataFrame
    events: pd.DataFrame
    told: pd.DataFrame
    interest: pd.DataFrame
    went_on: tuple[str, ...]
    later: pd.DataFrame

    @property
    def treated(self) -> tuple[str, ...]:
        """The patients with a dose: the denominator."""
        return tuple(sorted(set(self.watched["USUBJID"])))

    @property
    def n(self) -> int:
        """How many they are."""
        return len(self.treated)

    def having(self, kind: str) -> tuple[str, ...]:
        """The patients with an event of this kind of `core.event_counts.KINDS`."""
        rows = self.told[(self.told["LEVEL"] == "ANY") & (self.told[kind] == 1)]
        return tuple(sorted(rows["USUBJID"]))


@dataclass(frozen=True)
class SafetySet:
    """The groups of a report."""

    inputs: ClinicalInputs
    groups: tuple[SafetyGroup, ...]

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
    lines, as_of = inputs.counted_lines, inputs.as_of
    watched = select_watched_lines(inputs.frames.lines, protocol=inputs.protocol, as_of=as_of, kept=lines)
    emergent = inputs.frames.adae[inputs.frames.adae["TRTEMFL"].eq("Y").to_numpy(bool)].reset_index(drop=True)
    counted = inputs.of_counted(emergent)
    told = select_patients_with_events(counted, lines, as_of=as_of)
    interest = select_patients_of_interest(counted, lines, as_of=as_of)
    later = inputs.of_later(emergent)
    groups = tuple(
        SafetyGroup(
            group,
            watched=of_group(watched, group),
            events=of_group(counted, group),
            told=of_group(told, group),
            interest=of_group(interest, group),
            went_on=tuple(of_group(inputs.later_lines, group)["USUBJID"].unique()),
            later=of_group(later, group),
        )
        for group in inputs.groups
    )
    return SafetySet(inputs, groups)


def event_ids(events: pd.DataFrame) -> list[str]:
    """What names each row of ADAE: patient and record."""
    return [f"{subject}|AE|{key}" for subject, key in zip(events["USUBJID"], events["RECKEY"], strict=True)]
