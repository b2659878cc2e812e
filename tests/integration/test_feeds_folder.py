"""A site's inbox: what is taken, what is left alone, and that no two runs ever share a file."""

from __future__ import annotations

import datetime as dt
import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from milepost.errors import DataProblem, FeedUnreachable
from milepost.feeds import folder
from milepost.feeds.delivery import UNFINISHED, Claimed
from milepost.feeds.folder import FolderFeed, put, put_bytes, waiting_files

NOW = dt.datetime(2026, 4, 12, 22, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def feed(tmp_path: Path) -> FolderFeed:
    return FolderFeed(inbox=tmp_path / "inbox" / "S01", claimed=tmp_path / "claimed" / "S01", site="S01")


def hand_over(feed: FolderFeed, name: str, raw: bytes = b"a,b\n1,2\n", at: dt.datetime = NOW - HOUR) -> Path:
    put_bytes(feed.inbox, name, raw, at)
    return feed.inbox / name


def names(claimed: list[Claimed]) -> list[str]:
    return [item.delivery.name for item in claimed]


def take_all(feed: FolderFeed, now: dt.datetime = NOW, until: dt.datetime | None = None) -> list[str]:
    """Claim as `receive` does: each is released before the next is asked for."""
    taken = []
    for item in feed.claim(now, until):
        taken.append(item.delivery.name)
        item.release()
    return taken


def stamp(path: Path, seconds: float) -> None:
    os.utime(path, (seconds, seconds), follow_symlinks=False)


# ---- what is taken


def test_a_file_is_taken_with_its_bytes_and_the_instant_at_which_it_was_handed_over(feed):
    at = dt.datetime(2026, 4, 12, 21, 40, 3, 123_456, tzinfo=dt.UTC)
    hand_over(feed, "labs.csv", b"\x00raw\xff", at)
    item = next(feed.claim(NOW))
    assert (item.delivery.site, item.delivery.name, item.delivery.raw) == ("S01", "labs.csv", b"\x00raw\xff")
    assert item.delivery.received_at == at
    assert len(item.delivery.sha256) == 64


def test_the_oldest_file_comes_first_and_equal_times_go_by_name(feed):
    hand_over(feed, "c.csv", at=NOW - 3 * HOUR)
    hand_over(feed, "b.csv", at=NOW - 2 * HOUR)
    hand_over(feed, "a.csv", at=NOW - 2 * HOUR)
    assert take_all(feed) == ["c.csv", "a.csv", "b.csv"]
    assert take_all(feed) == []


def test_a_file_that_came_after_the_instant_asked_for_waits(feed):
    hand_over(feed, "early.csv", at=NOW - 2 * HOUR)
    hand_over(feed, "late.csv", at=NOW)
    assert take_all(feed, until=NOW - HOUR) == ["early.csv"]
    assert waiting_files(feed.inbox) == 1
    assert take_all(feed) == ["late.csv"]


def test_a_missing_inbox_is_made_and_is_empty(feed):
    assert take_all(feed) == []
    assert feed.inbox.is_dir() and (feed.inbox.stat().st_mode & 0o077) == 0


@pytest.mark.parametrize(
    "name",
    [
        "检验_2026年4月.csv",
        "naïve μ.csv",
        "a b;c'd\"e.csv",
        "back\\slash.csv",
        "new\nline.csv",
        "-rf.csv",
        "x" * 255,
    ],
)
def test_any_name_a_file_system_takes_is_taken(feed, name):
    feed.inbox.mkdir(parents=True)
    (feed.inbox / name).write_bytes(b"x")
    stamp(feed.inbox / name, (NOW - HOUR).timestamp())
    assert take_all(feed) == [name]
    assert list(feed.inbox.iterdir()) == [] and list(feed.claimed.iterdir()) == []


def test_a_name_written_in_gb18030_is_read_as_what_it_says(feed):
    feed.inbox.mkdir(parents=True)
    raw = os.fsencode(feed.inbox) + b"/" + "检验_0412.csv".encode("gb18030")
    with open(raw, "wb") as file:
        file.write(b"x")
    assert take_all(feed) == ["检验_0412.csv"]


def test_a_name_in_no_encoding_at_all_is_still_a_text_that_can_be_stored(feed):
    feed.inbox.mkdir(parents=True)
    with open(os.fsencode(feed.inbox) + b"/labs_\xff.csv", "wb") as file:
        file.write(b"x")
    assert take_all(feed) == ["labs_\\xff.csv"]


@pytest.mark.parametrize(
    ("seconds", "received"),
    [
        ((NOW + 400 * 24 * HOUR).timestamp(), NOW),
        (10**12, NOW),  # the year 33658: no date Python can hold
        (-86_400, dt.datetime(1969, 12, 31, tzinfo=dt.UTC)),
    ],
    ids=["next year", "beyond the calendar", "before 1970"],
)
def test_a_file_from_the_future_counts_as_received_now(feed, seconds, received):
    path = hand_over(feed, "labs.csv")
    try:
        stamp(path, seconds)
    except OSError:
        pytest.skip("this file system does not hold such a time")
    if int(path.stat().st_mtime) != int(seconds):
        pytest.skip("this file system does not hold such a time")
    assert next(feed.claim(NOW)).delivery.received_at == received


def test_neither_the_bytes_nor_the_name_stand_in_the_printed_form_of_a_delivery(feed):
    hand_over(feed, "张三.csv", b"secret")
    item = next(feed.claim(NOW))
    assert "张三" not in repr(item) and "secret" not in repr(item)


# ---- what is left alone


@pytest.mark.parametrize(
    "name",
    [f"labs.csv{end}" for end in UNFINISHED] + ["labs.csv.PART", ".labs.csv", "~$labs.xlsx", ".DS_Store"],
)
def test_a_file_that_is_named_unfinished_is_left_alone(feed, name):
    feed.inbox.mkdir(parents=True)
    (feed.inbox / name).write_bytes(b"x")
    assert take_all(feed) == [] and waiting_files(feed.inbox) == 0
    assert (feed.inbox / name).exists()


def test_links_and_folders_and_pipes_are_left_alone(feed, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"not the site's")
    feed.inbox.mkdir(parents=True)
    (feed.inbox / "link.csv").symlink_to(secret)
    (feed.inbox / "folder.csv").mkdir()
    os.mkfifo(feed.inbox / "pipe.csv")
    assert take_all(feed) == []
    assert {path.name for path in feed.inbox.iterdir()} == {"link.csv", "folder.csv", "pipe.csv"}


@pytest.mark.parametrize("age", [dt.timedelta(0), HOUR], ids=["just written to", "silent for an hour"])
def test_a_file_that_somebody_still_has_open_for_writing_is_left_alone(feed, age):
    path = hand_over(feed, "labs.csv")
    writer = subprocess.Popen(
        [sys.executable, "-c", "import sys; f = open(sys.argv[1], 'ab'); print(flush=True); sys.stdin.read()", path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        stamp(path, (NOW - age).timestamp())
        assert take_all(feed) == [] and path.exists()
    finally:
        writer.communicate(b"")
    assert take_all(feed) == ["labs.csv"]


def test_without_leases_two_looks_find_the_file_that_grows_and_there_is_one_pause_for_all(feed, monkeypatch):
    for name in ("still.csv", "grows.csv", "other.csv"):
        hand_over(feed, name, at=NOW)
    hand_over(feed, "old.csv", at=NOW - HOUR)
    pauses = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        with (feed.inbox / "grows.csv").open("ab") as file:
            file.write(b"more")

    monkeypatch.setattr(folder, "_is_open_for_writing", lambda path: None)
    monkeypatch.setattr(folder.time, "sleep", pause)
    assert take_all(feed) == ["old.csv", "other.csv", "still.csv"]
    assert len(pauses) == 1


def test_a_file_that_changes_while_it_is_read_is_taken_by_the_next_run(feed, monkeypatch):
    hand_over(feed, "labs.csv", b"whole")
    whole = folder._read
    monkeypatch.setattr(folder, "_read", lambda path: None)
    assert take_all(feed) == []
    monkeypatch.setattr(folder, "_read", whole)
    assert [item.delivery.raw for item in feed.claim(NOW)] == [b"whole"]


def test_a_settling_time_leaves_recent_files_for_the_next_run_but_not_one_from_the_future_for_ever(tmp_path):
    feed = FolderFeed(tmp_path / "inbox", tmp_path / "claimed", "S01", settle_seconds=600)
    hand_over(feed, "settled.csv", at=NOW - HOUR)
    hand_over(feed, "recent.csv", at=NOW - dt.timedelta(minutes=5))
    hand_over(feed, "skewed.csv", at=NOW + dt.timedelta(minutes=2))
    hand_over(feed, "future.csv", at=NOW + 100 * 24 * HOUR)
    assert take_all(feed) == ["settled.csv", "future.csv"]
    assert take_all(feed, now=NOW + HOUR) == ["recent.csv", "skewed.csv"]


# ---- one file, one run


def test_two_runs_at_once_never_get_the_same_file(feed):
    for number in range(60):
        hand_over(feed, f"labs_{number}.csv", str(number).encode())
    taken: list[list[str]] = [[], [], []]
    barrier = threading.Barrier(3)

    def run(mine: list[str]) -> None:
        barrier.wait()
        for item in feed.claim(NOW):
            mine.append(item.delivery.name)
            item.release()

    threads = [threading.Thread(target=run, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [name for mine in taken for name in mine]
    assert sorted(every) == sorted(f"labs_{number}.csv" for number in range(60))


def test_a_file_that_another_run_holds_is_not_offered_a_second_time(feed):
    hand_over(feed, "labs.csv")
    run = feed.claim(NOW)
    mine = next(run)
    assert take_all(feed) == []
    mine.release()
    assert take_all(feed) == []


def test_a_run_that_stops_between_claim_and_release_leaves_the_file_to_the_next(feed):
    hand_over(feed, "labs.csv", b"whole")
    hand_over(feed, "newer.csv", at=NOW - dt.timedelta(minutes=1))
    run = feed.claim(NOW)
    item = next(run)
    assert not (feed.inbox / "labs.csv").exists()
    run.close()
    del item
    assert take_all(feed) == ["labs.csv", "newer.csv"]


def test_a_process_that_is_killed_between_claim_and_release_leaves_the_file_to_the_next(feed):
    hand_over(feed, "labs.csv", b"whole")
    program = (
        "import datetime as dt, sys, pathlib\n"
        "from milepost.feeds.folder import FolderFeed\n"
        "feed = FolderFeed(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), 'S01')\n"
        "item = next(feed.claim(dt.datetime(2026, 4, 12, 22, tzinfo=dt.UTC)))\n"
        "print(item.delivery.name, flush=True)\n"
        "sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, feed.inbox, feed.claimed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"labs.csv\n"
    assert take_all(feed) == []  # it lives: the file is its own
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert [item.delivery.raw for item in feed.claim(NOW)] == [b"whole"]


def test_an_inbox_on_another_file_system_is_claimed_inside_itself(feed, monkeypatch):
    hand_over(feed, "labs.csv", b"whole")
    replace = os.replace

    def across(source: Path, target: Path) -> None:
        if feed.claimed in Path(target).parents:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    monkeypatch.setattr(folder.os, "replace", across)
    run = feed.claim(NOW)
    item = next(run)
    assert item.delivery.raw == b"whole" and waiting_files(feed.inbox) == 0
    run.close()
    del item
    assert take_all(feed) == ["labs.csv"]  # left behind there, found there
    assert list((feed.inbox / folder.BESIDE).iterdir()) == [] and list(feed.claimed.iterdir()) == []


# ---- what cannot be read


def test_one_unreadable_file_stops_no_other_and_is_named_by_its_number_only(feed):
    hand_over(feed, "first.csv")
    hand_over(feed, "last.csv", at=NOW - dt.timedelta(minutes=1))
    bad = feed.claimed / "0123" / "张三.csv"
    bad.parent.mkdir(parents=True)
    bad.symlink_to("/nowhere")
    taken = []
    with pytest.raises(FeedUnreachable) as caught:
        for item in feed.claim(NOW):
            taken.append(item.delivery.name)
            item.release()
    assert taken == ["first.csv", "last.csv"]
    assert "1 of its files" in str(caught.value) and "the next run takes them" in str(caught.value)
    assert "张三" not in str(caught.value) and caught.value.__cause__ is None


def test_a_link_that_takes_a_claimed_files_place_is_not_followed(feed, tmp_path):
    (tmp_path / "secret").write_bytes(b"not the site's")
    place = feed.claimed / "0123"
    place.mkdir(parents=True)
    (place / "labs.csv").symlink_to(tmp_path / "secret")
    with pytest.raises(FeedUnreachable):
        list(feed.claim(NOW))


def test_an_inbox_that_is_no_folder_is_unreachable_and_says_so(tmp_path):
    (tmp_path / "inbox").write_bytes(b"")
    feed = FolderFeed(tmp_path / "inbox", tmp_path / "claimed", "S01")
    with pytest.raises(FeedUnreachable, match=r"site S01: its inbox cannot be opened .*Correct"):
        list(feed.claim(NOW))
    assert waiting_files(tmp_path / "inbox") == 0


def test_an_inbox_that_cannot_be_listed_is_unreachable_and_no_other_error(feed, monkeypatch):
    def refuse(inbox: Path) -> list[Path]:
        raise PermissionError(errno.EACCES, "Permission denied", str(inbox))

    monkeypatch.setattr(folder, "waiting", refuse)
    with pytest.raises(FeedUnreachable, match="Permission denied"):
        list(feed.claim(NOW))
    assert waiting_files(feed.inbox) == 0


# ---- handing over


def test_handing_over_never_overwrites_a_file_that_waits(feed):
    for raw in (b"one", b"two", b"three"):
        hand_over(feed, "labs.csv", raw)
    assert sorted(path.name for path in feed.inbox.iterdir()) == ["labs (2).csv", "labs (3).csv", "labs.csv"]
    assert {item.delivery.raw for item in feed.claim(NOW)} == {b"one", b"two", b"three"}


@pytest.mark.parametrize("name", ["x" * 251 + ".csv", "检" * 83 + "x.csv"])
def test_a_second_file_under_the_longest_name_is_shortened_and_kept(feed, name):
    hand_over(feed, name, b"one")
    hand_over(feed, name, b"two")
    assert {item.delivery.raw for item in feed.claim(NOW)} == {b"one", b"two"}


def test_a_name_that_looks_like_a_path_stays_in_the_inbox(feed, tmp_path):
    put_bytes(feed.inbox, "../../outside.csv", b"x", NOW)
    put_bytes(feed.inbox, "C:\\export\\labs.csv", b"x", NOW)
    assert sorted(path.name for path in feed.inbox.iterdir()) == ["labs.csv", "outside.csv"]


@pytest.mark.parametrize("name", ["", "..", ".hidden", "labs.csv.part", "a/"])
def test_a_name_that_nobody_would_take_is_refused_when_it_is_handed_over(feed, name):
    with pytest.raises(DataProblem, match="never be read"):
        put_bytes(feed.inbox, name, b"x", NOW)
    assert not feed.inbox.exists() or list(feed.inbox.iterdir()) == []


def test_put_hands_over_a_file_as_it_is_and_leaves_the_original(feed, tmp_path):
    original = tmp_path / "labs.csv"
    original.write_bytes(b"whole")
    put(feed.inbox, original, NOW - HOUR)
    assert original.exists()
    assert [(i.delivery.raw, i.delivery.received_at) for i in feed.claim(NOW)] == [(b"whole", NOW - HOUR)]
