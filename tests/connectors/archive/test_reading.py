"""What names a brand comes out of an archive, the same however it is read and gone on with."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.archive.reading import read
from connectors.archive.wanted import Wanted
from monitor.model import Archive, BadLine, Brand, Mention, Place, Portion
from monitor.sections import ArchiveSettings
from tests.connectors.archive.packed import PACKED, PACKINGS, bomb, zstd

START = Place()
ACME = Brand(
    name="Acme",
    keywords=("acme", "Türk Telekom", "билайн"),
    exclude=("acme lane",),
    own_accounts=(("reddit", "acme_help"),),
)
GLOBEX = Brand(name="Globex", keywords=("globex",))
WANTED = Wanted(brands=(ACME, GLOBEX))
Keep = Callable[..., Archive]  # the bytes, and their shape


def comment(number: int, body: str = "nothing to see", **changes: Any) -> dict[str, Any]:
    """Return a comment as dumps of Reddit have it, longer than what is always looked at."""
    plain = {
        "id": f"k{number}",
        "author": "jana",
        "body": body,
        "created_utc": 1_700_000_000 + number,
        "link_id": "t3_a",
        "parent_id": "t3_a",
        "permalink": f"/r/cars/comments/a/_/k{number}/",
        "subreddit": "cars",
        "author_flair_text": None,
        "stickied": False,
        "distinguished": None,
        "retrieved_on": 1_700_100_000,
        "subreddit_id": "t5_2qh0u",
    }
    return {**plain, **changes}


def lines(*records: object) -> bytes:
    """Return records a line each; what is bytes stands there as it is."""
    written = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in records)
    return b"".join(line + b"\n" for line in written)


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Return what puts bytes down as an archive of Reddit."""

    def kept(data: bytes, shape: str = "reddit") -> Archive:
        path = tmp_path / "archive"
        path.write_bytes(data)
        return Archive(path=str(path), identity="1", size=len(data), shape=shape)

    return kept


def _mentions(portions: Sequence[Portion]) -> list[Mention]:
    return [mention for portion in portions for mention in portion.mentions]


def _keys(portions: Sequence[Portion]) -> list[str]:
    return [mention.key.removeprefix("reddit:t1_") for mention in _mentions(portions)]


def _bad(portions: Sequence[Portion]) -> list[BadLine]:
    return [bad for portion in portions for bad in portion.bad]


def _sum(portions: Sequence[Portion]) -> tuple[list[Mention], list[BadLine], int, Place]:
    """Return what must not depend on how an archive is read."""
    read_ = sum(portion.read for portion in portions)
    return _mentions(portions), _bad(portions), read_, portions[-1].after


@pytest.mark.parametrize("name", PACKINGS)
def test_what_names_a_brand_comes_out_in_order(name: str, keep: Keep) -> None:
    text = lines(
        comment(1, "I like ACME"),
        comment(2),
        comment(3, "ТЕЛЕФОН БИЛАЙН"),
        comment(4, "t\u00fcrk\n telekom"),
        comment(5, "globex!"),
    )

    (portion,) = read(keep(PACKINGS[name](text)), START, WANTED)

    assert _keys([portion]) == ["k1", "k3", "k4", "k5"]
    assert (portion.read, portion.bad, portion.last, portion.damage) == (5, (), True, None)
    assert portion.after == Place(records=5, offset=len(text))


def test_what_is_deleted_excluded_or_only_a_part_of_a_word_does_not(keep: Keep) -> None:
    archive = keep(
        lines(
            comment(1, "[deleted]", author="acme_help"),
            comment(2, "he lives in Acme Lane"),
            comment(3, "acmeology"),
        )
    )

    assert _keys(list(read(archive, START, WANTED))) == []


def test_what_calls_or_was_written_by_an_own_account_does(keep: Keep) -> None:
    archive = keep(
        lines(
            comment(1, "thanks for telling us", author="Acme_Help"),
            comment(2, "u/acme_help please look"),
            comment(3, "thanks for telling us", author="acme_helper"),
        )
    )

    assert _keys(list(read(archive, START, WANTED))) == ["k1", "k2"]


def test_one_brand_may_be_asked_for_alone(keep: Keep) -> None:
    archive = keep(lines(comment(1, "acme"), comment(2, "globex"), comment(3, author="acme_help")))

    assert _keys(list(read(archive, START, replace(WANTED, brand="Globex")))) == ["k2"]
    assert _keys(list(read(archive, START, replace(WANTED, brand="Acme")))) == ["k1", "k3"]


