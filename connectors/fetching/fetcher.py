"""Fetches whole answers: counted, never longer or slower than allowed, and tried again a little.

What a compressed answer grows to is measured while it grows: a small file can hold a large one.
"""

import json
import re
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies
from weakref import finalize

from connectors.fetching.addresses import PrivateAddressError, looked_up, public
from connectors.fetching.failures import NoConnectionError
from connectors.fetching.transport import open_transport
from monitor.errors import UnavailableError

if TYPE_CHECKING:
    import httpx

MOST_REDIRECTS = 5
MOST_KEPT = 4  # idle connections
AGENT = "mentiondesk/1"
_PACKED = re.compile(r"gzip|deflate|compress|br|zstd|dcb|dcz|aes128gcm|exi|pack200")
_ANY_HEADER = 47  # zlib's window bits: gzip or zlib, whichever it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]  # names in small letters
    body: bytes
    requests: int = 1  # that it took, redirects among them
    url: str = ""  # where it came from in the end

    def json(self, platform: str) -> Any:
        """Return the body as JSON. Raises: `UnavailableError`."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise UnavailableError(platform, "an answer that is no JSON") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is taken, for how long, how often, and from where."""

    timeout: float  # seconds of one try, redirects and all
    largest: int  # bytes of an answer, unpacked
    tries: int = 1
    public_only: bool = False  # asked straight: no address of this machine or a private network


class _PassingError(UnavailableError):
    """A failure that another try may mend."""


class _UnreachedError(NoConnectionError):
    """The same, where not even a connection came about."""


class Fetcher:
    """Asks for answers by GET. May be used from many threads."""

    def __init__(self, platform: str, client: "httpx.Client", bounds: Bounds) -> None:
        self._platform = platform
        self._client = client
        finalize(self, client.close)
        self._bounds = bounds
        self._lock = Lock()
        self.requests = 0  # made so far, each redirect and try among them
        client.event_hooks = {"request": [self._counted]}

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Return the answer, whatever its status below 500.

        Raises: `NoConnectionError`, `UnavailableError`.
        """
        from tenacity import (
            Retrying,
            retry_if_exception_type,
            stop_after_attempt,
            wait_random_exponential,
        )

        again = Retrying(
            retry=retry_if_exception_type((_PassingError, _UnreachedError)),
            stop=stop_after_attempt(self._bounds.tries),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        )
        return again(self._once, url, params or None, headers or {})

    def _once(
        self, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> Fetched:
        end = time.monotonic() + self._bounds.timeout
        with (
            self._translated_errors(),
            self._client.stream("GET", url, params=params, headers=dict(headers)) as answer,
        ):
            if answer.status_code >= 500:
                raise _PassingError(self._platform, f"answered {answer.status_code}")
            given = {name.lower(): value for name, value in answer.headers.items()}
            body = self._whole(answer.iter_raw(), given.get("content-encoding", ""), end)
            took = 1 + len(answer.history)
            return Fetched(
                status=answer.status_code,
                headers=given,
                body=body,
                requests=took,
                url=str(answer.url),
            )

    def _whole(self, pieces: Iterable[bytes], encoding: str, end: float) -> bytes:
        body = bytearray()
        for piece in unpacked(pieces, encoding.strip().lower(), self._bounds.largest):
            body += piece
            if len(body) > self._bounds.largest:
                raise UnavailableError(self._platform, "an answer that is too large")
            if time.monotonic() > end:
                raise UnavailableError(self._platform, "an answer that comes too slowly")
        return bytes(body)

    def _counted(self, _: "httpx.Request") -> None:
        with self._lock:
            self.requests += 1

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except PrivateAddressError as error:
            raise UnavailableError(self._platform, f"not asked: {error}") from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            words = f"cannot be reached ({type(error).__name__})"
            raise _UnreachedError(self._platform, words) from error
        except (
            httpx.TooManyRedirects,
            httpx.UnsupportedProtocol,
            httpx.InvalidURL,
            UnicodeError,  # a name that IDNA does not allow
        ) as error:
            words = f"leads nowhere ({type(error).__name__})"
            raise UnavailableError(self._platform, words) from error
        except (httpx.HTTPError, zlib.error, EOFError) as error:
            words = f"no whole answer came ({type(error).__name__})"
            raise _PassingError(self._platform, words) from error


def unpacked(pieces: Iterable[bytes], encoding: str, largest: int) -> Iterator[bytes]:
    """Yield what `pieces` unpack to, in pieces of at most `largest` bytes and one more.

    A word that names no way of packing is believed not to pack anything, as browsers do.

    Raises: `zlib.error` or `EOFError` if they are damaged, or packed in a way not asked for.
    """
    if not _PACKED.search(encoding):
        yield from pieces
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise EOFError(encoding)
    reader, began = zlib.decompressobj(_ANY_HEADER), False
    for piece in pieces:
        began = True
        yield reader.decompress(piece, largest + 1)
        while reader.unconsumed_tail:
            yield reader.decompress(reader.unconsumed_tail, largest + 1)
    if began and not reader.eof:
        raise EOFError(encoding)


def open_fetcher(
    platform: str, bounds: Bounds, *, accept: str, agent: str = AGENT, straight: bool = False
) -> Fetcher:
    """Return a fetcher; no request is made yet.

    `straight` is for servers that nobody vouches for: it passes no proxy, and keeps no connection.
    Where a proxy is set for the others, it is the proxy that must see to slow servers.
    """
    import httpx

    resolve = public if bounds.public_only else looked_up
    ours = straight or not getproxies()
    transport = open_transport(resolve, bounds.timeout, kept=0 if straight else MOST_KEPT)
    client = httpx.Client(
        headers={"User-Agent": agent, "Accept": accept, "Accept-Encoding": "gzip"},
        timeout=bounds.timeout,
        follow_redirects=True,
        max_redirects=MOST_REDIRECTS,
        transport=transport if ours else None,
    )
    return Fetcher(platform, client, bounds)
