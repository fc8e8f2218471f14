"""Reddit over real HTTP on loopback, through the real client library, with a key."""

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reddit import (
    Options,
    RedditAccount,
    RedditConnector,
    RedditReader,
    connect,
    search_queries,
)
from monitor.errors import (
    AuthError,
    ConnectorError,
    MonitorError,
    RateLimitError,
    RefusedError,
    UnavailableError,
)
from monitor.model import Brand, Cursor, Mention, Page, Watch
from monitor.ports import (
    Connector,
    OwnReplies,
    PastReading,
    Probing,
    Rechecking,
    Replying,
    TakingBack,
    Threads,
)
from tests.servers.loopback import Asked
from tests.servers.reddit import RedditServer, load_things

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ACME = Brand(
    name="Acme", keywords=("acme", "@acmecare"), own_accounts=(("reddit", "acme_care"), ("x", "a"))
)
KEY = {"client_id": "client-id", "client_secret": "client-secret"}
LOGIN = {**KEY, "username": "acme_care", "password": "correct horse"}


@pytest.fixture
def reddit() -> Iterator[RedditServer]:
    with RedditServer() as server:
        yield server


def open_connector(
    reddit: RedditServer, secrets: dict[str, str] | None = None, **options: Any
) -> Any:
    section = {"reddit_url": reddit.url, "oauth_url": reddit.url, "subreddits": ["acme"], **options}
    chosen = LOGIN if secrets is None else secrets
    return connect(Options.model_validate(section), Watch(brands=(ACME,), secrets=chosen))


def ago(minutes: float) -> float:
    """The epoch seconds of an instant before NOW."""
    return (NOW - timedelta(minutes=minutes)).timestamp()


def poll(connector: Any, cursor: Cursor | None = None, now: datetime = NOW) -> list[Page]:
    return list(connector.pages(cursor or connector.cursor_at(NOW - HOUR), now))


def keys(pages: list[Page]) -> set[str]:
    return {each.key.removeprefix("reddit:") for page in pages for each in page.mentions}


def mention(reddit: RedditServer, connector: Any, name: str) -> Mention:
    found: list[Mention] = list(connector.recheck([f"reddit:{name}"], NOW))
    return found[0]


# What is read


def test_connecting_asks_nothing(reddit: RedditServer) -> None:
    for secrets in (LOGIN, KEY, {}):
        open_connector(reddit, secrets)

    assert reddit.requests == []


def test_the_secrets_decide_what_a_connector_can_do(reddit: RedditServer) -> None:
    feeds, key, login = (open_connector(reddit, secrets) for secrets in ({}, KEY, LOGIN))

    for each in (feeds, key, login):
        assert isinstance(each, Connector)
        assert isinstance(each, OwnReplies)
        assert isinstance(each, PastReading)
        assert isinstance(each, Probing)
    assert [isinstance(each, Rechecking) for each in (feeds, key, login)] == [False, True, True]
    assert [isinstance(each, Threads) for each in (feeds, key, login)] == [False, True, True]
    assert [isinstance(each, Replying) for each in (feeds, key, login)] == [False, False, True]
    assert [type(each) for each in (feeds, key, login)] == [
        RedditReader,
        RedditConnector,
        RedditAccount,
    ]


def test_submissions_and_comments_of_the_chosen_subreddits_are_read(reddit: RedditServer) -> None:
    thread = reddit.add_submission("Acme & co", "It <broke>", at=ago(50))
    comment = reddit.add_comment(thread, "Mine too", at=ago(40))
    reddit.add_submission("Not here", subreddit="elsewhere", at=ago(30))

    pages = poll(open_connector(reddit))

    found = {each.key: each for page in pages for each in page.mentions}
    assert set(found) == {f"reddit:{thread}", f"reddit:{comment}"}
    assert found[f"reddit:{thread}"].text == "Acme & co\n\nIt <broke>"
    assert found[f"reddit:{comment}"].reply_to == f"reddit:{thread}"
    assert found[f"reddit:{comment}"].url.startswith(f"{reddit.url}/r/acme/comments/")


def test_without_subreddits_all_of_reddit_is_searched(reddit: RedditServer) -> None:
    named = reddit.add_submission("My ACME phone", subreddit="phones", at=ago(50))
    reddit.add_submission("Another phone", subreddit="phones", at=ago(40))

    pages = poll(open_connector(reddit, subreddits=[]))

    assert keys(pages) == {named}
    assert "/search" in reddit.paths()


