import json
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.near_duplicates import (
    Fingerprint,
    Original,
    bands,
    bands_of,
    fingerprint,
    fingerprints,
    from_bytes,
    resemblance,
    similar,
    to_bytes,
)

POSTS = {
    "en": "Three weeks without internet and Acme support keeps telling me to restart the router",
    "tr": "Üç haftadır internet yok, Acme destek hâlâ modemi kapatıp açmamı söylüyor, yeter artık",
    "sk": "Tri týždne bez internetu a podpora Acme mi stále hovorí, aby som reštartoval router",
    "ar": "ثلاثة أسابيع بدون إنترنت ودعم أكمي يطلب مني كل مرة إعادة تشغيل الجهاز من جديد",
    "hy": "Երեք շաբաթ առանց ինտերնետի, իսկ Ակմեի աջակցությունը միայն ասում է միացրու անջատիր սարքը",
    "ru": "Три недели без интернета, а поддержка Акме только и говорит перезагрузить роутер",
}
EDITS: dict[str, Callable[[str], str]] = {
    "repost": lambda text: f"RT @someone: {text}",
    "emoji and a link": lambda text: f"{text} 😡😡 https://t.co/abc",
    "another handle": lambda text: f"@acmecare {text} @other",
    "capitals": str.upper,
    "other punctuation": lambda text: text.replace(" ", "  ").replace(",", " -") + "!!!",
    "a changed word": lambda text: " ".join(["Four", *text.split()[1:]]),
    "a word more": lambda text: f"{text} please",
    "cut at the end": lambda text: f"{text[: len(text) * 2 // 3]}…",
    "cut repost with a link": lambda text: f"RT @a: {text[: len(text) // 2]}... https://t.co/x",
}
hashes = st.sets(st.integers(0, 200), max_size=100)
words = st.text("abcdeğşıяжكмաբ ", min_size=1, max_size=80)


def are_copies(one: str, other: str) -> bool:
    """Return whether the store would find the one by the other's keys, and fold it."""
    ours, theirs = fingerprint(one), fingerprint(other)
    return bool(set(bands(ours)) & set(bands(theirs))) and similar(ours, theirs)


@pytest.mark.parametrize("language", POSTS)
@pytest.mark.parametrize("edit", EDITS)
def test_a_copy_is_told_whatever_was_done_to_it(language: str, edit: str) -> None:
    assert are_copies(POSTS[language], EDITS[edit](POSTS[language]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            "Dear Acme, I am writing to complain about the fridge that broke after a week",
            "Dear Acme, I am writing to complain about your driver who threw my parcel away",
            id="a shared opening phrase",
        ),
        pytest.param(
            "@acme my order 48213 still has not arrived, it was due last week, please check",
            "@acme my order 77105 still has not arrived, it was due last week, please check",
            id="another order number",
        ),
        pytest.param("no signal in Nitra", "no signal in Zvolen", id="short, one word differs"),
        pytest.param("@acme 😡😡😡", "@acme 😡😡😡", id="no words at all"),
        pytest.param("it never works...", "it never works in the evening after six", id="ellipsis"),
    ],
)
def test_different_complaints_are_not_folded(one: str, other: str) -> None:
    assert not are_copies(one, other)


def test_very_short_posts_are_copies_only_if_they_say_the_same() -> None:
    assert are_copies("@acme Still down!!", "still DOWN 😡")
    assert not are_copies("still down", "still up")


def test_a_long_post_is_told_by_a_part_of_its_words() -> None:
    post = " ".join(f"word{number % 97}x{number}y" for number in range(400))
    other = " ".join(f"else{number}" for number in range(400))

    assert len(fingerprint(post).sketch) == 64
    assert are_copies(post, f"{post} and this")
    assert not are_copies(post, other)


@settings(max_examples=200, deadline=None)
@given(words)
def test_a_text_with_words_is_a_copy_of_itself(text: str) -> None:
    assert are_copies(text, text) == bool(text.strip())


@settings(max_examples=200, deadline=None)
@given(words, words)
def test_it_does_not_matter_which_of_two_came_first(one: str, other: str) -> None:
    ours, theirs = fingerprint(one), fingerprint(other)

    assert similar(ours, theirs) == similar(theirs, ours)
    assert 0.0 <= resemblance(ours, theirs) <= 1.0


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_a_stored_fingerprint_comes_back_as_it_was(text: str) -> None:
    found = fingerprint(text)

    assert from_bytes(to_bytes(found)) == found


def test_the_keys_are_those_under_which_older_posts_are_kept() -> None:
    kept = (
        *(60868068462230247, 97530279040631254, 175270405192784859, 281210912746311160),
        *(354544513542299602, 363553267774366109, 432871146123779296, 562912934519782653),
        *(640812498619650458, 677725058399977283),
    )

    found = bands(fingerprint(POSTS["en"]))

    assert found == kept


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_keys_fit_a_signed_column_of_64_bits(text: str) -> None:
    keys = bands(fingerprint(text))

    assert all(0 < key < 1 << 63 for key in keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("language", ["sk", "ar", "hy", "ru"])
def test_of_unrelated_posts_not_one_pair_in_ten_thousand_is_folded(
    language: str, shared: Path
) -> None:
    found = [fingerprint(text) for text in _posts(shared / "data" / "dev", language)]
    pairs = list(combinations(found, 2))

    folded = [pair for pair in pairs if similar(*pair)]

    assert len(folded) <= len(pairs) / 10_000


def _posts(folder: Path, language: str) -> list[str]:
    lines = (folder / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["acme", "u/jo", "/u/jo", "@jo", "www.a.b", "a@b.co", "http://a"])))
def test_links_and_handles_do_not_count_wherever_they_stand(parts: list[str]) -> None:
    bare = [part for part in parts if part == "acme"]

    assert fingerprint(" ".join(parts)) == fingerprint(" ".join(bare))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=6))
def test_many_texts_at_once_give_what_each_gives_alone(texts: list[str]) -> None:
    together = fingerprints(texts)

    assert together == [fingerprint(text) for text in texts]
    assert bands_of(together) == [bands(each) for each in together]


def sketched(found: set[int]) -> Fingerprint:
    sketch = tuple(sorted(found)[:64])
    return Fingerprint(exact=1, opening=0, numbers=0, words=9, cut=False, sketch=sketch)


@given(hashes, hashes, hashes)
@settings(max_examples=200)
def test_sketches_are_compared_up_to_where_both_are_known(
    both: set[int], one: set[int], other: set[int]
) -> None:
    ours, theirs = sketched(both | one), sketched(both | other)

    found = resemblance(ours, theirs)

    ends = [each.sketch[-1] for each in (ours, theirs) if len(each.sketch) == 64]
    known = [{hash_ for hash_ in each.sketch if hash_ <= min(ends, default=hash_)}
             for each in (ours, theirs)]  # fmt: skip
    every = known[0] | known[1]
    assert found == (len(known[0] & known[1]) / len(every) if every else 0.0)


@given(hashes, hashes, hashes)
@settings(max_examples=200)
def test_a_post_that_is_compared_with_many_is_compared_alike(
    both: set[int], one: set[int], other: set[int]
) -> None:
    ours = replace(sketched(both | one), exact=2)
    theirs = sketched(both | {value << 5 for value in other})

    found = Original(ours).is_similar(Original(theirs))

    assert found == similar(ours, theirs) == Original(theirs).is_similar(Original(ours))
