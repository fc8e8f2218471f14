"""Mastodon for the contract test: a server on loopback, read and answered with a token."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.model import Brand, Watch
from tests.connectors.contract_case import ContractCase
from tests.servers.mastodon import MastodonServer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = {"token": "care-token"}


@contextmanager
def contract_case() -> Iterator[ContractCase]:
    """Yield a server on which customers post every ten minutes and the brand answers some."""
    with MastodonServer() as server:
        for number in range(40):
            _converse(server, number)
        own = (("mastodon", f"acme_care@{server.domain}"),)
        brand = Brand(name="Acme", keywords=("acme", "#acme"), own_accounts=own)
        yield ContractCase(
            section=_section_at(server.url),
            section_at=_section_at,
            watch=Watch(brands=(brand,), secrets=TOKEN),
            since=START,
            now=START + timedelta(hours=12),
        )


def _section_at(address: str) -> Mapping[str, object]:
    return {"servers": [{"name": "main", "base_url": address, "hashtags": ["acme"]}]}


def _converse(server: MastodonServer, number: int) -> None:
    asked = (START + timedelta(minutes=10 * number)).timestamp()
    post = server.post(f"Where is my #acme parcel {number}? @acme_care", at=asked)
    if number % 3 == 0:
        server.reply(post, "@customer We are looking.", "acme_care", at=asked + 240)
    if number % 4 == 0:
        server.reply(post, "Same here with #acme", "neighbour", at=asked + 300)
