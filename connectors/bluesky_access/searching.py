"""What an account's server tells beside the stream: search, and who spoke to the account.

Search does not give everything that the stream does, and Bluesky's people ask not to poll it.
Source: lexicons app.bsky.feed.searchPosts, app.bsky.notification.listNotifications.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count

from connectors.bluesky_access.payloads import Payload, instant, items, own_handles, spelled
from connectors.bluesky_access.session import Session
from connectors.listing import reading as listing
from monitor.model import Brand, Mention

PAGE = 100  # posts in one answer
NOTIFIED = "notifications"  # what their windows are called
SEARCHED_AGAIN = timedelta(
    minutes=5
)  # what was posted a little before the newest may be found after it
MOST_SEARCHED = 25  # answers in a row, of which each leads to the next
_REASONS = ("mention", "reply", "quote")
_MOMENT = timedelta(milliseconds=1)  # as finely as search is told instants
_EVERYTHING = 1_000_000  # slices: search lists to the very first


class Search:
    """Asks in the account's name; `read` makes a mention of what is found."""

    def __init__(self, session: Session, read: Callable[[Payload], Mention | None]) -> None:
        self._session = session
        self._read = read

    def within(
        self, word: str, since: datetime, until: datetime, now: datetime | None
    ) -> tuple[tuple[Mention, ...], bool]:
        """Return the posts of [since, until) that search finds, and whether these are all.

        Search does not lead on for ever: after some answers it is asked anew for what is older.
        """
        found: dict[str, Mention] = {}
        upper, step = until, ""
        for number in count(1):
            body = self._within(word, since, upper, step, now)
            mentions = [each for each in map(self._read, items(body, "posts")) if each]
            found.update((each.key, each) for each in mentions)
            step = str(body.get("cursor") or "")
            oldest = min((each.posted_at for each in mentions), default=upper)
            if not step or oldest < since:
                break
            if number % MOST_SEARCHED == 0:
                if oldest + _MOMENT >= upper:
                    return _only(found, since, until), False
                upper, step = oldest + _MOMENT, ""
        return _only(found, since, until), True

    def _within(
        self, word: str, since: datetime, until: datetime, cursor: str, now: datetime | None
    ) -> Payload:
        params = [
            ("q", word),
            ("sort", "latest"),
            ("since", spelled(since)),
            ("until", spelled(until + _MOMENT)),
            ("limit", str(PAGE)),
        ]
        params += [("cursor", cursor)] if cursor else []
        return self._session.get("app.bsky.feed.searchPosts", params, now).body

    def streams(self, words: Sequence[str], since: datetime, now: datetime) -> list[listing.Stream]:
        """Return what is asked while the stream is down: who spoke to us, and each word.

        Nothing before `since` is wanted.
        """
        return [self._notifications(since, now), *(self._searches(word, now) for word in words)]

    def _notifications(self, since: datetime, now: datetime) -> listing.Stream:
        def fetch(after: str) -> listing.Slice:
            params = [("limit", str(PAGE)), *(("reasons", each) for each in _REASONS)]
            params += [("cursor", after)] if after else []
            body = self._session.get("app.bsky.notification.listNotifications", params, now).body
            told = items(body, "notifications")
            wanted = [each for each in told if each.get("reason") in _REASONS]
            seen_at = instant(told[-1].get("indexedAt")) if told else None
            is_old = seen_at is not None and seen_at < since  # whatever else was told of
            return self._slice(wanted, told, None if is_old else body.get("cursor"))

        return _stream(NOTIFIED, fetch)

    def _searches(self, word: str, now: datetime) -> listing.Stream:
        def fetch(after: str) -> listing.Slice:
            params = [("q", word), ("sort", "latest"), ("limit", str(PAGE))]
            params += [("cursor", after)] if after else []
            body = self._session.get("app.bsky.feed.searchPosts", params, now).body
            found = items(body, "posts")
            return self._slice(found, found, body.get("cursor"))

        return _stream(name_of(word), fetch)

    def _slice(
        self, wanted: Sequence[Payload], told: Sequence[Payload], step: object
    ) -> listing.Slice:
        found = map(self._read, wanted)
        return listing.Slice(
            mentions=tuple(each for each in found if each is not None),
            names=tuple(str(each.get("uri")) for each in told),
            after=step if isinstance(step, str) and step and told else None,
        )


def words_of(brands: Sequence[Brand]) -> tuple[str, ...]:
    """Return what search is asked for, for each keyword and own account of `brands` once."""
    words = [word for brand in brands for word in brand.keywords]
    return tuple(dict.fromkeys(filter(None, map(_word, (*words, *own_handles(brands))))))


def name_of(word: str) -> str:
    """Return what the windows of a search are called."""
    return f"search {word}"


def _word(keyword: str) -> str:
    bare = " ".join(keyword.replace('"', " ").split()).lstrip("@#")
    return f'"{bare}"' if " " in bare else bare


def _stream(name: str, fetch: Callable[[str], listing.Slice]) -> listing.Stream:
    def led_on(after: str | None) -> listing.Slice:
        if after is not None and after.startswith("at://"):
            return listing.Slice(mentions=(), names=(), after=None)  # only cursors lead on
        return fetch(after or "")

    return listing.Stream(
        name=name, query=name, overlap=SEARCHED_AGAIN, slices_end=_EVERYTHING, fetch=led_on
    )


def _only(found: Mapping[str, Mention], since: datetime, until: datetime) -> tuple[Mention, ...]:
    wanted = (each for each in found.values() if since <= each.posted_at < until)
    return tuple(sorted(wanted, key=lambda each: (each.posted_at, each.key)))
