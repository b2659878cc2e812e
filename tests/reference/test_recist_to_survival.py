"""From the sums and lesions of ../shared/reference to best response and progression-free survival, the whole way."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from milepost.core.best_response import derive_best_response
from milepost.core.time_to_event import derive_time_to_event
from tests.reference.test_best_response import EXPECTED, STUDY
from tests.reference.test_recist import PATIENTS, judged
from tests.spec.records import records
from tests.spec.response_frames import lines_frame, therapies_frame


@pytest.fixture(scope="module")
def derived() -> tuple[pd.DataFrame, pd.DataFrame]:
    """ADRS and ADTTE of all reference patients at once; they share one cut-off."""
    cut_offs = {row["data_cutoff"] for row in PATIENTS.values()}
    assert len(cut_offs) == 1
    as_of = dt.date.fromisoformat(cut_offs.pop())
    found = judged()
    lines = lines_frame(
        *(
            {"USUBJID": name, "FIRSTDOSE": row["day1_date"], "DEATH": row["death_date"] or None}
            for name, row in PATIENTS.items()
        )
    )
    dm = records(
        "DM", *({"USUBJID": name, "DTHDTC": row["death_date"] or None} for name, row in PATIENTS.items())
    )
    new = {name: row["new_therapy_date"] for name, row in PATIENTS.items() if row["new_therapy_date"]}
    therapies = pd.concat(
        [therapies_frame(()), *(therapies_frame(((day, "SYSTEMIC"),), name) for name, day in new.items())]
    )
    alive = pd.DataFrame(
        {"USUBJID": list(PATIENTS), "LSTALVDT": pd.Timestamp(as_of), "LSTALVSRC": None, "ALIVEAFTER": None}
    )
    adrs = derive_best_response(
        found.timepoints, found.baselines, lines, therapies, protocol=STUDY, as_of=as_of
    )
    times = derive_time_to_event(
        lines, found.timepoints, found.baselines, adrs, therapies, alive, dm=dm, ds=records("DS"), ss=records("SS"),
        protocol=STUDY, as_of=as_of,
    )  # fmt: skip
    return adrs, times.adtte


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda row: f"{row['patient_id']} {row['comment']}")
def test_the_whole_way_gives_the_reference(
    derived: tuple[pd.DataFrame, pd.DataFrame], expected: dict[str, str]
) -> None:
    adrs, adtte = derived
    mine = adrs[adrs["USUBJID"].eq(expected["patient_id"])].set_index("PARAMCD")["AVALC"]
    assert (mine["BOR"], mine["CBOR"]) == (expected["bor_unconfirmed"], expected["bor_confirmed"])
    ends = adtte[adtte["USUBJID"].eq(expected["patient_id"])].set_index("PARAMCD")
    for code, style in (("PFSFDA", "fda"), ("PFSEMA", "simple")):
        found = (ends.loc[code, "ADT"].date().isoformat(), "CENSOR" if ends.loc[code, "CNSR"] else "EVENT")
        assert found == (expected[f"pfs_date_{style}"], expected[f"pfs_status_{style}"]), code
