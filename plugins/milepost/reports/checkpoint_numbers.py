"""What of a checkpoint goes into the ledger: states, reasons, bands, and each way to count its patients."""

from __future__ import annotations

import pandas as pd

from milepost.core.study_day import study_day
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.inputs import ReportInputs
from milepost.reports.judged import Judged, given, keys
from milepost.reports.ledger import Ledger
from milepost.reports.rates import Denominator, GroupRate
from milepost.reports.who import Who


def reached_checkpoint(inputs: ReportInputs, rows: list[Judged], say: CheckpointWords) -> set[str]:
    """Ids of verdicts whose patient was alive and on study on the window's last day, once that day has come."""
    last = say.rule.window[1]
    by_line = {
        (str(r["USUBJID"]), int(r["LINE"])): r
        for r in inputs.lines.to_dict("records")
        if given(r.get("FIRSTDOSE"))
    }
    reached = set()
    for row in rows:
        line = by_line.get((row.subject, row.line))
        if line is None or row.today is None or row.today < last:
            continue
        first = pd.Timestamp(line["FIRSTDOSE"]).date()
        ends = [line.get(name) for name in ("DEATH", "WITHDREW", "LOST")]
        if all(study_day(pd.Timestamp(end).date(), first) > last for end in ends if given(end)):
            reached.add(row.key)
    return reached


def enter_checkpoint(
    say: CheckpointWords,
    rows: list[Judged],
    found: list[Denominator],
    groups: list[GroupRate],
    who: Who,
    ledger: Ledger,
) -> None:
    """Every number of this checkpoint, under checkpoint.<id>."""
    base = f"checkpoint.{say.rule.id}"
    for state, (name, _) in STATE_WORDS.items():
        chosen = [row for row in rows if row.state == state]
        ledger.count(
            f"{base}.state.{state}", f"{say.short}: {name.lower()}", keys(chosen), of=len(rows), followed=True
        )
        for reason in sorted({row.reason for row in chosen if row.reason}):
            mine = [row for row in chosen if row.reason == reason]
            ledger.count(
                f"{base}.reason.{state}.{reason}",
                f"{say.short}: {name.lower()}, {reason}",
                keys(mine),
                of=len(rows),
            )
        for band, band_name in enumerate((*say.bands, "none")):
            mine = [r for r in chosen if (len(say.bands) if r.band is None else r.band) == band]
            ledger.count(f"{base}.state.{state}.band.{band}", f"{say.short}: {name.lower()}, baseline {band_name}",
                         keys(mine), of=len(chosen))  # fmt: skip
    for one in found:
        counted = f", {who.many}" if who.several else ""
        ledger.count(f"{base}.{one.id}", f"{say.short}: {one.name.lower()}{counted}", keys(one.rows), of=len(rows),
                     followed=one.id == "evaluable")  # fmt: skip
        ledger.rate(f"{base}.responders_of.{one.id}", f"{say.short} responders of {one.name.lower()}", one.responders,
                    keys(one.rows))  # fmt: skip
    ledger.count(f"{base}.responders", f"{say.short} responders, final",
                 keys(row for row in rows if row.state == "RESPONDER"), of=len(rows))  # fmt: skip
    for group in groups:
        ledger.rate(f"{base}.rate.{group.id}", f"{say.short} response rate: {group.name}", group.rate,
                    keys(group.rows), followed=group.id == "all")  # fmt: skip
