"""One emit's records in our words: subject, dates, codes, values, status, name; and what is wrong with each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from milepost.core.lab_grading import tests_without_unit
from milepost.core.lesions import LENGTHS
from milepost.core.tumour_words import read_state
from milepost.intake.annotations import FINE, Finding, annotation_columns, split, worst
from milepost.intake.cells import Cells, Ints, Objects, together
from milepost.intake.codes import TestCodes, code_maps
from milepost.intake.dates import DateReader, date_finding, is_after
from milepost.intake.identifiers import (
    WITHHELD,
    is_id_card,
    is_ruined_id,
    looks_like_identifier,
    scrub,
    scrub_labelled,
)
from milepost.intake.identity import record_keys
from milepost.intake.results import LabReader, at_limit, plain_number, read_number
from milepost.intake.statuses import NO_RESULT_YET, read_status
from milepost.intake.texts import fold, half_width
from milepost.protocol import Emit, Layout, Site, StudyProtocol
from milepost.schema import DOMAINS, TOMBSTONES, Domain

ANNOTATIONS = ("X_LINE", "X_SUBJECT", "X_DATE", "X_TEST", "X_UNIT", "X_VALUE", "X_STATUS")
_PLAIN_NUMBERS = ("LBORNRLO", "LBORNRHI", "LBLLOQ", "LBULOQ")
_LENGTH_UNITS = ("mm", "cm", "毫米", "厘米")
# what stands where a date of death would, of those who are alive
_NO_DEATH = ("", "-", "--", "/", "no", "n", "none", "nil", "na", "n/a", "not applicable", "alive", "无", "否", "未死亡",
             "存活", "不适用")  # fmt: skip
_OLDEST = 120  # years
_PAST = ("DTHDTC",)  # nobody dies after the file that says so


@dataclass(frozen=True)
class Origin:
    """Where an emit's records come from: its number in the layout, their lines, and what X_LINE says of each."""

    emit: int
    lines: Ints
    about_line: Cells


