"""The settings that are shown as an example read a file of the columns that they name."""

from pathlib import Path

import pytest

from connectors.archive.shapes.mapped import Mapped
from monitor.sections import ArchiveSettings
from monitor.settings import load

EXAMPLE = Path(__file__).resolve().parents[4] / "docs/mentiondesk.example.toml"
ROW = (
    b'{"post_id": "17", "title": "Acme", "body": "is dead", "created": "06.03.2026 17:00", '
    b'"user": "@jana", "user_id": "5", "shown_name": "Jana", "topic_id": "1", "parent_id": "16", '
    b'"link": "https://forum.example/17", "board": "phones", "lang": "sk"}'
)


@pytest.fixture
def example(tmp_path: Path) -> ArchiveSettings:
    text = EXAMPLE.read_text(encoding="utf-8")
    kept, begins, commented = text.partition("# [[archive]]\n")
    assert begins
    section = "".join(line.removeprefix("# ") for line in commented.splitlines(keepends=True))
    path = tmp_path / "mentiondesk.toml"
    path.write_text(f"{kept}[[archive]]\n{section}", encoding="utf-8")
    return load(path, {}).archive[0]


def test_every_key_of_the_example_is_understood(example: ArchiveSettings) -> None:
    assert example.model_fields_set == set(ArchiveSettings.model_fields)


def test_the_example_reads_a_post(example: ArchiveSettings) -> None:
    (found,) = Mapped(example).mentions(ROW)

    assert found.key == "forum:17"
    assert found.posted_at.isoformat() == "2026-03-06T16:00:00+00:00"
    assert (found.thread, found.reply_to, found.place) == ("forum:1", "forum:16", "phones")
