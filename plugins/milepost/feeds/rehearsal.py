"""A site's SFTP server for rehearsals and tests: one read-only folder, one user, on this machine only.

It lives as long as the process that started it; its key is made anew each time and known to nobody else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko

USER = "milepost"
# a client that hangs up without a word is no error of the rehearsal
logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Address:
    """How the server is reached: what a feed of kind sftp needs."""

    port: int
    user: str
    password: str
    host_key: str
    host: str = "127.0.0.1"
    path: str = "/"


@contextlib.contextmanager
def sftp_server(folder: Path) -> Iterator[Address]:
    """Serve `folder` until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    key = (
        paramiko.Ed25519Key.generate()
        if hasattr(paramiko.Ed25519Key, "generate")
        else paramiko.ECDSAKey.generate()
    )
    listener = socket.create_server(("127.0.0.1", 0))
    address = Address(
        listener.getsockname()[1], USER, secrets.token_urlsafe(24), f"{key.get_name()} {key.get_base64()}"
    )
    over = threading.Event()
    threading.Thread(target=_accept, args=(listener, key, address, folder, over), daemon=True).start()
    try:
        yield address
    finally:
        over.set()
        listener.close()


def _accept(
    listener: socket.socket, key: paramiko.PKey, address: Address, folder: Path, over: threading.Event
) -> None:
    while not over.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        transport = paramiko.Transport(connection)
        transport.daemon = True
        transport.add_server_key(key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Folder, root=folder)
        with contextlib.suppress(
            paramiko.SSHException, EOFError
        ):  # a client that went away, or knew no password
            transport.start_server(server=_Door(address), event=threading.Event())


class _Door(paramiko.ServerInterface):
    """Lets one user in, for files only."""

    def __init__(self, address: Address) -> None:
        self.address = address

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        known = secrets.compare_digest(password, self.address.password) and username == self.address.user
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return (
            paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        )


class _Folder(paramiko.SFTPServerInterface):
    """The files of one folder, by their names, to read."""

    def __init__(self, server: paramiko.ServerInterface, *args: Any, root: Path, **kwargs: Any) -> None:
        super().__init__(server, *args, **kwargs)
        self.root = root

    def list_folder(self, path: str) -> Any:
        return [
            paramiko.SFTPAttributes.from_stat(entry.stat(), entry.name)
            for entry in os.scandir(self.root)
            if entry.is_file(follow_symlinks=False)
        ]

    def stat(self, path: str) -> Any:
        if path in ("/", "."):
            return paramiko.SFTPAttributes.from_stat(self.root.stat())
        try:
            return paramiko.SFTPAttributes.from_stat(self._file(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        if flags & (os.O_WRONLY | os.O_RDWR):
            return paramiko.SFTP_PERMISSION_DENIED
        try:
            file = self._file(path).open("rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = file
        return handle

    def _file(self, path: str) -> Path:
        return self.root / Path(path).name