def test_a_login_reads_the_comments_that_name_its_account(reddit: RedditServer) -> None:
    thread = reddit.add_submission("Elsewhere", subreddit="phones", at=ago(50))
    named = reddit.add_comment(thread, "ask u/acme_care", at=ago(40))

    assert keys(poll(open_connector(reddit))) == {named}
    assert keys(poll(open_connector(reddit, KEY))) == set()


def test_a_second_poll_reads_on_from_the_cursor(reddit: RedditServer) -> None:
    connector = open_connector(reddit, KEY, search=False)
    for minute in range(300):
        reddit.add_submission(f"Post {minute}", at=ago(301 - minute))
    first = poll(connector, connector.cursor_at(NOW - 6 * HOUR))
    asked = len(reddit.requests)
    new = reddit.add_submission("New", at=ago(0.5))

    second = poll(connector, first[-1].cursor, NOW)

    assert len(keys(first)) == 300
    assert new in keys(second)
    assert len(reddit.requests) - asked == 2  # one slice of comments, one of submissions
    assert [page.requests for page in second] == [1, 1]


def test_a_page_holds_its_posts_oldest_first_and_says_what_it_covers(reddit: RedditServer) -> None:
    names = [reddit.add_submission(f"Post {age}", at=ago(age)) for age in (50, 30, 40)]

    page = poll(open_connector(reddit, KEY))[1]

    assert [each.key[7:] for each in page.mentions] == [names[0], names[2], names[1]]
    assert page.window is not None
    assert (page.window.query, page.window.complete) == ("r/acme/new", True)
    assert (page.window.since, page.window.until) == (NOW - HOUR, NOW)


def test_a_listing_that_overflows_names_its_hole(reddit: RedditServer) -> None:
    for number in range(1100):
        reddit.add_submission(f"Post {number}", at=ago(59) + number)

    pages = poll(open_connector(reddit, KEY, search=False))

    holes = [page for page in pages if page.window and not page.window.complete]
    assert len(keys(pages)) == 1000
    assert [hole.mentions for hole in holes] == [()]
    assert holes[0].window is not None
    assert holes[0].window.until.timestamp() == ago(59) + 100


def test_a_post_that_is_listed_late_is_found_within_the_overlap(reddit: RedditServer) -> None:
    connector = open_connector(reddit, KEY)
    late = reddit.add_submission("Acme, held back", at=ago(4), listed=False)
    reddit.add_submission("Acme", at=ago(1))
    first = poll(connector)
    reddit.list_now(late)

    second = poll(connector, first[-1].cursor, NOW + MINUTE)

    assert late not in keys(first)
    assert late in keys(second)


def test_a_post_approved_hours_later_is_found_while_it_is_in_the_newest_slice(
    reddit: RedditServer,
) -> None:
    connector = open_connector(reddit, KEY)
    cursor = connector.cursor_at(NOW - 24 * HOUR)
    held = reddit.add_submission("Acme", at=ago(300), listed=False)
    reddit.add_submission("Acme", at=ago(1))
    first = poll(connector, cursor)
    reddit.list_now(held)

    assert held in keys(poll(connector, first[-1].cursor, NOW + MINUTE))


def test_nothing_older_than_the_first_cursor_is_yielded(reddit: RedditServer) -> None:
    reddit.add_submission("Old", at=ago(90))
    new = reddit.add_submission("New", at=ago(30))

    assert keys(poll(open_connector(reddit))) == {new}


def test_an_anchor_deleted_in_mid_read_loses_nothing(reddit: RedditServer) -> None:
    names = [reddit.add_submission(f"Post {age}", at=ago(age)) for age in range(59, 9, -1)]
    reddit.page_most = 10

    def delete_anchor(asked: Asked) -> None:
        if asked.path == "/r/acme/new" and "after" in asked.params:
            reddit.before_answer = None
            reddit.delete(asked.params["after"])

    reddit.before_answer = delete_anchor
    pages = poll(open_connector(reddit, KEY, search=False))

    assert keys(pages) == set(names)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_post_listed_at_a_poll_is_found_whatever_comes_and_goes(data: st.DataObject) -> None:
    with RedditServer(page_most=5) as reddit:
        connector = open_connector(reddit, KEY, search=False)
        cursor, now = connector.cursor_at(NOW), NOW
        held: list[str] = []
        seen: set[str] = set()
        for _ in range(data.draw(st.integers(1, 4))):
            now += MINUTE
            ages = data.draw(st.lists(st.integers(0, 59), max_size=12))
            late = data.draw(st.sets(st.sampled_from(ages))) if ages else set()
            for age in ages:
                at = now.timestamp() - age
                name = reddit.add_submission("x", at=at, listed=age not in late)
                held += [name] if age in late else []
            for name in data.draw(st.lists(st.sampled_from(held), unique=True)) if held else []:
                reddit.list_now(name)
                held.remove(name)
            for name in data.draw(st.sets(st.sampled_from(sorted(seen)))) if seen else []:
                reddit.delete(name)
            shown = {child["data"]["name"] for child in listed(reddit)}

            for page in connector.pages(cursor, now):
                cursor = page.cursor
                seen |= keys([page])

            assert seen >= shown


