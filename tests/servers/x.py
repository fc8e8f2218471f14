"""An X on loopback: API v2 search, mentions, timelines, lookups and replies, with its prices.

It keeps X's habits: newest first by id, ids made from the time, seven days of search, bounds that
must not be mixed, accounts that are missing from what comes along, edits that are new posts, text
cut at 280, replies only to those who named or quoted the account, 402 without credits. OAuth 1.0a
signatures are not checked, only the keys' names.
Start it on its own with `python -m tests.servers.x --port 0`; its first line is its address.
"""

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.servers import loopback
from tests.servers.loopback import Answer, Asked, LoopbackServer

EPOCH_MS = 1_288_834_974_657
WEEK = 7 * 86_400
CONTROLS = frozenset(
    {
        *("add_user", "credits", "delete", "edit", "limits", "list_now", "post", "reply"),
        *("state", "suspend"),
    }
)
PRICES = {"read": 0.005, "own": 0.001, "user": 0.010, "count": 0.005, "delete": 0.010}
LINK = re.compile(r"https?://\S+")
NAMED = re.compile(r"(?<!\w)@(\w+)")

Post = dict[str, Any]  # a payload as X writes it, and "_" fields that are ours


class XServer(LoopbackServer):
    """A running X; `url` serves as `base_url`."""

    controls = CONTROLS
    error_page = "<html><body><h1>Something went wrong</h1></body></html>"

    def __init__(self, port: int = 0, *, log: Path | None = None) -> None:
        super().__init__(port, log=log)
        self.now = 0.0  # epoch seconds; 0: the machine's own clock
        self.page_most = 100
        self.random_pages = False  # answers hold fewer posts than there are, or none at all
        self.shuffle = False  # posts of one answer come in any order
        self.bearer = "bearer-token"
        self.keys = {"api-key": "api-secret"}
        self.users: dict[str, dict[str, Any]] = {}  # by id
        self.posts: dict[str, Post] = {}  # every version, by id
        self.gone: set[str] = set()
        self.billed_usd = 0.0
        self._credits = float("inf")
        self._billed: set[tuple[int, str, str]] = set()
        self._limits: dict[str, tuple[int, float]] = {}
        self._unlisted: set[str] = set()
        self._suspended: set[str] = set()
        self._sequence = 0
        self._random = random.Random(7)
        self.add_user("acmecare", "1001")

    # What happens on X

    def add_user(self, handle: str, user_id: str | None = None, **extra: object) -> str:
        """Open an account; return its id."""
        with self.guard:
            user_id = user_id or str(5000 + len(self.users))
            self.users[user_id] = {"id": user_id, "username": handle, "name": handle, **extra}
            return user_id

    def post(
        self,
        text: str,
        author: str = "customer",
        at: float | None = None,
        *,
        listed: bool = True,
        to: str | None = None,
        quotes: str | None = None,
        **extra: object,
    ) -> str:
        """Write a post at `at`, in epoch seconds, or now; return its id."""
        with self.guard:
            at = self._time() if at is None else at
            post_id = self._new_id(at)
            root = self.posts[to]["conversation_id"] if to else post_id
            post = {
                "id": post_id,
                "author_id": self._user_id(author),
                "conversation_id": root,
                "created_at": _iso(at),
                "edit_history_tweet_ids": [post_id],
                "lang": "en",
                "_full": text,
                "_references": _references(to, quotes),
                **extra,
            }
            self.posts[post_id] = post
            if not listed:
                self._unlisted.add(post_id)
            return post_id

    def reply(
        self, to: str, text: str, author: str = "customer", at: float | None = None, **extra: object
    ) -> str:
        """Write a reply to a post; return its id."""
        return self.post(text, author, at, to=to, **extra)  # type: ignore[arg-type]

    def edit(self, post_id: str, text: str, at: float | None = None) -> str:
        """Change a post, which makes a new one; return its id."""
        with self.guard:
            old = self.posts[post_id]
            at = self._time() if at is None else at
            new_id = self._new_id(at)
            history = [*old["edit_history_tweet_ids"], new_id]
            root = new_id if old["conversation_id"] == post_id else old["conversation_id"]
            changed = {"id": new_id, "created_at": _iso(at), "conversation_id": root, "_full": text}
            self.posts[new_id] = {**old, **changed}
            for version in history:
                self.posts[version]["edit_history_tweet_ids"] = history
            return new_id

    def delete(self, post_id: str) -> None:
        """Delete a post with all its versions."""
        with self.guard:
            self.gone.update(self.posts[post_id]["edit_history_tweet_ids"])

    def list_now(self, post_id: str) -> None:
        """Let a post that was written with `listed=False` appear in lists and search."""
        self._unlisted.discard(post_id)

    def suspend(self, handle: str) -> None:
        """Let an account be missing from what comes along with its posts."""
        self._suspended.add(self._user_id(handle))

    # What goes wrong

    def limits(self, kind: str, remaining: int, reset: float) -> None:
        """Set how many more requests of a kind are answered until `reset`, in epoch seconds."""
        self._limits[kind] = (remaining, reset)

    def credits(self, usd: float) -> None:
        """Set what may still be bought; beyond, the answer is 402."""
        self._credits = self.billed_usd + usd

    # What a test looks at

    def state(self) -> dict[str, object]:
        """Return all posts, what was billed, and the number of requests."""
        with self.guard:
            return {
                "posts": {name: each["_full"] for name, each in self.posts.items()},
                "gone": sorted(self.gone),
                "billed_usd": round(self.billed_usd, 6),
                "requests": len(self.requests),
            }

    def written_by(self, author: str) -> list[str]:
        """Return the texts of an account that stand, oldest first."""
        user = self._user_id(author)
        found = [each for each in self.posts.values() if each["author_id"] == user]
        return [each["_full"] for each in found if each["id"] not in self.gone]

    # How it answers

    def answered(self, asked: Asked) -> Answer:
        """Return what X answers."""
        login = self._login(asked)
        if login is None:
            return Answer(401, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized"})
        kind, answer = self._route(asked)
        limited = self._limited(kind)
        if limited is not None:
            return limited
        if self.billed_usd >= self._credits:
            words = "Your enrolled account does not have any credits to fulfill this request."
            return Answer(402, {"title": "CreditsDepleted", "detail": words}, self._head(kind))
        try:
            return answer(asked, login)
        except _RefusedError as error:
            return Answer(error.status, error.body, self._head(kind))

    def headers(self) -> Mapping[str, str]:
        """Return the limits as an answer bears them."""
        return self._head("search")

    def _route(self, asked: Asked) -> tuple[str, Callable[[Asked, str], Answer]]:
        path = asked.path
        if asked.method == "DELETE":
            return "delete", self._delete
        if path == "/2/tweets":
            return ("post", self._create) if asked.method == "POST" else ("lookup", self._lookup)
        if match := re.fullmatch(r"/2/users/(\d+)/(tweets|mentions)", path):
            kind = {"tweets": "timeline", "mentions": "mentions"}[match[2]]
            return kind, lambda asked, login: self._of_user(match[1], kind, asked, login)
        known = {
            "/2/tweets/search/recent": ("search", self._search),
            "/2/tweets/search/all": ("archive", self._archive),
            "/2/tweets/counts/recent": ("count", self._count),
            "/2/users/me": ("me", self._me),
        }
        if path.startswith("/2/users/by/username/"):
            return "user", self._user
        return known.get(path, ("none", self._nothing))

    def _search(self, asked: Asked, login: str) -> Answer:
        if len(asked.params.get("query", "")) > 512:
            raise _RefusedError(400, _invalid("query", "The rule length must be at most 512"))
        self._check_bounds(asked, WEEK)
        return self._found("search", asked, 10, 100)

    def _archive(self, asked: Asked, login: str) -> Answer:
        self._check_bounds(asked, None)
        return self._found("archive", asked, 10, 500)

    def _found(self, kind: str, asked: Asked, least: int, most: int) -> Answer:
        wanted = [each for each in self._shown() if matches(asked.params["query"], each, self)]
        since = self._time() - WEEK if kind == "search" else 0.0
        recent = [each for each in wanted if made_at(each["id"]) >= since]
        return self._page(kind, recent, asked, least, most, PRICES["read"])

    def _of_user(self, user: str, kind: str, asked: Asked, login: str) -> Answer:
        if user not in self.users:
            raise _RefusedError(200, {"errors": [_not_found("id", user, "user")]})
        self._check_bounds(asked, None)
        price = PRICES["own"] if login == user else PRICES["read"]
        handle = self.users[user]["username"].casefold()
        if kind == "timeline":
            found = [each for each in self._shown() if each["author_id"] == user][:3200]
        else:
            found = [each for each in self._shown() if handle in named(each["_full"])][:800]
        return self._page(kind, found, asked, 5, 100, price)

    def _page(
        self, kind: str, found: list[Post], asked: Asked, least: int, most: int, price: float
    ) -> Answer:
        size = int(asked.params.get("max_results", 10))
        if not least <= size <= most:
            words = f"The `max_results` query parameter value [{size}] is not between {least} and"
            raise _RefusedError(400, _invalid("max_results", words))
        size = min(size, self.page_most)
        inside = [each for each in found if _within(each, asked.params)]
        token = asked.params.get("next_token") or asked.params.get("pagination_token")
        if self.random_pages:  # an empty one comes first only: no token leads to itself
            size = self._random.randint(1 if token else 0, size)
        if token:
            inside = [each for each in inside if int(each["id"]) < int(token[1:], 36)]
        part = inside[:size]
        meta: dict[str, Any] = {"result_count": len(part)}
        if len(inside) > size:
            below = int(part[-1]["id"]) if part else int(inside[0]["id"]) + 1
            meta["next_token"] = f"b{_base36(below)}"
        if part:
            meta |= {"newest_id": part[0]["id"], "oldest_id": part[-1]["id"]}
        if self.shuffle:
            self._random.shuffle(part)
        self._bill(kind, [each["id"] for each in part], price)
        return self._answer(kind, part, {"meta": meta})

    def _lookup(self, asked: Asked, login: str) -> Answer:
        ids = asked.params.get("ids", "").split(",")
        if not 1 <= len(ids) <= 100:
            raise _RefusedError(400, _invalid("ids", "The number of values in `ids` is not 1-100"))
        found = [self.posts[each] for each in ids if each in self.posts and each not in self.gone]
        there = {each["id"] for each in found}
        missing = [_not_found("ids", each, "tweet") for each in ids if each not in there]
        self._bill("lookup", there, PRICES["read"])
        return self._answer("lookup", found, {}, missing)

    def _answer(
        self, kind: str, part: list[Post], body: dict[str, Any], errors: Iterable[object] = ()
    ) -> Answer:
        beside = self._beside(part)
        people = {each["author_id"] for each in (*part, *beside)}
        hidden = [_not_found("author_id", one, "user") for one in people & self._suspended]
        users = [self.users[one] for one in sorted(people - self._suspended)]
        data = [self._payload(each) for each in part]
        includes = {"users": users, "tweets": [self._payload(each) for each in beside]}
        whole: dict[str, Any] = {"data": data, "includes": includes} if data else {}
        problems = [*errors, *hidden]
        whole |= {**({"errors": problems} if problems else {}), **body}
        shown = tuple(f"x:{each['edit_history_tweet_ids'][0]}" for each in part)
        return Answer(200, whole, self._head(kind), shows=shown)

    def _beside(self, part: list[Post]) -> list[Post]:
        names = [ref["id"] for each in part for ref in each["_references"]]
        names += [one for each in part for one in each["edit_history_tweet_ids"]]
        known = (self.posts[one] for one in dict.fromkeys(names) if one in self.posts)
        return [each for each in known if each["id"] not in self.gone]

    def _payload(self, post: Post) -> Post:
        text, links = _shortened(escape(post["_full"], quote=False))
        shown = {name: value for name, value in post.items() if not name.startswith("_")}
        mentions = [{"username": each, "id": self._user_id(each)} for each in named(post["_full"])]
        entities = {"urls": links, "mentions": mentions}
        shown |= {"text": text, "entities": entities}
        if post["_references"]:
            shown["referenced_tweets"] = post["_references"]
        if len(post["_full"]) > 280:
            shown["text"] = f"{text[:276]}…"
            shown["note_tweet"] = {"text": text, "entities": entities}
        return shown

    def _create(self, asked: Asked, login: str) -> Answer:
        body = asked.json
        to = body.get("reply", {}).get("in_reply_to_tweet_id")
        if not login:
            raise _RefusedError(403, _forbidden("OAuth 2.0 Application-Only is not permitted"))
        if to is not None and (why := self._why_not(to, login)):
            raise _RefusedError(403, _forbidden(why))
        handle = self.users[login]["username"]
        if body["text"] in self.written_by(handle):
            words = "You are not allowed to create a Tweet with duplicate content."
            raise _RefusedError(403, _forbidden(words))
        self.billed_usd += 0.20 if LINK.search(body["text"]) else 0.015
        posted = self.post(body["text"], handle, to=to)
        return Answer(201, {"data": {"id": posted, "text": body["text"]}}, self._head("post"))

    def _why_not(self, to: str, login: str) -> str:
        target = self.posts.get(to)
        if target is None or to in self.gone:
            return "You attempted to reply to a Tweet that is deleted or not visible to you."
        handle = self.users[login]["username"].casefold()
        quoted = [each["id"] for each in target["_references"] if each["type"] == "quoted"]
        by_us = any(self.posts[each]["author_id"] == login for each in quoted)
        if handle in named(target["_full"]) or by_us:
            return ""
        return "Reply to this conversation is not allowed because you have not been mentioned."

    def _delete(self, asked: Asked, login: str) -> Answer:
        post_id = asked.path.rpartition("/")[2]
        if post_id not in self.posts or post_id in self.gone:
            raise _RefusedError(404, {"title": "Not Found", "detail": "Not Found", "status": 404})
        self.billed_usd += PRICES["delete"]
        self.delete(post_id)
        return Answer(200, {"data": {"deleted": True}}, self._head("delete"))

    def _count(self, asked: Asked, login: str) -> Answer:
        found = [each for each in self._shown() if matches(asked.params["query"], each, self)]
        self.billed_usd += PRICES["count"]
        body = {"data": [], "meta": {"total_tweet_count": len(found)}}
        return Answer(200, body, self._head("count"))

    def _me(self, asked: Asked, login: str) -> Answer:
        if not login:
            raise _RefusedError(403, _forbidden("OAuth 2.0 Application-Only is not permitted"))
        self._bill("me", [login], PRICES["own"])
        return Answer(200, {"data": self.users[login]}, self._head("me"))

    def _user(self, asked: Asked, login: str) -> Answer:
        handle = unquote(asked.path.rpartition("/")[2]).casefold()
        found = [each for each in self.users.values() if each["username"].casefold() == handle]
        if not found:
            raise _RefusedError(200, {"errors": [_not_found("username", handle, "user")]})
        self._bill("user", [found[0]["id"]], PRICES["user"])
        return Answer(200, {"data": found[0]}, self._head("user"))

    def _nothing(self, asked: Asked, login: str) -> Answer:
        return Answer(404, {"title": "Not Found", "detail": "Not Found", "status": 404})

    # Small matters

    def _login(self, asked: Asked) -> str | None:
        """Return the id of the account whose keys were used, "" for the application's token."""
        given = asked.headers.get("authorization", "")
        if given.startswith("Bearer "):
            return "" if given == f"Bearer {self.bearer}" else None
        keys = dict(re.findall(r'(\w+)="([^"]*)"', given))
        user = keys.get("oauth_token", "").partition("-")[0]
        known = keys.get("oauth_consumer_key") in self.keys and user in self.users
        return user if known else None

    def _check_bounds(self, asked: Asked, reach: float | None) -> None:
        params = asked.params
        by_id, by_time = {"since_id", "until_id"} & params.keys(), {"start_time", "end_time"}
        if by_id and by_time & params.keys():
            words = "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or"
            raise _RefusedError(400, _invalid("since_id", f"{words} 'end_time'."))
        oldest = self._time() - reach if reach is not None else 0.0
        said = _iso(oldest)
        if "since_id" in params and made_at(params["since_id"]) < oldest:
            words = f"'since_id' must be a tweet id created after {said}. Please use a 'since_id'"
            raise _RefusedError(400, _invalid("since_id", f"{words} that is larger than 1"))
        if "start_time" in params and _seconds(params["start_time"]) < oldest:
            words = f"Invalid 'start_time':'{params['start_time']}'. 'start_time' must be on or"
            raise _RefusedError(400, _invalid("start_time", f"{words} after {said}."))
        if "end_time" in params and _seconds(params["end_time"]) > self._time() - 10:
            words = "Invalid 'end_time'. 'end_time' must be a minimum of 10 seconds prior to the"
            raise _RefusedError(400, _invalid("end_time", f"{words} request time."))

    def _shown(self) -> list[Post]:
        """Return what is listed, each post in its newest version, newest first."""
        newest = (each for each in self.posts.values() if _is_newest(each))
        hidden = self.gone | self._unlisted
        seen = [each for each in newest if not hidden & set(each["edit_history_tweet_ids"])]
        return sorted(seen, key=lambda each: int(each["id"]), reverse=True)

    def _bill(self, kind: str, ids: Iterable[str], price: float) -> None:
        day = int(self._time() // 86_400)
        new = {(day, kind, each) for each in ids} - self._billed
        self._billed |= new
        self.billed_usd = round(self.billed_usd + price * len(new), 6)

    def _limited(self, kind: str) -> Answer | None:
        if kind not in self._limits:
            return None
        remaining, reset = self._limits[kind]
        if remaining <= 0 and self._time() < reset:
            body = {"title": "Too Many Requests", "detail": "Too Many Requests", "status": 429}
            return Answer(429, body, self._head(kind))
        self._limits[kind] = (remaining - 1, reset)
        return None

    def _head(self, kind: str) -> dict[str, str]:
        remaining, reset = self._limits.get(kind, (449, self._time() + 900))
        left = {"x-rate-limit-limit": "450", "x-rate-limit-remaining": str(max(0, remaining))}
        return {**left, "x-rate-limit-reset": str(int(reset)), "x-access-level": "read-write"}

    def _user_id(self, handle: str) -> str:
        folded = handle.casefold()
        known = (one for one, each in self.users.items() if each["username"].casefold() == folded)
        return next(known, "") or self.add_user(handle)

    def _new_id(self, at: float) -> str:
        self._sequence += 1
        return str(((int(at * 1000) - EPOCH_MS) << 22) + self._sequence % 2**22)

    def _time(self) -> float:
        return self.now or time.time()  # noqa: TID251  # a platform stamps its posts itself


class _RefusedError(Exception):
    def __init__(self, status: int, body: object) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def matches(query: str, post: Post, server: XServer) -> bool:
    """Whether a post is found by a query: alternatives of words, phrases and operators."""
    return any(
        all(_has(term, post, server) for term in re.findall(r'-?\w*:?"[^"]*"|\S+', part))
        for part in query.split(" OR ")
    )


def _has(term: str, post: Post, server: XServer) -> bool:
    if term.startswith("-"):
        return not _has(term[1:], post, server)
    name, _, value = term.partition(":")
    text = post["_full"].casefold()
    if name == "conversation_id" and value:
        return bool(post["conversation_id"] == value)
    if name == "from" and value:
        author: str = server.users[post["author_id"]]["username"]
        return author.casefold() == value.casefold()
    if name == "url" and value:
        return any(value.strip('"') in link.casefold() for link in LINK.findall(text))
    if term.startswith("@"):
        return term[1:].casefold() in named(post["_full"])
    wanted = re.findall(r"[#$]?\w+", term.casefold())
    words = re.findall(r"[#$]?\w+", text)
    plain = [word.lstrip("#$") for word in words] if term[0] not in "#$" else words
    starts = range(len(plain) - len(wanted) + 1)
    return any(plain[start : start + len(wanted)] == wanted for start in starts)


def named(text: str) -> list[str]:
    """Return the handles that a text names, folded."""
    return list(dict.fromkeys(each.casefold() for each in NAMED.findall(text)))


def made_at(post_id: str) -> float:
    """Return when an id was made, in epoch seconds."""
    return ((int(post_id) >> 22) + EPOCH_MS) / 1000


def _within(post: Post, params: Mapping[str, str]) -> bool:
    at, number = int(made_at(post["id"])), int(post["id"])
    return (
        number > int(params.get("since_id", 0))
        and number < int(params.get("until_id", 2**63))
        and at >= _seconds(params.get("start_time", "1970-01-01T00:00:00Z"))
        and at < _seconds(params.get("end_time", "9999-01-01T00:00:00Z"))
    )


def _shortened(text: str) -> tuple[str, list[dict[str, object]]]:
    """Return a text with its links made short, and what they stand for."""
    links: list[dict[str, object]] = []

    def short(found: re.Match[str]) -> str:
        url = f"https://t.co/L{len(links):09d}"
        links.append({"url": url, "expanded_url": found[0], "display_url": found[0][8:30]})
        return url

    return LINK.sub(short, text), links


def _references(to: str | None, quotes: str | None) -> list[dict[str, str]]:
    pairs = (("replied_to", to), ("quoted", quotes))
    return [{"type": kind, "id": each} for kind, each in pairs if each]


def _is_newest(post: Post) -> bool:
    return bool(post["edit_history_tweet_ids"][-1] == post["id"])


def _invalid(parameter: str, words: str) -> dict[str, object]:
    errors = [{"parameters": {parameter: []}, "message": words}]
    detail = "One or more parameters to your request was invalid."
    kind = "https://api.twitter.com/2/problems/invalid-request"
    return {"errors": errors, "title": "Invalid Request", "detail": detail, "type": kind}


def _forbidden(words: str) -> dict[str, object]:
    return {"title": "Forbidden", "detail": words, "status": 403, "type": "about:blank"}


def _not_found(parameter: str, value: str, kind: str) -> dict[str, str]:
    return {
        "value": value,
        "resource_id": value,
        "parameter": parameter,
        "resource_type": kind,
        "title": "Not Found Error",
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"


if __name__ == "__main__":
    given = loopback.arguments("An X on loopback.").parse_args()
    loopback.serve(XServer(given.port, log=given.log))
