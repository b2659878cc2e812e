"""Every waiting row of every domain against its rules: one batch a domain, whatever the number of deliveries.

The cost is about 40 ms a rule whatever the number of rows, so the caller concatenates the frames of all pending
deliveries of a domain and the findings are told apart by delivery afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from milepost.errors import ConfigurationError
from milepost.intake.gate import engine
from milepost.intake.gate.columns import ANNOTATIONS, CODE, KEYS
from milepost.intake.gate.facts import Facts
from milepost.intake.gate.prepare import counted_from_zero, prepare_rows, unjudged_codes
from milepost.intake.gate.rules import Rule, Suite, Suites
from milepost.intake.gate.suites import missing_parameters
from milepost.intake.identifiers import showable
from milepost.schema import DOMAINS, TOMBSTONES

log = logging.getLogger(__name__)

ROW_COLUMNS = (
    "DOMAIN", "POS", "DELIVERY", "SRCLINE", "EMIT", "RULE", "SEVERITY", "REASON", "IS_SAMPLE", "QUESTION",
)  # fmt: skip
BATCH_COLUMNS = ("DOMAIN", "DELIVERY", "RULE", "SEVERITY", "REASON")
# what a withdrawn record is still asked for: enough to find the record it withdraws
_IDENTITY = ("X_LINE", "X_SUBJECT", "X_STATUS", "X_TEST", "X_DATE")
_RESULT = ("X_UNIT", "X_VALUE", "X_TWICE")
_NO_RESULT_YET = ("PRELIMINARY", "REJECTED")
_SHOWN = 40


@dataclass(frozen=True)
class Findings:
    """What the gate found.

    rows: one row a finding (ROW_COLUMNS); POS counts from 0 in the domain's frame as it was handed in.
    batch: one row a delivery that cannot be judged row by row (BATCH_COLUMNS): critical ones hold it.
    judged: rows judged, by domain; a domain without rows is absent, never "all fine".
    """

    rows: pd.DataFrame
    batch: pd.DataFrame
    judged: Mapping[str, int]


def check_rows(
    frames: Mapping[str, pd.DataFrame], *, suites: Suites, parameters: Mapping[str, Any], facts: Facts
) -> Findings:
    """Judge every row of every domain. Needs the reader's frames (annotation columns X_… and NOTE included).

    parameters: what `parameters(protocol)` gives. Rows are never changed or dropped here. Raises
    ConfigurationError where a rule asks for a parameter that nobody gives.
    """
    missing = [text for domain, suite in suites.by_domain.items() if domain in frames
               for text in missing_parameters(suite, parameters)]  # fmt: skip
    if missing:
        raise ConfigurationError("\n".join(missing))
    rows, batch, judged = [], [], {}
    for domain in DOMAINS:
        frame = frames.get(domain)
        if frame is None or frame.empty:
            continue
        judged[domain] = len(frame)
        found, failed = _check_domain(domain, frame, suites.by_domain.get(domain), parameters, facts)
        rows.append(found)
        batch.append(failed)
        log.info(
            "gate judged domain=%s rows=%d findings=%d batch=%d", domain, len(frame), len(found), len(failed)
        )
    return Findings(_concat(rows, ROW_COLUMNS), _concat(batch, BATCH_COLUMNS), judged)


class _NotChecked(Exception):
    """The rules of a whole domain could not be run: rule id and the sentence that says why."""


def _check_domain(
    domain: str, frame: pd.DataFrame, suite: Suite | None, parameters: Mapping[str, Any], facts: Facts
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Row findings and batch findings of one domain. Whatever could not be checked holds: never "no rows failed"."""
    deliveries = sorted(int(number) for number in frame["DELIVERY"].unique())
    frame = counted_from_zero(frame)
    rows, failed = [], []
    try:
        if suite is None or not suite.active:
            raise _NotChecked("RULES", "there are no rules for it. Add a suite")
        given = {**suite.parameters, **parameters}
        for outcome in _outcomes(frame, suite, given, facts):
            rule = outcome.rule
            if outcome.error is not None:
                why = f"Rule {rule.id} could not be run ({outcome.error}), so no row counts as checked by it."
                failed.append(_batch(domain, deliveries, rule.id, "critical", why))
            elif outcome.batch_failed:
                failed.append(_batch(domain, deliveries, rule.id, rule.severity, rule.reason))
            else:
                rows.append(_row_findings(domain, frame, outcome, given))
    except _NotChecked as problem:
        rule_id, why = problem.args
        log.error("gate could not judge domain=%s rule=%s", domain, rule_id)
        why = f"{DOMAINS[domain].label} could not be checked: {why}. Until then the file is held."
        failed.append(_batch(domain, deliveries, f"{domain}-{rule_id}", "critical", why))
    return _concat(rows, ROW_COLUMNS), _concat(failed, BATCH_COLUMNS)


