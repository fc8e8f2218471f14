"""/stats and /team: how things stand, how the last days went, and who did how much."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat import lists
from bot.chat.admission import Order
from bot.chat.figures import percent_of
from bot.chat.phrases import phrase, phrases
from bot.chat.replies import MisspokenError, Reply, say
from bot.chat.routes import Routes
from bot.chat.text import Message, Style, Text, lines, words
from bot.chat.wording import clock, dotted, length, name
from bot.locale.tongue import digits, spoken, tr
from bot.wiring import Workshop
from monitor.desk.shifts import Roster
from monitor.handling.late import late
from monitor.model import Brand
from monitor.report import team
from monitor.report.breakdown import By, Row, View, break_down, late_firsts
from monitor.report.summary import Spread
from monitor.report.team import MemberFigures

DAYS = 7
MOST_DAYS = 31
_UTC = ZoneInfo("UTC")  # nothing of it is told: only whole rows are
_LISTED = 20  # members
_ON_SHIFT, _AWAY = "🟢", "⚪"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """A member, what they did, what they hold, and until when they are on shift."""

    figures: MemberFigures
    holds: int = 0  # items that are not answered
    on_until: datetime | None = None  # None: not on shift


class Tallies:
    """Counts for linked persons; nothing is changed here."""

    def __init__(
        self,
        workshop: Workshop,
        roster: Callable[[datetime], Roster],
        routes: Callable[[], Routes],
        brands: Sequence[Brand],
    ) -> None:
        self._store = workshop.store
        self._ledger = workshop.ledger
        self._roster = roster
        self._routes = routes
        self._own = [brand.name for brand in brands if not brand.competitor]

    def stats(self, order: Order) -> tuple[Reply, ...]:
        """Return how items stand now, and how the last days went against those before.

        Raises: MisspokenError.
        """
        days, now, brands = _days(order), order.now, self._brands_of(order)
        begin = now - timedelta(days=days)
        view = View(now=now, zone=_UTC, late=late_firsts(late(self._ledger, brands, now)))
        lately = self._went(begin, now, view, brands)
        before = self._went(begin - timedelta(days=days), begin, view, brands)
        counts = self._store.items.counts()
        here = (
            counts if brands is self._own else {k: n for k, n in counts.items() if k[0] in brands}
        )
        standing = lists.stats(here)
        return say(order.heard, Message(lines(standing.text, *went(lately, before, days))))

    def team(self, order: Order) -> tuple[Reply, ...]:
        """Return who is on shift, what each one has, and did in the last days.

        Raises: MisspokenError.
        """
        days, now, brands = _days(order), order.now, self._brands_of(order)
        found = team.gather(self._store, now - timedelta(days=days), now, brands)
        on_shift = {duty.member.id: duty.until for duty in self._roster(now).on(brands, now)}
        holds = self._store.workload.held(brands)
        told = [
            TeamLine(figures=each, holds=holds.get(who, 0), on_until=on_shift.get(who))
            for each in found
            if (who := each.member) is not None
        ]
        unknown = sum(each.answers for each in found if each.member is None)
        zone = self._routes().manners(order.caller.home).timezone
        return say(order.heard, team_message(told, unknown, days, zone))

    def _went(self, since: datetime, until: datetime, view: View, brands: Sequence[str]) -> Row:
        """Return what came in [since, until), as it stands now."""
        cases = self._store.figures.cases(since, until, brands)
        return break_down(By.BRAND, cases, since, until, view).total

    def _brands_of(self, order: Order) -> Sequence[str]:
        """Return the brands of the chat that asks; whoever asks alone asks of all."""
        caller = order.caller
        here = None if caller.private else self._routes().served_by(caller.place.name)
        return self._own if here is None else [each for each in self._own if each in here]


def went(lately: Row, before: Row, days: int) -> Iterable[Text]:
    """Yield the last days beside as many days before them, a figure a line."""
    yield phrases(
        "The last day, and the one before",
        "The last {count} days, and those before",
        days,
        Style.BOLD,
    )
    pairs = (
        (tr("Received"), digits(lately.received), digits(before.received)),
        (tr("Answered"), digits(lately.answered), digits(before.answered)),
        (tr("Within 30 min"), percent_of(lately.within_30), percent_of(before.within_30)),
        (tr("Within 60 min"), percent_of(lately.within_60), percent_of(before.within_60)),
        (tr("Median wait"), _median(lately.customer_wait), _median(before.customer_wait)),
        (tr("Late"), percent_of(lately.breached), percent_of(before.breached)),
    )
    for what, now, then in pairs:
        yield phrase("{what}: {now}, before {then}", what=what, now=now, then=then)


def team_message(members: Sequence[TeamLine], unknown: int, days: int, zone: ZoneInfo) -> Message:
    """Return a line for each member, who is on shift first; `unknown` answers are nobody's."""
    head = phrases("The team, last day", "The team, last {count} days", days, Style.BOLD)
    order = sorted(members, key=lambda each: each.on_until is None)
    rest = len(order) - _LISTED
    more = phrases("and {count} more", "and {count} more", rest) if rest > 0 else ()
    nobodys = (
        phrases(
            "{count} answer was found of which nobody had the item",
            "{count} answers were found of which nobody had the item",
            unknown,
        )
        if unknown
        else ()
    )
    told = (_member(each, zone) for each in order[:_LISTED])
    return Message(lines(head, *told, more, nobodys))


def _member(each: TeamLine, zone: ZoneInfo) -> Text:
    done = each.figures
    until = (
        phrase("on shift until {time}", time=clock(each.on_until, zone, spoken()))
        if each.on_until
        else ()
    )
    mark = _ON_SHIFT if each.on_until else _AWAY
    has = phrases("has {count}", "has {count}", each.holds) if each.holds else ()
    who = words(f"{mark} ") + dotted(name(done.name, Style.BOLD), until, has)
    return lines(who, dotted(*_did(done)))


def _did(done: MemberFigures) -> Iterable[Text]:
    if not done.claims and not done.answers:
        yield phrase("nothing claimed, nothing answered")
        return
    yield phrases("{count} claim", "{count} claims", done.claims)
    yield phrases("{count} answer", "{count} answers", done.answers)
    if done.customer_wait.median is not None:
        yield phrase("median wait {length}", length=length(done.customer_wait.median, spoken()))
    if done.late.whole:
        yield phrase("late {share}", share=percent_of(done.late))
    if done.given_away:
        yield phrases("{count} given away", "{count} given away", done.given_away)


def _median(spread: Spread) -> str:
    """Return "4 min (12)", or "-" where nothing was answered."""
    if spread.median is None:
        return "-"
    return f"{length(spread.median, spoken())} ({digits(spread.count)})"


def _days(order: Order) -> int:
    """Return how many days are asked for. Raises: MisspokenError."""
    written = order.heard.rest.lower().removesuffix("d")
    if not written:
        return DAYS
    if not (written.isascii() and written.isdecimal()) or not 1 <= int(written[:4]) <= MOST_DAYS:
        raise MisspokenError(
            "Write /{command}, or /{command} and how many days, 1 to {most}.",
            command=order.heard.name,
            most=MOST_DAYS,
        )
    return int(written)
