"""Guestbooks: every entry, oldest first, and a second look at those that are known."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.errors import AuthError, ConnectorError, RateLimitError, UnavailableError
from monitor.model import Author, Cursor, Mention, Meter, Page, Watch, Window
from monitor.sections import BaseUrl, ConnectorOptions, Duration

if TYPE_CHECKING:
    import httpx

PLATFORM = "guestbook"
OVERLAP = timedelta(minutes=5)  # read again: entries appear when a moderator lets them

MOST_IDS = 100  # in one request for entries by their ids


class Options(ConnectorOptions):
    """`[connectors.guestbook]`."""

    base_url: BaseUrl = "https://guestbook.example"
    timeout: Duration = timedelta(seconds=10)


def connect(options: Options, watch: Watch) -> "GuestbookConnector":
    """Return the connector; no request is made yet."""
    import httpx

    token = watch.secrets.get("token")  # MENTIONDESK_GUESTBOOK_TOKEN, or …_TOKEN_FILE
    headers = {"authorization": f"Bearer {token}"} if token else {}
    seconds = options.timeout.total_seconds()
    client = httpx.Client(base_url=options.base_url, headers=headers, timeout=seconds)
    return GuestbookConnector(client, options.base_url)


class GuestbookConnector:
    """Reads a guestbook."""

    platform = PLATFORM
    recheck_every = timedelta(minutes=10)
    must_recheck_within: timedelta | None = None

    def __init__(self, client: "httpx.Client", site: str) -> None:
        self._client = client
        self._site = site
        self._requests = 0

    @property
    def meter(self) -> Meter:
        """How many requests were made so far."""
        return Meter(requests=self._requests)

    def cursor_at(self, instant: datetime) -> Cursor:
        """Return the cursor from which everything written at `instant` or later is read."""
        return Cursor(instant.isoformat())

    def pages(self, cursor: Cursor, now: datetime) -> Iterator[Page]:
        """Yield each answer as a page: they come oldest first, so each page's cursor is safe."""
        reached = datetime.fromisoformat(cursor)
        since = reached - OVERLAP
        for found, is_last in self._answers({"since": since.isoformat()}, now):
            newest = max((each.posted_at for each in found), default=reached)
            until = now if is_last else min(newest, now)
            reached = max(reached, min(newest, now))
            yield Page(
                mentions=found,
                cursor=self.cursor_at(reached),
                window=Window(query="entries", since=min(since, until), until=until),
            )
            since = until

    def recheck(self, keys: Sequence[str], now: datetime) -> Iterator[Mention]:
        """Yield each entry as it stands now; what the guestbook keeps silent of is left out."""
        ids = [key.removeprefix(f"{PLATFORM}:") for key in keys]
        for first in range(0, len(ids), MOST_IDS):
            asked = ",".join(ids[first : first + MOST_IDS])
            for found, _ in self._answers({"ids": asked}, now):
                yield from found

    def probe(self) -> str:
        """Return what was reached."""
        found, _ = next(self._answers({"limit": "1"}, None))
        return f"guestbook reached, {len(found)} entry read"

    def _answers(
        self, params: dict[str, str], now: datetime | None
    ) -> Iterator[tuple[tuple[Mention, ...], bool]]:
        """Yield the entries of each answer, and whether it is the last."""
        after: str | None = ""
        while after is not None:
            with _translated_errors(now):
                self._requests += 1
                answer = self._client.get("/entries", params={**params, "after": after})
                answer.raise_for_status()
                data = answer.json()
                found = tuple(to_mention(each, self._site) for each in data["entries"])
                after = data["next"]
            yield found, after is None


def to_mention(entry: dict[str, Any], site: str) -> Mention:
    """Return an entry as a mention: their words become ours, here only."""
    gone = bool(entry.get("hidden"))
    answers = entry.get("answers")
    thread = entry.get("thread") or entry["id"]
    return Mention(
        key=f"{PLATFORM}:{entry['id']}",
        platform=PLATFORM,
        thread=f"{PLATFORM}:{thread}",
        author=None if gone else Author(id=entry["name"].casefold(), handle=entry["name"]),
        text="" if gone else entry["text"],
        url=f"{site}/#{entry['id']}",
        posted_at=datetime.fromisoformat(entry["written"]).astimezone(UTC),
        reply_to=f"{PLATFORM}:{answers}" if answers else None,
        deleted=gone,
    )


@contextmanager
def _translated_errors(now: datetime | None) -> Iterator[None]:
    """Name in the desk's words what went wrong, in one line and without secrets."""
    import httpx

    try:
        yield
    except httpx.HTTPStatusError as error:
        raise _of_status(error.response, now) from error
    except httpx.HTTPError as error:
        raise UnavailableError(PLATFORM, f"no answer ({type(error).__name__})") from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnavailableError(PLATFORM, "an answer that cannot be read") from error


def _of_status(answer: "httpx.Response", now: datetime | None) -> ConnectorError:
    if answer.status_code in (401, 403):
        return AuthError(PLATFORM, f"the token is refused ({answer.status_code})")
    if answer.status_code == 429:
        wait = answer.headers.get("retry-after", "")
        seconds = int(wait) if wait.isdecimal() else 60
        again = now + timedelta(seconds=seconds) if now else None
        return RateLimitError(PLATFORM, f"too many requests, again in {seconds} s", again)
    return UnavailableError(PLATFORM, f"answered {answer.status_code}")
