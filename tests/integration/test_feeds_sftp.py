"""A site's SFTP server: pulled once a file, from the server we know and no other. The server runs in this process."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from milepost.errors import ConfigurationError, FeedUnreachable
from milepost.feeds import sftp
from milepost.feeds.sftp import SftpFeed

NOW = dt.datetime(2026, 4, 12, 22, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
HOST_KEYS = {kind: asyncssh.generate_private_key(kind, **more) for kind, more in (
    ("ssh-ed25519", {}), ("ecdsa-sha2-nistp256", {}), ("ssh-rsa", {"key_size": 2048}),
)}  # fmt: skip
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")
USER_KEYS = {kind: asyncssh.generate_private_key(kind, **more) for kind, more in (
    ("ssh-ed25519", {}), ("ecdsa-sha2-nistp256", {}), ("ssh-rsa", {"key_size": 2048}),
)}  # fmt: skip


class Hospital:
    """One SFTP server: a folder, one user, and what was asked of it."""

    def __init__(self, root: Path, host_key: asyncssh.SSHKey) -> None:
        self.root, self.host_key = root, host_key
        self.outgoing = root / "outgoing"
        self.outgoing.mkdir(parents=True)
        self.opened: list[str] = []
        self.logins: list[str] = []
        self.on_read: Any = None  # called with the path each time a file is read
        self.port = 0
        self.server: Any = None

    def line(self) -> str:
        return self.host_key.export_public_key("openssh").decode().strip()

    def lay(self, name: str, raw: bytes = b"a,b\n1,2\n", at: dt.datetime = NOW - HOUR) -> Path:
        path = self.outgoing / name
        path.write_bytes(raw)
        os.utime(path, (at.timestamp(), at.timestamp()))
        return path


def start(hospital: Hospital) -> tuple[asyncio.AbstractEventLoop, threading.Thread]:
    class Login(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            hospital.logins.append(username)
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("milepost", "right")

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            known = {mine.export_public_key() for mine in USER_KEYS.values()}
            return username == "milepost" and key.export_public_key() in known

    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: Any) -> None:
            super().__init__(chan, chroot=os.fsencode(hospital.root))

        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            hospital.opened.append(os.fsdecode(path))
            if b"forbidden" in path:
                raise asyncssh.SFTPPermissionDenied("not you, 张三")
            return super().open(path, pflags, attrs)

        def read(self, file_obj: Any, offset: int, size: int) -> bytes:
            if hospital.on_read is not None:
                hospital.on_read(offset)
            return super().read(file_obj, offset, size)

    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def listen() -> None:
        server = await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[hospital.host_key], server_factory=Login, sftp_factory=Files
        )
        hospital.port = server.sockets[0].getsockname()[1]
        hospital.server = server

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(listen())
        loop.call_soon(ready.set)  # only once it can be stopped again
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(20)
    return loop, thread


async def close(hospital: Hospital) -> None:
    hospital.server.close()
    await hospital.server.wait_closed()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(0.05)


def serve(root: Path, host_key: asyncssh.SSHKey) -> Iterator[Hospital]:
    hospital = Hospital(root, host_key)
    loop, thread = start(hospital)
    yield hospital
    asyncio.run_coroutine_threadsafe(close(hospital), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    yield from serve(tmp_path / "server", HOST_KEYS["ssh-ed25519"])


@pytest.fixture
def position() -> set[str]:
    """What the store remembers of this feed."""
    return set()


def feed(hospital: Hospital, position: set[str], **changed: Any) -> SftpFeed:
    settings: dict[str, Any] = {
        "host": "127.0.0.1", "port": hospital.port, "user": "milepost", "host_key": hospital.line(),
        "secret": "right", "path": "/outgoing", "site": "S06", "known": position.__contains__, "seen": position.add,
    }  # fmt: skip
    return SftpFeed(**(settings | changed))


def pull(feed: SftpFeed, until: dt.datetime | None = None) -> list[tuple[str, bytes]]:
    """Claim as `receive` does."""
    taken = []
    for item in feed.claim(NOW, until):
        taken.append((item.delivery.name, item.delivery.raw))
        item.release()
    return taken


def why(feed: SftpFeed) -> str:
    with pytest.raises(FeedUnreachable) as caught:
        list(feed.claim(NOW))
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    return str(caught.value)


# ---- pulling


def test_every_file_is_pulled_oldest_first_and_stays_where_it_is(hospital, position):
    big = os.urandom(3_000_000)
    hospital.lay("newer.csv", b"2", NOW - HOUR)
    hospital.lay("older.csv", big, NOW - 2 * HOUR)
    hospital.lay("empty.csv", b"", NOW - 3 * HOUR)
    assert pull(feed(hospital, position)) == [("empty.csv", b""), ("older.csv", big), ("newer.csv", b"2")]
    assert len(list(hospital.outgoing.iterdir())) == 3


def test_a_second_pull_reads_nothing(hospital, position):
    hospital.lay("labs.csv")
    assert len(pull(feed(hospital, position))) == 1
    hospital.opened.clear()
    assert pull(feed(hospital, position)) == []
    assert hospital.opened == []


def test_a_file_that_was_not_released_is_pulled_again(hospital, position):
    hospital.lay("labs.csv", b"whole")
    run = feed(hospital, position).claim(NOW)
    next(run)
    run.close()  # the run dies before the bytes are safe
    assert pull(feed(hospital, position)) == [("labs.csv", b"whole")]


@pytest.mark.parametrize(
    ("raw", "at"), [(b"a,b\n1,3\n", NOW), (b"longer than before", NOW - HOUR)], ids=["new time", "new size"]
)
def test_a_changed_file_is_pulled_again(hospital, position, raw, at):
    hospital.lay("labs.csv")
    pull(feed(hospital, position))
    hospital.lay("labs.csv", raw, at)
    assert pull(feed(hospital, position)) == [("labs.csv", raw)]


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_pull(hospital, position):
    path = hospital.lay("labs.csv", b"x" * 100_000)
    hospital.lay("whole.csv", b"whole", NOW)

    def grow(offset: int) -> None:
        if path.stat().st_size < 200_000:
            with path.open("ab") as file:
                file.write(b"y" * 100_000)

    hospital.on_read = grow
    assert pull(feed(hospital, position)) == [("whole.csv", b"whole")]
    hospital.on_read = None
    assert pull(feed(hospital, position)) == [("labs.csv", b"x" * 100_000 + b"y" * 100_000)]


def test_unfinished_names_links_and_folders_are_left_alone(hospital, position):
    for name in ("labs.csv.filepart", ".labs.csv", "~$labs.xlsx"):
        hospital.lay(name)
    (hospital.outgoing / "folder.csv").mkdir()
    (hospital.root / "secret").write_bytes(b"x")
    (hospital.outgoing / "link.csv").symlink_to(hospital.root / "secret")
    assert pull(feed(hospital, position)) == [] and hospital.opened == []


def test_until_and_a_settling_time_leave_recent_files_for_later(hospital, position):
    hospital.lay("settled.csv", b"1", NOW - 2 * HOUR)
    hospital.lay("recent.csv", b"2", NOW - dt.timedelta(minutes=5))
    hospital.lay("future.csv", b"3", NOW + 300 * 24 * HOUR)
    assert pull(feed(hospital, position), until=NOW - HOUR) == [("settled.csv", b"1")]
    assert pull(feed(hospital, position, settle_seconds=600)) == [("future.csv", b"3")]
    assert pull(feed(hospital, position)) == [("recent.csv", b"2")]


def test_a_file_from_the_future_counts_as_received_now(hospital, position):
    hospital.lay("labs.csv", at=NOW + 300 * 24 * HOUR)
    assert next(feed(hospital, position).claim(NOW)).delivery.received_at == NOW


@pytest.mark.parametrize(
    ("raw", "name"),
    [("检验_0412.csv".encode(), "检验_0412.csv"), ("检验_0412.csv".encode("gb18030"), "检验_0412.csv"),
     (b"labs_\xff.csv", "labs_\\xff.csv"), ("长" .encode() * 84, "长" * 84)],
    ids=["utf-8", "gb18030", "neither", "252 bytes"],
)  # fmt: skip
def test_a_name_in_any_encoding_is_pulled(hospital, position, raw, name):
    with open(os.fsencode(hospital.outgoing) + b"/" + raw, "wb") as file:
        file.write(b"whole")
    assert pull(feed(hospital, position)) == [(name, b"whole")]
    assert pull(feed(hospital, position)) == []


def test_one_file_we_may_not_read_stops_no_other(hospital, position):
    hospital.lay("forbidden.csv", at=NOW - 2 * HOUR)
    hospital.lay("labs.csv", b"whole")
    taken = []
    with pytest.raises(FeedUnreachable) as caught:
        for item in feed(hospital, position).claim(NOW):
            taken.append(item.delivery.raw)
            item.release()
    assert taken == [b"whole"]
    assert "1 of its files cannot be read. Ask the site" in str(caught.value)
    assert "forbidden" not in str(caught.value) and "张三" not in str(caught.value)


def test_no_log_names_a_file(hospital, position, caplog):
    caplog.set_level(logging.DEBUG)
    hospital.lay("PLANTED-NAME.csv")
    assert len(pull(feed(hospital, position))) == 1
    ours = [record for record in caplog.records if not record.name.startswith("asyncssh")]
    assert not any("PLANTED-NAME" in record.getMessage() for record in ours)


# ---- the server we know, and no other


@pytest.mark.parametrize("kind", list(HOST_KEYS))
def test_every_usual_kind_of_server_key_is_known_again(tmp_path, position, kind):
    for hospital in serve(tmp_path / "server", HOST_KEYS[kind]):
        hospital.lay("labs.csv", b"whole")
        assert pull(feed(hospital, position)) == [("labs.csv", b"whole")]


@pytest.mark.parametrize("comment", ["", " root@sftp.example.org", " two words"])
def test_the_servers_key_line_may_end_in_a_comment(hospital, position, comment):
    bare = " ".join(hospital.line().split()[:2])
    assert pull(feed(hospital, position, host_key=f"  {bare}{comment}\n")) == []


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa"])
def test_a_server_with_another_key_is_refused_before_anything_is_sent_to_it(hospital, position, kind):
    other = OTHER_KEY if kind == "ssh-ed25519" else HOST_KEYS["ssh-rsa"]
    said = why(feed(hospital, position, host_key=other.export_public_key().decode()))
    assert said == (
        "site S06, sftp feed: the server shows another key than the one in sites.toml, so nothing was sent to it or "
        "read. Ask the site whether the key was changed, and put the new one into host_key."
    )
    assert hospital.logins == [] and hospital.opened == []


@pytest.mark.parametrize(
    "line",
    ["", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-ed25519 AAAA", "ssh-nonsense AAAAC3NzaC1lZDI1NTE5", "AAAA"],
)
def test_a_key_line_that_is_none_is_a_mistake_of_the_study_folder(hospital, position, line):
    with pytest.raises(ConfigurationError, match="host_key is no public key line"):
        list(feed(hospital, position, host_key=line).claim(NOW))
    assert hospital.logins == []


# ---- who we are


def test_a_wrong_password_is_unreachable_and_says_what_to_correct(hospital, position):
    said = why(feed(hospital, position, secret="wrong-PLANTED"))
    assert said == "site S06, sftp feed: the server does not accept the user or the secret. Correct them."


@pytest.mark.parametrize("kind", list(USER_KEYS))
@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem", "pkcs1-pem"])
def test_a_private_key_opens_the_server_too(hospital, position, kind, form):
    if (kind, form) == ("ssh-ed25519", "pkcs1-pem"):
        form = "pkcs8-pem"  # Ed25519 has no older form
    hospital.lay("labs.csv", b"whole")
    secret = USER_KEYS[kind].export_private_key(form).decode()
    assert pull(feed(hospital, position, secret=secret)) == [("labs.csv", b"whole")]


def test_a_private_key_the_server_does_not_know_is_unreachable(hospital, position):
    said = why(feed(hospital, position, secret=OTHER_KEY.export_private_key("openssh").decode()))
    assert "does not accept the user or the secret" in said


@pytest.mark.parametrize(
    "secret",
    [
        USER_KEYS["ssh-ed25519"].export_private_key("openssh", passphrase="x").decode(),
        "-----BEGIN OPENSSH PRIVATE KEY-----\nPLANTED\n-----END OPENSSH PRIVATE KEY-----\n",
        "PRIVATE KEY PLANTED",
    ],
    ids=["with a passphrase", "broken", "no key"],
)
def test_a_private_key_that_cannot_be_read_says_which_can(hospital, position, secret):
    with pytest.raises(
        ConfigurationError, match="Ed25519, ECDSA and RSA keys without a passphrase"
    ) as caught:
        list(feed(hospital, position, secret=secret).claim(NOW))
    assert "PLANTED" not in str(caught.value)


# ---- a server that fails


def test_a_server_that_is_down_is_unreachable_and_tried_again(hospital, position):
    said = why(feed(hospital, position, port=1))
    assert said.startswith("site S06, sftp feed: the server does not answer as it should")
    assert said.endswith("The next run tries again.")


def test_a_folder_that_does_not_exist_is_named_as_such(hospital, position):
    assert "no such folder. Correct path in sites.toml" in why(feed(hospital, position, path="/nowhere"))


def test_a_server_that_falls_silent_is_given_up(hospital, position, monkeypatch):
    monkeypatch.setattr(sftp, "PATIENCE", 0.5)
    hospital.lay("labs.csv")
    hospital.on_read = lambda offset: time.sleep(2)
    started = time.monotonic()
    assert "does not answer" in why(feed(hospital, position))
    assert time.monotonic() - started < 20
