"""Rows for people: what a terminal shows of them, however wide it is."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.cli.running import environment

SHOW = """
from bot.cli import tables
post = "My parcel never arrived and nobody answers: where is it, please?"
tables.show(("id", "due", "owner", "post"), [("#12", "2026-03-06 13:00", "-", post)])
"""


def shown(columns: int) -> list[str]:
    """Return the lines that a terminal of so many columns shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SHOW],
        cwd=Path(__file__).parents[3],
        env=environment({"COLUMNS": str(columns), "TERM": "dumb"}),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
    ) as running:
        running.wait(60)
    lines = os.read(ours, 10_000).decode().splitlines()
    os.close(ours)
    os.close(theirs)
    return [line.rstrip() for line in lines if line.strip()]


@pytest.mark.parametrize("columns", [70, 120])
def test_a_table_stands_where_it_can_be_read(columns: int) -> None:
    head, *_ = shown(columns)

    assert head.split() == ["id", "due", "owner", "post"]


def test_in_a_terminal_too_narrow_for_a_table_each_row_is_a_paragraph() -> None:
    assert shown(40) == [
        "#12 · 2026-03-06 13:00 · My parcel never",
        "  arrived and nobody answers: where is",
        "  it, please?",
    ]
