"""What can go wrong, and whether trying again can help.

    MilepostError
    ├── Transient            the world was not there: a scheduler may try again
    │   └── FeedUnreachable      a site's server or folder did not answer
    └── Terminal             trying again gives the same answer: a person must act
        ├── ConfigurationError   the study folder says something it may not
        ├── DataProblem          a file or row breaks a rule
        └── NotPermitted         the caller's role does not entitle it

Every message says what happened, where, and what to do now; none carries a patient's value or identifier.
"""

from __future__ import annotations


class MilepostError(Exception):
    """Base of everything this library raises on purpose."""


class Transient(MilepostError):
    """The same call may work later: Airflow retries it."""


class FeedUnreachable(Transient):
    """A site's inbox or server could not be read."""


class Terminal(MilepostError):
    """The same call will fail again: Airflow does not retry it."""


class ConfigurationError(Terminal):
    """A study folder is wrong; the message names file, key, what was found and what is allowed."""


class DataProblem(Terminal):
    """A delivery or row breaks a rule that stops the work on it."""


class NotPermitted(Terminal):
    """The role asked for may not see this."""
