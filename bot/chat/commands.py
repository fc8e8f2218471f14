"""What people order by a command. What they merely ask for is answered in `asking`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

from bot.chat.admission import Caller, Order
from bot.chat.answering import Answering, Heard
from bot.chat.asking import Asking
from bot.chat.customer_desk import CustomerDesk
from bot.chat.heatmaps import Heatmaps
from bot.chat.languages import Languages
from bot.chat.links import named_post, names_post
from bot.chat.missed import Missed
from bot.chat.phrases import phrase
from bot.chat.replies import MisspokenError, Reply, say
from bot.chat.reviews import redraw_reviews_of, told_back
from bot.chat.routes import Routes
from bot.chat.saved_commands import SavedCommands
from bot.chat.shifts import ShiftTalk
from bot.chat.speaking_of import SpeakingOf, item_number
from bot.chat.tallies import Tallies
from bot.chat.text import Message, Style, Text, lines, words
from bot.chat.waiting import Waiting
from bot.chat.wording import local_time, name, one_line, role_name, state_name
from bot.locale.tongue import mark, tr
from bot.wiring import Workshop
from monitor.desk import roles
from monitor.durations import parse_duration
from monitor.errors import RefusedError
from monitor.model import Brand, ItemId, Member, Post, Role

LONGEST_MUTE = timedelta(hours=24)
_OFF = "off"
_WHICH = frozenset({"complaint", "request", "both"})
_STARTED = "start"
_AND_ABOVE = {
    Role.VIEWER: mark("viewers and above"),
    Role.AGENT: mark("agents and above"),
    Role.LEAD: mark("leads and above"),
    Role.MANAGER: mark("managers and above"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How a command is written, and what it does."""

    written: str
    does: str
    by_reply: bool = False  # as a reply to a card or a notice it needs no number

    @property
    def help(self) -> str:
        """What somebody is told who wrote it wrongly."""
        written = tr(self.written)
        if self.by_reply:
            return tr("Write {written}, or reply to its card.", written=written)
        return tr("Write {written}.", written=written)


USAGES = {
    "start": Usage(written=mark("/start"), does=mark("Begin here")),
    "help": Usage(written=mark("/help"), does=mark("What you can do")),
    "link": Usage(written=mark("/link CODE"), does=mark("Link yourself, or this chat, by a code")),
    "queue": Usage(written=mark("/queue"), does=mark("What waits, due soonest first")),
    "mine": Usage(written=mark("/mine"), does=mark("What you have claimed")),
    "item": Usage(written=mark("/item ID"), does=mark("One item in full"), by_reply=True),
    "why": Usage(
        written=mark("/why ID"), does=mark("Why its clocks show what they show"), by_reply=True
    ),
    "search": Usage(written=mark("/search WORDS"), does=mark("Find posts, newest first")),
    "brands": Usage(written=mark("/brands"), does=mark("What is watched, and what is muted")),
    "summary": Usage(written=mark("/summary [DATE]"), does=mark("What a day came to")),
    "stats": Usage(
        written=mark("/stats [DAYS]"), does=mark("How things stand, and how the last days went")
    ),
    "team": Usage(written=mark("/team [DAYS]"), does=mark("Who is on shift, and who did how much")),
    "saved": Usage(
        written=mark("/saved [NAME]"), does=mark("Saved replies; leads add, edit and delete them")
    ),
    "heatmap": Usage(
        written=mark("/heatmap [WEEKS]"), does=mark("When people write, and how many it takes")
    ),
    "log": Usage(written=mark("/log [ID]"), does=mark("Who did what")),
    "mute": Usage(
        written=mark("/mute BRAND 2h"), does=mark("Hold a brand's warnings back, or: off")
    ),
    "reply": Usage(
        written=mark("/reply ID [TEXT]"), does=mark("Answer the customer from here"), by_reply=True
    ),
    "wait": Usage(
        written=mark("/wait ID customer|third party|snooze 6h"),
        does=mark("Pause an item for a time; it comes back by itself"),
        by_reply=True,
    ),
    "resolve": Usage(written=mark("/resolve ID"), does=mark("End an answered item"), by_reply=True),
    "merge": Usage(written=mark("/merge A B"), does=mark("Make item A a part of item B")),
    "missed": Usage(
        written=mark("/missed LINK"), does=mark("Open an item for a post the judge overlooked")
    ),
    "customer": Usage(
        written=mark("/customer ID"), does=mark("What is known of the person"), by_reply=True
    ),
    "note": Usage(
        written=mark("/note ID TEXT"), does=mark("Keep a note of the person"), by_reply=True
    ),
    "promise": Usage(
        written=mark("/promise ID 17:00 TEXT"),
        does=mark("Remember what the customer was promised, and by when"),
        by_reply=True,
    ),
    "shift": Usage(
        written=mark("/shift [on|off|hand-over NAME]"),
        does=mark("Who is on shift; come, go, or let somebody stand in"),
    ),
    "handover": Usage(
        written=mark("/handover ID NAME [NOTE]"),
        does=mark("Hand an item over to a colleague"),
        by_reply=True,
    ),
    "undo": Usage(
        written=mark("/undo ID"),
        does=mark("Take the latest act on an item back; alone: your last word in a review"),
        by_reply=True,
    ),
    "language": Usage(
        written=mark("/language [tr]"),
        does=mark("Which language you are spoken to in"),
    ),
}
Answer = Callable[[Order], tuple[Reply, ...]]


