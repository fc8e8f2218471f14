"""X's words become ours: posts of its API v2, with the accounts, media and posts beside them.

Both the names that its documents show ("tweet") and those of its newer specification ("post") are
read. Source: X API v2 data dictionary; OpenAPI 2.167; recorded answers of 2021 to 2023.
"""

import html
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
)

from connectors.payloads.lenient import Lenient
from connectors.x_access.failures import PLATFORM
from monitor.errors import UnavailableError
from monitor.model import Author, Mention

log = logging.getLogger(__name__)

SITE = "https://x.com"
EPOCH_MS = 1_288_834_974_657  # ids count milliseconds since then. Source: X, "X IDs"
FIRST_TIMED_ID = 10**15  # below, an id was not made from the time
QUOTED_MOST = 280  # characters of somebody else's words that are kept
EDITABLE = timedelta(minutes=30)  # Source: docs.x.com, "Edit posts"
OLD_CODES = {"in": "id", "iw": "he", "zh-cn": "zh", "zh-tw": "zh"}  # languages as X spells them
_SHORT = re.compile(r"https?://t\.co/\w+")
_NAMED = re.compile(r"(?<![\w@])@(\w{1,15})\b")
_OWN_STATUS = re.compile(
    r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/[^/]+(?:/web)?/status/(\d+)"
)
_MEDIA = re.compile(r"/status/\d+/(?:photo|video)/\d+$")

GONE = ("resource-not-found", "not-authorized-for-resource", "disallowed-resource")
GONE_TITLES = ("Not Found Error", "Authorization Error", "Forbidden")  # of the same


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


Id = Annotated[str, BeforeValidator(str)]  # 64 bits: kept as texts
Instant = Annotated[datetime, AfterValidator(_utc)]
T = TypeVar("T", bound=BaseModel)


class _Link(Lenient):
    url: str
    expanded_url: str = ""
    unwound_url: str = ""
    media_key: str = ""


class _Named(Lenient):
    username: str


class _Entities(Lenient):
    urls: tuple[_Link, ...] = ()
    mentions: tuple[_Named, ...] = ()


class _Note(Lenient):
    """The whole of a text that is longer than 280."""

    text: str
    entities: _Entities = _Entities()


class _Reference(Lenient):
    type: str
    id: Id


class _Attachments(Lenient):
    media_keys: tuple[str, ...] = ()
    poll_ids: tuple[Id, ...] = ()


class _EditControls(Lenient):
    editable_until: Instant | None = None


