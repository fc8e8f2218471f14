"""Bluesky's words become ours: records from the stream, posts from the AppView.

Both hold the same record, and only it is read: a second look gives the same text as the first.
Source: lexicons app.bsky.feed.post, app.bsky.feed.defs; recorded frames and answers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.bluesky_access.failures import PLATFORM
from monitor.errors import UnavailableError
from monitor.model import Author, Brand, Mention

POST = "app.bsky.feed.post"
SITE = "https://bsky.app"
# What an account can be that is not shown; None: its server does not say. Throttled or
# desynchronized accounts are only read late. Source: atproto.com/specs/account
HIDDEN = frozenset({"deleted", "takendown", "suspended", "deactivated", None})
_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"  # of record keys. Source: atproto.com/specs/tid
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_EDGES = (b"", b" ", b"\n", b"\t")
_PUNCTUATION = ".,:;!?…()[]\"'“”‘’«»"

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A post's record, by whom and where it stands, and when the network first told of it."""

    did: str
    rkey: str
    record: Payload
    seen_at: datetime
    edited: bool = False  # `seen_at` is of an edit

    @property
    def uri(self) -> str:
        """The post's address."""
        return f"at://{self.did}/{POST}/{self.rkey}"


def to_mention(found: Found, author: Author) -> Mention:
    """Return a post as a mention."""
    reply = _mapping(found.record.get("reply"))
    parent, root = (_uri(reply.get(name)) for name in ("parent", "root"))
    return Mention(
        key=key_of(found.uri),
        platform=PLATFORM,
        thread=key_of(root or found.uri),
        author=author,
        text=text_of(found.record),
        url=url_of(author.handle, found.rkey),
        posted_at=posted_at(found.record, found.rkey, found.seen_at),
        reply_to=key_of(parent) if parent else None,
        edited_at=found.seen_at if found.edited else None,
        language_hint=_language(found.record.get("langs")),
    )


def view_to_mention(view: Payload) -> Mention | None:
    """Return the AppView's post as a mention, None where it is no such thing."""
    author = _mapping(view.get("author"))
    did, _, rkey = split_uri(str(view.get("uri", "")))
    if not did or not author.get("handle"):
        return None
    seen_at = instant(view.get("indexedAt")) or _tid_instant(rkey) or _EARLIEST
    found = Found(did=did, rkey=rkey, record=_mapping(view.get("record")), seen_at=seen_at)
    return to_mention(found, author_of(did, author))


def tombstone(uri: str, at: datetime) -> Mention:
    """Return a post that is gone."""
    did, _, rkey = split_uri(uri)
    posted_at = _tid_instant(rkey) or at
    return Mention.tombstone(
        key_of(uri), platform=PLATFORM, url=url_of(did, rkey), posted_at=posted_at
    )


def author_of(did: str, profile: Payload, handle: str | None = None) -> Author:
    """Return an author; one whose handle is not known is called by the DID."""
    named = handle or str(profile.get("handle") or did)
    shown = did if named == "handle.invalid" else named
    return Author(id=did, handle=shown, name=str(profile.get("displayName") or ""))