def _outcomes(
    frame: pd.DataFrame, suite: Suite, given: Mapping[str, Any], facts: Facts
) -> list[engine.Outcome]:
    """Every rule's outcome. Raises _NotChecked where a column is missing, a problem code has no rule, or the
    library fails as a whole."""
    missing = sorted(set(_always(suite.domain)) - set(frame.columns))
    if missing:
        raise _NotChecked("COLUMNS", f"the column {missing[0]} is missing from what was read")
    codes = unjudged_codes(frame, suite.judged_codes)
    if codes:
        raise _NotChecked(
            "CODES", f"the reader reports {codes[0]}, which no rule judges. Add a rule, or switch one off"
        )
    wanted = dict.fromkeys(column for rule in suite.active for column in rule.columns)
    try:
        return engine.run(suite.name, suite.active, prepare_rows(suite.domain, frame, wanted, facts), given)
    except Exception as error:  # whatever goes wrong in there, the rows are not checked
        raise _NotChecked(
            "RULES", f"the check itself failed ({type(error).__name__}). Report this"
        ) from error


def _always(domain: str) -> tuple[str, ...]:
    """What every frame of the reader has, whether or not a rule looks at it."""
    return (*DOMAINS[domain].names, *KEYS, *ANNOTATIONS, "NOTE")


def _row_findings(
    domain: str, frame: pd.DataFrame, outcome: engine.Outcome, given: Mapping[str, Any]
) -> pd.DataFrame:
    rule = outcome.rule
    broken = frame.iloc[outcome.positions]
    broken = broken.loc[_is_judged(domain, broken, rule)]
    if broken.empty:
        return _concat([], ROW_COLUMNS)
    reasons = _reasons(rule, broken, given)
    label = DOMAINS[domain].label
    return pd.DataFrame(
        {
            "DOMAIN": domain,
            "POS": broken.index.to_numpy(np.int64),
            "DELIVERY": broken["DELIVERY"].to_numpy(np.int64),
            "SRCLINE": broken["SRCLINE"].to_numpy(np.int64),
            "EMIT": broken["EMIT"].to_numpy(np.int64),
            "RULE": rule.id,
            "SEVERITY": rule.severity,
            "REASON": reasons,
            "IS_SAMPLE": _is_sample(domain, broken, rule),
            "QUESTION": [
                f"{label}, line {line}: {reason} [{rule.id}]"
                for line, reason in zip(broken["SRCLINE"], reasons, strict=True)
            ],
        }
    )


def _is_judged(domain: str, broken: pd.DataFrame, rule: Rule) -> np.ndarray:
    """Which of the failing rows the rule is meant for.

    A withdrawn record needs no value, unit or plausible date to withdraw what was sent before; a preliminary or
    rejected result is not used, so its value is not judged; a test not done has none.
    """
    judged = np.ones(len(broken), bool)
    withdrawn = broken["STATUS"].isin(TOMBSTONES).to_numpy()
    if rule.about not in _IDENTITY:
        judged &= ~withdrawn
    if rule.about == "X_DATE":  # its own record id finds the record, whatever the date
        judged &= ~(
            withdrawn & broken["RECKEY"].astype("object").str.startswith("R:").fillna(False).to_numpy(bool)
        )
    if rule.about in _RESULT:
        judged &= ~broken["STATUS"].isin(_NO_RESULT_YET).to_numpy()
        if domain == "LB":
            judged &= ~broken["LBSTAT"].eq("NOT DONE").to_numpy()
    return judged


def _is_sample(domain: str, broken: pd.DataFrame, rule: Rule) -> np.ndarray:
    """A specimen was drawn though its result cannot be used: only laboratory rows that are meant to be final."""
    if domain != "LB" or not rule.sample:
        return np.zeros(len(broken), bool)
    # a status we do not know is read as preliminary, but may well be a final one
    preliminary = broken["STATUS"].eq("PRELIMINARY") & broken["X_STATUS"].eq("OK")
    no_sample = preliminary | broken["STATUS"].isin(TOMBSTONES) | broken["LBSTAT"].eq("NOT DONE")
    return ~no_sample.to_numpy(bool)


def _reasons(rule: Rule, broken: pd.DataFrame, given: Mapping[str, Any]) -> list[str]:
    """The rule's reason, and what is known of this row's problem: the reader's note, or the code that was found."""
    details: list[str | None] = [None] * len(broken)
    if rule.about in ANNOTATIONS:
        notes = zip(broken["NOTE"], broken[rule.about].astype("object"), strict=True)
        details = [note.get(code) for note, code in notes]
    elif rule.names:
        known = rule.kwargs.get("value_set", ())
        known = ", ".join(given[known["$PARAMETER"]] if isinstance(known, dict) else known)
        found = broken[rule.about.removeprefix(CODE)].astype("object")
        details = [
            f'Found "{showable(t, _SHOWN)}". Known: {known}.' if t is not None else None for t in found
        ]
    return [
        f"{rule.reason} {detail[:1].upper()}{detail[1:]}" if detail else rule.reason for detail in details
    ]


def _batch(domain: str, deliveries: Sequence[int], rule: str, severity: str, reason: str) -> pd.DataFrame:
    return pd.DataFrame(
        [(domain, number, rule, severity, reason) for number in deliveries], columns=list(BATCH_COLUMNS)
    )


def _concat(parts: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame({name: pd.Series(dtype=_DTYPES.get(name, "object")) for name in columns})
    return pd.concat(filled, ignore_index=True)


_DTYPES = {"POS": "int64", "DELIVERY": "int64", "SRCLINE": "int64", "EMIT": "int64", "IS_SAMPLE": "bool"}
