"""Which posts of the whole network concern the desk, as fast as they come.

It passes on at least every post that names a brand: the longest part of a keyword that a text
cannot change between its letters is looked for in the folded text, without word borders. Brands
are then told exactly by the matcher. Beside these it passes on what belongs to posts passed on
before, and what is written by, to or about the brands' own accounts.
"""

from collections.abc import Iterable, Iterator, Sequence

from connectors.bluesky_access.frames import Commit, Event, Record, decode, whole
from connectors.bluesky_access.known import Known
from connectors.bluesky_access.payloads import HIDDEN, POST, record_of, text_of
from connectors.bluesky_access.spelling import Spelling
from monitor.matching.matcher import Matcher
from monitor.model import Brand


class Sieve:
    """Looks at each event of the stream; one thread does so, another may tell it of accounts."""

    def __init__(self, brands: Sequence[Brand], known: Known) -> None:
        self._spelling = Spelling([word for brand in brands for word in brand.keywords])
        self._matcher = Matcher(brands)
        self._known = known
        self._own: frozenset[str] = frozenset()

    def own_accounts_are(self, dids: Iterable[str]) -> None:
        """Pass on from now on what concerns the accounts `dids`."""
        self._own = frozenset(dids)

    def look(self, frames: Sequence[bytes]) -> Iterator[tuple[int, bytes | None]]:
        """Yield each frame's instant in microseconds, and the frame where it is passed on.

        The instant is 0 where a frame is no event. They are looked at together: one look at a
        hundred texts costs half of a hundred looks.
        """
        events = decode(frames)
        named = self._spelling.may_stand_in([_text(event) for event in events])
        for number, event in enumerate(events):
            if event is None:
                yield 0, None
                continue
            frame = frames[number]
            may_name = number in named or bool(event.strings)
            yield event.time_us, frame if self._passes(event, frame, may_name) else None

    def _passes(self, event: Event, frame: bytes, may_name: bool) -> bool:
        commit = event.commit
        if commit is None:
            return self._passes_account(event)
        record = commit.record
        if record is None:
            return commit.collection == POST and self._known.post(_uri(event, commit))
        if not (may_name or record.reply or record.facets or commit.operation == "update"):
            return False  # as most do
        if commit.collection != POST or not (
            (may_name and self._names_brand(frame))
            or self._belongs(event.did, record)
            or (commit.operation == "update" and self._known.post(_uri(event, commit)))
        ):
            return False
        uri = _uri(event, commit)
        thread = record.reply.root.uri if record.reply else ""
        self._known.note(event.did, uri, thread or uri)
        return True

    def _passes_account(self, event: Event) -> bool:
        if event.kind == "identity":
            return self._known.author(event.did)
        account = event.account
        gone = account is not None and not account.active and account.status in HIDDEN
        return gone and self._known.author(event.did)

    def _names_brand(self, frame: bytes) -> bool:
        return bool(self._matcher.hits(text_of(record_of(whole(frame)))))

    def _belongs(self, did: str, record: Record) -> bool:
        own, reply = self._own, record.reply
        if reply is not None:
            if did in own or self._known.conversation(did, reply.root.uri):
                return True
            if own and _did(reply.parent.uri) in own:
                return True
        return bool(own) and did not in own and _mentions(record, own)


def _uri(event: Event, commit: Commit) -> str:
    return f"at://{event.did}/{POST}/{commit.rkey}"


def _text(event: Event | None) -> str:
    """Return all that is text in a post; no part of a keyword reaches beyond one line of it."""
    commit = event.commit if event is not None else None
    record = commit.record if commit is not None else None
    if record is None:
        return ""
    if record.embed or record.facets or record.tags:
        return "\n".join((record.text, *_beside_text(record)))
    return record.text


def _beside_text(record: Record) -> Iterator[str]:
    for facet in record.facets or ():
        for feature in facet.features:
            if feature.uri or feature.tag:
                yield feature.uri or ""
                yield feature.tag or ""
    if record.tags:
        yield from record.tags
    embed = record.embed
    while embed is not None:
        yield from [picture.alt for picture in embed.images if picture.alt]
        card = embed.external
        if card is not None:
            yield card.uri or ""
            yield card.title or ""
        if embed.alt:
            yield embed.alt
        embed = embed.media


def _mentions(record: Record, own: frozenset[str]) -> bool:
    return any(each.did in own for facet in record.facets or () for each in facet.features)


def _did(uri: str) -> str:
    return uri.removeprefix("at://").partition("/")[0]
