"""The interim report, open and closed, of 158, 1,000 and 5,000 patients: time, memory, size, and a browser's load.

Measured is what a night does once its frames are derived (`derive` measures those): the numbers and words worked out,
the page set, report.json written. A first report, without an earlier one to compare with.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.children import PROJECT, call

SIZES = (158, 1_000, 5_000)
AIM_MEGABYTES = 2.0  # of one page
LOADS = 3
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_KINDS = ("open", "closed")
_MEGABYTE = 1e6


def run(quick: bool) -> int:
    """Measure and print; how many aims are missed."""
    tables.title("report: the interim report, open and closed")
    os.environ["OMP_NUM_THREADS"] = "1"
    sizes = SIZES[:2] if quick else SIZES
    with tempfile.TemporaryDirectory() as folder:
        call("report_inputs:write_inputs", folder=folder, sizes=sizes)
        found = {patients: call("report:measure", folder=folder, patients=patients) for patients in sizes}
        shown = _loads(folder, sizes)
    tables.table(
        (
            "open and closed",
            "wall s",
            "CPU s",
            "CPU s, numbers",
            "CPU s, pages",
            "frames MB",
            "more at peak MB",
        ),
        [_row(patients, one) for patients, one in found.items()],
    )
    pages = [
        (f"{kind}, {patients:,} patients", one[kind]["html"], one[kind]["html_packed"], one[kind]["json"],
         *shown.get(f"{kind}-{patients}", ("", "")))
        for patients, one in found.items() for kind in _KINDS
    ]  # fmt: skip
    columns = ("", "HTML MB", "packed MB", "JSON MB", "load ms", "DOM nodes")
    tables.table(columns, pages)
    first, last = found[sizes[0]], found[sizes[-1]]
    print(
        f"{sizes[-1] / sizes[0]:.0f} times the patients cost {_cpu(last) / _cpu(first):.1f} times as much CPU.\n"
    )
    print(f"{sizes[-1]:,} patients, both reports:")
    tables.parts(last["parts"])
    for kind in _KINDS:
        heading = (f"{kind}, {sizes[-1]:,} patients: the largest sections", "HTML kB")
        tables.table(heading, [(name, size / 1e3) for name, size in last[kind]["sections"]])
    return sum(
        tables.aim(f"{kind} page of {sizes[-1]:,} patients", last[kind]["html"], AIM_MEGABYTES, " MB")
        for kind in _KINDS
    )


def _cpu(one: dict[str, Any]) -> float:
    return sum(float(one[kind][part]["cpu"]) for kind in _KINDS for part in ("numbers", "pages"))


def _row(patients: int, one: dict[str, Any]) -> tuple[object, ...]:
    numbers, pages = (sum(one[kind][part]["cpu"] for kind in _KINDS) for part in ("numbers", "pages"))
    wall = sum(one[kind][part]["wall"] for kind in _KINDS for part in ("numbers", "pages"))
    return (
        f"{patients:,} patients",
        wall,
        numbers + pages,
        numbers,
        pages,
        one["before_mb"],
        one["most_mb"] - one["before_mb"],
    )


def measure(folder: str, patients: int) -> dict[str, Any]:
    """Both reports from the inputs in the folder; the pages are left there."""
    import gzip
    import pickle

    from benchmarks.stopwatch import Stopwatch
    from milepost.reports import closed_report, open_report
    from milepost.reports.render import Renderer

    with (Path(folder) / f"{patients}.pkl").open("rb") as file:
        report, closed = pickle.load(file)
    before = _memory("VmRSS")
    if before:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew from here
    renderer = Renderer(PROJECT / "reports_templates")
    both, numbers, pages = Stopwatch(parts=_parts()), Stopwatch(), Stopwatch()
    found: dict[str, Any] = {"before_mb": before}
    made: dict[str, tuple[str, str]] = {}
    with both:
        for kind in _KINDS:
            with numbers:
                model: Any = (
                    open_report.build_open_report(report)
                    if kind == "open"
                    else closed_report.build_closed_report(closed)
                )
            with pages:
                if kind == "open":
                    made[kind] = renderer.open_report(model), open_report.to_json(model)
                else:
                    made[kind] = renderer.closed_report(model), closed_report.to_json(model)
            found[kind] = {"numbers": numbers.result(), "pages": pages.result()}
    found["most_mb"] = _memory("VmHWM")
    for kind, (html, said) in made.items():
        raw = html.encode()
        (Path(folder) / f"{kind}-{patients}.html").write_bytes(raw)
        sizes = {"html": len(raw), "html_packed": len(gzip.compress(raw)), "json": len(said.encode())}
        found[kind] |= {name: size / _MEGABYTE for name, size in sizes.items()}
        found[kind]["sections"] = _sections(html)[:8]
    return found | {"parts": both.result()["parts"]}


def _memory(name: str) -> float:
    """A figure of this process in megabytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), 0.0)


def _parts() -> list[Any]:
    """The builders of sections, and what else takes long; times of both reports together."""
    from benchmarks.stopwatch import Part
    from milepost.reports import clinical_sections, open_report

    builders = [
        Part(f"{module.__name__}:{name}", name.removeprefix("build_").replace("_", " "))
        for module in (clinical_sections, open_report)
        for name in vars(module)
        if name.startswith("build_") and name != "build_open_report"
    ]
    others = {
        "clinical_sections:check_headlines": "second program",
        "masking:Mask.check": "search for arms and drugs",
        "open_report:attention": "who waits",
    }
    return [*builders, *(Part(f"milepost.reports.{place}", label) for place, label in others.items())]


def _sections(html: str) -> list[tuple[str, int]]:
    """The sections of a page by id, up to the next one, with their length, the longest first."""
    parts = re.split(r'(?=<section[^>]* id="([^"]+)")', html)
    return sorted(zip(parts[1::2], map(len, parts[2::2]), strict=True), key=lambda one: -one[1])


def _loads(folder: str, sizes: tuple[int, ...]) -> dict[str, tuple[object, ...]]:
    """What a browser needs to show each page, where there is one."""
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None or find_spec("playwright") is None:
        print("Playwright with a Chromium is not here: no load is measured.\n")
        return {}
    pages = [f"{kind}-{patients}" for patients in sizes for kind in _KINDS]
    found = call("report:load", folder=folder, pages=pages, chromium=chromium)
    return {page: tuple(found[page]) for page in pages}


def load(folder: str, pages: list[str], chromium: str) -> dict[str, Any]:
    """For each page the time to its load event (the fastest of some) and the nodes it has."""
    from playwright.sync_api import sync_playwright

    found: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for page in pages:
            took = []
            for _ in range(LOADS):
                tab = browser.new_page(viewport={"width": 1280, "height": 900})
                tab.goto((Path(folder) / f"{page}.html").as_uri(), wait_until="load", timeout=300_000)
                took.append(tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
                nodes = tab.evaluate("document.getElementsByTagName('*').length")
                tab.close()
            found[page] = [round(min(took)), int(nodes)]
        browser.close()
    return found
