"""Channels that carry a message to a person: a mail server, or a folder of mails on this machine."""
