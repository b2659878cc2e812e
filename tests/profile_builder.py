"""Made-up patients' profiles: records typed by hand in study days, derived by the real rules, without a database.

A derivation costs the same for one patient as for twenty: the tests share one cast, derived once for each cut-off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pandas as pd

from milepost.protocol import Study, study_from_mappings
from milepost.reports.profile.build import Profile, build_profile
from milepost.reports.profile.course import Course
from milepost.reports.profile.inputs import ProfileInputs
from milepost.schema import DOMAINS, SERVICE
from milepost.workflows.deriving import Derivations
from milepost.workflows.judging import judge
from milepost.workflows.profiles import profile_frames
from tests.report_builder import RENDERER, protocol
from tests.spec.records import records

DAY_1 = dt.date(2026, 3, 2)
TODAY = 106
KNOWN_AT = dt.datetime(2026, 12, 31, 18, tzinfo=dt.UTC)
LIMITS = {"ALT": "50", "AST": "40", "BILI": "21", "ALP": "125"}
LABELS = {"ALT": "ALT", "AST": "AST", "BILI": "Bilirubin", "ALP": "ALP"}


def day(number: int) -> str:
    """The calendar day of a study day; first dose is day 1, there is no day 0."""
    return (DAY_1 + dt.timedelta(days=number - 1 if number > 0 else number)).isoformat()


def study(**changed: Any) -> Study:
    """Two drugs, one continuous and one two weeks on and one off, scans every six weeks, four liver tests."""
    drugs = [
        {"code": "ANLOTINIB", "label": "Anlotinib 12 mg", "names": ["Anlotinib"], "days_on": 14, "cycle_days": 21,
         "frequency": "QD"},
        {"code": "SORAFENIB", "label": "Sorafenib 400 mg", "names": ["Sorafenib"], "frequency": "BID"},
    ]  # fmt: skip
    units = {"ALT": "U/L", "AST": "U/L", "BILI": "umol/L", "ALP": "U/L"}
    marker = {"code": "AFP", "label": "Alpha-fetoprotein", "unit": "ng/mL", "factors": {"IU/mL": "1.21"}}
    tests = [marker, *({"code": c, "label": LABELS[c], "unit": units[c]} for c in units)]
    mapping = protocol(
        treatments=drugs, tests=tests, scans={"interval_days": 42, "window_days": 7},
        lines=[{"number": 1, "label": "First line"}, {"number": 2, "label": "Second line"}], **changed,
    )  # fmt: skip
    layout = {"id": "lab", "match": ["lab_*.csv"], "emits": [{"domain": "LB", "columns": {"USUBJID": "id"}}]}
    return study_from_mappings(mapping, {"sites": [{"id": "S01", "name": "Hospital 1", "layouts": [layout]}]})


@dataclass
class Records:
    """What a site sent of one patient: rows of each domain. Each method adds some and gives the same object back."""

    subject: str = "S01-001"
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)

    def add(self, domain: str, **row: Any) -> Records:
        """One row of a domain, as its columns."""
        found = self.rows.setdefault(domain, [])
        key = row.pop("RECKEY", f"R:{domain}-{len(found) + 1}")
        line = {"DELIVERY": 1 + len(found) // 4, "SRCLINE": 2 + len(found)}
        found.append({"USUBJID": self.subject, "RECKEY": key, **line, **row})
        return self

    def consent(self, arm: str = "ANL", on: int = -10, **more: Any) -> Records:
        """Demographics."""
        given = {"RFICDTC": day(on), "ARMCD": arm, "ACTARMCD": arm, "AGE": "61", "SEX": "M", "DMLINE": "1"}
        return self.add("DM", **given | more)

    def dose(self, first: int, last: int | None, mg: str = "12", *,
             drug: str = "Anlotinib", often: str = "QD", line: int = 1, why: str | None = None) -> Records:  # fmt: skip
        """One record of EX."""
        end = None if last is None else day(last)
        return self.add("EX", EXTRT=drug, EXDOSE=mg, EXDOSU="mg", EXDOSFRQ=often, EXSTDTC=day(first),
                        EXENDTC=end, EXADJ=why, EXLINE=str(line))  # fmt: skip

    def cycles(self, *firsts: int, mg: str = "12", line: int = 1) -> Records:
        """Two weeks of the drug that has a week off, from each of these days."""
        for first in firsts:
            self.dose(first, first + 13, mg, line=line)
        return self

    def lab(self, test: str, on: int, result: str, unit: str = "") -> Records:
        """One result with its own limits."""
        known = {"AFP": "ng/mL", "BILI": "umol/L"}.get(test, "U/L")
        return self.add("LB", LBTESTCD=test, LBORRES=result, LBORRESU=unit or known, LBSPEC="SERUM", LBDTC=day(on),
            LBORNRLO="0", LBORNRHI=LIMITS.get(test, "7"), LBNAM="Laboratory 1", LBMETHOD="Platform A",
            KNOWN_FROM=pd.Timestamp(day(on), tz="UTC") + pd.Timedelta(days=2),
        )  # fmt: skip

    def scan(self, on: int, mm: str, viable: str | None = None, *, new: bool = False) -> Records:  # fmt: skip
        """One target lesion of the liver, its whole and its enhancing diameter; a new lesion where so said."""
        if "TU" not in self.rows:
            self.add("TU", TULNKID="T01", TUTESTCD="TUMIDENT", TUORRES="TARGET", TULOC="LIVER",
                     TUDTC=day(on))  # fmt: skip
        for test, size in (("LDIAM", mm), ("VDIAM", viable)):
            if size is not None:
                self.add("TR", TRLNKID="T01", TRGRPID="TARGET", TRTESTCD=test, TRORRES=size, TRORRESU="mm",
                         TRDTC=day(on), VISIT=f"DAY {on}")  # fmt: skip
        if new:
            self.add("TU", TULNKID="N01", TUTESTCD="TUMIDENT", TUORRES="NEW", TULOC="LUNG", TUDTC=day(on),
                     VISIT=f"DAY {on}")  # fmt: skip
        return self

    def event(self, term: str, first: int, last: int | None, grade: str | None = "2", *, serious: str = "N",
              out: str = "RECOVERED/RESOLVED") -> Records:  # fmt: skip
        """One adverse event; without a last day it goes on."""
        return self.add("AE", AETERM=term, AEDECOD=term, AETOXGR=grade, AESER=serious, AEREL="Y", AESTDTC=day(first),
            AEENDTC=None if last is None else day(last),
            AEOUT=out if last is not None else "NOT RECOVERED/NOT RESOLVED",
        )  # fmt: skip

    def milestone(self, what: str, on: int, *, why: str | None = None) -> Records:
        """One row of DS."""
        return self.add("DS", DSCAT="DISPOSITION EVENT", DSDECOD=what, DSTERM=why, DSSTDTC=day(on))

    def alert(self, kind: str, on: int, role: str = "medical_monitor", *,
              status: str = "OPEN", sent: bool = True, by: int | None = None, about: str | None = None,
              **detail: Any) -> Records:  # fmt: skip
        """One alert owed on a study day."""
        key = f"HCC-AFP-01|{self.subject}|1|{about or 'AFP-W4'}|{kind}|{role}|{on}"
        self.alerts.append({
            "KEY": key, "KIND": kind, "ROLE": role, "EPISODE": 1, "SITEID": "S01", "USUBJID": self.subject, "LINE": 1,
            "CHECKPOINT": None if about else "AFP-W4", "ABOUT": about, "SEVERITY": "ACTION", "STATUS": status,
            "SENT": sent, "OWED_ON": pd.Timestamp(day(on)), "DETAIL": detail,
            "ACT_BY": pd.Timestamp(day(by if by is not None else on + 3)),
        })  # fmt: skip
        return self

    def query(self, question: str, asked: int, due: int) -> Records:
        """One open question about a patient."""
        self.queries.append({
            "ID": len(self.queries) + 1, "USUBJID": self.subject, "QUESTION": question, "DELIVERY": 3, "SRCLINE": 9,
            "OPENED_AT": pd.Timestamp(day(asked), tz="UTC"), "DUE_ON": pd.Timestamp(day(due)),
        })  # fmt: skip
        return self


class Memory:
    """A store that knows what it is given; nothing in it was refused."""

    def __init__(self, rows: Mapping[str, Sequence[dict[str, Any]]]) -> None:
        self.rows = rows

    def known(self, domain: str, *, known_at: dt.datetime, patients: Sequence[str] | None = None,
              test: str | None = None) -> pd.DataFrame:  # fmt: skip
        found = [r for r in self.rows.get(domain, ()) if patients is None or r["USUBJID"] in patients]
        return records(domain, *(r for r in found if test is None or r["LBTESTCD"] == test))

    def quarantined(self, **asked: Any) -> pd.DataFrame:
        return pd.DataFrame(columns=[column.name.upper() for column in SERVICE["quarantine"].columns])


def inputs(
    told: Records,
    today: int,
    *,
    others: Sequence[Records] = (),
    reader: str = "medical_monitor",
    **changed: Any,
) -> ProfileInputs:
    """The inputs of this patient's profile on a study day; rows of the others are among them."""
    chosen, as_of = study(**changed), dt.date.fromisoformat(day(today))
    everybody = (told, *others)
    store: Any = Memory({code: [r for one in everybody for r in one.rows.get(code, ())] for code in DOMAINS})
    derived = Derivations(chosen, store, as_of=as_of, known_at=KNOWN_AT)
    verdicts = judge(chosen, store, as_of=as_of, known_at=KNOWN_AT).verdicts
    alerts = pd.DataFrame([row for one in everybody for row in one.alerts], columns=_ALERT)
    queries = pd.DataFrame([row for one in everybody for row in one.queries], columns=_QUERY)
    return ProfileInputs(
        study=chosen, id="0123456789ab", subject=told.subject, as_of=as_of,
        known_at=dt.datetime.combine(as_of, dt.time(12), dt.UTC), config_hash=chosen.hash(), code_version="0.1.0",
        reader=reader, **profile_frames(derived, verdicts, alerts, queries),
    )  # fmt: skip


