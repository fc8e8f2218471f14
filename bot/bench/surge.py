"""Five hundred complaints in an hour: what they cost one group in sends, edits and budget.

The desk, its outbox and its budgets are the real ones, on a clock of the tests' own, so it needs a
checkout.
"""

from pathlib import Path
from typing import Any

from bot import checkout

MODULE = "tests.surge.bench"


def run(posts: int = 500, root: Path = checkout.ROOT) -> dict[str, Any]:
    """Return sends and edits for each item, the share of the budget, and how long any item waited.

    Raises: MonitorError without a checkout.
    """
    figures: dict[str, Any] = checkout.figures_of(
        "surge", MODULE, ["--people", str(posts)], root=root
    )
    return figures
