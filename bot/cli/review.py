"""`mentiondesk review`: posts of which the judge is not sure, and samples of which it is."""

import os
import sys
import termios
import tty
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Protocol, Self

import typer

from bot.cli import frame, lines, tables
from bot.cli.opened import Opened, desk
from bot.cli.records import Record, Records
from bot.cli.team import called
from monitor.desk.roles import at_least, may_act
from monitor.errors import ConfigError, RefusedError
from monitor.handling.desk import Desk
from monitor.intake.sampling import Sampled
from monitor.mistakes import unknown
from monitor.model import Member, Post, Role
from monitor.settings import brands
from monitor.store.posts import Pool, Review, week_seed
from monitor.store.samples import Sample
from monitor.store.store import Store

if TYPE_CHECKING:
    from bot.chat.text import Text

_MOST = 1_000_000_000
_UNKNOWN = "und"
_END, _ESCAPE = b"\x04", b"\x1b"  # Ctrl-D; what an arrow key begins with
_DOUBTS = frozenset({Review.WAITING, Review.SHOWN})


class Word(StrEnum):
    """What may be answered; each begins with another letter."""

    COMPLAINT = "complaint"
    REQUEST = "request"
    BOTH = "both"
    NEITHER = "neither"
    SKIP = "skip"
    UNDO = "undo"
    QUIT = "quit"


class Why(StrEnum):
    """Why a post is asked about."""

    DOUBT = "in doubt"
    LANGUAGE = "unknown language"
    UNJUDGED = "not judged"
    CHECK = "checking the judge"
    REHEARSAL = "from the rehearsal"


_OF_THE_SURE = frozenset({Why.CHECK, Why.REHEARSAL})  # they wait on no list


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A post that is asked about."""

    post: Post  # of a sample that is no post of the desk yet, without an id
    why: Why
    sample: int | None = None  # the number of the rehearsal's sample that it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which posts are to be asked about."""

    brand: str | None = None
    language: str | None = None
    limit: int | None = None
    samples: int = 0  # for each language
    rehearsal: bool = False  # the rehearsal's samples alone


class Reader(Protocol):
    """Reads what a person answers."""

    bad: int  # answers that could not be understood

    def ready(self) -> None:
        """Prepare for answers on a post that is about to be shown."""
        ...

    def next(self) -> Word | None:
        """Return the next answer, None where there is none any more."""
        ...


def review(
    *,
    samples: Annotated[
        int,
        typer.Option(
            min=0,
            max=_MOST,
            metavar="N",
            help="Ask as well about N posts of each language of which the judge is sure.",
        ),
    ] = 0,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="Ask about the latest rehearsal's samples alone.")
    ] = False,
    brand: Annotated[str | None, typer.Option(help="Only posts that name this brand.")] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Only posts in this language, such as 'tr', or 'und'."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, max=_MOST, help="How many at most. Default: all.")
    ] = None,
    who: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="MEMBER",
            help="Who answers: a name or an id. Default: the only lead or manager there is.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what waits as JSON, and take no answers.")
    ] = False,
) -> None:
    """Say what the posts are that the judge is not sure of.

    One key for each post; without a terminal one answer a line on standard input: complaint,
    request, both, neither, skip, undo or quit. What needs an answer opens as an item, and every
    answer teaches the judge. Samples of a rehearsal come after what is in doubt; they open nothing.
    """
    spoken = language.strip().lower() if language is not None else None
    wanted = Wanted(brand=brand, language=spoken, limit=limit, samples=samples, rehearsal=rehearsal)
    with desk() as opened:
        _check_brand(opened, brand)
        asked = list(waiting(opened, wanted))
        if as_json:
            frame.print_json([_record(opened, each) for each in asked])
            return
        member = answering(opened.store.people.members(), who)
        with Keys() if frame.on_a_terminal() else Lines(sys.stdin) as reader:
            _session(opened, member, asked, reader).run()
        if reader.bad:
            raise typer.Exit(lines.PARTLY_DONE)


