"""Jetstream read in a thread of its own: what passes the sieve waits here until it is fetched.

Nothing is dropped: when too much waits, the socket is not read until there is room again. A
connection that breaks is taken up where it stood, less an overlap; one that cannot be taken up
again, or stays silent, ends the reading with an error, and the next poll begins anew.
Source: bluesky-social/jetstream, README: the cursor is inclusive, looks back 36 hours, and one
that is older is moved to the oldest event without a word.
"""

import asyncio
import logging
import random
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from picows import WSAutoPingStrategy, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from picows import WSError as SocketError

from connectors.bluesky_access.failures import PLATFORM
from connectors.bluesky_access.payloads import POST
from connectors.bluesky_access.sieve import Looked, Sieve
from monitor.errors import ConnectorError, UnavailableError

if TYPE_CHECKING:
    from zstandard import ZstdDecompressor

MOST_ATTEMPTS = 4  # to take up a broken connection, in some seven seconds
LARGEST_FRAME = 4 * 1024 * 1024  # bytes; a record has at most one megabyte
MOST_BYTES = 64 * 1024 * 1024  # that may wait to be fetched
MOST_TOGETHER = 200  # frames looked at in one go
MOST_SILENT = 3  # connections in a row that said nothing
FIRST_S = 3.0  # a server takes so long to find where a cursor stands
FRUITLESS_S = 3.0  # so long without progress ends a wait, whatever is sent over and over
_LONGEST_REST_S = 30.0  # between two connections
_AHEAD_US = 3_600_000_000  # an event from further in the future is no measure of what was read
_SURELY = 1000  # events that must be missing before silence is an outage
_LEARNED_OVER_US = 10_000_000  # of stream time, until its pace is known
_SHORTEST_GAP_US = 600_000_000  # a quieter stream than Bluesky's may pause for ten minutes
_RECENT = 4096
_GATHERED_FOR_S = 0.01  # news told one by one would cost more than what they are about
_log = logging.getLogger(__name__)
_socket_log = logging.getLogger(f"{__name__}.socket")
_socket_log.setLevel(logging.WARNING)  # it tells of every connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the stream is read."""

    url: str
    timeout_s: float  # for a connection
    silence_s: float  # a connection on which nothing comes for so long is taken up anew
    overlap_us: int
    kept_us: int  # how far back the server looks
    most: int  # posts that may wait
    decompressor: "ZstdDecompressor | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits to be fetched: a frame, or a stretch that the server does not keep any more."""

    at_us: int  # everything before it was passed on, or is not of interest
    frame: bytes = b""
    missed_from_us: int | None = None  # the stretch begins there and ends at `at_us`


