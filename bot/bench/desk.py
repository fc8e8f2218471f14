"""A year of a twelve-person team, played through the whole desk and checked after each event.

The simulator and the second reading of the clock's rules that it is checked by belong to the
tests, so it needs a checkout.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bot import checkout
from monitor.errors import ConfigError, MonitorError
from monitor.mistakes import unknown

MODULE = "tests.simulation.desk_bench"
POSTS = 200_000
SEED = 20_260_101  # another one makes another year


def run(
    posts: int = POSTS,
    seed: int = SEED,
    days: int = 365,
    begin: str | None = None,
    harsh: bool | None = None,
    rule: str | None = None,
    root: Path = checkout.ROOT,
) -> dict[str, Any]:
    """Return posts, events, disagreements, posts a second and what else was counted.

    `begin` is the day of the year on which it begins, "06-29"; `harsh` has most posts flagged, and
    done often what is seldom done. `rule` is one of the clock's rules that is broken on purpose,
    or "list" for their names.
    Raises: ConfigError for a rule that nobody knows or a day that there is not, MonitorError
    without a checkout, or if the simulator broke down.
    """
    if rule is not None:
        rules: Mapping[str, str] = checkout.figures_of("desk", MODULE, ("--rules",), root=root)
        if rule == "list":
            return dict(rules)
        if rule not in rules:
            hint = unknown(rule, sorted(rules)) or "`--break list` names them"
            raise ConfigError(f"bench desk: there is no rule '{rule}'; {hint}")
    words = ["--posts", str(posts), "--seed", str(seed), "--days", str(days)]
    words += [] if begin is None else ["--begin", _day(begin)]
    words += ["--harsh"] if harsh else []
    figures: dict[str, Any] = checkout.figures_of(
        "desk", MODULE, [*words, *(["--break", rule] if rule else [])], root=root
    )
    return figures


def _day(spelled: str) -> str:
    """Return a day of the year as it was spelled; it is one of 2026, which is no leap year."""
    try:
        date.fromisoformat(f"2026-{spelled}")
    except ValueError:
        raise ConfigError(f"bench desk: --begin takes a day, 06-29, got '{spelled}'") from None
    return spelled


def check(figures: Mapping[str, Any]) -> None:
    """Raise MonitorError unless all agreed, or a rule that was broken on purpose was noticed."""
    if "disagreements" not in figures:
        return
    broken, found = figures.get("broken"), figures["disagreements"]
    if broken is None and found:
        raise MonitorError(f"bench desk: {found} disagreements with the second reading")
    if broken is not None and not found:
        raise MonitorError(f"bench desk: nobody noticed that '{broken}' was broken")
