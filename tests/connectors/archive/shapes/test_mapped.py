"""Files of any origin become mentions by the columns that the settings name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.archive.shapes.mapped import Mapped
from connectors.archive.shapes.shape import BadRecordError
from monitor.errors import ConfigError
from monitor.model import Author, Mention
from monitor.sections import ArchiveSettings
from tests.connectors.archive.shapes.samples import SHORT_SECTION

ROW: dict[str, Any] = {
    "number": 17,
    "title": "Acme",
    "body": "It is dead.",
    "when": "2024-05-01T10:00:00Z",
    "user": {"name": "@Jana", "id": 5, "shown": "Jana K."},
    "topic": "t9",
    "link": "https://forum.example/17",
    "lang": "en-GB",
}


def section(**changed: Any) -> ArchiveSettings:
    return ArchiveSettings.model_validate({**SHORT_SECTION, **changed})


def read(row: object, **changed: Any) -> Mention:
    (found,) = Mapped(section(**changed)).mentions(json.dumps(row).encode())
    return found


def test_columns_become_a_mention() -> None:
    found = read(
        ROW,
        author_id="user.id",
        author_name="user.shown",
        thread="topic",
        url="link",
        language="lang",
        reply_to="missing",
    )

    assert found.key == "forum:17"
    assert found.thread == "forum:t9"
    assert found.author == Author(id="5", handle="Jana", name="Jana K.")
    assert found.text == "Acme\n\nIt is dead."
    assert found.url == "https://forum.example/17"
    assert found.language_hint == "en"
    assert found.reply_to is None


def test_a_post_without_a_thread_stands_under_what_it_answers_or_by_itself() -> None:
    answer = read({**ROW, "parent": 3}, reply_to="parent")
    alone = read(ROW)

    assert answer.thread == answer.reply_to == "forum:3"
    assert alone.thread == alone.key


@pytest.mark.parametrize(
    ("spelled", "changed"),
    [
        pytest.param("2024-05-01T10:00:00Z", {}, id="RFC 3339"),
        pytest.param("2024-05-01T12:00:00+02:00", {}, id="another zone"),
        pytest.param("2024-05-01 10:00:00", {}, id="no zone is the section's"),
        pytest.param(
            "2024-05-01 12:00", {"timezone": "Europe/Bratislava"}, id="summer in Bratislava"
        ),
        pytest.param(1_714_557_600, {}, id="seconds"),
        pytest.param("1714557600", {}, id="seconds as a text"),
        pytest.param(1_714_557_600.0, {}, id="seconds as a fraction"),
        pytest.param(1_714_557_600_000, {}, id="milliseconds"),
        pytest.param("1714557600000000", {}, id="microseconds"),
        pytest.param("01/05/2024 10h", {"time_format": "%d/%m/%Y %Hh"}, id="its own spelling"),
        pytest.param(
            "Wed May 01 10:00:00 +0000 2024",
            {"time_format": "%a %b %d %H:%M:%S %z %Y", "timezone": "Asia/Tokyo"},
            id="its own spelling with a zone",
        ),
        pytest.param(20240501, {"time_format": "%Y%m%d", "timezone": "Etc/GMT+10"}, id="a number"),
    ],
)
def test_a_time_may_be_spelled_in_many_ways(spelled: object, changed: dict[str, str]) -> None:
    found = read({**ROW, "when": spelled}, **changed)

    assert found.posted_at.isoformat() == "2024-05-01T10:00:00+00:00"


def test_eight_digits_are_a_day() -> None:
    assert read({**ROW, "when": "20240501"}).posted_at.isoformat() == "2024-05-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"number": None}, "no number", id="no id"),
        pytest.param({"number": " "}, "no number", id="a blank id"),
        pytest.param({"when": "yesterday"}, "no time in when", id="no time"),
        pytest.param({"when": True}, "no time in when", id="an odd time"),
        pytest.param({"when": "9" * 40}, "no time in when", id="a time beyond all time"),
    ],
)
def test_a_row_without_what_is_needed_is_bad(changed: dict[str, object], reason: str) -> None:
    with pytest.raises(BadRecordError, match=reason):
        read({**ROW, **changed})


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_stands_in_a_column_a_row_is_read_or_bad(value: object) -> None:
    for column in ROW:
        try:
            found = read({**ROW, column: value}, url="link", language="lang", thread="topic")
        except BadRecordError:
            continue
        assert found.key.startswith("forum:")


def test_a_column_whose_name_has_dots_goes_first() -> None:
    found = read({**ROW, "user.name": "petra"})

    assert found.author == Author(id="petra", handle="petra")


def test_somebody_who_is_gone_is_nobody() -> None:
    assert read({**ROW, "user": {"name": "[deleted]"}}).author is None


def test_a_wrong_column_is_told_with_the_nearest_and_all_there_are() -> None:
    with pytest.raises(ConfigError) as refused:
        Mapped(section(text=["titel", "body"])).check("old/forum.ndjson", [ROW, ROW])

    assert str(refused.value) == (
        "archive.forum.text: no column 'titel' in forum.ndjson (did you mean 'title'?); its "
        "columns are number, title, body, when, user.name, user.id, user.shown, topic, link, lang"
    )


def test_a_column_that_not_every_post_needs_may_be_missing_where_records_differ() -> None:
    mapped = Mapped(section(reply_to="parent"))

    mapped.check("forum.ndjson", [ROW, {**ROW, "edited": True}])
    with pytest.raises(ConfigError, match=r"archive\.forum\.reply_to: no column 'parent'"):
        mapped.check("forum.csv", [ROW, ROW])


def test_one_of_several_texts_is_enough_to_be_recognised() -> None:
    mapped = Mapped(section())
    lacks = {name: {key: ROW[key] for key in ROW if key != name} for name in ("title", "when")}

    assert mapped.recognises(ROW)
    assert mapped.recognises(lacks["title"])
    assert not mapped.recognises(lacks["when"])


def test_an_empty_file_has_no_wrong_columns() -> None:
    Mapped(section()).check("forum.ndjson", [])
