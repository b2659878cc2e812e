"""Write the generated pages of docs/; with `--check`, only say which of them is stale (exit code 1)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import docs_data  # noqa: E402
import docs_derived  # noqa: E402
import docs_rules  # noqa: E402
import docs_study  # noqa: E402

PAGES = {
    "rules.md": docs_rules.page,
    "data.md": docs_data.page,
    "derived.md": docs_derived.page,
    "study-folder.md": docs_study.page,
}


def stale_pages(folder: Path = ROOT / "docs") -> list[str]:
    """The pages that are missing or say something else than their source."""
    current = {name: folder / name for name in PAGES}
    return [
        name
        for name, path in current.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != PAGES[name]()
    ]


def main(arguments: list[str]) -> int:
    """Write the pages that are stale, or with --check name them; 1 where one is."""
    stale = stale_pages()
    if "--check" in arguments:
        for name in stale:
            print(f"docs/{name} is stale. Run: make docs", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (ROOT / "docs" / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name} written")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
