"""What the clinical sections of a report are made from: derived frames without arms, and the groups they are told by.

No frame here names an arm or a drug, in the open report or the closed: who belongs to which group is said by
`Group.subjects` alone, and the open report has one group, everybody. Source: clinical specification, section 7.1.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from milepost.protocol import Study, StudyProtocol


@dataclass(frozen=True)
class Group:
    """Patients told of together. id: `all`, or `A`, `B`; it ends the id of every number of theirs."""

    id: str
    name: str
    subjects: frozenset[str]


@dataclass(frozen=True)
class ClinicalFrames:
    """Derived frames at one cut-off and knowledge time, columns as in docs/derived.md, without arms and drugs.

    lines: `core.populations.derive_lines`. verdicts: `core.checkpoint`. adrs: time points and best responses. adlb:
    laboratory results; scores: liver scores. liver: ADHY; liver_cases: first potential Hy's law pair of a line. dm, ds,
    mh and vs are record frames. Amounts of drug (mg) are in none; cycles (NCYCLES) are empty in the open report.
    """

    lines: pd.DataFrame
    verdicts: pd.DataFrame
    adsl: pd.DataFrame
    adae: pd.DataFrame
    adex: pd.DataFrame
    adlb: pd.DataFrame
    scores: pd.DataFrame
    adtr: pd.DataFrame
    adrs: pd.DataFrame
    adtte: pd.DataFrame
    liver: pd.DataFrame
    liver_cases: pd.DataFrame
    therapies: pd.DataFrame
    dm: pd.DataFrame
    ds: pd.DataFrame
    mh: pd.DataFrame
    vs: pd.DataFrame


@dataclass(frozen=True)
class ClinicalInputs:
    """Everything a clinical section is built from.

    compared: the closed report, by group; then groups[0] is the one compared with. tested: p-values may be shown (at a
    look the protocol names). masked: the dry run, whose groups are drawn by chance: exhibits that would unmask are
    left out.
    """

    study: Study
    as_of: dt.date
    frames: ClinicalFrames
    groups: tuple[Group, ...]
    compared: bool = False
    tested: bool = False
    masked: bool = False

    @property
    def protocol(self) -> StudyProtocol:
        """The study's protocol."""
        return self.study.protocol

    def number(self, id_: str, group: Group) -> str:
        """The id of a number: as it is in the open report, with the group's id behind it in the closed one."""
        return f"{id_}.{group.id}" if self.compared else id_

    @property
    def together(self) -> bool:
        """Everybody is told of as one group: the open report, and what the dry run may count."""
        return self.masked or not self.compared

    @cached_property
    def _begun_lines(self) -> pd.DataFrame:
        lines = self.frames.lines
        begun = lines[(lines["FIRSTDOSE"] <= pd.Timestamp(self.as_of)).to_numpy(bool)]
        ordered = begun.sort_values(["USUBJID", "LINE"])
        return ordered[["USUBJID", "LINE", "SITEID", "FIRSTDOSE"]].reset_index(drop=True)

    @cached_property
    def entry_lines(self) -> pd.DataFrame:
        """USUBJID, LINE, SITEID, FIRSTDOSE of the line with which each treated patient entered: the lowest begun.

        Patients are counted once; rows of later lines are left out by `of_entry`.
        """
        return self._begun_lines.drop_duplicates("USUBJID").reset_index(drop=True)

    @cached_property
    def later_lines(self) -> pd.DataFrame:
        """The same of every other line begun."""
        return self._begun_lines[self._begun_lines["USUBJID"].duplicated()].reset_index(drop=True)

    @property
    def counted_lines(self) -> pd.DataFrame:
        """The same of the lines whose safety counts: of everybody together every line begun; by group the line of
        entry, as a later one may be the other group's drug."""
        return self._begun_lines if self.together else self.entry_lines

    def of_entry(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of each patient's line of entry."""
        return _of_lines(frame, self.entry_lines)

    def of_counted(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of the lines whose safety counts."""
        return _of_lines(frame, self.counted_lines)

    def of_later(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of lines begun after the patient's line of entry."""
        return _of_lines(frame, self.later_lines)


def _of_lines(frame: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """The rows of these lines, in their order; a row of no line is of none."""
    wanted = frozenset(zip(lines["USUBJID"], lines["LINE"], strict=True))
    own = [pair in wanted for pair in zip(frame["USUBJID"], frame["LINE"], strict=True)]
    return frame[np.array(own, dtype=bool)].reset_index(drop=True)


def of_group(frame: pd.DataFrame, group: Group) -> pd.DataFrame:
    """The rows of a group's patients."""
    return frame[frame["USUBJID"].isin(group.subjects)].reset_index(drop=True)