def listed(reddit: RedditServer) -> list[dict[str, Any]]:
    """What the newest 1,000 of r/acme are, asked without paging."""
    most, reddit.page_most = reddit.page_most, 1000
    answer = reddit._page(reddit._newest("t3_", {"acme"}), {"limit": "1000"})
    reddit.page_most = most
    children: list[dict[str, Any]] = answer["data"]["children"]
    return children


# What goes wrong


def test_one_dead_listing_costs_no_other_and_is_read_again(reddit: RedditServer) -> None:
    connector = open_connector(reddit, KEY, search=False)
    thread = reddit.add_submission("Acme", at=ago(30))
    comment = reddit.add_comment(thread, "acme", at=ago(20))
    reddit.fault("status", path="r/acme/comments", status=403, body={"error": 403})
    read: list[Page] = []

    with pytest.raises(AuthError, match="403"):
        until_error(connector, read)
    reddit.clear_faults()
    for seconds in range(200):
        reddit.add_comment(thread, "x", at=ago(10) + seconds)

    assert keys(read) == {thread}
    assert comment in keys(poll(connector, read[-1].cursor, NOW))


def until_error(connector: Any, into: list[Page]) -> None:
    """Keep each page as it comes, as a store does; the error passes."""
    for page in connector.pages(connector.cursor_at(NOW - HOUR), NOW):
        into += [page]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "30"}, 30, id="seconds"),
        pytest.param({"retry-after": "7.5"}, 7.5, id="parts of a second"),
        pytest.param({"x-ratelimit-reset": "120"}, 120, id="the budget's own header"),
        pytest.param({"retry-after": "soon"}, None, id="nonsense"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_too_many_requests_end_the_poll_and_tell_when_to_come_again(
    reddit: RedditServer, headers: dict[str, str], seconds: float | None
) -> None:
    reddit.fault("status", path="r/acme", status=429, headers=headers, body="slow down")

    with pytest.raises(RateLimitError) as caught:
        poll(open_connector(reddit, KEY))

    assert caught.value.retry_at == (seconds and NOW + timedelta(seconds=seconds))
    assert reddit.paths().count("/r/acme/comments") == 1
    assert "/r/acme/new" not in reddit.paths()


def test_a_spent_budget_ends_the_poll_instead_of_sleeping_and_what_it_left_comes_first(
    reddit: RedditServer,
) -> None:
    connector = open_connector(reddit, KEY, search=False)
    reddit.limits(remaining=0, used=600, reset=300)

    with pytest.raises(RateLimitError) as caught:
        poll(connector)

    assert caught.value.retry_at is not None
    assert timedelta(minutes=4) < caught.value.retry_at - NOW <= timedelta(minutes=5)
    assert "/r/acme/new" not in reddit.paths()


def test_what_a_refused_poll_left_out_is_read_first(reddit: RedditServer) -> None:
    connector = open_connector(reddit, KEY, search=False)
    reddit.fault("status", path="/r/acme/new", status=429)
    with pytest.raises(RateLimitError):
        poll(connector)
    reddit.clear_faults()
    asked = len(reddit.requests)

    poll(connector, now=NOW + MINUTE)

    assert reddit.paths()[asked:] == ["/r/acme/new", "/r/acme/comments"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param({"kind": "html", "status": 200}, UnavailableError, id="a page, not JSON"),
        pytest.param({"kind": "bad_json"}, UnavailableError, id="half an answer"),
        pytest.param({"kind": "html", "status": 403}, AuthError, id="blocked by a page"),
        pytest.param({"kind": "status", "status": 200, "body": []}, UnavailableError, id="list"),
        pytest.param({"kind": "status", "status": 200, "body": None}, UnavailableError, id="null"),
        pytest.param(
            {"kind": "status", "status": 200, "body": {"data": {"children": [1]}}},
            UnavailableError,
            id="a listing of numbers",
        ),
        pytest.param({"kind": "status", "status": 418}, UnavailableError, id="an odd status"),
        pytest.param({"kind": "status", "status": 204}, UnavailableError, id="nothing"),
        pytest.param(
            {"kind": "status", "status": 302, "headers": {"location": "/subreddits/search"}},
            UnavailableError,
            id="moved",
        ),
        pytest.param({"kind": "status", "status": 302}, UnavailableError, id="moved nowhere"),
        pytest.param({"kind": "status", "status": 415, "body": "?"}, UnavailableError, id="415"),
        pytest.param({"kind": "status", "status": 451}, UnavailableError, id="legal reasons"),
        pytest.param(
            {
                "kind": "status",
                "status": 200,
                "body": {},
                "headers": {"x-ratelimit-remaining": "?"},
            },
            UnavailableError,
            id="odd budget",
        ),
    ],
)
def test_odd_answers_are_named_in_our_words(
    reddit: RedditServer, fault: dict[str, Any], error: type[ConnectorError]
) -> None:
    reddit.fault(path="GET /r/acme", **fault)

    with pytest.raises(error):
        poll(open_connector(reddit, KEY))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(
            {"kind": "status", "status": 401, "body": {"error": 401}}, AuthError, id="401"
        ),
        pytest.param({"kind": "html", "status": 403}, AuthError, id="blocked"),
        pytest.param({"kind": "html", "status": 200}, UnavailableError, id="a page, not JSON"),
        pytest.param({"kind": "status", "status": 200, "body": []}, UnavailableError, id="a list"),
        pytest.param({"kind": "status", "status": 200, "body": {}}, UnavailableError, id="nothing"),
        pytest.param({"kind": "status", "status": 503}, UnavailableError, id="down"),
        pytest.param({"kind": "status", "status": 429}, RateLimitError, id="too many"),
        pytest.param({"kind": "reset"}, UnavailableError, id="cut off"),
    ],
)
def test_a_token_that_is_not_given_is_named_in_our_words(
    reddit: RedditServer, fault: dict[str, Any], error: type[ConnectorError]
) -> None:
    reddit.fault(path="access_token", **fault)

    with pytest.raises(error):
        poll(open_connector(reddit, KEY, search=False))


