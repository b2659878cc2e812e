"""The made-up files on disk, with an index that says when each came."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from milepost.errors import DataProblem
from milepost.simulator.deliveries import SimulatedDelivery

INDEX = "index.csv"
_COLUMNS = ("received_at", "site", "kind", "name", "dirt", "path")
_README = """Made-up study data, written by `milepost simulate`.
No patient, hospital or laboratory in these files exists. index.csv says when each file was received.
"""


def write_history(files: Iterable[SimulatedDelivery], folder: Path) -> int:
    """Write every file below `folder`, by site, with index.csv and a note that all is made up; how many files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.txt").write_text(_README, encoding="utf-8")
    lines = []
    for number, file in enumerate(files, start=1):
        path = Path(file.site) / f"{number:04d}" / file.name  # under its own name, by which a layout knows it
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.raw)
        lines.append(
            (file.received_at.isoformat(), file.site, file.kind, file.name, file.dirt, path.as_posix())
        )
    with (folder / INDEX).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(lines)
    return len(lines)


def read_history(
    folder: Path, *, after: dt.datetime | None = None, until: dt.datetime | None = None
) -> Iterator[SimulatedDelivery]:
    """The files received in (after, until], in order of receipt. Raises DataProblem where there is no index."""
    index = folder / INDEX
    if not index.is_file():
        raise DataProblem("The folder holds no index.csv. Write it first with `milepost simulate`.")
    with index.open(encoding="utf-8", newline="") as handle:
        for line in csv.DictReader(handle):
            received_at = dt.datetime.fromisoformat(line["received_at"])
            if (after is None or received_at > after) and (until is None or received_at <= until):
                raw = (folder / line["path"]).read_bytes()
                yield SimulatedDelivery(
                    line["site"], line["name"], raw, received_at, line["kind"], line["dirt"]
                )
