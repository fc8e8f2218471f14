"""Reddit's public feeds over real HTTP on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import pytest

from connectors.fetching.feeds import parse
from connectors.reddit import Options, connect
from connectors.reddit_access.feeds import LARGEST, to_slice
from monitor.errors import AuthError, ConnectorError, RateLimitError, UnavailableError
from monitor.model import Author, Brand, Mention, Watch
from tests.servers.reddit import RedditServer

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ACME = Brand(name="Acme", keywords=("acme",), own_accounts=(("reddit", "acme_care"),))


@pytest.fixture
def reddit() -> Iterator[RedditServer]:
    with RedditServer() as server:
        yield server


def open_feeds(reddit: RedditServer, **options: Any) -> Any:
    section = {"reddit_url": reddit.url, "subreddits": ["acme"], "search": False, **options}
    return connect(Options.model_validate(section), Watch(brands=(ACME,)))


def ago(minutes: float) -> float:
    return (NOW - timedelta(minutes=minutes)).timestamp()


def found(pages: Iterator[Any]) -> dict[str, Mention]:
    return {each.key.removeprefix("reddit:"): each for page in pages for each in page.mentions}


def test_comments_and_submissions_are_read_without_a_key(reddit: RedditServer) -> None:
    thread = reddit.add_submission("Acme & co", 'It <broke>\n\n"twice"', at=ago(50))
    comment = reddit.add_comment(thread, "Mine too", author="Other_One", at=ago(40))
    connector = open_feeds(reddit)

    posts = found(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert posts[thread].text == 'Acme & co\n\nIt <broke>\n\n"twice"'
    assert posts[thread].posted_at.timestamp() == ago(50)
    assert posts[thread].place == "acme"
    assert posts[comment].text == "Mine too"
    assert posts[comment].thread == f"reddit:{thread}"
    assert posts[comment].author == Author(id="other_one", handle="Other_One")
    assert posts[comment].reply_to is None  # a feed does not tell
    assert all("authorization" not in asked.headers for asked in reddit.requests)
    assert all("mentiondesk" in asked.headers["user-agent"] for asked in reddit.requests)


def test_search_covers_all_of_reddit_without_a_key(reddit: RedditServer) -> None:
    named = reddit.add_submission("My acme", subreddit="phones", at=ago(50))
    connector = open_feeds(reddit, subreddits=[], search=True)

    posts = found(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert set(posts) == {named}
    assert reddit.paths() == ["/search.rss"]


def test_a_feed_that_did_not_change_is_not_sent_again_and_still_holds(
    reddit: RedditServer,
) -> None:
    thread = reddit.add_submission("Acme", at=ago(50))
    connector = open_feeds(reddit)
    cursor = connector.cursor_at(NOW - HOUR)
    first = found(connector.pages(cursor, NOW))

    second = found(connector.pages(cursor, NOW + MINUTE))

    asked = [each for each in reddit.requests if each.path == "/r/acme/new/.rss"]
    assert "if-none-match" in asked[1].headers
    assert first == second
    assert set(second) == {thread}


def test_more_posts_than_one_feed_holds_are_read_page_by_page(reddit: RedditServer) -> None:
    names = {reddit.add_submission(f"Post {n}", at=ago(59) + n) for n in range(250)}
    connector = open_feeds(reddit)

    assert set(found(connector.pages(connector.cursor_at(NOW - HOUR), NOW))) == names


def test_own_comments_are_found_without_a_key(reddit: RedditServer) -> None:
    thread = reddit.add_submission("Acme", at=ago(50))
    reply = reddit.add_comment(thread, "We are on it", author="acme_care", at=ago(30))
    connector = open_feeds(reddit)

    posts = found(connector.own_pages(connector.own_cursor_at(NOW - HOUR), NOW))

    assert posts[reply].thread == f"reddit:{thread}"
    assert posts[reply].posted_at.timestamp() == ago(30)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param({"kind": "html", "status": 200}, UnavailableError, id="a page, no feed"),
        pytest.param({"kind": "html", "status": 403}, AuthError, id="blocked"),
        pytest.param({"kind": "status", "status": 404}, UnavailableError, id="no such place"),
        pytest.param({"kind": "status", "status": 500}, UnavailableError, id="down"),
        pytest.param({"kind": "reset"}, UnavailableError, id="cut off"),
        pytest.param({"kind": "hang", "seconds": 5}, UnavailableError, id="silent"),
        pytest.param(
            {"kind": "status", "status": 200, "body": "x" * (LARGEST + 1)},
            UnavailableError,
            id="too large",
        ),
        pytest.param(
            {"kind": "status", "status": 302, "headers": {"location": "/r/acme/new/.rss"}},
            UnavailableError,
            id="round and round",
        ),
        pytest.param({"kind": "status", "status": 304}, UnavailableError, id="304 unasked"),
    ],
)
def test_odd_feeds_are_named_in_our_words(
    reddit: RedditServer, fault: dict[str, Any], error: type[ConnectorError]
) -> None:
    reddit.fault(path="/r/acme/new", **fault)
    connector = open_feeds(reddit, timeout="1s")

    with pytest.raises(error):
        list(connector.pages(connector.cursor_at(NOW - HOUR), NOW))


def test_a_refused_feed_tells_when_to_come_again(reddit: RedditServer) -> None:
    reddit.fault("status", path="comments", status=429, headers={"retry-after": "90"})
    connector = open_feeds(reddit)

    with pytest.raises(RateLimitError) as caught:
        list(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert caught.value.retry_at == NOW + timedelta(seconds=90)


def test_a_spent_budget_ends_the_poll(reddit: RedditServer) -> None:
    headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "120"}
    reddit.fault("status", path="comments", status=404, headers=headers)
    connector = open_feeds(reddit)

    with pytest.raises(RateLimitError):
        list(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert reddit.paths() == ["/r/acme/comments/.rss"]


def test_nobody_listening_is_told_after_one_feed() -> None:
    with RedditServer() as reddit:
        connector = open_feeds(reddit)

    with pytest.raises(UnavailableError, match="cannot be reached"):
        list(connector.pages(connector.cursor_at(NOW - HOUR), NOW))


def test_entries_without_a_time_or_a_name_cost_no_other() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom">
      <entry><id>t3_a</id><title>no time</title></entry>
      <entry><id>tag:other</id><updated>2026-03-06T10:00:00+00:00</updated></entry>
      <entry><updated>2026-03-06T10:00:00+00:00</updated></entry>
      <entry><id>t3_b</id><title>Acme</title><updated>2026-03-06T10:00:00+00:00</updated>
        <link href="javascript:alert(1)"/></entry></feed>"""

    read = to_slice(parse("reddit", body, {}))

    assert [each.key for each in read.mentions] == ["reddit:t3_b"]
    assert read.mentions[0].url == ""
    assert read.mentions[0].author is None


