"""The generator test of every connector: `python -m tests.sources.bench [--posts N] [--break]`.

It prints one JSON object, {"reddit": {"served", "stored", "missed", "doubled"}, …}, and ends with
1 where anything was missed, doubled or invented. Words for people go to stderr.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from tests.sources import checker
from tests.sources.places import PLACES, Place
from tests.sources.processes import ServerProcess, WorkerProcess
from tests.sources.street import Street

POSTS = 102_000  # over all connectors
AT_ONCE = 3  # platforms at a time: much of a street is waiting
MOST_A_STREET = 4_500  # posts; the servers look through all of theirs at each request
FIGURES = ("served", "stored", "missed", "doubled")
SEED = 20260306


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What one platform's street came to."""

    name: str
    found: dict[str, Any]  # what the checker says
    seconds: float
    polls: int
    deaths: int
    troubles: dict[str, int]
    errors: dict[str, int]

    @property
    def figures(self) -> dict[str, int]:
        """The four figures that count."""
        return {name: self.found[name] for name in FIGURES}

    @property
    def whole(self) -> bool:
        """Whether the store holds exactly what was ever shown."""
        found = self.found
        return not (found["missed"] or found["doubled"] or found["invented"])


def lived(
    place: Place, posts: int, folder: Path, seed: int = SEED, *, lose_a_page: bool = False
) -> Lived:
    """Return what came of `posts` posts on one platform."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    dice = Random(zlib.crc32(f"{seed} {place.name}".encode()))
    log = folder / "server.ndjson"
    with closing(ServerProcess(place.module, log, has_stream=place.has_stream)) as server:
        section = place.section(server.url, server.stream)
        own = place.account.format(own=place.own, netloc=server.netloc)
        worker = WorkerProcess(place.name, own, section, place.secrets, folder)
        now = datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251  # the servers' clock
        street = Street(place, server, worker, dice, now - place.began_before)
        try:
            street.live(posts, lose_a_page=lose_a_page)
        finally:
            code = worker.stop()
    assert code == 0, f"{place.name}: the worker ended with {code}"
    street.write(folder / "street.json")
    return Lived(
        name=place.name,
        found=checked(place.name, folder),
        seconds=round(time.monotonic() - began, 1),
        polls=street.polls,
        deaths=worker.deaths,
        troubles=dict(sorted(street.troubles.items())),
        errors=dict(street.errors.most_common()),
    )


def checked(name: str, folder: Path) -> dict[str, Any]:
    """Return what the checker finds, in a Python that cannot see the project."""
    paths = [folder / "server.ndjson", folder / "desk.db"]
    command = [sys.executable, "-I", "-S", checker.__file__, name, *map(str, paths)]
    done = subprocess.run(
        [*command, "--street", str(folder / "street.json")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(
    names: Sequence[str],
    posts: int,
    folder: Path,
    seed: int = SEED,
    *,
    lose_a_page: bool = False,
    at_once: int = AT_ONCE,
) -> list[Lived]:
    """Return what came of `posts` posts over all of the platforms, street by street."""
    share = -(-posts // len(names))
    streets = -(-share // MOST_A_STREET)

    def live(street: tuple[int, str]) -> Lived:
        number, name = street
        place, where = PLACES[name], folder / f"{name}-{number}"
        length = -(-share // streets)
        found = lived(place, length, where, seed + number, lose_a_page=lose_a_page)
        _tell(found)
        return found

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(live, [(n, name) for n in range(streets) for name in names]))


def summed(found: Sequence[Lived]) -> dict[str, dict[str, int]]:
    """Return the figures of each platform over all its streets."""
    names = dict.fromkeys(each.name for each in found)
    return {
        name: {
            figure: sum(each.figures[figure] for each in found if each.name == name)
            for figure in FIGURES
        }
        for name in names
    }


def _tell(found: Lived) -> None:
    told = {**found.found, "troubles": found.troubles, "errors": found.errors}
    line = f"{found.name}: {found.seconds} s, {found.polls} polls, {found.deaths} deaths"
    sys.stderr.write(f"{line}, {json.dumps(told)}\n")


def main(arguments: Sequence[str]) -> int:
    """Run, print the figures, and return the exit code."""
    parser = argparse.ArgumentParser(description="The generator test of every connector.")
    parser.add_argument("--posts", type=int, default=POSTS, help="over all connectors")
    parser.add_argument("--break", dest="lose_a_page", action="store_true", help="lose a page")
    parser.add_argument("--only", nargs="+", choices=sorted(PLACES), default=sorted(PLACES))
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", type=Path, help="a folder for logs and databases")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        found = measured(given.only, given.posts, folder, given.seed, lose_a_page=given.lose_a_page)
    sys.stdout.write(json.dumps(summed(found)) + "\n")
    return 0 if all(each.whole for each in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
