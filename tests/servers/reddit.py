"""A Reddit on loopback: OAuth, listings, search, replies and feeds, with faults to switch on.

It keeps Reddit's habits that lose posts: a listing ends at 1,000 posts of which deleted ones are
left out, a page that follows a deleted post is empty, and search covers submissions only.
Start it on its own with `python -m tests.servers.reddit --port 0`; its first line is its address.
Everything a test can do with the object, `POST /_control/METHOD` with a JSON object does too.
"""

import base64
import html
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.servers import loopback
from tests.servers.loopback import Answer, Asked, LoopbackServer

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
CONTROLS = frozenset(
    {
        "add_submission",
        "add_comment",
        "add_thing",
        "post",
        "reply",
        "edit",
        "delete",
        "remove",
        "restore",
        "lock",
        "list_now",
        "limits",
        "expire_tokens",
        "state",
    }
)

Thing = dict[str, Any]  # a payload as Reddit writes it


class RedditServer(LoopbackServer):
    """A running Reddit; `url` serves as `reddit_url` and as `oauth_url`."""

    controls = CONTROLS
    error_page = "<html><body><h1>whoa there, pardner!</h1></body></html>"

    def __init__(
        self,
        port: int = 0,
        *,
        listing_end: int = 1000,
        page_most: int = 100,
        log: Path | None = None,
    ) -> None:
        super().__init__(port, log=log)
        self.listing_end = listing_end
        self.search_end = 250
        self.shuffle = False  # the posts of a page change places, and one comes twice
        self.page_most = page_most
        self.accounts = {"acme_care": "correct horse"}  # name → password; others are refused
        self.clients = {"client-id": "client-secret"}
        self.things: dict[str, Thing] = {}
        self._tokens: dict[str, str] = {}
        self._unlisted: set[str] = set()  # gone from listings, search and feeds
        self._locked_threads: set[str] = set()
        self._limits = {"remaining": "996.0", "used": "4", "reset": "300"}
        self._numbers = 10_000_000
        self._random = Random(5)

    # What happens on Reddit

    def add_submission(
        self,
        title: str,
        text: str = "",
        *,
        author: str | None = "customer",
        subreddit: str = "acme",
        at: float | None = None,
        listed: bool = True,
        **extra: object,
    ) -> str:
        """Post a submission, at `at` in epoch seconds or now; return its fullname."""
        with self.guard:
            name = f"t3_{self._next_id()}"
            slug = re.sub(r"\W+", "_", title.lower()).strip("_")[:50] or "_"
            thing = _submission(name, title, text, author, subreddit, at or _this_instant(), slug)
            return self._keep({**thing, **extra}, listed=listed)

    def add_comment(
        self,
        parent: str,
        text: str,
        *,
        author: str | None = "customer",
        at: float | None = None,
        listed: bool = True,
        **extra: object,
    ) -> str:
        """Post a comment under `parent`, a submission or a comment; return its fullname."""
        with self.guard:
            name = f"t1_{self._next_id()}"
            root = self._root(parent)
            thing = _comment(name, text, author, root, parent, at or _this_instant())
            return self._keep({**thing, **extra}, listed=listed)

    def post(
        self, text: str, author: str = "customer", at: float | None = None, **extra: Any
    ) -> str:
        """Post a submission whose title is `text`; return its fullname."""
        return self.add_submission(text, author=author, at=at, **extra)

    def reply(
        self, to: str, text: str, author: str = "customer", at: float | None = None, **extra: Any
    ) -> str:
        """Post a comment under `to`; return its fullname."""
        return self.add_comment(to, text, author=author, at=at, **extra)

    def add_thing(self, data: Thing) -> str:
        """Keep a recorded payload as it is; return its fullname."""
        with self.guard:
            return self._keep(dict(data), listed=True)

    def list_now(self, name: str) -> None:
        """Let a post that was added with `listed=False` appear in listings and search."""
        self._unlisted.discard(name)

    def edit(self, name: str, text: str, at: float | None = None) -> None:
        """Change a post's text, as its author does."""
        with self.guard:
            thing = self.things[name]
            thing["body" if name.startswith("t1_") else "selftext"] = text
            thing["edited"] = at or _this_instant()

    def delete(self, name: str) -> None:
        """Delete a post, as its author does."""
        self._blank(name, "[deleted]", "deleted")
        self.things[name]["author"] = "[deleted]"

    def remove(self, name: str) -> None:
        """Remove a post, as moderators do."""
        self._blank(name, "[removed]", "moderator")

    def restore(self, name: str, text: str) -> None:
        """Approve a removed post."""
        with self.guard:
            self.things[name]["body" if name.startswith("t1_") else "selftext"] = text
            self.things[name].pop("removed_by_category", None)
            self._unlisted.discard(name)

    def lock(self, name: str) -> None:
        """Lock a thread: replying under it fails."""
        self._locked_threads.add(name)

    # What goes wrong

    def limits(self, remaining: float, used: int, reset: int) -> None:
        """Set what the rate-limit headers say from now on."""
        self._limits = {"remaining": str(remaining), "used": str(used), "reset": str(reset)}

    def expire_tokens(self) -> None:
        """Forget every token given out."""
        self._tokens.clear()

    # What a test looks at

    def state(self) -> dict[str, object]:
        """Return all posts and the number of requests."""
        with self.guard:
            return {"things": dict(self.things), "requests": len(self.requests)}

    def replies(self, author: str = "acme_care") -> list[Thing]:
        """Return the comments of `author`, oldest first."""
        with self.guard:
            return [each for each in self.things.values() if each.get("author") == author]

    # How it answers

    def answered(self, asked: Asked) -> Answer:
        """Return what Reddit answers."""
        if asked.path == "/api/v1/access_token":
            return self._token(asked)
        if asked.path.rstrip("/").endswith(".rss"):
            return self._feed(asked)
        user = self._user(asked)
        if user is None:
            refused = 'Bearer realm="reddit", error="invalid_token"'
            unauthorized = {"message": "Unauthorized", "error": 401}
            return Answer(401, unauthorized, {"www-authenticate": refused})
        body = self._routed(asked, user)
        if body is None:
            return Answer(404, {"message": "Not Found", "error": 404}, self.headers())
        return Answer(200, body, self.headers(), shows=tuple(_shown(body)))

    def _routed(self, asked: Asked, user: str) -> object:
        path = asked.path.strip("/")
        if path == "api/v1/me":
            return {"name": user, "id": "me", "features": {}}
        if path == "api/info":
            return self._info(asked.params.get("id", ""))
        if path == "api/comment":
            return self._reply(asked.params, user)
        if path == "api/del":
            return self._deleted(asked.params["id"], user)
        if path.startswith("comments/"):
            return self._tree(path.split("/")[1])
        found = self._listed(path, asked.params, user)
        return None if found is None else self._page(found, asked.params)

    def _listed(self, path: str, params: Mapping[str, str], user: str = "") -> list[Thing] | None:
        """Return the newest posts of a listing, deleted ones among them, or None: no such one."""
        if match := re.fullmatch(r"r/([^/]+)/(comments|new|search)", path):
            kind = "t1_" if match[2] == "comments" else "t3_"
            found = self._newest(kind, _places(match[1]))
            return self._matching(found, params) if match[2] == "search" else found
        if path == "search":
            return self._matching(self._newest("t3_", None), params)
        if match := re.fullmatch(r"user/([^/]+)/(comments|submitted)", path):
            kind = "t1_" if match[2] == "comments" else "t3_"
            return self._newest(kind, None, author=match[1])
        if path == "message/mentions":
            named = re.compile(rf"\bu/{re.escape(user)}\b", re.IGNORECASE)
            return [each for each in self._newest("t1_", None) if named.search(each["body"])]
        return None

    def _newest(self, kind: str, places: set[str] | None, author: str | None = None) -> list[Thing]:
        found = [
            thing
            for name, thing in self.things.items()
            if name.startswith(kind)
            and (places is None or thing["subreddit"].lower() in places)
            and (author is None or str(thing.get("author")).lower() == author.lower())
        ]
        found.sort(key=lambda each: (float(each["created_utc"]), each["name"]), reverse=True)
        return found[: self.listing_end]

    def _matching(self, things: list[Thing], params: Mapping[str, str]) -> list[Thing]:
        wanted = [each.strip().strip('"').lower() for each in params["q"].split(" OR ")]
        texts = ((each, f"{each['title']} {each['selftext']}".lower()) for each in things)
        found = [each for each, text in texts if any(word in text for word in wanted)]
        return found[: self.search_end]

    def _page(self, things: list[Thing], params: Mapping[str, str]) -> Thing:
        """Return one page: deleted posts are left out, and nothing follows a deleted one."""
        most = min(int(params.get("limit", 25)), self.page_most)
        names = [each["name"] for each in things]
        start = 0
        if after := params.get("after"):
            if after not in names or after in self._unlisted:
                return _listing([], None)
            start = names.index(after) + 1
        part = things[start : start + most]
        shown = [each for each in part if each["name"] not in self._unlisted]
        more = start + most < len(things)
        if more and not shown:
            return self._page(things[start + most :], {**params, "after": ""})
        last = shown[-1]["name"] if more else None
        return _listing(self._shuffled(shown) if self.shuffle else shown, last)

    def _shuffled(self, things: list[Thing]) -> list[Thing]:
        """Return things that change places with their neighbours, one of them twice."""
        found = [*things, *things[-1:]]
        for place in range(0, len(found) - 1, 2):
            pair = [found[place], found[place + 1]]
            self._random.shuffle(pair)
            found[place : place + 2] = pair
        return found

    def _info(self, names: str) -> Thing:
        return _listing([self.things[name] for name in names.split(",") if name in self.things])

    def _tree(self, thread: str) -> object:
        top = self.things.get(f"t3_{thread}")
        if top is None:
            return None
        return [_listing([top]), _listing(self._under(top["name"]))]

    def _under(self, parent: str) -> list[Thing]:
        found = [each for each in self.things.values() if each.get("parent_id") == parent]
        return [{**each, "replies": self._replies_of(each["name"])} for each in found]

    def _replies_of(self, name: str) -> Thing | str:
        under = self._under(name)
        return _listing(under) if under else ""

    def _reply(self, params: Mapping[str, str], user: str) -> Thing:
        parent = params["thing_id"]
        if problem := self._reply_problem(parent, params["text"], user):
            return {"json": {"errors": [problem]}}
        name = self.add_comment(parent, params["text"], author=user)
        things = _listing([self.things[name]])["data"]["children"]
        return {"json": {"errors": [], "data": {"things": things}}}

    def _deleted(self, name: str, user: str) -> Thing:
        """Delete what the account itself wrote; of anything else Reddit says the same."""
        if self.things.get(name, {}).get("author") == user != "":
            self.delete(name)
        return {}

    def _reply_problem(self, parent: str, text: str, user: str) -> list[str] | None:
        thing = self.things.get(parent)
        if user == "":
            return ["USER_REQUIRED", "Please log in to do that.", ""]
        if thing is None or thing.get("author") == "[deleted]":
            return ["DELETED_COMMENT", "that comment has been deleted", "parent"]
        if self._root(parent)["name"] in self._locked_threads:
            return ["THREAD_LOCKED", "Comments are locked", "parent"]
        if len(text) > 10_000:
            return ["TOO_LONG", "this is too long (max: 10000)", "text"]
        return None

    def _token(self, asked: Asked) -> Answer:
        login = asked.headers.get("authorization", "").removeprefix("Basic ")
        client, _, secret = base64.b64decode(login).decode().partition(":")
        if self.clients.get(client) != secret:
            return Answer(401, {"message": "Unauthorized", "error": 401})
        user = ""
        if asked.params.get("grant_type") == "password":
            user = asked.params["username"]
            if self.accounts.get(user) != asked.params["password"]:
                return Answer(200, {"error": "invalid_grant"})
        return Answer(200, self._new_token(user))

    def _new_token(self, user: str) -> Thing:
        token = f"token-{len(self._tokens)}-{self._next_id()}"
        self._tokens[token] = user
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": 86400,
            "scope": "*",
        }

    def _user(self, asked: Asked) -> str | None:
        token = asked.headers.get("authorization", "").split(" ")[-1]
        return self._tokens.get(token)

    def headers(self) -> dict[str, str]:
        """Return the budget that is left."""
        return {f"x-ratelimit-{name}": value for name, value in self._limits.items()}

    def _feed(self, asked: Asked) -> Answer:
        path = re.sub(r"/?\.rss$", "", asked.path.strip("/"))
        things = self._listed(path, asked.params)
        if path.startswith("comments/"):
            thread = f"t3_{path.split('/')[1]}"
            things = [
                each
                for each in self.things.values()
                if thread in (each["name"], each.get("link_id"))
            ]
        if things is None:
            return Answer(404, "<html><body>not found</body></html>", {"content-type": "text/html"})
        page = self._page(things, asked.params)
        text = _atom([each["data"] for each in page["data"]["children"]], self.url)
        tag = f'"{sha256(text.encode()).hexdigest()[:16]}"'
        headers = {"content-type": "application/atom+xml; charset=UTF-8", "etag": tag}
        if asked.headers.get("if-none-match") == tag:
            return Answer(304, "", headers)
        return Answer(200, text, headers, shows=tuple(_shown(page)))

    # Small matters

    def _next_id(self) -> str:
        self._numbers += 1
        return _base36(self._numbers)

    def _keep(self, thing: Thing, *, listed: bool) -> str:
        name = str(thing["name"])
        self.things[name] = thing
        if not listed:
            self._unlisted.add(name)
        return name

    def _root(self, name: str) -> Thing:
        thing = self.things[name]
        return self.things[thing["link_id"]] if "link_id" in thing else thing

    def _blank(self, name: str, text: str, category: str) -> None:
        with self.guard:
            thing = self.things[name]
            if name.startswith("t1_"):
                thing["body"] = text
            else:
                thing.update(selftext=text, removed_by_category=category)
            self._unlisted.add(name)


