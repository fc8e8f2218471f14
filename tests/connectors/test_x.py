"""X over real HTTP on loopback, through the real client library."""

import json
import logging
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.x import Options, XAccount, XConnector, connect, search_queries
from connectors.x_access.reading import cursor_at
from monitor.errors import (
    AuthError,
    ConnectorError,
    RateLimitError,
    RefusedError,
    UnavailableError,
)
from monitor.model import Brand, Cursor, Mention, Page, Watch
from monitor.ports import (
    Budgeted,
    Connector,
    Metered,
    OwnReplies,
    PastReading,
    Probing,
    Rechecking,
    Replying,
    TakingBack,
    Threads,
)
from tests.servers.loopback import Answer, Asked, LoopbackServer
from tests.servers.x import XServer

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ACME = Brand(
    name="Acme",
    keywords=("acme", "@acmecare", "acme.example"),
    own_accounts=(("x", "acmecare"), ("reddit", "acme_care")),
)
TOKEN = {"bearer_token": "bearer-token"}
LOGIN = {
    "api_key": "api-key",
    "api_secret": "api-secret",
    "access_token": "1001-access",
    "access_secret": "access-secret",
}
BOTH = {**TOKEN, **LOGIN}


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer() as server:
        server.now = NOW.timestamp()
        yield server


def open_connector(x: LoopbackServer, secrets: dict[str, str] | None = None, **options: Any) -> Any:
    section = {"base_url": x.url, "mentions": False, **options}
    chosen = BOTH if secrets is None else secrets
    return connect(Options.model_validate(section), Watch(brands=(ACME,), secrets=chosen))


def ago(minutes: float) -> float:
    """The epoch seconds of an instant before NOW."""
    return (NOW - timedelta(minutes=minutes)).timestamp()


def poll(connector: Any, cursor: Cursor | None = None, now: datetime = NOW) -> list[Page]:
    return list(connector.pages(cursor or connector.cursor_at(NOW - HOUR), now))


def until_it_fails(pages: Iterator[Page], error: type[ConnectorError]) -> list[Page]:
    """Return the pages that came before the failure."""
    read: list[Page] = []
    with pytest.raises(error):
        read.extend(pages)
    return read


def keys(pages: list[Page]) -> set[str]:
    return {each.key.removeprefix("x:") for page in pages for each in page.mentions}


def first(pages: list[Page]) -> Mention:
    return next(each for page in pages for each in page.mentions)


def searches(x: XServer) -> list[Asked]:
    return [each for each in x.requests if each.path == "/2/tweets/search/recent"]


# What is read


def test_connecting_asks_nothing(x: XServer) -> None:
    for secrets in (TOKEN, LOGIN, BOTH, {}):
        open_connector(x, secrets)

    assert x.requests == []


def test_the_secrets_decide_what_a_connector_can_do(x: XServer) -> None:
    reader, account = open_connector(x, TOKEN), open_connector(x, LOGIN)

    abilities = (Connector, OwnReplies, Threads, Rechecking, PastReading, Probing)
    for each in (reader, account):
        assert all(isinstance(each, ability) for ability in (*abilities, Metered, Budgeted))
    assert (type(reader), type(account)) == (XConnector, XAccount)
    assert [isinstance(each, Replying) for each in (reader, account)] == [False, True]
    assert [isinstance(each, TakingBack) for each in (reader, account)] == [False, True]


def test_a_reader_without_any_key_says_which_to_set(x: XServer) -> None:
    with pytest.raises(AuthError, match="set MENTIONDESK_X_BEARER_TOKEN"):
        poll(open_connector(x, {}))

    assert x.requests == []


@pytest.mark.parametrize("secrets", [TOKEN, LOGIN], ids=["app", "login"])
def test_either_key_reads(x: XServer, secrets: dict[str, str]) -> None:
    post = x.post("My acme is broken", at=ago(10))

    assert keys(poll(open_connector(x, secrets))) == {post}


def test_all_pages_of_a_busy_search_are_read(x: XServer) -> None:
    posts = {x.post(f"acme {number}", at=ago(50 - number / 10)) for number in range(250)}

    pages = poll(open_connector(x))

    assert keys(pages) == posts
    assert len(searches(x)) == 3
    assert pages[0].requests == 3
    assert pages[0].window is not None
    assert (pages[0].window.since, pages[0].window.complete) == (NOW - HOUR, True)


def test_a_later_poll_reads_on_from_a_post_that_is_older_than_the_overlap(x: XServer) -> None:
    old = x.post("acme one", at=ago(40))
    x.post("acme two", at=ago(10))
    cursor = poll(open_connector(x))[-1].cursor
    x.delete(old)
    late = x.post("acme late", at=ago(20))

    again = poll(open_connector(x), cursor)

    assert searches(x)[-1].params["since_id"] == old
    assert late in keys(again)
    assert old not in keys(again)


