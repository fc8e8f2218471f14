"""Saved replies where an answer is asked for: offered as buttons, and filled for the customer."""

from collections.abc import Callable
from dataclasses import replace

from bot.chat.phrases import phrase
from bot.chat.reply_views import Platforms
from bot.chat.routes import Routes
from bot.chat.taps import TapKind, encode
from bot.chat.text import Button, Message, Row, Style, cut_words, words
from bot.chat.wording import dotted
from bot.locale.tongue import tr
from monitor.desk.saved_replies import UNKNOWN, Wanted, about, fill, offered
from monitor.errors import RefusedError
from monitor.model import ItemId, Post
from monitor.store.replies import ReplyRow
from monitor.store.saved_replies import SavedRow
from monitor.store.store import Store

_SUGGESTED = 4  # under a question
_PAGE = 8  # of a list
_LABEL_UNITS = 32
_NO_TOPIC = (None, "other")


class SavedOffers:
    """Finds what could answer a customer. One belongs to one thread, as its store does."""

    def __init__(self, store: Store, routes: Callable[[], Routes], platforms: Platforms) -> None:
        self._store = store
        self._routes = routes
        self._platforms = platforms

    def under(self, question: Message, row: ReplyRow) -> Message:
        """Return the question for an answer with what could answer it, as buttons."""
        found = self._offered(row)
        if not found:
            return question
        topic = self._wanted(row).topic
        near = [each for each in found if about(each.reply, topic)][:_SUGGESTED]
        more = Button(tr("Saved replies ▸"), encode(TapKind.SAVED_LIST, row.id))
        own = Button(tr("Own words"), encode(TapKind.REWRITE, row.id))
        last = (more, own) if len(near) < len(found) else (own,)
        rows = [(self._button(row, each),) for each in near]
        return replace(question, asks="", buttons=(*rows, last))

    def page(self, row: ReplyRow, after: str) -> Message:
        """Return a page of all that could answer, best first. Raises: RefusedError for none."""
        start = _number(after)
        found = self._offered(row)
        if not found[start:]:
            raise RefusedError("There are no more saved replies for this customer.")
        buttons: list[Row] = [(self._button(row, one),) for one in found[start : start + _PAGE]]
        if len(found) > start + _PAGE:
            data = encode(TapKind.SAVED_LIST, row.id, str(start + _PAGE))
            buttons.append((Button(tr("More ▸"), data),))
        head = phrase("Which saved reply? You see it filled in before it is sent.")
        return Message(dotted(words(f"#{row.item}", Style.BOLD), head), tuple(buttons), silent=True)

    def filled(self, row: ReplyRow, saved: str) -> tuple[int, str]:
        """Return a saved reply's id, and its text for the customer whom a reply answers.

        Raises: RefusedError if it was deleted since.
        """
        kept = self._store.saved_replies.get(_number(saved))
        subject = self._store.posts.by_id(row.post)
        if kept is None or subject is None:
            raise RefusedError("This saved reply is not there any more.")
        mention = subject.mention
        connector = self._platforms.get(mention.platform)

        def fits(text: str) -> bool:
            if connector is None:
                return True
            return connector.reply_length(text, mention) <= connector.reply_limit

        text = fill(kept.reply, author=mention.author, brand=self._brand(row.item), fits=fits)
        return kept.id, text

    def _offered(self, row: ReplyRow) -> list[SavedRow]:
        kept = {
            (one.reply.folded, one.reply.language): one for one in self._store.saved_replies.all()
        }
        pairs = ((one.reply, one.uses) for one in kept.values())
        return [
            kept[saved.folded, saved.language] for saved, _ in offered(pairs, self._wanted(row))
        ]

    def _wanted(self, row: ReplyRow) -> Wanted:
        subject = self._store.posts.by_id(row.post)
        team = self._routes().language("")  # the desk's
        return Wanted(
            brand=self._brand(row.item),
            topic=self._topic(row.item, subject),
            language=_language(subject),
            otherwise=(team, "en"),
        )

    def _topic(self, item: ItemId, subject: Post | None) -> str | None:
        """Return what the customer writes about: in the post that is answered, or at first."""
        judged = subject.classification if subject else None
        if judged is not None and judged.topic not in _NO_TOPIC:
            return judged.topic
        listed = self._store.items.get(item)
        return listed.item.topic if listed else None

    def _brand(self, item: ItemId) -> str:
        listed = self._store.items.get(item)
        return listed.item.brand if listed else ""

    def _button(self, row: ReplyRow, one: SavedRow) -> Button:
        saved = one.reply
        theirs = _language(self._store.posts.by_id(row.post))
        foreign = "" if saved.language == theirs else f" · {saved.language}"
        label = cut_words(saved.name, _LABEL_UNITS) + foreign
        return Button(label, encode(TapKind.SAVED, row.id, str(one.id)))


def _language(subject: Post | None) -> str:
    judged = subject.classification if subject else None
    return judged.language if judged else UNKNOWN


def _number(written: str) -> int:
    """Return a number that a button sends back, 0 for what is none."""
    is_one = written.isascii() and written.isdecimal() and len(written) < 10
    return int(written) if is_one else 0
