"""Settings → everything. The only file that imports connectors and classifiers.

But for `bot.ahead.wiring`, which begins a reader of archives before this one is imported.
"""

import importlib
import logging
import pkgutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from bot.timekeeping import Timekeeper
from monitor.errors import ClassifierError, ConfigError
from monitor.handling.desk import Desk
from monitor.handling.ledger import Ledger
from monitor.handling.policies import Policies
from monitor.handling.replying import Answers
from monitor.intake.archives import Sought
from monitor.intake.arriving import Heard
from monitor.intake.past import Past
from monitor.intake.pipeline import Pipeline
from monitor.matching.matcher import Matcher
from monitor.model import Archive, Classification, Lesson, MemberId, Passage, Watch
from monitor.ports import ArchiveReading, Classifier, Connector, Shared
from monitor.settings import (
    ConnectorOptions,
    Settings,
    brands,
    load,
    secrets_for,
    validate_section,
)
from monitor.store.store import Store

if TYPE_CHECKING:
    # Some are named twice: the command line takes them from here.
    from classifiers.explanation import Explanation as Explanation  # noqa: PLC0414
    from classifiers.explanation import Verdict as Verdict  # noqa: PLC0414
    from classifiers.learning.shelf import Shelf
    from classifiers.measuring.draws import Figure as Figure  # noqa: PLC0414
    from classifiers.measuring.evaluation import Evaluation as Evaluation  # noqa: PLC0414
    from classifiers.measuring.worst import Wrong as Wrong  # noqa: PLC0414
    from classifiers.pipeline import Judge
    from classifiers.taps import Outcome as Outcome  # noqa: PLC0414 - for the command line
    from connectors.archive.engines.local_process import Reader

