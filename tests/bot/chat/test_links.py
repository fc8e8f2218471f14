"""Addresses in what people write."""

import pytest

from bot.chat.links import first_url, names_post


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param("https://a.example/1", "https://a.example/1", id="alone"),
        pytest.param("done, see https://a.example/1.", "https://a.example/1", id="a full stop"),
        pytest.param("(https://a.example/1)", "https://a.example/1", id="brackets"),
        pytest.param("<https://a.example/1>", "https://a.example/1", id="angle brackets"),
        pytest.param("HTTPS://A.example/X?y=1", "HTTPS://A.example/X?y=1", id="capitals"),
        pytest.param("http://a.example/b http://c.example/", "http://a.example/b", id="two"),
        pytest.param("a.example/1", None, id="no scheme"),
        pytest.param("https://", None, id="no host"),
        pytest.param("javascript:alert(1)", None, id="no web address"),
        pytest.param("https://a.example/\u202e1", None, id="a direction override"),
    ],
)
def test_the_first_address_is_found_without_what_only_follows_it(
    text: str, url: str | None
) -> None:
    assert first_url(text) == url


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sample:1", True),
        ("reddit:t1_k2v", True),
        ("lost parcel", False),
        ("", False),
        ("7", False),
    ],
)
def test_a_key_names_a_post_and_plain_words_do_not(text: str, named: bool) -> None:
    assert names_post(text) is named
