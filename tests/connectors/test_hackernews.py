"""Hacker News over real HTTP on loopback."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hackernews import EVERYTHING, Options, connect, queries
from connectors.hackernews_access.payloads import to_mention
from monitor.errors import AuthError, ConnectorError, RateLimitError, UnavailableError
from monitor.model import Brand, Cursor, Page, Watch
from monitor.ports import Metered, OwnReplies, PastReading, Rechecking, Replying, Threads
from tests.servers.hackernews import HackerNewsServer
from tests.servers.loopback import Asked

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SITE = "https://news.ycombinator.com"
ACME = Brand(
    name="Acme", keywords=("acme", "@AcmeCare"), own_accounts=(("hackernews", "acme_care"),)
)


@pytest.fixture
def site() -> Iterator[HackerNewsServer]:
    with HackerNewsServer() as server:
        yield server


def opened(site: HackerNewsServer, brand: Brand = ACME, **options: Any) -> Any:
    section = {"base_url": site.base_url, **options}
    return connect(Options.model_validate(section), Watch(brands=(brand,)))


def ago(minutes: float) -> float:
    return (NOW - timedelta(minutes=minutes)).timestamp()


def poll(connector: Any, cursor: Cursor | None = None, now: datetime = NOW) -> list[Page]:
    return list(connector.pages(cursor or connector.cursor_at(NOW - HOUR), now))


def keys(pages: list[Page]) -> set[str]:
    return {each.key.removeprefix("hackernews:") for page in pages for each in page.mentions}


# What is read


def test_it_reads_and_cannot_reply(site: HackerNewsServer) -> None:
    connector = opened(site)

    able = (Metered, OwnReplies, PastReading, Rechecking, Threads)
    assert [isinstance(connector, each) for each in able] == [True] * 5
    assert not isinstance(connector, Replying)


def test_stories_and_comments_that_name_a_keyword_are_read(site: HackerNewsServer) -> None:
    story = site.post("It's <broken>\n\nReally", at=ago(50), title="Acme & co", url="https://a.sk")
    comment = site.reply(story, "Acme's is mine too", at=ago(40))
    below = site.reply(comment, "acme again", at=ago(30))
    site.post("Nothing", at=ago(20))

    pages = poll(opened(site))

    found = {each.key.removeprefix("hackernews:"): each for page in pages for each in page.mentions}
    assert set(found) == {story, comment, below}
    assert found[story].text == "Acme & co\n\nIt's <broken>\n\nReally\n\nhttps://a.sk"
    assert found[story].url == f"{SITE}/item?id={story}"
    assert found[comment].text == "Acme's is mine too"
    assert found[below].reply_to == f"hackernews:{comment}"
    assert {each.thread for each in found.values()} == {f"hackernews:{story}"}


def test_each_keyword_is_one_request_and_a_window_of_its_own(site: HackerNewsServer) -> None:
    pages = poll(opened(site))

    windows = [page.window for page in pages if page.window]
    assert [each.query for each in windows] == ["search acme", "search acmecare"]
    assert {(each.since, each.until, each.complete) for each in windows} == {
        (NOW - HOUR, NOW, True)
    }
    assert [page.requests for page in pages] == [1, 1]


def test_many_keywords_are_one_reading_of_all_that_is_new(site: HackerNewsServer) -> None:
    story = site.post("No keyword at all", at=ago(10))
    many = Brand(name="Many", keywords=tuple(f"word{number}" for number in range(51)))

    pages = poll(opened(site, many))

    assert keys(pages) == {story}
    assert [page.window.query for page in pages if page.window] == [EVERYTHING]
    assert len(site.requests) == 1


def test_more_hits_than_a_search_gives_are_read_slice_by_slice(site: HackerNewsServer) -> None:
    site.most_hits, site.page_most = 40, 20
    names = {site.post(f"acme {number}", at=ago(59) + 25 * number) for number in range(130)}

    pages = poll(opened(site))

    assert keys(pages) == names
    assert all(page.window and page.window.complete for page in pages)
    times = [each.posted_at for page in pages for each in page.mentions]
    assert times == sorted(times)


def test_a_second_that_holds_more_than_any_search_gives_is_a_hole(site: HackerNewsServer) -> None:
    site.page_most = 250
    for number in range(1002):
        site.post(f"acme {number}", at=ago(30))

    pages = poll(opened(site))

    holes = [page for page in pages if page.window and not page.window.complete]
    assert len(keys(pages)) == 1000
    assert [(page.mentions, page.window.since) for page in holes if page.window] == [
        ((), NOW - 30 * MINUTE)
    ]


def test_a_search_that_gives_less_than_it_counts_is_believed_to_hold_more(
    site: HackerNewsServer,
) -> None:
    site.most_hits = 3
    names = {site.post("acme", at=ago(40) + minute * 60) for minute in range(9)}
    crowded = [site.post("acme", at=ago(20)) for _ in range(5)]

    pages = poll(opened(site, Brand(name="A", keywords=("acme",))))

    holes = [page.window for page in pages if page.window and not page.window.complete]
    assert keys(pages) >= names
    assert len(keys(pages) & set(crowded)) == 3
    assert [each.since for each in holes] == [NOW - 20 * MINUTE]


@pytest.mark.parametrize("shown", [1000, 20])
def test_a_count_that_is_only_an_estimate_costs_few_requests_and_names_no_hole(
    site: HackerNewsServer, shown: int
) -> None:
    site.miscount, site.page_most = 5, shown
    names = {site.post(f"acme {age}", at=ago(age)) for age in range(1, 31)}

    pages = poll(opened(site, Brand(name="A", keywords=("acme",))))

    assert keys(pages) == names
    assert all(page.window.complete for page in pages if page.window)
    assert len(site.requests) < 20


@pytest.mark.parametrize(
    "unsaid",
    [{"nbHits"}, {"hitsPerPage"}, {"nbHits", "nbPages"}, {"nbHits", "nbPages", "hitsPerPage"}],
)
def test_a_search_that_shows_few_hits_and_says_little_of_them_is_read_whole(
    site: HackerNewsServer, unsaid: set[str]
) -> None:
    site.page_most, site.unsaid = 20, unsaid
    names = {site.post(f"acme {age}", at=ago(age)) for age in range(1, 58)}

    pages = poll(opened(site, Brand(name="A", keywords=("acme",))))

    assert keys(pages) == names
    assert all(page.window.complete for page in pages if page.window)


def test_a_post_that_is_ahead_of_our_clock_is_read_at_once(site: HackerNewsServer) -> None:
    ahead = site.post("acme", at=ago(-7))
    connector = opened(site)

    pages = poll(connector)
    later = site.post("acme", at=ago(-3))

    assert keys(pages) == {ahead}
    assert later in keys(poll(connector, pages[-1].cursor, NOW + 5 * MINUTE))


def test_a_post_deleted_between_two_requests_hides_no_other(site: HackerNewsServer) -> None:
    site.page_most = 10
    names = [site.post(f"acme {age}", at=ago(age)) for age in range(59, 9, -1)]

    def delete_newest(asked: Asked) -> None:
        if len(site.requests) == 2:
            site.delete(names[-1])

    site.before_answer = delete_newest
    pages = poll(opened(site))

    assert keys(pages) >= set(names[:-1])


def test_a_post_that_only_a_larger_answer_showed_is_kept(site: HackerNewsServer) -> None:
    site.most_hits, site.page_most = 10, 10
    names = [site.post(f"acme {number}", at=ago(59) + 60 * number) for number in range(40)]

    def delete_the_newest(asked: Asked) -> None:
        if len(site.requests) == 2:
            site.delete(names[-1])

    site.before_answer = delete_the_newest

    pages = poll(opened(site))

    assert keys(pages) == set(names)


def test_a_post_indexed_late_is_found_within_the_overlap(site: HackerNewsServer) -> None:
    connector = opened(site)
    late = site.post("acme, indexed late", at=ago(50), listed=False)
    site.post("acme", at=ago(1))
    first = poll(connector)
    site.list_now(late)

    second = poll(connector, first[-1].cursor, NOW + MINUTE)

    assert late not in keys(first)
    assert late in keys(second)


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_post_shown_at_a_poll_is_found_whatever_comes_and_goes(data: st.DataObject) -> None:
    with HackerNewsServer() as site:
        site.page_most, site.shuffle = data.draw(st.integers(2, 7)), True
        connector = opened(site, Brand(name="A", keywords=("acme",)))
        cursor, now = connector.cursor_at(NOW), NOW
        held: list[str] = []
        shown: set[str] = set()
        seen: set[str] = set()
        for _ in range(data.draw(st.integers(1, 3))):
            now += MINUTE
            for age in data.draw(st.lists(st.integers(0, 59), max_size=12)):
                late = data.draw(st.booleans())
                name = site.post("acme", at=now.timestamp() - age, listed=not late)
                (held.append if late else shown.add)(name)
            for name in data.draw(st.lists(st.sampled_from(held), unique=True)) if held else []:
                site.list_now(name)
                held.remove(name)
                shown.add(name)

            for page in connector.pages(cursor, now):
                cursor = page.cursor
                seen |= keys([page])

            assert seen >= shown


def test_an_account_is_found_among_longer_names(site: HackerNewsServer) -> None:
    story = site.post("acme", at=ago(50))
    reply = site.reply(story, "We look into it", author="Acme_Care", at=ago(40))
    for age in range(30):
        site.post("x", author="acme_career", at=ago(age))
        site.post("x", author="acme_careless", at=ago(age))
    connector = opened(site)

    pages = list(connector.own_pages(connector.own_cursor_at(NOW - HOUR), NOW))

    assert keys(pages) == {reply}


def test_own_comments_are_found_however_the_account_is_spelled(site: HackerNewsServer) -> None:
    story = site.post("acme", at=ago(50))
    site.post("Ours", author="Acme_Care", at=ago(49))
    reply = site.reply(story, "We look into it", author="Acme_Care", at=ago(30))
    site.reply(story, "So do I", author="Acme_Carey", at=ago(20))
    connector = opened(site)

    pages = list(connector.own_pages(connector.own_cursor_at(NOW - HOUR), NOW))
    again = list(connector.own_pages(pages[-1].cursor, NOW))

    assert keys(pages) == {reply}
    assert pages[0].mentions[0].reply_to == f"hackernews:{story}"
    assert len(again) == 1
    assert len(site.requests) == 3  # the spelling is looked up once


# The past, threads and second looks


def test_the_past_is_half_open_and_resumes_in_mid_keyword(site: HackerNewsServer) -> None:
    site.page_most = 5
    names = [site.post(f"acme {age}", at=ago(age)) for age in range(40, 0, -1)]
    connector = opened(site, Brand(name="A", keywords=("acme",)))
    since, until = NOW - 40 * MINUTE, NOW - MINUTE

    pages = list(connector.past(since, until, None))
    rest = list(connector.past(since, until, pages[1].cursor))

    assert keys(pages) == set(names[:-1])
    assert keys(pages[:2]) | keys(rest) == keys(pages)
    assert keys(rest).isdisjoint(keys(pages[:2]))


def test_the_past_of_one_query_reads_that_query_only(site: HackerNewsServer) -> None:
    site.post("acme", at=ago(30))
    connector = opened(site)

    pages = list(connector.past(NOW - HOUR, NOW, None, "search acmecare"))
    everything = list(connector.past(NOW - HOUR, NOW, None, EVERYTHING))

    assert keys(pages) == set()
    assert [page.window.query for page in pages if page.window] == ["search acmecare"]
    assert len(keys(everything)) == 1


def test_a_thread_is_the_story_and_all_below_it(site: HackerNewsServer) -> None:
    story = site.post("acme", at=ago(50))
    first = site.reply(story, "one", at=ago(40))
    second = site.reply(first, "two", at=ago(30))
    site.delete(first)

    found = list(opened(site).thread(f"hackernews:{story}", NOW))

    assert [each.key for each in found] == [f"hackernews:{name}" for name in (story, first, second)]
    assert [each.deleted for each in found] == [False, True, False]
    assert {each.thread for each in found} == {f"hackernews:{story}"}


def test_a_second_look_finds_edits_and_deletions_with_few_requests(site: HackerNewsServer) -> None:
    story = site.post("acme", at=ago(50))
    edited = site.reply(story, "acme one", at=ago(40))
    gone = site.reply(story, "acme two", at=ago(30))
    alone = site.post("acme", at=ago(20))
    site.edit(edited, "acme, solved")
    site.delete(gone)
    site.delete(alone)
    asked = [f"hackernews:{name}" for name in (alone, gone, edited, story)]

    found = {each.key: each for each in opened(site).recheck(asked, NOW)}

    assert set(found) == set(asked)
    assert found[f"hackernews:{edited}"].text == "acme, solved"
    assert [found[key].deleted for key in asked] == [True, True, False, False]
    assert len(site.requests) == 2


def test_the_thread_of_a_story_that_is_gone_says_so(site: HackerNewsServer) -> None:
    story, other = (site.post("acme", at=ago(age)) for age in (50, 40))
    site.delete(story)

    (found,) = opened(site).thread(f"hackernews:{story}", NOW)

    assert (found.key, found.deleted) == (f"hackernews:{story}", True)
    assert site.paths()[-1].endswith(f"items/{other}")


def test_a_search_that_gives_no_items_makes_no_post_look_deleted(site: HackerNewsServer) -> None:
    names = [site.post("acme", at=ago(age)) for age in (50, 40)]
    site.fault("status", path="items", status=404, body={"status": 404, "error": "Not Found"})
    connector, found = opened(site), []

    with pytest.raises(UnavailableError, match="single items"):
        found.extend(connector.thread(f"hackernews:{names[0]}", NOW))
    found.extend(connector.recheck([f"hackernews:{name}" for name in names], NOW))

    assert found == []


def test_a_post_of_which_nothing_comes_is_left_out_of_a_second_look(site: HackerNewsServer) -> None:
    names = [site.post("acme", at=ago(age)) for age in (50, 40)]
    site.fault("html", path=names[0], status=404)
    asked = [*(f"hackernews:{name}" for name in names), "hackernews:x", "reddit:t3_a"]

    found = [each.key for each in opened(site).recheck(asked, NOW)]

    assert found == [f"hackernews:{names[1]}"]


def test_second_looks_end_where_nothing_works(site: HackerNewsServer) -> None:
    names = [site.post("acme", at=ago(age)) for age in range(9)]
    site.fault("html", path="items", status=200)

    with pytest.raises(UnavailableError):
        list(opened(site).recheck([f"hackernews:{name}" for name in names], NOW))

    assert len(site.requests) == 3


# What goes wrong


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param({"kind": "html", "status": 200}, UnavailableError, id="a page"),
        pytest.param({"kind": "bad_json"}, UnavailableError, id="half an answer"),
        pytest.param(
            {"kind": "status", "status": 200, "body": {"hits": None}}, UnavailableError, id="odd"
        ),
        pytest.param({"kind": "status", "status": 200, "body": []}, UnavailableError, id="a list"),
        pytest.param({"kind": "status", "status": 403}, AuthError, id="blocked"),
        pytest.param({"kind": "status", "status": 400}, UnavailableError, id="refused"),
        pytest.param({"kind": "hang", "seconds": 2}, UnavailableError, id="silent"),
    ],
)
def test_odd_answers_are_one_line_and_cost_no_other_keyword(
    site: HackerNewsServer, fault: dict[str, Any], error: type[ConnectorError]
) -> None:
    named = site.post("acmecare", at=ago(10))
    site.fault(path="query=acme&", **fault)
    connector = opened(site, timeout=timedelta(seconds=0.1))
    read: list[Page] = []

    with pytest.raises(error) as caught:
        read.extend(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert "\n" not in str(caught.value)
    assert keys(read) == {named}


@pytest.mark.parametrize("kind", ["reset", "cut", "status"])
def test_what_passes_is_asked_again(site: HackerNewsServer, kind: str) -> None:
    named = site.post("acme", at=ago(10))
    site.fault(kind, status=502, times=2)

    assert keys(poll(opened(site))) == {named}


def test_too_many_requests_end_the_poll_and_tell_when_to_come_again(
    site: HackerNewsServer,
) -> None:
    site.fault("status", status=429, headers={"retry-after": "90"})

    with pytest.raises(RateLimitError) as caught:
        poll(opened(site))

    assert caught.value.retry_at == NOW + timedelta(seconds=90)
    assert len(site.requests) == 1


def test_a_failed_keyword_keeps_its_mark(site: HackerNewsServer) -> None:
    connector = opened(site)
    named = site.post("acme", at=ago(30))
    site.fault("html", path="query=acme&")
    read: list[Page] = []
    with pytest.raises(UnavailableError):
        read.extend(connector.pages(connector.cursor_at(NOW - HOUR), NOW))
    site.clear_faults()

    assert named in keys(poll(connector, read[-1].cursor, NOW + 24 * HOUR))


def test_what_was_asked_is_counted(site: HackerNewsServer) -> None:
    connector = opened(site)

    poll(connector)

    assert connector.meter.requests == len(site.requests) == 2


def test_a_cursor_of_another_kind_is_one_line(site: HackerNewsServer) -> None:
    with pytest.raises(ConnectorError, match="cannot go on"):
        poll(opened(site), Cursor("nonsense"))


# Words


def test_keywords_become_words_to_search_for() -> None:
    brand = Brand(name="A", keywords=('"Acme Bank"', "#acme", "ACME", "acme.example", "-", "C++"))

    assert queries((brand,)) == ("acme bank", "acme", "acme example", "c++")


@pytest.mark.parametrize(
    "odd",
    [
        {"created_at_i": "soon"},
        {"created_at": ""},
        {"created_at_i": None, "created_at": "2026-03-06T11:00:00"},
        {"_tags": "comment"},
        {"_tags": [None, 7, "comment"]},
        {"objectID": 7, "parent_id": "5", "story_id": "3"},
    ],
)
def test_one_odd_field_loses_no_post(odd: dict[str, Any]) -> None:
    hit = {
        "objectID": "7",
        "created_at": "2026-03-06T11:00:00Z",
        "created_at_i": (NOW - HOUR).timestamp(),
        "comment_text": "acme",
        "parent_id": 5,
        "story_id": 3,
    }

    found = to_mention({**hit, **odd}, SITE)

    assert found.posted_at == NOW - HOUR
    assert (found.key, found.thread) == ("hackernews:7", "hackernews:3")
    assert (found.text, found.reply_to) == ("acme", "hackernews:5")


def test_a_recorded_story_is_whole(shared: Path) -> None:
    answer = json.loads((shared / "fixtures/hn/search_story.json").read_text("utf-8"))

    found = to_mention(answer["hits"][0], SITE)

    assert found.key == found.thread == "hackernews:13133437"
    assert found.text.startswith("Ask HN: How would I visualize URL propagation")
    assert "I don't know how" in found.text
    assert "\n\nFor example, say PG writes" in found.text
    assert "and/or" in found.text
    assert found.posted_at == datetime(2016, 12, 8, 19, 39, 7, tzinfo=UTC)
    assert found.author is not None
    assert found.author.handle == "anigbrowl"


def test_a_recorded_comment_without_text_is_gone(shared: Path) -> None:
    hit = json.loads((shared / "fixtures/hn/comment_hit_without_text.json").read_text("utf-8"))

    found = to_mention(hit, SITE)

    assert found.deleted
    assert found.thread == "hackernews:9998227"
    assert found.reply_to == "hackernews:9999826"


def test_a_recorded_answer_is_read_over_http(site: HackerNewsServer, shared: Path) -> None:
    body = (shared / "fixtures/hn/search_story.json").read_text("utf-8")
    site.fault("status", status=200, body=body)

    pages = poll(opened(site))

    assert keys(pages) == {"13133437"}