def test_a_quiet_week_is_no_hole_and_a_stop_of_ten_days_is(x: XServer) -> None:
    connector = open_connector(x)
    x.post("acme", at=ago(30))
    cursor = poll(connector)[-1].cursor
    later = NOW
    for _ in range(2):
        later += timedelta(days=6)
        x.now = later.timestamp()
        cursor = poll(connector, cursor, later)[-1].cursor
    quiet = [page.window for page in poll(connector, cursor, later)]

    gone = later + timedelta(days=10)
    x.now = gone.timestamp()
    windows = [page.window for page in poll(connector, cursor, gone)]

    assert [window.complete for window in quiet if window] == [True]
    assert [window.complete for window in windows if window] == [False, True]
    assert windows[0] is not None
    assert gone - timedelta(days=7) <= windows[0].until <= gone - timedelta(days=7) + HOUR


def test_a_search_that_x_calls_too_old_is_narrowed_to_what_x_allows(x: XServer) -> None:
    x.now = NOW.timestamp() + 3600  # our clock and X's differ
    connector = open_connector(x)
    since = NOW - timedelta(days=7) + 10 * MINUTE
    old, new = x.post("acme", at=(since + MINUTE).timestamp()), x.post("acme", at=ago(5))

    pages = list(connector.pages(connector.cursor_at(since), NOW))

    assert keys(pages) == {new}
    assert [page.window.complete for page in pages if page.window] == [False, True]
    assert old not in keys(pages)


def test_a_burst_beyond_the_pages_of_a_poll_is_read_by_the_next_polls(x: XServer) -> None:
    connector = open_connector(x, max_pages=2)
    posts = {x.post(f"acme {number}", at=ago(50 - number / 20)) for number in range(700)}
    cursor = connector.cursor_at(NOW - HOUR)

    found: set[str] = set()
    holes = []
    for _ in range(6):
        pages = poll(open_connector(x, max_pages=2), cursor)
        found |= keys(pages)
        cursor = pages[-1].cursor
        holes.append(sum(not page.window.complete for page in pages if page.window))

    assert found == posts
    assert holes[0] >= 1
    assert holes[-1] == 0


def test_what_was_read_before_a_failure_is_kept_and_the_rest_is_read_later(x: XServer) -> None:
    posts = {x.post(f"acme {number}", at=ago(50 - number / 10)) for number in range(250)}
    x.fault("status", path="next_token", status=403)

    pages = until_it_fails(open_connector(x).pages(cursor_at(NOW - HOUR), NOW), AuthError)
    x.clear_faults()
    rest = poll(open_connector(x), pages[-1].cursor)

    assert 0 < len(keys(pages)) < 250
    assert keys(pages) | keys(rest) == posts


def test_one_search_that_fails_does_not_keep_mentions_from_being_read(x: XServer) -> None:
    post = x.post("@acmecare hello", at=ago(5))
    x.fault("status", path="search/recent", status=403)
    connector = open_connector(x, mentions=True)

    pages = until_it_fails(connector.pages(connector.cursor_at(NOW - HOUR), NOW), AuthError)

    assert keys(pages) == {post}


def test_the_mentions_of_an_own_account_are_read_once_it_was_looked_up(x: XServer) -> None:
    post = x.post("@AcmeCare where is my parcel?", at=ago(5))
    connector = open_connector(x, mentions=True, search=False)
    cursor = poll(connector)[-1].cursor

    again = poll(open_connector(x, mentions=True, search=False), cursor)

    assert keys(again) == {post}
    assert [path for path in x.paths() if "username" in path] == ["/2/users/by/username/acmecare"]


def test_an_own_account_that_does_not_exist_is_named(x: XServer) -> None:
    x.users.clear()

    with pytest.raises(UnavailableError, match="no account @acmecare"):
        list(open_connector(x).own_pages(cursor_at(NOW - HOUR), NOW))


def test_own_replies_bear_what_they_answer_and_cost_one_request_a_poll(x: XServer) -> None:
    asked = x.post("acme is late", at=ago(50))
    answer = x.reply(asked, "We look into it.", "acmecare", at=ago(30))
    connector = open_connector(x)
    pages = list(connector.own_pages(connector.own_cursor_at(NOW - HOUR), NOW))
    before = connector.meter

    again = list(connector.own_pages(pages[-1].cursor, NOW))

    reply = first(pages)
    assert (reply.key, reply.reply_to, reply.thread) == (f"x:{answer}", f"x:{asked}", f"x:{asked}")
    assert reply.posted_at == NOW - 30 * MINUTE
    assert keys(again) == {answer}
    assert (connector.meter - before).requests == 1


def test_a_reply_to_an_edited_post_answers_its_first_version(x: XServer) -> None:
    asked = x.post("acme is late", at=ago(50))
    edited = x.edit(asked, "acme is very late", at=ago(45))
    x.reply(edited, "We look into it.", "acmecare", at=ago(30))
    connector = open_connector(x)

    reply = first(list(connector.own_pages(connector.own_cursor_at(NOW - HOUR), NOW)))

    assert (reply.reply_to, reply.thread) == (f"x:{asked}", f"x:{asked}")