def test_an_external_entity_is_not_followed() -> None:
    body = b"""<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/hostname">]>
      <feed xmlns="http://www.w3.org/2005/Atom"><entry><id>t3_b</id><title>A&x;B</title>
      <updated>2026-03-06T10:00:00+00:00</updated></entry></feed>"""

    texts = [each.text for each in to_slice(parse("reddit", body, {})).mentions]

    assert all(len(text) <= 4 for text in texts)


def test_deleted_posts_leave_a_tombstone() -> None:
    content = escape("<!-- SC_OFF --><div><p>[removed]</p></div><!-- SC_ON -->")
    body = f"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>t3_b</id><title>Acme</title>
      <content type="html">{content}</content>
      <updated>2026-03-06T10:00:00+00:00</updated></entry></feed>"""

    (found,) = to_slice(parse("reddit", body.encode(), {})).mentions

    assert found.deleted
    assert found.text == ""


def test_a_link_leads_into_the_text_and_the_byline_does_not() -> None:
    content = (
        "&lt;table&gt;&lt;tr&gt;&lt;td&gt; submitted by &lt;a href='x'&gt;/u/someone&lt;/a&gt; "
        '&lt;a href="https://acme.example/a?b=1&amp;amp;c=2"&gt;[link]&lt;/a&gt;&lt;/td&gt;'
    )
    body = f"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>t3_b</id><title>Look</title>
      <content type="html">{content}</content>
      <updated>2026-03-06T10:00:00+00:00</updated></entry></feed>"""

    (found,) = to_slice(parse("reddit", body.encode(), {})).mentions

    assert found.text == "Look\n\nhttps://acme.example/a?b=1&c=2"
