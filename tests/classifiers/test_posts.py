"""Labelled posts in files: read whole, or refused in one line that names the place."""

import gzip
import json
from pathlib import Path

import pytest

from classifiers import posts
from monitor.errors import ConfigError

ROW = {"text": "x", "lang": "sk", "labels": {"complaint": 1, "request": None}}


def written(folder: Path, *rows: object) -> Path:
    file = folder / "posts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_what_a_line_does_not_say_has_a_plain_default(tmp_path: Path) -> None:
    (found,) = posts.read([written(tmp_path, ROW)])

    assert (found.text, found.language, found.gold, found.tag) == ("x", "sk", "hand", "")
    assert found.labels == {"complaint": 1, "request": None}
    assert (found.urgency, found.topic, found.train_ok) == (None, None, False)


def test_blank_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl.gz"
    with gzip.open(file, "wt") as lines:
        lines.write('\n{"text": 1, "lang": "en", "labels": {}}\n')

    with pytest.raises(ConfigError, match=r"posts\.jsonl\.gz: line 2: no labelled post"):
        list(posts.read([file]))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param([], id="a list"),
        pytest.param(7, id="a number"),
        pytest.param(None, id="null"),
        pytest.param({**ROW, "text": None}, id="no text"),
        pytest.param({**ROW, "labels": {"complaint": 2}}, id="a label of two"),
        pytest.param({**ROW, "labels": [1]}, id="labels without names"),
        pytest.param({"text": "x", "labels": {}}, id="no language"),
    ],
)
def test_a_line_that_is_no_post_is_named(tmp_path: Path, row: object) -> None:
    with pytest.raises(ConfigError, match=r"posts\.jsonl: line 1: no labelled post"):
        list(posts.read([written(tmp_path, row)]))


@pytest.mark.parametrize("name", ["none.jsonl", "torn.jsonl.gz"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}' * 99)[:40])

    with pytest.raises(ConfigError, match=name):
        list(posts.read([tmp_path / name]))
