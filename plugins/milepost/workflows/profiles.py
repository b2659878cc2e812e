"""Patient profiles: pages that show the drug, for roles that may see it, in a folder only the service's owner can open.

Who asked for what is in the audit log before anything is written. A folder is named by what its pages are made from,
so that the same question gives the same bytes. Those that a closed report leads to lie in a folder of its name.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from milepost.errors import DataProblem, NotPermitted
from milepost.protocol import Study
from milepost.reports.profile.build import build_profile, check_reader
from milepost.reports.profile.index import IndexRow, build_index, file_name, index_row
from milepost.reports.profile.inputs import ProfileInputs, profile_id
from milepost.reports.profile.links import FOLDER
from milepost.reports.render import Renderer
from milepost.workflows.context import Context
from milepost.workflows.deriving import EVIDENCE, Derivations
from milepost.workflows.judging import judge_derived
from milepost.workflows.verdicts import study_at

log = logging.getLogger(__name__)
ACTOR = "profiles"
INDEX = "index.html"
_ENDED = ("ACKNOWLEDGED", "RESOLVED", "SUPERSEDED", "RETRACTED")
_NAMES = {"CM": "CMTRT", "PR": "PRTRT"}


@dataclass(frozen=True)
class Written:
    """Where the pages lie, how many there are, and the list of them (where all patients were asked for)."""

    folder: Path
    pages: int
    index: Path | None


@dataclass(frozen=True)
class _Question:
    """What all pages of one call share. id: of the set of pages. folder: its name."""

    study: Study
    config_hash: str
    as_of: dt.date
    known_at: dt.datetime
    reader: str
    id: str
    folder: str


def write_profile(
    ctx: Context, subject: str, *, as_of: dt.date, known_at: dt.datetime | None, reader_role: str
) -> Path:
    """Write one patient's profile and return its file. Errors as in `write_profiles`."""
    done = write_profiles(ctx, [subject], as_of=as_of, known_at=known_at, reader_role=reader_role)
    return done.folder / file_name(subject)


def write_profiles(
    ctx: Context,
    subjects: Sequence[str] | None,
    *,
    as_of: dt.date,
    known_at: dt.datetime | None,
    reader_role: str,
) -> Written:
    """Write the profiles of these patients, or of all (None) with the list of them.

    as_of: data cut-off. known_at: what was known then, with the configuration in force (None: now). Raises NotPermitted
    for a role that may not see the arm, DataProblem where nothing is known or nobody has such a pseudonym.
    """
    study, config_hash = study_at(ctx, known_at)
    _check_reader(ctx, study, reader_role)
    wanted = known_at or ctx.clock()
    instant = ctx.store.resolve_known_at(wanted)
    if instant is None:
        raise DataProblem(
            "profile: nothing was received yet. Hand a file over with `milepost deliver SITE FILE`."
        )
    alerts = alerts_at(ctx, wanted, instant, as_of)
    queries = _open_queries(ctx, instant)
    state = [*_states(alerts), *(f"query {number}" for number in queries["ID"])]
    id_ = profile_id(as_of, instant, config_hash, ctx.code_version, reader_role, state)
    asked = _Question(study, config_hash, as_of, instant, reader_role, id_, f"{as_of.isoformat()}-{id_}")
    patients = None if subjects is None else list(dict.fromkeys(subjects))
    derived = Derivations(study, ctx.store, as_of=as_of, known_at=instant, patients=patients)
    verdicts = judge_derived(derived).verdicts
    if verdicts.empty:
        raise DataProblem(
            "profile: nobody of this pseudonym was known by then. Write the subject as USUBJID has it: `milepost "
            "derive adsl` lists them."
        )
    known = sorted(set(verdicts["USUBJID"]))
    _note(ctx, asked, None if subjects is None else known, len(known))
    whole = profile_frames(derived, verdicts, alerts, queries)
    return _write_all(ctx, asked, known, whole, with_index=subjects is None)


