"""The stream's own thread: what waits stays bounded, and an end is an end."""

import threading
import time
from collections.abc import Iterator

import pytest

from connectors.bluesky_access.jetstream import Terms, Waiting
from connectors.bluesky_access.opening import Reading
from connectors.bluesky_access.place import Place
from monitor.model import Brand
from tests.servers.bluesky import BlueskyServer

T0_US = 1_783_000_000_000_000
MOST = 10


@pytest.fixture
def server() -> Iterator[BlueskyServer]:
    with BlueskyServer() as running:
        yield running


def reading(server: BlueskyServer) -> Reading:
    terms = Terms(
        url=server.jetstream_url,
        timeout_s=2,
        silence_s=0.1,
        overlap_us=0,
        kept_us=10**12,
        most=MOST,
    )
    brands = (Brand(name="Acme", keywords=("acme",)),)
    return Reading(terms, brands, Place(at_us=T0_US), T0_US, lambda: None)


def wait_for(*, most_s: float, server: BlueskyServer, connections: int) -> None:
    end = time.monotonic() + most_s
    while len(server.habits.frames) < connections and time.monotonic() < end:
        time.sleep(0.01)


def test_nothing_is_asked_for_while_too_much_waits(server: BlueskyServer) -> None:
    for number in range(2500):  # more than a socket holds
        server.post(f"acme {number}" + "!" * 2000, at=T0_US / 1e6 + number / 1e3)
    read = reading(server)
    read.stream.begin()
    try:
        wait_for(most_s=10, server=server, connections=1)

        wait_for(most_s=1.0, server=server, connections=3)  # a held up one answers no pings

        assert len(server.habits.frames) == 1
        found: list[Waiting] = []
        while len(found) < 2500:
            found += read.stream.fetch(100)
    finally:
        read.stream.close()
    assert len({each.frame for each in found}) == 2500


def test_a_stream_that_is_closed_leaves_no_thread(server: BlueskyServer) -> None:
    before = set(threading.enumerate())
    read = reading(server)
    read.stream.begin()
    wait_for(most_s=10, server=server, connections=1)

    read.stream.close()

    assert not {each for each in threading.enumerate() if each.name == "bluesky-stream"} - before
