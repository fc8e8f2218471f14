"""Reddit's comments and submissions become mentions."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.reddit_access.payloads import is_gone, plain, to_mention, to_mentions

SITE = "https://www.reddit.com"
AT = 1_700_000_000
COMMENT: dict[str, Any] = {
    "id": "k1",
    "author": "Customer_One",
    "body": "My acme phone is dead",
    "link_id": "t3_s1",
    "parent_id": "t1_k0",
    "subreddit": "acme",
    "created_utc": AT,
    "edited": False,
    "permalink": "/r/acme/comments/s1/title/k1/",
}
SUBMISSION: dict[str, Any] = {
    "id": "s1",
    "author": "Customer_One",
    "title": "Acme phone",
    "selftext": "It is dead.",
    "subreddit": "acme",
    "created_utc": AT,
    "edited": False,
    "is_self": True,
    "permalink": "/r/acme/comments/s1/acme_phone/",
}


def comment(**changed: object) -> Any:
    return to_mention("t1", {**COMMENT, **changed}, SITE)


def submission(**changed: object) -> Any:
    return to_mention("t3", {**SUBMISSION, **changed}, SITE)


def test_a_comment_knows_its_thread_its_parent_and_its_place() -> None:
    found = comment()

    assert found.key == "reddit:t1_k1"
    assert found.thread == "reddit:t3_s1"
    assert found.reply_to == "reddit:t1_k0"
    assert found.place == "acme"
    assert found.url == "https://www.reddit.com/r/acme/comments/s1/title/k1/"
    assert found.posted_at == datetime.fromtimestamp(AT, UTC)
    assert (found.author.id, found.author.handle) == ("customer_one", "Customer_One")


def test_a_submission_is_its_own_thread_and_its_title_comes_first() -> None:
    found = submission()

    assert found.key == found.thread == "reddit:t3_s1"
    assert found.text == "Acme phone\n\nIt is dead."
    assert found.reply_to is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("a &amp;&lt;b&gt;", "a &<b>", id="what Reddit escapes"),
        pytest.param(
            "&gt; quoted\n\n&#x200B;\n\nanswer", "> quoted\n\n\u200b\n\nanswer", id="typed"
        ),
        pytest.param("x?a=1&copy=2&section=3", "x?a=1&copy=2&section=3", id="an address"),
        pytest.param("AT&T; R&D", "AT&T; R&D", id="no entity"),
        pytest.param(None, "", id="no text"),
    ],
)
def test_entities_are_decoded_as_readers_see_them(written: str | None, read: str) -> None:
    found = comment(body=written)

    assert found.text == read


@given(text=st.text())
def test_a_text_without_an_ampersand_is_only_trimmed(text: str) -> None:
    text = text.replace("&", "")

    assert plain(text) == text.strip()


@pytest.mark.parametrize(
    "gone", ["[deleted]", "[removed]", "[ Removed by Reddit ]", " [deleted] ", "[unavailable]"]
)
def test_a_deleted_text_leaves_a_tombstone(gone: str) -> None:
    assert comment(body=gone).deleted
    assert comment(body=gone).text == ""
    assert submission(selftext=gone).deleted
    assert submission(selftext=gone).text == ""


@pytest.mark.parametrize("category", ["moderator", "deleted", "automod_filtered", "reddit"])
def test_a_submission_that_was_taken_down_leaves_a_tombstone(category: str) -> None:
    found = submission(removed_by_category=category)

    assert found.deleted
    assert found.text == ""


def test_a_text_outlives_its_deleted_account() -> None:
    found = comment(author="[deleted]")

    assert found.author is None
    assert found.text == "My acme phone is dead"
    assert not found.deleted


@pytest.mark.parametrize("created", [AT, float(AT), str(AT), f"{AT}.0"])
def test_a_time_may_be_a_number_or_a_text(created: object) -> None:
    assert comment(created_utc=created).posted_at == datetime.fromtimestamp(AT, UTC)


@pytest.mark.parametrize(
    ("edited", "at"),
    [
        pytest.param(False, None, id="never"),
        pytest.param(True, None, id="long ago, time unknown"),
        pytest.param(None, None, id="missing"),
        pytest.param(AT + 60, datetime.fromtimestamp(AT + 60, UTC), id="whole seconds"),
        pytest.param(AT + 0.5, datetime.fromtimestamp(AT + 0.5, UTC), id="float"),
    ],
)
def test_an_edit_carries_its_time_where_reddit_tells_it(edited: object, at: object) -> None:
    assert comment(edited=edited).edited_at == at


def test_a_crosspost_carries_the_text_of_its_original() -> None:
    original = {"title": "Acme, again", "selftext": "The original", "is_self": True}

    found = submission(selftext="", crosspost_parent_list=[original])

    assert found.text == "Acme phone\n\nAcme, again\n\nThe original"


def test_a_deleted_original_does_not_delete_its_crosspost() -> None:
    original = {"title": "Acme", "selftext": "[deleted]", "is_self": True}

    found = submission(selftext="", crosspost_parent_list=[original])

    assert found.text == "Acme phone\n\nAcme"
    assert not found.deleted


def test_the_options_of_a_poll_and_the_captions_of_a_gallery_are_read() -> None:
    poll = {"options": [{"text": "Acme &amp; sons"}, {"text": "Rivalco"}]}
    gallery = {"items": [{"caption": "The box"}, {"media_id": "x"}]}

    assert submission(selftext="", poll_data=poll).text == "Acme phone\n\nAcme & sons\n\nRivalco"
    assert submission(selftext="", gallery_data=gallery).text == "Acme phone\n\nThe box"


def test_a_link_is_text_when_it_leads_away_from_reddit() -> None:
    away = submission(selftext="", is_self=False, url="https://acme.example/broken")
    picture = submission(selftext="", is_self=False, url="https://i.redd.it/1.jpg")

    assert away.text == "Acme phone\n\nhttps://acme.example/broken"
    assert picture.text == "Acme phone"


def test_a_comment_of_the_inbox_finds_its_thread_in_its_context() -> None:
    data = {**COMMENT, "context": "/r/acme/comments/s1/title/k1/?context=3"}
    del data["link_id"], data["permalink"]

    found = to_mention("t1", data, SITE)

    assert found.thread == "reddit:t3_s1"
    assert found.url == "https://www.reddit.com/r/acme/comments/s1/title/k1/"


def test_an_old_comment_without_an_address_gets_one() -> None:
    assert comment(permalink=None).url == "https://www.reddit.com/comments/s1/_/k1/"


def test_a_thing_that_makes_no_sense_costs_no_other() -> None:
    things: list[Mapping[str, Any]] = [
        {"kind": "t1", "data": {**COMMENT, "created_utc": "soon"}},
        {"kind": "t1", "data": {**COMMENT, "created_utc": 1e30}},
        {"kind": "t1", "data": {**COMMENT, "created_utc": float("nan")}},
        {"kind": "t1", "data": {"body": "acme"}},
        {"kind": "t1", "data": None},
        {"kind": "t1"},
        {"kind": "t5", "data": {}},
        {"kind": "more", "data": {"children": []}},
        {"kind": "t1", "data": COMMENT},
    ]

    found = list(to_mentions(things, SITE))

    assert [each.key for each in found] == ["reddit:t1_k1"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
LISTED = {*COMMENT, *SUBMISSION, "gallery_data", "poll_data", "crosspost_parent_list"}
ODD = sorted(LISTED - {"id", "created_utc"})


@given(
    odd=st.dictionaries(st.sampled_from([x for x in ODD if x not in ("id", "created_utc")]), JSON)
)
def test_an_odd_field_does_not_cost_the_post(odd: dict[str, Any]) -> None:
    things = [
        {"kind": "t1", "data": {**COMMENT, **odd}},
        {"kind": "t3", "data": {**SUBMISSION, **odd}},
    ]

    found = list(to_mentions(things, SITE))

    assert [each.key for each in found] == ["reddit:t1_k1", "reddit:t3_s1"]
    assert all(each.text.encode() is not None for each in found)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"url": "https://[acme", "is_self": False}, id="an address that is none"),
        pytest.param({"poll_data": {"options": [1, {"text": 2}]}}, id="a poll without words"),
        pytest.param({"gallery_data": []}, id="a gallery that is a list"),
        pytest.param({"edited": 1e300}, id="an edit at the end of time"),
        pytest.param({"selftext": "half a \ud83d face"}, id="half a character"),
    ],
)
def test_an_odd_submission_keeps_its_title(changed: dict[str, Any]) -> None:
    assert submission(**changed).text.startswith("Acme phone")


def test_every_recorded_thing_becomes_a_mention(shared: Path) -> None:
    lines = (shared / "fixtures/reddit/edge_things.ndjson").read_text("utf-8").split("\n")
    things = [json.loads(line) for line in lines if line]

    for thing in things:
        (found,) = to_mentions([thing], SITE)
        assert found.key == f"reddit:{thing['data']['name']}"
        assert found.thread.startswith("reddit:t3_")
        assert found.url.startswith("https://www.reddit.com/")
        assert (found.author is None) == ("author_deleted" in thing["traits"])
        assert found.deleted == bool({"text_deleted", "text_removed"} & set(thing["traits"])) or (
            thing["data"].get("removed_by_category") is not None
        )
        assert found.deleted == (found.text == "")
        assert not is_gone(found.text)
        assert "&amp;" not in found.text


def test_the_things_recorded_with_an_edit_carry_its_time(shared: Path) -> None:
    lines = (shared / "fixtures/reddit/edge_things.ndjson").read_text("utf-8").split("\n")
    things = [json.loads(line) for line in lines if line]

    edited = [next(to_mentions([each], SITE)) for each in things if "edited" in each["traits"]]

    assert edited
    assert all(each.edited_at and each.edited_at > each.posted_at for each in edited)
