"""The made-up study as the files that six hospitals hand over, each with the instant at which it came.

A fact goes into the first file of its kind that its site writes after it was entered. Files are late, come twice,
break off or cannot be read, and one site is silent for ten weeks: the faults of whole files are planted here.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from milepost.protocol import Site
from milepost.simulator import formats
from milepost.simulator.history import FORMS, History
from milepost.simulator.people import stream
from milepost.simulator.stories import SILENT

LAST_NIGHTS = 6
Row = dict[str, Any]
# how often a site sends each kind of file, in days: (laboratory, case report forms, imaging)
EVERY = {"S01": (10, 22, 56), "S02": (14, 24, 70), "S03": (14, 22, 70), "S04": (12, 24, 70), "S05": (28, 24, 70),
         "S06": (14, 24, 70)}  # fmt: skip
CUMULATIVE = ("S05",)


@dataclass(frozen=True)
class SimulatedDelivery:
    """One file as a site hands it over. `dirt` names what is wrong with the file as a whole, else empty."""

    site: str
    name: str
    raw: bytes
    received_at: dt.datetime
    kind: str
    dirt: str = ""


@dataclass(frozen=True)
class _Slot:
    """One planned file: it holds what was entered up to the end of `cut`."""

    site: str
    kind: str
    cut: dt.date
    received_at: dt.datetime


def deliveries(history: History, sites: Sequence[Site]) -> Iterator[SimulatedDelivery]:
    """Every file of the study in order of receipt; the same history gives the same bytes."""
    numbers = {patient.usubjid: patient.number for patient in history.patients}
    files: list[SimulatedDelivery] = []
    for place, site in enumerate(sites):
        slots = _slots(history, site, place)
        forms = _shared_out(_form_rows(history, site.id), [slot for slot in slots if slot.kind == "forms"])
        first_seen: dict[str, dt.date] = {
            row["USUBJID"]: slot.cut for slot, rows in reversed(forms) for row in rows if row["FORM"] == "DM"
        }
        labs = _after_enrolment(_rows(history.labs, site.id, ""), first_seen)
        for row in labs:
            row["NUMBER"] = numbers.get(row["USUBJID"], 999)
        pictures = [r for domain, frame in history.scans.items() for r in _rows(frame, site.id, domain)]
        lab_slots = [slot for slot in slots if slot.kind == "labs"]
        shares = _so_far(labs, lab_slots) if site.id in CUMULATIVE else _shared_out(labs, lab_slots)
        files += [_labs_file(slot, rows) for slot, rows in shares if rows]
        files += [_forms_file(slot, rows) for slot, rows in forms if rows]
        imaging = _shared_out(
            _after_enrolment(pictures, first_seen), [slot for slot in slots if slot.kind == "imaging"]
        )
        files += [_imaging_file(slot, rows) for slot, rows in imaging if rows]
        files += _extra_files(history, site.id, shares)
    files = _spoilt(history, files)
    return iter(sorted(files, key=lambda file: (file.received_at, file.site, file.name)))


def nights(history: History, *, catch_up: int = 8, last: int = 5) -> tuple[dt.date, ...]:
    """The days after which the demo works: `catch_up` evenly spread ones, then the study's `last` days one by one."""
    first_last = history.end - dt.timedelta(days=last - 1)
    span = (first_last - dt.timedelta(days=1) - history.start).days
    early = [history.start + dt.timedelta(days=round(span * (n + 1) / catch_up)) for n in range(catch_up)]
    return (*early, *(first_last + dt.timedelta(days=n) for n in range(last)))


# ---------------------------------------------------------------- which file holds what


def _slots(history: History, site: Site, place: int) -> list[_Slot]:
    """The files a site plans: regular ones, then in the last nights laboratories every other day, S05 every day."""
    zone = ZoneInfo(site.time_zone or history.time_zone)
    days = (history.end - history.start).days
    rng = stream(history.seed, "files", site.id)
    slots = []
    for kind, every in zip(("labs", "forms", "imaging"), EVERY[site.id], strict=True):
        regular = range(6 + (3 * place) % every, days - LAST_NIGHTS, every)
        step, phase = {
            "labs": (1 if site.id in CUMULATIVE else 2, place),
            "forms": (3, place),
            "imaging": (6, place),
        }[kind]
        final = [day for day in range(days - LAST_NIGHTS, days + 1) if (day + phase) % step == 0]
        for day in (*regular, *final):
            silent_from, silent_to = SILENT.get(site.id, (days, days))
            if silent_from <= day < silent_to:
                continue
            cut = history.start + dt.timedelta(days=day)
            at = dt.datetime.combine(cut, dt.time(16, 30), zone) + dt.timedelta(minutes=rng.randint(0, 179))
            slots.append(_Slot(site.id, kind, cut, at.astimezone(dt.UTC)))
    return slots


def _rows(frame: Any, site: str, form: str) -> list[Row]:
    if frame.empty:  # of a small study: nobody had one
        return []
    own = frame[frame["SITEID"] == site]
    return [row | {"FORM": form} for row in own.to_dict("records")]


def _form_rows(history: History, site: str) -> list[Row]:
    rows = [row for domain in FORMS for row in _rows(history.forms[domain], site, domain)]
    return sorted(rows, key=lambda row: (row["ENTERED"], row["REVISION"]))


def _after_enrolment(rows: list[Row], first_seen: dict[str, dt.date]) -> list[Row]:
    """Results and scans are sent from the day after the patient's first form was: before, nobody knows the number."""
    late = []
    for row in rows:
        known = first_seen.get(row["USUBJID"])
        entered = row["ENTERED"] if known is None else max(row["ENTERED"], known + dt.timedelta(days=1))
        late.append(row | {"ENTERED": entered})
    return sorted(late, key=lambda row: (row["ENTERED"], row["REVISION"]))