def write_linked_profiles(
    ctx: Context, derived: Derivations, verdicts: pd.DataFrame, subjects: Collection[str], *, report: str,
    folder: str, config_hash: str, role: str, person: str,
) -> None:  # fmt: skip
    """Write the profiles a closed report leads to, from what it was derived from, as known at its knowledge time.

    verdicts: those of the report. report: its id; folder: the name both have. Raises NotPermitted as `write_profiles`,
    DataProblem where a page is there that is not the same."""
    study, as_of, instant = derived.study, derived.as_of, derived.known_at
    _check_reader(ctx, study, role)
    asked = _Question(study, config_hash, as_of, instant, role, report, folder)
    chosen = sorted(subjects)
    _note(ctx, asked, chosen, len(chosen), actor=person)
    # what people did later is not in them, so that they come out the same whenever the report is made again
    alerts, queries = alerts_at(ctx, instant, instant, as_of), _open_queries(ctx, instant)
    _write_all(ctx, asked, chosen, profile_frames(derived, verdicts, alerts, queries), with_index=False)


def alerts_at(ctx: Context, acts_until: dt.datetime, known_at: dt.datetime, as_of: dt.date) -> pd.DataFrame:
    """Alerts owed by then with STATUS (what ended them by then, else OPEN) and SENT (whether anybody was told).

    acts_until: what people and senders did has wall-clock time, which may be later than the newest data."""
    alerts = ctx.store.alerts()
    owed = (alerts["OWED_AT"] <= known_at) & (alerts["OWED_ON"] <= pd.Timestamp(as_of))
    alerts = alerts[owed & alerts["USUBJID"].notna()].reset_index(drop=True)
    events = ctx.store.alert_events()
    events = events[(events["AT"] <= acts_until) & ~(events["AS_OF"] > pd.Timestamp(as_of))]
    ended = events[events["EVENT"].isin(_ENDED)].sort_values(["ALERT_KEY", "AT", "EVENT"])
    last = ended.drop_duplicates("ALERT_KEY", keep="last").set_index("ALERT_KEY")["EVENT"]
    sent = set(events.loc[events["EVENT"] == "SENT", "ALERT_KEY"])
    return alerts.assign(
        STATUS=alerts["KEY"].map(last).fillna("OPEN").astype(object), SENT=alerts["KEY"].isin(sent)
    )


def _states(alerts: pd.DataFrame) -> Iterator[str]:
    for key, status, sent in zip(alerts["KEY"], alerts["STATUS"], alerts["SENT"], strict=True):
        yield f"{key}|{status}|{sent}"


def _open_queries(ctx: Context, known_at: dt.datetime) -> pd.DataFrame:
    queries = ctx.store.queries(known_at)
    return queries[queries["CLOSED_AT"].isna() & queries["USUBJID"].notna()].reset_index(drop=True)


def _check_reader(ctx: Context, study: Study, role: str) -> None:
    try:
        check_reader(study.protocol, role)
    except NotPermitted:
        known = role in {one.id for one in study.protocol.roles}
        ctx.store.audit(
            ACTOR, ctx.clock(), "profiles.refused", {"role": role if known else "not in protocol"}
        )
        raise


def _note(
    ctx: Context, asked: _Question, subjects: list[str] | None, count: int, *, actor: str = ACTOR
) -> None:
    """In the audit log: which role was given the profiles of whom, as known when."""
    ctx.store.audit(actor, ctx.clock(), "profiles.written", {
        "role": asked.reader, "subjects": "all" if subjects is None else subjects, "count": count, "folder": asked.id,
        "as_of": asked.as_of.isoformat(), "known_at": asked.known_at.isoformat(), "config_hash": asked.config_hash,
    })  # fmt: skip


