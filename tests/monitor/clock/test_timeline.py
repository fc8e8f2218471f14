"""Which events count."""

from dataclasses import replace

from monitor.clock.timeline import effective
from monitor.model import EventKind
from tests.monitor.clock.builders import act, log, opened, reply, tap, undone


def test_an_undone_event_does_not_count_and_neither_does_the_undoing() -> None:
    events = log(opened("10:00"), tap("10:05"), undone("10:06", 2))

    assert [each.kind for each in effective(events)] == [EventKind.OPENED]


def test_an_undoing_may_itself_be_undone() -> None:
    events = log(opened("10:00"), tap("10:05"), undone("10:06", 2), undone("10:07", 3))

    assert [each.kind for each in effective(events)] == [EventKind.OPENED, EventKind.ANSWERED]


def test_undoing_the_undoing_of_an_undoing_takes_the_event_out_again() -> None:
    acts = (undone("10:06", 2), undone("10:07", 3), undone("10:08", 4))
    events = log(opened("10:00"), tap("10:05"), *acts)

    assert [each.kind for each in effective(events)] == [EventKind.OPENED]


def test_an_undoing_that_is_not_stored_yet_counts_already() -> None:
    stored = log(opened("10:00"), tap("10:05"))
    wish = replace(undone("10:06", 2), id=0)

    assert [each.kind for each in effective((*stored, wish))] == [EventKind.OPENED]


def test_an_event_cannot_be_undone_before_it_happened() -> None:
    events = log(opened("10:00"), undone("10:04", 3), tap("10:05"))

    assert [each.kind for each in effective(events)] == [EventKind.OPENED, EventKind.ANSWERED]


def test_events_come_by_time_of_effect_and_then_as_recorded() -> None:
    events = log(opened("10:00"), act(EventKind.CLAIMED, "10:10"), reply("10:05", "10:11"))
    claim, release = act(EventKind.CLAIMED, "10:10"), act(EventKind.RELEASED, "10:10")

    assert [each.id for each in effective(events)] == [1, 3, 2]
    assert [each.id for each in effective(log(opened("10:00"), claim, release))] == [1, 2, 3]
