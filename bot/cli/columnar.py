"""Records as Parquet, some thousand rows at a time. Only this file needs the extra `parquet`."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from bot.cli.records import Record
from monitor.errors import ConfigError

_GROUP = 10_000  # rows of a row group: what is held in memory
_BATCH = 1_000  # records that become columns at once: they weigh far more as records
_COMPRESSION = "zstd"
_TEXT, _WHOLE, _YES, _SHARE, _AT = "text", "whole", "yes", "share", "at"
_TEXTS, _WHOLES = "texts", "wholes"
# What each key of an exported record holds, in the order of `bot.cli.records`.
_POSTS = {
    "id": _WHOLE,
    "key": _TEXT,
    "platform": _TEXT,
    "place": _TEXT,
    "thread": _TEXT,
    "reply_to": _TEXT,
    "author": _TEXT,
    "author_id": _TEXT,
    "author_name": _TEXT,
    "text": _TEXT,
    "url": _TEXT,
    "posted_at": _AT,
    "seen_at": _AT,
    "edited_at": _AT,
    "deleted": _YES,
    "private": _YES,
    "answerable": _YES,
    "language_hint": _TEXT,
    "history": _YES,
    "brands": _TEXTS,
    "own_brand": _TEXT,
    "language": _TEXT,
    "complaint": _SHARE,
    "request": _SHARE,
    "flags": _TEXTS,
    "model": _TEXT,
    "items": _WHOLES,
}
_ITEMS = {
    "id": _WHOLE,
    "brand": _TEXT,
    "platform": _TEXT,
    "author": _TEXT,
    "url": _TEXT,
    "language": _TEXT,
    "flags": _TEXTS,
    "state": _TEXT,
    "owner": _TEXT,
    "target": _TEXT,
    "posted_at": _AT,
    "seen_at": _AT,
    "due_at": _AT,
    "customer_wait_s": _WHOLE,
    "team_time_s": _WHOLE,
    "breached": _YES,
    "found_late": _YES,
    "answer_at": _AT,
    "answer_url": _TEXT,
    "answer_proven": _YES,
    "answer_by": _TEXT,
    "policy": _TEXT,
    "hand_overs": _WHOLE,
    "void_reason": _TEXT,
    "merged_into": _WHOLE,
    "muted": _YES,
    "posts": _TEXTS,
}
KEYS = {"posts": _POSTS, "items": _ITEMS}


def write(rows: Iterable[Record], sink: BinaryIO, what: str) -> None:
    """Write records of `what` as Parquet: instants in UTC and microseconds, lists as lists."""
    parquet, schema = need(), _schema(KEYS[what])
    kept = iter(rows)
    with parquet.ParquetWriter(_Counted(sink), schema, compression=_COMPRESSION) as writer:
        while group := list(_batches(kept, KEYS[what], schema)):
            writer.write_table(_joined(group, schema), row_group_size=_GROUP)


def need() -> Any:
    """Return what writes Parquet. Raises: ConfigError where the extra is not installed."""
    try:
        from pyarrow import parquet
    except ImportError:
        raise ConfigError(
            "--format: Parquet is an extra; install it by `pip install 'mentiondesk[parquet]'`"
        ) from None
    return parquet


def _batches(rows: Iterator[Record], kinds: dict[str, str], schema: Any) -> Iterator[Any]:
    """Yield the columns of one row group."""
    import pyarrow

    for _ in range(_GROUP // _BATCH):
        batch = list(islice(rows, _BATCH))
        if not batch:
            return
        columns = [_column([row[key] for row in batch], kind) for key, kind in kinds.items()]
        yield pyarrow.record_batch(columns, schema=schema)


def _joined(group: list[Any], schema: Any) -> Any:
    import pyarrow

    return pyarrow.Table.from_batches(group, schema)


def _column(values: list[Any], kind: str) -> Any:
    import pyarrow

    if kind == _AT:  # the arrow reads such texts itself, all at once
        return pyarrow.array(values, pyarrow.string()).cast(_kinds()[_AT])
    return pyarrow.array(values, _kinds()[kind])


def _schema(kinds: dict[str, str]) -> Any:
    import pyarrow

    known = _kinds()
    return pyarrow.schema([(key, known[kind]) for key, kind in kinds.items()])


def _kinds() -> dict[str, Any]:
    import pyarrow

    return {
        _TEXT: pyarrow.string(),
        _WHOLE: pyarrow.int64(),
        _YES: pyarrow.bool_(),
        _SHARE: pyarrow.float64(),
        _AT: pyarrow.timestamp("us", tz="UTC"),
        _TEXTS: pyarrow.list_(pyarrow.string()),
        _WHOLES: pyarrow.list_(pyarrow.int64()),
    }


class _Counted:
    """A file that says how much was written to it, as Parquet asks: a pipe does not know."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._length = 0
        self.closed = False

    def write(self, piece: Any) -> int:
        self._length += self._sink.write(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        self._sink.flush()

    def close(self) -> None:
        """Leave the file open: who opened it closes it."""
        self.closed = True
