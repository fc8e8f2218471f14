"""Rows that the store's tests start from."""

from datetime import datetime
from typing import Any

from monitor.model import ItemId, Mention, State
from monitor.store.items import Due
from monitor.store.posts import NewPost
from monitor.store.store import Store
from tests.builders import NOON, a_mention, a_verdict, an_item


def a_new_post(text: str = "Acme lost my parcel", *, key: str = "sample:1", **rest: Any) -> NewPost:
    """Return a post about to be kept; `rest` is of the post, or of its mention."""
    ours = {"brands", "classification", "history", "own_brand", "fold_of", "fingerprint"}
    ours |= {"bands", "review", "seen_at", "source"}
    given: dict[str, Any] = {
        "seen_at": NOON,
        "brands": ("Acme",),
        "classification": a_verdict(),
        "source": "sample",
    }
    given |= {name: rest[name] for name in ours & set(rest)}
    mention = {name: value for name, value in rest.items() if name not in ours}
    return NewPost(mention=a_mention(text, key=key, **mention), **given)


def kept(store: Store, *posts: NewPost) -> dict[str, int]:
    """Keep posts and return their ids by key."""
    with store.writing():
        return store.posts.add(posts)


def opened(store: Store, thread: str = "sample:1", *, by: str = "id-jana", **rest: Any) -> ItemId:
    """Write an item under policy version 1 and return its id."""
    with store.writing():
        version = store.notes.policy_version("{}", NOON)
        return store.items.open(an_item(thread, **rest), by, version)


def due(store: Store, item: ItemId, at: datetime | None, state: State = State.OPEN) -> None:
    """Let an item be due at an instant, as the ledger writes it."""
    listed = store.items.get(item)
    assert listed is not None
    changed = an_item(listed.item.thread, id=item, state=state)
    with store.writing():
        store.items.save(changed, Due(due_at=at, next_check_at=at), 1)


def mention_of(store: Store, key: str = "sample:1") -> Mention:
    """Return the mention of a post that is kept."""
    found = store.posts.get(key)
    assert found is not None
    return found.mention
