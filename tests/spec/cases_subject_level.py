"""From what sites record of a patient to the patient's row in ADSL. Clinical specification sections 3.3, 3.4 and 6.5.

Every patient took a first dose on 2026-03-02, and the dose has no end, unless a case says otherwise. The cut-off is
2026-08-31.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A sentence, the records, and what of the row is compared (dates as ISO texts).

    person: columns of DM. ended: (DSCAT, DSDECOD, date). seen: (answer, date) of survival status. visit: the date of
    the last visit. dose_end: the end of the dose; dosed: whether there was one at all.
    """

    title: str
    row: dict[str, Any]
    person: dict[str, Any] = field(default_factory=dict)
    ended: tuple[tuple[str | None, str, str | None], ...] = ()
    seen: tuple[tuple[str, str | None], ...] = ()
    visit: str | None = None
    dose_end: str | None = None
    dosed: bool = True
    as_of: str = "2026-08-31"


ON = {"EOTSTT": "ONGOING", "ONTRTFL": "Y", "EOSSTT": "ONGOING", "DTHFL": "N"}
OFF = {"EOTSTT": "DISCONTINUED", "ONTRTFL": "N"}
STUDY, DRUG = "DISPOSITION EVENT", "TREATMENT"

CASES = (
    Case(
        "A patient whose dose has no end is on treatment", ON | {"DATAERR": None, "SAFFL": "Y", "DTHDT": None}
    ),
    Case(
        "A dose that ended, and nobody says for good, is a pause: the treatment goes on, the patient is not on it",
        {"EOTSTT": "ONGOING", "ONTRTFL": "N"},
        dose_end="2026-03-15",
    ),
    Case(
        "A patient without a dose has no treatment to end",
        {"EOTSTT": None, "ONTRTFL": "N", "SAFFL": "N"},
        dosed=False,
    ),
    # after death nobody is on treatment
    Case(
        "Nobody is on treatment after death, though the dose has no end",
        OFF | {"EOSSTT": "DIED", "EOSDT": "2026-06-20", "DTHFL": "Y", "DTHDT": "2026-06-20", "DTHDTF": None},
        {"DTHDTC": "2026-06-20"},
    ),
    Case(
        "On the day before the death the patient was",
        ON | {"DTHDT": None, "EOSDT": None},
        {"DTHDTC": "2026-06-20"},
        as_of="2026-06-19",
    ),
    Case(
        "Who withdrew takes no study drug that we know of",
        OFF | {"EOSSTT": "WITHDREW", "EOSDT": "2026-06-20"},
        ended=((STUDY, "WITHDRAWAL BY SUBJECT", "2026-06-20"),),
    ),
    Case(
        "Nor does who was lost",
        OFF | {"EOSSTT": "LOST", "EOSDT": "2026-06-20"},
        ended=((STUDY, "LOST TO FOLLOW-UP", "2026-06-20"),),
    ),
    # when a death was: as in the times to event
    Case(
        "Of a death known by its month the first day is taken, and flagged",
        OFF | {"DTHFL": "Y", "DTHDT": "2026-06-01", "DTHDTF": "D", "EOSDT": "2026-06-01", "DATAERR": None},
        {"DTHDTC": "2026-06"},
        visit="2026-05-20",
    ),
    Case(
        "But not before the day after the patient was last known alive",
        {"DTHDT": "2026-06-11", "DTHDTF": "D", "LSTALVDT": "2026-06-10", "LSTALVSRC": "VS|VS|1"},
        {"DTHDTC": "2026-06"},
        visit="2026-06-10",
    ),
    Case(
        "At a cut-off between that day and the last the month has, the patient is dead, as in the times to event",
        OFF | {"DTHFL": "Y", "DTHDT": "2026-06-11", "EOSSTT": "DIED"},
        {"DTHDTC": "2026-06"},
        visit="2026-06-10",
        as_of="2026-06-20",
    ),
    Case(
        "At a cut-off before it the patient is alive",
        ON | {"DTHDT": None, "DTHDTF": None},
        {"DTHDTC": "2026-06"},
        visit="2026-06-10",
        as_of="2026-06-10",
    ),
    Case(
        "A day written UN is a day not known",
        {"DTHFL": "Y", "DTHDT": "2026-06-01", "DTHDTF": "D"},
        {"DTHDTC": "2026-06-UN"},
        visit="2026-05-20",
    ),
    Case(
        "A date of death that cannot be read is a death without a date",
        OFF | {"DTHFL": "Y", "DTHDT": None, "EOSSTT": "DIED", "EOSDT": None, "DATAERR": "DM-DEATH-NO-DATE"},
        {"DTHDTC": "June 2026?"},
    ),
    Case(
        "So is a death that is only said",
        OFF | {"DTHFL": "Y", "DTHDT": None, "EOSSTT": "DIED", "DATAERR": "DM-DEATH-NO-DATE"},
        {"DTHFL": "Y"},
    ),
    Case(
        "Found dead at a contact, and no date anywhere: the day of the contact, flagged as imputed whole",
        OFF | {"DTHFL": "Y", "DTHDT": "2026-07-01", "DTHDTF": "Y", "EOSSTT": "DIED"},
        seen=(("DEAD", "2026-07-01"),),
    ),
    # what ends the drug
    Case("A stop of treatment", OFF | {"EOSSTT": "ONGOING"}, ended=((DRUG, "ADVERSE EVENT", "2026-05-02"),)),
    Case(
        "A progression named as a disposition event ends the drug, and not the study",
        OFF | {"EOSSTT": "ONGOING"},
        ended=((STUDY, "PROGRESSIVE DISEASE", "2026-05-02"),),
    ),
    Case(
        "In upper and lower case alike, and without a category",
        OFF,
        ended=((None, "Progressive disease", "2026-05-02"),),
    ),
    Case("So does an adverse event", OFF, ended=((STUDY, "ADVERSE EVENT", "2026-05-02"),)),
    Case("And a decision of the physician", OFF, ended=((STUDY, "Physician Decision", "2026-05-02"),)),
    Case(
        "Under a category of the drug every reason ends it, other ones too",
        OFF | {"EOSSTT": "ONGOING"},
        ended=(("END OF TREATMENT", "OTHER", "2026-05-02"),),
    ),
    Case(
        "Under STUDY DRUG a withdrawal is one from the drug",
        OFF | {"EOSSTT": "ONGOING"},
        ended=(("Study Drug", "WITHDRAWAL BY SUBJECT", "2026-05-02"),),
    ),
    Case("What a disposition event leaves open ends nothing", ON, ended=((STUDY, "OTHER", "2026-05-02"),)),
    Case(
        "Nor does a milestone of the protocol",
        ON,
        ended=(("PROTOCOL MILESTONE", "RANDOMIZED", "2026-03-01"),),
    ),
    Case("Nor a treatment that was completed", ON, ended=(("STUDY TREATMENT", "COMPLETED", "2026-05-02"),)),
)
