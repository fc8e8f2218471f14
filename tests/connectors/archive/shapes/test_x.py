"""Pages of X, posts of a line each, and the archive of an account become mentions."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.archive.shapes.shape import BadRecordError
from connectors.archive.shapes.x import XPages
from connectors.archive.shapes.x_archive import XArchive
from connectors.x_access.payloads import to_batch
from monitor.model import Author, Brand, Mention

BRAND = Brand(name="Acme", keywords=("acme",), own_accounts=(("x", "AcmeHelp"), ("reddit", "acme")))
POST: dict[str, Any] = {
    "id": "1394735776701816833",
    "author_id": "7",
    "conversation_id": "1394735776701816833",
    "created_at": "2021-05-18T19:24:56.000Z",
    "text": "@AcmeHelp my phone &amp; bill https://t.co/abc",
    "entities": {
        "urls": [{"url": "https://t.co/abc", "expanded_url": "https://acme.example/help"}]
    },
}
JANA = {"id": "7", "username": "jana", "name": "Jana"}
TWEET: dict[str, Any] = {
    "id_str": "1050118621198921728",
    "created_at": "Wed Oct 10 20:19:24 +0000 2018",
    "full_text": "@jana we are on it &amp; sorry https://t.co/pic https://t.co/abc",
    "lang": "en",
    "in_reply_to_status_id_str": "1050118621198921700",
    "entities": {
        "urls": [{"url": "https://t.co/abc", "expanded_url": "https://acme.example/help"}],
        "user_mentions": [{"screen_name": "jana", "id_str": "7"}],
        "media": [
            {
                "id_str": "99",
                "url": "https://t.co/pic",
                "expanded_url": "https://twitter.com/AcmeHelp/status/1050118621198921728/photo/1",
                "ext_alt_text": "our shop",
            }
        ],
    },
}


def read(record: object) -> tuple[Mention, ...]:
    return XPages([BRAND]).mentions(json.dumps(record).encode())


def test_recorded_pages_are_what_the_connector_makes_of_them(shared: Path) -> None:
    files = sorted((shared / "fixtures/x/v2").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_bytes().split(b"\n") if line.strip()]
    shape, bad, seen = XPages(), 0, 0

    for line in lines:
        try:
            page = json.loads(line)
        except ValueError:
            bad += 1
            with pytest.raises(BadRecordError, match="no JSON"):
                shape.mentions(line)
            continue
        found = shape.mentions(line)
        assert found == to_batch(page).mentions
        seen += len(found)

    assert (bad, len(files)) == (1, 14)
    assert seen > 100


def test_a_post_by_itself_is_read_as_the_page_it_came_from() -> None:
    original = {**POST, "id": "1394735776701816000", "author_id": "8", "text": "acme fails"}
    quoting = {**POST, "referenced_tweets": [{"type": "quoted", "id": original["id"]}]}
    page = {
        "data": [{**quoting, "attachments": {"media_keys": ["3_1"], "poll_ids": ["5"]}}],
        "includes": {
            "users": [JANA, {"id": "8", "username": "petra"}],
            "tweets": [original],
            "media": [{"media_key": "3_1", "alt_text": "a broken phone"}],
            "polls": [{"id": "5", "options": [{"position": 1, "label": "yes"}]}],
        },
    }
    flat = {
        **quoting,
        "author": JANA,
        "referenced_tweets": [
            {"type": "quoted", **original, "author": {"id": "8", "username": "petra"}}
        ],
        "attachments": {
            "media_keys": ["3_1"],
            "media": [{"media_key": "3_1", "alt_text": "a broken phone"}],
            "poll_ids": ["5"],
            "poll": {"id": "5", "options": [{"position": 1, "label": "yes"}]},
        },
    }

    assert read(flat) == read(page)
    assert "a broken phone" in read(flat)[0].text
    assert "> @petra: acme fails" in read(flat)[0].text


def flattened(page: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the posts of a page with what belongs to them inside, as `twarc2 flatten` does."""
    includes = page["includes"]
    users = {each["id"]: each for each in includes["users"]}
    posts = {each["id"]: each for each in includes.get("tweets", [])}
    media = {each["media_key"]: each for each in includes.get("media", [])}

    def whole(post: dict[str, Any], depth: int = 2) -> dict[str, Any]:
        found = {**post, "author": users.get(post["author_id"], {})}
        if keys := post.get("attachments", {}).get("media_keys"):
            beside = [media.get(key, {}) for key in keys]
            found["attachments"] = {**post["attachments"], "media": beside}
        if depth and "referenced_tweets" in post:
            found["referenced_tweets"] = [
                {**each, **(whole(posts[each["id"]], depth - 1) if each["id"] in posts else {})}
                for each in post["referenced_tweets"]
            ]
        return found

    return [whole(post) for post in page["data"]]


