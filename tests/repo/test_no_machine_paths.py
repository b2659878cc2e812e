"""A tracked file names no folder of the machine it was written on, and no package registry's host."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each pattern holds a one-letter class, so that it does not find itself.
BEFORE = r"(?:^|[\s\"'`(=:,<>\[])"
MACHINE_PATH = re.compile(
    BEFORE + r"/(?:wor[k]|roo[t]|hom[e]/\w+|User[s]/\w+|op[t]/(?:wheels|pypi)|tm[p]/\w[\w.-]*)/"
)
REGISTRY = re.compile(
    r"pypi\.or[g]|pythonhosted\.or[g]|npmjs\.(?:or[g]|co[m])|deb\.debian\.or[g]|index-ur[l]\s*="
)


def tracked_texts() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.decode().split("\0")):
        file = ROOT / name
        if file.is_file() and not file.is_symlink() and b"\0" not in (content := file.read_bytes()):
            yield name, content.decode(errors="replace")


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["machine paths", "registry hosts"])
def test_no_tracked_file_names_one(pattern: re.Pattern[str]) -> None:
    files = list(tracked_texts())
    assert len(files) > 10
    found = [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in files
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_the_patterns_find_what_they_are_for() -> None:
    tree = "/".join(["", "wor" + "k", "main", "x"])
    assert MACHINE_PATH.search(f"open('{tree}')")
    assert MACHINE_PATH.search(f"cd /{'tm' + 'p'}/build.x1/y")
    assert not MACHINE_PATH.search("see docs/work/plan or https://example.org/home/a/b")
    assert REGISTRY.search("https://" + "pypi" + ".org/simple")
