"""What is known of a customer, for one member alone: a page, and the few words of an alert."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.chat.keyboards import show_row
from bot.chat.phrases import phrase, phrases
from bot.chat.text import (
    ANSWER_UNITS,
    MESSAGE_UNITS,
    Message,
    Style,
    Text,
    join,
    lines,
    plain,
    post,
    units,
    words,
)
from bot.chat.wording import (
    asked,
    day_name,
    dotted,
    handle,
    language_name,
    length,
    listed,
    local_time,
    name,
    one_line,
)
from bot.locale.tongue import digits, mark, tr
from monitor.desk.customers import Contact, Customer, Known, Link, Note, Outcome
from monitor.desk.promises import Kept, Promise

CONTACTS = 10  # newest ones on a page
_PROMISES = 5
# How many notes of which length a page has: the first that leaves room for all else.
_NOTES = ((20, 400), (20, 150), (20, 60), (6, 60))
_ALERT_NOTE_UNITS = 200
_TAG_UNITS = 45
_OUTCOMES = {
    Outcome.WAITING: mark("waiting for an answer"),
    Outcome.ANSWERED: mark("answered"),
    Outcome.UNPROVEN: mark("answered, not proven"),
    Outcome.NOT_FOR_US: mark("not for us"),
    Outcome.MERGED: mark("merged into another item"),
    Outcome.DELETED: mark("deleted by its author"),
    Outcome.HISTORY: mark("history"),
}
BECAME = {  # of a promise
    None: mark("stands"),
    Kept.KEPT: mark("kept"),
    Kept.LATE: mark("kept late"),
    Kept.BROKEN: mark("not kept"),
    Kept.DROPPED: mark("taken back"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads: in which language, and where their clocks stand."""

    zone: ZoneInfo
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The words of an alert, and whether they leave nothing out that the team wrote."""

    text: str
    whole: bool


def page(customer: Customer, reader: Reader) -> Message:
    """Return all that is known of a customer; the buttons show the cards of the newest items.

    Notes are cut, and then left out, as far as it takes to fit one message: `note` has one in full.
    """
    pages = (_page(customer, reader, *room) for room in _NOTES)
    fitting = (text for text in pages if units(plain(text)) <= MESSAGE_UNITS)
    text = next(fitting, None) or _page(customer, reader, *_NOTES[-1])
    shown = customer.contacts[:CONTACTS]
    return Message(text, show_row(each.item for each in shown), silent=True)


def _page(customer: Customer, reader: Reader, most: int, most_units: int) -> Text:
    wanted, notes = phrase("How they want it", Style.BOLD), phrase("Notes", Style.BOLD)
    parts = (
        lines(*_who(customer), *_counts(customer, reader)),
        _notes(wanted, customer.preferences, reader, most, most_units),
        _notes(notes, customer.notes, reader, most, most_units),
        _promises(customer.promises, reader),
        _contacts(customer, reader),
        lines(*(_link(link, customer, reader) for link in customer.links)),
    )
    return join(words("\n\n"), parts)


def note(written: Note, reader: Reader) -> Message:
    """Return a note in full."""
    when = local_time(written.at, reader.zone, reader.language)
    head = phrase("Note {number}", Style.BOLD, number=str(written.id))
    return Message(lines(dotted(head, name(written.by), when), post(written.text)), silent=True)


def brief(customer: Customer, reader: Reader, most_units: int = ANSWER_UNITS) -> Brief:
    """Return what fits an alert: counts, tags, then what the team wrote, the newest first."""
    head = plain(dotted(*_short(customer, reader)))
    written = [
        one_line(each.text, _ALERT_NOTE_UNITS) for each in (*customer.preferences, *customer.notes)
    ]
    text = head
    for number, each in enumerate(written):
        longer = f"{text}\n– {each}"
        if units(longer) > most_units:
            left = phrases("and {count} more note", "and {count} more notes", len(written) - number)
            return Brief(text=_with(text, plain(left), most_units), whole=False)
        text = longer
    return Brief(text=text, whole=units(_tags(customer)) <= _TAG_UNITS)


def _with(text: str, last: str, most_units: int) -> str:
    """Return `text` with a last line, of as many whole lines as fit."""
    kept = text.split("\n")
    while len(kept) > 1 and units("\n".join([*kept, last])) > most_units:
        kept.pop()
    return "\n".join([*kept, last])


def _short(customer: Customer, reader: Reader) -> Iterator[Text]:
    yield phrases("{count} contact", "{count} contacts", customer.needed)
    if customer.tags:
        yield words(one_line(_tags(customer), _TAG_UNITS))
    if customer.voice.praise:
        yield _praised(customer)
    if customer.voice.may_leave:
        yield phrase("may leave")
    if customer.contacts:
        yield _outcome(customer.contacts[0], reader)


# ---------------------------------------------------------------- who, and how often


def _who(customer: Customer) -> Iterator[Text]:
    for each in customer.accounts:
        yield dotted(_named(each), name(each.account.platform))
    if customer.tags:
        yield words(_tags(customer))


def _tags(customer: Customer) -> str:
    return " ".join(f"#{tag}" for tag in customer.tags)


def _named(known: Known) -> Text:
    shown = name(known.name, Style.BOLD) if known.name != known.handle else ()
    return dotted(shown, handle(known.handle)) or phrase("somebody without a name", Style.BOLD)


def _counts(customer: Customer, reader: Reader) -> Iterator[Text]:
    repeats = phrases(
        "{count} within a week of the one before",
        "{count} within a week of the one before",
        customer.repeats,
    )
    posts = phrases("{count} post", "{count} posts", customer.voice.posts)
    contacts = phrases("{count} contact", "{count} contacts", customer.needed)
    yield dotted(contacts, repeats if customer.repeats else (), posts)
    yield from _waits(customer, reader)
    if customer.voice.languages:
        spoken = (
            f"{language_name(code, reader.language)} ({digits(count)})"
            for code, count in customer.voice.languages
        )
        yield phrase("Writes in {languages}", languages=listed(spoken))
    yield from _moods(customer, reader)


def _waits(customer: Customer, reader: Reader) -> Iterator[Text]:
    waits = customer.waits
    if waits.median is None or waits.longest is None:
        return
    if waits.count == 1:
        once = length(waits.median, reader.language)
        yield phrase("Waited {length} for the one answer", length=once)
        return
    yield phrases(
        "Waited {median} at the median, {longest} at most, for {count} answer",
        "Waited {median} at the median, {longest} at most, for {count} answers",
        waits.count,
        median=length(waits.median, reader.language),
        longest=length(waits.longest, reader.language),
    )


def _moods(customer: Customer, reader: Reader) -> Iterator[Text]:
    voice = customer.voice
    if voice.praise:
        last = voice.praised_at
        when = (
            phrase(
                "last on {day}", day=day_name(last.astimezone(reader.zone).date(), reader.language)
            )
            if last
            else ()
        )
        yield dotted(_praised(customer), when)
    if voice.leaving is None:
        yield phrase("Risk of leaving: not known")
        return
    share = tr("{percent} %", percent=digits(round(100 * voice.leaving)))
    yield phrase("Risk of leaving: {share}", *_bold(customer.voice.may_leave), share=share)


def _bold(wanted: bool) -> tuple[Style, ...]:
    return (Style.BOLD,) if wanted else ()


def _praised(customer: Customer) -> Text:
    return phrases("praised {count} time", "praised {count} times", customer.voice.praise)


# ---------------------------------------------------------------- what was written, and the past


def _notes(head: Text, notes: Sequence[Note], reader: Reader, most: int, most_units: int) -> Text:
    if not notes:
        return ()
    rest = len(notes) - most
    more = phrases("and {count} more", "and {count} more", rest) if rest > 0 else ()
    return lines(head, *(_note(each, reader, most_units) for each in notes[:most]), more)


def _note(each: Note, reader: Reader, most_units: int) -> Text:
    text = post(one_line(each.text, most_units))
    when = local_time(each.at, reader.zone, reader.language)
    return words("– ") + dotted(
        text, name(each.by), when, phrase("note {number}", number=str(each.id))
    )


def _promises(promises: Sequence[Promise], reader: Reader) -> Text:
    if not promises:
        return ()
    rest = len(promises) - _PROMISES
    more = phrases("and {count} more", "and {count} more", rest) if rest > 0 else ()
    shown = (_promise(each, reader) for each in promises[:_PROMISES])
    return lines(phrase("Promises", Style.BOLD), *shown, more)


def _promise(promise: Promise, reader: Reader) -> Text:
    when = local_time(promise.due_at, reader.zone, reader.language)
    became = phrase(BECAME[promise.outcome])
    return words("– ") + dotted(when, name(promise.text, most_units=80), name(promise.by), became)


def _contacts(customer: Customer, reader: Reader) -> Text:
    if not customer.contacts:
        return ()
    rest = len(customer.contacts) - CONTACTS
    more = phrases("and {count} earlier one", "and {count} earlier ones", rest) if rest > 0 else ()
    shown = (_contact(each, reader) for each in customer.contacts[:CONTACTS])
    return lines(phrase("Contacts, newest first", Style.BOLD), *shown, more)


def _contact(each: Contact, reader: Reader) -> Text:
    return dotted(
        words(f"#{each.item}", Style.BOLD),
        local_time(each.posted_at, reader.zone, reader.language),
        name(each.brand, most_units=20),
        words(asked(each.flags)),
        _outcome(each, reader),
        phrase("too late") if each.breached else (),
        phrase("again within a week") if each.repeat else (),
    )


def _outcome(each: Contact, reader: Reader) -> Text:
    again = each.outcome is Outcome.WAITING and each.answer_at is not None
    if each.customer_wait is None or again:  # the wait is that for the first answer
        return phrase(_OUTCOMES[each.outcome])
    waited = length(each.customer_wait, reader.language)
    if each.outcome is Outcome.WAITING:
        return phrase("waits for an answer for {length}", length=waited)
    told = tr(_OUTCOMES[each.outcome])
    return phrase("{outcome} after {length}", outcome=told, length=waited)


def _link(link: Link, customer: Customer, reader: Reader) -> Text:
    handles = {each.account: each for each in customer.accounts}
    one, other = (
        (account in handles and handle(handles[account].handle)) or name(account.platform)
        for account in (link.one, link.other)
    )
    when = local_time(link.at, reader.zone, reader.language)
    by = name(link.by)
    return phrase(
        "{one} and {other} were linked by {name} {when}", one=one, other=other, name=by, when=when
    )