def test_an_edit_is_the_same_post_with_another_text(x: XServer) -> None:
    post = x.post("acme is late", at=ago(50))
    connector = open_connector(x)
    cursor = poll(connector)[-1].cursor
    x.edit(post, "acme was late", at=ago(30))

    found = first(poll(connector, cursor))

    assert (found.key, found.text) == (f"x:{post}", "acme was late")
    assert (found.posted_at, found.edited_at) == (NOW - 50 * MINUTE, NOW - 30 * MINUTE)


def test_a_second_look_finds_edits_and_what_is_gone(x: XServer) -> None:
    kept, edited, gone = (x.post(f"acme {each}", at=ago(50)) for each in range(3))
    x.edit(edited, "acme anew", at=ago(30))
    x.delete(gone)

    found = open_connector(x).recheck([f"x:{each}" for each in (kept, edited, gone)], NOW)

    stands = {each.key.removeprefix("x:"): (each.text, each.deleted) for each in found}
    assert stands == {kept: ("acme 0", False), edited: ("acme anew", False), gone: ("", True)}


def test_a_second_look_asks_for_a_hundred_posts_at_once(x: XServer) -> None:
    posts = [x.post(f"acme {number}", at=ago(50)) for number in range(230)]
    connector = open_connector(x, monthly_budget_usd="unlimited")

    found = list(connector.recheck([f"x:{each}" for each in posts], NOW))

    assert len(found) == 230
    assert len(x.requests) == 3


def test_a_thread_holds_its_first_post_and_all_that_answers_it(x: XServer) -> None:
    root = x.post("acme is late", at=ago(50))
    mine = x.reply(root, "Same here", "neighbour", at=ago(40))
    answer = x.reply(mine, "We are on it", "acmecare", at=ago(30))
    x.post("acme elsewhere", at=ago(20))

    found = open_connector(x).thread(f"x:{root}", NOW)

    assert {each.key for each in found} == {f"x:{each}" for each in (root, mine, answer)}


def test_the_past_is_read_in_parts_that_can_be_resumed(x: XServer) -> None:
    posts = {x.post(f"acme {number}", at=ago(50 - number / 10)) for number in range(450)}
    since, until = NOW - HOUR, NOW - MINUTE

    pages = list(open_connector(x, max_pages=2).past(since, until, None))

    assert len(pages) >= 2
    assert keys(pages) == posts
    for number, page in enumerate(pages):
        rest = list(open_connector(x, max_pages=2).past(since, until, page.cursor))
        assert keys(pages[: number + 1]) | keys(rest) == posts


def test_the_past_beyond_seven_days_is_a_hole_unless_the_archive_is_searched(x: XServer) -> None:
    old, new = x.post("acme", at=ago(20 * 1440)), x.post("acme", at=ago(60))
    since = NOW - timedelta(days=30)

    short = list(open_connector(x).past(since, NOW - MINUTE, None))
    whole = list(open_connector(x, full_archive=True).past(since, NOW - MINUTE, None))

    assert keys(short) == {new}
    assert [page.window.complete for page in short if page.window] == [False, True]
    assert keys(whole) == {old, new}


def test_a_past_that_reaches_too_far_back_is_read_as_far_as_x_goes_even_after_a_failure(
    x: XServer,
) -> None:
    new = x.post("acme", at=ago(60))
    since, until = NOW - timedelta(days=30), NOW - MINUTE
    connector = open_connector(x)
    connector.told_spent(0.0, NOW)
    x.fault("status", status=404, times=1)

    broken = until_it_fails(connector.past(since, until, None), UnavailableError)
    rest = list(connector.past(since, until, broken[-1].cursor))

    assert [page.window.complete for page in broken if page.window] == [False]
    assert keys(rest) == {new}


def test_a_past_whose_pages_never_end_is_given_up() -> None:
    with Endless() as endless:
        connector = open_connector(endless, max_pages=3)

        pages = until_it_fails(connector.past(NOW - HOUR, NOW - MINUTE, None), UnavailableError)

        assert len(endless.requests) <= 6
        assert not any(page.window.complete for page in pages if page.window and page.mentions)


def test_a_past_that_ends_now_is_read_though_x_wants_ten_seconds(x: XServer) -> None:
    post = x.post("acme", at=ago(60))

    assert keys(list(open_connector(x).past(NOW - 2 * HOUR, NOW, None))) == {post}


def test_a_hole_is_filled_by_its_name(x: XServer) -> None:
    x.post("acme", at=ago(60))
    post = x.post("hey @acmecare", at=ago(50))
    connector = open_connector(x)

    pages = list(connector.past(NOW - 2 * HOUR, NOW - MINUTE, None, "mentions of @acmecare"))

    assert keys(pages) == {post}
    assert {page.window.query for page in pages if page.window} == {"mentions of @acmecare"}


