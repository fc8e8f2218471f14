"""A Mastodon server on loopback: timelines, notifications, search, threads, replies and streams.

It keeps Mastodon's habits: ids are made of a post's own time, so one that arrives late stands
below newer ones; `min_id` gives what stands just above, newest first; `since_id` skips; search
takes an offset; a deleted post is simply not there. Start it on its own with
`python -m tests.servers.mastodon --port 0`; its first line is its address.
"""

import json
import queue
import random
import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from tests.servers import loopback
from tests.servers.loopback import Answer, Asked, LoopbackServer

Status = dict[str, Any]
MOST = 40  # in one page
WINDOW = 300  # seconds of a budget


class MastodonServer(LoopbackServer):
    """A running Mastodon; `url` serves as `base_url`."""

    controls: ClassVar[frozenset[str]] = frozenset(
        {"post", "reply", "edit", "delete", "list_now", "limits", "adopt", "break_streams", "state"}
    )

    def __init__(
        self, port: int = 0, *, domain: str = "", page_most: int = MOST, log: Path | None = None
    ) -> None:
        super().__init__(port, log=log)
        self.domain = domain or urlsplit(self.url).netloc
        self.page_most = page_most
        self.random_pages = False  # each page of another size
        self.shuffle = False  # each page in another order
        self.tokens = {"care-token": "acme_care"}  # token → account
        self.searchable = True
        self.batches = True  # knows a request for several statuses, as since 4.3
        self.statuses: dict[str, Status] = {}
        self._unlisted: set[str] = set()
        self._notes: dict[str, tuple[str, str]] = {}  # notification → account, status
        self._by_key: dict[str, str] = {}  # idempotency key → status
        self._streams: list[tuple[str, queue.Queue[tuple[str, str] | None]]] = []
        self._budget: dict[str, str] = {"limit": "300", "remaining": "299"}
        self._reset = ""
        self._numbers = 0
        self._dice = random.Random(7)

    # What happens on it

    def post(
        self,
        text: str,
        author: str = "customer",
        at: float | None = None,
        *,
        listed: bool = True,
        **extra: Any,
    ) -> str:
        """Post `text`, at `at` in epoch seconds or now; return its id. `extra` replaces fields."""
        with self.guard:
            instant = at if at is not None else _this_instant()
            number = self._next_id(instant)
            status = self._status(number, text, author, instant)
            return self._keep({**status, **extra}, listed=listed)

    def reply(self, parent: str, text: str, author: str = "customer", **details: Any) -> str:
        """Post `text` under `parent`; return its id."""
        above = self.statuses[parent]
        given = {"in_reply_to_id": parent, "in_reply_to_account_id": above["account"]["id"]}
        return self.post(text, author, **{**given, **details})

    def edit(self, number: str, text: str, at: float | None = None) -> None:
        """Change a post's text."""
        with self.guard:
            status = self.statuses[number]
            instant = at if at is not None else _this_instant()
            status.update(content=self._html(text), edited_at=_iso(instant), _words=text)
            self._tell("status.update", json.dumps(_public(status)), self._channels(status))

    def delete(self, number: str) -> None:
        """Delete a post; replies to it lose their parent."""
        with self.guard:
            gone = self.statuses.pop(number, None)
            for each in self.statuses.values():
                if each["in_reply_to_id"] == number:
                    each["in_reply_to_id"] = None
            if gone is not None:
                self._tell("delete", number, self._channels(gone))

    def list_now(self, number: str) -> None:
        """Let a post that was made with `listed=False` appear, as one that arrives late."""
        with self.guard:
            self._unlisted.discard(number)
            self._arrive(self.statuses[number])

    def adopt(self, status: Status) -> str:
        """Take a post of another server, under an id of our own; return that."""
        with self.guard:
            instant = datetime.fromisoformat(status["created_at"]).timestamp()
            account = {**status["account"]}
            if "@" not in account["acct"]:
                account["acct"] = f"{account['acct']}@{urlsplit(status['uri']).netloc}"
            taken = {**status, "id": self._next_id(instant), "account": account}
            return self._keep({**taken, "in_reply_to_id": None}, listed=True)

    def limits(self, remaining: int, reset: str) -> None:
        """Set what the rate-limit headers say; `reset` in ISO form or in epoch seconds."""
        self._budget["remaining"], self._reset = str(remaining), reset

    def break_streams(self) -> None:
        """End all open streams."""
        for _, waiting in tuple(self._streams):
            waiting.put(None)

    # What a test looks at

    def state(self) -> dict[str, object]:
        """Return all posts and the number of requests."""
        with self.guard:
            return {"statuses": dict(self.statuses), "requests": len(self.requests)}

    def written_by(self, author: str) -> list[Status]:
        """Return the posts of an account, oldest first."""
        found = [each for each in self.statuses.values() if each["account"]["acct"] == author]
        return sorted(found, key=_rank)

    @property
    def streaming(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    # How it answers

    def headers(self) -> Mapping[str, str]:
        """Return the budget that is left."""
        reset = self._reset or _iso(_this_instant() + WINDOW)
        named = {f"X-RateLimit-{name.title()}": value for name, value in self._budget.items()}
        return {**named, "X-RateLimit-Reset": reset}

    def answered(self, asked: Asked) -> Answer:
        """Return what Mastodon answers."""
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token and token not in self.tokens:
            return self._error(401, "The access token is invalid")
        me = self.tokens.get(token, "")
        for pattern, method, answer in self._routes():
            if asked.method == method and (found := re.fullmatch(pattern, asked.path)):
                return answer(asked, me, *found.groups())
        return self._error(404, "Record not found")

    def _routes(self) -> Iterable[tuple[str, str, Callable[..., Answer]]]:
        return (
            (r"/api/v1/instance/?", "GET", self._instance_before_4),
            (r"/api/v2/instance/?", "GET", self._instance),
            (r"/api/v1/streaming/(user|hashtag)", "GET", self._streamed),
            (r"/api/v1/timelines/tag/([^/]+)", "GET", self._hashtag),
            (r"/api/v1/timelines/public", "GET", self._public_timeline),
            (r"/api/v1/notifications", "GET", self._notifications),
            (r"/api/v2/search", "GET", self._search),
            (r"/api/v1/statuses", "GET", self._several),
            (r"/api/v1/statuses", "POST", self._write),
            (r"/api/v1/statuses/([^/]+)", "GET", self._one),
            (r"/api/v1/statuses/([^/]+)", "DELETE", self._remove),
            (r"/api/v1/statuses/([^/]+)/context", "GET", self._context),
            (r"/api/v1/accounts/lookup", "GET", self._lookup),
            (r"/api/v1/accounts/verify_credentials", "GET", self._credentials),
            (r"/api/v1/accounts/([^/]+)/statuses", "GET", self._of_account),
        )

    def _instance(self, asked: Asked, me: str) -> Answer:
        ws = self.url.replace("http", "ws", 1)
        about = {
            "domain": self.domain,
            "version": "4.6.4",
            "configuration": {"urls": {"streaming": ws}, "statuses": {"max_characters": 500}},
        }
        return Answer(200, about, self.headers())

    def _instance_before_4(self, asked: Asked, me: str) -> Answer:
        ws = self.url.replace("http", "ws", 1)
        about = {"uri": self.domain, "version": "3.5.3", "urls": {"streaming_api": ws}}
        return Answer(200, about, self.headers())

    def _hashtag(self, asked: Asked, me: str, tag: str) -> Answer:
        wanted = tag.casefold()
        found = [e for e in self._shown(me) if wanted in [t["name"] for t in e["tags"]]]
        return self._page([e for e in found if e["visibility"] == "public"], asked)

    def _public_timeline(self, asked: Asked, me: str) -> Answer:
        return self._page([e for e in self._shown(me) if e["visibility"] == "public"], asked)

    def _of_account(self, asked: Asked, me: str, number: str) -> Answer:
        return self._page([e for e in self._shown(me) if e["account"]["id"] == number], asked)

    def _notifications(self, asked: Asked, me: str) -> Answer:
        if not me:
            return self._error(401, "This method requires an authenticated user")
        found = [
            {"id": note, "type": "mention", "status": self.statuses[number]}
            for note, (account, number) in self._notes.items()
            if account == me and number in self.statuses
        ]
        return self._page(found, asked)

    def _search(self, asked: Asked, me: str) -> Answer:
        if not me:
            return self._error(401, "This method requires an authenticated user")
        words = asked.params.get("q", "").strip('"')
        if words.startswith("http"):
            found = [e for e in self._shown(me) if words in (e["uri"], e["url"])]
        elif self.searchable:
            public = (e for e in self._shown(me) if e["visibility"] == "public")
            found = [e for e in public if words.casefold() in e["_words"].casefold()]
        else:
            found = []
        start = int(asked.params.get("offset", 0))
        part = sorted(found, key=_rank, reverse=True)[start : start + self._size(asked)]
        body = {"accounts": [], "hashtags": [], "statuses": list(map(_public, part))}
        return Answer(200, body, self.headers(), self._keys(part))

    def _several(self, asked: Asked, me: str) -> Answer:
        if not self.batches:
            return self._error(404, "Record not found")
        wanted = set(asked.every("id[]"))
        found = [each for each in self._visible(me) if each["id"] in wanted]
        return Answer(200, list(map(_public, found)), self.headers(), self._keys(found))

    def _one(self, asked: Asked, me: str, number: str) -> Answer:
        found = next((e for e in self._visible(me) if e["id"] == number), None)
        if found is None:
            return self._error(404, "Record not found")
        return Answer(200, _public(found), self.headers(), self._keys([found]))

    def _context(self, asked: Asked, me: str, number: str) -> Answer:
        known = {each["id"]: each for each in self._visible(me)}
        if number not in known:
            return self._error(404, "Record not found")
        above: list[Status] = []
        parent = known[number]["in_reply_to_id"]
        while parent in known:
            above.insert(0, known[parent])
            parent = known[parent]["in_reply_to_id"]
        below = list(_under(number, sorted(known.values(), key=_rank)))
        body = {"ancestors": list(map(_public, above)), "descendants": list(map(_public, below))}
        return Answer(200, body, self.headers(), self._keys([*above, *below]))

    def _lookup(self, asked: Asked, me: str) -> Answer:
        name = asked.params.get("acct", "").removesuffix(f"@{self.domain}")
        return Answer(200, self._account(name), self.headers())

    def _credentials(self, asked: Asked, me: str) -> Answer:
        if not me:
            return self._error(401, "The access token is invalid")
        return Answer(200, self._account(me), self.headers())

    def _write(self, asked: Asked, me: str) -> Answer:
        if not me:
            return self._error(401, "The access token is invalid")
        once = asked.headers.get("idempotency-key", "")
        if once and once in self._by_key:
            return Answer(200, _public(self.statuses[self._by_key[once]]), self.headers())
        text, parent = asked.params.get("status", ""), asked.params.get("in_reply_to_id", "")
        if parent and parent not in self.statuses:
            return self._error(404, "The post you are trying to reply to does not exist")
        if not text.strip() or len(text) > 500:
            return self._error(422, "Validation failed: Text character limit of 500 exceeded")
        told = {name: asked.params.get(name, "") for name in ("visibility", "spoiler_text")}
        given: dict[str, Any] = {
            "visibility": told["visibility"] or "public",
            "spoiler_text": told["spoiler_text"],
        }
        number = self.reply(parent, text, me, **given) if parent else self.post(text, me, **given)
        self._by_key[once] = number
        return Answer(200, _public(self.statuses[number]), self.headers())

    def _remove(self, asked: Asked, me: str, number: str) -> Answer:
        if number not in self.statuses or self.statuses[number]["account"]["acct"] != me:
            return self._error(404, "Record not found")
        gone = _public(self.statuses[number])
        self.delete(number)
        return Answer(200, gone, self.headers())

    def _error(self, status: int, problem: str) -> Answer:
        return Answer(status, {"error": problem}, self.headers())

    # Pages

    def _page(self, found: Iterable[Status], asked: Asked) -> Answer:
        """Return one page: just above `min_id`, or the newest below `max_id`."""
        low, high = asked.params.get("min_id", ""), asked.params.get("max_id", "")
        since = asked.params.get("since_id", "")
        wanted = [
            each
            for each in found
            if (not low or _rank(each) > _order(low))
            and (not high or _rank(each) < _order(high))
            and (not since or _rank(each) > _order(since))
        ]
        wanted.sort(key=_rank, reverse=not low)
        part = sorted(wanted[: self._size(asked)], key=_rank, reverse=True)
        links = self._links(part, asked)
        if self.shuffle:
            self._dice.shuffle(part)
        shown = [each.get("status", each) for each in part]
        return Answer(200, list(map(_public, part)), {**self.headers(), **links}, self._keys(shown))

    def _size(self, asked: Asked) -> int:
        most = min(int(asked.params.get("limit", 20)), self.page_most)
        return self._dice.randint(1, most) if self.random_pages else most

    def _links(self, part: list[Status], asked: Asked) -> dict[str, str]:
        if not part:
            return {}
        base = f"{self.url}{asked.path}"
        older, newer = urlencode({"max_id": part[-1]["id"]}), urlencode({"min_id": part[0]["id"]})
        return {"Link": f'<{base}?{older}>; rel="next", <{base}?{newer}>; rel="prev"'}

    def _visible(self, me: str) -> list[Status]:
        return [each for each in self.statuses.values() if self._may_see(each, me)]

    def _shown(self, me: str) -> list[Status]:
        return [each for each in self._visible(me) if each["id"] not in self._unlisted]

    def _may_see(self, status: Status, me: str) -> bool:
        if status["visibility"] in ("public", "unlisted"):
            return True
        named = [each["acct"] for each in status["mentions"]]
        return bool(me) and me in (status["account"]["acct"], *named)

    def _keys(self, found: Iterable[Status]) -> tuple[str, ...]:
        return tuple(f"mastodon:{each['uri']}" for each in found)

    # Posts

    def _status(self, number: str, text: str, author: str, at: float) -> Status:
        account = self._account(author)
        names = re.findall(r"(?<![\w@/])@(\w+)", text)
        return {
            "id": number,
            "created_at": _iso(at),
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "en",
            "uri": f"{account['uri']}/statuses/{number}",
            "url": f"{account['url']}/{number}",
            "edited_at": None,
            "content": self._html(text),
            "reblog": None,
            "account": account,
            "media_attachments": [],
            "mentions": [self._mentioned(each) for each in dict.fromkeys(names)],
            "tags": [
                {"name": each.casefold(), "url": f"{self.url}/tags/{each}"}
                for each in re.findall(r"#(\w+)", text)
            ],
            "emojis": [],
            "card": None,
            "poll": None,
            "quote": None,
            "_words": text,
        }

    def _account(self, name: str) -> dict[str, Any]:
        number = str(10**8 + sum(ord(letter) * 7**at for at, letter in enumerate(name)))
        return {
            "id": number,
            "username": name.partition("@")[0],
            "acct": name,
            "display_name": name.title(),
            "url": f"{self.url}/@{name}",
            "uri": f"{self.url}/users/{name}",
        }

    def _mentioned(self, name: str) -> dict[str, str]:
        account = self._account(name)
        return {each: account[each] for each in ("id", "username", "acct", "url")}

    def _html(self, text: str) -> str:
        found = escape(text, quote=False)
        found = re.sub(
            r"#(\w+)",
            lambda tag: (
                f'<a href="{self.url}/tags/{tag[1]}" class="mention hashtag" rel="tag">'
                f"#<span>{tag[1]}</span></a>"
            ),
            found,
        )
        found = re.sub(
            r"(?<![\w@/])@(\w+)",
            lambda name: (
                f'<span class="h-card"><a href="{self.url}/@{name[1]}" class="u-url mention">'
                f"@<span>{name[1]}</span></a></span>"
            ),
            found,
        )
        return "".join(f"<p>{each}</p>" for each in found.split("\n\n"))

    def _keep(self, status: Status, *, listed: bool) -> str:
        number = str(status["id"])
        self.statuses[number] = status
        if listed:
            self._arrive(status)
        else:
            self._unlisted.add(number)
        return number

    def _arrive(self, status: Status) -> None:
        for each in status["mentions"]:
            if each["acct"] != status["account"]["acct"]:
                self._notes[str(len(self._notes) + 1)] = (each["acct"], str(status["id"]))
        self._tell("update", json.dumps(_public(status)), self._channels(status))

    def _next_id(self, at: float) -> str:
        self._numbers += 1
        return str((int(at * 1000) << 16) | (self._numbers & 0xFFFF))

    # Streams

    def _channels(self, status: Status) -> set[str]:
        named = {f"user:{each['acct']}" for each in status["mentions"]}
        tags = {f"tag:{each['name']}" for each in status["tags"]}
        return named | (tags if status["visibility"] == "public" else set())

    def _tell(self, name: str, data: str, channels: set[str]) -> None:
        for channel, waiting in tuple(self._streams):
            if channel in channels:
                waiting.put((name, data))

    def _streamed(self, asked: Asked, me: str, kind: str) -> Answer:
        if not me:
            return self._error(401, "Missing access token")
        tag = asked.params.get("tag", "").casefold()
        channel = f"tag:{tag}" if kind == "hashtag" else f"user:{me}"
        waiting: queue.Queue[tuple[str, str] | None] = queue.Queue()
        entry = (channel, waiting)
        self._streams.append(entry)

        def send(write: Callable[[bytes], None]) -> None:
            try:
                write(b":)\n")
                self._send_events(waiting, write)
            finally:
                self._streams.remove(entry)

        return Answer(200, "", {"content-type": "text/event-stream"}, stream=send)

    def _send_events(
        self, waiting: "queue.Queue[tuple[str, str] | None]", write: Callable[[bytes], None]
    ) -> None:
        while not self.stopping.is_set():
            try:
                event = waiting.get(timeout=0.25)
            except queue.Empty:
                write(b":thump\n")
                continue
            if event is None:
                return
            write(f"event: {event[0]}\ndata: {event[1]}\n\n".encode())
            if event[0] == "update":
                self.note_shown(Answer(200, "", shows=self._keys([json.loads(event[1])])))


def _under(number: str, statuses: list[Status]) -> Iterable[Status]:
    for each in statuses:
        if each["in_reply_to_id"] == number:
            yield each
            yield from _under(each["id"], statuses)


def _public(item: Status) -> Status:
    inner = item.get("status")
    shown = {name: value for name, value in item.items() if not name.startswith("_")}
    return {**shown, "status": _public(inner)} if isinstance(inner, dict) else shown


def _order(number: str) -> tuple[int, str]:
    return (len(number), number)


def _rank(item: Status) -> tuple[int, str]:
    return _order(str(item["id"]))


def _iso(at: float) -> str:
    found = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return found.replace("+00:00", "Z")


def _this_instant() -> float:
    return time.time()  # noqa: TID251  # as Mastodon stamps what is posted


if __name__ == "__main__":
    given = loopback.arguments("A Mastodon on loopback.").parse_args()
    loopback.serve(MastodonServer(given.port, log=given.log))