def test_a_recorded_page_gives_the_same_once_it_is_flattened(shared: Path) -> None:
    page = json.loads((shared / "fixtures/x/v2/noflat.jsonl").read_bytes())

    found = [mention for post in flattened(page) for mention in read(post)]

    assert tuple(found) == read(page)
    assert len(found) > 90


def test_a_post_that_names_our_account_may_be_answered() -> None:
    (found,) = read({**POST, "author": JANA})

    assert found.author == Author(id="7", handle="jana", name="Jana")
    assert found.text == "@AcmeHelp my phone & bill https://acme.example/help"
    assert found.answerable


def test_an_empty_page_is_no_fault() -> None:
    assert read({"meta": {"result_count": 0}}) == ()
    assert read({"data": []}) == ()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param({"hello": 1}, "neither a page nor a post", id="something else"),
        pytest.param({"data": [{"text": "x"}]}, "no post with an id", id="a page without ids"),
        pytest.param(
            {"id": "5", "text": "x", "author_id": "7"}, "no post with an id", id="a post of no time"
        ),
    ],
)
def test_what_is_no_post_is_bad(record: object, reason: str) -> None:
    with pytest.raises(BadRecordError, match=reason):
        read(record)


def test_a_page_of_which_a_part_is_broken_is_bad_and_the_rest_of_it_counts() -> None:
    timeless = {"id": "5", "text": "x", "author_id": "7"}
    page = {"data": [POST, {"text": "no id"}, timeless, 7], "includes": {"users": [JANA]}}

    with pytest.raises(BadRecordError, match="3 of 4 posts without an id or a time") as told:
        read(page)

    assert told.value.mentions == read({"data": [POST], "includes": {"users": [JANA]}})


def archive(folder: Path, *, account: bool = True) -> XArchive:
    if account:
        about = [{"account": {"accountId": "42", "username": "AcmeHelp", "email": "a@b.example"}}]
        text = f"window.YTD.account.part0 = {json.dumps(about)}"
        (folder / "account.js").write_text(text, encoding="utf-8")
    return XArchive(str(folder / "tweets.js"), [BRAND])


def test_a_post_of_an_archive_is_the_account_s_own(tmp_path: Path) -> None:
    record = json.dumps({"tweet": TWEET}).encode()

    (found,) = archive(tmp_path).mentions(record)

    assert found.key == "x:1050118621198921728"
    assert found.author == Author(id="42", handle="AcmeHelp")
    assert found.text == "@jana we are on it & sorry https://acme.example/help\n\nour shop"
    assert found.reply_to == found.thread == "x:1050118621198921700"
    assert found.url == "https://x.com/AcmeHelp/status/1050118621198921728"
    assert found.posted_at.isoformat() == "2018-10-10T20:19:24+00:00"


def test_an_archive_without_its_account_has_no_author(tmp_path: Path) -> None:
    (found,) = archive(tmp_path, account=False).mentions(json.dumps(TWEET).encode())

    assert found.author is None


def test_a_post_of_the_older_api_names_its_author_itself(tmp_path: Path) -> None:
    user = {"id_str": "7", "screen_name": "jana", "name": "Jana"}
    whole = {"full_text": "acme, acme and acme again", "entities": {}}
    cut = {**TWEET, "user": user, "full_text": None, "text": "acme, ac…", "extended_tweet": whole}

    (found,) = archive(tmp_path).mentions(json.dumps(cut).encode())

    assert found.author == Author(id="7", handle="jana", name="Jana")
    assert found.text == "acme, acme and acme again"
    assert found.url == "https://x.com/jana/status/1050118621198921728"


def test_a_version_of_an_edited_post_keeps_the_first_one_s_key(tmp_path: Path) -> None:
    versions = ["1626922779105759235", "1626922779105759999"]
    edited = {**TWEET, "id_str": versions[1], "edit_info": {"initial": {"editTweetIds": versions}}}

    (found,) = archive(tmp_path).mentions(json.dumps({"tweet": edited}).encode())

    assert found.key == f"x:{versions[0]}"
    assert found.edited_at is not None


def test_what_was_deleted_is_told_to_be(tmp_path: Path) -> None:
    deleted = {**TWEET, "deleted_at": "Thu Oct 11 20:19:24 +0000 2018"}

    (found,) = archive(tmp_path).mentions(json.dumps({"tweet": deleted}).encode())

    assert found.deleted
    assert found.text == ""


def test_what_is_no_post_of_an_archive_is_bad(tmp_path: Path) -> None:
    with pytest.raises(BadRecordError, match="no post of an archive"):
        archive(tmp_path).mentions(b'{"like": {"tweetId": "5"}}')
