"""What is read of X's listings, and what is left for the next poll."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connectors.x_access.payloads import Batch
from connectors.x_access.reading import Bounds, Marks, Stream, cursor_at, live_pages
from monitor.errors import UnavailableError
from monitor.model import Mention

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Listing:
    """Posts by minutes past noon, newest first, two in an answer; the second one may fail."""

    posts: list[int] = field(default_factory=list)
    fails: bool = False

    def fetch(self, bounds: Bounds, token: str | None) -> Batch:
        if self.fails and token is not None:
            raise UnavailableError("x", "down")
        start = int(token or 0)
        inside = [each for each in sorted(self.posts, reverse=True) if _within(each, bounds)]
        part = inside[start : start + 2]
        more = str(start + 2) if len(inside) > start + 2 else None
        return Batch(mentions=tuple(map(_post, part)), ids=tuple(map(str, part)), token=more)


def _within(minute: int, bounds: Bounds) -> bool:
    at = NOON + minute * MINUTE
    after = bounds.since_id is None or minute > int(bounds.since_id)
    return after and (bounds.since or at) <= at and (bounds.until is None or at < bounds.until)


def _post(minute: int) -> Mention:
    return Mention(
        key=f"x:{minute}",
        platform="x",
        thread=f"x:{minute}",
        author=None,
        text="acme",
        url="",
        posted_at=NOON + minute * MINUTE,
    )


def poll(listing: Listing, marks: Marks, minute: int, most: int = 20) -> tuple[set[str], Marks]:
    stream = Stream(
        name="search acme", query="search acme", overlap=15 * MINUTE, fetch=listing.fetch
    )
    told = list(live_pages(stream, marks, NOON + minute * MINUTE, most))
    return set(_keys(page.mentions for page, _, _ in told)), told[-1][1]


def _keys(pages: Iterable[Iterable[Mention]]) -> Iterable[str]:
    return (each.key for page in pages for each in page)


def test_a_post_listed_late_is_found_though_the_polls_before_failed_half_way() -> None:
    listing = Listing(posts=[1, 2, 3, 4])
    stream = Stream(name="search acme", query="", overlap=15 * MINUTE, fetch=listing.fetch)
    marks = Marks.of(cursor_at(NOON)).over([stream])
    _, marks = poll(listing, marks, 5)
    listing.posts += [0, 12, 13, 14]
    listing.fails = True
    _, marks = poll(listing, marks, 15)
    listing.posts += [28, 29, 30]
    _, marks = poll(listing, marks, 31)
    listing.fails = False

    found, _ = poll(listing, marks, 32)

    assert "x:0" in found
    assert {f"x:{each}" for each in (12, 28)} <= found


def test_a_post_listed_late_is_found_though_more_was_new_than_a_poll_reads() -> None:
    listing = Listing(posts=[1, 2, 3, 4])
    stream = Stream(name="search acme", query="", overlap=15 * MINUTE, fetch=listing.fetch)
    marks = Marks.of(cursor_at(NOON)).over([stream])
    _, marks = poll(listing, marks, 5)
    listing.posts += [0, *range(20, 30)]

    found: set[str] = set()
    for minute in range(31, 37):
        part, marks = poll(listing, marks, minute, most=3)
        found |= part

    assert "x:0" in found
    assert {f"x:{each}" for each in range(20, 30)} <= found
