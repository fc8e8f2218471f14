"""The nouns of the desk: frozen values that say their units. Instants are aware UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

Cursor = NewType("Cursor", str)  # opaque: only the connector that wrote it reads it
MemberId = NewType("MemberId", int)
ItemId = NewType("ItemId", int)

TOPICS = (
    *("delivery", "billing", "quality", "fault", "staff"),
    *("account", "app", "information", "refund", "other"),
)  # as the judge names them


class Flag(StrEnum):
    """What a classification says must happen to a post; thresholds are already applied."""

    COMPLAINT = "complaint"
    REQUEST = "request"
    REVIEW = "review"


class State(StrEnum):
    """Where an item stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    VOID = "void"


class Target(StrEnum):
    """The four clocks of an item."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    CLAIM = "claim"
    RESOLUTION = "resolution"


class Role(StrEnum):
    """What a linked member may do, most first."""

    MANAGER = "manager"
    LEAD = "lead"
    AGENT = "agent"
    VIEWER = "viewer"


class EventKind(StrEnum):
    """What can happen to an item. Facts only: what they mean for a clock is computed."""

    OPENED = "opened"  # data: post; at = first seen
    CUSTOMER_POST = "customer_post"  # a later post of the same author; at = seen
    POST_EDITED = "post_edited"
    POST_DELETED = "post_deleted"  # all posts gone means void
    BRAND_REPLY = "brand_reply"  # at = the reply's own time; url; key; proven
    REPLY_DELETED = "reply_deleted"  # key of the reply; at = when we saw that it is gone
    ANSWERED = "answered"  # the tap, unproven; url if the member gave one
    CLAIMED = "claimed"
    RELEASED = "released"
    LEASE_ENDED = "lease_ended"
    WAITING = "waiting"  # reason: "customer" or "third party"; until
    SNOOZED = "snoozed"  # reason; until
    RESUMED = "resumed"  # a pause ended: by itself, by a member, or by a customer's post
    RESOLVED = "resolved"
    REOPENED = "reopened"
    VOIDED = "voided"  # reason: not a complaint, not about us, spam, duplicate, merged, deleted
    RESTORED = "restored"  # a post came back, or "missed one" on a void item
    UNMUTED = "unmuted"  # stored as history, then seen live
    POLICY_CHANGED = "policy_changed"  # ref: edition of the policies; reason: the policy's name
    POLICY_RECOMPUTED = "policy_recomputed"  # likewise; as if it had held from the beginning
    POLICY_RESTARTED = "policy_restarted"  # likewise; clocks that run begin anew
    UNDONE = "undone"  # data: the id of the event that no longer counts
    FROZEN = "frozen"  # a cycle's result was fixed


class NoticeKind(StrEnum):
    """Something the team must be told, beside the card itself."""

    STEP = "step"  # a share of a response target was crossed
    BREACH = "breach"  # the step at 100 % of a target, or the first later one told
    UNCLAIMED = "unclaimed"  # the claim target passed
    UNRESOLVED = "unresolved"  # the resolution target passed
    HANDED_OVER = "handed_over"  # it went from one member to the next more than once
    LEASE_ENDING = "lease_ending"  # a claim ends soon, and no answer came yet
    LEASE_ENDED = "lease_ended"
    HANDED_TO = "handed_to"  # a colleague handed it over to the member who is told
    TAKEN_OVER = "taken_over"  # somebody else has now what was theirs
    NOBODY_ON_SHIFT = "nobody_on_shift"  # what falls due waits until somebody comes
    RESUMED = "resumed"  # an automatic return from a pause
    PROMISE_SOON = "promise_soon"  # what a customer was promised is due soon
    PROMISE_PAST = "promise_past"  # its time has passed, and nobody said that it was done


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a post, as the platform names them."""

    id: str  # stable on its platform: a DID, a numeric id; the handle where there is nothing else
    handle: str  # without "@"
    name: str = ""  # the display name, "" if the platform has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One public post as a connector found it; `key` is its identity."""

    key: str  # "reddit:t1_k2v"
    platform: str
    thread: str  # key of the conversation's first post, or of the post itself
    author: Author | None  # None: deleted, or the platform does not say
    text: str  # plain text, entities decoded, the title first where there is one
    url: str
    posted_at: datetime
    place: str = ""  # subreddit, feed, server
    reply_to: str | None = None  # key of the post this one answers
    edited_at: datetime | None = None
    language_hint: str | None = None  # what the platform claims, ISO 639-1
    deleted: bool = False  # a tombstone: the text is gone, the key stays
    private: bool = False  # direct messages: never shown in a group chat
    calls: tuple[str, ...] = ()  # handles of own accounts that it answers or names beside its text
    answerable: bool | None = None  # may be answered through the API; None: nothing speaks against

    @classmethod
    def tombstone(cls, key: str, *, platform: str, url: str, posted_at: datetime) -> "Mention":
        """Return what is left of a post that is gone: its key, and where and when it stood."""
        return cls(
            key=key,
            platform=platform,
            thread=key,
            author=None,
            text="",
            url=url,
            posted_at=posted_at,
            deleted=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some mentions and the cursor that is safe once they are stored."""

    mentions: tuple[Mention, ...]
    cursor: Cursor
    window: "Window | None" = None  # what was really read, for the coverage record
    requests: int = 1  # HTTP requests that this page cost
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of a source that was read, [since, until); `complete` is False after an overflow."""

    query: str  # what was read: "r/acme comments", "search acme"
    since: datetime
    until: datetime
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A file of old posts, of whatever shape and packing."""

    path: str  # as it was named; "-" is standard input
    identity: str  # the same for the same file under another name, another one once it changed
    size: int  # bytes as it lies on disk; 0 where nobody knows
    shape: str  # "reddit", "jetstream" …, or a name of the settings


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """How far an archive was read: all before it is stored."""

    records: int = 0  # lines, or elements of an array
    offset: int = 0  # bytes of the unpacked text, where the next record may begin


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A record of an archive that nobody can read."""

    number: int  # counted from 1
    reason: str  # a few words, without what stands in the record
    text: str  # how it begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What was read of an archive in one go; those of one archive come in the order of places."""

    archive: Archive
    mentions: tuple[Mention, ...]  # those that name a brand or were written by one's own account
    read: int  # records, the bad ones among them
    bad: tuple[BadLine, ...]
    bytes: int  # of the file as it lies on disk
    before: Place  # where this portion began
    after: Place  # safe to go on from once this portion is stored
    last: bool = False  # nothing comes after it
    damage: str | None = None  # why what comes after it cannot be read; then it is the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What a connector asked of its platform since it was made."""

    requests: int = 0
    cost_usd: float = 0.0

    def __sub__(self, other: "Meter") -> "Meter":
        return Meter(
            requests=self.requests - other.requests, cost_usd=self.cost_usd - other.cost_usd
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What is watched for, and whose accounts answer."""

    name: str
    keywords: tuple[str, ...]  # words, phrases, @handles, #tags, domains
    required: tuple[str, ...] = ()  # at least one of them must stand in the text too
    exclude: tuple[str, ...] = ()  # none of them may stand in the text
    blocked_authors: frozenset[str] = frozenset()  # handles, folded
    blocked_places: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()  # empty: all
    own_accounts: tuple[tuple[str, str], ...] = ()  # (platform, handle), handles folded, no "@"
    chat: str | None = None  # a chat's name in the settings
    competitor: bool = False  # counted, no clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a connector is told of the desk it works for."""

    brands: tuple[Brand, ...]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)  # {"client_id": …}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One keyword of one brand in a text: [start, end) character offsets, without the suffix."""

    brand: str
    keyword: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """[start, end) character offsets into a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What the judge says of one text. `None`: this model has no such output."""

    language: str  # ISO 639-1, or "und"
    complaint: float | None  # calibrated probability, 0.0 to 1.0; request likewise
    request: float | None
    flags: frozenset[Flag]  # thresholds already applied
    reasons: tuple[Span, ...] = ()  # the words that decided, most decisive first
    praise: float | None = None
    churn_risk: float | None = None
    urgency: int | None = None  # 0, 1 or 2
    topic: str | None = None
    model: str = ""  # version and tier

    @property
    def flagged(self) -> bool:
        """Whether an item opens: complaint or request passed its threshold."""
        return bool(self.flags & {Flag.COMPLAINT, Flag.REQUEST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A mention as the desk keeps it: first seen, judged, and by whom it was written."""

    id: int
    mention: Mention
    seen_at: datetime
    brands: tuple[str, ...]  # empty for a follow-up that names no brand, or for an own reply
    classification: Classification | None  # None: not judged yet
    history: bool = False
    own_brand: str | None = None  # the brand whose own account wrote it
    fold_of: int | None = None  # id of the post this one is a near-duplicate of


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a person's tap says of a post: a label to learn from, and where it comes from."""

    post: int  # the post's id
    text: str  # as it was when the person spoke; a text that was changed since is no lesson
    language: str | None  # ISO 639-1, or "und"; None: not judged yet
    brands: tuple[str, ...]
    complaint: int | None  # 1, 0, or None: nothing is said of it; request likewise
    request: int | None
    member: MemberId | None
    at: datetime
    how: str  # "claim", "answered", "not a complaint", "neither", "missed" …: see desk/lessons.py
    judged: Classification | None  # what the judge had said, without its reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to an item, and when we learned of it."""

    id: int  # 0 until stored
    item: ItemId
    kind: EventKind
    at: datetime  # when it took effect: a reply's own time, a post's first seen, a tap's time
    recorded_at: datetime
    actor: MemberId | None = None
    key: str | None = None  # the post or reply it speaks of
    posted_at: datetime | None = None  # the post's own time, for OPENED and CUSTOMER_POST
    wants_answer: bool = True  # for CUSTOMER_POST: flagged, in the review band, or unjudged
    url: str | None = None
    reason: str | None = None
    until: datetime | None = None  # for pauses and claims: when they end by themselves
    ref: int | None = None  # the event undone, cycle frozen, policy version or item merged into;
    # of a claim: who handed it over to the actor, or took it over; `reason` is the note;
    # of a tap that was given its link: the first one, without it

    def __hash__(self) -> int:
        """Return a number that is the same for equal events: hashing all fields takes longer."""
        return hash((self.item, self.id, self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How an item's latest cycle was answered."""

    at: datetime
    url: str | None
    proven: bool
    by: MemberId | None  # who tapped or sent; None where we found the reply ourselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What the team owes one author in one thread about one brand: the fold of its events."""

    id: ItemId
    brand: str
    platform: str
    thread: str
    author: Author | None
    policy: str
    found_late: bool
    state: State = State.OPEN
    owner: MemberId | None = None
    lease_ends_at: datetime | None = None
    paused_until: datetime | None = None
    void_reason: str | None = None
    merged_into: ItemId | None = None
    muted: bool = False  # history: counted, never announced
    look_back: bool = False  # opened by a source's first read: shown in its one digest
    fold_of: ItemId | None = None  # shown under that item's card
    hand_overs: int = 0
    answer: Answer | None = None
    opened_at: datetime  # first seen
    posted_at: datetime  # the first post's own time
    topic: str | None = None  # of its oldest post that has one; None: nobody knows
    urgency: int | None = None  # 0, 1 or 2: the highest of its posts
    churn_risk: float | None = None  # the highest of its posts, 0.0 to 1.0

    def __hash__(self) -> int:
        """Return a number that is the same for equal items: hashing all fields takes longer."""
        return hash((self.id, self.state, self.owner, self.opened_at, self.lease_ends_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The frozen outcome of one cycle of one target: it never changes again."""

    item: ItemId
    target: Target
    cycle: int  # 1 for the first response, the claim after opening, the resolution; then 2, 3 …
    started_at: datetime
    ended_at: datetime
    due_at: datetime
    customer_wait: timedelta  # wall time from the post's own time to the reply's own time
    team_time: timedelta  # business time from first seen, never below zero
    breached: bool
    counted: bool  # False: found late or void, out of every ratio
    proven: bool
    policy_version: int
    frozen_at: datetime
    policy: str | None = None  # the policy's name; None: of a result fixed before this was kept
    allowed: timedelta | None = None  # the target it was held to; None likewise

    def __hash__(self) -> int:
        """Return a number that is the same for equal results: hashing all fields takes longer."""
        return hash((self.item, self.target, self.cycle, self.ended_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the team must be told, once: `name` is its identity within the item."""

    kind: NoticeKind
    item: ItemId
    name: str  # "first_response:1:80%": target, cycle, step
    at: datetime  # when it became due
    tell: str  # chat, on shift, owner, lead, reserve, manager
    target: Target | None = None
    share: float | None = None  # 0.8 for the step at 80 %
    to: tuple[MemberId, ...] = ()  # members who are meant by name, whatever their role


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person who was let in."""

    id: MemberId
    name: str
    telegram_id: int | None
    role: Role
    language: str | None = None  # of our words to this person; None: the chat's
    reachable: bool = False  # allows private messages: talked with the bot alone, not silenced


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A brand's public reply as the platform confirmed it."""

    key: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text to be judged, and what is known of its language."""

    text: str
    language_hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """Where a message stands in a chat."""

    chat_id: int
    message_id: int
    topic: int | None = field(default=None, compare=False)
