"""Which posts of the whole network concern the desk, as fast as they come.

It passes on at least every post that names a brand: the longest part of a keyword that a text
cannot change between its letters is looked for in the folded text, without word borders. Brands
are then told exactly by the matcher. Beside these it passes on what belongs to posts passed on
before, and what is written by, to or about the brands' own accounts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick

from connectors.bluesky_access.frames import Commit, Embed, Event, Record, decode, whole
from connectors.bluesky_access.known import Known
from connectors.bluesky_access.payloads import HIDDEN, POST, record_of, text_of
from monitor.matching.folding import fold
from monitor.matching.matcher import Matcher
from monitor.model import Brand

# A space may be any run of them; what stands before a handle or a tag may not be in the record.
_PARTS = re.compile(r"[^\s@#]+")


class Sieve:
    """Looks at each event of the stream; one thread does so, another may tell it of accounts."""

    def __init__(self, brands: Sequence[Brand], known: Known) -> None:
        words = [word for brand in brands for word in brand.keywords]
        self._parts = AhoCorasick(sorted({_longest_part(word) for word in words}))
        self._matcher = Matcher(brands)
        self._known = known
        self._own: frozenset[str] = frozenset()

    def own_accounts_are(self, dids: Iterable[str]) -> None:
        """Pass on from now on what concerns the accounts `dids`."""
        self._own = frozenset(dids)

    def look(self, frame: bytes) -> tuple[int, bool]:
        """Return a frame's instant in microseconds, and whether it is passed on; 0: no event."""
        event = decode(frame)
        if event is None:
            return 0, False
        commit = event.commit
        if commit is None:
            return event.time_us, self._passes_account(event)
        return event.time_us, commit.collection == POST and self._passes(event, commit, frame)

    def _passes(self, event: Event, commit: Commit, frame: bytes) -> bool:
        uri = f"at://{event.did}/{POST}/{commit.rkey}"
        if commit.operation == "delete":
            return self._known.post(uri)
        record = commit.record
        if record is None or not (
            (self._may_name_brand(record, event.strings) and self._names_brand(frame))
            or self._belongs(event.did, record)
            or (commit.operation == "update" and self._known.post(uri))
        ):
            return False
        thread = record.reply.root.uri if record.reply else ""
        self._known.note(event.did, uri, thread or uri)
        return True

    def _passes_account(self, event: Event) -> bool:
        if event.kind == "identity":
            return self._known.author(event.did)
        account = event.account
        gone = account is not None and not account.active and account.status in HIDDEN
        return gone and self._known.author(event.did)

    def _may_name_brand(self, record: Record, strings: Sequence[str]) -> bool:
        if self._may_name(record.text):
            return True
        if not (record.facets or record.embed or record.tags or strings):
            return False
        # each by itself: no part of a keyword reaches over the end of a piece
        return any(map(self._may_name, (*_beside_text(record), *strings)))

    def _may_name(self, text: str) -> bool:
        folded = text.lower() if text.isascii() else fold(text)
        return bool(self._parts.find_matches_as_indexes(folded))

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


def _longest_part(keyword: str) -> str:
    """Return the part of a keyword that stands unbroken in every text that names it."""
    folded = fold(keyword).strip()
    return max(_PARTS.findall(folded), key=len, default=folded)


def _beside_text(record: Record) -> Iterator[str]:
    for facet in record.facets or ():
        for feature in facet.features:
            yield from (each for each in (feature.uri, feature.tag) if each)
    yield from record.tags or ()
    yield from _of_embed(record.embed)


def _of_embed(embed: Embed | None) -> Iterator[str]:
    while embed is not None:
        yield from (picture.alt for picture in embed.images if picture.alt)
        card = embed.external
        found = (embed.alt, card and card.uri, card and card.title)
        yield from (each for each in found if each)
        embed = embed.media


def _mentions(record: Record, own: frozenset[str]) -> bool:
    return any(each.did in own for facet in record.facets or () for each in facet.features)


def _did(uri: str) -> str:
    return uri.removeprefix("at://").partition("/")[0]
