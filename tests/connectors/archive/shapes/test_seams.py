"""What a shape puts together of parts of a record is found in the record's bytes all the same."""

import json
from functools import cache
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.archive.shapes.jetstream import JetstreamCapture
from connectors.archive.shapes.mapped import Mapped
from connectors.archive.shapes.reddit import RedditDump
from connectors.archive.shapes.shape import Shape
from connectors.archive.shapes.x import XPages
from connectors.archive.sieve import Sieve
from monitor.matching.folding import fold
from monitor.matching.matcher import Matcher
from monitor.model import Brand, Mention
from monitor.sections import ArchiveSettings
from tests.connectors.archive.shapes import samples

OWN = (("x", "acme_help"), ("bluesky", "did:plc:acme"), ("reddit", "acme_help"))
BRANDS = tuple(
    Brand(name=word, keywords=(word,), own_accounts=(*OWN, ("forum", "acme_help")) if own else ())
    for word, own in {
        "#acme": False,
        "acme mobile": False,
        "acme.example/help": False,
        "ačme": False,
        "r&d": False,
        "ac.me": False,
        "nothing": True,
    }.items()
)
MATCHERS = {brand.name: Matcher((brand,)) for brand in BRANDS}
PARTS = st.sampled_from(
    [
        *("acme", "Acme", "ACME", "ac", "me", "mobile", "#", "@", " ", "\n", ".", "…", "...", "&"),
        *("&amp;", "R&amp;D", "R&#38;D", "example", "https://t.co/a", "https://t.co/b", "ačme"),
        *("ac\u030cme", "Акме", "acme_help", "other", "u/", "/"),
    ]
)
texts = st.lists(PARTS, max_size=6).map("".join)
links = st.sampled_from(["https://acme.example/help", "https://other.example", "acme.example"])


def concerns(brand: Brand, mention: Mention) -> bool:
    own = mention.author is not None and (mention.platform, fold(mention.author.handle))
    return bool(MATCHERS[brand.name].brands(mention)) or own in brand.own_accounts


@cache
def sieve_of(brand: Brand, decodes_entities: bool, seams: str) -> Sieve:
    return Sieve((brand,), decodes_entities=decodes_entities, seams=seams)


def assert_found(shape: Shape, record: dict[str, Any], brand: Brand) -> None:
    """Hold what is found in a record to what its mention names, however it is written."""
    sieve = sieve_of(brand, shape.decodes_entities, shape.seams)
    for line in (json.dumps(record).encode(), json.dumps(record, ensure_ascii=False).encode()):
        passed = sieve.passed(line, [len(line)])

        assert passed == [0] or not any(concerns(brand, each) for each in shape.mentions(line))


@settings(max_examples=100, deadline=None)
@given(
    brand=st.sampled_from(BRANDS),
    said=texts,
    link=links,
    tag=texts,
    alt=texts,
    did=st.sampled_from(["acme", "jana"]),
)
def test_tags_and_links_of_bluesky_are_found(
    brand: Brand, said: str, link: str, tag: str, alt: str, did: str
) -> None:
    features = [{"uri": link}, {"tag": tag}, {"did": f"did:plc:{did}"}]
    index = {"byteStart": 0, "byteEnd": len(said.encode())}
    record = {
        "createdAt": "2026-07-04T14:38:06.240Z",
        "text": f"{said}…",
        "tags": [tag],
        "facets": [{"index": index, "features": features}],
        "embed": {"images": [{"alt": alt}], "external": {"title": alt, "uri": link}},
    }
    commit = {**samples.RECORDS["jetstream"]["commit"], "record": record}
    event = {**samples.RECORDS["jetstream"], "did": f"did:plc:{did}", "commit": commit}

    assert_found(JetstreamCapture([brand]), event, brand)


@settings(max_examples=100, deadline=None)
@given(
    brand=st.sampled_from(BRANDS),
    said=texts,
    quoted=texts,
    link=links,
    kind=st.sampled_from(["quoted", "retweeted"]),
    handle=st.sampled_from(["acme", "acme_help", "jana"]),
    alt=texts,
)
@example(
    brand=next(brand for brand in BRANDS if brand.name == "ac.me"),
    said="achttps://t.co/b.me",  # the picture's link is left out
    quoted="",
    link="https://other.example",
    kind="quoted",
    handle="jana",
    alt="",
)
def test_names_and_links_of_x_are_found(
    brand: Brand, said: str, quoted: str, link: str, kind: str, handle: str, alt: str
) -> None:
    urls = [
        {"url": "https://t.co/a", "expanded_url": link},
        {
            "url": "https://t.co/b",
            "expanded_url": "https://x.com/i/status/1394735776701816833/photo/1",
        },
    ]
    post = {
        "id": "1394735776701816833",
        "author_id": "7",
        "text": said,
        "entities": {"urls": urls},
        "attachments": {"media_keys": ["3_1"]},
        "referenced_tweets": [{"type": kind, "id": "1394735776701816000"}],
    }
    other = {"id": "1394735776701816000", "author_id": "8", "text": quoted}
    page = {
        "data": [post],
        "includes": {
            "users": [{"id": "7", "username": "jana"}, {"id": "8", "username": handle}],
            "tweets": [{**other, "entities": {"urls": urls}}],
            "media": [{"media_key": "3_1", "alt_text": alt}],
        },
    }

    assert_found(XPages([brand]), page, brand)


@settings(max_examples=100, deadline=None)
@given(
    brand=st.sampled_from(BRANDS),
    title=texts,
    said=texts,
    link=links,
    author=st.sampled_from(["acme_help", "Jana"]),
)
def test_titles_and_links_of_reddit_are_found(
    brand: Brand, title: str, said: str, link: str, author: str
) -> None:
    post = {"id": "s", "created_utc": 1, "author": author, "title": title, "selftext": said}
    submission = {**post, "url": link, "is_self": False, "poll_data": {"options": [{"text": said}]}}

    assert_found(RedditDump(), submission, brand)


@settings(max_examples=100, deadline=None)
@given(
    brand=st.sampled_from(BRANDS),
    title=texts,
    said=texts,
    author=st.sampled_from(["@acme_help", "Jana"]),
)
def test_columns_are_found(brand: Brand, title: str, said: str, author: str) -> None:
    row = {**samples.RECORDS["forum"], "title": title, "body": said, "user": {"name": author}}

    assert_found(Mapped(ArchiveSettings.model_validate(samples.SECTION)), row, brand)
