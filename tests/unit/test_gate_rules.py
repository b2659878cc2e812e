"""Every rule of expectations/*.yaml, with rows that break it and rows that pass. A rule without a case fails here.

The cases are typed in by hand: what a site may send is agreed with people, not read back from the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
import pytest

from milepost.schema import DOMAINS
from tests.gate_rows import DEAD, STRANGER, Row, frame, judge, row, suites

Cells = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Lines of one file, the last of which breaks the rule or passes it."""

    lines: tuple[Cells, ...]
    breaks: bool


def bad(*lines: Cells) -> Case:
    return Case(lines, True)


def good(*lines: Cells) -> Case:
    return Case(lines, False)


def each(column: str, breaking: Iterable[str], passing: Iterable[Any] = ("OK",), **more: Any) -> list[Case]:
    """One case for each text of one column."""
    return [bad({column: text} | more) for text in breaking] + [
        good({column: text} | more) for text in passing
    ]


def said_by_the_reader(column: str, *codes: str) -> list[Case]:
    """The reader's codes, which it explains in NOTE."""
    return [bad({column: code, "NOTE": {code: "why it is so."}}) for code in codes] + [good({column: "OK"})]


# ---- what every domain is asked

COMMON: dict[str, list[Case]] = {
    "LINE-COMPLETE": said_by_the_reader("X_LINE", "TOO_FEW_CELLS", "TOO_MANY_CELLS", "CELL_TOO_LONG",
        "RUINED_RECORD_ID"),
    "SUBJECT-VALID": said_by_the_reader("X_SUBJECT", "MISSING", "LOOKS_LIKE_IDENTIFIER", "BAD_PATTERN"),
    "STATUS-KNOWN": said_by_the_reader("X_STATUS", "UNKNOWN_STATUS"),
    "SUBJECT-IN-DM": [
        bad({"USUBJID": STRANGER}), good({"USUBJID": "S01-002"}), good({"USUBJID": STRANGER}, {"USUBJID": STRANGER}),
        good({"USUBJID": "(withheld)", "X_SUBJECT": "BAD_PATTERN"}),
    ],
    "NOT-AFTER-DEATH": [
        bad({"USUBJID": DEAD, "ADT": pd.Timestamp("2026-03-16")}), good({"USUBJID": DEAD,
        "ADT": pd.Timestamp("2026-03-15")}),
        good({"USUBJID": DEAD, "ADT": pd.NaT}), good({"ADT": pd.Timestamp("2026-03-16")}),
    ],
}  # fmt: skip


def ends_before_start(start: str, end: str) -> list[Case]:
    return [
        bad({start: "2026-03-10", end: "2026-03-09"}), bad({start: "2026-03", end: "2026-02-28"}),
        bad({start: "2026-03-10T09:00", end: "2026-03-09"}), good({start: "2026-03-10", end: "2026-03-10"}),
        good({start: "2026-03-10", end: "2026-03"}), good({start: "2026-03-10", end: None}),
        good({start: None, end: "2026"}),
    ]  # fmt: skip


def plausible(test: str, low: str, below: str, high: str, above: str) -> list[Case]:
    return [
        *each("VSORRES", (below, above), (low, high), VSTESTCD=test),
        good({"VSTESTCD": "OTHER", "VSORRES": above}), good({"VSTESTCD": test, "VSORRES": None}),
        good({"VSTESTCD": test, "VSORRES": "abc", "X_VALUE": "UNPARSEABLE"}),
    ]  # fmt: skip


