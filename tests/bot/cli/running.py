"""The command as a process of its own: what it prints, and the code it ends with."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]


def environment(further: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which nothing of the caller's desk is set."""
    kept = {name: each for name, each in os.environ.items() if "MENTIONDESK" not in name}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **(further or {})}


def ran(
    *arguments: str | Path,
    folder: Path,
    program: tuple[str, ...] = ("-m", "bot"),
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Return what `mentiondesk ARGUMENTS` did in `folder`, without a terminal."""
    return subprocess.run(
        [sys.executable, *program, *map(str, arguments)],
        cwd=folder,
        env=environment(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