@cache
def _whole_cast(today: int) -> ProfileInputs:
    first, *others = CAST.values()
    return inputs(first, today, others=others)


def inputs_of(name: str, today: int = TODAY) -> ProfileInputs:
    """The inputs of one of the cast; the rows of all the others are among them."""
    return replace(_whole_cast(today), subject=CAST[name].subject)


@cache
def profile_of(name: str, today: int = TODAY) -> Profile:
    """The profile of one of the cast."""
    return build_profile(inputs_of(name, today))


def course_of(name: str, today: int = TODAY) -> Course:
    """What is drawn of one of the cast."""
    found = profile_of(name, today).course
    assert found is not None
    return found


def page_of(name: str, today: int = TODAY) -> str:
    """The same as HTML."""
    return RENDERER.patient_profile(profile_of(name, today))


_ALERT = ["KEY", "KIND", "ROLE", "EPISODE", "SITEID", "USUBJID", "LINE", "CHECKPOINT", "ABOUT", "SEVERITY", "STATUS",
          "SENT", "OWED_ON", "DETAIL", "ACT_BY"]  # fmt: skip
_QUERY = ["ID", "USUBJID", "QUESTION", "DELIVERY", "SRCLINE", "OPENED_AT", "DUE_ON"]


def profile(told: Records, today: int, **more: Any) -> Profile:
    """The profile of S01-001 on a study day."""
    return build_profile(inputs(told, today, **more))


