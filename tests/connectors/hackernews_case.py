"""Hacker News for the contract test: its search on loopback."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.model import Brand, Watch
from tests.connectors.contract_case import ContractCase
from tests.servers.hackernews import BASE, HackerNewsServer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACME = Brand(name="Acme", keywords=("acme",), own_accounts=(("hackernews", "acme_care"),))


@contextmanager
def contract_case() -> Iterator[ContractCase]:
    """Yield a Hacker News on which people ask every ten minutes and the brand answers some."""
    with HackerNewsServer() as server:
        for number in range(40):
            _converse(server, number)
        yield ContractCase(
            section=_section_at(server.url),
            section_at=_section_at,
            watch=Watch(brands=(ACME,)),
            since=START,
            now=START + timedelta(hours=12),
        )


def _section_at(address: str) -> Mapping[str, object]:
    return {"base_url": f"{address}{BASE}"}


def _converse(server: HackerNewsServer, number: int) -> None:
    asked = (START + timedelta(minutes=10 * number)).timestamp()
    post = server.post("Where is it?", at=asked, title=f"Acme parcel {number} is late")
    if number % 3 == 0:
        server.reply(post, "We are looking.", author="acme_care", at=asked + 240)
    if number % 4 == 0:
        server.reply(post, "Same here with acme", author="neighbour", at=asked + 300)