def profile_frames(
    derived: Derivations, verdicts: pd.DataFrame, alerts: pd.DataFrame, queries: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The frames of `ProfileInputs`, of all patients that were asked for.

    alerts: as `alerts_at` gives them. queries: open questions about patients (columns of `Store.queries`)."""
    tests = {rule.test for rule in derived.study.protocol.checkpoints}
    labs = derived.known("LB")
    return {
        "verdicts": verdicts, "lines": derived.lines, "subjects": derived.known("DM"), "doses": derived.known("EX"),
        "labs": labs[labs["LBTESTCD"].isin(tests)], "adsl": derived.subjects, "adlb": derived.labs.adlb,
        "adtr": derived.tumour.lesions, "adrs": derived.responses, "adtte": derived.times.adtte,
        "adae": derived.events.adae, "adex": derived.exposure.exposure, "adhy": derived.liver.patients,
        "therapies": _named(derived), "alerts": alerts, "queries": queries, "records": _records(derived),
    }  # fmt: skip


def _named(derived: Derivations) -> pd.DataFrame:
    """Other anticancer therapies with NAME, as the site calls them."""
    keys = ["USUBJID", "DOMAIN", "RECKEY"]
    told = [
        derived.known(domain)[["USUBJID", "RECKEY", column]]
        .rename(columns={column: "NAME"})
        .assign(DOMAIN=domain)
        for domain, column in _NAMES.items()
    ]
    names = pd.concat(told, ignore_index=True).drop_duplicates(keys)
    return derived.therapies.merge(names, on=keys, how="left", validate="m:1")


def _records(derived: Derivations) -> pd.DataFrame:
    """Where every record stands in the files that were sent."""
    columns = ["USUBJID", "RECKEY", "DELIVERY", "SRCLINE"]
    parts = [derived.known(domain)[columns].assign(DOMAIN=domain) for domain in EVIDENCE]
    return pd.concat(parts, ignore_index=True)


def _write_all(
    ctx: Context, asked: _Question, subjects: list[str], whole: dict[str, pd.DataFrame], *, with_index: bool
) -> Written:
    folder = _private(ctx.places.restricted, FOLDER, asked.folder)
    renderer = Renderer(ctx.templates)
    parts = {name: dict(iter(frame.groupby("USUBJID", sort=False))) for name, frame in whole.items()}
    rows: list[IndexRow] = []
    for done, subject in enumerate(subjects, start=1):
        own = {name: parts[name].get(subject, frame.iloc[:0]) for name, frame in whole.items()}
        profile = build_profile(_of(ctx, asked, subject, own))
        _write(folder / file_name(subject), renderer.patient_profile(profile).encode())
        rows.append(index_row(profile))
        ctx.progress("Profiles", done, len(subjects))
    if with_index:
        index = build_index(
            asked.study.protocol, asked.id, rows, as_of=asked.as_of, known_at=asked.known_at,
            config_hash=asked.config_hash, code_version=ctx.code_version,
        )  # fmt: skip
        _write(folder / INDEX, renderer.patient_profile(index).encode())
    log.info("profiles written=%d as_of=%s", len(rows), asked.as_of)
    return Written(folder, len(rows), folder / INDEX if with_index else None)


def _of(ctx: Context, asked: _Question, subject: str, frames: dict[str, Any]) -> ProfileInputs:
    return ProfileInputs(
        study=asked.study, id=asked.id, subject=subject, as_of=asked.as_of, known_at=asked.known_at,
        config_hash=asked.config_hash, code_version=ctx.code_version, reader=asked.reader, **frames,
    )  # fmt: skip


def _private(root: Path, *names: str) -> Path:
    """The folder below root, made where it is lacking; nobody but its owner may look into any of them."""
    folder = root
    for name in ("", *names):
        folder = folder / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    return folder


def _write(target: Path, raw: bytes) -> None:
    """Write a page that never changes, readable by its owner only. DataProblem where another one has its name."""
    if target.exists():
        if target.read_bytes() != raw:
            raise DataProblem(
                "profile: made again, a page differs from the one kept in its folder. Nothing was overwritten. Report "
                "this as a defect."
            )
        target.chmod(0o600)
        return
    part = target.with_name(f".{target.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
    part.replace(target)
