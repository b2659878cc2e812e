"""One message to one recipient, and the mail it becomes.

The same alerts give the same message id for ever, so a mail sent again after a crash is the same mail: mail
programs show it once. The id is a digest; it names no patient.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from milepost.errors import ConfigurationError

ID_DOMAIN = "milepost.invalid"  # reserved, nobody's: the host's own name would leak into every mail


@dataclass(frozen=True)
class Message:
    """What is told. `alert_key`: the alert, or the first of a digest; `at`: the instant it is dated."""

    alert_key: str
    subject: str
    text: str
    html: str | None
    message_id: str
    at: dt.datetime | None = None


def message_id(*alert_keys: str) -> str:
    """The id of the message that tells these alerts; the same for the same alerts in any order."""
    digest = hashlib.sha256("\n".join(sorted(alert_keys)).encode()).hexdigest()
    return f"<{digest[:40]}@{ID_DOMAIN}>"


def to_mail(message: Message, *, sender: str, recipient: str) -> EmailMessage:
    """The mail for one recipient: plain text, and HTML beside it where there is some."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(sender, "alerts.sender")
    mail["To"] = _address(recipient, "recipients or contacts")
    mail["Subject"] = " ".join(message.subject.split())  # a line break would end the header
    mail["Message-ID"] = message.message_id
    if message.at is not None:
        mail["Date"] = format_datetime(message.at)
    mail["Auto-Submitted"] = "auto-generated"  # no out-of-office answers, please
    mail.set_content(message.text)
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
    return mail


def _address(text: str, key: str) -> Address:
    name, address = parseaddr(text)
    try:
        if "\n" in text or "\r" in text or "@" not in address:
            raise ValueError
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, AttributeError) as error:
        raise ConfigurationError(
            f"Mail address {text!r} is none. Correct it in the study folder ({key})."
        ) from error
