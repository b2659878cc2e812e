"""From a delivery's bytes to its text, or to a plain sentence why that cannot be done.

Nothing is ever dropped or replaced to make a file decode. Source: clinical specification sections 9.5 and trap 34.
"""

from __future__ import annotations

from milepost.errors import DataProblem

_BINARY = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a rich-text document"),
)
_MARKUP = ("<html", "<!doctype", "<table", "<?xml", "<meta", "<head")
_AUTO = ("utf-8", "gb18030")
_SAVE_AS = "Export it as CSV text and send it again."


class Unreadable(DataProblem):
    """A file that gives no rows; the message says what is wrong, where, and what to do."""


def decode(raw: bytes, encoding: str) -> tuple[str, str]:
    """The file's text without its byte-order mark, and the encoding that was used.

    `auto` tries UTF-8, then GB 18030, each strictly. Raises Unreadable for an empty file, one that is no text, and
    one that the encoding does not fit.
    """
    if not raw.strip(b"\xef\xbb\xbf\r\n\t \x00"):
        raise Unreadable("The file is empty.")
    for magic, words in _BINARY:
        if raw.startswith(magic):
            raise Unreadable(f"The file is {words}, not text. {_SAVE_AS}")
    text, used = _decoded(raw, encoding)
    text = text.removeprefix("\ufeff")
    place = text.find("\x00")
    if place >= 0:
        hint = (
            'It looks like UTF-16: declare encoding = "utf-16" for this layout.'
            if _is_utf16(raw)
            else _SAVE_AS
        )
        raise Unreadable(f"The file holds a zero byte in line {_line(text, place)}, so it is no text. {hint}")
    if text[:200].lstrip().casefold().startswith(_MARKUP):
        raise Unreadable(f"The file is a web page or XML, not a table of text. {_SAVE_AS}")
    return text, used


def _decoded(raw: bytes, encoding: str) -> tuple[str, str]:
    tried: list[str] = []
    for name in _AUTO if encoding == "auto" else (encoding.removesuffix("-sig"),):
        try:
            return raw.decode(name), name
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            tried.append(f"not {name} at byte {error.start} (line {line})")
        except (UnicodeError, LookupError):  # or no encoding of text at all, such as base64
            tried.append(f"not {name}")
    hint = "It looks like UTF-16. " if _is_utf16(raw) else ""
    raise Unreadable(
        f"The file is {', and '.join(tried)}. {hint}Correct the layout's encoding in sites.toml, or ask the site how "
        f"the file was saved."
    )


def _is_utf16(raw: bytes) -> bool:
    return raw[:2] in (b"\xff\xfe", b"\xfe\xff") or raw[1:2] == b"\x00" or raw[:1] == b"\x00"


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
