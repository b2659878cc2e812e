"""Gather the evidence as known at an instant, and judge it: the same verdicts whenever it is asked again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from milepost.core.checkpoint import assess
from milepost.core.populations import with_none_for_nothing
from milepost.core.samples import with_refused_samples
from milepost.intake.identifiers import WITHHELD
from milepost.protocol import Checkpoint, Study
from milepost.store.store import Store
from milepost.workflows.deriving import Derivations


@dataclass(frozen=True)
class Judged:
    """Verdicts of every checkpoint and the lines of therapy they were made for."""

    verdicts: pd.DataFrame
    lines: pd.DataFrame


def judge(
    study: Study,
    store: Store,
    *,
    as_of: dt.date,
    known_at: dt.datetime,
    patients: Sequence[str] | None = None,
) -> Judged:
    """Judge these patients (all, if None) at every checkpoint, with what was known at `known_at`, up to `as_of`."""
    return judge_derived(Derivations(study, store, as_of=as_of, known_at=known_at, patients=patients))


def judge_derived(derived: Derivations) -> Judged:
    """The same of what is derived from anyhow, so that nothing is read twice."""
    study, store, as_of = derived.study, derived.store, derived.as_of
    rules = study.protocol.checkpoints
    results = {
        rule.test: results_of(store, rule, known_at=derived.known_at, patients=derived.patients)
        for rule in rules
    }
    seen = pd.concat([frame[["USUBJID", "SITEID"]] for frame in results.values()])
    lines, therapies = with_unlisted(derived.every_line, seen), derived.therapies
    parts = [
        assess(
            lines, results[rule.test], therapies, rule=rule, test=study.protocol.test(rule.test), as_of=as_of,
            site_factors={site.id: site.factors.get(rule.test, {}) for site in study.sites},
        )
        for rule in rules
    ]  # fmt: skip
    return Judged(pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0], lines)


def results_of(
    store: Store, rule: Checkpoint, *, known_at: dt.datetime, patients: Sequence[str] | None = None
) -> pd.DataFrame:
    """The newest version of every result of the checkpoint's test; refused samples are among them, USABLE False."""
    accepted = store.known("LB", known_at=known_at, patients=patients, test=rule.test)
    refused = store.quarantined(known_at=known_at, domain="LB", patients=patients, test=rule.test)
    # a row that names no subject is nobody's sample
    refused = refused[refused["USUBJID"].notna() & refused["USUBJID"].ne(WITHHELD)]
    return with_refused_samples(accepted, refused)


def with_unlisted(lines: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Patients who have results but neither demographics nor doses are judged too: NOT_STARTED, not absent."""
    extra = seen[~seen["USUBJID"].isin(lines["USUBJID"])].drop_duplicates("USUBJID")
    if extra.empty:
        return lines
    added = pd.DataFrame(
        {"USUBJID": extra["USUBJID"], "SITEID": extra["SITEID"], "LINE": 1, "SCREENFAIL": False}
    )
    whole = pd.concat(
        [lines, added.reindex(columns=lines.columns).astype(_types(lines, added))], ignore_index=True
    )
    whole = whole.sort_values(["USUBJID", "LINE"], kind="stable").reset_index(drop=True)
    return with_none_for_nothing(whole)


def _types(lines: pd.DataFrame, added: pd.DataFrame) -> dict[str, object]:
    return {name: dtype for name, dtype in lines.dtypes.items() if name in added or dtype.kind == "M"}
