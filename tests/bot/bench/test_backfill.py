"""The yardsticks of `bench backfill` measure what they say."""

import json
from pathlib import Path

import zstandard

from bot.bench.backfill import dump, measure


def test_everybody_makes_the_same_archive(tmp_path: Path) -> None:
    one = dump.write(300, [tmp_path / "one.zst"])
    in_parts = dump.write(300, [tmp_path / "a.zst", tmp_path / "b.zst"])

    whole = _unpacked(one.paths[0])
    assert whole == b"".join(map(_unpacked, in_parts.paths))
    assert whole.count(b"\n") == one.rows == 300
    assert one.raw_bytes == len(whole)


def test_its_rows_are_comments_as_dumps_write_them(tmp_path: Path) -> None:
    made = dump.write(2_000, [tmp_path / "one.zst"])

    rows = [json.loads(line) for line in _unpacked(made.paths[0]).splitlines()]
    named = [row for row in rows if dump.keywords(1)[0] in row["body"].lower()]
    assert len(named) == made.named > 0
    assert {row["author"] == "[deleted]" for row in rows} == {True, False}
    assert len({tuple(row) for row in rows}) > 1  # the order of the fields changes
    assert len({row["id"] for row in rows}) == len(rows)


def test_fewer_keywords_are_the_first_of_more() -> None:
    assert dump.keywords(10) == dump.keywords(1_000)[:10]
    assert len(set(dump.keywords(1_000))) == 1_000


def test_all_that_is_measured_reads_the_same_rows() -> None:
    figures = measure.run(rounds=1, size=2_000, keywords=(10,))

    (beside,) = figures["by_keywords"].values()
    assert figures["rows"] == 2_000
    assert figures["same_keys_as_slow_path"]
    assert beside["found"] == beside["found_by_hand"] == figures["named"]


def _unpacked(path: Path) -> bytes:
    unpacker = zstandard.ZstdDecompressor(max_window_size=2**31)
    with path.open("rb") as packed, unpacker.stream_reader(packed) as text:
        return bytes(text.read())