def _also(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class XPost(Lenient):
    """A post as X writes it."""

    id: Id
    text: str = ""
    author_id: Id | None = None
    conversation_id: Id | None = None
    created_at: Instant | None = None
    lang: str | None = None
    entities: _Entities = _Entities()
    attachments: _Attachments = _Attachments()
    edit_controls: _EditControls = _EditControls()
    note: _Note | None = Field(None, validation_alias=_also("note_tweet", "note_post"))
    references: tuple[_Reference, ...] = Field(
        (), validation_alias=_also("referenced_tweets", "referenced_posts")
    )
    history: tuple[Id, ...] = Field(
        (), validation_alias=_also("edit_history_tweet_ids", "edit_history_post_ids")
    )

    @property
    def versions(self) -> tuple[str, ...]:
        """The ids of all its versions, the first one first."""
        return self.history if self.id in self.history else (self.id,)

    @property
    def whole_text(self) -> str:
        """The text, not cut at 280."""
        return self.note.text if self.note else self.text

    @property
    def all_entities(self) -> _Entities:
        """The entities of the text that counts."""
        return self.note.entities if self.note else self.entities

    def refers_to(self, kind: str) -> str | None:
        """Return the id of the post that this one answers, quotes or reposts."""
        return next((each.id for each in self.references if each.type == kind), None)


class XUser(Lenient):
    """An account as X writes it."""

    id: Id
    username: str
    name: str = ""
    protected: bool = False


class _Medium(Lenient):
    media_key: str
    alt_text: str | None = None


class _Option(Lenient):
    label: str = ""
    position: int = 0


class _Poll(Lenient):
    id: Id
    options: tuple[_Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One answer that lists posts."""

    mentions: tuple[Mention, ...]  # one for each post, however many of its versions came
    ids: tuple[str, ...]  # of the posts that were listed, which are those that are billed
    token: str | None  # for what is older; None: nothing is
    stale: tuple[str, ...] = ()  # ids of newer versions that did not come along
    gone: tuple[str, ...] = ()  # ids that were asked for and cannot be seen any more
    first_ids: Mapping[str, str] = field(default_factory=dict)  # version → first version
    skipped: int = 0  # things in the list that nobody can read


@dataclass(frozen=True, slots=True)
class _Beside:
    """What came along with the posts, and what is known of other posts' first versions."""

    users: Mapping[str, XUser]
    posts: Mapping[str, XPost]
    media: Mapping[str, _Medium]
    polls: Mapping[str, _Poll]
    first_ids: Mapping[str, str]
    own: Set[str]  # handles of our accounts, folded


def to_batch(
    answer: Any, own: Set[str] = frozenset(), known: Mapping[str, str] | None = None
) -> Batch:
    """Return what an answer of X lists; `known` maps versions to first versions.

    Raises: `UnavailableError` if it lists nothing and does not say so.
    """
    listed = _listed(answer)
    posts = list(_parsed(XPost, listed))
    beside = _beside(answer, posts, own, known or {})
    newest = _newest_versions(posts, beside)
    token = _section(answer, "meta").get("next_token")
    found = [_mention_or_none(post, beside) for post in newest]
    mentions = tuple(each for each in found if each is not None)
    return Batch(
        mentions=mentions,
        ids=tuple(str(each["id"]) for each in listed if "id" in each),
        token=str(token) if token else None,
        stale=tuple(each.versions[-1] for each in newest if each.versions[-1] != each.id),
        gone=tuple(_gone(answer)),
        first_ids=beside.first_ids,
        skipped=len(listed) - len(posts) + len(found) - len(mentions),
    )


def to_mention(post: Mapping[str, Any], answer: Any, own: Set[str] = frozenset()) -> Mention:
    """Return one post of X as a mention, with what came along in `answer`.

    Raises: `ValueError` if it has neither a time nor an id that was made from one.
    """
    parsed = XPost.model_validate(post)
    return _mention(parsed, _beside(answer, [parsed], own, {}))


def key_of(post_id: str) -> str:
    """Return the key of the post whose first version is `post_id`."""
    return f"{PLATFORM}:{post_id}"


def id_of(key: str) -> str:
    """Return the id in a key of this platform."""
    return key.removeprefix(f"{PLATFORM}:")


def time_of(post_id: str) -> datetime | None:
    """Return when an id was made, None if it does not say."""
    if not post_id.isdigit() or not FIRST_TIMED_ID <= int(post_id) < 2**63:
        return None
    return datetime.fromtimestamp(((int(post_id) >> 22) + EPOCH_MS) / 1000, UTC)


def tombstone(key: str) -> Mention:
    """Return what is left of a post that is gone."""
    at = time_of(id_of(key)) or datetime.fromtimestamp(0, UTC)
    url = f"{SITE}/i/status/{id_of(key)}"
    return Mention.tombstone(key, platform=PLATFORM, url=url, posted_at=at)


def problem_of(answer: Any) -> str:
    """Return the first complaint of an answer, in X's words, "" if it has none."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return ""
    said = errors[0].get("detail") or errors[0].get("message") or errors[0].get("title") or ""
    return " ".join(str(said).split())[:200]


def _listed(answer: Any) -> list[Mapping[str, Any]]:
    if not isinstance(answer, dict):
        raise UnavailableError(PLATFORM, "an answer that lists no posts")
    data = answer.get("data")
    if data is None:
        return _none(answer)
    listed = [data] if isinstance(data, dict) else data
    if not isinstance(listed, list):
        raise UnavailableError(PLATFORM, "an answer that lists no posts")
    return [each for each in listed if isinstance(each, dict)]


def _none(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return no posts, where the answer says that there are none: X gives failures with 200, too.

    Raises: `UnavailableError` if it does not say so.
    """
    said = isinstance(answer.get("meta"), dict) or any(_gone(answer))
    if said and not _section(answer, "meta").get("result_count"):
        return []
    words = problem_of(answer)
    raise UnavailableError(PLATFORM, words or "an answer that lists no posts")


def _section(answer: Any, name: str) -> Mapping[str, Any]:
    found = answer.get(name) if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else {}


def _parsed(kind: type[T], things: Any) -> Iterator[T]:
    for thing in things if isinstance(things, list) else []:
        try:
            yield kind.model_validate(thing)
        except ValidationError:
            log.warning("x: a %s was skipped: it has no id", kind.__name__.strip("_"))


def _beside(
    answer: Any, posts: Iterable[XPost], own: Set[str], known: Mapping[str, str]
) -> _Beside:
    includes = _section(answer, "includes")
    beside = [*_parsed(XPost, includes.get("tweets")), *_parsed(XPost, includes.get("posts"))]
    edited = [each for each in (*beside, *posts) if len(each.versions) > 1]
    return _Beside(
        users={each.id: each for each in _parsed(XUser, includes.get("users"))},
        posts={each.id: each for each in (*beside, *posts)},
        media={each.media_key: each for each in _parsed(_Medium, includes.get("media"))},
        polls={each.id: each for each in _parsed(_Poll, includes.get("polls"))},
        first_ids={**known, **{one: each.versions[0] for each in edited for one in each.versions}},
        own=own,
    )


def _newest_versions(posts: Iterable[XPost], beside: _Beside) -> list[XPost]:
    """Return each post once, in its newest version that is at hand."""
    found: dict[str, XPost] = {}
    for post in posts:
        best = max(
            (beside.posts[each] for each in post.versions if each in beside.posts),
            key=lambda each: _order(each.id),
            default=post,
        )
        first = post.versions[0]
        if first not in found or _order(best.id) > _order(found[first].id):
            found[first] = best
    return list(found.values())


def _order(post_id: str) -> tuple[int, str]:
    return len(post_id), post_id


def _gone(answer: Any) -> Iterator[str]:
    errors = answer.get("errors")
    for each in errors if isinstance(errors, list) else []:
        if isinstance(each, dict) and each.get("parameter") in ("ids", "id") and _is_gone(each):
            yield str(each.get("resource_id") or each.get("value") or "")


def _is_gone(problem: Mapping[str, Any]) -> bool:
    """Return whether a post cannot be seen any more, rather than not just now."""
    if problem.get("resource_type", "tweet") not in ("tweet", "post"):
        return False
    kind = str(problem.get("type") or "").rpartition("/problems/")[2]
    return kind in GONE or (kind in ("", "about:blank") and problem.get("title") in GONE_TITLES)


def _mention_or_none(post: XPost, beside: _Beside) -> Mention | None:
    try:
        return _mention(post, beside)
    except (ValueError, OverflowError) as error:
        log.warning("x: a post was skipped: %s", error)
        return None


def _mention(post: XPost, beside: _Beside) -> Mention:
    user = beside.users.get(post.author_id or "")
    first = beside.first_ids.get(post.id, post.id)
    replied = post.refers_to("replied_to")
    root = post.conversation_id or first
    return Mention(
        key=key_of(first),
        platform=PLATFORM,
        thread=key_of(beside.first_ids.get(root, root)),
        author=_author(post, user),
        text=_text(post, beside),
        url=f"{SITE}/{user.username if user else 'i'}/status/{post.id}",
        posted_at=_posted_at(post, first, beside),
        reply_to=key_of(beside.first_ids.get(replied, replied)) if replied else None,
        edited_at=post.created_at if post.id != first else None,
        language_hint=_language(post.lang),
        private=user is not None and user.protected,
        answerable=_answerable(post, beside),
    )


def _author(post: XPost, user: XUser | None) -> Author | None:
    """Return who wrote it; an account that X does not show (suspended) has its number only."""
    if user is not None:
        return Author(id=user.id, handle=user.username, name=user.name)
    return Author(id=post.author_id, handle=post.author_id) if post.author_id else None


def _posted_at(post: XPost, first: str, beside: _Beside) -> datetime:
    """Return when the first version was posted, to the second as X tells times."""
    original = post if post.id == first else beside.posts.get(first)
    if original is not None and original.created_at is not None:
        return original.created_at
    if (made := time_of(first)) is not None:
        return made.replace(microsecond=0)
    if post.edit_controls.editable_until is not None:
        return post.edit_controls.editable_until - EDITABLE
    if post.created_at is None:
        raise ValueError("it has no time")
    return post.created_at


def _language(said: str | None) -> str | None:
    code = OLD_CODES.get((said or "").lower(), (said or "").lower())
    return code if len(code) == 2 else None  # "und", "qme" and the like say nothing


def _answerable(post: XPost, beside: _Beside) -> bool:
    """Return whether X lets us answer: the author named one of our accounts, or quotes it."""
    named = {each.username.casefold() for each in post.all_entities.mentions}
    if not named:
        named = {found.casefold() for found in _NAMED.findall(html.unescape(post.whole_text))}
    quoted = beside.posts.get(post.refers_to("quoted") or "")
    author = beside.users.get((quoted.author_id or "") if quoted else "")
    by = {author.username.casefold()} if author else set()
    return bool((named | by) & beside.own)


def _text(post: XPost, beside: _Beside) -> str:
    original = beside.posts.get(post.refers_to("retweeted") or "")
    if original is not None and original.id != post.id:
        return f"RT @{_handle(original, beside)}: {_said(original, beside)}"
    return _said(post, beside)


def _said(post: XPost, beside: _Beside) -> str:
    """Return all that stands in a post itself, and what it quotes."""
    parts = [_own_words(post), *_options(post, beside), *_alt_texts(post, beside)]
    quoted = beside.posts.get(post.refers_to("quoted") or "")
    if quoted is not None:
        parts.append(_quotation(quoted, beside))
    return "\n\n".join(part for part in parts if part)


def _own_words(post: XPost) -> str:
    """Return what the author wrote: entities decoded, links whole, those to its own parts out."""
    inside = {*post.versions, post.refers_to("quoted")}
    links = {each.url: _whole_link(each, inside) for each in post.all_entities.urls}
    text = _SHORT.sub(lambda found: links.get(found[0], found[0]), html.unescape(post.whole_text))
    return re.sub(r"[ \t]{2,}", " ", text).strip() if "" in links.values() else text.strip()


def _whole_link(link: _Link, inside: Set[str | None]) -> str:
    """Return where a link leads, "" where it leads to a part of the post itself."""
    whole = link.unwound_url or link.expanded_url or link.url
    leads = _OWN_STATUS.match(link.expanded_url)
    if link.media_key or (leads and (leads[1] in inside or _MEDIA.search(link.expanded_url))):
        return ""
    return whole


def _options(post: XPost, beside: _Beside) -> Iterator[str]:
    for poll in (beside.polls.get(each) for each in post.attachments.poll_ids):
        if poll is not None:
            ordered = sorted(poll.options, key=lambda each: each.position)
            yield "\n".join(f"- {html.unescape(each.label)}" for each in ordered if each.label)


def _alt_texts(post: XPost, beside: _Beside) -> Iterator[str]:
    for medium in (beside.media.get(each) for each in post.attachments.media_keys):
        if medium is not None and medium.alt_text:
            yield html.unescape(medium.alt_text)


def _quotation(quoted: XPost, beside: _Beside) -> str:
    """Return somebody else's words, short, and marked line by line."""
    words = f"@{_handle(quoted, beside)}: {_own_words(quoted)}"
    cut = words if len(words) <= QUOTED_MOST else f"{words[: QUOTED_MOST - 1].rstrip()}…"
    return "\n".join(f"> {line}".rstrip() for line in cut.splitlines())


def _handle(post: XPost, beside: _Beside) -> str:
    user = beside.users.get(post.author_id or "")
    return user.username if user else (post.author_id or "unknown")
