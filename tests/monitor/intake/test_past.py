"""Many old posts at once: the same rows as one after the other, and nothing known is touched."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from monitor.intake.past import Past, Tally
from monitor.matching.matcher import Matcher
from monitor.model import ItemId, Mention, State
from tests.builders import NOON, a_brand, a_mention, a_page, a_reply, minutes
from tests.desk import FOUND_LATE, Bench, a_bench

TEXTS = (
    "Acme lost my parcel again, this is a complaint, order 12345 is three weeks late",
    "Acme lost my parcel again, this is a complaint, order 12345 is three weeks too late",
    "Acme opens a shop in the old town, perhaps on Monday, says the paper",
    "please, Acme and Rivalco, answer somebody at last, please",
    "a complaint about Rivalco",
    "Acme",
)
TABLES = {
    "posts": "SELECT * FROM posts ORDER BY id",
    "brands": "SELECT * FROM post_brands ORDER BY 1, 2",
    "bands": "SELECT * FROM post_bands ORDER BY 1, 2",
    "items": "SELECT * FROM items ORDER BY id",  # but for how often a card was to be drawn
    "item posts": "SELECT * FROM item_posts ORDER BY 1, 2",
    "events": "SELECT item_id, kind, at, recorded_at, key, posted_at, wants_answer, url, reason,"
    " ref FROM events ORDER BY 1, 2, 3, 5",
    "words": "SELECT rowid FROM posts_fts WHERE posts_fts MATCH 'acme' ORDER BY rowid",
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return a_bench(tmp_path, a_brand(), a_brand("Rivalco", competitor=True))


def past(bench: Bench) -> Past:
    return Past(
        bench.ledger, Matcher(bench.brands), bench.judge, bench.brands, found_late=FOUND_LATE
    )


def rows(bench: Bench) -> dict[str, list[Any]]:
    """Return every row that old posts leave, by table."""
    database = bench.store._database
    found = {name: list(database.query(query)) for name, query in TABLES.items()}
    return {name: [{**row, "revision": 0} for row in each] for name, each in found.items()}


def a_month(dice: Random, size: int) -> list[Mention]:
    """Return old posts of few people in few threads: copies, follow-ups, replies, doubles."""
    return [_an_old_post(dice, number) for number in range(size)]


def _an_old_post(dice: Random, number: int) -> Mention:
    key = f"sample:{number if dice.random() < 0.9 else dice.randrange(number + 1)}"
    thread = f"sample:{dice.randrange(number + 1)}" if dice.random() < 0.4 else key
    at = NOON - timedelta(days=30) + minutes(dice.randrange(5_000))
    if dice.random() < 0.2:
        to = f"sample:{dice.randrange(number + 1)}"
        return a_reply(key=key, to=to, thread=thread, posted_at=at)
    author = dice.choice(["jana", "peter", None])
    return a_mention(dice.choice(TEXTS), key=key, thread=thread, author=author, posted_at=at)


@pytest.mark.parametrize(("seed", "at_once"), [(1, 60), (2, 7), (3, 1), (4, 30)])
def test_many_at_once_leave_the_same_rows_as_one_after_the_other(
    seed: int, at_once: int, tmp_path: Path
) -> None:
    posts = a_month(Random(seed), 60)
    slow, fast = a_live_desk(tmp_path / "slow"), a_live_desk(tmp_path / "fast")

    _one_by_one(slow, posts)
    for begin in range(0, len(posts), at_once):
        past(fast).take(posts[begin : begin + at_once], NOON)

    for name, expected in rows(slow).items():
        assert rows(fast)[name] == expected, name
    assert fast.store.damage() == []


def a_live_desk(folder: Path) -> Bench:
    """Return a desk that has one item on its queue, and read its source before."""
    folder.mkdir()
    bench = a_bench(folder, a_brand(), a_brand("Rivalco", competitor=True))
    bench.take(a_mention(key="sample:7", posted_at=NOON))
    bench.source("file")
    with bench.store.writing():
        bench.store.sources.well("file", NOON)
    return bench


def _one_by_one(bench: Bench, posts: Sequence[Mention]) -> None:
    """Take posts in by the trip of a page, each unknown one in a page of its own."""
    for each in posts:
        if bench.store.posts.get(each.key) is None:
            bench.pipeline.take(a_page(each), bench.source("file"), NOON, live=False)


def test_everything_is_history_whatever_its_age(bench: Bench) -> None:
    tally = past(bench).take([a_mention(posted_at=NOON)], NOON)

    item = bench.item().item
    assert tally == Tally(matched=1, new=1, flagged=1)
    assert item.muted
    assert bench.store.items.queue() == ()


def test_what_is_known_is_counted_and_left_as_it_is(bench: Bench) -> None:
    mention = a_mention()
    bench.take(mention)
    gone = a_mention("Acme, please", key="sample:2")
    bench.take(gone)
    bench.take(replace(gone, deleted=True, text=""), now=NOON + minutes(1))
    before = rows(bench)

    edited = replace(mention, text="Acme, please", edited_at=NOON)
    tally = past(bench).take([edited, gone], NOON + minutes(2))

    assert tally == Tally(matched=2, duplicate=2)
    assert rows(bench) == before


def test_a_post_that_comes_twice_is_kept_as_it_came_first(bench: Bench) -> None:
    first, again = a_mention("Acme, please"), a_mention("Acme once more")

    tally = past(bench).take([first, again], NOON)

    assert (tally.new, tally.duplicate) == (1, 1)
    assert [post.mention.text for post in bench.store.posts.every()] == ["Acme, please"]


def test_a_reply_in_an_archive_stops_the_clock_it_answers_at_its_own_time(bench: Bench) -> None:
    bench.take(a_mention())

    past(bench).take([a_reply(posted_at=NOON + minutes(3))], NOON + minutes(50))

    standing = bench.item(now=NOON + minutes(50))
    assert standing.item.state is State.ANSWERED
    assert standing.item.answer is not None
    assert standing.item.answer.at == NOON + minutes(3)


def test_a_post_of_our_own_that_answers_nobody_is_neither_kept_nor_counted(bench: Bench) -> None:
    ours = a_mention("Acme opens a shop", author="acme_care")

    assert past(bench).take([ours], NOON) == Tally()
    assert bench.store.posts.get("sample:1") is None


def test_with_a_brand_only_what_is_about_it_is_kept(bench: Bench) -> None:
    both = a_mention("a complaint about Acme and Rivalco")
    other = a_mention("a complaint about Rivalco", key="sample:2")

    tally = past(bench).take([both, other], NOON, brand="Acme")

    [post] = bench.store.posts.every()
    assert tally.matched == tally.new == 1
    assert post.brands == ("Acme",)


def test_a_copy_of_another_year_does_not_fold(bench: Bench) -> None:
    old = [a_mention(TEXTS[0], key=f"sample:{n}", posted_at=NOON - n * FOUR_DAYS) for n in (1, 2)]
    near = a_mention(TEXTS[1], key="sample:3", posted_at=NOON - FOUR_DAYS - minutes(60))

    past(bench).take([*old, near], NOON)

    folds = {post.mention.key: post.fold_of for post in bench.store.posts.every()}
    assert folds == {"sample:1": None, "sample:2": None, "sample:3": 1}


FOUR_DAYS = timedelta(days=4)


def test_what_cannot_be_judged_is_kept_and_judged_later(bench: Bench) -> None:
    bench.judge.broken = True

    tally = past(bench).take([a_mention()], NOON)

    bench.judge.broken = False
    assert (tally.new, tally.flagged) == (1, 0)
    assert bench.pipeline.rejudge(NOON).items == (ItemId(1),)
    assert bench.item().item.muted


def test_half_a_letter_in_a_key_holds_nothing_up(bench: Bench) -> None:
    odd = replace(a_mention(key="sample:\ud83d"), text="Acme \udc00", reply_to="sample:\ud83d")

    assert past(bench).take([odd], NOON).new == 1


def test_a_zero_in_a_key_is_no_end_of_it(bench: Bench) -> None:
    odd = replace(a_mention(key="sample:\0", author="j\0"), text="Acme \0 complaint")

    first, again = past(bench).take([odd], NOON), past(bench).take([odd], NOON)

    assert (first.new, again.new, again.duplicate) == (1, 0, 1)


def test_a_post_of_the_first_day_there_is_holds_nothing_up(bench: Bench) -> None:
    first = replace(a_mention(), posted_at=datetime(1, 1, 1, tzinfo=UTC))

    assert past(bench).take([first], NOON).new == 1


def test_a_count_keeps_nothing_and_knows_what_it_counted(bench: Bench) -> None:
    counting = past(bench)
    bench.take(a_mention(key="sample:1"))
    posts = [a_mention(key="sample:1"), a_mention(key="sample:2"), a_mention(key="sample:2")]

    first, again = counting.count(posts), counting.count(posts)

    assert first == Tally(matched=3, new=1, duplicate=2, flagged=1)
    assert again == Tally(matched=3, new=0, duplicate=3)
    assert bench.store.posts.get("sample:2") is None
