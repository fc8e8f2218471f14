"""Failures of X that mean more than one request that went wrong."""

from datetime import datetime

from monitor.errors import AuthError, ConnectorError, RateLimitError, UnavailableError

PLATFORM = "x"


class KeysRefusedError(AuthError):
    """The keys themselves are missing or refused: no request can work."""


class NoConnectionError(UnavailableError):
    """X cannot be reached at all: no request can work now."""


class OutOfMoneyError(RateLimitError):
    """The month's budget or the account's credits are spent: nothing can be bought."""


class AnswerLostError(UnavailableError):
    """A reply was sent, and its answer was lost: it may or may not stand there."""


class TooNewError(UnavailableError):
    """The end of what was asked for is not searched yet: it must lie 10 seconds back."""


class TooOldError(UnavailableError):
    """What was asked for lies before `reach`, the oldest instant X searches."""

    def __init__(self, problem: str, reach: datetime) -> None:
        super().__init__(PLATFORM, problem)
        self.reach = reach


ENDS_A_POLL: tuple[type[ConnectorError], ...] = (
    KeysRefusedError,
    NoConnectionError,
    OutOfMoneyError,
)
