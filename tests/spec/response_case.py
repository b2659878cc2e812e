"""A patient's lesions and scans in few words, and the records they stand for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from milepost.core.tumour_response import TumourResponse, derive_tumour_response
from tests.spec.records import records
from tests.spec.response_frames import protocol_of

BASE, WEEK6, WEEK12, WEEK18, WEEK24 = "2026-02-20", "2026-04-13", "2026-05-25", "2026-07-06", "2026-08-17"
FIRST_DOSE, CUT_OFF = "2026-03-02", "2026-12-31"
WEEKS = {BASE: "SCREENING", WEEK6: "WEEK 6", WEEK12: "WEEK 12", WEEK18: "WEEK 18", WEEK24: "WEEK 24"}
ROLES = {"T": "TARGET", "NT": "NON-TARGET", "NEW": "NEW"}
_ANSWERS = {"target": "TRGRESP", "non-target": "NTRGRESP", "new": "NEWLPROG", "overall": "OVRLRESP"}


@dataclass(frozen=True)
class Scan:
    """One scan: what each lesion was (`T01` or `T01 VDIAM`: a number in mm, `4.2 cm`, or a word; `SUM`: the sum as
    sent; `TARGETS`: a word for all of them), and what the site itself judged (target, non-target, new, overall)."""

    day: str
    found: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    visit: str | None = ""
    reader: str = "INVESTIGATOR"
    more: Mapping[str, str] = field(default_factory=dict)  # further columns, without the domain's two letters
    listed: Mapping[str, str] = field(
        default_factory=dict
    )  # lesion -> role, in the list of lesions of that day
    grouped: Mapping[str, str] = field(
        default_factory=dict
    )  # lesion -> role, where its measurement says another
    criteria: str = "RECIST 1.1"

    @property
    def named(self) -> str | None:
        return (WEEKS.get(self.day) or None) if self.visit == "" else self.visit


@dataclass(frozen=True)
class Then:
    """The response of one scan; only what is given is compared."""

    day: str
    overall: str
    target: str | None = None
    non_target: str | None = None
    new: str | None = None
    pd_from: str | None = None
    source: str | None = None
    reader: str = "INVESTIGATOR"
    criteria: str = "RECIST 1.1"
    line: int = 1
    error: str | None = None
    sum_mm: str | None = None
    nadir_mm: str | None = None
    after_next: bool = (
        False  # scanned after the next line began: only for analyses regardless of other therapy
    )


@dataclass(frozen=True)
class Case:
    """A sentence, the lesions with their places, the scans, and the response of every scan after first dose.

    lesions: name -> place; the name's letters say whether it is target (T), non-target (NT) or new (NEW). problems:
    every rule the site is asked about. baseline: columns of the one baseline. differs: (WHAT, DERIVED, REPORTED).
    """

    title: str
    lesions: Mapping[str, str]
    scans: tuple[Scan, ...]
    then: tuple[Then, ...]
    problems: tuple[str, ...] = ()
    differs: tuple[tuple[str, str, str], ...] = ()
    baseline: Mapping[str, Any] = field(default_factory=dict)
    rule: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = (FIRST_DOSE,)
    marker: tuple[tuple[str, bool], ...] = ()
    undated: bool = False  # identified without a date
    unlisted: bool = False  # no TU rows at all; TR says the role


def role_of(name: str) -> str:
    return ROLES[
        "".join(letter for letter in name.split("/")[0].split(".")[0] if letter.isalpha()).rstrip("AB")
    ]


def records_of(case: Case) -> dict[str, pd.DataFrame]:
    """The record frames TU, TR and RS of a case."""
    rows: dict[str, list[dict[str, Any]]] = {"TU": [], "TR": [], "RS": []}
    listed: set[tuple[str, ...]] = set()
    for scan in case.scans:
        for domain, row in _rows(case, scan, listed):
            rows[domain].append(row)
    return {domain: records(domain, *found) for domain, found in rows.items()}


def _rows(case: Case, scan: Scan, listed: set[tuple[str, ...]]) -> Iterator[tuple[str, dict[str, Any]]]:
    def row(domain: str, **columns: Any) -> tuple[str, dict[str, Any]]:
        own = {f"{domain}{name}": value for name, value in scan.more.items()}
        head = {f"{domain}DTC": scan.day, "VISIT": scan.named, f"{domain}EVAL": scan.reader}
        return domain, head | own | columns

    which = (scan.reader, scan.more.get("EVALID", ""))
    for name, role in scan.listed.items():
        listed.add((*which, name))
        yield row("TU", TULNKID=name, TUORRES=role, TULOC=case.lesions.get(name))
    for key, text in scan.found.items():
        name, _, test = key.partition(" ")
        if name == "SUM":
            yield row("TR", TRTESTCD="SUMVDIAM" if test else "SUMDIAM", TRORRES=text, TRORRESU="mm")
        elif key == "TARGETS":
            yield row("TR", TRGRPID="TARGET", TRTESTCD="TUMSTATE", TRORRES=text)
        else:
            role = role_of(name)
            if (*which, name) not in listed and name in case.lesions and not case.unlisted:
                listed.add((*which, name))
                dated = {"TUDTC": None, "ADT": None, "VISIT": None} if case.undated else {}
                yield row("TU", TULNKID=name, TUORRES=role, TULOC=case.lesions[name] or None, **dated)
            yield row(
                "TR", TRLNKID=name, TRGRPID=scan.grouped.get(name, role), **_finding(case, name, test, text)
            )
    for name, text in scan.said.items():
        yield row("RS", RSTESTCD=_ANSWERS[name], RSORRES=text, RSCAT=scan.criteria)


def _finding(case: Case, name: str, test: str, text: str) -> dict[str, str | None]:
    number, _, unit = text.partition(" ")
    if number.replace(".", "").isdigit():
        axis = "SAXIS" if "NODE" in case.lesions.get(name, "") else "LDIAM"
        return {"TRTESTCD": test or axis, "TRORRES": number, "TRORRESU": unit or "mm"}
    return {"TRTESTCD": test or ("LDIAM" if text == "TOO SMALL TO MEASURE" else "TUMSTATE"), "TRORRES": text}


def lines_of(case: Case, subject: str = "P1") -> pd.DataFrame:
    """The lines of therapy: first, second … by their first doses."""
    rows = [
        {"USUBJID": subject, "LINE": number, "SITEID": "S01", "ARMCD": "ANL", "FIRSTDOSE": pd.Timestamp(day)}
        for number, day in enumerate(case.lines, start=1)
    ]
    return pd.DataFrame(rows)


def judge(case: Case, as_of: str = CUT_OFF) -> TumourResponse:
    """What the derivation makes of a case."""
    return judge_all([case], as_of)[0]


def judge_all(cases: Sequence[Case], as_of: str = CUT_OFF) -> list[TumourResponse]:
    """What the derivation makes of each case. Patients of one rule are judged together, as in a study."""
    answers: dict[int, TumourResponse] = {}
    for rule in {str(sorted(case.rule.items())): dict(case.rule) for case in cases}.values():
        some = {f"P{at}": case for at, case in enumerate(cases) if dict(case.rule) == rule}
        frames = {name: records_of(case) for name, case in some.items()}
        tu, tr, rs = (
            pd.concat(
                [frame[domain].assign(USUBJID=name) for name, frame in frames.items()], ignore_index=True
            )
            for domain in ("TU", "TR", "RS")
        )
        markers = pd.DataFrame(
            [(name, pd.Timestamp(day), high) for name, case in some.items() for day, high in case.marker],
            columns=["USUBJID", "ADT", "HIGH"],
        )
        found = derive_tumour_response(
            tu, tr, rs, pd.concat([lines_of(case, name) for name, case in some.items()], ignore_index=True),
            protocol=protocol_of(response=rule), as_of=dt.date.fromisoformat(as_of),
            markers=markers if len(markers) else None,
        )  # fmt: skip
        for name in some:
            own = [frame[frame["USUBJID"].eq(name)].reset_index(drop=True) for frame in found]
            answers[int(name[1:])] = TumourResponse(*own)
    return [answers[at] for at in range(len(cases))]
