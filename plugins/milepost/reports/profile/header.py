"""The head of a profile: whose it is, of when, who may read it, how the patient stands, and what cannot wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from milepost.reports import words
from milepost.reports.checkpoint_words import STATE_WORDS
from milepost.reports.judged import given
from milepost.reports.profile.days import StudyDays, day_of, said_day
from milepost.reports.profile.dosing import Dosing, label_of
from milepost.reports.profile.inputs import Judgements, ProfileInputs, readers
from milepost.reports.profile.moments import death_of
from milepost.reports.profile.tables import why
from milepost.reports.profile.told import ACUTE, Told
from milepost.reports.profile.tumours import RESPONSE_WORDS


@dataclass(frozen=True)
class Callout:
    """What cannot wait: its heading, what is known, who acts, by when, and what the protocol asks."""

    mark: str
    heading: str
    known: str
    actor: str
    also: str
    by: str
    urgency: str
    action: str
    number: str


@dataclass(frozen=True)
class Header:
    """Everything above the figure. facts: (name, value, swatch). states: (checkpoint in the house words, swatch)."""

    study: str
    subject: str
    site: str
    standing: str
    best: str
    states: tuple[tuple[str, str], ...]
    lead: tuple[str, str]
    cut_off: str
    known_at: str
    restricted: str
    facts: tuple[tuple[str, str, str], ...]
    callouts: tuple[Callout, ...]
    running: str
    made_up: bool
    rules: str


def build_header(
    own: ProfileInputs,
    days: StudyDays,
    judged: Judgements,
    dosing: Dosing,
    told: tuple[Told, ...],
) -> Header:
    """The head of one patient's profile."""
    protocol, zone = own.protocol, own.protocol.time_zone
    labels = [role.label.lower() for role in readers(protocol)]
    known = f"{words.instant(own.known_at, zone)} ({words.offset(own.known_at, zone)})"
    return Header(
        study=protocol.id, subject=own.subject, site=site_of(own), standing=standing(own, days),
        best=best_response(own) if days.origin is not None else "", states=tuple(checkpoint_words(days, judged)),
        lead=(_standing(own, days, judged), _open_words(told)),
        cut_off=words.day(own.as_of), known_at=known,
        restricted=f"Shows the drug: for {words.listed([f'the {label}' for label in labels])} only, "
                   "never part of the open report.",
        facts=tuple(_facts(own, days, judged, dosing)), callouts=tuple(_callouts(told)),
        running=f"{protocol.id} · patient profile {own.subject} · cut-off {words.day(own.as_of)} · restricted",
        made_up=protocol.made_up,
        rules=f"configuration {own.config_hash[:12]}, milepost {own.code_version}",
    )  # fmt: skip


def site_of(own: ProfileInputs) -> str:
    """The patient's site."""
    found = [str(site) for frame in (own.adsl, own.lines) for site in frame["SITEID"]]
    return found[0] if found else ""


def standing(own: ProfileInputs, days: StudyDays) -> str:
    """On which study day the patient is, and whether on drug, off drug, or off study."""
    if days.origin is None:
        failed = bool(len(own.adsl)) and own.adsl.iloc[0]["SCRFFL"] == "Y"
        return "Screen failure, never treated" if failed else "No dose is known yet"
    death = death_of(own, days)
    if death is not None:
        return f"Died on day {said_day(day_of(death))}"
    for column, said in (("WITHDREW", "Withdrew"), ("LOST", "Lost to follow-up")):
        gone = own.lines[column].dropna()
        gone = gone[gone <= pd.Timestamp(own.as_of)]
        if len(gone):
            return f"{said} on {days.said(gone.min())}"
    today = f"{words.upper_first(days.said(own.as_of))}"
    newest = own.adex.sort_values("LINE").iloc[-1] if len(own.adex) else None
    if newest is None:
        return today
    if bool(newest["ONGOING"]):
        return f"{today}, on drug"
    stopped = days.said(newest["TRTEDT"]) if given(newest["TRTEDT"]) else "a day not known"
    return f"{today}, off drug, last dose {stopped}"


def best_response(own: ProfileInputs) -> str:
    """Best overall response of the newest line by the primary criteria and reader, in words."""
    rows = own.adrs[(own.adrs["PARAMCD"] == "BOR") & (own.adrs["ANL01FL"] == "Y")].sort_values("LINE")
    if not len(rows) or not given(rows.iloc[-1]["AVALC"]):
        return "no scan judged yet"
    if str(rows.iloc[-1]["REASON"]) == "NO_ASSESSMENT":
        return "no scan judged yet"
    return RESPONSE_WORDS.get(str(rows.iloc[-1]["AVALC"]), "cannot be said")


def checkpoint_words(days: StudyDays, judged: Judgements) -> Iterator[tuple[str, str]]:
    """(state in the house words, swatch) of each checkpoint and line; each is named where there are several."""
    for say, rows in judged.values():
        for row in rows:
            word, swatch = STATE_WORDS[row.state]
            change, reason = say.change(row), why(say, row)
            more = (
                f", {change}"
                if change and row.judged
                else f": {reason[:1].lower()}{reason[1:]}"
                if reason
                else ""
            )
            line = f"Line {row.line}: " if days.several else ""
            name = f"{say.rule.label}: " if len(judged) > 1 else ""
            yield f"{name}{line}{word}{more}", swatch


