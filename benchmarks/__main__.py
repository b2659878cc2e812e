"""The command line: which benchmarks, and how large."""

from __future__ import annotations

import argparse
import importlib
import sys

import benchmarks

BENCHMARKS = {
    "load": "a million laboratory rows from 40 sites: received, gated, recorded",
    "night": "a night with 1,000 new rows on a large store, against the same night on a small one",
    "judge": "100,000 patients judged from scratch",
    "gate": "the gate alone, at three sizes",
    "derive": "every derivation for 5,000 patients with a million laboratory rows",
    "estimates": "40 cells of survival estimates by our engine, against R's survival",
    "report": "the interim report, open and closed, at three sizes: time, memory, size, a browser's load",
    "dags": "what Airflow pays to parse the DAG files",
}


def main() -> None:
    """Run what was named, all of it where nothing was."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=benchmarks.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="; ".join(f"{k}: {v}" for k, v in BENCHMARKS.items())
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    missed = 0
    for name in chosen.names or BENCHMARKS:
        missed += importlib.import_module(f"benchmarks.{name}").run(quick=chosen.quick)
    print(f"\n{'every aim met' if not missed else f'{missed} aims missed'}")
    sys.exit(0)


if __name__ == "__main__":
    main()
