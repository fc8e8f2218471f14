"""Feeds over real HTTP on loopback."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.rss import Options, connect
from monitor.errors import AuthError, ConnectorError, UnavailableError
from monitor.model import Cursor, Mention, Page, Watch
from tests.servers.rss import RssServer

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def site() -> Iterator[RssServer]:
    with RssServer() as server:
        yield server


def opened(site: RssServer, *paths: str, **options: Any) -> Any:
    feeds = [site.url + path for path in paths or ("/reviews.xml",)]
    section = {"feeds": feeds, "allow_private_addresses": True, **options}
    return connect(Options.model_validate(section), Watch(brands=()))


def ago(minutes: float) -> float:
    return (NOW - timedelta(minutes=minutes)).timestamp()


def poll(connector: Any, cursor: Cursor | None = None, now: datetime = NOW) -> list[Page]:
    return list(connector.pages(cursor or connector.cursor_at(NOW - HOUR), now))


def mentions(pages: list[Page]) -> list[Mention]:
    return [each for page in pages for each in page.mentions]


def texts(pages: list[Page]) -> list[str]:
    return [each.text for each in mentions(pages)]


# What is read


@pytest.mark.parametrize("path", ["/reviews.xml", "/reviews.atom"])
def test_an_entry_becomes_a_mention(site: RssServer, path: str) -> None:
    site.post(
        "<p>It <b>broke</b> &amp; smokes</p>", "Jana K.", at=ago(50), title="Acme &lt;3", link=""
    )

    (found,) = mentions(poll(opened(site, path)))

    assert found.text == "Acme <3\n\nIt broke & smokes"
    assert found.posted_at == NOW - 50 * MINUTE
    assert found.url == f"{site.url}/reviews/n1"
    assert found.author is not None
    assert found.author.handle == "Jana K."
    assert found.place == f"127.0.0.1{path}"
    assert found.key.startswith("rss:")
    assert found.thread == found.key


def test_a_feed_that_did_not_change_is_asked_for_by_its_tag(site: RssServer) -> None:
    site.post("one", at=ago(50))
    connector = opened(site)
    first = poll(connector)

    second = poll(connector, first[-1].cursor, NOW + MINUTE)

    assert texts(second) == []
    assert second[0].window is not None
    assert (second[0].window.since, second[0].window.until) == (NOW, NOW + MINUTE)
    assert second[0].window.complete
    assert "if-none-match" in site.requests[1].headers


def test_every_few_hours_a_feed_is_fetched_whether_or_not_it_changed(site: RssServer) -> None:
    site.post("one", at=ago(50))
    connector = opened(site)
    first = poll(connector)

    poll(connector, first[-1].cursor, NOW + 6 * HOUR)

    assert "if-none-match" not in site.requests[1].headers


def test_the_first_reading_goes_back_to_the_cursor_and_later_ones_take_all_that_is_new(
    site: RssServer,
) -> None:
    site.post("old", at=ago(90))
    site.post("new", at=ago(30))
    connector = opened(site)
    first = poll(connector)
    site.post("backdated", at=ago(9000))

    second = poll(connector, first[-1].cursor, NOW + MINUTE)

    assert texts(first) == ["new"]
    assert texts(second) == ["backdated", "new"]


def test_a_feed_that_joins_later_starts_where_the_others_stand(site: RssServer) -> None:
    site.post("one", at=ago(50))
    first = poll(opened(site))
    site.post("long there", at=ago(40), feed="forum")
    later = opened(site, "/reviews.xml", "/forum.xml")

    second = poll(later, first[-1].cursor, NOW + MINUTE)
    site.post("fresh", at=ago(-2), feed="forum")
    third = poll(later, second[-1].cursor, NOW + 2 * MINUTE)

    assert texts(second) == []
    assert texts(third) == ["fresh"]


def test_a_feed_that_was_overtaken_names_its_hole(site: RssServer) -> None:
    site.page_most = 3
    connector = opened(site)
    for age in (50, 40, 30):
        site.post(f"before {age}", at=ago(age))
    first = poll(connector)
    for minute in range(1, 6):
        site.post(f"after {minute}", at=ago(-minute))

    second = poll(connector, first[-1].cursor, NOW + 6 * MINUTE)

    hole = second[0].window
    assert hole is not None
    assert not hole.complete
    assert (hole.since, hole.until) == (NOW, NOW + 3 * MINUTE)
    assert second[0].mentions == ()
    assert texts(second) == ["after 3", "after 4", "after 5"]


@pytest.mark.parametrize("odd", [-5_000_000.0, 9000.0], ids=["the future", "long ago"])
def test_one_wrong_date_hides_no_hole(site: RssServer, odd: float) -> None:
    site.page_most = 3
    connector = opened(site)
    site.post("odd", at=ago(-5_000_000))
    site.post("before", at=ago(50))
    first = poll(connector)
    site.feeds.clear()
    for minute in range(1, 6):
        site.post(f"after {minute}", at=ago(-minute))
    site.feeds["reviews"][-1].written_date = "Fri, 06 Mar 1998 00:00:00 GMT" if odd > 0 else None

    second = poll(connector, first[-1].cursor, NOW + 6 * MINUTE)

    windows = [page.window for page in second if page.window]
    assert [each.complete for each in windows] == [False, True]
    assert NOW == windows[0].since < windows[0].until == windows[1].since


def test_a_long_feed_shows_only_what_is_new(site: RssServer) -> None:
    site.page_most = 1500
    for number in range(1000):
        site.post(f"{number}", at=ago(100 + number))
    connector = opened(site)
    first = poll(connector)
    for number in range(10):
        site.post(f"new {number}", at=ago(-1))

    second = poll(connector, first[-1].cursor, NOW + MINUTE)

    assert texts(first) == []
    assert sorted(texts(second)) == [f"new {number}" for number in range(10)]


def test_a_feed_that_was_cut_off_once_shows_nothing_old_as_new(site: RssServer) -> None:
    head = '<rss version="2.0"><channel>'
    items = [f"<item><title>{each}</title><guid>{each}</guid>" for each in "abc"]
    date = "<pubDate>Fri, 06 Mar 2020 10:00:00 GMT</pubDate></item>"
    connector, cursor = opened(site, "/f.xml"), None
    read: list[str] = []
    for minute, shown in enumerate((3, 1, 3)):
        body = head + date.join([*items[:shown], ""])
        site.serve_bytes("/f.xml", body + "</channel></rss>" * (shown == 3), {})
        pages = poll(connector, cursor, NOW + minute * MINUTE)
        cursor = pages[-1].cursor
        read += texts(pages)

    assert read == []


def test_a_relative_link_leads_to_the_feeds_site(site: RssServer) -> None:
    links = "<item><link>/p/1</link></item><item><link>2</link></item><item><guid>3</guid></item>"
    homes = {"none": "", "here": "/home/", "there": "https://a.example/b/"}
    for name, home in homes.items():
        body = f'<rss version="2.0"><channel><link>{home}</link>{links}</channel></rss>'
        site.serve_bytes(f"/d/{name}.xml", body, {})
    atom = '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/c/"><entry>'
    site.serve_bytes("/d/x.xml", f'{atom}<id>x</id><link href="d"/></entry></feed>', {})

    def addresses(path: str) -> list[str]:
        urls = [each.url.removeprefix(site.url) for each in mentions(poll(opened(site, path)))]
        return sorted(urls)

    assert addresses("/d/none.xml?key=secret") == ["", "/d/2", "/p/1"]
    assert addresses("/d/here.xml") == ["/home/", "/home/2", "/p/1"]
    there = "https://a.example"
    assert addresses("/d/there.xml") == [f"{there}/b/", f"{there}/b/2", f"{there}/p/1"]
    assert addresses("/d/x.xml") == ["https://b.example/c/d"]


def test_entries_of_a_thread_carry_what_they_answer(site: RssServer) -> None:
    post = site.post("acme", at=ago(50))
    site.reply(post, "mine too", at=ago(40))
    site.reply("tag:elsewhere", "same", at=ago(30))

    above, below, other = mentions(poll(opened(site, "/reviews.atom")))

    assert below.reply_to == below.thread == above.key
    assert other.reply_to == other.thread != above.key


def test_the_past_is_what_the_feed_holds_and_the_rest_is_a_hole(site: RssServer) -> None:
    for age in (50, 40, 30):
        site.post(f"{age}", at=ago(age))
    site.post("undated", dated=False)
    connector = opened(site)

    pages = list(connector.past(NOW - HOUR, NOW - 30 * MINUTE, None))
    again = list(connector.past(NOW - HOUR, NOW, pages[-1].cursor))
    other = list(connector.past(NOW - HOUR, NOW, None, "feed elsewhere"))

    assert texts(pages) == ["50", "40"]
    assert [(page.window.since, page.window.complete) for page in pages if page.window] == [
        (NOW - HOUR, False),
        (NOW - 50 * MINUTE, True),
    ]
    assert again == other == []


# Which entry is which


def two_readings(site: RssServer, change: Any) -> tuple[list[Mention], list[Mention]]:
    connector = opened(site)
    first = poll(connector)
    change()
    return mentions(first), mentions(poll(connector, first[-1].cursor, NOW + MINUTE))


def test_an_edited_entry_keeps_its_key(site: RssServer) -> None:
    name = site.post("broken", at=ago(50), title="Acme")

    first, second = two_readings(site, lambda: site.edit(name, "works now"))

    assert [each.key for each in second] == [each.key for each in first]
    assert second[0].text == "Acme\n\nworks now"


def test_a_guid_that_comes_again_for_something_else_hides_nothing(site: RssServer) -> None:
    site.post("first", at=ago(50), guid="1", title="A", link="https://a.example/1")

    def reuse() -> None:
        site.delete("1")
        site.post("second", at=ago(-1), guid="1", title="B", link="https://a.example/2")

    first, second = two_readings(site, reuse)

    assert second[0].text == "B\n\nsecond"
    assert second[0].key != first[0].key


def test_one_guid_for_all_entries_hides_none(site: RssServer) -> None:
    for number in range(3):
        link = f"https://a.example/{number}"
        site.post(f"{number}", at=ago(50 - number), guid="same", title=f"T{number}", link=link)

    first, second = two_readings(site, lambda: site.post("more", at=ago(1), guid="same"))

    assert len({each.key for each in first}) == 3
    assert {each.key for each in first} < {each.key for each in second}
    assert len({each.key for each in second}) == 4


def test_a_guid_that_changes_while_all_else_stays_is_the_same_entry(site: RssServer) -> None:
    site.post("x", at=ago(50), guid="http://a.example/1", title="T", link="https://a.example/1")

    def move() -> None:
        site.delete("http://a.example/1")
        site.post(
            "x", at=ago(50), guid="https://a.example/1", title="T", link="https://a.example/1"
        )

    first, second = two_readings(site, move)

    assert [each.key for each in second] == [each.key for each in first]


def test_reviews_without_guids_that_share_a_link_are_told_apart(site: RssServer) -> None:
    link = "https://a.example/product"
    site.post("good", at=ago(50), guid=None, title="Great", link=link)
    site.post("bad", at=ago(40), guid=None, title="Great", link=link)

    first, second = two_readings(
        site, lambda: site.post("worse", at=ago(1), guid=None, title="Great", link=link)
    )

    assert len({each.key for each in first}) == 2
    assert len({each.key for each in second} - {each.key for each in first}) == 1


def test_a_link_that_moves_with_its_guid_is_the_same_entry(site: RssServer) -> None:
    site.post("x", at=ago(50), guid="7", title="T", link="http://a.example/1")

    def move() -> None:
        site.delete("7")
        site.post("x", at=ago(50), guid="7", title="T", link="https://a.example/1")

    first, second = two_readings(site, move)

    assert [each.key for each in second] == [each.key for each in first]


def test_entries_without_anything_but_text_are_told_apart_by_feed(site: RssServer) -> None:
    for feed in ("one", "two"):
        site.post("acme", at=ago(50), feed=feed, guid="same", link=None)

    found = mentions(poll(opened(site, "/one.xml", "/two.xml")))

    assert len({each.key for each in found}) == 2
    assert len({each.author.id for each in found if each.author}) == 2


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_entry_shown_at_a_poll_is_found_under_one_key(data: st.DataObject) -> None:
    with RssServer() as site:
        site.page_most, site.shuffle = data.draw(st.integers(3, 8)), True
        connector, now = opened(site), NOW
        cursor = connector.cursor_at(NOW)
        seen: dict[str, set[str]] = {}
        shown: set[str] = set()
        site.post("0", at=now.timestamp())
        for turn in range(data.draw(st.integers(1, 3))):
            now += MINUTE
            for number in range(data.draw(st.integers(0, 6))):
                guid = data.draw(st.sampled_from(["", None, "fixed"]))
                title = f"t{turn}.{number}"
                link = f"https://a.example/{title}"
                at = now.timestamp() - data.draw(st.integers(0, 59))
                site.post(title, at=at, guid=guid, title=title, link=link)
            shown |= {each.title or each.text for each in site._shown("reviews")}

            for page in connector.pages(cursor, now):
                cursor = page.cursor
                for each in page.mentions:
                    seen.setdefault(each.text.partition("\n")[0], set()).add(each.key)

        assert set(seen) >= shown
        keys = [key for each in seen.values() for key in each]
        assert len(keys) == len(set(keys)) == len(seen)


# Dates, encodings and markup


@pytest.mark.parametrize(
    ("written", "dated"),
    [
        pytest.param("soon", True, id="nonsense"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 GMT", True, id="the epoch"),
        pytest.param("Fri, 06 Mar 2999 00:00:00 GMT", True, id="the future"),
        pytest.param(None, False, id="none"),
    ],
)
def test_a_date_that_cannot_be_is_when_it_was_first_seen(
    site: RssServer, written: str | None, dated: bool
) -> None:
    site.post("x", at=ago(50), dated=dated, written_date=written)

    (found,) = mentions(poll(opened(site)))

    assert found.posted_at == NOW


def test_a_time_of_another_zone_is_read_as_it_is_meant(site: RssServer) -> None:
    site.post("x", written_date="Fri, 06 Mar 2026 13:30:00 +0200")

    assert mentions(poll(opened(site)))[0].posted_at == NOW - 30 * MINUTE


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("demoronize-1.xml", "don’t", id="windows letters"),
        pytest.param("double-encoded-html.xml", "…", id="encoded twice"),
        pytest.param("rss2.0NSwithModulesNoDefNS.xml", "Test Item", id="odd namespaces"),
        pytest.param("atomthreadingwithentry.xml", "bloffo", id="a comment in Atom"),
    ],
)
def test_recorded_feeds_are_read(site: RssServer, shared: Path, file: str, text: str) -> None:
    site.serve_bytes("/f.xml", (shared / "fixtures/rss" / file).read_bytes(), {})
    connector = opened(site, "/f.xml")

    (found,) = mentions(poll(connector, connector.cursor_at(datetime(2000, 1, 1, tzinfo=UTC))))

    assert text in found.text
    if "atom" in file:
        assert found.reply_to
        assert found.author is not None


@pytest.mark.parametrize(
    "file", ["big5.xml", "bozo_http_i18n.xml", "bozo_invalid-bytes-with-bom.xml", "euc-kr.xml"]
)
def test_recorded_feeds_without_entries_are_feeds(site: RssServer, shared: Path, file: str) -> None:
    body = (shared / "fixtures/rss" / file).read_bytes()
    site.serve_bytes("/f.xml", body, {"content-type": "text/xml"})

    pages = poll(opened(site, "/f.xml"))

    assert mentions(pages) == []
    assert len(pages) == 1


def test_a_wrong_encoding_in_the_header_does_not_garble_a_feed(site: RssServer) -> None:
    body = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        "<item><title>Vůbec nič: čerešňa</title></item></channel></rss>"
    )
    site.serve_bytes("/f.xml", body, {"content-type": "text/xml"})

    assert texts(poll(opened(site, "/f.xml"))) == ["Vůbec nič: čerešňa"]


def test_a_damaged_feed_gives_what_can_be_read_and_is_fetched_whole_again(site: RssServer) -> None:
    body = '<rss version="2.0"><channel><item><title>one</title></item><item><title>two</ti'
    site.serve_bytes("/f.xml", body, {"etag": '"1"'})
    connector = opened(site, "/f.xml")

    first = poll(connector)
    poll(connector, first[-1].cursor, NOW + MINUTE)

    assert "one" in texts(first)
    assert "if-none-match" not in site.requests[1].headers


def test_a_feed_whose_body_names_a_file_opens_no_file(site: RssServer, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text("<rss version='2.0'><channel><item><title>x</title></item></channel></rss>")
    site.serve_bytes("/f.xml", str(secret), {})

    with pytest.raises(UnavailableError, match="no feed"):
        poll(opened(site, "/f.xml"))


# What goes wrong


def test_one_bad_feed_harms_no_other(site: RssServer) -> None:
    site.post("good", at=ago(30))
    connector = opened(site, "/nowhere.xml", "/reviews.xml", "/broken.xml")
    read: list[Page] = []

    with pytest.raises(UnavailableError, match=r"feed '127\.0\.0\.1/"):
        read.extend(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert texts(read) == ["good"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("x", {"content-type": "text/xml; charset=undefined"}, id="no encoding"),
        pytest.param("x", {"content-encoding": "br"}, id="packed otherwise"),
    ],
)
def test_a_feed_that_cannot_be_read_harms_no_other(
    site: RssServer, body: str, headers: dict[str, str]
) -> None:
    site.post("good", at=ago(30))
    site.serve_bytes("/odd.xml", body, headers)
    connector = opened(site, "/odd.xml", "/reviews.xml", at_once=1)
    read: list[Page] = []

    with pytest.raises(UnavailableError, match=r"odd\.xml"):
        read.extend(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert texts(read) == ["good"]


def test_a_redirect_to_no_name_harms_no_other_feed(site: RssServer) -> None:
    site.post("good", at=ago(30))
    site.fault("status", path="odd", status=301, headers={"location": "http://xn--/"})
    connector = opened(site, "/odd.xml", "/reviews.xml", at_once=1)
    read: list[Page] = []

    with pytest.raises(UnavailableError, match="leads nowhere"):
        read.extend(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert texts(read) == ["good"]


def test_a_tag_that_no_header_can_hold_is_not_sent_back(site: RssServer) -> None:
    body = '<rss version="2.0"><channel><item><title>one</title></item></channel></rss>'
    site.serve_bytes("/f.xml", body, {"etag": '"\u00e9"'})
    connector = opened(site, "/f.xml")
    first = poll(connector)

    second = poll(connector, first[-1].cursor, NOW + MINUTE)

    assert len(second) == 1
    assert "if-none-match" not in site.requests[1].headers


def test_a_made_up_name_for_a_packing_packs_nothing(site: RssServer) -> None:
    body = '<rss version="2.0"><channel><item><title>one</title></item></channel></rss>'
    site.serve_bytes("/f.xml", body, {"content-encoding": "UTF-8"})

    assert texts(poll(opened(site, "/f.xml"))) == ["one"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#xD83D;&#xDE21; acme", "😡 acme"),
        ("&#55357;&#56865; acme", "😡 acme"),
        ("&#xDE21;acme", "\ufffdacme"),
        ("&#99999999999;acme", "\ufffdacme"),
        ("&#x1F621;&#49548; acme", "😡소 acme"),
    ],
)
def test_letters_by_number_are_read_even_in_halves(
    site: RssServer, written: str, read: str
) -> None:
    body = f'<rss version="2.0"><channel><item><title>{written}</title></item></channel></rss>'
    site.serve_bytes("/f.xml", body, {})

    assert texts(poll(opened(site, "/f.xml"))) == [read]


def test_a_failed_feed_is_read_from_where_it_stood(site: RssServer) -> None:
    connector = opened(site, "/one.xml", "/two.xml")
    for feed in ("one", "two"):
        site.post(feed, at=ago(30), feed=feed)
    site.fault("html", path="two")
    read: list[Page] = []
    with pytest.raises(UnavailableError):
        read.extend(connector.pages(connector.cursor_at(NOW - HOUR), NOW))
    site.clear_faults()

    assert texts(read) == ["one"]
    assert texts(poll(connector, read[-1].cursor, NOW + 9 * HOUR)) == ["two"]


def test_a_feed_that_asks_us_to_wait_is_left_alone_and_the_others_are_read(
    site: RssServer,
) -> None:
    for feed in ("one", "two"):
        site.post(feed, at=ago(30), feed=feed)
    connector = opened(site, "/one.xml", "/two.xml")
    site.fault("status", path="one", status=429, headers={"retry-after": "600"}, times=1)

    for minutes in (0, 5):
        with pytest.raises(UnavailableError, match=r"feed '127\.0\.0\.1/one\.xml'"):
            poll(connector, now=NOW + minutes * MINUTE)
    asked = site.paths().count("/one.xml")
    found = texts(poll(connector, now=NOW + 11 * MINUTE))

    assert asked == 1
    assert sorted(found) == ["one", "two"]
    assert site.paths().count("/two.xml") == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param({"kind": "html", "status": 200}, UnavailableError, id="a page"),
        pytest.param({"kind": "bad_json"}, UnavailableError, id="no feed"),
        pytest.param({"kind": "status", "status": 401}, AuthError, id="refused"),
        pytest.param({"kind": "status", "status": 410}, UnavailableError, id="gone"),
        pytest.param({"kind": "status", "status": 304}, UnavailableError, id="304 unasked"),
        pytest.param({"kind": "hang", "seconds": 2}, UnavailableError, id="silent"),
        pytest.param({"kind": "reset"}, UnavailableError, id="cut off"),
        pytest.param({"kind": "cut"}, UnavailableError, id="half"),
        pytest.param(
            {"kind": "status", "status": 302, "headers": {"location": "/reviews.xml"}},
            UnavailableError,
            id="round and round",
        ),
        pytest.param(
            {"kind": "status", "status": 302, "headers": {"location": "file:///etc/passwd"}},
            UnavailableError,
            id="a file",
        ),
        pytest.param(
            {"kind": "status", "status": 200, "body": "x" * 5000}, UnavailableError, id="large"
        ),
        pytest.param(
            {
                "kind": "status",
                "status": 200,
                "body": gzip.compress(bytes(5000)),
                "headers": {"content-encoding": "gzip"},
            },
            UnavailableError,
            id="a bomb",
        ),
    ],
)
def test_odd_answers_are_one_line_without_secrets(
    site: RssServer, fault: dict[str, Any], error: type[ConnectorError]
) -> None:
    site.post("x", at=ago(30))
    site.fault(path="reviews", **fault)
    timeout = timedelta(seconds=0.2)
    connector = opened(site, "/reviews.xml?key=secret", timeout=timeout, largest_mb=0.004)

    with pytest.raises(error) as caught:
        poll(connector)

    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert str(caught.value).startswith("rss: feed '127.0.0.1/reviews.xml?")


def test_what_passes_is_asked_again_and_packed_answers_are_unpacked(site: RssServer) -> None:
    site.packed = True
    site.post("x", at=ago(30))
    site.fault("status", status=502, times=1)
    connector = opened(site)

    assert texts(poll(connector)) == ["x"]
    assert connector.meter.requests == 2


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_private_address_is_not_asked_unless_allowed(site: RssServer, address: str) -> None:
    site.post("x", at=ago(30))
    feed = site.url.replace("127.0.0.1", address) + "/reviews.xml"
    connector = opened(site, feeds=[feed], allow_private_addresses=False)

    with pytest.raises(UnavailableError, match="private address"):
        poll(connector)

    assert site.requests == []


def test_a_probe_names_the_feed_that_fails(site: RssServer) -> None:
    site.post("x", at=ago(30))

    assert opened(site).probe() == "1 feeds read, 1 entries in them; no key is needed"
    with pytest.raises(UnavailableError, match=r"nowhere\.xml"):
        opened(site, "/reviews.xml", "/nowhere.xml").probe()


# The settings


@pytest.mark.parametrize(
    ("feeds", "problem"),
    [
        (["ftp://example.org/a"], "expected an address"),
        (["https://"], "expected an address"),
        (["https://[x/a"], "expected an address"),
        (["https://me:secret@example.org/a"], "without a name or password"),
        (["https://example.org/a", "https://example.org/a"], "each feed once"),
        ([{"name": "a", "url": "https://a.sk"}, {"name": "a", "url": "https://b.sk"}], "once"),
        ([{"name": "a"}], "Field required"),
    ],
)
def test_a_wrong_feed_is_refused(feeds: list[Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        Options.model_validate({"feeds": feeds})


def test_a_named_feed_is_shown_by_its_name(site: RssServer) -> None:
    site.post("x", at=ago(30))
    feed = {"name": "Shop", "url": f"{site.url}/reviews.xml?key=secret"}

    pages = poll(opened(site, feeds=[feed]))

    assert mentions(pages)[0].place == "Shop"
    assert [page.window.query for page in pages if page.window] == ["feed Shop"]
    assert "secret" not in str(pages)


def test_a_cursor_of_another_kind_is_one_line(site: RssServer) -> None:
    with pytest.raises(ConnectorError, match="cannot go on"):
        poll(opened(site), Cursor('{"feeds": {"a": 1}}'))