def _shared_out(rows: list[Row], slots: list[_Slot]) -> list[tuple[_Slot, list[Row]]]:
    """Each row in the first file that can hold it; of one form entered twice in one file's time the last state."""
    cuts = [slot.cut for slot in slots]
    shares: list[list[Row]] = [[] for _ in slots]
    for row in rows:
        place = bisect.bisect_left(cuts, row["ENTERED"])
        if place < len(slots):
            shares[place].append(row)
    return [(slot, _newest(share)) for slot, share in zip(slots, shares, strict=True)]


def _newest(rows: list[Row]) -> list[Row]:
    """Of each form or result its newest revision; a preliminary result stands beside its final one."""
    place: dict[tuple[Any, ...], int] = {}
    kept: list[Row] = []
    for row in rows:
        key = _identity(row)
        if key in place and row.get("REF") and row["DIRT"] not in ("PRELIMINARY", "ROW_TWICE"):
            kept[place[key]] = row
            continue
        place[key] = len(kept)
        kept.append(row)
    return kept


def _identity(row: Row) -> tuple[Any, ...]:
    keys = (
        "FORM",
        "REF",
        "LBTESTCD",
        "LBLOINC",
        "USUBJID",
        "TULNKID",
        "TUEVAL",
        "TRLNKID",
        "TRTESTCD",
        "TREVAL",
        "RSTESTCD",
        "RSCAT",
        "RSEVAL",
        "DTC",
    )
    return tuple(row.get(key) for key in keys)


def _so_far(rows: list[Row], slots: list[_Slot]) -> list[tuple[_Slot, list[Row]]]:
    """A cumulative export: everything entered up to the cut, less what the site has lost."""
    shares = []
    for slot in slots:
        known = [row for row in rows if row["ENTERED"] <= slot.cut]
        shares.append((slot, [row for row in known if not _is_lost(row, slot.cut)]))
    return shares


def _is_lost(row: Row, cut: dt.date) -> bool:
    gone_from = row.get("GONE_FROM")
    return isinstance(gone_from, dt.date) and cut >= gone_from


# ---------------------------------------------------------------- the files themselves


def _labs_file(slot: _Slot, rows: list[Row]) -> SimulatedDelivery:
    name = formats.LABS_NAME[slot.site].format(slot.cut)
    return SimulatedDelivery(slot.site, name, formats.LABS[slot.site](rows), slot.received_at, "labs")


def _forms_file(slot: _Slot, rows: list[Row]) -> SimulatedDelivery:
    name = formats.FORMS_NAME.get(slot.site, "edc_{:%Y%m%d}.csv").format(slot.cut)
    write = formats.FORMS.get(slot.site, formats.forms_english)
    return SimulatedDelivery(slot.site, name, write(rows), slot.received_at, "forms")


def _imaging_file(slot: _Slot, rows: list[Row]) -> SimulatedDelivery:
    raw = formats.imaging(sorted(rows, key=lambda row: (row["USUBJID"], row["DTC"])))
    return SimulatedDelivery(slot.site, f"imaging_{slot.cut:%Y%m%d}.csv", raw, slot.received_at, "imaging")


def _extra_files(
    history: History, site: str, shares: list[tuple[_Slot, list[Row]]]
) -> list[SimulatedDelivery]:
    """Files beside the planned ones: one without units in the last night, one that is no text."""
    if site == "S03":
        since = history.end - dt.timedelta(days=60)
        rows = [row | {"LBORRESU": ""} for slot, share in shares if slot.cut > since for row in share][:60]
        at = shares[-1][0].received_at.replace(hour=11)
        at = at + (history.end - shares[-1][0].cut)
        name = f"labs_{history.end:%Y%m%d}_resent.csv"
        raw = formats.labs_s03(rows)
        return [SimulatedDelivery(site, name, raw, at, "labs", "UNITS_LOST")] if rows else []
    if site == "S06" and len(shares) > 3:
        slot = shares[len(shares) // 2][0]
        raw = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8
        at = slot.received_at + dt.timedelta(days=1)
        return [SimulatedDelivery(site, f"LAB-{slot.cut:%Y%m%d}-xls.txt", raw, at, "labs", "UNREADABLE")]
    return []


def _spoilt(history: History, files: list[SimulatedDelivery]) -> list[SimulatedDelivery]:
    """One file comes late and out of order, two come twice, a cumulative export breaks off twice."""
    changed: list[SimulatedDelivery] = []
    labs: dict[str, int] = {}
    broken_off = {history.end - dt.timedelta(days=1)}
    for file in files:
        number = labs[file.site] = labs.get(file.site, -1) + (file.kind == "labs")
        of_site = file.kind == "labs" and not file.dirt
        day = file.received_at.astimezone(ZoneInfo(history.time_zone)).date()
        if of_site and (file.site, number) == ("S01", 12):
            file = replace(file, received_at=file.received_at + dt.timedelta(days=13), dirt="LATE")
        elif of_site and file.site == "S05" and (number == 9 or day in broken_off):
            file = replace(file, raw=_cut_off(file.raw), dirt="BROKEN_OFF")
        changed.append(file)
        if of_site and (file.site, number) in (("S03", 8), ("S04", 11)):
            again = file.received_at + dt.timedelta(days=2)
            name = file.name if file.site == "S03" else file.name.replace(".csv", "_copy.csv")
            changed.append(replace(file, name=name, received_at=again, dirt="TWICE"))
    return changed


def _cut_off(raw: bytes) -> bytes:
    """The first two fifths of a file, ending in the middle of a line, as when a disk is full."""
    return raw[: len(raw) * 2 // 5]
