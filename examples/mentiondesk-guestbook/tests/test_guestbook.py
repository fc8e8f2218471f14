"""The guestbook over real HTTP on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import mentiondesk_guestbook
import pytest
from guestbook_server import Guestbook
from mentiondesk_guestbook import GuestbookConnector, Options

from monitor.errors import AuthError, ConnectorError, RateLimitError, UnavailableError
from monitor.model import Watch

NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def book() -> Iterator[Guestbook]:
    with Guestbook() as book:
        yield book


def opened(book: Guestbook) -> GuestbookConnector:
    return mentiondesk_guestbook.connect(Options(base_url=book.url), Watch(brands=()))


def test_many_entries_are_read_page_by_page_and_any_page_is_a_place_to_go_on(
    book: Guestbook,
) -> None:
    for number in range(50):
        book.write("Jana", f"entry {number}", NOW - timedelta(minutes=50 - number))
    connector = opened(book)

    pages = list(connector.pages(connector.cursor_at(NOW - HOUR), NOW))
    rest = list(connector.pages(pages[1].cursor, NOW))

    found = [each.text for page in pages for each in page.mentions]
    assert found == [f"entry {number}" for number in range(50)]
    assert {each.text for page in rest for each in page.mentions} >= set(found[40:])
    assert pages[-1].window is not None
    assert pages[-1].window.until == NOW


def test_an_entry_that_was_hidden_leaves_a_tombstone(book: Guestbook) -> None:
    number = book.write("Jana", "acme", NOW - HOUR)
    book.hide(number)

    (found,) = opened(book).recheck([f"guestbook:{number}"], NOW)

    assert found.deleted
    assert found.text == ""


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b"{}", AuthError),
        (429, b"{}", RateLimitError),
        (500, b"{}", UnavailableError),
        (200, b"<html>", UnavailableError),
        (200, b"[]", UnavailableError),
    ],
)
def test_what_goes_wrong_is_named_in_the_desks_words(
    book: Guestbook, status: int, body: bytes, error: type[ConnectorError]
) -> None:
    book.status, book.body = status, body
    connector = opened(book)

    with pytest.raises(error) as caught:
        list(connector.pages(connector.cursor_at(NOW - HOUR), NOW))

    assert str(caught.value).startswith("guestbook: ")
    if isinstance(caught.value, RateLimitError):
        assert caught.value.retry_at == NOW + timedelta(seconds=90)