def waiting(opened: Opened, wanted: Wanted) -> Iterator[Asked]:
    """Yield the posts to be asked about: those in doubt, oldest first, then the samples."""
    left = wanted.limit if wanted.limit is not None else _MOST
    for each in _doubts_and_rehearsal(opened, wanted):
        if left and _fits(each.post, wanted):
            left -= 1
            yield each
    if not wanted.samples or not left or wanted.rehearsal:
        return
    own = tuple(each.name for each in brands(opened.settings) if not each.competitor)
    zone = opened.settings.desk.timezone
    pool = Pool(
        brands=own if wanted.brand is None else (wanted.brand,),
        seed=week_seed(opened.now.astimezone(zone).date()),
        per_language=wanted.samples,
        most=left,
        language=wanted.language,
    )
    for post in opened.store.posts.sure(pool):
        yield Asked(post=post, why=Why.CHECK)


def _doubts_and_rehearsal(opened: Opened, wanted: Wanted) -> Iterator[Asked]:
    if not wanted.rehearsal:
        for post in opened.store.posts.in_review(-1):
            yield Asked(post=post, why=_why(post))
    for number, sample in opened.store.samples.waiting():
        yield Asked(post=_as_post(sample), why=Why.REHEARSAL, sample=number)


def _as_post(sample: Sample) -> Post:
    mention = sample.mention
    return Post(
        id=0,
        mention=mention,
        seen_at=mention.posted_at,
        brands=sample.brands,
        classification=sample.classification,
        history=True,
    )


def answering(members: Sequence[Member], who: str | None) -> Member:
    """Return the member who answers. Raises: ConfigError where nobody or several are meant."""
    if who is None:
        found = [each for each in members if at_least(each.role, Role.LEAD)]
        problem = f"say who answers by --as: there are {len(found)} leads and managers"
    else:
        found = called(who, members)
        problem = f"--as: {len(found) or 'nobody'} here {'are' if found else 'is'} called {who!r}"
    if len(found) != 1:
        raise ConfigError(f"{problem}; `mentiondesk team list` shows names and ids")
    if not may_act(found[0].role):
        raise ConfigError(f"--as: {found[0].name} is a viewer, and viewers only read")
    return found[0]


def _session(opened: Opened, member: Member, asked: Iterable[Asked], reader: Reader) -> "Session":
    watched = brands(opened.settings)
    competitors = frozenset(each.name for each in watched if each.competitor)
    return Session(
        store=opened.store,
        desk=Desk(opened.ledger, opened.settings.desk.found_late, competitors),
        sampled=Sampled(opened.ledger, watched, found_late=opened.settings.desk.found_late),
        member=member,
        reader=reader,
        show=_Page(opened).show,
        left=deque(asked),
    )


def _fits(post: Post, wanted: Wanted) -> bool:
    spoken = post.classification.language if post.classification else _UNKNOWN
    right_language = wanted.language is None or spoken == wanted.language
    return right_language and (wanted.brand is None or wanted.brand in post.brands)


def _why(post: Post) -> Why:
    if post.classification is None:
        return Why.UNJUDGED
    return Why.LANGUAGE if post.classification.language == _UNKNOWN else Why.DOUBT


def _check_brand(opened: Opened, brand: str | None) -> None:
    """Raise ConfigError for a brand that is not watched, or whose posts nobody answers."""
    known = [each.name for each in opened.settings.brand if not each.competitor]
    if brand is not None and brand not in known:
        raise ConfigError(f"--brand: unknown brand {brand!r}; {unknown(brand, known)}")


def _record(opened: Opened, asked: Asked) -> Record:
    post = asked.post
    spans = post.classification.reasons if post.classification else ()
    return {
        **Records(opened.store).post(post),
        "why": [post.mention.text[span.start : span.end] for span in spans],
        "waits": asked.why.value,
        "items": [item.id for item in opened.store.items.of_post(post.id)],
    }


# ---------------------------------------------------------------- what is answered


