"""The checkpoint: each patient and line of therapy judged at the protocol's distance from first dose.

`assess` is pure: what was known and the cut-off come in, one verdict a line comes out. The rule's numbers are
all in `Checkpoint`. Source: clinical specification sections 2.6 and 3.

The work is done by: `checkpoint_samples` (which rows are samples), `baseline`, `checkpoint_candidate`, `picking`
(which sample counts), `intercurrent`, `checkpoint_evidence` (all of it for all patients), `checkpoint_comparison`
and `response` (the change), `checkpoint_states` (the order of evaluation). Words: `checkpoint_codes`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import localcontext
from typing import Any

import numpy as np
import pandas as pd

from milepost.core.censored_values import EXACT
from milepost.core.checkpoint_comparison import band_of, canonical_value, is_high, to_pair
from milepost.core.checkpoint_evidence import Evidence, Sample, select_evidence
from milepost.core.checkpoint_samples import SiteFactors, to_samples
from milepost.core.checkpoint_states import Judgement, judge, sensitivities_of, to_sensitivity_rules
from milepost.core.response import bounds_of_change, comparison_text, percent_change
from milepost.errors import ConfigurationError
from milepost.protocol import Checkpoint, LabTest

# Verdict column -> (type in frames, meaning). `docs/rules.md` prints it.
VERDICT_COLUMNS: dict[str, str] = {
    "USUBJID": "subject",
    "SITEID": "site",
    "LINE": "line of therapy",
    "CHECKPOINT": "checkpoint",
    "STATE": "state",
    "REASON": "reason, where the state has one",
    "BASE": "baseline, text as reported",
    "BASEU": "its unit, standard spelling",
    "AVAL": "sample judged, text as reported",
    "AVALU": "its unit, standard spelling",
    "PCHG": "change from baseline in percent, 4 places, negative for a fall; empty where a result is a range",
    "ADY": "study day of the sample judged",
    "FINAL": "whether only changed data can still change the verdict",
    "FIRSTDOSE": "first dose of the line",
    "BASEDTC": "collection of the baseline",
    "BASEADY": "its study day",
    "AVALDTC": "collection of the sample judged",
    "BAND": "band of the baseline in the canonical unit; empty where a range spans several",
    "HIGH": "whether the baseline reaches the high stratum; empty where a range leaves it open",
    "RMIN": "least change in the rule's direction that the reported ranges allow, percent; empty: without limit",
    "RMAX": "greatest change in the rule's direction that the reported ranges allow, percent; empty: without limit",
    "COMPARISON": "the comparison that decided, to the last digit",
    "FLAGS": "flags, sorted",
    "DETAIL": "sub-reasons, separated by `;`",
    "NEXT_ON": "next date on which the passing of time alone may change this row",
    "SENSITIVITIES": "sensitivity -> state it gives",
    "QUERIES": "what to ask the site, sorted",
    "BASE_SRC": "where the baseline came from: delivery, line, record key, occurrence, version",
    "AVAL_SRC": "where the sample came from; that of the unusable sample under SAMPLE_UNUSABLE",
}


def assess(
    lines: pd.DataFrame,
    results: pd.DataFrame,
    therapies: pd.DataFrame,
    *,
    rule: Checkpoint,
    test: LabTest,
    site_factors: SiteFactors,
    as_of: dt.date | Mapping[str, dt.date],
) -> pd.DataFrame:
    """One verdict for each row of `lines`, in its order, as of a day.

    lines: as `core.populations.derive_lines` gives them. results: the newest non-preliminary version of each
    laboratory record of `test`, accepted rows and quarantined samples alike, with USABLE (false: the sample
    cannot be judged) and UNUSABLE (why). therapies: as `select_therapies` gives them. site_factors: site ->
    unit -> factor, where a site's laboratory differs from the protocol. as_of: the cut-off, one day or one for
    each site, compared with the sites' local dates.

    What is dated after `as_of` counts for nothing but NEXT_ON: until the day before NEXT_ON the same facts give
    the same verdict. Columns: VERDICT_COLUMNS. Raises ConfigurationError where a site has no cut-off.
    """
    days = _cut_offs(lines, as_of)
    samples = to_samples(results, specimens=rule.specimens, test=test, site_factors=site_factors)
    gathered = select_evidence(lines, samples, therapies, rule=rule, as_of=days)
    with localcontext(EXACT):
        sensitivities = to_sensitivity_rules(rule)
        rows = [_row(evidence, rule, sensitivities) for evidence in gathered]
    columns = (
        dict(zip(_ROW_COLUMNS, zip(*rows, strict=True), strict=True))
        if rows
        else dict.fromkeys(_ROW_COLUMNS, ())
    )
    base_at, sample_at = columns.pop("BASE_SRC"), columns.pop("AVAL_SRC")
    verdicts = pd.DataFrame(
        {
            "USUBJID": lines["USUBJID"].to_numpy(object),
            "SITEID": lines["SITEID"].to_numpy(object),
            "LINE": lines["LINE"].to_numpy(np.int64),
            "CHECKPOINT": np.full(len(lines), rule.id, dtype=object),
            "FIRSTDOSE": lines["FIRSTDOSE"].to_numpy("datetime64[ns]"),
            **{name: pd.Series(values, dtype=_DTYPES.get(name, object)) for name, values in columns.items()},
            "BASE_SRC": samples.sources(base_at),
            "AVAL_SRC": samples.sources(sample_at),
        }
    )
    return verdicts[list(VERDICT_COLUMNS)]


_DTYPES = {"ADY": "Int64", "BASEADY": "Int64", "FINAL": bool, "NEXT_ON": "datetime64[ns]"}
_ROW_COLUMNS = (
    "STATE", "REASON", "FINAL", "BASE", "BASEU", "BASEDTC", "BASEADY", "BASE_SRC", "AVAL", "AVALU", "AVALDTC", "ADY",
    "AVAL_SRC", "PCHG", "RMIN", "RMAX", "COMPARISON", "BAND", "HIGH", "FLAGS", "DETAIL", "NEXT_ON", "SENSITIVITIES",
    "QUERIES",
)  # fmt: skip
_NOTHING: tuple[None, ...] = (None,) * 4
_WITHOUT_BASELINE = frozenset({"NOT_STARTED", "NOT_REACHED", "DATA_ERROR"})


def _cut_offs(lines: pd.DataFrame, as_of: dt.date | Mapping[str, dt.date]) -> np.ndarray:
    if not isinstance(as_of, Mapping):
        return np.full(len(lines), np.datetime64(as_of, "D").astype(np.int64))
    missing = sorted({str(site) for site in lines["SITEID"].unique() if site not in as_of})
    if missing:
        raise ConfigurationError(
            f"as_of names no day for site {', '.join(missing)}. Give one for every site."
        )
    days = {site: int(np.datetime64(day, "D").astype(np.int64)) for site, day in as_of.items()}
    return np.array([days[site] for site in lines["SITEID"]], dtype=np.int64)


def _row(evidence: Evidence, rule: Checkpoint, changed: dict[str, Checkpoint]) -> tuple[Any, ...]:
    """One verdict as a row of _ROW_COLUMNS; the source columns hold positions in the samples."""
    judgement = judge(evidence, rule)
    started = judgement.state not in ("NOT_STARTED", "DATA_ERROR")
    base, post = (evidence.baseline, evidence.candidate) if started else (None, None)
    amount = canonical_value(base)
    sample_at = post.position if post else evidence.unusable if judgement.reason == "SAMPLE_UNUSABLE" else -1
    return (
        judgement.state,
        judgement.reason,
        judgement.final,
        *((base.text, base.unit, base.dtc, base.ady, base.position) if base else (*_NOTHING, -1)),
        *((post.text, post.unit, post.dtc, post.ady) if post else _NOTHING),
        sample_at,
        *_change(base, post, rule),
        band_of(amount, rule.bands),
        is_high(amount, rule.high_baseline),
        _flags(evidence, judgement, rule),
        _detail(evidence, judgement),
        _next_on(evidence, judgement),
        sensitivities_of(evidence, rule, changed) if started else {},
        _queries(evidence, judgement, rule),
    )


def _change(base: Sample | None, post: Sample | None, rule: Checkpoint) -> tuple[Any, ...]:
    """PCHG, RMIN, RMAX and COMPARISON, where baseline and sample can be brought to one unit."""
    pair = to_pair(base, post) if base and post else None
    if pair is None or pair.base.hi == 0:
        return _NOTHING
    return (
        percent_change(pair.base, pair.post),
        *bounds_of_change(pair.base, pair.post, direction=rule.direction),
        comparison_text(pair.base, pair.post, direction=rule.direction, threshold_pct=rule.threshold_pct),
    )


def _flags(evidence: Evidence, judgement: Judgement, rule: Checkpoint) -> tuple[str, ...]:
    if judgement.state in ("NOT_STARTED", "DATA_ERROR"):
        return ()
    flags = set(judgement.flags)
    base, post = evidence.baseline, evidence.candidate
    last_dose = evidence.last_dose
    raised = {
        "NO_BASELINE": base is None and judgement.state not in _WITHOUT_BASELINE,
        "ASSUMED_PREDOSE": evidence.assumed_predose,
        "BASELINE_OLD": base is not None and base.ady < -rule.baseline_warn_days,
        "CENSORED_VALUE": any(sample is not None and not sample.value.is_exact for sample in (base, post)),
        "TIE": evidence.baseline_tied or evidence.candidate_tied,
        "OFF_DRUG": bool(post and last_dose is not None and post.day - last_dose > rule.off_drug_gap_days),
        "INTERCURRENT_LRT": bool(post and evidence.intercurrent),
    }
    return tuple(sorted(flags | {code for code, holds in raised.items() if holds}))


def _detail(evidence: Evidence, judgement: Judgement) -> str | None:
    parts = [judgement.detail, evidence.problem]
    if evidence.baseline is None and judgement.state not in _WITHOUT_BASELINE:
        parts.insert(0, evidence.why_no_baseline)
    return ";".join(dict.fromkeys(part for part in parts if part)) or None


def _queries(evidence: Evidence, judgement: Judgement, rule: Checkpoint) -> tuple[str, ...]:
    queries = set(judgement.queries)
    if evidence.problem == "PARTIAL_FIRST_DOSE":
        queries.add("PARTIAL_FIRST_DOSE")
    if judgement.state not in _WITHOUT_BASELINE and evidence.baseline is None:
        queries.add("NO_BASELINE")
    tied = evidence.baseline_tied or evidence.candidate_tied
    if tied and rule.tie_rule == "LEAST_FAVOURABLE" and judgement.state not in ("NOT_STARTED", "DATA_ERROR"):
        queries.add("TIE_SAME_TIME")
    return tuple(sorted(queries))


def _next_on(evidence: Evidence, judgement: Judgement) -> np.datetime64:
    """The nearer of the calendar's next boundary and the next fact that is known already."""
    days = [] if evidence.next_fact is None else [evidence.next_fact]
    if judgement.boundary is not None and evidence.first_dose is not None:
        days.append(evidence.first_dose + judgement.boundary - 1)
    return np.datetime64(min(days), "D") if days else np.datetime64("NaT", "D")
