"""Which posts of the whole network concern the desk, as fast as they come.

It passes on at least every post that names a brand: the longest part of a keyword that a text
cannot change between its letters is looked for in the folded text, without word borders. Brands
are then told exactly by the matcher. Beside these it passes on what belongs to posts passed on
before, and what is written by, to or about the brands' own accounts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.bluesky_access.frames import Commit, Event, Record, decode, whole
from connectors.bluesky_access.known import Known
from connectors.bluesky_access.payloads import HIDDEN, POST, own_handles, record_of, text_of
from connectors.bluesky_access.spelling import Spelling
from monitor.matching.folding import fold
from monitor.matching.matcher import Matcher
from monitor.model import Brand

_ALWAYS = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of some frames; instants are the stream's microseconds, 0 where none was told."""

    first_us: int
    latest_us: int  # of those that are believed
    broken: int  # frames that were no events
    passed: list[tuple[int, bytes]]  # instant and frame, in the order they came


class Sieve:
    """Looks at each event of the stream; one thread does so, another may tell it of accounts."""

    def __init__(self, brands: Sequence[Brand], known: Known) -> None:
        keywords = [word for brand in brands for word in brand.keywords]
        self._handles = tuple(map(fold, own_handles(brands)))
        self._spelling = Spelling([*keywords, *self._handles])
        self._matcher = Matcher(brands)
        self._known = known
        self._own: frozenset[bytes] = frozenset()

    def own_accounts_are(self, dids: Iterable[str]) -> None:
        """Pass on from now on what concerns the accounts `dids`."""
        self._own = frozenset(did.encode() for did in dids)

    def look(self, frames: Sequence[bytes], latest_us: int = _ALWAYS) -> Looked:
        """Return what is passed on of frames that came together.

        Of events after `latest_us` the instant is not believed. One look at a hundred texts costs
        half of a hundred looks.
        """
        events = decode(frames)
        named = self._spelling.may_stand_in(list(map(_text, events)))
        passed: list[tuple[int, bytes]] = []
        for number, event in enumerate(events):
            if event is None:
                continue
            may_name = number in named or bool(event.strings)
            commit = event.commit
            if not may_name and commit is not None and commit.operation == "create":
                record = commit.record
                if record is None or not (record.reply or record.facets or record.embed):
                    continue  # as most do
                if not self._belongs(event.did, record, frames[number]):
                    continue  # as nearly all the others do
            if self._passes(event, frames[number], may_name):
                passed.append((event.time_us, frames[number]))
        told = [event.time_us for event in events if event is not None]
        believed = told if max(told, default=0) <= latest_us else _until(latest_us, told)
        return Looked(
            first_us=believed[0] if believed else 0,
            latest_us=max(believed, default=0),
            broken=len(events) - len(told),
            passed=passed,
        )

    def _passes(self, event: Event, frame: bytes, may_name: bool) -> bool:
        commit = event.commit
        if commit is None:
            return self._passes_account(event)
        if commit.collection != POST:
            return False
        record = commit.record
        if record is None:
            return self._known.post(_uri(event, commit))
        if not (
            (may_name and self._names_brand(frame))
            or self._belongs(event.did, record, frame)
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
        text = text_of(record_of(whole(frame)))
        return bool(self._matcher.hits(text)) or self._calls_own(text)

    def _calls_own(self, text: str) -> bool:
        return bool(self._handles) and any(handle in fold(text) for handle in self._handles)

    def _belongs(self, did: str, record: Record, frame: bytes) -> bool:
        """Return whether a post that names no brand belongs to what was passed on, or to us.

        An answer to an own account, a mention of it and a quotation bear its DID.
        """
        reply = record.reply
        if reply is None:
            return self._bears_own(did, frame)
        return self._known.conversation(did, reply.root.uri) or self._bears_own("", frame)

    def _bears_own(self, did: str, frame: bytes) -> bool:
        return any(own in frame for own in self._own) and did.encode() not in self._own


def _uri(event: Event, commit: Commit) -> str:
    return f"at://{event.did}/{POST}/{commit.rkey}"


def _until(latest_us: int, told: Iterable[int]) -> list[int]:
    return [each for each in told if each <= latest_us]


def _text(event: Event | None) -> str:
    """Return all that is text in a post; no part of a keyword reaches beyond one line of it."""
    if event is None or event.commit is None or event.commit.record is None:
        return ""
    record = event.commit.record
    if record.embed is None and record.facets is None and record.tags is None:
        return record.text
    return "\n".join((record.text, *_beside_text(record)))


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
