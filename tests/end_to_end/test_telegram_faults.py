"""What goes wrong between the desk and Telegram: nothing is lost, and one line says it."""

import threading

import httpx

from tests.end_to_end.test_run import BROKEN, LATE, link
from tests.end_to_end.world import CHAT, World, button
from tests.servers.bot_api_state import Stored

SUPERGROUP = -1009876543210


def lines(world: World, words: str) -> list[str]:
    """Return the lines of the log that hold `words`."""
    return [line for line in world.log().splitlines() if words in line]


def test_cards_come_after_an_outage_once_each(world: World) -> None:
    world.run()
    world.telegram.refuse()
    down = [world.reddit.add_submission(text) for text in (BROKEN, LATE)]
    world.until(lambda: world.item(down[1]), "the item of a post in the outage")
    world.telegram.listen()
    world.telegram.fault("status", "sendMessage", times=2, status=503)

    for post in down:
        world.card(post)

    world.until(lambda: lines(world, "messages arrive again"), "the end of the outage is told")
    assert len(lines(world, "sent when it answers again")) <= 2
    assert "Traceback" not in world.log()


def test_a_lost_answer_means_one_second_card_and_a_tap_on_the_orphan_folds_it(
    world: World,
) -> None:
    link(world)
    world.run()
    world.telegram.fault("swallow", "sendMessage", times=1)
    post = world.reddit.add_submission(BROKEN)

    orphan, card = world.until(lambda: two_cards(world, post), "the second card")
    data = button(orphan, "Claim")
    assert data is not None
    world.tap(orphan, "Claim")

    world.reads(card, "Ada")
    world.reads(orphan, "newer message")
    assert orphan.buttons == ()
    other = world.reddit.add_submission(LATE)
    world.card(other)
    assert len(world.cards_of(post)) == 2
    assert len(world.cards_of(other)) == 1


def two_cards(world: World, post: str) -> list[Stored]:
    found = world.cards_of(post)
    return found if len(found) == 2 else []


def test_a_wrong_token_is_one_line(world: World) -> None:
    world.environ["MENTIONDESK_TELEGRAM_TOKEN"] = "123456:AAnobody-knows-this-token-0123456789"

    process = world.command("run")

    assert process.code == 2
    assert process.err.splitlines() == [
        "mentiondesk: MENTIONDESK_TELEGRAM_TOKEN: the Bot API does not know this token"
    ]


def test_a_second_bot_on_the_same_token_is_told_in_one_line(world: World) -> None:
    world.run()
    ended = threading.Event()

    def poll() -> None:
        path = f"{world.telegram.base_url}{world.telegram.state.token}/getUpdates"
        while not ended.is_set():
            httpx.get(path, params={"timeout": 2}, timeout=10, trust_env=False)

    other = threading.Thread(target=poll)
    other.start()
    try:
        world.until(lambda: lines(world, "conflict"), "the conflict is told")
        card = world.card(world.reddit.add_submission(BROKEN))
    finally:
        ended.set()
        other.join()

    assert card.text
    assert len(lines(world, "conflict")) == 1
    assert "a second bot runs on the token" in lines(world, "conflict")[0]


def test_a_chat_that_removed_the_bot_gets_its_cards_when_it_lets_it_in_again(
    world: World,
) -> None:
    world.run()
    world.telegram.state.kick(CHAT)
    world.until(lambda: lines(world, "removed the bot"), "the removal is told")
    post = world.reddit.add_submission(BROKEN)
    world.until(lambda: world.item(post), "the item")

    world.telegram.state.readmit(CHAT)

    world.card(post)
    assert len(lines(world, "removed the bot")) == 1
    assert "Traceback" not in world.log()


def test_a_group_that_became_a_supergroup_is_followed(world: World) -> None:
    group = -4001
    world.telegram.state.add_chat(group)
    world.configure(chat=[{"name": "care", "id": group}])
    world.run()
    before = world.reddit.add_submission(BROKEN)
    world.card(before, group)

    world.telegram.state.migrate(group, SUPERGROUP)
    after = world.reddit.add_submission(LATE)

    world.card(after, SUPERGROUP)
    assert len(lines(world, "became the supergroup")) == 1


def test_a_card_for_a_closed_topic_comes_outside_it(world: World) -> None:
    forum = -1005550001
    world.telegram.state.add_chat(forum, topics=[12])
    world.configure(chat=[{"name": "care", "id": forum, "topic": 12}])
    world.run()
    first = world.card(world.reddit.add_submission(BROKEN), forum)
    world.telegram.state.close_topic(forum, 12)

    second = world.card(world.reddit.add_submission(LATE), forum)

    assert (first.topic, second.topic) == (12, None)
    assert lines(world, "is closed or gone")


def test_taps_in_an_outage_are_heard_afterwards_once(world: World) -> None:
    link(world)
    world.run()
    card = world.card(world.reddit.add_submission(BROKEN))
    world.telegram.fault("status", "getUpdates", times=3, status=502)
    query = world.tap(card, "Claim")

    world.reads(card, "Ada")

    assert "yours" in world.answered(query)
    claims = world.rows("SELECT 1 FROM audit WHERE action = 'claim' AND allowed = 1")
    assert len(claims) == 1
