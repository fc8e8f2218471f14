"""Captures of Jetstream become the mentions that the connector makes of the same events."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.archive.shapes.jetstream import JetstreamCapture
from connectors.archive.shapes.shape import BadRecordError
from connectors.bluesky_access.payloads import Found, author_of, from_us, to_mention
from monitor.model import Brand, Mention

POST = "app.bsky.feed.post"
US = "did:plc:acme"
BRAND = Brand(name="Acme", keywords=("acme",), own_accounts=(("bluesky", US),))


def event(operation: str = "create", collection: str = POST, **record: Any) -> bytes:
    commit = {
        "operation": operation,
        "collection": collection,
        "rkey": "3mptbyoeyc22k",
        "record": {"createdAt": "2026-07-04T14:38:06.240Z", "text": "Acme is down", **record},
    }
    told = {"did": "did:plc:jana", "time_us": 1783175888090631, "kind": "commit", "commit": commit}
    return json.dumps(told).encode()


def read(record: bytes) -> tuple[Mention, ...]:
    return JetstreamCapture([BRAND]).mentions(record)


def test_recorded_posts_are_what_the_connector_makes_of_them(shared: Path) -> None:
    raw = (shared / "fixtures/bluesky/jetstream_v1.ndjson").read_bytes().split(b"\n")
    lines = [line for line in raw if line.strip()]

    found = [mention for line in lines for mention in read(line)]

    events = [told for told in map(json.loads, lines) if told["commit"]["collection"] == POST]
    assert len(events) == len(found) == 10
    assert found == [
        to_mention(
            Found(
                did=told["did"],
                rkey=told["commit"]["rkey"],
                record=told["commit"]["record"],
                seen_at=from_us(told["time_us"]),
            ),
            author_of(told["did"], {}),
        )
        for told in events
    ]


def test_a_changed_post_says_when() -> None:
    (found,) = read(event("update"))

    assert found.edited_at == from_us(1783175888090631)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(event("delete"), id="a deletion"),
        pytest.param(event(collection="app.bsky.feed.like"), id="a like"),
        pytest.param(b'{"did": "did:plc:a", "time_us": 1, "kind": "identity"}', id="an identity"),
        pytest.param(b'{"did": "did:plc:a", "time_us": 1, "commit": 5}', id="an odd commit"),
    ],
)
def test_other_events_hold_no_post(record: bytes) -> None:
    assert read(record) == ()


def test_an_answer_to_an_own_account_calls_it() -> None:
    ref = {"uri": f"at://{US}/{POST}/1", "cid": "x"}

    (found,) = read(event(reply={"root": ref, "parent": ref}))

    assert found.calls == (US,)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(b'{"time_us": 1}', id="no account"),
        pytest.param(b'{"did": "did:plc:a", "time_us": "soon"}', id="no time"),
    ],
)
def test_what_is_no_event_is_bad(record: bytes) -> None:
    with pytest.raises(BadRecordError, match="no event of Jetstream"):
        read(record)
