"""What somebody types names archives, each once, and of a shape that is told by their records."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.archive.finding import find, identity
from monitor.errors import ConfigError
from monitor.model import Archive
from monitor.sections import Settings
from tests.connectors.archive.packed import PACKINGS

COMMENT = {"id": "k1", "body": "hello", "created_utc": 1, "author": "jana", "subreddit": "cars"}
LINE = json.dumps(COMMENT).encode() + b"\n"
NOTE = {"type": "Note", "id": "https://m.example/1", "content": "hello", "published": "2026-01-01"}
CREATE = {"type": "Create", "actor": "https://m.example/users/jana", "object": NOTE}
OUTBOX = {"type": "OrderedCollection", "orderedItems": [CREATE]}
SURVEY = {"name": "survey", "platform": "survey", "id": "no", "text": "said", "posted_at": "when"}
NONE = Settings()


def _settings(**changes: Any) -> Settings:
    return Settings.model_validate({"archive": [{**SURVEY, **changes}]})


def _shape(path: Path, data: bytes, settings: Settings = NONE) -> str:
    path.write_bytes(data)
    (archive,) = find([str(path)], None, settings)
    return archive.shape


@pytest.mark.parametrize("name", PACKINGS)
def test_a_shape_is_recognised_however_the_file_is_packed_and_named(
    name: str, tmp_path: Path
) -> None:
    assert _shape(tmp_path / "holiday.jpg", PACKINGS[name](LINE)) == "reddit"


@pytest.mark.parametrize(
    ("document", "shape"),
    [
        pytest.param(b"broken\n{\n" + LINE, "reddit", id="lines after bad ones"),
        pytest.param(b"\xef\xbb\xbf\n" + LINE, "reddit", id="a mark and an empty line"),
        pytest.param(json.dumps([COMMENT]).encode(), "reddit", id="an array"),
        pytest.param(json.dumps([COMMENT], indent=2).encode(), "reddit", id="a pretty array"),
        pytest.param(json.dumps(COMMENT, indent=2).encode(), "reddit", id="a pretty object"),
        pytest.param(json.dumps(OUTBOX).encode(), "mastodon", id="an outbox in a line"),
        pytest.param(json.dumps(OUTBOX, indent=1).encode(), "mastodon", id="a pretty outbox"),
        pytest.param(
            b'window.YTD.tweets.part0 = [ {"tweet": {"id_str": "1", "full_text": "a"}} ]',
            "x-archive",
            id="an archive of X",
        ),
        pytest.param(
            b'Grailbird.data.tweets_2016_05 =\n [ {\n  "id_str": "1", "text": "a"\n} ]',
            "x-archive",
            id="an archive of X until 2018",
        ),
    ],
)
def test_a_shape_is_recognised_in_any_layout(document: bytes, shape: str, tmp_path: Path) -> None:
    assert _shape(tmp_path / "archive", document) == shape


def test_recorded_archives_are_recognised(shared: Path) -> None:
    named = {
        "reddit/dump/RC_2005-12.zst": "reddit",
        "reddit/dump/RS_2019-10_askmen_sample.zst": "reddit",
        "reddit/edge_things.ndjson": "reddit",
        "bluesky/jetstream_v1.ndjson": "jetstream",
        "x/v2/noflat.jsonl": "x",
        "x/v2/edited.jsonl": "x",
    }

    found = find([str(shared / "fixtures" / path) for path in named], None, NONE)

    assert [archive.shape for archive in found] == list(named.values())


def test_a_table_is_known_by_its_columns_or_by_its_name(tmp_path: Path) -> None:
    rows = b"no;when;said\n1;2026-01-01;hello\n"

    assert _shape(tmp_path / "a.csv", rows, _settings(delimiter=";")) == "survey"
    assert _shape(tmp_path / "b.csv", rows, _settings(delimiter=";", files="*.csv")) == "survey"


def test_a_pattern_names_files_in_order_and_each_file_counts_once(tmp_path: Path) -> None:
    for name in ("c.gz", "a.gz", "b.gz"):
        (tmp_path / name).write_bytes(gzip.compress(name.encode() + b"\n" + LINE))
    (tmp_path / "folder.gz").mkdir()
    os.link(tmp_path / "a.gz", tmp_path / "other name")
    (tmp_path / "[b].gz").write_bytes(LINE)

    found = find(
        [str(tmp_path / name) for name in ("c.gz", "*.gz", "other name", "[b].gz")], None, NONE
    )

    names = [Path(archive.path).name for archive in found]
    assert names == ["c.gz", "[b].gz", "a.gz", "b.gz"]


def test_an_archive_is_known_again_under_another_name_until_it_changes(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(LINE * 2_000)
    (archive,) = find([str(path)], None, NONE)

    path.rename(other)

    assert archive == Archive(
        path=str(path), identity=identity(str(other)), size=2_000 * len(LINE), shape="reddit"
    )
    with other.open("ab") as file:
        file.write(LINE)
    assert identity(str(other)) != archive.identity


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("gone.zst", "gone.zst: no such file", id="missing"),
        pytest.param("*.zip", "*.zip: no file matches", id="a pattern of nothing"),
        pytest.param("emp*", "emp*: all that match are empty", id="a pattern of empty files"),
        pytest.param("folder", "folder: is a folder; name its files, such as", id="a folder"),
        pytest.param("pipe", "pipe: is no file; pipe it in, and name it '-'", id="a pipe"),
        pytest.param("empty", "empty: is empty; say --shape (reddit, ", id="empty"),
        pytest.param("text", "text: is of no shape that is known; say --shape", id="unknown"),
        pytest.param("cut.gz", "cut.gz: gzip: cut off after 10 bytes", id="broken at once"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("Dear diary,\n")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(LINE)[:10])

    with pytest.raises(ConfigError) as told:
        find([str(tmp_path / name)], None, NONE)

    assert str(told.value).startswith(f"{tmp_path}/{said}")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"PK\x03\x04...", "is a zip archive; unpack it", id="zip"),
        pytest.param(b"a.json".ljust(257, b"\0") + b"ustar\0", "is a tar archive", id="tar"),
        pytest.param(gzip.compress(PACKINGS["zstd"](LINE)), "is packed twice", id="packed twice"),
        pytest.param(b"PAR1" + LINE, "is a Parquet file", id="Parquet"),
        pytest.param(b":\xa2eroots\x81gversion\x01" + LINE, "is a CAR file", id="CAR"),
    ],
)
@pytest.mark.parametrize("shape", [None, "reddit"])
def test_what_is_no_text_of_posts_is_told(
    data: bytes, said: str, shape: str | None, tmp_path: Path
) -> None:
    (tmp_path / "archive").write_bytes(data)

    with pytest.raises(ConfigError, match=f"archive: {said}"):
        find([str(tmp_path / "archive")], shape, NONE)


def test_a_text_in_utf_16_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is UTF-16"):
        _shape(tmp_path / "archive", LINE.decode().encode("utf-16"))


def test_a_table_in_another_encoding_is_told(tmp_path: Path) -> None:
    rows = "no,when,said\r\n1,2026-01-01,hello\r\n"
    (tmp_path / "a.csv").write_bytes(rows.encode("utf-16"))

    with pytest.raises(ConfigError, match=r"it is not in utf-8, as archive\.survey\.encoding says"):
        find([str(tmp_path / "a.csv")], "survey", _settings())


def test_a_told_shape_takes_no_file_without_any_json(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("no,when,said\n1,2026-01-01,hello\n")

    with pytest.raises(ConfigError, match="no line at its beginning is of the shape reddit"):
        find([str(tmp_path / "a.csv")], "reddit", NONE)


def test_what_keeps_a_table_from_being_of_a_section_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        _shape(tmp_path / "a.csv", b"no,wen,said\n1,2026-01-01,hello\n", _settings())

    assert "archive.survey.posted_at: no column 'when' in a.csv (did you mean 'wen'?)" in str(
        told.value
    )


def test_a_shape_may_be_told_but_not_a_wrong_one(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    path.write_bytes(LINE)

    with pytest.raises(ConfigError, match=r"unknown shape .redit.*reddit"):
        find([str(path)], "redit", NONE)
    with pytest.raises(ConfigError, match="not of the shape jetstream; they look like reddit"):
        find([str(path)], "jetstream", NONE)
    assert find([str(path)], "reddit", NONE)[0].shape == "reddit"


def test_a_told_shape_takes_a_file_without_any_record_yet(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    path.touch()

    assert find([str(path)], "reddit", NONE)[0].size == 0


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("no,wen,said\n1,2026-01-01,hello\n")

    with pytest.raises(ConfigError, match="wen"):
        find([str(path)], "survey", _settings())


def test_an_encoding_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("no,when,said\n")

    with pytest.raises(ConfigError, match=r"archive\.survey\.encoding: unknown encoding"):
        find([str(path)], "survey", _settings(encoding="klingon"))


def test_a_pattern_leaves_out_empty_files(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").touch()
    (tmp_path / "b.ndjson").write_bytes(LINE)

    (archive,) = find([str(tmp_path / "*.ndjson")], None, NONE)

    assert archive.path == str(tmp_path / "b.ndjson")


@pytest.mark.parametrize("paths", [[], [""]])
def test_to_name_nothing_is_a_mistake(paths: list[str]) -> None:
    with pytest.raises(ConfigError, match="no file is named"):
        find(paths, None, NONE)


@pytest.mark.parametrize("name", ["x" * 5_000, "x" * 5_000 + "*"])
def test_a_name_that_is_too_long_is_told(name: str) -> None:
    with pytest.raises(ConfigError, match=r"File name too long|no file matches"):
        find([name], None, NONE)
