"""Feeds on loopback: RSS 2.0 and Atom, with the habits that lose posts and the traps of bad ones.

A feed shows its newest entries only, knows its own tags and dates, and forgets what falls out.
Start it on its own with `python -m tests.servers.rss --port 0`; posting makes a feed.
"""

import gzip
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from tests.servers import loopback
from tests.servers.loopback import Answer, Asked, LoopbackServer

CONTROLS = frozenset({"post", "reply", "edit", "delete", "list_now", "serve_bytes", "state"})


@dataclass(slots=True)
class Entry:
    """One entry as its feed writes it; None leaves an element out."""

    name: str
    title: str | None
    text: str
    author: str | None
    at: float | None
    guid: str | None
    link: str | None
    answers: str | None = None
    edited_at: float | None = None
    listed: bool = True
    written_date: str | None = None  # in place of the right one

    @property
    def said(self) -> str:
        """What tells it from all others: its guid and link, or all it says."""
        if self.guid:
            return f"{self.guid}\n{self.link or self.title or ''}"
        at = datetime.fromtimestamp(self.at, UTC) if self.at is not None else None
        return "\n".join((self.link or "", self.title or "", f"{at:%Y%m%d%H%M%S}" if at else ""))


@dataclass(slots=True)
class Served:
    """What a path answers with instead of a feed of ours."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class RssServer(LoopbackServer):
    """Feeds at `/NAME.xml` (RSS) and `/NAME.atom`."""

    controls = CONTROLS

    def __init__(self, port: int = 0, *, log: Path | None = None) -> None:
        super().__init__(port, log=log)
        self.page_most = 50  # entries a feed shows
        self.conditional = True  # tags and 304
        self.packed = False  # gzip
        self.shuffle = False  # entries in no order
        self.feeds: dict[str, list[Entry]] = {}
        self._served: dict[str, Served] = {}
        self._numbers = 0
        self._random = Random(5)

    # What happens in the feeds

    def post(
        self,
        text: str,
        author: str | None = "customer",
        at: float | None = None,
        *,
        feed: str = "reviews",
        title: str | None = None,
        guid: str | None = "",
        link: str | None = "",
        dated: bool = True,
        listed: bool = True,
        written_date: str | None = None,
        answers: str | None = None,
    ) -> str:
        """Post an entry, at `at` in epoch seconds or now; return its guid, or its name."""
        with self.guard:
            self._numbers += 1
            name = f"n{self._numbers}"
            seconds = at if at is not None else time.time()  # noqa: TID251  # its own clock
            entry = Entry(
                name=name,
                title=title,
                text=text,
                author=author,
                at=seconds if dated else None,
                guid=f"tag:{feed},{name}" if guid == "" else guid,
                link=f"{self.url}/{feed}/{name}" if link == "" else link,
                answers=answers,
                listed=listed,
                written_date=written_date,
            )
            self.feeds.setdefault(feed, []).append(entry)
            return entry.guid or name

    def reply(self, to: str, text: str, author: str | None = "customer", **extra: object) -> str:
        """Post an entry that answers another one, as Atom feeds of comments tell."""
        return self.post(text, author, answers=to, **extra)  # type: ignore[arg-type]

    def edit(self, name: str, text: str, at: float | None = None) -> None:
        """Change an entry's text."""
        with self.guard:
            found = self._found(name)
            found.text = text
            found.edited_at = at

    def delete(self, name: str) -> None:
        """Take an entry out of its feed."""
        with self.guard:
            for entries in self.feeds.values():
                entries[:] = [each for each in entries if name not in (each.guid, each.name)]

    def list_now(self, name: str) -> None:
        """Let an entry that was made with `listed=False` appear."""
        self._found(name).listed = True

    def serve_bytes(self, path: str, body: bytes | str, headers: dict[str, str]) -> None:
        """Answer `path` with these bytes from now on."""
        content = body.encode() if isinstance(body, str) else body
        self._served[path] = Served(content, headers)

    def state(self) -> dict[str, object]:
        """Return the guids of all entries, by feed, and the number of requests."""
        with self.guard:
            feeds = {name: [each.guid for each in all_] for name, all_ in self.feeds.items()}
            return {"feeds": feeds, "requests": len(self.requests)}

    # How it answers

    def answered(self, asked: Asked) -> Answer:
        """Return the feed as it stands."""
        if (served := self._served.get(asked.path)) is not None:
            return Answer(200, served.body, {"content-type": "application/xml", **served.headers})
        name, _, kind = asked.path.strip("/").partition(".")
        if name not in self.feeds or kind not in ("xml", "atom"):
            return Answer(404, "<html>nothing here</html>", {"content-type": "text/html"})
        shown = self._shown(name)
        body = (_rss if kind == "xml" else _atom)(name, shown, self.url).encode()
        return self._conditional(asked, body, self._keys(asked.path, shown))

    def _keys(self, path: str, entries: list[Entry]) -> tuple[str, ...]:
        """Return by which keys a desk knows these entries when it first sees them."""
        scope = _short(f"{self.url}{path}", 10)
        return tuple(f"rss:{scope}:{_short(each.said, 20)}" for each in entries)

    def _shown(self, name: str) -> list[Entry]:
        listed = [each for each in self.feeds[name] if each.listed]
        newest = sorted(listed, key=lambda each: (each.at or 0, len(each.name), each.name))
        shown = newest[::-1][: self.page_most]
        if self.shuffle:
            self._random.shuffle(shown)
        return shown

    def _conditional(self, asked: Asked, body: bytes, shows: tuple[str, ...]) -> Answer:
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        headers = {"content-type": "application/xml"}
        if self.conditional:
            headers["etag"] = tag
            if asked.headers.get("if-none-match") == tag:
                return Answer(304, "", headers)
        if self.packed:
            return Answer(200, gzip.compress(body), {**headers, "content-encoding": "gzip"}, shows)
        return Answer(200, body, headers, shows)

    def _found(self, name: str) -> Entry:
        every = (each for entries in self.feeds.values() for each in entries)
        return next(each for each in every if name in (each.guid, each.name))


