"""Which commands there are, and where each is found when it is called: nothing is loaded here."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: its file in this folder, its function or Typer group there, one line of help."""

    module: str
    name: str
    help: str

    @property
    def exists(self) -> bool:
        """Whether the file is there."""
        return (_FOLDER / f"{self.module}.py").is_file()

    def load(self) -> Any:
        """Return the function or the Typer group; its file is imported only now."""
        return getattr(import_module(f"bot.cli.{self.module}"), self.name)


# The help is the first line of the function's docstring; a test compares them.
COMMANDS = {
    "init": Entry("init", "init", "Write a settings file; asks what it must know."),
    "demo": Entry("demo", "demo", "Play the sample feed into a chat in this terminal."),
    "run": Entry("run", "run", "Watch, judge and show, until stopped."),
    "poll": Entry("poll", "poll", "Read every source once."),
    "backfill": Entry("backfill", "backfill", "Read what a platform still gives of the past."),
    "backfill file": Entry("archives", "backfill_file", "Read files of old posts."),
    "match": Entry(
        "match",
        "match",
        "Show which brands TEXT names and where, and why the others are not among them.",
    ),
    "classify": Entry("judge", "classify", "Judge texts: complaint, request, language."),
    "review": Entry("review", "review", "Say what the posts are that the judge is not sure of."),
    "evaluate": Entry("judge", "evaluate", "Measure the judge on labelled posts."),
    "train": Entry("train", "train", "Teach the judge by the team's taps."),
    "queue": Entry("desk", "queue", "List what waits for an answer, due soonest first."),
    "item": Entry("desk", "item", "Show one item with its posts, events and cards."),
    "why": Entry("desk", "why", "Explain an item's clocks, segment by segment."),
    "summary": Entry("desk", "summary", "Sum up a day."),
    "report": Entry("report", "report", "Tell what a period came to, part by part."),
    "customer": Entry(
        "customer",
        "customer",
        "Show what is known of a person: contacts, waits, notes, promises.",
    ),
    "saved": Entry("saved", "saved", "List the saved replies, and how often each was sent."),
    "search": Entry("searching", "search", "Find stored posts, newest first."),
    "export": Entry("exporting", "export", "Write out stored posts or items."),
    "coverage": Entry(
        "coverage", "coverage", "Show what was read of each source, and what was not."
    ),
    "log": Entry("desk", "log", "Show who did what."),
    "policy": Entry("policy", "app", "Show the policies in force, and apply changed ones."),
    "whatif": Entry("whatif", "whatif", "Replay what happened under other policies."),
    "team": Entry("team", "app", "Let people in, list them, remove them."),
    "doctor": Entry("doctor", "doctor", "Check settings, secrets, database, judge and sources."),
    "db": Entry("database", "app", "Look after the database."),
    "bench": Entry("bench", "bench", "Measure one part beside its yardstick."),
}
