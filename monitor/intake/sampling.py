"""A sample of a rehearsal of which a person speaks: from then on it is a post of the desk."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import ClassifierError
from monitor.handling.ledger import Ledger
from monitor.intake.past import Past
from monitor.matching.matcher import Matcher
from monitor.model import Brand, Classification, Passage, Post
from monitor.store.samples import Sample


class Sampled:
    """Keeps samples as history. One belongs to one thread, as its store does."""

    def __init__(self, ledger: Ledger, brands: Sequence[Brand], *, found_late: timedelta) -> None:
        self._ledger = ledger
        self._brands = brands
        self._found_late = found_late
        self._matcher: Matcher | None = None

    def keep(self, sample: Sample, now: datetime) -> Post | None:
        """Return the post that a sample is now; None if it names no brand any more.

        It is what a backfill would have made of it: searchable, without clock or notice. What the
        judge said of it in the rehearsal stands.
        """
        if self._matcher is None:
            self._matcher = Matcher(self._brands)
        past = Past(
            self._ledger,
            self._matcher,
            _Said(judged=sample.classification),
            self._brands,
            found_late=self._found_late,
        )
        past.take([sample.mention], now)
        return self._ledger.store.posts.get(sample.mention.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A judge that says what was said before."""

    judged: Classification | None

    @property
    def version(self) -> str:
        """Which model said it."""
        return self.judged.model if self.judged else ""

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        """Yield it once for each passage. Raises: ClassifierError where nothing was said."""
        for _ in passages:
            if self.judged is None:
                raise ClassifierError("the rehearsal's judge said nothing of it")
            yield self.judged
