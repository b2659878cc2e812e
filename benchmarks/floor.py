"""The least that must be done with a million rows: read the files, check the same rules with pandas, COPY.

No receipts, no versions, no reasons, no questions: what is refused is only counted. Written with what is fastest
here (vectorised pandas, pyarrow's CSV writer into COPY), into the same table with the same indexes.
"""

from __future__ import annotations

import io
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv

from benchmarks.analytes import ANALYTES
from benchmarks.database import ensure
from benchmarks.stopwatch import Stopwatch
from benchmarks.study import site_ids, way_of

KNOWN_FROM = pd.Timestamp("2026-03-01T12:00", tz="UTC")
COLUMNS = (
    "known_from delivery srcline version reckey occurrence siteid usubjid status retracted adt lbrefid lbtestcd "
    "lbloinc lborres lborresu lbornrlo lbornrhi lbstresn lbstresu lbspec lbdtc lbrcvdtc lbnam lbmethod recstatus"
).split()


def load(home: str, database: str) -> dict[str, Any]:
    """Read, check, copy; the time of each."""
    dsn = ensure(home, database).replace("+psycopg", "")
    protocol = tomllib.loads((Path(home) / "study" / "protocol.toml").read_text(encoding="utf-8"))
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        known = {row[0] for row in cursor.execute("select usubjid from milepost.dm_record")}
        watch = Stopwatch(home)
        parts = {name: Stopwatch(home) for name in ("read", "check", "copy")}
        with watch:
            with parts["read"]:
                rows = pd.concat([_read(Path(home), site) for site in site_ids()], ignore_index=True)
            with parts["check"]:
                good, refused = check(rows, protocol, known)
            with parts["copy"]:
                copy(cursor, good)
                connection.commit()
    times = {name: (part.wall, part.cpu - part.database_cpu) for name, part in parts.items()}
    return watch.result(recorded=len(good), refused=refused) | {"parts": times}


def _read(home: Path, site: str) -> pd.DataFrame:
    """One file as texts, in our columns, its dates parsed and its decimal marks points."""
    way = way_of(site)
    frame = pd.read_csv(
        home / "files" / f"{site}.csv", sep=way.delimiter, encoding=way.encoding, dtype=str, keep_default_na=False,
        na_values=[""],
    ).rename(columns={theirs: ours for ours, theirs in way.columns.items()})  # fmt: skip
    frame["MOMENT"] = pd.to_datetime(frame["LBDTC"], format=way.date, errors="coerce")
    if "LBRCVDTC" in frame:
        frame["RECEIVED"] = pd.to_datetime(frame["LBRCVDTC"], format=way.date, errors="coerce")
    if way.decimal_mark == ",":
        frame["LBORRES"] = frame["LBORRES"].str.replace(",", ".", regex=False)
    return frame.assign(SITEID=site, SRCLINE=np.arange(2, len(frame) + 2))


def check(rows: pd.DataFrame, protocol: dict[str, Any], known: set[str]) -> tuple[pd.DataFrame, int]:
    """The rules of expectations/lb.yaml, vectorised: rows to record, and how many are refused."""
    words = {name: a.code for a in ANALYTES for name in (a.code, a.loinc, a.chinese)}
    rows["LBTESTCD"] = rows["LBLOINC"].map(words).fillna(rows["LBTESTCD"].map(words))
    limits = _limits(protocol)
    rows = rows.merge(limits, on=["LBTESTCD", "LBORRESU"], how="left", validate="m:1")
    plain = rows["LBORRES"].str.lstrip("<>=")
    number = pd.to_numeric(plain, errors="coerce")
    amount = number * rows["FACTOR"]
    received = rows["RECEIVED"].fillna(KNOWN_FROM.tz_localize(None))
    bad = (
        ~rows["USUBJID"].str.fullmatch(protocol["subject_pattern"]).fillna(False)
        | rows["LBTESTCD"].isna() | rows["MOMENT"].isna() | (rows["MOMENT"] > received)
        | rows["FACTOR"].isna() | number.isna() | (number < 0) | (amount < rows["LOW"]) | (amount > rows["HIGH"])
        | ~(rows["RECSTATUS"].isna() | rows["RECSTATUS"].eq("F"))
    )  # fmt: skip
    # warnings: what is odd but recorded
    odd = (amount < rows["SOFT_LOW"]) | (amount > rows["SOFT_HIGH"]) | ~rows["USUBJID"].isin(known)
    key = ["USUBJID", "LBTESTCD", "LBSPEC", "MOMENT"]
    odd |= rows.duplicated(key, keep=False) & ~rows.duplicated([*key, "LBORRES"], keep=False)
    good = rows[~bad].copy()
    good["LBSTRESN"] = amount[~bad].where((plain == rows["LBORRES"])[~bad])
    good["LBDTC"] = np.datetime_as_string(good["MOMENT"].to_numpy("datetime64[m]")).astype(object)
    return good, int(bad.sum())


def _limits(protocol: dict[str, Any]) -> pd.DataFrame:
    made = []
    for test in protocol["tests"]:
        soft, hard = test.get("soft", (None, None)), test["hard"]
        for unit, factor in {test["unit"]: "1", **test.get("factors", {})}.items():
            made.append((test["code"], unit, float(factor), test["unit"], *hard, *soft))
    columns = ["LBTESTCD", "LBORRESU", "FACTOR", "LBSTRESU", "LOW", "HIGH", "SOFT_LOW", "SOFT_HIGH"]
    return pd.DataFrame(made, columns=columns)


def copy(cursor: psycopg.Cursor[Any], rows: pd.DataFrame) -> None:
    """The rows into milepost.lb_record, one COPY."""
    by_id = "R:" + rows["LBTESTCD"] + "|" + rows["LBREFID"]
    by_date = "D:" + rows["LBTESTCD"] + "|" + rows["LBSPEC"] + "|" + rows["LBDTC"]
    whole = rows.rename(columns=str.lower).assign(
        known_from=KNOWN_FROM, delivery=1, version=1, occurrence=1, status="FINAL", retracted=False,
        reckey=by_id.fillna(by_date), adt=rows["MOMENT"].dt.date, lbnam="Laboratory",
    )[COLUMNS]  # fmt: skip
    with cursor.copy(f"copy milepost.lb_record ({', '.join(COLUMNS)}) from stdin (format csv)") as sink:
        for first in range(0, len(whole), 65_536):
            buffer = io.BytesIO()
            table = pa.Table.from_pandas(whole.iloc[first : first + 65_536], preserve_index=False)
            pacsv.write_csv(table, buffer, pacsv.WriteOptions(include_header=False, quoting_style="needed"))
            sink.write(buffer.getbuffer())