def test_a_wrong_password_is_tried_once_a_poll_and_stands_in_no_message(
    reddit: RedditServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connector = open_connector(reddit, {**LOGIN, "password": "battery staple"})

    with pytest.raises(AuthError, match="invalid_grant") as caught:
        poll(connector)

    assert reddit.paths() == ["/api/v1/access_token"]
    assert "battery" not in caplog.text
    assert "battery" not in "".join(traceback.format_exception(caught.value))


def test_a_token_that_ran_out_is_renewed(reddit: RedditServer) -> None:
    connector = open_connector(reddit, KEY, search=False)
    name = reddit.add_submission("Acme", at=ago(30))
    poll(connector)
    reddit.expire_tokens()

    assert name in keys(poll(connector))


def test_nobody_listening_is_told_after_one_listing() -> None:
    with RedditServer() as reddit:
        connector = open_connector(reddit, KEY)

    with pytest.raises(UnavailableError, match="cannot be reached"):
        poll(connector)


def test_an_answer_that_never_comes_is_given_up(reddit: RedditServer) -> None:
    reddit.fault("hang", path="GET /r/acme/comments", times=3)
    name = reddit.add_submission("Acme", at=ago(30))
    connector = open_connector(reddit, KEY, timeout="1s", search=False)
    read: list[Page] = []

    with pytest.raises(UnavailableError, match="no whole answer"):
        until_error(connector, read)

    assert keys(read) == {name}


def test_every_recorded_error_is_named_in_our_words(reddit: RedditServer, shared: Path) -> None:
    lines = (shared / "fixtures/reddit/errors.ndjson").read_text("utf-8").split("\n")
    recorded = [json.loads(line) for line in lines if line]
    connector = open_connector(reddit, KEY, search=False)

    for each in recorded:
        reddit.clear_faults()
        answer = {"status": each["status"], "headers": each["headers"], "body": each["body"]}
        reddit.fault("status", path="GET /r/acme/new", **answer)
        with pytest.raises(ConnectorError):
            poll(connector)


# Own replies, threads, second looks, the past


def test_one_request_an_account_reads_all_own_replies(reddit: RedditServer) -> None:
    thread = reddit.add_submission("Acme", at=ago(50))
    asked = reddit.add_comment(thread, "acme?", at=ago(40))
    reply = reddit.add_comment(asked, "We are on it", author="Acme_Care", at=ago(30))
    connector = open_connector(reddit, KEY)

    (page,) = connector.own_pages(connector.own_cursor_at(NOW - HOUR), NOW)

    (found,) = page.mentions
    assert found.key == f"reddit:{reply}"
    assert (found.thread, found.reply_to) == (f"reddit:{thread}", f"reddit:{asked}")
    assert found.author is not None
    assert found.author.id == "acme_care"
    assert found.posted_at.timestamp() == ago(30)
    assert page.requests == 2  # the token, and the one listing


def test_own_replies_are_read_on_from_their_cursor_without_loss(reddit: RedditServer) -> None:
    connector = open_connector(reddit, KEY)
    thread = reddit.add_submission("Acme", at=ago(50))
    (first,) = connector.own_pages(connector.own_cursor_at(NOW - HOUR), NOW)
    names = {
        reddit.add_comment(thread, str(number), author="acme_care", at=ago(30) + number)
        for number in range(250)
    }

    (second,) = connector.own_pages(first.cursor, NOW)

    assert keys([second]) == names


def test_a_thread_is_read_with_its_replies_and_what_reddit_held_back(reddit: RedditServer) -> None:
    thread = reddit.add_submission("Acme", at=ago(50))
    first = reddit.add_comment(thread, "one", at=ago(40))
    nested = reddit.add_comment(first, "two", at=ago(30))
    held = reddit.add_comment(thread, "three", subreddit="acme", at=ago(20))
    more = {"kind": "more", "data": {"children": [held[3:], "gone"], "count": 2}}
    tree = json.loads(json.dumps(reddit._tree(thread[3:])))
    tree[1]["data"]["children"] = [tree[1]["data"]["children"][0], more]
    reddit.fault("status", path="GET /comments", status=200, body=tree)

    found = open_connector(reddit, KEY).thread(f"reddit:{thread}", NOW)

    assert [each.key[7:] for each in found] == [thread, first, nested, held]


def test_a_second_look_finds_edits_and_deletions_and_leaves_out_the_unknown(
    reddit: RedditServer,
) -> None:
    thread = reddit.add_submission("Acme", "before", at=ago(50))
    deleted = reddit.add_comment(thread, "acme", at=ago(40))
    removed = reddit.add_submission("Acme", "spam", at=ago(30))
    reddit.edit(thread, "after", at=ago(5))
    reddit.delete(deleted)
    reddit.remove(removed)
    asked = [f"reddit:{name}" for name in (thread, deleted, removed, "t1_zzz")]

    found = list(open_connector(reddit, KEY).recheck(asked, NOW))

    assert [each.key for each in found] == asked[:3]
    assert [each.deleted for each in found] == [False, True, True]
    assert found[0].text == "Acme\n\nafter"
    assert found[0].edited_at is not None
    assert found[1].author is None


def test_second_looks_are_taken_a_hundred_at_a_time(reddit: RedditServer) -> None:
    names = [reddit.add_submission(str(number), at=ago(30)) for number in range(250)]

    found = list(open_connector(reddit, KEY).recheck([f"reddit:{each}" for each in names], NOW))

    assert len(found) == 250
    assert reddit.paths().count("/api/info") == 3


def test_a_second_look_that_fails_half_way_says_so(reddit: RedditServer) -> None:
    names = [reddit.add_submission(str(number), at=ago(30)) for number in range(150)]
    connector = open_connector(reddit, KEY)
    looks = connector.recheck([f"reddit:{each}" for each in names], NOW)
    first = [next(looks) for _ in range(100)]
    reddit.fault("status", path="api/info", status=404)

    with pytest.raises(UnavailableError):
        next(looks)

    assert len(first) == 100


def test_the_past_is_read_between_two_instants_and_resumes(reddit: RedditServer) -> None:
    names = [reddit.add_submission("Acme", at=ago(age)) for age in (300, 200, 100)]
    connector = open_connector(reddit, KEY)
    since, until = NOW - 4 * HOUR, NOW - 2 * HOUR

    pages = list(connector.past(since, until, None))
    rest = list(connector.past(since, until, pages[0].cursor))

    assert keys(pages) == {names[1]}
    assert len(rest) == len(pages) - 1


def test_a_probe_names_what_was_reached(reddit: RedditServer) -> None:
    assert open_connector(reddit).probe() == "logged in as u/acme_care: reads and replies"
    assert "with a key, without a login" in open_connector(reddit, KEY).probe()
    assert "public feeds" in open_connector(reddit, {}).probe()


# Replying


def test_a_reply_is_posted_once_for_each_key(reddit: RedditServer) -> None:
    connector = open_connector(reddit)
    thread = reddit.add_submission("Acme", at=ago(50))
    asked = mention(reddit, connector, thread)

    sent = connector.reply(asked, "We are on it & sorry", "key")
    again = connector.reply(asked, "We are on it & sorry", "key")

    (posted,) = reddit.replies()
    assert sent == again
    assert sent.key == f"reddit:{posted['name']}"
    assert posted["parent_id"] == thread
    assert posted["body"] == "We are on it & sorry"
    assert sent.at.timestamp() == pytest.approx(posted["created_utc"], abs=1e-5)


@pytest.mark.parametrize("fault", ["lost_answer", "after the restart"])
def test_a_reply_whose_answer_was_lost_is_found_and_not_repeated(
    reddit: RedditServer, fault: str
) -> None:
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))
    reddit.fault("lost_answer", path="POST /api/comment", times=1)
    sent = connector.reply(asked, "Sorry &amp; hello\n\nthere", "key")

    other = open_connector(reddit) if fault == "after the restart" else connector
    again = other.reply(asked, "Sorry &amp; hello\n\nthere", "key")

    assert sent == again
    assert len(reddit.replies()) == 1


