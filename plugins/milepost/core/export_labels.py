"""How the derived frames are named when they leave the house: labels, kinds and keys of every column of an export.

What a column means at length stands in `core.derived_columns`; a transport file has room for 40 characters a label and
8 a name. Names and labels are CDISC's (ADaM) where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from milepost.core.derived_columns import FRAMES


class Kind(StrEnum):
    """What a cell of a column is."""

    TEXT = "text"  # also Y and N; of several values a blank stands between
    WHOLE = "whole number"
    NUMBER = "number"  # a float
    EXACT = "exact decimal"
    DAY = "day"
    INSTANT = "instant"


class ExportColumn(NamedTuple):
    """label: at most 40 characters, unlike any other of its frame. sas: its name in 8 characters. key: its place among
    the columns that name a row, 1 first; None for the others."""

    name: str
    sas: str
    label: str
    kind: Kind
    key: int | None


class ExportFrame(NamedTuple):
    """name: the dataset's, at most 8 characters. label: at most 40."""

    name: str
    label: str
    columns: tuple[ExportColumn, ...]

    @property
    def keys(self) -> list[str]:
        """The columns that name a row, in their order: rows are sorted by them."""
        return [column.name for column in sorted(self.columns, key=lambda c: c.key or 0) if column.key]


_DATASETS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "adsl": ("ADSL", "Subject-Level Analysis", ()),
    "adlb": (
        "ADLB", "Laboratory Results, Grades, Liver Scores",
        ("LINE", "PARAMCD", "ADT", "RECKEY", "DELIVERY", "SRCLINE"),
    ),
    "adtr": ("ADTR", "Tumour Measurements", ("LINE", "PARAMCD", "PARCAT3", "PARCAT2", "ADT", "TRLNKID")),
    "adrs": ("ADRS", "Tumour Response", ("LINE", "PARAMCD", "PARCAT3", "PARCAT2", "ADT")),
    "adtte": ("ADTTE", "Time to Event", ("LINE", "PARAMCD", "PARCAT3", "PARCAT2")),
    "adae": ("ADAE", "Adverse Events", ("LINE", "ASTDT", "RECKEY", "DELIVERY", "SRCLINE")),
    "adex": ("ADEX", "Exposure by Line of Therapy", ("LINE",)),
    "adhy": ("ADHY", "Liver Safety (eDISH, mDISH)", ("LINE",)),
    "disagreements": (
        "DISAGREE", "Reported Responses Unlike Derived Ones", ("LINE", "CRITERIA", "READER", "ADT", "WHAT"),
    ),
}  # fmt: skip
_EVERY_KEY = ("STUDYID", "USUBJID")

_SAS = {
    "LSTALVSRC": "LSTALVSR", "CPCLASSBL": "CPCLASBL", "CPSCOREBL": "CPSCORBL", "STARTDOSE": "STRTDOSE",
    "KNOWN_FROM": "KNOWNFRM", "TREATMENT": "TRTMENT", "NINTERRUPT": "NINTRRPT", "LASTDOSELEVEL": "LASTDOSE",
    "STOPREASON": "STOPREAS", "BASETIERC": "BASTIERC", "ALTPKULNDT": "ALTPKUDT", "ALTPKBLDT": "ALTPKBDT",
    "ASTPKULNDT": "ASTPKUDT", "ASTPKBLDT": "ASTPKBDT", "BILIBLULN": "BILBLULN", "BILIPKULN": "BILPKULN",
    "BILIPKULNDT": "BILPKUDT", "BILIPKBLDT": "BILPKBDT", "ALPPKULNDT": "ALPPKUDT", "ALPPKBLDT": "ALPPKBDT",
}  # fmt: skip

Label = tuple[str, Kind]
_TEXT, _WHOLE, _NUMBER, _EXACT, _DAY = Kind.TEXT, Kind.WHOLE, Kind.NUMBER, Kind.EXACT, Kind.DAY