class Stream:
    """One reading of the stream from `start_us` on, by whoever holds it and by its own thread."""

    def __init__(
        self,
        terms: Terms,
        sieve: Sieve,
        start_us: int | None,
        now_us: int,
        pace: float,
        news: Callable[[], None],
    ) -> None:
        """`start_us` None begins with what comes now; `pace`: events a second so far, 0: unknown.

        `news` is called by the thread when something waits, or when the reading has ended.
        """
        self._terms = terms
        self._sieve = sieve
        self._news = news
        self._turn = threading.Condition()
        self._waiting: deque[Waiting] = deque()
        self._kept_bytes = self._fetched_bytes = 0  # each is counted up by one thread
        self._recent: OrderedDict[int, None] = OrderedDict()  # hashes: some frames are large
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_opening = False
        self._transport: WSTransport | None = None
        self._paused = False
        self._is_telling = False
        self._is_watched = False  # its holder waits
        self._closed = threading.Event()
        self._asked_us = start_us  # where the connection that is open was to begin
        self._is_first = False  # the next event is the first one of its connection
        self._first_us = 0
        self._known_pace = pace
        self.told_now(now_us)
        self.position_us = start_us or 0  # all before it was looked at
        self.error: ConnectorError | None = None
        self.connected = False
        self.connections = 0
        self.heard = 0  # frames
        self._heard_at = time.monotonic()
        self.broken = 0  # frames that were no events
        self._thread = threading.Thread(target=self._run, name="bluesky-stream", daemon=True)

    # Its holder's side

    def begin(self) -> None:
        """Start to listen."""
        self._thread.start()

    def told_now(self, now_us: int) -> None:
        """Hear what time it is: events from far in the future are not believed."""
        self._now = now_us, time.monotonic()

    def close(self) -> None:
        """Stop listening, and wait for the thread for a moment."""
        self._closed.set()
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it has ended by itself
                loop.call_soon_threadsafe(self._disconnect)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(1.0)

    def fetch(self, most: int) -> list[Waiting]:
        """Return what waits, oldest first; reading goes on when there is room again."""
        found: list[Waiting] = []
        while self._waiting and len(found) < most:
            found.append(self._waiting.popleft())
            self._fetched_bytes += len(found[-1].frame)
        if self._paused and not self._is_half_full():
            loop = self._loop
            if loop is not None:
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(self._resume)
        return found

    def wait_for(self, target_us: int, quiet_s: float, most_s: float) -> bool:
        """Wait until the stream is read up to `target_us` or is quiet, or has something to fetch.

        It is quiet, too, where the same is told over and over. Return False where there is more to
        wait for.
        """
        self._is_watched = True
        try:
            return self._waited(target_us, quiet_s, time.monotonic() + most_s)
        finally:
            self._is_watched = False

    def _waited(self, target_us: int, quiet_s: float, end: float) -> bool:
        heard, quiet_since = -1, time.monotonic()
        position_us, fruitless_since = -1, time.monotonic()
        while time.monotonic() < end:
            if self.error is not None or self.position_us >= target_us:
                return True
            if self.heard != heard or not self.connected:
                heard, quiet_since = self.heard, time.monotonic()
            elif time.monotonic() - quiet_since >= (quiet_s if self.heard else FIRST_S):
                return True
            if self.position_us != position_us or not self.connections:
                position_us, fruitless_since = self.position_us, time.monotonic()
            elif time.monotonic() - fruitless_since >= FRUITLESS_S:
                return True
            if self._is_half_full():
                return False
            with self._turn:
                self._turn.wait(0.02)
        return False

    def quiet_s(self) -> float:
        """Return for how long nothing has come."""
        return time.monotonic() - self._heard_at

    @property
    def pace(self) -> float:
        """Events a second, as the stream's own instants tell; 0: not known."""
        span_us = self.position_us - self._first_us
        if not self._first_us or span_us < _LEARNED_OVER_US:
            return self._known_pace
        return round(self.heard * 1e6 / span_us, 2)

    def _is_half_full(self) -> bool:
        return 2 * len(self._waiting) >= self._terms.most or 2 * self._bytes >= MOST_BYTES

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._terms.most or self._bytes >= MOST_BYTES

    @property
    def _bytes(self) -> int:
        return self._kept_bytes - self._fetched_bytes

    # Its thread's side

    def take(self, frames: Sequence[bytes]) -> None:
        """Look at frames, and let what is passed on wait."""
        self.heard += len(frames)
        self._heard_at = time.monotonic()
        latest_us = self._latest_us()
        looked = self._looked(frames, latest_us)
        if self._is_first and looked.first_us:
            self._note_first(looked.first_us)
        for at_us, frame in looked.passed:
            if self._is_new(frame):
                believed_us = at_us if at_us <= latest_us else self.position_us
                self._keep(Waiting(at_us=believed_us, frame=frame))
        if looked.broken:
            self._note_broken(looked.broken)
        self.position_us = max(self.position_us, looked.latest_us)  # after all before it waits

    def _latest_us(self) -> int:
        """Return up to when an event is believed: a cursor beyond all time would skip posts."""
        now_us, told_at = self._now
        return now_us + int((time.monotonic() - told_at) * 1e6) + _AHEAD_US

    def _looked(self, frames: Sequence[bytes], latest_us: int) -> Looked:
        """Return what is passed on; a frame on which we fail must not hold the others up."""
        try:
            return self._sieve.look(frames, latest_us)
        except Exception:  # noqa: BLE001 - one post of the whole network must not blind us
            _log.exception("%s: a frame of the stream cannot be looked at", PLATFORM)
        looked = [self._looked_at(frame, latest_us) for frame in frames]
        return Looked(
            first_us=next((each.first_us for each in looked if each.first_us), 0),
            latest_us=max(each.latest_us for each in looked),
            broken=sum(each.broken for each in looked),
            passed=[each for one in looked for each in one.passed],
        )

    def _looked_at(self, frame: bytes, latest_us: int) -> Looked:
        try:
            return self._sieve.look([frame], latest_us)
        except Exception:  # noqa: BLE001 - it was logged
            return Looked(first_us=0, latest_us=0, broken=1, passed=[])

    def _is_new(self, frame: bytes) -> bool:
        """Return whether a frame came for the first time: the overlap repeats some."""
        number = hash(frame)
        if number in self._recent:
            return False
        self._recent[number] = None
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        return True

    def _keep(self, found: Waiting) -> None:
        self._waiting.append(found)
        self._kept_bytes += len(found.frame)
        if self._is_full():
            self._pause()
        if not self._is_telling and self._loop is not None:
            self._is_telling = True
            self._loop.call_later(_GATHERED_FOR_S, self._tell)

    def _tell(self) -> None:
        self._is_telling = False
        self._news()

    def _note_broken(self, number: int) -> None:
        self.broken += number
        if self.broken == number:
            _log.warning(
                "%s: the stream holds frames that are no events; they are left out", PLATFORM
            )

    def _note_first(self, at_us: int) -> None:
        """Find out whether a connection began later than it was asked to: the rest is missed."""
        self._is_first = False
        position = self.position_us if self._asked_us is not None else 0
        self._first_us = self._first_us or at_us
        if not position or at_us <= position:
            return
        too_old = position < self._now[0] - self._terms.kept_us
        pace = self.pace
        usual_us = max(_SHORTEST_GAP_US, 1e9 / pace) if pace else float("inf")
        if too_old or at_us - position > usual_us:
            self._keep(Waiting(at_us=at_us, missed_from_us=position))

    def _pause(self) -> None:
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.underlying_transport.pause_reading()

    def _resume(self) -> None:
        if self._transport is not None and self._paused and not self._closed.is_set():
            self._transport.underlying_transport.resume_reading()
        self._paused = False

    def _disconnect(self) -> None:
        if self._task is not None and not self._is_opening:  # a half open socket would stay open
            self._task.cancel()

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                self._loop = runner.get_loop()
                runner.run(self._listen())
        except asyncio.CancelledError:
            pass  # it was closed
        except ConnectorError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a stream on which we fail is blind: it is told
            _log.exception("%s: the stream cannot be read", PLATFORM)
            self.error = UnavailableError(PLATFORM, f"the stream fails ({type(error).__name__})")
        finally:
            self._loop = None
            self.connected = False
            if not self._closed.is_set() and not self._is_watched:  # who waits for it sees it
                self._news()

    async def _listen(self) -> None:
        self._task = asyncio.current_task()
        attempts = fruitless = silent = 0
        while not self._closed.is_set():
            await self._has_room()
            position, heard = self.position_us, self.heard
            problem = await self._listen_once(self._terms.overlap_us >> 4 * fruitless)
            is_further = self.position_us > position
            attempts = 0 if self.heard > heard or not problem else attempts + 1
            fruitless = 0 if is_further or not problem else fruitless + 1
            silent = 0 if is_further or problem else silent + 1
            if attempts >= MOST_ATTEMPTS or (attempts > 1 and not self.connections):
                raise UnavailableError(PLATFORM, problem)
            if silent >= MOST_SILENT and self._stands_still(silent):
                raise UnavailableError(PLATFORM, "the stream stands still: nothing new comes")
            await self._rest(max(attempts, fruitless))

    def _stands_still(self, silent: int) -> bool:
        """Return whether so long a silence is against the stream's own habit."""
        return self.pace * self._terms.silence_s * silent >= _SURELY

    async def _has_room(self) -> None:
        """Wait until not too much waits: what a new connection tells would come on top of it."""
        while self._is_full():  # noqa: ASYNC110 - another thread takes from it
            await asyncio.sleep(0.1)

    async def _rest(self, attempts: int) -> None:
        """Wait longer after each failure, and not as long as everybody else who lost it too."""
        wait_s = min(2.0 ** (attempts - 1) * 0.5, _LONGEST_REST_S)
        await asyncio.sleep(wait_s * random.uniform(0.1, 1.0))  # noqa: S311 - no secret

    async def _listen_once(self, overlap_us: int) -> str:
        """Listen until the connection ends; return why, or nothing where it was only silent.

        It begins `overlap_us` before what was read: less and less after connections that brought
        nothing new, as where a server tells so many events on each and not one more.
        """
        self._is_opening = True
        try:
            transport, _ = await asyncio.wait_for(self._connect(overlap_us), self._terms.timeout_s)
        except (OSError, SocketError) as error:  # a timeout is an OSError too
            return _in_words(error)
        finally:
            self._is_opening = False
        self._transport = transport
        self.connected = True
        self.connections += 1
        try:
            return await self._until_it_ends(transport)
        finally:
            self.connected = False
            self._transport = None
            self._paused = False
            transport.disconnect(graceful=False)

    async def _connect(self, overlap_us: int) -> tuple[WSTransport, WSListener]:
        behind = self.position_us - overlap_us
        self._asked_us = behind if self.position_us else None
        self._is_first = True
        return await ws_connect(
            lambda: _Listener(self, self._terms.decompressor),
            stream_url(self._terms.url, self._asked_us, compress=bool(self._terms.decompressor)),
            logger_name=_socket_log,
            websocket_handshake_timeout=self._terms.timeout_s,
            enable_auto_ping=True,
            auto_ping_idle_timeout=min(10.0, self._terms.silence_s),
            auto_ping_reply_timeout=min(10.0, self._terms.silence_s),
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            max_frame_size=LARGEST_FRAME,
            max_redirects=0,
            read_buffer_init_size=256 * 1024,
        )

    async def _until_it_ends(self, transport: WSTransport) -> str:
        ended = asyncio.ensure_future(transport.wait_disconnected())
        heard, since = self.heard, time.monotonic()
        while not self._closed.is_set():
            done, _ = await asyncio.wait({ended}, timeout=min(1.0, self._terms.silence_s))
            if done:
                broken = ended.exception()
                return "the stream ended" if broken is None else "the stream cannot be read"
            if self.heard != heard or self._paused:
                heard, since = self.heard, time.monotonic()
            elif time.monotonic() - since >= self._terms.silence_s:
                break
        ended.cancel()
        return ""


