"""The gate alone: what its rules cost at three sizes. Each rule has a price of its own, whatever the rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.children import call
from benchmarks.database import temporary_home

SIZES = (1_000, 10_000, 100_000)


def run(quick: bool) -> int:
    """Measure and print; there is no aim of its own: the gate is a part of `load` and `night`."""
    tables.title("gate: the rules of one domain on rows already read")
    with temporary_home() as home:
        found = [call("gate:measure", home=home, rows=rows) for rows in (SIZES[:2] if quick else SIZES)]
    columns = ("rows", "wall s", "CPU s", "CPU ms a rule", "rows a CPU second", "findings", "peak MB")
    tables.table(columns, [_row(one) for one in found])
    first, last = found[0], found[-1]
    print(
        f"{last['rows'] // first['rows']} times the rows cost {last['cpu'] / first['cpu']:.1f} times as much."
    )
    return 0


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    by_rule, by_second = one["cpu"] * 1000 / one["rules"], int(one["rows"] / one["cpu"])
    return f"{one['rows']:,}", one["wall"], one["cpu"], by_rule, by_second, one["findings"], one["peak_mb"]


def measure(home: str, rows: int) -> dict[str, Any]:
    """Read files of four kinds of site until there are so many rows, then judge them."""
    import pandas as pd

    from benchmarks.analytes import ANALYTES
    from benchmarks.files import VISITS, labs_file
    from benchmarks.stopwatch import Stopwatch
    from benchmarks.study import site_ids, write_study
    from milepost.intake import gate
    from milepost.intake.reading import read_delivery
    from milepost.runtime import default_suites, read_study

    study = read_study(write_study(Path(home) / "study"))
    patients = -(-rows // (4 * len(VISITS) * len(ANALYTES)))
    parts = []
    for number, name in enumerate(site_ids()[:4], start=1):
        site = study.site(name)
        layout = next(layout for layout in site.layouts if layout.id == "labs")
        reading = read_delivery(
            labs_file(name, patients), layout=layout, site=site, protocol=study.protocol,
            zone=study.protocol.time_zone, delivery=number, received_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        )  # fmt: skip
        parts.append(reading.frames["LB"])
    frame = pd.concat(parts, ignore_index=True).iloc[:rows]
    suites = gate.load_suites(default_suites(), study.expectations)
    subjects = frozenset(frame["USUBJID"])
    facts = gate.Facts(deaths=pd.Series(dtype="datetime64[ns]"), subjects=subjects)
    parameters = gate.parameters(study.protocol)
    small = {"LB": frame.head(50).reset_index(drop=True)}
    gate.check_rows(small, suites=suites, parameters=parameters, facts=facts)  # whatever is imported late
    watch = Stopwatch()
    with watch:
        found = gate.check_rows({"LB": frame}, suites=suites, parameters=parameters, facts=facts)
    return watch.result(rows=len(frame), rules=len(suites.by_domain["LB"].active), findings=len(found.rows))