def _this_instant() -> float:
    return time.time()  # noqa: TID251  # a platform stamps its posts itself


def _submission(
    name: str, title: str, text: str, author: str | None, subreddit: str, at: float, slug: str
) -> Thing:
    permalink = f"/r/{subreddit}/comments/{name[3:]}/{slug}/"
    return {
        **_common(name, author, subreddit, at),
        "title": title,
        "selftext": text,
        "is_self": True,
        "permalink": permalink,
        "url": f"https://www.reddit.com{permalink}",
        "num_comments": 0,
    }


def _comment(
    name: str, text: str, author: str | None, root: Thing, parent: str, at: float
) -> Thing:
    return {
        **_common(name, author, root["subreddit"], at),
        "body": text,
        "link_id": root["name"],
        "parent_id": parent,
        "permalink": f"{root['permalink']}{name[3:]}/",
        "link_title": root.get("title", ""),
        "replies": "",
    }


def _common(name: str, author: str | None, subreddit: str, at: float) -> Thing:
    owner = author or "[deleted]"
    thing = {
        "id": name[3:],
        "name": name,
        "author": owner,
        "subreddit": subreddit,
        "created_utc": float(at),
        "edited": False,
        "score": 1,
        "locked": False,
    }
    return thing if author is None else {**thing, "author_fullname": f"t2_{owner.lower()}"}


