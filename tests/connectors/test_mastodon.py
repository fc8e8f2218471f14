"""Mastodon over real HTTP on loopback, through the real client library."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
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


def test_without_servers_nothing_is_read_and_the_probe_says_so() -> None:
    connector = open_connector()

    assert read(connector) == []
    assert connector.probe() == "no servers are set: nothing is read"


def test_a_token_of_no_server_is_a_mistake(mastodon: MastodonServer) -> None:
    with pytest.raises(ConfigError, match="'token_mian' is of no server"):
        open_connector(mastodon, secrets={"token_mian": "x"})


def test_the_probe_names_server_and_account(mastodon: MastodonServer) -> None:
    connector = open_connector(mastodon)

    line = connector.probe()

    assert line == f"s0: logged in at {mastodon.domain} as @acme_care: reads and replies"


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


def test_ids_that_tell_no_time_are_found_by_paging_down(mastodon: MastodonServer) -> None:
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

    assert str(caught.value) == "mastodon: s0: the token is missing or refused (401)"


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
    gone = list(open_connector(mastodon).recheck([f"{key}9"], NOW))

    assert texts(with_token) == ["#acme far"]
    assert [each.deleted for each in gone] == [True]
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


def test_a_hashtag_added_later_starts_where_the_others_stand(mastodon: MastodonServer) -> None:
    mastodon.post("#other old", at=ago(hours=20))
    end = read(open_connector(mastodon))[-1].cursor
    mastodon.post("#other new", at=NOW.timestamp())

    more = open_connector(mastodon, server={**QUIET, "hashtags": ["other"]}, overlap=MINUTE)
    found = mentions(read(more, end, NOW + MINUTE))

    assert texts(found) == ["#other new"]


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


def _until_error(connector: Any, pages: list[Page]) -> Iterator[Page]:
    yield from connector.pages(connector.cursor_at(NOW - 24 * HOUR), NOW)


def _foreign(text: str, at: float) -> dict[str, Any]:
    with MastodonServer(domain="far.example") as far:
        number = far.post(text, at=at)
        status = far.statuses[number]
    home = "https://far.example"
    return {**status, "uri": f"{home}/users/customer/statuses/{number}", "url": f"{home}/{number}"}
