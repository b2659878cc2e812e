"""The raw bytes of every delivery, kept for ever under their SHA-256, apart from the database.

Only here may a patient's identifier lie: the folder is 0700, its files 0600, and with a key from outside
everything in it is encrypted, the site's own file names too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from milepost.errors import ConfigurationError, Terminal

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SEALED = ".sealed"


class Vault:
    """Bytes by their hash below `root`; encrypted where `key` (a Fernet key, 44 characters) is given."""

    def __init__(self, root: Path, key: bytes | None = None) -> None:
        self._root = root
        self._key = key

    def put(self, raw: bytes) -> str:
        """Keep the bytes and return their SHA-256; the same bytes again change nothing."""
        sha256 = hashlib.sha256(raw).hexdigest()
        if not self.has(sha256):
            self._write(self._place(sha256), raw)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes with this hash, verified; Terminal where they are gone, changed or locked."""
        raw = self._read(self._place(sha256))
        if raw is None:
            raise Terminal(
                f"The vault has no file {sha256[:12]}…: restore the vault's folder from its backup."
            )
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise Terminal(
                f"File {sha256[:12]}… of the vault was changed: restore it from the vault's backup."
            )
        return raw

    def has(self, sha256: str) -> bool:
        """Whether bytes with this hash are kept."""
        place = self._place(sha256)
        return place.exists() or _sealed(place).exists()

    def note(self, sha256: str, name: str) -> None:
        """Remember, here only, under which name the site sent these bytes: it may hold an identifier."""
        names = self.names(sha256)
        if name not in names:
            place = self._place(sha256).with_suffix(".names")
            self._write(place, json.dumps([*names, name]).encode())

    def names(self, sha256: str) -> list[str]:
        """The names under which the site sent these bytes, oldest first."""
        noted = self._read(self._place(sha256).with_suffix(".names"))
        return [] if noted is None else json.loads(noted)

    def keyed_hash(self, text: str) -> str:
        """A name for this text that nobody without the vault can guess back, the same each time it is asked.

        The plain hash of a file's name would tell whoever tries all names of a ward list which patient it is.
        """
        return hmac.new(self._hash_key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()

    @cached_property
    def _hash_key(self) -> bytes:
        place = self._root / "hash-key"
        kept = self._read(place)
        if kept is None:
            self._write(place, secrets.token_bytes(32))
            kept = self._read(place)
            assert kept is not None
        return kept

    def _place(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise Terminal("The vault is asked by SHA-256: 64 digits 0-9 and a-f.")
        return self._root / sha256[:2] / sha256[2:4] / sha256

    @cached_property
    def _cipher(self) -> Fernet | None:
        if self._key is None:
            return None
        try:
            return Fernet(self._key)
        except ValueError:
            raise ConfigurationError(
                "The vault's key is not a Fernet key: 32 bytes in URL-safe base64, 44 characters."
            ) from None

    def _read(self, place: Path) -> bytes | None:
        sealed = _sealed(place)
        if sealed.exists():
            if self._cipher is None:
                raise ConfigurationError("The vault is encrypted: give its key.")
            try:
                return self._cipher.decrypt(sealed.read_bytes())
            except InvalidToken:
                raise ConfigurationError(
                    "The vault's key is not the one this file was encrypted with."
                ) from None
        return place.read_bytes() if place.exists() else None

    def _write(self, place: Path, raw: bytes) -> None:
        """All of it or nothing: a name in the vault always stands for whole, safely written bytes."""
        target, content = (_sealed(place), self._cipher.encrypt(raw)) if self._cipher else (place, raw)
        self._folders(target.parent)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=target.parent)  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        if target != place:
            place.unlink(missing_ok=True)  # written before there was a key
        _sync(target.parent)

    def _folders(self, folder: Path) -> None:
        self._root.parent.mkdir(parents=True, exist_ok=True)
        levels = [level for level in (folder.parent, folder) if self._root in level.parents]
        for level in (self._root, *levels):
            if not level.exists():
                level.mkdir(mode=0o700, exist_ok=True)
                _sync(level.parent)
        if self._root.stat().st_mode & 0o077:
            self._root.chmod(0o700)


def _sealed(place: Path) -> Path:
    return place.with_name(place.name + _SEALED)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
