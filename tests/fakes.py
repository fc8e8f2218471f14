"""Stand-ins at the ports: each keeps its port's promise in memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.errors import ClassifierError, ConnectorError, UnavailableError
from monitor.model import (
    Archive,
    BadLine,
    Classification,
    Cursor,
    Flag,
    Mention,
    Meter,
    Page,
    Passage,
    Place,
    Portion,
)
from tests.builders import a_verdict


class WordJudge:
    """Judges by plain words: "complaint", "please", "perhaps"; everything else is harmless."""

    version = "test/fast"

    def __init__(self) -> None:
        self.broken = False
        self.read: list[str] = []

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        if self.broken:
            raise ClassifierError("the judge is out")
        for passage in passages:
            self.read.append(passage.text)
            yield a_verdict(*_flags(passage.text.lower()))


def _flags(text: str) -> Iterator[Flag]:
    if "complaint" in text:
        yield Flag.COMPLAINT
    if "please" in text:
        yield Flag.REQUEST
    if "perhaps" in text:
        yield Flag.REVIEW


class Pages:
    """A connector that yields the pages it was given, then fails if told so."""

    def __init__(
        self, *pages: Page, platform: str = "sample", error: ConnectorError | None = None
    ) -> None:
        self.platform = platform
        self.asked: list[Cursor] = []
        self._pages: Sequence[Page] = pages
        self._error = error

    def cursor_at(self, instant: datetime) -> Cursor:
        return Cursor(instant.isoformat())

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        self.asked.append(cursor)
        yield from self._pages
        if self._error is not None:
            raise self._error

    def own_cursor_at(self, instant: datetime) -> Cursor:
        return self.cursor_at(instant)

    def own_pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        return self.pages(cursor, now)


class Paid(Pages):
    """A connector that pays a cent a page, and `unpaged` at each poll beside that."""

    monthly_budget_usd = 10.0

    def __init__(
        self,
        *pages: Page,
        unpaged: Meter | None = None,
        pace: timedelta | None = None,
        error: ConnectorError | None = None,
    ) -> None:
        super().__init__(*(replace(page, cost_usd=0.01) for page in pages), error=error)
        self.meter = Meter()
        self.told: list[float] = []
        self._unpaged = unpaged or Meter()
        self._pace = pace

    def told_spent(self, usd: float, now: datetime) -> None:
        self.told.append(round(usd, 6))

    def pace(self, every: timedelta, now: datetime) -> timedelta:
        return self._pace or every

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        self._count(self._unpaged)
        for page in super().pages(cursor, now):
            self._count(Meter(requests=page.requests, cost_usd=page.cost_usd))
            yield page

    def _count(self, more: Meter) -> None:
        self.meter = Meter(
            requests=self.meter.requests + more.requests,
            cost_usd=self.meter.cost_usd + more.cost_usd,
        )


class Look(Pages):
    """A platform that shows known posts as they now stand, then fails if told so."""

    must_recheck_within: timedelta | None

    def __init__(
        self,
        *mentions: Mention,
        every: timedelta = timedelta(minutes=10),
        within: timedelta | None = None,
        error: ConnectorError | None = None,
    ) -> None:
        super().__init__()
        self.recheck_every = every
        self.must_recheck_within = within
        self.keys: list[str] = []
        self._mentions = mentions
        self._fault = error

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterator[Mention]:
        self.keys += keys
        yield from self._mentions
        if self._fault is not None:
            raise self._fault


class Conversations(Pages):
    """A platform whose conversations can be read one by one; `shared` between all threads."""

    shared = True

    def __init__(self, *pages: Page, error: ConnectorError | None = None) -> None:
        super().__init__(*pages)
        self.stands: dict[str, tuple[Mention, ...]] = {}
        self.read: list[str] = []
        self.fault: ConnectorError | None = error
        self.sealed: set[str] = set()  # conversations that cannot be read
        self.before_reading: Callable[[], None] = lambda: None

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        self.read.append(thread)
        self.before_reading()
        if self.fault is not None:
            raise self.fault
        if thread in self.sealed:
            raise UnavailableError(self.platform, "403")
        return self.stands.get(thread, ())


class PaidConversations(Conversations, Paid):
    """Conversations that cost ten cents each."""

    def __init__(self, *, error: ConnectorError | None = None) -> None:
        Paid.__init__(self)
        self.stands = {}
        self.read = []
        self.sealed = set()
        self.fault = error
        self.before_reading = lambda: None

    def thread(self, thread: str, now: datetime) -> Iterable[Mention]:
        self._count(Meter(requests=1, cost_usd=0.1))
        return super().thread(thread, now)


class Stream(Pages):
    """A platform that tells of news by itself, and has no accounts of ours."""

    own_pages = None  # type: ignore[assignment] # so that nobody asks for them

    def __init__(self, *pages: Page) -> None:
        super().__init__(*pages)
        self.shared = True
        self.ring: Callable[[], None] = lambda: None
        self.on_page: Callable[[], None] = lambda: None
        self.closed = False

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        for page in super().pages(cursor, now):
            self.on_page()
            yield page

    def on_news(self, call: Callable[[], None]) -> None:
        self.ring = call

    def close(self) -> None:
        self.closed = True


class Past(Pages):
    """A platform whose past is these pages; `stop_after` so many it fails, once."""

    def __init__(
        self, *pages: Page, stop_after: int | None = None, error: ConnectorError | None = None
    ) -> None:
        super().__init__()
        self.asked_for: list[tuple[datetime, datetime, Cursor | None, str | None]] = []
        self._past = pages
        self._stop_after = stop_after
        self._fault = error

    def past(
        self, since: datetime, until: datetime, cursor: Cursor | None, query: str | None = None
    ) -> Iterator[Page]:
        self.asked_for.append((since, until, cursor, query))
        first = int(cursor or 0)
        for number, page in enumerate(self._past[first:], start=first):
            if number == self._stop_after and self._fault is not None:
                self._stop_after = None
                raise self._fault
            yield replace(page, cursor=Cursor(str(number + 1)))


class Shelf:
    """Archives in memory, read a record at a time: a mention, a bad line, or nothing of interest.

    `stop_after` so many portions it fails, once; archives of `damaged` break off after theirs.
    """

    def __init__(
        self,
        archives: Mapping[str, Sequence[Mention | str | None]],
        *,
        stop_after: int | None = None,
        error: BaseException | None = None,
        damaged: Sequence[str] = (),
    ) -> None:
        self.archives = tuple(
            Archive(path=path, identity=f"id of {path}", size=len(records), shape="reddit")
            for path, records in archives.items()
        )
        self.asked: list[dict[str, int]] = []  # records before the place, by path
        self._records = dict(archives)
        self._stop_after = stop_after
        self._error = error
        self._damaged = damaged

    def portions(self, wanted: Sequence[tuple[Archive, Place]]) -> Iterator[Portion]:
        self.asked.append({archive.path: place.records for archive, place in wanted})
        spoken = (each for archive, place in wanted for each in self._portions(archive, place))
        for number, portion in enumerate(spoken):
            if number == self._stop_after and self._error is not None:
                self._stop_after = None
                raise self._error
            yield portion

    def _portions(self, archive: Archive, place: Place) -> Iterator[Portion]:
        records = self._records[archive.path]
        for number in range(place.records, len(records)):
            record = records[number]
            bad = BadLine(number=number + 1, reason="expected JSON", text=str(record))
            yield Portion(
                archive=archive,
                mentions=(record,) if isinstance(record, Mention) else (),
                read=1,
                bad=(bad,) if isinstance(record, str) else (),
                bytes=1,
                before=Place(records=number, offset=10 * number),
                after=Place(records=number + 1, offset=10 * number + 10),
            )
        end = Place(records=len(records), offset=10 * len(records))
        damage = "it ends in the middle" if archive.path in self._damaged else None
        yield Portion(
            archive=archive,
            mentions=(),
            read=0,
            bad=(),
            bytes=0,
            before=end if len(records) > place.records else place,
            after=end if len(records) > place.records else place,
            last=True,
            damage=damage,
        )
