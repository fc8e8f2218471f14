"""Streams of one server: they wake the poll, and bring edits and deletions that no page shows.

A stream that breaks is opened again after a growing pause; meanwhile, and for whatever it did
not bring, the timelines are read as ever. Source: Mastodon documentation, "Streaming".
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.mastodon_access.payloads import Status

if TYPE_CHECKING:
    import mastodon
    import requests
    from mastodon.streaming import StreamListener

log = logging.getLogger(__name__)

MOST_EVENTS = 1_000  # that wait for the poll; timelines bring again what is dropped
MOST_STREAMS = 8  # of one server: each holds a connection open
SILENCE = 90.0  # seconds; a living stream sends a heartbeat every 15
LASTS = 60.0  # seconds after which a stream counts as one that worked
LONGEST_PAUSE = 300.0  # seconds between two tries
USER = ""  # the stream of one's own notifications; others are named by their hashtag


@dataclass(frozen=True, slots=True)
class Event:
    """What a stream told: a post as it stands, or the id of one that is gone."""

    status: Status | None = None
    gone: str = ""


class Streams:
    """The streams of one server, each in a thread of its own."""

    def __init__(self, name: str, opened: Callable[[], "mastodon.Mastodon"]) -> None:
        """`opened` returns a client of the server, for one stream."""
        self._name = name
        self._opened = opened
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self._told: Callable[[], None] = _nobody
        self._closing = threading.Event()
        self._answers: dict[str, requests.Response] = {}
        self._threads: list[threading.Thread] = []
        self._started = False

    def start(self, channels: Sequence[str], told: Callable[[], None]) -> None:
        """Listen to `channels` and make the call `told` at each event; once."""
        if self._started:
            return
        self._started, self._told = True, told
        for channel in channels[:MOST_STREAMS]:
            name = f"mastodon-{self._name}-{channel or 'user'}"
            thread = threading.Thread(target=self._listen, args=(channel,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def drain(self) -> list[Event]:
        """Return what came since the last call, oldest first."""
        found: list[Event] = []
        with suppress(IndexError):
            while True:
                found.append(self._events.popleft())
        return found

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        for answer in tuple(self._answers.values()):
            with suppress(ValueError, RuntimeError, AttributeError, OSError):
                answer.raw.shutdown()

    def wait(self, until: float) -> None:
        """Wait until all streams have ended, to `until` in monotonic seconds at the latest."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _listen(self, channel: str) -> None:
        pause = 0.5
        while not self._closing.is_set():
            listener, began = _listener(self._take), time.monotonic()
            try:
                self._stream(channel, listener)
                problem = "it ended"
            except _failures() as error:
                problem = type(error).__name__
            if self._closing.is_set():
                return
            lasted = time.monotonic() - began >= LASTS
            pause = 1.0 if lasted else min(pause * 2, LONGEST_PAUSE)
            log.info("mastodon: a stream of %s broke off (%s)", self._name, problem)
            self._closing.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311  # spreads retries

    def _stream(self, channel: str, listener: "StreamListener") -> None:
        client = self._opened()
        client.session.hooks["response"].append(lambda answer, **_: self._note(channel, answer))
        with closing(client.session):
            try:
                if channel == USER:
                    client.stream_user(listener, timeout=SILENCE)
                else:
                    client.stream_hashtag(channel, listener, timeout=SILENCE)
            finally:
                self._forget(channel)

    def _note(self, channel: str, answer: "requests.Response") -> None:
        self._answers[channel] = answer
        if self._closing.is_set():
            answer.close()

    def _forget(self, channel: str) -> None:
        """Close the answer of a stream that ended: the client leaves a refused one open."""
        answer = self._answers.pop(channel, None)
        if answer is not None:
            answer.close()

    def _take(self, event: Event) -> None:
        self._events.append(event)
        self._told()


def _nobody() -> None:
    """Do nothing: nobody listens."""


def _failures() -> tuple[type[Exception], ...]:
    """Return all that a client raises in a stream: a closed one shows as an odd built-in error."""
    from mastodon.errors import MastodonError
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    built_in = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, Warning)
    return (MastodonError, RequestException, HTTPError, *built_in)


def _listener(take: Callable[[Event], None]) -> Any:
    from mastodon.streaming import StreamListener

    class Ears(StreamListener):
        """Passes on what concerns posts."""

        def on_any_event(
            self, name: str, data: Any | None = None, for_stream: str | None = None
        ) -> None:
            del for_stream  # one stream, one listener
            event = _event(name, data)
            if event is not None:
                take(event)

    return Ears()


def _event(name: str, data: Any) -> Event | None:
    """Return what an event of a stream tells of posts; None if nothing."""
    if name == "delete":
        return Event(gone=str(data))
    if name == "notification" and isinstance(data, Mapping) and data.get("type") == "mention":
        data = data.get("status")
    elif name not in ("update", "status.update"):
        return None
    return Event(status=data) if isinstance(data, Mapping) else None
