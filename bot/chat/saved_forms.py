"""A saved reply as people write it in a chat: the command, then lines such as "link: https://…"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter, ValidationError

from bot.chat.replies import MisspokenError
from bot.chat.wording import one_line
from bot.locale.tongue import mark
from monitor import fields
from monitor.desk.saved_replies import (
    BLANKS,
    LONGEST_LINK,
    LONGEST_NAME,
    LONGEST_TEXT,
    SavedReply,
    is_too_long,
    problem,
)
from monitor.model import TOPICS
from monitor.sections import Link

EXAMPLE = """\
/saved add Late parcel
language: en
topic: delivery
link: https://acme.example/late
apology: Hi {name}, we are sorry that your parcel is late.
remedy: You can see where it is here: {link}"""
_TEXTS = ("apology", "remedy", "short")
_FIELDS = ("language", "topic", "brands", "link", *_TEXTS)
_NOTHING = "-"  # what empties a field
_MISSING = {
    "apology": mark("The bad news is missing: write a line that begins with apology:"),
    "remedy": mark("The remedy is missing: write a line that begins with remedy:"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What somebody wrote of a saved reply: what it is called, and the fields that are given."""

    name: str
    language: str | None = None  # named with the name, as in "Late parcel sk"
    given: Mapping[str, str] = field(default_factory=dict)


def written(text: str) -> Form:
    """Return what a form says. Raises: MisspokenError for a line that belongs to no field."""
    first, *under = text.split("\n")
    return Form(name=" ".join(first.split()), given=_given(under))


def spelled(act: str, saved: SavedReply) -> str:
    """Return the command that would write this reply, or the part of it that can be changed."""
    adds = act == "add"
    head = f"/saved {act} {saved.name}" + ("" if adds else f" {saved.language}")
    given = {
        "language": saved.language if adds else "",
        "topic": saved.topic or "",
        "brands": ", ".join(saved.brands),
        "link": saved.link,
        **saved.texts,
    }
    return "\n".join((head, *(f"{key}: {text}" for key, text in given.items() if text)))


def changed(saved: SavedReply, given: Mapping[str, str], brands: Sequence[str]) -> SavedReply:
    """Return a reply with the given fields. Raises: MisspokenError for what is wrong with them."""
    said = {key: "" if text == _NOTHING else text for key, text in given.items()}
    new = replace(
        saved,
        apology=said.get("apology", saved.apology),
        remedy=said.get("remedy", saved.remedy),
        short=said.get("short", saved.short),
        topic=_topic(said["topic"]) if "topic" in said else saved.topic,
        brands=_brands(said["brands"], brands) if "brands" in said else saved.brands,
        link=_link(said["link"]) if "link" in said else saved.link,
    )
    _check(new)
    return new


def is_language(word: str) -> bool:
    """Return whether a word has the form of a language, such as "sk"."""
    try:
        return fields.post_language(word) != "und"
    except ValueError:
        return False


def _given(under: Iterable[str]) -> dict[str, str]:
    """Return the texts by their fields; a line that begins none goes on with the one before."""
    found: dict[str, str] = {}
    current = ""
    for line in under:
        head, colon, tail = line.partition(":")
        if colon and head.strip().lower() in _FIELDS:
            current = head.strip().lower()
            found[current] = tail.strip()
        elif current:
            found[current] += "\n" + line.rstrip()
        elif line.strip():
            raise MisspokenError(
                "Begin each line with its field and a colon: {fields}.", fields=", ".join(_FIELDS)
            )
    return {key: text.strip() for key, text in found.items()}


def _topic(word: str) -> str | None:
    if not word:
        return None
    if word.lower() not in TOPICS:
        raise MisspokenError(
            "There is no such topic. Topics are: {topics}.", topics=", ".join(TOPICS)
        )
    return word.lower()


def _brands(text: str, brands: Sequence[str]) -> tuple[str, ...]:
    known = {brand.casefold(): brand for brand in brands}
    named = [part.strip() for part in text.split(",") if part.strip()]
    for part in named:
        if part.casefold() not in known:
            raise MisspokenError('No brand is called "{name}".', name=one_line(part))
    return tuple(known[part.casefold()] for part in named)


def _link(text: str) -> str:
    if not text:
        return ""
    try:
        checked: str = TypeAdapter(Link).validate_python(text)
    except ValidationError:
        raise MisspokenError("This is no link: it begins with https://") from None
    return checked


def _check(saved: SavedReply) -> None:
    """Refuse a reply that could not be found or sent. Raises: MisspokenError."""
    if len(saved.name) > LONGEST_NAME:
        raise MisspokenError("Its name is too long: {count} letters at most.", count=LONGEST_NAME)
    _check_length("link", len(saved.link) > LONGEST_LINK, LONGEST_LINK)
    if not is_language(saved.language):
        raise MisspokenError("Which language? Write two letters, such as: language: sk")
    for part, why in _MISSING.items():
        if not saved.texts[part]:
            raise MisspokenError(why)
    for part, text in saved.texts.items():
        _check_text(part, text, saved.link)


def _check_length(part: str, too_long: bool, most: int) -> None:
    if too_long:
        raise MisspokenError(
            "In {field}: too long, {count} characters at most.", field=part, count=most
        )


def _check_text(part: str, text: str, link: str) -> None:
    _check_length(part, is_too_long(text), LONGEST_TEXT)
    if problem(text, link="https://any.example"):
        blanks = ", ".join(f"{{{blank}}}" for blank in BLANKS)
        raise MisspokenError(
            "In {field}: something in braces that nobody fills. Known are {blanks}.",
            field=part,
            blanks=blanks,
        )
    if problem(text, link):
        raise MisspokenError("In {field}: it names a link, but there is none.", field=part)
