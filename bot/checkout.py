"""Measurements whose platforms belong to the tests: they are run from a checkout."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from monitor.errors import MonitorError

ROOT = Path(__file__).parents[1]


def figures_of(name: str, module: str, words: Sequence[str] = (), root: Path = ROOT) -> Any:
    """Return what `python -m module words…` prints as JSON; what it says else goes to stderr.

    Raises: MonitorError without a checkout, or if nothing was printed, in the name of the bench.
    """
    if not root.joinpath(*module.split(".")).with_suffix(".py").is_file():
        raise MonitorError(
            f"bench {name}: needs a checkout with its tests; an installed package has none"
        )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", module, *words],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if not done.stdout.strip():
        raise MonitorError(f"bench {name}: it broke down; what it said stands above")
    return json.loads(done.stdout)
