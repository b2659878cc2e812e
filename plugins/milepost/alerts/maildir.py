"""A mail folder on this machine: what would be sent, for a demo, a rehearsal or a site without a mail server."""

from __future__ import annotations

import hashlib
import mailbox
import os
from dataclasses import dataclass
from pathlib import Path

from milepost.alerts.message import Message, to_mail
from milepost.errors import Transient


@dataclass
class MaildirChannel:
    """A Maildir (any mail program opens it), readable by this account only."""

    folder: Path
    sender: str
    name: str = "maildir"

    def send(self, message: Message, recipient: str) -> str:
        """Put the mail into the folder and return its id; the same mail again changes nothing."""
        mail = to_mail(message, sender=self.sender, recipient=recipient)
        stem = hashlib.sha256(f"{message.message_id}\n{recipient}".encode()).hexdigest()[:40]
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            mailbox.Maildir(self.folder, create=True)  # makes tmp, new and cur with mode 0700
            if not self._has(stem):
                part = self.folder / "tmp" / f"{stem}.{os.getpid()}"
                with open(part, "wb") as file:
                    file.write(mail.as_bytes())
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.folder / "new" / stem)
        except OSError as error:
            raise Transient(f"The mail folder {self.folder} cannot be written: {error.strerror}.") from error
        return message.message_id

    def _has(self, stem: str) -> bool:
        """Whether the mail lies there, unread, or read (mail programs then add their flags to its name)."""
        return (self.folder / "new" / stem).exists() or any((self.folder / "cur").glob(f"{stem}*"))
