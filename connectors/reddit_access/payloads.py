"""Reddit's words become ours: comments and submissions as its API and its dumps write them.

Source: recorded answers of 2016 to 2025; fields came and went, so few of them are required.
"""

import html
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.payloads.lenient import Lenient
from connectors.reddit_access.failures import PLATFORM
from monitor.model import Author, Mention

if TYPE_CHECKING:
    from connectors.reddit_access.rows import CommentRow, SubmissionRow

log = logging.getLogger(__name__)

COMMENT, SUBMISSION = "t1", "t3"
NOBODY = "[deleted]"
GONE = frozenset(
    {"[deleted]", "[removed]", "[unavailable]", "[ removed by reddit ]", "[deleted by user]"}
)
_LONGEST_GONE = max(map(len, GONE))
OWN_HOSTS = ("reddit.com", "redd.it", "redditmedia.com")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class _Payload(Lenient):
    id: str
    created_utc: float  # epoch seconds; a number or a text, whole or not
    author: str | None = None
    subreddit: str = ""
    edited: bool | float | None = False  # epoch seconds; old edits are only `true`
    permalink: str | None = None
    locked: bool | None = False
    archived: bool | None = False
    can_mod_post: bool | None = False  # moderators reply under what is locked, too


class _Comment(_Payload):
    body: str | None = None
    link_id: str | None = None
    parent_id: str | None = None
    context: str | None = None  # the permalink of a comment in the inbox


class _Crossposted(Lenient):
    title: str = ""
    selftext: str | None = ""
    url: str | None = None
    is_self: bool | None = True


class _Written(Lenient):
    """An option of a poll, or a picture of a gallery."""

    text: str | None = None
    caption: str | None = None
    outbound_url: str | None = None


class _Poll(Lenient):
    options: tuple[_Written, ...] | None = None


class _Gallery(Lenient):
    items: tuple[_Written, ...] | None = None


class _Submission(_Payload):
    title: str = ""
    selftext: str | None = ""
    url: str | None = None
    is_self: bool | None = True
    removed_by_category: str | None = None
    crosspost_parent_list: tuple[_Crossposted, ...] | None = None
    gallery_data: _Gallery | None = None
    poll_data: _Poll | None = None


def to_mention(kind: str, data: Mapping[str, Any], site: str) -> Mention:
    """Return a comment ("t1") or submission ("t3") of Reddit as a mention with links to `site`.

    Raises: `ValueError` if it has no id or time.
    """
    if kind == COMMENT:
        return comment_mention(_Comment.model_validate(data), site)
    return submission_mention(_Submission.model_validate(data), site)


def to_mentions(things: Iterable[Mapping[str, Any]], site: str) -> Iterator[Mention]:
    """Yield the comments and submissions among `things`; one that makes no sense is logged."""
    for thing in things:
        if thing.get("kind") not in (COMMENT, SUBMISSION):
            continue
        try:
            yield to_mention(str(thing["kind"]), thing["data"], site)
        except (KeyError, ValueError, OverflowError, OSError) as error:
            log.warning("reddit: a post was skipped: %s", type(error).__name__)


def key_of(fullname: str) -> str:
    """Return the key of the post that Reddit calls `fullname` ("t1_k2v")."""
    return f"{PLATFORM}:{fullname}"


def author_of(name: str | None) -> Author | None:
    """Return the author called `name`; None if the account is gone.

    Names never change on Reddit and are the only thing that feeds and old dumps give, so a name
    without its capitals is the identity.
    """
    if not name or name == NOBODY:
        return None
    return Author(id=name.lower(), handle=name)


def instant(seconds: float) -> datetime:
    """Return the instant that lies `seconds` after the epoch."""
    return datetime.fromtimestamp(seconds, UTC)


def plain(text: str | None) -> str:
    """Return `text` as readers see it: the entities that Markdown decodes are decoded."""
    if not text:
        return ""
    return _plainer(text).strip() if "&" in text else text.strip()


def _plainer(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)