class Keys:
    """Reads one key for each answer, from a terminal that it holds in its hands meanwhile."""

    bad = 0

    def __init__(self) -> None:
        self._terminal = sys.stdin.fileno()

    def __enter__(self) -> Self:
        """Let each key come at once."""
        self._before = termios.tcgetattr(self._terminal)
        tty.setcbreak(self._terminal, termios.TCSANOW)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was."""
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)

    def ready(self) -> None:
        """Forget the keys that were pressed before the post stood there."""
        termios.tcflush(self._terminal, termios.TCIFLUSH)

    def next(self) -> Word | None:
        """Return what a key stands for; one that stands for nothing is passed over."""
        frame.say(" ".join(f"[{word[0]}]{word[1:]}" for word in Word))
        keys = {ord(word[0]): word for word in Word}
        while (pressed := os.read(self._terminal, 64).lower()) not in (b"", _END):
            meant = next((keys[key] for key in pressed if key in keys), None)
            if meant is not None and not pressed.startswith(_ESCAPE):
                return meant
        return None


class Lines:
    """Reads one answer a line: a word, or how it begins."""

    def __init__(self, source: Iterable[str]) -> None:
        self._numbered = enumerate(source, start=1)
        self.bad = 0

    def __enter__(self) -> Self:
        """Return the reader: nothing is to be prepared."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave all as it is."""

    def ready(self) -> None:
        """Lines may be written long before they are asked for."""

    def next(self) -> Word | None:
        """Return the next answer; blank lines are skipped, others that mean nothing are told."""
        for number, line in self._numbered:
            said = line.strip().casefold()
            meant = next((word for word in Word if said and word.startswith(said)), None)
            if meant is not None:
                return meant
            if said:
                self.bad += 1
                frame.say(f"line {number}: expected one of {', '.join(Word)}, got {said[:40]!r}")
        return None


# ---------------------------------------------------------------- the walk


@dataclass(slots=True, kw_only=True)
class Session:
    """One person's walk through the posts; each answer is a transaction of its own."""

    store: Store
    desk: Desk
    sampled: Sampled
    member: Member
    reader: Reader
    show: Callable[[Asked, datetime], None]
    left: deque[Asked]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _answered: list[Asked] = field(default_factory=list)
    _skipped: int = 0
    _shown: Post | None = None

    def run(self) -> None:
        """Ask about one post after the other until none is left, or the person stops."""
        while self.left:
            asked = self._fresh(self.left[0])
            if asked is None:
                self.left.popleft()
                continue
            if self._shown != asked.post:
                self.reader.ready()
                self.show(asked, self.now())
                self._shown = asked.post
            word = self.reader.next()
            if word is None or word is Word.QUIT:
                break
            self._do(word, asked)
        told = f"{len(self._answered)} answered, {self._skipped} skipped, {len(self.left)} left"
        frame.say(f"{told}.")

    def _do(self, word: Word, asked: Asked) -> None:
        if word is Word.UNDO:
            self._undo()
        elif word is Word.SKIP:
            self.left.popleft()
            self._skipped += 1
        else:
            self._answer(word, asked)

    def _answer(self, word: Word, asked: Asked) -> None:
        """Keep an answer, if the post still is what was shown and nobody was faster."""
        from bot.chat.reviews import kept_word, redraw_reviews_of

        now = self.now()
        try:
            with self.store.writing():
                current = self._fresh(asked)
                if current is None:
                    self.left.popleft()
                    return
                if current.post.mention.text != asked.post.mention.text:
                    frame.say("Its author changed it meanwhile. It reads now:")
                    return
                post = self._kept(current, now)
                if post is None:
                    self.left.popleft()
                    return
                standing = self.desk.judge(post, word.value, self.member, now)
                redraw_reviews_of(self.store.outbox, post.id, now)
        except RefusedError as refused:
            frame.say(str(refused))
        else:
            frame.say(kept_word(word.value, standing))
            self._answered.append(replace(asked, post=post))
        self.left.popleft()

    def _kept(self, asked: Asked, now: datetime) -> Post | None:
        """Return the post of which a word is spoken; a sample becomes one."""
        sample = None if asked.sample is None else self.store.samples.get(asked.sample)
        if asked.post.id or sample is None:
            return asked.post
        post = self.sampled.keep(sample, now)
        if post is None:
            frame.say("It names no brand of the settings any more: skipped.")
        return post

    def _undo(self) -> None:
        """Take the last answer of this walk back, and ask about its post again."""
        from bot.chat.reviews import redraw_reviews_of, told_back

        if not self._answered:
            frame.say("Nothing was answered yet.")
            return
        now, last = self.now(), self._answered[-1]
        try:
            with self.store.writing():
                back = self.desk.take_back(self.member, now, last.post.id)
                redraw_reviews_of(self.store.outbox, last.post.id, now)
                waits = self.store.posts.awaits_review(last.post.id)
        except RefusedError as refused:
            frame.say(str(refused))
            return
        frame.say(told_back(back, waits=waits))
        self._answered.pop()
        if not back.stays or last.why in _OF_THE_SURE:
            self.left.appendleft(last)

    def _fresh(self, asked: Asked) -> Asked | None:
        """Return a post as it stands now; None, with a word why, if nobody asks for it any more."""
        if asked.sample is not None:
            return self._fresh_sample(asked)
        post = self.store.posts.by_id(asked.post.id)
        if post is None or post.mention.deleted:
            frame.say(f"Post {asked.post.id} was deleted by its author: skipped.")
            return None
        if not self._is_open(asked):
            frame.say(f"Post {post.id} was judged meanwhile: skipped.")
            return None
        return Asked(post=post, why=asked.why)

    def _fresh_sample(self, asked: Asked) -> Asked | None:
        """Return a sample, or the post that it is meanwhile; None if nobody asks for it."""
        post = self.store.posts.get(asked.post.mention.key)
        if post is None:
            return asked
        if post.mention.deleted:
            frame.say(f"Sample {asked.sample} was deleted by its author: skipped.")
            return None
        if self.store.figures.labels([post.id]):
            frame.say(f"Sample {asked.sample} was judged meanwhile: skipped.")
            return None
        return replace(asked, post=post)

    def _is_open(self, asked: Asked) -> bool:
        if asked.why is Why.CHECK:
            return not self.store.figures.labels([asked.post.id])
        return self.store.posts.review_of(asked.post.id) in _DOUBTS


