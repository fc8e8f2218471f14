"""Coverage: which windows of each query were read, what came of them, and what they cost.

A row holds all windows of a query that touch, were read within one hour (UTC) and with no longer
pause than `PAUSE`: a source that is polled each minute comes to 24 rows a day and query, and
every sum is exact to the hour. What is older than `FOLD_AFTER` is folded to a row a day.
A hole is a row that is not complete. Nothing read before a hole shares a row with what was read
after it, and no hole with one that was found after something was read, by a poll or a backfill, so
that it can be told whether a hole was filled.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlite_utils import Database

from monitor.model import Mention, Page, Window
from monitor.spans import Stretch
from monitor.store import lags
from monitor.store.instants import from_text, from_text_or_none, to_text

PAUSE = timedelta(minutes=15)  # a source that was not read for longer saw nothing
FOLD_AFTER = timedelta(weeks=9)  # longer than the habit of a source is looked at
_FOLD_PAUSE = timedelta(hours=1)
_AHEAD = timedelta(minutes=1)  # a post from further in the future tells nothing of lag
_HOUR, _DAY = 13, 10  # characters of an instant as text
_FOLDED = "coverage:folded"
_FIELDS = (
    "id, source, query, since, until, complete, past, read_from, read_at, windows, requests,"
    " cost_usd, mentions, fresh, matched, lag_s, lags"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Windows of one query that touch, and what came of reading them."""

    id: int = 0  # 0 until stored
    source: str
    query: str
    since: datetime
    until: datetime
    complete: bool
    past: bool  # read by a backfill
    read_from: datetime  # when the first of the windows was read
    read_at: datetime  # and the last
    windows: int = 1
    requests: int = 0
    cost_usd: float = 0.0
    mentions: int = 0  # those read again in an overlap among them
    fresh: int = 0  # newer than any that the query had shown before
    matched: int = 0  # new posts that name a brand
    longest_lag: float | None = None  # seconds; of the fresh ones, likewise below
    lags: lags.Lags

    @property
    def span(self) -> Stretch:
        """The time that was read, or was not where it is a hole."""
        return self.since, self.until

    def touches(self, other: "Read") -> bool:
        """Return whether two windows leave nothing between them."""
        return self.since <= other.until and other.since <= self.until

    def __add__(self, later: "Read") -> "Read":
        """Return both as one; `later` was read after this one."""
        known = [each for each in (self.longest_lag, later.longest_lag) if each is not None]
        return replace(
            self,
            since=min(self.since, later.since),
            until=max(self.until, later.until),
            read_at=max(self.read_at, later.read_at),
            windows=self.windows + later.windows,
            requests=self.requests + later.requests,
            cost_usd=self.cost_usd + later.cost_usd,
            mentions=self.mentions + later.mentions,
            fresh=self.fresh + later.fresh,
            matched=self.matched + later.matched,
            longest_lag=max(known, default=None),
            lags=lags.merged([self.lags, later.lags]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What of a source is read, by name."""

    source: str
    name: str
    since: datetime  # where its first window began
    first_read_at: datetime
    read_at: datetime
    newest_at: datetime | None  # posted_at of the newest mention ever read
    forgotten_until: datetime | None  # what was read before is no longer recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """What a source cost outside of its pages, for one purpose."""

    source: str
    purpose: str
    requests: int
    cost_usd: float
    matched: int  # new posts that name a brand, in pages that covered no window


class Coverage:
    """The tables `coverage`, `queries` and `expenses`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def record(
        self, source: str, page: Page, now: datetime, *, matched: int = 0, past: bool = False
    ) -> None:
        """Keep what a page covered and cost, in the transaction that keeps its mentions.

        `matched` of its mentions name a brand and were new. `past`: a backfill read it, so it says
        nothing of lag and habit.
        """
        if page.window is None:
            self.spend(source, "page", page.requests, page.cost_usd, now, matched=matched)
            return
        newest, fresh = (None, []) if past else self._fresh(source, page, page.window, now)
        delays = [max((now - each.posted_at).total_seconds(), 0.0) for each in fresh]
        read = Read(
            source=source,
            query=page.window.query,
            since=page.window.since,
            until=max(page.window.until, page.window.since),
            complete=page.window.complete,
            past=past,
            read_from=now,
            read_at=now,
            requests=page.requests,
            cost_usd=page.cost_usd,
            mentions=len(page.mentions),
            fresh=len(fresh),
            matched=matched,
            longest_lag=max(delays, default=None),
            lags=lags.digest(delays),
        )
        self._keep(read)
        if not past:
            self._note(read, newest)

    def _fresh(
        self, source: str, page: Page, window: Window, now: datetime
    ) -> tuple[datetime | None, list[Mention]]:
        """Return when the newest mention was posted, and those newer than any known before.

        Of what stood there before the source was switched on, nothing is fresh.
        """
        row = self._db.execute(
            "SELECT max(switched_on_at, coalesce(newest_at, '')) FROM sources"
            " LEFT JOIN queries ON source = name AND query = ? WHERE name = ?",
            [window.query, source],
        ).fetchone()
        before = from_text(row[0]) if row else datetime.min.replace(tzinfo=UTC)
        fresh = [
            each
            for each in page.mentions
            if before < each.posted_at <= now + _AHEAD and not each.deleted
        ]
        newest = max((min(each.posted_at, now) for each in fresh), default=None)
        return newest, fresh

    def _keep(self, read: Read) -> None:
        last = next(
            self._rows(
                "WHERE source = ? AND query = ? AND past = ? ORDER BY id DESC LIMIT 1",
                [read.source, read.query, int(read.past)],
            ),
            None,
        )
        if last is not None and _joins(last, read) and not self._changed_since(last):
            self._rewrite(last + read)
        else:
            self._add(read)

    def _changed_since(self, last: Read) -> bool:
        """Return whether a row was begun later that a row must not reach beyond.

        A row that grows is read later: what was read would fill a hole that a poll left after it,
        and a hole would open again that was filled, by whomever.
        """
        row = self._db.execute(
            "SELECT 1 FROM coverage WHERE source = ? AND query = ? AND past IN (0, ?)"
            " AND id > ? AND complete <> ? LIMIT 1",
            [last.source, last.query, int(not last.complete), last.id, int(last.complete)],
        ).fetchone()
        return row is not None

    def _add(self, read: Read) -> None:
        row = _row(read)
        marks = ", ".join("?" * len(row))
        self._db.execute(
            f"INSERT INTO coverage ({', '.join(row)}) VALUES ({marks})", list(row.values())
        )

    def _rewrite(self, read: Read) -> None:
        row = _row(read)
        places = ", ".join(f"{name} = ?" for name in row)
        self._db.execute(f"UPDATE coverage SET {places} WHERE id = ?", [*row.values(), read.id])

    def _note(self, read: Read, newest: datetime | None) -> None:
        at, seen = to_text(read.read_at), None if newest is None else to_text(newest)
        self._db.execute(
            "INSERT INTO queries (source, query, since, first_read_at, read_at, newest_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " read_at = max(read_at, excluded.read_at),"
            " newest_at = coalesce(max(newest_at, excluded.newest_at), excluded.newest_at,"
            " newest_at)",
            [read.source, read.query, to_text(read.since), at, at, seen],
        )

    # ------------------------------------------------------------ money

    def spend(
        self,
        source: str,
        purpose: str,
        requests: int,
        cost_usd: float,
        at: datetime,
        *,
        matched: int = 0,
    ) -> None:
        """Keep what was asked for, and found, outside of pages that covered a window."""
        if not requests and not cost_usd and not matched:
            return
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        self._db.execute(
            "INSERT INTO expenses (at, source, purpose, requests, cost_usd, matched)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,"
            " cost_usd = cost_usd + excluded.cost_usd, matched = matched + excluded.matched",
            [to_text(hour), source, purpose, requests, cost_usd, matched],
        )

    def spent(self, since: datetime, until: datetime, platform: str | None = None) -> float:
        """Return the dollars spent in [since, until), pages and all else; exact by the hour."""
        span, of = [to_text(since), to_text(until)], _of(platform)
        row = self._db.execute(
            "SELECT (SELECT coalesce(sum(cost_usd), 0.0) FROM coverage"
            f" WHERE read_at >= ? AND read_at < ?{of.where})"
            " + (SELECT coalesce(sum(cost_usd), 0.0) FROM expenses"
            f" WHERE at >= ? AND at < ?{of.where})",
            [*span, *of.values, *span, *of.values],
        ).fetchone()
        return float(row[0])

    def expenses(self, since: datetime, until: datetime) -> tuple[Expense, ...]:
        """Return what each source cost outside of its pages in [since, until), by purpose."""
        rows = self._db.execute(
            "SELECT source, purpose, sum(requests), sum(cost_usd), sum(matched) FROM expenses"
            " WHERE at >= ? AND at < ? GROUP BY source, purpose ORDER BY source, purpose",
            [to_text(since), to_text(until)],
        ).fetchall()
        return tuple(
            Expense(
                source=source, purpose=purpose, requests=requests, cost_usd=cost, matched=matched
            )
            for source, purpose, requests, cost, matched in rows
        )

    # ------------------------------------------------------------ what is known

    def reads(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        sources: Collection[str] | None = None,
    ) -> tuple[Read, ...]:
        """Return what was read (and what was not) at [since, until), in the order of reading.

        What covers a moment was read after it: all that covers something later than `since` is
        among what was read since then.
        """
        where, values = "WHERE read_at >= ?", ["" if since is None else to_text(since)]
        if until is not None:
            where, values = f"{where} AND read_from < ?", [*values, to_text(until)]
        if sources is not None:
            where += " AND source IN (SELECT value FROM json_each(?))"
            values = [*values, json.dumps(list(sources))]
        return tuple(self._rows(f"{where} ORDER BY id", values))

    def cut_short(self, source: str, after: int, since: datetime) -> tuple[Read, ...]:
        """Return what polls of a source since `since` left unread, of rows with ids above `after`.

        It may have been read later.
        """
        where = "WHERE complete = 0 AND id > ? AND past = 0 AND source = ? AND read_at >= ?"
        return tuple(self._rows(f"{where} ORDER BY id", [after, source, to_text(since)]))

    def queries(self) -> tuple[Query, ...]:
        """Return every query that a poll ever read, by source and name."""
        return tuple(
            Query(
                source=row["source"],
                name=row["query"],
                since=from_text(row["since"]),
                first_read_at=from_text(row["first_read_at"]),
                read_at=from_text(row["read_at"]),
                newest_at=from_text_or_none(row["newest_at"]),
                forgotten_until=from_text_or_none(row["forgotten_until"]),
            )
            for row in self._db.query("SELECT * FROM queries ORDER BY source, query")
        )

    def reaches_back(self) -> Mapping[str, datetime]:
        """Return from when on each source was read, by polls or backfills."""
        rows = self._db.execute(
            "SELECT source, min(since) FROM coverage WHERE complete = 1 GROUP BY source"
        ).fetchall()
        return {source: from_text(since) for source, since in rows}

    def read_at(self, source: str) -> datetime | None:
        """Return when the latest page of a source was read by a poll, None if none ever was."""
        row = self._db.execute(
            "SELECT max(read_at) FROM queries WHERE source = ?", [source]
        ).fetchone()
        return from_text_or_none(row[0])

    def _rows(self, rest: str, values: Sequence[object]) -> Iterator[Read]:
        rows = self._db.execute(f"SELECT {_FIELDS} FROM coverage {rest}", list(values))
        return map(_read, rows.fetchall())

    # ------------------------------------------------------------ keeping it small

    def prune(self, before: datetime, now: datetime) -> None:
        """Forget what was read before `before`, and fold what is old to a row a day.

        What the running month cost is not forgotten: a budget may hang on it.
        """
        month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        self._forget(before, min(before, month))
        self._fold(now - FOLD_AFTER)

    def _forget(self, before: datetime, paid_before: datetime) -> None:
        at, paid_at = to_text(before), to_text(paid_before)
        gone = self._db.execute(
            "DELETE FROM coverage WHERE read_at < ? AND until < ?"
            " AND (cost_usd = 0 OR read_at < ?)",
            [at, at, paid_at],
        ).rowcount
        self._db.execute("DELETE FROM expenses WHERE at < ?", [paid_at])
        if gone:
            self._db.execute(
                "UPDATE queries SET forgotten_until = ? WHERE since < ?"
                " AND coalesce(forgotten_until, '') < ?",
                [at, at, at],
            )
            self._db.execute("DELETE FROM queries WHERE read_at < ?", [at])

    def _fold(self, before: datetime) -> None:
        """Fold the days that are over since the last time."""
        day = to_text(before)[:_DAY]
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", [_FOLDED]).fetchone()
        folded = row[0] if row else ""
        if folded >= day:
            return
        old = self._rows("WHERE read_at >= ? AND read_at < ? ORDER BY id", [folded, day])
        for rows in _by_query(old):
            self._fold_query(rows)
        self._db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [_FOLDED, day])

    def _fold_query(self, rows: Sequence[Read]) -> None:
        kept: dict[bool, Read] = {}  # the row that grows, of polls and of backfills
        for read in rows:
            last = kept.get(read.past)
            if not read.complete:
                kept.clear()
            elif last is not None and _folds(last, read):
                kept[read.past] = last + read
                self._rewrite(kept[read.past])
                self._db.execute("DELETE FROM coverage WHERE id = ?", [read.id])
            else:
                kept[read.past] = read


@dataclass(frozen=True, slots=True)
class _Of:
    where: str
    values: tuple[str, ...]


def _of(platform: str | None) -> _Of:
    """Return what holds for the sources of a platform: itself, and its own accounts'."""
    if platform is None:
        return _Of("", ())
    return _Of(" AND (source = ? OR substr(source, 1, ?) = ?)", (platform, *_prefix(platform)))


def _prefix(platform: str) -> tuple[Any, str]:
    return len(platform) + 1, f"{platform}:"


def _joins(last: Read, read: Read) -> bool:
    """Return whether a window may share the row of the one read before it."""
    same_hour = to_text(last.read_from)[:_HOUR] == to_text(read.read_from)[:_HOUR]
    return (
        last.complete == read.complete
        and same_hour
        and read.read_from - last.read_at <= PAUSE
        and last.touches(read)
    )


def _folds(last: Read, read: Read) -> bool:
    same_day = to_text(last.read_at)[:_DAY] == to_text(read.read_at)[:_DAY]
    return same_day and read.read_from - last.read_at <= _FOLD_PAUSE and last.touches(read)


def _by_query(reads: Iterator[Read]) -> Iterator[Sequence[Read]]:
    found: dict[tuple[str, str], list[Read]] = {}
    for read in reads:
        found.setdefault((read.source, read.query), []).append(read)
    yield from found.values()


def _row(read: Read) -> dict[str, Any]:
    return {
        "source": read.source,
        "query": read.query,
        "since": to_text(read.since),
        "until": to_text(read.until),
        "complete": int(read.complete),
        "past": int(read.past),
        "read_from": to_text(read.read_from),
        "read_at": to_text(read.read_at),
        "windows": read.windows,
        "requests": read.requests,
        "cost_usd": read.cost_usd,
        "mentions": read.mentions,
        "fresh": read.fresh,
        "matched": read.matched,
        "lag_s": read.longest_lag,
        "lags": lags.to_text(read.lags),
    }


def _read(row: Sequence[Any]) -> Read:
    return Read(
        id=row[0],
        source=row[1],
        query=row[2],
        since=from_text(row[3]),
        until=from_text(row[4]),
        complete=bool(row[5]),
        past=bool(row[6]),
        read_from=from_text(row[7]),
        read_at=from_text(row[8]),
        windows=row[9],
        requests=row[10],
        cost_usd=row[11],
        mentions=row[12],
        fresh=row[13],
        matched=row[14],
        longest_lag=row[15],
        lags=lags.from_text(row[16]),
    )
