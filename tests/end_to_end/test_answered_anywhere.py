"""An answer that no timeline tells of: the desk reads the conversation itself."""

import time

import pytest

from tests.end_to_end.test_run import BROKEN, LATE, link, seconds
from tests.end_to_end.world import ADA, World

SOON = {"name": "soon", "first_response": "5s", "claim": "1h"}


def reply(world: World, post: str, at: float) -> None:
    """Answer a post where no listing and no timeline shows it, only the conversation."""
    words = "A new one is on its way."
    world.reddit.add_comment(post, words, author="acme_care", at=at, listed=False)


def test_a_tap_of_answered_is_proven_by_the_conversation(world: World) -> None:
    link(world)
    world.run()
    world.says("linked as agent", ADA)
    post = world.reddit.add_submission(BROKEN, author="jana")
    card = world.card(post)
    replied_at = time.time()
    reply(world, post, replied_at)

    world.tap(card, "Answered")
    world.until(
        lambda: world.rows("SELECT id FROM items WHERE answer_proven = 1"),
        "the proof of the answer",
    )

    answer = world.answer("item", str(world.item(post)))["answer"]
    assert answer["proven"]
    assert seconds(answer["at"]) == pytest.approx(replied_at, abs=1)
    assert world.rows("SELECT looked_at FROM thread_looks")


def test_no_breach_is_told_of_what_was_answered_in_the_platforms_own_app(world: World) -> None:
    world.configure(policy=[SOON])
    world.run()
    answered = world.reddit.add_submission(BROKEN, author="jana")
    reply(world, answered, time.time())
    waiting = world.reddit.add_submission(LATE, author="petra")

    world.card(waiting)
    late = world.item(waiting)
    world.until(
        lambda: world.rows("SELECT 1 FROM told WHERE item_id = ? AND name LIKE '%100%'", late),
        "the breach of what nobody answered",
    )

    told = world.rows("SELECT item_id FROM told WHERE name LIKE 'first_response%100%'")
    assert [row["item_id"] for row in told] == [late]
