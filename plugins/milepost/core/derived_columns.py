"""What every column of the derived frames means, and where it comes from: the data dictionary of `milepost derive`.

docs/derived.md is printed from here; a test holds it against the frames. Names are CDISC's (ADaM) where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from milepost.core.best_response import PARAMS as RESPONSES
from milepost.core.best_response import REASONS as RESPONSE_REASONS
from milepost.core.dose_checks import REASONS as DOSE_REASONS
from milepost.core.event_words import OUTCOMES
from milepost.core.lab_grades import NOTES
from milepost.core.lab_grading import REASONS as GRADE_REASONS
from milepost.core.liver_scores import PARAMS as SCORES
from milepost.core.response_rows import TIMEPOINT_PARAMS
from milepost.core.time_to_event import PARAMS as TIMES
from milepost.core.time_to_event_sources import CNSR

Column = tuple[str, str]  # meaning; where from


@dataclass(frozen=True)
class Frame:
    """One derived frame: its label, what one row is, its columns, and its lists of codes by what they are codes of."""

    label: str
    row: str
    columns: Mapping[str, Column]
    codes: Mapping[str, Mapping[str, str]]


_KEYS: dict[str, Column] = {
    "STUDYID": ("study", "protocol.toml, id"),
    "USUBJID": ("subject pseudonym, unique in the study", "the site's subject number"),
    "SITEID": ("site", "sites.toml, id"),
    "LINE": ("line of therapy, 1, 2 …", "EXLINE, DMLINE, or the order of drugs"),
    "ARMCD": ("arm of the line: that of the drug first taken in it", "EX, else DM ACTARMCD, ARMCD"),
}
_SRC: Column = ("records the row rests on, DOMAIN|RECKEY, several with a blank between", "record keys")
_DATAERR: Column = (
    "rule by which the data contradict themselves; values that hang on it are empty, the site is asked",
    "rules, docs/rules.md",
)
_RECEIPT: dict[str, Column] = {
    "RECKEY": (
        "key of the record: `milepost explain 'USUBJID DOMAIN|RECKEY'` shows its versions",
        "record key",
    ),
    "DELIVERY": ("delivery it came in", "ledger of deliveries"),
    "SRCLINE": ("line of the site's file, header = 1", "the file"),
}
_ADY: Column = ("study day of ADT; first dose is day 1, there is no day 0", "ADT, first dose of the line")
_READING: dict[str, Column] = {
    "PARCAT2": (
        "reader: INVESTIGATOR or INDEPENDENT ASSESSOR, each by itself",
        "TREVAL, RSEVAL, --EVALID, --ACPTFL",
    ),
    "PARCAT3": ("criteria: RECIST 1.1 or mRECIST, each by itself", "protocol.toml [response]"),
}
_PARAMETER: dict[str, Column] = {
    "PARAMCD": ("parameter, see below", "derived"),
    "PARAM": ("parameter in words", "derived"),
}
_ANL01FL: Column = (
    "Y: primary reader and criteria, the row to be counted; N otherwise",
    "protocol.toml [response] readers, criteria",
)

_ADSL: dict[str, Column] = {
    **_KEYS,
    "SUBJID": ("subject number within the study", "DM SUBJID"),
    "AGE": ("age at consent, years", "DM AGE"),
    "SEX": ("M or F", "DM SEX"),
    "RACE": ("race", "DM RACE"),
    "ETHNIC": ("ethnicity", "DM ETHNIC"),
    "COUNTRY": ("country", "DM COUNTRY"),
    "ACTARMCD": ("actual arm as the site says", "DM ACTARMCD"),
    "TRT01P": ("planned treatment in words", "DM ARMCD, protocol.toml [[arms]]"),
    "TRT01A": ("treatment taken in words", "ARMCD, protocol.toml [[arms]]"),
    "NLINES": ("lines of therapy with a first dose by the cut-off", "lines of therapy"),
    "RFICDT": ("day of informed consent; empty where the date is partial", "DM RFICDTC"),
    "TRTSDT": ("day of first dose of the first line", "EX EXSTDTC"),
    "TRTEDT": ("last day of dosing by the cut-off", "ADEX TRTEDT"),
    "TRTDURD": ("days from first to last day of dosing, both included", "ADEX TRTDURD"),
    "ONTRTFL": ("Y: dosing goes on at the cut-off as far as known", "EX, DS"),
    "SCRFFL": ("Y: screen failure, or never to be treated", "DM DMSCRF, DS"),
    "SAFFL": ("Y: safety set, at least one dose taken", "EX"),
    "FASFL": ("Y: full analysis set, treated or assigned an arm", "EX, DM ARMCD"),
    "EOTSTT": (
        "treatment ONGOING, or DISCONTINUED also by death, withdrawal and loss; empty where not treated",
        "EX, DS",
    ),
    "EOSSTT": ("ONGOING, DIED, WITHDREW, LOST or SCREEN FAILURE", "DM, DS, SS"),
    "EOSDT": ("day of that end", "DM, DS, SS"),
    "DTHFL": ("Y: died by the cut-off", "DM DTHDTC, DTHFL, DS, SS"),
    "DTHDT": ("day of death; of a partial date the earliest day it can have been", "DM DTHDTC, DS, SS"),
    "DTHDTF": ("what of DTHDT was filled in: D day, M month and day, Y all of it", "DTHDT"),
    "LSTALVDT": ("last day known alive, never after death or the cut-off", "every dated record"),
    "LSTALVSRC": ("the record that shows it, DOMAIN|RECKEY", "record key"),
    "HBVFL": ("Y: hepatitis B", "DM DMHBV"),
    "CPCLASSBL": ("Child-Pugh class or score at baseline, as the site says", "DM DMCPUGH"),
    "ECOGBL": ("last ECOG on or before first dose", "RS ECOG"),
    "ALBIBL": ("ALBI score at baseline", "ADLB ALBI"),
    "ALBIGRBL": ("ALBI grade at baseline", "ADLB ALBIGR"),
    "CPSCOREBL": ("Child-Pugh score at baseline, computed", "ADLB CPSCORE"),
    "RDI": ("relative dose intensity, %", "ADEX RDI"),
    "CUMDOSE": ("dose taken in all, mg", "ADEX CUMDOSE"),
    "STARTDOSE": ("dose of a day of intake at the start, mg", "ADEX STARTDOSE"),
    "DATAERR": (
        "what is wrong with the dates, such as a partial first dose or a death without a date",
        "DM, EX, DS, SS",
    ),
}


def _of_direction(letter: str, word: str) -> dict[str, Column]:
    """The columns of one direction of grading."""
    return {
        f"ATOXDSC{letter}": (f"CTCAE term for {word} values", "CTCAE"),
        f"ATOXGR{letter}": (
            f"CTCAE grade 0 to 4 of the {word} direction on treatment, the highest the result allows; empty: no grade",
            "AVAL, range, baseline; CTCAE",
        ),
        f"GRMIN{letter}": (f"lowest {word} grade the result allows, whatever the symptoms", "AVAL; CTCAE"),
        f"GRMAX{letter}": (f"highest {word} grade the result allows", "AVAL; CTCAE"),
        f"BTOXGR{letter}": (f"{word} grade of the baseline, by its own range", "BASE; CTCAE"),
        f"WORST{letter}FL": (f"Y: first row with the highest {word} grade on treatment", "ATOXGR, ONTRTFL"),
        f"SHIFT{letter}": (f"{word} grade at baseline and of this row, such as 0 to 3", "BTOXGR, ATOXGR"),
        f"REASON{letter}": (f"why there is no {word} grade, see below", "derived"),
    }


_ADLB: dict[str, Column] = {
    **_KEYS,
    "PARAMCD": ("test code or score, see below", "LB LBTESTCD; scores derived"),
    "PARAM": ("test or score in words", "protocol.toml [[tests]]"),
    "AVAL": (
        "result in the canonical unit, exact; empty where only a range such as <3 is known. Scores: class and grade as "
        "1, 2, 3",
        "LB LBSTRESN; scores computed",
    ),
    "AVALC": ("result as text where it is no exact number; score as it is written", "LB LBORRES"),
    "AVALU": ("canonical unit of AVAL, ANRLO, ANRHI, BASE and CHG", "protocol.toml [[tests]] unit"),
    "LBORRES": ("result as reported", "LB LBORRES"),
    "LBORRESU": ("unit as reported", "LB LBORRESU"),
    "ADT": ("day of collection; of a score that of its last input", "LB LBDTC"),
    "ADTM": ("time of collection", "LB LBDTC"),
    "ADY": _ADY,
    "VISIT": ("visit as the site names it", "LB VISIT"),
    "ANRLO": ("lower limit of the report's own range", "LB LBORNRLO"),
    "ANRHI": ("upper limit of the report's own range", "LB LBORNRHI"),
    "ANRIND": ("LOW, NORMAL or HIGH against that range", "AVAL, ANRLO, ANRHI"),
    "BASE": ("baseline: last result before first dose", "AVAL of the row with ABLFL Y"),
    "BNRIND": ("LOW, NORMAL or HIGH of the baseline, by its own range", "BASE"),
    "ABLFL": ("Y: this row is the baseline", "ADT, first dose"),
    "CHG": ("change from baseline", "AVAL, BASE"),
    "PCHG": ("change from baseline, %", "AVAL, BASE"),
    "XULN": ("multiple of the upper limit", "AVAL, ANRHI"),
    "XLLN": ("multiple of the lower limit", "AVAL, ANRLO"),
    "XBL": ("multiple of the baseline", "AVAL, BASE"),
    **_of_direction("L", "low"),
    **_of_direction("H", "high"),
    "ATOXGR": ("higher of the two grades", "ATOXGRL, ATOXGRH"),
    "ONTRTFL": ("Y: on treatment, up to safety.lab_days after the last dose", "ADT, doses"),
    "REASON": ("why there is no grade in either direction, or no score, see below", "derived"),
    "NOTE": ("what to know of the grade, see below; several with a blank between", "derived"),
    "DTYPE": ("DERIVED: a value that was computed, not reported", "derived"),
    "DATAERR": _DATAERR,
    "SRC": _SRC,
    **_RECEIPT,
    "AVALRAW": ("score before it is rounded (MELD 3.0)", "computed"),
}

_ADTR: dict[str, Column] = {
    **_KEYS,
    **_PARAMETER,
    "PARCAT1": ("Target Lesion(s)", "derived"),
    **_READING,
    "TRLNKID": ("lesion, as the site names it; empty of a sum", "TR TRLNKID"),
    "TRGRPID": ("TARGET", "TU TUORRES, TR TRGRPID"),
    "TULOC": ("where the lesion is", "TU TULOC"),
    "VISIT": ("visit of the scan, as the site names it; at baseline of the last one", "TR VISIT"),
    "AVISIT": ("the same, under its ADaM name", "VISIT"),
    "ADT": ("day of the scan; of a sum the time point's earliest scan, at baseline the last", "TR TRDTC"),
    "ADY": _ADY,
    "AVAL": ("length, or sum of lengths; empty where the lesion had no usable size", "TR TRORRES"),
    "AVALU": ("mm", "TR TRORRESU, converted"),
    "TRORRES": ("result as the site wrote it", "TR TRORRES"),
    "TRORRESU": ("unit as the site wrote it", "TR TRORRESU"),
    "SUMFL": ("INCOMPLETE: the sum lacks a target lesion", "derived"),
    "BASE": ("length or sum at baseline, mm", "AVAL of the row with ABLFL Y"),
    "CHG": ("change from baseline, mm", "AVAL, BASE"),
    "PCHG": ("change from baseline, %", "AVAL, BASE"),
    "NADIR": ("smallest sum before this one, baseline included, mm", "AVAL"),
    "CHGNAD": ("change from the smallest sum, mm", "AVAL, NADIR"),
    "PCHGNAD": ("change from the smallest sum, %", "AVAL, NADIR"),
    "ABLFL": ("Y: this row is the baseline", "ADT, first dose"),
    "SRC": _SRC,
    "DATAERR": _DATAERR,
}

_ADRS: dict[str, Column] = {
    **_KEYS,
    **_PARAMETER,
    "PARCAT1": ("Tumor Response", "derived"),
    **_READING,
    "VISIT": ("visit of the time point, as the site names it", "TR VISIT, RS VISIT"),
    "AVALC": ("response CR, PR, SD, NON-CR/NON-PD, PD, NED, NE; or Y, N", "ADTR, TU, RS"),
    "AVAL": ("AVALC as a number: 1 the best response to 7 NE; 1 Y, 0 N", "AVALC"),
    "ADT": ("day of the time point, or first day on which the answer holds", "TR TRDTC, RS RSDTC"),
    "ADY": _ADY,
    "ANL01FL": _ANL01FL,
    "REASON": ("why the answer is NE, N or empty, see below", "derived"),
    "SRC": _SRC,
    "DATAERR": _DATAERR,
}

_ADTTE: dict[str, Column] = {
    **_KEYS,
    **_PARAMETER,
    **_READING,
    "STARTDT": ("day from which the time counts: first dose or randomisation; of a duration the response",
                "protocol.toml [time_to_event] start"),
    "ADT": ("day of the event or of censoring", "SRCDOM, SRCVAR"),
    "AVAL": ("days from STARTDT to ADT, both included; with parts of days where the protocol counts the time of day",
             "STARTDT, ADT; protocol.toml [time_to_event] time_of_day"),
    "AVALM": ("months of 30.4375 days", "AVAL"),
    "CNSR": ("0 event; else why it is censored, see below", "protocol.toml [time_to_event]"),
    "EVNTDESC": ("event, or what censors it, in words", "derived"),
    "CNSDTDSC": ("what the day of censoring is, in words; empty of an event", "derived"),
    "SRCDOM": ("domain or frame of ADT", "derived"),
    "SRCVAR": ("variable of ADT", "derived"),
    "SRC": _SRC,
    "ADTF": ("what of a day of death was filled in: D day, M month and day, Y all of it", "DM DTHDTC, DS, SS"),
    "ANL01FL": _ANL01FL,
    "GAPFL": ("Y: no event, and not seen or scanned for longer than the protocol allows before the cut-off",
              "protocol.toml [time_to_event], [scans]"),
    "DATAERR": _DATAERR,
}  # fmt: skip

_ADAE: dict[str, Column] = {
    **_KEYS,
    "AETERM": ("term as reported", "AE AETERM"),
    "AEDECOD": ("preferred term", "AE AEDECOD"),
    "AEBODSYS": ("system organ class", "AE AEBODSYS"),
    "ATERM": ("term that is counted: the preferred one, else the reported one", "AEDECOD, AETERM"),
    "AESTDTC": ("start as sent", "AE AESTDTC"),
    "AEENDTC": ("end as sent; empty where it lies after the cut-off", "AE AEENDTC"),
    "ASTDT": ("day of onset; of a partial date the earliest day that counts; empty where the date cannot be true",
              "AESTDTC"),
    "ASTDTF": ("what of ASTDT was filled in: D day, M month and day, Y all of it", "AESTDTC"),
    "AENDT": ("day of end; of a partial date the latest day it may mean", "AEENDTC"),
    "AENDTF": ("what of AENDT was filled in: D, M, Y", "AEENDTC"),
    "ASTDY": ("study day of onset; first dose is day 1, there is no day 0", "ASTDT, first dose"),
    "AENDY": ("study day of end", "AENDT, first dose"),
    "ADURN": ("days it lasted, both ends included; empty where it goes on or the onset is not known", "ASTDT, AENDT"),
    "TRTEMFL": ("Y: treatment-emergent, from first dose to safety.emergent_days after the last; empty: no first dose",
                "ASTDT, doses"),
    "PREFL": ("Y: began before first dose", "ASTDT, first dose"),
    "AESER": ("serious as said: Y, N, or empty where not said", "AE AESER"),
    "AESERFL": ("Y: serious by word, or fatal", "AESER, AFATAL"),
    "AREL": ("related to the study drug: Y, N, or empty where not said", "AE AEREL"),
    "AEACN": ("action taken with the study drug, as sent", "AE AEACN"),
    "AACN": ("action in our words: STOP, REDUCE, INTERRUPT, INCREASE", "AEACN"),
    "AEOUT": ("outcome as sent; empty where it is one of after the cut-off", "AE AEOUT"),
    "AOUT": ("outcome in our words, see below", "AEOUT"),
    "ATOXGRN": ("CTCAE grade 1 to 5; empty where missing, never 0", "AE AETOXGR"),
    "AFATAL": ("Y: fatal by outcome, by AESDTH, or grade 5", "AEOUT, AE AESDTH, ATOXGRN"),
    "AESI": ("groups of special interest, several with a blank between", "ATERM, protocol.toml [[safety.interest]]"),
    "AOCCFL": ("Y: the row that stands for the patient and line, worst grade first", "TRTEMFL, ATOXGRN, ASTDT"),
    "AOCCSFL": ("Y: the row that stands for the system organ class", "AEBODSYS"),
    "AOCCPFL": ("Y: the row that stands for the term", "ATERM"),
    "SRC": _SRC,
    **_RECEIPT,
    "KNOWN_FROM": ("instant from which this version of the record was known, UTC", "receipt of the delivery"),
    "DATAERR": ("rule by which its dates contradict each other or their receipt; the days concerned are empty",
                "rules, docs/rules.md"),
}  # fmt: skip

_ADEX: dict[str, Column] = {
    **_KEYS,
    "TREATMENT": ("drug the line began with", "EX EXTRT, protocol.toml [[treatments]]"),
    "TRTSDT": ("first day of dosing", "EX EXSTDTC"),
    "TRTEDT": ("last day of dosing by the cut-off", "EX EXENDTC"),
    "TRTDURD": ("days from TRTSDT to TRTEDT, both included", "TRTSDT, TRTEDT"),
    "NCYCLES": ("cycles begun; empty for a drug taken every day", "doses, protocol.toml days_on, cycle_days"),
    "DOSEDAYS": ("days of intake", "EX"),
    "STARTDOSE": ("dose of a day of intake at the start, mg", "EX EXDOSE, EXDOSFRQ"),
    "CUMDOSE": ("dose taken in all, mg", "EX EXDOSE, EXDOSFRQ"),
    "PLANDOSE": ("dose planned from TRTSDT to TRTEDT, days off left out, mg", "STARTDOSE, protocol.toml"),
    "RDI": ("relative dose intensity: 100 x CUMDOSE / PLANDOSE, %", "CUMDOSE, PLANDOSE"),
    "NREDUCE": ("times the dose fell", "EX EXDOSE"),
    "NINTERRUPT": ("pauses longer than the regimen's days off", "EX, protocol.toml"),
    "LASTDOSELEVEL": ("last dose as reported", "EX EXDOSE"),
    "ONGOING": ("Y: dosing goes on at the cut-off as far as known, days off included", "EX, DS"),
    "STOPREASON": ("why the line was stopped", "DS DSDECOD, DSTERM"),
    "REASON": ("why there is no amount, see below", "derived"),
    "SRC": _SRC,
    "DATAERR": _DATAERR,
}


def _of_liver_test(code: str, name: str) -> dict[str, Column]:
    """The columns of one of the four liver tests."""
    return {
        f"{code}BL": (f"baseline {name}: mean of the values before first dose", f"LB {code}"),
        f"{code}BLULN": (f"baseline {name} in multiples of its upper limit", f"LB {code}, LBORNRHI"),
        f"{code}BLN": (f"days on which baseline {name} was measured", f"LB {code}"),
        f"{code}BLFL": ("MEAN of several days, SINGLE value, or NONE", f"LB {code}"),
        f"{code}PKULN": (
            f"highest {name} on treatment in multiples of its upper limit",
            f"LB {code}, LBORNRHI",
        ),
        f"{code}PKULNDT": ("day of that", f"LB {code}"),
        f"{code}PKBL": (f"highest {name} on treatment in multiples of baseline", f"LB {code}"),
        f"{code}PKBLDT": ("day of that", f"LB {code}"),
    }


_QUADRANT = "HYS, TEMPLE, CHOLESTASIS or NORMAL"
_ADHY: dict[str, Column] = {
    **_KEYS,
    **_of_liver_test("ALT", "ALT (U/L)"),
    **_of_liver_test("AST", "AST (U/L)"),
    **_of_liver_test("BILI", "bilirubin (umol/L)"),
    **_of_liver_test("ALP", "alkaline phosphatase (U/L)"),
    "EDISH": (
        f"quadrant of peak ALT and bilirubin in multiples of the upper limit: {_QUADRANT}",
        "ALTPKULN, BILIPKULN",
    ),
    "PAIRED": (
        "Y: such a bilirubin follows such an ALT in time; N: none does; empty: not to be told",
        "LB ALT, BILI",
    ),
    "REASON": (
        "why there is no quadrant or no answer about the pair: NOT_KNOWN or CENSORED, and of which test",
        "derived",
    ),
    "MDISH": (f"quadrant in multiples of baseline: {_QUADRANT}", "ALTPKBL, BILIPKBL"),
    "MPAIRED": ("as PAIRED, in multiples of baseline", "LB ALT, BILI"),
    "MREASON": ("as REASON, in multiples of baseline", "derived"),
    "BASETIER": ("tier of baseline ALT, 1, 2 …", "ALTBLULN, protocol.toml [[safety.liver.tiers]]"),
    "BASETIERC": ("that tier in words", "BASETIER"),
    "LAYER": ("layer that ALT reached: WATCH, WITHHOLD or STOP", "ALTPKULN, the tier"),
    "BILIMOD": ("Y: an ALT above the watch limit has a raised bilirubin with it", "LB ALT, BILI"),
    "LAYERMOD": ("layer with that: one more", "LAYER, BILIMOD"),
    "HYSFL": ("Y: there is a potential Hy's law case", "LB ALT, AST, BILI, ALP"),
    "CHOLFL": ("Y: a pair was set aside because ALP was raised too", "LB ALP"),
    "SRC": _SRC,
    "DATAERR": _DATAERR,
}

_ADTR_PARAMETERS = {
    "LDIAM1, LDIAM2 …": "longest diameter (of a node the short axis) of each target lesion, RECIST 1.1",
    "SDIAM": "sum of the diameters, RECIST 1.1",
    "VDIAM1, VDIAM2 …": "viable (enhancing) diameter of each target lesion, mRECIST",
    "SVDIAM": "sum of the viable diameters, mRECIST",
}
_ADRS_PARAMETERS = {code: label for code, (_, label) in TIMEPOINT_PARAMS.items()} | RESPONSES | {
    "DCW6, DCW12 …": "Disease control at the scheduled scan of that week (response.disease_control_day)"
}  # fmt: skip
_GRADE_REASONS = {code: text for code, text in GRADE_REASONS.items() if code}
_SCORE_REASONS = {
    "MISSING": "an input was not measured near the day", "CENSORED": "an input is only known as a range",
    "UNIT": "the unit of an input has no factor", "NO_LIMIT": "an upper limit of normal is missing",
    "ZERO": "an input is zero", "SEX": "the subject's sex is not known",
}  # fmt: skip

_DISAGREEMENTS = {
    **{name: _ADTR[name] for name in ("STUDYID", "USUBJID", "SITEID", "LINE", "VISIT", "ADT", "SRC")},
    "CRITERIA": ("RECIST 1.1 or mRECIST", "RSCAT"),
    "READER": ("who read the scans", "RSEVAL, RSEVALID, TREVAL"),
    "WHAT": (
        "which answer differs: TRGRESP, NTRGRESP, NEWLPROG, OVRLRESP or SUM (of diameters, mm)",
        "RSTESTCD",
    ),
    "DERIVED": ("what the measurements sent to us give", "TR, TU"),
    "REPORTED": ("what was reported", "RSORRES, TRORRES"),
}

FRAMES: dict[str, Frame] = {
    "adsl": Frame("Subjects", "a subject", _ADSL, {}),
    "adlb": Frame(
        "Laboratory results with their grades, and liver scores", "a result of a line, or a score of a day", _ADLB,
        {
            "PARAMCD (beside the tests of protocol.toml)": {"CACORR": "Calcium corrected for albumin", **SCORES},
            "REASON, REASONL, REASONH of results": _GRADE_REASONS,
            "REASON of scores": _SCORE_REASONS,
            "NOTE": NOTES,
        },
    ),
    "adtr": Frame(
        "Tumour measurements", "a target lesion, or the sum of them, at a time point", _ADTR,
        {"PARAMCD": _ADTR_PARAMETERS},
    ),
    "adrs": Frame(
        "Responses", "a time point and parameter, or a line and parameter", _ADRS,
        {"PARAMCD": _ADRS_PARAMETERS, "REASON": RESPONSE_REASONS},
    ),
    "adtte": Frame(
        "Times to event", "a line and parameter (and reader and criteria)", _ADTTE,
        {"PARAMCD": TIMES, "CNSR": {str(code): text for code, text in CNSR.items()}},
    ),
    "adae": Frame(
        "Adverse events", "a record of AE", _ADAE,
        {"AOUT": {code: words[0].lower() for code, words in OUTCOMES.items()}},
    ),
    "adex": Frame("Exposure", "a line", _ADEX, {"REASON": DOSE_REASONS}),
    "adhy": Frame("Liver safety (eDISH, mDISH)", "a line", _ADHY, {}),
    "disagreements": Frame(
        "Where a reported response differs from the derived one", "a time point and answer", _DISAGREEMENTS, {}
    ),
}  # fmt: skip