PLUG_INS = "mentiondesk.connectors"
_BATCH = 256  # texts between two looks at what holds
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What one thread works with: a store of its own, and what stands on it."""

    store: Store
    ledger: Ledger
    desk: Desk
    pipeline: Pipeline
    answers: Answers


class App:
    """The desk, put together from its settings. Heavy parts are made when first asked for."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], time: Timekeeper | None = None
    ) -> None:
        self.settings = settings
        self.environ = environ
        self.time = time or Timekeeper()
        self.brands = brands(settings)
        self.judge: Classifier = LazyJudge(database=settings.desk.database)
        self._matcher: Matcher | None = None
        self._here = threading.local()

    @property
    def competitors(self) -> frozenset[str]:
        """The brands that are counted without a clock."""
        return frozenset(brand.name for brand in self.brands if brand.competitor)

    @property
    def matcher(self) -> Matcher:
        """The matcher of all brands."""
        if self._matcher is None:
            self._matcher = Matcher(self.brands)
        return self._matcher

    def workshop(self) -> Workshop:
        """Return the calling thread's workshop, opening its store the first time."""
        found: Workshop | None = getattr(self._here, "workshop", None)
        if found is None:
            found = self._here.workshop = self._open_workshop()
        return found

    def close_workshop(self) -> None:
        """Close the calling thread's store, if it opened one."""
        found: Workshop | None = getattr(self._here, "workshop", None)
        if found is not None:
            found.store.close()
            del self._here.workshop

    def _open_workshop(self) -> Workshop:
        desk = self.settings.desk
        store = Store(desk.database)
        ledger = Ledger(store, Policies.kept(store, self.settings, self.time.now()))
        acts = Desk(ledger, desk.found_late, self.competitors)
        return Workshop(
            store=store,
            ledger=ledger,
            desk=acts,
            answers=Answers(ledger, acts, self.brands, desk.found_late),
            pipeline=Pipeline(
                ledger,
                self.matcher,
                self.judge,
                self.brands,
                look_back=desk.look_back,
                found_late=desk.found_late,
            ),
        )

    def past(self, tier: str, heard: Heard | None = None) -> Past:
        """Return what takes old posts in, for the calling thread; its judge is of this tier."""
        desk, shop = self.settings.desk, self.workshop()
        judge = LazyJudge(tier, desk.database)
        late = desk.found_late
        return Past(shop.ledger, self.matcher, judge, self.brands, found_late=late, heard=heard)

    def archives(self, paths: Sequence[str], shape: str | None = None) -> tuple[Archive, ...]:
        """Return the archives that `paths` name. Raises: ConfigError."""
        from connectors.archive import finding

        return finding.find(paths, shape, self.settings)

    def sought(
        self,
        brand: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sought:
        """Return what is looked for in archives: what names a brand, posted in [since, until)."""
        return Sought(
            brands=self.brands,
            brand=brand,
            since=since,
            until=until,
            shapes={section.name: section for section in self.settings.archive},
            zone=self.settings.desk.timezone.key,
        )

    def engine(
        self,
        sought: Sought,
        kind: str = "local",
        workers: int | None = None,
        scheduler: str | None = None,
        begun: "Sequence[Reader]" = (),
    ) -> ArchiveReading:
        """Return who reads archives: processes of this machine, or a Dask cluster.

        Of the processes some may have `begun`.
        Raises: ConfigError where there is no such engine, or its extra is not installed.
        """
        from connectors.archive.wanted import Wanted

        wanted = Wanted(
            brands=sought.brands,
            brand=sought.brand,
            since=sought.since,
            until=sought.until,
            shapes=sought.shapes,
            zone=sought.zone,
        )
        if kind == "dask":
            from connectors.archive.engines.cluster import ClusterEngine

            return ClusterEngine(wanted, scheduler=scheduler, workers=workers)
        from connectors.archive.engines.local import LocalEngine

        return LocalEngine(wanted, workers=workers, begun=begun)

    def connectors(self) -> dict[str, Connector]:
        """Return a connector for each section of the settings, by platform. No request is made.

        A platform of the design that is not built yet is one warning.
        Raises: ConfigError if a section is wrong.
        """
        found: dict[str, Connector] = {}
        for platform in self.settings.connectors:
            if platform not in platforms():
                _log.warning("connectors.%s: this platform is not built yet; skipped", platform)
                continue
            found[platform] = self.connector(platform)
        return found

    def connector(self, platform: str) -> Connector:
        """Return a new connector for a platform of the settings. No request is made.

        Raises: ConfigError if its section is wrong, or there is no such platform.
        """
        module = _connector_module(platform)
        if module is None:
            raise ConfigError(f"connectors.{platform}: there is no such platform")
        options = self._options(module, platform)
        made: Connector = module.connect(options, self._watch(platform))
        return made

    def second(self, connector: Connector) -> Connector:
        """Return a client of the same platform for another thread; a shared one is its own."""
        if isinstance(connector, Shared):
            return connector
        return self.connector(connector.platform)

    def every(self, platform: str) -> float:
        """Return the seconds between two polls of a platform."""
        module = _connector_module(platform)
        if module is None:
            raise ConfigError(f"connectors.{platform}: there is no such platform")
        options = self._options(module, platform)
        return options.every.total_seconds()

    def _options(self, module: ModuleType, platform: str) -> ConnectorOptions:
        section = self.settings.connectors.get(platform, {})
        where = f"connectors.{platform}"
        checked: ConnectorOptions = validate_section(
            module.Options, section, where, self.settings.folder
        )
        return checked

    def _watch(self, platform: str) -> Watch:
        return Watch(brands=self.brands, secrets=secrets_for(platform, self.environ))


class LazyJudge:
    """The shipped judge, loaded when the first text comes: spaCy is heavy.

    With a `database` it heeds what that desk's taps taught it; what another process promotes or
    takes back meanwhile holds from the next batch on.
    """

    def __init__(
        self, tier: str = "auto", database: Path | None = None, model: Path | None = None
    ) -> None:
        self._tier = tier
        self._database = database
        self._model = model  # None: the shipped one
        self._loaded: Judge | None = None
        self._seen: object = None  # how the desk's choice of an adjustment looked last
        self._turn = threading.Lock()

    @property
    def version(self) -> str:
        """The model's version and tier."""
        return self._judge().version

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        """Yield one classification for each passage, in order. Raises: ClassifierError."""
        waiting = iter(passages)
        while batch := list(islice(waiting, _BATCH)):
            yield from self._judge().classify(batch)

    def explain(self, passage: Passage) -> "Explanation":
        """Return what is said of one text, and why. Raises: ClassifierError."""
        return self._judge().explain(passage)

    def _judge(self) -> "Judge":
        with self._turn:
            if self._loaded is None:
                from classifiers.pipeline import MODEL
                from classifiers.pipeline import load as load_judge

                self._loaded = load_judge(self._tier, self._model or MODEL)
            if self._database is not None:
                self._adjust(self._loaded, self._database)
            return self._loaded

    def _adjust(self, judge: "Judge", database: Path) -> None:
        from classifiers.learning import shelf

        folder = shelf.folder_of(database)
        seen = shelf.stamp(folder)
        if seen == self._seen:
            return
        try:
            judge.adjust(shelf.current(folder))
        except ClassifierError as error:
            judge.adjust(None)
            _log.warning("%s; the shipped judge goes on without it", error)
        self._seen = seen


def open_app(path: Path, environ: Mapping[str, str], time: Timekeeper | None = None) -> App:
    """Return the desk that the settings file at `path` describes. Raises: ConfigError."""
    return App(load(path, environ, platforms()), environ, time)


def judge_version() -> str:
    """Return the version of the shipped model once its files were checked; spaCy is not loaded.

    Raises: ClassifierError where it is missing or damaged.
    """
    from classifiers.pipeline import version

    return version()


def learn(
    database: Path,
    lessons: Iterable[Lesson],
    names: Mapping[MemberId, str],
    now: datetime,
    *,
    dry_run: bool = False,
    told: Callable[[int, int], None] | None = None,
) -> "Outcome":
    """Return what became of the challenger that a desk's lessons taught. Raises: ClassifierError.

    `told` hears how many texts of how many were read.
    """
    from classifiers import taps
    from classifiers.learning import shelf

    desk = taps.Desk(folder=shelf.folder_of(database))
    return taps.challenge(lessons, names, desk, now, dry_run=dry_run, told=told)


def judge_shelf(database: Path) -> "Shelf":
    """Return what the judge of a desk has learned so far."""
    from classifiers.learning import shelf

    return shelf.Shelf(shelf.folder_of(database))


def why_unheeded(database: Path) -> str:
    """Return why what a desk's judge learned is not heeded; empty where it is, or is nothing."""
    from classifiers import pipeline
    from classifiers.learning import adjustments, shelf

    try:
        path = shelf.current(shelf.folder_of(database))
        if path is not None:
            adjustments.fitting(path, *pipeline.identity())
    except ClassifierError as error:
        return str(error)
    return ""


def judge_identity() -> str:
    """Return what tells the shipped model from any other. Raises: ClassifierError."""
    from classifiers.pipeline import identity

    return identity()[1]


def evaluate(
    judge: LazyJudge,
    files: Iterable[Path],
    *,
    golds: Sequence[str] = (),
    by: Sequence[str] = (),
    most_wrong: int = 0,
) -> "Evaluation":
    """Return how right the judge is on the labelled posts of `files`. Raises: ConfigError."""
    from classifiers import posts as labelled
    from classifiers.measuring import evaluation

    return evaluation.evaluate(
        judge,
        labelled.read(files),
        golds=golds or labelled.HAND_MADE,
        by=[evaluation.By(each) for each in by],
        most_wrong=most_wrong,
    )


def check_plot(path: Path) -> None:
    """Raise ConfigError where no reliability plot could be drawn into `path`."""
    from classifiers.measuring import plot

    plot.check(path)


def draw_reliability(found: "Evaluation", path: Path) -> None:
    """Draw whether the judge's probabilities mean what they say. Raises: ConfigError."""
    from classifiers.measuring import plot

    plot.draw(found.reliability, path, found.model)


def platforms() -> tuple[str, ...]:
    """Return the platforms that are built: one file each, and installed packages."""
    import connectors

    built = [found.name for found in pkgutil.iter_modules(connectors.__path__) if not found.ispkg]
    return tuple(sorted({*built, *(entry.name for entry in entry_points(group=PLUG_INS))}))


def _connector_module(platform: str) -> ModuleType | None:
    """Return the file that reads a platform, found by its name; None where there is none."""
    for entry in entry_points(group=PLUG_INS, name=platform):
        loaded = entry.load()
        if not isinstance(loaded, ModuleType):
            raise ConfigError(f"connectors.{platform}: its package names no module")
        return loaded
    if platform not in platforms():
        return None
    return importlib.import_module(f"connectors.{platform}")
