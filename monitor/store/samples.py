"""Samples: posts of the latest rehearsal that a person may judge. They are no posts of the desk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from monitor.desk.lessons import SPOKEN
from monitor.model import Classification, Mention
from monitor.store.instants import to_text

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_SPOKEN = ", ".join(f"'{each}'" for each in SPOKEN)
_OPEN = (
    "SELECT samples.* FROM samples LEFT JOIN posts ON posts.key = samples.key"
    " WHERE posts.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM taps"
    f" WHERE taps.post_id = posts.id AND undone_at IS NULL AND label IN ({_SPOKEN}))"
    " ORDER BY samples.id"
)


class Drawn(StrEnum):
    """How a sample was chosen."""

    CHANCE = "chance"
    EDGE = "edge"  # its chance is nearest to where posts are flagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A post that a rehearsal read, and what the judge said of it."""

    mention: Mention
    brands: tuple[str, ...]
    classification: Classification | None
    drawn: Drawn

    @property
    def language(self) -> str:
        """The language of the post, "und" where nobody knows."""
        return self.classification.language if self.classification else "und"


class Samples:
    """The table `samples`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def renew(self, samples: Iterable[Sample], now: datetime) -> int:
        """Put these in the place of all that were there, inside a transaction; return how many."""
        self._db.execute("DELETE FROM samples")
        written = sample_type()
        rows = [(one.mention.key, written.dump_json(one).decode(), to_text(now)) for one in samples]
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO samples (key, body, drawn_at) VALUES (?, ?, ?)", rows
        )
        return len(rows)

    def waiting(self) -> Iterator[tuple[int, Sample]]:
        """Yield the samples of which no person has spoken, with their numbers, in their order."""
        rows = self._db.execute(_OPEN).fetchall()
        yield from ((row[0], _sample(row)) for row in rows)

    def get(self, number: int) -> Sample | None:
        """Return a sample, None if it is gone."""
        row = self._db.execute("SELECT * FROM samples WHERE id = ?", [number]).fetchone()
        return None if row is None else _sample(row)

    def prune(self, before: datetime) -> None:
        """Drop what was drawn before then."""
        self._db.execute("DELETE FROM samples WHERE drawn_at < ?", [to_text(before)])


@cache
def sample_type() -> "TypeAdapter[Sample]":
    """Return what writes samples as JSON and reads them."""
    from pydantic import TypeAdapter

    return TypeAdapter(Sample)


def _sample(row: Any) -> Sample:
    return sample_type().validate_json(row[2])
