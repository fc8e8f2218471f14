"""The small tables: policy versions, taps, mutes, days that are done, and single values."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from monitor.desk.lessons import SPOKEN, Labels
from monitor.model import Classification, Flag, Lesson, MemberId, Post
from monitor.store.instants import from_text, to_text
from monitor.store.posts import Review

JUDGE_NEWS = "judge_news"
QUIET = "quiet"  # "quiet:reddit": since when a source is quieter than it is used to, as was told
PARTLY = "partly"  # "partly:rss": since when a part of a source fails, as was told
RESTS = "rests"  # "rests:x": until when a source is not read, as was told
_MOST_NEWS = 10
_LESSONS = (
    "SELECT taps.*, posts.text, posts.language, (SELECT json_group_array(brand) FROM post_brands"
    " WHERE post_brands.post_id = posts.id) AS brands"
    " FROM taps JOIN posts ON posts.id = taps.post_id"
    " WHERE taps.id > ? AND undone_at IS NULL AND deleted_at IS NULL AND text <> ''"
    " ORDER BY taps.id LIMIT 500"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A person's judgement of a post, about to be kept."""

    post: Post
    how: str
    labels: Labels
    member: MemberId | None
    at: datetime
    event: int | None = None  # the act on an item that says so
    review: Review = Review.NONE  # where the post stood on the review list until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a member said of a post, and may take back."""

    id: int
    post: int
    how: str
    at: datetime
    review: Review


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What became of the judge: a promotion, or a challenger that failed."""

    text: str
    at: datetime


class Notes:
    """The tables `policies`, `taps`, `mutes`, `done_days` and `meta`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def policy_version(self, snapshot: str, now: datetime) -> int:
        """Return the version number of a policy snapshot, a new one if it differs from the last."""
        last = self._db.execute(
            "SELECT version, snapshot FROM policies ORDER BY version DESC LIMIT 1"
        ).fetchone()
        if last and last[1] == snapshot:
            return int(last[0])
        version = int(last[0]) + 1 if last else 1
        self._db.execute(
            "INSERT INTO policies (version, snapshot, created_at) VALUES (?, ?, ?)",
            [version, snapshot, to_text(now)],
        )
        return version

    def add_policies(self, snapshot: str, mode: str, now: datetime) -> int:
        """Return the number of a new edition; the items that are open are still to be moved."""
        row = {"snapshot": snapshot, "mode": mode, "created_at": to_text(now)}
        return int(self._db.table("policies").insert(row).last_pk or 0)

    def newest_policy_version(self) -> int | None:
        """Return the number of the latest policy snapshot, None while there is none."""
        row = self._db.execute("SELECT max(version) FROM policies").fetchone()
        return None if row[0] is None else int(row[0])

    def policy_snapshot(self, version: int) -> tuple[str, datetime] | None:
        """Return a version's snapshot and since when it holds, or None."""
        row = self._db.execute(
            "SELECT snapshot, created_at FROM policies WHERE version = ?", [version]
        ).fetchone()
        return (row[0], from_text(row[1])) if row else None

    def policy_snapshots(self, after: int = 0) -> tuple[tuple[int, str], ...]:
        """Return the number and the snapshot of each edition after number `after`, oldest first."""
        rows = self._db.execute(
            "SELECT version, snapshot FROM policies WHERE version > ? ORDER BY version", [after]
        ).fetchall()
        return tuple((int(version), str(snapshot)) for version, snapshot in rows)

    def policies_applied(self, version: int, now: datetime) -> None:
        """Record that every open item was moved under an edition; what came before it is over."""
        self._db.execute(
            "UPDATE policies SET applied_at = ? WHERE version <= ? AND applied_at IS NULL",
            [to_text(now), version],
        )

    def applying(self, version: int) -> str | None:
        """Return the mode in which items are being moved under an edition, None once all are."""
        row = self._db.execute(
            "SELECT mode FROM policies WHERE version = ? AND applied_at IS NULL", [version]
        ).fetchone()
        return None if row is None else str(row[0])

    def unfinished(self, after: int) -> tuple[tuple[int, str], ...]:
        """Return the editions after number `after` under which items are still being moved.

        Each with its mode, oldest first; those applied with "now" leave nothing to be made up for.
        """
        rows = self._db.execute(
            "SELECT version, mode FROM policies WHERE version > ? AND applied_at IS NULL"
            " AND mode <> 'now' ORDER BY version",
            [after],
        ).fetchall()
        return tuple((int(version), str(mode)) for version, mode in rows)

    def tap(self, tap: Tap) -> None:
        """Keep a person's judgement of a post, with what the judge had said of it."""
        judged = tap.post.classification
        self._db.table("taps").insert(
            {
                "post_id": tap.post.id,
                "label": tap.how,
                "member": tap.member,
                "at": to_text(tap.at),
                "complaint": tap.labels.complaint,
                "request": tap.labels.request,
                "event_id": tap.event,
                "review_before": int(tap.review),
                "text_crc32": _print(tap.post.mention.text),
                "judged_language": judged.language if judged else None,
                "judged_complaint": judged.complaint if judged else None,
                "judged_request": judged.request if judged else None,
                "judged_flags": json.dumps(sorted(judged.flags)) if judged else "[]",
                "judged_model": judged.model if judged else None,
            }
        )

    def untap(self, tap: int, at: datetime) -> None:
        """Take a judgement back."""
        self._db.execute("UPDATE taps SET undone_at = ? WHERE id = ?", [to_text(at), tap])

    def untap_act(self, event: int, at: datetime) -> None:
        """Take back what an act on an item said of its post: the act was undone."""
        self._db.execute(
            "UPDATE taps SET undone_at = ? WHERE event_id = ? AND undone_at IS NULL",
            [to_text(at), event],
        )

    def act_goes_on(self, event: int, as_event: int) -> None:
        """Let what an act said belong to the event that stands for it now."""
        self._db.execute("UPDATE taps SET event_id = ? WHERE event_id = ?", [as_event, event])

    def last_word(self, member: MemberId, since: datetime, post: int | None = None) -> Word | None:
        """Return the latest word of a member that stands, since `since`; on `post` if given."""
        row = self._db.execute(
            "SELECT id, post_id, label, at, review_before FROM taps"
            " WHERE member = ? AND undone_at IS NULL AND at >= ? AND post_id = coalesce(?, post_id)"
            " AND label IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT 1",
            [member, to_text(since), post, json.dumps(SPOKEN)],
        ).fetchone()
        if row is None:
            return None
        return Word(id=row[0], post=row[1], how=row[2], at=from_text(row[3]), review=Review(row[4]))

    def lessons(self, since: int = 0) -> Iterator[Lesson]:
        """Yield the judgements after number `since` that stand, oldest first.

        A post whose text is gone, or was changed since it was judged, teaches nothing.
        """
        last = since
        while rows := list(self._db.query(_LESSONS, [last])):
            for row in rows:
                if row["text_crc32"] in (None, _print(row["text"])):
                    yield _lesson(row)
            last = rows[-1]["id"]

    def newest_tap(self) -> int:
        """Return the number of the latest judgement, also of one taken back; 0 without any."""
        row = self._db.execute("SELECT coalesce(max(id), 0) FROM taps").fetchone()
        return int(row[0])

    def tell_of_judge(self, text: str, at: datetime) -> None:
        """Keep what became of the judge, for the next summary of each chat."""
        kept = [*self._judge_news(), {"text": text, "at": to_text(at)}]
        self.keep(JUDGE_NEWS, json.dumps(kept[-_MOST_NEWS:], ensure_ascii=False))

    def judge_news(self, since: datetime) -> tuple[News, ...]:
        """Return what became of the judge after `since`, oldest first."""
        told = (News(text=one["text"], at=from_text(one["at"])) for one in self._judge_news())
        return tuple(one for one in told if one.at > since)

    def _judge_news(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self.value(JUDGE_NEWS) or "[]")
        return found

    def mute(self, brand: str, chat: str, until: datetime | None, member: MemberId | None) -> None:
        """Silence a brand's warnings in a chat until an instant; None lifts it."""
        if until is None:
            self._db.execute("DELETE FROM mutes WHERE brand = ? AND chat = ?", [brand, chat])
            return
        self._db.execute(
            "INSERT INTO mutes (brand, chat, until, member) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (brand, chat) DO UPDATE"
            " SET until = excluded.until, member = excluded.member",
            [brand, chat, to_text(until), member],
        )

    def muted_until(self, brand: str, chat: str, now: datetime) -> datetime | None:
        """Return until when a brand is silenced in a chat, None if it is not."""
        row = self._db.execute(
            "SELECT until FROM mutes WHERE brand = ? AND chat = ? AND until > ?",
            [brand, chat, to_text(now)],
        ).fetchone()
        return from_text(row[0]) if row else None

    def day_done(self, chat: str, kind: str, day: date, now: datetime) -> bool:
        """Claim a day's summary for a chat; False if it was claimed before."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO done_days (chat, kind, day, done_at) VALUES (?, ?, ?, ?)",
            [chat, kind, day.isoformat(), to_text(now)],
        )
        return cursor.rowcount == 1

    def value(self, key: str) -> str | None:
        """Return a single value, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return None if row is None else str(row[0])

    def keep(self, key: str, value: str) -> None:
        """Write a single value."""
        self._db.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [key, value],
        )


def _print(text: str) -> int:
    """Return what tells a text from a changed one, and tells nobody what it said."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _lesson(row: dict[str, Any]) -> Lesson:
    return Lesson(
        post=row["post_id"],
        text=row["text"],
        language=row["language"],
        brands=tuple(sorted(json.loads(row["brands"]))),
        complaint=row["complaint"],
        request=row["request"],
        member=None if row["member"] is None else MemberId(row["member"]),
        at=from_text(row["at"]),
        how=row["label"],
        judged=_judged(row),
    )


def _judged(row: dict[str, Any]) -> Classification | None:
    if row["judged_model"] is None:
        return None
    return Classification(
        language=row["judged_language"] or "und",
        complaint=row["judged_complaint"],
        request=row["judged_request"],
        flags=frozenset(map(Flag, json.loads(row["judged_flags"]))),
        model=row["judged_model"],
    )
