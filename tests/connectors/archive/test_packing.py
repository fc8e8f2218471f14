"""Whatever packed a file, all of it comes out, and of a damaged one all before the damage."""

import bz2
import gzip
import io
import lzma
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.archive.packing import PIECE, DamagedError, Source, Unpacked, unpacked
from tests.connectors.archive.packed import PACKED, PACKINGS, skippable, zstd, zstd_long

_RANDOM = random.Random(7)
NOISE = _RANDOM.randbytes(300_000)  # cannot be made smaller: many blocks
TEXT = b"".join(
    b'{"n": %d, "x": "%s"}\n' % (n, NOISE[n : n + 9].hex().encode()) for n in range(9_000)
)


def _all(data: bytes) -> tuple[bytes, str | None]:
    """Return what comes out of `data`, and the damage at its end."""
    parts: list[bytes] = []
    try:
        text = Unpacked(Source(io.BytesIO(data)))
        while piece := text.read():
            parts.append(piece)
    except DamagedError as error:
        return b"".join(parts), str(error)
    return b"".join(parts), None


@pytest.mark.parametrize("name", PACKINGS)
@pytest.mark.parametrize("data", [b"", b"a", b"\n", TEXT, NOISE], ids=len)
def test_a_packed_text_comes_out_as_it_went_in(name: str, data: bytes) -> None:
    assert _all(PACKINGS[name](data)) == (data, None)


@pytest.mark.parametrize("name", PACKED)
def test_several_texts_one_after_the_other_are_one(name: str) -> None:
    pack = PACKED[name]

    found = _all(pack(TEXT) + pack(b"") + pack(b"last"))

    assert found == (TEXT + b"last", None)


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz", "zstd"])
def test_zeros_between_and_behind_texts_are_no_damage(name: str) -> None:
    pack = PACKED[name]

    found = _all(pack(b"one") + bytes(8) + pack(b"two") + bytes(512))

    assert found == (b"onetwo", None)


def test_frames_of_zstd_without_text_are_passed_by() -> None:
    packed = skippable(b"x" * 70_000) + zstd(b"one") + skippable(b"") + zstd_long(b"two")

    assert _all(packed) == (b"onetwo", None)


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(PACKED)), where=st.floats(0, 1, exclude_max=True))
def test_what_breaks_off_is_told_and_what_is_before_it_comes_out(name: str, where: float) -> None:
    packed = PACKED[name](TEXT)
    cut = int(len(packed) * where)

    found, damage = _all(packed[:cut])

    assert TEXT.startswith(found)
    if cut > 6:  # fewer bytes than that tell no packing
        assert damage is not None
        assert "cut off after" in damage


@pytest.mark.parametrize("name", PACKED)
def test_one_that_breaks_off_in_its_last_bytes_is_told(name: str) -> None:
    packed = PACKED[name](TEXT)

    for cut in range(1, 9 if name != "zstd that says its size" else 3):
        found, damage = _all(packed[:-cut])

        assert damage is not None
        assert len(found) > len(TEXT) - (len(TEXT) if name in {"bzip2", "xz"} else 2 * PIECE)


@pytest.mark.parametrize("name", PACKED)
def test_a_second_text_that_breaks_off_is_told_after_the_whole_first(name: str) -> None:
    pack = PACKED[name]

    found, damage = _all(pack(TEXT) + pack(TEXT)[:2])

    assert found == TEXT
    assert damage is not None


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(["zstd", "gzip", "bzip2", "xz"]), where=st.floats(0.3, 0.9))
def test_corrupted_bytes_are_told_and_only_what_is_near_them_is_lost(
    name: str, where: float
) -> None:
    packed = bytearray(PACKED[name](NOISE))
    at = int(len(packed) * where)
    packed[at : at + 64] = bytes(64)

    found, damage = _all(bytes(packed))

    assert damage is not None
    assert name in damage
    if name != "bzip2":  # which works by blocks of 900 kB
        untouched = max(0, at - 2 * PIECE)
        assert found[:untouched] == NOISE[:untouched]


