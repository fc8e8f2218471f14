"""Dumps of Reddit: a comment or a submission a line, as Pushshift and Arctic Shift write them.

Fields came and went from 2005 on, so few are looked at. What the fast decoder finds odd is left
to the connector's patient one: both give the same mention.
"""

import msgspec

from connectors.archive.shapes.records import mapping_in, mappings_in, object_of
from connectors.archive.shapes.shape import BadRecordError, Record
from connectors.reddit_access.failures import PLATFORM
from connectors.reddit_access.payloads import (
    COMMENT,
    SUBMISSION,
    comment_mention,
    submission_mention,
    to_mention,
)
from connectors.reddit_access.rows import CommentRow, SubmissionRow
from monitor.model import Mention

SITE = "https://www.reddit.com"
_LISTING = "Listing"
_SAYING = {"body": COMMENT, "title": SUBMISSION}
_ODD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, OverflowError, OSError)


class RedditDump:
    """Comments and submissions, also mixed, and also as the API wraps and lists them."""

    name = "reddit"
    platform = PLATFORM
    items = None
    fields = ("body", "title", "selftext", "text", "caption", "outbound_url", "url", "author")
    decodes_entities = True
    seams = ""
    is_sievable = True

    def __init__(self) -> None:
        self._comment = msgspec.json.Decoder(CommentRow).decode
        self._submission = msgspec.json.Decoder(SubmissionRow).decode
        self._comments_first = True  # as the record before: a guess that only saves time

    def recognises(self, record: Record) -> bool:
        """Return whether `record` looks like a comment or a submission."""
        if record.get("kind") == _LISTING:
            return any(map(_is_thing, mappings_in(mapping_in(record, "data"), "children")))
        return _is_thing(record)

    def mentions(self, record: bytes) -> tuple[Mention, ...]:
        """Return the post of a record, or those of a listing. Raises: `BadRecordError`."""
        try:
            found = self._fast(record)
        except _ODD:
            found = None
        return _patient(object_of(record)) if found is None else (found,)

    def _fast(self, record: bytes) -> Mention | None:
        if self._comments_first:
            return self._as_comment(record) or self._as_submission(record)
        return self._as_submission(record) or self._as_comment(record)

    def _as_comment(self, record: bytes) -> Mention | None:
        row = self._comment(record)
        if row.body is None or _has_odd_time(row):
            return None
        self._comments_first = True
        return comment_mention(row, SITE)

    def _as_submission(self, record: bytes) -> Mention | None:
        row = self._submission(record)
        if row.body is not None or row.title is None or _has_odd_time(row):
            return None
        self._comments_first = False
        return submission_mention(row, SITE)


def _has_odd_time(row: CommentRow | SubmissionRow) -> bool:
    seconds = row.created_utc
    return isinstance(seconds, str) and not (seconds.isascii() and seconds.isdigit())


def _patient(record: Record) -> tuple[Mention, ...]:
    return _of_listing(record) if record.get("kind") == _LISTING else (_of_thing(record),)


def _of_listing(listing: Record) -> tuple[Mention, ...]:
    """Return the posts of a listing as the API gives it, answers within answers among them."""
    mentions: list[Mention] = []
    problems: list[BadRecordError] = []
    waiting = [listing]
    while waiting:
        data = mapping_in(waiting.pop(0), "data")
        for thing in mappings_in(data, "children"):
            if thing.get("kind") not in (COMMENT, SUBMISSION):
                continue  # "more": what is not in this listing
            waiting.append(mapping_in(mapping_in(thing, "data"), "replies"))
            try:
                mentions.append(_of_thing(thing))
            except BadRecordError as error:
                problems.append(error)
    if problems:
        raise BadRecordError(f"in a listing {len(problems)} times {problems[0]}", mentions)
    return tuple(mentions)


def _of_thing(record: Record) -> Mention:
    found = _unwrapped(record)
    try:
        return to_mention(_kind(found), found, SITE)
    except (ValueError, OverflowError, OSError):
        raise BadRecordError("no id or no time") from None


def _is_thing(record: Record) -> bool:
    found = _unwrapped(record)
    if "id" not in found or "created_utc" not in found:
        return False
    return "body" in found or ("title" in found and "subreddit" in found)


def _unwrapped(record: Record) -> Record:
    inner = record.get("data")
    is_wrapped = record.get("kind") in (COMMENT, SUBMISSION) and isinstance(inner, dict)
    return inner if is_wrapped and inner else record


def _kind(found: Record) -> str:
    """Return what a record is; where it could be both, what it says decides."""
    said = [kind for field, kind in _SAYING.items() if found.get(field) is not None]
    named = [kind for field, kind in _SAYING.items() if field in found]
    if not named:
        raise BadRecordError("neither a comment nor a submission")
    return (said or named)[0]
