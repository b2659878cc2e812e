"""One event for a burst of files, none for half a file, and no file name in it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from milepost.orchestration.places import home_folder
from milepost.orchestration.triggers import InboxBatchTrigger, scan

pytestmark = pytest.mark.xdist_group("airflow")


class Remembered:
    """Airflow's memory of an asset."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def aget(self, key, default=None):
        return self.values.get(key, default)

    async def aset(self, key, value):
        self.values[key] = value


def put(inbox: Path, site: str, name: str, content: str = "x") -> Path:
    (inbox / site).mkdir(parents=True, exist_ok=True)
    (inbox / site / name).write_text(content)
    return inbox / site / name


def watch(inbox: Path, memory=None, looks: int = 6, between=None) -> list[dict]:
    """What a trigger says in so many looks; `between` acts after each event."""
    trigger = InboxBatchTrigger(str(inbox), poke_interval=0.001)
    trigger.asset_state_store = memory
    events = []

    async def listen():
        async for event in trigger.run():
            events.append(event.payload)
            if between:
                between(len(events))

    async def for_a_while():
        task = asyncio.create_task(listen())
        for _ in range(looks):
            await asyncio.sleep(0.02)
        task.cancel()

    asyncio.run(for_a_while())
    return events


def test_fifty_files_at_once_are_one_event(tmp_path):
    for number in range(50):
        put(tmp_path, f"S0{number % 2}", f"labs_{number}.csv")
    assert watch(tmp_path) == [{"files": 50, "sites": ["S00", "S01"]}]


def test_an_event_never_carries_a_file_name(tmp_path):
    put(tmp_path, "S01", "王小明_4401.csv")
    (event,) = watch(tmp_path)
    assert "王小明" not in json.dumps(event, ensure_ascii=False)


@pytest.mark.parametrize("name", [".labs.csv.received", "labs.csv.part", "labs.csv.tmp", "labs.csv~"])
def test_a_half_written_file_wakes_nobody(tmp_path, name):
    put(tmp_path, "S01", name)
    assert watch(tmp_path) == []


def test_a_file_that_comes_later_is_another_event(tmp_path):
    put(tmp_path, "S01", "a.csv")
    events = watch(tmp_path, looks=10, between=lambda n: n == 1 and put(tmp_path, "S02", "b.csv"))
    assert events == [{"files": 1, "sites": ["S01"]}, {"files": 1, "sites": ["S02"]}]


def test_a_file_that_was_claimed_and_sent_again_wakes_again(tmp_path):
    file = put(tmp_path, "S01", "a.csv", "one")
    memory = Remembered()
    assert len(watch(tmp_path, memory)) == 1
    file.unlink()
    put(tmp_path, "S01", "a.csv", "another")
    assert len(watch(tmp_path, memory)) == 1


def test_after_a_restart_the_same_files_wake_nobody(tmp_path):
    put(tmp_path, "S01", "a.csv")
    memory = Remembered()
    assert len(watch(tmp_path, memory)) == 1
    assert watch(tmp_path, memory) == []


def test_after_a_restart_a_file_that_came_meanwhile_is_found(tmp_path):
    put(tmp_path, "S01", "a.csv")
    memory = Remembered()
    watch(tmp_path, memory)
    put(tmp_path, "S01", "b.csv")
    assert len(watch(tmp_path, memory)) == 1


def test_what_is_remembered_stays_small_however_many_files_lie_there(tmp_path):
    for number in range(300):
        put(tmp_path, "S01", f"a_rather_long_name_of_a_file_{number}.csv")
    memory = Remembered()
    watch(tmp_path, memory)
    assert len(json.dumps(memory.values)) < 200


def test_an_inbox_that_does_not_exist_yet_is_empty(tmp_path):
    assert scan(str(tmp_path / "nowhere")) == {}


def test_airflow_can_make_the_trigger_again():
    path, kwargs = InboxBatchTrigger("/srv/inbox", poke_interval=2.0).serialize()
    module, name = path.rsplit(".", 1)
    made = getattr(__import__(module, fromlist=[name]), name)(**kwargs)
    assert (made.root, made.poke_interval) == ("/srv/inbox", 2.0)


@pytest.mark.parametrize("given", [None, "/srv/milepost", "~/somewhere"])
def test_the_watched_home_is_the_runtimes_home(monkeypatch, given):
    from milepost import runtime

    monkeypatch.delenv("MILEPOST_HOME", raising=False)
    if given:
        monkeypatch.setenv("MILEPOST_HOME", given)
    assert home_folder() == runtime.Settings.from_environment().home
