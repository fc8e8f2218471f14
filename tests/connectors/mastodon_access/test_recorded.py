"""Answers recorded from Mastodon 4.6.4, sent again over HTTP to the real client."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.mastodon import Options, connect
from monitor.errors import UnavailableError
from monitor.model import Brand, Mention, Watch
from tests.servers.loopback import Answer, Asked, LoopbackServer

NOW = datetime(2026, 8, 1, 14, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)


class Recorded(LoopbackServer):
    """Answers with what was recorded for a method and path, within the ids that are asked for."""

    def __init__(self, exchanges: list[dict[str, Any]], *, once: bool) -> None:
        """`once`: each answer is given once, and then there is none."""
        super().__init__()
        self.once = once
        self.taken: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for each in exchanges:
            path = each["uri"].split("/", 3)[3].split("?")[0].rstrip("/")
            self.taken.setdefault((each["method"], f"/{path}"), []).append(each)

    def answered(self, asked: Asked) -> Answer:
        found = self.taken.get((asked.method, asked.path.rstrip("/")))
        if not (found or self.once) and asked.path.startswith(
            ("/api/v1/timelines", "/api/v1/notifications")
        ):
            return Answer(200, [])
        if not found:
            return Answer(404, {"error": "Record not found"})
        each = found.pop(0) if self.once or len(found) > 1 else found[0]
        return Answer(each["status"], self._asked_for(each["body"], asked), each["headers"])

    def _asked_for(self, body: Any, asked: Asked) -> Any:
        if isinstance(body, list):
            low, high = asked.params.get("min_id", "0"), asked.params.get("max_id", "9" * 20)
            return [each for each in body if int(low) < int(each["id"]) < int(high)]
        if isinstance(body, str):
            return body
        text = json.dumps(body).replace("ws://localhost:4000", self.url.replace("http", "ws", 1))
        return json.loads(text)


@pytest.fixture
def recorded(shared: Path) -> list[dict[str, Any]]:
    lines = (shared / "fixtures/mastodon/exchanges.ndjson").read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def those_of(recorded: list[dict[str, Any]], *sources: str) -> list[dict[str, Any]]:
    return [each for each in recorded if each["source"].removesuffix(".yaml") in sources]


@pytest.fixture
def opened(recorded: list[dict[str, Any]]) -> Iterator[Any]:
    running: list[Recorded] = []

    def open_connector(*sources: str, stream: bool = False, once: bool = False) -> Any:
        server = Recorded(those_of(recorded, "test_stream_healthy", *sources), once=once)
        running.append(server.__enter__())
        listed = {"name": "rec", "base_url": server.url, "hashtags": ["hoot"]}
        given = {"servers": [{**listed, "search": False, "stream": stream}]}
        watch = Watch(brands=(Brand(name="A", keywords=("a",)),), secrets={"token": "t"})
        return connect(Options.model_validate(given), watch)

    yield open_connector
    for server in running:
        server.__exit__()


def read(connector: Any, since: datetime = SINCE, now: datetime = NOW) -> list[Mention]:
    pages = connector.pages(connector.cursor_at(since), now)
    return [each for page in pages for each in page.mentions]


def test_hashtag_and_mentions_are_read(opened: Any) -> None:
    connector = opened("test_hashtag_tl", "test_notifications_mentions_only")

    found = read(connector)

    assert [each.text for each in found] == [
        "#hoot (hashtag toot)",
        "@mastodonpy_test@localhost:3000 hello!",
    ]


def test_a_post_that_is_shown_once_is_kept(opened: Any) -> None:
    connector = opened("test_hashtag_tl", once=True)
    pages = connector.pages(connector.cursor_at(SINCE), NOW)

    first = next(pages)

    assert [each.text for each in first.mentions] == ["#hoot (hashtag toot)"]
    with pytest.raises(UnavailableError, match="not found"):
        next(pages)


def test_a_missing_post_is_gone(opened: Any) -> None:
    connector = opened("test_status_missing")
    key = "mastodon:http://localhost:3000/ap/users/1/statuses/0"

    (found,) = connector.recheck([key], NOW)

    assert (found.key, found.deleted) == (key, True)


def test_a_recorded_stream_is_heard_to_its_end(opened: Any) -> None:
    connector = opened("test_stream_user_direct", stream=True)
    heard = threading.Semaphore(0)
    connector.on_news(heard.release)

    found = read(connector)  # the stream may be faster
    for _ in range(6):  # two posts, two mentions of which one is direct, an edit, a deletion
        assert heard.acquire(timeout=10)
    found += read(connector)
    connector.close()

    texts = [each.text for each in found]
    assert "only real cars respond." in texts
    assert "only real animals respond." in texts
    assert [each.deleted for each in found if each.key == found[0].key] == [False, False, True]
    assert not [text for text in texts if "pssssst" in text]
