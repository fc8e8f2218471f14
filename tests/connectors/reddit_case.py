"""Reddit for the contract test: a subreddit on loopback, read and answered with a login."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from monitor.model import Brand, Watch
from tests.connectors.contract_case import ContractCase
from tests.servers.reddit import RedditServer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACME = Brand(name="Acme", keywords=("acme",), own_accounts=(("reddit", "acme_care"),))
SECRETS = {
    "client_id": "client-id",
    "client_secret": "client-secret",
    "username": "acme_care",
    "password": "correct horse",
}


@contextmanager
def contract_case() -> Iterator[ContractCase]:
    """Yield a Reddit on which customers post every ten minutes and the brand answers some."""
    with RedditServer() as server:
        for number in range(40):
            _converse(server, number)
        yield ContractCase(
            section=_section_at(server.url),
            section_at=_section_at,
            watch=Watch(brands=(ACME,), secrets=SECRETS),
            since=START,
            now=START + timedelta(hours=12),
        )


def _section_at(address: str) -> Mapping[str, object]:
    return {"subreddits": ["acme"], "reddit_url": address, "oauth_url": address}


def _converse(server: RedditServer, number: int) -> None:
    asked = (START + timedelta(minutes=10 * number)).timestamp()
    post = server.add_submission(f"Acme parcel {number} is late", "Where is it?", at=asked)
    if number % 3 == 0:
        server.add_comment(post, "We are looking.", author="acme_care", at=asked + 240)
    if number % 4 == 0:
        server.add_comment(post, "Same here with acme", author="neighbour", at=asked + 300)
