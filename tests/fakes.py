"""Stand-ins at the ports: each keeps its port's promise in memory."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from monitor.errors import ClassifierError, ConnectorError
from monitor.model import Classification, Cursor, Flag, Page, Passage
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