def is_gone(text: str | None) -> bool:
    """Whether `text` is only what Reddit puts in place of a deleted or removed one."""
    said = (text or "").strip()
    return len(said) <= _LONGEST_GONE and said.lower() in GONE


def outside_link(url: str | None) -> str:
    """Return `url` if it leads away from Reddit: a brand may be named in it alone."""
    try:
        host = (urlsplit(url).hostname or "") if url else ""
    except ValueError:  # people post what is no address, too
        return str(url)
    inside = any(host == own or host.endswith(f".{own}") for own in OWN_HOSTS)
    return "" if inside or not host else str(url)


def comment_mention(comment: "_Comment | CommentRow", site: str) -> Mention:
    """Return a comment as a mention. Raises: `ValueError` and the like for an odd time."""
    path = _comment_path(comment)
    thread = comment.link_id or f"{SUBMISSION}_{_part_after(path, 'comments')}"
    gone = is_gone(comment.body)
    return Mention(
        key=key_of(f"{COMMENT}_{comment.id}"),
        platform=PLATFORM,
        thread=key_of(thread),
        author=author_of(comment.author),
        text="" if gone else plain(comment.body),
        url=f"{site}{path}",
        posted_at=instant(float(comment.created_utc)),
        place=comment.subreddit,
        reply_to=key_of(comment.parent_id) if comment.parent_id else None,
        edited_at=_edited_at(comment),
        deleted=gone,
        answerable=_answerable(comment),
    )


def submission_mention(submission: "_Submission | SubmissionRow", site: str) -> Mention:
    """Return a submission as a mention. Raises: `ValueError` and the like for an odd time."""
    key = key_of(f"{SUBMISSION}_{submission.id}")
    gone = _is_withdrawn(submission)
    return Mention(
        key=key,
        platform=PLATFORM,
        thread=key,
        author=author_of(submission.author),
        text="" if gone else _submission_text(submission),
        url=f"{site}{submission.permalink or f'/comments/{submission.id}/'}",
        posted_at=instant(float(submission.created_utc)),
        place=submission.subreddit,
        edited_at=_edited_at(submission),
        deleted=gone,
        answerable=_answerable(submission),
    )


def _is_withdrawn(submission: "_Submission | SubmissionRow") -> bool:
    texts = (submission.selftext, submission.title)
    return submission.removed_by_category is not None or any(map(is_gone, texts))


def _submission_text(submission: "_Submission | SubmissionRow") -> str:
    parts = [plain(submission.title), plain(submission.selftext), *_options(submission)]
    for original in submission.crosspost_parent_list or ():
        parts += [plain(original.title), plain(original.selftext)]
        parts.append("" if original.is_self else outside_link(original.url))
    parts.append("" if submission.is_self else outside_link(submission.url))
    return "\n\n".join(dict.fromkeys(part for part in parts if part and not is_gone(part)))


def _options(submission: "_Submission | SubmissionRow") -> Iterator[str]:
    """Yield what is written in a poll's options and under a gallery's pictures."""
    options = submission.poll_data.options if submission.poll_data else None
    pictures = submission.gallery_data.items if submission.gallery_data else None
    for each in (*(options or ()), *(pictures or ())):
        yield plain(each.text)
        yield plain(each.caption)
        yield outside_link(each.outbound_url)


def _comment_path(comment: "_Comment | CommentRow") -> str:
    if comment.permalink:
        return comment.permalink
    if comment.context:
        return comment.context.partition("?")[0]
    thread = (comment.link_id or "").partition("_")[2]
    return f"/comments/{thread}/_/{comment.id}/"


def _part_after(path: str, name: str) -> str:
    parts = path.split("/")
    return parts[parts.index(name) + 1] if name in parts[:-1] else ""


def _answerable(payload: "_Payload | CommentRow | SubmissionRow") -> bool | None:
    closed = payload.archived or (payload.locked and not payload.can_mod_post)
    return False if closed else None


def _edited_at(payload: "_Payload | CommentRow | SubmissionRow") -> datetime | None:
    if isinstance(payload.edited, bool) or payload.edited is None:
        return None
    try:
        return instant(payload.edited)
    except (ValueError, OverflowError, OSError):
        return None
