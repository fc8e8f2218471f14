"""The sample platform: a feed that is played by the clock it is given."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sample import OVERLAP, PAGE_SIZE, Options, SampleConnector, connect
from connectors.sample_feed.rows import Feed, Kind, built_in, read_feed
from monitor.errors import ConfigError, ConnectorError, RefusedError
from monitor.matching.matcher import Matcher
from monitor.model import Brand, Cursor, Mention, Page, Watch
from monitor.settings import validate_section

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ACME = Brand(
    name="Acme",
    keywords=("acme", "@acmecare", "#acme", "Акме", "أكمي", "Ակմե"),
    exclude=("acme corporation looney tunes",),
    own_accounts=(("sample", "acme_care"), ("reddit", "somebody_else")),
)
WATCH = Watch(brands=(ACME,))
LANGUAGES = ("ar", "en", "hy", "ru", "sk", "tr")


@pytest.fixture(scope="module")
def feed() -> Feed:
    return built_in()


def playing(watch: Watch = WATCH, **section: object) -> SampleConnector:
    started = {"start": START.isoformat(), **section}
    return connect(validate_section(Options, started, "connectors.sample"), watch)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def mentions(pages: Iterable[Page]) -> list[Mention]:
    return [mention for page in pages for mention in page.mentions]


def read(connector: SampleConnector, since: float, now: float) -> dict[str, Mention]:
    """Return what stands there by row id."""
    found = mentions(connector.pages(connector.cursor_at(at(since)), at(now)))
    return {mention.key.rpartition("-")[2]: mention for mention in found}


def written(folder: Path, *rows: Mapping[str, object] | str) -> Path:
    """Write a feed of `rows`, each with what is missing in it."""
    default = {"minute": 0, "lang": "en", "kind": "other", "author": "ann", "text": "acme"}
    lines = [row if isinstance(row, str) else json.dumps({**default, **row}) for row in rows]
    path = folder / "own.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


# The feed


def test_the_feed_speaks_six_languages_at_length(feed: Feed) -> None:
    languages = Counter(row.lang for row in feed.rows)

    assert sorted(languages) == list(LANGUAGES)
    assert min(languages.values()) >= 22
    assert len(feed.rows) >= 160


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_kind_of_post(feed: Feed, language: str) -> None:
    kinds = {row.kind for row in feed.rows if row.lang == language}

    assert kinds == set(Kind)


def test_the_crisis_comes_within_minutes_and_in_every_language(feed: Feed) -> None:
    crisis = [row for row in feed.rows if row.kind is Kind.CRISIS]

    assert len(crisis) >= 15
    assert {row.lang for row in crisis} == set(LANGUAGES)
    assert max(row.minute for row in crisis) - min(row.minute for row in crisis) <= 10


def test_most_of_the_feed_is_played_in_its_first_hour(feed: Feed) -> None:
    first_hour = [row for row in feed.rows if 0 <= row.minute <= 60]

    assert len(first_hour) > len(feed.rows) / 2
    assert max(row.minute for row in feed.rows) < 24 * 60


def test_every_conversation_begins_by_naming_a_brand_or_something_that_looks_like_one(
    feed: Feed,
) -> None:
    matcher = Matcher((ACME, Brand(name="Rivalco", keywords=("rivalco",), competitor=True)))

    silent = [row.id for row in feed.rows if row.thread is None and not matcher.hits(row.text)]

    assert silent == ["en16"]  # the cartoon


def test_the_feed_holds_what_is_hard_to_show(feed: Feed) -> None:
    texts = [row.text for row in feed.rows]

    assert any(len(text.encode("utf-16-le")) // 2 > 4096 for text in texts)
    assert any("\u202e" in text for text in texts)
    assert any(row.author is None for row in feed.rows)
    assert any(row.edits for row in feed.rows)
    assert any(row.deleted_after for row in feed.rows if row.kind is Kind.OWN_REPLY)
    assert any(row.deleted_after for row in feed.rows if row.kind is not Kind.OWN_REPLY)


def test_what_a_person_says_of_a_post_never_reaches_the_mention(feed: Feed) -> None:
    found = read(playing(), -2000, 1440)

    assert len(found) == len(feed.rows)
    assert {mention.language_hint for mention in found.values()} == {None}


# Time


def test_a_post_is_there_from_its_minute_on() -> None:
    connector = playing()

    before, then = read(connector, 0, 0.29), read(connector, 0, 0.3)

    assert "en06" not in before
    assert then["en06"].posted_at == at(0.3)
    assert then["en06"].key == "sample:20260302T090000Z-en06"


def test_pages_are_small_and_in_the_order_of_time() -> None:
    connector = playing()

    pages = tuple(connector.pages(connector.cursor_at(START), at(60)))

    instants = [mention.posted_at for mention in mentions(pages)]
    assert len(pages) > 3
    assert max(len(page.mentions) for page in pages) == PAGE_SIZE
    assert instants == sorted(instants)


def test_a_quiet_minute_is_one_empty_page_whose_cursor_moves_on() -> None:
    connector = playing()
    cursor = connector.cursor_at(at(1300))

    (page,) = connector.pages(cursor, at(1310))

    assert page.mentions == ()
    assert page.cursor == connector.cursor_at(at(1310))
    assert page.window is not None
    assert page.window.until == at(1310)


def test_a_clock_that_goes_back_does_not_move_the_cursor_back() -> None:
    connector = playing()
    cursor = connector.cursor_at(at(50))

    pages = tuple(connector.pages(cursor, at(20)))

    assert pages[-1].cursor == cursor
    assert mentions(pages) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(min_value=-1500, max_value=3000), min_size=1, max_size=12))
def test_any_number_of_polls_finds_what_one_poll_finds(polls: list[float]) -> None:
    connector, instants = playing(), sorted([*polls, 3100.0])
    cursor = connector.cursor_at(at(-2000))
    once = {each.key for each in mentions(playing().pages(cursor, at(3100)))}

    found: set[str] = set()
    for minute in instants:
        for page in connector.pages(cursor, at(minute)):
            found |= {mention.key for mention in page.mentions}
            cursor = page.cursor

    assert found == once


def test_a_post_that_shows_up_late_is_found_by_the_overlap() -> None:
    connector = playing()
    cursor = connector.cursor_at(START)
    (*_, last) = connector.pages(cursor, at(6.3))  # en08 was posted at 3.4 and is hidden until 6.4

    late = {mention.key for mention in mentions(connector.pages(last.cursor, at(6.4)))}

    assert "sample:20260302T090000Z-en08" not in {each.key for each in last.mentions}
    assert "sample:20260302T090000Z-en08" in late


def test_a_first_start_finds_the_posts_of_the_day_before() -> None:
    found = read(playing(), -24 * 60, 0)

    older = [mention for mention in found.values() if mention.posted_at < START]
    assert len(older) >= 6


def test_a_feed_that_repeats_brings_the_same_posts_under_new_keys() -> None:
    connector = playing()

    found = mentions(connector.pages(connector.cursor_at(START), START + 2 * DAY))

    texts = Counter(mention.text for mention in found if mention.text.startswith("Four hours"))
    assert list(texts.values()) == [2]
    assert len({mention.key for mention in found}) == len(found)
    assert not [each for each in found if each.key.endswith("-en05")]  # minute -41, the day before


def test_a_feed_that_does_not_repeat_ends() -> None:
    connector = playing(repeat=False)

    found = mentions(connector.pages(connector.cursor_at(at(1440)), START + 3 * DAY))

    assert found == []


def test_without_a_start_the_feed_begins_where_it_is_first_read() -> None:
    connector = playing(start=None)
    cursor = connector.cursor_at(at(7))

    found = mentions(connector.pages(cursor, at(8)))

    assert [mention.posted_at for mention in found[:1]] == [at(7.3)]


def test_a_restart_goes_on_with_the_start_that_the_cursor_remembers() -> None:
    cursor = playing(start=None).cursor_at(at(7))

    restarted = playing(start=None)
    own = mentions(restarted.own_pages(cursor, at(20)))
    posts = {mention.key for mention in mentions(restarted.pages(cursor, at(20)))}

    assert own
    assert {mention.reply_to for mention in own} <= posts


def test_a_cursor_of_another_connector_is_refused() -> None:
    connector = playing()

    with pytest.raises(ConnectorError, match="sample: cannot go on from the cursor"):
        tuple(connector.pages(Cursor('{"at": 1}'), START))


# What changes


def test_an_edit_is_seen_when_the_overlap_is_read_again() -> None:
    connector = playing()

    before, after = read(connector, 14, 17)["en17"], read(connector, 20, 20)["en17"]

    assert before.edited_at is None
    assert after.edited_at == at(17.7)
    assert after.text.startswith(before.text)
    assert "EDIT" in after.text


def test_a_deleted_post_keeps_its_key_and_nothing_else() -> None:
    connector = playing()

    before, after = read(connector, 43, 45)["en35"], read(connector, 43, 49)["en35"]

    assert before.text
    assert after.key == before.key
    assert (after.deleted, after.text, after.author) == (True, "", None)


def test_a_second_look_finds_a_late_deletion_and_keeps_silent_of_strangers() -> None:
    connector = playing()
    keys = ["sample:20260302T090000Z-sk13", "sample:20260302T090000Z-nobody", "reddit:t1_x"]

    (reply,) = connector.recheck(keys, at(200))

    assert reply.key == keys[0]
    assert reply.deleted


def test_a_second_look_says_nothing_of_posts_to_come() -> None:
    connector = playing()

    found = list(connector.recheck(["sample:20260302T090000Z-en46"], at(10)))

    assert found == []


def test_the_past_holds_what_is_older_than_the_look_back() -> None:
    connector = playing()

    found = mentions(connector.past(at(-2000), at(-1440), None))

    assert [mention.key for mention in found] == ["sample:20260302T090000Z-en01"]


def test_the_past_without_a_start_is_a_round_and_the_same_one_all_day(feed: Feed) -> None:
    ever = datetime.min.replace(tzinfo=UTC)

    first = mentions(playing(start=None).past(ever, at(0), None))
    later = mentions(playing(start=None).past(ever, at(60), None))

    keys = {mention.key for mention in first}
    assert len(keys) == len(first) >= len(feed.rows)
    assert keys <= {mention.key for mention in later}


# The brand's own replies


def test_own_pages_hold_the_own_accounts_of_this_platform_alone() -> None:
    connector = playing()

    found = mentions(connector.own_pages(connector.own_cursor_at(at(-2000)), at(60)))

    assert len(found) >= 20
    assert {each.author.handle for each in found if each.author} == {"acme_care"}
    assert all(each.reply_to and each.thread != each.key for each in found)


def test_without_an_own_account_nothing_is_read_as_the_brands() -> None:
    connector = playing(watch=Watch(brands=()))

    found = mentions(connector.own_pages(connector.own_cursor_at(START), at(60)))

    assert found == []


def test_a_scripted_reply_stands_in_the_thread_with_the_thanks_that_follow() -> None:
    connector = playing()

    found = connector.thread("sample:20260302T090000Z-en07", at(8))

    assert [mention.key.rpartition("-")[2] for mention in found] == ["en07", "en11", "en12"]


def test_an_unknown_thread_is_empty() -> None:
    connector = playing()

    assert list(connector.thread("sample:nothing", at(8))) == []


# The desk's own replies


def test_a_reply_is_found_in_the_own_pages_and_in_the_thread() -> None:
    connector = playing()
    asked = read(connector, 0, 2)["en06"]

    sent = connector.reply(asked, "We are calling you now.", "tap-1")

    own = mentions(connector.own_pages(connector.own_cursor_at(START), at(2)))
    (reply,) = (each for each in own if each.key == sent.key)
    assert (reply.reply_to, reply.thread, reply.posted_at) == (asked.key, asked.thread, at(2))
    assert reply in connector.thread(asked.thread, at(2))
    assert list(connector.recheck([sent.key], at(2))) == [reply]


def test_a_reply_with_the_same_key_stands_once_even_after_a_restart() -> None:
    connector = playing()
    asked = read(connector, 0, 2)["en06"]

    first = connector.reply(asked, "We are calling you now.", "tap-1")
    again = connector.reply(asked, "We are calling you now.", "tap-1")
    restarted = playing().reply(asked, "We are calling you now.", "tap-1")

    assert again == first
    assert restarted.key == first.key


def test_a_reply_is_never_older_than_the_post_it_answers() -> None:
    asked = read(playing(), 0, 2)["en06"]

    sent = playing().reply(asked, "We are calling you now.", "tap-1")

    assert sent.at > asked.posted_at


@pytest.mark.parametrize(
    "text", [pytest.param(" ", id="empty"), pytest.param("a" * 1001, id="too long")]
)
def test_a_reply_of_the_wrong_length_is_refused(text: str) -> None:
    connector = playing()
    asked = read(connector, 0, 2)["en06"]

    with pytest.raises(RefusedError, match="1 to 1,000 characters"):
        connector.reply(asked, text, "tap-1")


def test_a_deleted_post_can_not_be_answered() -> None:
    connector = playing()
    asked = read(connector, 43, 45)["en35"]
    read(connector, 43, 60)

    with pytest.raises(RefusedError, match="the post is gone"):
        connector.reply(asked, "Sorry!", "tap-1")


def test_a_probe_says_how_much_there_is_to_play(feed: Feed) -> None:
    assert playing().probe() == f"{len(feed.rows)} posts in 6 languages; no account is needed"


# Feeds of one's own


def test_an_own_feed_is_played_instead_of_the_built_in_one(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "a", "minute": 2}, {"id": "b", "minute": 1}, "")

    found = read(playing(feed=str(path)), 0, 10)

    assert list(found) == ["b", "a"]


def test_a_feed_of_several_days_repeats_after_its_last_day(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "a"}, {"id": "b", "minute": 1500})

    period = read_feed(path).period

    assert period == 2 * DAY


def test_an_overlap_covers_the_longest_lag_a_row_may_have(tmp_path: Path) -> None:
    longest = OVERLAP / timedelta(minutes=1)
    path = written(tmp_path, {"id": "a", "lag": longest + 0.1})

    with pytest.raises(ConfigError, match="lag"):
        read_feed(path)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        pytest.param([], "holds no posts", id="empty"),
        pytest.param(["{"], "line 1: expected one JSON object", id="no JSON"),
        pytest.param(["[1]"], "line 1: expected one JSON object", id="no object"),
        pytest.param([{"id": "a"}, {"id": "a"}], "line 2.id: 'a' stands here twice", id="twice"),
        pytest.param([{"id": "A b"}], "line 1.id", id="an id with a space"),
        pytest.param([{"id": "a", "minute": "1"}], "line 1.minute: expected a number", id="text"),
        pytest.param([{"id": "a", "minute": 1e9}], "line 1.minute", id="years later"),
        pytest.param([{"id": "a", "kind": "complain"}], "did you mean 'complaint'", id="a kind"),
        pytest.param([{"id": "a", "txet": "x"}], "line 1.txet: unknown key", id="a key"),
        pytest.param([{"id": "a", "author": "@ann"}], "line 1.author", id="a handle with @"),
        pytest.param([{"id": "a", "thread": "b"}], "there is no post 'b'", id="no thread"),
        pytest.param(
            [{"id": "a", "minute": 2}, {"id": "b", "minute": 1, "thread": "a"}],
            "line 2.thread: 'a' is posted later than this",
            id="an answer before its question",
        ),
        pytest.param(
            [{"id": "a"}, {"id": "b"}, {"id": "c", "thread": "a", "reply_to": "b"}],
            "line 3.reply_to: 'b' stands in the thread 'b'",
            id="an answer in another thread",
        ),
    ],
)
def test_a_mistake_in_a_feed_is_one_line_that_names_its_place(
    tmp_path: Path, rows: list[Mapping[str, object] | str], problem: str
) -> None:
    path = written(tmp_path, *rows)

    with pytest.raises(ConfigError) as caught:
        playing(feed=str(path))

    assert str(caught.value).startswith(str(path))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_feed_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        playing(feed=str(tmp_path / "none.jsonl"))


def test_a_feed_that_is_not_utf8_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(b'\n{"id": "\xff"}')

    with pytest.raises(ConfigError, match="line 2: expected UTF-8 text"):
        read_feed(path)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        pytest.param({"start": "2026-03-02T09:00:00"}, "expected an instant", id="no zone"),
        pytest.param({"start": "soon\n"}, "expected an instant", id="no time"),
        pytest.param({"start": "0001-01-01T00:00:00Z"}, "expected an instant", id="year 1"),
        pytest.param({"repeat": "yes"}, "expected true or false", id="not a bool"),
        pytest.param({"feeds": "x"}, "did you mean 'feed'?", id="an unknown key"),
    ],
)
def test_a_mistake_in_the_section_is_one_line(section: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        validate_section(Options, section, "connectors.sample")

    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_conversation_can_be_left_out_as_a_whole() -> None:
    connector = playing(without=["ru05"])

    rows = set(read(connector, 0, 60))

    assert not rows & {"ru05", "ru06", "ru07"}
    assert "tr03" in rows


def test_a_conversation_that_is_not_there_cannot_be_left_out() -> None:
    with pytest.raises(ConfigError, match="without: the feed has no 'nobody'"):
        playing(without=["nobody"])
