"""Reads a page the way a person does: its words, its ids and links, and what it would load."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path

SNAPSHOTS = Path(__file__).parent / "snapshots"
_UNSEEN = ("style", "script", "title", "head")
_BLOCKS = (
    "p",
    "h1",
    "h2",
    "h3",
    "li",
    "tr",
    "dt",
    "div",
    "section",
    "caption",
    "summary",
    "br",
    "text",
    "table",
)


class Page(HTMLParser):
    """The words of a page line by line, its ids, the targets of its links, and every attribute that could load."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.loads: list[str] = []
        self._hidden: list[str] = []
        self._said: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._hidden.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.targets.append(given.get("href", ""))
        elif "href" in given:
            self.loads.append(given["href"])
        self.loads += [
            given[name]
            for name in ("src", "srcset", "xlink:href", "action", "data", "poster")
            if name in given
        ]
        if tag in _BLOCKS:
            self._said.append("\n")
        elif tag in ("td", "th", "dd", "span"):
            self._said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()
        if tag in _BLOCKS:
            self._said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._said.append(data)

    @property
    def text(self) -> str:
        """What is to be read, one block a line, blanks drawn together."""
        lines = (
            re.sub(r"[ \t\n\u202f\u00a0]+", " ", line).strip() for line in "".join(self._said).split("\n")
        )
        return "\n".join(line for line in lines if line)


def words(text: str) -> list[str]:
    """The words and numbers of a text, without what stands between them."""
    return re.findall(r"[\w%]+", text)


def check_snapshot(name: str, text: str) -> None:
    """Compare with what is kept. To renew: MILEPOST_RENEW_SNAPSHOTS=1, then read the difference before committing."""
    kept = SNAPSHOTS / name
    if os.environ.get("MILEPOST_RENEW_SNAPSHOTS"):
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8")