_LABELS: dict[str, Label] = {
    # subjects
    "STUDYID": ("Study Identifier", _TEXT),
    "USUBJID": ("Unique Subject Identifier", _TEXT),
    "SITEID": ("Study Site Identifier", _TEXT),
    "LINE": ("Line of Therapy", _WHOLE),
    "ARMCD": ("Arm Code of the Line of Therapy", _TEXT),
    "SUBJID": ("Subject Identifier for the Study", _TEXT),
    "AGE": ("Age at Consent (Years)", _EXACT),
    "SEX": ("Sex", _TEXT),
    "RACE": ("Race", _TEXT),
    "ETHNIC": ("Ethnicity", _TEXT),
    "COUNTRY": ("Country", _TEXT),
    "ACTARMCD": ("Actual Arm Code as the Site Says", _TEXT),
    "TRT01P": ("Planned Treatment for Period 01", _TEXT),
    "TRT01A": ("Actual Treatment for Period 01", _TEXT),
    "NLINES": ("Lines of Therapy Begun", _WHOLE),
    "RFICDT": ("Date of Informed Consent", _DAY),
    "TRTSDT": ("Date of First Exposure to Treatment", _DAY),
    "TRTEDT": ("Date of Last Exposure to Treatment", _DAY),
    "TRTDURD": ("Total Treatment Duration (Days)", _WHOLE),
    "ONTRTFL": ("On Treatment Record Flag", _TEXT),
    "SCRFFL": ("Screen Failure Flag", _TEXT),
    "SAFFL": ("Safety Population Flag", _TEXT),
    "FASFL": ("Full Analysis Set Population Flag", _TEXT),
    "EOTSTT": ("End of Treatment Status", _TEXT),
    "EOSSTT": ("End of Study Status", _TEXT),
    "EOSDT": ("End of Study Date", _DAY),
    "DTHFL": ("Subject Death Flag", _TEXT),
    "DTHDT": ("Date of Death", _DAY),
    "DTHDTF": ("Date of Death Imputation Flag", _TEXT),
    "LSTALVDT": ("Date Last Known Alive", _DAY),
    "LSTALVSRC": ("Record That Shows Last Known Alive", _TEXT),
    "HBVFL": ("Hepatitis B Flag", _TEXT),
    "CPCLASSBL": ("Baseline Child-Pugh Class by the Site", _TEXT),
    "ECOGBL": ("Baseline ECOG Performance Status", _TEXT),
    "ALBIBL": ("Baseline ALBI Score", _NUMBER),
    "ALBIGRBL": ("Baseline ALBI Grade", _WHOLE),
    "CPSCOREBL": ("Baseline Child-Pugh Score, Computed", _WHOLE),
    # parameters and their values
    "PARAMCD": ("Parameter Code", _TEXT),
    "PARAM": ("Parameter", _TEXT),
    "PARCAT1": ("Parameter Category 1", _TEXT),
    "PARCAT2": ("Parameter Category 2: Reader", _TEXT),
    "PARCAT3": ("Parameter Category 3: Criteria", _TEXT),
    "AVAL": ("Analysis Value", _EXACT),
    "AVALC": ("Analysis Value (C)", _TEXT),
    "AVALU": ("Analysis Value Unit", _TEXT),
    "AVALRAW": ("Analysis Value before Rounding", _NUMBER),
    "ADT": ("Analysis Date", _DAY),
    "ADTM": ("Time of Collection", _TEXT),
    "ADTF": ("Analysis Date Imputation Flag", _TEXT),
    "ADY": ("Analysis Relative Day", _WHOLE),
    "VISIT": ("Visit Name", _TEXT),
    "AVISIT": ("Analysis Visit", _TEXT),
    "BASE": ("Baseline Value", _EXACT),
    "ABLFL": ("Baseline Record Flag", _TEXT),
    "CHG": ("Change from Baseline", _NUMBER),
    "PCHG": ("Percent Change from Baseline", _NUMBER),
    "ANL01FL": ("Analysis Flag 01", _TEXT),
    "DTYPE": ("Derivation Type", _TEXT),
    "REASON": ("Reason for No Value", _TEXT),
    "NOTE": ("What to Know of the Grade", _TEXT),
    "DATAERR": ("Rule by Which Data Contradict", _TEXT),
    "SRC": ("Records the Row Rests On", _TEXT),
    "RECKEY": ("Key of the Record", _TEXT),
    "DELIVERY": ("Number of the Delivery", _WHOLE),
    "SRCLINE": ("Line of the Site's File", _WHOLE),
    "KNOWN_FROM": ("Known From (UTC)", Kind.INSTANT),
    # laboratory
    "LBORRES": ("Result or Finding in Original Units", _TEXT),
    "LBORRESU": ("Original Units", _TEXT),
    "ANRLO": ("Analysis Normal Range Lower Limit", _EXACT),
    "ANRHI": ("Analysis Normal Range Upper Limit", _EXACT),
    "ANRIND": ("Analysis Reference Range Indicator", _TEXT),
    "BNRIND": ("Baseline Reference Range Indicator", _TEXT),
    "XULN": ("Multiple of the Upper Limit of Normal", _NUMBER),
    "XLLN": ("Multiple of the Lower Limit of Normal", _NUMBER),
    "XBL": ("Multiple of the Baseline Value", _NUMBER),
    "ATOXDSCL": ("Analysis Toxicity Description Low", _TEXT),
    "ATOXDSCH": ("Analysis Toxicity Description High", _TEXT),
    "ATOXGRL": ("Analysis Toxicity Grade Low", _WHOLE),
    "ATOXGRH": ("Analysis Toxicity Grade High", _WHOLE),
    "ATOXGR": ("Analysis Toxicity Grade", _WHOLE),
    "GRMINL": ("Lowest Grade Low the Result Allows", _WHOLE),
    "GRMINH": ("Lowest Grade High the Result Allows", _WHOLE),
    "GRMAXL": ("Highest Grade Low the Result Allows", _WHOLE),
    "GRMAXH": ("Highest Grade High the Result Allows", _WHOLE),
    "BTOXGRL": ("Baseline Toxicity Grade Low", _WHOLE),
    "BTOXGRH": ("Baseline Toxicity Grade High", _WHOLE),
    "WORSTLFL": ("Worst Grade Low on Treatment Flag", _TEXT),
    "WORSTHFL": ("Worst Grade High on Treatment Flag", _TEXT),
    "SHIFTL": ("Shift of Grade Low from Baseline", _TEXT),
    "SHIFTH": ("Shift of Grade High from Baseline", _TEXT),
    "REASONL": ("Reason for No Grade Low", _TEXT),
    "REASONH": ("Reason for No Grade High", _TEXT),
    # tumours
    "TRLNKID": ("Link ID of the Lesion", _TEXT),
    "TRGRPID": ("Group of the Lesion", _TEXT),
    "TULOC": ("Location of the Lesion", _TEXT),
    "TRORRES": ("Result or Finding in Original Units", _TEXT),
    "TRORRESU": ("Original Units", _TEXT),
    "SUMFL": ("Incomplete Sum Flag", _TEXT),
    "NADIR": ("Smallest Sum before This One (mm)", _EXACT),
    "CHGNAD": ("Change from Nadir", _EXACT),
    "PCHGNAD": ("Percent Change from Nadir", _EXACT),
    # times to event
    "STARTDT": ("Time-to-Event Origin Date for Subject", _DAY),
    "AVALM": ("Analysis Value (Months of 30.4375 Days)", _NUMBER),
    "CNSR": ("Censor", _WHOLE),
    "EVNTDESC": ("Event or Censoring Description", _TEXT),
    "CNSDTDSC": ("Censor Date Description", _TEXT),
    "SRCDOM": ("Source Data", _TEXT),
    "SRCVAR": ("Source Variable", _TEXT),
    "GAPFL": ("Long Unseen before the Cut-off Flag", _TEXT),
    # adverse events
    "AETERM": ("Reported Term for the Adverse Event", _TEXT),
    "AEDECOD": ("Dictionary-Derived Term", _TEXT),
    "AEBODSYS": ("Body System or Organ Class", _TEXT),
    "ATERM": ("Term That Is Counted", _TEXT),
    "AESTDTC": ("Start Date/Time of Adverse Event as Sent", _TEXT),
    "AEENDTC": ("End Date/Time of Adverse Event as Sent", _TEXT),
    "ASTDT": ("Analysis Start Date", _DAY),
    "ASTDTF": ("Analysis Start Date Imputation Flag", _TEXT),
    "AENDT": ("Analysis End Date", _DAY),
    "AENDTF": ("Analysis End Date Imputation Flag", _TEXT),
    "ASTDY": ("Analysis Start Relative Day", _WHOLE),
    "AENDY": ("Analysis End Relative Day", _WHOLE),
    "ADURN": ("Analysis Duration (Days)", _WHOLE),
    "TRTEMFL": ("Treatment Emergent Analysis Flag", _TEXT),
    "PREFL": ("Pre-treatment Flag", _TEXT),
    "AESER": ("Serious Event as Said", _TEXT),
    "AESERFL": ("Serious or Fatal Event Flag", _TEXT),
    "AREL": ("Analysis Causality", _TEXT),
    "AEACN": ("Action Taken with Study Treatment", _TEXT),
    "AACN": ("Analysis Action Taken", _TEXT),
    "AEOUT": ("Outcome of Adverse Event as Sent", _TEXT),
    "AOUT": ("Analysis Outcome", _TEXT),
    "ATOXGRN": ("Analysis Toxicity Grade (N)", _WHOLE),
    "AFATAL": ("Fatal Event Flag", _TEXT),
    "AESI": ("Groups of Special Interest", _TEXT),
    "AOCCFL": ("Row That Stands for Patient and Line", _TEXT),
    "AOCCSFL": ("Row That Stands for the Organ Class", _TEXT),
    "AOCCPFL": ("Row That Stands for the Term", _TEXT),
    # doses
    "TREATMENT": ("Drug the Line Began With", _TEXT),
    "NCYCLES": ("Cycles Begun", _WHOLE),
    "DOSEDAYS": ("Days of Intake", _WHOLE),
    "STARTDOSE": ("Starting Dose of a Day of Intake (mg)", _EXACT),
    "CUMDOSE": ("Cumulative Dose (mg)", _EXACT),
    "PLANDOSE": ("Planned Dose (mg)", _EXACT),
    "RDI": ("Relative Dose Intensity (%)", _EXACT),
    "NREDUCE": ("Number of Dose Reductions", _WHOLE),
    "NINTERRUPT": ("Number of Dose Interruptions", _WHOLE),
    "LASTDOSELEVEL": ("Last Dose as Reported", _TEXT),
    "ONGOING": ("Dosing Goes On at the Cut-off Flag", _TEXT),
    "STOPREASON": ("Reason for Discontinuation", _TEXT),
    # liver safety
    "EDISH": ("eDISH Quadrant", _TEXT),
    "PAIRED": ("ALT and Bilirubin Paired in Time Flag", _TEXT),
    "MDISH": ("mDISH Quadrant", _TEXT),
    "MPAIRED": ("Paired in Time Flag, by Baseline", _TEXT),
    "MREASON": ("Reason for No Value, by Baseline", _TEXT),
    "BASETIER": ("Tier of Baseline ALT", _WHOLE),
    "BASETIERC": ("Tier of Baseline ALT (C)", _TEXT),
    "LAYER": ("Layer That ALT Reached", _TEXT),
    "BILIMOD": ("Bilirubin Raised with ALT Flag", _TEXT),
    "LAYERMOD": ("Layer with Bilirubin Counted", _TEXT),
    "HYSFL": ("Potential Hy's Law Case Flag", _TEXT),
    "CHOLFL": ("Pair Set Aside as ALP Was Raised Flag", _TEXT),
    # disagreements
    "CRITERIA": ("Response Criteria", _TEXT),
    "READER": ("Reader of the Scans", _TEXT),
    "WHAT": ("Answer That Differs", _TEXT),
    "DERIVED": ("Derived Answer", _TEXT),
    "REPORTED": ("Reported Answer", _TEXT),
}


