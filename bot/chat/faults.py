"""What can go wrong between the Bot API and us, named so that a sender knows what to do.

The one question is whether a message may have arrived. A clear refusal and a connection that
never stood mean no; an answer that was lost, or is no answer, means nobody knows.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from telegram import Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import HTTPXRequest

from monitor.errors import (
    ChatConflictError,
    ChatGoneError,
    ChatMovedError,
    ConfigError,
    DeliveryError,
    InDoubtError,
    MessageGoneError,
    MessageRefusedError,
    MonitorError,
    SlowDownError,
    TopicGoneError,
)

SERVICE = "telegram"
TOKEN_VARIABLE = "MENTIONDESK_TELEGRAM_TOKEN"  # noqa: S105 - the variable's name
PATIENCE = 5.0  # seconds to wait after a 429 that names none

_LOG = logging.getLogger(__name__)

# Raised before the first byte of a request leaves. Source: httpx, "Exceptions".
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)

# Beginnings of a refusal's description, lower case. Source: tdlib/telegram-bot-api, Client.cpp,
# and errors recorded from the live service.
_MEANINGS: Mapping[type[DeliveryError], tuple[str, ...]] = {
    MessageRefusedError: ("not enough rights to send photos",),  # its words may still come
    ChatGoneError: (
        "chat not found",
        "chat_write_forbidden",
        "group chat was deactivated",
        "have no rights to send a message",
        "need administrator rights in the channel chat",
        "not enough rights to send",
        "peer_id_invalid",
        "user not found",
    ),
    TopicGoneError: (
        "message thread not found",
        "topic_closed",
        "topic_deleted",
        "topic_id_invalid",
    ),
    MessageGoneError: (
        "message can't be deleted",
        "message can't be edited",
        "message identifier is not specified",
        "message to delete not found",
        "message to edit not found",
        "message to pin not found",
        "message to unpin not found",
        "message_id_invalid",
        "there is no text in the message to edit",
    ),
}


class _FloodError(TelegramError):
    """429: `seconds` is how long to wait. The library's own class warns whenever it is made."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asks to wait {seconds:g} s")
        self.seconds = seconds


class _UnclearError(TelegramError):
    """The server failed: it may have taken the request before."""


class _StrangerError(TelegramError):
    """Something that is no Bot API answered: a proxy, a portal, a wrong address."""


class Requests(HTTPXRequest):
    """Asks over HTTP, and tells apart the answers that the library would lump together."""

    async def do_request(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        """Return status and body of an answer that the Bot API gave on purpose."""
        code, body = await super().do_request(*args, **options)
        answer = _answer(body)
        if code == httpx.codes.TOO_MANY_REQUESTS:
            raise _FloodError(_seconds(answer))
        if code >= 500:
            raise _UnclearError(f"HTTP {code} {answer.get('description', '')}".strip())
        if code >= 300 and "ok" not in answer:
            raise _StrangerError(f"HTTP {code} from something that is no Bot API")
        return code, body


class Polls(Requests):
    """Asks for updates; one that cannot be read is left out, so that it cannot stop the others."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Return the answer; unreadable updates keep their id alone."""
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [_readable(update) for update in answer["result"]]
        return answer


@contextmanager
def translated_errors(doing: str) -> Iterator[None]:
    """Raise every fault of the Bot API as one of `monitor.errors`, with what we were `doing`."""
    try:
        yield
    except TelegramError as error:
        raise translated(error, f"{SERVICE}: {doing}") from error


def translated(error: TelegramError, place: str) -> MonitorError:
    """Return what `error` means for a message: not arrived, in doubt, or why it never will."""
    line = f"{place}: {error.message}"
    found: MonitorError
    match error:
        case _FloodError():
            found = SlowDownError(line, error.seconds)
        case ChatMigrated():
            found = ChatMovedError(line, error.new_chat_id)
        case Forbidden():
            found = ChatGoneError(line)
        case BadRequest():
            found = _refusal(error.message)(line)
        case InvalidToken():
            found = ConfigError(f"{TOKEN_VARIABLE}: the Bot API does not know this token")
        case Conflict():
            found = _conflict(error.message)
        case _:
            found = _network_error(error, line)
    return found


def is_unmodified(error: BadRequest) -> bool:
    """Whether an edit was refused because the message already says just that."""
    return error.message.lower().startswith("message is not modified")


def is_late(error: BadRequest) -> bool:
    """Whether a tap was answered too late or twice."""
    return error.message.lower().startswith("query is too old")


def _network_error(error: TelegramError, line: str) -> DeliveryError:
    cause = error.__cause__
    if isinstance(error, _StrangerError) or isinstance(cause, _NOT_SENT):
        return DeliveryError(line)
    if type(error) is NetworkError and cause is None:  # a clear refusal with a rare status
        return MessageRefusedError(line)
    why = f" ({type(cause).__name__})" if cause is not None else ""
    return InDoubtError(f"{line}{why}")


def _refusal(problem: str) -> type[DeliveryError]:
    for meaning, beginnings in _MEANINGS.items():
        if problem.lower().startswith(beginnings):
            return meaning
    return MessageRefusedError


def _conflict(problem: str) -> ChatConflictError:
    if "webhook" in problem.lower():
        rest = f"a webhook is set for the token in {TOKEN_VARIABLE}: another program gets our taps"
        return ChatConflictError(f"{SERVICE}: conflict: {rest}", webhook=True)
    rest = f"a second bot runs on the token in {TOKEN_VARIABLE}: stop one of the two"
    return ChatConflictError(f"{SERVICE}: conflict: {rest}")


def _answer(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(answer: Mapping[str, Any]) -> float:
    parameters = answer.get("parameters")
    found = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(found) if isinstance(found, int | float) and found > 0 else PATIENCE


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        Update.de_json(update, None)
    except (AttributeError, KeyError, TypeError, ValueError):
        _LOG.exception("an update cannot be read and is left out: %s", update.get("update_id"))
        return {"update_id": update["update_id"]}
    return update