def test_a_span_holds_its_beginning_and_not_its_end(keep: Keep) -> None:
    archive = keep(lines(*(comment(number, "acme") for number in range(4))))
    since, until = (datetime.fromtimestamp(1_700_000_000 + n, UTC) for n in (1, 3))

    found = list(read(archive, START, replace(WANTED, since=since, until=until)))

    assert _keys(found) == ["k1", "k2"]


def test_bad_lines_are_told_with_their_numbers_and_empty_ones_are_none(keep: Keep) -> None:
    archive = keep(
        b"\xef\xbb\xbf"
        + lines(comment(1, "acme"), b"no json", b"", b"  \t", b"\r", comment(2, "acme"))
        + lines(b"[1, 2]", b'{"id": "k3"}', json.dumps(comment(4, "acme")).encode()[:-1])
        + lines(json.dumps(comment(5, "acme")).replace('"acme"', 'acme"').encode())
        + json.dumps(comment(6, "acme")).encode()
        + b"\r"
    )

    found = list(read(archive, START, WANTED))

    assert _keys(found) == ["k1", "k2", "k6"]
    assert [(bad.number, bad.text[:9]) for bad in _bad(found)] == [
        (2, "no json"),
        (7, "[1, 2]"),
        (8, '{"id": "k'),
        (9, '{"id": "k'),
        (10, '{"id": "k'),
    ]
    assert found[-1].after.records == 11
    assert sum(portion.read for portion in found) == 8


def test_what_lies_between_two_newlines_is_one_record(keep: Keep) -> None:
    odd = json.dumps(comment(1, "acme\u2028\u0085 is"), ensure_ascii=False).encode()

    (portion,) = read(keep(odd + b"\r\n" + odd), START, WANTED)

    assert (len(portion.mentions), portion.read) == (2, 2)


def test_a_page_of_which_a_part_is_broken_is_a_bad_line_and_the_rest_is_read(keep: Keep) -> None:
    post = {"id": "1394735776701816833", "text": "acme", "author_id": "7"}
    page = {"data": [post, {"text": "no id"}], "meta": {"result_count": 2}, "pad": "x" * 300}
    archive = keep(lines(page), "x")

    ways = [list(read(archive, START, replace(WANTED, is_sieved=fast))) for fast in (True, False)]

    for found in ways:
        assert [mention.text for mention in _mentions(found)] == ["acme"]
        assert [bad.reason for bad in _bad(found)] == ["1 of 2 posts without an id or a time"]


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_is_unpacked_ahead_or_not_is_the_same(keep: Keep, *, is_whole: bool) -> None:
    packed = zstd(lines(*(comment(number, "acme") for number in range(5_000))))
    archive = keep(packed if is_whole else packed[: len(packed) // 2])

    ways = [
        list(read(archive, START, replace(WANTED, unpacks_ahead=ahead))) for ahead in (True, False)
    ]

    ahead, here = map(_sum, ways)
    assert ahead == here
    assert (ways[0][-1].damage is None) is is_whole
    assert ways[0][-1].damage == ways[1][-1].damage


def test_a_line_that_is_too_long_is_a_bad_one(keep: Keep) -> None:
    huge = lines(comment(1, "acme," * (4 << 20)))

    found = list(read(keep(zstd(huge + lines(comment(2, "acme")))), START, WANTED))

    assert [(bad.number, bad.reason, len(bad.text)) for bad in _bad(found)] == [
        (1, "longer than 16 MiB", 200)
    ]
    assert _keys(found) == ["k2"]


WORDS = ("acme", "ACME", "globex", "türk\u00a0telekom", "T\u00dcRK TELEKOM", "Билайн", "lane", "ok")
ODD = (
    *(b"", b" ", b"\r", b"null", b"{}", b"{acme}", b'{"body": "acme"}', b'["acme"]', b"\xff\xfe"),
    *(b'{"id": "k", "body": "acme' + b" " * 300, b'{"body": "' + b"x" * 300 + b'"}'),
    *(b'{"acme": ' + b"1" * 300 + b"}", b'{"body": acme' + b" " * 300 + b"}"),
    *(b'{"body": "\\u0061cme' + b"x" * 300 + b'\\"}', b'{"' + b"\\" * 300 + b"acme}"),
)


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """Return lines of which some name a brand and some are none."""
    text = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=5).map(" ".join)
    ascii_ = draw(st.booleans())
    written: list[bytes] = []
    for number in range(draw(st.integers(0, 25))):
        if draw(st.integers(0, 3)) == 0:
            written.append(draw(st.sampled_from(ODD)))
            continue
        author = draw(st.sampled_from(["jana", "acme_help", "[deleted]"]))
        record = json.dumps(comment(number, draw(text), author=author), ensure_ascii=ascii_)
        cut = draw(st.integers(0, 6)) == 0 and draw(st.integers(0, len(record)))
        line = record.encode("utf-8", "surrogatepass")
        written.append(line.replace(b"\n", b" ")[: cut or None])
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(written)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=archives())
def test_reading_fast_and_decoding_everything_come_to_the_same(text: bytes, keep: Keep) -> None:
    archive = keep(text)

    fast = _sum(list(read(archive, START, WANTED)))
    slow = _sum(list(read(archive, START, replace(WANTED, is_sieved=False))))

    assert fast == slow


