"""Plain HTTP within bounds: over real sockets on loopback."""

import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from connectors.fetching.addresses import PrivateAddressError, is_public, public
from connectors.fetching.failures import asked_wait
from connectors.fetching.feeds import is_whole, parse
from connectors.fetching.fetcher import Bounds, open_fetcher, unpacked
from connectors.fetching.transport import open_transport
from monitor.errors import UnavailableError
from tests.servers.rss import RssServer


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1%eth0"),
        *("fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "2001:db8::1", "not an address"),
        "fec0::1",
    ],
)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_a_name_of_this_machine_is_refused() -> None:
    with pytest.raises(PrivateAddressError):
        public("localhost", 80)


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(f"{host}:{port}")
        return ["127.0.0.1"]

    with RssServer() as site, httpx.Client(transport=open_transport(resolve, 5)) as client:
        site.post("x")
        port = httpx.URL(site.url).port

        answer = client.get(f"http://feeds.example:{port}/reviews.xml")

        assert answer.status_code == 200
        assert asked == [f"feeds.example:{port}"]
        assert site.requests[0].headers["host"] == f"feeds.example:{port}"


def test_a_redirect_is_looked_at_again() -> None:
    def resolve(host: str, port: int) -> list[str]:
        if host == "inside.example":
            raise PrivateAddressError("it leads to a private address")
        return ["127.0.0.1"]

    with RssServer() as site:
        headers = {"location": f"{site.url}/x".replace("127.0.0.1", "inside.example")}
        site.fault("status", status=302, headers=headers)
        transport = open_transport(resolve, 5)
        with (
            httpx.Client(transport=transport, follow_redirects=True) as client,
            pytest.raises(PrivateAddressError),
        ):
            client.get(site.url)

        assert len(site.requests) == 1


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with RssServer() as site:
        site.post("x")
        transport = open_transport(lambda *_: ["127.0.0.2", "127.0.0.1"], 5)
        with httpx.Client(transport=transport) as client:
            assert client.get(f"{site.url}/reviews.xml").status_code == 200


def test_a_connection_ends_however_often_a_byte_comes() -> None:
    transport = open_transport(lambda *_: ["127.0.0.1"], 0.2)

    with (
        dripping() as address,
        httpx.Client(transport=transport, timeout=10) as client,
        pytest.raises(httpx.ReadError),
    ):
        client.get(address)


@pytest.mark.parametrize("straight", [True, False])
def test_no_fetcher_waits_for_a_head_that_never_ends(*, straight: bool) -> None:
    fetcher = open_fetcher("web", Bounds(timeout=0.2, largest=9), accept="*/*", straight=straight)

    with dripping() as address, pytest.raises(UnavailableError, match="no whole answer"):
        fetcher.get(address)


@contextmanager
def dripping() -> Iterator[str]:
    """Yield the address of a server that sends its head a byte at a time, for ever."""
    ended = threading.Event()

    def serve(listening: socket.socket) -> None:
        with closing(listening.accept()[0]) as connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
            while not ended.wait(0.02):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            ended.set()
            thread.join()


def test_nobody_there_is_told_as_such() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    transport = open_transport(lambda *_: ["127.0.0.1"], 5)

    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError):
        client.get(f"http://nobody.example:{port}")


def test_what_is_packed_is_unpacked_in_small_pieces() -> None:
    bomb = zlib.compress(bytes(1_000_000))

    pieces = list(unpacked([bomb], "deflate", 1000))

    assert sum(map(len, pieces)) == 1_000_000
    assert max(map(len, pieces)) <= 1001


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        pytest.param(zlib.compress(b"x" * 99)[:-9], "deflate", id="cut"),
        pytest.param(b"no gzip", "gzip", id="not packed"),
        pytest.param(b"x", "br", id="not asked for"),
        pytest.param(b"x", "gzip, gzip", id="packed twice"),
    ],
)
def test_what_is_damaged_is_refused(packed: bytes, encoding: str) -> None:
    with pytest.raises((zlib.error, EOFError)):
        list(unpacked([packed], encoding, 1000))


def test_entities_that_grow_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    body = (
        f'<!DOCTYPE rss [<!ENTITY e0 "lol">{entities}]><rss version="2.0"><channel><item>'
        "<title>A &e9; B</title></item></channel></rss>"
    )

    feed = parse("rss", body.encode(), {})

    assert len(feed.entries[0].title) < 100
    assert not is_whole(feed)


def test_an_entity_that_names_a_file_is_not_read() -> None:
    body = (
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss version="2.0"><channel>'
        "<item><title>A&x;B</title></item></channel></rss>"
    )

    feed = parse("rss", body.encode(), {})

    assert len(feed.entries[0].title) <= 5


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "7.5"}, 7.5),
        ({"retry-after": "999999"}, 3600.0),
        ({"x-ratelimit-reset": "120"}, 120.0),
        ({"retry-after": "soon"}, 60.0),
        ({}, 60.0),
        (
            {
                "retry-after": "Fri, 06 Mar 2026 12:00:30 GMT",
                "date": "Fri, 06 Mar 2026 12:00:00 GMT",
            },
            30.0,
        ),
    ],
)
def test_how_long_to_wait_is_taken_from_whichever_header_says_it(
    headers: dict[str, str], seconds: float
) -> None:
    assert asked_wait(headers) == seconds
