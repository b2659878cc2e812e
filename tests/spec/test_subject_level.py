"""From records to ADSL, case by case; deaths are those of the times to event."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from milepost.core.best_response import derive_best_response
from milepost.core.cut_off import select_lines_by
from milepost.core.follow_up import derive_last_known_alive
from milepost.core.populations import derive_lines
from milepost.core.subject_level import SUBJECT_COLUMNS, derive_subjects
from milepost.core.time_to_event import derive_time_to_event
from tests.spec.cases_subject_level import CASES, Case
from tests.spec.records import records
from tests.spec.response_frames import baselines_frame, protocol_of, therapies_frame, timepoints_frame

PROTOCOL = protocol_of()
NO_DOSES = pd.DataFrame({"USUBJID": [], "LINE": [], "RDI": []})
NO_SCORES = pd.DataFrame({"USUBJID": [], "LINE": [], "PARAMCD": [], "ABLFL": [], "AVAL": []})


def derived(case: Case) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The row of ADSL, and the row of overall survival where there is one."""
    as_of = dt.date.fromisoformat(case.as_of)
    doses = [{"EXTRT": "ANL", "EXDOSE": "12", "EXSTDTC": "2026-03-02", "EXENDTC": case.dose_end}]
    ended = [{"DSCAT": category, "DSDECOD": word, "DSSTDTC": day} for category, word, day in case.ended]
    contacts = [{"SSTESTCD": "SURVSTAT", "SSORRES": word, "SSDTC": day} for word, day in case.seen]
    visits = [] if case.visit is None else [{"VSTESTCD": "WEIGHT", "VSDTC": case.visit}]
    dm, ex = records("DM", case.person), records("EX", *(doses if case.dosed else []))
    ds, ss, vs = records("DS", *ended), records("SS", *contacts), records("VS", *visits)
    lines = select_lines_by(derive_lines(dm, ex, ds, ss, PROTOCOL), as_of)
    alive = derive_last_known_alive({"DM": dm, "EX": ex, "VS": vs, "SS": ss, "DS": ds}, lines, as_of=as_of)
    subjects = derive_subjects(
        dm, lines, NO_DOSES, alive, NO_SCORES, records("RS"), protocol=PROTOCOL, as_of=as_of, ds=ds, ss=ss
    )
    assert tuple(subjects.columns) == SUBJECT_COLUMNS
    scans, bases, therapies = timepoints_frame(), baselines_frame(), therapies_frame(())
    adrs = derive_best_response(scans, bases, lines, therapies, protocol=PROTOCOL, as_of=as_of)
    times = derive_time_to_event(
        lines, scans, bases, adrs, therapies, alive, dm=dm, ds=ds, ss=ss, protocol=PROTOCOL, as_of=as_of
    )
    survival = times.adtte[times.adtte["PARAMCD"].eq("OS")].to_dict("records")
    return subjects.to_dict("records")[0], survival[0] if survival else None


def plain(value: Any) -> Any:
    """Days as ISO text, nothing as None."""
    if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
        return None
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_row_is_that_in_the_table(case: Case) -> None:
    row, _ = derived(case)
    assert {name: plain(row[name]) for name in case.row} == case.row


@pytest.mark.parametrize("case", [case for case in CASES if case.dosed], ids=lambda case: case.title)
def test_a_death_is_that_of_overall_survival(case: Case) -> None:
    row, survival = derived(case)
    assert survival is not None
    if survival["DATAERR"] is not None:
        assert (survival["DATAERR"], row["DTHFL"]) == ("DM-DEATH-NO-DATE", "Y")
        return
    assert (row["DTHFL"] == "Y") == (survival["CNSR"] == 0)
    if row["DTHFL"] == "Y":
        assert (row["DTHDT"], row["DTHDTF"]) == (survival["ADT"], survival["ADTF"])


def test_no_title_comes_twice() -> None:
    assert len({case.title for case in CASES}) == len(CASES)
    assert all(case.row for case in CASES)