def _listing(things: list[Thing], after: str | None = None) -> Thing:
    children = [{"kind": each["name"][:2], "data": each} for each in things]
    data = {"after": after, "before": None, "dist": len(things), "children": children}
    return {"kind": "Listing", "data": data}


def _shown(body: object) -> Iterator[str]:
    """Yield the key of each post that stands in an answer with its text."""
    if isinstance(body, list):
        for each in body:
            yield from _shown(each)
    elif isinstance(body, dict) and body.get("kind") in ("t1", "t3"):
        thing = body["data"]
        if thing.get("body", thing.get("selftext")) not in ("[deleted]", "[removed]"):
            yield f"reddit:{thing['name']}"
        yield from _shown(thing.get("replies"))
    elif isinstance(body, dict) and body.get("kind") == "Listing":
        yield from _shown(body["data"]["children"])


def _atom(things: list[Thing], url: str) -> str:
    entries = "".join(_entry(each, url) for each in things)
    space = 'xmlns="http://www.w3.org/2005/Atom"'
    return f'<?xml version="1.0" encoding="UTF-8"?><feed {space}><title>r</title>{entries}</feed>'


def _entry(thing: Thing, url: str) -> str:
    at = datetime.fromtimestamp(float(thing["created_utc"]), UTC).isoformat()
    author = thing["author"]
    written: str = thing["body"] if "body" in thing else thing["selftext"]
    paragraphs = "".join(f"<p>{html.escape(part)}</p>\n" for part in written.split("\n\n") if part)
    content = f'<!-- SC_OFF --><div class="md">{paragraphs}</div><!-- SC_ON -->'
    if "title" in thing:
        by = f'submitted by <a href="{url}/user/{author}">/u/{author}</a>'
        content += f' {by} <span><a href="{html.escape(thing["url"])}">[link]</a></span>'
    title = thing.get("title") or f"/u/{author} on {thing.get('link_title', '')}"
    named = "" if author == "[deleted]" else f"<author><name>/u/{author}</name></author>"
    return (
        f"<entry>{named}<category term={quoteattr(thing['subreddit'])}/>"
        f'<content type="html">{escape(content)}</content><id>{thing["name"]}</id>'
        f"<link href={quoteattr(url + thing['permalink'])}/>"
        f"<updated>{at}</updated><published>{at}</published><title>{escape(title)}</title></entry>"
    )


def _places(joined: str) -> set[str] | None:
    names = set(joined.lower().split("+"))
    return None if "all" in names else names


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


def load_things(server: RedditServer, exchanges: Path) -> int:
    """Post every submission and comment of recorded listings; return how many there are."""
    before = len(server.things)
    for line in exchanges.read_text("utf-8").split("\n"):
        with suppress(json.JSONDecodeError):
            _load_listing(server, json.loads(line)["body"])
    return len(server.things) - before


def _load_listing(server: RedditServer, body: object) -> None:
    for part in body if isinstance(body, list) else [body]:
        if not isinstance(part, dict) or part.get("kind") != "Listing":
            continue
        for child in part["data"]["children"]:
            if child["kind"] in ("t1", "t3") and "was_comment" not in child["data"]:
                server.add_thing(child["data"])


def main() -> None:
    """Serve until stopped; print the address first."""
    parser = loopback.arguments("A Reddit on loopback, for tests.")
    parser.add_argument("--load", type=Path, help="recorded exchanges (NDJSON) to post first")
    arguments = parser.parse_args()
    server = RedditServer(arguments.port, log=arguments.log)
    if arguments.load:
        load_things(server, arguments.load)
    loopback.serve(server)


if __name__ == "__main__":
    main()
