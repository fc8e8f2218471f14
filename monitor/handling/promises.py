"""Promises to customers: made, settled and told of, each in one transaction."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from monitor.clock.timeline import UNDO_WINDOW
from monitor.desk import promises
from monitor.desk.customers import may_undo
from monitor.desk.promises import Kept, Promise, Told
from monitor.errors import RefusedError, StoreError
from monitor.handling.ledger import Ledger, Standing
from monitor.model import ItemId, Member, Notice, NoticeKind, State

Announce = Callable[[Standing, tuple[Notice, ...], datetime], None]
MOST_STANDING = 5  # promises on one item that nobody has settled
_LONGEST_CHAIN = 20  # of items that were merged
_KINDS = {Told.SOON: NoticeKind.PROMISE_SOON, Told.PAST: NoticeKind.PROMISE_PAST}
_log = logging.getLogger(__name__)


class PromiseBook:
    """What customers were promised. One belongs to one thread, as its store does.

    Every act may raise `RefusedError`, whose message is for the member who acted.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._store = ledger.store
        self._rows = ledger.store.promises

    def make(
        self, item: ItemId, text: str, due_at: datetime, member: Member, now: datetime
    ) -> Promise:
        """Keep a promise that a member made on an item, and return it."""
        said = promises.promised(text, due_at, now)
        with self._store.writing():
            self._must_stand(item, now)
            if len(self._rows.standing(item)) >= MOST_STANDING:
                raise RefusedError("There are {most} promises on it already.", most=MOST_STANDING)
            made = self._rows.make(item, said, due_at, member.id, now)
            self._changed(made, "promise", member, now)
            return made

    def _must_stand(self, item: ItemId, now: datetime) -> None:
        state = self._ledger.standing(item, now).item.state
        if state is State.VOID:
            raise RefusedError(
                "#{item} is dismissed: promise it on an item that is open.", item=item
            )

    def settle(self, number: int, said: Kept, member: Member, now: datetime) -> Promise:
        """Write a member's word on what became of a promise, and return it as it stands now."""
        with self._store.writing():
            found = self._found(number)
            became = promises.outcome(found, said, now)
            self._rows.settle(number, became, member.id, now)
            self._changed(found, f"promise {became}", member, now)
            return self._found(number)

    def unsettle(self, number: int, member: Member, now: datetime) -> Promise:
        """Take back what a member said of a promise, within five minutes."""
        with self._store.writing():
            found = self._found(number)
            if found.outcome is None or found.settled_at is None:
                raise RefusedError("It stands: there is nothing to undo.")
            may_undo(found.settled_by, found.settled_at, member, now)
            self._rows.reopen(found)
            self._changed(found, "undo", member, now)
            return self._found(number)

    def undoable(self, promise: Promise, now: datetime) -> bool:
        """Return whether what was said of a promise can still be taken back."""
        return promise.settled_at is not None and now - promise.settled_at <= UNDO_WINDOW

    def _found(self, number: int) -> Promise:
        found = self._rows.get(number)
        if found is None:
            raise RefusedError("There is no such promise.")
        return found

    def _changed(self, promise: Promise, action: str, member: Member, now: datetime) -> None:
        self._touch(promise.item)
        detail = f"promise {promise.id}"
        self._store.people.log(now, action, actor=member, item=promise.item, detail=detail)

    # ------------------------------------------------------------ what time does to them

    def tell(self, announce: Announce, now: datetime) -> int:
        """Announce the promises that come near or were not kept; return how many.

        Each is told once before its time and once after it; after a standstill, only the latter.
        `announce` is called inside the transaction that marks it told.
        """
        told = 0
        for promise in self._rows.to_tell(now):
            what = promise.tells(now)
            told += what is not None and self._tell_safely(promise, what, announce, now)
        return told

    def _tell_safely(self, promise: Promise, what: Told, announce: Announce, now: datetime) -> bool:
        """Tell of a promise; one on which we fail is tried again, and stops no other."""
        try:
            with self._store.writing():
                return self._tell(promise, what, announce, now)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - one promise must not silence all others
            _log.exception("promise %d could not be told of", promise.id)
            return False

    def _tell(self, promise: Promise, what: Told, announce: Announce, now: datetime) -> bool:
        standing = self._root(promise.item, now)
        self._rows.told(promise, what)
        self._touch(promise.item)
        announce(standing, tuple(self._notices(promise, what, standing)), now)
        return True

    def _touch(self, item: ItemId) -> None:
        """Have the cards drawn anew that show the promise: of the item, and of where it went on."""
        for each in self._going_on(item):
            self._store.items.touch(each)

    def _root(self, item: ItemId, now: datetime) -> Standing:
        """Return the item that goes on for one that was merged."""
        *_, root = self._going_on(item)
        return self._ledger.standing(root, now)

    def _going_on(self, item: ItemId) -> Iterator[ItemId]:
        """Yield an item and what it was merged into, perhaps more than once."""
        into: ItemId | None = item
        for _ in range(_LONGEST_CHAIN):
            if into is None:
                return
            yield into
            listed = self._store.items.get(into)
            into = listed.item.merged_into if listed is not None else None

    def _notices(self, promise: Promise, what: Told, standing: Standing) -> Iterator[Notice]:
        """Yield whom to tell: who has the item, else who promised; of what is past, a lead too.

        An owner who left the team has nothing any more.
        """
        there = {member.id for member in self._store.people.members()}
        has_it = standing.item.owner
        owner = has_it if has_it is not None and has_it in there else promise.member
        told = Notice(
            kind=_KINDS[what],
            item=standing.item.id,
            name=f"promise:{promise.id}:{what}:owner",
            at=promise.due_at if what is Told.PAST else promise.remind_at,
            tell="owner",
            to=(owner,),
        )
        yield told
        if what is Told.PAST:
            yield replace(told, name=f"promise:{promise.id}:{what}:lead", tell="lead", to=())
