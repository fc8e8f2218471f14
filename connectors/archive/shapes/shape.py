"""What a shape of archives promises: its records become mentions, each by itself.

A record is one JSON object as bytes: a line, an element of an array, or a row of CSV written as
the object that it means. No record knows of another one, so they may be read anywhere, in any
order and twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from monitor.model import Mention

Record = Mapping[str, Any]


class BadRecordError(Exception):
    """A record that nobody can read; the message says why in a few words, without its contents.

    Of one that holds several posts some may be fine: `mentions` are those.
    """

    def __init__(self, reason: str, mentions: Sequence[Mention] = ()) -> None:
        super().__init__(reason)
        self.mentions = tuple(mentions)


class Shape(Protocol):
    """How the records of one kind of archive are read."""

    @property
    def name(self) -> str:
        """As `--shape` names it."""

    @property
    def platform(self) -> str:
        """Whose posts they are; "" where each record says so itself."""

    @property
    def items(self) -> str | None:
        """Where the records stand in a document that is one object; None: at its top, if at all."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The strings of a record that may hold words of a mention, or the name of its author."""

    @property
    def decodes_entities(self) -> bool:
        """Whether "&amp;" in a record is "&" in its mention, as `html.unescape` would have it."""

    @property
    def seams(self) -> str:
        """The characters beside which a mention may be put together of parts of its record.

        "#": a mention may hold "#acme" where the record holds only "acme". What stands between
        two of these, or white space, is whole in the record too: bytes are searched for one
        such piece of a keyword, and of a handle.
        """

    @property
    def is_sievable(self) -> bool:
        """Whether the words and the author's handle stand in the record at all.

        False where markup may part a word, or the author stands in another file: then every
        record is decoded.
        """

    def recognises(self, record: Record) -> bool:
        """Return whether `record` looks like one of this shape."""

    def mentions(self, record: bytes) -> tuple[Mention, ...]:
        """Return the posts that a record holds: none, one or many, deleted ones among them.

        Raises: `BadRecordError` if it is no record of this shape, or not all of it is.
        """
