"""A made-up study as a report would see it: seeded, of any size, judged by the real rule.

Nobody in it exists. `report_inputs(158)` is a morning some months into the study; `report_inputs(0)` the first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from milepost.core.checkpoint import assess
from milepost.core.escalation import decide_owed
from milepost.protocol import Study, study_from_mappings
from milepost.reports.inputs import ReportInputs
from milepost.reports.open_report import build_open_report, to_json
from milepost.reports.render import Renderer
from milepost.schema import DOMAINS, RECORD

AS_OF = dt.date(2026, 11, 21)
KNOWN_AT = dt.datetime(2026, 11, 21, 21, 40, tzinfo=dt.UTC)
START = dt.date(2025, 9, 10)
RENDERER = Renderer(Path(__file__).parents[1] / "reports_templates")
SITES = tuple(f"S{n:02d}" for n in range(1, 13))


def protocol(**changed: Any) -> dict[str, Any]:
    """The mapping of protocol.toml; `checkpoint` changes keys of the one checkpoint, the rest keys of the top."""
    checkpoint = {
        "id": "AFP-W4", "label": "AFP at four weeks", "test": "AFP", "threshold_pct": 25, "target_day": 29,
        "window": [22, 36], "min_baseline": 20, "bands": [20, 400], "high_baseline": 400,
        "borderline_band_pct": [20, 30],
        "sensitivities": [{"id": "MIN0", "label": "Any baseline", "min_baseline": 0}],
        **changed.pop("checkpoint", {}),
    }  # fmt: skip
    kinds = {
        "NON_RESPONSE": ("medical_monitor", "study_monitor"), "OVERDUE": ("site_coordinator", "study_monitor"),
        "MISSED": ("site_coordinator",), "NO_BASELINE": ("site_coordinator", "data_manager"),
        "SAMPLE_UNUSABLE": ("site_coordinator", "data_manager"),
    }  # fmt: skip
    return {
        "id": "HCC-AFP-01", "title": "Anlotinib against sorafenib in advanced hepatocellular carcinoma",
        "time_zone": "Asia/Shanghai", "made_up": True,
        "enrolment": {"planned": 240, "start": START, "months": 18},
        "arms": [{"code": "ANL", "label": "Anlotinib", "treatments": ["ANLOTINIB"]},
                 {"code": "SOR", "label": "Sorafenib", "treatments": ["SORAFENIB"]}],
        "treatments": [{"code": "ANLOTINIB", "label": "Anlotinib 12 mg", "names": ["Anlotinib", "安罗替尼"]},
                       {"code": "SORAFENIB", "label": "Sorafenib 400 mg", "names": ["Sorafenib", "索拉非尼"]}],
        "strata": [{"id": "HBV", "label": "Hepatitis B", "column": "DMHBV"}],
        "tests": [{"code": "AFP", "label": "Alpha-fetoprotein", "unit": "ng/mL",
                   "factors": {"ug/L": "1", "IU/mL": "1.21"}}],
        "checkpoints": [checkpoint],
        "roles": [{"id": "medical_monitor", "label": "Medical monitor", "sees_arm": True},
                  {"id": "study_monitor", "label": "Study monitor"}, {"id": "data_manager", "label": "Data manager"},
                  {"id": "site_coordinator", "label": "Site coordinator"}],
        "alerts": {
            "caution": "AFP non-response is not RECIST progression; 35-50 % of AFP non-responders in published "
                       "cohorts had disease control; treatment decisions per protocol.",
            "kinds": [{"kind": kind, "roles": list(roles), "action": "Look."} for kind, roles in kinds.items()],
        },
        **changed,
    }  # fmt: skip


def study(**changed: Any) -> Study:
    """The study of these mappings: twelve sites, one of them silent since Monday, one expected nightly."""
    layout = {"id": "lab", "match": ["lab_*.csv"], "emits": [{"domain": "LB", "columns": {"USUBJID": "id"}}]}
    sites = [
        {"id": site, "name": f"Hospital {n}", "layouts": [layout], "planned": 40 - 3 * n,
         "expects_every_days": 1 if n in (1, 6, 11) else 3}
        for n, site in enumerate(SITES, start=1)
    ]  # fmt: skip
    return study_from_mappings(protocol(**changed), {"sites": sites})


def report_inputs(
    patients: int = 158,
    *,
    seed: int = 7,
    as_of: dt.date = AS_OF,
    known_at: dt.datetime = KNOWN_AT,
    predecessor: dict[str, Any] | None = None,
    **changed: Any,
) -> ReportInputs:
    """Inputs of a report over so many patients, as of a day; `changed` goes to the protocol."""
    chosen = study(**changed)
    rule = chosen.protocol.checkpoints[0]
    rng = random.Random(seed)
    people = [_patient(rng, n, patients, rises=rule.direction == "rise") for n in range(patients)]
    lines = _lines(people)
    labs = _labs(people, lines, as_of)
    enrolled = lines["USUBJID"].isin([p["id"] for p in people if p["consent"] <= as_of])
    verdicts = assess(
        lines[enrolled].reset_index(drop=True), labs.assign(USABLE=True, UNUSABLE=None), _no_therapies(), rule=rule,
        test=chosen.protocol.test(rule.test), site_factors={}, as_of=as_of,
    )  # fmt: skip
    deliveries, row_counts = _deliveries(as_of, nights=60 if patients else -1)
    return ReportInputs(
        study=chosen, as_of=as_of, known_at=known_at, config_hash=chosen.hash(), code_version="0.1.0",
        verdicts=verdicts, lines=lines[enrolled].reset_index(drop=True), labs=labs,
        subjects=_subjects(people), deliveries=deliveries, row_counts=row_counts,
        queries=_queries(as_of, 57 if patients else 0), quarantine=_quarantine(as_of, 40 if patients else 0),
        alerts=_alerts(verdicts, chosen, as_of, known_at), predecessor=predecessor,
        audit_head=_sha("audit"), snapshot_hash=_sha(f"{patients} {seed} {as_of}"),
    )  # fmt: skip


def hand_made(
    people: Mapping[str, tuple[int, Sequence[tuple[int, str]]]],
    *,
    later: int = 0,
    corrected: Mapping[tuple[str, int], str] | None = None,
    predecessor: dict[str, Any] | None = None,
    **changed: Any,
) -> ReportInputs:
    """Inputs typed by hand: subject -> (study day on AS_OF, results as (study day, text)), all of one arm.

    `later` moves the cut-off that many days on; results that lie after it are not known yet. `corrected` gives
    (subject, study day) another text as the second version of the same record.
    """
    as_of = AS_OF + dt.timedelta(days=later)
    empty = report_inputs(0, as_of=as_of, known_at=KNOWN_AT + dt.timedelta(days=later), **changed)
    made = [
        {"id": subject, "site": subject.split("-")[0], "arm": "ANL", "hbv": "Y", "fate": 1.0, "never": False,
         "first": AS_OF - dt.timedelta(days=today - 1), "consent": AS_OF - dt.timedelta(days=today + 2), "death": 0}
        for subject, (today, _) in people.items()
    ]  # fmt: skip
    rows = []
    for person in made:
        for day, text in people[str(person["id"])][1]:
            row = _lab(person, day, 1.0, 0.0) | {"LBORRES": text}
            if (person["id"], day) in (corrected or {}):
                row |= {"LBORRES": (corrected or {})[str(person["id"]), day], "VERSION": 2}
            rows.append(row)
    labs = pd.DataFrame(rows, columns=_LAB_COLUMNS)
    labs["ADT"] = labs["ADT"].astype("datetime64[ns]")
    labs["KNOWN_FROM"] = pd.to_datetime(labs["KNOWN_FROM"], utc=True)
    labs = labs[labs["ADT"] <= pd.Timestamp(as_of)].reset_index(drop=True)
    lines, rule = _lines(made), empty.protocol.checkpoints[0]
    verdicts = assess(lines, labs.assign(USABLE=True, UNUSABLE=None), _no_therapies(), rule=rule,
                      test=empty.protocol.test(rule.test), site_factors={}, as_of=as_of)  # fmt: skip
    return replace(
        empty, verdicts=verdicts, lines=lines, labs=labs, subjects=_subjects(made), predecessor=predecessor,
        alerts=_alerts(verdicts, empty.study, as_of, empty.known_at),
        snapshot_hash=_sha(f"{sorted(people)} {later} {corrected}"),
    )  # fmt: skip


def with_second_lines(inputs: ReportInputs, subjects: Sequence[str]) -> ReportInputs:
    """The same inputs with these patients judged once more, in a second line of therapy."""
    verdicts, lines = (
        pd.concat([frame, frame[frame["USUBJID"].isin(subjects)].assign(LINE=2)], ignore_index=True)
        for frame in (inputs.verdicts, inputs.lines)
    )
    return replace(inputs, verdicts=verdicts, lines=lines)


def report_json(inputs: ReportInputs) -> dict[str, Any]:
    """The report.json of these inputs, read back: what the next report is compared with."""
    read: dict[str, Any] = json.loads(to_json(build_open_report(inputs)))
    return read


def page(inputs: ReportInputs) -> str:
    """The open report of these inputs as HTML."""
    return RENDERER.open_report(build_open_report(inputs))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _patient(rng: random.Random, n: int, patients: int, *, rises: bool) -> dict[str, Any]:
    site = min(int(rng.betavariate(1, 1.8) * len(SITES)), len(SITES) - 1)
    span = (AS_OF - START).days
    consent = START + dt.timedelta(days=int(span * (n + rng.random()) / max(patients, 1)))
    base = 10 ** rng.gauss(2.4, 0.9)
    depth = rng.gauss(0.45 if rng.random() < 0.62 else -0.15, 0.16)
    if rises:
        depth = -depth
    return {
        "id": f"{SITES[site]}-{n + 1:03d}", "site": SITES[site], "arm": "ANL" if n % 3 == 0 else "SOR",
        "consent": consent, "first": consent + dt.timedelta(days=rng.randint(2, 9)), "base": base, "depth": depth,
        "hbv": "Y" if rng.random() < 0.84 else "N", "fate": rng.random(), "sample": rng.random(),
        "day": rng.choice([29] * 9 + [30] * 3 + [28] * 2 + [26, 27, 22, 34, 31]), "noise": rng.random(),
        "never": rng.random() < 0.01, "death": rng.randint(12, 420),
    }  # fmt: skip


def _lines(people: list[dict[str, Any]]) -> pd.DataFrame:
    rows = []
    for p in people:
        first = pd.NaT if p["never"] else pd.Timestamp(p["first"])
        died = p["fate"] < 0.3
        rows.append({
            "USUBJID": p["id"], "LINE": 1, "SITEID": p["site"], "ARMCD": p["arm"], "FIRSTDOSE": first,
            "FIRSTDOSETM": "09:00", "LASTDOSE": first, "ONGOING": True,
            "TREATMENT": "ANLOTINIB" if p["arm"] == "ANL" else "SORAFENIB",
            "DEATH": pd.Timestamp(p["first"]) + pd.Timedelta(days=p["death"]) if died else pd.NaT,
            "WITHDREW": pd.NaT, "LOST": pd.NaT, "DISCONTINUED": pd.NaT, "SCREENFAIL": p["never"], "PROBLEM": None,
        })  # fmt: skip
    columns = ["USUBJID", "LINE", "SITEID", "ARMCD", "FIRSTDOSE", "FIRSTDOSETM", "LASTDOSE", "ONGOING", "TREATMENT",
               "DEATH", "WITHDREW", "LOST", "DISCONTINUED", "SCREENFAIL", "PROBLEM"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    dates = ["FIRSTDOSE", "LASTDOSE", "DEATH", "WITHDREW", "LOST", "DISCONTINUED"]
    return frame.astype({name: "datetime64[ns]" for name in dates}).sort_values("USUBJID", ignore_index=True)


def _labs(people: list[dict[str, Any]], lines: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    dead = dict(zip(lines["USUBJID"], lines["DEATH"], strict=True))
    rows = []
    for p in people:
        if p["sample"] > 0.02:  # the others have no baseline at all
            rows.append(_lab(p, -3, p["base"], p["noise"]))
        week4 = p["base"] * (1 - p["depth"])
        outside = {True: 19, False: 44}
        late = 37 <= (AS_OF - p["first"]).days + 1 <= 43
        day = (
            None
            if p["sample"] > 0.94 or late
            else outside[p["noise"] < 0.4]
            if p["sample"] > 0.88
            else p["day"]
        )
        if day is not None:
            rows.append(_lab(p, day, week4, p["noise"]))
        for visit in (64, 85, 113, 141, 169):
            later = week4 * (
                1 + (visit - 29) / 400 * (1 if p["depth"] < 0.25 else 0.6) * (2 * p["noise"] - 0.6)
            )
            rows.append(_lab(p, visit + int(4 * p["noise"]), max(later, 1.5), p["noise"]))
    frame = pd.DataFrame(rows, columns=_LAB_COLUMNS)
    frame["ADT"] = frame["ADT"].astype("datetime64[ns]")
    frame["KNOWN_FROM"] = pd.to_datetime(frame["KNOWN_FROM"], utc=True)
    alive = frame["ADT"] < pd.to_datetime(frame["USUBJID"].map(dead)).fillna(pd.Timestamp("2100-01-01"))
    return frame[alive & (frame["ADT"] <= pd.Timestamp(as_of))].reset_index(drop=True)


_LAB_COLUMNS = [*(column.name for column in RECORD), *DOMAINS["LB"].names[1:]]


def _lab(p: Mapping[str, Any], day: int, value: float, noise: float) -> dict[str, Any]:
    date = p["first"] + dt.timedelta(days=day - 1 if day > 0 else day)
    text = f"{value:.0f}" if value >= 400 else f"{value:.1f}"
    if value > 60500 or (noise > 0.97 and value > 1210):
        text = ">60500" if value > 60500 else ">1210"
    if value < 2:
        text = "<2.0"
    row: dict[str, Any] = dict.fromkeys(_LAB_COLUMNS)
    number = 1 + (hash_of(f"{p['id']} {day}") % 900)
    row |= {
        "USUBJID": p["id"], "SITEID": p["site"], "LBTESTCD": "AFP", "LBORRES": text, "LBORRESU": "ng/mL",
        "LBDTC": date.isoformat(), "ADT": pd.Timestamp(date), "LBSPEC": "SERUM", "STATUS": "FINAL", "RETRACTED": False,
        "KNOWN_FROM": pd.Timestamp(date, tz="UTC") + pd.Timedelta(days=1 + int(4 * noise)), "DELIVERY": number // 3 + 1,
        "SRCLINE": number, "VERSION": 1, "RECKEY": f"D:AFP|SERUM|{date.isoformat()}", "OCCURRENCE": 1,
    }  # fmt: skip
    return row


def hash_of(text: str) -> int:
    """A number from a text, the same on every run."""
    return int(_sha(text)[:8], 16)


def _no_therapies() -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": pd.Series(dtype=object), "ADT": pd.Series(dtype="datetime64[ns]"),
                         "DTC": pd.Series(dtype=object), "KIND": pd.Series(dtype=object)})  # fmt: skip


def _subjects(people: list[dict[str, Any]]) -> pd.DataFrame:
    rows = [
        {"USUBJID": p["id"], "SITEID": p["site"], "RFICDTC": p["consent"].isoformat(), "ARMCD": p["arm"],
         "ACTARMCD": p["arm"], "DMLINE": "1", "DMHBV": p["hbv"]}
        for p in people
    ]  # fmt: skip
    columns = ["USUBJID", "SITEID", "RFICDTC", "ARMCD", "ACTARMCD", "DMLINE", "DMHBV"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _deliveries(as_of: dt.date, nights: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nights of deliveries up to a day; S11 falls silent five days before AS_OF, S07's last one is held."""
    rng = random.Random(11)
    deliveries, counts = [], []
    for back in range(nights, -1, -1):
        day = AS_OF - dt.timedelta(days=back)
        for site in SITES:
            nightly = site in ("S01", "S06", "S11")
            comes, lines, refused = (
                rng.random() < (0.96 if nightly else 0.45),
                rng.randint(8, 120),
                rng.randint(0, 3),
            )
            held = site == "S07" and back == 0
            absent = (site == "S11" and back < 5) or (site == "S12" and back > 18)
            if day > as_of or absent or not (comes or held):
                continue
            number = len(deliveries) + 1
            at = dt.datetime.combine(day, dt.time(13, 5 + int(site[1:])), dt.UTC)
            reason = "AFP unit “mg” is not known for anlotinib or others" if held else None
            deliveries.append((number, site, "lab", at, "HELD" if held else "RECORDED", reason, lines))
            again = lines // 3
            split = {"HELD": lines} if held else {
                "ACCEPTED": lines - again - refused // 3, "UNCHANGED": again, "QUARANTINED": refused // 3
            }  # fmt: skip
            counts += [(number, site, name, rows, at) for name, rows in split.items() if rows]
    return (
        pd.DataFrame(deliveries, columns=["id", "siteid", "layout", "received_at", "outcome", "reason", "lines"])
        .assign(received_at=lambda f: pd.to_datetime(f["received_at"], utc=True)),
        pd.DataFrame(counts, columns=["delivery", "siteid", "disposition", "rows", "received_at"])
        .assign(received_at=lambda f: pd.to_datetime(f["received_at"], utc=True)),
    )  # fmt: skip


