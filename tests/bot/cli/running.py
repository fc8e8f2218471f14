"""The command as a process of its own: what it prints, and the code it ends with."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from tests.nursery import Order, nursery

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60.0


def environment(further: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which nothing of the caller's desk is set."""
    kept = {name: each for name, each in os.environ.items() if "MENTIONDESK" not in name}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **(further or {})}


def ran(
    *arguments: str | Path, folder: Path, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Return what `mentiondesk ARGUMENTS` did in `folder`, without a terminal."""
    words = tuple(map(str, arguments))
    order = Order(arguments=words, folder=str(folder), environ=environment(environ), session=False)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = nursery().begin(order, out, err)
        try:
            code = process.wait(PATIENCE_S)
        finally:
            process.kill()
        return subprocess.CompletedProcess(words, code, _written(out), _written(err))


def _written(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


def started(
    *arguments: str | Path,
    folder: Path,
    program: tuple[str, ...] = ("-m", "bot"),
    environ: Mapping[str, str] | None = None,
    typed: str = "",
    patience_s: float = PATIENCE_S,
) -> subprocess.CompletedProcess[str]:
    """Return what `ran` returns, of a process that was started from nothing.

    `typed`: all there is on its stdin.
    """
    return subprocess.run(
        [sys.executable, *program, *map(str, arguments)],
        cwd=folder,
        env=environment(environ),
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=patience_s,
        check=False,
    )


def reviewed(folder: Path, typed: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Return what `mentiondesk review OPTIONS` did with the answers that are typed."""
    return started("review", *options, folder=folder, typed=typed)
