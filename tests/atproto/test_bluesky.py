"""The connector on a network that nobody here wrote: a real PDS, AppView, PLC and firehose.

`docs/testing.md` says how to install it. Without it these tests are skipped.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

from connectors import bluesky
from monitor.errors import RefusedError
from monitor.model import Brand, Mention, Page, Watch
from monitor.settings import validate_section

FOLDER = os.environ.get("MENTIONDESK_ATPROTO")
pytestmark = [
    pytest.mark.skipif(
        not FOLDER, reason="needs a real atproto network: MENTIONDESK_ATPROTO names no folder"
    ),
    pytest.mark.filterwarnings("default"),  # the library with which customers post warns of its own
]
Found = TypeVar("Found")
PASSWORD = "correct-horse"
ACME = Brand(name="Acme", keywords=("AcmeWidget",), own_accounts=(("bluesky", "care.test"),))
BEGAN = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251  # a real network has a real clock


class People:
    """Customers and the brand on a real network."""

    def __init__(self, network: object) -> None:
        from tests.atproto.network import Network

        assert isinstance(network, Network)
        self.network = network
        self.ann = network.account("ann")
        self.bob = network.account("bob")
        self.care = network.account("care", PASSWORD)

    def connector(self, stream: str = "") -> bluesky.BlueskyAccount:
        section = {
            "jetstream_url": stream or self.network.stream.jetstream_url,
            "pds_url": self.network.pds,
            "appview_url": self.network.appview,
        }
        options = validate_section(bluesky.Options, section, "connectors.bluesky")
        secrets = {"handle": "care.test", "app_password": PASSWORD}
        made = bluesky.connect(options, Watch(brands=(ACME,), secrets=secrets))
        assert isinstance(made, bluesky.BlueskyAccount)
        return made


@pytest.fixture(scope="module")
def people() -> Iterator[People]:
    from tests.atproto.network import network

    with network(Path(FOLDER or "")) as running:
        yield People(running)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251


def eventually(ask: Callable[[], Found | None], what: str) -> Found:
    """Wait for what an AppView shows a second or two later."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.2)
    raise AssertionError(f"never seen: {what}")


class Reader:
    """Polls on from page to page, as the desk does."""

    def __init__(self, connector: bluesky.BlueskyAccount) -> None:
        self.connector = connector
        self.cursor = connector.cursor_at(BEGAN)
        self.seen: list[Mention] = []

    def poll(self, at: datetime | None = None) -> None:
        for page in self.connector.pages(self.cursor, at or now()):
            self.cursor = page.cursor
            self.seen += page.mentions

    def find(self, wanted: Callable[[Mention], bool]) -> Mention:
        def ask() -> Mention | None:
            self.poll()
            return next(filter(wanted, self.seen), None)

        return eventually(ask, "a mention in the stream")


def mentions(pages: Iterator[Page]) -> list[Mention]:
    return [each for page in pages for each in page.mentions]


def test_posts_replies_edits_and_deletions_come_from_the_stream(people: People) -> None:
    with closing(people.connector()) as connector:
        reader = Reader(connector)
        reader.poll()
        asked = people.ann.send_post("My AcmeWidget crashed 😡 مرحبا")
        people.bob.send_post("nothing of interest")

        found = reader.find(lambda each: "crashed" in each.text)

        assert found.author is not None
        assert found.author.handle == "ann.test"
        assert found.key == f"bluesky:{asked.uri}"

        people.ann.delete_post(asked.uri)

        assert reader.find(lambda each: each.deleted).key == found.key
        assert not any("interest" in each.text for each in reader.seen)


def test_search_and_notifications_stand_in_for_a_stream_that_is_down(people: People) -> None:
    with closing(people.connector("ws://127.0.0.1:9/subscribe")) as connector:
        from atproto import models

        ours = people.care.send_post("Good morning")
        asked = people.ann.send_post("My AcmeWidget went up in smoke")
        ref = models.create_strong_ref(ours)
        under = models.AppBskyFeedPost.ReplyRef(parent=ref, root=ref)
        people.bob.send_post("not good at all", reply_to=under)
        reader = Reader(connector)
        minutes = count()

        def both() -> bool:
            reader.poll(now() + timedelta(minutes=next(minutes)))
            found = {each.text: each.key for each in reader.seen}
            return f"bluesky:{asked.uri}" in found.values() and "not good at all" in found

        assert eventually(both, "what search and notifications tell")


def test_a_reply_is_written_once_and_taken_back(people: People) -> None:
    with closing(people.connector()) as connector, closing(people.connector()) as restarted:
        asked = people.ann.send_post("Where is my AcmeWidget?")
        reader = Reader(connector)
        to = reader.find(lambda each: each.key.endswith(asked.uri))
        text = "Sorry, @ann.test! 😕 See https://acme.example/help, we are on it. #AcmeWidget"

        sent = eventually(lambda: _sent(connector, to, text, "tap-1"), "the post at the AppView")
        again = restarted.reply(to, text, "tap-1")

        assert again == sent
        own = reader.find(lambda each: each.key == sent.key)
        assert (own.thread, own.reply_to) == (to.key, to.key)
        eventually(
            lambda: [
                each
                for each in mentions(connector.own_pages(connector.own_cursor_at(BEGAN), now()))
                if each.key == sent.key and each.text == text
            ],
            "the reply in the own account's feed",
        )
        thread = {each.key for each in connector.thread(to.thread, now())}
        assert {to.key, sent.key} <= thread

        connector.take_back(sent)
        connector.take_back(sent)

        assert reader.find(lambda each: each.deleted and each.key == sent.key).text == ""
        later = now() + timedelta(hours=2)  # the AppView may lag, so young posts are not judged
        eventually(
            lambda: [each for each in connector.recheck([sent.key], later) if each.deleted],
            "the reply gone at a second look",
        )


def _sent(connector: bluesky.BlueskyAccount, to: Mention, text: str, key: str) -> object:
    try:
        return connector.reply(to, text, key)
    except RefusedError:  # the AppView has not heard of the post yet
        return None


def test_search_finds_the_past_and_resumes(people: People) -> None:
    with closing(people.connector()) as connector:
        asked = people.bob.send_post("AcmeWidget found by search")

        def ask() -> list[Mention]:
            pages = connector.past(BEGAN, now() + timedelta(minutes=1), None)
            return [each for each in mentions(pages) if each.key.endswith(asked.uri)]

        found = eventually(ask, "the post in search")
        pages = tuple(connector.past(BEGAN, now() + timedelta(minutes=1), None, "jetstream"))

        assert found[0].text == "AcmeWidget found by search"
        assert pages[-1].window is not None
        assert pages[-1].window.complete


def test_a_deactivated_account_takes_its_posts_with_it(people: People) -> None:
    with closing(people.connector()) as connector:
        carol = people.network.account("carol")
        asked = carol.send_post("acmewidget and then I leave")
        reader = Reader(connector)
        reader.find(lambda each: each.key.endswith(asked.uri))

        carol.com.atproto.server.deactivate_account({})

        assert reader.find(lambda each: each.deleted and each.key.endswith(asked.uri)).text == ""


def test_a_login_is_probed(people: People) -> None:
    with closing(people.connector()) as connector:
        line = connector.probe()

    assert "care.test is logged in" in line