class RecordMaker:
    """Makes the record frames of one delivery. `removed` counts the cells from which an identifier was taken."""

    def __init__(
        self,
        layout: Layout,
        site: Site,
        protocol: StudyProtocol,
        dates: DateReader,
        delivery: int,
        received_at: dt.datetime,
    ) -> None:
        self.site, self.dates, self.delivery = site, dates, delivery
        self.decimal_mark = layout.decimal_mark
        self.codes = code_maps(layout, site, protocol)
        self.tests = TestCodes(protocol, self.codes.pop("LBTESTCD", {}), self.codes.pop("LBLOINC", {}))
        self.statuses = self.codes.pop("RECSTATUS", {})
        self.pattern = re.compile(protocol.subject_pattern)
        units = {**site.units, **layout.units}
        judged = {rule.test for rule in protocol.checkpoints}
        spared = tests_without_unit(protocol.ctcae_version) - judged
        self.laboratory = LabReader(self.tests.tests, site.factors, units, layout.decimal_mark, spared)
        local = received_at.astimezone(dates.zone).replace(tzinfo=None)
        self.received = local.isoformat(timespec="seconds")
        self.removed = 0

    def withdraws(self, status: str | None) -> bool:
        """Whether this status word of the site withdraws a record."""
        return read_status(status, self.statuses)[0] in TOMBSTONES

    def announces(self, status: str | None) -> bool:
        """Whether this status word only announces a result that does not exist yet."""
        return read_status(status, self.statuses)[0] == NO_RESULT_YET

    def make(self, emit: Emit, cells: dict[str, Cells], origin: Origin) -> pd.DataFrame:
        """The frame of one emit. cells: every column of the domain, texts as the site wrote them or None."""
        domain, rows = DOMAINS[emit.domain], len(origin.lines)
        found = {name: Cells.constant(FINE, rows) for name in ANNOTATIONS} | {"X_LINE": origin.about_line}
        cells = self._scrubbed(domain, self._coded(cells))
        if domain.ref is not None:
            found["X_LINE"] = together([origin.about_line, cells[domain.ref].map(_about_id)]).map(
                lambda both: worst(*both)
            )
        cells["USUBJID"], found["X_SUBJECT"] = split(cells["USUBJID"].map(self._subject))
        status, found["X_STATUS"] = split(
            cells["RECSTATUS"].map(lambda text: read_status(text, self.statuses))
        )
        dates, found["X_DATE"] = self._dates(domain, cells)
        if domain.code == "DM":
            cells["DTHFL"] = together([cells["DTHFL"], cells["DTHDTC"], dates["DTHDTC"]]).map(_dead)
        cells |= dates
        if domain.code == "LB":
            self._read_laboratory(emit, cells, found)
        elif domain.code == "TR":
            self._read_lesions(cells, found)
        else:
            self._read_value(domain.code, cells, found)
        day = (
            cells[domain.date].map(_day) if domain.date else Cells.constant(np.datetime64("NaT", "ns"), rows)
        )
        texts: dict[str, Cells | Objects] = {
            **{name: cells[name] for name in domain.names},
            "SITEID": Cells.constant(self.site.id, rows),
            "RECKEY": record_keys(domain, cells, rows),
            "STATUS": status,
            "RESVER": cells["RECVER"],
            **annotation_columns(found),
        }
        others = {
            "DELIVERY": np.full(rows, self.delivery, dtype=np.int64),
            "SRCLINE": origin.lines,
            "EMIT": np.full(rows, origin.emit, dtype=np.int64),
            "OCCURRENCE": np.ones(rows, dtype=np.int64),
            "ADT": np.array(list(day.texts), dtype="datetime64[ns]")[day.codes],
        }
        return pd.concat([_in_one_block(texts, rows), pd.DataFrame(others)], axis=1)

    def _coded(self, cells: dict[str, Cells]) -> dict[str, Cells]:
        """The site's words as our codes, where a map knows the whole cell; an empty cell may have a code too."""
        coded = dict(cells)
        for name, words in self.codes.items():
            if name in cells:
                coded[name] = cells[name].map(partial(_code, words))
        return coded

    def _scrubbed(self, domain: Domain, cells: dict[str, Cells]) -> dict[str, Cells]:
        """Texts without ID-card and telephone numbers; a record id that is an ID-card number is none."""
        clean: dict[str, Cells] = {}
        for name, column in cells.items():
            if name == "USUBJID" or name.endswith("DTC"):
                clean[name] = column
                continue
            safe = _safe_id if name in (domain.ref, "RECREPLACES", "RECVER") else _safe_text
            clean[name] = column.map(safe)
            changed = [old != new for old, new in zip(column.texts, clean[name].texts, strict=True)]
            if any(changed):
                self.removed += int(np.array(changed)[column.codes].sum())
        return clean

    def _subject(self, text: str | None) -> tuple[str | None, Finding]:
        if text is None:
            return None, ("MISSING", "no subject is named.")
        if looks_like_identifier(text):
            return WITHHELD, (
                "LOOKS_LIKE_IDENTIFIER",
                "the subject cell looks like a name, an ID-card number or a telephone number. It was not kept. "
                "Send the study's subject number.",
            )
        subject = self.site.subject_prefix + half_width(text).strip()
        if self.pattern.fullmatch(subject) is None:
            # whatever it is, it is no pseudonym of this study: perhaps a name
            return WITHHELD, ("BAD_PATTERN", "the subject number has not the form that the protocol gives.")
        return subject, FINE

    def _dates(self, domain: Domain, cells: Mapping[str, Cells]) -> tuple[dict[str, Cells], Cells]:
        """Every date column as ISO text, and what is wrong with the dates of each row."""
        names = [name for name in cells if name.endswith("DTC")]
        read = {name: cells[name].map(lambda text: (text, self.dates.read(text))) for name in names}
        if domain.date is None:
            return {}, Cells.constant(FINE, len(cells["USUBJID"]))
        others = [
            name for name in names if name != domain.date and any(t is not None for t in cells[name].texts)
        ]
        received = domain.code == "LB" and "LBRCVDTC" in others
        place = others.index("LBRCVDTC") + 1 if received else 0

        def judge(pairs: tuple[tuple[str | None, str | None], ...]) -> Finding:
            text, iso = pairs[0]
            finding = date_finding(text, iso, str(domain.date), self.dates)
            if finding[0] == "UNPARSEABLE":
                return finding
            for name, (other, other_iso) in zip(others, pairs[1:], strict=True):
                if other is not None and other_iso is None:
                    return "UNPARSEABLE", self.dates.unreadable(name)
                if name in _PAST and is_after(other_iso, self.received):
                    return "AFTER_RECEIPT", f"{name} lies after the time at which we received the file."
            if is_after(iso, self.received):
                return "AFTER_RECEIPT", f"{domain.date} lies after the time at which we received the file."
            if place and is_after(iso, pairs[place][1]):
                return "AFTER_RECEIPT", f"{domain.date} lies after the laboratory received the specimen."
            return finding

        finding = together([read[domain.date], *(read[name] for name in others)]).map(judge)
        return {name: column.map(lambda pair: pair[1]) for name, column in read.items()}, finding

    def _read_laboratory(self, emit: Emit, cells: dict[str, Cells], found: dict[str, Cells]) -> None:
        """LB: test code, result, unit, standardised number; LBNAM defaults to the site's laboratory."""
        tests = together([cells["LBTESTCD"], cells["LBLOINC"]]).map(lambda pair: self.tests.resolve(*pair))
        cells["LBTESTCD"], found["X_TEST"] = split(tests)
        for name in _PLAIN_NUMBERS:
            cells[name] = cells[name].map(lambda text: text and plain_number(text, self.decimal_mark))
        cells["LBSTAT"] = cells["LBSTAT"].map(
            lambda text: text and ("NOT DONE" if fold(text) == "not done" else text)
        )
        if self.site.laboratory is not None:
            cells["LBNAM"] = cells["LBNAM"].map(lambda text: text or self.site.laboratory)

        def read(texts: tuple[str | None, ...]) -> tuple[Any, ...]:
            test, reported, unit, stat = texts
            sign = at_limit(reported, self.decimal_mark, emit.at_ceiling, emit.at_floor)
            result = self.laboratory.read(test, reported, unit, sign)
            if reported is None and stat == "NOT DONE":
                return (*result[:5], FINE)
            return tuple(result)

        results = together([cells["LBTESTCD"], cells["LBORRES"], cells["LBORRESU"], cells["LBSTAT"]]).map(
            read
        )
        targets = ("LBORRES", "LBORRESU", "LBSTRESN", "LBSTRESU")
        for place, name in enumerate(targets):
            cells[name] = results.map(itemgetter(place))
        found["X_UNIT"], found["X_VALUE"] = results.map(itemgetter(4)), results.map(itemgetter(5))

    def _read_value(self, domain: str, cells: dict[str, Cells], found: dict[str, Cells]) -> None:
        """The number of a domain other than LB and TR, where it has one."""
        if domain not in _NUMBERS:
            return
        name, check = _NUMBERS[domain]
        cells[name], found["X_VALUE"] = split(
            cells[name].map(lambda text: read_number(text, self.decimal_mark, check))
        )

    def _read_lesions(self, cells: dict[str, Cells], found: dict[str, Cells]) -> None:
        """TR: a length is a number with mm or cm, or a word for what could not be measured, which needs no unit."""

        def read(texts: tuple[str | None, ...]) -> tuple[str | None, Finding, Finding]:
            test, result, unit, stat = texts
            if result is None:
                done = read_state(stat) != "NOT_EVALUABLE"
                return None, ("MISSING", "there is neither a result nor a word why.") if done else FINE, FINE
            if test not in LENGTHS or read_state(result) is not None:
                return result, FINE, FINE
            number, finding = read_number(result, self.decimal_mark, _any)
            if finding[0] == "UNPARSEABLE":  # words need no unit, known or not
                return number, finding, FINE
            if unit is None:
                return number, finding, ("MISSING_UNIT", "the length has no unit. Known: mm, cm.")
            known = fold(unit) in _LENGTH_UNITS
            return (
                number,
                finding,
                FINE if known else ("UNKNOWN_UNIT", "the unit of the length is unknown. Known: mm, cm."),
            )

        names = ("TRTESTCD", "TRORRES", "TRORRESU", "TRSTAT")
        results = together([cells[name] for name in names]).map(read)
        cells["TRORRES"] = results.map(itemgetter(0))
        found["X_VALUE"], found["X_UNIT"] = results.map(itemgetter(1)), results.map(itemgetter(2))