def _rss(name: str, entries: list[Entry], url: str) -> str:
    items = "".join(f"<item>{_rss_item(each)}</item>" for each in entries)
    space = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    head = f"<title>{escape(name)}</title><link>{url}/{name}</link><description/>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {space}>'
        f"<channel>{head}{items}</channel></rss>"
    )


def _rss_item(entry: Entry) -> str:
    at = entry.edited_at or entry.at
    date = format_datetime(datetime.fromtimestamp(at, UTC)) if at is not None else None
    parts = {
        "title": entry.title,
        "link": entry.link,
        "description": entry.text,
        "dc:creator": entry.author,
        "pubDate": entry.written_date or date,
    }
    guid = f'<guid isPermaLink="false">{escape(entry.guid)}</guid>' if entry.guid else ""
    return guid + "".join(
        f"<{tag}>{escape(value)}</{tag}>" for tag, value in parts.items() if value is not None
    )


def _atom(name: str, entries: list[Entry], url: str) -> str:
    items = "".join(f"<entry>{_atom_entry(each)}</entry>" for each in entries)
    space = 'xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"'
    head = f'<title>{escape(name)}</title><link href="{url}/{name}"/><id>{url}/{name}</id>'
    return f'<?xml version="1.0" encoding="UTF-8"?><feed {space}>{head}{items}</feed>'


def _atom_entry(entry: Entry) -> str:
    published = entry.written_date or _iso(entry.at)
    updated = _iso(entry.edited_at) or published
    parts = {"title": entry.title, "id": entry.guid, "published": published, "updated": updated}
    written = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in parts.items() if text)
    if entry.link:
        written += f'<link rel="alternate" href="{escape(entry.link)}"/>'
    if entry.author:
        written += f"<author><name>{escape(entry.author)}</name></author>"
    if entry.answers:
        written += f'<thr:in-reply-to ref="{escape(entry.answers)}"/>'
    return written + f'<content type="html">{escape(entry.text)}</content>'


def _short(text: str, length: int) -> str:
    return sha256(text.encode()).hexdigest()[:length]


def _iso(at: float | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat() if at is not None else None


def main() -> None:
    """Serve until stopped; print the address first."""
    arguments = loopback.arguments("Feeds on loopback, for tests.").parse_args()
    loopback.serve(RssServer(arguments.port, log=arguments.log))


if __name__ == "__main__":
    main()
