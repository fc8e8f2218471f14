"""Mastodon over real HTTP on loopback, through the real client library."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from connectors.mastodon import MastodonReader, Options, connect
from monitor.errors import (
    AuthError,
    ConfigError,
    ConnectorError,
    RateLimitError,
    RefusedError,
    UnavailableError,
)
from monitor.model import Brand, Cursor, Mention, Page, Watch
from monitor.ports import Metered, Replying, Streaming, TakingBack
from tests.servers.mastodon import MastodonServer

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TOKEN = {"token": "care-token"}
QUIET = {"search": False, "stream": False}


@pytest.fixture
def mastodon() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


def open_connector(
    *servers: MastodonServer,
    secrets: Mapping[str, str] = TOKEN,
    server: Mapping[str, Any] = QUIET,
    **options: Any,
) -> Any:
    own = tuple(("mastodon", f"acme_care@{each.domain}") for each in servers)
    brand = Brand(name="Acme", keywords=("acme", "#acme"), own_accounts=own)
    listed = [
        {"name": f"s{number}", "base_url": each.url, **server}
        for number, each in enumerate(servers)
    ]
    given = {"servers": listed, "timeout": timedelta(seconds=2), **options}
    return connect(Options.model_validate(given), Watch(brands=(brand,), secrets=secrets))


def ago(**kwargs: float) -> float:
    return (NOW - timedelta(**kwargs)).timestamp()


def texts(found: Iterable[Mention]) -> list[str]:
    return [each.text for each in found]


def mentions(pages: Iterable[Page]) -> list[Mention]:
    return [each for page in pages for each in page.mentions]


def read(connector: Any, cursor: Cursor | None = None, now: datetime = NOW) -> list[Page]:
    return list(connector.pages(cursor or connector.cursor_at(NOW - 24 * HOUR), now))


def only(found: Iterable[Mention]) -> Mention:
    (mention,) = found
    return mention


def test_abilities_follow_from_the_token(mastodon: MastodonServer) -> None:
    reader, account = open_connector(mastodon, secrets={}), open_connector(mastodon)

    assert isinstance(reader, MastodonReader)
    assert not isinstance(reader, Replying)
    assert isinstance(account, Replying)
    assert isinstance(account, TakingBack)
    assert isinstance(account, Streaming)
    assert isinstance(account, Metered)


def test_no_server_at_all_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"mastodon\.servers: no server is set"):
        open_connector()


def test_a_token_of_no_server_is_a_mistake(mastodon: MastodonServer) -> None:
    with pytest.raises(ConfigError, match="'token_mian' is of no server"):
        open_connector(mastodon, secrets={"token_mian": "x"})


def test_no_server_is_shown_the_token_of_another(mastodon: MastodonServer) -> None:
    with MastodonServer() as other:
        connector = open_connector(mastodon, other)

        read(connector)

        assert any("authorization" in each.headers for each in mastodon.requests)
        assert other.requests
        assert not any("authorization" in each.headers for each in other.requests)


def test_the_probe_names_server_and_account(mastodon: MastodonServer) -> None:
    connector = open_connector(mastodon)

    line = connector.probe()

    assert line == f"s0: logged in at {mastodon.domain} as @acme_care: reads and replies"


def test_a_first_page_that_could_not_be_read_is_asked_for_again(mastodon: MastodonServer) -> None:
    mastodon.post("#acme here", at=ago(hours=1))
    mastodon.fault("status", path="timelines/tag", times=3, status=502)

    found = mentions(read(open_connector(mastodon)))

    assert texts(found) == ["#acme here"]


def test_more_than_a_page_is_read_without_a_gap(mastodon: MastodonServer) -> None:
    for number in range(95):
        mastodon.post(f"#acme {number}", at=ago(minutes=200 - number))
    mastodon.random_pages = mastodon.shuffle = True

    found = mentions(read(open_connector(mastodon)))

    assert texts(found) == [f"#acme {number}" for number in range(95)]


def test_a_post_that_arrives_late_is_found_within_the_overlap(mastodon: MastodonServer) -> None:
    late = mastodon.post("#acme late", "far@away.example", at=ago(minutes=20), listed=False)
    mastodon.post("#acme on time", at=ago(minutes=1))
    connector = open_connector(mastodon)
    end = read(connector)[-1].cursor
    mastodon.list_now(late)

    found = mentions(read(connector, end, NOW + MINUTE))

    assert "#acme late" in texts(found)


def test_a_deleted_post_at_the_mark_loses_no_other(mastodon: MastodonServer) -> None:
    mark = mastodon.post("#acme one", at=ago(hours=2))
    connector = open_connector(mastodon, overlap=timedelta(0))
    end = read(connector)[-1].cursor
    mastodon.delete(mark)
    mastodon.post("#acme two", at=NOW.timestamp())

    found = mentions(read(connector, end, NOW + MINUTE))

    assert texts(found) == ["#acme two"]


def test_a_reading_that_broke_off_goes_on_where_it_was(mastodon: MastodonServer) -> None:
    for number in range(85):
        mastodon.post(f"#acme {number}", at=ago(minutes=10))
    first, *_ = read(open_connector(mastodon))

    rest = mentions(read(open_connector(mastodon), first.cursor))

    assert texts([*first.mentions, *rest])[:85] == [f"#acme {number}" for number in range(85)]


@pytest.mark.parametrize("refused", [False, True])
def test_ids_that_tell_no_time_are_found_by_paging_down(
    mastodon: MastodonServer, refused: bool
) -> None:
    if refused:  # an id of Mastodon's kind
        mastodon.fault("status", path=r"min_id=\d{18}", status=422)
    for number in range(90):
        mastodon.post(f"#acme {number}", at=ago(hours=100 - number), id=str(1000 + number))

    found = mentions(read(open_connector(mastodon)))

    assert texts(found) == [f"#acme {number}" for number in range(76, 90)]


def test_one_server_that_is_down_holds_up_no_other(mastodon: MastodonServer) -> None:
    mastodon.fault("status", status=503)
    with MastodonServer() as other:
        other.post("#acme there", at=ago(hours=1))
        connector = open_connector(mastodon, other)
        pages: list[Page] = []

        with pytest.raises(UnavailableError, match="s0: answered 503"):
            pages.extend(_until_error(connector, pages))

    assert texts(mentions(pages)) == ["#acme there"]


def test_one_post_seen_through_two_servers_is_one(mastodon: MastodonServer) -> None:
    number = mastodon.post("#acme everywhere", at=ago(hours=1))
    with MastodonServer() as other:
        other.adopt(mastodon.statuses[number])

        found = mentions(read(open_connector(mastodon, other)))

    assert [each.key for each in found] == [f"mastodon:{mastodon.statuses[number]['uri']}"] * 2
    assert {each.author.handle for each in found if each.author} == {f"customer@{mastodon.domain}"}


@pytest.mark.parametrize(
    "reset",
    [
        pytest.param(lambda at: at.isoformat().replace("+00:00", "Z"), id="iso"),
        pytest.param(lambda at: str(int(at.timestamp())), id="epoch"),
    ],
)
def test_a_spent_budget_says_when_it_is_filled(
    mastodon: MastodonServer, reset: Callable[[datetime], str]
) -> None:
    from email.utils import parsedate_to_datetime

    import httpx

    date = httpx.get(f"{mastodon.url}/api/v2/instance").headers["date"]
    until = parsedate_to_datetime(date) + timedelta(seconds=120)
    mastodon.limits(0, reset(until))
    connector = open_connector(mastodon)

    with pytest.raises(RateLimitError) as caught:
        read(connector)

    assert caught.value.retry_at is not None
    assert timedelta(seconds=60) < caught.value.retry_at - NOW <= timedelta(seconds=121)


def test_a_refused_token_is_told_without_it(mastodon: MastodonServer) -> None:
    connector = open_connector(mastodon, secrets={"token": "a-wrong-one"})

    with pytest.raises(AuthError) as caught:
        read(connector)

    assert str(caught.value) == "mastodon: s0: the token is refused (401)"


@pytest.mark.parametrize("kind", ["html", "bad_json", "cut", "reset"])
def test_a_broken_answer_is_one_line_and_loses_nothing(mastodon: MastodonServer, kind: str) -> None:
    mastodon.post("#acme here", at=ago(hours=1))
    connector = open_connector(mastodon)
    mastodon.fault(kind, path="timelines", status=200)

    with pytest.raises(ConnectorError) as caught:
        read(connector)
    mastodon.clear_faults()

    assert "\n" not in str(caught.value)
    assert texts(mentions(read(connector))) == ["#acme here"]


def test_a_failure_that_passes_is_asked_again(mastodon: MastodonServer) -> None:
    mastodon.post("#acme here", at=ago(hours=1))
    mastodon.fault("status", path="timelines", times=2, status=502)

    found = read(open_connector(mastodon))

    assert texts(mentions(found)) == ["#acme here"]
    assert sum(page.requests for page in found) == len(mastodon.requests) - 1


def test_a_reply_knows_its_thread_and_parent(mastodon: MastodonServer) -> None:
    first = mastodon.post("My parcel", at=ago(hours=3))
    second = mastodon.reply(first, "And mine", "other", at=ago(hours=2))
    mastodon.reply(second, "#acme again", at=ago(hours=1))

    found = only(mentions(read(open_connector(mastodon))))

    assert found.reply_to == f"mastodon:{mastodon.statuses[second]['uri']}"
    assert found.thread == f"mastodon:{mastodon.statuses[first]['uri']}"


def test_mentions_of_the_account_are_read_and_direct_ones_skipped(mastodon: MastodonServer) -> None:
    mastodon.post("@acme_care help", at=ago(hours=2))
    mastodon.post("@acme_care secret", at=ago(hours=1), visibility="direct")
    mastodon.post("@acme_care followers", at=ago(hours=1), visibility="private")

    found = {
        each.text.split()[-1]: each.private for each in mentions(read(open_connector(mastodon)))
    }
    kept = open_connector(mastodon, direct_messages="private")

    assert found == {"help": False, "followers": True}
    assert [e.private for e in mentions(read(kept)) if "secret" in e.text] == [True]


def test_search_finds_what_has_no_hashtag(mastodon: MastodonServer) -> None:
    for number in range(50):
        mastodon.post(f"acme parcel {number}", at=ago(hours=3))
    mastodon.post("acme of old", at=ago(hours=30))

    pages = read(open_connector(mastodon, server={"stream": False}))

    assert len({each.key for each in mentions(pages)}) == 50
    assert "search acme at s0" in [page.window.query for page in pages if page.window]


def test_a_server_without_search_is_noted_once(mastodon: MastodonServer) -> None:
    mastodon.fault("status", path="/api/v2/search", status=404)
    connector = open_connector(mastodon, server={"stream": False})

    first, second = read(connector), read(connector)

    holes = [page.window for page in first if page.window and not page.window.complete]
    assert [hole.query for hole in holes] == ["search acme at s0"]
    assert "search acme at s0" not in [page.window.query for page in second if page.window]


def test_own_replies_cost_one_request_when_there_are_none(mastodon: MastodonServer) -> None:
    post = mastodon.post("@acme_care help", at=ago(hours=2))
    mastodon.post("#acme news", "acme_care", at=ago(hours=2))
    mastodon.reply(post, "@customer here you are", "acme_care", at=ago(hours=1))
    connector = open_connector(mastodon)

    pages = list(connector.own_pages(connector.own_cursor_at(NOW - 24 * HOUR), NOW))
    asked = len(mastodon.requests)
    again = list(connector.own_pages(pages[-1].cursor, NOW + MINUTE))

    reply = only(mentions(pages))
    assert reply.reply_to == reply.thread == f"mastodon:{mastodon.statuses[post]['uri']}"
    assert reply.author is not None
    assert reply.author.handle == f"acme_care@{mastodon.domain}"
    assert mentions(again) == []
    assert len(mastodon.requests) == asked + 1


@pytest.mark.parametrize("batches", [True, False])
def test_a_second_look_after_a_restart_finds_edits_and_deletions(
    mastodon: MastodonServer, batches: bool
) -> None:
    mastodon.batches = batches
    numbers = [mastodon.post(f"#acme {each}", at=ago(hours=1)) for each in ("a", "b", "c")]
    keys = [f"mastodon:{mastodon.statuses[each]['uri']}" for each in numbers]
    mastodon.edit(numbers[1], "#acme better", at=NOW.timestamp())
    mastodon.delete(numbers[2])

    found = {each.key: each for each in open_connector(mastodon).recheck(keys, NOW)}

    assert [found[key].text for key in keys] == ["#acme a", "#acme better", ""]
    assert found[keys[1]].edited_at == NOW
    assert [found[key].deleted for key in keys] == [False, False, True]


def test_a_post_of_another_server_is_looked_up_by_its_address(mastodon: MastodonServer) -> None:
    number = mastodon.adopt(_foreign("#acme far", ago(hours=1)))
    key = f"mastodon:{mastodon.statuses[number]['uri']}"

    with_token = list(open_connector(mastodon).recheck([key], NOW))
    gone = list(open_connector(mastodon).recheck([f"{key}9"], NOW))  # its server may be down

    assert texts(with_token) == ["#acme far"]
    assert gone == []
    with pytest.raises(AuthError, match="needs a token"):
        list(open_connector(mastodon, secrets={}).recheck([key], NOW))


def test_a_reply_is_written_once_and_stays_as_visible(mastodon: MastodonServer) -> None:
    post = mastodon.post(
        "@acme_care help", at=ago(hours=1), visibility="private", spoiler_text="parcels"
    )
    to = only(mentions(read(open_connector(mastodon))))
    first = open_connector(mastodon).reply(to, "On our way: https://acme.example/a?b=1", "tap-1")

    again = open_connector(mastodon).reply(to, "On our way: https://acme.example/a?b=1", "tap-9")

    (written,) = mastodon.written_by("acme_care")
    assert again == first
    assert written["in_reply_to_id"] == post
    assert written["visibility"] == "private"
    assert written["spoiler_text"] == "parcels"
    assert written["_words"].startswith("@customer On our way")
    assert first.key == f"mastodon:{written['uri']}"


def test_a_reply_that_must_wait_is_told_for_how_long(mastodon: MastodonServer) -> None:
    mastodon.post("@acme_care help", at=ago(hours=1))
    connector = open_connector(mastodon)
    to = only(mentions(read(connector)))
    mastodon.fault(
        "status", path="POST /api/v1/statuses", status=429, headers={"retry-after": "700"}
    )

    with pytest.raises(RateLimitError) as caught:
        connector.reply(to, "We look", "tap-1")

    assert caught.value.wait == timedelta(seconds=700)


def test_a_reply_whose_answer_was_lost_is_not_written_again(mastodon: MastodonServer) -> None:
    mastodon.post("@acme_care help", at=ago(hours=1))
    connector = open_connector(mastodon)
    to = only(mentions(read(connector)))
    mastodon.fault("lost_answer", path="POST /api/v1/statuses", times=1)

    with pytest.raises(UnavailableError):
        connector.reply(to, "We look", "tap-1")
    sent = connector.reply(to, "We look", "tap-1")

    assert [each["uri"] for each in mastodon.written_by("acme_care")] == [sent.key[9:]]


def test_a_reply_to_what_is_gone_is_refused(mastodon: MastodonServer) -> None:
    number = mastodon.post("@acme_care help", at=ago(hours=1))
    connector = open_connector(mastodon)
    to = only(mentions(read(connector)))
    mastodon.delete(number)

    with pytest.raises(RefusedError, match="gone"):
        connector.reply(to, "We look", "tap-1")


def test_a_reply_that_is_too_long_is_refused_with_the_servers_words(
    mastodon: MastodonServer,
) -> None:
    mastodon.post("@acme_care help", at=ago(hours=1))
    connector = open_connector(mastodon)
    to = only(mentions(read(connector)))

    with pytest.raises(RefusedError, match="limit of 500 exceeded"):
        connector.reply(to, "x" * 600, "tap-1")

    assert connector.reply_limit == 500
    assert connector.reply_length("x" * 600, to) == 600 + len("@customer ")


def test_a_reply_can_be_taken_back_after_a_restart(mastodon: MastodonServer) -> None:
    mastodon.post("@acme_care help", at=ago(hours=1))
    connector = open_connector(mastodon)
    sent = connector.reply(only(mentions(read(connector))), "We look", "tap-1")

    open_connector(mastodon).take_back(sent)
    open_connector(mastodon).take_back(sent)

    assert mastodon.written_by("acme_care") == []


def test_a_thread_is_read_from_its_key_alone(mastodon: MastodonServer) -> None:
    first = mastodon.post("#acme one", at=ago(hours=3))
    second = mastodon.reply(first, "two", "other", at=ago(hours=2))
    mastodon.reply(second, "three", at=ago(hours=1))
    key = f"mastodon:{mastodon.statuses[first]['uri']}"

    found = open_connector(mastodon, secrets={}).thread(key, NOW)

    assert texts(found) == ["#acme one", "two", "three"]
    assert {each.thread for each in found} == {key}


def test_the_past_is_read_by_ids_made_of_times_and_one_query_alone(
    mastodon: MastodonServer,
) -> None:
    for number in range(100):
        mastodon.post(f"#acme #other {number}", at=ago(hours=200 - number))
    connector = open_connector(mastodon, server={**QUIET, "hashtags": ["other"]})
    since, until = NOW - 180 * HOUR, NOW - 120 * HOUR

    pages = list(connector.past(since, until, None, "#acme at s0"))
    rest = list(connector.past(since, until, pages[0].cursor, "#acme at s0"))

    assert texts(mentions(pages)) == [f"#acme #other {number}" for number in range(20, 80)]
    assert [*pages[0].mentions, *mentions(rest)] == mentions(pages)
    assert {page.window.query for page in pages if page.window} == {"#acme at s0"}


def test_streams_wake_the_poll_and_tell_of_edits_and_deletions(mastodon: MastodonServer) -> None:
    connector = open_connector(mastodon, server={"search": False}, every=timedelta(hours=1))
    woken = threading.Event()
    connector.on_news(woken.set)
    end = read(connector)[-1].cursor
    _wait_for(lambda: mastodon.streaming == 2)

    number = mastodon.post("#acme now", at=NOW.timestamp())
    new = _news(connector, woken, end)
    mastodon.edit(number, "#acme then", at=NOW.timestamp())
    edited = _news(connector, woken, end)
    mastodon.delete(number)
    gone = _news(connector, woken, end)
    connector.close()

    assert [each.text for each in (new, edited, gone)] == ["#acme now", "#acme then", ""]
    assert gone.deleted
    assert len({each.key for each in (new, edited, gone)}) == 1


def test_what_a_broken_stream_did_not_bring_comes_with_the_poll(mastodon: MastodonServer) -> None:
    connector = open_connector(mastodon, server={"search": False})
    connector.on_news(lambda: None)
    end = read(connector)[-1].cursor
    _wait_for(lambda: mastodon.streaming == 2)
    mastodon.break_streams()
    _wait_for(lambda: mastodon.streaming == 0)
    mastodon.post("#acme unheard", at=NOW.timestamp())

    found = mentions(read(connector, end, NOW + MINUTE))
    connector.close()

    assert texts(found) == ["#acme unheard"]


def test_nothing_is_streamed_where_nobody_listens(mastodon: MastodonServer) -> None:
    connector = open_connector(mastodon, server={"search": False})

    read(connector)

    assert mastodon.streaming == 0
    assert not [path for path in mastodon.paths() if "streaming" in path]


def test_a_server_at_another_address_is_read_by_its_own_ids(mastodon: MastodonServer) -> None:
    mastodon.post("#acme before", at=ago(hours=2))
    end = read(open_connector(mastodon))[-1].cursor

    with MastodonServer() as moved:
        moved.post("#acme after", at=ago(minutes=5), id="1001")
        found = mentions(read(open_connector(moved), end, NOW + MINUTE))

    assert texts(found) == ["#acme after"]


def test_a_hashtag_added_later_starts_where_the_others_stand(mastodon: MastodonServer) -> None:
    mastodon.post("#other old", at=ago(hours=20))
    end = read(open_connector(mastodon))[-1].cursor
    mastodon.post("#other new", at=NOW.timestamp())

    more = open_connector(mastodon, server={**QUIET, "hashtags": ["other"]}, overlap=MINUTE)
    found = mentions(read(more, end, NOW + MINUTE))

    assert texts(found) == ["#other new"]


def test_a_server_that_was_down_from_the_start_is_read_from_the_start(
    mastodon: MastodonServer,
) -> None:
    with MastodonServer() as other:
        other.post("#acme meanwhile", at=ago(hours=3))
        other.fault("status", status=503)
        pages: list[Page] = []
        with pytest.raises(UnavailableError, match="s1: answered 503"):
            pages.extend(_until_error(open_connector(mastodon, other), pages))
        other.clear_faults()

        found = mentions(read(open_connector(mastodon, other), pages[-1].cursor, NOW + MINUTE))

    assert texts(found) == ["#acme meanwhile"]


def test_a_server_that_lets_us_wait_is_read_last_and_left_alone_soon(
    mastodon: MastodonServer,
) -> None:
    with MastodonServer() as other:
        other.post("#acme there", at=ago(hours=1))
        tags = {**QUIET, "hashtags": ["a1", "a2", "a3"]}
        wait = timedelta(milliseconds=300)
        connector = open_connector(mastodon, other, server=tags, timeout=wait)
        connector.probe()
        mastodon.fault("hang", path="timelines", seconds=0.6)
        asked: list[str] = []
        mastodon.before_answer = lambda each: asked.append(f"s0 {each.path}")
        other.before_answer = lambda each: asked.append(f"s1 {each.path}")
        first, second = _pages_before_failure(connector), len(asked)

        again = _pages_before_failure(connector)

    tried = [each.partition("/timelines")[0] for each in asked[:second] if "timelines" in each]
    assert texts(mentions(first)) == texts(mentions(again)) == ["#acme there"]
    assert tried[:3] == ["s0 /api/v1", "s0 /api/v1", "s1 /api/v1"]  # twice, then the other one
    assert asked[second].startswith("s1 ")  # and what hangs comes last the next time


def test_a_slow_timeline_keeps_no_other_from_being_read(mastodon: MastodonServer) -> None:
    mastodon.post("@acme_care help", at=ago(hours=1))
    connector = open_connector(mastodon, timeout=timedelta(milliseconds=300))
    mastodon.fault("hang", path="timelines/tag/acme", seconds=0.6)

    pages = _pages_before_failure(connector)

    assert texts(mentions(pages)) == [f"@acme_care@{mastodon.domain} help"]


def test_every_keyword_is_searched_from_the_start_on(mastodon: MastodonServer) -> None:
    words = tuple(f"word{number}" for number in range(45))
    for word in words:
        mastodon.post(f"{word} is lost", at=ago(hours=20))
    brand = Brand(name="Acme", keywords=words)
    given = {"servers": [{"name": "s0", "base_url": mastodon.url, "stream": False}]}
    connector = connect(Options.model_validate(given), Watch(brands=(brand,), secrets=TOKEN))
    cursor = connector.cursor_at(NOW - 24 * HOUR)
    found: list[Mention] = []

    for minute in range(3):
        pages = list(connector.pages(cursor, NOW + minute * MINUTE))
        found += mentions(pages)
        cursor = pages[-1].cursor
    past = list(connector.past(NOW - 24 * HOUR, NOW, None))  # type: ignore[attr-defined]

    assert {each.text for each in found} == {f"{word} is lost" for word in words}
    assert {each.text for each in mentions(past)} == {f"{word} is lost" for word in words}


def test_a_server_that_refused_to_search_is_asked_again_later(mastodon: MastodonServer) -> None:
    mastodon.post("acme without a tag", at=ago(hours=1))
    mastodon.fault("status", path="/api/v2/search", status=403, times=1)
    connector = open_connector(mastodon, server={"stream": False})
    end = read(connector)[-1].cursor

    soon = mentions(read(connector, end, NOW + MINUTE))
    later = mentions(read(connector, end, NOW + HOUR))

    assert soon == []
    assert texts(later) == ["acme without a tag"]


def test_the_past_of_a_server_without_search_is_a_hole_and_no_failure(
    mastodon: MastodonServer,
) -> None:
    mastodon.fault("status", path="/api/v2/search", status=404)
    connector = open_connector(mastodon, server={"stream": False})

    windows = [page.window for page in connector.past(NOW - HOUR, NOW, None)]

    holes = [window.query for window in windows if window and not window.complete]
    assert holes == ["search acme at s0"]


def test_what_a_server_missed_while_it_was_down_is_found(mastodon: MastodonServer) -> None:
    missed = mastodon.post("#acme missed", "far@away.example", at=ago(hours=5), listed=False)
    mastodon.post("#acme on time", at=ago(hours=1))
    connector = open_connector(mastodon)
    end = read(connector)[-1].cursor
    mastodon.list_now(missed)

    soon = mentions(read(connector, end, NOW + MINUTE))
    later = mentions(read(connector, end, NOW + HOUR))
    restarted = mentions(read(open_connector(mastodon), end, NOW + MINUTE))

    assert "#acme missed" not in texts(soon)
    assert "#acme missed" in texts(later)
    assert "#acme missed" in texts(restarted)


def test_own_replies_that_reach_another_server_late_are_found(mastodon: MastodonServer) -> None:
    post = mastodon.post("@acme_care help", at=ago(hours=3))
    answer = partial(mastodon.reply, post, author="acme_care@far.example", listed=False)
    first = answer("@customer first", at=ago(minutes=10))
    second = answer("@customer second", at=ago(minutes=5))
    own = (("mastodon", "acme_care@far.example"),)
    brand = Brand(name="Acme", keywords=("acme",), own_accounts=own)
    listed = {"name": "s0", "base_url": mastodon.url, **QUIET}
    options = Options.model_validate({"servers": [listed]})
    connector: Any = connect(options, Watch(brands=(brand,), secrets=TOKEN))
    mastodon.list_now(second)
    pages = list(connector.own_pages(connector.own_cursor_at(NOW - 24 * HOUR), NOW))
    mastodon.list_now(first)

    late = mentions(connector.own_pages(pages[-1].cursor, NOW + MINUTE))

    assert [text.split()[-1] for text in texts(mentions(pages))] == ["second"]
    assert "first" in [text.split()[-1] for text in texts(late)]


@pytest.mark.parametrize("kind", ["status", "html"])
def test_an_old_server_tells_its_name_in_the_old_way(mastodon: MastodonServer, kind: str) -> None:
    mastodon.domain = "social.example"
    mastodon.fault(kind, path="/api/v2/instance", status=404)
    mastodon.post("#acme help", at=ago(hours=1))

    (found,) = mentions(read(open_connector(mastodon)))

    assert found.author is not None
    assert found.author.handle == "customer@social.example"


def test_a_name_that_could_not_be_told_is_asked_for_again(mastodon: MastodonServer) -> None:
    mastodon.domain = "social.example"
    mastodon.fault("status", path="/api/v[12]/instance", status=404, times=2)
    connector = open_connector(mastodon)
    read(connector)
    mastodon.post("#acme help", at=ago(hours=1))

    (found,) = mentions(read(connector))

    assert found.place == "social.example"


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        pytest.param("status", {"path": r"statuses\?id", "status": 200, "body": []}, id="left out"),
        pytest.param("html", {"path": "statuses", "status": 404}, id="a page for people"),
        pytest.param("status", {"path": r"statuses\?id", "status": 405}, id="not allowed"),
    ],
)
def test_what_is_not_told_to_be_gone_is_not_gone(
    mastodon: MastodonServer, kind: str, fault: dict[str, Any]
) -> None:
    key = f"mastodon:{mastodon.statuses[mastodon.post('#acme a', at=ago(hours=1))]['uri']}"
    mastodon.fault(kind, **fault)
    found: list[Mention] = []

    with suppress(ConnectorError):
        found.extend(open_connector(mastodon).recheck([key], NOW))

    assert not [each for each in found if each.deleted]
    assert kind == "html" or texts(found) == ["#acme a"]


def test_a_second_look_after_a_restart_knows_the_thread(mastodon: MastodonServer) -> None:
    first = mastodon.post("My parcel", "other", at=ago(hours=3))
    reply = mastodon.reply(first, "#acme again", at=ago(hours=1))

    found = only(
        open_connector(mastodon).recheck([f"mastodon:{mastodon.statuses[reply]['uri']}"], NOW)
    )

    assert found.thread == found.reply_to == f"mastodon:{mastodon.statuses[first]['uri']}"


def test_a_conversation_that_cannot_be_read_holds_up_no_timeline(mastodon: MastodonServer) -> None:
    first = mastodon.post("My parcel", at=ago(hours=3))
    second = mastodon.reply(first, "And mine", "other", at=ago(hours=2))
    mastodon.reply(second, "#acme again", at=ago(hours=1))
    mastodon.post("#acme more", at=ago(minutes=50))
    mastodon.fault("status", path="/context", status=500)

    again, more = mentions(read(open_connector(mastodon)))

    assert more.text == "#acme more"
    assert again.reply_to == f"mastodon:{mastodon.statuses[second]['uri']}"
    assert again.thread == f"mastodon:{mastodon.statuses[first]['uri']}"


def test_one_odd_thing_in_a_list_hides_no_post(mastodon: MastodonServer) -> None:
    number = mastodon.post("#acme here", at=ago(hours=1))
    shown = {**mastodon.statuses[number], "media_attachments": 5, "mentions": [None], "poll": []}
    body = [None, shown, "odd"]
    mastodon.fault("status", path="timelines/tag/acme", status=200, body=body, times=2)

    found = mentions(read(open_connector(mastodon)))

    assert texts(found) == ["#acme here"]


def test_a_server_that_looks_up_no_names_knows_the_tokens_account(mastodon: MastodonServer) -> None:
    post = mastodon.post("@acme_care help", at=ago(hours=2))
    mastodon.reply(post, "here you are", "acme_care", at=ago(hours=1))
    mastodon.fault("status", path="accounts/lookup", status=404)
    connector = open_connector(mastodon)

    found = mentions(connector.own_pages(connector.own_cursor_at(NOW - 24 * HOUR), NOW))

    assert texts(found) == ["here you are"]


def test_an_unknown_own_account_is_named(mastodon: MastodonServer) -> None:
    mastodon.fault("status", path="accounts/lookup", status=404)
    connector = open_connector(mastodon, secrets={})

    with pytest.raises(UnavailableError, match="the account 'acme_care' is not known there"):
        list(connector.own_pages(connector.own_cursor_at(NOW - HOUR), NOW))


def test_nothing_is_left_running_after_the_close(mastodon: MastodonServer) -> None:
    connector = open_connector(mastodon, server={"search": False})
    connector.on_news(lambda: None)
    read(connector)
    _wait_for(lambda: mastodon.streaming == 2)

    connector.close()

    assert not [each for each in threading.enumerate() if each.name.startswith("mastodon-s0")]


def _news(connector: Any, woken: threading.Event, cursor: Cursor) -> Mention:
    assert woken.wait(10)
    woken.clear()
    return only(mentions(read(connector, cursor, NOW + MINUTE)))


def _wait_for(what: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(1000):
        if what():
            return
        tick.wait(0.01)
    raise AssertionError("it did not happen")


def _pages_before_failure(connector: Any) -> list[Page]:
    pages: list[Page] = []
    with pytest.raises(UnavailableError, match="s0: "):
        pages.extend(_until_error(connector, pages))
    return pages


def _until_error(connector: Any, pages: list[Page]) -> Iterator[Page]:
    yield from connector.pages(connector.cursor_at(NOW - 24 * HOUR), NOW)


def _foreign(text: str, at: float) -> dict[str, Any]:
    with MastodonServer(domain="far.example") as far:
        number = far.post(text, at=at)
        status = far.statuses[number]
    home = "https://far.example"
    return {**status, "uri": f"{home}/users/customer/statuses/{number}", "url": f"{home}/{number}"}
