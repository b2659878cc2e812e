"""A report as PDF: which browser prints it, what is asked of it, and what is said where it cannot."""

from __future__ import annotations

import http.server
import re
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from milepost.cli.pdf import find_chromium, pdf, print_page
from milepost.errors import ConfigurationError, DataProblem

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def browser(folder: Path, does: str) -> str:
    """A stand-in for a browser that writes down what it was asked and does this."""
    script = folder / "browser"
    script.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > "{folder}/asked"\n'
        f'for one in "$@"; do case "$one" in --print-to-pdf=*) out="${{one#*=}}";; esac; done\n{does}\n'
    )
    script.chmod(0o700)
    return str(script)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    folder = tmp_path / "2026-04-10-0a1b2c3d4e5f"
    folder.mkdir()
    (folder / "report.html").write_text("<!doctype html><title>t</title><p>one", encoding="utf-8")
    return folder


def test_the_page_of_a_reports_folder_is_printed_under_the_folders_name(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MILEPOST_CHROMIUM", browser(tmp_path, 'printf "%%PDF-1.4" > "$out"'))
    monkeypatch.chdir(tmp_path)
    pdf(report, None)
    made = tmp_path / "2026-04-10-0a1b2c3d4e5f.pdf"
    assert made.read_bytes() == b"%PDF-1.4" and stat.S_IMODE(made.stat().st_mode) == 0o600
    assert capsys.readouterr().out == "2026-04-10-0a1b2c3d4e5f.pdf: 8 bytes\n"
    assert sorted(path.name for path in report.iterdir()) == ["report.html"], "a report is not added to"
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert {"--headless", "--no-pdf-header-footer", "--proxy-server=127.0.0.1:9"} <= set(asked)
    assert asked[-1] == (report / "report.html").as_uri()


def test_one_html_file_is_printed_where_it_is_asked_for(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_CHROMIUM", browser(tmp_path, 'printf "%%PDF-1.4" > "$out"'))
    pdf(report / "report.html", tmp_path / "april.pdf")
    assert (tmp_path / "april.pdf").is_file()
    with pytest.raises(ConfigurationError, match="--output"):
        pdf(report / "report.html", tmp_path / "nowhere" / "april.pdf")


@pytest.mark.parametrize(
    ("does", "said"),
    [("echo sorry >&2; exit 1", "sorry"), ("true", "it said nothing"), ('echo no > "$out"', "made no PDF")],
)
def test_a_browser_that_makes_no_pdf_is_quoted(report: Path, tmp_path: Path, does: str, said: str) -> None:
    with pytest.raises(DataProblem, match=said):
        print_page(report / "report.html", tmp_path / "a.pdf", browser(tmp_path, does))
    assert not (tmp_path / "a.pdf").exists()


def test_without_a_browser_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MILEPOST_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="apt-get install chromium"):
        find_chromium()
    monkeypatch.setenv("MILEPOST_CHROMIUM", "no-such-browser")
    with pytest.raises(ConfigurationError, match="MILEPOST_CHROMIUM names no-such-browser"):
        find_chromium()


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"report\.html: no such file"):
        pdf(tmp_path, None)


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine, and what was asked of it."""
    asked: list[str] = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *about: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Counting) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}", asked
        httpd.shutdown()


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")
def test_a_real_browser_prints_on_the_pages_own_paper_and_reaches_no_network(
    tmp_path: Path, server: tuple[str, list[str]]
) -> None:
    url, asked = server
    page = tmp_path / "page.html"
    page.write_text(
        f'<!doctype html><style>@page{{size:A5 landscape}}</style><p>one<img src="{url}/a.png">'
        f'<script>fetch("{url}/b")</script>',
        encoding="utf-8",
    )
    print_page(page, tmp_path / "a.pdf", str(CHROMIUM))
    raw = (tmp_path / "a.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", raw)
    assert box is not None
    assert [float(side) for side in box.groups()] == pytest.approx(
        [595.3, 419.5], abs=1
    )  # A5 landscape, points
    assert asked == []
