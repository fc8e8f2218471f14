"""Pure: who writes to the brands, what the team wrote of them, and what may be written.

A person is an account on one platform. Accounts belong together only where a member linked them.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from monitor.clock.timeline import UNDO_WINDOW
from monitor.desk.promises import Promise
from monitor.desk.roles import may_undo_others
from monitor.errors import RefusedError
from monitor.model import Flag, ItemId, Member, MemberId, State

REPEAT = timedelta(days=7)  # who writes again so soon was not helped the first time
LIKELY = 0.5  # a probability from which the judge's word of praise, or of leaving, is taken
LEAVING_WITHIN = timedelta(days=90)  # older words of leaving say nothing of today
LONGEST_NOTE = 1000  # characters
LONGEST_TAG = 40


class NoteKind(StrEnum):
    """What the team writes of a person."""

    NOTE = "note"
    PREFERENCE = "preference"  # how they want to be spoken to
    TAG = "tag"  # one word that rules and reports can ask for


class Outcome(StrEnum):
    """What became of a contact."""

    WAITING = "waiting"  # for an answer, the first one or, since they wrote again, another
    ANSWERED = "answered"
    UNPROVEN = "unproven"  # answered by a member's word alone
    NOT_FOR_US = "not for us"
    MERGED = "merged"
    DELETED = "deleted"  # by its author
    HISTORY = "history"  # it never had a clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person on one platform. `key` is the author's stable id there."""

    platform: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An account, as the platform names it now, and the posts that name it."""

    account: Account
    handle: str  # "" where nobody is named
    name: str = ""
    item: ItemId | None = None  # the newest one
    post: int | None = None  # the newest kept post


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note, a preference or a tag."""

    id: int
    account: Account
    kind: NoteKind
    text: str
    item: ItemId | None  # on which it was written
    member: MemberId
    by: str  # the member's name
    at: datetime
    ended_at: datetime | None = None  # deleted
    ended_by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A member's word that two accounts are one person's."""

    id: int
    one: Account
    other: Account
    member: MemberId
    by: str
    at: datetime
    ended_at: datetime | None = None
    ended_by: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One time that a person needed us, and what became of it."""

    item: ItemId
    brand: str
    platform: str
    thread: str
    url: str
    posted_at: datetime
    seen_at: datetime
    state: State
    outcome: Outcome
    flags: frozenset[Flag] = frozenset()
    owner: str | None = None
    answer_at: datetime | None = None
    answer_url: str | None = None
    customer_wait: timedelta | None = None  # to the first answer, or until now if none came yet
    team_time: timedelta | None = None  # None: not fixed yet
    breached: bool | None = None  # None: not fixed yet, or it never counted
    repeat: bool = False  # within a week of the one before

    @property
    def counts(self) -> bool:
        """Whether the person wanted something of us."""
        return self.state is not State.VOID


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What a person's kept posts say of them."""

    posts: int = 0
    languages: tuple[tuple[str, int], ...] = ()  # most used first; of judged posts
    praise: int = 0
    praised_at: datetime | None = None
    leaving: float | None = None  # the highest probability of late; None: no judge gave one
    leaving_at: datetime | None = None

    @property
    def may_leave(self) -> bool:
        """Whether they wrote of late that they may leave."""
        return self.leaving is not None and self.leaving >= LIKELY


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long a person waited for first answers."""

    count: int
    median: timedelta | None
    longest: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The counts that a card shows of a person's past."""

    contact: int = 1  # 3: the third time this person needs us
    repeat: bool = False  # the last time was within a week
    notes: int = 0  # preferences among them
    tags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """All that is known of a person, the account that was asked for first."""

    accounts: tuple[Known, ...]
    links: tuple[Link, ...] = ()
    notes: tuple[Note, ...] = ()  # preferences and tags are apart
    preferences: tuple[Note, ...] = ()
    tags: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()  # newest first
    voice: Voice = field(default_factory=Voice)
    promises: tuple[Promise, ...] = ()  # latest first

    @property
    def needed(self) -> int:
        """How often they needed us: threads, of which no brand found that it is not for us."""
        return len({(each.platform, each.thread) for each in self.contacts if each.counts})

    @property
    def repeats(self) -> int:
        """How often they came back within a week."""
        return len({(each.platform, each.thread) for each in self.contacts if each.repeat})

    @property
    def waits(self) -> Waits:
        """How long they waited for first answers that came."""
        known = [
            each.customer_wait
            for each in self.contacts
            if each.customer_wait is not None and each.answer_at is not None and each.counts
        ]
        middle = median(wait.total_seconds() for wait in known) if known else None
        return Waits(
            count=len(known),
            median=None if middle is None else timedelta(seconds=middle),
            longest=max(known, default=None),
        )


_OWED = frozenset({State.OPEN, State.CLAIMED})
_VOID = {"deleted": Outcome.DELETED, "merged": Outcome.MERGED}


def outcome(
    state: State, *, muted: bool, answered: bool, proven: bool, void_reason: str | None
) -> Outcome:
    """Return what became of a contact."""
    if state is State.VOID:
        return _VOID.get(void_reason or "", Outcome.NOT_FOR_US)
    if answered and state not in _OWED:
        return Outcome.ANSWERED if proven else Outcome.UNPROVEN
    return Outcome.HISTORY if muted else Outcome.WAITING


def with_repeats(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """Return contacts, newest first, those marked that came within a week of one before them.

    What a person asks of two brands in one thread is one contact; what is void is none.
    """
    marked = []
    for place, each in enumerate(contacts):
        before = (
            one
            for one in contacts[place + 1 :]
            if one.counts and (one.platform, one.thread) != (each.platform, each.thread)
        )
        last = next(before, None)
        near = last is not None and each.posted_at - last.posted_at <= REPEAT
        marked.append(replace(each, repeat=near and each.counts))
    return tuple(marked)


def note_text(written: str) -> str:
    """Return a note fit to be kept. Raises: RefusedError for nothing, and for too much."""
    text = written.strip()
    if not text:
        raise RefusedError("There is nothing to keep: write the note after the number.")
    if len(text) > LONGEST_NOTE:
        raise RefusedError("A note has at most {most} characters.", most=LONGEST_NOTE)
    return text


def tag_word(written: str) -> str:
    """Return a tag as it is compared: without "#", its case folded. Raises: RefusedError."""
    word = written.strip().removeprefix("#").casefold()
    if not word or len(word) > LONGEST_TAG or any(char.isspace() for char in word):
        raise RefusedError("A tag is one word of at most {most} characters.", most=LONGEST_TAG)
    if not all(char.isalnum() or char in "-_" for char in word):
        raise RefusedError("A tag has letters, digits, - and _ only.")
    return word


def may_end(note: Note, member: Member) -> None:
    """Raise RefusedError unless a member may delete a note: who wrote it, and leads."""
    if note.kind is NoteKind.TAG or note.member == member.id:
        return
    if not may_undo_others(member.role):
        raise RefusedError("Only who wrote it or a lead can delete a note.")


def may_undo(by: MemberId | None, at: datetime, member: Member, now: datetime) -> None:
    """Raise RefusedError unless a member may take back what `by` did at `at`."""
    if now - at > UNDO_WINDOW:
        minutes = int(UNDO_WINDOW.total_seconds() // 60)
        raise RefusedError("This can be undone for {minutes} minutes.", minutes=minutes)
    if by != member.id and not may_undo_others(member.role):
        raise RefusedError("Only who did it or a lead can undo it.")