def test_keywords_become_what_x_searches_best() -> None:
    words = ("Acme", "@AcmeCare", "#acme", "acme.example", "acme shop", "or", 'a"b')
    brand = Brand(name="Acme", keywords=words)

    (query,) = search_queries([brand])

    assert query.split(" OR ", 6) == [
        *("Acme", "@AcmeCare", "#acme", 'url:"acme.example"', '"acme.example"', '"acme shop"'),
        '"or" OR "a b"',
    ]


def test_a_keyword_is_asked_for_as_it_is_written_and_once() -> None:
    brand = Brand(name="Acme", keywords=("Straße", "İstanbul", "ACME", "acme"))

    assert search_queries([brand]) == ("Straße OR İstanbul OR ACME",)


def test_a_name_with_a_dot_is_found_as_a_link_and_as_words(x: XServer) -> None:
    posts = {x.post(text, at=ago(5)) for text in ("I use Node.js", "see https://node.js/why")}
    watch = Watch(brands=(Brand(name="Node", keywords=("Node.js",)),), secrets=BOTH)
    connector = connect(Options.model_validate({"base_url": x.url}), watch)

    assert keys(poll(connector)) == posts


@given(st.lists(st.text(min_size=1, max_size=80), max_size=40))
@settings(max_examples=50)
def test_queries_are_short_enough_and_hold_every_keyword(words: list[str]) -> None:
    queries = search_queries([Brand(name="Acme", keywords=tuple(words))])

    assert all(0 < len(query) <= 512 for query in queries)
    single = [
        each for word in words for each in search_queries([Brand(name="A", keywords=(word,))])
    ]
    assert _parts(single) <= _parts(queries)


def _parts(queries: Iterable[str]) -> set[str]:
    return {part.casefold() for query in queries for part in query.split(" OR ")}


# What goes wrong


def test_a_spent_limit_is_waited_for_and_not_asked_again(x: XServer) -> None:
    reset = NOW + 10 * MINUTE
    x.limits("search", 0, reset.timestamp())
    connector = open_connector(x)
    with pytest.raises(RateLimitError):
        poll(connector)

    with pytest.raises(RateLimitError) as caught:
        poll(connector)

    assert caught.value.retry_at == reset
    assert len(x.requests) == 1


def test_a_poll_stops_where_the_headers_say_that_the_limit_is_reached(x: XServer) -> None:
    posts = {x.post(f"acme {number}", at=ago(50 - number / 10)) for number in range(250)}
    x.limits("search", 2, (NOW + 10 * MINUTE).timestamp())
    connector = open_connector(x)

    pages = until_it_fails(connector.pages(connector.cursor_at(NOW - HOUR), NOW), RateLimitError)
    later = NOW + 11 * MINUTE
    x.now = later.timestamp()
    rest = poll(connector, pages[-1].cursor, later)

    assert len(keys(pages)) == 200
    assert keys(pages) | keys(rest) == posts


@pytest.mark.parametrize(
    ("kind", "details", "expected"),
    [
        pytest.param("status", {"status": 401}, AuthError, id="refused keys"),
        pytest.param("status", {"status": 429}, RateLimitError, id="429 without headers"),
        pytest.param("status", {"status": 402}, RateLimitError, id="no credits"),
        pytest.param("html", {"status": 503}, UnavailableError, id="a page of HTML"),
        pytest.param("html", {"status": 200}, UnavailableError, id="a page of HTML as success"),
        pytest.param("bad_json", {}, UnavailableError, id="half a JSON"),
        pytest.param("reset", {}, UnavailableError, id="resets"),
        pytest.param("cut", {}, UnavailableError, id="cut in mid-body"),
        pytest.param("status", {"body": [1]}, UnavailableError, id="a list as error"),
        pytest.param("status", {"status": 200, "body": [1]}, UnavailableError, id="a list"),
        pytest.param("status", {"status": 200, "body": {}}, UnavailableError, id="nothing"),
        pytest.param(
            "status", {"status": 200, "body": {"data": 3}}, UnavailableError, id="a number"
        ),
        pytest.param(
            "status",
            {"status": 429, "headers": {"x-rate-limit-reset": "soon"}},
            RateLimitError,
            id="a reset that is no number",
        ),
    ],
)
def test_each_failure_is_one_error_without_secrets(
    x: XServer, kind: str, details: dict[str, Any], expected: type[ConnectorError]
) -> None:
    x.post("acme", at=ago(5))
    x.fault(kind, **details)

    with pytest.raises(expected) as caught:
        poll(open_connector(x))

    told = "".join(traceback.format_exception_only(caught.value))
    assert str(caught.value).startswith("x: ")
    assert "\n" not in str(caught.value)
    assert not any(secret in told for secret in BOTH.values())


