"""The small tables beneath the figure: verdict, responses, times to event, alerts, queries, doses; each row with the
way back to its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from milepost.core.best_response import REASONS
from milepost.core.checkpoint_codes import FLAGS
from milepost.core.time_to_event import PARAMS
from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS, CheckpointWords
from milepost.reports.judged import NON_RESPONSE, Judged, given
from milepost.reports.profile.days import StudyDays
from milepost.reports.profile.dosing import label_of
from milepost.reports.profile.inputs import Judgements, ProfileInputs
from milepost.reports.profile.sources import Sources, of_record
from milepost.reports.profile.told import deadline, morning_of
from milepost.reports.profile.tumours import READER_WORDS, RESPONSE_WORDS

_NOT_TAKEN = {"NOT_TREATED"}


@dataclass(frozen=True)
class EvidenceRow:
    """One sample a verdict rests on, exactly as it was reported."""

    name: str
    reported: str
    day: str
    where: str
    delay: str
    source: str


@dataclass(frozen=True)
class Verdict:
    """One checkpoint of one line: state, rule, the comparison that decided, and the samples behind it.

    caution: the protocol's sentence, under a non-response. sensitivities: (its name, what it gives).
    """

    heading: str
    state: str
    swatch: str
    comparison: str
    lead: str
    rule: str
    rows: tuple[EvidenceRow, ...]
    flags: str
    sensitivities: tuple[tuple[str, str], ...]
    caution: str
    no_samples: str


@dataclass(frozen=True)
class Row:
    """One row of a small table: its heading, its cells, and where it came from."""

    head: str
    cells: tuple[str, ...]
    source: str
    strong: bool = False


def build_verdicts(own: ProfileInputs, days: StudyDays, judged: Judgements) -> tuple[Verdict, ...]:
    """Each checkpoint and line, the newest line last."""
    return tuple(_verdict(own, days, say, row) for say, rows in judged.values() for row in rows)


def _verdict(own: ProfileInputs, days: StudyDays, say: CheckpointWords, row: Judged) -> Verdict:
    cells = own.verdicts[(own.verdicts["CHECKPOINT"] == say.rule.id) & (own.verdicts["LINE"] == row.line)]
    stored = {str(name): value for name, value in cells.iloc[0].items()}
    word, swatch = STATE_WORDS[row.state]
    rows = [
        _evidence(own, say, row, stored, "BASE", "baseline"),
        _evidence(own, say, row, stored, "AVAL", "checkpoint"),
    ]
    line = f", line {row.line}" if days.several else ""
    return Verdict(
        heading=f"{say.rule.label}{line}", state=word, swatch=swatch, comparison=row.comparison or "",
        lead=_lead(say, row), rule=_rule(say), rows=tuple(r for r in rows if r is not None),
        flags=words.listed([FLAGS.get(flag, flag.replace("_", " ").lower()) for flag in row.flags]),
        sensitivities=tuple(_sensitivities(say, row)),
        caution=own.protocol.alerts.caution if row.state in NON_RESPONSE else "",
        no_samples=_none(say, row),
    )  # fmt: skip


def why(say: CheckpointWords, row: Judged) -> str:
    """The reason that goes with a state, in the house words; empty where it has none."""
    if row.state == "NOT_EVALUABLE":
        return say.reason(row.reason)[0]
    if row.state in ("MISSED", "NOT_REACHED", "NOT_STARTED"):
        return say.sub_reason(row)
    return say.drawn_elsewhere(row) if row.state == "OVERDUE" else ""


def _lead(say: CheckpointWords, row: Judged) -> str:
    parts = []
    reason = why(say, row)
    if reason:
        parts.append(reason)
    change = say.change(row)
    if change:
        parts.append(f"{change} on day {row.day}" if row.day is not None else change)
    if row.state == "OVERDUE":
        parts.append(
            f"no sample of days {say.window} is known; missed after day {say.rule.last_provisional_day}"
        )
    if row.state in ("NOT_DUE", "WINDOW_OPEN"):
        parts.append(f"a sample of days {say.window} counts, best of day {say.rule.target_day}")
    if row.final:
        parts.append("final: only corrected data can change it")
    elif row.judged:
        parts.append(f"a nearer sample may still come until day {say.rule.last_provisional_day}")
    return words.upper_first("; ".join(parts)) + "." if parts else ""


def _rule(say: CheckpointWords) -> str:
    least = say.rule.min_baseline
    minimum = "" if least is None else f"; baseline at least {words.amount(least)} {say.test.unit}"
    return (
        f"{say.test.label} {say.do} of {say.threshold} or more from the last result before first dose, in the sample "
        f"nearest to day {say.rule.target_day} within days {say.window}{minimum}. Rule {say.rule.id}"
    )


def _evidence(
    own: ProfileInputs, say: CheckpointWords, row: Judged, stored: Mapping[str, Any], column: str, name: str
) -> EvidenceRow | None:
    source = stored[f"{column}_SRC"]
    if not isinstance(source, tuple | list):
        return None
    delivery, srcline, key, occurrence, _ = source
    text, unit = (row.base, row.base_unit) if column == "BASE" else (row.value, row.value_unit)
    day = row.base_day if column == "BASE" else row.day
    found = own.labs[(own.labs["RECKEY"] == key) & (own.labs["OCCURRENCE"] == occurrence)]
    record = {str(k): v for k, v in found.iloc[0].items()} if len(found) else {}
    where = ", ".join(str(record[c]) for c in ("LBNAM", "LBMETHOD") if given(record.get(c)))
    return EvidenceRow(
        name=f"{say.short}, {name}", reported=f"{text} {unit or ''}".strip() if text else "not usable",
        day="" if day is None else words.count(day), where=where or "not said", delay=_delay(own, record),
        source=of_record(delivery, srcline, key, "LB"),
    )  # fmt: skip


def _delay(own: ProfileInputs, record: Mapping[str, Any]) -> str:
    """How long from the collection until we knew it."""
    if not given(record.get("ADT")) or not given(record.get("KNOWN_FROM")):
        return "not known"
    known = (
        pd.Timestamp(record["KNOWN_FROM"]).tz_convert(own.protocol.time_zone).tz_localize(None).normalize()
    )
    apart = (known - pd.Timestamp(record["ADT"])).days
    return "same day" if apart <= 0 else words.many(apart, "day")


def _sensitivities(say: CheckpointWords, row: Judged) -> Iterator[tuple[str, str]]:
    labels = {other.id: other.label for other in say.rule.sensitivities} | {
        "LATE_SAMPLE": "Sample after the window"
    }
    for key, answer in sorted(row.sensitivities.items()):
        state, _, reason = str(answer).partition(":")
        word = STATE_WORDS.get(state, (state.replace("_", " ").lower(),))[0].lower()
        yield labels.get(key, key), word + (f" ({say.reason(reason)[0].lower()})" if reason else "")


def _none(say: CheckpointWords, row: Judged) -> str:
    if row.base is None and row.value is None:
        return f"No {say.short} result counts as baseline or as checkpoint sample."
    return ""


def list_responses(own: ProfileInputs, days: StudyDays, sources: Sources) -> tuple[Row, ...]:
    """Best response of each line, criteria and reader: unconfirmed, confirmed, and why it cannot be said."""
    order: dict[str, int] = {name: place for place, name in enumerate(own.protocol.response.criteria)}
    found: dict[tuple[int, int, bool, str, str], dict[str, dict[str, Any]]] = {}
    for row in own.adrs[own.adrs["PARAMCD"].isin(("BOR", "CBOR"))].to_dict("records"):
        criteria, reader = str(row["PARCAT3"]), str(row["PARCAT2"])
        rank = (int(row["LINE"]), order.get(criteria, len(order)), reader != "INVESTIGATOR", criteria, reader)
        found.setdefault(rank, {})[str(row["PARAMCD"])] = {str(k): v for k, v in row.items()}
    made = []
    for (line, _, _, criteria, reader), answers in sorted(found.items()):
        best = answers.get("BOR") or answers["CBOR"]
        cells = [_answer(answers[name], days) if name in answers else "" for name in ("BOR", "CBOR")]
        head = f"{_line(line, days)}{criteria}, {_reader(reader)}"
        made.append(Row(head, tuple(cells), sources.of(best["SRC"]), best["ANL01FL"] == "Y"))
    return tuple(made)


def _answer(row: Mapping[str, Any], days: StudyDays) -> str:
    """SD stable disease, day 46; or why there is none."""
    answer = str(row["AVALC"]) if given(row["AVALC"]) else ""
    said = f"{answer} {RESPONSE_WORDS.get(answer, 'cannot be said')}".strip()
    when = f", {days.said(row['ADT'])}" if given(row["ADT"]) else ""
    reason = REASONS.get(str(row["REASON"]), "") if given(row["REASON"]) else ""
    return f"{said}{when}" + (f": {reason}" if reason else "")


def _line(line: int, days: StudyDays) -> str:
    return f"Line {line}: " if days.several else ""


def _reader(name: Any) -> str:
    return READER_WORDS.get(str(name), str(name).lower()) if given(name) else "site’s word"


def list_times(own: ProfileInputs, days: StudyDays, sources: Sources) -> tuple[Row, ...]:
    """The time-to-event rows that count: primary reader and criteria; of the two styles of progression-free survival
    the declared one under its own name, the other beside it."""
    declared = f"PFS{own.protocol.time_to_event.pfs}"
    rows = own.adtte[
        (own.adtte["ANL01FL"] == "Y") & (own.adtte["PARAMCD"] != declared) & own.adtte["AVAL"].notna()
    ]
    made = []
    order = {name: place for place, name in enumerate(PARAMS)}
    placed = rows.assign(PLACE=rows["PARAMCD"].map(order).fillna(len(order)))
    for row in placed.sort_values(["LINE", "PLACE", "PARAMCD"]).to_dict("records"):
        event, line, days_long = int(row["CNSR"]) == 0, int(row["LINE"]), float(row["AVAL"])
        until = f" ({str(row['CNSDTDSC']).lower()})" if given(row["CNSDTDSC"]) else ""
        why = f"{'event' if event else 'censored'}: {days.without_dates(str(row['EVNTDESC'] or '').lower())}{until}"
        cells = (
            f"{days_long:.1f}" if days_long % 1 else words.count(int(days_long)),
            f"{float(row['AVALM']):.1f}",
            days.said(row["ADT"], line),
            why,
        )
        made.append(Row(f"{_line(line, days)}{row['PARAM']}", cells, sources.of(row["SRC"]), event))
    return tuple(made)


def list_doses(own: ProfileInputs, days: StudyDays) -> tuple[Row, ...]:
    """Every dose record by the cut-off, as reported, with its reason."""
    drugs = {
        name.casefold(): drug
        for drug in own.protocol.treatments
        for name in (drug.code, drug.label, *drug.names)
    }
    made = []
    rows = own.doses[~(own.doses["ADT"] > pd.Timestamp(own.as_of))]
    for row in rows.sort_values(["ADT", "EXSTDTC", "RECKEY"], na_position="last").to_dict("records"):
        name = str(row["EXTRT"] or "")
        line = int(row["EXLINE"]) if str(row["EXLINE"] or "").isdigit() else None
        end = _whole_day(row["EXENDTC"])
        if end is not None and end > pd.Timestamp(own.as_of):
            end = None
        when = days.span(row["ADT"], end, line) + (" on" if not given(row["EXENDTC"]) else "")
        shown = " ".join(str(row[c]) for c in ("EXDOSE", "EXDOSU", "EXDOSFRQ") if given(row[c]))
        drug = label_of(drugs.get(name.casefold()), name)
        made.append(Row(when, (f"{drug} {shown}", days.without_dates(row["EXADJ"])),
                        of_record(row["DELIVERY"], row["SRCLINE"], row["RECKEY"], "EX")))  # fmt: skip
    return tuple(made)


def _whole_day(text: Any) -> pd.Timestamp | None:
    """The day in a date text; None where it is incomplete."""
    day = pd.to_datetime(text[:10], errors="coerce") if isinstance(text, str) and len(text) >= 10 else None
    return None if day is None or pd.isna(day) else day


def list_queries(own: ProfileInputs, days: StudyDays) -> tuple[Row, ...]:
    """Open questions about this patient, the one due first on top."""
    made = []
    rows = own.queries.sort_values(["DUE_ON", "ID"])
    for row in rows.to_dict("records"):
        asked = pd.Timestamp(row["OPENED_AT"]).tz_convert(own.protocol.time_zone).date()
        by, urgency = deadline(row["DUE_ON"] and pd.Timestamp(row["DUE_ON"]).date(), morning_of(own), days)
        question = days.without_dates(row["QUESTION"])
        made.append(Row(question, (days.said(asked), by), of_record(row["DELIVERY"], row["SRCLINE"]),
                        urgency == "late"))  # fmt: skip
    return tuple(made)


def exposure_words(own: ProfileInputs, days: StudyDays) -> str:
    """Relative dose intensity, reductions and pauses of each line in a sentence."""
    parts = []
    for row in own.adex.sort_values("LINE").to_dict("records"):
        if row["REASON"] in _NOT_TAKEN:
            continue
        head = f"Line {int(row['LINE'])}: " if days.several else ""
        said = []
        if given(row["TRTDURD"]):
            said.append(words.many(int(row["TRTDURD"]), "day"))
        if given(row["RDI"]):
            said.append(f"relative dose intensity {words.percent(Decimal(str(row['RDI'])))}")
        for name, one in (("NREDUCE", "reduction"), ("NINTERRUPT", "interruption")):
            if given(row[name]):
                said.append(words.many(int(row[name]), one))
        if said:
            parts.append(head + ", ".join(said) + ".")
    return " ".join(parts)
