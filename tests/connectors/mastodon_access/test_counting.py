"""A reply is as long as Mastodon counts."""

import pytest

from connectors.mastodon_access.counting import length


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("hello", 5, id="words"),
        pytest.param("@ada@far.example hi", len("@ada hi"), id="a mention"),
        pytest.param("@ada@localhost:3000 hi", len("@ada hi"), id="a mention with a port"),
        pytest.param(f"https://a.example/{'x' * 90}.", 23 + 1, id="a link and a full stop"),
        pytest.param("see http://a.b", 4 + 23, id="a short link"),
        pytest.param("👩‍👩‍👧é", 2, id="what a reader takes for one character"),
        pytest.param("mail me@a.example", 17, id="an address is no mention"),
    ],
)
def test_links_count_23_and_servers_nothing(text: str, count: int) -> None:
    assert length(text) == count
