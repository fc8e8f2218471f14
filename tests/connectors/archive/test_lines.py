"""A text comes in blocks of whole lines, and can be gone on with behind any of them."""

import io
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.lines import BLOCK, LONGEST, TOO_LONG, Block, blocks
from connectors.archive.packing import DamagedError, Source, Unpacked
from monitor.model import Place
from tests.connectors.archive.packed import bomb, zstd

START = Place()


def _blocks(data: bytes, place: Place = START) -> Iterator[Block]:
    return blocks(Unpacked(Source(io.BytesIO(data))), place)


def _lines(block: Block) -> list[bytes]:
    starts = [0, *(int(end) + 1 for end in block.ends[:-1])]
    return [block.data[start:end] for start, end in zip(starts, block.ends, strict=True)]


def _all(data: bytes, place: Place = START) -> list[bytes]:
    return [line for block in _blocks(data, place) for line in _lines(block)]


def test_lines_end_at_newlines_alone() -> None:
    odd = "a\u2028b\u0085c\x0b\x0c\x1c\rd".encode()

    found = _all(odd + b"\n\n" + b"last")

    assert found == [odd, b"", b"last"]


def test_a_text_without_a_last_newline_has_the_same_lines() -> None:
    assert _all(b"one\ntwo") == _all(b"one\ntwo\n") == [b"one", b"two"]


def test_nothing_has_no_lines() -> None:
    assert _all(b"") == []


def test_the_mark_before_a_text_belongs_to_no_line_and_yet_to_the_places() -> None:
    marked = b"\xef\xbb\xbfone\ntwo\n"

    (block,) = _blocks(marked)

    assert _lines(block) == [b"one", b"two"]
    assert block.place(1) == Place(records=1, offset=7)
    assert block.after == Place(records=2, offset=len(marked))
    assert _all(marked, block.place(1)) == [b"two"]


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(0, BLOCK // 3), max_size=12),
    ended=st.booleans(),
    packed=st.booleans(),
    data=st.data(),
)
def test_reading_goes_on_behind_any_line(
    lengths: list[int], ended: bool, packed: bool, data: st.DataObject
) -> None:
    lines = [bytes([97 + number % 26]) * length for number, length in enumerate(lengths)]
    text = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    whole = lines if ended or not lines or lines[-1] else lines[:-1]
    file = zstd(text) if packed else text

    found = list(_blocks(file))
    places = [START, *(block.place(n + 1) for block in found for n in range(len(block.ends)))]
    place = data.draw(st.sampled_from(places))

    assert [line for block in found for line in _lines(block)] == whole
    assert [each.records for each in places] == list(range(len(whole) + 1))
    assert _all(file, place) == whole[place.records :]


def test_a_block_knows_how_much_of_the_file_it_took() -> None:
    file = zstd(b"".join(b"%d\n" % number for number in range(1_200_000)))

    consumed = [block.consumed for block in _blocks(file)]

    assert len(consumed) > 3
    assert consumed == sorted(consumed)
    assert consumed[-1] == len(file)


@pytest.mark.parametrize("ending", [b"\nnext\n", b""])
def test_a_line_that_is_too_long_is_passed_by(ending: bytes) -> None:
    long = b"x" * (LONGEST + 1)

    found = list(_blocks(b"one\n" + long + ending))

    assert [line[:3] for block in found for line in _lines(block)] == [b"one", b"xxx", b"nex"][
        : 3 if ending else 2
    ]
    broken = [block for block in found if block.broken]
    assert [block.broken for block in broken] == [{0: TOO_LONG}]
    assert broken[0].before == Place(records=1, offset=4)
    assert broken[0].after.offset == 4 + len(long) + bool(ending)


def test_a_line_of_just_16_mib_is_a_line() -> None:
    found = _all(b"one\n" + b"x" * LONGEST + b"\nnext")

    assert [len(line) for line in found] == [3, LONGEST, 4]


@pytest.mark.parametrize(
    ("of", "lines"), [(b"\0", 1), (b"\n", 300 << 20)], ids=["one line", "empty lines"]
)
def test_memory_stays_small_whatever_comes_out(of: bytes, lines: int) -> None:
    file = bomb(300 << 20, of)

    tracemalloc.start()
    count = sum(len(block.ends) for block in _blocks(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == lines
    assert peak < 100 << 20


def test_all_whole_lines_come_out_before_what_is_broken_off() -> None:
    text = b"".join(b"line %d of many\n" % number for number in range(50_000))
    found: list[bytes] = []
    coming = (line for block in _blocks(zstd(text)[:-300]) for line in _lines(block))

    with pytest.raises(DamagedError, match="cut off"):
        found.extend(coming)

    assert found == text.split(b"\n")[: len(found)]
    assert len(found) > 20_000
