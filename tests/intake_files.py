"""Files as sites send them, and what the reader makes of them: the words in which the tests of intake are written."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pandas as pd

from milepost.intake.reading import Reading, read_delivery
from milepost.protocol import Layout, Site, Study
from milepost.runtime import PROJECT, read_study

RECEIVED = dt.datetime(2026, 6, 1, 4, 0, tzinfo=dt.UTC)
ZONE = "Asia/Shanghai"
COLUMNS = {
    "USUBJID": "Subject", "LBREFID": "Order", "LBTESTCD": "Test", "LBLOINC": "LOINC", "LBORRES": "Result",
    "LBORRESU": "Unit", "LBDTC": "Collected", "RECSTATUS": "Status",
}  # fmt: skip
HEADER = ",".join(COLUMNS.values())
GOOD = "S01-001,1,AFP,,420,ng/mL,2026-03-30,F"


@cache
def study() -> Study:
    """The default study of the project."""
    return read_study(PROJECT / "config")


def layout(**keys: Any) -> Layout:
    """One result a line; keyword arguments are keys of the layout."""
    return Layout.model_validate(
        {"id": "labs", "match": ["labs*"], "columns": COLUMNS, "emits": [{"domain": "LB"}]} | keys
    )


def read(
    file: str | bytes,
    layout_: Layout | None = None,
    *,
    zone: str = ZONE,
    received: dt.datetime = RECEIVED,
    **site: Any,
) -> Reading:
    """A file as the reader reads it; keyword arguments are keys of the site."""
    used = layout_ or layout()
    place = Site.model_validate({"id": "S01", "name": "Site 01", "layouts": [used.model_dump()]} | site)
    return read_delivery(
        file.encode() if isinstance(file, str) else file,
        layout=place.layouts[0], site=place, protocol=study().protocol, zone=zone, delivery=7, received_at=received,
    )  # fmt: skip


def labs(*lines: str, header: str = HEADER, layout_: Layout | None = None, **more: Any) -> pd.DataFrame:
    """The laboratory rows of a file with these lines."""
    reading = read("\n".join((header, *lines)) + "\n", layout_, **more)
    assert reading.problem is None, reading.problem
    return reading.frames["LB"]


def lab(*, layout_: Layout | None = None, site: dict[str, Any] | None = None, **cells: str) -> pd.Series:
    """The one row made from a good line in which these cells stand instead."""
    line = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | cells
    mark = layout_.delimiter if layout_ is not None else ","
    rows = labs(mark.join(line.values()), header=mark.join(line), layout_=layout_, **(site or {}))
    assert len(rows) == 1
    return rows.iloc[0]


def fully_placed(reading: Reading) -> bool:
    """Whether every line of the file is in a frame or set aside by name."""
    seen = set(reading.ignored["SRCLINE"])
    for frame in reading.frames.values():
        seen |= set(frame["SRCLINE"])
    return reading.problem is not None or len(seen) == reading.lines
