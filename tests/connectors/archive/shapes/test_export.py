"""What a desk exports, another one can read."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.records import Records
from connectors.archive.shapes.export import OwnExport
from connectors.archive.shapes.shape import BadRecordError
from monitor.model import Author, Mention, Post
from monitor.store.store import Store
from tests.builders import a_mention, at

instants = st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda found: found.replace(tzinfo=UTC)
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
handles = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9)
mentions = st.builds(
    lambda name, **fields: Mention(key=f"reddit:{name}", platform="reddit", **fields),
    name=handles,
    thread=handles.map(lambda name: f"reddit:{name}"),
    author=st.none()
    | handles.map(lambda name: Author(id=f"t2_{name}", handle=name, name=name.title())),
    text=texts,
    url=texts,
    posted_at=instants,
    place=texts,
    reply_to=st.none() | handles.map(lambda name: f"reddit:{name}"),
    edited_at=st.none() | instants,
    deleted=st.booleans(),
    private=st.booleans(),
    language_hint=st.none() | st.just("sk"),
    answerable=st.none() | st.booleans(),
)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    store = Store(tmp_path_factory.mktemp("desk") / "desk.db")
    yield Records(store)
    store.close()


def exported(records: Records, mention: Mention) -> bytes:
    post = Post(
        id=1, mention=mention, seen_at=mention.posted_at, brands=("Acme",), classification=None
    )
    return json.dumps({**records.exported(post), "items": []}, ensure_ascii=False).encode()


@given(mention=mentions)
def test_a_post_comes_back_as_it_was(records: Records, mention: Mention) -> None:
    assert OwnExport().mentions(exported(records, mention)) == (mention,)


def test_fractions_of_seconds_are_exported(records: Records) -> None:
    later = at("2026-03-06 16:00") + timedelta(milliseconds=250)
    mention = replace(a_mention(), posted_at=later)

    (found,) = OwnExport().mentions(exported(records, mention))

    assert found.posted_at == later


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"key": None}, id="no key"),
        pytest.param({"platform": "x"}, id="a key of another platform"),
        pytest.param({"posted_at": "soon"}, id="no time"),
        pytest.param({"posted_at": "2026-03-06T16:00:00"}, id="a time without its zone"),
    ],
)
def test_what_is_no_exported_post_is_bad(records: Records, changed: dict[str, object]) -> None:
    row = json.loads(exported(records, a_mention()))

    with pytest.raises(BadRecordError, match="no key, no platform or no time"):
        OwnExport().mentions(json.dumps({**row, **changed}).encode())