_RULES = (
    ("lb_unit_known", "critical", "The unit of this result is not one we know for this test."),
    ("lb_date_complete", "critical", "The collection date lacks its day."),
    ("lb_after_receipt", "critical", "The sample was collected after its file was received."),
    ("lb_value_likely", "warning", "This result is unusually high. Is it right?"),
)


def _queries(as_of: dt.date, n: int) -> pd.DataFrame:
    """Queries asked over the last weeks and open on a day: each is answered some days after it was asked."""
    rng = random.Random(12)
    rows = []
    for i in range(4 * n):
        asked = AS_OF - dt.timedelta(days=rng.randrange(60))
        answered = asked + dt.timedelta(days=1 + int(rng.expovariate(1 / 14)))
        rule, severity, question = _RULES[rng.randrange(len(_RULES))]
        site = SITES[rng.randrange(12)]
        if asked > as_of or answered <= as_of:
            continue
        opened = dt.datetime.combine(asked, dt.time(12), dt.UTC)
        rows.append((site, rule, severity, question, opened, asked + dt.timedelta(days=7), True, None, "LB",
                     1 + i % 200, 2 + i))  # fmt: skip
    columns = ["siteid", "rule", "severity", "question", "opened_at", "due_on", "open", "usubjid", "domain",
               "delivery", "srcline"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(opened_at=pd.to_datetime(frame["opened_at"], utc=True))


def _quarantine(as_of: dt.date, n: int) -> pd.DataFrame:
    """Rows refused so far: one more every other day up to AS_OF."""
    rng = random.Random(13)
    rows = []
    for i in range(n):
        rule, _, reason = _RULES[min(rng.randrange(5), 2)]
        row = (1 + i, SITES[rng.randrange(12)], 1 + i, 2 + i, "LB", [rule], [reason])
        if AS_OF - dt.timedelta(days=2 * (n - 1 - i)) <= as_of:
            rows.append(row)
    return pd.DataFrame(rows, columns=["id", "siteid", "delivery", "srcline", "domain", "rules", "reasons"])


def _alerts(verdicts: pd.DataFrame, chosen: Study, as_of: dt.date, known_at: dt.datetime) -> pd.DataFrame:
    """The alerts the verdicts owe, owed in the days before the cut-off; those of older samples are settled."""
    none = verdicts.iloc[:0]
    episodes = pd.DataFrame(columns=["USUBJID", "LINE", "CHECKPOINT", "KIND", "ROLE", "EPISODE", "OPEN"])
    owed = decide_owed(
        none.assign(VERSION=1), verdicts.assign(VERSION=1), episodes, policy=chosen.protocol.alerts,
        roles=chosen.protocol.roles, study_id=chosen.protocol.id, as_of=as_of, known_at=known_at, config_hash="0" * 64,
    ).alerts  # fmt: skip
    days = dict(
        zip(verdicts["USUBJID"], (pd.Timestamp(as_of) - verdicts["FIRSTDOSE"]).dt.days + 1, strict=True)
    )
    today = owed["USUBJID"].map(days)
    settled = (today > 46) | ((owed["KIND"] == "NON_RESPONSE") & (today > 44))
    back = pd.to_timedelta(((today - 29).clip(0, 9) * 0.4).round(), unit="D")
    return owed.assign(
        STATUS=settled.map({True: "ACKNOWLEDGED", False: "OPEN"}),
        OWED_ON=[day - gap.to_pytimedelta() for day, gap in zip(owed["OWED_ON"], back, strict=True)],
        ACT_BY=[day - gap.to_pytimedelta() for day, gap in zip(owed["ACT_BY"], back, strict=True)],
    )  # fmt: skip
