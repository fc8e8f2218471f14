"""Every platform on loopback, each in a process of its own, and a desk that watches them all."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from tests.end_to_end.process import DeskProcess
from tests.servers.bot_api import TOKEN, BotApiServer
from tests.soak.faults import KEPT_S
from tests.sources.places import PLACES, Place
from tests.sources.processes import Call, ServerProcess

CHAT = -1001234567890
EVERY_S = 5
LOOK_BACK_S = 3600


@dataclass
class Town:
    """What a soak has in its hands."""

    folder: Path
    telegram: BotApiServer
    servers: dict[str, ServerProcess]
    processes: list[DeskProcess] = field(default_factory=list)
    runs: list[DeskProcess] = field(default_factory=list)

    @property
    def database(self) -> Path:
        """The desk's file."""
        return self.folder / "desk.db"

    @property
    def desk(self) -> DeskProcess:
        """The process of `run` that was started last."""
        return self.runs[-1]

    def configure(self, outage_s: float) -> None:
        """Write settings for all platforms at once."""
        own = {name: [self._account(place)] for name, place in PLACES.items() if name != "rss"}
        sections = {
            name: {
                **place.section(self.servers[name].url, self.servers[name].stream),
                "every": f"{EVERY_S}s",
                "timeout": "3s",
            }
            for name, place in PLACES.items()
        }
        sections["bluesky"]["kept"] = f"{max(1, round(outage_s * KEPT_S))}s"
        tables = {
            "desk": {"database": "desk.db", "look_back": f"{LOOK_BACK_S}s"},
            "telegram": {"base_url": self.telegram.base_url},
            "chat": [{"name": "care", "id": CHAT}],
            "brand": [{"name": "Acme", "keywords": ["acme"], "own_accounts": own}],
            "connectors": {**sections, "sample": {"every": f"{EVERY_S}s"}},
        }
        (self.folder / "mentiondesk.toml").write_text(tomlkit.dumps(tables), "utf-8")

    def _account(self, place: Place) -> str:
        return place.account.format(own=place.own, netloc=self.servers[place.name].netloc)

    def environ(self) -> dict[str, str]:
        """Return the secrets of every platform."""
        found = {"MENTIONDESK_TELEGRAM_TOKEN": TOKEN}
        for name, place in PLACES.items():
            for key, secret in place.secrets.items():
                found[f"MENTIONDESK_{name}_{key}".upper()] = secret
        return found

    def start(self) -> DeskProcess:
        """Start `mentiondesk run`."""
        self.runs.append(self._begin("run"))
        return self.desk

    def command(self, *arguments: str) -> DeskProcess:
        """Run a command to its end."""
        process = self._begin(*arguments)
        process.wait(120)
        return process

    def _begin(self, *arguments: str) -> DeskProcess:
        name = f"{len(self.processes):03d}-{arguments[0]}"
        process = DeskProcess(arguments, self.folder, self.environ(), name)
        self.processes.append(process)
        return process

    def tell(self, platform: str, calls: Sequence[Call]) -> None:
        """Call controls of a platform, if there are any."""
        if calls:
            self.servers[platform].many(calls)

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Return what the store holds now; nothing where it cannot be read yet."""
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection,
        ):
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()
        return []

    def read(self) -> set[str]:
        """Return the sources that were read at least once."""
        rows = self.rows("SELECT name FROM sources WHERE last_ok_at IS NOT NULL")
        return {row["name"] for row in rows}

    def close(self) -> None:
        """End every process."""
        for process in self.processes:
            if process.running:
                process.kill()


@contextmanager
def a_town(folder: Path) -> Iterator[Town]:
    """Give a town with all servers up; end everything after."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        telegram = stack.enter_context(BotApiServer())
        telegram.state.add_chat(CHAT)
        servers = {}
        for name, place in PLACES.items():
            log = folder / f"{name}.ndjson"
            server = ServerProcess(place.module, log, has_stream=place.has_stream)
            servers[name] = stack.enter_context(closing(server))
            server.many(place.begin)
        yield stack.enter_context(closing(Town(folder, telegram, servers)))


def present() -> float:
    """Return epoch seconds: the platforms' clock and the desk's."""
    return time.time()  # noqa: TID251  # a soak lasts as long as it lasts


def written(folder: Path, name: str, told: object) -> None:
    """Write a file of the account."""
    (folder / name).write_text(json.dumps(told, indent=1), "utf-8")
