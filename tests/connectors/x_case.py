"""X for the contract test: customers name the brand's account, which reads and answers them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.model import Brand, Watch
from tests.connectors.contract_case import ContractCase
from tests.servers.x import XServer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = START + timedelta(hours=12)
ACME = Brand(name="Acme", keywords=("acme",), own_accounts=(("x", "acmecare"),))
SECRETS = {
    "bearer_token": "bearer-token",
    "api_key": "api-key",
    "api_secret": "api-secret",
    "access_token": "1001-access",
    "access_secret": "access-secret",
}


@contextmanager
def contract_case() -> Iterator[ContractCase]:
    """Yield an X on which customers post every ten minutes and the brand answers some."""
    with XServer() as server:
        server.now = NOW.timestamp()
        for number in range(40):
            _converse(server, number)
        yield ContractCase(
            section=_section_at(server.url),
            section_at=_section_at,
            watch=Watch(brands=(ACME,), secrets=SECRETS),
            since=START,
            now=NOW,
        )


def _section_at(address: str) -> Mapping[str, object]:
    return {"base_url": address}


def _converse(server: XServer, number: int) -> None:
    asked = (START + timedelta(minutes=10 * number)).timestamp()
    text = f"@acmecare Acme parcel {number} is late & wet, see https://acme.example/{number}"
    post = server.post(text, at=asked)
    if number % 3 == 0:
        server.reply(post, f"We are looking for {number}.", author="acmecare", at=asked + 240)
    if number % 4 == 0:
        server.reply(post, "Same here with acme", author="neighbour", at=asked + 300)
