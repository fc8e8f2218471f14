"""What a Bot API server knows and refuses: chats, messages, updates, limits. No network here.

Descriptions of errors are the real server's. Source: core.telegram.org/bots/api and
core.telegram.org/bots/faq ("My bot is hitting limits").
"""

import json
import math
import re
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.servers import bot_api_html

Params = Mapping[str, str]
Json = dict[str, Any]

DAY = 24 * 3600.0
QUERY_LIVES = 30.0  # seconds in which a tap can be answered
GENERAL_TOPIC = 1  # has no thread id of its own: naming it is "message thread not found"
BUTTON_KINDS = {"url", "callback_data", "copy_text", "web_app", "login_url", "pay"}
STYLES = {"primary", "success", "danger"}
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
FORBIDDEN = {
    "kicked": "Forbidden: bot was kicked from the supergroup chat",
    "blocked": "Forbidden: bot was blocked by the user",
    "deactivated": "Forbidden: user is deactivated",
}
_COMMAND = re.compile(r"/[A-Za-z0-9_]+(?:@\w+)?")
_URL = re.compile(r"(?:https?://[\w.\-\[\]:@%]+|tg://)\S*\Z")


class RefusalError(Exception):
    """An answer that is not "ok"."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(problem: str, **parameters: int) -> RefusalError:
    """Return the 400 that names `problem`."""
    return RefusalError(400, f"Bad Request: {problem}", **parameters)


class ServerClock:
    """Seconds since the start; runs `speed` times as fast as life, not at all at 0."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._skipped = 0.0
        self._started = time.monotonic()
        self._born = datetime.now(UTC).timestamp()  # noqa: TID251 - a server has its own clock

    def now(self) -> float:
        """Return the seconds that have passed on this clock."""
        return (time.monotonic() - self._started) * self._speed + self._skipped

    def unix(self) -> int:
        """Return the date that messages carry."""
        return int(self._born + self.now())

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._skipped += seconds


@dataclass(slots=True)
class Limits:
    """How much is taken before 429: sends and edits alike. `on=False` takes everything."""

    clock: ServerClock
    on: bool = True
    burst: int = 3  # a chat's messages that may come at once; each is paid back in a second
    per_group_minute: int = 20
    per_second: int = 30
    _taken: dict[int, deque[float]] = field(default_factory=dict)  # when, for each chat
    _paid: dict[int, float] = field(default_factory=dict)  # when each chat's burst is paid back
    _all: deque[float] = field(default_factory=lambda: deque(maxlen=1000))

    def take(self, chat_id: int) -> None:
        """Count one message to a chat. Raises a 429 with the seconds to wait."""
        now = self.clock.now()
        mine = self._taken.setdefault(chat_id, deque(maxlen=1000))
        owed = max(self._paid.get(chat_id, now) - now, 0.0)
        if self.on:
            waits = [owed - (self.burst - 1), _wait(self._all, self.per_second, 1.0, now)]
            if chat_id < 0:
                waits.append(_wait(mine, self.per_group_minute, 60.0, now))
            if max(waits) > 0:
                raise too_many(math.ceil(max(waits)))
        self._paid[chat_id] = now + owed + 1
        mine.append(now)
        self._all.append(now)


def _wait(taken: deque[float], most: int, seconds: float, now: float) -> float:
    """Return how long until fewer than `most` lie in the last `seconds`."""
    recent = [at for at in taken if at > now - seconds]
    return recent[-most] + seconds - now if len(recent) >= most else 0.0


def too_many(seconds: int) -> RefusalError:
    """Return the 429 that asks for `seconds` of patience."""
    return RefusalError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(slots=True)
class Chat:
    """A chat the bot was added to, or was."""

    id: int
    title: str
    topics: dict[int, str] | None = None  # None: no forum
    closed: set[int] = field(default_factory=set)
    standing: str = "member"  # or a key of FORBIDDEN
    moved_to: int | None = None
    photos_forbidden: bool = False

    @property
    def private(self) -> bool:
        """Whether it is a person's own chat with the bot."""
        return self.id > 0

    def row(self) -> Json:
        """Return it as the API shows it."""
        if self.private:
            return {"id": self.id, "type": "private", "first_name": self.title}
        is_super = str(self.id).startswith("-100")
        shown: Json = {"id": self.id, "type": "supergroup" if is_super else "group"}
        return {**shown, "title": self.title} | ({"is_forum": True} if self.topics else {})


