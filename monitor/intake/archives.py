"""Archives on their way into the store: one writer, whoever reads and however many.

Portions are gathered until writing them is worth a transaction. What is found in them, the places
after them, the counts and the length of the side files are written together or not at all: a crash
repeats a portion, it never skips one, and what comes twice is known already.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from monitor.errors import UnavailableError
from monitor.intake import bad_lines
from monitor.intake.bad_lines import SideFiles
from monitor.intake.copies import ALIKE_WITHIN
from monitor.intake.past import Past, Tally
from monitor.model import Archive, Brand, Mention, Place, Portion
from monitor.ports import ArchiveReading
from monitor.sections import ArchiveSettings
from monitor.store.archives import Asked, Reading
from monitor.store.store import Store

GATHERED = 500  # mentions that are judged and written together
_LONG = 20_000  # characters: 500 of such take ten megabytes
PATIENCE = timedelta(seconds=2)  # or what came so long after the first that is not written yet
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for in archives: asked for the same again, an unfinished reading goes on."""

    brands: tuple[Brand, ...]
    brand: str | None = None  # only what is about this one
    since: datetime | None = None  # posted in [since, until)
    until: datetime | None = None
    shapes: Mapping[str, ArchiveSettings] = field(default_factory=dict)  # of the settings, by name
    zone: str = "UTC"  # of times that name none

    def digest(self, shape: str) -> str:
        """Return what is another text where anything else would be found in the same file."""
        mapping = self.shapes.get(shape)
        said = (
            [_said(brand) for brand in self.brands],
            self.brand,
            self.since and self.since.isoformat(),
            self.until and self.until.isoformat(),
            shape,
            mapping and mapping.model_dump_json(),
            self.zone,
        )
        return sha256(json.dumps(said).encode()).hexdigest()


