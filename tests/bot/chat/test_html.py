"""Rich text as Bot API HTML, parsed again by the strict server's own parser."""

from datetime import UTC, datetime

from hypothesis import given

from bot.chat.html import html
from bot.chat.text import Style, Text, TimeForm, cut, entities, plain, post, time, units, words
from tests.bot.chat.test_text import few, rich_texts
from tests.servers.bot_api_html import parse

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


@few
@given(rich_texts)
def test_whatever_is_written_is_parsed_back_as_it_was(text: Text) -> None:
    fitting = cut(text)

    parsed, found = parse(html(fitting))

    assert parsed == plain(fitting).strip(" \n")
    assert len(found) <= entities(fitting)
    encoded = parsed.encode("utf-16-le")
    for entity in found:
        start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        encoded[start:end].decode("utf-16-le")  # no surrogate pair is split
        assert end <= units(parsed) * 2


def test_a_relative_time_ticks_in_the_readers_client() -> None:
    written = html(words("due ") + time(NOON, "14:30"))

    assert written == 'due <tg-time unix="1772798400" format="r">14:30</tg-time>'


def test_an_absolute_time_is_written_by_the_readers_client() -> None:
    written = html(time(NOON, "14:30", TimeForm.TIME, Style.BOLD))

    assert written == '<b><tg-time unix="1772798400" format="t">14:30</tg-time></b>'


def test_a_quoted_post_is_one_quote_whatever_is_highlighted_in_it() -> None:
    _, found = parse(html(post("it is broken again", Style.QUOTE) + words(" x", Style.QUOTE)))

    assert [entity["type"] for entity in found] == ["expandable_blockquote"]


def test_markup_in_a_post_stays_text() -> None:
    written = html(post('<b>&amp;</b> "quoted"'))

    assert parse(written) == ('<b>&amp;</b> "quoted"', ())
