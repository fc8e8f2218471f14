"""Searching posts: those written last first whenever they were kept, by what is known of them."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.matching.query import parse
from monitor.model import Flag, Post
from monitor.store.searching import Filters
from monitor.store.store import Store
from tests.builders import NOON, a_verdict, minutes
from tests.monitor.store.builders import a_new_post, kept

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WORDS = st.sampled_from(
    ["parcel", "Parcels", "İstanbul", "ıstanbul", "مُحَمَّد", "أين", "lost", "zásielka", "東京", "և"]
)


def keys(found: Any) -> list[str]:
    return [post.mention.key for post in found]


def test_history_that_came_later_stands_where_it_was_written(store: Store) -> None:
    kept(store, a_new_post("parcel", key="sample:new", posted_at=NOON))
    kept(store, a_new_post("parcel", key="sample:old", posted_at=NOON - timedelta(days=900)))
    kept(store, a_new_post("parcel", key="sample:between", posted_at=NOON - minutes(5)))

    first = store.posts.search("parcel", limit=2)
    then = store.posts.search("parcel", limit=2, before=first[-1].id)

    assert keys(first) == ["sample:new", "sample:between"]
    assert keys(then) == ["sample:old"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param(Filters(brand="Rival"), ["sample:2"], id="a brand"),
        pytest.param(
            Filters(platform="sample"), ["sample:3", "sample:2", "sample:1"], id="platform"
        ),
        pytest.param(Filters(platform="x"), [], id="another platform"),
        pytest.param(Filters(author="@JANA"), ["sample:3", "sample:2", "sample:1"], id="an author"),
        pytest.param(Filters(author="jan"), [], id="a part of a handle"),
        pytest.param(Filters(label="complaint"), ["sample:2"], id="a label"),
        pytest.param(Filters(language="en"), ["sample:3", "sample:2", "sample:1"], id="a language"),
        pytest.param(Filters(since=NOON + minutes(2)), ["sample:3", "sample:2"], id="since"),
        pytest.param(Filters(until=NOON + minutes(2)), ["sample:1"], id="until"),
        pytest.param(
            Filters(label="complaint", since=NOON, until=NOON + minutes(9)),
            ["sample:2"],
            id="several",
        ),
        pytest.param(Filters(), [], id="nothing at all"),
    ],
)
def test_posts_are_found_by_what_is_known_of_them(
    store: Store, filters: Filters, expected: list[str]
) -> None:
    flagged = a_verdict(Flag.COMPLAINT)
    kept(
        store,
        a_new_post(key="sample:1", posted_at=NOON + minutes(1)),
        a_new_post(
            key="sample:2",
            posted_at=NOON + minutes(2),
            brands=("Acme", "Rival"),
            classification=flagged,
        ),
        a_new_post(key="sample:3", posted_at=NOON + minutes(3)),
    )

    assert keys(store.posts.search("", limit=5, filters=filters)) == expected
    assert keys(store.posts.every(filters=filters)) == (sorted(expected) or keys_of_all(filters))


def keys_of_all(filters: Filters) -> list[str]:
    """Return what reading all gives where searching gives nothing: all, if nothing was asked."""
    return ["sample:1", "sample:2", "sample:3"] if filters == Filters() else []


def test_what_changes_is_found_as_it_is_now(store: Store) -> None:
    ids = kept(store, a_new_post("parcel", history=True, classification=None))

    with store.writing():
        store.posts.judged(ids["sample:1"], a_verdict(Flag.REQUEST), review=False)
        store.posts.seen_live(ids["sample:1"], ["Rival"])

    wanted = Filters(label="request", brand="Rival")
    assert keys(store.posts.search("parcel", limit=5, filters=wanted)) == ["sample:1"]
    assert store.damage() == []
    store._database.execute("DELETE FROM posts")
    assert store.posts.search("parcel", limit=5) == ()
    assert store.damage() == []


@QUICK
@given(text=st.lists(WORDS, max_size=6), asked=st.lists(WORDS, min_size=1, max_size=3))
def test_the_index_and_the_text_agree_on_what_is_found(
    store: Store, text: list[str], asked: list[str]
) -> None:
    number = sum(1 for _ in store.posts.every())
    kept(store, a_new_post(" ".join(text), key=f"sample:{number}"))

    found = keys(store.posts.search(" ".join(asked), limit=100))

    assert (f"sample:{number}" in found) == all(parse(" ".join(asked)).counts(" ".join(text)))


@QUICK
@given(
    words=st.text(max_size=60)
    | st.text(st.sampled_from('ab "*-():^{}+\0\ue000\ud800'), max_size=30)
)
def test_whatever_is_asked_with_filters_is_answered(store: Store, words: str) -> None:
    store.posts.search(words, limit=5, filters=Filters(brand=words, author=words, language=words))
    store.posts.ranked(words, limit=5, brands=[words, "Acme"])


def test_the_best_of_the_newest_hits_come_first_where_that_is_wanted(store: Store) -> None:
    kept(
        store,
        a_new_post("parcel parcel parcel", key="sample:often", posted_at=NOON),
        a_new_post(
            "a parcel and much else beside it", key="sample:once", posted_at=NOON + minutes(1)
        ),
    )

    assert keys(store.posts.ranked("parcel", limit=5)) == ["sample:often", "sample:once"]
    assert keys(store.posts.search("parcel", limit=5)) == ["sample:once", "sample:often"]


def test_a_page_after_a_post_that_is_gone_is_empty(store: Store) -> None:
    kept(store, a_new_post("parcel"))

    assert store.posts.search("parcel", limit=5, before=99) == ()


def test_pages_hold_every_hit_once_in_the_order_of_time(store: Store) -> None:
    kept(
        store,
        *(
            a_new_post("parcel", key=f"sample:{n}", posted_at=NOON + minutes(n * 7919 % 13))
            for n in range(40)
        ),
    )

    pages: list[Post] = []
    while page := store.posts.search("parcel", limit=7, before=pages[-1].id if pages else None):
        pages += page

    assert len({post.id for post in pages}) == len(pages) == 40
    assert all(a.mention.posted_at >= b.mention.posted_at for a, b in pairwise(pages))
