"""Whatever stands in a record, it is read or it is bad: nothing else ends the reading of a file."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.shapes import known
from connectors.archive.shapes.shape import BadRecordError, Shape
from connectors.archive.wanted import Wanted
from monitor.model import Archive, Brand
from monitor.sections import ArchiveSettings
from tests.connectors.archive.shapes import samples

BRAND = Brand(name="Acme", keywords=("acme",), own_accounts=(("bluesky", "did:plc:acme"),))
FORUM = ArchiveSettings.model_validate(samples.SECTION)
SHAPES = {
    name: known.shape_of(
        Archive(path="-", identity="", size=0, shape=name),
        Wanted(brands=(BRAND,), shapes={"forum": FORUM}),
    )
    for name in known.names({"forum": FORUM})
}
EVERY_SHAPE = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["http://[", "9" * 5000, "\ud800", "2024-13-01", "\x00", "0001-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(samples.NAMES) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def read(shape: Shape, record: bytes) -> None:
    try:
        found = shape.mentions(record)
    except BadRecordError:
        return
    for mention in found:
        assert mention.key.startswith(f"{mention.platform}:")
        assert mention.posted_at.tzinfo is not None
        mention.text.encode()


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: Any = range(len(value)) if isinstance(value, list) else ()
    inner = list(value) if isinstance(value, dict) else inner
    return [at, *(place for name in inner for place in places(value[name], (*at, name)))]


def changed(value: Any, at: tuple[Any, ...], odd: Any) -> Any:
    if not at:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = changed(value[at[0]], at[1:], odd)
    return copy


@EVERY_SHAPE
@settings(max_examples=120)
@given(data=st.data())
def test_odd_values_in_a_record_make_it_bad_at_worst(shape: Shape, data: st.DataObject) -> None:
    record = samples.RECORDS[shape.name]

    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.sampled_from(places(record)))
        record = changed(record, at, data.draw(ODD))

    read(shape, json.dumps(record).encode())


@EVERY_SHAPE
@settings(max_examples=60)
@given(data=st.data())
def test_broken_bytes_in_a_record_make_it_bad_at_worst(shape: Shape, data: st.DataObject) -> None:
    record = json.dumps(samples.RECORDS[shape.name], ensure_ascii=False).encode()

    at = data.draw(st.integers(0, len(record)))
    broken = record[:at] + data.draw(st.binary(max_size=6)) + record[at:]

    read(shape, broken)
    read(shape, record[:at])


@EVERY_SHAPE
def test_a_sample_is_read_by_its_own_shape_alone(shape: Shape) -> None:
    record = json.dumps(samples.RECORDS[shape.name]).encode()

    assert len(shape.mentions(record)) == 1
    for other in SHAPES.values():
        read(other, record)