class _Listener(WSListener):
    """Hands on what was read from the socket at once, together."""

    def __init__(self, stream: Stream, decompressor: "ZstdDecompressor | None") -> None:
        self._stream = stream
        self._decompressor = decompressor
        self._read: list[bytes] = []
        self._begun = b""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is _TEXT and frame.fin:
            self._read.append(frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect(graceful=False)
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._piece(transport, frame)
        if frame.last_in_buffer or len(self._read) >= MOST_TOGETHER:
            read, self._read = self._read, []
            self._stream.take(read)

    def _piece(self, transport: WSTransport, frame: WSFrame) -> None:
        self._begun += frame.get_payload_as_bytes()
        if len(self._begun) > LARGEST_FRAME:
            self._begun = b""
            transport.disconnect(graceful=False)
        elif frame.fin:
            message, self._begun = self._begun, b""
            self._read.append(self._unpacked(message))

    def _unpacked(self, message: bytes) -> bytes:
        if self._decompressor is None or not message.startswith(_ZSTD):
            return message
        from zstandard import ZstdError, frame_content_size

        try:
            if frame_content_size(message) > LARGEST_FRAME:
                return b""
            return self._decompressor.decompress(message, max_output_size=LARGEST_FRAME)
        except ZstdError:
            return b""  # which is no event, and is counted as such


_TEXT = WSMsgType.TEXT
_ZSTD = b"\x28\xb5\x2f\xfd"


def stream_url(url: str, cursor_us: int | None, *, compress: bool = False) -> str:
    """Return the address that gives the posts since `cursor_us`."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query), ("wantedCollections", POST)]
    if cursor_us is not None:
        query.append(("cursor", str(max(0, cursor_us))))
    if compress:
        query.append(("compress", "true"))
    return urlunsplit(parts._replace(query=urlencode(query)))


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the stream does not answer in time"
    words = " ".join(str(error).split())[:200]
    return f"the stream cannot be reached ({words or type(error).__name__})"
