"""What commands answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat import details, lists
from bot.chat.html import html
from bot.chat.taps import TapKind, encode
from bot.chat.text import MESSAGE_UNITS, Message, plain, units
from bot.chat.views import CardView, card_views
from monitor.model import ItemId, MemberId, State
from tests.bot.chat.test_text import texts_of_people
from tests.builders import NOON, a_brand, a_mention, minutes
from tests.desk import Bench, a_bench
from tests.servers.bot_api_html import parse

ONE = ItemId(1)
ZONE = ZoneInfo("Europe/Bratislava")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = a_bench(tmp_path)
    with made.store:
        yield made


def views(bench: Bench, *numbers: int, after: float = 2) -> tuple[CardView, ...]:
    items = [ItemId(number) for number in numbers]
    return card_views(bench.ledger, items, NOON + minutes(after), zone=ZONE, language="en")


def said(message: Message) -> list[str]:
    parse(html(message.text))
    return plain(message.text).split("\n")


def many(bench: Bench, count: int) -> None:
    for number in range(1, count + 1):
        mention = a_mention(f"Acme complaint {number}", key=f"sample:{number}", author=f"p{number}")
        bench.take(mention, now=NOON + minutes(number / 60))


def test_the_queue_is_due_soonest_first_and_counts_what_is_not_listed(bench: Bench) -> None:
    many(bench, 10)

    message = lists.queue(views(bench, *range(10, 0, -1)), total=10, late=0)

    lines = said(message)
    assert lines[0] == "In the queue: 10"
    assert lines[1] == "🔵 #1 · answer due 6 Mar 13:30 · Acme · @p1 · Acme complaint 1"
    assert lines[-1] == "and 2 more"
    datas = [button.data for row in message.buttons for button in row]
    assert datas == [encode(TapKind.SHOW, number) for number in range(1, 9)]


def test_what_is_overdue_is_counted_first(bench: Bench) -> None:
    many(bench, 2)

    shown = said(lists.queue(views(bench, 1, 2, after=31), 2, 2))

    assert shown[0] == "In the queue: 2 · 2 overdue"


def test_an_empty_list_says_so(bench: Bench) -> None:
    assert said(lists.queue((), 0, 0)) == ["Nobody waits: the queue is empty."]
    assert said(lists.mine((), 0, 0)) == ["You have claimed nothing."]
    assert said(lists.stats({})) == ["No post has needed an answer yet."]
    assert said(lists.log((), ZONE, "en")) == ["The log is empty."]
    assert said(lists.search("x", (), ZONE, "en")) == ["No post holds “x”."]


def test_a_search_shows_posts_by_number_with_their_item(bench: Bench) -> None:
    bench.take(a_mention(), a_mention("Acme is fine", key="sample:2", author=None))
    found = [lists.Found(post=post) for post in bench.store.posts.search("acme", limit=5)]
    found[1] = replace(found[1], item=ONE)

    message = lists.search("acme", found, ZONE, "en")

    assert said(message) == [
        "2 newest posts with “acme”",
        "1. 6 Mar 13:00 · sample · Acme is fine",
        "2. #1 · 6 Mar 13:00 · sample · @jana · Acme lost my parcel, this is a complaint",
    ]
    assert [button.label for row in message.buttons for button in row] == ["#1"]


@pytest.mark.parametrize("gone", [True, False], ids=["deleted", "private"])
def test_a_search_shows_no_text_that_is_gone_or_private(bench: Bench, gone: bool) -> None:
    bench.take(a_mention())
    (post,) = bench.store.posts.search("acme", limit=1)
    hit = replace(post, mention=replace(post.mention, deleted=gone, private=not gone))

    line = said(lists.search("acme", [lists.Found(post=hit)], ZONE, "en"))[1]

    assert line.endswith("deleted" if gone else "private")


def test_brands_say_what_waits_and_what_is_silent() -> None:
    watched = [
        lists.BrandLine(brand=a_brand(), waiting=3, muted_until=NOON),
        lists.BrandLine(brand=a_brand("Rival", competitor=True)),
    ]

    assert said(lists.brands(watched, ZONE, "en")) == [
        "Watched",
        "• Acme · 3 waiting · 🔕 until 6 Mar 13:00 · acme",
        "• Rival · competitor, counted only · rival",
    ]


def test_stats_count_each_brands_items_by_state() -> None:
    counts = {("Acme", State.OPEN): 2, ("Acme", State.VOID): 1, ("Zeta", State.ANSWERED): 4}

    assert said(lists.stats(counts)) == [
        "All items by state",
        "Acme: 2 waiting, 1 not for us",
        "Zeta: 4 answered",
    ]


def test_the_log_says_who_did_what_and_what_was_refused(bench: Bench) -> None:
    ada = bench.member("Ada")
    with bench.store.writing():
        bench.store.people.log(NOON, "claim", actor=ada, item=ONE)
        bench.store.people.log(NOON, "queue", stranger=("Eve", 5), allowed=False)

    entries = tuple(bench.store.people.entries())

    assert said(lists.log(entries, ZONE, "en")) == [
        "Log",
        "6 Mar 13:00 · Ada · claim #1",
        "6 Mar 13:00 · Eve · queue · refused",
    ]


def test_the_log_tells_instants_in_the_zone_of_who_reads_it(bench: Bench) -> None:
    ada = bench.member("Ada")
    with bench.store.writing():
        bench.store.people.log(
            NOON, "shift", actor=ada, detail="Ada on in care until 2026-03-06T16:00+00:00"
        )

    told = said(lists.log(tuple(bench.store.people.entries()), ZONE, "en"))

    assert told[1] == "6 Mar 13:00 · Ada · shift · Ada on in care until 6 Mar 17:00"


@pytest.mark.parametrize("detail", ["2026-02-29T16:00+00:00", "2026-03-06T16:00+02:00", "2026"])
def test_the_log_leaves_what_is_no_instant_of_ours_as_it_was(detail: str) -> None:
    assert lists.in_zone(detail, ZONE, "en") == detail


def test_an_item_in_full_tells_its_story_in_words(bench: Bench) -> None:
    bench.take(a_mention())
    ada = bench.member("Ada")
    bench.desk.claim(ONE, ada, NOON + minutes(1))
    bench.desk.answered(ONE, ada, NOON + minutes(12), "https://sample.example/9")
    (view,) = views(bench, 1, after=13)

    message = details.item(view, bench.store.events.of_item(ONE), {MemberId(ada.id): "Ada"})

    lines = said(message)
    story = lines[lines.index("What happened") + 1 :]
    assert story == [
        "6 Mar 13:00 · first seen",
        "6 Mar 13:01 · claimed by Ada · until 6 Mar 13:21",
        "6 Mar 13:12 · marked as answered by Ada",
    ]


def test_an_item_with_one_event_too_many_says_that_there_is_one(bench: Bench) -> None:
    bench.take(a_mention())
    (view,) = views(bench, 1, after=1)
    (opened,) = bench.store.events.of_item(ONE)

    lines = said(details.item(view, [opened] * (details.EVENTS + 1), {}))

    assert "1 earlier event is in the log" in lines


@settings(max_examples=60, deadline=None)
@given(texts_of_people, st.integers(1, 900))
def test_whatever_is_searched_for_the_answer_fits(text: str, times: int) -> None:
    message = lists.search(text * times, (), ZONE, "en")

    assert units(plain(message.text)) <= MESSAGE_UNITS
    parse(html(message.text))