def test_a_hiccup_is_tried_again(x: XServer) -> None:
    post = x.post("acme", at=ago(5))
    x.fault("status", status=503, times=2)

    assert keys(poll(open_connector(x))) == {post}


def test_a_hanging_x_is_given_up_in_time(x: XServer) -> None:
    x.fault("hang", seconds=1.0)
    options = Options.model_validate({"base_url": x.url, "mentions": False})
    hasty = options.model_copy(update={"timeout": timedelta(milliseconds=50)})

    with pytest.raises(UnavailableError, match="no whole answer"):
        poll(connect(hasty, Watch(brands=(ACME,), secrets=BOTH)))


def test_used_up_credits_rest_an_hour(x: XServer) -> None:
    x.credits(0)

    with pytest.raises(RateLimitError, match="credits are used up") as caught:
        poll(open_connector(x))

    assert caught.value.retry_at == NOW + HOUR


def test_no_token_reaches_the_log(x: XServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    x.post("@acmecare acme", at=ago(5))
    connector = open_connector(x, mentions=True)

    poll(connector)
    connector.reply(first(poll(connector)), "On it.", "tap-1")

    assert not any(secret in caplog.text for secret in BOTH.values())


def test_a_suspended_author_has_a_number_only(x: XServer) -> None:
    x.post("acme", "troll", at=ago(5))
    x.suspend("troll")

    author = first(poll(open_connector(x))).author

    assert author is not None
    assert author.handle == author.id


def test_a_protected_author_is_private(x: XServer) -> None:
    x.add_user("shy", protected=True)
    x.post("acme", "shy", at=ago(5))

    assert first(poll(open_connector(x))).private


@given(
    sizes=st.lists(st.integers(0, 60), min_size=1, max_size=3),
    most=st.integers(10, 100),
    unordered=st.booleans(),
)
@settings(max_examples=5, deadline=None)
def test_nothing_is_lost_or_doubled_whatever_the_pages(
    sizes: list[int], most: int, unordered: bool
) -> None:
    with XServer() as x:
        x.page_most, x.shuffle, x.random_pages = most, unordered, True
        cursor = open_connector(x).cursor_at(NOW - HOUR)
        found: list[str] = []
        posts: set[str] = set()
        now = NOW
        for number, size in enumerate(sizes):
            now = NOW + number * MINUTE
            x.now = now.timestamp()
            late = x.post("acme late", at=x.now - 10, listed=False)
            posts |= {x.post(f"acme {each}", at=x.now - each % 50 - 5) for each in range(size)}
            pages = poll(open_connector(x, max_pages=100), cursor, now)
            x.list_now(late)
            posts.add(late)
            cursor = pages[-1].cursor
            found += [each.key for page in pages for each in page.mentions]
            assert all(len({m.key for m in p.mentions}) == len(p.mentions) for p in pages)
        for _ in range(2):
            pages = poll(open_connector(x, max_pages=100), cursor, now)
            cursor = pages[-1].cursor
            found += [each.key for page in pages for each in page.mentions]

        assert {key.removeprefix("x:") for key in found} == posts


# What it costs


def test_pages_say_what_they_cost_and_a_post_is_paid_once_a_day(x: XServer) -> None:
    for number in range(20):
        x.post(f"acme {number}", at=ago(10))
    connector = open_connector(x)
    pages = poll(connector)

    again = poll(connector, pages[-1].cursor)
    midnight = NOW + timedelta(days=1)
    x.now = midnight.timestamp()
    poll(connector, pages[-1].cursor, midnight)

    assert [page.cost_usd for page in pages] == [0.1]
    assert [page.cost_usd for page in again] == [0.0]
    assert connector.meter.cost_usd == pytest.approx(0.2)
    assert x.billed_usd == pytest.approx(0.2)


def test_own_posts_and_mentions_are_cheaper_with_the_login(x: XServer) -> None:
    x.post("@acmecare hi", at=ago(10))
    cheap = open_connector(x, BOTH, mentions=True, search=False)
    dear = open_connector(x, TOKEN, mentions=True, search=False)

    poll(cheap)
    poll(dear)

    assert cheap.meter.cost_usd == pytest.approx(0.010 + 0.001)
    assert dear.meter.cost_usd == pytest.approx(0.010 + 0.005)


def test_a_spent_budget_rests_until_the_next_month_without_a_request(x: XServer) -> None:
    connector = open_connector(x)
    connector.told_spent(49.96, NOW)

    with pytest.raises(RateLimitError, match=r"budget of \$50.00 is spent") as caught:
        poll(connector)

    assert caught.value.retry_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert x.requests == []


def test_the_last_money_buys_fewer_posts_at_once(x: XServer) -> None:
    for number in range(60):
        x.post(f"acme {number}", at=ago(50 - number / 2))
    connector = open_connector(x)
    connector.told_spent(49.90, NOW)

    pages = until_it_fails(connector.pages(connector.cursor_at(NOW - HOUR), NOW), RateLimitError)

    assert searches(x)[0].params["max_results"] == "20"
    assert len(keys(pages)) == 20
    assert x.billed_usd == pytest.approx(0.10)


@given(
    budget=st.floats(0, 3),
    rounds=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), min_size=1, max_size=4),
)
@settings(max_examples=8, deadline=None)
def test_what_x_bills_never_passes_the_budget(budget: float, rounds: list[tuple[int, int]]) -> None:
    with XServer() as x:
        connector = open_connector(x, monthly_budget_usd=budget, mentions=True)
        cursor, own = connector.cursor_at(NOW - HOUR), connector.own_cursor_at(NOW - HOUR)
        now = NOW
        for posts, hours in rounds:
            x.now = now.timestamp()
            written = [x.post(f"@acmecare acme {n}", at=x.now - n) for n in range(posts)]
            connector.told_spent(connector.meter.cost_usd, now)
            for read in (connector.pages(cursor, now), connector.own_pages(own, now)):
                try:
                    cursor = [*read, Page(mentions=(), cursor=cursor)][0].cursor
                    list(connector.recheck([f"x:{each}" for each in written], now))
                except (RateLimitError, UnavailableError):
                    continue
            now += timedelta(hours=hours)

        assert x.billed_usd <= budget + 1e-9
        assert x.billed_usd <= connector.meter.cost_usd + 1e-9


