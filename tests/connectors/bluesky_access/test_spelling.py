"""The quick look at many texts passes on at least what the matcher would find."""

import json
from unicodedata import combining

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.bluesky_access.known import Known
from connectors.bluesky_access.payloads import POST, text_of
from connectors.bluesky_access.sieve import Sieve
from connectors.bluesky_access.spelling import Spelling
from monitor.matching.folding import fold
from monitor.matching.matcher import Matcher
from monitor.model import Brand

KEYWORDS = (
    *("acme", "#acme", "@acmecare", "acme.example", "acme care", "c&a", "kırmızı", "İstanbul"),
    *("Łódź", "straße", "Ակմե", "եւրո", "شركة أكمي", "акме", "ёлка", "アクメ", "한국전력", "ไทย"),
    *("don't", "a…b", "km²", "σοφός", "ﬁnance", "naïve"),
)
BRANDS = [Brand(name=f"brand {word}", keywords=(word,)) for word in KEYWORDS]
MATCHER, SPELLING = Matcher(BRANDS), Spelling(KEYWORDS)
PIECES = st.one_of(
    st.sampled_from(KEYWORDS),
    st.sampled_from([word.upper() for word in KEYWORDS]),
    st.sampled_from([char for word in KEYWORDS for char in word]),
    st.sampled_from(
        [
            *(" ", "  ", "\n", "\t", "\u00a0", "\u3000", "\ufe0f", "\u200d", "\u00ad", "\u0301"),
            *(
                "\u0e48",
                "ａｃｍｅ",
                "𝐚𝐜𝐦𝐞",
                "Ⓐcme",
                "ac\u00admé",
                "’",
                "…",
                "ß",
                "ẞ",
                "ſ",
                "ﬀ",
                "ﬁ",
            ),
            *("ı", "I", "Σ", "ς", "և", "ԵՎ", "Վ", "ـ", "أ", "إ", "ى", "ة", "ی", "ｱ", "ガ", "각"),
            *("\u0e31\u0e48", "™", "😀"),
        ]
    ),
    st.text(max_size=3),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)  # without halves of letters


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_no_text_that_names_a_keyword_is_left_out(texts: list[str]) -> None:
    named = {number for number, text in enumerate(texts) if MATCHER.hits(text)}

    found = SPELLING.may_stand_in(texts)

    assert named <= found


@settings(max_examples=100, deadline=None)
@given(st.lists(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3), TEXTS)
def test_no_keyword_at_all_is_left_out(word: list[str], text: str) -> None:
    keyword = "x" + "".join(word)
    if not fold(keyword).strip():
        return
    named = Matcher([Brand(name="any", keywords=(keyword,))]).hits(text + keyword)

    found = Spelling([keyword]).may_stand_in([text + keyword])

    assert not named or found == {0}


def test_most_other_texts_are_left_out() -> None:
    texts = [
        "nothing here",
        "rien à déclarer",
        "今日はいい天気ですね",
        "😀😀 it’s fine ❤️",
        "ничего тут",
    ]

    found = SPELLING.may_stand_in(texts)

    assert found == set()


def test_marks_that_change_places_are_looked_at_more_closely() -> None:
    thai = "ก\u0e38\u0e48"  # a vowel and a tone mark; typed the other way round it reads the same
    assert combining("\u0e38") != combining("\u0e48")

    found = Spelling([thai]).may_stand_in(["ก\u0e48\u0e38", "กา"])

    assert 0 in found


# The whole sieve, from the bytes of a frame


def frame(record: object, **more: object) -> bytes:
    commit = {"operation": "create", "collection": POST, "rkey": "3k", "record": record, **more}
    event = {"did": "did:plc:a", "time_us": 1, "kind": "commit", "commit": commit}
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")


FACETS = st.lists(
    st.builds(
        lambda start, end, uri, tag: {
            "index": {"byteStart": start, "byteEnd": end},
            "features": [{"uri": uri}, {"tag": tag}],
        },
        st.integers(-2, 40),
        st.integers(-2, 40),
        TEXTS,
        TEXTS,
    ),
    max_size=2,
)
EMBEDS = st.one_of(
    st.builds(lambda alt: {"images": [{"alt": alt}]}, TEXTS),
    st.builds(lambda uri, title: {"external": {"uri": uri, "title": title}}, TEXTS, TEXTS),
    st.builds(lambda alt: {"media": {"alt": alt}, "record": {"record": {}}}, TEXTS),
    st.sampled_from([None, [], "odd", {"images": "odd"}, {"images": [{"alt": 5}]}]),
)
RECORDS = st.fixed_dictionaries(
    {"text": TEXTS},
    optional={
        "facets": st.one_of(FACETS, st.sampled_from([None, "odd", [5]])),
        "embed": EMBEDS,
        "tags": st.one_of(st.lists(TEXTS, max_size=2), st.sampled_from([None, "odd", [5]])),
        "langs": st.sampled_from([["en"], "odd", None]),
        "reply": st.sampled_from([None, "odd", {"root": 5}]),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=4), st.booleans())
def test_the_sieve_passes_exactly_the_posts_that_the_matcher_would_hit(
    records: list[dict[str, object]], escaped: bool
) -> None:
    frames = [frame(record) for record in records]
    if escaped:
        frames = [json.dumps(json.loads(each)).encode() for each in frames]  # all as \uXXXX
    wanted = [bool(MATCHER.hits(text_of(record))) for record in records]

    passed = Sieve(BRANDS, Known()).look(frames).passed

    assert [each for _, each in passed] == [
        each for each, is_wanted in zip(frames, wanted, strict=True) if is_wanted
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\ud83d broken acme", id="half a letter"),
        pytest.param("acme\u0000", id="nul"),
    ],
)
def test_a_post_with_broken_letters_is_passed_on(text: str) -> None:
    broken = json.dumps(json.loads(frame({"text": "?"}))).replace('"?"', json.dumps(text))

    passed = Sieve(BRANDS, Known()).look([broken.encode()]).passed

    assert len(passed) == 1
