"""Words under a bar: no words cross a leader or other words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.reports.callouts import Callout, place_callouts

WIDTH = 1120.0


def clashes(callouts: list[Callout]) -> list[str]:
    sides, rows = place_callouts(callouts, WIDTH)
    found = []
    for i, one in enumerate(callouts):
        start, end = one.span(sides[i])
        if start < 0 or end > WIDTH:
            found.append(f"{one.text} leaves the page")
        for j, other in enumerate(callouts):
            left, right = other.span(sides[j])
            if i != j and rows[i] == rows[j] and start < right and left < end:
                found.append(f"{one.text} lies on {other.text}")
            if i != j and rows[j] > rows[i] and start < other.at < end:
                found.append(f"the leader of {other.text} crosses {one.text}")
    return found


def test_words_that_have_room_stand_in_one_row() -> None:
    far = [Callout(at, "2", "overdue") for at in (100.0, 400.0, 700.0)]
    assert place_callouts(far, WIDTH)[1] == (0, 0, 0)


def test_the_crowd_at_the_end_of_the_bar_is_a_staircase_towards_the_edge() -> None:
    names = [
        (1016.0, "window open"),
        (1056.0, "not due yet"),
        (1093.0, "not started"),
        (1112.0, "not reached"),
    ]
    crowd = [Callout(at, "4", name) for at, name in names]
    assert place_callouts(crowd, WIDTH) == ((False, False, False, False), (0, 1, 2, 3))
    assert clashes(crowd) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(150, 1119), min_size=1, max_size=6, unique_by=lambda at: round(at / 4)))
def test_no_words_cross_a_leader_wherever_the_segments_lie(places: list[float]) -> None:
    assert clashes([Callout(at, "12", f"state {i}") for i, at in enumerate(sorted(places))]) == []