def test_a_budget_may_be_without_limit(x: XServer) -> None:
    connector = open_connector(x, monthly_budget_usd="unlimited")
    connector.told_spent(1e6, NOW)

    assert connector.monthly_budget_usd == float("inf")
    assert connector.pace(MINUTE, NOW) == MINUTE
    assert poll(connector)


def test_second_looks_get_what_the_month_has_over(x: XServer) -> None:
    posts = [f"x:{x.post(f'acme {number}', at=ago(50))}" for number in range(50)]
    rich, poor = open_connector(x), open_connector(x)
    poor.told_spent(30.0, NOW)

    assert len(list(rich.recheck(posts, NOW))) == 50
    with pytest.raises(UnavailableError, match="second looks wait"):
        list(poor.recheck(posts, NOW))


def test_second_looks_that_wait_for_money_are_told_from_those_that_were_made(x: XServer) -> None:
    posts = [f"x:{x.post(f'acme {number}', at=ago(50))}" for number in range(50)]
    connector = open_connector(x)
    by_today = 50.0 * 6 / 31  # NOW is at noon of the sixth
    connector.told_spent(by_today + 0.75, NOW)
    found: list[Mention] = []

    with pytest.raises(UnavailableError):
        found.extend(connector.recheck(posts, NOW))

    assert [each.key for each in found] == posts[:11]


# Replying


@pytest.mark.parametrize(
    ("text", "answerable"),
    [("@AcmeCare my acme is late", True), ("my acme is late", False), ("a@acmecare.x acme", False)],
)
def test_only_who_names_us_can_be_answered(x: XServer, text: str, answerable: bool) -> None:
    x.post(text, at=ago(5))
    connector = open_connector(x)

    to = first(poll(connector))

    assert to.answerable is answerable
    assert (connector.why_no_reply(to) is None) is answerable


def test_who_quotes_us_can_be_answered_and_our_words_are_marked(x: XServer) -> None:
    ours = x.post("All is well.", "acmecare", at=ago(20))
    x.post("acme, really?", at=ago(5), quotes=ours)
    connector = open_connector(x)

    to = first(poll(connector))

    assert to.text == "acme, really?\n\n> @acmecare: All is well."
    assert connector.reply(to, "Sorry!", "tap-1").key.startswith("x:")


def test_a_refused_reply_makes_no_request(x: XServer) -> None:
    x.post("my acme is late", at=ago(5))
    connector = open_connector(x)
    to = first(poll(connector))
    before = len(x.requests)

    with pytest.raises(RefusedError, match="only those who name"):
        connector.reply(to, "Sorry!", "tap-1")

    assert len(x.requests) == before


def test_a_reply_is_written_once_even_by_another_process(x: XServer) -> None:
    x.post("@acmecare my acme is late", at=ago(5))
    connector = open_connector(x)
    to = first(poll(connector))
    text = "Sorry! See https://acme.example/help & write to us."

    sent = connector.reply(to, text, "tap-1")
    again = open_connector(x).reply(to, text, "tap-1")

    assert again == sent
    assert sent.at == NOW
    assert x.written_by("acmecare") == [text]


def test_a_lost_answer_is_looked_for_before_anything_is_written_again(x: XServer) -> None:
    x.post("@acmecare my acme is late", at=ago(5))
    connector = open_connector(x)
    to = first(poll(connector))
    x.fault("lost_answer", path="POST /2/tweets", times=1)

    sent = connector.reply(to, "Sorry!", "tap-1")

    assert len(x.written_by("acmecare")) == 1
    assert sent.key.removeprefix("x:") in x.posts


