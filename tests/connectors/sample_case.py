"""The sample platform for the contract test: the built-in feed, twelve hours after its start."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.model import Brand, Watch
from tests.connectors.contract_case import ContractCase

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACME = Brand(name="Acme", keywords=("acme",), own_accounts=(("sample", "acme_care"),))


@contextmanager
def contract_case() -> Iterator[ContractCase]:
    """Yield the built-in feed; it has no address that could fail."""
    yield ContractCase(
        section={"start": START.isoformat()},
        section_at=None,
        watch=Watch(brands=(ACME,)),
        since=START - timedelta(hours=24),
        now=START + timedelta(hours=12),
    )
