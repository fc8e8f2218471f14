"""A way for httpx to connect that ends in time, and leads to public addresses only.

httpx measures each byte's wait, not the whole: a server that sends a header a byte at a time
would hold a thread for hours. Here a request has an end, whatever its connection carries.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from connectors.fetching.addresses import PrivateAddressError

if TYPE_CHECKING:
    import ssl

    import httpcore
    import httpx

Resolve = Callable[[str, int], list[str]]  # (name, port) → addresses, the first that works is used
KEPT_S = 5.0  # seconds for which an idle connection is kept


class _Limit(threading.local):
    """When the request of this thread is over, in monotonic seconds."""

    end = math.inf


def open_transport(resolve: Resolve, seconds: float, *, kept: int = 0) -> "httpx.BaseTransport":
    """Return a transport for httpx: a request ends after `seconds`, `kept` connections stay open.

    The surroundings' proxy settings do not hold for it: a proxy would look the names up itself.
    """
    import httpcore
    import httpx

    limit = _Limit()

    class Transport(httpx.BaseTransport):
        """Carries requests through httpcore over connections of ours."""

        def __init__(self) -> None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=httpx.create_ssl_context(),
                max_connections=None,
                max_keepalive_connections=kept,
                keepalive_expiry=KEPT_S,
                network_backend=_backend(resolve, limit),
            )

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked = httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
            limit.end = time.monotonic() + seconds
            with _told():
                answer = self._pool.handle_request(asked)
            return httpx.Response(
                answer.status, headers=answer.headers, stream=_stream(answer.stream)
            )

        def close(self) -> None:
            self._pool.close()

    return Transport()


def _stream(pieces: Any) -> "httpx.SyncByteStream":
    import httpx

    class Stream(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            with _told():
                yield from pieces

        def close(self) -> None:
            pieces.close()

    return Stream()


@contextmanager
def _told() -> Iterator[None]:
    """Name in httpx's words what failed below it."""
    import httpcore
    import httpx

    try:
        yield
    except PrivateAddressError:
        raise
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise httpx.ConnectError(type(error).__name__) from error
    except httpcore.UnsupportedProtocol as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise httpx.ReadError(type(error).__name__) from error


def _backend(resolve: Resolve, limit: _Limit) -> "httpcore.NetworkBackend":
    import httpcore

    class Backend(httpcore.NetworkBackend):
        """Connects to the addresses that `resolve` gives, and to no other."""

        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.NetworkStream:
            failed: Exception = httpcore.ConnectError("no address")
            for address in _resolved(resolve, host, port):
                try:
                    stream = httpcore.SyncBackend().connect_tcp(
                        address, port, _left(limit, timeout), local_address, socket_options
                    )
                    return _ending(stream, limit)
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    failed = error
            raise failed

    return Backend()


def _resolved(resolve: Resolve, host: str, port: int) -> list[str]:
    import httpcore

    try:
        return resolve(host, port)
    except PrivateAddressError:
        raise
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(type(error).__name__) from error


def _ending(stream: "httpcore.NetworkStream", limit: _Limit) -> "httpcore.NetworkStream":
    import httpcore

    class Ending(httpcore.NetworkStream):
        """A connection that is over when the request is for which it is used."""

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return stream.read(max_bytes, _left(limit, timeout))

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            stream.write(buffer, _left(limit, timeout))

        def close(self) -> None:
            stream.close()

        def start_tls(
            self,
            ssl_context: "ssl.SSLContext",
            server_hostname: str | None = None,
            timeout: float | None = None,
        ) -> httpcore.NetworkStream:
            left = _left(limit, timeout)
            return _ending(stream.start_tls(ssl_context, server_hostname, left), limit)

        def get_extra_info(self, info: str) -> Any:
            return stream.get_extra_info(info)

    return Ending()


def _left(limit: _Limit, timeout: float | None) -> float:
    import httpcore

    left = limit.end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the connection took too long")
    return left if timeout is None else min(left, timeout)