def test_a_reply_that_certainly_failed_can_be_sent_again(x: XServer) -> None:
    x.post("@acmecare my acme is late", at=ago(5))
    connector = open_connector(x)
    to = first(poll(connector))
    x.fault("status", path="POST /2/tweets", status=503, times=1)

    with pytest.raises(UnavailableError):
        connector.reply(to, "Sorry!", "tap-1")
    connector.reply(to, "Sorry!", "tap-1")

    assert x.written_by("acmecare") == ["Sorry!"]


def test_x_own_words_are_shown_where_it_refuses(x: XServer) -> None:
    post = x.post("@acmecare my acme is late", at=ago(5))
    connector = open_connector(x)
    to = first(poll(connector))
    x.delete(post)

    with pytest.raises(RefusedError, match="X refused: You attempted to reply to a Tweet that is"):
        connector.reply(to, "Sorry!", "tap-1")


def test_the_same_words_elsewhere_are_told_as_x_tells_them(x: XServer) -> None:
    x.post("Sorry!", "acmecare", at=ago(60))
    x.post("@acmecare my acme is late", at=ago(5))
    connector = open_connector(x)
    to = first(poll(connector))

    with pytest.raises(RefusedError, match="duplicate"):
        connector.reply(to, "Sorry!", "tap-1")


def test_a_reply_costs_more_with_a_link(x: XServer) -> None:
    x.post("@acmecare my acme is late", at=ago(5))
    connector = open_connector(x)
    to = first(poll(connector))
    costs = []
    for text in ("Sorry!", "See acme.example/help", "See https://acme.example"):
        before = connector.meter.cost_usd
        connector.reply(to, text, text)
        costs.append(round(connector.meter.cost_usd - before, 3))

    # a look through what we wrote since is part of it
    assert 0.015 <= costs[0] < 0.02
    assert all(0.2 <= cost < 0.21 for cost in costs[1:])


def test_an_edited_post_is_answered_in_the_version_that_is_shown(x: XServer) -> None:
    post = x.post("@acmecare acme", at=ago(50))
    newest = x.edit(post, "@acmecare acme!", at=ago(40))
    connector = open_connector(x)
    to = first(poll(connector))

    sent = connector.reply(to, "Sorry!", "tap-1")
    again = open_connector(x).reply(to, "Sorry!", "tap-1")

    body = json.loads(next(each for each in x.requests if each.method == "POST").body)
    assert body["reply"]["in_reply_to_tweet_id"] == newest
    assert again == sent


def test_a_reply_can_be_taken_back_twice(x: XServer) -> None:
    x.post("@acmecare acme", at=ago(50))
    connector = open_connector(x)
    sent = connector.reply(first(poll(connector)), "Sorry!", "tap-1")

    connector.take_back(sent)
    connector.take_back(sent)

    assert x.written_by("acmecare") == []


def test_a_probe_tells_the_rights(x: XServer) -> None:
    x.post("acme", at=ago(5))

    assert open_connector(x, BOTH).probe() == (
        "logged in as @acmecare: reads and replies (read-write)"
    )
    assert "1 posts in seven days" in open_connector(x, TOKEN).probe()


# Servers that are not quite X


class Endless(LoopbackServer):
    """Has another page after each one, with nothing in it."""

    def answered(self, asked: Asked) -> Answer:
        meta = {"result_count": 0, "next_token": f"t{len(self.requests)}"}
        return Answer(200, {"meta": meta})


class Boundless(XServer):
    """Lists everything, whatever was asked for."""

    def answered(self, asked: Asked) -> Answer:
        bounds = {"since_id", "start_time", "end_time"}
        params = {name: each for name, each in asked.params.items() if name not in bounds}
        return super().answered(replace(asked, params=params))


def test_a_server_that_heeds_no_bounds_is_not_read_to_its_end() -> None:
    with Boundless() as x:
        x.now = NOW.timestamp()
        posts = [x.post(f"acme {number}", at=ago(number)) for number in range(1000)]
        connector = open_connector(x)
        pages = poll(connector)
        x.requests.clear()

        poll(connector, pages[-1].cursor)

        assert keys(pages) == set(posts[:61])
        assert len(searches(x)) == 2


def test_an_older_version_on_a_later_page_does_not_undo_an_edit(x: XServer) -> None:
    old = x.post("acme is late", at=ago(20))
    x.edit(old, "acme came", at=ago(10))
    versions = x.posts[old]["edit_history_tweet_ids"]
    listed = [post_alone(x, each) for each in reversed(versions)]
    answers = [
        {"data": [listed[0]], "meta": {"result_count": 1, "next_token": "t"}},
        {"data": [listed[1]], "meta": {"result_count": 1}},
    ]

    with Told(answers) as server:
        pages = poll(open_connector(server))

    assert [each.text for page in pages for each in page.mentions] == ["acme came"]


