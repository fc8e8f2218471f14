"""The shape of a file is known by its first records, or by its name."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.archive.shapes import known
from connectors.archive.wanted import Wanted
from monitor.errors import ConfigError
from monitor.model import Archive
from monitor.sections import ArchiveSettings

REDDIT = {"id": "c1", "created_utc": 1, "body": "x", "author": "jana"}
EVENT = {"did": "did:plc:a", "time_us": 1, "kind": "commit"}
TABLE = {"number": "1", "words": "x", "when": "2024-05-01"}


def section(name: str = "forum", **changed: Any) -> ArchiveSettings:
    given = {
        "name": name,
        "platform": "forum",
        "id": "number",
        "text": "words",
        "posted_at": "when",
        **changed,
    }
    return ArchiveSettings.model_validate(given)


@pytest.mark.parametrize(
    ("record", "name"),
    [
        pytest.param(REDDIT, "reddit", id="a comment"),
        pytest.param(
            {"id": "s", "created_utc": "1", "title": "x", "subreddit": "a"}, "reddit", id="a title"
        ),
        pytest.param({"kind": "t1", "data": REDDIT}, "reddit", id="a comment of the API"),
        pytest.param(EVENT, "jetstream", id="an event"),
        pytest.param(
            {"key": "x:1", "platform": "x", "thread": "x:1", "text": "", "posted_at": "…"},
            "mentiondesk",
            id="an exported post",
        ),
        pytest.param({"data": [{"id": "1", "text": "x", "author_id": "2"}]}, "x", id="a page of X"),
        pytest.param({"id": "1", "text": "x", "author_id": "2"}, "x", id="a post of X"),
        pytest.param({"meta": {"result_count": 0}}, "x", id="a page of X without a post"),
        pytest.param({"tweet": {"id_str": "1", "full_text": "x"}}, "x-archive", id="an archive"),
        pytest.param({"type": "Create", "actor": "https://a.example/u"}, "mastodon", id="outbox"),
        pytest.param({"hello": 1}, None, id="something else"),
    ],
)
def test_a_shape_is_known_by_a_record(record: dict[str, Any], name: str | None) -> None:
    assert known.recognise("file", [record], {}) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        pytest.param("bluesky/jetstream_v1.ndjson", "jetstream", id="a capture"),
        pytest.param("x/v2/noflat.jsonl", "x", id="a page of a hundred"),
        pytest.param("x/v2/streaming_output_with_error.jsonl", "x", id="a stream"),
        pytest.param("reddit/edge_things.ndjson", "reddit", id="things of the API"),
    ],
)
def test_recorded_files_are_known(shared: Path, path: str, name: str) -> None:
    lines = (shared / "fixtures" / path).read_bytes().split(b"\n")[:5]

    records = [json.loads(line) for line in lines if line.strip()]

    assert known.recognise(path, records, {}) == name


def test_the_shape_of_most_records_counts() -> None:
    assert known.recognise("file", [EVENT, REDDIT, REDDIT], {}) == "reddit"


def test_a_section_that_names_such_files_goes_first_packed_or_not() -> None:
    sections = {"forum": section(files=["forum-*.csv"])}

    found = {
        path: known.recognise(path, [REDDIT], sections)
        for path in ("a/forum-1.csv", "forum-2.csv.gz", "other.csv")
    }

    assert found == {"a/forum-1.csv": "forum", "forum-2.csv.gz": "forum", "other.csv": "reddit"}


def test_a_section_that_names_no_files_is_known_by_its_columns() -> None:
    sections = {"forum": section()}

    assert known.recognise("table.csv", [TABLE], sections) == "forum"
    assert known.recognise("table.csv", [REDDIT], sections) == "reddit"
    assert known.recognise("table.csv", [{"number": 1}], sections) is None


def test_a_table_is_of_a_section_whatever_its_columns_are_called() -> None:
    row = {**REDDIT, **TABLE}

    assert known.recognise("table.csv", [row], {"forum": section()}, is_table=True) == "forum"
    assert known.recognise("table.csv", [row], {}, is_table=True) is None


def test_a_section_for_other_files_is_not_taken_for_this_one() -> None:
    assert known.recognise("table.csv", [TABLE], {"forum": section(files="*.tsv")}) is None


def test_an_unknown_shape_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="--shape: unknown shape 'redit'; did you mean 'reddit'"):
        known.check("redit", {})


def test_a_section_may_be_named_as_a_shape() -> None:
    sections = {"forum": section()}
    archive = Archive(path="a.csv", identity="1", size=1, shape="forum")

    shape = known.shape_of(archive, Wanted(brands=(), shapes=sections))

    assert known.check("forum", sections) == shape.name == "forum"
    assert shape.platform == "forum"


@pytest.mark.parametrize("name", known.names({}))
def test_every_shape_is_made_for_an_archive(name: str) -> None:
    archive = Archive(path="a", identity="1", size=1, shape=name)

    shape = known.shape_of(archive, Wanted(brands=()))

    assert shape.name == name
    assert shape.fields


def test_wrong_columns_are_found_before_anything_is_read() -> None:
    with pytest.raises(ConfigError, match=r"archive\.forum\.id: no column 'number'"):
        known.check_columns("forum", "t.csv", [{"nr": 1}], {"forum": section()})
    known.check_columns("reddit", "t.csv", [{"nr": 1}], {"forum": section()})


def test_arrays_within_an_object_are_known_by_name() -> None:
    assert known.items() == ("orderedItems",)
