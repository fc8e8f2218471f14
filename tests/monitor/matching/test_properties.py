from itertools import pairwise
from unicodedata import normalize

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.folding import fold, origins
from monitor.matching.matcher import Matcher
from monitor.model import Brand
from tests.monitor.matching import reference

KEYWORDS = ("acme", "acme bank", "bank", "İzmir", "škoda", "Ակմե", "Երևան", "Акме", "أكمي", "cme b")
PIECES = (
    *(form for word in KEYWORDS for form in (word, word.upper(), word.lower(), word.title())),
    *(
        "ye",
        "nin",
        "de",
        "te",
        "ho",
        "om",
        "u",
        "e",
        "ի",
        "ներից",
        "ն",
        "у",
        "ом",
        "ами",
        "و",
        "بال",
    ),
    *("ology", "x", "S", "ç", "я", "ա", "ن", "私", "7", " ", "  ", "\n", "'", "’", "-", ".", "!"),
    *("\u0301", "\u00ad", "\u200d", "\u0640", "\u0650", "😡", "\u055e", "İ", "ı", "I"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
MATCHER = Matcher([Brand(name="Acme", keywords=KEYWORDS)])
quickly = settings(max_examples=150, deadline=None)


@quickly
@given(texts)
def test_the_hits_are_those_of_the_slow_reference(text: str) -> None:
    found = [(hit.keyword, hit.start, hit.end) for hit in MATCHER.hits(text)]

    assert found == reference.hits(KEYWORDS, text)


@quickly
@given(texts)
def test_offsets_point_at_text_that_folds_to_the_keyword(text: str) -> None:
    for hit in MATCHER.hits(text):
        assert fold(text[hit.start : hit.end]) == fold(hit.keyword)


@quickly
@given(texts)
def test_hits_of_a_brand_never_overlap(text: str) -> None:
    found = MATCHER.hits(text)

    assert all(one.end <= other.start for one, other in pairwise(found))


@quickly
@given(texts)
def test_composed_and_decomposed_text_hit_alike(text: str) -> None:
    composed = MATCHER.hits(normalize("NFC", text))
    decomposed = MATCHER.hits(normalize("NFD", text))

    assert [hit.keyword for hit in composed] == [hit.keyword for hit in decomposed]


@quickly
@given(texts)
def test_a_brand_is_found_alike_alone_and_among_others(text: str) -> None:
    among = Matcher([Brand(name=word, keywords=(word,)) for word in KEYWORDS])

    for word in KEYWORDS:
        alone = Matcher([Brand(name=word, keywords=(word,))])
        assert alone.hits(text) == tuple(hit for hit in among.hits(text) if hit.brand == word)


@quickly
@given(texts)
def test_an_explanation_names_the_hits(text: str) -> None:
    (verdict,) = MATCHER.explain(text).verdicts

    assert verdict.hits == MATCHER.hits(text)


@quickly
@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@quickly
@given(st.text())
def test_folding_does_not_see_how_accents_are_encoded(text: str) -> None:
    assert fold(normalize("NFC", text)) == fold(normalize("NFD", text))


@quickly
@given(st.text() | texts)
def test_every_folded_character_has_an_origin_in_order(text: str) -> None:
    came_from = list(origins(text, fold(text)))

    assert len(came_from) == len(fold(text))
    assert came_from == sorted(came_from)
    assert all(0 <= at < len(text) for at in came_from)
