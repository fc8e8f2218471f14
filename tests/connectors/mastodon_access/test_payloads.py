"""A status as Mastodon writes it is a mention."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.mastodon_access.payloads import Home, Lineage, key_of, to_mention

HOME = Home(domain="social.example", short=frozenset({"acme_care"}))
TOP = Lineage(thread="mastodon:top")
POST: dict[str, Any] = {
    "id": "1",
    "created_at": "2026-08-01T13:51:42.823Z",
    "uri": "https://far.example/users/ada/statuses/9",
    "url": "https://far.example/@ada/9",
    "visibility": "public",
    "language": "en",
    "content": "<p>Hello</p>",
    "account": {
        "acct": "ada@far.example",
        "display_name": "Ada",
        "uri": "https://far.example/users/ada",
    },
}


def text(**fields: Any) -> str:
    return to_mention({**POST, **fields}, HOME, TOP).text


def test_a_post_keeps_its_address_as_its_identity() -> None:
    found = to_mention(POST, HOME, TOP)

    assert found.key == "mastodon:https://far.example/users/ada/statuses/9"
    assert found.url == "https://far.example/@ada/9"
    assert found.posted_at == datetime(2026, 8, 1, 13, 51, 42, 823000, tzinfo=UTC)
    assert found.place == "far.example"
    assert found.author is not None
    assert (found.author.id, found.author.handle) == (
        "https://far.example/users/ada",
        "ada@far.example",
    )


def test_all_that_a_reader_sees_is_text() -> None:
    found = text(
        spoiler_text="About parcels",
        poll={"options": [{"title": "Late"}, {"title": "Lost"}]},
        media_attachments=[{"description": "A wet box"}, {"description": None}],
    )

    assert found == "About parcels\n\nHello\n\n- Late\n- Lost\n\nA wet box"


def test_mentions_bear_the_names_of_their_servers() -> None:
    names = ["acme_care", "bob", "eve@far.example"]
    mentioned = [{"acct": each, "url": f"https://x.example/@{each}"} for each in names]
    html = " ".join(f'<a href="{each["url"]}" class="mention">@x</a>' for each in mentioned)

    found = text(content=html, mentions=mentioned)

    assert found == "@acme_care @bob@social.example @eve@far.example"


def test_quoted_words_are_marked_and_the_line_for_old_servers_left_out() -> None:
    html = '<p class="quote-inline">RE: <a href="https://far.example/9">far</a></p><p>Mine</p>'
    quoted = {**POST, "content": f"<p>{'Theirs ' * 60}</p>"}

    found = text(content=html, quote={"state": "accepted", "quoted_status": quoted})
    unknown = text(content=html, quote={"state": "deleted", "quoted_status": None})

    assert found.startswith("Mine\n\n> @ada@far.example: Theirs Theirs")
    assert found.endswith("…")
    assert len(found) < 320
    assert unknown.startswith("RE: ")


@pytest.mark.parametrize(
    ("visibility", "private"),
    [
        ("public", False),
        ("unlisted", False),
        ("private", True),
        ("direct", True),
        ("mutuals_only", True),
        (None, True),
        ({}, True),
    ],
)
def test_what_is_not_said_to_be_for_everyone_is_private(visibility: object, private: bool) -> None:
    assert to_mention({**POST, "visibility": visibility}, HOME, TOP).private is private


def test_a_quoted_post_for_followers_is_not_shown_in_a_public_one() -> None:
    quoted = {**POST, "content": "<p>Secret</p>", "visibility": "private"}
    quote = {"state": "accepted", "quoted_status": quoted}

    assert "Secret" not in text(quote=quote)
    assert "Secret" in text(quote=quote, visibility="private")


@pytest.mark.parametrize("odd", [5, True, "x", {}, [None], [5], [{"description": 7, "url": 7}]])
@pytest.mark.parametrize("field", ["media_attachments", "mentions", "poll", "quote", "tags"])
def test_fields_of_another_type_are_passed_over(field: str, odd: object) -> None:
    assert text(**{field: odd}).startswith("Hello")


@pytest.mark.parametrize(
    ("language", "hint"), [("sk", "sk"), ("zh-TW", "zh"), ("nan", None), (None, None), (7, None)]
)
def test_a_language_is_a_hint_where_it_has_two_letters(language: object, hint: str | None) -> None:
    found = to_mention({**POST, "language": language}, HOME, TOP)

    assert found.language_hint == hint


@pytest.mark.parametrize("odd", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", 17, "soon"])
def test_a_time_that_cannot_be_is_none(odd: object) -> None:
    with pytest.raises(ValueError, match="without a time"):
        to_mention({**POST, "created_at": odd}, HOME, TOP)


@pytest.mark.parametrize("missing", ["created_at", "uri"])
def test_a_post_without_time_or_address_is_refused(missing: str) -> None:
    with pytest.raises(ValueError, match="without"):
        to_mention({**POST, missing: None, "url": None}, HOME, TOP)


def test_every_recorded_post_becomes_a_mention(shared: Path) -> None:
    lines = (shared / "fixtures/mastodon/exchanges.ndjson").read_text("utf-8").split("\n")
    bodies = [json.loads(line)["body"] for line in lines if line]
    posts = [each for body in bodies for each in _posts(body)]

    found = [to_mention(each, HOME, TOP) for each in posts]

    assert len(found) > 25
    assert all(each.text and each.url and each.author for each in found)
    assert all("<" not in each.text for each in found)
    assert {each.private for each in found} == {True, False}


def _posts(body: Any) -> list[dict[str, Any]]:
    """Return all statuses that stand anywhere in an answer."""
    if isinstance(body, list):
        return [post for each in body for post in _posts(each)]
    if not isinstance(body, dict):
        return []
    inner = [post for each in body.values() for post in _posts(each)]
    is_post = {"uri", "content", "visibility"} <= body.keys()
    return [body, *inner] if is_post and key_of(body) else inner
