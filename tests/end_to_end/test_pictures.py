"""The week's picture, asked for in a chat of a running desk."""

import pytest

from tests.end_to_end.test_run import BROKEN, link
from tests.end_to_end.world import ADA, CHAT, World
from tests.servers.bot_api_state import Stored


def photo(world: World) -> Stored:
    """Return the picture in the chat, once it stands."""
    return world.until(lambda: photos(world), "a picture")[0]


def photos(world: World) -> list[Stored]:
    return [each for each in world.telegram.state.messages(CHAT) if each.kind == "photo"]


def ask(world: World) -> None:
    """Ask for a picture, and return once the desk has heard it."""
    world.telegram.state.say(CHAT, "/heatmap", ADA)
    world.until(lambda: world.rows("SELECT 1 FROM outbox WHERE kind = 'picture'"), "the order")


def test_a_picture_comes_in_the_language_of_the_chat_with_what_came_in(world: World) -> None:
    chat = {"name": "care", "id": CHAT, "language": "ar"}
    world.configure(chat=[chat])
    link(world)
    world.run()
    world.says("Ada", ADA)
    world.card(world.reddit.add_submission(BROKEN, author="jana"))

    ask(world)

    stored = photo(world)
    assert stored.photo is not None
    assert (stored.photo["width"], stored.photo["height"]) == (1080, 1540)
    assert "UTC" in stored.text
    assert any("\u0600" <= letter <= "\u06ff" for letter in stored.text)  # the month, at least


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_picture_that_was_being_drawn_when_the_desk_ended_comes_after_the_next_start(
    world: World, end: str
) -> None:
    link(world)
    world.run()
    world.says("linked as agent", ADA)
    ask(world)

    code = getattr(world.running, end)()
    world.run()

    photo(world)
    assert code == 0 or end == "kill"
    world.until(lambda: not waiting(world), "nothing waits")
    assert len(photos(world)) == 1


def waiting(world: World) -> bool:
    return bool(world.rows("SELECT 1 FROM outbox WHERE kind = 'picture' AND state <> 'sent'"))
