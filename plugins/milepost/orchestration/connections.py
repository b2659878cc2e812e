"""The service as a task opens it: the runtime, with what Airflow's connections say in place of the environment.

`milepost_smtp`: the mail server (host, port, login, password; extra `{"tls": true}` where encrypted from the first
byte). `milepost_sftp_<site>`, or whatever name a feed's `secret` has: password, or extra `private_key`. Both are
optional; without them the environment counts, as it does for the command line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from milepost.errors import MilepostError, Terminal

if TYPE_CHECKING:
    from milepost.alerts.smtp import SmtpChannel
    from milepost.runtime import Runtime

MAIL = "milepost_smtp"


@contextmanager
def opened() -> Iterator[Runtime]:
    """The runtime for one task. Imported here and not above: it brings pandas and the store with it.

    An error nobody expected is raised again without its message: Airflow writes it into its log.
    """
    from milepost import runtime

    try:
        with runtime.open_runtime() as service:
            service.ctx = replace(service.ctx, secrets=secret)
            channel = mail_channel(service.ctx.study.protocol.alerts.sender)
            if channel is not None:
                service.ctx = replace(service.ctx, channels=(channel,))
            yield service
    except (MilepostError, AirflowException):
        raise
    except Exception as error:
        raise Terminal(runtime.describe_defect(error)) from None


def mail_channel(sender: str) -> SmtpChannel | None:
    """The mail server of connection `milepost_smtp`, if there is one."""
    found = connection(MAIL)
    if found is None:
        return None
    from milepost.alerts.smtp import SmtpChannel

    tls = bool(found.extra_dejson.get("tls", False))
    return SmtpChannel(
        host=found.host,
        port=found.port or (465 if tls else 25),
        sender=sender,
        user=found.login or None,
        password=found.password or None,
        tls=tls,
    )


def secret(name: str) -> str | None:
    """A feed's password or private key: from the environment, else from the Airflow connection of this name."""
    if name in os.environ:
        return os.environ[name]
    found = connection(name)
    return None if found is None else found.extra_dejson.get("private_key") or found.password


def connection(conn_id: str) -> Any | None:
    """The Airflow connection, or None where nobody made one."""
    try:
        return Connection.get(conn_id)
    except AirflowNotFoundException:
        return None
