"""A Hacker News search on loopback: hits by date, items with what is below them, and its habits.

A search never gives more than 1,000 hits, pages and all; posts appear in it late; a deleted post
leaves the search, and stands in its parent's item without author and text.
Start it on its own with `python -m tests.servers.hackernews --port 0`.
"""

import re
import time
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from random import Random
from typing import Any

from tests.servers import loopback
from tests.servers.loopback import Answer, Asked, LoopbackServer

CONTROLS = frozenset({"post", "reply", "edit", "delete", "list_now", "state"})
BASE = "/api/v1"

Item = dict[str, Any]


class HackerNewsServer(LoopbackServer):
    """A running search; `base_url` is its address as the settings take it."""

    controls = CONTROLS

    def __init__(self, port: int = 0, *, log: Path | None = None) -> None:
        super().__init__(port, log=log)
        self.most_hits = 1000  # of one search, all pages together
        self.page_most = 1000  # hits in one answer, whatever is asked for
        self.shuffle = False  # hits in no order, some of them twice
        self.miscount = 0  # hits that are counted and not there
        self.unsaid: set[str] = set()  # names that an answer leaves out
        self.items: dict[str, Item] = {}
        self._unlisted: set[str] = set()
        self._deleted: set[str] = set()
        self._numbers = 40_000_000
        self._random = Random(5)

    @property
    def base_url(self) -> str:
        """Return what stands before `search_by_date`."""
        return self.url + BASE

    # What happens on Hacker News

    def post(
        self,
        text: str,
        author: str = "customer",
        at: float | None = None,
        *,
        title: str = "",
        url: str | None = None,
        listed: bool = True,
    ) -> str:
        """Post a story, at `at` in epoch seconds or now; return its id."""
        given = {"title": title or text[:80], "url": url, "text": _markup(text) if title else None}
        return self._keep({"type": "story", "author": author, **given}, at, None, listed=listed)

    def reply(
        self,
        to: str,
        text: str,
        author: str = "customer",
        at: float | None = None,
        *,
        listed: bool = True,
    ) -> str:
        """Post a comment under a story or a comment; return its id."""
        given = {"type": "comment", "author": author, "text": _markup(text)}
        return self._keep(given, at, to, listed=listed)

    def edit(self, name: str, text: str) -> None:
        """Change a post's text, as its author may for two hours."""
        with self.guard:
            self.items[name]["text"] = _markup(text)

    def delete(self, name: str) -> None:
        """Delete a post: only what is below it keeps its place."""
        with self.guard:
            self._deleted.add(name)

    def list_now(self, name: str) -> None:
        """Let a post that was made with `listed=False` appear."""
        self._unlisted.discard(name)

    def state(self) -> dict[str, object]:
        """Return the ids of all posts and the number of requests."""
        with self.guard:
            return {"items": sorted(self.items), "requests": len(self.requests)}

    # How it answers

    def answered(self, asked: Asked) -> Answer:
        """Return what the search answers."""
        if asked.path == f"{BASE}/search_by_date":
            return self._search(asked)
        if match := re.fullmatch(rf"{BASE}/items/(\w+)", asked.path):
            return self._item(match[1])
        return Answer(404, {"status": 404, "error": "Not Found"})

    def _search(self, asked: Asked) -> Answer:
        found = [each for each in self.items.values() if self._fits(each, asked)]
        found.sort(key=lambda each: (each["created_at_i"], each["objectID"]), reverse=True)
        room = min(int(asked.params.get("hitsPerPage", 20)), self.page_most)
        page = int(asked.params.get("page", 0))
        hits = found[: self.most_hits][page * room : (page + 1) * room]
        if self.shuffle:
            self._random.shuffle(hits)
        body = {
            "hits": hits,
            "nbHits": len(found) + self.miscount,
            "page": page,
            "nbPages": -(-min(len(found), self.most_hits) // room),
            "hitsPerPage": room,
            "exhaustiveNbHits": len(found) < 1000 and not self.miscount,
        }
        body = {name: value for name, value in body.items() if name not in self.unsaid}
        return Answer(200, body, shows=tuple(f"hackernews:{each['objectID']}" for each in hits))

    def _fits(self, item: Item, asked: Asked) -> bool:
        name = item["objectID"]
        if name in self._unlisted | self._deleted or not _tagged(item, asked.params.get("tags")):
            return False
        return _timely(item, asked.params.get("numericFilters", "")) and _worded(item, asked)

    def _item(self, name: str) -> Answer:
        if name not in self.items or name in self._deleted | self._unlisted:
            return Answer(404, {"status": 404, "error": "Not Found"})
        shown: list[str] = []
        return Answer(200, self._tree(name, shown), shows=tuple(shown))

    def _tree(self, name: str, shown: list[str]) -> Item:
        item = self.items[name]
        gone = name in self._deleted
        if not gone:
            shown.append(f"hackernews:{name}")
        below = [
            self._tree(each, shown)
            for each, other in self.items.items()
            if other["parent_id"] == int(name) and each not in self._unlisted
        ]
        return {
            "id": int(name),
            "created_at": item["created_at"],
            "created_at_i": item["created_at_i"],
            "type": item["type"],
            "author": None if gone else item["author"],
            "title": item.get("title"),
            "url": item.get("url"),
            "text": None if gone else item["text"],
            "points": None,
            "parent_id": item["parent_id"],
            "story_id": item["story_id"],
            "children": below,
            "options": [],
        }

    def _keep(self, given: Item, at: float | None, parent: str | None, *, listed: bool) -> str:
        with self.guard:
            self._numbers += 1
            name = str(self._numbers)
            root = self.items[parent]["story_id"] if parent else int(name)
            seconds = int(at if at is not None else time.time())  # noqa: TID251  # its own clock
            self.items[name] = _Hit(
                {
                    "objectID": name,
                    "created_at_i": seconds,
                    "created_at": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}",
                    "points": None,
                    "parent_id": int(parent) if parent else None,
                    "story_id": root,
                    "_tags": [given["type"], f"author_{given['author']}", f"story_{root}"],
                    **given,
                }
            )
            if not listed:
                self._unlisted.add(name)
            return name


