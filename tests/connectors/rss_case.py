"""Feeds for the contract test: reviews on loopback."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.model import Brand, Watch
from tests.connectors.contract_case import ContractCase
from tests.servers.rss import RssServer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@contextmanager
def contract_case() -> Iterator[ContractCase]:
    """Yield a feed in which people write every ten minutes."""
    with RssServer() as server:
        for number in range(40):
            at = (START + timedelta(minutes=10 * number)).timestamp()
            server.post("Where is it?", at=at, title=f"Acme parcel {number} is late")
        yield ContractCase(
            section=_section_at(server.url),
            section_at=_section_at,
            watch=Watch(brands=(Brand(name="Acme", keywords=("acme",)),)),
            since=START,
            now=START + timedelta(hours=12),
        )


def _section_at(address: str) -> Mapping[str, object]:
    return {"feeds": [f"{address}/reviews.xml"], "allow_private_addresses": True}
