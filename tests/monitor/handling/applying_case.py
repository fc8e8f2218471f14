"""Policies that come into force while an item is open: where their tests start."""

from monitor.clock.policy import Mode
from monitor.handling.policies import Policies
from monitor.model import ItemId
from monitor.settings import PolicyBook, PolicySettings, RuleSettings, RuleWhen
from tests.builders import NOON, minutes
from tests.desk import Bench

FIRST = ItemId(1)
STRICT = PolicyBook(policy=(PolicySettings(first_response=minutes(10)),))
CALM = PolicyBook(policy=(PolicySettings(first_response=minutes(90)),))
URGENT = PolicyBook(
    policy=(PolicySettings(), PolicySettings(name="urgent", first_response=minutes(5))),
    rule=(RuleSettings(policy="urgent", when=RuleWhen(urgency=2)),),
)


def applied(bench: Bench, book: PolicyBook, mode: Mode, minute: float) -> int:
    """Let a book come into force `minute` minutes after noon; return how many items moved."""
    Policies.adopt(bench.store, book, NOON + minutes(minute), mode)
    return bench.ledger.move_to_current(NOON + minutes(minute))
