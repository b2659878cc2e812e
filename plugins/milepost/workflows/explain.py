"""Follow a verdict, a delivery, an alert or a report number back to rows, files, lines and rules."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pandas as pd

from milepost.errors import DataProblem
from milepost.reports.ledger import rows_behind
from milepost.reports.masking import Mask
from milepost.schema import DOMAINS
from milepost.workflows.arm_readers import Reader, left_out, may_see, roles_of_a_patient
from milepost.workflows.context import Context
from milepost.workflows.explain_record import receipt, record_versions
from milepost.workflows.judging import judge
from milepost.workflows.people import alert_key
from milepost.workflows.publishing import OPEN
from milepost.workflows.signal_words import said
from milepost.workflows.verdicts import study_at

# a subject and one of its records as SRC prints it: S01-002 AE|R:7
_RECORD = re.compile(r"(?P<subject>\S+)\s+(?P<domain>[A-Za-z]{2})\|(?P<key>.+)")


def explain(
    ctx: Context, what: str, *, as_of: dt.date, known_at: dt.datetime | None, line: int = 1, reader: Reader,
) -> str:  # fmt: skip
    """In sentences: how a subject was judged, every version of one record, where a delivery's rows went, what an alert
    rests on, or which rows a report number counts.

    reader: who asks. Arms, drugs and doses are left out where that role may not see a patient's arm; else the audit log
    says to whom they were shown. Raises DataProblem where nothing has this name, NotPermitted for a role that the
    protocol does not know."""
    study, _ = study_at(ctx, known_at)
    allowed = roles_of_a_patient(study.protocol)
    masked = _explained(ctx, what, as_of, known_at, line, with_arms=False)
    masked = Mask(study.protocol).neutral(masked)
    whole = _explained(ctx, what, as_of, known_at, line, with_arms=True)
    if masked == whole:  # nothing in it tells an arm
        return whole
    asked = {"what": what, "as_of": as_of.isoformat(), "known_at": (known_at or ctx.clock()).isoformat()}
    if may_see(ctx, reader, allowed, "explain", asked):
        return whole
    return f"{masked}\n{left_out('Not all is shown', allowed)}"


def _explained(
    ctx: Context, what: str, as_of: dt.date, known_at: dt.datetime | None, line: int, *, with_arms: bool
) -> str:
    instant = ctx.store.resolve_known_at(known_at)
    if instant is None:
        raise DataProblem("explain: nothing was received yet. Hand a file over with `milepost deliver`.")
    if what.isdigit():
        return explain_delivery(ctx, int(what), instant)
    alerts = ctx.store.alerts()
    found = alerts[alerts["KEY"] == alert_key(ctx, what)]
    if len(found):
        return _alert(ctx, found.iloc[0].to_dict(), as_of, instant)
    named = _RECORD.fullmatch(what.strip())
    if named and named["domain"].upper() in DOMAINS:
        return record_versions(
            ctx, named["subject"], named["domain"].upper(), named["key"], instant, with_arms=with_arms
        )
    numbers = _number(ctx, what, as_of, instant)
    if numbers is not None:
        return numbers
    return _subject(ctx, what, as_of, instant, known_at, line)


def explain_delivery(ctx: Context, number: int, known_at: dt.datetime) -> str:
    """What came in a delivery and where each of its rows went."""
    ledger = ctx.store.deliveries()
    found = ledger[ledger["ID"] == number]
    if found.empty:
        raise DataProblem(f"explain: delivery {number} is unknown; {len(ledger)} are on record.")
    row = found.iloc[0]
    lines = [
        f"Delivery {number} from {row['SITEID']}, layout {row['LAYOUT'] or 'unknown'}, {row['BYTES']} bytes, "
        f"received {row['RECEIVED_AT']:%Y-%m-%d %H:%M} UTC",
        f"SHA-256 {row['SHA256']} (the bytes lie in the vault under it)",
        f"Outcome: {row['OUTCOME'] if pd.notna(row['OUTCOME']) else 'pending'}"
        + (f". {row['REASON']}" if row["REASON"] else ""),
    ]
    counts = ctx.store.row_counts([number])
    for count in counts[counts["ATTEMPT"] == counts["ATTEMPT"].max()].to_dict("records"):
        rule = f" by rule {count['RULE']}" if count["RULE"] else ""
        lines.append(f"  {count['ROWS']:>6} {count['DOMAIN']:<4} {count['DISPOSITION'].lower()}{rule}")
    refused = ctx.store.quarantined(known_at=known_at, open_only=False)
    for item in refused[refused["DELIVERY"] == number].to_dict("records"):
        settled = (
            f" Settled by delivery {item['RELEASED_BY']}: {item['RELEASE_REASON']}."
            if pd.notna(item["RELEASED_BY"])
            else ""
        )
        lines.append(
            f"  line {item['SRCLINE']}: {', '.join(item['RULES'])}: {' '.join(item['REASONS'])}{settled}"
        )
    return "\n".join(lines)


def _subject(
    ctx: Context, subject: str, as_of: dt.date, known_at: dt.datetime, wanted: dt.datetime | None, line: int
) -> str:
    study, config = study_at(ctx, wanted)
    verdicts = judge(study, ctx.store, as_of=as_of, known_at=known_at, patients=[subject]).verdicts
    mine = verdicts[(verdicts["USUBJID"] == subject) & (verdicts["LINE"] == line)]
    if mine.empty:
        raise DataProblem(
            "explain: no subject, delivery, alert or report number has this name, or not this line."
        )
    lines = [
        f"{subject}, line {line}, as of {as_of}, as known at {known_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"configuration {config[:12]}"
    ]
    for row in mine.to_dict("records"):
        rule = next(item for item in study.protocol.checkpoints if item.id == row["CHECKPOINT"])
        first = "" if pd.isna(row["FIRSTDOSE"]) else f"; first dose {row['FIRSTDOSE']:%Y-%m-%d} (day 1)"
        reason = f":{row['REASON']}" if row["REASON"] else ""
        lines += [
            f"{rule.id}: {row['STATE']}{reason}{' (final)' if row['FINAL'] else ''}",
            f"  rule: {rule.test} {rule.direction} of at least {rule.threshold_pct} % nearest day {rule.target_day} "
            f"within days {rule.window[0]} to {rule.window[1]}{first}",
        ]
        if row["COMPARISON"]:
            lines.append(f"  compared: {row['COMPARISON']}")
        for name, value, unit, day, source in (
            ("baseline", row["BASE"], row["BASEU"], row["BASEADY"], row["BASE_SRC"]),
            ("sample", row["AVAL"], row["AVALU"], row["ADY"], row["AVAL_SRC"]),
        ):
            if source is not None:
                lines.append(f"  {name}: {value} {unit or ''} on day {day}; {receipt(ctx, source)}")
        if row["FLAGS"]:
            lines.append(f"  flags: {', '.join(row['FLAGS'])}")
        if row["DETAIL"]:
            lines.append(f"  detail: {row['DETAIL']}")
    return "\n".join([*lines, *_history(ctx, subject, line, as_of, known_at)])


def _history(ctx: Context, subject: str, line: int, as_of: dt.date, known_at: dt.datetime) -> list[str]:
    past = ctx.store.assessment_history(subject)
    by_then = (past["AS_OF"] <= pd.Timestamp(as_of)) & (past["KNOWN_AT"] <= known_at)
    past = past[(past["LINE"] == line) & by_then]
    if past.empty:
        return []
    rows = [
        f"  {row['AS_OF']:%Y-%m-%d} version {row['VERSION']}: {row['STATE']}"
        + (f":{row['REASON']}" if row["REASON"] else "")
        for row in past.to_dict("records")
    ]
    return ["Judged so far:", *rows]


def _alert(ctx: Context, alert: dict[str, Any], as_of: dt.date, known_at: dt.datetime) -> str:
    events = ctx.store.alert_events()
    # what the judging ended has the day of its night; what people and senders did has wall-clock time
    by_then = events["AS_OF"].isna() | ((events["AS_OF"] <= pd.Timestamp(as_of)) & (events["AT"] <= known_at))
    mine = events[(events["ALERT_KEY"] == alert["KEY"]) & by_then].sort_values(["AT", "EVENT"])
    lines = [
        f"{alert['KIND']} for {alert['ROLE']}, episode {alert['EPISODE']}, owed on {alert['OWED_ON']:%Y-%m-%d}",
        *(
            f"  {event['AT']:%Y-%m-%d %H:%M} UTC {event['EVENT']} {event['CHANNEL']}".rstrip()
            for event in mine.to_dict("records")
        ),
    ]
    if pd.notna(alert["SIGNAL"]):
        return "\n".join([*lines, *_signal(ctx, alert)])
    if alert["KIND"] == "ESTIMATES_DISAGREE":
        return "\n".join([*lines, *_estimates(alert["DETAIL"])])
    if alert["USUBJID"] is None:
        return "\n".join([*lines, explain_delivery(ctx, int(alert["DETAIL"]["delivery"]), known_at)])
    detail = alert["DETAIL"]
    lines.append(
        f"  rests on version {alert['ASSESSMENT']} of the verdict: {detail.get('state')}, "
        f"{detail.get('comparison') or ''}"
    )
    return "\n".join([*lines, *_history(ctx, alert["USUBJID"], int(alert["LINE"]), as_of, known_at)])


def _estimates(detail: dict[str, Any]) -> list[str]:
    """Which report, and the names of its estimates that a second program gives differently; never their values."""
    return [
        f"  rests on report {detail['report']} ({detail['report_kind']}), cut-off {detail['as_of']}: "
        f"{detail['apart']} of {detail['compared']} numbers differ",
        *(f"  {name}" for name in detail["estimates"]),
    ]


def _signal(ctx: Context, alert: dict[str, Any]) -> list[str]:
    """What a safety signal's alert rests on: its facts, and the record it is about with its file and line."""
    detail = alert["DETAIL"]
    where = f"subject {alert['USUBJID']}" if alert["USUBJID"] else f"site {alert['SITEID']}"
    lines = [f"  rests on version {int(alert['SIGNAL'])} of the signal about {where}"]
    lines += [f"  {text}" for text in said(detail)]
    if detail.get("before"):
        lines.append("  said before: " + ", ".join(said(detail["before"])))
    return [*lines, *_record_of(ctx, alert)]


