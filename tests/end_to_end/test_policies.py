"""Policies that are applied while the desk is at work: both processes go by the same ones."""

from tests.end_to_end.test_run import BROKEN, LATE
from tests.end_to_end.world import World

CALM = {"name": "calm", "first_response": "8h"}
STRICT = {"name": "calm", "first_response": "2h"}


def editions(world: World) -> set[int]:
    return {row["policy_version"] for row in world.rows("SELECT policy_version FROM items")}


def test_what_is_applied_beside_the_desk_holds_for_old_and_new_items(world: World) -> None:
    world.configure(policy=[CALM])
    world.run()
    old = world.reddit.add_submission(BROKEN, author="jana")
    before = world.card(old).text

    world.configure(policy=[STRICT])
    tried = world.answer("policy", "apply", "--dry-run")
    applied = world.answer("policy", "apply")
    new = world.reddit.add_submission(LATE, author="petra")
    world.until(lambda: world.cards_of(new), "the card of the new post", alive=False)

    assert (tried["moved"], tried["edition"], applied["edition"]) == (0, 2, 2)
    assert editions(world) == {2}
    found = {one["id"]: one["policy_version"] for one in clocks(world, old, new)}
    assert set(found.values()) == {2}
    world.until(lambda: world.cards_of(old)[0].text != before, "a new due time", alive=False)


def clocks(world: World, *posts: str) -> list[dict[str, int]]:
    """Return the version of the policy that the newest part of each first response went by."""
    known = []
    for post in posts:
        explained = world.answer("why", str(world.item(post)))
        first = next(one for one in explained["clocks"] if one["target"] == "first_response")
        version = first["segments"][-1]["policy_version"]
        known.append({"id": explained["id"], "policy_version": version})
    return known
