"""Posts: kept once, changed, taken away, found by their words, and alike ones by their bands."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Classification, Flag, Mention, Span
from monitor.store.store import Store
from tests.builders import NOON, a_verdict, an_author, minutes
from tests.monitor.store.builders import a_new_post, kept, mention_of

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
CHANCES = st.none() | st.floats(0, 1)
SPANS = st.builds(Span, start=st.integers(0, 50), end=st.integers(50, 99))


def keys(found: Any) -> list[str]:
    return [post.mention.key for post in found]


def test_a_key_that_is_known_is_kept_once(store: Store) -> None:
    first = kept(store, a_new_post("first", key="sample:1"))
    again = kept(store, a_new_post("second", key="sample:1"), a_new_post(key="sample:2"))

    assert set(first) == {"sample:1"}
    assert set(again) == {"sample:2"}
    assert mention_of(store).text == "first"


def test_a_key_that_comes_twice_in_a_page_is_kept_once_as_it_came_first(store: Store) -> None:
    added = kept(store, a_new_post("first"), a_new_post("second"))

    assert len(added) == 1
    assert mention_of(store).text == "first"
    assert store.damage() == []


def test_nothing_to_keep_is_nothing(store: Store) -> None:
    assert kept(store) == {}
    assert store.posts.known([]) == {}


@QUICK
@given(
    text=TEXTS,
    place=TEXTS,
    reply_to=st.none() | TEXTS,
    edited=st.none() | st.just(NOON + minutes(3)),
    hint=st.none() | st.just("sk"),
    private=st.booleans(),
    author=st.none() | st.just(an_author("dora")),
    verdict=st.none()
    | st.builds(
        Classification,
        language=st.sampled_from(["sk", "hy", "und"]),
        complaint=CHANCES,
        request=CHANCES,
        flags=st.frozensets(st.sampled_from(Flag)),
        reasons=st.lists(SPANS, max_size=3).map(tuple),
        praise=CHANCES,
        churn_risk=CHANCES,
        urgency=st.none() | st.integers(0, 2),
        topic=st.none() | TEXTS,
        model=st.just("m/fast"),
    ),
    brands=st.frozensets(st.sampled_from(["Acme", "Ձայն", 'a"b'])),
)
def test_a_post_comes_back_as_it_was_kept(
    store: Store, brands: frozenset[str], verdict: Classification | None, **given_: Any
) -> None:
    number = sum(1 for _ in store.posts.every())
    key = f"sample:{number}"
    edited_at, hint = given_.pop("edited"), given_.pop("hint")
    mention = Mention(
        key=key,
        platform="sample",
        thread=key,
        url="https://sample.example/1",
        posted_at=NOON,
        edited_at=edited_at,
        language_hint=hint,
        **given_,
    )
    new = a_new_post(key=key, brands=tuple(sorted(brands)), classification=verdict)
    object.__setattr__(new, "mention", mention)

    kept(store, new)

    found = store.posts.get(key)
    assert found is not None
    assert found.mention == mention
    assert found.classification == verdict
    assert found.brands == tuple(sorted(brands))


@QUICK
@given(words=st.text(max_size=60))
def test_whatever_is_searched_for_is_never_syntax(store: Store, words: str) -> None:
    kept(store, a_new_post("Acme lost my parcel NEAR the -bank AND text:here"))

    store.posts.search(words, limit=5)


@QUICK
@given(words=st.text(st.sampled_from('abc "*^:(){}+-\0\ud800NEAR'), max_size=40))
def test_the_signs_of_the_query_language_are_only_signs(store: Store, words: str) -> None:
    assert store.posts.search(words, limit=5) == ()


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("parcel bank", id="all words, in any order"),
        pytest.param('"parcel"', id="quoted"),
        pytest.param("PARCEL", id="in capitals"),
        pytest.param("zasielka", id="without the marks"),
        pytest.param("parcel !!!", id="with signs that are no words"),
        pytest.param("jana", id="the author's handle"),
        pytest.param("посылка", id="in another script"),
        pytest.param("don't", id="with an apostrophe"),
        pytest.param("par*", id="by its beginning"),
        pytest.param('"lost my parcel"', id="a phrase"),
        pytest.param('"lost MY parcel', id="a phrase that nobody closed"),
        pytest.param("parcel -train", id="without another one"),
        pytest.param("-train", id="only without another one"),
        pytest.param("zásielka -", id="with a lone hyphen"),
    ],
)
def test_a_post_is_found_by_its_words(store: Store, words: str) -> None:
    kept(store, a_new_post("The bank lost my parcel, zásielka, посылка; don't laugh"))

    assert keys(store.posts.search(words, limit=5)) == ["sample:1"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("", id="nothing"),
        pytest.param("  !!! ", id="signs alone"),
        pytest.param("parcel train", id="one word is missing"),
        pytest.param("pa*", id="a beginning of two letters"),
        pytest.param("par*cel", id="a star inside a word"),
        pytest.param("parcel -bank", id="with a word that must not be there"),
        pytest.param('"my lost"', id="a phrase in another order"),
        pytest.param("parcel OR train", id="OR is a word"),
        pytest.param("text:parcel", id="a column is no filter"),
        pytest.param("parcel\0train", id="a NUL hides nothing"),
    ],
)
def test_a_post_is_not_found_by_other_words(store: Store, words: str) -> None:
    kept(store, a_new_post("The bank lost my parcel"))

    assert store.posts.search(words, limit=5) == ()


def test_the_newest_post_is_found_first_page_by_page(store: Store) -> None:
    kept(store, *(a_new_post("parcel", key=f"sample:{n}") for n in range(7)))

    first = store.posts.search("parcel", limit=3)
    then = store.posts.search("parcel", limit=3, before=first[-1].id)

    assert keys(first) == ["sample:6", "sample:5", "sample:4"]
    assert keys(then) == ["sample:3", "sample:2", "sample:1"]


def test_only_posts_of_a_brand_are_found_where_one_is_asked_for(store: Store) -> None:
    kept(store, a_new_post("parcel", key="sample:1", brands=("Acme", "Rival")))
    kept(store, a_new_post("parcel", key="sample:2", brands=("Acme",)))

    assert keys(store.posts.search("parcel", limit=5, brands=["Rival"])) == ["sample:1"]


def test_an_edited_post_is_found_by_its_new_words_alone(store: Store) -> None:
    ids = kept(store, a_new_post("parcel"))

    with store.writing():
        store.posts.edited(ids["sample:1"], "letter", NOON + minutes(5))

    assert store.posts.search("parcel", limit=5) == ()
    assert keys(store.posts.search("letter", limit=5)) == ["sample:1"]
    assert mention_of(store).edited_at == NOON + minutes(5)


def test_of_a_deleted_post_only_a_tombstone_is_left(store: Store) -> None:
    ids = kept(store, a_new_post("parcel", bands=(1, 2), fingerprint=b"x", review=True))

    with store.writing():
        store.posts.deleted(ids["sample:1"], NOON + minutes(5))

    gone = mention_of(store)
    assert (gone.deleted, gone.text) == (True, "")
    assert store.posts.search("parcel", limit=5) == ()
    assert store.posts.in_review(5) == ()
    assert store.posts.alike([1], NOON - minutes(60)) == ()
    assert store.damage() == []


def test_posts_that_share_a_band_are_found_while_they_are_young(store: Store) -> None:
    ids = kept(store, a_new_post(key="sample:1", bands=(1, 2), fingerprint=b"one"))
    kept(store, a_new_post(key="sample:2", bands=(3,), fingerprint=b"two"))

    found = store.posts.alike([2, 9], NOON - minutes(1))

    assert [(post.id, prints) for post, prints in found] == [(ids["sample:1"], b"one")]
    assert store.posts.alike([2], NOON + minutes(1)) == ()
    with store.writing():
        store.posts.forget_bands(NOON + minutes(1))
    assert store.posts.alike([2], NOON - minutes(1)) == ()


def test_a_post_is_judged_later_once(store: Store) -> None:
    ids = kept(store, a_new_post(classification=None))
    waiting = keys(store.posts.unjudged(5))

    with store.writing():
        store.posts.judged(ids["sample:1"], a_verdict(Flag.COMPLAINT), review=False)

    found = store.posts.get("sample:1")
    assert waiting == ["sample:1"]
    assert store.posts.unjudged(5) == ()
    assert found is not None
    assert found.classification == a_verdict(Flag.COMPLAINT)


def test_a_post_in_review_is_shown_once_and_leaves_when_a_person_spoke(store: Store) -> None:
    ids = kept(store, a_new_post(review=True))
    number = ids["sample:1"]
    unshown = keys(store.posts.in_review(5, unshown=True))

    with store.writing():
        store.posts.shown_for_review([number])
    shown = (keys(store.posts.in_review(5, unshown=True)), keys(store.posts.in_review(5)))
    with store.writing():
        store.posts.reviewed(number)

    assert unshown == ["sample:1"]
    assert shown == ([], ["sample:1"])
    assert not store.posts.awaits_review(number)


@pytest.mark.parametrize("given_url", ["", "/", "?utm=1", "/?utm=1"])
def test_a_post_is_found_by_the_address_people_copy(store: Store, given_url: str) -> None:
    kept(store, a_new_post())

    found = store.posts.by_url(f"https://sample.example/1{given_url}")

    assert found is not None
    assert found.mention.key == "sample:1"


def test_posts_are_read_by_when_they_were_posted_many_at_a_time(store: Store) -> None:
    kept(
        store,
        *(a_new_post(key=f"sample:{n}", posted_at=NOON + minutes(n)) for n in range(1_100)),
    )

    all_of_them = keys(store.posts.every())
    some = keys(store.posts.every(NOON + minutes(2), NOON + minutes(5)))

    assert len(all_of_them) == len(set(all_of_them)) == 1_100
    assert some == ["sample:2", "sample:3", "sample:4"]


def test_the_brands_of_an_author_in_a_thread_are_known(store: Store) -> None:
    kept(store, a_new_post(key="sample:1", thread="sample:t", brands=("Acme",)))
    kept(store, a_new_post(key="sample:2", thread="sample:t", brands=("Rival",), own_brand="Rival"))

    writer = ("sample:t", "id-jana")
    assert store.posts.brands_spoken_of("sample", [writer, ("sample:t", "id-nobody")]) == {
        writer: ("Acme",)
    }
    assert keys(store.posts.of_thread("sample", "sample:t")) == ["sample:1", "sample:2"]


def test_history_that_is_seen_live_is_no_history(store: Store) -> None:
    ids = kept(store, a_new_post(history=True, brands=()))

    with store.writing():
        store.posts.seen_live(ids["sample:1"], ["Acme"])

    found = store.posts.by_id(ids["sample:1"])
    assert found is not None
    assert (found.history, found.brands) == (False, ("Acme",))