def test_a_reply_in_doubt_that_cannot_be_looked_up_is_looked_up_first_next_time(
    reddit: RedditServer,
) -> None:
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))

    def break_reading(request: Asked) -> None:
        if request.method == "POST" and request.path.startswith("/api/comment"):
            reddit.fault("status", path="GET /user", status=404, times=1)

    reddit.before_answer = break_reading
    reddit.fault("lost_answer", path="POST /api/comment", times=1)
    with pytest.raises(ConnectorError):
        connector.reply(asked, "Sorry", "key")
    reddit.before_answer = None

    connector.reply(asked, "Sorry", "key")

    assert len(reddit.replies()) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_reply_that_fails_on_the_server_is_never_sent_twice_by_the_client(
    reddit: RedditServer, status: int
) -> None:
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))
    reddit.fault("status", path="POST /api/comment", status=status)

    with pytest.raises(UnavailableError):
        connector.reply(asked, "Sorry", "key")

    assert reddit.paths().count("/api/comment/") == 1


def test_the_same_words_go_to_two_people(reddit: RedditServer) -> None:
    connector = open_connector(reddit)
    thread = reddit.add_submission("Acme", at=ago(50))
    one, two = (mention(reddit, connector, reddit.add_comment(thread, word)) for word in "ab")

    sent = {connector.reply(each, "Sorry", each.key).key for each in (one, two)}

    assert len(sent) == len(reddit.replies()) == 2


