"""A site's SFTP server, pulled: every file of one folder is read once, by its name, size and time.

The server must show the key written in sites.toml before anything is sent to it. Files stay where they are.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import io
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import paramiko

from milepost.errors import ConfigurationError, FeedUnreachable
from milepost.feeds.delivery import Claimed, Delivery, is_unfinished

PATIENCE = 30  # seconds for the server to answer


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
    secret: str
    path: str
    site: str
    known: Callable[[str], bool]
    seen: Callable[[str], None]
    settle_seconds: int = 0

    def claim(self, now: dt.datetime, until: dt.datetime | None = None) -> Iterator[Claimed]:
        """Every finished file received by `until` that was not taken before, oldest first.

        Raises FeedUnreachable where the server does not answer, or is not the one we know.
        """
        try:
            with self._connected() as client, client.open_sftp() as server:
                yield from self._files(server, now, until)
        except paramiko.BadHostKeyException as error:
            raise self._unreachable(
                "the server shows another key than the one in sites.toml, so nothing was sent to it or read. "
                "Ask the site whether the key was changed, and put the new one into host_key"
            ) from error
        except paramiko.AuthenticationException as error:
            raise self._unreachable(
                "the server does not accept the user or the secret. Correct them"
            ) from error
        except (OSError, paramiko.SSHException, EOFError) as error:
            raise self._unreachable(
                "the server does not answer as it should. The next run tries again"
            ) from error

    def _files(
        self, server: paramiko.SFTPClient, now: dt.datetime, until: dt.datetime | None
    ) -> Iterator[Claimed]:
        settled = now - dt.timedelta(seconds=self.settle_seconds)
        listed = sorted(
            server.listdir_attr(self.path), key=lambda entry: (entry.st_mtime or 0, entry.filename)
        )
        for entry in listed:
            changed = dt.datetime.fromtimestamp(entry.st_mtime or 0, dt.UTC)
            if not stat.S_ISREG(entry.st_mode or 0) or is_unfinished(entry.filename):
                continue
            if (until is not None and changed > until) or (self.settle_seconds and changed > settled):
                continue
            key = f"{entry.filename}|{entry.st_size}|{entry.st_mtime}"
            if self.known(key):
                continue
            raw = self._read(server, entry)
            if raw is not None:
                delivery = Delivery(self.site, entry.filename, raw, min(changed, now))
                yield Claimed(delivery, partial(self.seen, key))

    def _read(self, server: paramiko.SFTPClient, entry: paramiko.SFTPAttributes) -> bytes | None:
        """The bytes, or None where the file changed meanwhile: then it is still being written."""
        place = f"{self.path.rstrip('/')}/{entry.filename}"
        with server.open(place, "rb") as file:
            file.prefetch(entry.st_size)
            raw = file.read()
        after = server.stat(place)
        unchanged = (after.st_size, after.st_mtime) == (entry.st_size, entry.st_mtime)
        return raw if unchanged and len(raw) == entry.st_size else None

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
        except (binascii.Error, ValueError, IndexError, paramiko.SSHException) as error:
            raise ConfigurationError(
                f"sites.toml, site {self.site}: host_key is no public key line. It looks like `ssh-ed25519 AAAA…`; "
                f"`ssh-keyscan -p {self.port} HOST` prints it, the site confirms it."
            ) from error

    def _private_key(self) -> paramiko.PKey:
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
            try:
                return kind.from_private_key(io.StringIO(self.secret))
            except paramiko.SSHException:
                continue
        raise ConfigurationError(
            f"site {self.site}: the secret of its sftp feed looks like a private key but is none that can be read. "
            f"Ed25519, ECDSA and RSA keys without a passphrase are."
        )

    def _unreachable(self, why: str) -> FeedUnreachable:
        return FeedUnreachable(f"site {self.site}, sftp feed: {why}.")
