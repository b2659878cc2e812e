"""What a reader meets: pages that can be read by anybody, on paper and phone, in the dark, and without a script."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as Tab

from milepost.reports.mails import digest_mail_model
from tests.report_builder import AS_OF, RENDERER, page, report_inputs, report_json, with_second_lines
from tests.whole_report import closed_report, open_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("made_up")]
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason=f"no Chromium on PATH (looked for {', '.join(NAMES)})"
)
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "preload": False,
    "iframes": False,
}
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of 0, 1 and 158 patients (the last one compared with the day before), one with second lines, a digest;
    the made-up study's open and closed report with every section, and the dry run."""
    folder = tmp_path_factory.mktemp("pages")
    before = AS_OF - dt.timedelta(days=1)
    first = report_json(
        report_inputs(158, as_of=before, known_at=dt.datetime(2026, 11, 20, 21, 40, tzinfo=dt.UTC))
    )
    inputs = report_inputs(158, predecessor=first)
    rows = [row for row in inputs.alerts.to_dict("records") if row["ROLE"] == "site_coordinator"][:2]
    made = {
        "0 patients": page(report_inputs(0)),
        "1 patient": page(report_inputs(1)),
        "158 patients": page(inputs),
        "two lines": page(with_second_lines(report_inputs(60), sorted(inputs.verdicts["USUBJID"]))),
        "whole": open_report().html,
        "closed": closed_report().html,
        "dry run": closed_report(masked=True).html,
        "digest": RENDERER.digest_mail(digest_mail_model(inputs.protocol, rows))[2],
    }
    files = {}
    for name, html in made.items():
        files[name] = folder / f"{name.replace(' ', '-')}.html"
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
    ("name", "view"),
    [("158 patients", view) for view in VIEWS]
    + [("whole", "light"), ("closed", "dark")]
    + [("0 patients", "dark"), ("1 patient", "phone"), ("two lines", "phone"), ("digest", "light")],
)
def test_axe_finds_no_barrier(open_page: Open, name: str, view: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    tab = open_page(name, view)
    found = axe.Axe().run(tab, options=OPTIONS).response
    assert len(found["passes"]) > 15
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []


@needs_browser
def test_axe_would_see_a_barrier(open_page: Open) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    tab = open_page("0 patients")
    tab.evaluate("document.querySelector('h1').style.color = '#eeeeee'")
    found = axe.Axe().run(tab, options=OPTIONS).response
    assert [v["id"] for v in found["violations"]] == ["color-contrast"]


@needs_browser
def test_the_page_asks_for_nothing_and_complains_of_nothing(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(**VIEWS["light"])
    tab = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(pages["158 patients"].as_uri())
    tab.wait_for_function("document.documentElement.classList.contains('js')")
    assert [url for url in asked if not url.startswith("data:font/woff2")] == [pages["158 patients"].as_uri()]
    assert said == []
    tab.evaluate("new Image().src = 'https://milepost.example/x.png'")
    tab.wait_for_function("true")
    assert "Content Security Policy" in " ".join(said)
    context.close()


@needs_browser
@pytest.mark.parametrize(
    "name",
    ["0 patients", "1 patient", "158 patients", "two lines", "digest", "whole", "closed", "dry run"],
)
def test_nothing_runs_over_the_edge_of_a_phone(open_page: Open, name: str) -> None:
    tab = open_page(name, "phone")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390


@needs_browser
@pytest.mark.parametrize("name", ["158 patients", "two lines", "whole", "closed"])
def test_no_word_of_a_narrow_table_runs_into_the_next(open_page: Open, name: str) -> None:
    tab = open_page(name, "phone")
    over = tab.evaluate("""() => [...document.querySelectorAll('.cards tbody td, .cards tbody th')]
        .filter(cell => cell.clientWidth && cell.scrollWidth > cell.clientWidth + 1)
        .map(cell => (cell.dataset.h || '') + ' ' + cell.textContent.trim().slice(0, 40))""")
    assert over == []


@needs_browser
def test_without_a_script_everything_is_there_but_the_controls(open_page: Open) -> None:
    plain, scripted = (open_page("158 patients", java_script_enabled=on) for on in (False, True))
    assert not plain.locator("#controls").is_visible()
    assert scripted.locator("#controls").is_visible()
    rows = plain.locator(".attention tbody tr")
    assert rows.count() == scripted.locator(".attention tbody tr").count() >= 5
    assert all(rows.nth(i).is_visible() for i in range(rows.count()))
    assert plain.locator("svg.wide:visible").count() == scripted.locator("svg.wide:visible").count() >= 7
    plain.locator("details summary").first.click()
    assert plain.locator("details[open] table").first.is_visible()


@needs_browser
def test_the_list_can_be_filtered_by_who_must_act(open_page: Open) -> None:
    tab = open_page("158 patients")
    every = tab.locator(".attention tbody tr").count()
    tab.get_by_role("button", name="data manager").click()
    shown = tab.locator(".attention tbody tr:visible")
    assert 0 < shown.count() < every
    assert all(
        "data_manager" in (shown.nth(i).get_attribute("data-roles") or "") for i in range(shown.count())
    )
    tab.get_by_role("button", name="everybody").click()
    assert tab.locator(".attention tbody tr:visible").count() == every


@needs_browser
def test_a_patient_is_marked_in_every_figure_and_unmarked_again(open_page: Open) -> None:
    tab = open_page("158 patients")
    who = tab.locator("svg.wide .seg.non[data-p]").first.get_attribute("data-p")
    tab.get_by_label("Mark a patient in every figure").fill(str(who).lower())
    marked = tab.locator("svg.wide .hl")
    kinds = {marked.nth(i).evaluate("mark => mark.tagName") for i in range(marked.count())}
    assert kinds == {"rect", "path", "circle"}
    assert {marked.nth(i).get_attribute("data-p") for i in range(marked.count())} == {who}
    tab.keyboard.press("Escape")
    assert tab.locator(".hl").count() == 0


OVERLAPS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg[role=img]')) {
    const page = svg.getBoundingClientRect();
    if (!page.width) continue;
    const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim());
    const boxes = texts.map(t => t.getBoundingClientRect());
    boxes.forEach((a, i) => {
      if (a.left < Math.min(0, page.left) || a.right > document.documentElement.clientWidth + 1)
        found.push(texts[i].textContent + ' runs out of the page');
      boxes.slice(i + 1).forEach((b, j) => {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && tall > 5) found.push(texts[i].textContent + ' / ' + texts[i + 1 + j].textContent);
      });
    });
  }
  return found;
}"""


@needs_browser
@pytest.mark.parametrize("view", ["light", "phone"])
@pytest.mark.parametrize("name", ["0 patients", "1 patient", "158 patients", "two lines", "whole", "closed"])
def test_no_words_of_a_figure_lie_on_others(open_page: Open, name: str, view: str) -> None:
    tab = open_page(name, view)
    assert tab.locator("svg[role=img] text:visible").count() >= 20
    assert tab.evaluate(OVERLAPS) == []


@needs_browser
@pytest.mark.parametrize("view", ["light", "phone"])
@pytest.mark.parametrize("name", ["158 patients", "whole", "closed"])
def test_no_word_is_smaller_than_twelve_pixels(open_page: Open, name: str, view: str) -> None:
    tab = open_page(name, view)
    small = tab.evaluate("""() => [...document.querySelectorAll('body *')]
        .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
        .filter(e => e.getClientRects().length && !e.closest('sup, .hidden, script, .hold'))
        .filter(e => {
            const svg = e.closest('svg');
            const drawn = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            return parseFloat(getComputedStyle(e).fontSize) * drawn < 11.9;
        }).map(e => e.textContent.trim().slice(0, 40))""")
    assert small == []


@needs_browser
def test_this_morning_is_the_first_printed_page_and_nothing_else_is(open_page: Open) -> None:
    """A4 landscape at the margins of the print style: 271 mm by 183 mm, set at four fifths."""
    tab = open_page("158 patients")
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 1280, "height": 865})
    height = tab.evaluate("""() => {
        const zoom = parseFloat(getComputedStyle(document.body).zoom);
        return document.getElementById('morning').getBoundingClientRect().bottom / zoom;
    }""")
    assert 400 < height < 865
    assert tab.evaluate("getComputedStyle(document.getElementById('c-AFP-W4')).breakBefore") == "page"
    assert not tab.locator("#controls").is_visible()
    assert not tab.locator("nav.toc").is_visible()
