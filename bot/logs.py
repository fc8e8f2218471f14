"""The log: one handler on the root, through which no secret passes."""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, TextIO
from urllib.parse import quote, quote_plus

Style = Literal["text", "json"]
QUIET = (  # httpx prints the bot token's address at INFO, tweepy the bearer header at DEBUG
    "httpcore",
    "httpx",
    "oauthlib",
    "praw",
    "prawcore",
    "requests_oauthlib",
    "schedule",  # a line for every job, every second
    "spacy",  # by a handler of its own as well
    "telegram",
    "tweepy",
    "urllib3",
)
HIDDEN = "[hidden]"
_SHORTEST = 4  # characters: shorter "secrets" would blot out ordinary words
_SHAPES = (  # what looks like a secret, even where nobody told us of it
    (re.compile(r"(?<!\d)\d{6,12}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE), HIDDEN),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9%+/=._~-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"((?:access_token|refresh_token|client_secret|app_password|password|api_key)"
            r"(?:=|[\"']?:\s*[\"']))[^\s&\"']+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redactor:
    """Takes secrets out of a text: those it knows in every spelling, and what has their shape."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {each for one in secrets if len(one) >= _SHORTEST for each in _spellings(one)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if spellings else None

    def __call__(self, text: str) -> str:
        """Return `text` without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        return text


def _spellings(secret: str) -> Iterator[str]:
    """Yield `secret` as it may stand in a text, and in a text within another."""
    for once in _encodings(secret):
        yield once
        yield from _encodings(once)


def _encodings(text: str) -> Iterator[str]:
    """Yield `text` as it stands in an address, a repr (of itself, of more) and a JSON string."""
    yield text
    yield quote(text, safe="")
    yield quote_plus(text)
    yield repr(text)[1:-1]
    yield repr("'\"" + text)[4:-1]
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]


def set_up(
    style: Style = "text",
    *,
    secrets: Iterable[str] = (),
    debug: bool = False,
    stream: TextIO | None = None,
) -> Redactor:
    """Make the root handler the only one, and return what takes secrets out of other texts.

    What nobody caught in a thread or a destructor goes through it too. It may be called again.
    """
    redactor = Redactor(secrets)
    handler = SafeHandler(stream or sys.stderr, redactor)
    handler.setFormatter(
        _json_formatter(redactor)
        if style == "json"
        else RedactingFormatter(TextFormatter(), redactor)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread_error
    sys.unraisablehook = _log_unraisable
    sys.excepthook = _log_uncaught
    return redactor


# N802 below: logging calls these methods by the names it gave them.
class TextFormatter(logging.Formatter):
    """One line for a person: instant, level, logger, message, then fields as name=value."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the record's instant in UTC."""
        return _instant(record, datefmt)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line; a post's line breaks and control characters cannot forge another."""
        fields = "".join(f" {name}={value!r}" for name, value in _fields(record))
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.message}"
        return _CONTROL.sub("\ufffd", line + fields)


def _instant(record: logging.LogRecord, form: str | None) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime(form or "%Y-%m-%dT%H:%M:%S.%fZ")


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    for name, value in vars(record).items():
        if name not in _OWN_FIELDS:
            yield name, value


def _json_formatter(redactor: Redactor) -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class Formatter(JsonFormatter):
        def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
            return _instant(record, datefmt)

        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            return {name: _redacted(value, redactor) for name, value in log_data.items()}

    return Formatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
        json_ensure_ascii=False,
    )


def _redacted(value: object, redactor: Redactor) -> object:
    """Return `value` for JSON, its texts without secrets, before JSON spells them its own way.

    Afterwards would be too late: "0000" is also a part of how JSON spells a NUL.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {redactor(str(name)): _redacted(each, redactor) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(each, redactor) for each in value]
    return redactor(str(value))


class RedactingFormatter(logging.Formatter):
    """Another formatter's whole output, tracebacks and arguments with it, without secrets."""

    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self._inner = inner
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as the other formatter writes it, without secrets."""
        return self._redactor(self._inner.format(record))


class SafeHandler(logging.StreamHandler[TextIO]):
    """Writes to a stream; a record that cannot be written is told without its arguments."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        super().__init__(stream)
        self._redactor = redactor

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say where the record that cannot be written was made; a stream that is gone is gone."""
        error = sys.exc_info()[1]
        where = f"{record.pathname}:{record.lineno}"
        line = self._redactor(f"a log record of {where} cannot be written: {error!r}")
        if not isinstance(error, OSError):
            self.stream.write(_CONTROL.sub("\ufffd", line) + self.terminator)


def _log_thread_error(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread else "unknown"
        logging.getLogger("bot.threads").error("thread %s ended", name, exc_info=args.exc_value)


def _log_unraisable(args: "sys.UnraisableHookArgs") -> None:
    where = args.err_msg or "an error nobody could catch"
    logging.getLogger("bot.unraisable").error(where, exc_info=args.exc_value)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    logging.getLogger("bot.uncaught").critical("stopped by an error", exc_info=(kind, error, trace))
