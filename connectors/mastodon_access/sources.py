"""What can be read of one server: hashtags, mentions, everything, searches, an own account."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from connectors.mastodon_access.climbing import Entry, Source
from connectors.mastodon_access.payloads import Status
from connectors.mastodon_access.server import Server
from monitor.model import Mention

SWEEP = timedelta(hours=24)  # Mastodon tries for hours to deliver to a server that is down
WRITTEN_WITHIN = timedelta(minutes=1)  # two posts written at once may be listed out of order


def hashtag(server: Server, tag: str, overlap: timedelta, now: datetime | None) -> Source:
    """Return the timeline of a hashtag, written without "#"."""
    ask = partial(server.api.hashtag, tag)
    made = _timeline(server, f"hashtag {server.place} {tag}", f"#{tag}", ask, overlap, now)
    return replace(made, sweep=SWEEP)


def mentions(server: Server, overlap: timedelta, now: datetime | None) -> Source:
    """Return the posts that mention the token's account."""
    ask = server.api.notified
    return _timeline(server, f"mentions {server.place}", "mentions", ask, overlap, now)


def public(server: Server, overlap: timedelta, now: datetime | None) -> Source:
    """Return all public posts that the server knows."""
    ask = server.api.public
    return _timeline(server, f"public {server.place}", "public", ask, overlap, now)


def search(server: Server, word: str, overlap: timedelta, now: datetime | None) -> Source:
    """Return what a search for a word or a phrase finds."""
    phrase = word if word.isalnum() else f'"{word}"'

    def fetch(*, min_id: str = "", max_id: str = "", offset: int = 0) -> list[Entry]:
        del min_id, max_id  # it knows no ids
        return server.entries(server.api.found(phrase, now, offset=offset), now)

    return Source(
        name=f"search {server.place} {sha256(word.encode()).hexdigest()[:16]}",
        query=f"search {word} at {server.name}",
        overlap=overlap,
        fetch=fetch,
        searches=True,
    )


def own_replies(server: Server, name: str, overlap: timedelta, now: datetime | None) -> Source:
    """Return what an own account answered.

    On its own server its posts get their ids as they are written; on another, they arrive late.
    """

    def ask(now: datetime | None, **bounds: str) -> list[Status]:
        acct = name.removesuffix(f"@{server.home(now).domain.casefold()}")
        return server.api.written_by(server.account_id(acct, now), now, **bounds)

    at_home = "@" not in name or name.partition("@")[2] in server.hosts
    made = _timeline(
        server,
        f"own {server.place} {name}",
        f"own {name}",
        ask,
        min(WRITTEN_WITHIN, overlap) if at_home else overlap,
        now,
    )

    def fetch(*, min_id: str = "", max_id: str = "", offset: int = 0) -> list[Entry]:
        found = made.fetch(min_id=min_id, max_id=max_id, offset=offset)
        return [replace(each, mention=partial(_if_reply, each)) for each in found]

    return replace(made, fetch=fetch, sweep=timedelta() if at_home else SWEEP)


def _timeline(
    server: Server,
    name: str,
    query: str,
    ask: Callable[..., list[Status]],
    overlap: timedelta,
    now: datetime | None,
) -> Source:
    def fetch(*, min_id: str = "", max_id: str = "", offset: int = 0) -> list[Entry]:
        del offset  # it is read by ids
        bounds = {"min_id": min_id, "max_id": max_id}
        given = {bound: each for bound, each in bounds.items() if each}
        return server.entries(ask(now=now, **given), now)

    return Source(name=name, query=f"{query} at {server.name}", overlap=overlap, fetch=fetch)


def _if_reply(entry: Entry) -> Mention | None:
    found = entry.mention()
    return found if found is not None and found.reply_to else None