def _said(brand: Brand) -> list[object]:
    """Return what of a brand decides about a match, in one order."""
    return [
        brand.name,
        *(sorted(each) for each in (brand.keywords, brand.required, brand.exclude)),
        *(sorted(each) for each in (brand.blocked_authors, brand.blocked_places, brand.languages)),
        sorted(map(list, brand.own_accounts)),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What a run came to."""

    read: int = 0  # records, the bad ones among them
    bad_lines: int = 0
    bytes: int = 0  # of the files as they lie on disk
    tally: Tally = field(default_factory=Tally)

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(
            read=self.read + other.read,
            bad_lines=self.bad_lines + other.bad_lines,
            bytes=self.bytes + other.bytes,
            tally=self.tally + other.tally,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """An archive that could not be read to its end."""

    archive: Archive
    records: int  # that could be
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be read, and from where on."""

    archives: tuple[tuple[Archive, Place], ...]
    done: tuple[Archive, ...] = ()  # read to their end before the others were broken off
    same: tuple[tuple[Archive, Archive], ...] = ()  # with the one that holds the same


class Watching(Protocol):
    """Hears how a reading goes."""

    def planned(self, plan: Plan) -> None:
        """Hear what will be read."""
        ...

    def read(self, portion: Portion) -> None:
        """Hear of a portion that was read; it is not kept yet."""
        ...

    def kept(self, tally: Tally) -> None:
        """Hear what was kept, or counted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a run came to, and what was damaged."""

    sum: Sum
    damaged: tuple[Damaged, ...] = ()
    side_files: tuple[str, ...] = ()  # that bad lines of this run were written to


class Backfill:
    """One reading of archives. It belongs to the thread of its store."""

    def __init__(
        self,
        engine: ArchiveReading,
        past: Past,
        store: Store,
        clock: Clock,
        watching: Watching,
    ) -> None:
        self._engine = engine
        self._past = past
        self._store = store
        self._clock = clock
        self._watching = watching

    def run(self, archives: Sequence[Archive], sought: Sought, side: Path | None = None) -> Done:
        """Keep what stands in `archives`; broken off, the same call goes on where it was.

        Bad lines go to `side`, by default to a file for each archive beside the database.
        Raises: StoreError where nothing more can be written, `UnavailableError` where nothing
        more can be read: what was kept stays.
        """
        with SideFiles(self._store.archives) as files:
            desk = _Desk(self._store, files, self._store.path.parent, side)
            with self._store.writing():
                plan = desk.begin(archives, sought, self._clock())
            self._watching.planned(plan)
            trip = _Trip(self._past, self._clock, self._watching, desk, sought.brand)
            self._read(plan, trip)
        done = trip.done()
        if not done.damaged:
            self._forget_bands()
        return done

    def _forget_bands(self) -> None:
        """Drop what was kept to find copies: nothing that comes now is of so old a time.

        It is nearly half of what an old post takes.
        """
        old = self._clock() - 2 * ALIKE_WITHIN
        left = True
        while left:
            with self._store.writing():
                left = self._store.posts.forget_bands(old)

    def count(self, archives: Sequence[Archive], sought: Sought) -> Done:
        """Return what a run over all of `archives` would come to; nothing is kept."""
        plan = Plan(archives=tuple((each, Place()) for each in archives))
        self._watching.planned(plan)
        trip = _Trip(self._past, self._clock, self._watching, None, sought.brand)
        self._read(plan, trip)
        return trip.done()

    def _read(self, plan: Plan, trip: "_Trip") -> None:
        places = {archive.path: place for archive, place in plan.archives}
        with closing(self._portions(plan)) as portions:
            for portion in portions:
                _check(portion, places)
                self._watching.read(portion)
                trip.add(portion)
            trip.write()

    def _portions(self, plan: Plan) -> Generator[Portion, None, None]:
        if plan.archives:
            yield from self._engine.portions(plan.archives)


def _check(portion: Portion, places: dict[str, Place]) -> None:
    """Move past a portion. Raises: UnavailableError for one that does not come next."""
    path = portion.archive.path
    if portion.before.records != places[path].records:
        problem = f"read out of order: {portion.before} after {places[path]}"
        raise UnavailableError(path, problem)
    places[path] = portion.after


class _Desk:
    """What is recorded of the archives of one run."""

    def __init__(self, store: Store, files: SideFiles, folder: Path, side: Path | None) -> None:
        self._store = store
        self._files = files
        self._folder = folder
        self._side = side
        self._readings: dict[str, Reading] = {}  # by path; none of standard input
        self._side_of: dict[str, str] = {}  # likewise, of all
        self._bad: dict[str, int] = {}  # bad lines so far
        self.written: dict[str, None] = {}  # side files that this run wrote to

    def begin(self, archives: Sequence[Archive], sought: Sought, now: datetime) -> Plan:
        """Return what is to be read, inside a transaction."""
        first, same = _once(archives)
        named = [each for each in first if each.identity]
        asked = [
            Asked(identity=each.identity, wanted=sought.digest(each.shape), path=each.path)
            for each in named
        ]
        readings = self._store.archives.begin(asked, now)
        self._readings = {each.path: each for each in readings}
        self._begin_side_files(first)
        done = tuple(each for each in named if self._readings[each.path].done)
        return Plan(
            archives=tuple((each, self._place(each)) for each in first if each not in done),
            done=done,
            same=same,
        )

    def _place(self, archive: Archive) -> Place:
        found = self._readings.get(archive.path)
        return found.place if found is not None else Place()

    def _begin_side_files(self, archives: Sequence[Archive]) -> None:
        going_on: dict[str, bool] = {}
        for archive in archives:
            reading = self._readings.get(archive.path)
            path = self._side_file(archive, reading)
            self._side_of[archive.path] = path
            self._bad[archive.path] = reading.bad_lines if reading is not None else 0
            begun = reading is not None and (reading.done or reading.begun)
            going_on[path] = begun or going_on.get(path, False)
        for path, goes_on in going_on.items():
            self._files.begin(path, goes_on=goes_on)

    def _side_file(self, archive: Archive, reading: Reading | None) -> str:
        """Return where the bad lines of an archive go: to no other one's file unless asked to."""
        kept = self._store.archives
        if self._side is not None:
            path = str(self._side.absolute())
        else:
            path = bad_lines.default_path(self._folder, archive)
            if reading is not None and kept.others_with(path, reading.id):
                path = path.removesuffix(".jsonl") + f"-{reading.id}.jsonl"
        if reading is not None and reading.side_file != path:
            kept.write_bad_lines_to(reading.id, path)
        return path

    def write_out(self, portion: Portion) -> None:
        """Write bad lines to their side file. Raises: StoreError."""
        path = portion.archive.path
        bad = bad_lines.left(self._bad[path], portion.bad)
        self._bad[path] += len(portion.bad)
        if bad:
            self.written[self._side_of[path]] = None
            self._files.write(self._side_of[path], portion.archive, bad)

    def flush(self) -> None:
        """Bring bad lines to the disk. Raises: StoreError."""
        self._files.flush()

    def keep(self, portions: Sequence[Portion], now: datetime) -> None:
        """Move past portions, inside the transaction that keeps what was found in them."""
        for portion in portions:
            reading = self._readings.get(portion.archive.path)
            if reading is not None:
                self._store.archives.advance(
                    reading.id,
                    portion.after,
                    now,
                    bad_lines=len(portion.bad),
                    done=portion.last and portion.damage is None,
                    damage=portion.damage,
                )
        self._files.keep()


class _Trip:
    """What was read and is not written yet, and what all of it came to."""

    def __init__(
        self,
        past: Past,
        clock: Clock,
        watching: Watching,
        desk: _Desk | None,
        brand: str | None,
    ) -> None:
        self._past = past
        self._clock = clock
        self._watching = watching
        self._desk = desk  # None: it is only counted
        self._brand = brand
        self._waiting: list[Portion] = []
        self._since: datetime | None = None  # when the first of them came
        self._weight = 0  # of the mentions in them; an enormous one counts as many
        self._sum = Sum()
        self._damaged: list[Damaged] = []

    def add(self, portion: Portion) -> None:
        """Take a portion; it is written with others when they are worth it."""
        now = self._clock()
        self._since = self._since or now
        self._waiting.append(portion)
        self._weight += sum(1 + len(each.text) // _LONG for each in portion.mentions)
        if self._weight >= GATHERED or not timedelta() <= now - self._since < PATIENCE:
            self.write()

    def write(self) -> None:
        """Write, or count, what was gathered."""
        if not self._waiting:
            return
        portions, self._waiting = self._waiting, []
        self._since, self._weight = None, 0
        mentions = [mention for portion in portions for mention in portion.mentions]
        if self._desk is None:
            tally = self._past.count(mentions, self._brand)
        else:
            tally = self._kept(mentions, portions, self._desk)
        self._add_up(portions, tally)

    def _kept(self, mentions: Sequence[Mention], portions: Sequence[Portion], desk: _Desk) -> Tally:
        now = self._clock()
        for portion in portions:
            desk.write_out(portion)
        desk.flush()
        return self._past.take(
            mentions, now, brand=self._brand, also=lambda: desk.keep(portions, now)
        )

    def _add_up(self, portions: Sequence[Portion], tally: Tally) -> None:
        self._sum += Sum(
            read=sum(each.read for each in portions),
            bad_lines=sum(len(each.bad) for each in portions),
            bytes=sum(each.bytes for each in portions),
            tally=tally,
        )
        self._damaged += [
            Damaged(archive=each.archive, records=each.after.records, reason=each.damage)
            for each in portions
            if each.damage is not None
        ]
        self._watching.kept(tally)

    def done(self) -> Done:
        """Return what it all came to."""
        written = tuple(self._desk.written) if self._desk is not None else ()
        return Done(sum=self._sum, damaged=tuple(self._damaged), side_files=written)


def _once(
    archives: Sequence[Archive],
) -> tuple[list[Archive], tuple[tuple[Archive, Archive], ...]]:
    """Return each archive once, and those that hold the same as one before them."""
    first: dict[str, Archive] = {}
    same: list[tuple[Archive, Archive]] = []
    for archive in archives:
        known = first.setdefault(archive.identity or archive.path, archive)
        if known is not archive:
            same.append((archive, known))
    return list(first.values()), tuple(same)
