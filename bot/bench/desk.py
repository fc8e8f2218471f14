"""The whole desk from outside: how soon a post is a card, and how much memory that takes.

The servers it runs between belong to the tests, so it needs a checkout.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from monitor.errors import MonitorError

MODULE = "tests.chaos.desk_bench"
ROOT = Path(__file__).parents[2]


def run(root: Path = ROOT) -> dict[str, Any]:
    """Return seconds from visible and from the poll to the card, and MB of memory.

    Raises: MonitorError without a checkout, or if the desk did not do its work.
    """
    if not root.joinpath(*MODULE.split(".")).with_suffix(".py").is_file():
        raise MonitorError(
            "bench desk: needs a checkout with its tests; an installed package has none"
        )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", MODULE], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise MonitorError(f"bench desk: {reason[0]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
