"""Dumps of Reddit become the mentions that the connector makes of the same posts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.shapes.reddit import SITE, RedditDump
from connectors.archive.shapes.shape import BadRecordError
from connectors.reddit_access.payloads import to_mention
from monitor.model import Mention

COMMENT = {"id": "c1", "created_utc": 1_134_365_188, "body": "Acme &gt; all", "author": "Jana"}
SUBMISSION = {"id": "s1", "created_utc": 1_134_365_188, "title": "Acme", "subreddit": "acme"}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(
        ["[deleted]", "[removed]", "1134365188", "12.5", " 7 ", "1_0", "&amp;", "\ud800"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["text", "options", "title"]), st.text(max_size=3), max_size=2),
)
NAMES = st.sampled_from(
    (
        *("id", "created_utc", "author", "subreddit", "edited", "permalink", "locked", "archived"),
        *("can_mod_post", "body", "link_id", "parent_id", "context", "title", "selftext", "url"),
        *("is_self", "removed_by_category", "crosspost_parent_list", "gallery_data", "poll_data"),
    )
)


def read(record: object) -> Mention:
    (found,) = RedditDump().mentions(json.dumps(record).encode())
    return found


def lines(path: Path) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor(max_window_size=2**31)
    with path.open("rb") as packed, reader.stream_reader(packed) as unpacked:
        yield from (line for line in unpacked.read().split(b"\n") if line.strip())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("RC_2005-12.zst", "t1", id="a month of comments of 2005"),
        pytest.param("RS_2019-10_askmen_sample.zst", "t3", id="submissions of 2019"),
    ],
)
def test_a_real_dump_gives_what_the_connector_makes_of_it(
    shared: Path, name: str, kind: str
) -> None:
    records = list(lines(shared / "fixtures/reddit/dump" / name))
    shape = RedditDump()

    found = [shape.mentions(record) for record in records]

    assert found == [(to_mention(kind, json.loads(record), SITE),) for record in records]
    assert len(found) > 170


def test_odd_things_of_the_api_give_what_the_connector_makes_of_them(shared: Path) -> None:
    raw = (shared / "fixtures/reddit/edge_things.ndjson").read_bytes()
    things = [json.loads(line) for line in raw.split(b"\n") if line.strip()]
    expected = [to_mention(thing["kind"], thing["data"], SITE) for thing in things]

    assert [read(thing["data"]) for thing in things] == expected
    assert [read({"kind": thing["kind"], "data": thing["data"]}) for thing in things] == expected


@settings(max_examples=300)
@given(base=st.sampled_from([COMMENT, SUBMISSION]), odd=st.dictionaries(NAMES, ODD, max_size=4))
def test_whatever_a_field_holds_both_ways_of_reading_agree(
    base: dict[str, Any], odd: dict[str, Any]
) -> None:
    record = {**base, **odd}
    is_comment = record.get("body") is not None or (
        record.get("title") is None and "body" in record
    )

    try:
        expected = to_mention("t1" if is_comment else "t3", record, SITE)
    except (ValueError, OverflowError, OSError):
        with pytest.raises(BadRecordError):
            read(record)
        return

    assert read(record) == expected


def test_a_time_may_be_a_text_a_whole_number_or_a_broken_one() -> None:
    spelled = ("1420070400", 1_420_070_400, 1_420_070_400.0, "1420070400.0")

    found = {read({**COMMENT, "created_utc": time}).posted_at for time in spelled}

    assert len(found) == 1


def test_a_comment_of_an_early_year_has_few_fields() -> None:
    found = read(
        {"id": "c1", "created_utc": 1, "body": "x", "link_id": "t3_a", "parent_id": "t1_b"}
    )

    assert (found.key, found.thread, found.reply_to) == (
        "reddit:t1_c1",
        "reddit:t3_a",
        "reddit:t1_b",
    )
    assert found.url == f"{SITE}/comments/a/_/c1/"
    assert found.author is None


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({**COMMENT, "body": "[removed]"}, id="a removed comment"),
        pytest.param({**SUBMISSION, "selftext": "[deleted]"}, id="a deleted submission"),
    ],
)
def test_what_was_deleted_is_told_to_be(record: object) -> None:
    assert read(record).deleted


def test_comments_and_submissions_may_stand_in_one_file() -> None:
    shape = RedditDump()
    mixed = [COMMENT, SUBMISSION, SUBMISSION, COMMENT]

    keys = [found.key for each in mixed for found in shape.mentions(json.dumps(each).encode())]

    assert keys == ["reddit:t1_c1", "reddit:t3_s1", "reddit:t3_s1", "reddit:t1_c1"]


def listing(*things: object) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": None, "children": list(things)}}


def test_a_listing_of_the_api_holds_all_its_posts_and_the_answers_to_them() -> None:
    answer = {"kind": "t1", "data": {**COMMENT, "id": "c2", "replies": ""}}
    asked = {"kind": "t1", "data": {**COMMENT, "replies": listing(answer)}}
    page = listing({"kind": "t3", "data": SUBMISSION}, asked, {"kind": "more", "data": {"id": "x"}})

    found = RedditDump().mentions(json.dumps(page).encode())

    assert RedditDump().recognises(page)
    assert found == (read(SUBMISSION), read(COMMENT), read(answer))


def test_a_broken_post_of_a_listing_costs_none_of_the_others() -> None:
    page = listing({"kind": "t1", "data": {"id": "a"}}, {"kind": "t1", "data": COMMENT})

    with pytest.raises(BadRecordError, match="1 times neither a comment") as told:
        RedditDump().mentions(json.dumps(page).encode())

    assert told.value.mentions == (read(COMMENT),)


def test_a_byte_that_is_no_utf_8_costs_one_character() -> None:
    record = json.dumps({**COMMENT, "body": "Acme caf? is closed"}).encode().replace(b"?", b"\xe9")

    (found,) = RedditDump().mentions(record)

    assert found.text == "Acme caf\ufffd is closed"


def test_half_a_character_is_replaced() -> None:
    found = read({**COMMENT, "body": "Acme \ud83d"})

    assert found.text == "Acme \ufffd"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(b"{", "no JSON", id="a line that was cut"),
        pytest.param(b"[]", "no JSON object", id="a list"),
        pytest.param(b'{"id": "a", "created_utc": 1}', "neither a comment", id="no text"),
        pytest.param(b'{"body": "a", "created_utc": 1}', "no id or no time", id="no id"),
        pytest.param(b'{"body": "a", "id": "a"}', "no id or no time", id="no time"),
        pytest.param(
            b'{"body": "a", "id": "a", "created_utc": 1e30}', "no id or no time", id="no such time"
        ),
        pytest.param(b'{"a":' * 100_000, "nested too deeply", id="brackets without end"),
    ],
)
def test_a_record_that_nobody_can_read_says_why(record: bytes, reason: str) -> None:
    with pytest.raises(BadRecordError, match=reason):
        RedditDump().mentions(record)
