"""What must be told again once other policies hold: steps that are not crossed any more."""

from collections.abc import Iterator, Set

from monitor.clock.notices import BREACH
from monitor.clock.reading import Reading, Readings


def not_crossed(readings: Readings, told: Set[str]) -> tuple[str, ...]:
    """Return the names among `told` of steps that running clocks have not crossed, or no more.

    A longer target makes such, and a clock that begins anew. What was told under the policy before
    must be told again in its time.
    """
    running = (each for each in readings.all if each.running)
    return tuple(name for each in running for name in _ahead(each, told))


def _ahead(reading: Reading, told: Set[str]) -> Iterator[str]:
    begins = f"{reading.target}:{reading.cycle}:"
    for name in sorted(told):
        if name.startswith(begins) and not _is_crossed(reading, name.removeprefix(begins)):
            yield name


def _is_crossed(reading: Reading, step: str) -> bool:
    share = float(step.removesuffix("%")) / 100
    length = reading.allowed * share
    return reading.team_time > length if share >= BREACH else reading.team_time >= length
