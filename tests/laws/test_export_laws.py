"""Laws of exports: a text cut for SAS is the same text, whatever it holds."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from milepost.workflows.transport_file import pieces

TEXTS = st.text(st.sampled_from("ab  |é终𝛼"), max_size=60).map(str.strip)


@given(TEXTS, st.integers(4, 20))
def test_pieces_joined_give_the_text_back_and_each_fits(text: str, longest: int) -> None:
    assume(" " * longest not in text)
    found = pieces(text, longest)
    assert "".join(found) == text
    assert all(len(piece.encode()) <= longest and piece == piece.rstrip(" ") for piece in found)
    assert all(found) or text == ""