@pytest.mark.parametrize(
    ("problem", "error", "words"),
    [
        (["DELETED_COMMENT", "gone", "parent"], RefusedError, "was deleted"),
        (["THREAD_LOCKED", "locked", "parent"], RefusedError, "locked"),
        (["TOO_OLD", "old", "parent"], RefusedError, "too old"),
        (["SOMETHING_NEW", "you may not", None], RefusedError, "you may not"),
        (["USER_REQUIRED", "log in", None], AuthError, "login"),
        (["RATELIMIT", "Take a break for 9 minutes", "ratelimit"], RateLimitError, "540 s"),
        (["RATELIMIT", "Take a break", "ratelimit"], RateLimitError, "too many"),
    ],
)
def test_what_reddit_refuses_in_a_good_answer_is_told(
    reddit: RedditServer, problem: list[str], error: type[MonitorError], words: str
) -> None:
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))
    body = {"json": {"errors": [problem]}}
    reddit.fault("status", path="POST /api/comment", status=200, body=body)

    with pytest.raises(error, match=words):
        connector.reply(asked, "Sorry", "key")

    assert reddit.paths().count("/api/comment/") == 1


def test_a_reply_that_must_wait_is_told_for_how_long(reddit: RedditServer) -> None:
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))
    body = {"json": {"errors": [["RATELIMIT", "Take a break for 9 minutes", "ratelimit"]]}}
    writing = {"path": "POST /api/comment", "times": 1}
    reddit.fault("status", status=200, body=body, **writing)
    reddit.fault("status", status=429, headers={"retry-after": "7"}, **writing)

    waits = []
    for _ in range(2):
        with pytest.raises(RateLimitError) as caught:
            connector.reply(asked, "Sorry", "key")
        waits.append(caught.value.wait)

    assert waits == [timedelta(minutes=9), timedelta(seconds=7)]


