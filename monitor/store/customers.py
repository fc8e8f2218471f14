"""Customers: what the team wrote of a person, which accounts are one person's, and their past.

Every row names its account (`platform`, `author_key`), so that a person can be found and forgotten.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from monitor.desk.customers import (
    LEAVING_WITHIN,
    LIKELY,
    REPEAT,
    Account,
    Contact,
    Glance,
    Known,
    Link,
    Note,
    NoteKind,
    Voice,
    outcome,
)
from monitor.model import Flag, ItemId, MemberId, State, Target
from monitor.store import full_text
from monitor.store.instants import from_text, from_text_or_none, to_text

Row = dict[str, Any]
# The accounts that are one person's, however long the chain of links between them.
_SAME = """
WITH RECURSIVE same (platform, author_key) AS (
    SELECT value ->> 0, value ->> 1 FROM json_each(:accounts)
    UNION
    SELECT CASE one.platform = same.platform AND one.author_key = same.author_key
               WHEN 1 THEN one.other_platform ELSE one.platform END,
           CASE one.platform = same.platform AND one.author_key = same.author_key
               WHEN 1 THEN one.other_key ELSE one.author_key END
    FROM same JOIN customer_links AS one ON one.ended_at IS NULL
        AND ((one.platform = same.platform AND one.author_key = same.author_key)
            OR (one.other_platform = same.platform AND one.other_key = same.author_key))
)
"""
_WRITTEN_BY = (  # an author nobody names is known by the post alone
    "posts.id IN (SELECT id FROM posts AS theirs WHERE theirs.platform = same.platform"
    "  AND theirs.author_id = same.author_key"
    " UNION ALL SELECT id FROM posts AS theirs WHERE theirs.key = same.author_key"
    "  AND theirs.author_id IS NULL)"
    " AND posts.own_brand IS NULL AND posts.deleted_at IS NULL"
)
_NOTES = (
    "SELECT customer_notes.*, members.name AS by FROM customer_notes"
    " JOIN members ON members.id = customer_notes.member"
)
_LINKS = (
    "SELECT customer_links.*, members.name AS by FROM customer_links"
    " JOIN members ON members.id = customer_links.member"
)


class Wrote(StrEnum):
    """What a change was made to."""

    NOTE = "note"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something written or ended, which may be taken back."""

    wrote: Wrote
    id: int
    ended: bool  # it was deleted, or unlinked
    at: datetime
    by: MemberId


