"""/shift and /handover at the front desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat.incoming import MembershipChanged
from bot.chat.taps import TapKind
from bot.chat.text import plain
from monitor.model import ItemId, Role, State
from monitor.store.outbox import Kind
from tests.bot.chat.front_desk_case import (
    EMRE,
    LENA,
    SETTINGS,
    VERA,
    ZUZANA,
    Counter,
    a_counter,
)
from tests.builders import at, minutes

# NOON is a Friday, 13:00 in Bratislava.
SHIFTS = """
[[shift]]
name = "early"
chat = "care"
mon = ["08:00-16:00"]
fri = ["08:00-16:00"]
members = ["Zuzana"]
reserve = ["Emre"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Counter]:
    opened = a_counter(tmp_path, settings_text=SETTINGS + SHIFTS)
    yield opened
    opened.bench.store.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Counter]:
    """A desk whose settings plan no shifts."""
    opened = a_counter(tmp_path)
    yield opened
    opened.bench.store.close()


def test_anybody_may_see_who_is_on_shift_and_until_when(desk: Counter) -> None:
    said = desk.command("/shift", who=VERA).split("\n")

    assert said[:4] == [
        "On shift",
        "Zuzana until 16:00 (early)",
        "Steps in: Emre",
        "Next: Zuzana from 9 Mar 08:00",
    ]


def test_where_no_shifts_are_planned_it_says_so(bare: Counter) -> None:
    said = bare.command("/shift").split("\n")

    assert said[:2] == [
        "Nobody is on shift",
        "No shifts are planned; /shift on puts you on shift.",
    ]


def test_who_comes_is_on_shift_for_as_long_as_they_say(bare: Counter) -> None:
    said = bare.command("/shift on 4h", who=EMRE)

    assert said == "Emre is on shift until 17:00."
    assert "Emre until 17:00" in bare.command("/shift")


def test_a_time_of_day_is_the_chats_own_and_the_next_to_come(bare: Counter) -> None:
    assert bare.command("/shift on 15:30", who=EMRE) == "Emre is on shift until 15:30."
    assert bare.command("/shift on 12:00", who=EMRE) == "Emre is on shift until 7 Mar 12:00."


def test_who_goes_is_off_until_their_duty_would_have_ended(desk: Counter) -> None:
    said = desk.command("/shift off")

    assert said == "Zuzana is off shift until 16:00.\nNobody is on shift now."
    desk.now = at("2026-03-09 08:00")
    assert "Zuzana until 16:00" in desk.command("/shift")


def test_who_goes_is_told_what_they_still_have(desk: Counter) -> None:
    item = desk.complain()
    desk.tap(TapKind.CLAIM, item)

    said = desk.command("/shift hand-over Emre")

    assert said.split("\n")[-1] == (
        f"Zuzana still has #{item}: hand over or release what cannot wait."
    )


def test_who_is_not_on_shift_must_say_until_when(desk: Counter) -> None:
    assert "say until when" in desk.command("/shift off", who=EMRE)
    assert desk.command("/shift off 2026-03-10", who=EMRE).startswith(
        "Emre is off shift until 10 Mar 00:00."
    )


def test_a_lead_changes_the_shift_of_others_and_an_agent_does_not(desk: Counter) -> None:
    refused = desk.command("/shift off Zuzana", who=EMRE)
    done = desk.command("/shift off zuzana 30m", who=LENA)

    assert refused == "Only a lead can change the shift of somebody else."
    assert done.startswith("Zuzana is off shift until 13:30.")


def test_somebody_stands_in_until_the_duty_ends(desk: Counter) -> None:
    said = desk.command("/shift hand-over Emre")

    assert said == "Emre stands in for Zuzana until 16:00."
    assert "Emre until 16:00" in desk.command("/shift")


def test_a_shift_that_one_does_not_have_cannot_be_handed_over(desk: Counter) -> None:
    assert desk.command("/shift hand-over Zuzana", who=EMRE) == "You are not on shift."


def test_a_change_is_undone_and_stands_in_the_log(desk: Counter) -> None:
    desk.command("/shift off 2h")
    said = desk.command("/shift undo")

    assert said.startswith("Undone.\nOn shift\nZuzana until 16:00")
    assert [(each.actor_name, each.action) for each in desk.log()][-2:] == [
        ("Zuzana", "shift"),
        ("Zuzana", "shift undo"),
    ]
    assert "changed nothing" in desk.command("/shift undo")


def test_viewers_change_nothing(desk: Counter) -> None:
    assert desk.command("/shift on", who=VERA).startswith("Viewers read")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("/shift sideways", "Write /shift, /shift on 4h", id="an unknown word"),
        pytest.param("/shift on Emra", "Did you mean Emre?", id="a name that is mistyped"),
        pytest.param("/shift on Emre later", 'Until when is "later"?', id="a time that is none"),
        pytest.param("/shift hand-over", "To whom?", id="nobody named"),
        pytest.param("/shift private maybe", "/shift private off", id="neither on nor off"),
    ],
)
def test_what_is_mistyped_is_told_how_it_is_written(desk: Counter, written: str, said: str) -> None:
    assert said in desk.command(written, who=LENA)


def test_alone_with_the_bot_a_change_holds_everywhere(desk: Counter) -> None:
    desk.command("/shift on 2h", who=EMRE, chat=EMRE.telegram_id)

    (change,) = desk.bench.store.shifts.changes(desk.now)

    assert change.chat is None


