"""From a post on Reddit to a card, a claim, an answer: the desk as a process, from outside."""

import json
import signal
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.end_to_end.world import ADA, STRANGER, World
from tests.servers.reddit import load_things

BROKEN = "My acme kettle broke after two days and nobody answers my emails. Unacceptable!"
LATE = "The acme delivery is three weeks late and support keeps hanging up on me. Terrible."
TWICE = "acme charged me twice for one order, I want my money back now!"


def link(world: World, user_id: int = ADA) -> None:
    """Let a person in as an agent, with a code made on the command line."""
    code = world.answer("team", "invite", "--role", "agent")["code"]
    process = world.processes.pop()
    assert not process.running
    world.telegram.state.say(user_id, f"/link {code}", user_id)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_post_is_shown_claimed_and_answered_at_the_replys_own_time_through_a_restart(
    world: World,
) -> None:
    link(world)
    world.run()
    world.says("linked as agent", ADA)
    posted_at = time.time() - 90
    post = world.reddit.add_submission(BROKEN, author="jana", at=posted_at)

    card = world.card(post)
    assert "Acme" in card.text
    assert "first response due" in card.text
    assert "@jana" in card.text
    assert "yours" in world.answered(world.tap(card, "Claim"))
    world.reads(card, "Ada")
    assert world.running.stop() == 0
    replied_at = time.time() - 30
    world.reddit.add_comment(
        post, "So sorry, a new one is on its way.", author="acme_care", at=replied_at
    )
    world.run()
    world.reads(card, "answered")

    item = world.answer("item", str(world.item(post)))
    assert item["state"] == "answered"
    assert item["answer"]["proven"]
    assert seconds(item["answer"]["at"]) == pytest.approx(replied_at, abs=1)
    assert item["customer_wait_s"] == pytest.approx(replied_at - posted_at, abs=1)
    assert [each["live"] for each in item["cards"]] == [True]
    assert len(world.cards()) == 1


def test_recorded_listings_searches_and_replies_are_replayed_through_a_restart(
    world: World, shared: Path
) -> None:
    brand = {"name": "Praw", "keywords": ["praw"], "own_accounts": {"reddit": ["paneer_burrito"]}}
    places = world.reddit_section(subreddits=["redditdev", "learnpython", "bugs"])
    world.configure(brand=[brand], connectors={"reddit": places})
    world.run()
    load_things(world.reddit, shared / "fixtures/reddit/exchanges.ndjson")
    reply = world.reddit.things.pop("t1_cklfmye")
    for thing in world.reddit.things.values():
        thing["created_utc"] = time.time()  # recorded years ago, too old to be looked at

    named = ["t3_3gpbiu", "t3_3x4kt2", "t3_3b4erh", "t3_1qvzkd", "t3_3qc02b"]
    cards = {name: world.card(name) for name in named}
    assert world.running.stop() == 0
    replied_at = time.time()
    asked = "t3_3x4kt2"  # what the recorded reply stood under asks nothing
    under = {"parent_id": asked, "link_id": asked, "created_utc": replied_at}
    world.reddit.add_thing({**reply, **under})
    world.run()
    world.reads(cards[asked], "answered")

    item = world.answer("item", str(world.item(asked)))
    assert seconds(item["answer"]["at"]) == pytest.approx(replied_at, abs=1)
    assert len(world.cards()) == len(named)


def test_every_recorded_error_of_reddit_is_survived(world: World, shared: Path) -> None:
    lines = (shared / "fixtures/reddit/errors.ndjson").read_text("utf-8").split("\n")
    answers = [json.loads(line) for line in lines if line.strip()]
    recorded = [answer for answer in answers if answer["method"] == "GET"]
    world.run()
    for answer in recorded:
        kind = answer["headers"].get("content-type") or "text/html"
        world.reddit.fault(
            "status",
            path=r"GET /(r|search|user)",
            times=1,
            status=answer["status"],
            body=answer["body"],
            headers={"content-type": kind},
        )

    post = world.reddit.add_submission(BROKEN)

    world.card(post)
    assert "Traceback" not in world.log()


def test_a_strangers_tap_is_refused_and_logged(world: World) -> None:
    world.run()
    card = world.card(world.reddit.add_submission(BROKEN))

    told = world.answered(world.tap(card, "Claim", STRANGER))

    assert "not linked" in told
    assert world.running.stop() == 0
    logged = [json.loads(line) for line in world.command("log", "--json").out.splitlines()]
    assert (logged[-1]["actor"]["telegram_id"], logged[-1]["allowed"]) == (STRANGER, False)
    assert "Claim" in str(card.buttons)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_a_clean_end(world: World, number: signal.Signals) -> None:
    process = world.run()

    code = process.stop(number)

    assert code == 0
    assert process.err == ""
    assert not world.telegram.polling


def test_a_second_run_on_the_same_database_is_told_in_one_line(world: World) -> None:
    first = world.run()

    second = world.begin("run")

    assert second.wait() == 1
    assert second.err.count("\n") == 1
    assert "another mentiondesk runs on this database" in second.err
    assert first.running
