"""The budgets: whatever is asked for, no window holds more than a chat service takes."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.budgets import GROUP_PER_MINUTE, OVERALL_PER_SECOND, Budgets

GROUP = -100
PERSON = 7

asked = st.lists(
    st.tuples(st.sampled_from([GROUP, GROUP - 1, PERSON]), st.booleans(), st.floats(0, 2)),
    max_size=120,
)


@settings(max_examples=60)
@given(asked)
def test_no_window_ever_holds_more_than_is_allowed(wishes: list[tuple[int, bool, float]]) -> None:
    budgets, now = Budgets(), 0.0
    sent: list[tuple[float, int]] = []

    for chat, edit, pause in wishes:
        now = budgets.free_at(chat, now + pause, edit=edit)
        budgets.spend(chat, now)
        sent.append((now, chat))

    for chat in (GROUP, GROUP - 1, PERSON):
        times = [at for at, where in sent if where == chat]
        assert all(later - earlier >= 1 - 1e-9 for earlier, later in pairwise(times))
        for at in times:
            within = [other for other in times if at <= other < at + 60 - 1e-6]
            assert chat > 0 or len(within) <= GROUP_PER_MINUTE
    every = [at for at, _ in sent]
    assert all(
        len([other for other in every if at <= other < at + 1 - 1e-6]) <= OVERALL_PER_SECOND
        for at in every
    )


def test_edits_leave_room_for_first_alerts() -> None:
    budgets, now = Budgets(), 0.0
    for _ in range(14):
        now = budgets.free_at(GROUP, now, edit=True)
        budgets.spend(GROUP, now)

    assert budgets.free_at(GROUP, now + 1, edit=True) >= 60
    assert budgets.free_at(GROUP, now + 1) == now + 1


def test_a_chat_that_asked_for_a_pause_gets_nothing_until_then() -> None:
    budgets = Budgets()
    budgets.hold(GROUP, 17.0)

    assert budgets.free_at(GROUP, 3.0) == 17.0
    assert budgets.free_at(PERSON, 3.0) == 3.0


def test_a_terminal_has_no_limits() -> None:
    budgets = Budgets(limited=False)
    for _ in range(50):
        budgets.spend(GROUP, 0.0)

    assert budgets.free_at(GROUP, 0.0) == 0.0
