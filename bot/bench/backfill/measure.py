"""`backfill file` on an archive of a million rows, beside the loop that people write by hand.

Everything runs as a process of its own, from its start to its end, in turns. The hand-written loop
(`by_hand`) only finds lines; ours matches, judges and stores them, full-text index included. The
floor is what no reader can do without: unpacking and splitting into lines.
"""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bot.bench.backfill import dump
from bot.bench.backfill.processes import Ran
from bot.bench.backfill.processes import run as run_program

ROWS = 1_000_000
KEYWORDS = (1, 10, 100, 1_000)
SHARDS = 8
TIMES_WANTED = {10: 4.0, 100: 5.5, 1_000: 18.0}  # as fast as the hand-written loop, at least
OF_FLOOR_WANTED = 0.6
MANY_WANTED = 1.3  # 1,000 keywords take so many times as long as 10, at most
SHARDS_WANTED = 1.5  # two workers beside one
READER_WANTED_MB, MAIN_WANTED_MB = 2_048 + 150, 400  # a window of 2 GiB, and what we add
_HERE = "bot.bench.backfill"
_FIXTURES = Path(__file__).parents[3] / ".." / "shared" / "fixtures" / "reddit" / "dump"


def run(rounds: int = 5, size: int = ROWS, keywords: Sequence[int] = KEYWORDS) -> dict[str, Any]:
    """Return the medians of interleaved rounds over an archive of `size` rows."""
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(Path(folder), size, keywords)
        for _ in range(rounds):
            bench.round()
        return bench.figures()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Settings with so many keywords."""

    keywords: int
    settings: Path
    words: Path


class _Bench:
    """One archive, and what was measured on it."""

    def __init__(self, folder: Path, rows: int, keywords: Sequence[int]) -> None:
        self._folder = folder
        self._dump = dump.write(rows, [folder / "RC_2026-01.zst"])
        self._shards = dump.write(
            rows, [folder / f"RC_2026-01_{number}.zst" for number in range(SHARDS)]
        )
        self._counts = tuple(keywords)
        self._desks = [self._desk(count) for count in keywords]
        self._ran: dict[str, list[Ran]] = defaultdict(list)
        self._load: list[float] = []

    def round(self) -> None:
        """Run everything once."""
        self._load.append(os.getloadavg()[0])
        dumped = str(self._dump.paths[0])
        self._run("floor", [f"{_HERE}.floor", dumped])
        for desk in self._desks:
            found = str(self._folder / "found.ndjson")
            self._run(
                f"by_hand_{desk.keywords}", [f"{_HERE}.by_hand", dumped, str(desk.words), found]
            )
            self._run(f"reading_{desk.keywords}", self._reading(desk, 0, [dumped]))
            self._run(f"backfill_{desk.keywords}", self._backfill(desk, dumped))
        shards = list(map(str, self._shards.paths))
        for workers in (1, 2):
            self._run(f"shards_{workers}", self._reading(self._desks[-1], workers, shards))

    def _run(self, name: str, program: Sequence[str]) -> None:
        self._ran[name].append(run_program(["-m", *program]))

    def _reading(
        self, desk: _Desk, workers: int, dumps: Sequence[str], way: str = "fast"
    ) -> list[str]:
        return [f"{_HERE}.reading", str(desk.settings), str(workers), way, *dumps]

    def _backfill(self, desk: _Desk, dumped: str) -> list[str]:
        for stored in desk.settings.parent.glob("mentiondesk.db*"):
            stored.unlink()
        config = ["--config", str(desk.settings)]
        return ["bot", *config, "backfill", "file", dumped, "--since", "2005-01-01", "--json"]

    def _desk(self, keywords: int) -> _Desk:
        folder = self._folder / str(keywords)
        folder.mkdir()
        words = dump.keywords(keywords)
        listed = ", ".join(f'"{word}"' for word in words)
        settings = folder / "mentiondesk.toml"
        settings.write_text(f'[[brand]]\nname = "Velmora"\nkeywords = [{listed}]\n', "utf-8")
        (folder / "words.txt").write_text("\n".join(words), "utf-8")
        return _Desk(keywords=keywords, settings=settings, words=folder / "words.txt")

    def figures(self) -> dict[str, Any]:
        """Return all that was seen."""
        by_keywords = {str(count): self._beside(count) for count in self._counts}
        many = self._ratio(f"backfill_{self._counts[-1]}", f"backfill_{self._counts[-3:][0]}")
        shards = self._ratio("shards_1", "shards_2")
        return {
            "rounds": len(self._load),
            "rows": self._dump.rows,
            "named": self._dump.named,
            "raw_mb": round(self._dump.raw_bytes / 1e6, 1),
            "packed_mb": round(self._dump.packed_bytes / 1e6, 1),
            "floor_rows_per_s": self._rows_per_s("floor"),
            "by_keywords": by_keywords,
            "reading_of_floor_wanted": OF_FLOOR_WANTED,
            "times_by_hand_wanted": TIMES_WANTED,
            "thousand_keywords_times_ten": round(many, 2),
            "thousand_keywords_times_ten_wanted": MANY_WANTED,
            "two_workers_times_one": round(shards, 2),
            "two_workers_times_one_wanted": SHARDS_WANTED,
            **self._memory(),
            "same_keys_as_slow_path": all(self._are_same()),
            "load_average": [round(each, 2) for each in self._load],
            "cores": os.cpu_count(),
            "reached": self._reached(by_keywords, many, shards),
        }

    def _beside(self, count: int) -> dict[str, Any]:
        hand, ours, reading = f"by_hand_{count}", f"backfill_{count}", f"reading_{count}"
        return {
            "by_hand_rows_per_s": self._rows_per_s(hand),
            "backfill_rows_per_s": self._rows_per_s(ours),
            "backfill_mb_per_s": round(self._dump.raw_bytes / 1e6 / self._wall_s(ours), 1),
            "times_by_hand": round(self._ratio(hand, ours), 2),
            "reading_rows_per_s": self._rows_per_s(reading),
            "reading_of_floor": round(self._ratio("floor", reading), 2),
            "found_by_hand": self._ran[hand][0].said["found"],
            "found": self._ran[ours][0].said["matched"],
            "flagged": self._ran[ours][0].said["flagged"],
        }

    def _memory(self) -> dict[str, Any]:
        ours = [ran for count in self._counts for ran in self._ran[f"backfill_{count}"]]
        return {
            "reader_mb": round(max(ran.children_mb for ran in ours), 1),
            "reader_mb_wanted": READER_WANTED_MB,
            "main_mb": round(max(ran.main_mb for ran in ours), 1),
            "main_mb_wanted": MAIN_WANTED_MB,
            "by_hand_mb": round(
                max(ran.main_mb for ran in self._ran[f"by_hand_{self._counts[0]}"]), 1
            ),
        }

    def _are_same(self) -> Iterator[bool]:
        """Yield whether decoding every record finds the same posts: here, and in real dumps."""
        real = sorted(map(str, _FIXTURES.glob("*.zst")))
        for dumps in ([str(self._dump.paths[0])], real):
            if dumps:
                both = [
                    run_program(["-m", *self._reading(self._real_desk(dumps), 0, dumps, way)]).said
                    for way in ("fast", "slow")
                ]
                yield both[0]["keys"] == both[1]["keys"] and both[0]["read"] == both[1]["read"]

    def _real_desk(self, dumps: Sequence[str]) -> _Desk:
        """Return a desk whose words stand in `dumps`: those of the real ones are common words."""
        if dumps == [str(self._dump.paths[0])]:
            return self._desks[-1]
        settings = self._folder / "real.toml"
        words = '"reddit", "google", "wife", "girlfriend", "men\'s", "café", "iphone"'
        settings.write_text(f'[[brand]]\nname = "Velmora"\nkeywords = [{words}]\n', "utf-8")
        return _Desk(keywords=7, settings=settings, words=settings)

    def _reached(self, by_keywords: dict[str, Any], many: float, shards: float) -> dict[str, bool]:
        memory = self._memory()
        return {
            **{
                f"times_by_hand_{count}": by_keywords[str(count)]["times_by_hand"] >= wanted
                for count, wanted in TIMES_WANTED.items()
                if count in self._counts
            },
            "reading_of_floor": all(
                each["reading_of_floor"] >= OF_FLOOR_WANTED for each in by_keywords.values()
            ),
            "thousand_keywords": many <= MANY_WANTED,
            "two_workers": shards >= SHARDS_WANTED,
            "reader_mb": memory["reader_mb"] <= READER_WANTED_MB,
            "main_mb": memory["main_mb"] <= MAIN_WANTED_MB,
        }

    def _ratio(self, slower: str, faster: str) -> float:
        pairs = zip(self._ran[slower], self._ran[faster], strict=True)
        return median(one.wall_s / other.wall_s for one, other in pairs)

    def _wall_s(self, name: str) -> float:
        return median(ran.wall_s for ran in self._ran[name])

    def _rows_per_s(self, name: str) -> int:
        return round(self._dump.rows / self._wall_s(name))
