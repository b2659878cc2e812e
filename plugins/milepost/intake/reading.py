"""One delivery's bytes as record frames: decoded, mapped, coded, stripped of identifiers, each row named.

No row is judged here and none is dropped: what is wrong with it stands in its X_ columns, and what made no row is
listed with the rule that set it aside. Source: design, section 4 (hop 3); clinical specification 9.5 and 9.6.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from milepost.errors import MilepostError
from milepost.intake.annotations import no_rows
from milepost.intake.decoding import Unreadable, decode
from milepost.intake.identifiers import is_identifier_header, scrub
from milepost.intake.lines import BLANK, TOTALS
from milepost.intake.mapping import Mapper, source_columns
from milepost.intake.table import Header, Table, read_header, read_table
from milepost.intake.texts import header_name, tidy
from milepost.protocol import Layout, Site, StudyProtocol

log = logging.getLogger(__name__)
IGNORED_COLUMNS = ("SRCLINE", "RULE", "DOMAIN")


@dataclass(frozen=True)
class Reading:
    """What a delivery holds.

    frames: domain -> rows, with every column of the domain, the record's keys, EMIT, the X_ annotations and NOTE.
    ignored: SRCLINE, RULE, DOMAIN of what made no row: a line (DOMAIN `FILE`), or a record of a wide line whose
    result is empty (NO_VALUE). lines: records below the header, blank ones too. identifiers_stripped: columns not
    read, and cells from which an identifier was taken, because they name a person. problem: why the file gives
    nothing, in one or two sentences; then everything else is empty.
    """

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    ignored: pd.DataFrame = field(default_factory=lambda: no_rows(IGNORED_COLUMNS))
    lines: int = 0
    columns_missing: tuple[str, ...] = ()
    columns_unknown: tuple[str, ...] = ()
    identifiers_stripped: int = 0
    problem: str | None = None
    encoding: str | None = None

    @property
    def received(self) -> int:
        """Rows received: every row of every frame, and every entry of `ignored`.

        A line of a wide file counts once for each record it makes or leaves empty; a line that makes none counts
        once. Accepted + unchanged + superseded + quarantined + held + ignored must come to this.
        """
        return sum(len(frame) for frame in self.frames.values()) + len(self.ignored)


def read_delivery(
    raw: bytes,
    *,
    layout: Layout,
    site: Site,
    protocol: StudyProtocol,
    zone: str,
    delivery: int,
    received_at: dt.datetime,
) -> Reading:
    """Read one delivery as its layout says. `zone` is the time zone its dates are local to.

    A file that cannot be read gives a Reading with `problem`; nothing is raised for what a site may send.
    """
    try:
        reading = _read(raw, Mapper(layout, site, protocol, zone, delivery, received_at))
    except Unreadable as problem:
        log.warning("delivery unreadable site=%s delivery=%d layout=%s", site.id, delivery, layout.id)
        return Reading(problem=str(problem))
    except MilepostError:  # the study folder is wrong, not the file
        raise
    except Exception as error:  # a defect of ours; one file must not stop the others
        where = _where(error)
        log.error(
            "defect while reading site=%s delivery=%d layout=%s at=%s", site.id, delivery, layout.id, where
        )
        return Reading(
            problem=f"The file met a defect of this service ({where}). It is kept; report the defect. Nothing is wrong "
            f"with the file as far as we know."
        )
    rows = sum(len(frame) for frame in reading.frames.values())
    log.info(
        "delivery read site=%s delivery=%d layout=%s lines=%d rows=%d ignored=%d", site.id, delivery, layout.id,
        reading.lines, rows, len(reading.ignored),
    )  # fmt: skip
    return reading


def _where(error: BaseException) -> str:
    """Kind of error and the line of ours that raised it; never its text, which may quote a patient's value."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "milepost" in frame.filename]
    place = (
        f"{ours[-1].filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{ours[-1].lineno}"
        if ours
        else "elsewhere"
    )
    return f"{type(error).__name__} in {place}"


def _read(raw: bytes, mapper: Mapper) -> Reading:
    layout = mapper.layout
    text, encoding = decode(raw, layout.encoding)
    used = source_columns(layout)
    header = read_header(
        text,
        delimiter=layout.delimiter,
        header_line=layout.header_line,
        skip_after=layout.skip_lines_after_header,
        fit=lambda names: len(used & set(names)),
    )
    _check_header(header, layout, used)
    identifying = {place for place, name in enumerate(header.names) if is_identifier_header(name)}
    table = read_table(
        text, header, [place for place in range(len(header.names)) if place not in identifying]
    )
    del text  # large, and not needed any more
    mapped = mapper.map_table(table, header.names)
    if (
        not len(table)
        or set(mapped.ignored["RULE"]) <= {BLANK, TOTALS}
        and not any(map(len, mapped.frames.values()))
    ):
        raise Unreadable("The file has a header but no data line. If there is nothing to send, say so.")
    known = used | {header_name(name) for name in layout.ignore_columns}
    return Reading(
        frames=mapped.frames,
        ignored=mapped.ignored,
        lines=len(table),
        columns_missing=tuple(sorted(used - set(header.names))),
        columns_unknown=_unknown(header.names, known | _unused(table, header.names), identifying),
        identifiers_stripped=len(identifying) + mapped.removed,
        encoding=encoding,
    )


def _check_header(header: Header, layout: Layout, used: frozenset[str]) -> None:
    """Refuse a header that cannot be this layout's, or that leaves open which column is meant."""
    where = f"line {layout.header_line}"
    if not used & set(header.names):
        raise Unreadable(
            f"None of the columns of layout {layout.id} stands in {where}, where its header should be. Check the "
            f"layout's header_line, delimiter and encoding in sites.toml, or whether the site's export has changed."
        )
    twice = sorted({name for name in header.names if name in used and header.names.count(name) > 1})
    if twice:
        raise Unreadable(
            f"The header in {where} names {', '.join(twice)} more than once, so it is open which column is meant. "
            f"Ask the site to name its columns apart."
        )
    personal = sorted(name for name in used if is_identifier_header(name))
    if personal:
        raise Unreadable(
            f"Layout {layout.id} maps {', '.join(personal)}, which identifies a person and is never read. Map the "
            f"subject's study number instead."
        )


def _unused(table: Table, names: tuple[str, ...]) -> set[str]:
    """The empty name, if no column without a name holds anything: a delimiter at the end of each line."""
    nameless = [cells for place, cells in table.cells.items() if not names[place]]
    return set() if any(tidy(text) for cells in nameless for text in cells.texts) else {""}


def _unknown(
    names: Iterable[str], known: set[str] | frozenset[str], identifying: set[int]
) -> tuple[str, ...]:
    """Columns nobody has explained, by name; a name that holds an identifier itself is not repeated."""
    strange = {
        scrub(name)[:40] or f"(column {place + 1}, without a name)"
        for place, name in enumerate(names)
        if name not in known and place not in identifying
    }
    return tuple(sorted(strange))