def test_a_corrupted_block_of_zstd_costs_none_of_those_before_it() -> None:
    packed = bytearray(zstd(NOISE))
    packed[2 * PIECE + 20_000] ^= 0xFF  # noise lies there as it is: only the checksum tells
    second = zstd(TEXT)

    found, damage = _all(bytes(packed) + second)

    assert found[: 2 * PIECE] == NOISE[: 2 * PIECE]
    assert damage is not None


def test_what_follows_a_text_of_zstd_and_is_none_is_told() -> None:
    found, damage = _all(zstd(b"one") + b"garbage")

    assert found == b"one"
    assert damage == "zstd: damaged near byte 20: no zstd frame follows"


def test_a_window_of_more_than_two_gib_is_refused_in_plain_words() -> None:
    asks_for_4_gib = b"\x28\xb5\x2f\xfd\x00" + bytes([22 << 3]) + b"\x01\x00\x00"

    found, damage = _all(asks_for_4_gib)

    assert found == b""
    assert damage is not None
    assert "more memory would be needed than 2 GiB" in damage


@pytest.mark.parametrize("name", PACKINGS)
def test_reading_may_begin_anew_until_the_beginning_is_forgotten(name: str) -> None:
    text = Unpacked(Source(io.BytesIO(PACKINGS[name](TEXT))))
    first = text.read()

    text.rewind()
    text.forget()

    assert text.read() == first
    with pytest.raises(AssertionError):
        text.rewind()


@pytest.mark.parametrize("name", PACKINGS)
@pytest.mark.parametrize("offset", [0, 1, PIECE - 1, PIECE, PIECE + 1, len(TEXT) - 1, len(TEXT)])
def test_the_first_bytes_can_be_passed_by(name: str, offset: int) -> None:
    text = Unpacked(Source(io.BytesIO(PACKINGS[name](TEXT))))

    text.skip(offset)

    assert b"".join(iter(text.read, b"")) == TEXT[offset:]


@pytest.mark.parametrize("name", ["plain", "zstd", "gzip"])
def test_more_bytes_than_there_are_cannot_be_passed_by(name: str) -> None:
    text = Unpacked(Source(io.BytesIO(PACKINGS[name](TEXT))))

    with pytest.raises(DamagedError, match="is shorter than what was read of it before"):
        text.skip(len(TEXT) + 1)


@pytest.mark.parametrize("name", PACKINGS)
def test_how_much_of_the_file_was_consumed_is_known(name: str, tmp_path: Path) -> None:
    path = tmp_path / "archive"
    path.write_bytes(PACKINGS[name](TEXT))

    with unpacked(str(path)) as text:
        text.read()
        begun = text.consumed
        while text.read():
            pass

        assert 0 < begun <= text.consumed == path.stat().st_size


def test_a_file_that_is_not_there_is_told_in_plain_words(tmp_path: Path) -> None:
    with (
        pytest.raises(DamagedError, match="cannot be read: No such file or directory"),
        unpacked(str(tmp_path / "gone")),
    ):
        pass


def test_the_window_of_real_dumps_is_read(shared: Path) -> None:
    dumps = sorted((shared / "fixtures/reddit/dump").glob("*.zst"))

    lines = {path.name: _all(path.read_bytes())[0].count(b"\n") for path in dumps}

    assert lines == {"RC_2005-12.zst": 1075, "RS_2019-10_askmen_sample.zst": 175}


@pytest.mark.parametrize("make", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_however_much_comes_out_of_little_it_comes_in_small_pieces(make: object) -> None:
    assert callable(make)
    text = Unpacked(Source(io.BytesIO(make(bytes(60 << 20)))))

    sizes = [len(piece) for piece in iter(text.read, b"")]

    assert sum(sizes) == 60 << 20
    assert max(sizes) <= PIECE
