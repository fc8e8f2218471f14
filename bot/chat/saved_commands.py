"""/saved: what the team answers again and again, shown to all and changed by leads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from bot.chat import saved_forms
from bot.chat.admission import Order
from bot.chat.phrases import phrase, phrases
from bot.chat.replies import MisspokenError, Reply, say
from bot.chat.routes import Routes
from bot.chat.saved_forms import EXAMPLE, Form, changed, is_language, spelled
from bot.chat.text import Message, Style, Text, cut, lines, post, words
from bot.chat.wording import dotted, language_name, name, one_line, topic_name
from bot.locale.tongue import markc
from monitor.desk import roles
from monitor.desk.saved_replies import SavedReply, fill, folded
from monitor.errors import RefusedError
from monitor.model import Author, Brand, Member, Role
from monitor.store.saved_replies import SavedRow
from monitor.store.store import Store

ACTIONS = (  # as the log has them
    markc("in the log", "saved"),
    markc("in the log", "saved list"),
    markc("in the log", "saved reply added"),
    markc("in the log", "saved reply changed"),
    markc("in the log", "saved reply deleted"),
)
_LISTED = 30
_DORA = Author(id="dora", handle="dora", name="Dora")


class SavedCommands:
    """Shows and changes saved replies; every call stands inside a transaction."""

    def __init__(self, store: Store, routes: Callable[[], Routes], brands: Sequence[Brand]) -> None:
        self._store = store
        self._routes = routes
        self._brands = [brand.name for brand in brands]
        self._acts = {"add": self._add, "edit": self._edit, "delete": self._delete}

    def run(self, order: Order) -> tuple[Reply, ...]:
        """Return what is answered to /saved. Raises: RefusedError, MisspokenError."""
        first, *rest = order.heard.rest.split(maxsplit=1) or [""]
        act = self._acts.get(first.lower())
        if act is not None and not self._find(folded(order.heard.rest)):
            _must_lead(order.member)
            said = act(saved_forms.written("".join(rest)), order)
        else:
            said = self._shown(order) if first else self._listed()
        return tuple(reply for text in said for reply in say(order.heard, Message(text)))

    # ------------------------------------------------------------ showing

    def _listed(self) -> tuple[Text, ...]:
        groups = [
            list(group)
            for _, group in groupby(self._store.saved_replies.all(), lambda one: one.reply.folded)
        ]
        if not groups:
            return (phrase("Nothing is saved yet. A lead writes {how}", how=_code(EXAMPLE)),)
        groups.sort(key=lambda group: -sum(one.uses for one in group))
        head = phrases("{count} saved reply", "{count} saved replies", len(groups), Style.BOLD)
        rest = len(groups) - _LISTED
        more = phrases("and {count} more", "and {count} more", rest) if rest > 0 else ()
        hint = phrase("In full: {how}", how=_code("/saved " + groups[0][0].reply.name))
        return (lines(head, *map(_entry, groups[:_LISTED]), more, hint),)

    def _shown(self, order: Order) -> tuple[Text, ...]:
        found = self._named(self._meant(Form(name=" ".join(order.heard.args))))
        first = found[0].reply
        brands = name(", ".join(first.brands))
        head = dotted(name(first.name, Style.BOLD), _topic_name(first), brands)
        return _in_messages([head, *(lines(*self._in_full(one, order)) for one in found)])

    def _in_full(self, one: SavedRow, order: Order) -> Iterator[Text]:
        by = self._store.people.member(one.changed_by) if one.changed_by else None
        yield dotted(
            words(language_name(one.reply.language, self._reader(order)), Style.BOLD),
            _sent(one.uses),
            phrase("changed by {name}", name=name(by.name)) if by else (),
        )
        yield post(one.reply.whole, Style.QUOTE)
        if one.reply.short:
            yield phrase("Where that is too long: {text}", text=post(one.reply.short))
        yield words(one.reply.link)

    # ------------------------------------------------------------ changing

    def _add(self, form: Form, order: Order) -> tuple[Text, ...]:
        if not form.name or not form.given:
            return (lines(phrase("Send it so, a line for each field:"), _code(EXAMPLE)),)
        language = form.given.get("language", self._routes().language("")).lower()
        empty = SavedReply(name=form.name, language=language, apology="", remedy="")
        saved = changed(empty, form.given, self._brands)
        if any(one.reply.language == language for one in self._find(saved.folded)):
            raise RefusedError(
                "{name} is saved in this language already. /saved edit changes it.",
                name=saved.name,
            )
        return self._kept(saved, "saved reply added", order)

    def _edit(self, form: Form, order: Order) -> tuple[Text, ...]:
        row = self._one(self._meant(form))
        if not form.given:
            head = phrase("Change what is to change, and send it back:")
            return (lines(head, _code(spelled("edit", row.reply))),)
        if form.given.get("language", row.reply.language).lower() != row.reply.language:
            raise RefusedError("Another language is another reply: add it with /saved add.")
        return self._kept(
            changed(row.reply, form.given, self._brands), "saved reply changed", order
        )

    def _delete(self, form: Form, order: Order) -> tuple[Text, ...]:
        meant = self._meant(form)
        found = self._named(meant)
        first = found[0].reply
        self._store.saved_replies.delete(first.folded, meant.language, order.now)
        self._log("saved reply deleted", first, meant.language or "", order)
        head = phrase("{name} is deleted. To have it back, send:", name=name(first.name))
        back = [_code(spelled("add", one.reply)) for one in found]  # each is a message to be sent
        return (lines(head, back[0]), *back[1:])

    def _kept(self, saved: SavedReply, action: str, order: Order) -> tuple[Text, ...]:
        self._store.saved_replies.keep(saved, order.member.id, order.now)
        self._log(action, saved, saved.language, order)
        language = words(language_name(saved.language, self._reader(order)))
        called = name(saved.name, Style.BOLD)
        head = phrase(
            "{name} is saved: {language}. Dora would read:", name=called, language=language
        )
        brand = (*saved.brands, *self._brands)[0]
        return (lines(head, post(fill(saved, author=_DORA, brand=brand), Style.QUOTE)),)

    def _log(self, action: str, saved: SavedReply, language: str, order: Order) -> None:
        detail = f"{saved.name} {language}".strip()
        self._store.people.log(order.now, action, actor=order.member, detail=detail)

    # ------------------------------------------------------------ which one is meant

    def _meant(self, form: Form) -> Form:
        """Return a form whose last word is taken for a language, where no name ends with it."""
        head, _, last = form.name.rpartition(" ")
        if self._find(folded(form.name)) or not head or not is_language(last.lower()):
            return form
        return replace(form, name=head, language=last.lower())

    def _one(self, form: Form) -> SavedRow:
        found = self._named(replace(form, language=form.language or form.given.get("language")))
        if len(found) == 1:
            return found[0]
        raise MisspokenError(
            "Which one? It is saved in {languages}. Write its language after its name.",
            languages=", ".join(one.reply.language for one in found),
        )

    def _named(self, form: Form) -> tuple[SavedRow, ...]:
        found = self._find(folded(form.name))
        chosen = tuple(one for one in found if form.language in (None, one.reply.language))
        if not form.name or not chosen:
            raise MisspokenError(
                'No saved reply is called "{name}". /saved lists them.', name=one_line(form.name)
            )
        return chosen

    def _find(self, spelled_so: str) -> tuple[SavedRow, ...]:
        return self._store.saved_replies.named(spelled_so)

    def _reader(self, order: Order) -> str:
        return self._routes().manners(order.caller.home).language


def _in_messages(parts: Sequence[Text]) -> tuple[Text, ...]:
    """Return the parts in as few messages as hold them."""
    found: list[Text] = []
    for part in parts:
        both = lines(found[-1], part) if found else part
        if found and cut(both) == both:
            found[-1] = both
        else:
            found.append(part)
    return tuple(found)


def _must_lead(member: Member) -> None:
    if not roles.at_least(member.role, Role.LEAD):
        raise RefusedError("Leads and above change saved replies.")


def _entry(group: Sequence[SavedRow]) -> Text:
    first = group[0].reply
    languages = words(" ".join(one.reply.language for one in group))
    sent = _sent(sum(one.uses for one in group))
    return dotted(name(first.name, Style.BOLD), _topic_name(first), languages, sent)


def _topic_name(saved: SavedReply) -> Text:
    if saved.topic is None:
        return phrase("any topic")
    return words(topic_name(saved.topic) or saved.topic)


def _sent(uses: int) -> Text:
    return (
        phrases("sent {count} time", "sent {count} times", uses) if uses else phrase("never sent")
    )


def _code(text: str) -> Text:
    return words(text, Style.CODE)
