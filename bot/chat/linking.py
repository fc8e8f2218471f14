"""Letting people and chats in by one-time codes."""

from collections.abc import Callable
from datetime import datetime

from bot.chat.admission import Admission
from bot.chat.incoming import Command
from bot.chat.replies import MisspokenError, Reply, say
from bot.chat.routes import Routes
from bot.chat.wording import one_line, role_name
from bot.locale.tongue import mark, spoken, tr
from monitor.errors import RefusedError
from monitor.model import Role
from monitor.store.people import Invitation
from monitor.store.shifts import Why
from monitor.store.store import Store

LINK = "link"  # the log's word for a try
WRONG_CODE = mark("This code does not work: it is mistyped, used or too old. Ask for a new one.")
TOO_OFTEN = mark("Too many tries. Wait an hour, then ask for a new code.")
FOR_A_PERSON = mark(
    "This code was for one person, and others could read it here: it no longer works."
    " Ask for a new one and send it to me in private."
)
FOR_A_CHAT = mark("This code lets a chat in: send it in that chat.")
_TRIES = 5  # wrong codes from one person in an hour


class Linking:
    """Redeems codes; every call stands inside a transaction, which a refusal undoes."""

    def __init__(self, store: Store, routes: Callable[[], Routes], admission: Admission) -> None:
        self._store = store
        self._routes = routes
        self._admission = admission

    def link(self, heard: Command, now: datetime) -> tuple[Reply, ...]:
        """Let the person in, or the group where the code was sent.

        Raises: RefusedError if the code does not do it; its message never repeats the code.
        """
        if len(heard.args) != 1:
            raise MisspokenError("Send the code you were given: /link CODE")
        if self.too_often(heard.person.telegram_id, now):
            raise RefusedError(TOO_OFTEN)
        invitation = self._store.people.redeem(heard.args[0], now)
        if invitation is None:
            raise RefusedError(WRONG_CODE)
        return say(heard, self._let_in(heard, invitation, now))

    def too_often(self, number: int, now: datetime) -> bool:
        """Return whether a person has tried as many wrong codes as an hour allows."""
        wrong = [
            entry
            for entry in self._admission.knocks(number, now)
            if entry.action == LINK and not entry.allowed
        ]
        return len(wrong) >= _TRIES

    def _let_in(self, heard: Command, invitation: Invitation, now: datetime) -> str:
        if invitation.chat is not None:
            return self._chat(heard, invitation.chat, now)
        return self._person(heard, invitation.role or Role.VIEWER, now)

    def _person(self, heard: Command, role: Role, now: datetime) -> str:
        if not heard.private:  # the code is used up: anybody here may have read it
            self._admission.log(heard.person, LINK, now, allowed=False, detail="code shown to all")
            return tr(FOR_A_PERSON)
        name = one_line(heard.person.name) or str(heard.person.telegram_id)
        member = self._store.people.join(name, heard.person.telegram_id, role, now)
        self._store.shifts.look_again(now, Why.NOBODY)  # the plan may have waited for this name
        self._store.people.log(now, LINK, actor=member, detail=f"as {role}")
        welcome = tr(
            "Welcome, {name}: you are linked as {role}. /help lists what you can do.",
            name=name,
            role=role_name(role),
        )
        usual = self._admission.spoken_at(heard.chat_id, heard.person)
        if spoken() == usual:
            return welcome
        code = spoken()  # of their client, as long as they were a stranger
        return f"{welcome}\n" + tr("Write /language {code}, and I go on in English.", code=code)

    def _chat(self, heard: Command, name: str, now: datetime) -> str:
        if heard.private:
            raise RefusedError(FOR_A_CHAT)
        taken = self._routes().named(heard.chat_id)
        if taken is not None and taken != name:
            raise RefusedError('This chat is linked already, as "{chat}".', chat=taken)
        self._leave(name, heard.chat_id)
        self._store.people.link_chat(name, heard.chat_id, now)
        self._store.shifts.look_again(now, Why.NOWHERE)
        self._admission.log(heard.person, LINK, now, allowed=True, detail=f'chat "{name}"')
        self._ask_for_cards()
        return tr('This chat is linked as "{chat}". Cards come here from now on.', chat=name)

    def _leave(self, name: str, new: int) -> None:
        """End the cards and what waits in the chat that had this name before."""
        old = self._routes().place(name)
        if old is None or old.chat_id == new:
            return
        for listed in self._store.items.queue():
            for card in self._store.outbox.cards_of(listed.item.id):
                if card.live and card.ref.chat_id == old.chat_id:
                    self._store.outbox.end_card(card.ref)
        for parcel in self._store.outbox.waiting(old.chat_id):
            self._store.outbox.drop(parcel.id)

    def _ask_for_cards(self) -> None:
        """Let every item without a card be looked at: there may be a chat for it now."""
        for listed in self._store.items.queue():
            if not any(card.live for card in self._store.outbox.cards_of(listed.item.id)):
                self._store.items.touch(listed.item.id)