def page(told: Records, today: int, **more: Any) -> str:
    """The same as HTML."""
    return RENDERER.patient_profile(profile(told, today, **more))


def busy() -> Records:
    """A patient of whom there is something in every panel and every list."""
    told = (
        Records().consent().cycles(1, 22).dose(50, 56, "10", why="HAND-FOOT SYNDROME").cycles(64, 85, mg="10")
    )
    for on, result in ((-4, "500"), (15, ">1210"), (29, "380"), (57, "350"), (85, "<2.0"), (99, "420")):
        told.lab("AFP", on, result)
    for on, alt, bili in (
        (-4, "40", "12"),
        (-2, "42", "12"),
        (29, "60", "14"),
        (85, "130", "30"),
        (99, "260", "50"),
    ):
        told.lab("ALT", on, alt).lab("AST", on, "35").lab("BILI", on, bili).lab("ALP", on, "100")
    told.scan(-6, "50", "40").scan(43, "34", "20").scan(85, "42", "25", new=True)
    told.event("Hypertension", 8, 40, "3", serious="Y").event("Fatigue", 30, None, None).event(
        "Rash", 60, 70, "1"
    )
    told.alert("NON_RESPONSE", 31, state="NON_RESPONDER", change_pct="-24.0", status="ACKNOWLEDGED")
    told.alert("NON_RESPONSE", 31, "study_monitor", state="NON_RESPONDER", change_pct="-24.0")
    told.alert("SAMPLE_DUE", 22, "study_monitor", sent=False, status="RESOLVED", state="WINDOW_OPEN")
    told.alert("HYS_LAW", 100, by=101, about="1", enzyme="ALT", enzxuln=5.2, enzdt=day(99), bilixuln=2.4,
               bilidt=day(99), alpxuln=0.8, action="Repeat the liver tests.")  # fmt: skip
    told.query(f"Which is right, {day(8)} or another day?", 90, 97)
    return told


