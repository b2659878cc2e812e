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
from milepost.intake.gate.columns import ANNOTATIONS, CODE
from milepost.intake.gate.facts import Facts
from milepost.intake.gate.prepare import prepare_rows, unjudged_codes
from milepost.intake.gate.rules import Rule, Suite, Suites
from milepost.intake.identifiers import scrub
from milepost.intake.texts import shorten
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


def _check_domain(
    domain: str, frame: pd.DataFrame, suite: Suite | None, parameters: Mapping[str, Any], facts: Facts
) -> tuple[pd.DataFrame, pd.DataFrame]:
    deliveries = sorted(int(number) for number in frame["DELIVERY"].unique())
    if suite is None or not suite.active:
        why = "There are no rules for this kind of data, so nothing in it was checked. Add a suite for it."
        return _concat([], ROW_COLUMNS), _batch(domain, deliveries, f"{domain}-RULES", "critical", why)
    rules = suite.active
    given = _given(suite, parameters)
    try:
        prepared = prepare_rows(domain, frame, _needed(rules), facts)
    except KeyError as missing:
        why = f"Column {missing.args[0]} is missing, so its rules could not be checked. This file is held."
        return _concat([], ROW_COLUMNS), _batch(domain, deliveries, f"{domain}-COLUMNS", "critical", why)
    failed = [
        _batch(domain, deliveries, f"{domain}-CODES", "critical",
               f"The reader reports {code}, which no rule of this kind of data judges. This file is held.")
        for code in unjudged_codes(frame, suite.judged_codes)
    ]  # fmt: skip
    rows = []
    try:
        outcomes = engine.run(suite.name, rules, prepared, given)
    except Exception as error:  # any failure to check holds the deliveries: never "no rows failed"
        log.error("gate could not run domain=%s kind=%s", domain, type(error).__name__)
        why = f"The check itself failed ({type(error).__name__}), so no row of this kind counts as checked."
        return _concat([], ROW_COLUMNS), _batch(domain, deliveries, f"{domain}-RULES", "critical", why)
    order = frame.reset_index(drop=True)
    for outcome in outcomes:
        if outcome.error is not None:
            log.error("gate rule failed to run rule=%s kind=%s", outcome.rule.id, outcome.error)
            why = f"Rule {outcome.rule.id} could not be run ({outcome.error}), so no row counts as checked by it."
            failed.append(_batch(domain, deliveries, outcome.rule.id, "critical", why))
        elif outcome.batch_failed:
            rule = outcome.rule
            failed.append(_batch(domain, deliveries, rule.id, rule.severity, rule.reason))
        else:
            rows.append(_row_findings(domain, order, outcome, given))
    return _concat(rows, ROW_COLUMNS), _concat(failed, BATCH_COLUMNS)


def _needed(rules: Sequence[Rule]) -> list[str]:
    return list(dict.fromkeys(column for rule in rules for column in rule.columns))


def _given(suite: Suite, parameters: Mapping[str, Any]) -> dict[str, Any]:
    given = {**suite.parameters, **parameters}
    for rule in suite.active:
        for name in rule.parameters:
            if name not in given:
                raise ConfigurationError(
                    f"expectations/{suite.domain.lower()}.yaml, rule {rule.id}: parameter {name!r} is given nowhere. "
                    f"Known: {', '.join(sorted(given))}. Add it to [gate.parameters] of protocol.toml."
                )
    return given


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
            f'Found "{shorten(scrub(t), _SHOWN)}". Known: {known}.' if t is not None else None for t in found
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