class Customers:
    """The tables `customer_notes` and `customer_links`, and what items and posts say of people."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # ------------------------------------------------------------ who it is

    def of_item(self, item: ItemId) -> Account | None:
        """Return the account whose item this is, None where there is no such item."""
        row = self._db.execute(
            "SELECT platform, author_key FROM items WHERE id = ?", [item]
        ).fetchone()
        return Account(platform=row[0], key=row[1]) if row else None

    def find(self, handle: str, platform: str | None = None) -> tuple[Known, ...]:
        """Return the accounts that wrote under a handle, or have this id, the newest first.

        Letters' case is left aside. Of each platform only the newest account is returned.
        """
        places = [platform] if platform is not None else self.platforms()
        rows = self._db.execute(
            "SELECT platform, coalesce(author_id, key), author_handle, max(id) FROM"
            " (SELECT id, platform, author_id, key, :handle AS author_handle FROM posts"
            "    WHERE author_id = :handle"
            "    AND platform IN (SELECT value FROM json_each(:platforms))"
            "  UNION ALL SELECT posts.id, platform, author_id, key, posts.author_handle FROM posts"
            f"   JOIN posts_fts ON posts.id = posts_fts.rowid {full_text.ID_OF_TURN}"
            "    WHERE posts_fts MATCH :words"
            "    AND +platform IN (SELECT value FROM json_each(:platforms)))"
            " GROUP BY 1, 2, 3 ORDER BY 4 DESC",
            {"handle": handle, "platforms": json.dumps(places), "words": _writer(handle)},
        ).fetchall()
        newest: dict[str, Account] = {}
        for found, key, named, _ in rows:
            if named.casefold() == handle.casefold():
                newest.setdefault(found, Account(platform=found, key=key))
        return tuple(map(self.known, newest.values()))

    def known(self, account: Account) -> Known:
        """Return an account as the platform named it last, with its newest item and post."""
        post = self._db.execute(
            "SELECT id, author_handle, author_name FROM posts WHERE id ="
            " (SELECT max(id) FROM (SELECT id FROM posts WHERE platform = ? AND author_id = ?"
            "  UNION ALL SELECT id FROM posts WHERE key = ? AND author_id IS NULL))",
            [account.platform, account.key, account.key],
        ).fetchone()
        item = self._db.execute(
            "SELECT max(id) FROM items WHERE platform = ? AND author_key = ?",
            [account.platform, account.key],
        ).fetchone()[0]
        number, handle, name = post or (None, "", "")
        return Known(
            account=account,
            handle=handle or "",
            name=name or "",
            item=None if item is None else ItemId(item),
            post=number,
        )

    def platforms(self) -> tuple[str, ...]:
        """Return the platforms of which something was ever kept, by name."""
        rows = self._db.execute(
            "WITH RECURSIVE named (platform) AS (SELECT min(platform) FROM posts UNION ALL"
            " SELECT (SELECT min(platform) FROM posts WHERE platform > named.platform)"
            " FROM named WHERE platform IS NOT NULL)"
            " SELECT platform FROM named WHERE platform IS NOT NULL"
        )  # one look into an index for each of them
        return tuple(platform for (platform,) in rows.fetchall())

    def has_platform(self, platform: str) -> bool:
        """Return whether anything was ever kept of a platform."""
        row = self._db.execute("SELECT 1 FROM posts WHERE platform = ? LIMIT 1", [platform])
        return row.fetchone() is not None

    def accounts(self, account: Account) -> tuple[Account, ...]:
        """Return an account and all that are linked with it, itself first."""
        found = self._db.execute(
            f"{_SAME} SELECT platform, author_key FROM same", _these(account)
        ).fetchall()
        return tuple(Account(platform=platform, key=key) for platform, key in found)

    # ------------------------------------------------------------ what the team wrote

    def write(
        self,
        account: Account,
        kind: NoteKind,
        text: str,
        item: ItemId | None,
        by: MemberId,
        at: datetime,
    ) -> int:
        """Keep a note, a preference or a tag, and return its number."""
        row = {
            "platform": account.platform,
            "author_key": account.key,
            "kind": kind,
            "text": text,
            "item_id": item,
            "member": by,
            "at": to_text(at),
        }
        return int(self._db.table("customer_notes").insert(row).last_pk or 0)

    def note(self, number: int) -> Note | None:
        """Return a note by its number, also a deleted one whose text is still there."""
        rows = self._db.query(f"{_NOTES} WHERE customer_notes.id = ?", [number])
        return next(map(_note, rows), None)

    def notes(self, account: Account) -> tuple[Note, ...]:
        """Return what the team wrote of a person, tags among it, newest first."""
        rows = self._db.query(
            f"{_SAME} {_NOTES} JOIN same USING (platform, author_key)"
            " WHERE customer_notes.ended_at IS NULL ORDER BY customer_notes.id DESC",
            _these(account),
        )
        return tuple(map(_note, rows))

    def tags(self, platform: str, author_key: str) -> frozenset[str]:
        """Return the tags that the team gave a person, on whichever linked account."""
        found = self._db.execute(
            f"{_SAME} SELECT text FROM customer_notes JOIN same USING (platform, author_key)"
            " WHERE kind = 'tag' AND ended_at IS NULL",
            _these(Account(platform=platform, key=author_key)),
        ).fetchall()
        return frozenset(tag for (tag,) in found)

    def end_note(self, number: int, by: MemberId, at: datetime) -> None:
        """Delete a note; its text stays until that can no longer be undone."""
        self._end("customer_notes", number, by, at)

    def revive_note(self, number: int) -> None:
        """Let a deleted note stand again."""
        self._revive("customer_notes", number)

    # ------------------------------------------------------------ accounts that are one person's

    def link(self, one: Account, other: Account, by: MemberId, at: datetime) -> int:
        """Keep that two accounts are one person's, and return the link's number."""
        row = {
            "platform": one.platform,
            "author_key": one.key,
            "other_platform": other.platform,
            "other_key": other.key,
            "member": by,
            "at": to_text(at),
        }
        return int(self._db.table("customer_links").insert(row).last_pk or 0)

    def links(self, account: Account) -> tuple[Link, ...]:
        """Return the links that make a person's accounts one, oldest first."""
        rows = self._db.query(
            f"{_SAME} {_LINKS} JOIN same USING (platform, author_key)"
            " WHERE customer_links.ended_at IS NULL ORDER BY customer_links.id",
            _these(account),
        )
        return tuple(map(_link, rows))

    def link_by_id(self, number: int) -> Link | None:
        """Return a link by its number, also one that was ended."""
        rows = self._db.query(f"{_LINKS} WHERE customer_links.id = ?", [number])
        return next(map(_link, rows), None)

    def end_link(self, number: int, by: MemberId, at: datetime) -> None:
        """Take a link away."""
        self._end("customer_links", number, by, at)

    def revive_link(self, number: int) -> None:
        """Let a link that was taken away stand again."""
        self._revive("customer_links", number)

    # ------------------------------------------------------------ taking back

    def latest_change(self, by: MemberId, since: datetime) -> Change | None:
        """Return what a member wrote or ended last since then, None for nothing."""
        row = self._db.execute(
            "SELECT * FROM ("
            "  SELECT 'note' AS what, id, 0 AS ended, at AS at FROM customer_notes"
            "   WHERE member = :by AND ended_at IS NULL"
            "  UNION ALL SELECT 'note', id, 1, ended_at FROM customer_notes WHERE ended_by = :by"
            "   AND text <> ''"
            "  UNION ALL SELECT 'link', id, 0, at FROM customer_links"
            "   WHERE member = :by AND ended_at IS NULL"
            "  UNION ALL SELECT 'link', id, 1, ended_at FROM customer_links WHERE ended_by = :by)"
            " WHERE at >= :since ORDER BY at DESC, id DESC LIMIT 1",
            {"by": by, "since": to_text(since)},
        ).fetchone()
        if row is None:
            return None
        return Change(
            wrote=Wrote(row[0]), id=row[1], ended=bool(row[2]), at=from_text(row[3]), by=by
        )

    def _end(self, table: str, number: int, by: MemberId, at: datetime) -> None:
        self._db.execute(
            f"UPDATE {table} SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at IS NULL",
            [to_text(at), by, number],
        )

    def _revive(self, table: str, number: int) -> None:
        self._db.execute(
            f"UPDATE {table} SET ended_at = NULL, ended_by = NULL WHERE id = ?", [number]
        )

    # ------------------------------------------------------------ their past

    def glance(self, item: ItemId) -> Glance:
        """Return the counts that an item's card shows of its author's past.

        One thread is one contact, however many brands it speaks of; what is void is none.
        """
        this = next(self._db.query(_THIS, [item]), None)
        if this is None:
            return Glance()
        whose = _these(Account(platform=this["platform"], key=this["author_key"]))
        since = to_text(from_text(this["posted_at"]) - REPEAT)
        row = next(iter(self._db.query(_GLANCE, {**this, **whose, "since": since})))
        return Glance(
            contact=row["earlier"] + 1,
            repeat=bool(row["repeat"]),
            notes=row["notes"],
            tags=row["tags"],
        )

    def contacts(self, account: Account, now: datetime, limit: int = -1) -> tuple[Contact, ...]:
        """Return what a person needed of us on all linked accounts, newest first."""
        rows = self._db.query(_CONTACTS, {**_these(account), "limit": limit})
        return tuple(_contact(row, now) for row in rows)

    def voice(self, account: Account, now: datetime) -> Voice:
        """Return what a person's kept posts say of them."""
        posts = self._db.execute(
            f"{_SAME} SELECT posts.language, count(*), sum(coalesce(praise, 0) >= :likely),"
            " max(CASE WHEN praise >= :likely THEN posted_at END)"
            f" FROM same CROSS JOIN posts ON {_WRITTEN_BY} GROUP BY 1 ORDER BY 2 DESC, 1",
            {**_these(account), "likely": LIKELY},
        ).fetchall()
        leaving = self._db.execute(
            f"{_SAME} SELECT churn_risk, posted_at FROM same CROSS JOIN posts ON {_WRITTEN_BY}"
            " WHERE churn_risk IS NOT NULL AND posted_at >= :since"
            " ORDER BY churn_risk DESC, posted_at DESC LIMIT 1",
            {**_these(account), "since": to_text(now - LEAVING_WITHIN)},
        ).fetchone()
        return Voice(
            posts=sum(count for _, count, _, _ in posts),
            languages=tuple((language, count) for language, count, _, _ in posts if language),
            praise=sum(praise for _, _, praise, _ in posts),
            praised_at=max((from_text(at) for _, _, _, at in posts if at), default=None),
            leaving=leaving[0] if leaving else None,
            leaving_at=from_text(leaving[1]) if leaving else None,
        )

    def listed_items(self, account: Account) -> tuple[ItemId, ...]:
        """Return a person's items that are listed, on whichever linked account."""
        rows = self._db.execute(
            f"{_SAME} SELECT items.id FROM same CROSS JOIN items USING (platform, author_key)"
            " WHERE muted = 0 AND state NOT IN ('resolved', 'void') ORDER BY items.id",
            _these(account),
        ).fetchall()
        return tuple(ItemId(item) for (item,) in rows)

    def touch(self, account: Account, after: datetime | None = None) -> None:
        """Have a person's listed cards drawn anew; only of items posted `after`, if given."""
        self._db.execute(
            "UPDATE items SET revision = revision + 1 WHERE muted = 0"
            " AND state NOT IN ('resolved', 'void') AND posted_at > :after AND id IN"
            f" ({_SAME} SELECT items.id FROM same CROSS JOIN items USING (platform, author_key))",
            {**_these(account), "after": to_text(after) if after else ""},
        )

    # ------------------------------------------------------------ forgetting

    def forget(self, account: Account) -> int:
        """Erase what the team wrote of an account, and its links; return how many rows went.

        The rows of accounts linked with it stay: each is a person of its own again.
        """
        whose = {"platform": account.platform, "key": account.key}
        notes = self._db.execute(
            "DELETE FROM customer_notes WHERE platform = :platform AND author_key = :key", whose
        )
        links = self._db.execute(
            "DELETE FROM customer_links WHERE (platform = :platform AND author_key = :key)"
            " OR (other_platform = :platform AND other_key = :key)",
            whose,
        )
        return notes.rowcount + links.rowcount

    def erase_deleted(self, before: datetime) -> None:
        """Drop the text of notes that were deleted before then: nobody can bring them back."""
        self._db.execute(
            "UPDATE customer_notes SET text = '' WHERE ended_at < ? AND text <> ''",
            [to_text(before)],
        )