def _of_liver_test(code: str, name: str) -> dict[str, Label]:
    return {
        f"{code}BL": (f"Baseline {name}", _NUMBER),
        f"{code}BLULN": (f"Baseline {name}, Multiple of ULN", _NUMBER),
        f"{code}BLN": (f"Days Baseline {name} Was Measured", _WHOLE),
        f"{code}BLFL": (f"Kind of Baseline {name}", _TEXT),
        f"{code}PKULN": (f"Peak {name}, Multiple of ULN", _NUMBER),
        f"{code}PKULNDT": (f"Date of Peak {name} by ULN", _DAY),
        f"{code}PKBL": (f"Peak {name}, Multiple of Baseline", _NUMBER),
        f"{code}PKBLDT": (f"Date of Peak {name} by Baseline", _DAY),
    }


_LABELS |= _of_liver_test("ALT", "ALT") | _of_liver_test("AST", "AST")
_LABELS |= _of_liver_test("BILI", "Bilirubin") | _of_liver_test("ALP", "ALP")

# where a column means another thing, or holds another kind, than under its name elsewhere
_OWN: dict[str, dict[str, Label]] = {
    "adsl": {"ONTRTFL": ("On Treatment at the Cut-off Flag", _TEXT), "DATAERR": ("What Is Wrong with Dates", _TEXT)},
    "adlb": {"REASON": ("Reason for No Grade or Score", _TEXT)},
    "adtr": {"CHG": ("Change from Baseline", _EXACT), "PCHG": ("Percent Change from Baseline", _EXACT)},
    "adrs": {"AVAL": ("Analysis Value", _WHOLE)},
    "adtte": {"AVAL": ("Analysis Value (Days)", _WHOLE)},
}  # fmt: skip


def export_frame(frame: str, *, time_of_day: bool = False) -> ExportFrame:
    """How the derived frame of this name (a key of `core.derived_columns.FRAMES`) is exported.

    time_of_day: the protocol's key of that name, by which times to event are no whole days.
    """
    name, label, keys = _DATASETS[frame]
    place = {column: number for number, column in enumerate((*_EVERY_KEY, *keys), start=1)}
    labels = _LABELS | _OWN.get(frame, {})
    if frame == "adtte" and time_of_day:
        labels = labels | {"AVAL": (labels["AVAL"][0], _NUMBER)}
    return ExportFrame(
        name,
        label,
        tuple(
            ExportColumn(column, _SAS.get(column, column), *labels[column], place.get(column))
            for column in FRAMES[frame].columns
        ),
    )
