"""From a post to its card: how soon it is there, and how much memory that takes.

The servers it runs between belong to the tests, so it needs a checkout.
"""

from pathlib import Path
from typing import Any

from bot import checkout

MODULE = "tests.chaos.card_bench"


def run(root: Path = checkout.ROOT) -> dict[str, Any]:
    """Return seconds from visible and from the poll to the card, and MB of memory.

    Raises: MonitorError without a checkout, or if the desk did not do its work.
    """
    figures: dict[str, Any] = checkout.figures_of("card", MODULE, root=root)
    return figures
