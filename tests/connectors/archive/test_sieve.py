"""What the sieve does not pass names no brand, however it is written; and it passes little."""

import html
import json
from functools import cache
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.shapes.reddit import RedditDump
from connectors.archive.sieve import Sieve
from connectors.reddit_access.payloads import plain
from monitor.matching.folding import fold
from monitor.matching.matcher import Matcher
from monitor.model import Brand, Mention
from tests.connectors.archive.writing import as_json, texts, with_entities

KEYWORDS = (
    *(
        "acme",
        "ing",
        "ge",
        "Acme Bank",
        "İzmir",
        "ışık",
        "škoda",
        "Straße",
        "fjord office",
        "l'oreal",
        "h&m",
    ),
    *("@acme_care", "#acme", "acme.com", "acme-mobil", "Акме", "Йога Ёж", "Երևան", "Ակմե", "և"),
    *(
        "أكمي",
        "مكتبة",
        "الله",
        "ακμή",
        "日産",
        "ニッサン",
        "ガス",
        "한국",
        "हिन्दी",
        "ไทย",
        "at&t&t",
    ),
)
OWN = ("acme_help", "izmirbank", "akme.bsky.social")
BRANDS = tuple(
    Brand(name=word, keywords=(word,), own_accounts=(("reddit", OWN[at % len(OWN)]),))
    for at, word in enumerate(KEYWORDS)
)
MATCHER = Matcher(BRANDS)
SHAPE = RedditDump()
thoroughly = settings(max_examples=150, deadline=None)
quickly = settings(max_examples=60, deadline=None)


@cache
def sieve(
    *words: str, entities: bool = True, quickly: bool = True, own: tuple[str, ...] = ()
) -> Sieve:
    accounts = tuple(("reddit", handle) for handle in own)
    brands = [Brand(name="Acme", keywords=words, own_accounts=accounts)]
    return Sieve(brands, decodes_entities=entities, quickly=quickly)


@cache
def for_all(*, quickly: bool = True) -> Sieve:
    return Sieve(BRANDS, decodes_entities=True, quickly=quickly)


def passed(through: Sieve, *lines: bytes) -> list[int]:
    ends = [end + number for number, end in enumerate(accumulate(map(len, lines)))]
    return through.passed(b"\n".join(lines), ends)


@st.composite
def comments(draw: st.DrawFn) -> bytes:
    """Lines of a dump: a comment with a body of any spelling, perhaps by an own account."""
    text = draw(texts(KEYWORDS + OWN))
    if draw(st.booleans()):
        text = draw(with_entities(text))
    author = draw(st.sampled_from(("somebody", "somebody", *OWN, "ACME_Help")))
    fields = {
        "author": draw(as_json(author)),
        "body": draw(as_json(text)),
        "ups": b"1",
        "author_flair_text": draw(as_json(draw(st.text(max_size=5)))),
        "id": b"c1",
        "created_utc": b"1500000000",
    }
    order = draw(st.permutations(list(fields)))
    return b"{" + b",".join(b'"%s":"%s"' % (name.encode(), fields[name]) for name in order) + b"}"


def is_wanted(mention: Mention) -> bool:
    by_own = mention.author is not None and fold(mention.author.handle) in OWN
    return by_own or bool(MATCHER.brands(mention))


@thoroughly
@given(comments())
def test_every_comment_that_is_wanted_is_passed(line: bytes) -> None:
    (mention,) = SHAPE.mentions(line)

    verdict = passed(for_all(), line)

    assert verdict == [0] or not is_wanted(mention)


@thoroughly
@given(st.data(), st.sampled_from(KEYWORDS))
def test_a_word_looked_for_alone_is_found_in_any_spelling(data: st.DataObject, word: str) -> None:
    matcher = Matcher([Brand(name="Acme", keywords=(word,))])
    line = b'{"t":"%s"}' % data.draw(texts([word]).flatmap(with_entities).flatmap(as_json))

    text = json.loads(line)["t"]
    hits = matcher.hits(plain(text)) or matcher.hits(html.unescape(text))

    assert passed(sieve(word), line) == [0] or not hits


@thoroughly
@given(texts(KEYWORDS).flatmap(as_json))
def test_texts_without_entities_are_found_as_well(spelled: bytes) -> None:
    line = b'{"text":"%s"}' % spelled

    hits = MATCHER.hits(json.loads(line)["text"])

    assert passed(sieve(*KEYWORDS, entities=False), line) == [0] or not hits


