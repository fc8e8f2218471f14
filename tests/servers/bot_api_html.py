"""The HTML that the Bot API parses, read as strictly as it documents it: a text and its entities.

Independent of the code that writes such HTML. Source: core.telegram.org/bots/api, "HTML style".
"""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

ENTITY_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NESTING = {"bold", "italic", "underline", "strikethrough", "spoiler"}
MOST_ENTITIES = 100
_PIECE = re.compile(r"<(/?)([^\s<>/]*)([^<>]*)>|<|[^<]+")
_ATTRIBUTE = re.compile(r'\s+([a-z-]+)(?:="([^"]*)")?')
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")  # all others stay as they are
_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")

Entity = dict[str, Any]


class MarkupError(Exception):
    """What the Bot API says after "can't parse entities: "."""


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    start: int
    fields: Entity


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(source: str) -> tuple[str, tuple[Entity, ...]]:
    """Return the text and its entities, blanks at both ends taken off. Raises `MarkupError`."""
    reader = _Reader()
    for match in _PIECE.finditer(source):
        reader.read(match, len(source[: match.start()].encode()))
    return reader.finished()


class _Reader:
    def __init__(self) -> None:
        self.text = ""
        self.stack: list[_Open] = []
        self.entities: list[Entity] = []

    def read(self, match: re.Match[str], offset: int) -> None:
        closing, tag, attributes = match.groups()
        if match.group() == "<":
            raise MarkupError(f"Unclosed start tag at byte offset {offset}")
        if tag is None:
            self.text += _REFERENCE.sub(lambda found: unescape(found.group()), match.group())
        elif closing:
            self._close(tag.lower(), offset)
        else:
            self._open(tag.lower(), attributes, offset)

    def finished(self) -> tuple[str, tuple[Entity, ...]]:
        if self.stack:
            tag = self.stack[-1].tag
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{tag}"')
        if len(self.entities) > MOST_ENTITIES:
            raise MarkupError("too many entities")  # the real server drops what is beyond
        return _stripped(self.text, self.entities)

    def _open(self, tag: str, attributes: str, offset: int) -> None:
        if tag not in ENTITY_TYPES:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {offset}')
        fields = _fields(tag, _attributes(attributes, offset), offset)
        for outer in self.stack:
            _check_nesting(outer.fields["type"], fields["type"])
        self.stack.append(_Open(tag, units(self.text), fields))

    def _close(self, tag: str, offset: int) -> None:
        if not self.stack:
            raise MarkupError(f"Unexpected end tag at byte offset {offset}")
        opened = self.stack.pop()
        if tag != opened.tag:
            expected = f'expected "</{opened.tag}>", found "</{tag}>"'
            raise MarkupError(f"Unmatched end tag at byte offset {offset}, {expected}")
        length = units(self.text) - opened.start
        if length:
            self.entities.append({**opened.fields, "offset": opened.start, "length": length})


def _attributes(source: str, offset: int) -> dict[str, str]:
    found = {match[1]: unescape(match[2] or "") for match in _ATTRIBUTE.finditer(source)}
    if _ATTRIBUTE.sub("", source).strip():
        raise MarkupError(f"Unexpected end of name token at byte offset {offset}")
    return found


def _fields(tag: str, attributes: dict[str, str], offset: int) -> Entity:
    kind = ENTITY_TYPES[tag]
    known = {"a": {"href"}, "tg-time": {"unix", "format"}, "blockquote": {"expandable"}}
    if set(attributes) - known.get(tag, set()):
        raise MarkupError(f'Unexpected attribute in the tag "{tag}" at byte offset {offset}')
    if tag == "tg-time":
        return _time_fields(attributes)
    if tag == "a":
        return {"type": kind, "url": attributes.get("href", "")}
    if "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    return {"type": kind}


def _time_fields(attributes: dict[str, str]) -> Entity:
    unix, form = attributes.get("unix", ""), attributes.get("format", "")
    if not unix.isascii() or not unix.isdigit():
        raise MarkupError("Invalid date-time specified")
    if not _TIME_FORMAT.fullmatch(form):
        raise MarkupError("Invalid date-time format specified")
    return {"type": "date_time", "unix_time": int(unix), "date_time_format": form}


def _check_nesting(outer: str, inner: str) -> None:
    """Refuse what the documentation forbids; the real server drops the inner one silently."""
    quotes = {"blockquote", "expandable_blockquote"}
    allowed = inner in NESTING or outer in NESTING or (outer in quotes and inner not in quotes)
    if not allowed or ({outer, inner} & {"code", "pre"} and outer not in quotes):
        raise MarkupError(f"{inner} can't be nested in {outer}")


def _stripped(text: str, entities: list[Entity]) -> tuple[str, tuple[Entity, ...]]:
    kept = text.strip(" \n")
    ahead = units(text) - units(text.lstrip(" \n"))
    moved = []
    for entity in entities:
        start = max(entity["offset"] - ahead, 0)
        end = min(entity["offset"] + entity["length"] - ahead, units(kept))
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return kept, tuple(sorted(moved, key=lambda entity: (entity["offset"], -entity["length"])))
