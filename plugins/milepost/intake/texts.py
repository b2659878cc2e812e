"""How a cell is tidied before it is read: invisible characters, full-width forms, spreadsheets' apostrophes.

Numbers and dates never pass through NFKC: it would turn 10⁹ into 109.
"""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
_EDGES = f" \t\r\n\v\f\x1a\u00a0\u3000{_INVISIBLE}"  # 1A: the end of a file, for MS-DOS
_WIDE = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20, 0x00A0: 0x20, 0xFF61: 0x3002}
_BLANKS = re.compile(r"\s+")


def tidy(text: str) -> str:
    """The cell without blanks and invisible characters at its ends and without a spreadsheet's wrapping: a leading
    apostrophe, or ="0017", either of which keeps it from reading a text as a number."""
    text = text.strip(_EDGES)
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1].strip(_EDGES)
    return text[1:].strip(_EDGES) if text.startswith("'") else text


def half_width(text: str) -> str:
    """Full-width letters, digits and signs (１２．３, ＜) as plain ones. Everything else, superscripts too, stays."""
    return text if text.isascii() else text.translate(_WIDE)


def fold(text: str) -> str:
    """The form in which words of a site are compared as wholes: NFKC, case ignored, blanks made one."""
    plain = tidy(text)
    return _BLANKS.sub(" ", plain if plain.isascii() else unicodedata.normalize("NFKC", plain)).casefold()


def header_name(text: str) -> str:
    """The form in which column names are compared: NFKC, blanks (line breaks too) made one; case counts."""
    return _BLANKS.sub(" ", tidy(unicodedata.normalize("NFKC", tidy(text))))


def shorten(text: str, longest: int) -> str:
    """At most this many bytes of UTF-8, cut between characters."""
    if len(text) * 4 <= longest:
        return text
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= longest else raw[:longest].decode("utf-8", "ignore")
