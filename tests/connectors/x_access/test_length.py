"""The length of a text as X counts it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.x_access.length import may_hold_link, weighted_length, without_links

LATIN = st.text(st.characters(min_codepoint=0x61, max_codepoint=0x7A), max_size=60)
CJK = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=60)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("Thank you", 9, id="English"),
        pytest.param("Ďakujeme", 8, id="Slovak"),
        pytest.param("Спасибо", 7, id="Russian"),
        pytest.param("شكرا", 4, id="Arabic"),
        pytest.param("Շնորհակալություն", 16, id="Armenian"),
        pytest.param("ありがとう", 10, id="Japanese"),
        pytest.param("고마워", 6, id="Korean"),
        pytest.param("“so” – said", 11, id="typographic quotes and dashes"),
        pytest.param("e\u0301", 1, id="composed before it is counted"),
        pytest.param("🙂", 2, id="emoji"),
        pytest.param("👨‍👩‍👧‍👦", 2, id="a family is one emoji"),
        pytest.param("👍🏽🇸🇰", 4, id="skin and flag"),
        pytest.param("1️⃣ ©", 4, id="a keycap is an emoji, a plain sign is none"),
        pytest.param("https://acme.example/" + "a" * 200, 23, id="a long link"),
        pytest.param("http://a.sk", 23, id="a short link"),
        pytest.param("see acme.com.", 4 + 23 + 1, id="a domain, and the full stop after it"),
        pytest.param("acme.com/help?x=1 ok", 23 + 3, id="a domain with a path"),
        pytest.param("write to care@acme.com", 22, id="an address for mail is none"),
        pytest.param("v2.0 etc.", 9, id="numbers are no domains"),
    ],
)
def test_a_text_is_counted_as_x_counts(text: str, length: int) -> None:
    assert weighted_length(text) == length


@given(latin=LATIN, cjk=CJK)
@settings(max_examples=60)
def test_letters_count_one_and_chinese_ones_two(latin: str, cjk: str) -> None:
    assert weighted_length(f"{latin} {cjk}") == len(latin) + 1 + 2 * len(cjk)


@given(before=LATIN, path=LATIN, after=LATIN)
@settings(max_examples=60)
def test_a_link_counts_the_same_however_long(before: str, path: str, after: str) -> None:
    text = f"{before} https://acme.example/x{path} {after}"

    assert weighted_length(text) == len(before) + 1 + 23 + 1 + len(after)
    assert without_links(text).split() == f"{before} {after}".split()


@given(one=st.text(max_size=40), other=st.text(max_size=40))
@settings(max_examples=60)
def test_any_text_has_a_length_and_more_text_in_a_new_line_more(one: str, other: str) -> None:
    assert 0 <= weighted_length(one) <= 23 * max(1, len(one))
    assert weighted_length(f"{one}\n{other}") >= weighted_length(other)


@pytest.mark.parametrize(
    ("text", "link"),
    [("see https://a.b/c", True), ("see acme.coffee", True), ("so. yes", False), ("v2.0", False)],
)
def test_what_might_be_a_link_is_priced_as_one(text: str, link: bool) -> None:
    assert may_hold_link(text) is link