@dataclass(slots=True)
class Version:
    """What a message says, now or before an edit."""

    text: str
    entities: tuple[Json, ...] = ()
    buttons: tuple[tuple[Json, ...], ...] = ()


@dataclass(slots=True)
class Stored:
    """A message of a chat."""

    chat_id: int
    message_id: int
    date: int
    sender: Json
    now: Version
    topic: int | None = None
    silent: bool = False
    edits: list[Version] = field(default_factory=list)  # what it said before, oldest first
    deleted: bool = False
    pinned: bool = False
    kind: str = "text"
    reply_to: int | None = None
    force_reply: Json | None = None  # it opens the line to write in
    photo: Json | None = None  # width, height and file_size of a picture

    @property
    def text(self) -> str:
        """What it says now."""
        return self.now.text

    @property
    def entities(self) -> tuple[Json, ...]:
        """How it is formatted now."""
        return self.now.entities

    @property
    def buttons(self) -> tuple[tuple[Json, ...], ...]:
        """The rows under it now."""
        return self.now.buttons

    @property
    def from_bot(self) -> bool:
        """Whether the bot under test sent it."""
        return bool(self.sender["is_bot"])

    def plain(self) -> Json:
        """Return it for the control paths."""
        row = asdict(self)
        return {**row, **row.pop("now"), "from_bot": self.from_bot}


@dataclass(slots=True)
class Query:
    """A tap and what was answered to it."""

    id: str
    asked_at: float
    data: str
    answered: bool = False
    text: str = ""
    alert: bool = False


