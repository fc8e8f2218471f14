"""A Bluesky on loopback: a Jetstream, and one server that is both PDS and AppView.

It keeps their habits: the stream's cursor is inclusive and one that is too old is moved to the
oldest event without a word, account events come whatever was asked for, posts without a login
cannot be searched, a record's key is taken once, and what is deleted is simply not in the answer.
Start it on its own with `python -m tests.servers.bluesky --port 0`; its first line is its address,
its second that of the stream. Controls as in `tests.servers.loopback`.
"""

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from tests.servers import loopback
from tests.servers.loopback import Answer, Asked, LoopbackServer

POST = "app.bsky.feed.post"
_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
CONTROLS = frozenset(
    {
        "post",
        "reply",
        "edit",
        "delete",
        "hide",
        "show",
        "rename",
        "list_now",
        "add_account",
        "noise",
        "replay",
        "break_streams",
        "stream",
        "expire_tokens",
        "state",
    }
)

Record = dict[str, Any]


@dataclass(slots=True)
class Account:
    """Somebody on the network."""

    did: str
    handle: str
    password: str = ""
    hidden: bool = False


@dataclass(slots=True)
class Kept:
    """A post as the network keeps it."""

    uri: str
    did: str
    rkey: str
    record: Record
    first: Record  # what the AppView shows: it takes in no edit
    seen_us: int
    listed: bool = True

    @property
    def cid(self) -> str:
        """What stands for the first version."""
        return "bafyrei" + sha256(json.dumps(self.first).encode()).hexdigest()[:52]

    @property
    def key(self) -> str:
        """The post's key as a mention has it."""
        return f"bluesky:{self.uri}"


@dataclass(slots=True)
class Told:
    """One event of the stream."""

    at_us: int
    frame: str
    is_post: bool  # of the posts' collection; other kinds come whatever was asked for
    key: str = ""  # of the post that it shows


@dataclass(slots=True)
class StreamHabits:
    """How the stream behaves from now on."""

    kept_s: float | None = None  # how far back it looks, from its newest event
    silent: bool = False  # connections open and nothing comes
    refuse: bool = False
    delay_s: float = 0.0  # before each event
    cut_after: int | None = None  # events, after which a connection is cut in mid-frame, once
    cut_each_after: int | None = None  # likewise, but each connection
    frames: list[int] = field(default_factory=list)  # how many each connection was sent