PARTIAL = said_by_the_reader("X_DATE", "PARTIAL")
CASES: dict[str, list[Case]] = {
    # demographics
    "DM-DATE-VALID": said_by_the_reader("X_DATE", "UNPARSEABLE", "AFTER_RECEIPT") + [good({"X_DATE": "PARTIAL"})],
    "DM-CONSENT-DATE-GIVEN": said_by_the_reader("X_DATE", "MISSING", "PARTIAL"),
    "DM-AGE-PLAUSIBLE": said_by_the_reader("X_VALUE", "UNPARSEABLE", "NEGATIVE", "IMPLAUSIBLE"),
    "DM-AGE-IN-STUDY": each("AGE", ("17", "17.99", "101"), ("18", "100", "57.5", None)) + [
        good({"AGE": "3", "X_VALUE": "IMPLAUSIBLE"})],
    "DM-SEX-KNOWN": each("SEX", ("male", "1", "X"), ("M", "F", "U", None)),
    "DM-ARM-KNOWN": each("ARMCD", ("PLACEBO", "anl"), ("ANL", "SOR", None)),
    "DM-DEATH-DATE-GIVEN": [bad({"DTHFL": "Y"}), good({"DTHFL": "Y", "DTHDTC": "2026"}), good({"DTHFL": "N"}),
        good({})],
    "DM-DEATH-FLAG-AGREES": [bad({"DTHFL": "N", "DTHDTC": "2026-03-01"}), bad({"DTHFL": "no", "DTHDTC": "2026"}),
        good({"DTHFL": "N"}), good({"DTHFL": "Y", "DTHDTC": "2026"}), good({"DTHDTC": "2026-03-01"})],
    "DM-DEATH-NOT-BEFORE-CONSENT": [
        bad({"DTHDTC": "2026-02-19"}), bad({"DTHDTC": "2025"}), good({"DTHDTC": "2026-02-20"}),
        good({"DTHDTC": "2026"}),
        good({"DTHDTC": "2025-01-01", "RFICDTC": None}),
    ],
    # doses
    "EX-TREATMENT-KNOWN": each("EXTRT", ("Aspirin", "anlotinib", None), ("ANLOTINIB", "SORAFENIB")),
    "EX-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "PARTIAL", "AFTER_RECEIPT"),
    "EX-DOSE-GIVEN": each("EXDOSE", (None,), ("0", "12")),
    "EX-DOSE-NUMBER": said_by_the_reader("X_VALUE", "UNPARSEABLE", "NEGATIVE"),
    "EX-DOSE-PLAUSIBLE": each("EXDOSE", ("2001", "1E4"), ("2000", "0", None, "abc")),
    "EX-END-NOT-BEFORE-START": ends_before_start("EXSTDTC", "EXENDTC"),
    "EX-LINE-KNOWN": each("EXLINE", ("3", "first"), ("1", "2", None)),
    "EX-UNIT-KNOWN": each("EXDOSU", ("capsule", "mgs"), ("mg", "MG", "g", "毫克", "{capsule}", None)),
    "EX-FREQUENCY-KNOWN": each("EXDOSFRQ", ("often", "QDD"), ("QD", "bid", "Every 3 weeks", "每日两次", None)),
    # laboratory
    "LB-TEST-KNOWN": said_by_the_reader("X_TEST", "MISSING", "UNKNOWN_CODE"),
    "LB-TEST-REFUSED": said_by_the_reader("X_TEST", "REFUSED_CODE"),
    "LB-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE"),
    "LB-DATE-COMPLETE": PARTIAL,
    "LB-DATE-NOT-AFTER-RECEIPT": said_by_the_reader("X_DATE", "AFTER_RECEIPT"),
    "LB-UNIT-KNOWN": said_by_the_reader("X_UNIT", "MISSING_UNIT", "UNKNOWN_UNIT"),
    "LB-UNIT-SENT": said_by_the_reader("X_UNIT", "UNIT_NOT_SENT"),
    "LB-UNIT-REFUSED": said_by_the_reader("X_UNIT", "REFUSED_UNIT"),
    "LB-VALUE-NUMBER": said_by_the_reader("X_VALUE", "MISSING", "UNPARSEABLE", "NEGATIVE"),
    "LB-VALUE-HARD": said_by_the_reader("X_VALUE", "ABOVE_HARD", "BELOW_HARD"),
    "LB-VALUE-SOFT": said_by_the_reader("X_VALUE", "SOFT"),
    "LB-SAME-TIME": [
        bad({"LBDTC": "2026-03-30T08:00"}, {"LBDTC": "2026-03-30T08:00", "LBORRES": "380", "RECKEY": "R:AFP|2"}),
        good({"LBDTC": "2026-03-30T08:00"}, {"LBDTC": "2026-03-30T08:00", "RECKEY": "R:AFP|2"}),
        good({"LBDTC": "2026-03-30T08:00"}, {"LBDTC": "2026-03-30T08:01", "LBORRES": "380", "RECKEY": "R:AFP|2"}),
        good({}, {"LBORRES": "380", "RECKEY": "R:AFP|2"}),  # a day without time says nothing of "at once"
        good({"LBDTC": "2026-03-30T08:00"},
             {"LBDTC": "2026-03-30T08:00", "LBORRES": "380", "RECKEY": "R:AFP|2", "STATUS": "CORRECTED"}),
        good({"LBDTC": "2026-03-30T08:00"},
             {"LBDTC": "2026-03-30T08:00", "LBORRES": "380", "RECKEY": "R:AFP|2", "RECREPLACES": "1"}),
    ],
    "LB-SPECIMEN-ACCEPTED": each("STATUS", ("REJECTED",), ("FINAL", "PRELIMINARY", "CANCELLED")),
    # lesions
    "TU-DATE-VALID": said_by_the_reader("X_DATE", "UNPARSEABLE", "AFTER_RECEIPT"),
    "TU-DATE-GIVEN": said_by_the_reader("X_DATE", "MISSING", "PARTIAL"),
    "TU-LESION-GIVEN": each("TULNKID", (None,), ("T1",)),
    "TU-KIND-KNOWN": each("TUORRES", ("target", "LYMPH NODE", None), ("TARGET", "NON-TARGET", "NEW")),
    "TU-READER-KNOWN": each("TUEVAL", ("RADIOLOGIST", "Dr X", "INVESTIGATORS MOTHER"), (
        "INVESTIGATOR", "Investigator", "INV", "site", "研究者", "INDEPENDENT ASSESSOR", "IRC", "BICR", None)),
    "TR-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "PARTIAL", "AFTER_RECEIPT"),
    "TR-TEST-KNOWN": each("TRTESTCD", ("VOLUME", "ldiam", None), ("LDIAM", "SAXIS", "SUMDIAM", "TUMSTATE")),
    "TR-UNIT-KNOWN": said_by_the_reader("X_UNIT", "MISSING_UNIT", "UNKNOWN_UNIT"),
    "TR-VALUE-NUMBER": said_by_the_reader("X_VALUE", "UNPARSEABLE", "NEGATIVE"),
    "TR-VALUE-GIVEN": said_by_the_reader("X_VALUE", "MISSING"),
    "TR-DIAMETER-PLAUSIBLE": each("TRORRES", ("400.1", "4000"), ("400", "0", None)) + [
        good({"TRTESTCD": "TUMSTATE", "TRORRES": "999"})],
    "TR-READER-KNOWN": each("TREVAL", ("RADIOLOGIST", "INDEPENDENT NOBODY"), (
        "INVESTIGATOR", "Investigator", "INV", "site", "研究者", "INDEPENDENT ASSESSOR", "Independent Assessor",
        "INDEPENDENT REVIEW COMMITTEE", "CENTRAL REVIEW", "central reader", "IRC", "BICR",
        "Blinded Independent Central Review", None)),
    # responses and scores
    "RS-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "AFTER_RECEIPT"),
    "RS-DATE-COMPLETE": PARTIAL,
    "RS-TEST-GIVEN": each("RSTESTCD", (None,), ("OVRLRESP",)),
    "RS-RESULT-GIVEN": each("RSORRES", (None,), ("PR",)),
    "RS-RESPONSE-KNOWN": each("RSORRES", ("partial", "pr", "部分缓解"), ("CR", "PR", "SD", "PD", "NE",
        "NON-CR/NON-PD", "NED")) + [
        good({"RSTESTCD": "TRGRESP", "RSORRES": "partial"})],
    "RS-NEW-LESION-YES-OR-NO": each("RSORRES", ("maybe",), ("Y", "N", "U", "EQUIVOCAL", "0", None),
        RSTESTCD="NEWLPROG"),
    "RS-SCORE-NUMBER": [
        *each("RSORRES", ("one", None), ("1",), RSTESTCD="ECOG"), bad({"RSTESTCD": "CPS", "RSORRES": "A"}),
        good({"RSORRES": "PR"}),
    ],
    "RS-ECOG-RANGE": each("RSORRES", ("6", "-1"), ("0", "5", None), RSTESTCD="ECOG") + [
        good({"RSTESTCD": "CPS", "RSORRES": "6"})],
    "RS-CHILD-PUGH-RANGE": each("RSORRES", ("4", "16"), ("5", "15", None), RSTESTCD="CPS"),
    # adverse events
    "AE-TERM-GIVEN": each("AETERM", (None,), ("Fatigue",)),
    "AE-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "PARTIAL", "AFTER_RECEIPT"),
    "AE-GRADE-GIVEN": each("AETOXGR", (None,), ("1",)),
    "AE-GRADE-KNOWN": said_by_the_reader("X_VALUE", "UNPARSEABLE", "NEGATIVE", "IMPLAUSIBLE"),
    "AE-SERIOUS-KNOWN": each("AESER", (None, "yes"), ("Y", "N")),
    "AE-END-NOT-BEFORE-START": ends_before_start("AESTDTC", "AEENDTC"),
    "AE-RELATION-KNOWN": each("AEREL", ("perhaps", "NOT RELATED AT ALL"), ("RELATED", "Possible", "not related",
        "可能有关", "UNKNOWN", None)),
    "AE-ACTION-KNOWN": each("AEACN", ("cut in half", "DOSE"), ("DOSE NOT CHANGED", "drug withdrawn", "暂停用药",
        "DRUG INTERRUPTED; DOSE REDUCED", None)),
    "AE-OUTCOME-KNOWN": each("AEOUT", ("better", "FATALITY"), ("FATAL", "Recovered/Resolved", "死亡", None)),
    "AE-FATAL-GRADE": each("AETOXGR", ("4", "3"), ("5", None), AESDTH="Y") + [good({"AETOXGR": "4", "AESDTH": "N"})],
    # milestones and contacts
    "DS-EVENT-GIVEN": each("DSDECOD", (None,), ("DEATH",)),
    "DS-EVENT-KNOWN": each("DSDECOD", ("moved away", "no death"), ("DEATH", "death", "WITHDRAWAL BY SUBJECT",
        "Progressive Disease", "Lost to Follow Up", "SCREEN FAILURE", None)),
    "DS-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "AFTER_RECEIPT"),
    "DS-DATE-COMPLETE": PARTIAL,
    "SS-TEST-GIVEN": each("SSTESTCD", (None,), ("SURVSTAT",)),
    "SS-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "AFTER_RECEIPT"),
    "SS-DATE-COMPLETE": PARTIAL,
    "SS-ANSWER-KNOWN": each("SSORRES", ("alive", "lost", None), ("ALIVE", "DEAD", "UNKNOWN")),
    "SS-ALIVE-NOT-AFTER-DEATH": [
        bad({"USUBJID": DEAD, "ADT": pd.Timestamp("2026-03-16")}), good({"USUBJID": DEAD,
        "ADT": pd.Timestamp("2026-03-15")}),
        good({"USUBJID": DEAD, "ADT": pd.Timestamp("2026-03-16"), "SSORRES": "DEAD"}),
    ],
    # medication, procedures, history, findings
    "CM-TREATMENT-GIVEN": each("CMTRT", (None,), ("Lenvatinib",)),
    "CM-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE",
        "AFTER_RECEIPT") + [good({"X_DATE": "PARTIAL"})],
    "CM-END-NOT-BEFORE-START": ends_before_start("CMSTDTC", "CMENDTC"),
    "CM-CATEGORY-KNOWN": each("CMCAT", ("HCC drugs", "ANTI", "no chemotherapy"), ("SUBSEQUENT ANTI-CANCER THERAPY",
        "Chemotherapy", "antiviral", "抗肿瘤治疗", "合并用药", None)),
    "CM-DRUG-KNOWN": [
        *each("CMTRT", ("aspirin", "lenvatinib planned"), ("LENVATINIB", "仑伐替尼", "索拉非尼", "TACE", None)),
        bad({"CMTRT": "a new drug", "CMCAT": "Concomitant medications"}),
        good({"CMTRT": "aspirin", "CMCAT": "ANTIPLATELET"}), good({"CMTRT": "a new drug", "CMCAT": "IMMUNOTHERAPY"}),
    ],
    "PR-CATEGORY-KNOWN": each("PRCAT", ("HCC", "surgery of any kind"), ("LOCOREGIONAL THERAPY", "radiotherapy",
        "DIAGNOSTIC PROCEDURE", "介入治疗", None)),
    "PR-PROCEDURE-KNOWN": [
        *each("PRTRT", ("port", "TACE planned"), ("Transarterial chemoembolization", "D-TACE", "射频消融",
            "paracentesis", None)),
        bad({"PRTRT": "port", "PRCAT": "CONCOMITANT PROCEDURES"}), good({"PRTRT": "port", "PRCAT": "LOCAL THERAPY"}),
    ],
    "PR-PROCEDURE-GIVEN": each("PRTRT", (None,), ("TACE",)),
    "PR-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "AFTER_RECEIPT"),
    "PR-DATE-COMPLETE": PARTIAL,
    "MH-TERM-GIVEN": each("MHTERM", (None,), ("Hepatitis B",)),
    "MH-DATE-VALID": said_by_the_reader("X_DATE", "UNPARSEABLE", "AFTER_RECEIPT") + [good({"X_DATE": "MISSING"})],
    "MH-OCCURRENCE-KNOWN": each("MHOCCUR", ("yes", "+"), ("Y", "N", "U", None)),
    "FA-TEST-GIVEN": each("FATESTCD", (None,), ("SEV",)),
    "FA-OBJECT-GIVEN": each("FAOBJ", (None,), ("ASCITES",)),
    "FA-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "AFTER_RECEIPT"),
    "FA-DATE-COMPLETE": PARTIAL,
    "FA-RESULT-GIVEN": each("FAORRES", (None,), ("NONE",)),
    # vital signs
    "VS-TEST-GIVEN": each("VSTESTCD", (None,), ("SYSBP",)),
    "VS-DATE-VALID": said_by_the_reader("X_DATE", "MISSING", "UNPARSEABLE", "AFTER_RECEIPT"),
    "VS-DATE-COMPLETE": PARTIAL,
    "VS-VALUE-NUMBER": said_by_the_reader("X_VALUE", "UNPARSEABLE", "NEGATIVE"),
    "VS-VALUE-GIVEN": each("VSORRES", (None,), ("130",)),
    "VS-SYSBP-PLAUSIBLE": plausible("SYSBP", "50", "49.9", "280", "281"),
    "VS-DIABP-PLAUSIBLE": plausible("DIABP", "20", "19", "180", "181"),
    "VS-HR-PLAUSIBLE": plausible("HR", "20", "19", "250", "251"),
    "VS-TEMP-PLAUSIBLE": plausible("TEMP", "30", "29.9", "43", "43.1"),
    "VS-WEIGHT-PLAUSIBLE": plausible("WEIGHT", "20", "19.5", "300", "301"),
}  # fmt: skip
CASES |= {
    f"{domain}-{name}": cases
    for domain in DOMAINS
    for name, cases in COMMON.items()
    if not (domain == "DM" and name in ("SUBJECT-IN-DM", "NOT-AFTER-DEATH"))
    and not (domain in ("MH", "SS") and name == "NOT-AFTER-DEATH")
}
SWITCHED_OFF = {"MH-DATE-COMPLETE", "CM-DATE-COMPLETE"}
CRITICAL = {
    "LINE-COMPLETE": set(DOMAINS), "SUBJECT-VALID": set(DOMAINS), "STATUS-KNOWN": set(DOMAINS),
    "NOT-AFTER-DEATH": {"LB", "TU", "TR", "VS", "RS"},
    "DATE-VALID": {"EX", "LB", "TU", "TR", "RS", "DS", "SS", "PR", "VS", "FA"}, "DATE-COMPLETE": {"LB"},
    "DATE-NOT-AFTER-RECEIPT": {"LB"}, "TREATMENT-KNOWN": {"EX"}, "DOSE-GIVEN": {"EX"}, "DOSE-NUMBER": {"EX"},
    "TEST-KNOWN": {"LB", "TR"}, "TEST-REFUSED": {"LB"}, "UNIT-KNOWN": {"LB", "TR"}, "UNIT-REFUSED": {"LB"},
    "VALUE-NUMBER": {"LB", "TR", "VS"}, "VALUE-HARD": {"LB"}, "TEST-GIVEN": {"RS", "SS", "FA", "VS"},
    "OBJECT-GIVEN": {"FA"}, "TERM-GIVEN": {"AE", "MH"}, "EVENT-GIVEN": {"DS"}, "ANSWER-KNOWN": {"SS"},
    "TREATMENT-GIVEN": {"CM"}, "PROCEDURE-GIVEN": {"PR"},
}  # fmt: skip
RULES = {rule.id: (domain, rule) for domain, suite in suites().by_domain.items() for rule in suite.rules}


