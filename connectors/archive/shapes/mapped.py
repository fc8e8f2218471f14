"""Files of any other origin: a section of the settings says which of their columns mean what."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from connectors.archive.shapes.beside import STDIN
from connectors.archive.shapes.records import object_of
from connectors.archive.shapes.shape import BadRecordError, Record
from monitor.errors import ConfigError
from monitor.mistakes import got, key, unknown
from monitor.model import Author, Mention
from monitor.sections import ArchiveSettings

_NEEDED = ("id", "text", "posted_at")
_OTHERS = (
    *("author", "author_id", "author_name", "thread", "reply_to"),
    *("url", "place", "language"),
)
_NOBODY = ("[deleted]", "[removed]")
_PACKED = (".zst", ".gz", ".bz2", ".xz")
# From the year 5138 on a number of seconds would be one of milliseconds, and so on
_UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3))
_DEEPEST = 4  # objects in objects, of columns that are listed
_LISTED = 20


class Mapped:
    """Rows of a table, or objects, of which the section's columns are read."""

    items = None
    decodes_entities = False
    seams = ""
    is_sievable = True

    def __init__(self, section: ArchiveSettings) -> None:
        self._section = section
        self.name = section.name
        self.platform = section.platform
        named = (*section.text, section.author, section.author_id)
        self.fields = tuple(name for name in named if name is not None)

    def is_for(self, path: str) -> bool:
        """Return whether the section names files such as this one, packed or not."""
        name = PurePath(path).name
        bare = name
        for suffix in _PACKED:
            bare = bare.removesuffix(suffix)
        return any(fnmatchcase(each, glob) for glob in self._section.files for each in (name, bare))

    def recognises(self, record: Record) -> bool:
        """Return whether `record` has the columns that are needed, one for its text at least."""
        needed = (self._section.id, self._section.posted_at)
        has_text = any(_holds(record, column) for column in self._section.text)
        return has_text and all(_holds(record, column) for column in needed)

    def check(self, path: str, records: Sequence[Record]) -> None:
        """Raise `ConfigError` where a column is in none of the first `records` of a file.

        One that not every post needs may only be missing where records differ in their columns.
        """
        is_table = len({frozenset(record) for record in records}) == 1
        looked_for = self._columns(_NEEDED + _OTHERS if is_table else _NEEDED)
        for field, column in looked_for:
            if records and not any(_holds(record, column) for record in records):
                raise ConfigError(self._missing(field, column, path, records))

    def mentions(self, record: bytes) -> tuple[Mention, ...]:
        """Return the one post of a record. Raises: `BadRecordError`."""
        row = object_of(record)
        section = self._section
        identity = self._text(row, section.id)
        if not identity:
            raise BadRecordError(f"no {_shown(section.id)}")
        own_key = self._key(identity)
        parent, thread = self._text(row, section.reply_to), self._text(row, section.thread)
        mention = Mention(
            key=own_key,
            platform=section.platform,
            thread=self._key(thread or parent) if thread or parent else own_key,
            author=self._author(row),
            text="\n\n".join(filter(None, (self._text(row, each) for each in section.text))),
            url=_web(self._text(row, section.url)),
            posted_at=self._posted_at(row),
            place=self._text(row, section.place),
            reply_to=self._key(parent) if parent else None,
            language_hint=_language(self._text(row, section.language)),
        )
        return (mention,)

    def _columns(self, fields: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield fields of the section and the columns that they name."""
        for field in fields:
            value = getattr(self._section, field)
            named = value if isinstance(value, tuple) else (value,)
            yield from ((field, column) for column in named if column is not None)

    def _missing(self, field: str, column: str, path: str, records: Sequence[Record]) -> str:
        there = list(dict.fromkeys(name for record in records for name in _names(record)))
        where = f"archive.{key(self.name)}.{field}"
        near = unknown(column, there)
        hint = f" ({near})" if near.startswith("did") else ""
        more = f" and {len(there) - _LISTED} more" if len(there) > _LISTED else ""
        listed = ", ".join(map(_shown, there[:_LISTED])) or "none"
        file = "standard input" if path == STDIN else PurePath(path).name or path
        return f"{where}: no column {got(column)} in {file}{hint}; its columns are {listed}{more}"

    def _key(self, identity: str) -> str:
        return f"{self._section.platform}:{identity}"

    def _text(self, row: Record, column: str | None) -> str:
        """Return what stands in a column: a text, or a whole number as one."""
        value = None if column is None else _value(row, column)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value.strip() if isinstance(value, str) else ""

    def _author(self, row: Record) -> Author | None:
        section = self._section
        handle = self._text(row, section.author).removeprefix("@")
        identity = self._text(row, section.author_id) or handle
        if not identity or handle in _NOBODY:
            return None
        name = self._text(row, section.author_name)
        return Author(id=identity, handle=handle or identity, name=name)

    def _posted_at(self, row: Record) -> datetime:
        value = _value(row, self._section.posted_at)
        try:
            found = self._instant(value)
            aware = found if found.tzinfo else found.replace(tzinfo=self._section.timezone)
            return aware.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, OSError):
            raise BadRecordError(f"no time in {_shown(self._section.posted_at)}") from None

    def _instant(self, value: object) -> datetime:
        """Return a time as it was written, perhaps without a zone. Raises: `ValueError`."""
        if self._section.time_format is not None:
            spelled = str(value).strip()
            return datetime.strptime(spelled, self._section.time_format)  # noqa: DTZ007
        if isinstance(value, str):
            return _from_text(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_number(value)
        raise ValueError("neither a text nor a number")


def _from_text(text: str) -> datetime:
    try:
        number = float(text) if text.replace(".", "", 1).lstrip("-").isdecimal() else None
    except ValueError:
        number = None
    if number is not None and not _is_date(text):
        return _from_number(number)
    return datetime.fromisoformat(text)


def _is_date(text: str) -> bool:
    """Return whether eight digits are a date, as ISO 8601 writes one: "20240501"."""
    return len(text) == len("20240501") and text.isdecimal() and text[:2] in ("19", "20")


def _from_number(number: float) -> datetime:
    for least, unit in _UNITS:
        if abs(number) >= least:
            return datetime.fromtimestamp(number / unit, UTC)
    return datetime.fromtimestamp(number, UTC)


def _value(record: Any, column: str) -> Any:
    """Return what stands in a column; None where there is none.

    A column whose own name has dots goes before what they would lead to.
    """
    if not isinstance(record, dict):
        return None
    if column in record:
        return record[column]
    for at in (at for at, char in enumerate(column) if char == "."):
        if isinstance(inner := record.get(column[:at]), dict):
            found = _value(inner, column[at + 1 :])
            if found is not None:
                return found
    return None


def _holds(record: Any, column: str) -> bool:
    """Return whether a record has a column, be it empty."""
    if not isinstance(record, dict):
        return False
    if column in record:
        return True
    dots = (at for at, char in enumerate(column) if char == ".")
    return any(_holds(record.get(column[:at]), column[at + 1 :]) for at in dots)


def _names(record: Record, depth: int = _DEEPEST) -> Iterator[str]:
    """Yield the columns of a record, those within objects with dots."""
    for name, value in record.items():
        if isinstance(value, dict) and value and depth > 1:
            yield from (f"{name}.{inner}" for inner in _names(value, depth - 1))
        else:
            yield str(name)


def _shown(column: str) -> str:
    return column if column.isprintable() else repr(column)


def _web(address: str) -> str:
    try:
        return address if urlsplit(address).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _language(code: str) -> str | None:
    primary = code.lower().replace("_", "-").partition("-")[0]
    return primary if len(primary) == 2 and primary.isalpha() else None
