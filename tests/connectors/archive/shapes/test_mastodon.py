"""The outbox of a Mastodon account becomes mentions."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.archive.shapes.mastodon import MastodonOutbox
from connectors.archive.shapes.shape import BadRecordError
from monitor.model import Author, Brand, Mention

ACTOR = "https://social.example/users/jana"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
NOTE: dict[str, Any] = {
    "id": f"{ACTOR}/statuses/1",
    "type": "Note",
    "summary": None,
    "inReplyTo": None,
    "published": "2024-05-01T10:00:00Z",
    "url": "https://social.example/@jana/1",
    "attributedTo": ACTOR,
    "to": [PUBLIC],
    "cc": [f"{ACTOR}/followers", "https://other.example/users/acme"],
    "content": (
        '<p><span class="h-card"><a href="https://other.example/@acme" class="u-url mention">'
        "@<span>acme</span></a></span> the app is <b>dead</b> &amp; gone</p>"
    ),
    "contentMap": {"en": "…"},
    "attachment": [{"type": "Document", "name": "a dark screen"}],
    "tag": [
        {
            "type": "Mention",
            "href": "https://other.example/users/acme",
            "name": "@acme@other.example",
        }
    ],
}


def activity(kind: str = "Create", **changed: Any) -> bytes:
    return json.dumps({"type": kind, "actor": ACTOR, "object": {**NOTE, **changed}}).encode()


def read(record: bytes, path: str = "-", brands: tuple[Brand, ...] = ()) -> tuple[Mention, ...]:
    return MastodonOutbox(path, brands).mentions(record)


def test_a_post_is_read_as_the_connector_would() -> None:
    (found,) = read(activity())

    assert found.key == found.thread == f"mastodon:{ACTOR}/statuses/1"
    assert found.author == Author(id=ACTOR, handle="jana@social.example")
    assert found.text == "@acme@other.example the app is dead & gone\n\na dark screen"
    assert found.url == "https://social.example/@jana/1"
    assert found.posted_at.isoformat() == "2024-05-01T10:00:00+00:00"
    assert (found.place, found.language_hint, found.private) == ("social.example", "en", False)


def test_an_account_is_called_as_the_file_beside_says(tmp_path: Path) -> None:
    actor = {"id": ACTOR, "preferredUsername": "jana_k", "name": "Jana K."}
    (tmp_path / "actor.json").write_text(json.dumps(actor), encoding="utf-8")

    (found,) = read(activity(), str(tmp_path / "outbox.json"))

    assert found.author == Author(id=ACTOR, handle="jana_k@social.example", name="Jana K.")


def test_an_own_account_is_called_as_in_the_settings() -> None:
    brand = Brand(name="Acme", keywords=("acme",), own_accounts=(("mastodon", "jana"),))

    (found,) = read(activity(), brands=(brand,))

    assert found.author == Author(id=ACTOR, handle="jana")


def test_an_answer_names_the_post_that_it_answers() -> None:
    (found,) = read(activity(inReplyTo="https://other.example/users/acme/statuses/9"))

    assert found.reply_to == found.thread == "mastodon:https://other.example/users/acme/statuses/9"


@pytest.mark.parametrize(
    ("to", "cc", "private"),
    [
        pytest.param([PUBLIC], [], False, id="public"),
        pytest.param([f"{ACTOR}/followers"], [PUBLIC], False, id="unlisted"),
        pytest.param([f"{ACTOR}/followers"], [], True, id="for followers"),
        pytest.param(["https://other.example/users/acme"], [], True, id="for one"),
    ],
)
def test_what_is_not_for_everyone_is_private(to: list[str], cc: list[str], private: bool) -> None:
    (found,) = read(activity(to=to, cc=cc))

    assert found.private is private


def test_a_poll_is_read_with_its_options() -> None:
    (found,) = read(activity(type="Question", oneOf=[{"name": "acme"}, {"name": "other"}]))

    assert "- acme\n- other" in found.text


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(
            b'{"type": "Announce", "actor": "https://a.example/u", "object": "https://b.example/1"}',
            id="a boost",
        ),
        pytest.param(activity("Delete"), id="a deletion"),
        pytest.param(activity(type="Audio"), id="no post"),
    ],
)
def test_other_activities_hold_no_post(record: bytes) -> None:
    assert read(record) == ()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(b'{"type": "Create"}', "no activity", id="nobody did it"),
        pytest.param(activity(published="soon"), "without an address or a time", id="no time"),
        pytest.param(activity(id=None, url=None), "without an address or a time", id="no address"),
    ],
)
def test_what_is_no_post_is_bad(record: bytes, reason: str) -> None:
    with pytest.raises(BadRecordError, match=reason):
        read(record)
