"""Failures of Reddit that end a whole poll, where others end one listing of it."""

from monitor.errors import AuthError, UnavailableError

PLATFORM = "reddit"


class LoginRefusedError(AuthError):
    """The key or the login itself is refused: no request can work."""


class AnswerLostError(UnavailableError):
    """A reply was sent, and its answer was lost: it may or may not stand there."""