def _many(count: int) -> bytes:
    """Return many comments; every seventh names a brand, a few are bad."""
    chance = random.Random(3)
    made: list[object] = []
    for number in range(count):
        made.append(comment(number, f"{'acme ' * (number % 7 == 0)}{chance.random()}"))
        if number % 500 == 0:
            made.append(b"bad")
    return lines(*made)


MANY = _many(12_000)


@pytest.mark.parametrize("name", ["plain", "zstd"])
def test_portions_follow_each_other_and_reading_goes_on_behind_any(name: str, keep: Keep) -> None:
    archive = keep(PACKINGS[name](MANY))
    whole = list(read(archive, START, WANTED))

    for before, after in pairwise(whole):
        assert before.after == after.before
    assert [portion.last for portion in whole] == [False] * (len(whole) - 1) + [True]
    assert all(len(portion.mentions) <= 256 for portion in whole)
    assert sum(portion.bytes for portion in whole) == archive.size
    assert len(whole) >= 7
    for portion in whole[:-1:2]:
        rest = list(read(archive, portion.after, WANTED))
        index = whole.index(portion) + 1
        assert _sum(rest) == _sum(whole[index:])
        assert sum(each.bytes for each in rest) == archive.size


@pytest.mark.parametrize("name", PACKED)
def test_what_was_read_before_a_damage_is_kept_and_the_damage_told(name: str, keep: Keep) -> None:
    packed = PACKED[name](MANY)
    whole = _keys(list(read(keep(packed), START, WANTED)))

    found = list(read(keep(packed[: len(packed) * 4 // 5]), START, WANTED))

    assert found[-1].last
    assert "cut off after" in (found[-1].damage or "")
    assert [portion.damage for portion in found[:-1]] == [None] * (len(found) - 1)
    assert _keys(found) == whole[: len(_keys(found))]
    assert found[-1].after.records == sum(portion.read for portion in found)
    assert not any("broken" in bad.text for bad in _bad(found))


def test_a_file_that_is_gone_is_a_damage(tmp_path: Path) -> None:
    gone = Archive(path=str(tmp_path / "gone"), identity="1", size=1, shape="reddit")

    (portion,) = read(gone, START, WANTED)

    assert portion.damage == "cannot be read: No such file or directory"
    assert portion.last


def test_an_empty_file_has_one_empty_portion(keep: Keep) -> None:
    (portion,) = read(keep(b""), START, WANTED)

    assert (portion.read, portion.bytes, portion.last, portion.damage) == (0, 0, True, None)


def test_bad_lines_without_end_come_in_portions_too(keep: Keep) -> None:
    found = list(read(keep(b"x\n" * 20_000), START, WANTED))

    assert sum(len(portion.bad) for portion in found) == 20_000
    assert max(len(portion.bad) for portion in found) == 1_000


# ---------------------------------------------------------------- documents and tables


def _listed(documents: Sequence[object], begin: str, between: str, end: str) -> str:
    return begin + between.join(map(json.dumps, documents)) + end


def _fitted(documents: Sequence[object], layout: str) -> bytes:
    texts = {
        "array": lambda: json.dumps(documents),
        "array, pretty": lambda: json.dumps(documents, indent=2),
        "arrays": lambda: json.dumps(documents[:2]) + "\n" + json.dumps(documents[2:], indent=1),
        "objects, pretty": lambda: "\n".join(json.dumps(each, indent=2) for each in documents),
        "array, a record a line": lambda: _listed(documents, "[\n", ",\n", "\n]\n"),
        "array, commas first": lambda: _listed(documents, "[", "\n, ", "\n]"),
        "array, closed in its last line": lambda: _listed(documents, "[", ",\n", "]\n"),
        "an export of X": lambda: _listed(documents, "window.YTD.a.part0 = [\n", ",\n", "\n]"),
        "a semicolon": lambda: f"window.YTD.a.part0 = {json.dumps(documents, indent=2)} ;\r\n\n",
        "an outbox": lambda: _listed(documents, '{"a": 1, "orderedItems": [\n', ",\n", "\n]}"),
    }
    return texts[layout]().encode()


@pytest.mark.parametrize(
    "layout",
    [
        *("array", "array, pretty", "arrays", "objects, pretty", "array, a record a line"),
        *("array, commas first", "array, closed in its last line", "an export of X"),
        *("a semicolon", "an outbox"),
    ],
)
def test_the_records_of_a_document_are_read_like_lines(layout: str, keep: Keep) -> None:
    records = [comment(1, "acme &amp; co"), comment(2), {"id": "x"}, comment(4, "globex")]
    as_lines = _sum(list(read(keep(lines(*records)), START, WANTED)))

    archive = keep(b"\xef\xbb\xbf \n" + _fitted(records, layout))
    found = list(read(archive, START, WANTED))

    assert _mentions(found) == as_lines[0]
    assert [bad.number for bad in _bad(found)] == [3]
    assert found[-1].after == Place(records=4)
    assert sum(portion.bytes for portion in found) == archive.size


@pytest.mark.parametrize(
    "first",
    [b"[INFO] begun", b"[1, 2]", b'[{"a": 1}]', b'{"a": [', b'{"a": "b', b"{", b'{"a":', b"7"],
)
def test_a_broken_first_line_makes_no_document_of_the_others(first: bytes, keep: Keep) -> None:
    text = lines(first, comment(1, "acme"), comment(2), comment(3, "globex"))

    found = list(read(keep(text), START, WANTED))

    assert _keys(found) == ["k1", "k3"]
    assert [bad.number for bad in _bad(found)] == [1]


def test_reading_a_document_goes_on_behind_any_portion(keep: Keep) -> None:
    records = [comment(number, "acme") for number in range(1_000)]
    archive = keep(zstd(json.dumps(records).encode()))
    whole = list(read(archive, START, WANTED))

    rest = list(read(archive, whole[1].after, WANTED))

    assert whole[1].after == Place(records=512)
    assert _keys(whole) == [f"k{number}" for number in range(1_000)]
    assert _sum(rest) == _sum(whole[2:])


@pytest.mark.parametrize("end", [b"", b"xx,{}]", b'{"id": 1'])
def test_a_document_that_is_broken_keeps_what_stands_before(end: bytes, keep: Keep) -> None:
    begun = json.dumps([comment(1, "acme"), comment(2, "acme")]).encode()[:-1] + b","

    found = list(read(keep(begun + end), START, WANTED))

    assert _keys(found) == ["k1", "k2"]
    assert "no JSON near byte" in (found[-1].damage or "")


def test_a_number_of_any_size_and_a_wrong_byte_break_no_document(keep: Keep) -> None:
    text = json.dumps([comment(1, "acme ?", score=10**30), comment(2, "acme", ups=1.5)])

    found = list(read(keep(text.encode().replace(b"?", b"\xff")), START, WANTED))

    assert [mention.text for mention in _mentions(found)] == ["acme \ufffd", "acme"]


def test_a_document_without_a_record_in_sight_is_given_up(keep: Keep) -> None:
    endless = bomb(40 << 20, b"a")
    begun = PACKED["gzip"](b'[{"id": "')

    found = list(read(keep(begun + endless), START, WANTED))

    assert "larger than 32 MiB" in (found[-1].damage or "")


TABLE = ArchiveSettings.model_validate(
    {"name": "survey", "platform": "survey", "id": "no", "text": "said", "posted_at": "when"}
)


def _table(rows: str, **changes: str) -> tuple[bytes, Wanted]:
    section = TABLE.model_copy(update=changes)
    encoding = changes.get("encoding", "utf-8")
    return rows.encode(encoding), replace(WANTED, shapes={"survey": section})


def test_rows_of_a_table_are_records(keep: Keep) -> None:
    data, wanted = _table(
        "no,when,said\r\n"
        '1,2026-01-01T00:00:00Z,"acme,\r\nsays ""hi"""\r\n'
        "2,2026-01-01T00:00:00Z,nothing\r\n\r\n"
        "3,2026-01-01T00:00:00Z,globex,too,many\r\n"
        "4,2026-01-01T00:00:00Z,globex"
    )

    found = list(read(keep(b"\xef\xbb\xbf" + data, "survey"), START, wanted))

    assert [mention.text for mention in _mentions(found)] == ['acme,\r\nsays "hi"', "globex"]
    assert [(bad.number, bad.reason) for bad in _bad(found)] == [
        (3, "5 cells in a table of 3 columns")
    ]
    assert found[-1].after == Place(records=4)


@pytest.mark.parametrize("end", ["", "\n"])
def test_quotation_marks_that_never_close_do_not_swallow_rows_unseen(end: str, keep: Keep) -> None:
    row = "{},2026-01-01T00:00:00Z,{}acme\n".format
    data, wanted = _table("no,when,said\n" + row(1, "") + row(2, '"') + row(3, "") + end)

    found = list(read(keep(data, "survey"), START, wanted))

    assert [mention.key for mention in _mentions(found)] == ["survey:1"]
    assert "quotation marks that open in the next row never close" in (found[-1].damage or "")


@pytest.mark.parametrize("encoding", ["utf-16", "cp1251"])
def test_a_table_is_read_in_its_encoding_and_gone_on_with(encoding: str, keep: Keep) -> None:
    rows = "".join(f"{n};2026-01-01T00:00:00Z;Билайн\n" for n in range(600))
    data, wanted = _table(f"no;when;said\n{rows}", encoding=encoding, delimiter=";")
    archive = keep(data, "survey")

    whole = list(read(archive, START, wanted))
    rest = list(read(archive, whole[0].after, wanted))

    assert len(_mentions(whole)) == 600
    assert _mentions(rest) == _mentions(whole)[256:]


def test_a_cell_without_end_costs_one_row_and_little_memory(keep: Keep) -> None:
    data, wanted = _table("no,when,said\n1,2026-01-01T00:00:00Z,acme\n2,2026-01-01T00:00:00Z,")
    endless = PACKED["gzip"](data) + bomb(20 << 20, b"a")

    found = list(read(keep(endless, "survey"), START, wanted))

    assert [mention.text for mention in _mentions(found)] == ["acme"]
    assert _bad(found)[0].number == 2
    assert "field larger than" in _bad(found)[0].reason


def test_real_dumps_come_out_alike_both_ways(shared: Path) -> None:
    brands = (Brand(name="Site", keywords=("reddit", "digg", "women")),)
    wanted = Wanted(brands=brands)

    for path in sorted((shared / "fixtures/reddit/dump").glob("*.zst")):
        archive = Archive(path=str(path), identity="1", size=path.stat().st_size, shape="reddit")
        fast = _sum(list(read(archive, START, wanted)))
        slow = _sum(list(read(archive, START, replace(wanted, is_sieved=False))))

        assert fast == slow
        assert len(fast[0]) > 10
        assert fast[1] == []


def test_standard_input_is_recognised_and_then_read_from_its_beginning() -> None:
    program = (
        "from connectors.archive.finding import find\n"
        "from connectors.archive.reading import read\n"
        "from connectors.archive.wanted import Wanted\n"
        "from monitor.model import Brand, Place\n"
        "from monitor.sections import Settings\n"
        "(archive,) = find(['-', '-'], None, Settings())\n"
        "wanted = Wanted(brands=(Brand(name='Acme', keywords=('acme',)),))\n"
        "(portion,) = read(archive, Place(), wanted)\n"
        "print(archive.identity, archive.shape, portion.read, len(portion.mentions))\n"
    )
    text = lines(*(comment(number, "acme" if number % 10 else "") for number in range(200)))

    found = subprocess.run(
        [sys.executable, "-c", program], input=zstd(text), capture_output=True, check=False
    )

    assert found.stdout.decode() == " reddit 200 180\n", found.stderr.decode()


@pytest.mark.parametrize("name", ["plain", "zstd"])
def test_reading_may_be_stopped_at_any_time(name: str, keep: Keep) -> None:
    portions = read(keep(PACKINGS[name](MANY * 3)), START, WANTED)
    assert isinstance(portions, Generator)
    first = next(portions)

    portions.close()

    assert not first.last