class Told(LoopbackServer):
    """Gives the answers it was told, one after the other."""

    def __init__(self, answers: list[dict[str, Any]]) -> None:
        super().__init__()
        self._answers = answers

    def answered(self, asked: Asked) -> Answer:
        return Answer(200, self._answers.pop(0))


def post_alone(x: XServer, post_id: str) -> dict[str, Any]:
    """Return a post as it is listed, without what comes along."""
    post = {name: each for name, each in x.posts[post_id].items() if not name.startswith("_")}
    return {**post, "text": x.posts[post_id]["_full"]}


def test_an_own_account_that_x_no_longer_shows_is_told(x: XServer) -> None:
    connector = open_connector(x, TOKEN, mentions=True)
    pages = poll(connector)
    del x.users["1001"]

    with pytest.raises(UnavailableError, match="Could not find user"):
        poll(connector, pages[-1].cursor)


@pytest.mark.parametrize(
    ("reset", "rest"),
    [(NOW - timedelta(days=900), MINUTE), (NOW + timedelta(days=900), 15 * MINUTE)],
)
def test_a_reset_that_cannot_be_is_not_believed(
    x: XServer, reset: datetime, rest: timedelta
) -> None:
    x.limits("search", 0, reset.timestamp())
    x.fault("status", status=429, headers={"x-rate-limit-reset": str(int(reset.timestamp()))})

    with pytest.raises(RateLimitError) as caught:
        poll(open_connector(x))

    assert caught.value.retry_at == NOW + rest


def test_what_a_changed_search_left_unread_is_read_by_the_one_in_its_place(x: XServer) -> None:
    posts = {x.post(f"acme {number}", at=ago(50 - number / 10)) for number in range(450)}
    pages = poll(open_connector(x, max_pages=2))
    more = Brand(name="Acme", keywords=("acme", "acmeworks"))
    section = {"base_url": x.url, "mentions": False}
    changed = connect(Options.model_validate(section), Watch(brands=(more,), secrets=BOTH))

    pages += poll(changed, pages[-1].cursor)

    assert keys(pages) == posts


# Recorded exchanges


class Replay(LoopbackServer):
    """Answers each path as it was recorded, whatever else is asked."""

    def __init__(self, exchanges: list[dict[str, Any]]) -> None:
        super().__init__()
        self._known = {
            (
                each["method"],
                each["uri"].partition("?")[0].removeprefix("https://api.twitter.com"),
            ): each
            for each in exchanges
        }

    def answered(self, asked: Asked) -> Answer:
        found = self._known.get((asked.method, asked.path))
        if found is None:
            return Answer(404, {"title": "Not Found", "detail": "Not Found"})
        return Answer(found["status"], found["body"], found["headers"])


@pytest.fixture
def recorded(shared: Path) -> Iterator[Replay]:
    text = (shared / "fixtures/x/exchanges.ndjson").read_text("utf-8")
    with Replay([json.loads(line) for line in text.split("\n") if line]) as server:
        yield server


def recorded_ids(recorded: Replay, path: str) -> set[str]:
    answer = recorded.answered(Asked("GET", path, {}, {}))
    assert isinstance(answer.body, dict)
    return {str(each["edit_history_tweet_ids"][0]) for each in answer.body["data"]}


def test_recorded_search_and_timelines_are_read_whole(recorded: Replay) -> None:
    secrets = {**BOTH, "access_token": "783214-access"}
    then = datetime(2022, 10, 7, 23, tzinfo=UTC)
    since = then - timedelta(days=4000)
    connector = open_connector(recorded, secrets, monthly_budget_usd="unlimited")
    connector._accounts = {"acmecare": "783214"}

    found = list(connector.pages(connector.cursor_at(since), then))
    own = list(connector.own_pages(connector.own_cursor_at(since), then))

    assert keys(found) == recorded_ids(recorded, "/2/tweets/search/recent")
    timeline = recorded_ids(recorded, "/2/users/783214/tweets")
    assert keys(own) == timeline


def test_a_recorded_account_and_reply_are_understood(recorded: Replay) -> None:
    connector = open_connector(recorded, {**BOTH, "access_token": "783214-access"})
    to = Mention(
        key="x:1456012973835788000",
        platform="x",
        thread="x:1456012973835788000",
        author=None,
        text="",
        url="https://x.com/i/status/1456012973835788000",
        posted_at=NOW,
    )

    sent = connector.reply(to, "Test Tweet", "tap-1")

    assert connector.probe().startswith("logged in as @TweepyDev: reads and replies")
    assert sent.key == "x:1456012973835788293"
    assert sent.at == datetime(2021, 11, 3, 21, 38, 39, tzinfo=UTC)
    connector.take_back(sent)