def _crowded(told: Records) -> Records:
    for number in range(20):
        told.event(f"Term {number:02d}", number + 2, number + 3, "1")
    return told.event("Grave", 30, 31, "4")


def _cast() -> dict[str, Records]:
    """Each with what one test is about."""
    names = iter(f"S01-{number:03d}" for number in range(2, 99))

    def one(arm: str = "ANL") -> Records:
        return Records(next(names)).consent(arm)

    capsule = {"EXTRT": "Anlotinib", "EXDOSE": "1", "EXDOSU": "{capsule}", "EXDOSFRQ": "QD", "EXLINE": "1"}
    second = one().cycles(1, 22).lab("AFP", -3, "200").lab("AFP", 29, "100").lab("AFP", 45, "300")
    second.dose(50, 100, "400", drug="Sorafenib", often="BID", line=2).lab("AFP", 78, "310")
    second.scan(-5, "40").scan(43, "60").scan(92, "58").milestone("PROGRESSIVE DISEASE", 44)
    early = (
        one()
        .cycles(1)
        .lab("AFP", -3, "900")
        .event("Variceal haemorrhage", 18, 20, "5", out="FATAL", serious="Y")
    )
    early.rows["DM"][0]["DTHDTC"] = day(20)
    return {
        "busy": busy(),
        "cycles": one().cycles(1, 22),
        "long record": one().dose(1, 42),
        "twice a day": one("SOR").dose(1, None, "400", drug="Sorafenib", often="BID"),
        "capsules": one().add("EX", **capsule, EXSTDTC=day(1), EXENDTC=day(14)),
        "undercut": one().cycles(1).lab("AFP", -3, "100").lab("AFP", 10, "<60").lab("AFP", 20, "80"),
        "exact": one().cycles(1).lab("AFP", -3, "100").lab("AFP", 10, "50").lab("AFP", 20, "80"),
        "other unit": one().cycles(1).lab("AFP", -3, "100", "IU/mL"),
        "unknown unit": one().cycles(1).lab("AFP", -3, "100", "drops"),
        "small sum": one().cycles(1).scan(-6, "20", "20").scan(43, "12", "12"),
        "one scan": one().cycles(1).scan(-6, "50").scan(41, "45"),
        "crowded": _crowded(one().cycles(1)),
        "consent": one(),
        "two lines": second,
        "early death": early,
        "stopped": one().cycles(1).milestone("PROGRESSIVE DISEASE", 20).add(
            "PR", PRTRT="TACE", PRCAT="LOCOREGIONAL", PRSTDTC=day(25)),
    }  # fmt: skip


CAST = _cast()
