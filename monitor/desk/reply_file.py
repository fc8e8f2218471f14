"""The file of saved replies: TOML that people write, read whole or refused in one line."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import tomlkit
from pydantic import AfterValidator, Field

from monitor import fields
from monitor.desk.saved_replies import (
    LONGEST_LINK,
    LONGEST_NAME,
    LONGEST_TEXT,
    SavedReply,
    folded,
    is_too_long,
    problem,
)
from monitor.errors import ConfigError
from monitor.mistakes import config_error, got, key, unknown
from monitor.model import TOPICS
from monitor.sections import Link, Section, Text
from monitor.settings import validate_section

_LARGEST = 1_000_000  # bytes
_Language = Annotated[str, AfterValidator(fields.post_language)]


def _topic(value: str) -> str:
    """Return `value` if the judge knows this topic."""
    if value not in TOPICS:
        hint = unknown(value, TOPICS)
        raise ValueError(f"unknown topic {got(value)}" + (f"; {hint}" if hint else ""))
    return value


_Topic = Annotated[str, AfterValidator(_topic)]


class Wording(Section):
    """`[reply.text.sk]`: a reply in one language."""

    apology: Text
    remedy: Text
    short: Text | None = None


class ReplySection(Section):
    """`[[reply]]`: a saved reply in all its languages."""

    name: Annotated[Text, Field(max_length=LONGEST_NAME)]
    topic: _Topic | None = None  # none: any
    brands: tuple[Text, ...] = ()  # none: all
    link: Annotated[Link, Field(max_length=LONGEST_LINK)] | None = None
    text: Annotated[Mapping[_Language, Wording], Field(min_length=1)]


class ReplyFile(Section):
    """The whole file."""

    reply: tuple[ReplySection, ...] = ()


def read(path: Path, brands: Iterable[str]) -> tuple[SavedReply, ...]:
    """Return the replies of a file; `brands` are the ones that there are.

    Raises: ConfigError, one line that names the place, for whatever is wrong with it.
    """
    try:
        return parse(_text(path), tuple(brands))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def parse(text: str, brands: Sequence[str]) -> tuple[SavedReply, ...]:
    """Return the replies that a file's text spells. Raises: ConfigError."""
    try:
        data = tomllib.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(str(error).replace("\n", " ")[:200]) from None
    sections = validate_section(ReplyFile, data, "").reply
    if wrong := list(_wrong(sections, brands)):
        raise config_error(wrong)
    return tuple(reply for section in sections for reply in _replies(section))


def spelled(replies: Iterable[SavedReply]) -> str:
    """Return the text of a file that holds these replies."""
    file = tomlkit.document()
    tables = tomlkit.aot()
    for _, group in groupby(sorted(replies, key=lambda each: each.folded), lambda one: one.folded):
        tables.append(_table(list(group)))
    file["reply"] = tables
    return tomlkit.dumps(file)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
        if len(raw) > _LARGEST:
            raise ConfigError("larger than 1 MB")
        return raw.decode()
    except UnicodeDecodeError:
        raise ConfigError("expected UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}") from None


def _replies(section: ReplySection) -> Iterator[SavedReply]:
    for language, wording in section.text.items():
        yield SavedReply(
            name=section.name,
            language=language,
            topic=section.topic,
            brands=section.brands,
            link=section.link or "",
            apology=wording.apology,
            remedy=wording.remedy,
            short=wording.short or "",
        )


def _wrong(sections: Sequence[ReplySection], brands: Sequence[str]) -> Iterator[str]:
    names = [folded(each.name) for each in sections]
    for place, section in enumerate(sections):
        where = f"reply.{key(section.name)}"
        if names[place] in names[:place]:
            yield f"{where}: there is another [[reply]] of this name"
        for name in section.brands:
            if name not in brands:
                hint = unknown(name, brands)
                yield f"{where}.brands: unknown brand {got(name)}" + (f"; {hint}" if hint else "")
        for reply in _replies(section):
            for part, text in reply.texts.items():
                if found := _wrong_text(text, reply.link):
                    yield f"{where}.text.{reply.language}.{part}: {found}"


def _wrong_text(text: str, link: str) -> str:
    if is_too_long(text):
        return f"longer than {LONGEST_TEXT} characters"
    return problem(text, link)


def _table(languages: Sequence[SavedReply]) -> Any:
    """Return one reply as a table; what its languages share is taken from the first."""
    first = languages[0]
    table = tomlkit.table()
    table["name"] = first.name
    for name, value in (("topic", first.topic), ("brands", first.brands), ("link", first.link)):
        if value:
            table[name] = list(value) if isinstance(value, tuple) else value
    texts = tomlkit.table(is_super_table=True)
    for each in languages:
        wording = tomlkit.table()
        for part, text in each.texts.items():
            if text:
                wording[part] = tomlkit.string(text, multiline="\n" in text)
        texts[each.language] = wording
    table["text"] = texts
    return table
