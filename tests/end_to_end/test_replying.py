"""Answering from the chat, end to end: exactly one comment stands, whatever breaks in between."""

from tests.end_to_end.test_run import BROKEN, LATE, link
from tests.end_to_end.world import ADA, CHAT, World, item_of
from tests.servers.bot_api_state import Stored
from tests.servers.loopback import Asked

SORRY = "So sorry. A new one is on its way to you, and the return label is in your inbox."
POSTING = r"POST /api/comment"


def a_draft(world: World, post: str) -> tuple[Stored, Stored]:
    """Return the card of a post and the preview of an answer to it."""
    card = world.card(post)
    world.tap(card, "Reply")
    asked = world.says(f"#{item_of(card)} · Ada, what do you answer")
    assert asked.force_reply is not None
    world.telegram.state.say(CHAT, SORRY, ADA, reply_to=asked.message_id)
    return card, world.says(f"#{item_of(card)} · Ada to ")


def a_draft_in_private(world: World, post: str) -> Stored:
    """Return the preview of an answer that a member gave alone with the bot."""
    item = item_of(world.card(post))
    world.telegram.state.say(ADA, f"/reply {item} {SORRY}", ADA)
    return world.says(f"#{item} · Ada to ", ADA)


def comments(world: World, post: str) -> list[str]:
    """Return what stands under a post by the brand's account."""
    return [
        thing["body"]
        for thing in world.reddit.things.values()
        if thing.get("parent_id") == post and thing["author"] == "acme_care"
    ]


def test_an_answer_is_shown_sent_once_and_told_whatever_reddit_says_to_it(world: World) -> None:
    link(world)
    world.run()
    posts = [world.reddit.add_submission(text, author="jana") for text in (BROKEN, LATE)]
    (card, preview), (_, locked) = (a_draft(world, post) for post in posts)
    assert SORRY in preview.text
    assert f"{len(SORRY)} of 10,000" in preview.text
    world.reddit.lock(posts[1])
    world.reddit.fault("lost_answer", path=POSTING, times=1)

    told = [world.answered(each) for each in [world.tap(preview, "Send") for _ in range(2)]]
    world.reads(card, "from here")
    world.tap(locked, "Send")
    refusal = world.says("Not sent")

    assert told == ["It is being sent.", "It was sent off already: once is enough."]
    assert SORRY in refusal.text
    assert [comments(world, post) for post in posts] == [[SORRY], []]
    item = world.answer("item", str(world.item(posts[0])))
    assert (item["answer"]["proven"], item["answer"]["by"]) == (True, "Ada")
    assert item["answer"]["url"].startswith(world.reddit.url)


def test_a_kill_between_confirm_and_sent_leaves_exactly_one_comment(world: World) -> None:
    link(world)
    world.run()
    posts = [world.reddit.add_submission(text, author="jana") for text in (BROKEN, LATE)]
    previews = [a_draft_in_private(world, post) for post in posts]

    def die(asked: Asked) -> None:
        if "api/comment" in asked.path:
            world.running.kill()

    world.reddit.fault("hang", path=r"/user/acme_care", seconds=2.0)
    world.tap(previews[0], "Send")  # before the platform was called
    world.until(lambda: world.rows("SELECT 1 FROM replies WHERE state = 'confirmed'"), "Send")
    world.running.kill()
    world.reddit.clear_faults()
    world.run()
    world.until(lambda: comments(world, posts[0]), "the first comment")
    world.reddit.before_answer = die
    world.tap(previews[1], "Send")  # the platform takes it, and nobody hears that
    world.until(lambda: not world.running.running, "the death of the desk", alive=False)
    world.reddit.before_answer = None
    world.run()

    for post in posts:
        world.reads(world.cards_of(post)[0], "from here")
    assert [comments(world, post) for post in posts] == [[SORRY], [SORRY]]
    assert {row["state"] for row in world.rows("SELECT state FROM replies")} == {"sent"}