class _Page:
    """Prints posts on stdout, with the deciding words highlighted where there is a terminal."""

    def __init__(self, opened: Opened) -> None:
        from rich.console import Console

        self._zone = opened.settings.desk.timezone
        self._language = opened.settings.desk.language
        self._console = Console(highlight=False, soft_wrap=True)

    def show(self, asked: Asked, now: datetime) -> None:
        """Print a post and what the judge says of it."""
        from bot.chat.cards import quoted
        from bot.chat.console import rich_text
        from bot.chat.excerpts import excerpt
        from bot.chat.text import lines as under_each_other
        from bot.chat.text import words

        mention, judged = asked.post.mention, asked.post.classification
        reasons = judged.reasons if judged else ()
        body = quoted(excerpt(mention.text, reasons, most_lines=60))
        facts = (_chances(asked), tables.line(mention.url, 300))
        text = under_each_other(self._head(asked), *map(words, facts), body)
        self._console.print(rich_text(text, now, self._language), end="\n\n")

    def _head(self, asked: Asked) -> "Text":
        from bot.chat.text import Style, words
        from bot.chat.wording import dotted, handle, language_name, local_time, name

        mention, judged = asked.post.mention, asked.post.classification
        return dotted(
            words(f"post {asked.post.id}" if asked.post.id else "sample", Style.BOLD),
            name(", ".join(asked.post.brands), Style.BOLD),
            name(f"{mention.platform} {mention.place}".strip()),
            handle(mention.author.handle) if mention.author else (),
            words(language_name(judged.language, self._language)) if judged else (),
            local_time(mention.posted_at, self._zone, self._language, year=True),
            words(asked.why.value, Style.ITALIC),
        )


def _chances(asked: Asked) -> str:
    judged = asked.post.classification
    if judged is None:
        return "not judged yet"
    text = asked.post.mention.text
    chances = [
        f"{label} {'not known' if chance is None else f'{chance:.0%}'}"
        for label, chance in (("complaint", judged.complaint), ("request", judged.request))
    ]
    deciding = ", ".join(tables.line(text[each.start : each.end]) for each in judged.reasons)
    return " · ".join([*chances, *([f"because of: {deciding}"] if deciding else [])])
