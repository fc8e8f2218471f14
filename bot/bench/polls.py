"""What polling costs: requests and dollars a day, for new posts and for answers to open items.

The platforms it counts on belong to the tests, so it needs a checkout.
"""

from pathlib import Path
from typing import Any

from bot import checkout

MODULE = "tests.sources_cost.bench"


def run(root: Path = checkout.ROOT) -> dict[str, Any]:
    """Return requests and dollars a day of X and Reddit: 5 keywords, a poll every 60 seconds.

    Raises: MonitorError without a checkout, or if a poll failed.
    """
    figures: dict[str, Any] = checkout.figures_of("polls", MODULE, root=root)
    return figures
