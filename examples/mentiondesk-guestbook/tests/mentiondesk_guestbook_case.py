"""The guestbook for mentiondesk's contract test."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from guestbook_server import Guestbook

from monitor.model import Brand, Watch
from tests.connectors.contract_case import ContractCase

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@contextmanager
def contract_case() -> Iterator[ContractCase]:
    """Yield a guestbook in which people write every ten minutes."""
    with Guestbook() as book:
        for number in range(45):
            book.write(
                f"guest{number}", "Where is my Acme?", START + timedelta(minutes=10 * number)
            )
        yield ContractCase(
            section=_section_at(book.url),
            section_at=_section_at,
            watch=Watch(brands=(Brand(name="Acme", keywords=("acme",)),)),
            since=START,
            now=START + timedelta(hours=12),
        )


def _section_at(address: str) -> Mapping[str, object]:
    return {"base_url": address}
