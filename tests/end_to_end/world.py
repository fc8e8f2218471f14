"""A desk in its world: settings, a Reddit and a Bot API on loopback, and the process between."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import tomlkit

from bot.chat.taps import ON_CARDS, TapKind, decode
from tests.end_to_end.process import PATIENCE_S, DeskProcess
from tests.servers.bot_api import TOKEN, BotApiServer
from tests.servers.bot_api_state import Stored
from tests.servers.reddit import RedditServer

CHAT = -1001234567890
ADA = 501  # the Telegram id of a member
STRANGER = 666
SECRETS = {
    "MENTIONDESK_TELEGRAM_TOKEN": TOKEN,
    "MENTIONDESK_REDDIT_CLIENT_ID": "kq8Yd0-desk-client",
    "MENTIONDESK_REDDIT_CLIENT_SECRET": "Zr4_n7sWv-not-a-real-secret",
    "MENTIONDESK_REDDIT_USERNAME": "acme_care",
    "MENTIONDESK_REDDIT_PASSWORD": "horse+battery/staple 9",
}
_GONE = re.compile(r"the post was deleted\n#(?P<item>\d+) · ")
_BESIDE_CARDS = frozenset(TapKind) - ON_CARDS

Found = TypeVar("Found")
Tables = dict[str, Any]


@dataclass
class World:
    """What a test of the whole desk has in its hands."""

    folder: Path
    reddit: RedditServer
    telegram: BotApiServer
    environ: dict[str, str] = field(default_factory=lambda: dict(SECRETS))
    processes: list[DeskProcess] = field(default_factory=list)
    begun: type[DeskProcess] = DeskProcess

    @property
    def database(self) -> Path:
        """The desk's file."""
        return self.folder / "desk.db"

    @property
    def running(self) -> DeskProcess:
        """The process started last."""
        return self.processes[-1]

    # ------------------------------------------------------------ the desk

    def configure(self, **tables: Any) -> None:
        """Write the settings; `tables` replace those of `plain_settings`."""
        text = tomlkit.dumps({**self.plain_settings(), **tables})
        (self.folder / "mentiondesk.toml").write_text(text, "utf-8")

    def plain_settings(self) -> Tables:
        """Return a desk with one chat, one brand and one subreddit."""
        own = {"reddit": ["acme_care"]}
        return {
            "desk": {"database": "desk.db"},
            "telegram": {"base_url": self.telegram.base_url},
            "chat": [{"name": "care", "id": CHAT}],
            "brand": [{"name": "Acme", "keywords": ["acme"], "own_accounts": own}],
            "connectors": {"reddit": self.reddit_section()},
        }

    def reddit_section(self, **changes: Any) -> Tables:
        """Return `[connectors.reddit]`, polled as often as can be."""
        urls = {"reddit_url": self.reddit.url, "oauth_url": self.reddit.url}
        return {"subreddits": ["acme"], "every": "1s", **urls, **changes}

    def begin(self, *arguments: str, name: str = "") -> DeskProcess:
        """Start the command; `run` if no arguments are given."""
        label = name or f"process-{len(self.processes) + 1:03d}"
        process = self.begun(arguments or ("run",), self.folder, self.environ, label)
        self.processes.append(process)
        return process

    def run(self, *arguments: str) -> DeskProcess:
        """Start `mentiondesk run` and return once it has read its sources and hears taps."""
        process = self.begin("run", *arguments)
        self.until(lambda: self.polls_of(process), "the desk reads and hears")
        return process

    def polls_of(self, process: DeskProcess) -> bool:
        """Whether both streams of Reddit were read, and a poll for taps stands."""
        read = self.rows("SELECT name FROM sources WHERE last_ok_at IS NOT NULL")
        return len(read) == 2 and self.telegram.polling

    def command(self, *arguments: str) -> DeskProcess:
        """Run a command to its end."""
        process = self.begin(*arguments)
        process.wait()
        return process

    def answer(self, *arguments: str) -> Any:
        """Return the JSON that a command prints."""
        done = self.command(*arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    def stop(self) -> None:
        """End what still runs, as a test's end does."""
        for process in self.processes:
            if process.running:
                process.kill()

    # ------------------------------------------------------------ what can be seen

    def until(
        self, look: Callable[[], Found], what: str, seconds: float = PATIENCE_S, alive: bool = True
    ) -> Found:
        """Return what `look` finds, once it finds something; fail if it never does."""
        end = time.monotonic() + seconds
        while not (found := look()):
            process = self.running
            if alive and not process.running:
                raise AssertionError(f"the desk ended before {what}:\n{process.err[-4000:]}")
            if time.monotonic() > end:
                raise AssertionError(f"never came: {what}\n{process.err[-4000:]}")
            time.sleep(0.02)
        return found

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Return what the store holds now; nothing where it is not there yet."""
        if not self.database.exists():
            return []
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection,
        ):
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()
        return []

    def item(self, name: str) -> int | None:
        """Return the item that a Reddit post opened or joined."""
        found = self.rows(
            "SELECT item_id FROM item_posts JOIN posts ON posts.id = post_id WHERE key = ?",
            f"reddit:{name}",
        )
        return found[0]["item_id"] if found else None

    def cards(self, chat_id: int = CHAT) -> list[Stored]:
        """Return the messages that are, or were, cards."""
        return [each for each in self.telegram.state.messages(chat_id) if item_of(each)]

    def card(self, name: str, chat_id: int = CHAT) -> Stored:
        """Return the card of a Reddit post, once it stands."""
        return self.until(lambda: self.cards_of(name, chat_id), f"the card of {name}")[0]

    def cards_of(self, name: str, chat_id: int = CHAT) -> list[Stored]:
        """Return the cards of a Reddit post."""
        item = self.item(name)
        return [each for each in self.cards(chat_id) if item and item_of(each) == item]

    def reads(self, message: Stored, words: str) -> None:
        """Return once a message says `words`."""
        self.until(lambda: words in message.text, f"{words!r} in: {message.text}")

    def says(self, words: str, chat_id: int = CHAT) -> Stored:
        """Return the message of the bot that says `words`, once it stands."""
        return self.until(
            lambda: [
                each
                for each in self.telegram.state.messages(chat_id)
                if each.from_bot and words in each.text
            ],
            f"the words {words!r}",
        )[-1]

    # ------------------------------------------------------------ what people do

    def tap(self, message: Stored, label: str, user_id: int = ADA) -> str:
        """Press the button that reads `label`, once it is there; return the query's id."""
        data = self.until(lambda: button(message, label), f"a button {label} on {message.text}")
        assert data is not None
        return self.telegram.state.tap(message.chat_id, message.message_id, data, user_id)

    def answered(self, query: str) -> str:
        """Return what a tap was answered, once it was."""
        queries = self.telegram.state.queries
        self.until(lambda: queries[query].answered, "the answer to a tap")
        return queries[query].text

    def log(self) -> str:
        """Return everything that any process wrote."""
        return "".join(process.err + process.out for process in self.processes)


def item_of(message: Stored) -> int | None:
    """Return the item whose card a message is or was, None for what is no card."""
    for version in (*message.edits, message.now):
        for shown in (each for row in version.buttons for each in row):
            data = decode(shown.get("callback_data", ""))
            if data is not None and data.kind not in _BESIDE_CARDS:
                return data.number
    gone = _GONE.search(message.text)  # drawn first when the post was gone: it never had buttons
    return int(gone["item"]) if gone else None


def button(message: Stored, label: str) -> str | None:
    """Return the data of a button by what it reads, None if there is no such button now."""
    shown = (each for row in message.buttons for each in row)
    return next((each.get("callback_data") for each in shown if each["text"] == label), None)


@contextmanager
def a_world(folder: Path, chats: Sequence[int] = (CHAT,), **tables: Any) -> Iterator[World]:
    """Give a world with both servers up and the settings written; end every process after."""
    folder.mkdir(parents=True, exist_ok=True)
    with RedditServer() as reddit, BotApiServer() as telegram:
        reddit.clients = {
            SECRETS["MENTIONDESK_REDDIT_CLIENT_ID"]: SECRETS["MENTIONDESK_REDDIT_CLIENT_SECRET"]
        }
        reddit.accounts = {
            SECRETS["MENTIONDESK_REDDIT_USERNAME"]: SECRETS["MENTIONDESK_REDDIT_PASSWORD"]
        }
        for chat_id in chats:
            telegram.state.add_chat(chat_id)
        telegram.state.add_chat(ADA, title="Ada")
        world = World(folder, reddit, telegram)
        world.configure(**tables)
        try:
            yield world
        finally:
            world.stop()
