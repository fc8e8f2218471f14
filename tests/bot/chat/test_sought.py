"""Filters among the words of a search in a chat."""

from zoneinfo import ZoneInfo

import pytest

from bot.chat.sought import Sought, sought
from monitor.store.searching import Filters
from tests.builders import NOON, at, minutes

ZONE = ZoneInfo("Europe/Bratislava")


@pytest.mark.parametrize(
    ("asked", "words", "filters"),
    [
        pytest.param("lost parcel", "lost parcel", Filters(), id="words alone"),
        pytest.param(
            "lost platform:Reddit author:@dora label:complaint",
            "lost",
            Filters(platform="reddit", author="@dora", label="complaint"),
            id="filters",
        ),
        pytest.param('brand:"acme air" lost', "lost", Filters(brand="Acme Air"), id="a brand"),
        pytest.param("until:2026-03-06", "", Filters(until=at("2026-03-05 23:00")), id="a date"),
        pytest.param("since:5m", "", Filters(since=NOON - minutes(5)), id="so long ago"),
        pytest.param("since:soon label:odd", "since:soon label:odd", Filters(), id="no filters"),
        pytest.param(
            "http://x.example re:platform:x",
            "http://x.example re:platform:x",
            Filters(),
            id="inside words",
        ),
        pytest.param("since:0001-01-01", "since:0001-01-01", Filters(), id="no moment of ours"),
    ],
)
def test_filters_are_told_from_words(asked: str, words: str, filters: Filters) -> None:
    assert sought(asked, ["Acme Air"], ZONE, NOON) == Sought(words=words, filters=filters)
