"""A message becomes a mail: once, dated, with no patient in its headers, and told apart when it cannot be sent."""

from __future__ import annotations

import datetime as dt
import mailbox
import socket
import stat
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from milepost.alerts.maildir import MaildirChannel
from milepost.alerts.message import Message, message_id, to_mail
from milepost.alerts.smtp import SmtpChannel
from milepost.errors import ConfigurationError, Terminal, Transient

KEY = "HCC|HCC-S01-001|1|AFP-W4|NON_RESPONSE|doctor|1"
MESSAGE = Message(
    alert_key=KEY,
    subject="AFP checkpoint: non-response (provisional), reference 4f2a",
    text="A verdict needs you.\nAFP-Prüfung 四周\n",
    html="<p>A verdict needs you.</p>",
    message_id=message_id(KEY),
    at=dt.datetime(2026, 3, 31, 16, 0, tzinfo=dt.UTC),
)


class Inbox:
    """A mail server's handler that keeps what it got, and refuses whom it is told to."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.refuse: dict[str, str] = {}

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope.content)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def inbox():
    handler = Inbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    handler.port = controller.port
    yield handler
    controller.stop()


def smtp(port: int, **more) -> SmtpChannel:
    return SmtpChannel(host="127.0.0.1", port=port, sender="milepost@example.org", timeout=5, **more)


def test_a_mail_server_gets_the_message_in_text_and_html(inbox):
    assert smtp(inbox.port).send(MESSAGE, "doctor@example.org") == MESSAGE.message_id
    (raw,) = inbox.mails
    mail = message_from_bytes(raw, policy=default)
    assert mail["To"] == "doctor@example.org"
    assert mail["From"] == "milepost@example.org"
    assert mail["Date"] == "Tue, 31 Mar 2026 16:00:00 +0000"
    assert "四周" in mail.get_body(("plain",)).get_content()
    assert "<p>A verdict needs you.</p>" in mail.get_body(("html",)).get_content()


def test_no_header_names_the_patient(inbox):
    smtp(inbox.port).send(MESSAGE, "doctor@example.org")
    assert b"HCC-S01-001" not in inbox.mails[0]


def test_the_message_id_is_the_alerts_own_whoever_sends_it_again():
    assert message_id(KEY) == message_id(KEY)
    assert message_id(KEY) != message_id(KEY[:-1] + "2")
    assert message_id("a", "b") == message_id("b", "a")
    assert message_id(KEY).startswith("<") and message_id(KEY).endswith("@milepost.invalid>")


def test_a_mail_server_that_is_down_may_be_tried_again():
    with pytest.raises(Transient, match=r"127\.0\.0\.1:\d+ does not answer \(ConnectionRefusedError\)"):
        smtp(free_port()).send(MESSAGE, "doctor@example.org")


def test_a_recipient_refused_for_now_may_be_tried_again(inbox):
    inbox.refuse["busy@example.org"] = "450 mailbox busy"
    with pytest.raises(Transient, match="code 450"):
        smtp(inbox.port).send(MESSAGE, "busy@example.org")


def test_a_recipient_refused_for_good_is_not_tried_again(inbox):
    inbox.refuse["gone@example.org"] = "550 no such user"
    with pytest.raises(Terminal, match="code 550"):
        smtp(inbox.port).send(MESSAGE, "gone@example.org")


def test_a_password_never_goes_over_an_open_line(inbox):
    with pytest.raises(ConfigurationError, match="offers no encryption"):
        smtp(inbox.port, user="milepost", password="s3cret").send(MESSAGE, "doctor@example.org")
    assert inbox.mails == []


def test_a_password_is_not_shown():
    assert "s3cret" not in repr(smtp(25, user="milepost", password="s3cret"))


@pytest.mark.parametrize("address", ["nobody", "a@b\r\nBcc: c@d", ""])
def test_an_address_that_is_none_is_named(address, tmp_path):
    with pytest.raises(ConfigurationError, match="Correct it in the study folder"):
        MaildirChannel(tmp_path / "mail", "milepost@example.org").send(MESSAGE, address)


def test_a_line_break_in_a_subject_makes_no_header():
    broken = Message(KEY, "one\r\nBcc: x@example.org", "text", None, message_id(KEY))
    mail = to_mail(broken, sender="milepost@example.org", recipient="doctor@example.org")
    assert mail["Subject"] == "one Bcc: x@example.org" and mail["Bcc"] is None


def test_a_mail_folder_keeps_the_message_for_any_mail_program(tmp_path):
    channel = MaildirChannel(tmp_path / "home" / "mail", "milepost@example.org")
    assert channel.send(MESSAGE, "doctor@example.org") == MESSAGE.message_id
    (mail,) = mailbox.Maildir(tmp_path / "home" / "mail")
    assert mail["Message-ID"] == MESSAGE.message_id
    assert stat.S_IMODE((tmp_path / "home" / "mail").stat().st_mode) == 0o700


def test_the_same_message_twice_leaves_one_file(tmp_path):
    channel = MaildirChannel(tmp_path / "mail", "milepost@example.org")
    for _ in range(2):
        channel.send(MESSAGE, "doctor@example.org")
    assert len(mailbox.Maildir(tmp_path / "mail")) == 1


def test_a_message_that_was_read_is_not_put_there_again(tmp_path):
    channel = MaildirChannel(tmp_path / "mail", "milepost@example.org")
    channel.send(MESSAGE, "doctor@example.org")
    (unread,) = (tmp_path / "mail" / "new").iterdir()
    unread.rename(tmp_path / "mail" / "cur" / f"{unread.name}:2,S")
    channel.send(MESSAGE, "doctor@example.org")
    assert len(mailbox.Maildir(tmp_path / "mail")) == 1


def test_each_recipient_has_a_mail_of_their_own(tmp_path):
    channel = MaildirChannel(tmp_path / "mail", "milepost@example.org")
    channel.send(MESSAGE, "doctor@example.org")
    channel.send(MESSAGE, "nurse@example.org")
    assert sorted(mail["To"] for mail in mailbox.Maildir(tmp_path / "mail")) == [
        "doctor@example.org",
        "nurse@example.org",
    ]
