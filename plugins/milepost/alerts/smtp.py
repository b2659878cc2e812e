"""A mail server. What may work later is Transient; what a person must correct is not."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field

from milepost.alerts.message import Message, to_mail
from milepost.errors import ConfigurationError, MilepostError, Terminal, Transient


@dataclass
class SmtpChannel:
    """One mail server.

    tls: encrypted from the first byte (usually port 465). With a user and without `tls` the connection is
    encrypted by STARTTLS before the password is sent, and nothing is sent where the server cannot.
    """

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    timeout: float = 30
    name: str = "smtp"

    def send(self, message: Message, recipient: str) -> str:
        """Hand the mail to the server and return its id. Raises Transient where trying later may help."""
        mail = to_mail(message, sender=self.sender, recipient=recipient)
        try:
            with self._connected() as server:
                server.send_message(mail)
        except (smtplib.SMTPException, OSError) as error:
            raise self._explained(error) from error
        return message.message_id

    def _connected(self) -> smtplib.SMTP:
        server: smtplib.SMTP
        if self.tls:
            context = ssl.create_default_context()
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.user is not None:
                if not self.tls:
                    server.starttls(context=ssl.create_default_context())
                server.login(self.user, self.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _explained(self, error: smtplib.SMTPException | OSError) -> MilepostError:
        """The same failure in our words, without the server's own: they may quote the mail."""
        where = f"The mail server {self.host}:{self.port}"
        if isinstance(error, ssl.SSLCertVerificationError):
            return ConfigurationError(f"{where} shows a certificate that is not trusted here.")
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return ConfigurationError(
                f"{where} offers no encryption or login. Give it without a user, or use smtps."
            )
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            codes = sorted({code for code, _ in error.recipients.values()})
            kind = Transient if all(code < 500 for code in codes) else Terminal
            return kind(f"{where} refuses the recipient (code {', '.join(map(str, codes))}).")
        if isinstance(error, smtplib.SMTPResponseException):
            if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
                return ConfigurationError(f"{where} refuses user and password (code {error.smtp_code}).")
            kind = Transient if error.smtp_code < 500 else Terminal
            return kind(f"{where} refuses the mail (code {error.smtp_code}).")
        return Transient(
            f"{where} does not answer ({type(error).__name__}). Is it up, and is the port right?"
        )
