"""What in a patient's safety data is a reason to tell somebody: one row a signal, made from the derived frames.

A signal says as little as makes it what it is (FACTS): what is not in FACTS may change without telling anybody again.
An adverse event is told though its dates contradict each other (they are asked back too); other rows whose data
contradict themselves (DATAERR) give no signal.
Source: clinical specification, sections 3.7, 4.2, 4.3, 5.2, 6.1 and 7.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from milepost.core.corrected_calcium import CORRECTED
from milepost.core.escalation.signals import SIGNAL_KEYS
from milepost.core.verdict_versions import plain
from milepost.protocol import Site, StudyProtocol

LIFE_THREATENING = 4  # CTCAE; told as serious where the site has not said whether it is
SIGNAL_COLUMNS = [*SIGNAL_KEYS, "FACTS", "DETAIL"]
Row = Mapping[str, Any]


def to_signals(
    *,
    adverse_events: pd.DataFrame,
    labs: pd.DataFrame,
    liver_cases: pd.DataFrame,
    timepoints: pd.DataFrame,
    protocol: StudyProtocol,
) -> pd.DataFrame:
    """Every safety signal of these patients.

    SERIOUS_EVENT, FATAL_EVENT: one an event of ADAE (a fatal one is not also a serious one; one of grade 4 whose
    seriousness nobody has told is told as serious). SPECIAL_INTEREST: one an event not before treatment and group that
    names an alert_grade, from that grade. LAB_TOXICITY: one a line, test and direction, with the
    worst grade on treatment that no symptom is needed for (GRMINL, GRMINH), from safety.lab_alert_grade. HYS_LAW: one a
    line. PROGRESSION, NEW_LESION: one a line, by the primary criteria and reader, on the first day they hold.
    """
    parts = (
        _of_events(adverse_events, protocol),
        _of_labs(labs, protocol.safety.lab_alert_grade),
        _of_liver(liver_cases),
        _of_scans(timepoints, protocol),
    )
    return _frame(signal for part in parts for signal in part)


def silent_sites(
    sites: tuple[Site, ...], last_heard: Mapping[str, dt.date], *, protocol: StudyProtocol, as_of: dt.date
) -> pd.DataFrame:
    """SITE_SILENT for each site that sent nothing for longer than it should.

    last_heard: site -> day of its last delivery. The limit is the site's expects_every_days, else the study's
    site_silent_days. A site that never sent anything is silent since the study's first delivery.
    """
    first = min(last_heard.values(), default=None)
    found = []
    for site in sites:
        since = last_heard.get(site.id, first)
        limit = site.expects_every_days or protocol.safety.site_silent_days
        if since is not None and (as_of - since).days > limit:
            facts = {"since": since.isoformat(), "ever": site.id in last_heard}
            found.append(_signal("SITE_SILENT", site.id, "", 0, "", facts, {"limit_days": limit}))
    return _frame(found)


def _of_events(events: pd.DataFrame, protocol: StudyProtocol) -> Iterator[dict[str, Any]]:
    limits = {group.id: group.alert_grade for group in protocol.safety.interest}
    for row in _records(events):
        grade = None if pd.isna(row["ATOXGRN"]) else int(row["ATOXGRN"])
        facts = {"grade": grade, "onset": plain(row["ASTDT"])}
        detail = {
            "term": row["AEDECOD"] or row["AETERM"],
            "treatment_emergent": row["TRTEMFL"],
            "related": row["AREL"],
        }
        about = str(row["RECKEY"])
        where = (str(row["SITEID"]), str(row["USUBJID"]), _line(row))
        if row["AFATAL"] == "Y":
            yield _signal("FATAL_EVENT", *where, about, facts, detail)
        elif row["AESERFL"] == "Y" or (row["AESER"] is None and (grade or 0) >= LIFE_THREATENING):
            yield _signal("SERIOUS_EVENT", *where, about, facts, detail)
        for group in row["AESI"] if row["TRTEMFL"] != "N" else ():
            limit = limits.get(group)
            # without its grade an event is of grade 1 at least
            if limit is not None and (grade or 1) >= limit:
                yield _signal(
                    "SPECIAL_INTEREST", *where, f"{group}|{about}", facts, {**detail, "group": group}
                )


def _of_labs(labs: pd.DataFrame, limit: int) -> Iterator[dict[str, Any]]:
    """The worst grade of each test and direction, on the first day it was reached."""
    for direction, grade, term in (("high", "GRMINH", "ATOXDSCH"), ("low", "GRMINL", "ATOXDSCL")):
        if labs.empty:
            return
        graded = pd.to_numeric(labs[grade], errors="coerce")
        # a corrected calcium has the grade of the calcium it is made from, which is told
        told = labs["ONTRTFL"].eq("Y") & labs["DATAERR"].isna() & labs["PARAMCD"].ne(CORRECTED)
        grave = labs[graded.ge(limit) & told]
        grave = grave.assign(GRADE=graded[grave.index]).sort_values(
            ["USUBJID", "LINE", "PARAMCD", "GRADE", "ADT", "RECKEY"],
            ascending=[True, True, True, False, True, True],
        )
        for row in _records(grave.drop_duplicates(["USUBJID", "LINE", "PARAMCD"])):
            facts = {"grade": int(row["GRADE"]), "collected": plain(row["ADT"])}
            detail = {"test": row["PARAMCD"], "term": row[term], "direction": direction, "result": row["LBORRES"],
                      "unit": row["LBORRESU"]}  # fmt: skip
            yield _signal("LAB_TOXICITY", row["SITEID"], row["USUBJID"], _line(row), f"{row['PARAMCD']} {direction}",
                          facts, detail)  # fmt: skip


def _of_liver(cases: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in _sound(cases):
        said = {name.lower(): plain(value) for name, value in row.items() if name not in _NOT_SAID}
        dated = {name: value for name, value in said.items() if name.endswith("dt") or name == "rule"}
        yield _signal("HYS_LAW", row["SITEID"], row["USUBJID"], _line(row), "", dated, said)


_NOT_SAID = ("USUBJID", "SITEID", "LINE", "ARMCD", "SRC", "DATAERR")


def _of_scans(timepoints: pd.DataFrame, protocol: StudyProtocol) -> Iterator[dict[str, Any]]:
    rules = protocol.response
    if timepoints.empty:
        return
    own = ~timepoints["AFTERNEXT"].astype(bool) if "AFTERNEXT" in timepoints else True
    primary = timepoints[
        own & timepoints["CRITERIA"].eq(rules.criteria[0]) & timepoints["READER"].eq(rules.readers[0])
        & timepoints["DATAERR"].isna()
    ].sort_values(["USUBJID", "LINE", "ADT"])  # fmt: skip
    about = f"{rules.criteria[0]}|{rules.readers[0]}"
    progressed = primary[primary["OVRLRESP"].eq("PD")].drop_duplicates(["USUBJID", "LINE"])
    for row in _records(progressed):
        detail = {"target": row["TRGRESP"], "non_target": row["NTRGRESP"], "new_lesion": row["NEWLES"]}
        facts = {"date": plain(row["PDDT"]), "seen": plain(row["ADT"])}
        yield _signal("PROGRESSION", row["SITEID"], row["USUBJID"], _line(row), about, facts, detail)
    new = primary[primary["NEWLES"].eq("Y")].drop_duplicates(["USUBJID", "LINE"])
    for row in _records(new):
        facts = {"seen": plain(row["ADT"])}
        yield _signal("NEW_LESION", row["SITEID"], row["USUBJID"], _line(row), about, facts, {})


def _sound(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [] if frame.empty else _records(frame[frame["DATAERR"].isna()])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _line(row: Row) -> int:
    return 0 if pd.isna(row["LINE"]) else int(row["LINE"])


def _signal(
    kind: str, site: str, subject: str, line: int, about: str, facts: Row, detail: Row
) -> dict[str, Any]:
    return {"KIND": kind, "SITEID": site, "USUBJID": subject, "LINE": line, "ABOUT": about, "FACTS": plain(dict(facts)),
            "DETAIL": plain(dict(detail))}  # fmt: skip


def _frame(signals: Any) -> pd.DataFrame:
    frame = pd.DataFrame(list(signals), columns=SIGNAL_COLUMNS, dtype=object)
    return frame.drop_duplicates(SIGNAL_KEYS).sort_values(SIGNAL_KEYS, kind="stable", ignore_index=True)
