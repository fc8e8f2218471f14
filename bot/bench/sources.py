"""Every connector under bad luck: what its platform showed against what the store holds.

The platforms it reads belong to the tests, so it needs a checkout.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot import checkout
from monitor.errors import MonitorError

MODULE = "tests.sources.bench"


def run(
    posts: int | None = None, lose_a_page: bool = False, root: Path = checkout.ROOT
) -> dict[str, Any]:
    """Return posts served, stored, missed and doubled by connector, of `posts` over all of them.

    With `lose_a_page` each connector drops a page on purpose, which must be found.
    Raises: MonitorError without a checkout, or if a platform or its reader broke down.
    """
    words = [] if posts is None else ["--posts", str(posts)]
    words += ["--break"] if lose_a_page else []
    figures: dict[str, Any] = checkout.figures_of("sources", MODULE, words, root)
    return figures


def check(figures: Mapping[str, Any]) -> None:
    """Raise MonitorError unless each store holds exactly what its platform showed."""
    wrong = [
        f"{name} missed {each['missed']}, doubled {each['doubled']}, has {each['stored']} of"
        f" {each['served']}"
        for name, each in figures.items()
        if each["missed"] or each["doubled"] or each["stored"] != each["served"]
    ]
    if wrong:
        raise MonitorError(f"bench sources: {'; '.join(wrong)}")
