"""Many things in one message: items shown together, and posts that a person must judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.chat.cards import quoted
from bot.chat.entries import entries, soonest_first
from bot.chat.excerpts import excerpt
from bot.chat.keyboards import show_row
from bot.chat.phrases import phrase, phrases
from bot.chat.taps import TapKind, encode
from bot.chat.text import Button, Message, Row, Style, Text, cut, lines, words
from bot.chat.views import CardView
from bot.chat.wording import dotted, handle, language_name, name, relative, said_of
from bot.locale.tongue import digits, mark, marks, tr, trc
from monitor.model import ItemId, Post

_TITLES = {
    "look_back": marks(
        "📥 {count} post from before the start waits for an answer",
        "📥 {count} posts from before the start wait for an answer",
    ),
    "overflow": marks(
        "📥 {count} post came at once and waits for an answer",
        "📥 {count} posts came at once and wait for an answer",
    ),
    "similar": marks(
        "📎 {count} post like it waits for an answer",
        "📎 {count} posts like it wait for an answer",
    ),
}
_IN_A_ROW = 5
_REVIEW_UNITS = 1_500  # of text in a review digest, shared by its posts
_QUOTE_ENTITIES = 16
_CHOICES = (("complaint", "request"), ("both", "neither"))  # rows that a phone shows whole
_LABELS = {
    "complaint": mark("Complaint"),
    "request": mark("Request"),
    "both": mark("Both"),
    "neither": mark("Neither"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A post that a person must judge, or has judged."""

    place: int  # its number in the message, from 1
    post: Post
    open: bool = True  # a person's word is still wanted
    said: str = ""  # what somebody said it is
    item: ItemId | None = None
    check: bool = False  # the judge is sure of it; it is shown to check the judge


def digest(title: str, views: Sequence[CardView], *, demo: bool = False) -> Message:
    """Return several items, due soonest first, with a button each that sends its card."""
    shown = soonest_first(views)
    one, many = _TITLES.get(title, _TITLES["look_back"])
    show = words("DEMO " if demo else "", Style.BOLD)
    head = show + phrases(one, many, len(shown), Style.BOLD)
    return Message(lines(head, entries(shown)), show_row((v.item for v in shown), _IN_A_ROW))


def review(
    doubts: Sequence[Doubt], zone: ZoneInfo, language: str, *, private: bool, demo: bool = False
) -> Message:
    """Return posts of which the judge is not sure, with a choice of buttons for each."""
    left = sum(doubt.open for doubt in doubts)
    asked = (
        phrase("What is this?", Style.BOLD) if left == 1 else phrase("What are these?", Style.BOLD)
    )
    said = asked if left else phrase("Done", Style.BOLD)
    show = words("🔎 DEMO " if demo else "🔎 ", Style.BOLD)
    units = _REVIEW_UNITS // max(left, 1)
    told = (_doubt(doubt, zone, language, units, private) for doubt in doubts)
    choices = tuple(row for doubt in doubts if doubt.open for row in _choices(doubt))
    return Message(lines(show + said, *told), choices, silent=True)


def _doubt(doubt: Doubt, zone: ZoneInfo, language: str, units: int, private: bool) -> Text:
    mention = doubt.post.mention
    sign = words(f"{doubt.place}. ", Style.BOLD)
    if not doubt.open:
        item = words(f"#{doubt.item}") if doubt.item is not None else ()
        return sign + dotted(words(said_of(doubt.said)), item)
    judged = doubt.post.classification
    head = dotted(
        words(", ".join(doubt.post.brands)[:60] or "", Style.BOLD),
        words(trc("a link", "open"), link=mention.url) if mention.url else (),
        name(mention.platform),
        words(language_name(judged.language, language)) if judged else phrase("not judged yet"),
        relative(mention.posted_at, zone, language),
        handle(mention.author.handle) if mention.author else (),
        phrase("checking the judge", Style.ITALIC) if doubt.check else (),
    )
    if mention.private and not private:
        return lines(sign + head, phrase("A private message.", Style.ITALIC))
    shown = excerpt(mention.text, judged.reasons if judged else (), most_lines=4)
    return lines(sign + head, cut(quoted(shown), units, _QUOTE_ENTITIES))


def _choices(doubt: Doubt) -> tuple[Row, ...]:
    return tuple(tuple(_choice(doubt, choice) for choice in row) for row in _CHOICES)


def _choice(doubt: Doubt, choice: str) -> Button:
    label = f"{digits(doubt.place)} {tr(_LABELS[choice])}"
    return Button(label, encode(TapKind.REVIEW, doubt.post.id, choice))