def menu() -> tuple[tuple[str, str], ...]:
    """Return the commands with what they do in the language spoken now, for the clients' menu."""
    return tuple((name, tr(USAGES[name].does)) for name in roles.commands() if name != _STARTED)


class Commands:
    """Runs the commands of linked persons; every call stands inside a transaction."""

    def __init__(
        self,
        workshop: Workshop,
        speaking_of: SpeakingOf,
        asking: Asking,
        missed: Missed,
        answering: Answering,
        routes: Callable[[], Routes],
        brands: Sequence[Brand],
        shifts: ShiftTalk,
    ) -> None:
        self._store = workshop.store
        self._desk = workshop.desk
        self._speaking_of = speaking_of
        self._routes = routes
        self._brands = brands
        self._overlooked = missed
        self._answering = answering
        tallies = Tallies(workshop, shifts.roster, routes, brands)
        self._waiting = Waiting(workshop, speaking_of, routes)
        self._answers: dict[str, Answer] = {
            "queue": asking.queue,
            "mine": asking.mine,
            "item": lambda order: asking.item(order, self._item(order)),
            "why": lambda order: asking.why(order, self._item(order)),
            "search": asking.search,
            "brands": asking.brands,
            "summary": asking.summary,
            "stats": tallies.stats,
            "team": tallies.team,
            "saved": SavedCommands(workshop.store, routes, brands).run,
            "heatmap": Heatmaps(self._store.outbox, routes).ask,
            "log": lambda order: asking.log(order, self._item_or_all(order)),
            "mute": self._mute,
            "reply": self._reply,
            "wait": self._wait,
            "resolve": self._resolve,
            "merge": self._merge,
            "missed": self._missed,
            **CustomerDesk(workshop.ledger, speaking_of, routes).answers,
            "shift": shifts.shift,
            "handover": lambda order: shifts.hand_over(order, USAGES["handover"].help),
            "undo": self._undo,
            "language": Languages(self._store.people, routes).run,
        }

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Return what is answered to a command. Raises: RefusedError, MisspokenError."""
        command, caller = order.heard.name, order.caller
        if command not in self._answers:
            raise _unknown(command)
        asked = roles.asked_for(command)
        if asked is not None and not roles.at_least(caller.member.role, asked):
            raise RefusedError(
                "/{name} is for {whom}. You are {role}.",
                name=command,
                whom=_AND_ABOVE[asked],
                role=caller.role,
            )
        return self._answers[command](order)

    def help(self, member: Member | None) -> Message:
        """Return the commands that a person may use; a stranger is told how to be let in."""
        names = [name for name in roles.commands() if self._desk.allowed(name, member)]
        listed = [_help_line(USAGES[name]) for name in names if name != _STARTED]
        return Message(lines(_greeting(member), *listed, _footing(member)))

    # ------------------------------------------------------------ on one item

    def _item(self, order: Order) -> ItemId:
        return self._speaking_of.item(order.heard, USAGES[order.heard.name].help)

    def _item_or_all(self, order: Order) -> ItemId | None:
        return self._item(order) if order.heard.args or order.heard.reply_to else None

    def _wait(self, order: Order) -> tuple[Reply, ...]:
        return self._waiting.order(order, USAGES["wait"].help)

    def _resolve(self, order: Order) -> tuple[Reply, ...]:
        item = self._item(order)
        self._desk.resolve(item, order.member, order.now)
        return say(order.heard, tr("#{item} is resolved.", item=item), about=item)

    def _reply(self, order: Order) -> tuple[Reply, ...]:
        item, text = self._speaking_of.item_and_words(order.heard, USAGES["reply"].help)
        heard = Heard(said=order.heard, caller=order.caller, now=order.now)
        if not text:
            return self._answering.ask(item, heard)
        return self._answering.written(item, text, heard)

    def _undo(self, order: Order) -> tuple[Reply, ...]:
        if self._means_a_word(order):
            return self._take_back(order)
        item = self._item(order)
        if done := self._answering.undo(item, order.member, order.now):
            return say(order.heard, f"#{item}: {done}", about=item)
        standing = self._desk.undo(item, order.member, order.now)
        state = state_name(standing.item.state)
        undone = tr("Undone: #{item} is {state} again.", item=item, state=state)
        return say(order.heard, undone, about=item)

    def _means_a_word(self, order: Order) -> bool:
        """Return whether /undo stands alone, or under posts that a person judged."""
        heard = order.heard
        return not heard.args and (not heard.reply_to or bool(self._speaking_of.posts_under(heard)))

    def _take_back(self, order: Order) -> tuple[Reply, ...]:
        try:
            back = self._desk.take_back(order.member, order.now)
        except RefusedError as refused:
            raise MisspokenError(
                "{usage} {refusal}", usage=USAGES["undo"].help, refusal=refused
            ) from refused
        redraw_reviews_of(self._store.outbox, back.post, order.now)
        waits = self._store.posts.awaits_review(back.post)
        return say(order.heard, told_back(back, waits=waits))

    def _merge(self, order: Order) -> tuple[Reply, ...]:
        item, into = self._merged(order)
        self._desk.merge(item, into, order.member, order.now)
        done = tr("#{item} is a part of #{into} now.", item=item, into=into)
        return say(order.heard, done, about=into)

    def _merged(self, order: Order) -> tuple[ItemId, ItemId]:
        """Return what is merged into what: "/merge A B", or "/merge B" under the card of A."""
        numbers = [item_number(word) for word in order.heard.args]
        if len(numbers) == 1:
            numbers.insert(0, self._speaking_of.replied_to(order.heard))
        if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
            raise MisspokenError("Write /merge A B, or reply to the card of A with /merge B.")
        return numbers[0], numbers[1]

    # ------------------------------------------------------------ a post the judge overlooked

    def _missed(self, order: Order) -> tuple[Reply, ...]:
        named, says = _said(order.heard.rest)
        post = self._post(order, named)
        item, told = self._overlooked.open(post, order.caller, order.now, says)
        return say(order.heard, Message(told), about=item)

    def _post(self, order: Order, named: str) -> Post:
        numbered = self._speaking_of.posts_under(order.heard)
        written = named or "1" * (len(numbered) == 1)
        if written.isdecimal() and int(written[:4]) in numbered:
            found = self._store.posts.by_id(numbered[int(written[:4])])
        elif names_post(written):
            found = named_post(self._store.posts, written)
        else:
            raise _which_post(len(numbered))
        if found is None:
            raise MisspokenError(
                "This post is not kept here: no watched brand was found in it, or its source was"
                " not read then. Try /search with words from it; your operator can fetch the past."
            )
        return found

    # ------------------------------------------------------------ warnings of a brand

    def _mute(self, order: Order) -> tuple[Reply, ...]:
        brand, length = self._muted(order)
        place = self._routes().for_cards(brand)
        if place is None:
            raise RefusedError("No chat gets the cards of {brand}.", brand=brand)
        until = order.now + length if length is not None else None
        self._store.notes.mute(brand, place.name, until, order.member.id)
        for_how_long = order.heard.args[-1].lower()
        detail = f"{brand} in {place.name}: {for_how_long}"
        self._store.people.log(order.now, "mute", actor=order.member, detail=detail)
        return say(order.heard, self._told_mute(brand, until, order.caller))

    def _told_mute(self, brand: str, until: datetime | None, caller: Caller) -> Message:
        if until is None:
            return Message(phrase("{brand}: warnings are on.", brand=name(brand)))
        manners = self._routes().manners(caller.home)
        at = local_time(until, manners.timezone, manners.language)
        return Message(
            phrase(
                "{brand}: no warnings until {when}. Missed targets are told all the same.",
                brand=name(brand),
                when=at,
            )
        )

    def _muted(self, order: Order) -> tuple[str, timedelta | None]:
        """Return the brand and for how long; None for off."""
        *brand, last = order.heard.args or ("",)
        if not brand:
            raise MisspokenError("Write /mute BRAND 2h, or /mute BRAND off.")
        return self._brand(" ".join(brand)), _mute_length(last)

    def _brand(self, written: str) -> str:
        names = {brand.name.casefold(): brand.name for brand in self._brands}
        if written.casefold() in names:
            return names[written.casefold()]
        near = get_close_matches(written.casefold(), names, n=1)
        called = one_line(written)
        if near:
            raise MisspokenError(
                'No brand is called "{name}". Did you mean {near}?',
                name=called,
                near=names[near[0]],
            )
        raise MisspokenError('No brand is called "{name}". /brands lists them.', name=called)


def _said(written: str) -> tuple[str, str]:
    """Return what names a post, and which it is if the person says so: "/missed 2 complaint"."""
    *named, last = written.split() or [""]
    return (" ".join(named), last.lower()) if last.lower() in _WHICH else (written, "")


def _mute_length(written: str) -> timedelta | None:
    if written.lower() == _OFF:
        return None
    try:
        length = parse_duration(written.lower())
    except ValueError:
        raise MisspokenError("For how long? Write 30m, 2h, or off.") from None
    if length > LONGEST_MUTE:
        raise MisspokenError("A brand can be muted for at most 24h.")
    return length


def _which_post(shown: int) -> MisspokenError:
    if shown > 1:
        return MisspokenError(
            "Which of them? Reply with /missed and its number, such as /missed 2."
        )
    return MisspokenError(
        "Write /missed and the link to the post, or reply so to the message that shows it."
    )


def _unknown(written: str) -> MisspokenError:
    near = get_close_matches(written, roles.commands(), n=1)
    called = one_line(written)
    if near:
        return MisspokenError(
            "There is no /{name}. Did you mean /{near}?", name=called, near=near[0]
        )
    return MisspokenError("There is no /{name}. /help lists the commands.", name=called)


def _greeting(member: Member | None) -> Text:
    if member is None:
        return phrase(
            "I show a team the public posts that need its answer. You are not linked yet."
        )
    return phrase(
        "{name}, you are linked as {role}.",
        Style.BOLD,
        name=name(member.name, Style.BOLD),
        role=role_name(member.role),
    )


def _footing(member: Member | None) -> Text:
    if member is None:
        return phrase("Ask your lead for a code, and send it to me in private.")
    return phrase("ID is an item's number: 12 or #12. Or reply to its card.", Style.ITALIC)


def _help_line(usage: Usage) -> Text:
    return words(tr(usage.written), Style.CODE) + words(f" {tr(usage.does)}")
