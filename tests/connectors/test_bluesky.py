"""The Bluesky connector against a network on loopback that breaks in every way it can."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import bluesky
from connectors.bluesky import BlueskyAccount, BlueskyReader
from monitor.errors import AuthError, ConfigError, RateLimitError, RefusedError, UnavailableError
from monitor.matching.matcher import Matcher
from monitor.model import Brand, Mention, Page, Watch
from monitor.settings import validate_section
from tests.connectors.bluesky_case import CARE, SECRETS, section_of
from tests.servers.bluesky import BlueskyServer

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
T0 = START.timestamp()
NOW = START + timedelta(hours=1)
ACME = Brand(name="Acme", keywords=("acme", "Öğle"), own_accounts=(("bluesky", CARE),))


@pytest.fixture
def server() -> Iterator[BlueskyServer]:
    with BlueskyServer() as running:
        running.add_account(CARE, SECRETS["app_password"])
        yield running


def connected(server: BlueskyServer, *, login: bool = False, **options: Any) -> Any:
    section = {**section_of(server), "timeout": "2s", **options}
    made = validate_section(bluesky.Options, section, "connectors.bluesky")
    return bluesky.connect(made, Watch(brands=(ACME,), secrets=SECRETS if login else {}))


class Reader:
    """Polls on from page to page, as the desk does."""

    def __init__(self, connector: BlueskyReader, since: datetime = START) -> None:
        self.connector = connector
        self.cursor = connector.cursor_at(since)
        self.pages: list[Page] = []

    def poll(self, now: datetime = NOW) -> list[Mention]:
        before = len(self.pages)
        for page in self.connector.pages(self.cursor, now):
            self.cursor = page.cursor
            self.pages.append(page)
        return [each for page in self.pages[before:] for each in page.mentions]

    def until(self, number: int) -> list[Mention]:
        """Poll until so many mentions have come."""
        found: list[Mention] = []

        def enough() -> bool:
            found.extend(self.poll())
            return len(found) >= number

        wait_for(enough)
        return found


def wait_for(done: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def texts(found: list[Mention]) -> list[str]:
    return [each.text for each in found]


def test_nothing_is_read_but_what_concerns_the_desk(server: BlueskyServer) -> None:
    server.post("My acme is broken", "ann.test", T0)
    server.post("something else", "bob.test", T0 + 1)
    named = [
        {"index": {"byteStart": 0, "byteEnd": 5}, "features": [{"did": server.add_account(CARE)}]}
    ]
    server.post("@care you there?", "bob.test", T0 + 2, facets=named)
    server.noise(at=NOW.timestamp())

    with closing(connected(server)) as connector:
        found = Reader(connector).poll()

    assert texts(found) == ["My acme is broken", "@care you there?"]
    assert [each.author.handle for each in found if each.author] == ["ann.test", "bob.test"]


def test_who_answers_mentions_or_quotes_an_own_account_names_the_brand(
    server: BlueskyServer,
) -> None:
    did = server.add_account(CARE)
    ours = server.post("Good morning", CARE, T0)
    server.reply(ours, "Mine is broken", "ann.test", T0 + 1)
    ref = {"uri": ours, "cid": "bafyrei"}
    quote = {"$type": "app.bsky.embed.record", "record": ref}
    server.post("As if", "bob.test", T0 + 2, embed=quote)
    beside = {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": {}}
    server.post("Look", "bob.test", T0 + 3, embed=beside)
    facets = [{"index": {"byteStart": 0, "byteEnd": 3}, "features": [{"did": did}]}]
    server.post("you there?", "carol.test", T0 + 4, facets=facets)
    server.post("Hey @Acme-Care.test!", "carol.test", T0 + 5)  # its program made no link of it
    server.reply(ours, "And good night", CARE, T0 + 6)
    server.noise(at=NOW.timestamp())
    matcher = Matcher((ACME,))

    with closing(connected(server, login=True)) as connector:
        found = Reader(connector).poll()
        shown = {each.key: each for each in connector.thread(f"bluesky:{ours}", NOW)}

    wanted = ["Mine is broken", "As if", "Look", "you there?", "Hey @Acme-Care.test!"]
    assert [each.text for each in found if matcher.brands(each)] == wanted
    assert found[-1].text == "And good night"
    assert shown[found[0].key] == found[0]


def test_a_follow_up_comes_with_the_post_it_belongs_to(server: BlueskyServer) -> None:
    asked = server.post("My acme is broken", "ann.test", T0)
    server.reply(asked, "Still waiting!", "ann.test", T0 + 1)
    server.reply(asked, "poor you", "bob.test", T0 + 2)
    answer = server.reply(asked, "Sorry!", CARE, T0 + 3)
    server.reply(answer, "I wait too", "carol.test", T0 + 4)
    server.noise(at=NOW.timestamp())

    with closing(connected(server)) as connector:
        found = Reader(connector).poll()

    assert texts(found) == ["My acme is broken", "Still waiting!", "Sorry!", "I wait too"]
    assert {each.thread for each in found} == {f"bluesky:{asked}"}


def test_a_follow_up_is_known_after_a_restart(server: BlueskyServer) -> None:
    asked = server.post("My acme is broken", "ann.test", T0)
    server.noise(at=T0 + 60)
    with closing(connected(server)) as connector:
        reader = Reader(connector)
        reader.poll(START + timedelta(seconds=60))
    server.reply(asked, "Still waiting!", "ann.test", T0 + 120)
    server.delete(asked, T0 + 180)
    server.noise(at=NOW.timestamp())

    with closing(connected(server)) as connector:
        reader.connector = connector
        found = reader.poll()

    assert [(each.text, each.deleted) for each in found] == [("Still waiting!", False), ("", True)]


def test_edits_deletions_and_the_end_of_an_account_are_told(server: BlueskyServer) -> None:
    asked = server.post("My acme is broken", "ann.test", T0)
    server.edit(asked, "My acme works again", T0 + 1)
    gone = server.post("acme acme", "bob.test", T0 + 2)
    server.delete(gone, T0 + 3)
    server.delete(server.post("something else", "bob.test", T0 + 4), T0 + 5)
    server.rename("ann.test", "ann.example", T0 + 6)
    server.hide("ann.example", "takendown", T0 + 7)
    server.hide("bob.test", "throttled", T0 + 8)
    server.noise(at=NOW.timestamp())

    with closing(connected(server)) as connector:
        found = Reader(connector).poll()
        again = list(connector.recheck([f"bluesky:{asked}"], NOW))

    key = {f"bluesky:{asked}": "ann", f"bluesky:{gone}": "bob"}
    assert [(key[each.key], each.text, each.deleted) for each in found] == [
        ("ann", "My acme is broken", False),
        ("ann", "My acme works again", False),
        ("bob", "acme acme", False),
        ("bob", "", True),
        ("ann", "", True),
    ]
    assert [each.deleted for each in again] == [True]


def test_a_second_look_leaves_out_what_may_only_be_late(server: BlueskyServer) -> None:
    fresh = server.post("acme", at=T0)
    del server.posts[fresh]

    with closing(connected(server)) as connector:
        soon = list(connector.recheck([f"bluesky:{fresh}"], START + timedelta(seconds=30)))
        later = list(connector.recheck([f"bluesky:{fresh}"], START + timedelta(minutes=5)))

    assert soon == []
    assert [each.deleted for each in later] == [True]


def test_a_break_in_mid_frame_loses_and_doubles_nothing(server: BlueskyServer) -> None:
    for number in range(30):
        server.post(f"acme {number}", at=T0 + number)
    server.noise(at=NOW.timestamp())
    server.stream(cut_after=17)

    with closing(connected(server)) as connector:
        reader = Reader(connector)
        found = reader.poll()
        server.break_streams()
        server.post("acme 30", at=NOW.timestamp() + 1)
        found += reader.until(1)

    assert texts(found) == [f"acme {number}" for number in range(31)]
    assert len(server.habits.frames) == 3


def test_news_wakes_the_poll_and_a_full_buffer_holds_the_stream_up(server: BlueskyServer) -> None:
    woken = threading.Event()
    server.noise(at=NOW.timestamp())
    with closing(connected(server, buffer=10)) as connector:
        connector.on_news(woken.set)
        reader = Reader(connector)
        reader.poll()
        for number in range(500):
            server.post(f"acme {number}", at=NOW.timestamp() + number)

        assert woken.wait(10)
        found = reader.until(500)

    assert texts(found) == [f"acme {number}" for number in range(500)]


def test_a_cursor_that_is_too_old_leaves_a_hole_with_a_name(server: BlueskyServer) -> None:
    server.post("acme lost", at=T0)
    server.post("acme kept", at=T0 + 40 * 3600)
    now = START + timedelta(hours=41)
    server.noise(at=now.timestamp())
    server.stream(kept_s=36 * 3600)

    with closing(connected(server)) as connector:
        reader = Reader(connector)
        found = reader.poll(now)

    assert texts(found) == ["acme kept"]
    holes = [page.window for page in reader.pages if page.window and not page.window.complete]
    kept_at = START + timedelta(hours=40)
    assert [(hole.query, hole.since, hole.until) for hole in holes] == [
        ("jetstream", START, kept_at)
    ]


def test_a_hole_is_filled_by_search_word_by_word(server: BlueskyServer) -> None:
    server.page_most = 7
    wanted = [server.post(f"acme {number}", at=T0 + 3600 * number) for number in range(60)]
    until = START + timedelta(hours=50)

    with closing(connected(server, login=True)) as connector:
        pages = list(connector.past(START, until, None, "jetstream"))
        others = list(connector.past(START, until, None, "something else"))

    found = [each.key for page in pages for each in page.mentions]
    assert found == [f"bluesky:{uri}" for uri in wanted[:50]]
    windows = [page.window for page in pages if page.window]
    assert (windows[0].since, windows[-1].until) == (START, until)
    assert all(window.complete and window.query == "jetstream" for window in windows)
    assert others == []


def test_a_stream_that_refuses_is_told_and_works_again(server: BlueskyServer) -> None:
    server.post("acme", at=T0)
    server.noise(at=NOW.timestamp())
    server.stream(refuse=True)

    with closing(connected(server)) as connector:
        reader = Reader(connector)
        with pytest.raises(UnavailableError, match="the stream cannot be reached"):
            reader.poll()
        server.stream(refuse=False)
        found = reader.poll()

    assert texts(found) == ["acme"]


def test_a_silent_connection_is_taken_up_anew(server: BlueskyServer) -> None:
    server.noise(at=T0)
    with closing(connected(server, silence="1s")) as connector:
        reader = Reader(connector)
        reader.poll()
        server.stream(silent=True)
        server.post("acme", at=T0 + 1)
        wait_for(lambda: len(server.habits.frames) >= 2)
        server.stream(silent=False)

        found = reader.until(1)

    assert texts(found) == ["acme"]


def test_frames_that_are_no_events_are_left_out(server: BlueskyServer) -> None:
    server.post("acme", at=T0, langs="odd", facets=5, embed=[], tags={})
    server.post("acme again", at=T0 + 1, createdAt="in the beginning")
    server.garble("{", "[]", '"x"', '{"did": 5, "time_us": 7}', "", '{"kind": "sync#v2"}')
    server.garble('{"did": "did:x", "time_us": 8, "deep": %s}' % ("[" * 5000 + "]" * 5000))
    server.post("acme at last", at=T0 + 3)
    server.noise(at=NOW.timestamp())

    with closing(connected(server)) as connector:
        found = Reader(connector).poll()

    assert texts(found) == ["acme", "acme again", "acme at last"]
    assert len(server.habits.frames) == 1


def test_an_instant_beyond_all_time_moves_no_cursor(server: BlueskyServer) -> None:
    server.post("acme", at=T0)
    server.garble('{"did": "did:x", "time_us": 9999999999999999, "kind": "unheard-of"}')
    server.noise(at=NOW.timestamp())
    with closing(connected(server)) as connector:
        reader = Reader(connector)
        reader.poll()
    server.post("acme again", at=NOW.timestamp() + 1)
    server.noise(at=NOW.timestamp() + 60)

    with closing(connected(server)) as connector:
        reader.connector = connector
        found = reader.poll(NOW + timedelta(minutes=1))

    assert texts(found) == ["acme again"]


def test_a_server_that_cuts_each_connection_is_read_to_its_end(
    server: BlueskyServer, shared: Path
) -> None:
    recorded = (shared / "fixtures/bluesky/jetstream_v1.ndjson").read_text("utf-8").split("\n")
    server.replay(sorted(filter(None, recorded), key=_told_at))  # all within the overlap
    server.stream(cut_each_after=6)
    seen = datetime(2026, 7, 4, 14, 0, tzinfo=UTC)

    with closing(connected(server)) as connector:
        reader = Reader(connector, seen)
        reader.poll(seen + timedelta(days=1))
        server.post("acme at last", at=seen.timestamp() + 3600)
        found = reader.until(1)

    assert texts(found) == ["acme at last"]


def _told_at(frame: str) -> int:
    at: int = json.loads(frame)["time_us"]
    return at


def test_what_is_told_over_and_over_ends_a_poll(server: BlueskyServer) -> None:
    server.post("acme", at=T0)
    server.stream(cut_each_after=1)

    with closing(connected(server)) as connector:
        found = Reader(connector).poll()

    assert texts(found) == ["acme"]
    assert len(server.habits.frames) < 20


def test_authors_are_known_by_did_while_the_appview_is_down(server: BlueskyServer) -> None:
    server.post("acme", "ann.test", T0)
    server.noise(at=NOW.timestamp())
    server.fault("reset")

    with closing(connected(server)) as connector:
        found = Reader(connector).poll()
        with pytest.raises(UnavailableError):
            list(connector.own_pages(connector.own_cursor_at(START), NOW))

    did = server.add_account("ann.test")
    assert [each.author.handle for each in found if each.author] == [did]


def test_a_handle_is_asked_for_again_once_the_appview_works(server: BlueskyServer) -> None:
    server.post("acme", "ann.test", T0)
    server.noise(at=T0 + 60)
    server.fault("status", path="getProfiles", status=502)

    with closing(connected(server)) as connector:
        reader = Reader(connector)
        reader.poll(START + timedelta(minutes=1))
        server.clear_faults()
        server.post("acme again", "ann.test", T0 + 100)
        server.noise(at=NOW.timestamp())
        found = reader.until(1)

    assert [each.author.handle for each in found if each.author] == ["ann.test"]


def test_more_authors_than_are_remembered_are_all_named(server: BlueskyServer) -> None:
    server.post("acme", "ann.test", T0)
    server.noise(at=T0 + 60)

    with closing(connected(server)) as connector:
        connector.most_authors = 1
        reader = Reader(connector)
        reader.poll(START + timedelta(minutes=1))
        server.post("acme again", "bob.test", T0 + 100)
        server.post("acme again", "ann.test", T0 + 101)
        server.noise(at=NOW.timestamp())
        found = reader.until(2)

    assert [each.author.handle for each in found if each.author] == ["bob.test", "ann.test"]


def test_each_request_is_counted_once(server: BlueskyServer) -> None:
    server.post("acme", "ann.test", T0)
    server.noise(at=T0 + 60)

    with closing(connected(server)) as connector:
        reader = Reader(connector)
        reader.poll(START + timedelta(minutes=1))
        own = list(connector.own_pages(connector.own_cursor_at(START), NOW))
        server.post("acme again", "bob.test", T0 + 100)
        server.noise(at=NOW.timestamp())
        reader.until(1)
        told = sum(page.requests for page in (*reader.pages, *own))

    assert told == connector.meter.requests


def test_own_accounts_are_known_by_their_server_while_the_appview_is_down(
    server: BlueskyServer,
) -> None:
    asked = server.post("My acme is broken", "ann.test", T0)
    server.reply(asked, "Sorry!", CARE, T0 + 1)
    server.noise(at=NOW.timestamp())

    with closing(connected(server, appview_url="http://127.0.0.1:9")) as connector:
        found = Reader(connector).poll()

    assert [each.author.handle for each in found if each.author][1] == CARE


def test_compressed_frames_are_read(server: BlueskyServer, tmp_path: Path) -> None:
    from zstandard import train_dictionary

    names = [f'{{"did":"did:plc:{n}","kind":"commit","x":"{n * 7919}"}}' for n in range(900)]
    samples: list[Any] = [name.encode() for name in names]
    server.dictionary = train_dictionary(1024, samples).as_bytes()
    (tmp_path / "dictionary").write_bytes(server.dictionary)
    server.post("acme", at=T0)
    server.noise(at=NOW.timestamp())
    options: dict[str, Any] = {"compress": True, "zstd_dictionary": str(tmp_path / "dictionary")}

    with closing(connected(server, **options)) as connector:
        found = Reader(connector).poll()

    assert texts(found) == ["acme"]
    with pytest.raises(ConfigError, match="zstd_dictionary"):
        connected(server, compress=True, zstd_dictionary=str(tmp_path / "missing"))
    with pytest.raises(ConfigError, match="zstd_dictionary"):
        connected(server, compress=True)


def test_recorded_frames_are_read(server: BlueskyServer, shared: Path) -> None:
    frames = (shared / "fixtures/bluesky/jetstream_v1.ndjson").read_text("utf-8").split("\n")
    server.replay([frame for frame in frames if frame])
    server.noise(at=(seen := datetime(2026, 7, 4, 14, 0, tzinfo=UTC)).timestamp() + 86_400)
    brand = Brand(name="Any", keywords=("youtube.com", "天幕"))
    options = validate_section(bluesky.Options, section_of(server), "connectors.bluesky")

    connector: Any = bluesky.connect(options, Watch(brands=(brand,)))
    with closing(connector):
        found = Reader(connector, seen).poll(seen + timedelta(days=1))

    assert len(found) >= 2
    assert any("https://www.youtube.com/watch?v=V5lDo-jw8mA" in each.text for each in found)
    assert all(each.posted_at.year == 2026 for each in found)


# While the stream is down


def searches(server: BlueskyServer) -> int:
    return len([each for each in server.requests if "searchPosts" in each.path])


def test_search_and_notifications_stand_in_for_a_stream_that_is_down(
    server: BlueskyServer,
) -> None:
    server.post("My acme is broken", "ann.test", T0)
    ours = server.post("Good morning", CARE, T0 + 1)
    server.reply(ours, "It is not good at all", "bob.test", T0 + 2)
    server.stream(refuse=True)

    with closing(connected(server, login=True)) as connector:
        reader = Reader(connector)
        found = reader.poll(START + timedelta(minutes=1))
        asked = searches(server)
        soon = reader.poll(START + timedelta(minutes=1, seconds=30))
        server.post("acme again", "ann.test", T0 + 100)
        assert searches(server) == asked
        later = reader.poll(START + timedelta(minutes=2))

    assert sorted(texts(found)) == ["It is not good at all", "My acme is broken"]
    assert soon == []
    assert "acme again" in texts(later)
    windows = [page.window for page in reader.pages if page.window]
    assert {each.query for each in windows} == {
        "notifications",
        "search acme",
        "search Öğle",
        f"search {CARE}",
    }
    assert all(each.complete for each in windows)


def test_what_search_told_does_not_move_the_stream(server: BlueskyServer) -> None:
    asked = server.post("My acme is broken", "ann.test", T0)
    server.stream(refuse=True)
    with closing(connected(server, login=True)) as connector:
        reader = Reader(connector)
        reader.poll(START + timedelta(minutes=1))
    server.reply(asked, "Still waiting!", "ann.test", T0 + 100)
    server.post("ACME in an image", "bob.test", T0 + 101)
    server.noise(at=NOW.timestamp())
    server.stream(refuse=False)

    with closing(connected(server, login=True)) as connector:
        reader.connector = connector
        found = reader.poll()

    assert texts(found) == ["My acme is broken", "Still waiting!", "ACME in an image"]
    window = reader.pages[-1].window
    assert window is not None
    assert (window.query, window.until) == ("jetstream", NOW)


def test_a_quiet_stream_that_stands_far_back_is_looked_beyond(server: BlueskyServer) -> None:
    server.noise(at=T0)
    server.stream(silent=True)
    server.post("acme", at=T0 + 60)

    with closing(connected(server, login=True)) as connector:
        found = Reader(connector).poll()

    assert texts(found) == ["acme"]


def test_a_stream_and_a_search_that_are_both_down_are_told(server: BlueskyServer) -> None:
    server.stream(refuse=True)
    server.accounts[CARE].password = "changed"

    with closing(connected(server, login=True)) as connector:
        reader = Reader(connector)
        with pytest.raises(UnavailableError, match=r"stream cannot.*nor does search") as told:
            reader.poll()
        with pytest.raises(UnavailableError, match="stream cannot be reached"):
            reader.poll(NOW + timedelta(minutes=1))

    assert SECRETS["app_password"] not in str(told.value)
    assert server.logins_left == 29


def test_one_word_that_cannot_be_searched_hides_no_other(server: BlueskyServer) -> None:
    server.post("acme", at=T0)
    server.post("Öğle", at=T0 + 1)
    server.stream(refuse=True)
    server.fault("status", path="q=acme", status=400)

    with closing(connected(server, login=True)) as connector:
        reader = Reader(connector)
        with pytest.raises(UnavailableError, match="nor does search work"):
            reader.poll()
        server.clear_faults()
        past = list(connector.past(START, NOW, None, "search acme"))

    assert texts([each for page in reader.pages for each in page.mentions]) == ["Öğle"]
    assert [each.query for page in past if (each := page.window)] == ["search acme"]
    assert texts([each for page in past for each in page.mentions]) == ["acme"]


def test_a_stream_that_is_down_does_not_wake_the_poll_that_sees_it(server: BlueskyServer) -> None:
    woken: list[None] = []
    server.stream(refuse=True)

    with closing(connected(server)) as connector:
        connector.on_news(lambda: woken.append(None))
        with pytest.raises(UnavailableError):
            Reader(connector).poll()

    assert woken == []


# Replying


def asked(server: BlueskyServer, text: str = "My acme is broken") -> Mention:
    uri = server.post(text, "ann.test", T0)
    return Mention(
        key=f"bluesky:{uri}",
        platform="bluesky",
        thread=f"bluesky:{uri}",
        author=None,
        text=text,
        url="https://bsky.app",
        posted_at=START,
    )


def test_a_lost_answer_leads_to_the_reply_that_stands_there(server: BlueskyServer) -> None:
    to = asked(server)
    server.fault("lost_answer", path="createRecord", times=1)

    with closing(connected(server, login=True)) as connector:
        sent = connector.reply(to, "We look.", "tap-1")
    with closing(connected(server, login=True)) as restarted:
        again = restarted.reply(to, "We look.", "tap-1")
        other = restarted.reply(to, "We look.", "tap-2")

    assert again == sent
    assert other.key != sent.key
    assert len([each for each in server.posts.values() if each.record["text"] == "We look."]) == 2


def test_a_reply_names_root_and_parent_and_its_links_are_live(server: BlueskyServer) -> None:
    to = asked(server)
    below = server.reply(to.key.removeprefix("bluesky:"), "me too", "bob.test", T0 + 1)
    text = "😕 @ann.test see (https://acme.example/a_(b)). #Açıl"

    with closing(connected(server, login=True)) as connector:
        under: Any = Mention(
            **{name: getattr(to, name) for name in to.__slots__} | {"key": f"bluesky:{below}"}
        )
        sent = connector.reply(under, text, "tap-1")

    record = server.posts[sent.key.removeprefix("bluesky:")].record
    assert record["reply"]["root"]["uri"] == to.key.removeprefix("bluesky:")
    assert record["reply"]["parent"]["uri"] == below
    raw = text.encode()
    spans = [
        raw[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in record["facets"]
    ]
    assert spans == ["@ann.test", "https://acme.example/a_(b)", "#Açıl"]


def test_what_cannot_be_answered_is_told_to_the_member(server: BlueskyServer) -> None:
    to = asked(server)
    with closing(connected(server, login=True)) as connector:
        with pytest.raises(RefusedError, match="1 to 300 characters"):
            connector.reply(to, "a" * 301, "tap-1")
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        assert connector.reply_length(family * 300, to) == 300
        server.delete(to.key.removeprefix("bluesky:"))
        with pytest.raises(RefusedError, match="gone"):
            connector.reply(to, "We look.", "tap-1")


def test_a_login_is_made_once_and_refreshed(server: BlueskyServer) -> None:
    to = asked(server)
    with closing(connected(server, login=True)) as connector:
        for number in range(5):
            connector.take_back(connector.reply(to, f"We look. {number}", f"tap-{number}"))
            server.expire_tokens()
        connector.probe()

    assert server.logins_left == 29
    assert [each.record["text"] for each in server.posts.values()] == [to.text]


def test_refusals_name_no_secret(server: BlueskyServer) -> None:
    server.accounts[CARE].password = "changed"
    with closing(connected(server, login=True)) as connector:
        with pytest.raises(AuthError) as refused:
            connector.probe()
        server.logins_left = 0
        with pytest.raises(RateLimitError) as limited:
            connector.probe()

    assert SECRETS["app_password"] not in str(refused.value)
    assert limited.value.retry_at is not None
    assert limited.value.retry_at.tzinfo is not None
    assert isinstance(connector, BlueskyAccount)