_THIS = "SELECT id, platform, author_key, thread, posted_at FROM items WHERE id = ?"
_GLANCE = f"""
{_SAME}, before AS (
    SELECT count(DISTINCT thread) AS earlier, max(posted_at) >= :since AS repeat
    FROM same CROSS JOIN items USING (platform, author_key)
    WHERE state <> 'void' AND thread <> :thread AND (posted_at, id) < (:posted_at, :id)
), written AS (
    SELECT count(*) FILTER (WHERE kind <> 'tag') AS notes,
        count(*) FILTER (WHERE kind = 'tag') AS tags
    FROM same CROSS JOIN customer_notes USING (platform, author_key) WHERE ended_at IS NULL
)
SELECT * FROM before, written
"""
_CONTACTS = f"""
{_SAME}
SELECT items.*, members.name AS owner_name, results.customer_wait_s, results.team_time_s,
    results.breached, results.counted, results.proven, results.ended_at, posts.url, posts.flags
FROM same CROSS JOIN items USING (platform, author_key)
LEFT JOIN members ON members.id = items.owner
LEFT JOIN results ON results.item_id = items.id AND results.target = '{Target.FIRST_RESPONSE}'
    AND results.cycle = 1
LEFT JOIN posts ON posts.id = (SELECT min(post_id) FROM item_posts WHERE item_id = items.id)
ORDER BY items.posted_at DESC, items.id DESC LIMIT :limit
"""