class _Hit(dict[str, Any]):
    """An item whose text bears the name that hits give it, too."""

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if name == "text":
            super().__setitem__(f"{self['type']}_text", value)

    def __init__(self, given: Item) -> None:
        super().__init__(given)
        self["text"] = given.get("text")


def _markup(text: str) -> str:
    return "<p>".join(escape(part) for part in text.split("\n\n"))


def _tagged(item: Item, wanted: str | None) -> bool:
    """Whether an item has the tags: commas mean and, in brackets or."""
    for part in re.findall(r"\([^)]*\)|[^,()]+", wanted or ""):
        if not set(part.strip("()").split(",")) & set(item["_tags"]):
            return False
    return True


def _timely(item: Item, filters: str) -> bool:
    at = item["created_at_i"]
    for name, limit in re.findall(r"created_at_i(>=|<=|<|>|=)(-?\d+)", filters):
        number = int(limit)
        fits = {">": at > number, "<": at < number, "=": at == number}
        fits |= {">=": at >= number, "<=": at <= number}
        if not fits[name]:
            return False
    return True


def _worded(item: Item, asked: Asked) -> bool:
    """Whether each word of the query begins one of the item's, or is one, by `queryType`."""
    fields = asked.params.get("restrictSearchableAttributes", "title,url,text,author")
    written = " ".join(str(item.get(field) or "") for field in fields.split(","))
    words = re.findall(r"\w+", written.casefold())
    query = re.findall(r"\w+", asked.params.get("query", "").casefold())
    if asked.params.get("queryType") == "prefixNone":
        return set(query) <= set(words)
    return all(any(word.startswith(each) for word in words) for each in query)


def main() -> None:
    """Serve until stopped; print the address first."""
    arguments = loopback.arguments("A Hacker News search on loopback, for tests.").parse_args()
    loopback.serve(HackerNewsServer(arguments.port, log=arguments.log))


if __name__ == "__main__":
    main()