@quickly
@given(texts(KEYWORDS[:10]).flatmap(with_entities).flatmap(as_json))
def test_words_in_latin_letters_alone_are_found_as_well(spelled: bytes) -> None:
    line = b'{"text":"%s"}' % spelled
    matcher = Matcher([Brand(name="Acme", keywords=KEYWORDS[:10])])

    hits = matcher.hits(html.unescape(json.loads(line)["text"]))

    assert passed(sieve(*KEYWORDS[:10]), line) == [0] or not hits


broken = st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b""))


@quickly
@given(st.lists(comments() | broken, max_size=6))
def test_a_line_is_judged_alike_among_any_others_and_by_any_engine(lines: list[bytes]) -> None:
    alone = [number for number, line in enumerate(lines) if passed(for_all(), line)]

    assert passed(for_all(), *lines) == alone
    assert passed(for_all(quickly=False), *lines) == alone


@pytest.mark.parametrize("quickly", [True, False], ids=["with hyperscan", "without"])
@pytest.mark.parametrize(
    ("cut", "line", "expected"),
    [
        pytest.param(r'{"body": "cut \u9', r"{ \u0061cme and", [1], id="before a hit"),
        pytest.param(r'{"body": "cut \u9999 acme', r"{ \u0061 and", [0], id="after a hit"),
        pytest.param(r'{"body": "cut \x', r"{ \u0061cme and", [1], id="before any escape"),
    ],
)
def test_a_line_that_breaks_off_in_a_string_changes_nothing_of_the_next(
    cut: str, line: str, expected: list[int], quickly: bool
) -> None:
    lines = [cut.encode(), f'{line} {"x" * 300}", "x": 1}}'.encode()]

    assert passed(sieve("acme", quickly=quickly), *lines) == expected


@pytest.mark.parametrize("quickly", [True, False], ids=["with hyperscan", "without"])
@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        pytest.param("acme", "ACME", id="capitals"),
        pytest.param("acme", r"\u0061cme", id="an escape"),
        pytest.param("acme", r"\u0061\u0063\u006D\u0065", id="escapes throughout"),
        pytest.param("acme", r"x\nacme", id="after an escaped newline"),
        pytest.param("acme", r"\\\u0061cme", id="after an escaped backslash"),
        pytest.param("acme", r"\"\u00e0cme\"", id="between escaped quotation marks"),
        pytest.param("acme", "ácme", id="an accent"),
        pytest.param("acme", "a\u0301cme", id="an accent of its own"),
        pytest.param("acme", "ac\u200bm\u00ade", id="unseen characters"),
        pytest.param("acme", "ａｃｍｅ", id="full width"),
        pytest.param("acme", "𝐚𝒸𝕞𝖊", id="mathematical letters"),
        pytest.param("acme", r"\ud835\udc1acme", id="an escaped pair"),
        pytest.param("acme", "&#97;cme", id="a number"),
        pytest.param("acme", "&#x00000000000000000000000000061;cme", id="a long number"),
        pytest.param("acme", "&aacutecme", id="an entity without its end"),
        pytest.param("acme", r"\u0026#97;cme", id="an entity in an escape"),
        pytest.param("acme", r"&\u0023\u0039\u0037\u003bcme", id="an escape in an entity"),
        pytest.param("acme", r"&\u00e1cme", id="an accent behind an ampersand"),
        pytest.param("izmir", "İZMİR", id="dotted capitals"),
        pytest.param("İzmir", "ızmır", id="dotless letters"),
        pytest.param("Straße", "STRASSE", id="one letter as two"),
        pytest.param("strasse", "straße", id="two letters as one"),
        pytest.param("office", "oﬃce", id="a ligature"),
        pytest.param("Երևան", "ԵՐԵՎԱՆ", id="an Armenian ligature in capitals"),
        pytest.param("Երեւան", "Երևան", id="an Armenian ligature"),
        pytest.param("أكمي", "اكـــمى", id="Arabic as people type it"),
        pytest.param("Йога", r"\u0439\u041e\u0433\u0430", id="escaped Cyrillic"),
        pytest.param("हिन्दी", "हिन्दी", id="Devanagari"),
        pytest.param("ก\u0e38\u0e48ง", "ก\u0e48\u0e38ง", id="marks in another order"),
        pytest.param("ア゛Acme", "ア゛ACME", id="a mark that stands apart"),
        pytest.param("go゜acme", r"go\u309cacme", id="an escaped mark that stands apart"),
        pytest.param("o'k", "O&#39;K", id="an apostrophe that is looked for"),
        pytest.param("ing", "ing_", id="beside an underscore"),
        pytest.param("ing", r"\ning", id="after what is escaped"),
        pytest.param("ing", "INGden", id="with an ending"),
        pytest.param("ing", "&ampING", id="after an entity without its end"),
        pytest.param("ing", "naïve;ING", id="beside an accent"),
        pytest.param("Acme Bank", "the bank of\u00a0acme  \\n Bank", id="any white space"),
        pytest.param("h&m", "H&amp;M", id="an ampersand as an entity"),
        pytest.param("h&m", r"H\u0026M", id="an escaped ampersand"),
        pytest.param("l'oreal", "L&#8217;Oréal", id="an apostrophe as an entity"),
        pytest.param("acme.com/shop", r"acme.com\/shop", id="an escaped slash"),
    ],
)
def test_a_word_is_found_as_people_and_programs_write_it(
    word: str, spelled: str, quickly: bool
) -> None:
    lines = [b'{"body":"nothing here"}', f'{{"body":"so {spelled}!"}}'.encode(), b"{}"]

    assert passed(sieve(word, quickly=quickly), *lines) == [1]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"ups":1,"body":"x"}', id="the word in a key"),
        pytest.param('{"body":"“quoted”, naïve… 😡"}', id="odd characters elsewhere"),
        pytest.param('{"body":"a &gt; b &amp; c &#39;d&#39;"}', id="entities of programs"),
        pytest.param(r'{"body":"\u0441\u043b\u043e\u0432\u043e"}', id="escapes elsewhere"),
        pytest.param('{"body":"u\u0301 p s"}', id="letters apart"),
        pytest.param('{"body":"ú","title":"ps"}', id="letters of two strings"),
        pytest.param('{"body":"two groups, upset, t1_ups, ups2"}', id="a part of longer words"),
        pytest.param('{"body":"gröups, groúps, grouþs"}', id="a part of words with accents"),
    ],
)
def test_lines_without_the_word_are_not_passed(line: str) -> None:
    assert passed(sieve("ups"), line.encode()) == []


