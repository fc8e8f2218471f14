"""Hacker News' words become ours: the hits of its search, and its items with what is below them.

A comment that was deleted, flagged away or killed has no text. Ids are texts in hits and numbers
in items. Source: answers of hn.algolia.com; algolia/hn-search.
"""

import html
import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from connectors.hackernews_access.slices import MOST_HITS, Found
from connectors.markup.text import to_text
from monitor.errors import UnavailableError
from monitor.model import Author, Mention

log = logging.getLogger(__name__)

PLATFORM = "hackernews"
COMMENT = "comment"
_THREAD_TAG = "story_"
_LONGEST_COUNT = 19  # digits

_Id = Annotated[str, BeforeValidator(lambda value: str(value).strip())]
_MaybeId = Annotated[str | None, BeforeValidator(lambda value: str(value) if value else None)]
_Text = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else "")]


def _if_fit(value: Any, validated: ValidatorFunctionWrapHandler) -> Any:
    """Return a value, or None where it is none of its kind: what else is there may do."""
    try:
        return validated(value)
    except ValidationError:
        return None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


class _Post(BaseModel):
    """A hit or an item: they differ in names."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: _Id = Field(validation_alias=AliasChoices("objectID", "id"), min_length=1)
    created_at_i: Annotated[float | None, WrapValidator(_if_fit)] = None  # epoch seconds
    created_at: Annotated[datetime | None, WrapValidator(_if_fit)] = None
    author: _Text = ""
    title: _Text = ""
    url: _Text = ""
    text: _Text = Field("", validation_alias=AliasChoices("comment_text", "story_text", "text"))
    story_id: _MaybeId = None
    parent_id: _MaybeId = None
    type: _Text = ""
    tags: Annotated[tuple[str, ...], BeforeValidator(_texts)] = Field((), validation_alias="_tags")

    @property
    def is_comment(self) -> bool:
        """Whether it stands below something else."""
        return COMMENT in (self.type, *self.tags) or self.parent_id is not None

    @property
    def thread(self) -> str:
        """The id of the story, or of the post itself where none is named."""
        tagged = (tag.removeprefix(_THREAD_TAG) for tag in self.tags if _THREAD_TAG in tag[:6])
        above = self.story_id or next(tagged, None)
        return (above or self.parent_id or self.id) if self.is_comment else self.id

    @property
    def posted_at(self) -> datetime:
        """When it was posted. Raises: `ValueError` if nothing tells."""
        if self.created_at_i is not None:
            return datetime.fromtimestamp(self.created_at_i, UTC)
        if self.created_at is None:
            raise ValueError("no time")
        at = self.created_at
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def to_mention(data: object, site: str) -> Mention:
    """Return a hit or an item as a mention with a link to `site`.

    Raises: `ValueError` if it has no id or time.
    """
    post = _Post.model_validate(_without_nulls(data))
    deleted = not (post.text or (post.title and not post.is_comment))
    return Mention(
        key=key_of(post.id),
        platform=PLATFORM,
        thread=key_of(post.thread),
        author=Author(id=post.author, handle=post.author) if post.author else None,
        text="" if deleted else _text(post),
        url=f"{site}/item?id={post.id}",
        posted_at=post.posted_at,
        reply_to=key_of(post.parent_id or post.thread) if post.is_comment else None,
        deleted=deleted,
    )


def gone(key: str, site: str, now: datetime) -> Mention:
    """Return what is left of a post that is no longer there."""
    url = f"{site}/item?id={key.removeprefix(key_of(''))}"
    return Mention.tombstone(key, platform=PLATFORM, url=url, posted_at=now)


def key_of(number: str) -> str:
    """Return the key of the post with this number."""
    return f"{PLATFORM}:{number}"


def to_found(answer: Any, site: str) -> Found:
    """Return the answer of a search. Raises: `UnavailableError` if it is none."""
    hits = answer.get("hits") if isinstance(answer, dict) else None
    if not isinstance(hits, list):
        raise UnavailableError(PLATFORM, "an answer that is no list of hits")
    return Found(
        mentions=tuple(_mentions(hits, site)),
        given=len(hits),
        room=min(_count(answer.get("hitsPerPage")) or MOST_HITS, MOST_HITS),
        total=_count(answer.get("nbHits")),
        estimated=answer.get("exhaustiveNbHits") is False,
        has_pages=(_count(answer.get("nbPages")) or 0) > 1,
    )


def to_tree(item: Any, site: str) -> Iterator[Mention]:
    """Yield an item and all that stands below it. Raises: `UnavailableError` if it is none."""
    if not isinstance(item, dict) or "id" not in item:
        raise UnavailableError(PLATFORM, "an answer that is no item")
    waiting: list[tuple[Any, str]] = [(item, str(item.get("story_id") or item["id"]))]
    while waiting:
        found, thread = waiting.pop()
        if not isinstance(found, dict):
            continue
        below = found.get("children")
        waiting += [(each, thread) for each in below or ()] if isinstance(below, list) else []
        yield from _mentions([{"story_id": thread, **_without_nulls(found)}], site)


def _mentions(found: Iterable[Any], site: str) -> Iterator[Mention]:
    for each in found:
        try:
            yield to_mention(each, site)
        except (ValidationError, ValueError, OverflowError, OSError) as error:
            log.warning("hackernews: a post was skipped: %s", type(error).__name__)


def _text(post: _Post) -> str:
    written = to_text(post.text)
    if post.is_comment:
        return written
    title = html.unescape(post.title).strip()
    return "\n\n".join(part for part in (title, written, post.url.strip()) if part)


def _without_nulls(data: object) -> dict[str, Any]:
    given = data if isinstance(data, dict) else {}
    return {name: value for name, value in given.items() if value is not None}


def _count(value: object) -> int | None:
    """Return a number that may be written as a text; None if it is none."""
    text = str(value).strip()
    return int(text) if text.isdecimal() and len(text) < _LONGEST_COUNT else None
