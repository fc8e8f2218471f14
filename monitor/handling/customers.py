"""What members write of customers: checked, kept and logged in one transaction, and taken back.

The log names items and numbers, never what was written and never the person: those who are
forgotten leave no trace in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.clock.timeline import UNDO_WINDOW
from monitor.desk import customers
from monitor.desk.customers import Account, Customer, Known, Link, Note, NoteKind
from monitor.errors import RefusedError
from monitor.model import ItemId, Member
from monitor.store.customers import Change, Wrote
from monitor.store.store import Store

OPENED = "customer"  # the log's word for a customer's card that was opened
_LOGGED = {
    NoteKind.NOTE: ("note", "note deleted"),
    NoteKind.PREFERENCE: ("preference", "preference deleted"),
    NoteKind.TAG: ("tag", "untag"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """Something that was taken back."""

    change: Change
    kind: NoteKind | None  # None: a link
    accounts: tuple[Account, ...]


class CustomerBook:
    """What is known of customers. One belongs to one thread, as its store does.

    Every act may raise `RefusedError`, whose message is for the member who acted.
    """

    def __init__(
        self, store: Store, reroute: Callable[[ItemId, datetime], object] | None = None
    ) -> None:
        """`reroute` lets an item have the policy that its author's tags ask for."""
        self._reroute = reroute
        self._store = store
        self._rows = store.customers

    def of_item(self, item: ItemId) -> Account:
        """Return whose item it is. Raises: RefusedError if there is no such item."""
        found = self._rows.of_item(item)
        if found is None:
            raise RefusedError("There is no item #{item}.", item=item)
        return found

    def read(self, account: Account, now: datetime) -> Customer:
        """Return all that is known of a person at `now`, the account that was asked for first."""
        with self._store.reading():
            notes = self._rows.notes(account)
            contacts = customers.with_repeats(self._rows.contacts(account, now))
            return Customer(
                accounts=tuple(map(self._rows.known, self._rows.accounts(account))),
                links=self._rows.links(account),
                notes=_of(notes, NoteKind.NOTE),
                preferences=_of(notes, NoteKind.PREFERENCE),
                tags=tuple(sorted({note.text for note in _of(notes, NoteKind.TAG)})),
                contacts=contacts,
                voice=self._rows.voice(account, now),
                promises=self._store.promises.of_items([each.item for each in contacts]),
            )

    def open(self, account: Account, member: Member, now: datetime) -> Customer:
        """Return all that is known of a person, to a member who asks for it; that is logged."""
        found = self.read(account, now)
        with self._store.writing():
            self._log(OPENED, account, member, now)
        return found

    # ------------------------------------------------------------ notes and tags

    def note(
        self,
        account: Account,
        written: str,
        member: Member,
        now: datetime,
        *,
        kind: NoteKind = NoteKind.NOTE,
        item: ItemId | None = None,
    ) -> int:
        """Keep a note, a preference or a tag of a person, and return its number.

        `item` is the one on which it was written.
        """
        text = customers.tag_word(written) if kind is NoteKind.TAG else customers.note_text(written)
        with self._store.writing():
            if kind is NoteKind.TAG and self._tagged(account, text):
                raise RefusedError("The tag #{tag} is there already.", tag=text)
            number = self._rows.write(account, kind, text, item, member.id, now)
            self._rows.touch(account)
            self._route(now, account)
            self._log(_LOGGED[kind][0], account, member, now, item=item, detail=f"{number}")
            return number

    def open_note(self, number: int, member: Member, now: datetime) -> Note:
        """Return a note to a member who asks for it; that is logged."""
        with self._store.writing():
            note = self._standing(number)
            self._log(OPENED, note.account, member, now, item=note.item, detail=f"note {number}")
            return note

    def _standing(self, number: int) -> Note:
        note = self._rows.note(number)
        if note is None or note.ended_at is not None:
            raise RefusedError("There is no note {number}.", number=number)
        return note

    def delete(self, number: int, member: Member, now: datetime) -> Note:
        """Delete a note and return it; it can be brought back for five minutes."""
        with self._store.writing():
            note = self._standing(number)
            customers.may_end(note, member)
            self._end(note, member, now)
            return note

    def untag(self, account: Account, written: str, member: Member, now: datetime) -> str:
        """Take a tag from a person and return it."""
        tag = customers.tag_word(written)
        with self._store.writing():
            found = self._tagged(account, tag)
            if not found:
                raise RefusedError("There is no tag #{tag}.", tag=tag)
            for note in found:
                self._end(note, member, now)
            return tag

    def _tagged(self, account: Account, tag: str) -> list[Note]:
        """Return where a person was given a tag: on each of the linked accounts at most once."""
        tags = _of(self._rows.notes(account), NoteKind.TAG)
        return [note for note in tags if note.text == tag]

    def _end(self, note: Note, member: Member, now: datetime) -> None:
        self._rows.end_note(note.id, member.id, now)
        self._rows.touch(note.account)
        self._route(now, note.account)
        done = _LOGGED[note.kind][1]
        self._log(done, note.account, member, now, item=note.item, detail=f"{note.id}")

    # ------------------------------------------------------------ accounts that are one person's

    def link(self, one: Account, other: Account, member: Member, now: datetime) -> int:
        """Keep a member's word that two accounts are one person's; return the link's number."""
        with self._store.writing():
            if one == other:
                raise RefusedError("That is one and the same account.")
            self._must_be_apart(one, other)
            number = self._rows.link(one, other, member.id, now)
            self._rows.touch(one)
            self._route(now, one)
            self._log_link("customer link", number, (one, other), member, now)
            return number

    def _must_be_apart(self, one: Account, other: Account) -> None:
        if other in self._rows.accounts(one):
            raise RefusedError("They are linked already.")

    def unlink(self, one: Account, other: Account, member: Member, now: datetime) -> None:
        """Take back that two accounts are one person's: the link between these two ends."""
        with self._store.writing():
            found = [
                link for link in self._rows.links(one) if {link.one, link.other} == {one, other}
            ]
            if not found:
                raise RefusedError("No link joins these two accounts.")
            for link in found:
                self._rows.touch(one)  # while both are still one person's
                self._rows.end_link(link.id, member.id, now)
                self._log_link("customer unlink", link.id, (one, other), member, now)
            self._route(now, one, other)

    def _route(self, now: datetime, *accounts: Account) -> None:
        """Hand the open items of these persons the policies that their tags now ask for."""
        if self._reroute is not None:
            items = (item for each in accounts for item in self._rows.listed_items(each))
            for item in dict.fromkeys(items):
                self._reroute(item, now)

    def _log_link(
        self, action: str, number: int, accounts: Sequence[Account], member: Member, now: datetime
    ) -> None:
        named = " and ".join(map(self._named, accounts))
        self._log(action, accounts[0], member, now, detail=f"{number}: {named}")

    def _named(self, account: Account) -> str:
        """Return what an account is called in the log, where no person is named."""
        known = self._rows.known(account)
        return f"{account.platform} {_number(known)}"

    # ------------------------------------------------------------ taking back

    def undo(self, member: Member, now: datetime, change: Change | None = None) -> Undone:
        """Take back a change, or a member's latest one, within five minutes."""
        with self._store.writing():
            found = change or self._rows.latest_change(member.id, now - UNDO_WINDOW)
            if found is None:
                raise RefusedError("You wrote nothing of a customer that can still be undone.")
            customers.may_undo(found.by, found.at, member, now)
            if found.wrote is Wrote.LINK:
                return self._undo_link(found, member, now)
            return self._undo_note(found, member, now)

    def change(self, wrote: Wrote, number: int, *, ended: bool) -> Change | None:
        """Return a change by what it was made to; None where it was followed by another."""
        row: Note | Link | None = (
            self._rows.note(number) if wrote is Wrote.NOTE else self._rows.link_by_id(number)
        )
        if row is None or (row.ended_at is not None) != ended:
            return None
        at, by = (row.ended_at, row.ended_by) if ended else (row.at, row.member)
        if at is None or by is None:
            return None
        return Change(wrote=wrote, id=number, ended=ended, at=at, by=by)

    def _undo_note(self, change: Change, member: Member, now: datetime) -> Undone:
        note = self._rows.note(change.id)
        if note is None:
            raise RefusedError("There is no note {number}.", number=change.id)
        if not change.ended:
            self._rows.end_note(note.id, member.id, now)
        elif note.kind is NoteKind.TAG and self._tagged(note.account, note.text):
            raise RefusedError("The tag #{tag} is there already.", tag=note.text)
        else:
            self._rows.revive_note(note.id)
        self._rows.touch(note.account)
        self._route(now, note.account)
        detail = f"{_LOGGED[note.kind][change.ended]} {note.id}"
        self._log("undo", note.account, member, now, item=note.item, detail=detail)
        return Undone(change=change, kind=note.kind, accounts=(note.account,))

    def _undo_link(self, change: Change, member: Member, now: datetime) -> Undone:
        link = self._rows.link_by_id(change.id)
        if link is None:
            raise RefusedError("No link joins these two accounts.")
        if change.ended:
            self._must_be_apart(link.one, link.other)  # they were linked anew meanwhile
            self._rows.revive_link(link.id)
        self._rows.touch(link.one)
        if not change.ended:
            self._rows.end_link(link.id, member.id, now)
        self._route(now, link.one, link.other)
        undone = "customer unlink" if change.ended else "customer link"
        self._log("undo", link.one, member, now, detail=f"{undone} {link.id}")
        return Undone(change=change, kind=None, accounts=(link.one, link.other))

    def _log(
        self,
        action: str,
        account: Account,
        member: Member,
        now: datetime,
        *,
        item: ItemId | None = None,
        detail: str = "",
    ) -> None:
        known = self._rows.known(account)
        about = item or known.item
        told = detail or ("" if about else self._named(account))
        self._store.people.log(now, action, actor=member, item=about, detail=told)


def _of(notes: Sequence[Note], kind: NoteKind) -> tuple[Note, ...]:
    return tuple(note for note in notes if note.kind is kind)


def _number(known: Known) -> str:
    if known.item is not None:
        return f"#{known.item}"
    return f"post {known.post}" if known.post is not None else "account"
