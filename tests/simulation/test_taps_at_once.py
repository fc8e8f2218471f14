"""Two members tap at the same moment, a thousand times: each item goes to exactly one of them."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

from monitor.errors import RefusedError
from monitor.handling.desk import Desk
from monitor.handling.ledger import Ledger
from monitor.handling.policies import Policies
from monitor.model import EventKind, ItemId, Member, State
from monitor.settings import PolicyBook
from monitor.store.store import Store
from tests.builders import NOON, a_mention
from tests.desk import FOUND_LATE, Bench, a_bench

TAPS = 1_000
AT_ONCE = 50  # posts of a page
LATER = NOON + timedelta(minutes=1)


def opened(bench: Bench) -> list[ItemId]:
    """Return a thousand items that nobody has."""
    numbers = range(TAPS)
    for first in numbers[::AT_ONCE]:
        page = numbers[first : first + AT_ONCE]
        bench.take(*(a_mention(key=f"sample:{each}", author=f"a{each}") for each in page))
    return [one.item.id for one in bench.store.items.queue()]


def tapping(path: Path, member: Member, items: list[ItemId], start: Barrier) -> Counter[str]:
    """Tap each item as soon as the other is ready to; return how often that was in time."""
    outcome: Counter[str] = Counter()
    with Store(path) as store:
        ledger = Ledger(store, Policies.kept(store, PolicyBook(), NOON))
        desk = Desk(ledger, FOUND_LATE, frozenset())
        for item in items:
            start.wait(timeout=60)
            try:
                desk.claim(item, member, LATER)
            except RefusedError:
                outcome["refused"] += 1
            else:
                outcome["claimed"] += 1
    return outcome


def test_of_two_taps_at_once_exactly_one_counts(tmp_path: Path) -> None:
    bench = a_bench(tmp_path)
    members = [bench.member("Zuzana", number=1), bench.member("Ani", number=2)]
    items, start = opened(bench), Barrier(2)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda one: tapping(bench.store.path, one, items, start), members))

    assert len(items) == TAPS
    assert sum(outcomes, Counter()) == {"claimed": TAPS, "refused": TAPS}
    for item in items:
        standing = bench.item(item, LATER)
        claims = [one for one in standing.events if one.kind is EventKind.CLAIMED]
        assert [one.actor for one in claims] == [standing.item.owner]
        assert standing.item.state is State.CLAIMED
