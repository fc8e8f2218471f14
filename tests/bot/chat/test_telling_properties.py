"""Whatever is planned, changed and hushed: what is held is told, and nobody is told for nothing."""

import json
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import ItemId, Notice, NoticeKind, Target
from monitor.store.outbox import Kind, Parcel
from tests.bot.chat.front_desk_case import CARE, EMRE, LENA, SETTINGS, ZUZANA, Counter, a_counter
from tests.builders import NOON, a_mention, minutes

PEOPLE = (ZUZANA, EMRE, LENA)
ITEMS = 3
_HOURS = ("00:00-06:00", "06:00-12:00", "09:30-17:45", "12:00-20:00", "20:00-04:00")
_QUIET = ("", "22:00-07:00", "12:30-13:30", "00:00-23:59")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TELLS = ("chat", "on shift", "owner", "reserve", "lead", "manager")


@st.composite
def some_settings(draw: st.DrawFn) -> str:
    quiet = draw(st.sampled_from(_QUIET))
    breaches = draw(st.booleans())
    chat = "" if not quiet else f'quiet = ["{quiet}"]\nquiet_breaches = {str(breaches).lower()}\n'
    text = SETTINGS.replace("id = -1001\n", f"id = -1001\n{chat}")
    for number in range(draw(st.integers(0, 2))):
        days = draw(st.sets(st.sampled_from(_DAYS), min_size=1))
        span = draw(st.sampled_from(_HOURS))
        hours = "\n".join(f'{day} = ["{span}"]' for day in sorted(days))
        name = draw(st.sampled_from(["Zuzana", "Emre", "Lena", "Nobody"]))
        text += f'\n[[shift]]\nname = "s{number}"\nmembers = ["{name}"]\n{hours}\n'
    return text


@st.composite
def some_notices(draw: st.DrawFn) -> list[tuple[int, Notice]]:
    """Return (minutes after noon, notice) of clocks that still run, each told once."""
    found = {}
    for _ in range(draw(st.integers(1, 6))):
        share = draw(st.sampled_from([0.5, 0.8, 1.0, 2.0]))
        kind = NoticeKind.BREACH if share == 1.0 else NoticeKind.STEP
        item = ItemId(draw(st.integers(1, ITEMS)))
        notice = Notice(
            kind=kind,
            item=item,
            name=f"first_response:1:{share * 100:.10g}%",
            at=NOON,
            tell=draw(st.sampled_from(_TELLS)),
            target=Target.FIRST_RESPONSE,
            share=share,
        )
        found[item, notice.name] = (draw(st.integers(0, 3000)), notice)
    return sorted(found.values(), key=lambda each: each[0])


def a_desk(folder: Path, text: str) -> Counter:
    """Return a desk at which some items wait."""
    desk = a_counter(folder, settings_text=text)
    for number in range(ITEMS):
        desk.bench.take(
            a_mention(f"Acme complaint {number}", key=f"sample:{number}", author=f"a{number}")
        )
    return desk


def queued(desk: Counter) -> list[tuple[Parcel, dict[str, object]]]:
    """Return each notice that waits to be sent, with its parcel."""
    parcels = [
        parcel
        for chat in (CARE, *(person.telegram_id for person in PEOPLE))
        for parcel in desk.waiting(Kind.NOTICE, chat)
    ]
    return [
        (parcel, entry) for parcel in parcels for entry in json.loads(parcel.payload)["notices"]
    ]


def told_names(desk: Counter) -> set[tuple[int, str]]:
    return {(int(str(entry["item"])), str(entry["name"])) for _, entry in queued(desk)}


@settings(max_examples=30, deadline=None)
@given(
    text=some_settings(),
    notices=some_notices(),
    alone=st.sets(st.sampled_from(PEOPLE)),
    comes=st.integers(0, 4000),
)
def test_every_notice_is_told_or_was_overtaken_by_its_breach(
    text: str, notices: list[tuple[int, Notice]], alone: set[object], comes: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = a_desk(Path(folder), text)
        for person in alone:
            desk.command("/mine", who=person, chat=person.telegram_id)  # type: ignore[arg-type,attr-defined]
        _play(desk, notices, NOON + minutes(comes))

        told = told_names(desk)
        desk.bench.store.close()

    breached = {one.item for _, one in notices if one.share and one.share >= 1.0}
    missing = {(one.item, one.name) for _, one in notices} - told
    assert {item for item, _ in missing} <= breached
    assert not any(name.endswith(("100%", "200%")) for _, name in missing)


def _play(desk: Counter, notices: list[tuple[int, Notice]], comes: datetime) -> None:
    """Tell each notice at its minute, let somebody come at `comes`, and let five weeks pass."""
    store, came = desk.bench.store, False
    for minute, notice in notices:
        now = NOON + minutes(minute)
        if now >= comes and not came:
            came = True
            desk.now = now
            desk.command("/shift on 1h", who=EMRE)
        desk.dispatch.release(now)
        with store.writing():
            standing = desk.bench.item(notice.item, now)
            store.events.tell(notice.item, [notice.name], now)
            desk.dispatch.announce(standing, (notice,), now)
    while held := store.shifts.held():
        now = min(one.until for one in held)
        assert now < NOON + timedelta(weeks=6)  # nothing is held for ever
        before = {(one.notice.item, one.notice.name, one.until) for one in held}
        desk.dispatch.release(now)
        after = {(one.notice.item, one.notice.name, one.until) for one in store.shifts.held()}
        assert before != after  # a notice that is held waits for a later instant, never for its own


@settings(max_examples=15, deadline=None)
@given(text=some_settings(), notices=some_notices())
def test_a_missed_target_is_never_held_unless_the_quiet_says_so(
    text: str, notices: list[tuple[int, Notice]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = a_desk(Path(folder), text)
        for minute, notice in notices:
            now = NOON + minutes(minute)
            with desk.bench.store.writing():
                desk.dispatch.announce(desk.bench.item(notice.item, now), (notice,), now)
        held = [one.notice for one in desk.bench.store.shifts.held()]
        desk.bench.store.close()

    if "quiet_breaches = true" not in text:
        assert not any(notice.share and notice.share >= 1.0 for notice in held)