def test_escaped_quotation_marks_do_not_shift_what_is_found() -> None:
    lines = [rb'{"t":"\u0022\u0438\u0022"}', rb'{"t":"\u0438"}', rb'{"t":"\u0061cme"}', b"{}"]

    assert passed(sieve("acme"), *lines) == [2]


def test_own_accounts_are_found_as_authors() -> None:
    lines = [b'{"author":"Acme_Help"}', b'{"author":"\\u0041cme_help"}', b'{"author":"acme"}']

    assert passed(sieve("nothing", own=("acme_help",)), *lines) == [0, 1]


def test_what_stands_beside_a_seam_may_be_missing() -> None:
    brands = [Brand(name="Acme", keywords=("acme.com",))]

    through = Sieve(brands, decodes_entities=True, seams=".:")

    assert passed(through, b'{"text":"see https://t.co/acme"}', b'{"text":"com"}') == [0]


@pytest.mark.parametrize("word", ["https://acme.com", "http://www.acme.com/", "https://ac.me"])
@pytest.mark.parametrize("seams", ["", ".:"])
def test_a_link_is_not_looked_for_by_what_all_links_have(word: str, seams: str) -> None:
    brands = [Brand(name="Acme", keywords=(word,))]
    lines = [b'{"text":"see https://www.t.co/com"}', f'{{"text":"see {word}"}}'.encode()]

    looked = Sieve(brands, decodes_entities=True, seams=seams)

    assert passed(looked, *lines) == ([0, 1] if word.endswith("ac.me") and seams else [1])


@pytest.mark.parametrize("word", ["x", "@ #", '"', "!\ufffd"])
def test_everything_is_passed_where_a_word_has_nothing_to_look_for(word: str) -> None:
    assert passed(sieve(word), b"{}", b"anything", b"") == [0, 1, 2]


def test_a_block_without_quotation_marks_takes_no_longer_than_others() -> None:
    block = b"acme \xc3\xa9 " * 200_000

    assert passed(sieve("acme"), block) == [0]
