"""What the reader of a patient profile meets: on a screen, in the dark, on a phone, and on one sheet of paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from milepost.reports.profile.index import build_index, index_row
from tests.profile_builder import CAST, KNOWN_AT, RENDERER, inputs_of, page_of, profile_of
from tests.repo.test_pages_in_a_browser import CHROMIUM, OPTIONS, OVERLAPS, VIEWS, Open, needs_browser

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PAGES = ("busy", "two lines", "consent", "index")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A patient with something in every panel, one with two lines, one of whom only the consent is known, the list."""
    asked = inputs_of("busy")
    index = build_index(
        asked.protocol, asked.id, [index_row(profile_of(name)) for name in CAST], as_of=asked.as_of,
        known_at=KNOWN_AT, config_hash=asked.config_hash, code_version="0.1.0",
    )  # fmt: skip
    folder, files = tmp_path_factory.mktemp("profiles"), {}
    for name in PAGES:
        files[name] = folder / f"{name.replace(' ', '-')}.html"
        html = RENDERER.patient_profile(index) if name == "index" else page_of(name)
        files[name].write_text(html, encoding="utf-8")
    return files


@pytest.fixture
def open_page(browser: Browser, pages: dict[str, Path]) -> Iterator[Open]:
    contexts = []

    def open_(name: str, view: str = "light", **more: Any) -> Tab:
        context = browser.new_context(**VIEWS[view], **more)
        contexts.append(context)
        tab = context.new_page()
        tab.goto(pages[name].as_uri())
        return tab

    yield open_
    for context in contexts:
        context.close()


@needs_browser
@pytest.mark.parametrize(
    ("name", "view"), [*(("busy", view) for view in VIEWS), ("consent", "dark"), ("index", "phone")]
)
def test_axe_finds_no_barrier(open_page: Open, name: str, view: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    tab = open_page(name, view)
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    found = axe.Axe().run(tab, options=OPTIONS).response
    assert len(found["passes"]) > 15
    assert [(v["id"], v["nodes"][0]["html"][:160]) for v in found["violations"]] == []


@needs_browser
def test_the_page_asks_for_nothing_and_needs_no_script(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(**VIEWS["light"], java_script_enabled=False)
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(pages["busy"].as_uri())
    assert [url for url in asked if not url.startswith("data:font/woff2")] == [pages["busy"].as_uri()]
    assert tab.locator("svg.wide").is_visible() and not tab.locator("svg.phone").is_visible()
    tab.locator("details summary").click()
    assert tab.locator("details[open] tbody tr").count() == 32
    context.close()


@needs_browser
@pytest.mark.parametrize("view", ["light", "phone"])
@pytest.mark.parametrize("name", ["busy", "two lines"])
def test_no_words_of_the_figure_lie_on_others(open_page: Open, name: str, view: str) -> None:
    tab = open_page(name, view)
    assert tab.locator("svg[role=img] text:visible").count() >= 40
    assert tab.evaluate(OVERLAPS) == []


@needs_browser
@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_over_the_edge_of_a_phone(open_page: Open, name: str) -> None:
    tab = open_page(name, "phone")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    over = tab.evaluate("""() => [...document.querySelectorAll('.cards tbody td, .cards tbody th')]
        .filter(cell => cell.clientWidth && cell.scrollWidth > cell.clientWidth + 1)
        .map(cell => (cell.dataset.h || '') + ' ' + cell.textContent.trim().slice(0, 40))""")
    assert over == []


@needs_browser
@pytest.mark.parametrize("view", ["light", "phone"])
def test_no_word_is_smaller_than_twelve_pixels(open_page: Open, view: str) -> None:
    small = open_page("busy", view).evaluate("""() => [...document.querySelectorAll('body *')]
        .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
        .filter(e => e.getClientRects().length && !e.closest('.hidden'))
        .filter(e => {
            const svg = e.closest('svg');
            const drawn = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            return parseFloat(getComputedStyle(e).fontSize) * drawn < 11.9;
        }).map(e => e.textContent.trim().slice(0, 40))""")
    assert small == []


@needs_browser
@pytest.mark.parametrize("name", ["busy", "two lines"])
def test_head_and_figure_fill_one_printed_page_at_most(open_page: Open, name: str) -> None:
    """A4 portrait at the margins of the print style, 184 mm by 273 mm, set at 62 %: 1122 by 1664 pixels of the page."""
    tab = open_page(name)
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 695, "height": 1031})
    bottom = tab.evaluate("document.querySelector('svg.wide').getBoundingClientRect().bottom")
    assert 400 < bottom < 1031
    assert tab.evaluate("getComputedStyle(document.body).zoom") == "0.62"
    assert not tab.locator("#values").is_visible()
