"""A running count of long work, for a person who watches it on a terminal."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Each = TypeVar("Each")


def counted(rows: Iterable[Each], what: str) -> Iterator[Each]:
    """Yield `rows`; where stderr is a terminal, it shows how many there were so far."""
    if not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"))
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)
        for row in rows:
            progress.advance(task)
            yield row