def test_a_locked_thread_and_a_deleted_post_take_no_reply(reddit: RedditServer) -> None:
    connector = open_connector(reddit)
    locked, deleted = (reddit.add_submission("Acme", at=ago(50)) for _ in "ab")
    asked = [mention(reddit, connector, each) for each in (locked, deleted)]
    reddit.lock(locked)
    reddit.delete(deleted)

    for each in asked:
        with pytest.raises(RefusedError):
            connector.reply(each, "Sorry", each.key)

    assert reddit.replies() == []


def test_a_reply_is_taken_back_and_may_be_twice(reddit: RedditServer) -> None:
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))
    sent = connector.reply(asked, "Sorry", "key")

    connector.take_back(sent)
    connector.take_back(sent)

    (found,) = connector.recheck([sent.key], NOW)
    assert isinstance(connector, TakingBack)
    assert found.deleted
    assert reddit.paths().count("/api/del/") == 2


def test_taking_back_that_fails_says_so(reddit: RedditServer) -> None:
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))
    sent = connector.reply(asked, "Sorry", "key")
    reddit.fault("status", path="/api/del", status=403, body={"error": 403})

    with pytest.raises(AuthError):
        connector.take_back(sent)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        pytest.param({"locked": True}, "locked", id="locked"),
        pytest.param({"archived": True}, "archived", id="archived"),
        pytest.param({"locked": True, "can_mod_post": True}, None, id="locked, we moderate"),
        pytest.param({}, None, id="open"),
    ],
)
def test_it_is_known_beforehand_where_no_reply_is_taken(
    reddit: RedditServer, state: dict[str, Any], reason: str | None
) -> None:
    connector = open_connector(reddit)
    thread = reddit.add_submission("Acme", at=ago(50), **state)

    found = connector.why_no_reply(mention(reddit, connector, thread))

    assert found is None if reason is None else reason in found


def test_every_recorded_error_is_told_to_who_replies(reddit: RedditServer, shared: Path) -> None:
    lines = (shared / "fixtures/reddit/errors.ndjson").read_text("utf-8").split("\n")
    recorded = [json.loads(line) for line in lines if line]
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))

    for each in recorded:
        if each["status"] == 401:  # retried by the library with a new token, as it should be
            continue
        reddit.clear_faults()
        answer = {"status": each["status"], "headers": each["headers"], "body": each["body"]}
        reddit.fault("status", path="POST /api/comment", **answer)
        with pytest.raises(MonitorError):
            connector.reply(asked, "Sorry", "key")


# Recorded exchanges


def test_every_recorded_listing_is_read_through_the_client(
    reddit: RedditServer, shared: Path
) -> None:
    lines = (shared / "fixtures/reddit/exchanges.ndjson").read_text("utf-8").split("\n")
    exchanges = [json.loads(line) for line in lines if line]
    listings = [each for each in exchanges if posts_of(each)]
    long_ago = datetime(2010, 1, 1, tzinfo=UTC)

    for each in listings:
        connector = open_connector(reddit, KEY, search=False)
        reddit.clear_faults()
        reddit.fault("status", path="/r/acme/comments", times=1, status=200, body=each["body"])
        pages = poll(connector, connector.cursor_at(long_ago))
        assert keys(pages) >= posts_of(each)

    assert len(listings) >= 4


def posts_of(exchange: dict[str, Any]) -> set[str]:
    body = exchange["body"]
    if exchange["method"] != "GET" or not isinstance(body, dict) or "data" not in body:
        return set()
    children = body["data"]["children"]
    return {each["data"]["name"] for each in children if each["kind"] in ("t1", "t3")}