def own_names(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Return the own accounts of `brands` here, handles and DIDs, each once."""
    names = (name for brand in brands for place, name in brand.own_accounts if place == PLATFORM)
    return tuple(dict.fromkeys(name.lower() for name in names))


def own_handles(brands: Iterable[Brand]) -> tuple[str, ...]:
    """Return those of them that are handles, as they stand in texts."""
    return tuple(name for name in own_names(brands) if not name.startswith("did:"))


def calls_of(record: Payload, own: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of own accounts, `own` by DID, that a post answers, mentions or quotes."""
    embed = _mapping(record.get("embed"))
    quoted = _mapping(embed.get("record"))
    refs = (_mapping(record.get("reply")).get("parent"), quoted, quoted.get("record"))
    named = [split_uri(_uri(ref))[0] for ref in refs]
    for facet in _mappings(record.get("facets")):
        named += _texts(facet.get("features"), "did")
    return tuple(dict.fromkeys(own[did] for did in named if did in own))


def record_of(event: Payload) -> Payload:
    """Return the record that an event carries, an empty one where there is none."""
    return _mapping(_mapping(event.get("commit")).get("record"))


def text_of(record: Payload) -> str:
    """Return all that a reader reads of a post: its words, and what its pictures and links say."""
    text = record.get("text")
    shown = _with_links(text if isinstance(text, str) else "", record)
    lines = [shown] if shown else []
    if tags := dict.fromkeys(_tags(record)):
        words = {word.strip(_PUNCTUATION).casefold() for word in shown.split()}
        lines += [tag for tag in tags if tag.casefold() not in words]
    for extra in (*(uri for _, _, uri in _links(record)), *_of_embed(record.get("embed"))):
        if extra not in "\n".join(lines):
            lines.append(extra)
    return "\n".join(lines)


def posted_at(record: Payload, rkey: str, seen_at: datetime) -> datetime:
    """Return when a post was made: as its author says, but never later than it was seen.

    So does Bluesky itself. Source: AppView, `sortAt`.
    """
    claimed = instant(record.get("createdAt"))
    if claimed is None or claimed < _EARLIEST:
        claimed = _tid_instant(rkey) or seen_at
    return min(claimed, seen_at) if seen_at >= _EARLIEST else claimed


def instant(text: object) -> datetime | None:
    """Return an instant as Bluesky writes it, None where it is none."""
    try:
        found = datetime.fromisoformat(str(text))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def spelled(at: datetime) -> str:
    """Return an instant as Bluesky's own programs write it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def items(body: Payload, name: str) -> list[Payload]:
    """Return the objects that an answer lists. Raises: `UnavailableError` where it has no list."""
    found = body.get(name)
    if not isinstance(found, list):
        raise UnavailableError(PLATFORM, f"an answer without {name}")
    return [each for each in found if isinstance(each, dict)]


def from_us(microseconds: int) -> datetime:
    """Return the instant of a stream's `time_us`; one beyond all time is its end."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def to_us(at: datetime) -> int:
    """Return an instant as a stream's `time_us`."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def key_of(uri: str) -> str:
    """Return the key of the post at `uri`."""
    return f"{PLATFORM}:{uri}"


def uri_of(key: str) -> str:
    """Return the address of the post with the key `key`."""
    return key.removeprefix(f"{PLATFORM}:")


def url_of(who: str, rkey: str) -> str:
    """Return where people read a post; `who` is a handle or a DID."""
    return f"{SITE}/profile/{who}/post/{rkey}"


def split_uri(uri: str) -> tuple[str, str, str]:
    """Return account, collection and record key of an address."""
    did, _, rest = uri.removeprefix("at://").partition("/")
    collection, _, rkey = rest.partition("/")
    return did, collection, rkey


def tid_us(rkey: str) -> int | None:
    """Return the microseconds that a record key names, None where it names none."""
    if len(rkey) != 13 or any(char not in _BASE32 for char in rkey) or rkey[0] > "j":
        return None
    number = 0
    for char in rkey:
        number = number * 32 + _BASE32.index(char)
    return number >> 10


def tid(microseconds: int, clock: int) -> str:
    """Return the record key of an instant; `clock` tells apart those of one microsecond."""
    number = ((microseconds & (1 << 53) - 1) << 10) | (clock & 1023)
    return "".join(_BASE32[(number >> shift) & 31] for shift in range(60, -1, -5))


def _tid_instant(rkey: str) -> datetime | None:
    microseconds = tid_us(rkey)
    at = None if microseconds is None else from_us(microseconds)
    return at if at is not None and at >= _EARLIEST else None


def _with_links(text: str, record: Payload) -> str:
    """Return the text with links in full where they stand by themselves.

    A facet names bytes of the UTF-8 text. Anybody may write any numbers there.
    """
    links = sorted(_links(record), reverse=True)
    if not links:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    for start, end, uri in links:
        before, shown, after = raw[:start], raw[start:end], raw[end:]
        if not 0 <= start < end <= len(raw) or not _is_cut(shown):
            continue
        if before[-1:] in _EDGES and after[:1] in _EDGES:
            raw = before + uri.encode("utf-8", "surrogatepass") + after
    return raw.decode("utf-8", "surrogatepass")


def _is_cut(shown: bytes) -> bool:
    return shown.endswith((b"...", "…".encode()))


def _links(record: Payload) -> Iterator[tuple[int, int, str]]:
    for facet in _mappings(record.get("facets")):
        index = _mapping(facet.get("index"))
        start, end = index.get("byteStart"), index.get("byteEnd")
        for feature in _mappings(facet.get("features")):
            uri = feature.get("uri")
            if isinstance(start, int) and isinstance(end, int) and isinstance(uri, str):
                yield start, end, uri


def _tags(record: Payload) -> Iterator[str]:
    for facet in _mappings(record.get("facets")):
        yield from (f"#{tag}" for tag in _texts(facet.get("features"), "tag"))
    tags = record.get("tags")
    yield from (f"#{tag}" for tag in (tags if isinstance(tags, list) else ()) if _is_text(tag))


def _of_embed(found: object) -> Iterator[str]:
    embed = _mapping(found)
    while embed:
        yield from _texts(embed.get("images"), "alt")
        card = _mapping(embed.get("external"))
        beside = (embed.get("alt"), card.get("title"), card.get("uri"))
        yield from (each for each in beside if isinstance(each, str) and each.strip())
        embed = _mapping(embed.get("media"))


def _texts(items: object, name: str) -> Iterator[str]:
    found = (each.get(name) for each in _mappings(items))
    yield from (each for each in found if isinstance(each, str) and each.strip())


def _is_text(found: object) -> bool:
    return isinstance(found, str) and bool(found.strip())


def _language(langs: object) -> str | None:
    first = langs[0] if isinstance(langs, list) and langs else None
    code = first.lower().replace("_", "-").partition("-")[0] if isinstance(first, str) else ""
    return code if len(code) == 2 and code.isalpha() else None


def _uri(ref: object) -> str:
    uri = _mapping(ref).get("uri")
    return uri if isinstance(uri, str) else ""


def _mapping(found: object) -> Payload:
    return found if isinstance(found, dict) else {}


def _mappings(found: object) -> Iterator[Payload]:
    yield from (each for each in (found if isinstance(found, list) else ()) if _mapping(each))