def _these(*accounts: Account) -> Row:
    return {"accounts": json.dumps([[each.platform, each.key] for each in accounts])}


def _writer(handle: str) -> str:
    """Return what finds posts by an author's handle; never syntax of the full-text search."""
    return f'"{full_text.facet("a", handle)}"'


def _note(row: Row) -> Note:
    return Note(
        id=row["id"],
        account=Account(platform=row["platform"], key=row["author_key"]),
        kind=NoteKind(row["kind"]),
        text=row["text"],
        item=None if row["item_id"] is None else ItemId(row["item_id"]),
        member=MemberId(row["member"]),
        by=row["by"],
        at=from_text(row["at"]),
        ended_at=from_text_or_none(row["ended_at"]),
        ended_by=_member(row["ended_by"]),
    )


def _link(row: Row) -> Link:
    return Link(
        id=row["id"],
        one=Account(platform=row["platform"], key=row["author_key"]),
        other=Account(platform=row["other_platform"], key=row["other_key"]),
        member=MemberId(row["member"]),
        by=row["by"],
        at=from_text(row["at"]),
        ended_at=from_text_or_none(row["ended_at"]),
        ended_by=_member(row["ended_by"]),
    )


def _member(value: int | None) -> MemberId | None:
    return None if value is None else MemberId(value)


