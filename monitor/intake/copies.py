"""Which of many new posts are copies of earlier ones, found by one look at the store for all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from monitor.matching import near_duplicates
from monitor.matching.near_duplicates import Original
from monitor.model import Mention
from monitor.store.history import History
from monitor.store.instants import from_text

ALIKE_WITHIN = timedelta(hours=48)  # a repost folds under a post written so long before or after
_EARLIEST = datetime(1, 1, 3, tzinfo=UTC)  # what was written before has no time before it
MOST = 50  # earlier posts that one is compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post about to be kept, as far as copies of it are concerned."""

    posted_at: datetime
    brands: frozenset[str]
    original: Original
    bands: tuple[int, ...]


def drafts(posts: Sequence[tuple[Mention, Iterable[str]]]) -> list[Draft]:
    """Return what of posts, with the brands they name, tells their copies."""
    prints = near_duplicates.fingerprints([mention.text for mention, _ in posts])
    return [
        Draft(
            posted_at=mention.posted_at,
            brands=frozenset(brands),
            original=Original(each),
            bands=bands,
        )
        for (mention, brands), each, bands in zip(
            posts, prints, near_duplicates.bands_of(prints), strict=True
        )
    ]


class Copies:
    """Finds the posts under which new ones fold, in the order in which they are kept."""

    def __init__(self, history: History, drafts: Sequence[Draft]) -> None:
        self._history = history
        self._of_band: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
        self._known: dict[int, tuple[Original, frozenset[str]]] = {}
        if drafts:
            self._read(drafts)

    def _read(self, drafts: Sequence[Draft]) -> None:
        """Read what stands in the store that shares a band with one of `drafts`."""
        instants = [draft.posted_at for draft in drafts]
        since, until = around(min(instants))[0], around(max(instants))[1]
        bands = {band for draft in drafts for band in draft.bands}
        for each in self._history.sharing(bands, since, until):
            self._of_band[each.band].append((each.post, from_text(each.posted_at)))
        if self._of_band:
            near = {post for draft in drafts for post in self._near(draft)}
            for post, (stored, brands) in self._history.prints(near).items():
                self._known[post] = _original(stored), brands

    def first(self, draft: Draft) -> int | None:
        """Return the id of the first post of which `draft` is a copy, None if it is none's."""
        for post in self._near(draft):
            other, brands = self._known[post]
            if not brands.isdisjoint(draft.brands) and draft.original.is_similar(other):
                return post
        return None

    def add(self, post: int, draft: Draft) -> None:
        """Let later ones be compared with a post that folds under none."""
        self._known[post] = draft.original, draft.brands
        for band in draft.bands:
            self._of_band[band].append((post, draft.posted_at))

    def _near(self, draft: Draft) -> Sequence[int]:
        """Return the first posts that share a band and were written at about the same time."""
        sharing = [each for band in draft.bands for each in self._of_band.get(band, ())]
        if not sharing:
            return ()
        since, until = around(draft.posted_at)
        return sorted({post for post, at in sharing if since <= at <= until})[:MOST]


@lru_cache(maxsize=8_192)  # each portion meets those of the one before
def _original(stored: bytes) -> Original:
    return Original(near_duplicates.from_bytes(stored))


def around(instant: datetime) -> tuple[datetime, datetime]:
    """Return between which instants a copy of a post of `instant` was written."""
    since = max(instant, _EARLIEST) - ALIKE_WITHIN
    return since, max(instant, _EARLIEST) + ALIKE_WITHIN