def _record_of(ctx: Context, alert: dict[str, Any]) -> list[str]:
    """The versions of the event an alert is about, where it is about one."""
    kind = alert["DETAIL"].get("kind") or alert["KIND"]  # what is taken back is named in its detail
    if not alert["USUBJID"] or kind not in ("SERIOUS_EVENT", "FATAL_EVENT", "SPECIAL_INTEREST"):
        return []
    about = str(alert["ABOUT"])
    key = about.split("|", 1)[-1] if kind == "SPECIAL_INTEREST" else about
    past = ctx.store.history("AE", patient=alert["USUBJID"], known_at=alert["OWED_AT"], reckey=key)
    return [
        "  recorded: "
        + receipt(ctx, (row["DELIVERY"], row["SRCLINE"], key, row["OCCURRENCE"], row["VERSION"]))
        for row in past.to_dict("records")
    ]


def _number(ctx: Context, name: str, as_of: dt.date, known_at: dt.datetime) -> str | None:
    """A number of the newest open report up to this day and this knowledge; never one of the closed report."""
    reports = ctx.store.reports()
    reports = reports[
        (reports["KIND"] == OPEN)
        & (reports["AS_OF"] <= pd.Timestamp(as_of))
        & (reports["KNOWN_AT"] <= known_at)
    ]
    if reports.empty:
        return None
    newest = reports.sort_values(["AS_OF", "KNOWN_AT", "PUBLISHED_AT"]).iloc[-1]
    numbers: Any = ctx.store.report_numbers(str(newest["ID"]), str(newest["KIND"]))
    by_id = {number["id"]: number for number in numbers.get("numbers", [])}
    for number in by_id.values():
        if number["id"] == name:
            receipt = number.get("receipt", {})
            rows = rows_behind(number, by_id) or []
            of = f" of {number['denominator']}" if "denominator" in number else ""
            return "\n".join([
                f"{number['label']}: {number['value']}{of}, in report {newest['ID']} as of {newest['AS_OF']:%Y-%m-%d}",
                f"Counted rows ({receipt.get('n', len(rows))}, SHA-256 {receipt.get('sha256', '')[:12]}):",
                *(f"  {row}" for row in rows),
                "Ask for one of them: milepost explain SUBJECT",
            ])  # fmt: skip
    return None
