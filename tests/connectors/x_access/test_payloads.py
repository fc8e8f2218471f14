"""X's payloads: every recorded post becomes a mention, and odd ones do no harm."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.x_access.payloads import time_of, to_batch, to_mention, tombstone
from monitor.errors import UnavailableError
from monitor.model import Mention


def recorded(shared: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the answers in a file; lines that were cut in the middle are left out."""
    for line in (shared / f"fixtures/x/v2/{name}").read_text("utf-8").split("\n"):
        try:
            yield json.loads(line)
        except ValueError:
            continue


def posts_in(answer: dict[str, Any]) -> list[dict[str, Any]]:
    data = answer["data"]
    return data if isinstance(data, list) else [data]


def only(shared: Path, name: str, own: frozenset[str] = frozenset()) -> Mention:
    (answer,) = recorded(shared, name)
    (mention,) = to_batch(answer, own).mentions
    return mention


def post(**fields: Any) -> dict[str, Any]:
    return {"id": "1", "text": "acme", "created_at": "2026-03-01T10:00:00.000Z", **fields}


def batch(*posts: dict[str, Any], **beside: Any) -> tuple[Mention, ...]:
    return to_batch({"data": list(posts), "includes": beside}).mentions


def test_every_recorded_post_becomes_a_whole_mention(shared: Path) -> None:
    files = sorted(path.name for path in (shared / "fixtures/x/v2").iterdir())
    answers = [answer for name in files for answer in recorded(shared, name)]

    for answer in answers:
        found = to_batch(answer)

        listed = posts_in(answer)
        assert found.ids == tuple(each["id"] for each in listed)
        assert len(found.mentions) == len(listed)
        for mention, source in zip(found.mentions, listed, strict=True):
            assert mention.author is not None
            assert mention.text or "attachments" in source
            assert "&amp;" not in mention.text
            assert mention.posted_at.year in range(2006, 2024)
            assert mention.key == f"x:{source.get('edit_history_tweet_ids', [source['id']])[0]}"
    assert len(answers) == 21  # and one line that was cut in the middle


def test_ids_and_times_of_recorded_posts_agree(shared: Path) -> None:
    for answer in recorded(shared, "noflat.jsonl"):
        for each in posts_in(answer):
            made = time_of(each["id"])
            assert made is not None
            assert made.replace(microsecond=0) == datetime.fromisoformat(each["created_at"])


def test_a_recorded_page_has_whole_reposts_and_its_token(shared: Path) -> None:
    (answer,) = recorded(shared, "noflat.jsonl")

    found = to_batch(answer)

    assert found.token == answer["meta"]["next_token"]
    reposts = [each.text for each in found.mentions if each.text.startswith("RT @")]
    assert len(reposts) > 10
    assert not any(text.endswith("…") and len(text) < 150 for text in reposts)


def test_a_recorded_edit_has_the_identity_of_its_first_version(shared: Path) -> None:
    before, after = (only(shared, f"edited_{each}.jsonl") for each in ("before", "after"))

    assert before.key == after.key == "x:1576994746135764992"
    assert after.text == "hey :)"
    assert after.posted_at == datetime(2022, 10, 3, 17, 57, 1, tzinfo=UTC)
    assert after.edited_at == datetime(2022, 10, 3, 17, 57, 11, tzinfo=UTC)
    assert after.thread == after.key


def test_a_recorded_quote_is_marked_and_answers_the_first_version(shared: Path) -> None:
    found = only(shared, "quoted_edit.jsonl", frozenset({"wongmjane"}))

    assert found.text.startswith("@wongmjane Test\n\n> @wongmjane: i miss y’all")
    assert found.reply_to == found.thread == "x:1576994746135764992"
    assert found.answerable is True


def test_a_recorded_picture_is_told_by_its_description(shared: Path) -> None:
    (answer,) = recorded(shared, "edited_before.jsonl")

    found = to_mention(posts_in(answer)[0], answer)

    assert found.text == "i miss y’all so much haha,,,\n\nselfie of me with memoji"


def test_links_are_whole_entities_decoded_and_own_media_left_out() -> None:
    urls = [
        {"url": "https://t.co/a", "expanded_url": "https://acme.example/x?a=1&amp=2"},
        {"url": "https://t.co/b", "expanded_url": "https://x.com/u/status/1/photo/1"},
        {
            "url": "https://t.co/c",
            "expanded_url": "https://s.example",
            "unwound_url": "https://w.x",
        },
    ]
    text = "a &amp; b &lt;3 https://t.co/a https://t.co/c https://t.co/d https://t.co/b"
    media = [{"media_key": "3_1", "alt_text": "a broken acme"}]

    (found,) = batch(
        post(text=text, entities={"urls": urls}, attachments={"media_keys": ["3_1"]}), media=media
    )

    assert found.text == (
        "a & b <3 https://acme.example/x?a=1&amp=2 https://w.x https://t.co/d\n\na broken acme"
    )