class BotApiState:
    """All of the server but its sockets; every call is one step under one lock."""

    def __init__(self, token: str, clock: ServerClock, limits: Limits) -> None:
        self.token = token
        self.clock = clock
        self.limits = limits
        self.me: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Desk",
            "username": "desk_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.chats: dict[int, Chat] = {}
        self.stored: dict[tuple[int, int], Stored] = {}
        self.pictures: dict[tuple[int, int], bytes] = {}
        self.queries: dict[str, Query] = {}
        self.commands: dict[str, list[Json]] = {}
        self.webhook = ""
        self.calls: list[Json] = []
        self.on_update: Callable[[], None] = lambda: None
        self.lock = threading.RLock()
        self._allowed: frozenset[str] | None = None
        self._updates: deque[tuple[float, Json]] = deque()
        self._next_update = 700_000_001
        self._next_message: dict[int, int] = {}
        self._uploads: Mapping[str, bytes] = {}  # of the call under way
        self._next_query = 4_000_000_000_000_000_001

    # ------------------------------------------------------------ what tests do and read

    def add_chat(self, chat_id: int, title: str = "Care", topics: list[int] | None = None) -> None:
        """Let the bot into a chat; `topics` make it a forum."""
        named = {topic: f"Topic {topic}" for topic in topics} if topics is not None else None
        with self.lock:
            self.chats[chat_id] = Chat(id=chat_id, title=title, topics=named)

    def messages(self, chat_id: int) -> list[Stored]:
        """Return all messages of a chat, deleted ones too, oldest first."""
        with self.lock:
            return [found for (chat, _), found in sorted(self.stored.items()) if chat == chat_id]

    def answers(self) -> list[Query]:
        """Return the taps that were answered, oldest first."""
        with self.lock:
            return [query for query in self.queries.values() if query.answered]

    def tap(self, chat_id: int, message_id: int, data: str, user_id: int = 501, **who: str) -> str:
        """Press the button that carries `data`, as a person can; return the query's id."""
        with self.lock:
            message = self.stored[chat_id, message_id]
            carried = [button.get("callback_data") for row in message.buttons for button in row]
            if message.deleted or data not in carried:
                raise ValueError(f"message {message_id} shows no button with {data!r}")
            return self.tap_stale(chat_id, message_id, data, user_id, **who)

    def tap_stale(
        self, chat_id: int, message_id: int, data: str, user_id: int = 501, **who: str
    ) -> str:
        """Press a button that has gone since this client last looked; return the query's id."""
        with self.lock:
            query = Query(str(self._next_query), self.clock.now(), data)
            self._next_query += 1
            self.queries[query.id] = query
            asked = {"id": query.id, "from": person(user_id, **who), "chat_instance": "77"}
            shown = self._row(self.stored[chat_id, message_id])
            self.inject("callback_query", {**asked, "message": shown, "data": data})
            return query.id

    def say(
        self,
        chat_id: int,
        text: str,
        user_id: int = 501,
        topic: int | None = None,
        reply_to: int | None = None,
        **who: str,
    ) -> int:
        """Write `text` as a person; return the message's id."""
        with self.lock:
            message = self._new(chat_id, Version(text, tuple(_commands(text))), topic, reply_to)
            message.sender = person(user_id, **who)
            self.inject("message", self._row(message))
            return message.message_id

    def kick(self, chat_id: int, standing: str = "kicked", user_id: int = 501) -> None:
        """Remove the bot from a group, or block it in a private chat."""
        self._change_standing(chat_id, standing, "member", "kicked", user_id)

    def readmit(self, chat_id: int, user_id: int = 501) -> None:
        """Let the bot in again."""
        self._change_standing(chat_id, "member", "left", "member", user_id)

    def migrate(self, chat_id: int, new_id: int) -> None:
        """Make a supergroup of a group."""
        with self.lock:
            old = self.chats[chat_id]
            self.add_chat(new_id, old.title)
            old.moved_to = new_id
            self._service(old, {"migrate_to_chat_id": new_id})
            self._service(self.chats[new_id], {"migrate_from_chat_id": chat_id})

    def close_topic(self, chat_id: int, topic: int, *, gone: bool = False) -> None:
        """Close a topic, or delete it."""
        with self.lock:
            chat = self.chats[chat_id]
            chat.closed.add(topic)
            if gone and chat.topics:
                del chat.topics[topic]

    def vanish(self, chat_id: int, message_id: int) -> None:
        """Delete a message as an administrator does: the bot is not told."""
        self.stored[chat_id, message_id].deleted = True

    def set_webhook(self, url: str) -> None:
        """Let another program take the updates."""
        self.webhook = url

    def advance(self, seconds: float) -> None:
        """Let time pass on the server's clock."""
        self.clock.advance(seconds)
        self.on_update()

    def set_limits(self, **changes: int) -> None:
        """Change the limits: on, burst, per_group_minute, per_second."""
        for name, value in changes.items():
            if name not in {"on", "burst", "per_group_minute", "per_second"}:
                raise ValueError(f"no such limit: {name}")
            setattr(self.limits, name, value)

    def inject(self, kind: str, body: Json) -> int:
        """Queue an update of any kind, as a server would send it; return its id."""
        with self.lock:
            number = self._next_update
            wanted = kind not in NOT_BY_DEFAULT if self._allowed is None else kind in self._allowed
            if wanted:
                self._next_update += 1
                self._updates.append((self.clock.now(), {"update_id": number, kind: body}))
        self.on_update()
        return number

    def overview(self) -> Json:
        """Return what is not a message: chats, calls, taps, updates not yet acknowledged."""
        with self.lock:
            return {
                "chats": [asdict(chat) | {"closed": sorted(chat.closed)} for chat in self._chats()],
                "calls": list(self.calls),
                "queries": [asdict(query) for query in self.queries.values()],
                "pending": [update for _, update in self._updates],
                "commands": self.commands,
            }

    # ------------------------------------------------------------ what the bot asks

    def updates(self, offset: int, limit: int) -> list[Json]:
        """Return what waits from `offset` on; all before it is acknowledged and forgotten."""
        with self.lock:
            if offset < 0:  # counted from the end
                offset = self._next_update + offset
            oldest = self.clock.now() - DAY
            keep = [
                (at, update)
                for at, update in self._updates
                if at > oldest and update["update_id"] >= offset
            ]
            self._updates = deque(keep)
            return [update for _, update in keep[:limit]]

    def allow(self, kinds: list[str]) -> None:
        """Take in only updates of these kinds from now on; none named means the default."""
        self._allowed = frozenset(kinds) or None

    def call(self, method: str, params: Params, files: Mapping[str, bytes] | None = None) -> object:
        """Return a method's result; `files` came with it. Raises `RefusalError`."""
        with self.lock:
            self._uploads = files or {}
            answer = getattr(self, f"_do_{method.lower()}", None)
            if answer is None:
                raise RefusalError(404, "Not Found: method not found")
            return answer(params)

    def _do_getme(self, params: Params) -> Json:
        return self.me

    def _do_deletewebhook(self, params: Params) -> bool:
        self.webhook = ""
        return True

    def _do_getwebhookinfo(self, params: Params) -> Json:
        waiting = len(self._updates)
        shown = {"url": self.webhook, "has_custom_certificate": False}
        return {**shown, "pending_update_count": waiting}

    def _do_setmycommands(self, params: Params) -> bool:
        commands = json.loads(params["commands"])
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[params.get("language_code", "")] = commands
        return True

    def _do_getchat(self, params: Params) -> Json:
        chat = self._chat(params)
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
        taken = dict.fromkeys((*gifts, "gifts_from_channels"), False)
        extra = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": taken}
        return {**chat.row(), **extra}

    def _do_createforumtopic(self, params: Params) -> Json:
        chat = self._chat(params)
        if chat.topics is None:
            raise bad("the chat is not a forum")
        topic = self._number(chat.id)
        chat.topics[topic] = params["name"]
        return {"message_thread_id": topic, "name": params["name"], "icon_color": 7322096}

    def _do_sendmessage(self, params: Params) -> Json:
        return self._send(params, _version(params, "text", 4096), "text")

    def _do_sendphoto(self, params: Params) -> Json:
        version = _version(params, "caption", 1024)
        chat = self._chat(params)
        if chat.photos_forbidden:
            raise bad("not enough rights to send photos to the chat")
        picture = self._upload(params, "photo")
        width, height = _size(picture)
        row = self._send(params, version, "photo")
        stored = self.stored[chat.id, row["message_id"]]
        stored.photo = {"width": width, "height": height, "file_size": len(picture)}
        self.pictures[chat.id, stored.message_id] = picture
        return self._row(stored)

    def _do_senddocument(self, params: Params) -> Json:
        return self._send(params, _version(params, "caption", 1024), "document")

    def _do_editmessagetext(self, params: Params) -> Json:
        message = self._editable(params)
        if message.kind != "text":
            raise bad("there is no text in the message to edit")
        return self._edit(message, _version(params, "text", 4096))

    def _do_editmessagereplymarkup(self, params: Params) -> Json:
        message = self._editable(params)
        version = Version(message.text, message.entities, _buttons(params))
        return self._edit(message, version)

    def _do_deletemessage(self, params: Params) -> bool:
        self._found(params, "message to delete not found").deleted = True
        return True

    def _do_pinchatmessage(self, params: Params) -> bool:
        self._found(params, "message to pin not found").pinned = True
        return True

    def _do_unpinchatmessage(self, params: Params) -> bool:
        self._found(params, "message to unpin not found").pinned = False
        return True

    def _do_answercallbackquery(self, params: Params) -> bool:
        query = self.queries.get(params.get("callback_query_id", ""))
        late = query is None or self.clock.now() - query.asked_at > QUERY_LIVES
        if query is None or late or query.answered:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if bot_api_html.units(params.get("text", "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        query.answered = True
        query.text = params.get("text", "")
        query.alert = params.get("show_alert", "") == "true"
        return True

    # ------------------------------------------------------------ within

    def _chats(self) -> Iterator[Chat]:
        yield from self.chats.values()

    def _chat(self, params: Params) -> Chat:
        chat = self.chats.get(int(params.get("chat_id") or 0))
        if chat is None:
            raise bad("chat not found")
        if chat.moved_to is not None:
            problem = "group chat was upgraded to a supergroup chat"
            raise bad(problem, migrate_to_chat_id=chat.moved_to)
        if chat.standing in FORBIDDEN:
            raise RefusalError(403, FORBIDDEN[chat.standing])
        return chat

    def _topic(self, chat: Chat, params: Params) -> int | None:
        if not params.get("message_thread_id"):
            return None
        topic = int(params["message_thread_id"])
        if topic == GENERAL_TOPIC or topic not in (chat.topics or {}):
            raise bad("message thread not found")
        if topic in chat.closed:
            raise bad("TOPIC_CLOSED")
        return topic

    def _send(self, params: Params, version: Version, kind: str) -> Json:
        chat = self._chat(params)
        topic = self._topic(chat, params)
        self.limits.take(chat.id)
        message = self._new(chat.id, version, topic, None)
        message.kind = kind
        message.silent = params.get("disable_notification") == "true"
        message.force_reply = _force_reply(params)
        return self._row(message)

    def _upload(self, params: Params, name: str) -> bytes:
        """Return the file that came as `name`, in its own part or in the one it names."""
        part = params.get(name, "").removeprefix("attach://")
        file = self._uploads.get(name) or self._uploads.get(part)
        if not file:
            raise bad(f"there is no {name} in the request")
        return file

    def _new(
        self, chat_id: int, version: Version, topic: int | None, reply_to: int | None
    ) -> Stored:
        number = self._number(chat_id)
        message = Stored(chat_id, number, self.clock.unix(), self.me, version, topic)
        message.reply_to = reply_to
        self.stored[chat_id, number] = message
        return message

    def _number(self, chat_id: int) -> int:
        self._next_message[chat_id] = self._next_message.get(chat_id, 100) + 1
        return self._next_message[chat_id]

    def _found(self, params: Params, problem: str) -> Stored:
        chat = self._chat(params)
        message = self.stored.get((chat.id, int(params.get("message_id") or 0)))
        if message is None or message.deleted:
            raise bad(problem)
        return message

    def _editable(self, params: Params) -> Stored:
        message = self._found(params, "message to edit not found")
        if not message.from_bot or message.force_reply is not None:
            raise bad("message can't be edited")
        return message

    def _edit(self, message: Stored, version: Version) -> Json:
        if version == message.now:
            same = "specified new message content and reply markup are exactly the same as"
            rest = "a current content and reply markup of the message"
            raise bad(f"message is not modified: {same} {rest}")
        self.limits.take(message.chat_id)
        message.edits.append(message.now)
        message.now = version
        return self._row(message) | {"edit_date": self.clock.unix()}

    def _row(self, message: Stored) -> Json:
        chat = self.chats[message.chat_id]
        row: Json = {"message_id": message.message_id, "date": message.date, "chat": chat.row()}
        row["from"] = message.sender
        row |= _content(message)
        if message.buttons:
            row["reply_markup"] = {"inline_keyboard": message.buttons}
        if message.topic is not None:
            row |= {"message_thread_id": message.topic, "is_topic_message": True}
        return row | self._replied(message)

    def _replied(self, message: Stored) -> Json:
        if message.reply_to is not None:
            replied = self._row(self.stored[message.chat_id, message.reply_to])
            replied.pop("reply_to_message", None)
            thread = {} if message.topic is not None else {"message_thread_id": message.reply_to}
            return {"reply_to_message": replied, **thread}  # a thread, yet no topic
        if message.topic is None or message.from_bot:
            return {}
        chat = self.chats[message.chat_id]
        opened = {"name": (chat.topics or {}).get(message.topic, ""), "icon_color": 7322096}
        service: Json = {"message_id": message.topic, "date": message.date, "chat": chat.row()}
        return {"reply_to_message": {**service, "forum_topic_created": opened}}

    def _service(self, chat: Chat, body: Json) -> None:
        base: Json = {"message_id": self._number(chat.id), "date": self.clock.unix()}
        self.inject("message", {**base, "chat": chat.row(), "from": person(501), **body})

    def _change_standing(
        self, chat_id: int, standing: str, before: str, after: str, user_id: int
    ) -> None:
        with self.lock:
            self.chats[chat_id].standing = standing
            changed = {"chat": self.chats[chat_id].row(), "from": person(user_id)}
            rows: list[Json] = [{"user": self.me, "status": status} for status in (before, after)]
            rows[1] |= {"until_date": 0} if after == "kicked" else {}
            both = {"old_chat_member": rows[0], "new_chat_member": rows[1]}
            self.inject("my_chat_member", {**changed, **both, "date": self.clock.unix()})


def person(user_id: int, name: str = "Ada", language: str = "en") -> Json:
    """Return a person as the API shows one."""
    return {"id": user_id, "is_bot": False, "first_name": name, "language_code": language}


def _commands(text: str) -> Iterator[Json]:
    match = _COMMAND.match(text)
    if match:
        yield {"type": "bot_command", "offset": 0, "length": len(match.group())}


def _content(message: Stored) -> Json:
    if message.kind == "photo":
        size: Json = {"file_id": "p1", "file_unique_id": "p1", "width": 1, "height": 1}
        size |= message.photo or {}
        return {"photo": [size], "caption": message.text, "caption_entities": message.entities}
    if message.kind == "document":
        file = {"file_id": "d1", "file_unique_id": "d1"}
        return {"document": file, "caption": message.text, "caption_entities": message.entities}
    return {"text": message.text, "entities": message.entities}


def _size(picture: bytes) -> tuple[int, int]:
    """Return how wide and high a PNG is. Source: core.telegram.org/bots/api, "sendPhoto"."""
    if len(picture) > 10 * 1024 * 1024:
        raise RefusalError(413, "Request Entity Too Large")
    if picture[:8] != b"\x89PNG\r\n\x1a\n" or not picture.endswith(b"IEND\xaeB`\x82"):
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = struct.unpack(">II", picture[16:24])
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _version(params: Params, name: str, most: int) -> Version:
    source = params.get(name, "")
    try:
        source.encode()
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    text, entities = _parsed(source, params.get("parse_mode", ""))
    if name == "text" and not text:
        raise bad("message text is empty")
    if bot_api_html.units(text) > most:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    return Version(text, entities, _buttons(params))


def _parsed(source: str, mode: str) -> tuple[str, tuple[Json, ...]]:
    if mode not in {"", "HTML"}:
        raise bad("unsupported parse_mode")
    if not mode:
        return source.strip(" \n"), ()
    try:
        return bot_api_html.parse(source)
    except bot_api_html.MarkupError as error:
        raise bad(f"can't parse entities: {error}") from error


def _buttons(params: Params) -> tuple[tuple[Json, ...], ...]:
    if not params.get("reply_markup"):
        return ()
    markup = json.loads(params["reply_markup"])
    if "force_reply" in markup:
        return ()
    rows = markup["inline_keyboard"]
    if sum(map(len, rows)) > 100:
        raise bad("reply markup is too long")
    return tuple(tuple(_button(button) for button in row) for row in rows if row)


def _force_reply(params: Params) -> Json | None:
    """Return the markup that asks for words, None for any other."""
    markup: Json = json.loads(params.get("reply_markup") or "{}")
    if "force_reply" not in markup:
        return None
    known = {"force_reply", "selective", "input_field_placeholder"}
    placeholder = markup.get("input_field_placeholder", "x")
    if markup["force_reply"] is not True or markup.keys() - known:
        raise bad("can't parse reply keyboard markup JSON object")
    if not 1 <= len(placeholder) <= 64:
        raise bad("INPUT_FIELD_PLACEHOLDER_INVALID")
    return markup


def _button(button: Json) -> Json:
    if not button.get("text", "").strip():
        raise bad("inline keyboard button text must be non-empty")
    if len(BUTTON_KINDS & button.keys()) != 1 or button.keys() - BUTTON_KINDS - {"text", "style"}:
        raise bad("inline keyboard button must have exactly one type")
    if not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if not _URL.match(button.get("url", "https://a")):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if not 1 <= len(button.get("copy_text", {"text": "x"})["text"]) <= 256:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    if button.get("style", "primary") not in STYLES:
        raise bad("unsupported button style")
    return button