def _standing(own: ProfileInputs, days: StudyDays, judged: Judgements) -> str:
    parts = [standing(own, days) + "."]
    for say, rows in judged.values():
        for row in rows[-1:]:
            if row.state != "NOT_STARTED":
                word = STATE_WORDS[row.state][0]
                word = word[:1].lower() + word[1:]
                change = say.change(row)
                parts.append(f"{say.short} {word}" + (f" ({change})" if change and row.judged else "") + ".")
    if days.origin is not None:
        parts.append(f"Best response: {best_response(own)}.")
    return " ".join(parts)


def _open_words(told: tuple[Told, ...]) -> str:
    waiting = [one for one in told if one.is_open]
    if not waiting:
        return " No alert is open."
    acute = next((one for one in waiting if one.kind in ACUTE), None)
    counted = words.many(len(waiting), "alert")
    verb = "is" if len(waiting) == 1 else "are"
    first = (
        f": {acute.name} first"
        if acute is not None and len(waiting) > 1
        else f": {acute.name}"
        if acute
        else ""
    )
    return f" {counted} {verb} open{first}."


def _callouts(told: tuple[Told, ...]) -> Iterator[Callout]:
    """Open acute alerts, the newest of each kind first; of several events of one kind the newest three."""
    acute = sorted(
        (one for one in told if one.acute), key=lambda t: (ACUTE.index(t.kind), -(t.at or 0), t.numbers)
    )
    for one in acute[:3]:
        heading = one.name + (f", day {said_day(day_of(one.since))}" if one.since is not None else "")
        yield Callout(
            mark=one.mark, heading=heading, known=words.upper_first(one.about) + ".", actor=one.roles[0],
            also=words.listed([role.lower() for role in one.roles[1:]]), by=one.by, urgency=one.urgency,
            action=one.action, number=one.numbers[0],
        )  # fmt: skip


def _facts(
    own: ProfileInputs,
    days: StudyDays,
    judged: Judgements,
    dosing: Dosing,
) -> Iterator[tuple[str, str, str]]:
    person = {str(k): v for k, v in own.adsl.iloc[0].items()} if len(own.adsl) else {}
    site = site_of(own)
    name = next((s.name for s in own.study.sites if s.id == site), "")
    yield "Site", ", ".join(text for text in (site, name) if text) or "not known", ""
    yield "Line, drug, arm", _arms(own, dosing), ""
    if dosing.last[0]:
        yield "Last dose", f"{dosing.last[0]}, {dosing.last[1].removeprefix('last dose ')}", ""
    yield "Patient", _person(person), ""
    yield "Liver at baseline", _liver(person), ""
    yield "ECOG at baseline", str(person["ECOGBL"]) if given(person.get("ECOGBL")) else "not known", ""
    if days.origin is not None:
        yield "Best response", best_response(own), ""
    for text, swatch in checkpoint_words(days, judged):
        yield "Checkpoint", text, swatch


def _arms(own: ProfileInputs, dosing: Dosing) -> str:
    names = {line.number: line.label.lower() for line in own.protocol.lines}
    drugs: dict[int, list[str]] = {}
    for line, drug in dosing.drugs:
        drugs.setdefault(line, []).append(drug)
    arms = dict(zip(own.lines["LINE"].astype(int), own.lines["ARMCD"], strict=True))
    parts = [
        f"{names.get(line, f'line {line}')} {words.listed(drugs.get(line, [])) or _planned(own, arm)}"
        for line, arm in sorted(arms.items())
    ]
    codes = list(dict.fromkeys(arm for _, arm in sorted(arms.items()) if isinstance(arm, str)))
    if codes:
        parts.append(f"arm {words.listed(codes)}")
    return words.upper_first(", ".join(parts)) or "not known"


def _planned(own: ProfileInputs, arm: Any) -> str:
    treatments = {drug.code: drug for drug in own.protocol.treatments}
    found = next((a for a in own.protocol.arms if a.code == arm), None)
    if found is None:
        return "no drug known"
    return words.listed([label_of(treatments.get(code), code) for code in found.treatments]) + " planned"


def _person(person: Mapping[str, Any]) -> str:
    sex = {"M": "man", "F": "woman"}.get(str(person.get("SEX")), "sex not known")
    age = str(person.get("AGE") or "")
    return f"{sex}, {age} years" if age.isdigit() else f"{sex}, age not known"


def _liver(person: Mapping[str, Any]) -> str:
    hbv = {"Y": "hepatitis B", "N": "no hepatitis B"}.get(str(person.get("HBVFL")), "hepatitis B not known")
    class_ = f"Child-Pugh {person['CPCLASSBL']}" if given(person.get("CPCLASSBL")) else "Child-Pugh not known"
    albi = f", ALBI grade {int(person['ALBIGRBL'])}" if given(person.get("ALBIGRBL")) else ""
    return f"{hbv}, {class_}{albi}"