@pytest.mark.parametrize(
    "names",
    [
        ("note_tweet", "referenced_tweets", "edit_history_tweet_ids", "tweets"),
        ("note_post", "referenced_posts", "edit_history_post_ids", "posts"),
    ],
    ids=["names of the documents", "names of the newer specification"],
)
def test_both_generations_of_names_are_read(names: tuple[str, str, str, str]) -> None:
    note, references, history, beside = names
    whole = {"text": "acme " * 100, "entities": {"mentions": [{"username": "AcmeCare"}]}}
    fields = {note: whole, references: [{"type": "replied_to", "id": 7}], history: ["0", "1"]}
    original = post(id="7", conversation_id="7")

    answer = {"data": [post(text="acme …", **fields)], "includes": {beside: [original]}}
    (found,) = to_batch(answer, {"acmecare"}).mentions

    assert found.key == "x:0"
    assert found.text == ("acme " * 100).strip()
    assert found.reply_to == "x:7"
    assert found.answerable


def test_a_poll_s_options_are_part_of_the_text() -> None:
    options = [{"position": 2, "label": "no &amp; never"}, {"position": 1, "label": "yes"}]

    (found,) = batch(post(attachments={"poll_ids": ["9"]}), polls=[{"id": "9", "options": options}])

    assert found.text == "acme\n\n- yes\n- no & never"


def test_quoted_words_are_cut_short() -> None:
    quoted = post(id="2", text="word " * 200, author_id="5")

    (found,) = batch(
        post(referenced_tweets=[{"type": "quoted", "id": "2"}]),
        tweets=[quoted],
        users=[{"id": "5", "username": "other"}],
    )

    assert found.text.startswith("acme\n\n> @other: word word")
    assert len(found.text) < 300


@pytest.mark.parametrize(
    ("said", "hint"), [("en", "en"), ("iw", "he"), ("in", "id"), ("und", None), ("qme", None)]
)
def test_the_language_is_a_hint_where_x_knows_one(said: str, hint: str | None) -> None:
    assert batch(post(lang=said))[0].language_hint == hint


@pytest.mark.parametrize(
    "odd",
    [
        {"entities": 3},
        {"entities": {"urls": [{"expanded_url": "no url"}]}},
        {"referenced_tweets": "x"},
        {"attachments": {"poll_ids": ["gone"], "media_keys": ["gone"]}},
        {"note_tweet": {}},
        {"created_at": "yesterday", "id": "1576994746135764992"},
        {"edit_controls": None, "lang": 7, "edit_history_tweet_ids": None},
        {"created_at": "9999-12-31T23:59:59-14:00", "id": "1576994746135764992"},
        {"referenced_tweets": [{"type": "retweeted", "id": "1"}], "id": "1"},
    ],
)
def test_an_odd_field_costs_no_post(odd: dict[str, Any]) -> None:
    (found,) = batch(post(**odd))

    assert found.text == "acme"


def test_a_post_without_id_or_time_is_skipped_and_the_others_stay() -> None:
    found = to_batch({"data": [{"text": "acme"}, {"id": "2", "text": "acme"}, post(), 7]})

    assert [each.key for each in found.mentions] == ["x:1"]


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"data": "x"}, {"title": "hm"}])
def test_an_answer_that_lists_nothing_is_an_error(answer: Any) -> None:
    with pytest.raises(UnavailableError, match="lists no posts"):
        to_batch(answer)


user_error = {
    "parameter": "id",
    "resource_id": "7",
    "resource_type": "user",
    "detail": "User has been suspended: [7].",
    "type": "https://api.twitter.com/2/problems/resource-not-found",
}


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"title": "Service Unavailable", "detail": "Over capacity", "status": 503}]},
        {"errors": [user_error]},
        {"meta": {"result_count": 3}},
        {"data": None},
    ],
)
def test_an_answer_without_posts_that_hides_some_is_an_error(answer: Any) -> None:
    with pytest.raises(UnavailableError):
        to_batch(answer)


@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": []}])
def test_no_hits_are_no_error(data: dict[str, Any]) -> None:
    assert to_batch({**data, "meta": {"result_count": 0}}).mentions == ()


def test_a_post_that_cannot_be_looked_up_now_is_not_gone() -> None:
    problem = {"parameter": "ids", "resource_id": "5", "title": "Service Unavailable"}
    kind = "https://api.twitter.com/2/problems/operational-disconnect"

    found = to_batch({"data": [post()], "errors": [problem, {**problem, "type": kind}]})

    assert found.gone == ()


def test_what_is_missing_from_a_lookup_is_gone_and_what_comes_along_is_not() -> None:
    errors = [
        {"parameter": "ids", "resource_id": "5", "title": "Not Found Error"},
        {"parameter": "referenced_tweets.id", "resource_id": "6", "title": "Not Found Error"},
    ]

    assert to_batch({"errors": errors}).gone == ("5",)


def test_a_tombstone_keeps_key_and_time_only() -> None:
    left = tombstone("x:1576994746135764992")

    assert (left.deleted, left.text, left.author) == (True, "", None)
    assert left.posted_at.replace(microsecond=0) == datetime(2022, 10, 3, 17, 57, 1, tzinfo=UTC)


def test_one_post_alone_is_understood(shared: Path) -> None:
    (answer,) = recorded(shared, "mentions_tweet.jsonl")

    found = to_mention(posts_in(answer)[0], answer)

    assert found.platform == "x"
    assert found.url.startswith("https://x.com/")
