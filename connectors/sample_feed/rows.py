"""A feed as it is written: one JSON object a line, with minutes instead of instants."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from monitor.errors import ConfigError
from monitor.settings import Section, validate_section

MOST_BYTES = 10_000_000  # of one file; the built-in feed is a hundredth of it
MOST_LAG = timedelta(minutes=10)  # the overlap of the connector: a later post would be lost
MOST_MINUTES = 366 * 24 * 60.0

_Id = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
_Minutes = Annotated[float, Field(allow_inf_nan=False, gt=0, le=MOST_MINUTES)]
_Words = Annotated[str, Field(min_length=1, max_length=40_000)]


class Kind(StrEnum):
    """What a person says a post is. It never reaches a mention: the judge must see for itself."""

    COMPLAINT = "complaint"
    REQUEST = "request"
    BOTH = "both"
    PRAISE = "praise"
    NEWS = "news"
    SPAM = "spam"
    SARCASM = "sarcasm"
    FOLLOW_UP = "follow_up"
    THANKS = "thanks"
    CRISIS = "crisis"
    OWN_REPLY = "own_reply"
    OTHER = "other"


class Edit(Section):
    """What a post says from `after` minutes after it was posted."""

    after: _Minutes
    text: _Words


class Row(Section):
    """One post of a feed."""

    id: _Id
    minute: Annotated[float, Field(allow_inf_nan=False, ge=-MOST_MINUTES, le=MOST_MINUTES)]
    lang: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    kind: Kind
    author: Annotated[str, Field(pattern=r"^[^\s@]{1,80}$")] | None  # None: deleted account
    name: str = ""  # the display name
    place: str = ""
    thread: _Id | None = None  # id of the conversation's first post; None: this is it
    reply_to: _Id | None = None
    lag: Annotated[float, Field(ge=0, le=MOST_LAG / timedelta(minutes=1))] = 0.0  # minutes unseen
    deleted_after: _Minutes | None = None
    text: _Words
    edits: tuple[Edit, ...] = ()

    @property
    def root(self) -> str:
        """The id of the conversation's first post."""
        return self.thread or self.id


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The posts of one round, oldest first. `period`: whole days until the next may begin."""

    rows: tuple[Row, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Row]:
        """The posts by their id."""
        return {row.id: row for row in self.rows}

    def without(self, conversations: Collection[str]) -> "Feed":
        """Return the feed without these conversations. Raises: `ConfigError` if it has no such."""
        unknown = sorted(set(conversations) - {row.root for row in self.rows})
        if unknown:
            raise ConfigError(f"connectors.sample.without: the feed has no {unknown[0]!r}")
        return Feed(rows=tuple(row for row in self.rows if row.root not in conversations))

    @cached_property
    def period(self) -> timedelta:
        """How long one round takes: the days it touches."""
        last = timedelta(minutes=max((row.minute for row in self.rows), default=0.0))
        return timedelta(days=max(0, last // timedelta(days=1)) + 1)


def built_in() -> Feed:
    """Return the feed that comes with the desk."""
    return read_feed(Path(__file__).parent)


def read_feed(path: Path) -> Feed:
    """Return the feed in the file `path`, or in all `.jsonl` files of the folder `path`.

    Raises: `ConfigError` that names the line, if a row is wrong.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    placed = [found for file in files for found in _rows(file)]
    if not placed:
        raise ConfigError(f"{path}: holds no posts; expected .jsonl with one JSON object a line")
    _check_references(placed)
    rows = (row for _, row in placed)
    return Feed(rows=tuple(sorted(rows, key=lambda row: (row.minute, row.id))))


def _rows(file: Path) -> Iterator[tuple[str, Row]]:
    """Yield each row of `file` with the place where it stands."""
    for number, line in enumerate(_text(file).split("\n"), start=1):
        if line.strip():
            where = f"{file}: line {number}"
            yield where, validate_section(Row, _object(line, where), where)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"{file}: larger than 10 MB; split it and name the folder")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}: line {line}: expected UTF-8 text") from None


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigError(f"{where}: expected one JSON object") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: expected one JSON object")
    return found


def _check_references(placed: Iterable[tuple[str, Row]]) -> None:
    known: dict[str, Row] = {}
    for where, row in placed:
        if row.id in known:
            raise ConfigError(f"{where}.id: {row.id!r} stands here twice")
        known[row.id] = row
    for where, row in placed:
        _check_thread(where, row, known)


def _check_thread(where: str, row: Row, known: Mapping[str, Row]) -> None:
    for field, name in (("thread", row.thread), ("reply_to", row.reply_to)):
        other = known.get(name or row.id)
        if other is None:
            raise ConfigError(f"{where}.{field}: there is no post {name!r}")
        if other.minute > row.minute:
            raise ConfigError(f"{where}.{field}: {name!r} is posted later than this")
        if other.root != row.root:
            raise ConfigError(f"{where}.{field}: {name!r} stands in the thread {other.root!r}")