@cache
def judged(domain: str) -> dict[tuple[str, int], tuple[int, set[int], Any]]:
    """Every case of every rule of a domain, judged in one go: (rule, case) -> last line, lines found, findings."""
    rows: list[Row] = []
    last: dict[tuple[str, int], int] = {}
    for rule_id in (name for name in CASES if name in RULES and RULES[name][0] == domain):
        for number, case in enumerate(CASES[rule_id]):
            delivery = len(last) + 1  # a file of its own
            for line, cells in enumerate(case.lines, start=2):
                rows.append(row(domain, DELIVERY=delivery, SRCLINE=line, **cells))
            last[rule_id, number] = len(rows) - 1
    found = judge({domain: frame(rows)})
    assert found.batch.empty, found.batch["REASON"].tolist()
    return {
        key: (
            at,
            set(found.rows.loc[found.rows["RULE"] == key[0], "POS"]),
            found.rows[found.rows["POS"] == at],
        )
        for key, at in last.items()
    }


def test_every_domain_has_a_suite_and_every_rule_a_case_that_breaks_it_and_one_that_passes():
    assert set(suites().by_domain) == set(DOMAINS)
    assert set(RULES) - SWITCHED_OFF == set(CASES)
    for rule_id, cases in CASES.items():
        assert {case.breaks for case in cases} == {True, False}, rule_id