def _contact(row: Row, now: datetime) -> Contact:
    posted_at = from_text(row["posted_at"])
    answered_at = from_text_or_none(row["ended_at"] or row["answer_at"])
    state = State(row["state"])
    what = outcome(
        state,
        muted=bool(row["muted"]),
        answered=answered_at is not None,
        proven=bool(row["proven"] or row["answer_proven"]),
        void_reason=row["void_reason"],
    )
    fixed = row["breached"] is not None and bool(row["counted"])
    return Contact(
        item=ItemId(row["id"]),
        brand=row["brand"],
        platform=row["platform"],
        thread=row["thread"],
        url=row["url"] or "",
        posted_at=posted_at,
        seen_at=from_text(row["opened_at"]),
        state=state,
        outcome=what,
        flags=frozenset(map(Flag, json.loads(row["flags"] or "[]"))),
        owner=row["owner_name"],
        answer_at=answered_at,
        answer_url=row["answer_url"],
        customer_wait=_waited(row, posted_at, answered_at, state, now),
        team_time=None if row["team_time_s"] is None else timedelta(seconds=row["team_time_s"]),
        breached=bool(row["breached"]) if fixed else None,
    )


def _waited(
    row: Row, posted_at: datetime, answered_at: datetime | None, state: State, now: datetime
) -> timedelta | None:
    """Return how long a person waited for the first answer, or waits by now; None for history."""
    if row["customer_wait_s"] is not None:
        return timedelta(seconds=row["customer_wait_s"])
    if answered_at is not None:
        return max(answered_at - posted_at, timedelta())
    resting = row["muted"] or state in (State.VOID, State.RESOLVED)
    return None if resting else max(now - posted_at, timedelta())