def test_recorded_username_mentions_are_read_from_the_inbox(
    reddit: RedditServer, shared: Path
) -> None:
    lines = (shared / "fixtures/reddit/exchanges.ndjson").read_text("utf-8").split("\n")
    recorded = next(json.loads(line) for line in lines if "message/mentions" in line)
    connector = open_connector(reddit, search=False)
    reddit.fault("status", path="message/mentions", times=1, status=200, body=recorded["body"])

    pages = poll(connector, connector.cursor_at(datetime(2010, 1, 1, tzinfo=UTC)))

    found = [each for page in pages for each in page.mentions]
    assert len(found) == 16
    for each in found:
        assert each.thread.startswith("reddit:t3_")
        assert each.reply_to
        assert each.text
        assert "/comments/" in each.url


def test_a_recorded_crosspost_carries_its_original(reddit: RedditServer, shared: Path) -> None:
    lines = (shared / "fixtures/reddit/exchanges.ndjson").read_text("utf-8").split("\n")
    recorded = next(json.loads(line) for line in lines if "/comments/6vx8n0/?" in line)
    reddit.fault("status", path="/comments/", status=200, body=recorded["body"])

    crosspost, *_ = open_connector(reddit, KEY).thread("reddit:t3_6vx8n0", NOW)

    original = recorded["body"][0]["data"]["children"][0]["data"]["crosspost_parent_list"][0]
    assert crosspost.text.startswith("Test Title")
    assert original["title"] in crosspost.text


def test_recorded_threads_and_replies_are_read_through_the_client(
    reddit: RedditServer, shared: Path
) -> None:
    lines = (shared / "fixtures/reddit/exchanges.ndjson").read_text("utf-8").split("\n")
    exchanges = [json.loads(line) for line in lines if line]
    connector = open_connector(reddit)
    asked = mention(reddit, connector, reddit.add_submission("Acme", at=ago(50)))

    for each in exchanges:
        reddit.clear_faults()
        reddit.fault("status", path="/comments/|/api/comment/", status=200, body=each["body"])
        if isinstance(each["body"], list):
            thread = each["uri"].split("/comments/")[1].split("/")[0]
            found = list(connector.thread(f"reddit:t3_{thread}", NOW))
            assert found[0].key == f"reddit:t3_{thread}"
        elif "/api/comment/" in each["uri"] and each["body"]["json"]["data"]["things"]:
            posted = each["body"]["json"]["data"]["things"][0]["data"]["name"]
            assert connector.reply(asked, posted, posted).key == f"reddit:{posted}"


def test_the_recordings_can_be_loaded_into_the_server(reddit: RedditServer, shared: Path) -> None:
    count = load_things(reddit, shared / "fixtures/reddit/exchanges.ndjson")
    connector = open_connector(reddit, KEY, subreddits=["mentiontest"], search=False)

    pages = poll(connector, connector.cursor_at(datetime(2010, 1, 1, tzinfo=UTC)))

    assert count > 100
    assert len(keys(pages)) > 100


# Settings and queries


def test_queries_name_every_keyword_and_stay_short() -> None:
    words = tuple(f"keyword number {number}" for number in range(100))

    queries = search_queries([Brand(name="a", keywords=words), ACME])

    assert all(len(query) <= 512 for query in queries)
    joined = " OR ".join(queries).split(" OR ")
    assert sorted(joined) == sorted([f'"{word}"' for word in words] + ['"acme"', '"acmecare"'])


@given(words=st.lists(st.text(max_size=600), max_size=30))
def test_no_keyword_makes_a_query_too_long_or_breaks_its_quotes(words: list[str]) -> None:
    for query in search_queries([Brand(name="a", keywords=tuple(words))]):
        assert len(query) <= 512
        assert query.count('"') % 2 == 0


def test_subreddits_may_be_written_as_people_write_them() -> None:
    section = {"subreddits": ["r/acme", "/r/Acme_Care/", "slovakia"], "every": "30s"}

    options = Options.model_validate(section)

    assert options.subreddits == ("acme", "Acme_Care", "slovakia")


def test_many_subreddits_are_asked_for_in_several_addresses(reddit: RedditServer) -> None:
    names = [f"place{number}" for number in range(60)]
    wanted = {reddit.add_submission("x", subreddit=name, at=ago(9)) for name in names}

    pages = poll(open_connector(reddit, KEY, subreddits=names, search=False))

    assert keys(pages) == wanted
