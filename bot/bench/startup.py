"""How long the command takes to start, beside a bare lazy Typer program that does nothing."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 11
HELP_RATIO_WANTED = 1.6  # times the bare program, at most
HEAVY = ("numpy", "praw", "rich", "spacy", "telegram", "thinc")

# A Typer program as lean as can be: eighteen commands known by name, none loaded, no rich markup.
BARE = '''\
import typer
from typer.core import TyperGroup

NAMES = [f"command{number}" for number in range(18)]


class Lazy(TyperGroup):
    def list_commands(self, ctx):
        return NAMES

    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl([(name, "Do what the command does.") for name in NAMES])


app = typer.Typer(cls=Lazy, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Do nothing, quickly."""


app()
'''


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return median wall times in milliseconds, interleaved, and the ratio to the yardstick."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(BARE, encoding="utf-8")
        settings = Path(folder, "mentiondesk.toml")
        settings.write_text('[[brand]]\nname = "Acme"\nkeywords = ["acme"]\n', encoding="utf-8")
        times = _interleaved(_programs(bare, settings), rounds)
    figures = {f"{name}_ms": round(median(each), 1) for name, each in times.items()}
    pairs = zip(times["help"], times["bare_help"], strict=True)
    ratio = median(ours / theirs for ours, theirs in pairs)
    return {
        "rounds": rounds,
        **figures,
        "help_ratio": round(ratio, 2),
        "help_ratio_wanted": HELP_RATIO_WANTED,
        "help_ratio_reached": ratio <= HELP_RATIO_WANTED,
        "heavy_modules_loaded_by_help": heavy_modules(),
    }


def heavy_modules() -> list[str]:
    """Return which of the slow libraries `--help` loads: none, if all is well."""
    program = (
        "import sys; from bot.cli.main import main; main(['--help']);"
        f" print(*sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stderr.split()


def _programs(bare: Path, settings: Path) -> Mapping[str, Sequence[str]]:
    desk = [sys.executable, "-m", "bot"]
    programs = {
        "interpreter": [sys.executable, "-c", ""],
        "bare_help": [sys.executable, str(bare), "--help"],
        "help": [*desk, "--help"],
        "version": [*desk, "--version"],
        "doctor_help": [*desk, "doctor", "--help"],
        "doctor": [*desk, "doctor", "--config", str(settings)],
    }
    there = Path(__file__).parents[1].joinpath("cli", "doctor.py").is_file()
    return {name: each for name, each in programs.items() if there or "doctor" not in name}


def _interleaved(programs: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[float]]:
    """Return the wall times of each program, one of each a round, after one round for warmth."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, program in programs.items():
            taken = _wall_ms(program)
            if number:
                times[name].append(taken)
    return times


def _wall_ms(program: Sequence[str]) -> float:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    begin = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own interpreter
        program, capture_output=True, check=False, env=environment
    )
    return (time.perf_counter() - begin) * 1000
