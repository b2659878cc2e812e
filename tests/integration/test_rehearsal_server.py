"""The made-up site's server: reachable with its key and password only, each file read once, nothing written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
from pathlib import Path

import paramiko
import pytest

from milepost.errors import ConfigurationError, FeedUnreachable
from milepost.feeds.rehearsal import Address, sftp_server
from milepost.feeds.sftp import SftpFeed
from milepost.runtime import extra_feeds, read_study

NOW = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
HANDED = dt.datetime(2026, 4, 2, 8, tzinfo=dt.UTC)


def feed(address: Address, seen: set[str]) -> SftpFeed:
    return SftpFeed(
        host=address.host, port=address.port, user=address.user, host_key=address.host_key, secret=address.password,
        path=address.path, site="S06", known=seen.__contains__, seen=seen.add,
    )  # fmt: skip


def folder_with_a_file(tmp_path: Path) -> Path:
    (tmp_path / "LAB-20260402.txt").write_bytes(b"one line\n")
    os.utime(tmp_path / "LAB-20260402.txt", (HANDED.timestamp(), HANDED.timestamp()))
    return tmp_path


def test_a_file_is_fetched_once_as_handed_over_and_stays_where_it_is(tmp_path: Path) -> None:
    folder, seen = folder_with_a_file(tmp_path), set[str]()
    with sftp_server(folder) as address:
        (claimed,) = feed(address, seen).claim(NOW)
        assert (claimed.delivery.raw, claimed.delivery.received_at) == (b"one line\n", HANDED)
        assert list(feed(address, set()).claim(NOW, until=HANDED - dt.timedelta(days=1))) == []
        claimed.release()
        assert list(feed(address, seen).claim(NOW)) == []
    assert (folder / "LAB-20260402.txt").exists()


def test_a_server_with_another_key_gets_no_password(tmp_path: Path) -> None:
    with sftp_server(tmp_path) as address, sftp_server(tmp_path) as other:
        wrong = dataclasses.replace(address, host_key=other.host_key)
        with pytest.raises(FeedUnreachable, match="another key"):
            list(feed(wrong, set()).claim(NOW))


def test_nobody_writes_on_it(tmp_path: Path) -> None:
    with sftp_server(folder_with_a_file(tmp_path)) as address:
        transport = paramiko.Transport((address.host, address.port))
        transport.connect(username=address.user, password=address.password)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        with pytest.raises(PermissionError):
            client.open("/LAB-20260402.txt", "w")
        transport.close()


def test_feeds_of_this_installation_stand_beside_those_of_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    study = read_study(Path(__file__).resolve().parents[2] / "config")
    monkeypatch.setenv("MILEPOST_FEEDS", json.dumps({"S06": [{"kind": "folder", "path": "second"}]}))
    assert extra_feeds(study)["S06"][0].path == "second"
    for wrong in ('{"S06": [{"kind": "carrier pigeon"}]}', "[]", "no JSON"):
        monkeypatch.setenv("MILEPOST_FEEDS", wrong)
        with pytest.raises(ConfigurationError, match="MILEPOST_FEEDS"):
            extra_feeds(study)
