"""Writes stored posts or items out, row by row, so that memory stays bounded."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from bot.cli import records
from bot.cli.opened import Opened
from bot.cli.progress import counted
from bot.cli.records import Record, Records
from monitor.errors import ConfigError

# What a spreadsheet takes for a formula where a cell begins with it, full-width forms included.
# Source: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LISTS = ", "
Write = Callable[[Iterable[Record], TextIO], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be written out: posts or items of [since, until)."""

    what: str
    since: datetime | None
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Return whether an instant lies in the span."""
        after = self.since is None or at >= self.since
        return after and (self.until is None or at < self.until)


def export(opened: Opened, wanted: Wanted, shape: str, output: Path | None) -> None:
    """Write what is wanted to `output`, or to standard output. Raises: ConfigError."""
    rows = _ROWS[wanted.what](opened, wanted)
    write = _SHAPES[shape]
    if output is None:
        write(rows, sys.stdout)
        return
    with private_file(output) as sink:
        write(counted(rows, wanted.what), sink)


def _posts(opened: Opened, wanted: Wanted) -> Iterator[Record]:
    written = Records(opened.store)
    for post in opened.store.posts.every(wanted.since, wanted.until):
        items = [item.id for item in opened.store.items.of_post(post.id)]
        yield {**written.post(post), "items": items}


def _items(opened: Opened, wanted: Wanted) -> Iterator[Record]:
    written = Records(opened.store)
    for listed in opened.store.items.every():
        if not wanted.holds(listed.item.posted_at):
            continue
        one = records.entry(opened.ledger, listed.item.id, opened.now)
        item, answer = one.standing.item, written.answer(one.standing.item.answer) or {}
        yield {
            **written.item(one),
            **{f"answer_{key}": answer.get(key) for key in ("at", "url", "proven", "by")},
            "policy": item.policy,
            "hand_overs": item.hand_overs,
            "void_reason": item.void_reason,
            "merged_into": item.merged_into,
            "muted": item.muted,
            "posts": [post.mention.key for post in one.posts],
        }


def _jsonl(rows: Iterable[Record], sink: TextIO) -> None:
    sink.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _csv(rows: Iterable[Record], sink: TextIO) -> None:
    writer = csv.writer(sink, lineterminator="\r\n")
    for number, row in enumerate(rows):
        if not number:
            writer.writerow(row)
        writer.writerow(map(cell, row.values()))


def cell(value: Any) -> str:
    """Return a value as a cell of CSV that no spreadsheet takes for a formula."""
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case list():
            return _harmless(_LISTS.join(map(str, value)))
        case str():
            return _harmless(value)
    return str(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """Hold a file for its owner alone that takes its place at `path` once it is whole."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="utf-8", newline="") as sink:
            yield sink
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)


_ROWS = {"posts": _posts, "items": _items}
_SHAPES: dict[str, Write] = {"jsonl": _jsonl, "csv": _csv}
