"""Bluesky for the contract test: a network on loopback, read and answered with a login."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.model import Brand, Watch
from tests.connectors.contract_case import ContractCase
from tests.servers.bluesky import BlueskyServer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = START + timedelta(hours=12)
CARE = "acme-care.test"
ACME = Brand(name="Acme", keywords=("acme",), own_accounts=(("bluesky", CARE),))
SECRETS = {"handle": CARE, "app_password": "abcd-efgh-ijkl-mnop"}


@contextmanager
def contract_case() -> Iterator[ContractCase]:
    """Yield a Bluesky on which customers post every ten minutes and the brand answers some."""
    with BlueskyServer() as server:
        server.add_account(CARE, SECRETS["app_password"])
        for number in range(40):
            _converse(server, number)
        server.noise(at=NOW.timestamp())  # the network never rests: all before it was told
        yield ContractCase(
            section=section_of(server),
            section_at=_section_at,
            watch=Watch(brands=(ACME,), secrets=SECRETS),
            since=START,
            now=NOW,
        )


def section_of(server: BlueskyServer) -> Mapping[str, object]:
    """Return settings that reach a network on loopback."""
    return {
        "jetstream_url": server.jetstream_url,
        "pds_url": server.url,
        "appview_url": server.url,
        "timeout": "5s",
    }


def _section_at(address: str) -> Mapping[str, object]:
    stream = f"{address.replace('http', 'ws', 1)}/subscribe"
    return {"jetstream_url": stream, "pds_url": address, "appview_url": address, "timeout": "5s"}


def _converse(server: BlueskyServer, number: int) -> None:
    asked = (START + timedelta(minutes=10 * number)).timestamp()
    post = server.post(f"Acme parcel {number} is late, where is it?", at=asked)
    if number % 3 == 0:
        server.reply(post, "We are looking.", CARE, at=asked + 240)
    if number % 4 == 0:
        server.reply(post, "Same here with acme", "neighbour.test", at=asked + 300)
