"""What polling costs: requests and dollars a day, for new posts and for answers to open items.

The platforms it counts on belong to the tests, so it needs a checkout.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from monitor.errors import MonitorError

MODULE = "tests.sources_cost.bench"
ROOT = Path(__file__).parents[2]


def run(root: Path = ROOT) -> dict[str, Any]:
    """Return requests and dollars a day of X and Reddit: 5 keywords, a poll every 60 seconds.

    Raises: MonitorError without a checkout, or if a poll failed.
    """
    if not root.joinpath(*MODULE.split(".")).with_suffix(".py").is_file():
        raise MonitorError(
            "bench polls: needs a checkout with its tests; an installed package has none"
        )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", MODULE], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise MonitorError(f"bench polls: {reason[0]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
