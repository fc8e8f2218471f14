"""The reckoning at the end: what the street did against what store and chats hold."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.chaos.street import HOUSES, Posted, Street
from tests.end_to_end.world import ADA, World, item_of
from tests.servers.bot_api_state import Stored

CARDLESS = ("answered", "resolved", "void")


@dataclass(frozen=True, slots=True)
class Chats:
    """What stands in the chats, and what the store knows of it."""

    messages: dict[int, list[Stored]]  # of the bot, by chat
    known: set[tuple[int, int]]  # messages that the store has a row for

    @property
    def orphans(self) -> list[Stored]:
        """Messages that arrived without the store's knowing."""
        return [
            each
            for chat, found in self.messages.items()
            for each in found
            if (chat, each.message_id) not in self.known
        ]


def chats(world: World) -> Chats:
    """Return what stands in the chats of the brands."""
    found = {
        chat: [each for each in world.telegram.state.messages(chat) if each.from_bot]
        for chat in HOUSES.values()
    }
    known = world.rows(
        "SELECT chat_id, sent_message_id FROM outbox WHERE sent_message_id IS NOT NULL"
        " UNION SELECT chat_id, message_id FROM cards"
        " UNION SELECT chat_id, board_message_id FROM chats WHERE board_message_id IS NOT NULL"
    )
    return Chats(messages=found, known={tuple(row) for row in known})


def unrest(world: World, street: Street) -> list[str]:
    """Return what is left to be read, drawn, sent or heard: nothing, in the end."""
    waiting = world.rows("SELECT kind, item_id FROM outbox WHERE state IN ('queued', 'in_doubt')")
    undrawn = world.rows("SELECT id FROM items WHERE drawn <> revision AND muted = 0")
    unheard = world.telegram.state.overview()["pending"]
    return [
        *(f"{row['kind']} of {row['item_id']} waits" for row in waiting),
        *(f"item {row['id']} is not drawn" for row in undrawn),
        *(f"update {update['update_id']} is not acknowledged" for update in unheard),
        *(f"{key} is not in the store" for key in unseen(world, street)),
    ]


def unseen(world: World, street: Street) -> list[str]:
    """Return what was posted and is not in the store, though it must be in the end."""
    kept = {row["key"] for row in world.rows("SELECT key FROM posts")}
    replies = {f"reddit:{reply.name}" for reply in street.replied}
    owed = {each.key for each in street.posted if _owed(each, kept)}
    return sorted((owed | replies) - kept)


def _owed(posted: Posted, kept: set[str]) -> bool:
    """Return whether a post must be found: not one deleted, nor one that follows such a one.

    A follow-up names no brand: where what it follows was deleted unseen, nobody can know it.
    """
    before = posted.joins
    return posted.deleted_at is None and (
        before is None or before.deleted_at is None or before.key in kept
    )


def faults_of_posts(world: World, street: Street) -> list[str]:
    """Return each post that is not exactly once in the store, with exactly the items it needs."""
    rows = {row["key"]: row for row in world.rows("SELECT id, key, model FROM posts")}
    items = Counter(row["post_id"] for row in world.rows("SELECT post_id FROM item_posts"))
    wrong = [f"{key} was lost" for key in unseen(world, street)]
    for posted in street.posted:
        row = rows.get(posted.key)
        if row is None:
            continue
        if items[row["id"]] not in _wanted(street, posted):
            wrong.append(f"{posted.key} has {items[row['id']]} items: {posted}")
    return wrong


def _wanted(street: Street, posted: Posted) -> tuple[int, ...]:
    """Return in how many items a post may stand."""
    first = posted.joins or posted
    if posted.flagged or first.flagged:
        return (1,)
    beside = any(each.flagged for each in street.posted if each.joins is first)
    return (0, 1) if beside else (0,)  # it joins what a flagged one opened, if it came later


def faults_of_items(world: World, street: Street) -> list[str]:
    """Return each item that has not exactly one live card, but for those that need none."""
    wrong = []
    for row in _items(world):
        live = _live(world, row["id"])
        if row["look_back"]:
            wrong += _fault_of_digested(world, row, len(live))
        elif len(live) > 1 or (not live and row["state"] not in CARDLESS):
            wrong.append(f"item {row['id']} ({row['state']}) has {len(live)} live cards")
        else:
            wrong += [fault for card in live for fault in _faults_of_card(world, row, card)]
    return wrong


def _items(world: World) -> list[Any]:
    return world.rows(
        "SELECT items.*, members.name AS who FROM items LEFT JOIN members ON members.id = owner"
        " WHERE muted = 0 AND fold_of IS NULL"
    )


def _live(world: World, item: int) -> list[Any]:
    return world.rows("SELECT * FROM cards WHERE item_id = ? AND live = 1", item)


def _fault_of_digested(world: World, item: Any, cards: int) -> list[str]:
    """Return whether an item of the look-back was not shown once; a closed one need not be."""
    digests = world.rows("SELECT payload FROM outbox WHERE kind = 'digest' AND state = 'sent'")
    shown = sum(item["id"] in json.loads(row["payload"])["items"] for row in digests)
    asked = world.rows("SELECT 1 FROM outbox WHERE kind = 'card' AND item_id = ?", item["id"])
    seldom = shown == 1 or (shown == 0 and item["state"] in CARDLESS)
    right = seldom and (cards == 0 or bool(asked))
    told = f"item {item['id']} ({item['state']}) stands in {shown} digests, has {cards} cards"
    return [] if right else [told]


