"""Rows refused, and what settles them later: a correction of the same record, or its cancellation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from milepost.schema import DOMAINS, TOMBSTONES
from milepost.store.recording import RecordingSession


def quarantine_rows(
    session: RecordingSession, domain: str, bad: pd.DataFrame, critical: pd.DataFrame,
    stamps: Mapping[int, Any], attempts: Mapping[int, int],
) -> set[Any]:  # fmt: skip
    """Keep the refused rows; returns the positions of those that wait in quarantine already, unchanged."""
    if bad.empty:
        return set()
    rows = dict(zip(bad.index, _contents(domain, bad), strict=True))
    prints = {
        pos: fingerprint({"site": bad.at[pos, "SITEID"], "domain": domain, **row})
        for pos, row in rows.items()
    }
    waiting = set(session.quarantined_like(sorted(set(prints.values())))["FINGERPRINT"])
    repeated = {pos for pos, text in prints.items() if text in waiting}
    new = bad[~bad.index.isin(repeated)]
    if new.empty:
        return repeated
    by_pos = critical.groupby("POS")
    rules, reasons, samples = by_pos["RULE"].agg(list), by_pos["REASON"].agg(list), by_pos["IS_SAMPLE"].all()
    domain_ = DOMAINS[domain]
    test = f"{domain}TESTCD"
    session.save_quarantine(pd.DataFrame({
        "KNOWN_FROM": new["DELIVERY"].map(stamps), "DELIVERY": new["DELIVERY"],
        "ATTEMPT": new["DELIVERY"].map(attempts),
        "SRCLINE": new["SRCLINE"], "EMIT": new["EMIT"], "SITEID": new["SITEID"], "DOMAIN": domain,
        "USUBJID": new["USUBJID"], "RECKEY": new["RECKEY"], "TEST": new[test] if test in new else None,
        "DTC": new[domain_.date] if domain_.date else None, "REF": new[domain_.ref] if domain_.ref else None,
        # one rule that says "this was no specimen" is enough: a misdated row is not a sample
        "IS_SAMPLE": [domain == "LB" and bool(samples[pos]) for pos in new.index],
        "RULES": [rules[pos] for pos in new.index], "REASONS": [reasons[pos] for pos in new.index],
        "ROW": [rows[pos] for pos in new.index], "FINGERPRINT": [prints[pos] for pos in new.index],
    }))  # fmt: skip
    return repeated


def release_settled(session: RecordingSession, domain: str, good: pd.DataFrame) -> set[int]:
    """Release open rows whose record arrived again and passed, or was cancelled; the deliveries they came in."""
    keys = good[["USUBJID", "RECKEY"]].drop_duplicates()
    waiting = session.quarantined_about(domain, keys)
    if waiting.empty:
        return set()
    newest = good.sort_values(["KNOWN_FROM", "SRCLINE"]).drop_duplicates(["USUBJID", "RECKEY"], keep="last")
    refused = waiting[["ID", "USUBJID", "RECKEY", "KNOWN_FROM", "DELIVERY"]]
    joined = refused.rename(columns={"KNOWN_FROM": "REFUSED_AT", "DELIVERY": "REFUSED_IN"}).merge(
        newest[["USUBJID", "RECKEY", "KNOWN_FROM", "DELIVERY", "STATUS"]], on=["USUBJID", "RECKEY"], how="inner",
        validate="m:1",
    )  # fmt: skip
    # a row of the same file or an older one does not answer for it, unless the file is read again
    later = joined[(joined["KNOWN_FROM"] > joined["REFUSED_AT"]) & (joined["STATUS"] != "PRELIMINARY")]
    reason = later["STATUS"].isin(TOMBSTONES).map({True: "CANCELLED", False: "CORRECTED"})
    session.release_quarantine(pd.DataFrame({
        "QUARANTINE": later["ID"], "KNOWN_FROM": later["KNOWN_FROM"], "DELIVERY": later["DELIVERY"],
        "REASON": reason.astype(object),
    }))  # fmt: skip
    return {int(number) for number in later["REFUSED_IN"]}


def release_read_again(session: RecordingSession, stamps: Mapping[int, Any], critical: pd.DataFrame) -> None:
    """Release the rows of deliveries read again (`stamps` by number) that break no rule any more.

    Their identity may be another one now, as where a subject could not be read before: the line tells them apart.
    """
    places = ["DELIVERY", "DOMAIN", "SRCLINE", "EMIT"]
    waiting = session.quarantined_of_files(sorted(stamps))
    still = pd.MultiIndex.from_frame(critical[places])
    mended = waiting[~pd.MultiIndex.from_frame(waiting[places]).isin(still)]
    session.release_quarantine(pd.DataFrame({
        "QUARANTINE": mended["ID"], "KNOWN_FROM": mended["DELIVERY"].map(stamps), "DELIVERY": mended["DELIVERY"],
        "REASON": "READ_AGAIN",
    }))  # fmt: skip


def _contents(domain: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [*DOMAINS[domain].names, "STATUS", "RESVER"]
    return [{k: None if v is None or v != v else str(v) for k, v in row.items()}
            for row in frame[names].astype(object).to_dict("records")]  # fmt: skip


def fingerprint(row: Mapping[str, Any]) -> str:
    """SHA-256 of a row's content in our columns: the same bad row in another file is the same."""
    return hashlib.sha256(json.dumps(row, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
