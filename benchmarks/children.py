"""Each measured thing in a process of its own, so that its memory is its own and nothing is warm by accident."""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
_MEBIBYTE = 1 << 20


def call(function: str, **arguments: Any) -> dict[str, Any]:
    """What `module:function(**arguments)` of this package gives (as JSON), called in a new process; with `peak_mb`.

    The caller must stay small: on Linux a child's peak begins at what its parent held when it was started.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as answer:
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("MILEPOST_", "PYTHONDONTWRITE"))
        }
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.children", function, json.dumps(arguments), answer.name],
            check=False, cwd=PROJECT, env=environment | {"PYTHONPATH": f"{PROJECT}:{PROJECT / 'plugins'}"},
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{function} failed; what it said stands above.")
        return dict(json.loads(Path(answer.name).read_text()))


def _main() -> None:
    function, arguments, answer = sys.argv[1:]
    module, name = function.split(":")
    found = getattr(importlib.import_module(f"benchmarks.{module}"), name)(**json.loads(arguments)) or {}
    # bytes on macOS, kibibytes elsewhere
    unit = 1 if sys.platform == "darwin" else 1024
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MEBIBYTE
    Path(answer).write_text(json.dumps(found))


if __name__ == "__main__":
    _main()
