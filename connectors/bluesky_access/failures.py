"""The platform's name, for its errors, and those that its parts act on."""

from monitor.errors import AuthError, UnavailableError

PLATFORM = "bluesky"


class LoginRefusedError(AuthError):
    """The handle or the app password is refused: no request that needs them can work."""


class NotThereError(UnavailableError):
    """What was asked for by name is not there."""


class InvalidError(UnavailableError):
    """Bluesky finds fault with what was asked: the same is refused every time."""