def _in_one_block(texts: Mapping[str, Cells | Objects], rows: int) -> pd.DataFrame:
    """The columns as one block of memory: joining frames of single columns looks at each cell of an empty one."""
    block = np.empty((len(texts), rows), dtype=object)
    for place, column in enumerate(texts.values()):
        block[place] = column.values() if isinstance(column, Cells) else column
    return pd.DataFrame(block.T, columns=list(texts), copy=False)


def _code(words: Mapping[str, str], text: str | None) -> str | None:
    return words.get(fold(text or ""), text) or None


def _safe_text(text: str | None) -> str | None:
    return None if text is None else scrub(text)


def _safe_id(text: str | None) -> str | None:
    return None if text is None or is_id_card(text) else scrub_labelled(text)


def _about_id(text: str | None) -> Finding:
    if text is None or not is_ruined_id(text):
        return FINE
    return "RUINED_RECORD_ID", (
        "a spreadsheet has shortened the record number to a form such as 1.2E+17, so several records carry the same. "
        "Format the column as text and export it again."
    )


def _dead(texts: tuple[str | None, ...]) -> str | None:
    """The flag of death; Y where a date of death cannot be read: whoever has one is not alive."""
    flag, written, iso = texts
    return "Y" if written is not None and iso is None and fold(written) not in _NO_DEATH else flag


def _day(iso: str | None) -> np.datetime64:
    return np.datetime64(iso[:10] if iso is not None and len(iso) >= 10 else "NaT", "ns")


def _any(number: Decimal) -> Finding:
    return FINE


def _age(number: Decimal) -> Finding:
    return (
        FINE
        if 0 < number <= _OLDEST
        else ("IMPLAUSIBLE", f"an age must be above 0 and at most {_OLDEST} years.")
    )


def _grade(number: Decimal) -> Finding:
    fits = 1 <= number <= 5 and number == number.to_integral_value()
    return FINE if fits else ("IMPLAUSIBLE", "a CTCAE grade is 1, 2, 3, 4 or 5.")


_NUMBERS: dict[str, tuple[str, Callable[[Decimal], Finding]]] = {
    "EX": ("EXDOSE", _any),
    "AE": ("AETOXGR", _grade),
    "VS": ("VSORRES", _any),
    "DM": ("AGE", _age),
}