def test_who_writes_in_private_is_reachable_until_they_block_the_bot(desk: Counter) -> None:
    before = desk.member(ZUZANA).reachable
    desk.command("/mine", chat=ZUZANA.telegram_id)
    after = desk.member(ZUZANA).reachable
    desk.hear(
        MembershipChanged(
            update_id=desk.next_update(),
            chat_id=ZUZANA.telegram_id,
            person=ZUZANA,
            title="Zuzana",
            present=False,
        )
    )

    assert (before, after, desk.member(ZUZANA).reachable) == (False, True, False)


def test_the_board_shows_who_is_on_shift(desk: Counter) -> None:
    during = plain(desk.dispatch._drawing.board("care", desk.now).message.text)
    after = plain(desk.dispatch._drawing.board("care", at("2026-03-06 18:00")).message.text)

    assert "👥 Zuzana until 16:00" in during
    assert "👥 nobody is on shift until 9 Mar 08:00" in after


# ---------------------------------------------------------------- items that change hands


def claimed(desk: Counter) -> ItemId:
    item = desk.complain()
    desk.tap(TapKind.CLAIM, item)
    desk.deliver()
    return item


def card(desk: Counter, item: int) -> str:
    drawn = desk.dispatch._drawing.card(ItemId(item), "care", desk.now)
    assert drawn is not None
    return plain(drawn.message.text)


def test_an_item_is_handed_over_with_a_note_that_stands_on_its_card(desk: Counter) -> None:
    item = claimed(desk)

    said = desk.command(f"/handover {item} Emre she writes Turkish")

    assert said == f"#{item}: Emre has it now."
    assert "Emre has it" in card(desk, item)
    assert "Handed over by Zuzana: she writes Turkish" in card(desk, item)


def test_under_its_card_no_number_is_needed(desk: Counter) -> None:
    item = claimed(desk)

    assert desk.command("/handover emre", reply_to=desk.under(item)) == f"#{item}: Emre has it now."


def test_only_its_owner_or_a_lead_hands_an_item_over(desk: Counter) -> None:
    item = claimed(desk)

    assert "Only its owner or a lead" in desk.command(f"/handover {item} Lena", who=EMRE)
    assert "Emre has it now" in desk.command(f"/handover {item} Emre", who=LENA)


def test_the_menu_names_who_is_on_shift_or_steps_in(desk: Counter) -> None:
    item = claimed(desk)
    desk.tap(TapKind.HAND_MENU, item)
    out = desk.sending.take(desk.now, (), ())

    assert out is not None
    assert out.parcel.kind is Kind.EDIT
    assert [[button.label for button in row] for row in out.drawn.message.buttons] == [
        ["Emre"],
        ["Take over (leads)"],
        ["◂ Back"],
    ]


def test_a_tap_in_the_menu_hands_over(desk: Counter) -> None:
    item = claimed(desk)

    answer = desk.tap(TapKind.HAND_OVER, item, str(desk.member(EMRE).id))

    assert answer.text.startswith("Emre has it now.")
    assert desk.bench.item(item, desk.now).item.owner == desk.member(EMRE).id


def test_a_hand_over_to_somebody_who_left_is_refused(desk: Counter) -> None:
    item = claimed(desk)

    assert desk.tap(TapKind.HAND_OVER, item, "99").text == "This member is not here any more."


def test_a_lead_takes_over_and_an_agent_does_not(desk: Counter) -> None:
    item = claimed(desk)

    refused = desk.tap(TapKind.TAKE_OVER, item, who=EMRE)
    taken = desk.tap(TapKind.TAKE_OVER, item, who=LENA)

    assert refused.text == "Only a lead can take over what somebody else has."
    assert taken.text == "It is yours for 20 minutes."
    assert "Lena has it" in card(desk, item)
    assert "Taken over" in card(desk, item)


def test_who_handed_over_undoes_it_by_the_button(desk: Counter) -> None:
    item = claimed(desk)
    desk.command(f"/handover {item} Emre")
    desk.now += minutes(1)
    desk.deliver()

    assert desk.tap(TapKind.UNDO, item).text == "Undone."
    standing = desk.bench.item(item, desk.now).item
    assert (standing.owner, standing.state) == (desk.member(ZUZANA).id, State.CLAIMED)


def test_the_items_story_tells_who_gave_it_to_whom(desk: Counter) -> None:
    item = claimed(desk)
    desk.command(f"/handover {item} Emre she writes Turkish")

    assert "Zuzana handed it over to Emre: she writes Turkish" in desk.command(f"/item {item}")


def test_a_second_hand_over_is_told_to_the_lead(desk: Counter) -> None:
    item = claimed(desk)
    desk.command(f"/handover {item} Emre")
    desk.command(f"/handover {item} Zuzana", who=EMRE)

    desk.bench.tick(desk.now + minutes(0.1))

    assert "handed_over" in [notice.kind for notice in desk.bench.told]


def test_a_day_beyond_all_calendars_is_no_time(desk: Counter) -> None:
    assert "Nobody here is called" in desk.command("/shift off 0001-01-01")


def test_an_item_from_a_colleague_of_the_same_name_is_handed_over_not_taken(desk: Counter) -> None:
    with desk.bench.store.writing():
        other = desk.bench.store.people.join("Zuzana", 77, Role.AGENT, desk.now)
    item = desk.complain()
    desk.tap(TapKind.CLAIM, item)

    desk.tap(TapKind.HAND_OVER, item, str(other.id))

    assert "Handed over by Zuzana" in card(desk, item)
    assert "Taken over" not in card(desk, item)
