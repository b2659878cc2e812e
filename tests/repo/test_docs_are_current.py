"""The generated pages say what their sources say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("rules.md", "data.md", "derived.md", "study-folder.md")


def test_the_generated_pages_are_current() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "docs.py"), "--check"]
    checked = subprocess.run(script, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, f"{checked.stderr}Run: make docs"


def test_a_stale_page_is_named(tmp_path: Path) -> None:
    for name in PAGES:
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text("old" if name == "data.md" else text, encoding="utf-8")
    asked = "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import docs; "
    asked += "print(docs.stale_pages(pathlib.Path(sys.argv[2])))"
    given = [sys.executable, "-c", asked, str(ROOT / "scripts"), str(tmp_path)]
    found = subprocess.run(given, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['data.md']"