class BlueskyServer(LoopbackServer):
    """A running Bluesky; `url` serves as `pds_url` and `appview_url`, `jetstream_url` too."""

    controls = CONTROLS

    def __init__(
        self, port: int = 0, *, page_most: int = 100, log: Path | None = None, stream_port: int = 0
    ) -> None:
        super().__init__(port, log=log)
        self.page_most = page_most
        self.accounts: dict[str, Account] = {}  # by handle
        self.posts: dict[str, Kept] = {}  # by uri
        self.told: list[Told] = []
        self.habits = StreamHabits()
        self.dictionary: bytes | None = None  # for compressed frames
        self.logins_left = 30  # in five minutes
        self._tokens: dict[str, str] = {}  # token → did
        self._turn = threading.Condition(self.guard)
        self._open: set[ServerConnection] = set()
        self._stream: Server = serve(
            self._tell, "127.0.0.1", stream_port, process_request=self._let_in, compression=None
        )
        stream_at = self._stream.socket.getsockname()[1]
        self.jetstream_url = f"ws://127.0.0.1:{stream_at}/subscribe"

    def __enter__(self) -> Self:
        threading.Thread(target=self._stream.serve_forever, daemon=True).start()
        return super().__enter__()

    def __exit__(self, *details: object) -> None:
        super().__exit__(*details)
        self.break_streams()
        self._stream.shutdown()

    def serve(self) -> None:
        """Serve until the process ends."""
        threading.Thread(target=self._stream.serve_forever, daemon=True).start()
        super().serve()

    # What happens on Bluesky

    def add_account(self, handle: str, password: str = "") -> str:
        """Return the DID of an account, which is made if it is new."""
        with self.guard:
            known = self.accounts.get(handle)
            if known is None:
                digest = sha256(handle.encode()).digest()
                did = "did:plc:" + "".join(_BASE32[byte & 31] for byte in digest[:24])
                known = self.accounts[handle] = Account(did, handle)
            known.password = password or known.password
            return known.did

    def post(
        self,
        text: str,
        author: str = "customer.test",
        at: float | None = None,
        *,
        listed: bool = True,
        **extra: object,
    ) -> str:
        """Post a text, at `at` in epoch seconds or now; return its at-uri.

        `extra` are fields of the record. What is not `listed` is told and shown from `list_now` on.
        """
        with self._turn:
            did = self.add_account(author)
            at_us = int((at if at is not None else _this_instant()) * 1e6)
            record = {"$type": POST, "createdAt": _iso(at_us), "langs": ["en"], "text": text}
            return self._keep(did, {**record, **extra}, at_us, listed=listed)

    def reply(
        self,
        parent: str,
        text: str,
        author: str = "customer.test",
        at: float | None = None,
        **extra: Any,
    ) -> str:
        """Answer the post `parent`; return the at-uri."""
        with self.guard:
            above = self.posts[parent]
            ref = {"uri": parent, "cid": above.cid}
            root = above.record.get("reply", {}).get("root", ref)
            return self.post(text, author, at, reply={"root": root, "parent": ref}, **extra)

    def edit(self, uri: str, text: str, at: float | None = None) -> None:
        """Change a post's text."""
        with self._turn:
            kept = self.posts[uri]
            kept.record = {**kept.record, "text": text}
            self._tell_commit("update", kept, at)

    def delete(self, uri: str, at: float | None = None) -> None:
        """Delete a post."""
        with self._turn:
            self._tell_commit("delete", self.posts.pop(uri), at)

    def hide(self, handle: str, status: str = "takendown", at: float | None = None) -> None:
        """Take an account down; its posts are shown no more."""
        with self._turn:
            self.accounts[handle].hidden = True
            self._tell_account(handle, at, active=False, status=status)

    def show(self, handle: str, at: float | None = None) -> None:
        """Let an account be seen again."""
        with self._turn:
            self.accounts[handle].hidden = False
            self._tell_account(handle, at, active=True)

    def rename(self, handle: str, new: str, at: float | None = None) -> None:
        """Change an account's handle; the DID stays."""
        with self._turn:
            account = self.accounts.pop(handle)
            account.handle = new
            self.accounts[new] = account
            identity = {"did": account.did, "handle": new, "seq": len(self.told), "time": _iso(0)}
            self._tell_event({"did": account.did, "kind": "identity", "identity": identity}, at)

    def list_now(self, uri: str) -> None:
        """Let a post that was made with `listed=False` be told and shown."""
        with self._turn:
            kept = self.posts[uri]
            kept.listed = True
            self._tell_commit("create", kept, None)

    def noise(self, at: float | None = None, text: str = "nothing to see here") -> str:
        """Let somebody post something else."""
        return self.post(text, "bystander.test", at)

    def garble(self, *frames: str) -> None:
        """Tell what is no event, or one beyond all sense."""
        with self._turn:
            at_us = self.told[-1].at_us if self.told else 0
            self.told += [Told(at_us, frame, is_post=True) for frame in frames]
            self._turn.notify_all()

    def replay(self, frames: Iterable[str]) -> int:
        """Tell recorded events; return how many."""
        with self._turn:
            before = len(self.told)
            for frame in frames:
                event = json.loads(frame)
                commit = event.get("commit") or {}
                uri = f"at://{event['did']}/{commit.get('collection')}/{commit.get('rkey')}"
                is_post = commit.get("collection") in (None, POST)
                key = f"bluesky:{uri}" if commit.get("collection") == POST else ""
                self.told.append(Told(event["time_us"], frame, is_post, key))
            self._turn.notify_all()
            return len(self.told) - before

    # What goes wrong

    def stream(self, **habits: Any) -> None:
        """Let the stream behave otherwise; see `StreamHabits`."""
        with self._turn:
            for name, value in habits.items():
                setattr(self.habits, name, value)
            self._turn.notify_all()

    def break_streams(self) -> None:
        """Cut every connection of the stream."""
        with self._turn:
            cut, self._open = self._open, set()
            self._turn.notify_all()
        for connection in cut:
            _reset(connection)

    def expire_tokens(self) -> None:
        """Forget every access token; refreshing goes on working."""
        with self.guard:
            self._tokens = {
                token: did for token, did in self._tokens.items() if token.startswith("refresh")
            }

    # What a test looks at

    def state(self) -> dict[str, object]:
        """Return the posts and what the stream was asked for."""
        with self.guard:
            return {
                "posts": {uri: kept.record for uri, kept in self.posts.items()},
                "jetstream_url": self.jetstream_url,
                "frames": list(self.habits.frames),
                "requests": len(self.requests),
            }

    # The stream

    def _let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.habits.refuse:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "come back later\n")
        if urlsplit(request.path).path != "/subscribe":
            return connection.respond(HTTPStatus.NOT_FOUND, "no such stream\n")
        return None

    def _tell(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        asked = parse_qs(urlsplit(connection.request.path).query)
        with self._turn:
            number = len(self.habits.frames)
            self.habits.frames.append(0)
            self._open.add(connection)
        with suppress(ConnectionClosed, OSError):
            for told in self._events(connection, asked):
                self._send(connection, told, asked)
                self.habits.frames[number] += 1
                if self.habits.frames[number] in (
                    self.habits.cut_after,
                    self.habits.cut_each_after,
                ):
                    self.habits.cut_after = None
                    _cut_in_mid_frame(connection)
                    return
                if told.key:
                    self.note_shown(Answer(200, "", shows=(told.key,)))

    def _events(
        self, connection: ServerConnection, asked: Mapping[str, list[str]]
    ) -> Iterator[Told]:
        wanted = asked.get("wantedCollections", [POST])
        with self._turn:
            position = self._begins_at(asked)
        while not self.stopping.is_set() and connection in self._open:
            with self._turn:
                if position >= len(self.told) or self.habits.silent:
                    self._turn.wait(0.2)
                    continue
                told = self.told[position]
            position += 1
            if told.is_post or POST not in wanted:
                self.stopping.wait(self.habits.delay_s)
                yield told

    def _begins_at(self, asked: Mapping[str, list[str]]) -> int:
        """Return from which event on is told: the cursor's own, or the oldest one kept."""
        if "cursor" not in asked or not self.told:
            return len(self.told)
        cursor = int(asked["cursor"][0])
        if self.habits.kept_s is not None:
            cursor = max(cursor, self.told[-1].at_us - int(self.habits.kept_s * 1e6))
        return next(
            (at for at, told in enumerate(self.told) if told.at_us >= cursor), len(self.told)
        )

    def _send(
        self, connection: ServerConnection, told: Told, asked: Mapping[str, list[str]]
    ) -> None:
        if self.dictionary is None or asked.get("compress") != ["true"]:
            connection.send(told.frame)
            return
        from zstandard import ZstdCompressionDict, ZstdCompressor

        compressor = ZstdCompressor(dict_data=ZstdCompressionDict(self.dictionary))
        connection.send(compressor.compress(told.frame.encode()))

    def _tell_commit(self, operation: str, kept: Kept, at: float | None) -> None:
        commit: Record = {
            "rev": _tid(len(self.told) + 1),
            "operation": operation,
            "collection": POST,
            "rkey": kept.rkey,
        }
        if operation != "delete":
            commit |= {"record": kept.record, "cid": kept.cid}
        self._tell_event({"did": kept.did, "kind": "commit", "commit": commit}, at, kept.key)

    def _tell_account(self, handle: str, at: float | None, **facts: object) -> None:
        did = self.accounts[handle].did
        account = {"did": did, "seq": len(self.told), "time": _iso(0), **facts}
        self._tell_event({"did": did, "kind": "account", "account": account}, at)

    def _tell_event(self, event: Record, at: float | None, key: str = "") -> int:
        last = self.told[-1].at_us if self.told else 0
        at_us = max(last + 1, int((at if at is not None else _this_instant()) * 1e6))
        whole = {"did": event["did"], "time_us": at_us, **event}
        frame = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
        shown = key if event.get("commit", {}).get("operation") != "delete" else ""
        self.told.append(Told(at_us, frame, True, shown))
        self._turn.notify_all()
        return at_us

    def _keep(self, did: str, record: Record, at_us: int, *, listed: bool, rkey: str = "") -> str:
        last = self.told[-1].at_us if self.told else 0
        seen_us = max(last + 1, at_us)
        rkey = rkey or _tid(seen_us * 1024 + len(self.posts) % 1024)
        uri = f"at://{did}/{POST}/{rkey}"
        kept = Kept(uri, did, rkey, record, dict(record), seen_us, listed)
        self.posts[uri] = kept
        if listed:
            self._tell_commit("create", kept, seen_us / 1e6)
        return uri

    # How it answers

    def answered(self, asked: Asked) -> Answer:
        """Return what the PDS or the AppView answers."""
        name = asked.path.removeprefix("/xrpc/").replace(".", "_").lower()
        method = getattr(self, f"_do_{name}", None)
        if method is None:
            return _error(501, "MethodNotImplemented", "Method Not Implemented")
        try:
            answer: Answer = method(asked)
        except KeyError as error:
            return _error(400, "InvalidRequest", f"Missing required key {error}")
        return Answer(
            answer.status, answer.body, {**self.headers(), **answer.headers}, answer.shows
        )

    def headers(self) -> dict[str, str]:
        """Return the budget that is left, and the server's clock."""
        return {
            "ratelimit-limit": "3000",
            "ratelimit-remaining": "2900",
            "ratelimit-reset": str(int(_this_instant()) + 300),
            "ratelimit-policy": "3000;w=300",
            "content-type": "application/json; charset=utf-8",
        }

    def _do_com_atproto_server_createsession(self, asked: Asked) -> Answer:
        if self.logins_left <= 0:
            headers = {"retry-after": "282", "ratelimit-remaining": "0"}
            return _error(429, "RateLimitExceeded", "Rate Limit Exceeded", headers)
        self.logins_left -= 1
        account = self.accounts.get(asked.json["identifier"])
        if account is None or not account.password or account.password != asked.json["password"]:
            return _error(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session(account)

    def _do_com_atproto_server_refreshsession(self, asked: Asked) -> Answer:
        account = self._by_token(asked)
        if account is None:
            return _error(400, "ExpiredToken", "Token has been revoked")
        return self._session(account)

    def _do_com_atproto_server_getsession(self, asked: Asked) -> Answer:
        account = self._by_token(asked)
        if account is None:
            return _refused(asked)
        return Answer(200, {"did": account.did, "handle": account.handle})

    def _do_com_atproto_identity_resolvehandle(self, asked: Asked) -> Answer:
        account = self.accounts.get(asked.params["handle"])
        if account is None:
            return _error(400, "InvalidRequest", "Unable to resolve handle")
        return Answer(200, {"did": account.did})

    def _do_app_bsky_actor_getprofiles(self, asked: Asked) -> Answer:
        wanted = set(asked.every("actors"))
        found = [self._author(each) for each in self.accounts.values() if each.did in wanted]
        return Answer(200, {"profiles": found})

    def _do_app_bsky_feed_getposts(self, asked: Asked) -> Answer:
        uris = asked.every("uris")
        if len(uris) > 25:
            return _error(400, "InvalidRequest", "uris must not have more than 25 elements")
        found = [self.posts[uri] for uri in uris if uri in self.posts]
        return self._showing({}, "posts", self._seen(found))

    def _do_app_bsky_feed_getauthorfeed(self, asked: Asked) -> Answer:
        account = self._actor(asked.params["actor"])
        if account is None:
            return _error(400, "InvalidRequest", "Profile not found")
        found = self._seen(each for each in self.posts.values() if each.did == account.did)
        page, cursor = self._page(found, asked)
        body = {"feed": [{"post": self._view(each)} for each in page], **cursor}
        return Answer(200, body, shows=tuple(each.key for each in page))

    def _do_app_bsky_feed_searchposts(self, asked: Asked) -> Answer:
        if self._by_token(asked) is None:
            return Answer(403, "<html><body>Forbidden</body></html>", {"content-type": "text/html"})
        wanted = asked.params["q"].strip('"').lower()
        since, until = (_from_iso(asked.params.get(name)) for name in ("since", "until"))
        found = [
            each
            for each in self._seen(self.posts.values())
            if wanted in json.dumps(each.first, ensure_ascii=False).lower()
            and (since is None or _sort_us(each) >= since)
            and (until is None or _sort_us(each) < until)
        ]
        page, cursor = self._page(found, asked)
        return self._showing(cursor, "posts", page)

    def _do_app_bsky_notification_listnotifications(self, asked: Asked) -> Answer:
        account = self._by_token(asked)
        if account is None:
            return _refused(asked)
        reasons = asked.every("reasons")
        told = {each.uri: _reason(each, account.did) for each in self.posts.values()}
        found = [each for each in self._seen(self.posts.values()) if told[each.uri]]
        page, cursor = self._page([e for e in found if e.did != account.did], asked)
        listed = [{**self._view(each), "reason": told[each.uri]} for each in page]
        wanted = [each for each in listed if not reasons or each["reason"] in reasons]
        body = {"notifications": wanted, "priority": False, **cursor}
        return Answer(200, body, shows=tuple(each.key for each in page))

    def _do_app_bsky_feed_getpostthread(self, asked: Asked) -> Answer:
        uri = asked.params["uri"]
        kept = self.posts.get(uri)
        if kept is None or not self._seen([kept]):
            return _error(400, "NotFound", f"Post not found: {uri}")
        shown: list[str] = []
        return Answer(200, {"thread": self._tree(kept, shown)}, shows=tuple(shown))

    def _do_com_atproto_repo_createrecord(self, asked: Asked) -> Answer:
        account = self._by_token(asked)
        if account is None:
            return _refused(asked)
        record, rkey = asked.json["record"], asked.json.get("rkey", "")
        if len(record["text"]) > 300:
            words = "Invalid app.bsky.feed.post record: grapheme too big (maximum 300)"
            return _error(400, "InvalidRequest", words)
        if f"at://{account.did}/{POST}/{rkey}" in self.posts:
            return _error(500, "InternalServerError", "Internal Server Error")
        at_us = _from_iso(record["createdAt"]) or 0
        with self._turn:
            uri = self._keep(account.did, record, at_us, listed=True, rkey=rkey)
        return Answer(200, {"uri": uri, "cid": self.posts[uri].cid})

    def _do_com_atproto_repo_deleterecord(self, asked: Asked) -> Answer:
        account = self._by_token(asked)
        if account is None:
            return _refused(asked)
        uri = f"at://{account.did}/{asked.json['collection']}/{asked.json['rkey']}"
        if uri in self.posts:
            self.delete(uri)
        return Answer(200, {})

    def _do_com_atproto_repo_getrecord(self, asked: Asked) -> Answer:
        uri = f"at://{asked.params['repo']}/{asked.params['collection']}/{asked.params['rkey']}"
        kept = self.posts.get(uri)
        if kept is None:
            return _error(400, "RecordNotFound", f"Could not locate record: {uri}")
        return Answer(200, {"uri": uri, "cid": kept.cid, "value": kept.record})

    # Small matters

    def _session(self, account: Account) -> Answer:
        number = len(self._tokens)
        access, refresh = f"access-{number}-{account.did}", f"refresh-{number}-{account.did}"
        self._tokens |= {access: account.did, refresh: account.did}
        body = {"accessJwt": access, "refreshJwt": refresh, "did": account.did}
        return Answer(200, {**body, "handle": account.handle, "active": True})

    def _by_token(self, asked: Asked) -> Account | None:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        return self._actor(self._tokens.get(token, ""))

    def _actor(self, actor: str) -> Account | None:
        found = (each for each in self.accounts.values() if actor in (each.did, each.handle))
        return next(found, None)

    def _seen(self, posts: Iterable[Kept]) -> list[Kept]:
        """Return the posts that are shown, newest first."""
        hidden = {each.did for each in self.accounts.values() if each.hidden}
        found = [each for each in posts if each.listed and each.did not in hidden]
        return sorted(found, key=_sort_us, reverse=True)

    def _page(self, posts: list[Kept], asked: Asked) -> tuple[list[Kept], dict[str, str]]:
        most = min(int(asked.params.get("limit", 50)), self.page_most)
        if cursor := asked.params.get("cursor"):
            if not re.fullmatch(r"\d+__\w+", cursor):
                raise KeyError("cursor")
            at, name = cursor.split("__")
            posts = [each for each in posts if (_sort_us(each), each.cid) < (int(at), name)]
        posts = sorted(posts, key=lambda each: (_sort_us(each), each.cid), reverse=True)
        page = posts[:most]
        more = {"cursor": f"{_sort_us(page[-1])}__{page[-1].cid}"} if len(page) == most else {}
        return page, more

    def _showing(self, body: Mapping[str, object], name: str, posts: list[Kept]) -> Answer:
        views = [self._view(each) for each in posts]
        return Answer(200, {**body, name: views}, shows=tuple(each.key for each in posts))

    def _tree(self, kept: Kept, shown: list[str]) -> Record:
        shown.append(kept.key)
        under = [
            each
            for each in self._seen(self.posts.values())
            if each.record.get("reply", {}).get("parent", {}).get("uri") == kept.uri
        ]
        replies = [self._tree(each, shown) for each in under]
        return {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self._view(kept),
            "replies": replies,
        }

    def _view(self, kept: Kept) -> Record:
        account = next(each for each in self.accounts.values() if each.did == kept.did)
        return {
            "uri": kept.uri,
            "cid": kept.cid,
            "author": self._author(account),
            "record": kept.first,
            "indexedAt": _iso(kept.seen_us),
            "viewer": {},
            "labels": [],
        }

    def _author(self, account: Account) -> Record:
        return {"did": account.did, "handle": account.handle, "displayName": "", "labels": []}


def _sort_us(kept: Kept) -> int:
    return min(_from_iso(kept.first.get("createdAt")) or kept.seen_us, kept.seen_us)


def _reason(kept: Kept, did: str) -> str:
    """Return why the account `did` is told of a post, "" where it is not."""
    record = kept.first
    parent = record.get("reply", {}).get("parent", {}).get("uri", "")
    if parent.startswith(f"at://{did}/"):
        return "reply"
    quoted = record.get("embed", {}).get("record", {}).get("uri", "")
    if quoted.startswith(f"at://{did}/"):
        return "quote"
    return "mention" if f'"did": "{did}"' in json.dumps(record.get("facets", [])) else ""


def _error(
    status: int, name: str, message: str, headers: Mapping[str, str] | None = None
) -> Answer:
    return Answer(status, {"error": name, "message": message}, headers or {})


def _refused(asked: Asked) -> Answer:
    if "authorization" in asked.headers:
        return _error(400, "ExpiredToken", "Token has expired")
    return _error(401, "AuthenticationRequired", "Authentication Required")


def _tid(number: int) -> str:
    return "".join(_BASE32[(number >> shift) & 31] for shift in range(60, -1, -5))


def _iso(at_us: int) -> str:
    at = datetime.fromtimestamp(at_us // 1_000_000, UTC).replace(microsecond=at_us % 1_000_000)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _from_iso(text: object) -> int | None:
    if text is None:
        return None
    at = datetime.fromisoformat(str(text))
    return int(at.replace(microsecond=0).timestamp()) * 1_000_000 + at.microsecond


def _cut_in_mid_frame(connection: ServerConnection) -> None:
    connection.socket.sendall(b"\x81\x7e\x10\x00" + b'{"did":"did:plc:cut","time_us":1')
    _reset(connection)


def _reset(connection: ServerConnection) -> None:
    with suppress(OSError):
        linger = struct.pack("ii", 1, 0)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.socket.shutdown(socket.SHUT_RDWR)


def _this_instant() -> float:
    return time.time()  # noqa: TID251  # a platform stamps its posts itself


if __name__ == "__main__":
    parser = loopback.arguments(__doc__ or "")
    parser.add_argument("--stream-port", type=int, default=0)
    given = parser.parse_args()
    bluesky = BlueskyServer(given.port, log=given.log, stream_port=given.stream_port)
    print(bluesky.url, flush=True)  # noqa: T201  # whoever started it reads both lines
    print(bluesky.jetstream_url, flush=True)  # noqa: T201
    with suppress(KeyboardInterrupt):
        bluesky.serve()