@pytest.mark.parametrize("rule_id", sorted(CASES))
def test_a_rule_finds_the_rows_that_break_it_and_no_other(rule_id):
    domain, rule = RULES[rule_id]
    for number, case in enumerate(CASES[rule_id]):
        at, broken, findings = judged(domain)[rule_id, number]
        assert (at in broken) == case.breaks, case.lines
        mine = findings[findings["RULE"] == rule_id]
        if case.breaks:
            assert mine["SEVERITY"].tolist() == [rule.severity]
            assert mine["REASON"].iloc[0].startswith(rule.reason)
            assert mine["QUESTION"].iloc[0].startswith(f"{DOMAINS[domain].label}, line ")
            note = case.lines[-1].get("NOTE")
            assert note is None or mine["REASON"].iloc[0] == f"{rule.reason} Why it is so."


@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_a_good_row_breaks_no_rule_at_all(domain):
    found = judge({domain: frame([row(domain)])})
    assert found.rows.empty and found.batch.empty and dict(found.judged) == {domain: 1}


def test_what_keeps_a_row_out_was_agreed_rule_by_rule():
    """A row in quarantine is a result the protocol does not see: no rule becomes critical unnoticed."""
    agreed = {f"{domain}-{name}" for name, domains in CRITICAL.items() for domain in domains}
    assert {rule_id for rule_id, (_, rule) in RULES.items() if rule.severity == "critical"} == agreed


def test_only_what_was_agreed_is_switched_off():
    assert {rule_id for rule_id, (_, rule) in RULES.items() if rule.severity == "off"} == SWITCHED_OFF


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_reason_can_be_read_by_a_study_nurse(rule_id):
    reason = RULES[rule_id][1].reason
    assert reason[0].isupper() and reason[-1] in ".?" and 20 <= len(reason) <= 260
    assert not any(word in reason for word in ("_", "null", "NaN", "regex", "USUBJID", "DTC", "ORRES"))
    assert "Please" in reason or "?" in reason or "Nothing to do" in reason, "it says what to do"
