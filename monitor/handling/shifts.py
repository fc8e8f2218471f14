"""Who is on shift now, and what members change of it: each act is checked, written and logged."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from monitor.desk.roles import may_act, may_take_over
from monitor.desk.shifts import BEHIND, Change, Duty, Quiet, Roster, planned
from monitor.errors import RefusedError
from monitor.model import Member, MemberId
from monitor.settings import Settings, brands
from monitor.store.shifts import Why
from monitor.store.store import Store

BY_DEFAULT = timedelta(hours=12)  # who comes without a word of how long
LONGEST = timedelta(days=60)
MOST_TAKERS = 8  # buttons in a menu


class Shifts:
    """The shifts of the settings, as members changed them. One belongs to one thread."""

    def __init__(self, store: Store, settings: Settings) -> None:
        known = brands(settings)
        self._store = store
        self._plan = planned(settings.shift, known)
        self._quiet = {chat.name: Quiet(chat) for chat in settings.chat}
        self._brands_of: Mapping[str, frozenset[str]] = {
            chat.name: frozenset(brand.name for brand in known if brand.chat == chat.name)
            for chat in settings.chat
        }

    def roster(self, now: datetime) -> Roster:
        """Return who is on shift when, as things stand."""
        return Roster(
            self._plan,
            self._store.shifts.changes(now - BEHIND),
            self._acting(),
            self._brands_of,
        )

    def unknown(self) -> tuple[tuple[str, str], ...]:
        """Return (shift, name) for each name of the settings that is nobody's who may act."""
        known = Roster((), (), self._acting(), {})
        return tuple(
            (shift.name, name)
            for shift in self._plan
            for name in (*shift.members, *shift.reserve)
            if not known.known(name)
        )

    def _acting(self) -> tuple[Member, ...]:
        """Return who can be on shift: a viewer, who can do nothing, is told nothing."""
        return tuple(each for each in self._store.people.members() if may_act(each.role))

    def quiet_until(self, chat: str, now: datetime) -> datetime | None:
        """Return when the quiet that holds in a chat ends, None where none does."""
        quiet = self._quiet.get(chat)
        return quiet.until(now) if quiet else None

    def silences_breaches(self, chat: str) -> bool:
        """Return whether even breaches wait for the end of a chat's quiet."""
        quiet = self._quiet.get(chat)
        return quiet is not None and quiet.breaches

    def duty(self, member: Member, served: Collection[str], now: datetime) -> Duty | None:
        """Return the duty of a member at `now` for these brands, None for who is not on shift."""
        there = self.roster(now).on(served, now)
        return next((duty for duty in there if duty.member.id == member.id), None)

    def takers(self, brand: str, owner: MemberId | None, now: datetime) -> tuple[Member, ...]:
        """Return to whom an item may be handed over: who is on shift or steps in, else all."""
        roster = self.roster(now)
        near = (*roster.there([brand], now), *roster.stand_ins([brand], now))
        there = [each for each in near if each.id != owner]
        return tuple(there or (each for each in self._acting() if each.id != owner))[:MOST_TAKERS]

    # ------------------------------------------------------------ what members change

    def come(
        self, member: Member, by: Member, chat: str | None, until: datetime | None, now: datetime
    ) -> datetime:
        """Put a member on shift from `now` on, and return until when."""
        _may_change(by, member)
        if not may_act(member.role):
            raise RefusedError("{name} is a viewer: viewers do not act.", name=member.name)
        end = _bounded(until or now + BY_DEFAULT, now)
        self._write(f"{member.name} on", by, now, end, chat, comes=member)
        return end

    def go(
        self,
        member: Member,
        by: Member,
        chat: str | None,
        served: Collection[str],
        until: datetime | None,
        now: datetime,
    ) -> datetime:
        """Take a member off shift from `now` on, by default until the duty would have ended."""
        _may_change(by, member)
        end = self._end(member, served, until, now)
        self._write(f"{member.name} off", by, now, end, chat, goes=member)
        return end

    def hand_over(
        self,
        giver: Member,
        taker: Member,
        chat: str | None,
        served: Collection[str],
        until: datetime | None,
        now: datetime,
    ) -> datetime:
        """Let one member stand in for the other, by default until the duty ends."""
        if taker.id == giver.id:
            raise RefusedError("A shift is handed over to somebody else.")
        if not may_act(taker.role):
            raise RefusedError("{name} is a viewer: viewers do not act.", name=taker.name)
        if self.duty(giver, served, now) is None:
            raise RefusedError("You are not on shift.")
        end = self._end(giver, served, until, now)
        self._write(f"to {taker.name}", giver, now, end, chat, comes=taker, goes=giver)
        return end

    def undo(self, by: Member, now: datetime) -> Change:
        """Take back the latest change that a member made and that still holds, and return it."""
        mine = [each for each in self._store.shifts.changes(now) if each.made_by == by.id]
        if not mine:
            raise RefusedError("You changed nothing of the shifts that still holds.")
        with self._store.writing():
            self._store.shifts.undo(mine[-1].id, now)
            self._store.people.log(now, "shift undo", actor=by)
            self._store.shifts.look_again(now, Why.NOBODY)
        return mine[-1]

    def private(self, member: Member, now: datetime, *, wanted: bool) -> None:
        """Keep whether a member wants private messages."""
        with self._store.writing():
            self._store.shifts.private(member.id, wanted=wanted)
            detail = "private messages " + ("on" if wanted else "off")
            self._store.people.log(now, "shift", actor=member, detail=detail)

    def _end(
        self, member: Member, served: Collection[str], until: datetime | None, now: datetime
    ) -> datetime:
        duty = self.duty(member, served, now)
        if until is None and duty is None:
            raise RefusedError(
                "{name} is not on shift now: say until when, such as 8h or 18:00.",
                name=member.name,
            )
        return _bounded(until or (duty.until if duty else now), now)

    def _write(
        self,
        what: str,
        by: Member,
        now: datetime,
        until: datetime,
        chat: str | None,
        *,
        comes: Member | None = None,
        goes: Member | None = None,
    ) -> None:
        where = f" in {chat}" if chat else ""
        with self._store.writing():
            self._store.shifts.change(
                since=now,
                until=until,
                made_by=by.id,
                comes=comes.id if comes else None,
                goes=goes.id if goes else None,
                chat=chat,
            )
            detail = f"{what}{where} until {until.isoformat(timespec='minutes')}"
            self._store.people.log(now, "shift", actor=by, detail=detail)
            self._store.shifts.look_again(now, Why.NOBODY)


def _may_change(by: Member, member: Member) -> None:
    if by.id != member.id and not may_take_over(by.role):
        raise RefusedError("Only a lead can change the shift of somebody else.")


def _bounded(until: datetime, now: datetime) -> datetime:
    if until <= now:
        raise RefusedError("That time has passed.")
    return min(until, now + LONGEST)
