"""Invented items, as a report sees them."""

from dataclasses import replace

from monitor.model import Flag, ItemId, State
from monitor.store.figures import Case
from tests.builders import NOON, minutes


def a_case(wait: float | None = None, **changes: object) -> Case:
    """Return a complaint of noon, answered after `wait` minutes or not at all."""
    case = Case(
        item=ItemId(1),
        brand="Acme",
        platform="reddit",
        language="en",
        flags=frozenset({Flag.COMPLAINT}),
        posted_at=NOON,
        opened_at=NOON,
        state=State.OPEN if wait is None else State.ANSWERED,
        void_reason=None,
        found_late=False,
        hand_overs=0,
        answered_at=None if wait is None else NOON + minutes(wait),
        customer_wait=None if wait is None else minutes(wait),
        team_time=None if wait is None else minutes(wait),
        proven=wait is not None,
    )
    return replace(case, **changes)  # type: ignore[arg-type]
