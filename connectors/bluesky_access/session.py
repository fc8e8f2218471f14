"""A login with an app password: made when first needed, refreshed, and kept while we run.

Bluesky lets an account log in 30 times in five minutes and 300 times a day.
Source: docs.bsky.app, "Rate Limits".
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from connectors.bluesky_access.failures import PLATFORM, LoginRefusedError
from connectors.bluesky_access.xrpc import Answered, ExpiredError, Params, Payload, Xrpc
from monitor.errors import UnavailableError


class Session:
    """Requests in the account's name; its server passes on those that are for the AppView."""

    def __init__(self, xrpc: Xrpc, base: str, handle: str, password: str) -> None:
        self._xrpc = xrpc
        self._base = base
        self._handle = handle
        self._password = password
        self._access = ""
        self._refresh = ""
        self._did = ""

    @property
    def did(self) -> str:
        """The account's DID; logs in where nobody did yet."""
        if not self._did:
            self._log_in()
        return self._did

    def get(self, method: str, params: Params, now: datetime | None = None) -> Answered:
        """Return the answer of a query. Raises: `ConnectorError`."""
        return self._with_token(
            lambda token: self._xrpc.get(self._base, method, params, token=token, now=now)
        )

    def post(self, method: str, body: Payload) -> Answered:
        """Return the answer of a procedure. Raises: `ConnectorError`."""
        return self._with_token(
            lambda token: self._xrpc.post(self._base, method, body, token=token)
        )

    def _with_token(self, ask: Callable[[str], Answered]) -> Answered:
        if not self._access:
            self._log_in()
        try:
            return ask(self._access)
        except ExpiredError:
            self._renew()
        try:
            return ask(self._access)
        except ExpiredError as error:
            raise LoginRefusedError(PLATFORM, "a fresh login is not taken") from error

    def _renew(self) -> None:
        try:
            method = "com.atproto.server.refreshSession"
            self._keep(self._xrpc.post(self._base, method, token=self._refresh).body)
        except (ExpiredError, LoginRefusedError):
            self._log_in()

    def _log_in(self) -> None:
        login = {"identifier": self._handle, "password": self._password}
        try:
            answer = self._xrpc.post(self._base, "com.atproto.server.createSession", login)
        except ExpiredError as error:
            raise LoginRefusedError(PLATFORM, str(error)) from error
        except LoginRefusedError:
            words = "the handle or the app password is refused"
            raise LoginRefusedError(PLATFORM, words) from None
        self._keep(answer.body)

    def _keep(self, body: Payload) -> None:
        try:
            self._access, self._refresh, self._did = _tokens(body)
        except (KeyError, TypeError):
            raise UnavailableError(PLATFORM, "a login that gives no token") from None


def _tokens(body: Payload) -> tuple[str, str, str]:
    found: tuple[Any, Any, Any] = (body["accessJwt"], body["refreshJwt"], body["did"])
    if not all(isinstance(each, str) and each for each in found):
        raise TypeError(found)
    return found