def _faults_of_card(world: World, item: Any, card: Any) -> list[str]:
    message = world.telegram.state.stored[card["chat_id"], card["message_id"]]
    wrong = []
    if message.deleted or item_of(message) != item["id"]:
        wrong.append(f"the live card of item {item['id']} is not its card: {message.text}")
    if card["chat_id"] != HOUSES[item["brand"]]:
        wrong.append(f"the card of item {item['id']} is in the wrong chat")
    if item["state"] == "claimed" and item["who"] not in message.text:
        wrong.append(f"the card of item {item['id']} does not name its owner: {message.text}")
    return wrong


def faults_of_messages(world: World, found: Chats, doubts: int) -> list[str]:
    """Return messages that came twice although nothing was in doubt."""
    wrong = []
    rows = world.rows("SELECT * FROM outbox WHERE state = 'sent'")
    places = Counter((row["chat_id"], row["sent_message_id"]) for row in rows)
    wrong += [f"message {place} stands for {n} parcels" for place, n in places.items() if n > 1]
    if len(found.orphans) > doubts:
        wrong.append(f"{len(found.orphans)} messages nobody knows of, {doubts} sends in doubt")
    doubted = world.rows("SELECT item_id, attempts FROM outbox WHERE kind = 'card' AND doubted")
    retries: Counter[int] = Counter()
    for row in doubted:
        retries[row["item_id"]] += row["attempts"] - 1
    cards = Counter(item_of(each) for each in found.orphans if item_of(each) is not None)
    wrong += [
        f"item {item} has {count} second cards, {retries[item]} sends in doubt"
        for item, count in cards.items()
        if item is not None and count > retries[item] and not _answered_early(world, item)
    ]
    return wrong


def _answered_early(world: World, item: int) -> bool:
    """Return whether the second card was no longer wanted, so that its parcel is gone."""
    return not world.rows("SELECT 1 FROM outbox WHERE kind = 'card' AND item_id = ?", item)


def faults_of_notices(world: World) -> list[str]:
    """Return each notice that was told in two messages."""
    told = Counter(
        (notice["item"], notice["name"])
        for row in world.rows("SELECT payload FROM outbox WHERE kind = 'notice'")
        for notice in json.loads(row["payload"])["notices"]
    )
    return [f"{notice} was told {count} times" for notice, count in told.items() if count > 1]


def faults_of_answers(world: World, street: Street) -> list[str]:
    """Return each reply of a brand that did not stop a clock at its own time, once."""
    wrong = []
    for reply in street.replied:
        found = world.rows(
            "SELECT * FROM events WHERE kind = 'brand_reply' AND key = ?", f"reddit:{reply.name}"
        )
        wanted = int(reply.to.flagged)
        if len(found) != wanted:
            wrong.append(f"reply {reply.name} is {len(found)} answers instead of {wanted}")
        wrong += [
            f"reply {reply.name} counts at {row['at']}, it was written at {reply.at}"
            for row in found
            if abs(datetime.fromisoformat(row["at"]).timestamp() - reply.at) > 1
        ]
    return wrong


def faults_of_taps(world: World, street: Street) -> list[str]:
    """Return whether a tap was acted on twice, or never."""
    acted = world.rows("SELECT * FROM audit WHERE actor_telegram_id = ?", ADA)
    if len(acted) == len(street.tapped):
        return []
    return [f"{len(street.tapped)} taps came to {len(acted)} acts: {[tuple(a) for a in acted]}"]


def faults_of_coverage(world: World) -> list[str]:
    """Return every stretch of a listing that was skipped."""
    wrong = []
    rows = world.rows("SELECT * FROM coverage ORDER BY source, query, until, id")
    reached: dict[tuple[str, str], str] = {}
    for row in rows:
        stream = (row["source"], row["query"])
        if not row["complete"]:
            wrong.append(f"{stream} has a hole from {row['since']} to {row['until']}")
        if stream in reached and row["since"] > reached[stream]:
            wrong.append(f"{stream} was not read from {reached[stream]} to {row['since']}")
        reached[stream] = max(row["until"], reached.get(stream, ""))
    return wrong


def faults_of_database(world: World) -> list[str]:
    """Return what `db check` finds: damage, or items that are not what their events say."""
    checked = world.command("db", "check")
    return [] if checked.code == 0 else [checked.out + checked.err]


def faults_of_answers_on_the_command_line(world: World) -> list[str]:
    """Return each item whose cards the command line tells otherwise than the chats do."""
    wrong = []
    for item in world.answer("queue"):
        told = world.answer("item", str(item["id"])) if item["id"] % 5 == 0 else None
        cards = {(each["chat_id"], each["message_id"]) for each in (told or {}).get("cards", ())}
        stands = {(card["chat_id"], card["message_id"]) for card in _cards(world, item["id"])}
        if told is not None and cards != stands:
            wrong.append(f"item {item['id']} has the cards {stands}, told are {cards}")
    return wrong


def _cards(world: World, item: int) -> list[Any]:
    return world.rows("SELECT * FROM cards WHERE item_id = ?", item)
