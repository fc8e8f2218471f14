"""The command `export`: stored posts or items, row by row, so that memory stays bounded."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any, BinaryIO, TextIO, cast

import typer

from bot.cli import choosing, records
from bot.cli.opened import Opened, desk
from bot.cli.progress import counted
from bot.cli.records import Record, Records
from monitor.errors import ConfigError
from monitor.matching.folding import fold
from monitor.mistakes import unknown
from monitor.model import Item, Post
from monitor.store.searching import Filters

# What a spreadsheet takes for a formula where a cell begins with it, full-width forms included.
# Source: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LISTS = ", "
_AT_ONCE = 500  # posts whose items are looked up together


class What(StrEnum):
    """What `export` writes out."""

    POSTS = "posts"
    ITEMS = "items"


class Shape(StrEnum):
    """How `export` writes it."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be written out, and how."""

    what: What
    shape: Shape
    filters: Filters


def export(  # noqa: PLR0913 - each is an option of the command
    what: Annotated[What, typer.Argument(help="What to write out.")] = What.POSTS,
    *,
    shape: Annotated[
        Shape, typer.Option("--format", help="How to write it; parquet is an extra.")
    ] = Shape.JSONL,
    brand: choosing.Brand = None,
    platform: choosing.Platform = None,
    author: choosing.Author = None,
    language: choosing.Language = None,
    label: choosing.Judged = None,
    since: choosing.Since = None,
    until: choosing.Until = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; default: standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write out stored posts or items.

    Posts are chosen by when they were posted, items by when their first post was. Another desk
    reads posts in JSON lines by `backfill file`.
    """
    if output is not None and output.exists() and not force:
        raise ConfigError(f"{output}: is there already; --force overwrites it")
    if what is What.ITEMS and (language or label):
        raise ConfigError("--language and --label are for posts")
    with desk() as opened:
        filters = choosing.chosen(
            opened,
            brand=brand,
            platform=platform,
            author=author,
            language=language,
            label=label,
            since=since,
            until=until,
        )
        _write_out(opened, Wanted(what=what, shape=shape, filters=filters), output)


def _write_out(opened: Opened, wanted: Wanted, output: Path | None) -> None:
    _check_brand(opened, wanted.filters.brand)
    rows = _ROWS[wanted.what](opened, wanted.filters)
    if wanted.shape is Shape.PARQUET:
        _columns(rows, wanted.what, output)
        return
    write = _SHAPES[wanted.shape]
    if output is None:
        write(rows, sys.stdout)
        return
    with private_file(output) as sink:
        write(counted(rows, wanted.what), sink)


def _check_brand(opened: Opened, brand: str | None) -> None:
    """Raise ConfigError if no brand has this name, of the settings or of what was kept before."""
    known = [each.name for each in opened.settings.brand]
    if brand is None or brand in known:
        return
    if not opened.store.posts.search("", limit=1, filters=Filters(brand=brand)):
        raise ConfigError(f"--brand: unknown brand {brand!r}; {unknown(brand, known)}")


def _columns(rows: Iterable[Record], what: What, output: Path | None) -> None:
    """Write Parquet. Raises: ConfigError where its library is missing, or to a terminal."""
    from bot.cli import columnar

    columnar.need()
    if output is not None:
        with _private(output, "wb") as sink:
            columnar.write(counted(rows, what), cast(BinaryIO, sink), what)
        return
    if sys.stdout.isatty():
        raise ConfigError("--output: Parquet is nothing for a terminal; name a file")
    columnar.write(rows, sys.stdout.buffer, what)


def _posts(opened: Opened, filters: Filters) -> Iterator[Record]:
    written, posts = Records(opened.store), opened.store.posts
    found = posts.every(filters=filters)
    for batch in _batches(found):
        items = posts.items_of([post.id for post in batch])
        for post in batch:
            yield {**written.exported(post), "items": list(items.get(post.id, ()))}


def _batches(posts: Iterator[Post]) -> Iterator[list[Post]]:
    while batch := list(islice(posts, _AT_ONCE)):
        yield batch


def _items(opened: Opened, filters: Filters) -> Iterator[Record]:
    written = Records(opened.store)
    for listed in opened.store.items.every():
        if not _passes(listed.item, filters):
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


def _passes(item: Item, filters: Filters) -> bool:
    author = item.author.handle if item.author else ""
    wanted = filters.author and fold(filters.author.removeprefix("@"))
    return (
        filters.brand in (None, item.brand)
        and filters.platform in (None, item.platform)
        and wanted in (None, fold(author))
        and (filters.since is None or item.posted_at >= filters.since)
        and (filters.until is None or item.posted_at < filters.until)
    )


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
    with _private(path, "w") as sink:
        yield cast(TextIO, sink)


@contextmanager
def _private(path: Path, mode: str) -> Iterator[IO[Any]]:
    partial = path.with_name(f".{path.name}.partial")
    text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    try:
        partial.unlink(missing_ok=True)
        number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, mode, **text) as sink:
            yield sink
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)


_ROWS: dict[What, Callable[[Opened, Filters], Iterator[Record]]] = {
    What.POSTS: _posts,
    What.ITEMS: _items,
}
_SHAPES: dict[Shape, Callable[[Iterable[Record], TextIO], None]] = {
    Shape.JSONL: _jsonl,
    Shape.CSV: _csv,
}
