"""A site's SFTP server, pulled: every file of one folder is read once, by its name, size and time.

The server must show the key written in sites.toml before anything is sent to it. Files stay where they are.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import io
import logging
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from paramiko.pkey import UnknownKeyType
from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR

from milepost.errors import ConfigurationError, FeedUnreachable
from milepost.feeds.delivery import Claimed, Delivery, is_settling, is_unfinished, readable_name

PATIENCE = 30  # seconds for the server to answer

_KINDS: dict[str, type[paramiko.PKey]] = {
    "Ed25519": paramiko.Ed25519Key, "EllipticCurve": paramiko.ECDSAKey, "EC": paramiko.ECDSAKey,
    "RSA": paramiko.RSAKey,
}  # fmt: skip
# the client logs the name of every file it opens
logging.getLogger("paramiko").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Entry:
    """One file of the server's folder. `name` has a lone surrogate for each byte that is no UTF-8."""

    name: str
    size: int
    changed: int


@dataclass(frozen=True)
class SftpFeed:
    """One folder of one server.

    host_key: the server's public key line (`ssh-ed25519 AAAA…`). secret: password, or a private key as text.
    known/seen: whether this file (name, size, time) was taken before, and note that it was.
    """

    host: str
    port: int
    user: str
    host_key: str
    secret: str = field(repr=False)
    path: str
    site: str
    known: Callable[[str], bool]
    seen: Callable[[str], None]
    settle_seconds: int = 0

    def claim(self, now: dt.datetime, until: dt.datetime | None = None) -> Iterator[Claimed]:
        """Every finished file received by `until` that was not taken before, oldest first.

        Raises FeedUnreachable where the server does not answer, or is not the one we know; and, after all others
        were offered, where a file cannot be read. What the server said is not repeated: it may name a file.
        """
        try:
            with self._connected() as client, client.open_sftp() as server:
                channel = server.get_channel()
                if channel is not None:
                    channel.settimeout(PATIENCE)
                yield from self._files(server, now, until)
        except paramiko.BadHostKeyException:
            raise self._unreachable(
                "the server shows another key than the one in sites.toml, so nothing was sent to it or read. "
                "Ask the site whether the key was changed, and put the new one into host_key"
            ) from None
        except paramiko.AuthenticationException:
            raise self._unreachable(
                "the server does not accept the user or the secret. Correct them"
            ) from None
        except (OSError, paramiko.SSHException, EOFError) as error:
            raise self._unreachable(
                f"the server does not answer as it should ({type(error).__name__}). The next run tries again"
            ) from None

    def _files(
        self, server: paramiko.SFTPClient, now: dt.datetime, until: dt.datetime | None
    ) -> Iterator[Claimed]:
        unreadable = 0
        for entry in self._listed(server):
            changed = dt.datetime.fromtimestamp(entry.changed, dt.UTC)
            if (until is not None and changed > until) or is_settling(changed, now, self.settle_seconds):
                continue
            key = f"{entry.name}|{entry.size}|{entry.changed}"
            if self.known(key):
                continue
            try:
                raw = self._read(server, entry)
            except TimeoutError:
                raise
            except OSError:
                channel = server.get_channel()
                if channel is None or channel.closed or not channel.get_transport().is_active():
                    raise
                unreadable += 1
                continue
            if raw is not None:
                delivery = Delivery(self.site, readable_name(entry.name), raw, min(changed, now))
                yield Claimed(delivery, partial(self.seen, key))
        if unreadable:
            raise self._unreachable(
                f"{unreadable} of its files cannot be read. Ask the site to let our user read them; the next run tries "
                f"again"
            )

    def _listed(self, server: paramiko.SFTPClient) -> list[Entry]:
        """The finished-looking plain files of the folder, oldest first."""
        try:
            return sorted(_entries(server, self.path), key=lambda entry: (entry.changed, entry.name))
        except FileNotFoundError:
            raise self._unreachable(
                "the server has no such folder. Correct path in sites.toml, or ask the site"
            ) from None
        except PermissionError:
            raise self._unreachable(
                "the server does not let our user list the folder. Ask the site to allow it"
            ) from None

    def _read(self, server: paramiko.SFTPClient, entry: Entry) -> bytes | None:
        """The bytes, or None where the file changed meanwhile: then it is still being written."""
        place = f"{self.path.rstrip('/')}/{entry.name}".encode("utf-8", "surrogateescape")
        with server.open(place, "rb") as file:
            file.prefetch(entry.size)
            raw = file.read()
        after = server.stat(place)
        unchanged = (after.st_size, after.st_mtime) == (entry.size, entry.changed)
        return raw if unchanged and len(raw) == entry.size else None

    def _connected(self) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        name = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
        key = self._server_key()
        client.get_host_keys().add(name, key.get_name(), key)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        private = self._private_key() if "PRIVATE KEY" in self.secret else None
        try:
            client.connect(
                self.host, self.port, self.user, password=None if private else self.secret, pkey=private,
                timeout=PATIENCE, banner_timeout=PATIENCE, auth_timeout=PATIENCE, allow_agent=False,
                look_for_keys=False,
            )  # fmt: skip
        except BaseException:
            client.close()
            raise
        return client

    def _server_key(self) -> paramiko.PKey:
        kind, _, rest = self.host_key.strip().partition(" ")
        try:
            return paramiko.PKey.from_type_string(kind, base64.b64decode(rest.split(" ")[0], validate=True))
        except (binascii.Error, ValueError, IndexError, UnknownKeyType, paramiko.SSHException) as error:
            raise ConfigurationError(
                f"sites.toml, site {self.site}: host_key is no public key line. It looks like `ssh-ed25519 AAAA…`; "
                f"`ssh-keyscan -p {self.port} HOST` prints it, the site confirms it."
            ) from error

    def _private_key(self) -> paramiko.PKey:
        raw = self.secret.strip().encode() + b"\n"
        load = load_ssh_private_key if b"BEGIN OPENSSH" in raw else load_pem_private_key
        try:
            # read by its own library: the client knows no PKCS 8, which OpenSSL writes
            key = load(raw, None)
            plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            kind = _KINDS[type(key).__name__.removeprefix("_").removesuffix("PrivateKey")]
            return kind.from_private_key(io.StringIO(plain.decode()))
        except (ValueError, TypeError, KeyError, UnsupportedAlgorithm, paramiko.SSHException):
            raise ConfigurationError(
                f"site {self.site}: the secret of its sftp feed looks like a private key but is none that can be "
                f"read. Ed25519, ECDSA and RSA keys without a passphrase are."
            ) from None

    def _unreachable(self, why: str) -> FeedUnreachable:
        return FeedUnreachable(f"site {self.site}, sftp feed: {why}.")


def _entries(server: paramiko.SFTPClient, folder: str) -> Iterator[Entry]:
    """What `listdir_attr` gives, but for names that are no UTF-8: there that method raises, and the site is mute."""
    kind, message = server._request(CMD_OPENDIR, folder.encode())
    if kind != CMD_HANDLE:
        raise paramiko.SFTPError("expected a handle")
    handle = message.get_binary()
    try:
        while True:
            try:
                kind, message = server._request(CMD_READDIR, handle)
            except EOFError:
                return
            if kind != CMD_NAME:
                raise paramiko.SFTPError("expected names")
            for _ in range(message.get_int()):
                name = message.get_binary().decode("utf-8", "surrogateescape")
                message.get_binary()  # the same as `ls -l` prints it
                about = paramiko.SFTPAttributes._from_msg(message)
                if stat.S_ISREG(about.st_mode or 0) and not is_unfinished(name):
                    yield Entry(name, about.st_size or 0, about.st_mtime or 0)
    finally:
        server._request(CMD_CLOSE, handle)
